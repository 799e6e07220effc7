package canvas

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// TextLine is a line of text, with a sample of a colour or line before it (swatch, stroke; nil:
// none).
type TextLine struct {
	Text string
	Mark func(c draw.Canvas, at vg.Point)
}

// Text writes lines of text downward from the upper left corner of an area; size in points.
func Text(c draw.Canvas, size float64, lines []TextLine) {
	y := c.Max.Y
	for _, l := range lines {
		style := draw.TextStyle{
			Color: Black, Font: Regular(vg.Points(size)),
			Handler: plot.DefaultTextHandler, YAlign: draw.YTop,
		}
		x := c.Min.X
		if l.Mark != nil {
			l.Mark(c, vg.Point{X: x, Y: y - vg.Points(size)*0.55})
			x += vg.Points(30)
		}
		c.FillText(style, vg.Point{X: x, Y: y}, l.Text)
		y -= vg.Points(size * 1.5)
	}
}

// Swatch is a sample of the colour of an area before a line of text.
func Swatch(col color.Color) func(draw.Canvas, vg.Point) {
	return func(c draw.Canvas, at vg.Point) {
		c.FillPolygon(col, []vg.Point{
			{X: at.X, Y: at.Y - 4}, {X: at.X + 22, Y: at.Y - 4},
			{X: at.X + 22, Y: at.Y + 4}, {X: at.X, Y: at.Y + 4},
		})
	}
}

// Stroke is a sample of a line before a line of text; width and dashes in points.
func Stroke(col color.Color, width float64, dashes ...vg.Length) func(draw.Canvas, vg.Point) {
	return func(c draw.Canvas, at vg.Point) {
		style := draw.LineStyle{Color: col, Width: vg.Points(width), Dashes: dashes}
		c.StrokeLine2(style, at.X, at.Y, at.X+22, at.Y)
	}
}

// Corner writes lines of text into the upper left corner of a plot, in columns of equal width;
// size in points.
func Corner(lines []TextLine, size float64, columns int) plot.Plotter {
	return cornerText{lines, size, columns}
}

type cornerText struct {
	lines   []TextLine
	size    float64
	columns int
}

// Plot writes the lines.
func (k cornerText) Plot(c draw.Canvas, _ *plot.Plot) {
	c.Min.X += 6
	c.Max.Y -= 5
	width := (c.Max.X - c.Min.X) / vg.Length(k.columns)
	rows := (len(k.lines) + k.columns - 1) / k.columns
	for len(k.lines) > 0 {
		n := min(rows, len(k.lines))
		Text(c, k.size, k.lines[:n])
		k.lines = k.lines[n:]
		c.Min.X += width
	}
}
