package crosshist

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"example.org/renshaw/pkg/num/leastsq"
)

// Stage statuses beside those of package fit.
const (
	StartRefused leastsq.Status = -9  // the trapezoid's start lies outside its bounds
	NotRun       leastsq.Status = -99 // an earlier stage failed
)

// Stage is one optimisation of the alternating fit.
type Stage struct {
	X           []float64      // parameters at its end
	Cost        float64        // half the sum of squared residuals
	Evaluations int            // of the residuals
	Status      leastsq.Status // why it ended
}

// Fit is the description of one probability curve.
type Fit struct {
	Params [nBaseline + nHat]float64 // named by ParamNames
	// corners of the final trapezoid, s, the top at least the smallest window wide
	Trapezoid [4]float64
	Stages    [10]Stage // baseline, trapezoid, hat (three times), final trapezoid
	R2Full    float64   // explained variance of baseline plus hat
	R2Base    float64   // of the baseline alone
	Forward   [2]int    // first and last index of the analysis window, lag >= 0
	Backward  [2]int    // the same, lag <= 0; -1 if empty
	Converged bool      // every stage ended by a tolerance
}

// Fitter fits probability curves on one axis. It holds work space and is not safe
// for concurrent use.
type Fitter struct {
	// ByDifferences takes the derivatives from forward differences, as the study did.
	ByDifferences bool

	axis      Axis
	x         []float64
	minWidthS float64
	zero      int // index of the smallest |x|

	base, hat, trap             *leastsq.Solver
	y, baseline, bump, residual []float64
	shape, scaled               []float64
	fixed                       []float64
	terms, try                  hatTerms
	shapes, tried               *shaper // of the residuals, and of a column of the Jacobian
	trapLow, trapHigh           []float64

	baseTerms, hatTerms, trapTerms *fitTerms // unless ByDifferences
}

// NewFitter makes a fitter; minPlateauS is the smallest analysis window (both
// sides together), s.
func NewFitter(a Axis, minPlateauS float64) *Fitter {
	n := a.Bins()
	f := &Fitter{axis: a, x: a.X(), minWidthS: minPlateauS}
	for _, p := range []*[]float64{&f.y, &f.baseline, &f.bump, &f.residual, &f.shape, &f.scaled,
		&f.fixed} {
		*p = make([]float64, n)
	}
	f.terms, f.try = newHatTerms(n), newHatTerms(n)
	f.shapes, f.tried = newShaper(n), newShaper(n)
	f.baseTerms, f.hatTerms, f.trapTerms = newFitTerms(n)
	f.base, f.hat, f.trap = leastsq.NewSolver(n, nBaseline), leastsq.NewSolver(n, nHat),
		leastsq.NewSolver(n, 4)
	for k, x := range f.x {
		if math.Abs(x) < math.Abs(f.x[f.zero]) {
			f.zero = k
		}
	}
	x0, last := f.x[f.zero], f.x[n-1]
	f.trapLow = []float64{f.x[0], f.x[0], x0, x0}
	f.trapHigh = []float64{x0, x0, last, last}
	return f
}

// Fit describes the curve y (sum 1). An error means that the curve could not be
// fitted at all; a fit that ran out of evaluations is a result.
func (f *Fitter) Fit(y []float64) (*Fit, error) {
	copy(f.y, y)
	out := &Fit{Converged: true}
	for i := range out.Stages {
		out.Stages[i].Status = NotRun
	}
	b := append([]float64(nil), baselineStart...)
	b[bA] = 2 * mean(y)
	h := append([]float64(nil), hatStart...)
	Hat(h, f.x, f.bump)
	width := f.minWidthS
	for turn := 0; turn < 3; turn++ {
		st, err := f.fitBaseline(b)
		if err != nil {
			return nil, err
		}
		out.Stages[3*turn] = st
		copy(b, st.X)
		f.tried.baseline(b, f.x, f.baseline)

		st, err = f.fitTrapezoid(width)
		if err != nil {
			st = Stage{X: []float64{0, -f.minWidthS / 2, f.minWidthS / 2, 0}, Status: StartRefused}
		}
		out.Stages[3*turn+1] = st
		width = st.X[2] - st.X[1]

		st, err = f.fitHat(h)
		if err == nil {
			copy(h, st.X)
		} else {
			st = Stage{X: append([]float64(nil), h...), Status: StartRefused}
		}
		out.Stages[3*turn+2] = st
		Hat(h, f.x, f.bump)
	}
	st, err := f.fitTrapezoid(f.minWidthS)
	if err != nil {
		return nil, err
	}
	out.Stages[9] = st
	copy(out.Trapezoid[:], st.X)
	copy(out.Params[:nBaseline], b)
	copy(out.Params[nBaseline:], h)
	out.Forward, out.Backward = f.windows(st.X[1], st.X[2])
	f.determination(out)
	for _, s := range out.Stages {
		out.Converged = out.Converged && s.Status > 0
	}
	return out, nil
}

func mean(y []float64) float64 { return pairwise(y) / float64(len(y)) }

