package paper

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

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/figure/posteriors"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/sbi/predictive"
)

func fig4c(s *Study) ([]canvas.Picture, error) {
	checks, err := readChecks(s)
	if err != nil {
		return nil, err
	}
	var out []canvas.Picture
	for i, c := range checks {
		suffix := ""
		if i > 0 {
			suffix = fmt.Sprintf("_%d", i+1)
		}
		f := ComputeFig4C(c)
		out = append(out, canvas.Picture{Name: "fig4c" + suffix, Canvas: f.Draw(s.Palette), Data: f})
		p, err := ComputeComponents(c)
		if err != nil && !errors.Is(err, errNoPrior) {
			return nil, err
		}
		for k := 0; err == nil && k < len(p.Intensities); k++ {
			out = append(out, canvas.Picture{Name: fmt.Sprintf("fig4c_components_%g%s", p.Intensities[k],
				suffix), Canvas: p.Draw(p.Intensities[k], s.Palette), Data: p})
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
		if i := slices.IndexFunc(c.Conditions,
			func(k predictive.Condition) bool {
				return k.MusclePair == e.pair &&
					k.Intensity == e.intensity
			}); i >= 0 {
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
		g := Fig4CCondition{Name: posteriors.ConditionName(c.Conditions[i]),
			Label: c.Conditions[i].MusclePair}
		for j := range c.Draws[i] {
			g.X, g.Y = append(g.X, c.Physical(&c.Draws[i][j], peakHeight)),
				append(g.Y, c.Physical(&c.Draws[i][j], troughArea))
		}
		g.Best = [2]float64{c.Physical(&c.Best[i], peakHeight), c.Physical(&c.Best[i], troughArea)}
		g.Experiment = [2]float64{c.Physical(&c.Experiment[i], peakHeight),
			c.Physical(&c.Experiment[i], troughArea)}
		all[0] = slices.Concat(all[0], g.X, []float64{g.Best[0], g.Experiment[0]})
		all[1] = slices.Concat(all[1], g.Y, []float64{g.Best[1], g.Experiment[1]})
		f.Groups = append(f.Groups, g)
	}
	f.LimitsX = canvas.AxisLimits([2]float64{}, math.Min(0, slices.Min(all[0])), slices.Max(all[0]))
	f.LimitsY = canvas.AxisLimits([2]float64{}, math.Min(0, slices.Min(all[1])), slices.Max(all[1]))
	for i := range f.Groups {
		f.Groups[i].densities(f.LimitsX, f.LimitsY)
	}
	return f
}

func (g *Fig4CCondition) densities(limitsX, limitsY [2]float64) {
	g.GridX, g.GridY = stats.Grid(limitsX[0], limitsX[1], marginPoints),
		stats.Grid(limitsY[0], limitsY[1], marginPoints)
	g.DensityX, g.DensityY = unitArea(stats.ScottDensity(g.X, g.GridX), g.GridX),
		unitArea(stats.ScottDensity(g.Y, g.GridY), g.GridY)
	if len(g.X) < 3 {
		return
	}
	s, err := stats.Density2D(g.X, g.Y, stats.AxisKernel(g.X, g.Y),
		stats.Grid(limitsX[0], limitsX[1], 200), stats.Grid(limitsY[0], limitsY[1], 200))
	if err != nil {
		return // equal values: points without contours
	}
	for _, l := range s.RangeLevels(rangeFractions...) {
		g.Contours = append(g.Contours, canvas.Contour(s, l))
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
func (f *Fig4C) Draw(colours canvas.Palette) *canvas.Canvas {
	c := canvas.New(8.4, 8.4)
	const top, mid, gap = 0.99, 0.49, 0.012
	left, joint, bottom := canvas.Panel("", "area of the trough (%)", "density"),
		canvas.Panel("", "height of the peak (%)", "area of the trough (%)"),
		canvas.Panel("", "height of the peak (%)", "density")
	left.X.Min, left.X.Max = f.LimitsY[0], f.LimitsY[1]
	bottom.X.Min, bottom.X.Max = f.LimitsX[0], f.LimitsX[1]
	joint.X.Min, joint.X.Max, joint.Y.Min, joint.Y.Max = f.LimitsX[0], f.LimitsX[1], f.LimitsY[0],
		f.LimitsY[1]
	left.Y.Max, bottom.Y.Max = 0.1, 0.1
	left.Y.Min, bottom.Y.Min = 0, 0
	var legend []canvas.TextLine
	for _, g := range f.Groups {
		if g.DensityX != nil {
			bottom.Y.Max = math.Max(bottom.Y.Max, 1.1*slices.Max(g.DensityX))
		}
		if g.DensityY != nil {
			left.Y.Max = math.Max(left.Y.Max, 1.1*slices.Max(g.DensityY))
		}
	}
	for i, g := range f.Groups {
		col := colours.Of(g.Label)
		if slices.ContainsFunc(f.Groups[:i], func(o Fig4CCondition) bool { return o.Label == g.Label }) {
			col = canvas.Darker(col)
		}
		for k := range g.X {
			joint.Add(canvas.Disc(g.X[k], g.Y[k], 2.6, canvas.Faded(col, 0.45)))
		}
		for _, l := range g.Contours {
			joint.Add(canvas.Region{Loops: l, Line: canvas.Darker(col), Width: 1.3})
		}
		joint.Add(canvas.Cross(g.Best[0], g.Best[1], 5.5, col),
			canvas.Marker(g.Experiment[0], g.Experiment[1], canvas.Darker(col), true))
		if g.DensityX != nil {
			bottom.Add(canvas.Line(g.GridX, g.DensityX, col, 2))
		}
		if g.DensityY != nil {
			left.Add(canvas.Line(g.GridY, g.DensityY, col, 2))
		}
		for k, p := range []*plot.Plot{bottom, left} {
			upright := []float64{0, p.Y.Max}
			p.Add(canvas.Line([]float64{g.Best[k], g.Best[k]}, upright, col, 1),
				canvas.Line([]float64{g.Experiment[k], g.Experiment[k]}, upright, col, 1, 3, 2))
		}
		legend = append(legend, canvas.TextLine{Text: fmt.Sprintf("%s (%d simulations)", g.Name,
			len(g.X)), Mark: canvas.Stroke(col, 2.4)})
	}
	legend = append(legend, canvas.TextLine{Text: ""},
		canvas.TextLine{Text: "discs: means over the units of a simulation of a draw"},
		canvas.TextLine{Text: "lines: 30, 60, 90 % of the range of their density"},
		canvas.TextLine{Text: "X and line: simulation of the best draw"},
		canvas.TextLine{Text: "diamond and dashed line: recording"})
	left.Draw(c.Area(0.01, mid+gap, mid-gap, top))
	joint.Draw(c.Area(mid+gap, mid+gap, 0.985, top))
	bottom.Draw(c.Area(mid+gap, 0.01, 0.985, mid-gap))
	canvas.Text(c.Area(0.06, 0.05, mid, mid-0.08), 10, legend)
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
	f := &Components{Explained: p.Explained, Mean: p.Mean, First: p.Components[0],
		Second: p.Components[1], Prior: len(rows)}
	score := func(v *predictive.Vector) [2]float64 { return [2]float64(p.Project(v.X[:], 2)) }
	var rmse, r2 []float64
	for i, cond := range c.Conditions {
		g := ComponentCondition{Name: posteriors.ConditionName(cond), Pair: cond.MusclePair,
			Intensity: cond.Intensity, Best: score(&c.Best[i]), Experiment: score(&c.Experiment[i])}
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
	f.RMSE, f.R2 = [2]float64{stat.Mean(rmse, nil), stat.PopStdDev(rmse, nil)},
		[2]float64{stat.Mean(r2, nil), stat.PopStdDev(r2, nil)}
	return f, nil
}

// componentKernel is the width of kernels as a share of the SD.
const componentKernel = 0.5

// Draw paints the conditions of an intensity: outlines of 60 and 30 % of the probability of
// the simulations, recordings as crosses, simulations of the best draws as discs.
func (f *Components) Draw(intensity float64, colours canvas.Palette) *canvas.Canvas {
	c := canvas.New(8.6, 6.2)
	x := canvas.Panel(fmt.Sprintf("%g %% MVC: RMSE %.2f ± %.2f, R² %.2f ± %.2f in 16 features",
		intensity, f.RMSE[0], f.RMSE[1], f.R2[0], f.R2[1]),
		fmt.Sprintf("first component (%.0f %% of the variance of %d training simulations)",
			100*f.Explained[0], f.Prior), fmt.Sprintf("second component (%.0f %%)", 100*f.Explained[1]))
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
	var legend []canvas.TextLine
	var names peaks
	for _, g := range f.Groups {
		if g.Intensity != intensity {
			continue
		}
		col := colours.Of(g.Pair)
		var sx, sy []float64
		for _, v := range g.Scores {
			sx, sy = append(sx, v[0]), append(sy, v[1])
			x.Add(canvas.Disc(v[0], v[1], 1.3, canvas.Faded(col, 0.35)))
		}
		if len(sx) > 2 {
			if s, err := stats.Density2D(sx, sy, stats.KernelOf(sx, sy, componentKernel),
				stats.Grid(l[0][0], l[0][1], 200), stats.Grid(l[1][0], l[1][1], 200)); err == nil {
				levels := s.MassLevels(0.6, 0.3)
				x.Add(canvas.Region{Loops: canvas.Contour(s, levels[0]), Fill: canvas.Faded(col, 0.1), Times: 1,
					Line: canvas.Faded(col, 0.4), Width: 1.1},
					canvas.Region{Loops: canvas.Contour(s, levels[1]), Line: canvas.Faded(col, 0.8), Width: 1.1})
			}
		}
		x.Add(canvas.Disc(g.Best[0], g.Best[1], 4, canvas.Black),
			canvas.Disc(g.Best[0], g.Best[1], 3.2, col),
			canvas.Cross(g.Experiment[0], g.Experiment[1], 5.5, col))
		names = append(names, peak{g.Experiment[0], g.Experiment[1], col,
			strings.TrimSuffix(g.Name, fmt.Sprintf(" %g %%", g.Intensity)), 6})
		legend = append(legend, canvas.TextLine{Text: g.Name, Mark: canvas.Swatch(col)})
	}
	x.Add(names)
	x.Draw(c.Area(0.01, 0.01, 0.78, 0.99))
	legend = append(legend, canvas.TextLine{Text: ""}, canvas.TextLine{Text: "X: recording"},
		canvas.TextLine{Text: "disc: best draw"}, canvas.TextLine{Text: "outlines: 60 and 30 %"},
		canvas.TextLine{Text: "of the simulations"})
	canvas.Text(c.Area(0.79, 0.05, 1, 0.92), 8.5, legend)
	return c
}
