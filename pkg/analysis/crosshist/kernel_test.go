package crosshist

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The kernels of this machine give the bits of the plain code, for any length.
func TestCurveKernels(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 20 {
		var v [5][]float64
		for i := range v {
			v[i] = make([]float64, n)
			for k := range v[i] {
				v[i][k] = rng.NormFloat64()
			}
		}
		got, want := make([]float64, n), make([]float64, n)
		for name, f := range map[string][2]func(dst []float64){
			"flank": {func(d []float64) { flank(d, v[0], 0.1, 3) },
				func(d []float64) { flankGo(d, v[0], 0.1, 3) }},
			"decay": {func(d []float64) { decay(d, v[0], 0.1, 3) },
				func(d []float64) { decayGo(d, v[0], 0.1, 3) }},
			"bell": {func(d []float64) { bell(d, v[0], 0.1, 3) },
				func(d []float64) { bellGo(d, v[0], 0.1, 3) }},
			"times": {func(d []float64) { copy(d, v[0]); times(d, 0.1, 3) },
				func(d []float64) { copy(d, v[0]); timesGo(d, 0.1, 3) }},
			"hat": {func(d []float64) { hat(d, v[0], v[1], v[2], 0.1, 3) },
				func(d []float64) { hatGo(d, v[0], v[1], v[2], 0.1, 3) }},
			"line": {func(d []float64) { line(d, v[0], 0.1, 3) },
				func(d []float64) { lineGo(d, v[0], 0.1, 3) }},
			"hat residual": {
				func(d []float64) { hatResidual(d, v[0], v[1], v[2], v[3], v[4], 0.1, 3) },
				func(d []float64) { hatResidualGo(d, v[0], v[1], v[2], v[3], v[4], 0.1, 3) }},
			"line residual": {func(d []float64) { lineResidual(d, v[0], v[1], v[2], 0.1, 3) },
				func(d []float64) { lineResidualGo(d, v[0], v[1], v[2], 0.1, 3) }},
			"exponent": {func(d []float64) { exponent(d, v[0], -1, 0.1, 700) },
				func(d []float64) { exponentGo(d, v[0], -1, 0.1, 700) }},
		} {
			f[0](got)
			f[1](want)
			if !slices.Equal(got, want) {
				t.Errorf("%s of %d numbers: %v, want %v", name, n, got, want)
			}
		}
	}
}

// branchTrapezoid is trapezoid number by number.
func branchTrapezoid(t, x, dst []float64) {
	for k, v := range x {
		switch {
		case v >= t[1] && v <= t[2]:
			dst[k] = 1
		case v >= t[0] && v < t[1]:
			dst[k] = (v - t[0]) / (t[1] - t[0])
		case v > t[2] && v <= t[3]:
			dst[k] = (t[3] - v) / (t[3] - t[2])
		default:
			dst[k] = 0
		}
	}
}

func TestTrapezoidInParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	x := NewAxis(2048).X()
	got, want := make([]float64, len(x)), make([]float64, len(x))
	for range 500 {
		p := make([]float64, 4)
		for i := range p { // any order within a side, on bins and between
			p[i] = 0.2 * rng.Float64()
			if i < 2 {
				p[i] = -p[i]
			}
			if rng.IntN(3) == 0 {
				p[i] = x[rng.IntN(len(x)/2)+i/2*(len(x)/2)]
			}
		}
		trapezoid(p, x, got)
		branchTrapezoid(p, x, want)
		if !slices.Equal(got, want) {
			t.Fatalf("corners %v: another trapezoid", p)
		}
	}
}
