// Package figure draws: each figure has a Compute function, whose plain result is
// everything that is drawn, and a Draw method that only paints it.
package figure

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var sans = font.Font{Typeface: "Liberation", Variant: "Sans"}

func init() {
	font.DefaultCache.Add(liberation.Collection())
	plot.DefaultFont, plotter.DefaultFont = sans, sans
}

// hex turns 0xRRGGBB into a colour.
func hex(rgb uint32) color.NRGBA {
	return color.NRGBA{uint8(rgb >> 16), uint8(rgb >> 8), uint8(rgb), 255}
}

func faded(c color.NRGBA, alpha float64) color.NRGBA {
	c.A = uint8(math.Round(255 * alpha))
	return c
}

var (
	black     = hex(0x000000)
	red       = hex(0xE02020)
	grey      = hex(0x8C8C8C)
	lightGrey = hex(0xECECEC)
)

// steps places ticks at multiples of 1, 2 or 5 times a power of ten.
type steps struct{ about int }

func (s steps) Ticks(lo, hi float64) []plot.Tick {
	span := hi - lo
	if !(span > 0) {
		return []plot.Tick{{Value: lo, Label: strconv.FormatFloat(lo, 'g', 4, 64)}}
	}
	raw := span / float64(s.about)
	step := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*step >= raw {
			step *= m
			break
		}
	}
	decimals := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	var ticks []plot.Tick
	for k := math.Ceil(lo/step - 1e-9); k*step <= hi+1e-9*span; k++ {
		ticks = append(ticks, plot.Tick{Value: k * step, Label: strconv.FormatFloat(k*step+0, 'f', decimals, 64)})
	}
	return ticks
}

// panel is a plot in the project's look.
func panel(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	p.Title.TextStyle.Font = font.Font{Typeface: sans.Typeface, Variant: sans.Variant, Size: 11}
	p.Title.Padding = vg.Points(4)
	p.X.Label.Text, p.Y.Label.Text = x, y
	p.Legend.TextStyle.Font.Size = 8.5
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Padding = 0
		a.Label.TextStyle.Font.Size = 9.5
		a.Tick.Label.Font.Size = 8.5
		a.Tick.Marker = steps{6}
	}
	return p
}

// rectangle is a filled area between x0 and x1, y0 and y1.
func rectangle(x0, x1, y0, y1 float64, c color.Color) *plotter.Polygon {
	p, err := plotter.NewPolygon(plotter.XYs{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
	if err != nil { // only for NaN, which callers exclude
		return &plotter.Polygon{}
	}
	p.Color, p.LineStyle.Width = c, 0
	return p
}

func line(x, y []float64, c color.Color, width float64, dashes ...vg.Length) *plotter.Line {
	xy := make(plotter.XYs, len(x))
	for i := range x {
		xy[i].X, xy[i].Y = x[i], y[i]
	}
	return &plotter.Line{XYs: xy, LineStyle: draw.LineStyle{Color: c, Width: vg.Points(width), Dashes: dashes}}
}

// text writes lines of text downward from the upper left corner of an area.
func text(c draw.Canvas, size float64, lines []textLine) {
	y := c.Max.Y
	for _, l := range lines {
		style := draw.TextStyle{Color: black, Font: font.Font{Typeface: sans.Typeface, Variant: sans.Variant, Size: vg.Points(size)}, Handler: plot.DefaultTextHandler, YAlign: draw.YTop}
		x := c.Min.X
		if l.mark != nil {
			l.mark(c, vg.Point{X: x, Y: y - vg.Points(size)*0.55})
			x += vg.Points(30)
		}
		c.FillText(style, vg.Point{X: x, Y: y}, l.text)
		y -= vg.Points(size * 1.5)
	}
}

// textLine is a line of text, with a sample of a colour or line before it.
type textLine struct {
	text string
	mark func(c draw.Canvas, at vg.Point)
}

func swatch(col color.Color) func(draw.Canvas, vg.Point) {
	return func(c draw.Canvas, at vg.Point) {
		c.FillPolygon(col, []vg.Point{{X: at.X, Y: at.Y - 4}, {X: at.X + 22, Y: at.Y - 4}, {X: at.X + 22, Y: at.Y + 4}, {X: at.X, Y: at.Y + 4}})
	}
}

func stroke(col color.Color, width float64, dashes ...vg.Length) func(draw.Canvas, vg.Point) {
	return func(c draw.Canvas, at vg.Point) {
		c.StrokeLine2(draw.LineStyle{Color: col, Width: vg.Points(width), Dashes: dashes}, at.X, at.Y, at.X+22, at.Y)
	}
}

var nan = math.NaN()

// firstMuscle is the muscle of a pair "A<->B", or the text itself.
func firstMuscle(pair string) string {
	for i := 0; i+2 < len(pair); i++ {
		if pair[i:i+3] == "<->" {
			return pair[:i]
		}
	}
	return pair
}
