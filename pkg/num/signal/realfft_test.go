package signal

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Every coefficient is the library's, bit by bit, with the kernel and without.
func TestRealFFTAgainstLibrary(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	lengths := []int{1, 2, 3, 5, 6, 100, 1000, 2047}
	for n := 4; n <= 8192; n *= 2 {
		lengths = append(lengths, n)
	}
	for _, n := range lengths {
		f, library := NewRealFFT(n), fourier.NewFFT(n)
		var x [FourSignals][]float64
		for s := range x {
			x[s] = make([]float64, n)
			for i := range x[s] {
				x[s][i] = rng.NormFloat64()
			}
		}
		for range 2 {
			for s := range x {
				for i, v := range x[s] {
					f.Input()[FourSignals*i+s] = v
				}
			}
			f.Transform()
			for s := range x {
				for k, want := range library.Coefficients(nil, x[s]) {
					if got := f.At(s, k); got != want {
						t.Fatalf("%d samples, signal %d: coefficient %d is %v, want %v", n, s, k, got, want)
					}
				}
			}
		}
	}
}

// The kernel of this machine gives the numbers of the plain code.
func TestRadix4Kernel(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, m := range []int{1, 2, 4, 16, 64} {
		for _, groups := range []int{1, 2, 8} {
			n := 4 * m * groups
			in, w := make([]float64, FourSignals*n), make([]float64, 3*m)
			for i := range in {
				in[i] = rng.NormFloat64()
			}
			for i := range w {
				w[i] = rng.NormFloat64()
			}
			got, want := make([]float64, FourSignals*n), make([]float64, FourSignals*n)
			radix4(got, in, w, m, groups)
			radix4Go(want, in, w, m, groups)
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("m %d, %d groups: number %d is %v, want %v", m, groups, i, got[i], want[i])
				}
			}
		}
	}
}

func BenchmarkRealFFT(b *testing.B) {
	for _, n := range []int{2048, 4096} {
		f, library := NewRealFFT(n), fourier.NewFFT(n)
		x, c := make([]float64, n), make([]complex128, n/2+1)
		b.Run("four", func(b *testing.B) {
			for b.Loop() {
				f.Transform()
			}
		})
		b.Run("library", func(b *testing.B) {
			for b.Loop() {
				for range FourSignals {
					library.Coefficients(c, x)
				}
			}
		})
	}
}

// A Welch estimate does not depend on which transform made it: lengths with one segment to many.
func TestWelchFourAtOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for _, samples := range []int{100, 256, 700, 2000, 5001} {
		x := make([]float64, samples)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		four, one := NewWelch(256, 2048), NewWelch(256, 2048)
		one.fft = newLibraryFFT(256)
		for range 2 {
			four.Add(x)
			one.Add(x)
		}
		for k, want := range one.sum {
			if four.sum[k] != want || four.segments != one.segments {
				t.Fatalf("%d samples: bin %d is %v, want %v", samples, k, four.sum[k], want)
			}
		}
	}
}
