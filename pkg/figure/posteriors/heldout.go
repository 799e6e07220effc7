package posteriors

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/run/seed"
	"example.org/renshaw/pkg/sbi/calibration"
)

// highlighted is the simulation (counted from 0) that figures show singly, the last one if
// there are fewer.
const highlighted = 19

func highlight(h *calibration.HeldOut) int { return min(highlighted, len(h.LogProbTruth)-1) }

// Widths of the kernels (unit of the prior) and numbers of grid points.
const (
	centredKernel = 0.15
	centredPoints = 401
	sliceKernel   = 0.04
	slicePoints   = 401
)

// centredSimulations is how many simulations the centred densities use at most: those first
// in the table.
const centredSimulations = 400

// heldOutDraws are the draws of a parameter of a simulation, and the one of highest density.
func heldOutDraws(h *calibration.HeldOut, sim, parameter int) (draws []float64, best float64) {
	draws = h.DrawsOf(sim, parameter)
	n := len(draws)
	return draws, draws[floats.MaxIdx(h.LogProb[sim*n:(sim+1)*n])]
}

// Centred shows how far priors and posteriors lie from the truth, parameter by parameter.
type Centred struct {
	Simulations int            `json:"simulations"`
	X           []float64      `json:"x"`
	Panels      []CentredPanel `json:"parameters"`
}

// CentredPanel is one parameter: mean and SD over simulations of the density of the prior
// less the truth (NaN where undefined), of the draws less the truth, and the density of best
// draw less truth. Scores: information gain (bit), shrinkage of the 90 % interval and of the
// variance, mean and population SD.
type CentredPanel struct {
	Name      string     `json:"name"`
	PriorMean []float64  `json:"prior_mean"`
	PriorSD   []float64  `json:"prior_sd"`
	Mean      []float64  `json:"mean"`
	SD        []float64  `json:"sd"`
	Best      []float64  `json:"best_guess_offset_density"`
	Gain      [2]float64 `json:"info_gain_bits"`
	CI90      [2]float64 `json:"ci90_shrink"`
	Variance  [2]float64 `json:"variance_shrink"`
}

// ComputeCentred takes draws of simulations of known truth and their metrics.
func ComputeCentred(r *calibration.Report) (*Centred, error) {
	h := r.HeldOut
	f := &Centred{Simulations: min(len(h.LogProbTruth), centredSimulations),
		X: stats.Grid(-1, 1, centredPoints)}
	for k, m := range r.Parameters {
		p := CentredPanel{Name: feature.Label(m.Name), Gain: [2]float64{m.KLBits, m.KLBitsSD},
			CI90: [2]float64{m.CI90Shrink, m.CI90ShrinkSD}, Variance: [2]float64{m.VarShrink, m.VarShrinkSD}}
		curves, prior := make([][]float64, len(f.X)), make([][]float64, len(f.X))
		var offsets []float64
		for s := range f.Simulations {
			truth := h.Truth[s*len(h.Names)+k]
			draws, best := heldOutDraws(h, s, k)
			for i := range draws {
				draws[i] -= truth
			}
			offsets = append(offsets, best-truth)
			density, err := stats.Density1D(draws, centredKernel, f.X)
			if err != nil {
				return nil, err
			}
			for i, x := range f.X {
				curves[i] = append(curves[i], density[i])
				if x >= -truth && x <= 1-truth {
					prior[i] = append(prior[i], 1)
				}
			}
		}
		var err error
		if p.Best, err = stats.Density1D(offsets, centredKernel, f.X); err != nil {
			return nil, err
		}
		for i := range f.X {
			p.Mean, p.SD = append(p.Mean, stat.Mean(curves[i], nil)),
				append(p.SD, stat.PopStdDev(curves[i], nil))
			spread := stats.SpreadOf(prior[i])
			p.PriorMean, p.PriorSD = append(p.PriorMean, spread.Mean), append(p.PriorSD, spread.SD)
		}
		f.Panels = append(f.Panels, p)
	}
	return f, nil
}

