package signal

import "math"

// Welch averages squared spectra over segments of n samples that overlap by half;
// only complete segments count. Every segment loses its mean and is multiplied by
// the periodic Hann window w[j] = 1/2 - 1/2 cos(2πj/n). Values are one-sided: doubled
// except at 0 and, for even n, at half the sampling rate. It is not safe for
// concurrent use.
type Welch struct {
	fsHz     float64
	n        int
	window   []float64
	fft      *RealFFT
	sum      []float64
	segments int
}

// NewWelch prepares segments of n samples at sampling rate fsHz.
func NewWelch(n int, fsHz float64) *Welch {
	w := &Welch{fsHz: fsHz, n: n, window: make([]float64, n), fft: NewRealFFT(n),
		sum: make([]float64, n/2+1)}
	for j := range w.window {
		w.window[j] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(j)/float64(n))
	}
	return w
}

// Reset forgets the signals added so far.
func (w *Welch) Reset() {
	clear(w.sum)
	w.segments = 0
}

// Add adds the segments of a signal; the estimate is then the mean over all segments
// of all signals added since Reset.
func (w *Welch) Add(x []float64) {
	step, waiting := w.n-w.n/2, 0
	for at := 0; at+w.n <= len(x); at += step {
		part := x[at : at+w.n]
		mean := Mean(part)
		w.segments++
		in := w.fft.Input()[waiting:]
		for j, v := range part {
			in[FourSignals*j] = (v - mean) * w.window[j]
		}
		if waiting++; waiting == FourSignals {
			w.addFour(waiting)
			waiting = 0
		}
	}
	if waiting > 0 {
		w.addFour(waiting)
	}
}

// addFour adds the first some signals that wait in the input of the transform.
func (w *Welch) addFour(some int) {
	w.fft.Transform()
	for k := range w.sum {
		for s := range some {
			c := w.fft.At(s, k)
			w.sum[k] += real(c)*real(c) + imag(c)*imag(c)
		}
	}
}

// Density is the power spectral density, x² per Hz, at FrequenciesHz.
func (w *Welch) Density() []float64 {
	sum := 0.0
	for _, v := range w.window {
		sum += v * v
	}
	return w.scaled(1 / (w.fsHz * sum))
}

// Spectrum is the power spectrum, x²: a sine of amplitude a at one of the
// frequencies gives a²/2 there.
func (w *Welch) Spectrum() []float64 {
	sum := 0.0
	for _, v := range w.window {
		sum += v
	}
	return w.scaled(1 / (sum * sum))
}

func (w *Welch) scaled(scale float64) []float64 {
	p := make([]float64, len(w.sum))
	for k, v := range w.sum {
		p[k] = v * scale / float64(w.segments)
		if k > 0 && !(w.n%2 == 0 && k == len(p)-1) {
			p[k] *= 2
		}
	}
	return p
}

// FrequenciesHz of the bins, k fs / n.
func (w *Welch) FrequenciesHz() []float64 {
	f := make([]float64, len(w.sum))
	for k := range f {
		f[k] = float64(k) * w.fsHz / float64(w.n)
	}
	return f
}

// Trapezoid integrates y over x by the trapezoidal rule, over the points with
// lo ≤ x ≤ hi. Fewer than two points give 0.
func Trapezoid(x, y []float64, lo, hi float64) float64 {
	sum := 0.0
	for i := 1; i < len(x); i++ {
		if x[i-1] >= lo && x[i] <= hi {
			sum += (x[i] - x[i-1]) * (y[i] + y[i-1]) / 2
		}
	}
	return sum
}
