package recordings

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/file/table"
)

// Scatter shows one column of a table against another, with the least-squares line.
type Scatter struct {
	Title, XLabel, YLabel string
	X, Y                  []float64
	Missing               int // rows without a value in one of the columns
	R                     float64
}

// ComputeScatter gathers the rows whose texts are those of where (column to text); y is
// multiplied by yScale. No row is an error.
func ComputeScatter(t *table.Table, x, y string, yScale float64,
	where map[string]string) (*Scatter, error) {
	c, err := t.Need("scatter", x, y)
	if err != nil {
		return nil, err
	}
	s := &Scatter{XLabel: x, YLabel: y}
rows:
	for _, row := range t.Rows {
		for column, text := range where {
			if k := t.Col(column); k < 0 || row[k] != text {
				continue rows
			}
		}
		vx, errX := table.ParseFloat(row[c[0]])
		vy, errY := table.ParseFloat(row[c[1]])
		if errX != nil || errY != nil {
			return nil, fmt.Errorf("scatter: %s or %s: %q, %q; numbers are expected", x, y, row[c[0]],
				row[c[1]])
		}
		if math.IsNaN(vx) || math.IsNaN(vy) || math.IsInf(vx, 0) || math.IsInf(vy, 0) {
			s.Missing++
			continue
		}
		s.X, s.Y = append(s.X, vx), append(s.Y, yScale*vy)
	}
	if len(s.X) == 0 {
		return nil, fmt.Errorf("scatter: no row has %s and %s for %v", x, y, where)
	}
	s.R = stat.Correlation(s.X, s.Y, nil)
	return s, nil
}

// Draw paints the scatter, 6.5 x 4.8 inches.
func (s *Scatter) Draw() *canvas.Canvas {
	c := canvas.New(6.5, 4.8)
	p := canvas.Panel(fmt.Sprintf("%s (n = %d, r = %.2f)", s.Title, len(s.X), s.R), s.XLabel, s.YLabel)
	p.X.Min, p.X.Max = canvas.LimitsOf(s.X)
	p.Y.Min, p.Y.Max = canvas.LimitsOf(s.Y)
	p.Add(points{s.X, s.Y})
	if a, b := stat.LinearRegression(s.X, s.Y, nil, false); !math.IsNaN(b) && !math.IsInf(b, 0) {
		p.Add(canvas.Line([]float64{p.X.Min, p.X.Max}, []float64{a + b*p.X.Min, a + b*p.X.Max},
			canvas.Red, 1.5))
	}
	p.Draw(c.Area(0.01, 0.01, 0.99, 0.99))
	return c
}

type points struct{ x, y []float64 }

// Plot draws a translucent disc per point.
func (d points) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	style := draw.GlyphStyle{Color: canvas.Faded(canvas.PoolColour(0), 0.4), Radius: vg.Points(2.5),
		Shape: draw.CircleGlyph{}}
	for i := range d.x {
		c.DrawGlyph(style, vg.Point{X: tx(d.x[i]), Y: ty(d.y[i])})
	}
}
