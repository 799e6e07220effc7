package signal

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The kernel of this machine gives the bits of the plain code, for any number of taps and outputs.
func TestSlidingDotKernel(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for taps := 1; taps < 20; taps++ {
		for n := 0; n < 14; n++ {
			x, w := make([]float64, n+taps), make([]float64, taps)
			for i := range x {
				x[i] = rng.NormFloat64()
			}
			for i := range w {
				w[i] = rng.NormFloat64()
			}
			got, want := make([]float64, n), make([]float64, n)
			SlidingDot(got, x, w)
			slidingDotGo(want, x, w)
			for i := range want {
				sum := 0.0
				for j := range w {
					sum += w[j] * x[i+j]
				}
				if got[i] != want[i] || math.Abs(sum-want[i]) > 1e-13 {
					t.Fatalf("%d taps: output %d of %d is %v, want %v", taps, i, n, got[i], want[i])
				}
			}
		}
	}
}

// The kernel of this machine gives the bits of the plain code.
func TestSumRowsKernel(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for count := range 5 {
		for n := range 40 {
			rows, at := make([][]float64, count), 3
			for r := range rows {
				rows[r] = make([]float64, n+at)
				for i := range rows[r] {
					rows[r][i] = rng.NormFloat64()
				}
			}
			got, want := make([]float64, n), make([]float64, n)
			SumRows(got, rows, at)
			sumRowsGo(want, rows, at)
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("%d rows: number %d of %d is %v, want %v", count, i, n, got[i], want[i])
				}
			}
		}
	}
}
