package leastsq

import (
	"math/rand/v2"
	"testing"
)

func normals(rng *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

// The kernels of this machine give the bits of the plain code, for any length.
func TestKernels(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 30; n++ {
		a, x := normals(rng, n), [][]float64{}
		for range 4 {
			x = append(x, normals(rng, n))
		}
		for some := 1; some <= 4; some++ {
			var got, want [4]float64
			dots(&got, a, x[:some])
			dotsGo(&want, a, x[:some])
			for j := range some {
				if got[j] != want[j] {
					t.Errorf("product %d of %d, %d numbers: %v, want %v", j, some, n, got[j], want[j])
				}
			}
		}
		got, want := append([]float64(nil), a...), append([]float64(nil), a...)
		addScaled(got, 0.3, x[0])
		addScaledGo(want, 0.3, x[0])
		quotients(got, x[1], 1e-8)
		quotientsGo(want, x[1], 1e-8)
		for k := range want {
			if got[k] != want[k] {
				t.Errorf("number %d of %d: %v, want %v", k, n, got[k], want[k])
			}
		}
		s := &Solver{r: a, g: make([]float64, 4), jac: x}
		s.gradient()
		for i, c := range x {
			sum := 0.0
			for k, v := range c {
				sum += float64(v * a[k])
			}
			if s.g[i] != sum {
				t.Errorf("gradient %d of %d numbers: %v, want %v", i, n, s.g[i], sum)
			}
		}
	}
}
