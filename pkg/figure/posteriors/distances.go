package posteriors

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/sbi/predictive"
)

// Distances shows, per condition, how far simulations are from the recording in the four
// standardised means of the features.
type Distances struct {
	Panels []DistancePanel `json:"conditions"`
}

// DistancePanel is one condition; Posterior and Prior are simulations, Others the recordings
// of other conditions, Best the simulation of the best draw. Densities are those of
// Posterior and Prior on X.
type DistancePanel struct {
	Condition        string    `json:"condition"`
	Posterior        []float64 `json:"posterior"`
	Prior            []float64 `json:"prior"`
	Others           []float64 `json:"other_experiment"`
	Best             float64   `json:"best"`
	X                []float64 `json:"x"`
	PosteriorDensity []float64 `json:"posterior_density"`
	PriorDensity     []float64 `json:"prior_density"`
}

// distancePoints is the number of points of a density of distances.
const distancePoints = 200

// ComputeDistances takes a comparison. A density that does not exist (fewer than three distances)
// is left out.
func ComputeDistances(c *predictive.Check) (*Distances, error) {
	f := &Distances{}
	distance := func(a, b *predictive.Vector) float64 {
		sum := 0.0
		for k := range predictive.Features {
			d := a.X[4*k] - b.X[4*k]
			sum += d * d
		}
		return math.Sqrt(sum)
	}
	for i, cond := range c.Conditions {
		e := &c.Experiment[i]
		p := DistancePanel{Condition: ConditionName(cond), Best: distance(&c.Best[i], e)}
		for j := range c.Draws[i] {
			p.Posterior = append(p.Posterior, distance(&c.Draws[i][j], e))
		}
		for j := range c.Prior {
			p.Prior = append(p.Prior, distance(&c.Prior[j], e))
		}
		for j := range c.Experiment {
			if j != i {
				p.Others = append(p.Others, distance(&c.Experiment[j], e))
			}
		}
		p.X = stats.Grid(0, slices.Max(slices.Concat(p.Posterior, p.Prior, p.Others,
			[]float64{p.Best, 0.1}))/2, distancePoints)
		p.PosteriorDensity, p.PriorDensity = stats.ScottDensity(p.Posterior, p.X),
			stats.ScottDensity(p.Prior, p.X)
		f.Panels = append(f.Panels, p)
	}
	return f, nil
}

var (
	posteriorColour = canvas.RGB(0x00A2FF)
	priorColour     = canvas.RGB(0xAA69FF)
	othersColour    = canvas.RGB(0xE69F00)
)

// Draw paints a panel per condition.
func (f *Distances) Draw() *canvas.Canvas {
	columns := min(4, len(f.Panels))
	rows := (len(f.Panels) + columns - 1) / columns
	c := canvas.New(math.Max(3.2*float64(columns), 6.5), 2.4*float64(rows)+0.35)
	_, height := c.Size()
	top := 1 - 0.35/height
	for k, p := range f.Panels {
		s := stats.SpreadOf(p.Posterior)
		x := canvas.Panel(fmt.Sprintf("%s: %.2f ± %.2f", p.Condition, s.Mean, s.SD),
			"distance to the recording (SD)", "density")
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, p.X[len(p.X)-1], 0, 0.1
		for _, d := range []struct {
			y   []float64
			col color.NRGBA
		}{{p.PriorDensity, priorColour}, {p.PosteriorDensity, posteriorColour}} {
			if d.y != nil {
				x.Y.Max = math.Max(x.Y.Max, 1.05*slices.Max(d.y))
				x.Add(canvas.Under(p.X, d.y, canvas.Faded(d.col, 0.12)), canvas.Line(p.X, d.y, d.col, 1.5))
			}
		}
		x.Add(canvas.Line([]float64{p.Best, p.Best}, []float64{0, x.Y.Max}, posteriorColour, 1.2,
			vg.Points(3), vg.Points(2)))
		for _, v := range p.Others {
			if v <= x.X.Max {
				x.Add(canvas.Line([]float64{v, v}, []float64{0, 0.08 * x.Y.Max}, othersColour, 1.4))
			}
		}
		col, row := float64(k%columns), float64(k/columns)
		x.Draw(c.Area(col/float64(columns)+0.004, top*(1-(row+1)/float64(rows))+0.005,
			(col+1)/float64(columns)-0.004, top*(1-row/float64(rows))-0.005))
	}
	canvas.Text(c.Area(0.01, top, 0.99, 0.995), 8.5,
		[]canvas.TextLine{{Text: "blue: simulations of posterior draws (dashed: of the best); violet: " +
			"training simulations; orange ticks: recordings of other conditions"}})
	return c
}
