package canvas

import (
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ColourBar fills an area with the colours of a map, and writes at its right the numbers and
// what they are.
func ColourBar(c draw.Canvas, m *ColourMap, label string) {
	const n = 128
	h := (c.Max.Y - c.Min.Y) / n
	for k := range n {
		y := c.Min.Y + h*vg.Length(k)
		v := m.low + (m.high-m.low)*(float64(k)+0.5)/n
		c.FillPolygon(m.At(v), []vg.Point{
			{X: c.Min.X, Y: y}, {X: c.Max.X, Y: y},
			{X: c.Max.X, Y: y + h*1.02}, {X: c.Min.X, Y: y + h*1.02},
		})
	}
	thin := draw.LineStyle{Color: Black, Width: 0.6}
	c.StrokeLines(thin, []vg.Point{
		c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}, c.Min,
	})
	style := draw.TextStyle{
		Color: Black, Font: Regular(9), Handler: plot.DefaultTextHandler, YAlign: draw.YCenter,
	}
	for _, t := range Steps(5).Ticks(m.low, m.high) {
		y := c.Min.Y + (c.Max.Y-c.Min.Y)*vg.Length((t.Value-m.low)/(m.high-m.low))
		c.StrokeLine2(thin, c.Max.X, y, c.Max.X+3, y)
		number := strings.Replace(t.Label, "-", "−", 1)
		c.FillText(style, vg.Point{X: c.Max.X + 5, Y: y}, number)
	}
	style.Rotation, style.XAlign, style.YAlign = math.Pi/2, draw.XCenter, draw.YTop
	c.FillText(style, vg.Point{X: c.Max.X + 30, Y: (c.Min.Y + c.Max.Y) / 2}, label)
}
