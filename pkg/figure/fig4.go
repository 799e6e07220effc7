package figure

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"path/filepath"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/sbi/calibration"
	"example.org/renshaw/pkg/sbi/predictive"
)

// fig4 draws what the study has of both halves: simulations of known truth, and posterior
// predictive checks.
func fig4(s *Study) ([]Picture, error) {
	held, noHeld := heldOutPictures(s)
	if noHeld != nil && !errors.As(noHeld, new(*Missing)) {
		return nil, noHeld
	}
	checks, noChecks := checkPictures(s)
	if noChecks != nil && (noHeld != nil || !errors.As(noChecks, new(*Missing))) {
		return nil, noChecks
	}
	return append(held, checks...), nil
}

// heldOutPictures are those of the estimator on simulations of known truth.
func heldOutPictures(s *Study) ([]Picture, error) {
	draws, err := s.find(calibration.DrawsName, "heldout_posterior_draws.csv")
	if err != nil {
		return nil, err
	}
	truth, err := (&Study{Dir: filepath.Dir(draws)}).find(calibration.TruthName)
	if err != nil {
		return nil, err
	}
	h, err := calibration.ReadHeldOut(draws, truth)
	if err != nil {
		return nil, err
	}
	r, err := calibration.Judge(h, nil, s.Seed)
	if err != nil {
		return nil, err
	}
	centred, err := ComputeCentred(r)
	if err != nil {
		return nil, err
	}
	slice, err := ComputeSlice(h)
	if err != nil {
		return nil, err
	}
	joint, err := ComputeJoint(h, s.Seed)
	if err != nil {
		return nil, err
	}
	density, coverage, resolution := ComputeDensityMap(r), ComputeCalibration(r), ComputeResolution(r)
	out := []Picture{
		{"fig4_accuracy", density.Draw(), density},
		{"fig4_centred", centred.Draw(), centred},
		{"fig4_slice", slice.Draw(), slice},
		{"fig4_joint", joint.Draw(), joint},
		{"fig4_calibration", coverage.Draw(), coverage},
		{"fig4_resolution", resolution.Draw(), resolution},
	}
	if path, err := s.find(filepath.Join("estimator", "training.csv")); err == nil {
		t, err := ComputeTrainingCurve(path)
		if err != nil {
			return nil, err
		}
		out = append(out, Picture{"fig4_training", t.Draw(), t})
	}
	return out, nil
}

// readChecks are the predictive checks of a study, by folder: within muscles, and of pairs.
func readChecks(s *Study) ([]*predictive.Check, error) {
	var out []*predictive.Check
	for _, names := range [][]string{{predictive.VectorsName}, {"ppc_experiment_units.csv", "ppc_experiment_units.csv.gz"}} {
		for _, n := range names {
			found, _ := filepath.Glob(filepath.Join(s.Dir, n))
			deeper, _ := filepath.Glob(filepath.Join(s.Dir, "*", n))
			for _, path := range append(found, deeper...) {
				c, err := predictive.ReadCheck(filepath.Dir(path), true)
				if err != nil {
					return nil, err
				}
				out = append(out, c)
			}
		}
	}
	if len(out) == 0 {
		return nil, &Missing{Dir: s.Dir, Files: []string{predictive.VectorsName, "ppc_experiment_units.csv"}}
	}
	return out, nil
}

// checkPictures are those of the predictive checks.
func checkPictures(s *Study) ([]Picture, error) {
	checks, err := readChecks(s)
	if err != nil {
		return nil, err
	}
	var out []Picture
	histograms, err := histogramPicture(s, "fig4_predictive_histograms")
	if err != nil {
		return nil, err
	}
	if histograms != nil {
		out = append(out, *histograms)
	}
	for i, c := range checks {
		suffix := ""
		if i > 0 {
			suffix = fmt.Sprintf("_%d", i+1)
		}
		summary, images := ComputePredictive(c), ComputePredictiveImages(c)
		out = append(out, Picture{"fig4_predictive" + suffix, summary.Draw(), summary}, Picture{"fig4_predictive_columns" + suffix, images.Draw(), images},
			Picture{"fig4_predictive_scatter" + suffix, images.DrawScatter(), images})
		distances, err := ComputeDistances(c)
		if err != nil {
			return nil, err
		}
		out = append(out, Picture{"fig4_predictive_distances" + suffix, distances.Draw(), distances})
	}
	return out, nil
}

