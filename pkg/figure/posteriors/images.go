package posteriors

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/sbi/predictive"
)

// featureColours are those of area, peak, rate and time of the trough.
var featureColours = [4]color.NRGBA{canvas.RGB(0x2974FF), canvas.RGB(0xFF1D25),
	canvas.RGB(0xFFB000), canvas.RGB(0x6045FF)}

// imageBins are the bins of a column of simulations.
const imageBins = 30

// PredictiveImages compare experiment and simulations per feature, conditions in order of
// the experiment's value.
type PredictiveImages struct {
	Features []PredictiveImage `json:"features"`
}

// PredictiveImage is one feature: Columns are the shares of the simulations of a condition
// in 30 equal bins of Limits; values beyond count in the last bins.
type PredictiveImage struct {
	Feature    string      `json:"feature"`
	Unit       string      `json:"unit"`
	Conditions []string    `json:"conditions"` // in the order of the table
	Pairs      []string    `json:"muscle_pairs"`
	Intensity  []float64   `json:"intensities"`
	Experiment []float64   `json:"experiment"`
	Predicted  []float64   `json:"posterior_mean"`
	Best       []float64   `json:"posterior_mode"`
	RMSE       float64     `json:"rmse"`
	R2         float64     `json:"r2"`
	Linear     float64     `json:"r2_linear"`
	Pearson    float64     `json:"pearson_r"`
	Spearman   float64     `json:"spearman_rho"`
	Limits     [2]float64  `json:"y_limits"`
	Order      []int       `json:"column_order"`
	Columns    [][]float64 `json:"image"` // in Order
	Most       float64     `json:"image_max"`
}

// ComputePredictiveImages takes a comparison.
func ComputePredictiveImages(c *predictive.Check) *PredictiveImages {
	f := &PredictiveImages{}
	for k, name := range predictive.Features {
		a := c.Accuracy(k)
		p := PredictiveImage{Feature: name, Unit: predictiveUnits[name][1], Experiment: a.Experiment,
			Predicted: a.Predicted, Best: a.Best, RMSE: a.RMSE, R2: a.R2, Linear: a.R2Linear,
			Pearson: a.Pearson, Spearman: a.Spearman, Order: stats.Order(a.Experiment)}
		all := slices.Concat(a.Experiment, a.Predicted)
		draws := make([][]float64, len(c.Conditions))
		for i, cond := range c.Conditions {
			p.Conditions, p.Pairs, p.Intensity = append(p.Conditions, ConditionName(cond)),
				append(p.Pairs, cond.MusclePair), append(p.Intensity, cond.Intensity)
			for j := range c.Draws[i] {
				draws[i] = append(draws[i], c.Physical(&c.Draws[i][j], k))
			}
			all = append(all, draws[i]...)
		}
		q := stats.Quantiles(all, 0.01, 0.99)
		span := q[1] - q[0]
		if !(span > 0) {
			span = 1
		}
		p.Limits = [2]float64{q[0] - 0.1*span, q[1] + 0.1*span}
		for _, i := range p.Order {
			column := make([]float64, imageBins)
			for _, v := range draws[i] {
				b := int((v - p.Limits[0]) / (p.Limits[1] - p.Limits[0]) * imageBins)
				column[min(max(b, 0), imageBins-1)] += 1 / float64(len(draws[i]))
			}
			p.Most = math.Max(p.Most, slices.Max(column))
			p.Columns = append(p.Columns, column)
		}
		f.Features = append(f.Features, p)
	}
	return f
}

// columnMost is the share of simulations with the full colour.
const columnMost = 0.5

