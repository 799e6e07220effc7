package posteriors

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/sbi/calibration"
)

// mapBins are the bins of [0,1] in a posterior density map, mapColumns its largest number
// of columns: more simulations share columns.
const (
	mapBins    = 100
	mapColumns = 400
)

// DensityMap shows the posteriors of all simulations of known truth: columns are
// simulations in order of their truth, each the distribution of its draws over 100 bins of
// the unit interval.
type DensityMap struct {
	Panels []DensityPanel
	Most   float64 // value of the darkest colour: the 99.9 % quantile of all cells
}

// DensityPanel is one parameter; Columns hold shares of draws, Truth the truths in
// ascending order.
type DensityPanel struct {
	Name, Score string
	Columns     [][]float64
	Truth       []float64
}

// ComputeDensityMap needs the draws of an evaluation.
func ComputeDensityMap(r *calibration.Report) *DensityMap {
	f := &DensityMap{}
	h := r.HeldOut
	d := len(h.Names)
	s := len(h.LogProbTruth)
	var all []float64
	for k, p := range r.Parameters {
		panel := DensityPanel{Name: feature.Label(p.Name),
			Score: fmt.Sprintf("posterior mean: R² %.2f, r %.2f; best draw: MAE %.3f, R² %.2f (guesses: "+
				"%.3f, %.2f); gain %.2f bit", p.R2Mean, p.PearsonMean, p.MAE, p.R2, p.ChanceMAE, p.ChanceR2,
				r.Gain[k])}
		truth := make([]float64, s)
		for i := range truth {
			truth[i] = h.Truth[i*d+k]
		}
		columns := min(s, mapColumns)
		sorted := stats.Order(truth)
		for c := 0; c < columns; c++ {
			cells := make([]float64, mapBins)
			share := sorted[c*s/columns : (c+1)*s/columns]
			for _, i := range share {
				draws := h.DrawsOf(i, k)
				for _, v := range draws {
					cells[min(max(int(v*mapBins), 0), mapBins-1)] += 1 / float64(len(draws)*len(share))
				}
			}
			panel.Columns, panel.Truth = append(panel.Columns, cells),
				append(panel.Truth, truth[share[len(share)/2]])
			all = append(all, cells...)
		}
		f.Panels = append(f.Panels, panel)
	}
	f.Most = math.Max(stats.Quantile(all, 0.999), 1e-12)
	return f
}

var purple = canvas.RGB(0x6A1B9A)

// Draw paints a panel per parameter, one above the other.
func (f *DensityMap) Draw() *canvas.Canvas {
	n := len(f.Panels)
	c := canvas.New(9, 2.3*float64(n))
	for k, p := range f.Panels {
		x := canvas.Panel(p.Score, "simulations in order of the truth", p.Name+" (0 to 1)")
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, float64(len(p.Columns)), 0, 1
		x.X.Tick.Marker = plot.ConstantTicks(nil)
		at := make([]float64, len(p.Truth))
		for i := range at {
			at[i] = float64(i) + 0.5
		}
		x.Add(canvas.Rasterized{cells{p.Columns, f.Most}}, canvas.Line(at, p.Truth, canvas.Black, 1.2))
		x.Draw(c.Area(0.01, 1-float64(k+1)/float64(n)+0.004, 0.99, 1-float64(k)/float64(n)-0.004))
	}
	return c
}

// cells paints columns of bins of [0,1], white to purple.
type cells struct {
	columns [][]float64
	most    float64
}

// Plot fills the cells that are not white.
func (d cells) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	for i, column := range d.columns {
		for b, v := range column {
			if v <= 0 {
				continue
			}
			x0, x1, y0, y1 := tx(float64(i)), tx(float64(i+1)), ty(float64(b)/mapBins),
				ty(float64(b+1)/mapBins)
			c.FillPolygon(canvas.Faded(purple, math.Min(1, v/d.most)),
				[]vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
		}
	}
}

// Calibration shows whether probabilities are right: coverage of credible regions, and the
// ranks of the truths against a uniform distribution.
type Calibration struct {
	Simulations int
	Curves      []CalibrationCurve
	Ranks       []RankCurve
	Limit       float64 // of the rank curves, 99 % for all together
}

// CalibrationCurve is the coverage at credibilities 0 … 1.
type CalibrationCurve struct {
	Name     string
	Coverage []float64
	ECE      float64
}

// RankCurve is the empirical distribution of ranks less the uniform one.
type RankCurve struct {
	Name   string
	At, By []float64
}

// ComputeCalibration takes an evaluation.
func ComputeCalibration(r *calibration.Report) *Calibration {
	f := &Calibration{Simulations: r.Simulations, Limit: r.SBC[0].Limit}
	f.Curves = append(f.Curves,
		CalibrationCurve{"joint", calibration.Coverage(r.JointAlpha), r.JointECE},
		CalibrationCurve{"TARP", calibration.Coverage(r.TARP.Share), r.TARP.ECE})
	for _, p := range r.Parameters {
		f.Curves = append(f.Curves,
			CalibrationCurve{feature.Label(p.Name), calibration.Coverage(p.Alpha), p.ECE})
		ranks := slices.Clone(p.Rank)
		slices.Sort(ranks)
		c := RankCurve{Name: feature.Label(p.Name)}
		for i, v := range ranks {
			c.At, c.By = append(c.At, v), append(c.By, float64(i+1)/float64(len(ranks))-v)
		}
		f.Ranks = append(f.Ranks, c)
	}
	return f
}

