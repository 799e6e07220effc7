package canvas

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"
)

// AxisLimits are the limits of an axis: fixed ones, or those of the data where the fixed ones are
// equal, widened by 5 % of their distance on each side.
func AxisLimits(fixed [2]float64, low, high float64) [2]float64 {
	if fixed[0] < fixed[1] {
		low, high = fixed[0], fixed[1]
	}
	if low == high {
		low, high = low-0.5, high+0.5
	}
	m := 0.05 * (high - low)
	return [2]float64{low - m, high + m}
}

// Within tells whether a value lies within limits, the limits included; equal limits are none.
func Within(v float64, limits [2]float64) bool {
	return limits[0] == limits[1] || (v >= limits[0] && v <= limits[1])
}

// LimitsOf are the extremes of at least one value, widened by 6 % of their distance on each side.
func LimitsOf(y []float64) (lo, hi float64) {
	lo, hi = y[0], y[0]
	for _, v := range y {
		lo, hi = min(lo, v), max(hi, v)
	}
	pad := 0.06*(hi-lo) + 1e-9
	return lo - pad, hi + pad
}

// Fit sets the limits of a plot: x from x0 to x1, y around all values of some curves.
func Fit(p *plot.Plot, x0, x1 float64, ys ...[]float64) {
	var all []float64
	for _, y := range ys {
		all = append(all, y...)
	}
	p.X.Min, p.X.Max = x0, math.Max(x1, x0+1e-9)
	p.Y.Min, p.Y.Max = LimitsOf(all)
}

// Aligned narrows the areas of two plots so that they share their horizontal axis.
func Aligned(a, b *plot.Plot, areaA, areaB draw.Canvas) (draw.Canvas, draw.Canvas) {
	da, db := a.DataCanvas(areaA), b.DataCanvas(areaB)
	left := max(da.Min.X, db.Min.X)
	right := min(da.Max.X, db.Max.X)
	return draw.Crop(areaA, left-da.Min.X, right-da.Max.X, 0, 0),
		draw.Crop(areaB, left-db.Min.X, right-db.Max.X, 0, 0)
}

// Thinned keeps smallest and largest value of every stretch of a long signal sampled at fsHz:
// about 3,000 points at most, with their times (s), the values multiplied by scale.
func Thinned(x []float64, fsHz, scale float64) (t, y []float64) {
	every := max(1, len(x)/1500)
	for i := 0; i < len(x); i += every {
		part := x[i:min(i+every, len(x))]
		lo, hi := part[0], part[0]
		for _, v := range part {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
		at := float64(i) / fsHz
		if every == 1 {
			t, y = append(t, at), append(y, scale*lo)
			continue
		}
		t, y = append(t, at, at), append(y, scale*lo, scale*hi)
	}
	return t, y
}
