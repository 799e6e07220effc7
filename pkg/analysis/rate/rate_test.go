package rate

import (
	"math"
	"testing"

	"example.org/renshaw/pkg/recording"
)

func TestOf(t *testing.T) {
	// Intervals 0.1 and 0.2 s: rates 10 and 5 Hz.
	s := Of([]float64{0, 0.1, 0.30000000000000004}, recording.LongestIntervalS)
	for name, c := range map[string][2]float64{"mean": {s.MeanHz, 7.5}, "sd": {s.StdHz, 2.5},
		"max": {s.MaxHz, 10}, "min": {s.MinHz, 5}, "cov": {s.ISICoV, 1.0 / 3}} {
		if math.Abs(c[0]-c[1]) > 1e-12 {
			t.Errorf("%s = %v, want %v", name, c[0], c[1])
		}
	}
	if s := Of([]float64{3}, recording.LongestIntervalS); s.MeanHz != 0 || !math.IsNaN(s.ISICoV) {
		t.Errorf("one spike: %+v", s)
	}
	if s := Of([]float64{0, 0.1, 0.2, 0.3}, recording.LongestIntervalS); s.ISICoV != 0 {
		t.Errorf("regular firing: CoV %v is below 0.01 and counts as 0", s.ISICoV)
	}
	if s := Of([]float64{1, 1}, recording.LongestIntervalS); s.ISICoV != 0 {
		t.Errorf("two spikes at once: %+v", s)
	}
}

// A pause is no discharge: its interval counts only where all of them do.
func TestPauses(t *testing.T) {
	train := []float64{0, 0.1, 3.1, 3.3} // intervals 0.1, 3 and 0.2 s
	if got := Of(train, recording.LongestIntervalS).MeanHz; math.Abs(got-7.5) > 1e-12 {
		t.Errorf("mean rate %v Hz without the pause, want 7.5", got)
	}
	if got := Of(train, math.Inf(1)).MeanHz; math.Abs(got-(10+5+1.0/3)/3) > 1e-12 {
		t.Errorf("mean rate %v Hz over all intervals, want 5.11", got)
	}
	if s := Of([]float64{0, 5}, recording.LongestIntervalS); s.MeanHz != 0 || s.MaxHz != 0 {
		t.Errorf("a pause alone: %+v", s)
	}
}
