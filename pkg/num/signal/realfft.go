package signal

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

// FourSignals is the number of signals that RealFFT transforms together.
const FourSignals = 4

// RealFFT transforms four real signals of n samples at once. For powers of two from 4 on the
// arithmetic of each is that of FFTPACK (P. N. Swarztrauber, 1982; radices 4 and 2), in the same
// order, so that it gives the bits of gonum's fourier.FFT; four signals side by side fill the
// registers of a processor. Other lengths are left to fourier.FFT itself. It is not safe for
// concurrent use.
type RealFFT struct {
	n      int
	radix  []int       // of the passes in the order in which they are done
	turns  [][]float64 // of every pass, per factor but the first: cosines and sines in turn
	a, b   []float64
	filled []float64 // the one of a and b with the result

	library *fourier.FFT // for other lengths, else nil
}

// NewRealFFT prepares transforms of n samples; it panics if n is not positive.
func NewRealFFT(n int) *RealFFT {
	if n < 4 || n&(n-1) != 0 {
		return newLibraryFFT(n)
	}
	f := newBuffers(n)
	for left := n; left > 1; left /= f.radix[len(f.radix)-1] {
		f.radix = append(f.radix, map[bool]int{true: 4, false: 2}[left%4 == 0])
	}
	done := 1
	for _, radix := range f.radix {
		groups := n / done / radix
		w := make([]float64, (radix-1)*done)
		for j := 1; j < radix; j++ {
			angle := float64(j*groups) * (2 * math.Pi / float64(n))
			at := w[(j-1)*done:]
			for i := 1; 2*i < done; i++ {
				at[2*i-2], at[2*i-1] = math.Cos(float64(i)*angle), math.Sin(float64(i)*angle)
			}
		}
		f.turns = append(f.turns, w)
		done *= radix
	}
	return f
}

// newLibraryFFT leaves every length to the library.
func newLibraryFFT(n int) *RealFFT {
	f := newBuffers(n)
	f.library = fourier.NewFFT(n)
	return f
}

func newBuffers(n int) *RealFFT {
	f := &RealFFT{n: n, a: make([]float64, FourSignals*n), b: make([]float64, FourSignals*n)}
	f.filled = f.a
	return f
}

// Input is where the signals are put before Transform: sample i of signal s at 4 i + s. Transform
// overwrites it.
func (f *RealFFT) Input() []float64 { return f.a }

// Transform transforms the signals in Input.
func (f *RealFFT) Transform() {
	if f.library != nil {
		f.oneByOne()
		return
	}
	from, to, done := f.a, f.b, 1
	for pass, radix := range f.radix {
		groups := f.n / done / radix
		if radix == 4 {
			radix4(to, from, f.turns[pass], done, groups)
		} else {
			radix2(to, from, f.turns[pass], done, groups)
		}
		from, to, done = to, from, done*radix
	}
	f.filled = from
}

// oneByOne is Transform by the library.
func (f *RealFFT) oneByOne() {
	x := make([]float64, f.n)
	var c []complex128
	for s := range FourSignals {
		for i := range x {
			x[i] = f.a[FourSignals*i+s]
		}
		c = f.library.Coefficients(c, x)
		f.b[s] = real(c[0])
		for i := 1; i < f.n; i++ { // real and imaginary parts in turn
			v := real(c[(i+1)/2])
			if i%2 == 0 {
				v = imag(c[i/2])
			}
			f.b[FourSignals*i+s] = v
		}
	}
	f.filled = f.b
}

// At is the coefficient Σ_i x[i] exp(-2πi i k / n) of signal s, k from 0 to n/2, until the next
// use of Input.
func (f *RealFFT) At(s, k int) complex128 {
	switch {
	case k == 0:
		return complex(f.filled[s], 0)
	case 2*k == f.n:
		return complex(f.filled[FourSignals*(f.n-1)+s], 0)
	}
	at := FourSignals*(2*k-1) + s
	return complex(f.filled[at], f.filled[at+FourSignals])
}