// fitBaseline fits the baseline, with the positive part of the frozen hat on top,
// to y. The order of the sums matters here and in fitHat: forward differences
// amplify its rounding, and fits of flat curves follow other paths with another
// order.
func (f *Fitter) fitBaseline(start []float64) (Stage, error) {
	for k := range f.fixed {
		f.fixed[k] = math.Max(f.bump[k], 0)
	}
	residual := func(p, shape, r []float64) {
		lineResidual(r, shape, f.fixed, f.y, p[bA], p[bC])
	}
	pr := leastsq.Problem{
		M: len(f.y), Lower: baselineLow, Upper: baselineHigh, MaxEval: 2000,
		Residuals: func(p, r []float64) {
			f.shapes.at(p, f.x, f.shape)
			residual(p, f.shape, r)
		},
	}
	if !f.ByDifferences {
		pr.Residuals = func(p, r []float64) { f.baseTerms.baseline(p, f.x, f.fixed, f.y, r) }
		pr.Jacobian, pr.Lower = f.baseTerms.columns, correctedLow
		return run(f.base, pr, start)
	}
	pr.Column = func(p []float64, i int, r []float64) {
		shape := f.shape // A and c leave the shape as the last call of Residuals made it
		switch i {
		case bNu:
			shape = f.scaled
			f.shapes.withNu(p, shape)
		case ba, bU:
			shape = f.scaled
			f.tried.at(p, f.x, shape)
		}
		residual(p, shape, r)
	}
	return run(f.base, pr, start)
}

func run(s *leastsq.Solver, pr leastsq.Problem, start []float64) (Stage, error) {
	res, err := s.Fit(pr, start)
	if err != nil {
		return Stage{}, err
	}
	return Stage{res.X, res.Cost, res.Evaluations, res.Status}, nil
}

// fitHat fits the hat, with both signs, on top of the frozen baseline to y. A column of the
// Jacobian recomputes only the terms that its parameter changes.
func (f *Fitter) fitHat(start []float64) (Stage, error) {
	residual := func(t hatTerms, p, r []float64) {
		hatResidual(r, t.flank, t.decay, t.g, f.baseline, f.y, p[hM], p[hO])
	}
	pr := leastsq.Problem{
		M: len(f.y), Lower: hatLow, Upper: hatHigh, MaxEval: 2000,
		Residuals: func(p, r []float64) {
			f.terms.set(p, f.x)
			residual(f.terms, p, r)
		},
	}
	if !f.ByDifferences {
		pr.Residuals = func(p, r []float64) { f.hatTerms.hat(p, f.x, f.baseline, f.y, r) }
		pr.Jacobian = f.hatTerms.columns
		return run(f.hat, pr, start)
	}
	pr.Column = func(p []float64, i int, r []float64) {
		t := f.terms // as the last call of Residuals made them; M and o enter none
		switch i {
		case hTau:
			t.decay = f.try.decay
			t.setDecay(p, f.x)
		case hW:
			t.flank = f.try.flank
			t.setFlank(p, f.x)
		case hS:
			t.g = f.try.g
			t.setG(p, f.x)
		case hMu:
			t = f.try
			t.set(p, f.x)
		}
		residual(t, p, r)
	}
	return run(f.hat, pr, start)
}

// fitTrapezoid fits a trapezoid to the baseline scaled to 0…1, starting from a
// width guess, and widens the top to the smallest window where it is narrower.
func (f *Fitter) fitTrapezoid(guess float64) (Stage, error) {
	lo, hi := f.baseline[0], f.baseline[0]
	for _, v := range f.baseline {
		lo, hi = math.Min(lo, v), math.Max(hi, v)
	}
	for k, v := range f.baseline {
		f.shape[k] = (v - lo) / (hi - lo + 1e-12)
	}
	x0 := f.x[f.zero]
	pr := leastsq.Problem{
		M: len(f.y), Lower: f.trapLow, Upper: f.trapHigh, MaxEval: 400,
		Residuals: func(p, r []float64) {
			trapezoid(p, f.x, r)
			floats.Sub(r, f.shape)
		},
	}
	if !f.ByDifferences {
		pr.Residuals = func(p, r []float64) { f.trapTerms.trapezoid(p, f.x, f.shape, r) }
		pr.Jacobian = f.trapTerms.columns
	}
	st, err := run(f.trap, pr, []float64{x0 - guess, x0 - guess/2, x0 + guess/2, x0 + guess})
	if err != nil {
		return st, err
	}
	st.X = append([]float64(nil), st.X...)
	if t2, t3 := st.X[1], st.X[2]; t3-t2 < f.minWidthS {
		st.X[1] = math.Max(-f.minWidthS/2, f.x[0])
		st.X[2] = math.Min(f.minWidthS/2, f.x[len(f.x)-1])
	}
	return st, nil
}

// windows are the indices with t2 <= x <= 0 and 0 <= x <= t3.
func (f *Fitter) windows(t2, t3 float64) (forward, backward [2]int) {
	if !(t2 < 0 && 0 < t3) && t2 > t3 {
		t2, t3 = t3, t2
	}
	forward, backward = [2]int{-1, -1}, [2]int{-1, -1}
	extend := func(w *[2]int, k int) {
		if w[0] < 0 {
			w[0] = k
		}
		w[1] = k
	}
	for k, x := range f.x {
		if x >= t2 && x <= 0 {
			extend(&backward, k)
		}
		if x >= 0 && x <= t3 {
			extend(&forward, k)
		}
	}
	return forward, backward
}

func (f *Fitter) determination(out *Fit) {
	m := mean(f.y)
	var full, base, total float64
	for k, y := range f.y {
		d := y - (f.baseline[k] + f.bump[k])
		full += d * d
		d = y - f.baseline[k]
		base += d * d
		total += (y - m) * (y - m)
	}
	out.R2Full, out.R2Base = 1-full/total, 1-base/total
}