// featureColours are those of area, peak, rate and time of the trough.
var featureColours = [4]color.NRGBA{hex(0x2974FF), hex(0xFF1D25), hex(0xFFB000), hex(0x6045FF)}

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
		p := PredictiveImage{Feature: name, Unit: predictiveUnits[name][1], Experiment: a.Experiment, Predicted: a.Predicted, Best: a.Best, RMSE: a.RMSE, R2: a.R2, Linear: a.R2Linear, Pearson: a.Pearson, Spearman: a.Spearman, Order: stats.Order(a.Experiment)}
		all := slices.Concat(a.Experiment, a.Predicted)
		draws := make([][]float64, len(c.Conditions))
		for i, cond := range c.Conditions {
			p.Conditions, p.Pairs, p.Intensity = append(p.Conditions, conditionName(cond)), append(p.Pairs, cond.MusclePair), append(p.Intensity, cond.Intensity)
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

func conditionName(c predictive.Condition) string {
	name := fmt.Sprintf("%s %g %%", Label(c.MusclePair), c.Intensity)
	if c.Subject != "" {
		name = c.Subject + " " + name
	}
	return name
}

// columnMost is the share of simulations with the full colour.
const columnMost = 0.5

// Draw paints a panel per feature, two by two.
func (f *PredictiveImages) Draw() *Canvas {
	n := len(f.Features[0].Conditions)
	w := math.Max(9.6, 1.6+0.5*float64(n))
	c := newCanvas(w, 8.2)
	for k, p := range f.Features {
		title := fmt.Sprintf("RMSE %.3g %s", p.RMSE, p.Unit)
		if !math.IsNaN(p.R2) {
			title += fmt.Sprintf(", R² %.2f, ρ %.2f", p.R2, p.Spearman)
		}
		x := panel(title, "", fmt.Sprintf("%s (%s)", predictiveUnits[p.Feature][0], p.Unit))
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, float64(n), p.Limits[0], p.Limits[1]
		x.Add(columnImage{p.Columns, p.Limits, whiteTo(featureColours[k], columnMost)})
		var at, experiment, predicted []float64
		var ticks []plot.Tick
		for i, o := range p.Order {
			at = append(at, float64(i)+0.5)
			experiment, predicted = append(experiment, p.Experiment[o]), append(predicted, p.Predicted[o])
			ticks = append(ticks, plot.Tick{Value: float64(i) + 0.5, Label: p.Conditions[o]})
		}
		x.X.Tick.Marker = plot.ConstantTicks(ticks)
		x.X.Tick.Label.Rotation, x.X.Tick.Label.XAlign, x.X.Tick.Label.YAlign = math.Pi/2, draw.XRight, draw.YCenter
		x.X.Tick.Label.Font.Size = 7.5
		x.Add(line(at, predicted, featureColours[k], 1.2), line(at, experiment, black, 1.4))
		for i := range at {
			x.Add(disc{at[i], predicted[i], 2.4, featureColours[k]}, disc{at[i], experiment[i], 2.4, black})
		}
		x0, y0 := float64(k%2)/2, 0.5-float64(k/2)/2
		x.Draw(c.area(x0+0.005, 0.965*y0+0.005, x0+0.495, 0.965*(y0+0.5)-0.005))
	}
	text(c.area(0.01, 0.965, 0.99, 0.995), 9, []textLine{{text: "means over units: recordings (black), mean of the simulations of posterior draws (line), their distribution (columns; full colour: half of them)"}})
	return c
}

// columnImage paints columns of cells over a range of y.
type columnImage struct {
	columns [][]float64
	limits  [2]float64
	colours *colourMap
}

// Plot fills the cells.
func (d columnImage) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	for i, column := range d.columns {
		height := (d.limits[1] - d.limits[0]) / float64(len(column))
		for b, v := range column {
			if v <= 0 {
				continue
			}
			x0, x1 := tx(float64(i)), tx(float64(i+1))
			y0, y1 := ty(d.limits[0]+float64(b)*height), ty(d.limits[0]+float64(b+1)*height)
			c.FillPolygon(d.colours.at(v), []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
		}
	}
}

// DrawScatter paints prediction against experiment, a panel per feature: circles for the
// lowest intensity, diamonds for higher ones.
func (f *PredictiveImages) DrawScatter() *Canvas {
	c := newCanvas(13.2, 3.75)
	for k, p := range f.Features {
		x := panel(fmt.Sprintf("R² %.2f, r %.2f, n = %d", p.R2, p.Pearson, len(p.Experiment)), fmt.Sprintf("%s, recording (%s)", predictiveUnits[p.Feature][0], p.Unit), fmt.Sprintf("simulations (%s)", p.Unit))
		all := slices.Concat(p.Experiment, p.Predicted)
		l := axis([2]float64{}, slices.Min(all), slices.Max(all))
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = l[0], l[1], l[0], l[1]
		x.X.Tick.Marker, x.Y.Tick.Marker = steps{6}, steps{6}
		x.Add(line(l[:], l[:], grey, 0.8, vg.Points(3), vg.Points(2)))
		low := slices.Min(p.Intensity)
		for i := range p.Experiment {
			x.Add(marker{p.Experiment[i], p.Predicted[i], colourOf(p.Pairs[i]), p.Intensity[i] > low})
		}
		x.Draw(c.area(float64(k)/4+0.003, 0.02, float64(k+1)/4-0.006, 0.92))
	}
	text(c.area(0.01, 0.92, 0.99, 0.99), 9, []textLine{{text: "means over units; colours: muscles (as in all figures); circles: lowest intensity, diamonds: higher"}})
	return c
}

// marker is a white circle or diamond with a coloured edge.
type marker struct {
	x, y    float64
	col     color.NRGBA
	diamond bool
}

// Plot draws the marker.
func (m marker) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	at, r := vg.Point{X: tx(m.x), Y: ty(m.y)}, vg.Points(3.2)
	if m.diamond {
		r *= 1.25
		outline := []vg.Point{{X: at.X - r, Y: at.Y}, {X: at.X, Y: at.Y + r}, {X: at.X + r, Y: at.Y}, {X: at.X, Y: at.Y - r}, {X: at.X - r, Y: at.Y}}
		c.FillPolygon(hex(0xFFFFFF), outline)
		c.StrokeLines(draw.LineStyle{Color: m.col, Width: 2}, outline)
		return
	}
	c.DrawGlyph(draw.GlyphStyle{Color: hex(0xFFFFFF), Radius: r, Shape: draw.CircleGlyph{}}, at)
	c.SetLineStyle(draw.LineStyle{Color: m.col, Width: 2})
	var ring vg.Path
	ring.Move(vg.Point{X: at.X + r, Y: at.Y})
	ring.Arc(at, r, 0, 2*math.Pi)
	ring.Close()
	c.Stroke(ring)
}

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