// Draw paints prior (grey) and posterior (purple) of a parameter in one panel.
func (f *Centred) Draw() *canvas.Canvas {
	columns := min(len(f.Panels), 3)
	rows := (len(f.Panels) + columns - 1) / columns
	c := canvas.New(3.7*float64(columns), 3*float64(rows))
	most := 0.0
	for _, p := range f.Panels {
		for i := range f.X {
			most = math.Max(most, math.Max(p.Mean[i]+p.SD[i], p.Best[i]))
		}
	}
	for k, p := range f.Panels {
		x := canvas.Panel(p.Name, "value − truth (unit of the prior)", "density")
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = -1, 1, 0, 1.3*most
		x.Add(canvas.BandAround(f.X, p.Mean, p.SD, canvas.Faded(purple, 0.2)))
		x.Add(canvas.Line([]float64{0, 0}, []float64{0, most}, canvas.Grey, 0.8, vg.Points(2),
			vg.Points(2)))
		px, py := stats.PresentPairs(f.X, p.PriorMean)
		x.Add(canvas.Line(px, py, canvas.Grey, 1.4), canvas.Line(f.X, p.Mean, purple, 1.8),
			canvas.Line(f.X, p.Best, canvas.Faded(canvas.Red, 0.7), 1.3))
		x.Add(canvas.Corner([]canvas.TextLine{
			{Text: fmt.Sprintf("gain %.2f ± %.2f bit against uniform", p.Gain[0], p.Gain[1])},
			{Text: fmt.Sprintf("90 %% interval narrower %.1f ± %.1f times", p.CI90[0], p.CI90[1])}}, 7.5, 1))
		if k == 0 {
			x.Legend.Top, x.Legend.Left, x.Legend.Padding, x.Legend.YOffs = true, true, vg.Points(1),
				-vg.Points(28)
			x.Legend.TextStyle.Font.Size = 7.5
			x.Legend.Add("posterior ± SD", canvas.Line(nil, nil, purple, 1.8))
			x.Legend.Add("best draw", canvas.Line(nil, nil, canvas.Faded(canvas.Red, 0.7), 1.3))
			x.Legend.Add("prior", canvas.Line(nil, nil, canvas.Grey, 1.4))
		}
		col, row := float64(k%columns), float64(k/columns)
		x.Draw(c.Area(col/float64(columns)+0.005, 1-(row+1)/float64(rows)+0.01,
			(col+1)/float64(columns)-0.005, 1-row/float64(rows)-0.01))
	}
	return c
}

// Slice is the posterior of one simulation, parameter by parameter.
type Slice struct {
	Simulation int          `json:"simulation"` // counted from 0
	X          []float64    `json:"x"`
	Panels     []SlicePanel `json:"parameters"`
}

// SlicePanel is the density of a parameter, of sum 1/step on its grid, with truth and best
// draw.
type SlicePanel struct {
	Name    string    `json:"name"`
	Density []float64 `json:"density"`
	Truth   float64   `json:"truth"`
	Best    float64   `json:"best"`
}

// ComputeSlice takes the highlighted simulation.
func ComputeSlice(h *calibration.HeldOut) (*Slice, error) {
	f := &Slice{Simulation: highlight(h), X: stats.Grid(0, 1, slicePoints)}
	for k, name := range h.Names {
		draws, best := heldOutDraws(h, f.Simulation, k)
		for i, v := range draws {
			draws[i] = clip01(v)
		}
		density, err := stats.Density1D(draws, sliceKernel, f.X)
		if err != nil {
			return nil, err
		}
		floats.Scale(1/(floats.Sum(density)*(f.X[1]-f.X[0])), density)
		f.Panels = append(f.Panels,
			SlicePanel{feature.Label(name), density, h.Truth[f.Simulation*len(h.Names)+k], best})
	}
	return f, nil
}

