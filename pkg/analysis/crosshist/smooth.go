package crosshist

import (
	"math"

	"example.org/renshaw/pkg/num/signal"
)

// Smoother turns histograms into probability curves: zero-phase filtering with a
// normalised Hann window of round(fs/cutoff/2) samples, then division by the sum.
// It holds buffers and is not safe for concurrent use.
type Smoother struct {
	kernel   []float64
	reversed []float64
	tail     []float64 // tail[j] = Σ_{i>j} kernel[i]: response to the constant past
	ext, tmp []float64
}

// NewSmoother makes the smoother for histograms with the given number of bins; the
// kernel has 17 samples at 60 Hz and 2048 Hz.
func NewSmoother(fsHz, cutoffHz float64, bins int) *Smoother {
	w := signal.Hann(int(math.RoundToEven(fsHz * (1 / cutoffHz) / 2)))
	total := pairwise(w)
	for j := range w {
		w[j] /= total
	}
	s := &Smoother{kernel: w, reversed: make([]float64, len(w)), tail: make([]float64, len(w))}
	for j := range w {
		s.reversed[len(w)-1-j] = w[j]
	}
	for j := len(w) - 2; j >= 0; j-- {
		s.tail[j] = s.tail[j+1] + w[j+1]
	}
	s.ext = make([]float64, bins+6*len(w))
	s.tmp = make([]float64, len(s.ext))
	return s
}

// Fits reports whether the histogram is long enough for the filter's extension.
func (s *Smoother) Fits() bool { return len(s.ext) > 9*len(s.kernel) && len(s.kernel) >= 3 }

// Curve writes the probability curve of h (sum 1) into y; h has at least one
// count.
func (s *Smoother) Curve(h, y []float64) {
	s.filter(h, y)
	total := pairwise(y)
	for k := range y {
		y[k] /= total
	}
}

func (s *Smoother) filter(h, y []float64) {
	n, pad := len(h), 3*len(s.kernel)
	x := s.ext[:n+2*pad]
	for i := 0; i < pad; i++ {
		x[i] = 2*h[0] - h[pad-i]
		x[pad+n+i] = 2*h[n-1] - h[n-2-i]
	}
	copy(x[pad:], h)
	out := s.tmp[:len(x)]
	for pass := 0; pass < 2; pass++ {
		s.causal(x, out)
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
		x, out = out, x
	}
	copy(y, x[pad:pad+n])
}

// causal is y[i] = Σ_j kernel[j] x[i-j], with x[0] before the start.
func (s *Smoother) causal(x, y []float64) {
	w := s.kernel
	l := len(w)
	for i := 0; i < l-1; i++ {
		v := s.tail[i] * x[0]
		for j := i; j >= 0; j-- {
			v += w[j] * x[i-j]
		}
		y[i] = v
	}
	signal.SlidingDot(y[l-1:len(x)], x, s.reversed)
}

// pairwise sums by halves, blocks of up to 128 in eight partial sums: the error
// grows with the logarithm of the length, and the order is that of NumPy, on which
// the path of the fit depends (see precise.go).
func pairwise(x []float64) float64 {
	n := len(x)
	if n > 128 {
		half := n / 2
		half -= half % 8
		return pairwise(x[:half]) + pairwise(x[half:])
	}
	if n < 8 {
		s := 0.0
		for _, v := range x {
			s += v
		}
		return s
	}
	var r [8]float64
	copy(r[:], x)
	i := 8
	for ; i+8 <= n; i += 8 {
		for j := range r {
			r[j] += x[i+j]
		}
	}
	s := ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
	for ; i < n; i++ {
		s += x[i]
	}
	return s
}