// ComputeDistances takes a comparison. A density that does not exist (fewer than three distances) is left out.
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
		p := DistancePanel{Condition: conditionName(cond), Best: distance(&c.Best[i], e)}
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
		p.X = stats.Grid(0, slices.Max(slices.Concat(p.Posterior, p.Prior, p.Others, []float64{p.Best, 0.1}))/2, distancePoints)
		p.PosteriorDensity, p.PriorDensity = automaticDensity(p.Posterior, p.X), automaticDensity(p.Prior, p.X)
		f.Panels = append(f.Panels, p)
	}
	return f, nil
}

// automaticDensity has a kernel of n^(-1/5) SDs; nil for fewer than three values or equal
// ones.
func automaticDensity(v, grid []float64) []float64 {
	if len(v) < 3 {
		return nil
	}
	d, err := stats.Density1D(v, math.Pow(float64(len(v)), -0.2)*stat.StdDev(v, nil), grid)
	if err != nil {
		return nil
	}
	return d
}

var (
	posteriorColour = hex(0x00A2FF)
	priorColour     = hex(0xAA69FF)
	othersColour    = hex(0xE69F00)
)

// Draw paints a panel per condition.
func (f *Distances) Draw() *Canvas {
	columns := min(4, len(f.Panels))
	rows := (len(f.Panels) + columns - 1) / columns
	c := newCanvas(math.Max(3.2*float64(columns), 6.5), 2.4*float64(rows)+0.35)
	_, height := c.Size()
	top := 1 - 0.35/height
	for k, p := range f.Panels {
		s := stats.SpreadOf(p.Posterior)
		x := panel(fmt.Sprintf("%s: %.2f ± %.2f", p.Condition, s.Mean, s.SD), "distance to the recording (SD)", "density")
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, p.X[len(p.X)-1], 0, 0.1
		for _, d := range []struct {
			y   []float64
			col color.NRGBA
		}{{p.PriorDensity, priorColour}, {p.PosteriorDensity, posteriorColour}} {
			if d.y != nil {
				x.Y.Max = math.Max(x.Y.Max, 1.05*slices.Max(d.y))
				x.Add(under(p.X, d.y, faded(d.col, 0.12)), line(p.X, d.y, d.col, 1.5))
			}
		}
		x.Add(line([]float64{p.Best, p.Best}, []float64{0, x.Y.Max}, posteriorColour, 1.2, vg.Points(3), vg.Points(2)))
		for _, v := range p.Others {
			if v <= x.X.Max {
				x.Add(line([]float64{v, v}, []float64{0, 0.08 * x.Y.Max}, othersColour, 1.4))
			}
		}
		col, row := float64(k%columns), float64(k/columns)
		x.Draw(c.area(col/float64(columns)+0.004, top*(1-(row+1)/float64(rows))+0.005, (col+1)/float64(columns)-0.004, top*(1-row/float64(rows))-0.005))
	}
	text(c.area(0.01, top, 0.99, 0.995), 8.5, []textLine{{text: "blue: simulations of posterior draws (dashed: of the best); violet: training simulations; orange ticks: recordings of other conditions"}})
	return c
}
