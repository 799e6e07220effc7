// Package stats is the statistics that the figures and reports use, where gonum has no
// function of its own: regression lines with confidence bands, corrections for many tests,
// rank tests, kernel densities with the levels of their contours, comparisons of posterior
// draws, principal components. Missing values are NaN.
package stats

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"example.org/renshaw/pkg/num/signal"
)

// Quantile is the p-quantile (0 to 1) by linear interpolation between order statistics,
// h = (n-1) p (type 7 of Hyndman and Fan); NaN values are skipped, none left gives NaN.
func Quantile(v []float64, p float64) float64 { return Quantiles(v, p)[0] }

// Quantiles gives several quantiles with one sorting.
func Quantiles(v []float64, p ...float64) []float64 {
	s := Present(v)
	slices.Sort(s)
	out := make([]float64, len(p))
	for i, q := range p {
		out[i] = signal.SortedPercentile(s, 100*q)
	}
	return out
}

// Median is the 0.5-quantile.
func Median(v []float64) float64 { return Quantile(v, 0.5) }

// Present are the values that are not NaN.
func Present(v []float64) []float64 {
	out := make([]float64, 0, len(v))
	for _, x := range v {
		if !math.IsNaN(x) {
			out = append(out, x)
		}
	}
	return out
}

// PresentPairs are the pairs of which neither value is NaN.
func PresentPairs(x, y []float64) (px, py []float64) {
	for i := range x {
		if !math.IsNaN(x[i]) && !math.IsNaN(y[i]) {
			px, py = append(px, x[i]), append(py, y[i])
		}
	}
	return px, py
}

// Spread is a distribution in a few numbers; SD is the population's, Q1 and Q3 are
// quartiles, Low and High the extremes.
type Spread struct {
	N                                   int // how many values
	Mean, SD, Median, Q1, Q3, Low, High float64
}

// SpreadOf describes values; without any, all is NaN.
func SpreadOf(v []float64) Spread {
	if len(v) == 0 {
		n := math.NaN()
		return Spread{0, n, n, n, n, n, n, n}
	}
	q := Quantiles(v, 0.5, 0.25, 0.75)
	return Spread{len(v), stat.Mean(v, nil), stat.PopStdDev(v, nil), q[0], q[1], q[2], slices.Min(v),
		slices.Max(v)}
}

// Order gives the positions of ascending values, equal ones in their order.
func Order(v []float64) []int {
	out := make([]int, len(v))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(v[a], v[b]) })
	return out
}

// Ranks are 1 to n, equal values sharing their mean rank.
func Ranks(v []float64) []float64 {
	o := Order(v)
	out := make([]float64, len(v))
	for i := 0; i < len(o); {
		j := i
		for j < len(o) && v[o[j]] == v[o[i]] {
			j++
		}
		for k := i; k < j; k++ {
			out[o[k]] = float64(i+j+1) / 2
		}
		i = j
	}
	return out
}

// Pearson is the correlation of two variables, NaN for fewer than two pairs or a constant.
func Pearson(x, y []float64) float64 {
	if len(x) < 2 {
		return math.NaN()
	}
	return stat.Correlation(x, y, nil)
}

// Spearman is the correlation of the ranks.
func Spearman(x, y []float64) float64 { return Pearson(Ranks(x), Ranks(y)) }

// R2 is 1 - Σ(predicted - truth)² / Σ(truth - mean)²; negative if the mean of the truth
// predicts better, NaN for fewer than two.
func R2(predicted, truth []float64) float64 {
	if len(truth) < 2 {
		return math.NaN()
	}
	mean := stat.Mean(truth, nil)
	var rss, tss float64
	for i, t := range truth {
		rss += (predicted[i] - t) * (predicted[i] - t)
		tss += (t - mean) * (t - mean)
	}
	return 1 - rss/tss
}

// Sum adds from the first value to the last, so that it does not depend on the processor.
func Sum(v []float64) float64 {
	total := 0.0
	for _, x := range v {
		total += x
	}
	return total
}

// MeanAt is the mean of the values at some positions; NaN values are skipped, none left gives
// NaN.
func MeanAt(v []float64, at []int) float64 {
	sum, n := 0.0, 0
	for _, i := range at {
		if !math.IsNaN(v[i]) {
			sum, n = sum+v[i], n+1
		}
	}
	return sum / float64(n)
}

// MeanSD is a mean with the SD of the sample.
type MeanSD struct {
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
}

// MeanSDOf takes the values that are not NaN; without any, both are NaN.
func MeanSDOf(v []float64) MeanSD {
	v = Present(v)
	if len(v) == 0 {
		return MeanSD{math.NaN(), math.NaN()}
	}
	return MeanSD{stat.Mean(v, nil), stat.StdDev(v, nil)}
}
