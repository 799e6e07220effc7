package paper

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/figure/posteriors"
	"example.org/renshaw/pkg/num/stats"
)

// Comparison of two labels at one intensity. PDelta pairs the draws by position, as the
// study does; AllPairs is the share of all pairs of draws, equal ones not counted.
type Comparison struct {
	A        string     `json:"A"`
	B        string     `json:"B"`
	PDelta   float64    `json:"p_delta"`
	Interval [2]float64 `json:"ci"`
	NA       int        `json:"nA"`
	NB       int        `json:"nB"`
	Delta    float64    `json:"delta_d_median"`
	AllPairs float64    `json:"p_delta_all_pairs"`
}

// HighLow compares the highest with the lowest intensity of a label.
type HighLow struct {
	Label    string     `json:"muscle"`
	PDelta   float64    `json:"p_delta"`
	Interval [2]float64 `json:"ci"`
	Delta    float64    `json:"delta_d_median"`
	AllPairs float64    `json:"p_delta_all_pairs"`
}

// Fig5B are all comparisons of one parameter ("ri": recurrent inhibition, "ci": SD of the
// second common input, both as shares of the prior's range).
type Fig5B struct {
	Parameter   string                  `json:"parameter"`
	Source      []string                `json:"source"`
	Order       []string                `json:"heatmap_order_top_to_bottom_and_left_to_right"`
	Intensities []float64               `json:"intensities"`
	Pairwise    map[string][]Comparison `json:"pairwise"` // by intensity
	HighVsLow   []HighLow               `json:"high_vs_low"`
}

func fig5b(s *Study) ([]canvas.Picture, error) {
	p, err := readPosteriors(s)
	if err != nil {
		return nil, err
	}
	var out []canvas.Picture
	for _, parameter := range []string{posteriors.RI, posteriors.CI} {
		f := ComputeFig5B(p, parameter)
		if len(f.Order) == 0 {
			continue
		}
		name := map[string]string{posteriors.RI: "recurrent_inhibition",
			posteriors.CI: "common_input"}[parameter]
		out = append(out, canvas.Picture{Name: "fig5b_" + name + "_probability",
			Canvas: f.DrawProbabilities(s.Palette), Data: f},
			canvas.Picture{Name: "fig5b_" + name + "_difference", Canvas: f.DrawDifferences(s.Palette),
				Data: f})
	}
	return out, nil
}

// ComputeFig5B compares all labels that have the parameter.
func ComputeFig5B(p *posteriors.Set, parameter string) *Fig5B {
	f := &Fig5B{Parameter: parameter, Source: p.Files, Intensities: p.Intensities(),
		Pairwise: map[string][]Comparison{}}
	draws := map[string]map[float64][]float64{}
	for _, g := range p.Groups {
		if v := g.Of(parameter); v != nil {
			if draws[g.Label] == nil {
				draws[g.Label] = map[float64][]float64{}
			}
			draws[g.Label][g.Intensity] = v
		}
	}
	for _, l := range p.Labels() {
		if draws[l] != nil {
			f.Order = append(f.Order, l)
		}
	}
	labels := slices.Sorted(maps.Keys(draws))
	low, high := f.Intensities[0], f.Intensities[len(f.Intensities)-1]
	for i, a := range labels {
		for _, b := range labels[i+1:] {
			for _, intensity := range f.Intensities {
				x, y := draws[a][intensity], draws[b][intensity]
				if x == nil || y == nil {
					continue
				}
				c := Comparison{A: a, B: b, NA: len(x), NB: len(y), Delta: stats.Median(x) - stats.Median(y)}
				c.PDelta, c.Interval = stats.PDelta(x, y)
				c.AllPairs, _ = stats.PairShares(x, y)
				key := fmt.Sprintf("%g", intensity)
				f.Pairwise[key] = append(f.Pairwise[key], c)
			}
		}
		if x, y := draws[a][high], draws[a][low]; high > low && x != nil && y != nil {
			h := HighLow{Label: a, Delta: stats.Median(x) - stats.Median(y)}
			h.PDelta, h.Interval = stats.PDelta(x, y)
			h.AllPairs, _ = stats.PairShares(x, y)
			f.HighVsLow = append(f.HighVsLow, h)
		}
	}
	return f
}

