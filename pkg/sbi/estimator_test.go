package sbi

import (
	"testing"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/run/profile"
)

// The support of the band: its low edge from 0 to 50 Hz, its high edge up to 80 Hz. Training
// rows beyond it show that they were not drawn so.
func TestBandSupport(t *testing.T) {
	s := DefaultSpec(feature.Single, profile.CorrectedName)
	e := &Estimator{Config: Config{Theta: s.Prior, Spec: &s}}
	inside := e.Inside()
	for _, c := range []struct {
		middle, half float64
		want         bool
	}{{10, 10, true}, {9, 10, false}, {70, 10, false}, {55, 25, true}, {56, 25, false}, {60, 5, false},
		{55, 5, true}} {
		row := []float64{0.5, 0.5, (c.middle - 2.5) / 72.5, (c.half - 2.5) / 22.5, 0.5}
		if inside(row) != c.want {
			t.Errorf("middle %v, half width %v: %v", c.middle, c.half, !c.want)
		}
	}
	s.Band = nil
	if e.Inside() != nil {
		t.Error("a support without a band")
	}
}