// Draw paints a panel per feature, two by two.
func (f *PredictiveImages) Draw() *canvas.Canvas {
	n := len(f.Features[0].Conditions)
	w := math.Max(9.6, 1.6+0.5*float64(n))
	c := canvas.New(w, 8.2)
	for k, p := range f.Features {
		title := fmt.Sprintf("RMSE %.3g %s", p.RMSE, p.Unit)
		if !math.IsNaN(p.R2) {
			title += fmt.Sprintf(", R² %.2f, ρ %.2f", p.R2, p.Spearman)
		}
		x := canvas.Panel(title, "", fmt.Sprintf("%s (%s)", predictiveUnits[p.Feature][0], p.Unit))
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, float64(n), p.Limits[0], p.Limits[1]
		x.Add(canvas.ColumnImage(p.Columns, p.Limits, canvas.WhiteTo(featureColours[k], columnMost)))
		var at, experiment, predicted []float64
		var ticks []plot.Tick
		for i, o := range p.Order {
			at = append(at, float64(i)+0.5)
			experiment, predicted = append(experiment, p.Experiment[o]), append(predicted, p.Predicted[o])
			ticks = append(ticks, plot.Tick{Value: float64(i) + 0.5, Label: p.Conditions[o]})
		}
		x.X.Tick.Marker = plot.ConstantTicks(ticks)
		x.X.Tick.Label.Rotation, x.X.Tick.Label.XAlign, x.X.Tick.Label.YAlign = math.Pi/2, draw.XRight,
			draw.YCenter
		x.X.Tick.Label.Font.Size = 7.5
		x.Add(canvas.Line(at, predicted, featureColours[k], 1.2),
			canvas.Line(at, experiment, canvas.Black, 1.4))
		for i := range at {
			x.Add(canvas.Disc(at[i], predicted[i], 2.4, featureColours[k]),
				canvas.Disc(at[i], experiment[i], 2.4, canvas.Black))
		}
		x0, y0 := float64(k%2)/2, 0.5-float64(k/2)/2
		x.Draw(c.Area(x0+0.005, 0.965*y0+0.005, x0+0.495, 0.965*(y0+0.5)-0.005))
	}
	canvas.Text(c.Area(0.01, 0.965, 0.99, 0.995), 9,
		[]canvas.TextLine{{Text: "means over units: recordings (black), mean of the simulations of " +
			"posterior draws (line), their distribution (columns; full colour: half of them)"}})
	return c
}

// DrawScatter paints prediction against experiment, a panel per feature: circles for the
// lowest intensity, diamonds for higher ones.
func (f *PredictiveImages) DrawScatter(colours canvas.Palette) *canvas.Canvas {
	c := canvas.New(13.2, 3.75)
	for k, p := range f.Features {
		x := canvas.Panel(fmt.Sprintf("R² %.2f, r %.2f, n = %d", p.R2, p.Pearson, len(p.Experiment)),
			fmt.Sprintf("%s, recording (%s)", predictiveUnits[p.Feature][0], p.Unit),
			fmt.Sprintf("simulations (%s)", p.Unit))
		all := slices.Concat(p.Experiment, p.Predicted)
		l := canvas.AxisLimits([2]float64{}, slices.Min(all), slices.Max(all))
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = l[0], l[1], l[0], l[1]
		x.X.Tick.Marker, x.Y.Tick.Marker = canvas.Steps(6), canvas.Steps(6)
		x.Add(canvas.Line(l[:], l[:], canvas.Grey, 0.8, vg.Points(3), vg.Points(2)))
		low := slices.Min(p.Intensity)
		for i := range p.Experiment {
			x.Add(canvas.Marker(p.Experiment[i], p.Predicted[i], colours.Of(p.Pairs[i]),
				p.Intensity[i] > low))
		}
		x.Draw(c.Area(float64(k)/4+0.003, 0.02, float64(k+1)/4-0.006, 0.92))
	}
	canvas.Text(c.Area(0.01, 0.92, 0.99, 0.99), 9,
		[]canvas.TextLine{{Text: "means over units; colours: muscles (as in all figures); circles: " +
			"lowest intensity, diamonds: higher"}})
	return c
}
