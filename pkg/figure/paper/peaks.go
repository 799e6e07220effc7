package paper

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/figure/canvas"
)

var rangeFractions = []float64{0.3, 0.6, 0.9}

// peaks are names at the tops of curves or densities; one that would cover another moves up.
type peaks []peak

type peak struct {
	x, y float64
	col  color.NRGBA
	name string
	lift float64 // points above
}

// Plot writes the names in their colours, on white.
func (ps peaks) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	var taken []vg.Rectangle
	for _, k := range ps {
		style := draw.TextStyle{Color: k.col, Font: canvas.Bold(8.5), Handler: plot.DefaultTextHandler,
			XAlign: draw.XCenter, YAlign: draw.YBottom}
		w, h := style.Width(k.name), style.Height(k.name)
		at := vg.Point{X: tx(k.x), Y: ty(k.y) + vg.Points(k.lift)}
		at.X = min(max(at.X, c.Min.X+w/2), c.Max.X-w/2)
		at.Y = min(at.Y, c.Max.Y-h)
		box := func() vg.Rectangle {
			return vg.Rectangle{Min: vg.Point{X: at.X - w/2, Y: at.Y},
				Max: vg.Point{X: at.X + w/2, Y: at.Y + h}}
		}
		for try := 0; try < 12 &&
			slices.ContainsFunc(taken, func(r vg.Rectangle) bool { return overlap(r, box()) }); try++ {
			at.Y += h * 0.6
		}
		taken = append(taken, box())
		c.FillPolygon(canvas.Faded(canvas.RGB(0xFFFFFF), 0.7),
			[]vg.Point{box().Min, {X: box().Max.X, Y: box().Min.Y}, box().Max,
				{X: box().Min.X, Y: box().Max.Y}})
		c.FillText(style, at, k.name)
	}
}

func overlap(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}
