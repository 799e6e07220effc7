package crosshist

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The residuals of the corrected fit are those of the plain curves, and its derivatives those of
// central differences, over the range of the parameters.
func TestDerivativesAgainstDifferences(t *testing.T) {
	x := NewAxis(2048).X()
	n := len(x)
	y, more, want := make([]float64, n), make([]float64, n), make([]float64, n)
	rng := rand.New(rand.NewPCG(7, 8))
	for k := range y {
		y[k], more[k] = 1e-3*rng.Float64(), 1e-3*rng.Float64()
	}
	baseline, hat, trap := newFitTerms(n)
	for _, c := range []struct {
		name      string
		terms     *fitTerms
		residuals func(p, r []float64)
		plain     func(p, r []float64)
		p         []float64
		kinks     bool // the curve has corners, where differences are something between
	}{
		{"baseline", baseline, func(p, r []float64) { baseline.baseline(p, x, more, y, r) },
			func(p, r []float64) { Baseline(p, x, r) }, []float64{1e-3, 1000, 1, -0.1, 1e-4}, false},
		{"wide baseline", baseline, func(p, r []float64) { baseline.baseline(p, x, more, y, r) },
			func(p, r []float64) { Baseline(p, x, r) }, []float64{1e-2, 110, 20, -0.15, 1e-4}, false},
		{"asymmetric baseline", baseline, func(p, r []float64) { baseline.baseline(p, x, more, y, r) },
			func(p, r []float64) { Baseline(p, x, r) }, []float64{1e-3, 130, 1e-4, -0.1, 1e-4}, false},
		{"cut baseline", baseline, func(p, r []float64) { baseline.baseline(p, x, more, y, r) },
			func(p, r []float64) { Baseline(p, x, r) }, []float64{1e-3, 9000, 90, -0.05, 1e-4}, true},
		{"hat", hat, func(p, r []float64) { hat.hat(p, x, more, y, r) },
			func(p, r []float64) { Hat(p, x, r) }, []float64{1e-3, 0.01, 0.02, 0.003, 0.03, -1e-4}, false},
		{"narrow hat", hat, func(p, r []float64) { hat.hat(p, x, more, y, r) },
			func(p, r []float64) { Hat(p, x, r) }, []float64{1e-3, 1e-3, 2e-4, -0.05, 4e-3, 1e-3}, false},
		{"trapezoid", trap, func(p, r []float64) { trap.trapezoid(p, x, y, r) },
			func(p, r []float64) { trapezoid(p, x, r) }, []float64{-0.15023, -0.1011, 0.0903, 0.155111},
			true},
	} {
		r, low, high := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range c.p {
			p := append([]float64(nil), c.p...)
			h := 1e-5 * math.Abs(p[i])
			p[i] += h
			c.residuals(p, high)
			p[i] -= 2 * h
			c.residuals(p, low)
			c.residuals(c.p, r)
			size, wrong := 0.0, 0
			for k := range r {
				size = math.Max(size, math.Abs((high[k]-low[k])/(2*h)))
			}
			for k := range r {
				d := (high[k] - low[k]) / (2 * h)
				if math.Abs(d-c.terms.columns[i][k]) > 1e-5*size {
					wrong++
				}
			}
			if wrong > 0 && !(c.kinks && wrong <= 2) {
				t.Errorf("%s: parameter %d: %d of %d derivatives differ", c.name, i, wrong, n)
			}
		}
		c.plain(c.p, want)
		for k := range want {
			v := want[k] + more[k] - y[k]
			if c.terms == trap {
				v = want[k] - y[k]
			}
			if math.Abs(r[k]-v) > 1e-13 {
				t.Fatalf("%s: residual %d is %v, want %v", c.name, k, r[k], v)
			}
		}
	}
}