// matrix of a measure at an intensity, NaN where there is no comparison; of is the value of
// row against column, other that of column against row.
func (f *Fig5B) matrix(intensity, diagonal float64, of func(Comparison) float64,
	other func(float64) float64) [][]float64 {
	m := make([][]float64, len(f.Order))
	for i, row := range f.Order {
		for j, column := range f.Order {
			v := math.NaN()
			if i == j {
				v = diagonal
			}
			for _, c := range f.Pairwise[fmt.Sprintf("%g", intensity)] {
				switch {
				case c.A == row && c.B == column:
					v = of(c)
				case c.A == column && c.B == row:
					v = other(of(c))
				}
			}
			m[i] = append(m[i], v)
		}
	}
	return m
}

// DrawProbabilities paints P(row > column).
func (f *Fig5B) DrawProbabilities(colours canvas.Palette) *canvas.Canvas {
	return f.draw(colours, "probability that the row's exceeds the column's", "pδ = P(row > column)",
		probabilityMap(), 0.5,
		func(c Comparison) float64 { return c.PDelta }, func(v float64) float64 { return 1 - v },
		func(h HighLow) float64 { return h.PDelta })
}

// DrawDifferences paints the differences of the medians.
func (f *Fig5B) DrawDifferences(colours canvas.Palette) *canvas.Canvas {
	return f.draw(
		colours, "median of the row less that of the column, as a share of the prior's range",
		"Δd = median(row) − median(column)", differenceMap(), 0,
		func(c Comparison) float64 { return c.Delta }, func(v float64) float64 { return -v },
		func(h HighLow) float64 { return h.Delta })
}

// Sizes in inches of the matrices: cell, space for names, space above.
const (
	matrixCell  = 0.56
	matrixNames = 1.55
	matrixHead  = 0.62
)

func (f *Fig5B) draw(colours canvas.Palette, what, measure string, m *canvas.ColourMap,
	diagonal float64, of func(Comparison) float64, other func(float64) float64,
	strip func(HighLow) float64) *canvas.Canvas {
	n := float64(len(f.Order))
	one := matrixNames + n*matrixCell + 0.25
	width := one*float64(len(f.Intensities)) + matrixNames + 1.2 + 1.1
	height := matrixHead + n*matrixCell + matrixNames + 0.25
	c := canvas.New(width, height)
	inch := func(x0, y0, x1, y1 float64) draw.Canvas {
		return c.Area(x0/width, y0/height, x1/width, y1/height)
	}
	title := map[string]string{posteriors.RI: "Recurrent inhibition",
		posteriors.CI: "High-frequency common input (SD)"}[f.Parameter]
	canvas.Text(inch(0.15, height-0.4, width, height-0.06), 13,
		[]canvas.TextLine{{Text: title + ": " + what}})
	base := height - matrixHead - n*matrixCell
	for k, intensity := range f.Intensities {
		x0 := float64(k)*one + matrixNames
		g := grid{f.matrix(intensity, diagonal, of, other), f.Order, f.Order,
			fmt.Sprintf("%g %% MVC", intensity), m, diagonal == 0.5}
		g.draw(inch(x0, base, x0+n*matrixCell, base+n*matrixCell), colours)
	}
	x0 := float64(len(f.Intensities))*one + matrixNames
	if len(f.HighVsLow) > 0 {
		column := make([][]float64, len(f.Order))
		for i, l := range f.Order {
			column[i] = []float64{math.NaN()}
			if k := slices.IndexFunc(f.HighVsLow, func(h HighLow) bool { return h.Label == l }); k >= 0 {
				column[i][0] = strip(f.HighVsLow[k])
			}
		}
		high, low := f.Intensities[len(f.Intensities)-1], f.Intensities[0]
		g := grid{column, f.Order, []string{fmt.Sprintf("%g %% against %g %%", high, low)},
			fmt.Sprintf("%g against %g %%", high, low), m, diagonal == 0.5}
		g.columns = []string{""}
		g.draw(inch(x0, base, x0+matrixCell*1.3, base+n*matrixCell), colours)
		x0 += matrixCell*1.3 + 0.3
	}
	canvas.ColourBar(inch(x0, base, x0+0.2, base+n*matrixCell), m, measure)
	return c
}