// Draw paints coverage on the left, ranks on the right.
func (f *Calibration) Draw() *canvas.Canvas {
	c := canvas.New(11, 4.6)
	left := canvas.Panel(fmt.Sprintf("coverage, %d simulations", f.Simulations), "credibility",
		"share of truths inside")
	left.X.Min, left.X.Max, left.Y.Min, left.Y.Max = 0, 1, 0, 1
	left.Add(canvas.Line([]float64{0, 1}, []float64{0, 1}, canvas.Grey, 0.8, vg.Points(3),
		vg.Points(2)))
	left.Legend.Top, left.Legend.Left, left.Legend.Padding = true, true, vg.Points(2)
	for i, v := range f.Curves {
		at := make([]float64, len(v.Coverage))
		for j := range at {
			at[j] = float64(j) / float64(len(at)-1)
		}
		l := canvas.Line(at, v.Coverage, canvas.CurveColour(i), 1.3)
		left.Add(l)
		left.Legend.Add(fmt.Sprintf("%s, ECE %.3f", v.Name, v.ECE), l)
	}
	left.Draw(c.Area(0.01, 0.01, 0.49, 0.99))
	right := canvas.Panel("ranks of the truths less uniform, and 99 % limits",
		"rank of the truth among the draws", "difference of distributions")
	most := 1.3 * f.Limit
	for _, r := range f.Ranks {
		for _, v := range r.By {
			most = math.Max(most, 1.1*math.Abs(v))
		}
	}
	right.X.Min, right.X.Max, right.Y.Min, right.Y.Max = 0, 1, -most, most
	right.Add(canvas.Rectangle(0, 1, -f.Limit, f.Limit, canvas.LightGrey))
	for i, r := range f.Ranks {
		right.Add(canvas.Line(r.At, r.By, canvas.CurveColour(i+2), 1.3))
	}
	right.Draw(c.Area(0.51, 0.01, 0.99, 0.99))
	return c
}

// Resolution shows which differences of the truth posteriors tell apart.
type Resolution struct{ Panels []ResolutionPanel }

// ResolutionPanel is one parameter: pairs of simulations (Delta, P), their moving average,
// and the difference at which it reaches 0.9 (NaN: never).
type ResolutionPanel struct {
	Name                        string
	Delta, P, Centres, Averages []float64
	Threshold                   float64
}

// Pairs of simulations in a resolution figure, and simulations that they are made of.
const (
	resolutionPairs       = 6000
	resolutionSimulations = 500
)

// ComputeResolution needs the draws of an evaluation, of at most the first 500 simulations.
func ComputeResolution(r *calibration.Report) *Resolution {
	h := r.HeldOut
	d := len(h.Names)
	s := min(len(h.LogProbTruth), resolutionSimulations)
	f := &Resolution{}
	for k, p := range r.Parameters {
		truth, draws := make([]float64, s), make([][]float64, s)
		for i := range truth {
			truth[i], draws[i] = h.Truth[i*d+k], h.DrawsOf(i, k)
		}
		all := calibration.NewResolution(truth, draws)
		q := ResolutionPanel{Name: feature.Label(p.Name)}
		q.Centres, q.Averages = all.Curve(0.03)
		q.Threshold = calibration.Crossing(q.Centres, q.Averages)
		step := max(1, len(all.Delta)/resolutionPairs)
		for i := 0; i < len(all.Delta); i += step {
			q.Delta, q.P = append(q.Delta, all.Delta[i]), append(q.P, all.P[i])
		}
		f.Panels = append(f.Panels, q)
	}
	return f
}

// Draw paints three panels per row.
func (f *Resolution) Draw() *canvas.Canvas {
	rows := (len(f.Panels) + 2) / 3
	c := canvas.New(11, 3.4*float64(rows))
	for k, p := range f.Panels {
		title := p.Name + ": never 0.9"
		if !math.IsNaN(p.Threshold) {
			title = fmt.Sprintf("%s: 0.9 at %.2f", p.Name, p.Threshold)
		}
		x := canvas.Panel(title, "difference of the truths (unit of the prior)",
			"P(larger one is larger)")
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, 1, -0.03, 1.03
		x.Add(canvas.Rasterized{cloud{p.Delta, p.P}})
		x.Add(canvas.Line([]float64{0, 1}, []float64{0.5, 0.5}, canvas.Black, 0.8, vg.Points(3),
			vg.Points(2)), canvas.Line([]float64{0, 1}, []float64{0.9, 0.9}, canvas.Red, 0.8, vg.Points(3),
			vg.Points(2)))
		if !math.IsNaN(p.Threshold) {
			x.Add(canvas.Line([]float64{p.Threshold, p.Threshold}, []float64{-0.03, 1.03}, canvas.Red, 1))
		}
		var at, by []float64
		for i, v := range p.Averages {
			if !math.IsNaN(v) {
				at, by = append(at, p.Centres[i]), append(by, v)
			}
		}
		x.Add(canvas.Line(at, by, canvas.RGB(0x0072B2), 1.8))
		col, row := float64(k%3), float64(k/3)
		x.Draw(c.Area(col/3+0.005, 1-(row+1)/float64(rows)+0.01, (col+1)/3-0.005,
			1-row/float64(rows)-0.01))
	}
	return c
}

type cloud struct{ x, y []float64 }

// Plot draws a faint disc per pair.
func (d cloud) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	style := draw.GlyphStyle{Color: canvas.Faded(canvas.Grey, 0.08), Radius: vg.Points(1),
		Shape: draw.CircleGlyph{}}
	for i := range d.x {
		c.DrawGlyph(style, vg.Point{X: tx(d.x[i]), Y: ty(d.y[i])})
	}
}
