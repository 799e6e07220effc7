package figure

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/sbi/predictive"
)

func fig4c(s *Study) ([]Picture, error) {
	checks, err := readChecks(s)
	if err != nil {
		return nil, err
	}
	var out []Picture
	for i, c := range checks {
		suffix := ""
		if i > 0 {
			suffix = fmt.Sprintf("_%d", i+1)
		}
		f := ComputeFig4C(c)
		out = append(out, Picture{"fig4c" + suffix, f.Draw(), f})
		p, err := ComputeComponents(c)
		if err != nil && !errors.Is(err, errNoPrior) {
			return nil, err
		}
		for k := 0; err == nil && k < len(p.Intensities); k++ {
			out = append(out, Picture{fmt.Sprintf("fig4c_components_%g%s", p.Intensities[k], suffix), p.Draw(p.Intensities[k]), p})
		}
	}
	return out, nil
}

// Fig4C shows height of the peak (x) and area of the trough (y) of simulations of posterior
// draws, for up to three conditions, with the recordings and the simulations of the best
// draws.
type Fig4C struct {
	LimitsX [2]float64       `json:"x_limits"` // %
	LimitsY [2]float64       `json:"y_limits"` // %
	Groups  []Fig4CCondition `json:"conditions"`
}

// Fig4CCondition is one condition; points are means over the units of a simulation.
type Fig4CCondition struct {
	Name       string          `json:"condition"`
	Label      string          `json:"muscle"`
	X          []float64       `json:"x"`
	Y          []float64       `json:"y"`
	Best       [2]float64      `json:"best"`
	Experiment [2]float64      `json:"experiment"`
	GridX      []float64       `json:"grid_x"`
	GridY      []float64       `json:"grid_y"`
	DensityX   []float64       `json:"density_x"` // of area 1; nil if all are equal
	DensityY   []float64       `json:"density_y"`
	Contours   [][]plotter.XYs `json:"contours"` // at 0.3, 0.6, 0.9 of the range of the density
}

// examples are the conditions that the study shows; where one is missing, others take its
// place.
var fig4cExamples = []struct {
	pair      string
	intensity float64
}{{"GM<->GM", 40}, {"VM<->VM", 10}, {"FDI<->FDI", 40}}

// marginPoints is the number of points of a density in a margin.
const marginPoints = 120

// ComputeFig4C takes a comparison.
func ComputeFig4C(c *predictive.Check) *Fig4C {
	f := &Fig4C{}
	var chosen []int
	for _, e := range fig4cExamples {
		if i := slices.IndexFunc(c.Conditions, func(k predictive.Condition) bool { return k.MusclePair == e.pair && k.Intensity == e.intensity }); i >= 0 {
			chosen = append(chosen, i)
		}
	}
	for i := range c.Conditions {
		if len(chosen) < len(fig4cExamples) && !slices.Contains(chosen, i) {
			chosen = append(chosen, i)
		}
	}
	const peakHeight, troughArea = 1, 0
	var all [2][]float64
	for _, i := range chosen {
		g := Fig4CCondition{Name: conditionName(c.Conditions[i]), Label: c.Conditions[i].MusclePair}
		for j := range c.Draws[i] {
			g.X, g.Y = append(g.X, c.Physical(&c.Draws[i][j], peakHeight)), append(g.Y, c.Physical(&c.Draws[i][j], troughArea))
		}
		g.Best = [2]float64{c.Physical(&c.Best[i], peakHeight), c.Physical(&c.Best[i], troughArea)}
		g.Experiment = [2]float64{c.Physical(&c.Experiment[i], peakHeight), c.Physical(&c.Experiment[i], troughArea)}
		all[0] = slices.Concat(all[0], g.X, []float64{g.Best[0], g.Experiment[0]})
		all[1] = slices.Concat(all[1], g.Y, []float64{g.Best[1], g.Experiment[1]})
		f.Groups = append(f.Groups, g)
	}
	f.LimitsX = axis([2]float64{}, math.Min(0, slices.Min(all[0])), slices.Max(all[0]))
	f.LimitsY = axis([2]float64{}, math.Min(0, slices.Min(all[1])), slices.Max(all[1]))
	for i := range f.Groups {
		f.Groups[i].densities(f.LimitsX, f.LimitsY)
	}
	return f
}

func (g *Fig4CCondition) densities(limitsX, limitsY [2]float64) {
	g.GridX, g.GridY = stats.Grid(limitsX[0], limitsX[1], marginPoints), stats.Grid(limitsY[0], limitsY[1], marginPoints)
	g.DensityX, g.DensityY = unitArea(automaticDensity(g.X, g.GridX), g.GridX), unitArea(automaticDensity(g.Y, g.GridY), g.GridY)
	if len(g.X) < 3 {
		return
	}
	s, err := stats.Density2D(g.X, g.Y, stats.AxisKernel(g.X, g.Y), stats.Grid(limitsX[0], limitsX[1], 200), stats.Grid(limitsY[0], limitsY[1], 200))
	if err != nil {
		return // equal values: points without contours
	}
	for _, l := range s.RangeLevels(rangeFractions...) {
		g.Contours = append(g.Contours, loops(s, l))
	}
}

