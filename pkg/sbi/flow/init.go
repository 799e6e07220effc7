package flow

import (
	"math"
	"math/rand/v2"
)

// NewMAF makes a flow of the given sizes (bins 0: affine transforms) with fresh weights: all
// weights and biases of a layer with n inputs are U(-1/sqrt(n), 1/sqrt(n)), every step has a random
// permutation. The standardisers are the identity.
func NewMAF(d, c, h, steps, bins int, rng *rand.Rand) *MAF {
	uniform := func(n, inputs int) []float64 {
		x := make([]float64, n)
		bound := 1 / math.Sqrt(float64(max(1, inputs)))
		for i := range x {
			x[i] = bound * (2*rng.Float64() - 1)
		}
		return x
	}
	ones := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = 1
		}
		return x
	}
	m := &MAF{D: d, C: c, H: h, Bins: bins, ThetaShift: make([]float64, d), ThetaScale: ones(d),
		XMean: make([]float64, c), XStd: ones(c)}
	for k := 0; k < steps; k++ {
		s := Step{InWeight: uniform(h*d, d), InBias: uniform(h, d), ContextWeight: uniform(h*c, c),
			ContextBias: uniform(h, c)}
		for l := range s.HiddenWeight {
			s.HiddenWeight[l], s.HiddenBias[l] = uniform(h*h, h), uniform(h, h)
		}
		s.OutWeight, s.OutBias = uniform(m.Outputs()*d*h, h), uniform(m.Outputs()*d, h)
		s.Perm = rng.Perm(d)
		m.Steps = append(m.Steps, s)
	}
	return m
}
