package recordings

import (
	"fmt"
	"image"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/simulation/motorpool"
)

// heat paints a matrix, row 0 at the bottom.
type heat struct {
	m      motorpool.Matrix
	lo, hi float64
}

// Plot paints an image with whole pixels per cell.
func (h heat) Plot(c draw.Canvas, p *plot.Plot) {
	per := max(1, 700/max(h.m.Rows, h.m.Cols))
	img := image.NewNRGBA(image.Rect(0, 0, h.m.Cols*per, h.m.Rows*per))
	for i := 0; i < h.m.Rows; i++ {
		for j, v := range h.m.Row(i) {
			col := canvas.Viridis((v - h.lo) / math.Max(h.hi-h.lo, 1e-12))
			for y := 0; y < per; y++ {
				for x := 0; x < per; x++ {
					img.SetNRGBA(j*per+x, (h.m.Rows-1-i)*per+y, col)
				}
			}
		}
	}
	tx, ty := p.Transforms(&c)
	c.DrawImage(vg.Rectangle{Min: vg.Point{X: tx(-0.5), Y: ty(-0.5)},
		Max: vg.Point{X: tx(float64(h.m.Cols) - 0.5), Y: ty(float64(h.m.Rows) - 0.5)}}, img)
}

// heatPanel is a plot of a matrix in the colours of Viridis from lo to hi.
func heatPanel(title, x, y string, m motorpool.Matrix, lo, hi float64) *plot.Plot {
	p := canvas.Panel(title, x, y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.5, float64(m.Cols)-0.5, -0.5, float64(m.Rows)-0.5
	p.X.Tick.Marker, p.Y.Tick.Marker = wholeSteps(6), wholeSteps(6)
	p.Add(heat{m, lo, hi})
	return p
}

// wholeSteps places ticks at whole numbers.
type wholeSteps int

// Ticks are the ticks from lo to hi.
func (s wholeSteps) Ticks(lo, hi float64) []plot.Tick {
	if hi-lo <= float64(s) {
		var ticks []plot.Tick
		for k := math.Ceil(lo); k <= hi; k++ {
			ticks = append(ticks, plot.Tick{Value: k, Label: fmt.Sprint(k)})
		}
		return ticks
	}
	return canvas.Steps(s).Ticks(lo, hi)
}

// drawScale is the colour scale from 0 to hi.
func drawScale(c draw.Canvas, hi float64) {
	const n = 64
	h := (c.Max.Y - c.Min.Y) / n
	for k := 0; k < n; k++ {
		y := c.Min.Y + vg.Length(k)*h
		c.FillPolygon(canvas.Viridis(float64(k)/(n-1)),
			[]vg.Point{{X: c.Min.X, Y: y}, {X: c.Min.X + 12, Y: y}, {X: c.Min.X + 12, Y: y + h + 0.3},
				{X: c.Min.X, Y: y + h + 0.3}})
	}
	canvas.Text(draw.Crop(c, 15, 0, 0, 5), 8, []canvas.TextLine{{Text: fmt.Sprintf("%.2g", hi)}})
	canvas.Text(draw.Crop(c, 15, 0, 0, -(c.Max.Y-c.Min.Y)+10), 8, []canvas.TextLine{{Text: "0"}})
}
