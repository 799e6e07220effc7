package paper

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/figure/posteriors"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/sbi/predictive"
)

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
		g := CoverageCondition{Name: posteriors.ConditionName(cond), Pair: cond.MusclePair,
			Intensity: cond.Intensity}
		for j := range g.Values {
			g.Values[j] = c.Experiment[i].X[4*j+k]
		}
		f.Conditions = append(f.Conditions, g)
	}
	return f
}

// Draw paints four by four panels: densities on the diagonal, training simulations (grey)
// with the recordings elsewhere.
func (f *Coverage) Draw(colours canvas.Palette) *canvas.Canvas {
	c := canvas.New(10.4, 10.6)
	var limits [4][2]float64
	for j := range limits {
		v := f.Prior[j]
		for _, g := range f.Conditions {
			v = append(slices.Clip(v), g.Values[j])
		}
		limits[j] = canvas.AxisLimits([2]float64{}, slices.Min(v), slices.Max(v))
	}
	const top = 0.965
	low := math.Inf(1)
	for _, g := range f.Conditions {
		low = math.Min(low, g.Intensity)
	}
	for i := range limits {
		for j := range limits {
			x := canvas.Panel("", "", "")
			x.X.Tick.Marker, x.Y.Tick.Marker = canvas.Steps(5), canvas.Steps(5)
			x.X.Min, x.X.Max = limits[j][0], limits[j][1]
			if i == 3 {
				x.X.Label.Text = posteriors.FeatureLabel(predictive.Features[j])
			}
			if j == 0 {
				x.Y.Label.Text = posteriors.FeatureLabel(predictive.Features[i])
			}
			if i == j {
				f.diagonal(x, j, limits[j], colours)
			} else {
				x.Y.Min, x.Y.Max = limits[i][0], limits[i][1]
				var prior canvas.Rasterized
				for k := range f.Prior[j] {
					prior = append(prior, canvas.Disc(f.Prior[j][k], f.Prior[i][k], 1,
						canvas.Faded(canvas.Grey, 0.2)))
				}
				x.Add(prior)
				for _, g := range f.Conditions {
					x.Add(canvas.Marker(g.Values[j], g.Values[i], colours.Of(g.Pair), g.Intensity > low))
				}
			}
			x.Draw(c.Area(float64(j)/4+0.003, top*(1-float64(i+1)/4)+0.003, float64(j+1)/4-0.003,
				top*(1-float64(i)/4)-0.003))
		}
	}
	canvas.Text(c.Area(0.01, top, 0.99, 0.995), 10,
		[]canvas.TextLine{{Text: fmt.Sprintf("%s over units, in SDs of the training simulations (grey, "+
			"n = %d); recordings: circles at the lowest intensity, diamonds at higher ones", f.Statistic,
			len(f.Prior[0]))}})
	return c
}

// diagonal draws the density of the training simulations, and the recordings as ticks.
func (f *Coverage) diagonal(x *plot.Plot, j int, limits [2]float64, colours canvas.Palette) {
	g := stats.Grid(limits[0], limits[1], 300)
	d := stats.ScottDensity(f.Prior[j], g)
	x.Y.Min, x.Y.Max = 0, 1
	if d != nil {
		x.Y.Max = 1.08 * slices.Max(d)
		x.Add(canvas.Under(g, d, canvas.Faded(canvas.Grey, 0.2)), canvas.Line(g, d, canvas.Grey, 1.3))
	}
	for _, k := range f.Conditions {
		x.Add(canvas.Line([]float64{k.Values[j], k.Values[j]}, []float64{0, 0.25 * x.Y.Max},
			colours.Of(k.Pair), 1.6))
	}
}