// unitArea scales a density to an area of 1 on its grid.
func unitArea(d, grid []float64) []float64 {
	if d == nil {
		return nil
	}
	area := 0.0
	for i := 1; i < len(d); i++ {
		area += (d[i] + d[i-1]) / 2 * (grid[i] - grid[i-1])
	}
	for i := range d {
		d[i] /= area
	}
	return d
}

// Draw paints four square panels.
func (f *Fig4C) Draw() *Canvas {
	c := newCanvas(8.4, 8.4)
	const top, mid, gap = 0.99, 0.49, 0.012
	left, joint, bottom := panel("", "area of the trough (%)", "density"), panel("", "height of the peak (%)", "area of the trough (%)"), panel("", "height of the peak (%)", "density")
	left.X.Min, left.X.Max = f.LimitsY[0], f.LimitsY[1]
	bottom.X.Min, bottom.X.Max = f.LimitsX[0], f.LimitsX[1]
	joint.X.Min, joint.X.Max, joint.Y.Min, joint.Y.Max = f.LimitsX[0], f.LimitsX[1], f.LimitsY[0], f.LimitsY[1]
	left.Y.Max, bottom.Y.Max = 0.1, 0.1
	left.Y.Min, bottom.Y.Min = 0, 0
	var legend []textLine
	for _, g := range f.Groups {
		if g.DensityX != nil {
			bottom.Y.Max = math.Max(bottom.Y.Max, 1.1*slices.Max(g.DensityX))
		}
		if g.DensityY != nil {
			left.Y.Max = math.Max(left.Y.Max, 1.1*slices.Max(g.DensityY))
		}
	}
	for i, g := range f.Groups {
		col := colourOf(g.Label)
		if slices.ContainsFunc(f.Groups[:i], func(o Fig4CCondition) bool { return o.Label == g.Label }) {
			col = darker(col)
		}
		for k := range g.X {
			joint.Add(disc{g.X[k], g.Y[k], 2.6, faded(col, 0.45)})
		}
		for _, l := range g.Contours {
			joint.Add(region{loops: l, line: darker(col), width: 1.3})
		}
		joint.Add(filledX{g.Best[0], g.Best[1], 5.5, col}, marker{g.Experiment[0], g.Experiment[1], darker(col), true})
		if g.DensityX != nil {
			bottom.Add(line(g.GridX, g.DensityX, col, 2))
		}
		if g.DensityY != nil {
			left.Add(line(g.GridY, g.DensityY, col, 2))
		}
		for k, p := range []*plot.Plot{bottom, left} {
			upright := []float64{0, p.Y.Max}
			p.Add(line([]float64{g.Best[k], g.Best[k]}, upright, col, 1), line([]float64{g.Experiment[k], g.Experiment[k]}, upright, col, 1, 3, 2))
		}
		legend = append(legend, textLine{text: fmt.Sprintf("%s (%d simulations)", g.Name, len(g.X)), mark: stroke(col, 2.4)})
	}
	legend = append(legend, textLine{text: ""}, textLine{text: "discs: means over the units of a simulation of a draw"}, textLine{text: "lines: 30, 60, 90 % of the range of their density"},
		textLine{text: "X and line: simulation of the best draw"}, textLine{text: "diamond and dashed line: recording"})
	left.Draw(c.area(0.01, mid+gap, mid-gap, top))
	joint.Draw(c.area(mid+gap, mid+gap, 0.985, top))
	bottom.Draw(c.area(mid+gap, 0.01, 0.985, mid-gap))
	text(c.area(0.06, 0.05, mid, mid-0.08), 10, legend)
	return c
}

// Components shows the 16 features of simulations and recordings in the plane of the first
// two principal components of the training simulations.
type Components struct {
	Explained   []float64            `json:"explained_variance_ratio"`
	Mean        []float64            `json:"mean"`
	First       []float64            `json:"component1"`
	Second      []float64            `json:"component2"`
	Prior       int                  `json:"prior_rows"`
	Intensities []float64            `json:"intensities"`
	Groups      []ComponentCondition `json:"conditions"`
	RMSE        [2]float64           `json:"rmse_mean_sd"` // of the conditions' means, in 16 features
	R2          [2]float64           `json:"r2_mean_sd"`
}

// ComponentCondition is one condition with its scores.
type ComponentCondition struct {
	Name       string       `json:"condition"`
	Pair       string       `json:"muscle_pair"`
	Intensity  float64      `json:"intensity"`
	Scores     [][2]float64 `json:"posterior"`
	Best       [2]float64   `json:"best"`
	Experiment [2]float64   `json:"experiment"`
}

var errNoPrior = errors.New("no training simulations: principal components need at least two")

