package paper

import (
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/run/seed"
)

// UnitDots shows a variable of motor units, a column per interaction, a panel per intensity.
type UnitDots struct {
	Variable    string         `json:"variable"`
	Label       string         `json:"y_label"`
	RowCounts   map[string]int `json:"row_counts"`
	Intensities []float64      `json:"intensities"`
	Limits      [2]float64     `json:"y_limits"`
	Groups      []DotGroup     `json:"groups"`
}

// DotGroup are the units of an interaction at an intensity. Offset is the place of a dot
// beside the middle of its column, at most 0.4 of the distance of columns.
type DotGroup struct {
	Interaction string    `json:"interaction"`
	Intensity   float64   `json:"intensity"`
	Values      []float64 `json:"values"`
	Offset      []float64 `json:"offset"`
	Mean        float64   `json:"mean"`
	SD          float64   `json:"sd"`
}

// ComputeUnitDots reads a table of units; dots are spread at random, wider where there are
// many. mirrored is Study.Mirrored.
func ComputeUnitDots(path, variable string, mirrored bool, from uint64) (*UnitDots, error) {
	v, err := unitVariableNamed(variable)
	if err != nil {
		return nil, err
	}
	table, err := readUnits(path)
	if err != nil {
		return nil, err
	}
	kept, n, err := selected(table, feature.MinCountsExperiment, mirrored)
	if err != nil {
		return nil, err
	}
	u, err := unitRows(kept)
	if err != nil {
		return nil, err
	}
	y, err := valuesOf(kept, v)
	if err != nil {
		return nil, err
	}
	f := &UnitDots{Variable: v.name, Label: v.label, RowCounts: n}
	rng := seed.Stream(from, "dots")
	order, rows := u.groups(false)
	all := []float64{0}
	for _, g := range order {
		d := DotGroup{Interaction: g.interaction, Intensity: g.intensity,
			Values: stats.Present(pick(y, rows[g]))}
		if len(d.Values) == 0 {
			continue
		}
		m := stats.MeanSDOf(d.Values)
		d.Mean, d.SD = m.Mean, m.SD
		d.spread(rng)
		all = append(all, d.Values...)
		if !slices.Contains(f.Intensities, g.intensity) {
			f.Intensities = append(f.Intensities, g.intensity)
		}
		f.Groups = append(f.Groups, d)
	}
	if len(f.Groups) == 0 {
		return nil, fmt.Errorf("%s: no unit is left after the filters %v", path, n)
	}
	f.Limits = [2]float64{slices.Min(all), 1.1 * slices.Max(all)}
	return f, nil
}

// spread gives every dot a random offset, in proportion to the density of the values there:
// kernel 0.45 min(SD, IQR/1.34) n^(-1/5), half of what R calls nrd0.
func (d *DotGroup) spread(rng *rand.Rand) {
	d.Offset = make([]float64, len(d.Values))
	q := stats.Quantiles(d.Values, 0.25, 0.75)
	scale := (q[1] - q[0]) / 1.34
	if sd := stat.StdDev(d.Values, nil); scale == 0 || sd < scale {
		scale = sd
	}
	density, err := stats.Density1D(d.Values, 0.45*scale*math.Pow(float64(len(d.Values)), -0.2),
		d.Values)
	for i := range d.Offset {
		width := 1.0
		if err == nil {
			width = density[i] / slices.Max(density)
		}
		if len(d.Values) > 1 {
			d.Offset[i] = 0.4 * width * (2*rng.Float64() - 1)
		}
	}
}

// Draw paints a panel per intensity.
func (f *UnitDots) Draw(colours canvas.Palette) *canvas.Canvas {
	var interactions []string
	for _, g := range f.Groups {
		if !slices.Contains(interactions, g.Interaction) {
			interactions = append(interactions, g.Interaction)
		}
	}
	slices.SortFunc(interactions, byLabel)
	wide := math.Max(3, 0.62*float64(len(interactions))+0.9)
	c := canvas.New(wide*float64(len(f.Intensities)), 4)
	for k, intensity := range f.Intensities {
		x := canvas.Panel(fmt.Sprintf("%g %% MVC", intensity), "", f.Label)
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = -0.6, float64(len(interactions))-0.4, f.Limits[0],
			f.Limits[1]
		var ticks []plot.Tick
		for i, name := range interactions {
			ticks = append(ticks, plot.Tick{Value: float64(i), Label: interactionLabel(name)})
		}
		x.X.Tick.Marker = plot.ConstantTicks(ticks)
		x.X.Tick.Label.Rotation, x.X.Tick.Label.XAlign, x.X.Tick.Label.YAlign = math.Pi/4, draw.XRight,
			draw.YCenter
		for _, g := range f.Groups {
			if g.Intensity == intensity {
				x.Add(dotColumn{g, float64(slices.Index(interactions, g.Interaction)), f.Limits[1] / 1.1 * 1.05,
					colours.Of(interactionLabel(g.Interaction))})
			}
		}
		n := float64(len(f.Intensities))
		x.Draw(c.Area(float64(k)/n+0.005, 0.01, float64(k+1)/n-0.005, 0.99))
	}
	return c
}

// dotColumn are the dots of a group, its mean, and its number of units at a height.
type dotColumn struct {
	g      DotGroup
	x, top float64
	col    color.NRGBA
}

// Plot draws the group.
func (d dotColumn) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	for i, v := range d.g.Values {
		c.DrawGlyph(draw.GlyphStyle{Color: canvas.Faded(d.col, 0.35), Radius: vg.Points(2.2),
			Shape: draw.CircleGlyph{}}, vg.Point{X: tx(d.x + d.g.Offset[i]), Y: ty(v)})
	}
	at := vg.Point{X: tx(d.x), Y: ty(d.g.Mean)}
	for _, ring := range []struct {
		r   vg.Length
		col color.NRGBA
	}{{5.4, canvas.RGB(0x666666)}, {4.9, canvas.RGB(0xFFFFFF)}, {3.6, d.col}} {
		c.DrawGlyph(draw.GlyphStyle{Color: ring.col, Radius: ring.r, Shape: draw.CircleGlyph{}}, at)
	}
	style := draw.TextStyle{Color: canvas.Black, Font: canvas.Bold(7.5),
		Handler: plot.DefaultTextHandler, XAlign: draw.XCenter, YAlign: draw.YCenter}
	c.FillText(style, vg.Point{X: tx(d.x), Y: ty(d.top)}, fmt.Sprint(len(d.g.Values)))
}
