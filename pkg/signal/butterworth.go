package signal

import (
	"fmt"
	"math"
	"math/cmplx"
)

// section is one second-order section b0 + b1/z + b2/z², 1 + a1/z + a2/z².
type section struct{ b0, b1, b2, a1, a2 float64 }

// Butterworth is a digital low-pass filter as second-order sections, from the
// analogue prototype by the bilinear transform with pre-warped cut-off.
type Butterworth struct {
	sections []section
	order    int
}

// NewButterworth designs a low-pass of even order with cut-off cutoffHz at
// sampling rate fsHz. It is an error if the cut-off is not between 0 and fsHz/2.
func NewButterworth(order int, cutoffHz, fsHz float64) (Butterworth, error) {
	if order < 2 || order%2 != 0 {
		return Butterworth{}, fmt.Errorf("signal: Butterworth order %d: an even number from 2 is expected", order)
	}
	if !(cutoffHz > 0 && cutoffHz < fsHz/2) {
		return Butterworth{}, fmt.Errorf("signal: cut-off %g Hz must lie between 0 and half the sampling rate (%g Hz)", cutoffHz, fsHz/2)
	}
	f := Butterworth{order: order}
	w := 2 * math.Tan(math.Pi*cutoffHz/fsHz) // for a sampling interval of 1
	for k := 0; k < order/2; k++ {
		theta := math.Pi * (2*float64(k) + 1 + float64(order)) / (2 * float64(order))
		p := complex(w, 0) * cmplx.Exp(complex(0, theta))
		z := (2 + p) / (2 - p)
		a1, a2 := -2*real(z), real(z)*real(z)+imag(z)*imag(z)
		g := (1 + a1 + a2) / 4 // gain 1 at 0 Hz
		f.sections = append(f.sections, section{g, 2 * g, g, a1, a2})
	}
	return f, nil
}

// ZeroPhase filters x forward and backward after odd extension by 3(order+1)
// samples, each pass started in the steady state of its first sample.
func (f Butterworth) ZeroPhase(x []float64) ([]float64, error) {
	pad := 3 * (f.order + 1)
	if len(x) <= pad {
		return nil, ErrShort{len(x), pad}
	}
	y := oddExtension(x, pad)
	for pass := 0; pass < 2; pass++ {
		for _, s := range f.sections {
			s.run(y)
		}
		reverse(y)
	}
	return append([]float64(nil), y[pad:pad+len(x)]...), nil
}

// run filters y in place (direct form II transposed); the state starts as if y
// had always been y[0], which a section of gain 1 at 0 Hz passes unchanged.
func (s section) run(y []float64) {
	z1 := y[0] * (1 - s.b0)
	z2 := y[0] * (s.b2 - s.a2)
	for i, x := range y {
		v := s.b0*x + z1
		z1 = s.b1*x - s.a1*v + z2
		z2 = s.b2*x - s.a2*v
		y[i] = v
	}
}
