package figure

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/sbi/predictive"
)

// secondary draws the units one by one, and where the recordings lie among the training
// simulations.
func secondary(s *Study) ([]Picture, error) {
	var out []Picture
	path, errUnits := s.find(experimentTables...)
	if errUnits == nil {
		for _, v := range []string{"received", "peak_height", "trough_timing", "firing_rate"} {
			f, err := ComputeUnitDots(path, v, s.Seed)
			if err != nil {
				return nil, err
			}
			out = append(out, Picture{"secondary_units_" + v, f.Draw(), f})
		}
	}
	forces, err := forcePictures(s)
	if err != nil {
		return nil, err
	}
	out = append(out, forces...)
	checks, err := readChecks(s)
	if err != nil && !errors.As(err, new(*Missing)) {
		return nil, err
	}
	if err == nil && len(checks[0].Prior) > 2 {
		for k, statistic := range predictive.Statistics {
			f := ComputeCoverage(checks[0], k)
			out = append(out, Picture{"secondary_coverage_" + statistic, f.Draw(), f})
		}
	}
	if len(out) == 0 {
		return nil, errUnits
	}
	return out, nil
}

// forcePictures are those of the forces, of the tables that are there.
func forcePictures(s *Study) ([]Picture, error) {
	var out []Picture
	if path, err := s.find(forceVariabilityName); err == nil {
		f, err := ComputeForceVariability(path)
		if err != nil {
			return nil, err
		}
		out = append(out, Picture{"secondary_force_variability", f.Draw(), f})
	}
	if path, err := s.find(forceSpectraName); err == nil {
		f, err := ComputeForceSpectra(path)
		if err != nil {
			return nil, err
		}
		out = append(out, Picture{"secondary_force_spectra", f.Draw(), f})
	}
	return out, nil
}

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
// many.
func ComputeUnitDots(path, variable string, seed uint64) (*UnitDots, error) {
	v, err := unitVariableNamed(variable)
	if err != nil {
		return nil, err
	}
	table, err := readUnits(path)
	if err != nil {
		return nil, err
	}
	kept, n, err := table.selected(experimentSpikes, mirroredPairs...)
	if err != nil {
		return nil, err
	}
	u, err := unitRows(kept)
	if err != nil {
		return nil, err
	}
	y, err := kept.variable(v)
	if err != nil {
		return nil, err
	}
	f := &UnitDots{Variable: v.name, Label: v.label, RowCounts: n}
	rng := rand.New(rand.NewPCG(seed, 10))
	order, rows := u.groups(false)
	all := []float64{0}
	for _, g := range order {
		d := DotGroup{Interaction: g.interaction, Intensity: g.intensity, Values: stats.Present(pick(y, rows[g]))}
		if len(d.Values) == 0 {
			continue
		}
		m := meanSD(d.Values)
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
	density, err := stats.Density1D(d.Values, 0.45*scale*math.Pow(float64(len(d.Values)), -0.2), d.Values)
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
func (f *UnitDots) Draw() *Canvas {
	var interactions []string
	for _, g := range f.Groups {
		if !slices.Contains(interactions, g.Interaction) {
			interactions = append(interactions, g.Interaction)
		}
	}
	slices.SortFunc(interactions, byLabel)
	wide := math.Max(3, 0.62*float64(len(interactions))+0.9)
	c := newCanvas(wide*float64(len(f.Intensities)), 4)
	for k, intensity := range f.Intensities {
		x := panel(fmt.Sprintf("%g %% MVC", intensity), "", f.Label)
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = -0.6, float64(len(interactions))-0.4, f.Limits[0], f.Limits[1]
		var ticks []plot.Tick
		for i, name := range interactions {
			ticks = append(ticks, plot.Tick{Value: float64(i), Label: interactionLabel(name)})
		}
		x.X.Tick.Marker = plot.ConstantTicks(ticks)
		x.X.Tick.Label.Rotation, x.X.Tick.Label.XAlign, x.X.Tick.Label.YAlign = math.Pi/4, draw.XRight, draw.YCenter
		for _, g := range f.Groups {
			if g.Intensity == intensity {
				x.Add(dotColumn{g, float64(slices.Index(interactions, g.Interaction)), f.Limits[1] / 1.1 * 1.05})
			}
		}
		n := float64(len(f.Intensities))
		x.Draw(c.area(float64(k)/n+0.005, 0.01, float64(k+1)/n-0.005, 0.99))
	}
	return c
}

// dotColumn are the dots of a group, its mean, and its number of units at a height.
type dotColumn struct {
	g      DotGroup
	x, top float64
}

// Plot draws the group.
func (d dotColumn) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	col := colourOf(interactionLabel(d.g.Interaction))
	for i, v := range d.g.Values {
		c.DrawGlyph(draw.GlyphStyle{Color: faded(col, 0.35), Radius: vg.Points(2.2), Shape: draw.CircleGlyph{}}, vg.Point{X: tx(d.x + d.g.Offset[i]), Y: ty(v)})
	}
	at := vg.Point{X: tx(d.x), Y: ty(d.g.Mean)}
	for _, ring := range []struct {
		r   vg.Length
		col color.NRGBA
	}{{5.4, hex(0x666666)}, {4.9, hex(0xFFFFFF)}, {3.6, col}} {
		c.DrawGlyph(draw.GlyphStyle{Color: ring.col, Radius: ring.r, Shape: draw.CircleGlyph{}}, at)
	}
	style := draw.TextStyle{Color: black, Font: bold(7.5), Handler: plot.DefaultTextHandler, XAlign: draw.XCenter, YAlign: draw.YCenter}
	c.FillText(style, vg.Point{X: tx(d.x), Y: ty(d.top)}, fmt.Sprint(len(d.g.Values)))
}

// Coverage shows where the recordings lie among the training simulations, in every two
// features, by one statistic over units.
type Coverage struct {
	Statistic  string              `json:"statistic"`
	Prior      [4][]float64        `json:"prior"` // standardised, in the order of the features
	Conditions []CoverageCondition `json:"conditions"`
}

// CoverageCondition is one condition with its four numbers.
type CoverageCondition struct {
	Name      string     `json:"condition"`
	Pair      string     `json:"muscle_pair"`
	Intensity float64    `json:"intensity"`
	Values    [4]float64 `json:"values"`
}

// coveragePoints is how many training simulations are drawn at most.
const coveragePoints = 2000

// ComputeCoverage takes a comparison; k is the place of a statistic.
func ComputeCoverage(c *predictive.Check, k int) *Coverage {
	f := &Coverage{Statistic: predictive.Statistics[k]}
	step := max(1, (len(c.Prior)+coveragePoints-1)/coveragePoints)
	for i := 0; i < len(c.Prior); i += step {
		for j := range f.Prior {
			f.Prior[j] = append(f.Prior[j], c.Prior[i].X[4*j+k])
		}
	}
	for i, cond := range c.Conditions {
		g := CoverageCondition{Name: conditionName(cond), Pair: cond.MusclePair, Intensity: cond.Intensity}
		for j := range g.Values {
			g.Values[j] = c.Experiment[i].X[4*j+k]
		}
		f.Conditions = append(f.Conditions, g)
	}
	return f
}

// Draw paints four by four panels: densities on the diagonal, training simulations (grey)
// with the recordings elsewhere.
func (f *Coverage) Draw() *Canvas {
	c := newCanvas(10.4, 10.6)
	var limits [4][2]float64
	for j := range limits {
		v := f.Prior[j]
		for _, g := range f.Conditions {
			v = append(slices.Clip(v), g.Values[j])
		}
		limits[j] = axis([2]float64{}, slices.Min(v), slices.Max(v))
	}
	const top = 0.965
	low := math.Inf(1)
	for _, g := range f.Conditions {
		low = math.Min(low, g.Intensity)
	}
	for i := range limits {
		for j := range limits {
			x := panel("", "", "")
			x.X.Tick.Marker, x.Y.Tick.Marker = steps{5}, steps{5}
			x.X.Min, x.X.Max = limits[j][0], limits[j][1]
			if i == 3 {
				x.X.Label.Text = predictiveUnits[predictive.Features[j]][0]
			}
			if j == 0 {
				x.Y.Label.Text = predictiveUnits[predictive.Features[i]][0]
			}
			if i == j {
				f.diagonal(x, j, limits[j])
			} else {
				x.Y.Min, x.Y.Max = limits[i][0], limits[i][1]
				var prior rasterized
				for k := range f.Prior[j] {
					prior = append(prior, disc{f.Prior[j][k], f.Prior[i][k], 1, faded(grey, 0.2)})
				}
				x.Add(prior)
				for _, g := range f.Conditions {
					x.Add(marker{g.Values[j], g.Values[i], colourOf(g.Pair), g.Intensity > low})
				}
			}
			x.Draw(c.area(float64(j)/4+0.003, top*(1-float64(i+1)/4)+0.003, float64(j+1)/4-0.003, top*(1-float64(i)/4)-0.003))
		}
	}
	text(c.area(0.01, top, 0.99, 0.995), 10, []textLine{{text: fmt.Sprintf("%s over units, in SDs of the training simulations (grey, n = %d); recordings: circles at the lowest intensity, diamonds at higher ones", f.Statistic, len(f.Prior[0]))}})
	return c
}

// diagonal draws the density of the training simulations, and the recordings as ticks.
func (f *Coverage) diagonal(x *plot.Plot, j int, limits [2]float64) {
	g := stats.Grid(limits[0], limits[1], 300)
	d := automaticDensity(f.Prior[j], g)
	x.Y.Min, x.Y.Max = 0, 1
	if d != nil {
		x.Y.Max = 1.08 * slices.Max(d)
		x.Add(under(g, d, faded(grey, 0.2)), line(g, d, grey, 1.3))
	}
	for _, k := range f.Conditions {
		x.Add(line([]float64{k.Values[j], k.Values[j]}, []float64{0, 0.25 * x.Y.Max}, colourOf(k.Pair), 1.6))
	}
}