// radix4Go joins four transforms of m numbers to one of 4 m, for each of groups; all numbers are
// fours of signals. Transform j of group g is at cc[(g + j groups) m], the result at ch[4 g m].
func radix4Go(ch, cc, w []float64, m, groups int) {
	const half = math.Sqrt2 / 2
	for g := range groups {
		in := func(j, i, s int) float64 { return cc[FourSignals*(m*(g+groups*j)+i)+s] }
		out := func(j, i, s int, v float64) { ch[FourSignals*(m*(j+4*g)+i)+s] = v }
		for s := range FourSignals {
			odd, even := in(1, 0, s)+in(3, 0, s), in(0, 0, s)+in(2, 0, s)
			out(0, 0, s, odd+even)
			out(3, m-1, s, even-odd)
			out(1, m-1, s, in(0, 0, s)-in(2, 0, s))
			out(2, 0, s, in(3, 0, s)-in(1, 0, s))
			for i := 1; i+1 < m; i += 2 {
				turned := func(j int) (re, im float64) {
					c, d := w[(j-1)*m+i-1], w[(j-1)*m+i]
					x, y := in(j, i, s), in(j, i+1, s)
					return float64(c*x) + float64(d*y), float64(c*y) - float64(d*x)
				}
				r1, i1 := turned(1)
				r2, i2 := turned(2)
				r3, i3 := turned(3)
				oddRe, oddIm, crossRe, crossIm := r1+r3, i1+i3, i1-i3, r3-r1
				sumRe, sumIm := in(0, i, s)+r2, in(0, i+1, s)+i2
				difRe, difIm := in(0, i, s)-r2, in(0, i+1, s)-i2
				back := m - i - 2
				out(0, i, s, oddRe+sumRe)
				out(0, i+1, s, oddIm+sumIm)
				out(3, back, s, sumRe-oddRe)
				out(3, back+1, s, oddIm-sumIm)
				out(2, i, s, crossRe+difRe)
				out(2, i+1, s, crossIm+difIm)
				out(1, back, s, difRe-crossRe)
				out(1, back+1, s, crossIm-difIm)
			}
			if m > 1 {
				im := -half * (in(1, m-1, s) + in(3, m-1, s))
				re := half * (in(1, m-1, s) - in(3, m-1, s))
				out(0, m-1, s, re+in(0, m-1, s))
				out(2, m-1, s, in(0, m-1, s)-re)
				out(1, 0, s, im-in(2, m-1, s))
				out(3, 0, s, im+in(2, m-1, s))
			}
		}
	}
}

// radix2 joins two transforms of m numbers to one of 2 m; see radix4Go. It is the last pass of
// half of the lengths, and the first of none.
func radix2(ch, cc, w []float64, m, groups int) {
	const l = FourSignals
	for g := range groups {
		even, odd := cc[l*m*g:l*m*(g+1)], cc[l*m*(g+groups):l*m*(g+groups+1)]
		low, high := ch[2*l*m*g:2*l*m*g+l*m], ch[2*l*m*g+l*m:2*l*m*(g+1)]
		for s := range l {
			low[s], high[l*(m-1)+s] = even[s]+odd[s], even[s]-odd[s]
			high[s], low[l*(m-1)+s] = -odd[l*(m-1)+s], even[l*(m-1)+s]
		}
		for i := 1; i+1 < m; i += 2 {
			c, d := w[i-1], w[i]
			e, o := even[l*i:l*i+2*l], odd[l*i:l*i+2*l]
			up, down := low[l*i:l*i+2*l], high[l*(m-i-2):l*(m-i)]
			for s := range l {
				re := float64(c*o[s]) + float64(d*o[l+s])
				im := float64(c*o[l+s]) - float64(d*o[s])
				up[s], up[l+s] = e[s]+re, e[l+s]+im
				down[s], down[l+s] = e[s]-re, im-e[l+s]
			}
		}
	}
}