// grid is a matrix with a colour and number per cell.
type grid struct {
	values        [][]float64
	rows, columns []string
	title         string
	scale         *canvas.ColourMap
	probability   bool
}

func (g grid) draw(c draw.Canvas, colours canvas.Palette) {
	w, h := (c.Max.X-c.Min.X)/vg.Length(len(g.values[0])), (c.Max.Y-c.Min.Y)/vg.Length(len(g.values))
	for i, row := range g.values {
		for j, v := range row {
			x, y := c.Min.X+w*vg.Length(j), c.Max.Y-h*vg.Length(i+1)
			c.FillPolygon(g.scale.At(v),
				[]vg.Point{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + h}, {X: x, Y: y + h}})
			style := draw.TextStyle{Color: canvas.Black, Font: canvas.Regular(12),
				Handler: plot.DefaultTextHandler, XAlign: draw.XCenter, YAlign: draw.YCenter}
			if g.probability && math.Abs(v-0.5) > 0.25 {
				style.Color = canvas.RGB(0xFFFFFF)
			}
			label := fmt.Sprintf("%.2f", v)
			switch {
			case math.IsNaN(v):
				label = "–"
			case label == "-0.00":
				label = "0.00"
			}
			c.FillText(style, vg.Point{X: x + w/2, Y: y + h/2}, strings.Replace(label, "-", "−", 1))
		}
	}
	corners := []vg.Point{c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}, c.Min}
	c.StrokeLines(draw.LineStyle{Color: canvas.Black, Width: 0.8}, corners)
	for i, l := range g.rows {
		style := draw.TextStyle{Color: colours.Of(l), Font: canvas.Bold(10),
			Handler: plot.DefaultTextHandler, XAlign: draw.XRight, YAlign: draw.YCenter}
		c.FillText(style, vg.Point{X: c.Min.X - 5, Y: c.Max.Y - h*(vg.Length(i)+0.5)}, canvas.Spelled(l))
	}
	for j, l := range g.columns {
		style := draw.TextStyle{Color: colours.Of(l), Font: canvas.Bold(10),
			Handler: plot.DefaultTextHandler, Rotation: math.Pi / 2, XAlign: draw.XRight,
			YAlign: draw.YCenter}
		c.FillText(style, vg.Point{X: c.Min.X + w*(vg.Length(j)+0.5), Y: c.Min.Y - 5}, canvas.Spelled(l))
	}
	style := draw.TextStyle{Color: canvas.Black, Font: canvas.Bold(11),
		Handler: plot.DefaultTextHandler, XAlign: draw.XCenter, YAlign: draw.YBottom}
	c.FillText(style, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: c.Max.Y + 5}, g.title)
}

// probabilityMap colours P(row > column), from blue (0) by white (0.5) to red (1).
func probabilityMap() *canvas.ColourMap {
	return canvas.NewColourMap(0, 1, canvas.RGB(0x3C5FD4), canvas.RGB(0x65A9F7), canvas.RGB(0xFFFFFF),
		canvas.RGB(0xFF9B8E), canvas.RGB(0xDF463B))
}

// differenceMap colours differences of medians, from violet (-0.5) by white (0) to amber (0.5).
func differenceMap() *canvas.ColourMap {
	return canvas.NewColourMap(-0.5, 0.5, canvas.RGB(0xAF46C4), canvas.RGB(0xD87EDB),
		canvas.RGB(0xFFFFFF), canvas.RGB(0xFFD856), canvas.RGB(0xFFAE00))
}
