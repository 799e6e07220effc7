// Package signal holds the few operations on sampled signals that the analyses
// share: zero-phase Butterworth and FIR filters, windows, trends, moving
// averages, order statistics and low-frequency spectra. Functions do not modify
// their inputs unless they say so.
package signal

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// Hann returns the symmetric Hann window of n points,
//
//	w[j] = 1/2 - 1/2 cos(2 π j / (n-1)),  j = 0 … n-1,
//
// whose ends are 0. n = 1 gives {1}.
func Hann(n int) []float64 {
	w := make([]float64, n)
	if n == 1 {
		w[0] = 1
		return w
	}
	for j := range w {
		w[j] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(j)/float64(n-1))
	}
	return w
}

// Mean is the arithmetic mean; NaN for an empty slice.
func Mean(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	return stat.Mean(x, nil)
}

// Std is the population standard deviation (divided by n).
func Std(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	return stat.PopStdDev(x, nil)
}

// NaNMean is the mean of the values that are not NaN; NaN if there is none.
func NaNMean(x []float64) float64 {
	s, n := 0.0, 0
	for _, v := range x {
		if !math.IsNaN(v) {
			s += v
			n++
		}
	}
	return s / float64(n)
}

// Percentile is the p-th percentile (0 … 100) with linear interpolation between
// order statistics; NaN for an empty slice.
func Percentile(x []float64, p float64) float64 {
	s := append([]float64(nil), x...)
	sort.Float64s(s)
	return SortedPercentile(s, p)
}

// SortedPercentile is Percentile of values that are in ascending order; NaN for none.
func SortedPercentile(s []float64, p float64) float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	at := p / 100 * float64(len(s)-1)
	i := int(math.Floor(at))
	if i >= len(s)-1 {
		return s[len(s)-1]
	}
	return s[i] + (at-float64(i))*(s[i+1]-s[i])
}

// Detrend returns x without its least-squares line over the sample index.
func Detrend(x []float64) []float64 {
	y := slices.Clone(x)
	DetrendInPlace(y)
	return y
}

// DetrendInPlace is Detrend that overwrites x.
func DetrendInPlace(x []float64) {
	if len(x) < 2 {
		clear(x)
		return
	}
	n := float64(len(x))
	center, mean := (n-1)/2, Mean(x)
	var num, den float64
	for i, v := range x {
		d := float64(i) - center
		num += d * (v - mean)
		den += d * d
	}
	slope := num / den
	for i, v := range x {
		x[i] = v - mean - slope*(float64(i)-center)
	}
}

// Gradient is the numerical derivative per sample: central differences, one-sided
// at the ends. Fewer than two samples give zeros.
func Gradient(x []float64) []float64 {
	g := make([]float64, len(x))
	n := len(x)
	if n < 2 {
		return g
	}
	g[0], g[n-1] = x[1]-x[0], x[n-1]-x[n-2]
	for i := 1; i < n-1; i++ {
		g[i] = (x[i+1] - x[i-1]) / 2
	}
	return g
}

// MovingAverage is the mean over w samples, aligned as a full convolution with w
// ones divided by w of which len(x) values from index (w-1)/2 are kept; outside
// the signal counts as 0.
func MovingAverage(x []float64, w int) []float64 {
	y := make([]float64, len(x))
	first := (w - 1) / 2
	cum := make([]float64, len(x)+1)
	for i, v := range x {
		cum[i+1] = cum[i] + v
	}
	for i := range y {
		hi := min(len(x), i+first+1)
		lo := max(0, i+first+1-w)
		if hi > lo {
			y[i] = (cum[hi] - cum[lo]) / float64(w)
		}
	}
	return y
}

// Correlation is Pearson's correlation coefficient of two signals of one length.
func Correlation(x, y []float64) float64 { return stat.Correlation(x, y, nil) }

// oddExtension pads x by n samples at both ends, mirrored through the end points.
func oddExtension(x []float64, n int) []float64 {
	y := make([]float64, len(x)+2*n)
	copy(y[n:], x)
	extendOdd(y, n)
	return y
}

func reverse(x []float64) {
	for i, j := 0, len(x)-1; i < j; i, j = i+1, j-1 {
		x[i], x[j] = x[j], x[i]
	}
}

// ErrShort is returned for a signal that is not longer than a filter's padding.
type ErrShort struct {
	Samples, Need int // of the signal; it must have more than Need
}

// Error names both numbers of samples.
func (e ErrShort) Error() string {
	return fmt.Sprintf("signal: %d samples are too few for the filter, more than %d are needed",
		e.Samples, e.Need)
}

// ZeroPhaseFIR filters x forward and backward with the taps b after odd extension
// by 3 len(b) samples; before the first sample the signal is taken as constant.
func ZeroPhaseFIR(b, x []float64) ([]float64, error) {
	pad := 3 * len(b)
	if len(x) <= pad {
		return nil, ErrShort{len(x), pad}
	}
	y := oddExtension(x, pad)
	tmp := make([]float64, len(y))
	for pass := 0; pass < 2; pass++ {
		firConstantBefore(b, y, tmp)
		y, tmp = tmp, y
		reverse(y)
	}
	return append([]float64(nil), y[pad:pad+len(x)]...), nil
}

// firConstantBefore writes dst[i] = Σ_j b[j] x[i-j] with x[i] = x[0] for i < 0.
// Runs of zeros in x (impulse trains) cost nothing.
func firConstantBefore(b, x, dst []float64) {
	for i := range dst {
		dst[i] = 0
	}
	if x[0] != 0 { // the constant past
		tail := 0.0
		for i := len(b) - 1; i >= 1; i-- {
			tail += b[i]
			if i-1 < len(dst) {
				dst[i-1] += tail * x[0]
			}
		}
	}
	for k, v := range x {
		if v == 0 {
			continue
		}
		out := dst[k:min(len(dst), k+len(b))]
		floats.AddScaled(out, v, b[:len(out)])
	}
}