// Draw paints a panel per parameter, one above the other.
func (f *Slice) Draw() *canvas.Canvas {
	n := len(f.Panels)
	c := canvas.New(5.2, 1.7*float64(n)+0.3)
	height := 1.7*float64(n) + 0.3
	for k, p := range f.Panels {
		x := canvas.Panel("", p.Name+" (0 to 1 of the prior)", "density")
		most := 1.08 * slices.Max(p.Density)
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, 1, 0, most
		x.Y.Tick.Marker = canvas.Steps(4)
		x.Add(canvas.Under(f.X, p.Density, canvas.Faded(purple, 0.15)))
		x.Add(canvas.Line(f.X, p.Density, purple, 1.6),
			canvas.Line([]float64{p.Truth, p.Truth}, []float64{0, most}, canvas.Black, 1.4),
			canvas.Line([]float64{p.Best, p.Best}, []float64{0, most}, canvas.Black, 1, vg.Points(3),
				vg.Points(2)))
		top := 1 - (0.3+1.7*float64(k))/height
		x.Draw(c.Area(0.01, top-1.7/height+0.004, 0.99, top-0.004))
	}
	canvas.Text(c.Area(0.02, 0.9, 1, 0.992), 9,
		[]canvas.TextLine{{Text: fmt.Sprintf("simulation %d: posterior, truth (line), draw of highest "+
			"density (dashed)", f.Simulation)}})
	return c
}

// projectionPlane spans the plane that five parameters are projected on.
var projectionPlane = mat.NewDense(5, 2,
	[]float64{1, 0, 0.31, 0.95, -0.81, 0.59, 0.62, -0.78, -0.96, 0.28})

// projectionBasis is its orthonormal basis, a row per parameter; the first entry of every
// column is negative.
func projectionBasis() *mat.Dense {
	var qr mat.QR
	qr.Factorize(projectionPlane)
	var q mat.Dense
	qr.QTo(&q)
	out := mat.NewDense(5, 2, nil)
	for j := range 2 {
		sign := 1.0
		if q.At(0, j) > 0 {
			sign = -1
		}
		for i := range 5 {
			out.Set(i, j, sign*q.At(i, j))
		}
	}
	return out
}

// Joint shows the posterior of one simulation in two dimensions: the five parameters
// projected on a plane as arrows, and common input against recurrent inhibition as points
// with contours of 30, 60 and 90 % of the probability.
type Joint struct {
	Simulation int          `json:"simulation"`
	Names      [2]string    `json:"axes"`
	Prior      [][2]float64 `json:"prior"` // truths of the simulations
	Points     [][2]float64 `json:"posterior"`
	Truth      [2]float64   `json:"truth"`
	Bandwidths [2]float64   `json:"bandwidths"`
	Levels     []float64    `json:"levels_for_mass_0.3_0.6_0.9"`
	Most       float64      `json:"density_max"`
	Mass       float64      `json:"total_mass_on_grid"`
	Basis      [][2]float64 `json:"projection_basis"` // nil unless there are five parameters
	Axes       []string     `json:"parameters"`
	Arrows     struct {
		Prior     [][2]float64 `json:"prior"`
		Posterior [][2]float64 `json:"posterior"`
		Truth     [2]float64   `json:"truth"`
	} `json:"projection"`
	surface *stats.Surface
}

var massShares = []float64{0.3, 0.6, 0.9}

// Arrows of the projection.
const (
	priorArrows     = 50
	posteriorArrows = 20
)

// ComputeJoint takes the highlighted simulation; arrows are picked with the seed.
func ComputeJoint(h *calibration.HeldOut, seed uint64) (*Joint, error) {
	f := &Joint{Simulation: highlight(h)}
	d := len(h.Names)
	ix, iy := slices.Index(h.Names, feature.InputSD), slices.Index(h.Names, singleInhibition)
	if ix < 0 || iy < 0 {
		ix, iy = 0, min(1, d-1)
	}
	f.Names = [2]string{feature.Label(h.Names[ix]), feature.Label(h.Names[iy])}
	for s := range h.LogProbTruth {
		f.Prior = append(f.Prior, [2]float64{h.Truth[s*d+ix], h.Truth[s*d+iy]})
	}
	f.Truth = f.Prior[f.Simulation]
	x, _ := heldOutDraws(h, f.Simulation, ix)
	y, _ := heldOutDraws(h, f.Simulation, iy)
	for i := range x {
		f.Points = append(f.Points, [2]float64{x[i], y[i]})
	}
	k := stats.AxisKernel(x, y)
	f.Bandwidths = [2]float64{math.Sqrt(k.XX), math.Sqrt(k.YY)}
	g := stats.Grid(0, 1, 200)
	var err error
	if f.surface, err = stats.Density2D(x, y, k, g, g); err != nil {
		return nil, err
	}
	f.Levels = f.surface.MassLevels(massShares...)
	_, f.Most = f.surface.Extent()
	f.Mass = f.surface.Mass()
	if d == 5 {
		f.project(h, seed)
	}
	return f, nil
}