// ComputeComponents takes a comparison with training simulations.
func ComputeComponents(c *predictive.Check) (*Components, error) {
	if len(c.Prior) < 2 {
		return nil, errNoPrior
	}
	rows := make([][]float64, len(c.Prior))
	for i := range c.Prior {
		rows[i] = c.Prior[i].X[:]
	}
	p, err := stats.NewPCA(rows)
	if err != nil {
		return nil, err
	}
	f := &Components{Explained: p.Explained, Mean: p.Mean, First: p.Components[0], Second: p.Components[1], Prior: len(rows)}
	score := func(v *predictive.Vector) [2]float64 { return [2]float64(p.Project(v.X[:], 2)) }
	var rmse, r2 []float64
	for i, cond := range c.Conditions {
		g := ComponentCondition{Name: conditionName(cond), Pair: cond.MusclePair, Intensity: cond.Intensity, Best: score(&c.Best[i]), Experiment: score(&c.Experiment[i])}
		var e, r []float64
		for j := range c.Draws[i] {
			g.Scores = append(g.Scores, score(&c.Draws[i][j]))
			a, b := predictive.Distance(&c.Draws[i][j], &c.Experiment[i])
			e, r = append(e, a), append(r, b)
		}
		rmse, r2 = append(rmse, stat.Mean(e, nil)), append(r2, stat.Mean(r, nil))
		if !slices.Contains(f.Intensities, g.Intensity) {
			f.Intensities = append(f.Intensities, g.Intensity)
		}
		f.Groups = append(f.Groups, g)
	}
	slices.Sort(f.Intensities)
	f.RMSE, f.R2 = [2]float64{stat.Mean(rmse, nil), stat.PopStdDev(rmse, nil)}, [2]float64{stat.Mean(r2, nil), stat.PopStdDev(r2, nil)}
	return f, nil
}

// componentKernel is the width of kernels as a share of the SD.
const componentKernel = 0.5

// Draw paints the conditions of an intensity: outlines of 60 and 30 % of the probability of
// the simulations, recordings as crosses, simulations of the best draws as discs.
func (f *Components) Draw(intensity float64) *Canvas {
	c := newCanvas(8.6, 6.2)
	x := panel(fmt.Sprintf("%g %% MVC: RMSE %.2f ± %.2f, R² %.2f ± %.2f in 16 features", intensity, f.RMSE[0], f.RMSE[1], f.R2[0], f.R2[1]),
		fmt.Sprintf("first component (%.0f %% of the variance of %d training simulations)", 100*f.Explained[0], f.Prior), fmt.Sprintf("second component (%.0f %%)", 100*f.Explained[1]))
	var all [2][]float64
	for _, g := range f.Groups {
		for _, v := range append([][2]float64{g.Best, g.Experiment}, g.Scores...) {
			all[0], all[1] = append(all[0], v[0]), append(all[1], v[1])
		}
	}
	l := [2][2]float64{}
	for k := range l {
		lo, hi := slices.Min(all[k]), slices.Max(all[k])
		m := 0.1 * cmp.Or(hi-lo, 1)
		l[k] = [2]float64{lo - m, hi + m}
	}
	x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = l[0][0], l[0][1], l[1][0], l[1][1]
	var legend []textLine
	var names peaks
	for _, g := range f.Groups {
		if g.Intensity != intensity {
			continue
		}
		col := colourOf(g.Pair)
		var sx, sy []float64
		for _, v := range g.Scores {
			sx, sy = append(sx, v[0]), append(sy, v[1])
			x.Add(disc{v[0], v[1], 1.3, faded(col, 0.35)})
		}
		if len(sx) > 2 {
			if s, err := stats.Density2D(sx, sy, stats.KernelOf(sx, sy, componentKernel), stats.Grid(l[0][0], l[0][1], 200), stats.Grid(l[1][0], l[1][1], 200)); err == nil {
				levels := s.MassLevels(0.6, 0.3)
				x.Add(region{loops: loops(s, levels[0]), fill: faded(col, 0.1), times: 1, line: faded(col, 0.4), width: 1.1}, region{loops: loops(s, levels[1]), line: faded(col, 0.8), width: 1.1})
			}
		}
		x.Add(disc{g.Best[0], g.Best[1], 4, black}, disc{g.Best[0], g.Best[1], 3.2, col}, filledX{g.Experiment[0], g.Experiment[1], 5.5, col})
		names = append(names, peak{g.Experiment[0], g.Experiment[1], Label(g.Pair), strings.TrimSuffix(g.Name, fmt.Sprintf(" %g %%", g.Intensity)), 6})
		legend = append(legend, textLine{text: g.Name, mark: swatch(col)})
	}
	x.Add(names)
	x.Draw(c.area(0.01, 0.01, 0.78, 0.99))
	legend = append(legend, textLine{text: ""}, textLine{text: "X: recording"}, textLine{text: "disc: best draw"}, textLine{text: "outlines: 60 and 30 %"}, textLine{text: "of the simulations"})
	text(c.area(0.79, 0.05, 1, 0.92), 8.5, legend)
	return c
}
