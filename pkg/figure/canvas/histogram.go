package canvas

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// histogram is bars of the share of values (percent) in equal bins.
type histogram struct {
	lo, hi  float64
	percent []float64
	colour  color.NRGBA
}

func newHistogram(values []float64, bins int, c color.NRGBA) *histogram {
	percent := make([]float64, bins)
	h := &histogram{lo: math.Inf(1), hi: math.Inf(-1), percent: percent, colour: c}
	for _, v := range values {
		h.lo, h.hi = math.Min(h.lo, v), math.Max(h.hi, v)
	}
	if !(h.lo < h.hi) { // one value, or none
		if len(values) == 0 {
			h.lo, h.hi = 0, 0
		}
		h.lo, h.hi = h.lo-0.5, h.hi+0.5
	}
	for _, v := range values {
		k := min(int((v-h.lo)/(h.hi-h.lo)*float64(bins)), bins-1)
		h.percent[k] += 100 / float64(len(values))
	}
	return h
}

// Plot draws the bars.
func (h *histogram) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	step := (h.hi - h.lo) / float64(len(h.percent))
	for k, v := range h.percent {
		x0 := tx(h.lo + float64(k)*step)
		x1 := tx(h.lo+float64(k+1)*step) - vg.Points(0.6)
		c.FillPolygon(h.colour, []vg.Point{
			{X: x0, Y: ty(0)}, {X: x1, Y: ty(0)}, {X: x1, Y: ty(v)}, {X: x0, Y: ty(v)},
		})
	}
}

// HistogramPanel is a plot of the share of values (%) in 15 equal bins from the smallest to
// the largest.
func HistogramPanel(title, x string, values []float64, c color.NRGBA) *plot.Plot {
	h := newHistogram(values, 15, c)
	p := Panel(title, x, "share (%)")
	p.X.Min, p.X.Max, p.Y.Min = h.lo, h.hi, 0
	for _, v := range h.percent {
		p.Y.Max = math.Max(p.Y.Max, 1.08*v)
	}
	p.Add(h)
	return p
}