func (f *Joint) project(h *calibration.HeldOut, from uint64) {
	q := projectionBasis()
	to := func(theta []float64) (out [2]float64) {
		for i, v := range theta {
			out[0], out[1] = out[0]+v*q.At(i, 0), out[1]+v*q.At(i, 1)
		}
		return out
	}
	n := len(h.LogProb) / len(h.LogProbTruth)
	rng := seed.Stream(from, "projection")
	for range priorArrows {
		s := rng.IntN(len(h.LogProbTruth))
		f.Arrows.Prior = append(f.Arrows.Prior, to(h.Truth[s*5:(s+1)*5]))
	}
	for range posteriorArrows {
		i := f.Simulation*n + rng.IntN(n)
		f.Arrows.Posterior = append(f.Arrows.Posterior, to(h.Draws[i*5:(i+1)*5]))
	}
	f.Arrows.Truth = to(h.Truth[f.Simulation*5 : (f.Simulation+1)*5])
	for i, name := range h.Names {
		f.Basis, f.Axes = append(f.Basis, [2]float64{q.At(i, 0), q.At(i, 1)}),
			append(f.Axes, feature.Label(name))
	}
}

// magenta is the colour of the posterior of one simulation.
var magenta = canvas.RGB(0xC2388D)

// Draw paints the projection on the left, if there is one, and the scatter on the right.
func (f *Joint) Draw() *canvas.Canvas {
	if f.Basis == nil {
		c := canvas.New(5.4, 5)
		f.scatter().Draw(c.Area(0.01, 0.01, 0.99, 0.99))
		return c
	}
	c := canvas.New(10.6, 5)
	f.projection().Draw(c.Area(0.01, 0.01, 0.49, 0.99))
	f.scatter().Draw(c.Area(0.51, 0.01, 0.99, 0.99))
	return c
}

func (f *Joint) scatter() *plot.Plot {
	p := canvas.Panel(fmt.Sprintf("simulation %d: %d draws; 30, 60, 90 %% of the probability",
		f.Simulation, len(f.Points)), f.Names[0]+" (0 to 1 of the prior)",
		f.Names[1]+" (0 to 1 of the prior)")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.08, 1.08, -0.08, 1.08
	for _, v := range f.Prior {
		p.Add(canvas.Disc(v[0], v[1], 1.2, canvas.Faded(canvas.Grey, 0.15)))
	}
	for _, v := range f.Points {
		p.Add(canvas.Disc(v[0], v[1], 1.4, canvas.Faded(magenta, 0.15)))
	}
	for i, l := range f.Levels {
		if f.Mass >= massShares[i] { // else the outline would be that of the grid
			p.Add(canvas.Region{Loops: canvas.Contour(f.surface, l), Line: canvas.Black, Width: 1.2})
		}
	}
	p.Add(canvas.Cross(f.Truth[0], f.Truth[1], 5, magenta))
	return p
}

func (f *Joint) projection() *plot.Plot {
	p := canvas.Panel(fmt.Sprintf("projection of five parameters: prior (grey), draws of simulation "+
		"%d, truth", f.Simulation), "first direction", "second direction")
	p.Title.TextStyle.Font.Size = 9
	most := 0.0
	for _, list := range [][][2]float64{f.Basis, f.Arrows.Prior, f.Arrows.Posterior,
		{f.Arrows.Truth}} {
		for _, v := range list {
			most = math.Max(most, math.Max(math.Abs(v[0]), math.Abs(v[1])))
		}
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -1.12*most, 1.12*most, -1.12*most, 1.12*most
	for _, v := range f.Arrows.Prior {
		p.Add(canvas.Ray(v, canvas.Faded(canvas.Grey, 0.35), 0.8, ""))
	}
	for _, v := range f.Arrows.Posterior {
		p.Add(canvas.Ray(v, canvas.Faded(magenta, 0.35), 1, ""))
	}
	p.Add(canvas.Ray(f.Arrows.Truth, magenta, 2, ""))
	for i, v := range f.Basis {
		p.Add(canvas.Ray(v, canvas.Black, 1.2, f.Axes[i]))
	}
	return p
}
