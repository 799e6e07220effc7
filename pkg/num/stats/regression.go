package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Line is a simple regression y = Intercept + Slope x by least squares. What cannot be
// computed is NaN: R2 with fewer than two points or one distinct x, tests with two points.
type Line struct {
	N           int     `json:"n"` // pairs with both values
	Intercept   float64 `json:"intercept"`
	Slope       float64 `json:"slope"`
	SEIntercept float64 `json:"se_intercept"` // standard error
	SESlope     float64 `json:"se_slope"`     // standard error
	T           float64 `json:"t_slope"`      // Slope / SESlope
	P           float64 `json:"p_slope"`      // two-sided, of Slope = 0
	PIntercept  float64 `json:"p_intercept"`  // two-sided, of Intercept = 0
	Sigma       float64 `json:"sigma"`        // residual SD, n-2 degrees of freedom
	DF          int     `json:"df"`           // degrees of freedom, n-2
	R2          float64 `json:"r2"`
	AdjustedR2  float64 `json:"adj_r2"` // 1 - (1-R2)(n-1)/(n-2)

	CIIntercept [2]float64 `json:"ci95_intercept"` // 95 % interval
	CISlope     [2]float64 `json:"ci95_slope"`     // 95 % interval

	meanX, sxx float64
	low, high  float64 // range of x
}

// FitLine fits the pairs that have both values.
func FitLine(x, y []float64) Line {
	x, y = PresentPairs(x, y)
	n := math.NaN()
	l := Line{len(x), n, n, n, n, n, n, n, n, len(x) - 2, n, n, [2]float64{n, n}, [2]float64{n, n}, n,
		n, n, n}
	if len(x) < 2 {
		return l
	}
	l.low, l.high = slices.Min(x), slices.Max(x)
	if l.low == l.high {
		return l
	}
	l.Intercept, l.Slope = stat.LinearRegression(x, y, nil, false)
	l.meanX = stat.Mean(x, nil)
	meanY := stat.Mean(y, nil)
	var rss, tss float64
	l.sxx = 0
	for i := range x {
		r := y[i] - l.Intercept - l.Slope*x[i]
		rss += r * r
		tss += (y[i] - meanY) * (y[i] - meanY)
		l.sxx += (x[i] - l.meanX) * (x[i] - l.meanX)
	}
	l.R2 = 1 - rss/tss
	if l.DF < 1 {
		return l
	}
	df := float64(l.DF)
	l.Sigma = math.Sqrt(rss / df)
	l.SESlope = l.Sigma / math.Sqrt(l.sxx)
	l.SEIntercept = l.Sigma * math.Sqrt(1/float64(l.N)+l.meanX*l.meanX/l.sxx)
	l.T = l.Slope / l.SESlope
	l.P, l.PIntercept = twoSided(l.T, df), twoSided(l.Intercept/l.SEIntercept, df)
	l.AdjustedR2 = 1 - (1-l.R2)*float64(l.N-1)/df
	q := tQuantile(0.975, df)
	l.CIIntercept = [2]float64{l.Intercept - q*l.SEIntercept, l.Intercept + q*l.SEIntercept}
	l.CISlope = [2]float64{l.Slope - q*l.SESlope, l.Slope + q*l.SESlope}
	return l
}

// twoSided is P(|T| > |t|) for Student's T, in its small tail, so that small values keep
// their digits.
func twoSided(t, df float64) float64 {
	return 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.CDF(-math.Abs(t))
}

func tQuantile(p, df float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(p)
}

// BandPoint is a point of a regression line with the pointwise 95 % band of the mean.
type BandPoint struct {
	X    float64 `json:"x"`
	Y    float64 `json:"y"`    // on the line
	Low  float64 `json:"ymin"` // of the band
	High float64 `json:"ymax"` // of the band
	SE   float64 `json:"se"`   // of the mean at X
}

// Band is the line with its band at n equally spaced x over the range of the fit:
// y(x) ± q Sigma sqrt(1/N + (x - mean x)²/Sxx), q the 0.975-quantile of Student's t. Nil
// where there is no line; Low, High and SE are NaN for two points.
func (l Line) Band(n int) []BandPoint {
	if math.IsNaN(l.Slope) {
		return nil
	}
	q := math.NaN()
	if l.DF > 0 {
		q = tQuantile(0.975, float64(l.DF))
	}
	out := make([]BandPoint, n)
	for i := range out {
		x := l.low + (l.high-l.low)*float64(i)/float64(n-1)
		y := l.Intercept + l.Slope*x
		se := l.Sigma * math.Sqrt(1/float64(l.N)+(x-l.meanX)*(x-l.meanX)/l.sxx)
		out[i] = BandPoint{x, y, y - q*se, y + q*se, se}
	}
	return out
}

// BenjaminiHochberg adjusts p-values for the false discovery rate: the smallest, over all
// p_(j) at least as large, of m p_(j)/j, at most 1. NaN stays NaN and does not count.
func BenjaminiHochberg(p []float64) []float64 {
	out := make([]float64, len(p))
	var idx []int
	for i, v := range p {
		if out[i] = v; !math.IsNaN(v) {
			idx = append(idx, i)
		}
	}
	slices.SortStableFunc(idx, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	least := 1.0
	for j := len(idx); j >= 1; j-- {
		least = math.Min(least, float64(len(idx))*p[idx[j-1]]/float64(j))
		out[idx[j-1]] = least
	}
	return out
}

// Bonferroni multiplies p-values by their number, at most 1. NaN stays NaN and does not
// count.
func Bonferroni(p []float64) []float64 {
	m := float64(len(Present(p)))
	out := make([]float64, len(p))
	for i, v := range p {
		if out[i] = m * v; out[i] > 1 {
			out[i] = 1
		}
	}
	return out
}
