package calibration

import (
	"math"
	"math/rand/v2"
	"testing"
)

// gaussians are simulations theta ~ N(0.5, 0.1²), x = theta + N(0, 0.1²) in two dimensions
// with draws of the exact posterior, whose SD is multiplied by width.
func gaussians(simulations, draws int, width float64) *HeldOut {
	rng := rand.New(rand.NewPCG(1, 2))
	h := &HeldOut{Names: []string{"a", "b"}}
	for range simulations {
		var mean [2]float64
		for k := range mean {
			theta := 0.5 + 0.1*rng.NormFloat64()
			mean[k] = (0.5 + theta + 0.1*rng.NormFloat64()) / 2
			h.Truth = append(h.Truth, theta)
		}
		for range draws {
			for k := range mean {
				h.Draws = append(h.Draws, mean[k]+width*0.1/math.Sqrt2*rng.NormFloat64())
			}
			h.LogProb = append(h.LogProb, 0)
		}
		h.LogProbTruth = append(h.LogProbTruth, 0)
	}
	return h
}

// Exact posteriors pass, too narrow ones do not.
func TestTARPFindsNarrowPosteriors(t *testing.T) {
	if r := TestTARP(gaussians(1000, 200, 1), 1); !r.Inside || r.ECE > 0.03 {
		t.Errorf("exact posteriors: %v of %v, ECE %v", r.Distance, r.Limit, r.ECE)
	}
	if r := TestTARP(gaussians(1000, 200, 0.5), 1); r.Inside || r.ECE < 0.03 {
		t.Errorf("narrow posteriors: %v of %v, ECE %v", r.Distance, r.Limit, r.ECE)
	}
}

// The gain of a posterior N(m, s²/2) over its prior N(0.5, s²), 1/2 log2 of the ratio of
// variances less and plus terms that cancel on average: 0.5 bit. Draws that know nothing
// gain nothing.
func TestGain(t *testing.T) {
	h := gaussians(400, 2000, 1)
	rng := rand.New(rand.NewPCG(3, 3))
	prior := make([]float64, 40000)
	for i := range prior {
		prior[i] = 0.5 + 0.1*rng.NormFloat64()
	}
	for k, g := range Gain(h, prior, 1) {
		if math.Abs(g-0.5) > 0.04 {
			t.Errorf("parameter %d: %v bit, want 0.5", k, g)
		}
	}
	copy(h.Draws, prior)
	for i := len(prior); i < len(h.Draws); i++ {
		h.Draws[i] = 0.5 + 0.1*rng.NormFloat64()
	}
	for k, g := range Gain(h, prior, 1) {
		if math.Abs(g) > 0.01 {
			t.Errorf("parameter %d: %v bit of draws that know nothing", k, g)
		}
	}
}
