package explore

import (
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"

	"example.org/renshaw/pkg/num/signal"
)

// plainCoherence is Coherence, a segment and a signal at a time.
func plainCoherence(a, b []float64, n int) []float64 {
	a, b = signal.Detrend(a), signal.Detrend(b)
	w, fft := signal.Hann(n), fourier.NewFFT(n)
	transform := func(v []float64) []complex128 {
		mean, x := signal.Mean(v), make([]float64, n)
		for i := range x {
			x[i] = (v[i] - mean) * w[i]
		}
		return fft.Coefficients(nil, x)
	}
	pxx, pyy, pxy := make([]float64, coherenceMost), make([]float64, coherenceMost),
		make([]complex128, coherenceMost)
	for from := 0; from+n <= len(a); from += n - n/2 {
		fx, fy := transform(a[from:from+n]), transform(b[from:from+n])
		for k := range pxy {
			pxx[k] += real(fx[k])*real(fx[k]) + imag(fx[k])*imag(fx[k])
			pyy[k] += real(fy[k])*real(fy[k]) + imag(fy[k])*imag(fy[k])
			pxy[k] += cmplx.Conj(fx[k]) * fy[k]
		}
	}
	for k, p := range pxy {
		m := cmplx.Abs(p)
		pxx[k] = m * m / (pxx[k] * pyy[k])
	}
	return pxx
}

func TestCoherenceFourSegmentsAtOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, seconds := range []float64{3, 3.6, 4.2} { // an odd and an even number of segments
		a, b := make([]float64, int(512*seconds)), make([]float64, int(512*seconds))
		for i := range a {
			a[i] = rng.NormFloat64()
			b[i] = a[i] + rng.NormFloat64()
		}
		want := plainCoherence(a, b, 512)
		for k, v := range Coherence(a, b, 512) {
			if v != want[k] {
				t.Fatalf("%v s, %d Hz: %v, want %v", seconds, k, v, want[k])
			}
		}
	}
}
