package rate

import (
	"math"
	"testing"
)

func TestOf(t *testing.T) {
	// Intervals 0.1 and 0.2 s: rates 10 and 5 Hz.
	s := Of([]float64{0, 0.1, 0.30000000000000004})
	for name, c := range map[string][2]float64{"mean": {s.MeanHz, 7.5}, "sd": {s.StdHz, 2.5}, "max": {s.MaxHz, 10}, "min": {s.MinHz, 5}, "cov": {s.ISICoV, 1.0 / 3}} {
		if math.Abs(c[0]-c[1]) > 1e-12 {
			t.Errorf("%s = %v, want %v", name, c[0], c[1])
		}
	}
	if s := Of([]float64{3}); s.MeanHz != 0 || !math.IsNaN(s.ISICoV) {
		t.Errorf("one spike: %+v", s)
	}
	if s := Of([]float64{0, 0.1, 0.2, 0.3}); s.ISICoV != 0 {
		t.Errorf("regular firing: CoV %v is below 0.01 and counts as 0", s.ISICoV)
	}
	if s := Of([]float64{1, 1}); s.ISICoV != 0 {
		t.Errorf("two spikes at once: %+v", s)
	}
}
