package signal

import (
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/dsp/fourier"
)

// LowPeriodogram is the one-sided periodogram of x without its mean,
//
//	P[k] = |Σ_n x[n] exp(-2πi k n / N)|² / (fs N),
//
// doubled except at 0 and, for even N, at N/2; in units of x² per Hz. Only the
// bins below maxHz are computed (a plateau has any length, and few bins are
// wanted). freqHz[k] = k fs / N.
func LowPeriodogram(x []float64, fsHz, maxHz float64) (freqHz, p []float64) {
	n := len(x)
	for k := 0; n > 0 && k <= n/2 && float64(k)*fsHz/float64(n) < maxHz; k++ {
		freqHz = append(freqHz, float64(k)*fsHz/float64(n))
	}
	if len(freqHz) == 0 {
		return nil, nil
	}
	mean := Mean(x)
	y := make([]float64, n)
	for i, v := range x {
		y[i] = v - mean
	}
	for k, c := range lowTransform(y, len(freqHz)) {
		v := (real(c)*real(c) + imag(c)*imag(c)) / (fsHz * float64(n))
		if k > 0 && 2*k != n {
			v *= 2
		}
		p = append(p, v)
	}
	return freqHz, p
}

// lowTransform is the Fourier transform of y at its first bins frequencies. Blocks of y are
// transformed by Bluestein's identity jk = (j² + k² - (k-j)²)/2 (IEEE Trans. Audio
// Electroacoust. 18, 1970), which makes a convolution of each, so that memory does not grow with
// the length and any length will do.
func lowTransform(y []float64, bins int) []complex128 {
	n, size := len(y), 4096
	for size < 4*bins {
		size *= 2
	}
	fft, block := fourier.NewCmplxFFT(size), size-bins+1
	turn := func(times, of int) complex128 { // exp(-2πi times/of)
		sin, cos := math.Sincos(2 * math.Pi * float64(times%of) / float64(of))
		return complex(cos, -sin)
	}
	chirp := make([]complex128, max(block, bins))
	for m := range chirp {
		chirp[m] = turn(m*m, 2*n)
	}
	kernel := make([]complex128, size)
	for m := 1; m < block; m++ {
		kernel[size-m] = cmplx.Conj(chirp[m])
	}
	for m := 0; m < bins; m++ {
		kernel[m] = cmplx.Conj(chirp[m])
	}
	fft.Coefficients(kernel, kernel)
	out, work := make([]complex128, bins), make([]complex128, size)
	for start := 0; start < n; start += block {
		clear(work)
		for j, v := range y[start:min(n, start+block)] {
			work[j] = complex(v*real(chirp[j]), v*imag(chirp[j]))
		}
		fft.Coefficients(work, work)
		for m := range work {
			work[m] *= kernel[m]
		}
		fft.Sequence(work, work)
		for k := range out {
			out[k] += turn(start*k, n) * chirp[k] * work[k]
		}
	}
	for k := range out {
		out[k] /= complex(float64(size), 0)
	}
	return out
}

// BinAverage averages p over bins equal intervals of [0, maxHz): the value of
// interval i covers edges e_i ≤ f < e_{i+1} with e_i = i maxHz/bins (the last one
// also its right edge); an interval without a frequency is NaN.
func BinAverage(freqHz, p []float64, maxHz float64, bins int) []float64 {
	out, n := make([]float64, bins), make([]int, bins)
	step := maxHz / float64(bins)
	for k, f := range freqHz {
		if f < 0 || f > maxHz {
			continue
		}
		i := min(int(f/step), bins-1)
		if i+1 < bins && f >= float64(i+1)*step {
			i++
		} else if f < float64(i)*step {
			i--
		}
		out[i] += p[k]
		n[i]++
	}
	for i := range out {
		out[i] /= float64(n[i])
	}
	return out
}
