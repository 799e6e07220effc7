package posteriors

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/sbi/predictive"
)

// Predictive compares experiment and posterior predictive simulations: per feature a panel
// with the conditions, in order of the experiment's value.
type Predictive struct {
	Draws  int // largest number of simulations of a condition
	Panels []PredictivePanel
}

// PredictivePanel is one feature.
type PredictivePanel struct {
	Feature, Unit string
	RMSE, R2      float64
	Conditions    []PredictiveCondition
}

// PredictiveCondition are the means of a feature: of the experiment, of the simulation of
// the best draw, and of the simulations of random draws.
type PredictiveCondition struct {
	Label, Muscle    string
	Experiment, Best float64
	Draws            []float64
}

// recordingOf is what follows the label of a condition that is a single recording.
func recordingOf(c predictive.Condition) string {
	if c.Recording == "" {
		return ""
	}
	return " " + c.Recording
}

// ComputePredictive takes the comparison of a predictive check.
func ComputePredictive(c *predictive.Check) *Predictive {
	f := &Predictive{}
	for k, name := range predictive.Features {
		a := c.Accuracy(k)
		p := PredictivePanel{Feature: predictiveUnits[name][0], Unit: predictiveUnits[name][1],
			RMSE: a.RMSE, R2: a.R2}
		for _, i := range stats.Order(a.Experiment) {
			cond := c.Conditions[i]
			row := PredictiveCondition{Label: fmt.Sprintf("%s %s %g %%", cond.Subject,
				canvas.Label(cond.MusclePair), cond.Intensity) + recordingOf(cond),
				Muscle:     canvas.FirstMuscle(cond.MusclePair),
				Experiment: a.Experiment[i], Best: a.Best[i]}
			for j := range c.Draws[i] {
				row.Draws = append(row.Draws, c.Physical(&c.Draws[i][j], k))
			}
			f.Draws = max(f.Draws, len(row.Draws))
			p.Conditions = append(p.Conditions, row)
		}
		f.Panels = append(f.Panels, p)
	}
	return f
}

// Draw paints a panel per feature.
func (f *Predictive) Draw(colours canvas.Palette) *canvas.Canvas {
	n := len(f.Panels[0].Conditions)
	c := canvas.New(11, 1.6+0.3*float64(n))
	const head = 0.45 // inches for the key
	top := 1 - head/(1.6+0.3*float64(n))
	for k, p := range f.Panels {
		score := fmt.Sprintf("RMSE %.3g", p.RMSE)
		if !math.IsNaN(p.R2) {
			score += fmt.Sprintf(", R² %.2f", p.R2)
		}
		x := canvas.Panel(score, fmt.Sprintf("%s (%s)", p.Feature, p.Unit), "")
		x.Y.Min, x.Y.Max = -0.6, float64(n)-0.4
		x.X.Tick.Marker = canvas.Steps(4)
		low, high := math.Inf(1), math.Inf(-1)
		var ticks []plot.Tick
		for i, r := range p.Conditions {
			ticks = append(ticks, plot.Tick{Value: float64(n - 1 - i), Label: r.Label})
			for _, v := range append([]float64{r.Experiment, r.Best}, r.Draws...) {
				low, high = math.Min(low, v), math.Max(high, v)
			}
		}
		x.X.Min, x.X.Max = low-0.06*(high-low), high+0.06*(high-low)
		x.Y.Tick.Marker = plot.ConstantTicks(ticks)
		x.Add(predicted{p.Conditions, colours})
		x.Draw(c.Area(float64(k)/4+0.004, 0, float64(k+1)/4-0.008, top))
	}
	canvas.Text(c.Area(0.02, top+0.1*(1-top), 0.98, 0.98), 9,
		[]canvas.TextLine{{Text: fmt.Sprintf("mean over units — black diamond: recording; bar: 5 to 95 "+
			"%% of up to %d simulations of posterior draws, dots: each of them; cross: simulation of the "+
			"best draw", f.Draws)}})
	return c
}

type predicted struct {
	rows    []PredictiveCondition
	colours canvas.Palette
}

// Plot draws the simulations of a condition as a bar with dots, the recording as a diamond
// and the best draw as a cross.
func (d predicted) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	for i, r := range d.rows {
		y := ty(float64(len(d.rows) - 1 - i))
		col := d.colours.Of(r.Muscle)
		lo, hi := signal.Percentile(r.Draws, 5), signal.Percentile(r.Draws, 95)
		c.StrokeLine2(draw.LineStyle{Color: canvas.Faded(col, 0.35), Width: vg.Points(7)}, tx(lo), y,
			tx(hi), y)
		for _, v := range r.Draws {
			c.DrawGlyph(draw.GlyphStyle{Color: canvas.Faded(col, 0.8), Radius: vg.Points(1.5),
				Shape: draw.CircleGlyph{}}, vg.Point{X: tx(v), Y: y})
		}
		c.DrawGlyph(draw.GlyphStyle{Color: col, Radius: vg.Points(4), Shape: draw.CrossGlyph{}},
			vg.Point{X: tx(r.Best), Y: y})
		at, s := vg.Point{X: tx(r.Experiment), Y: y}, vg.Points(3.6)
		c.FillPolygon(canvas.Black,
			[]vg.Point{{X: at.X - s, Y: at.Y}, {X: at.X, Y: at.Y + s}, {X: at.X + s, Y: at.Y},
				{X: at.X, Y: at.Y - s}})
	}
}
