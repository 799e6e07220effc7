// Package leastsq minimises a sum of squares under bounds with the trust-region
// reflective method of Branch, Coleman and Li (SIAM J. Sci. Comput. 21, 1999), in
// the variant that SciPy's least_squares(method="trf") made widely used: exact
// trust-region steps from a singular value decomposition, forward-difference
// Jacobian, tolerances on gradient, cost and step.
//
// The early stop at fixed tolerances is part of the results of the study (the
// residuals are of order 1e-4), so the steps are followed exactly; another
// optimiser is not a substitute where numbers are compared with the paper. Problems that know their
// derivatives (Problem.Jacobian) take the same steps at a fraction of the work.
package leastsq

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// Status says why a fit ended.
type Status int

// Statuses; their numbers are those of the golden files and of SciPy.
const (
	EvaluationsUsedUp Status = 0
	GradientTolerance Status = 1
	CostTolerance     Status = 2
	StepTolerance     Status = 3
	CostAndStep       Status = 4
)

// String says in words why a fit ended.
func (s Status) String() string {
	switch s {
	case EvaluationsUsedUp:
		return "evaluations used up"
	case GradientTolerance:
		return "gradient below tolerance"
	case CostTolerance:
		return "cost reduction below tolerance"
	case StepTolerance:
		return "step below tolerance"
	case CostAndStep:
		return "cost reduction and step below tolerance"
	}
	return fmt.Sprintf("status %d", int(s))
}

// Early reports whether the fit ended without meeting a tolerance.
func (s Status) Early() bool { return s == EvaluationsUsedUp }

// ErrStart means that the start point lies outside the bounds or gives residuals
// that are not finite; choose another start point.
var ErrStart = errors.New("fit: the start point is outside the bounds or its residuals are " +
	"not finite")

// ErrNumeric means that the decomposition met numbers that are not finite or a
// step left the trust region: the problem is badly scaled.
var ErrNumeric = errors.New("fit: the step could not be computed")

// Problem is a bounded least-squares problem: minimise ½ Σ r_i(p)².
type Problem struct {
	// Residuals writes the M residuals of parameters p into r.
	Residuals func(p, r []float64)
	// Column, if not nil, writes the residuals at p into r, where p differs from
	// the parameters of the last call of Residuals in element i only. It must give
	// the same numbers as Residuals and lets a problem keep unchanged terms.
	Column func(p []float64, i int, r []float64)
	// Jacobian, if not nil, holds the derivatives of the residuals with respect to parameter i in
	// Jacobian[i] after every call of Residuals. Steps then come from the normal equations instead
	// of forward differences and a singular value decomposition.
	Jacobian     [][]float64
	M            int       // number of residuals
	Lower, Upper []float64 // bounds, finite
	MaxEval      int       // evaluations, those of the Jacobian not counted
}

// Result of a fit.
type Result struct {
	X           []float64 // best parameters
	Cost        float64   // ½ Σ r²
	Evaluations int       // of the residuals, those of derivatives left out
	Status      Status    // why it ended
}

const (
	tolerance = 1e-8
	epsilon   = 0x1p-52
)

// Solver holds the work space of fits with at most M residuals and N parameters,
// so that repeated fits do not allocate. It is not safe for concurrent use.
type Solver struct {
	m, n               int
	r, rNew            []float64
	jac, aug           [][]float64 // columns
	rest               [][]float64 // columns that a reflection changes
	x, xNew, xTry      []float64
	g, v, sig, d       []float64
	diag, gHat         []float64
	qtf, tri           []float64
	uf, s, suf, vMat   []float64
	pHat, p, step      []float64
	stepHat, rHat      []float64
	rDir, agHat, ag    []float64
	tmp, tmp2, onBound []float64
	svd                smallSVD

	normal  bool        // steps from the normal equations, of which are:
	gram, b []float64   // JᵀJ and B, n x n
	leastB  float64     // what a coordinate without influence has at most
	columns [][]float64 // of the Jacobian, and the residuals
}

// NewSolver makes the work space.
func NewSolver(m, n int) *Solver {
	s := &Solver{m: m, n: n}
	vec := func() []float64 { return make([]float64, n) }
	s.r, s.rNew = make([]float64, m), make([]float64, m)
	for i := 0; i < n; i++ {
		s.jac = append(s.jac, make([]float64, m))
		s.aug = append(s.aug, make([]float64, m+n))
	}
	for _, p := range []*[]float64{&s.x, &s.xNew, &s.xTry, &s.g, &s.v, &s.sig, &s.d, &s.diag, &s.gHat,
		&s.uf, &s.s, &s.suf,
		&s.pHat, &s.p, &s.step, &s.stepHat, &s.rHat, &s.rDir, &s.agHat, &s.ag, &s.tmp, &s.tmp2,
		&s.onBound} {
		*p = vec()
	}
	s.qtf = make([]float64, m+n)
	s.tri, s.vMat = make([]float64, n*n), make([]float64, n*n)
	s.svd = newSmallSVD(n)
	s.gram, s.b = make([]float64, n*n), make([]float64, n*n)
	return s
}

// Fit minimises the problem from p0. It returns ErrStart or ErrNumeric, or a
// result whose Status says why it ended; running out of evaluations is a status.
func (s *Solver) Fit(pr Problem, p0 []float64) (Result, error) {
	n := s.n
	if len(p0) != n || len(pr.Lower) != n || len(pr.Upper) != n || pr.M != s.m {
		panic("fit: the problem does not have the size of the solver")
	}
	for i, x := range p0 {
		if !(x >= pr.Lower[i] && x <= pr.Upper[i]) {
			return Result{}, ErrStart
		}
	}
	copy(s.x, p0)
	moveInside(s.x, pr.Lower, pr.Upper)
	pr.Residuals(s.x, s.r)
	cost := halfSquare(s.r)
	if !finite(cost) {
		return Result{}, ErrStart
	}
	res := Result{Evaluations: 1, Cost: cost}
	s.normal = pr.Jacobian != nil
	s.derive(pr)
	s.scaling(pr)
	delta := 0.0
	for i := range s.x {
		q := s.x[i] / math.Sqrt(s.v[i])
		delta += q * q
	}
	if delta = math.Sqrt(delta); delta == 0 {
		delta = 1
	}
	status, err := s.iterate(pr, &res, delta)
	if err != nil {
		return Result{}, err
	}
	res.Status = status
	res.X = append([]float64(nil), s.x...)
	return res, nil
}

func (s *Solver) iterate(pr Problem, res *Result, delta float64) (Status, error) {
	alpha, status := 0.0, EvaluationsUsedUp
	for {
		s.scaling(pr)
		gamma := 0.0
		for i := range s.g {
			gamma = math.Max(gamma, math.Abs(s.g[i]*s.v[i]))
		}
		if gamma < tolerance {
			status = GradientTolerance
		}
		if status != EvaluationsUsedUp || res.Evaluations >= pr.MaxEval {
			return status, nil
		}
		if err := s.decompose(); err != nil {
			return status, err
		}
		theta := math.Max(0.995, 1-gamma)
		reduction := -1.0
		for reduction <= 0 && res.Evaluations < pr.MaxEval {
			alpha = s.trustRegionStep(delta, alpha)
			predicted, err := s.selectStep(pr, delta, theta)
			if err != nil {
				return status, err
			}
			for i := range s.xNew {
				s.xNew[i] = s.x[i] + s.step[i]
			}
			stepInside(s.xNew, pr.Lower, pr.Upper)
			pr.Residuals(s.xNew, s.rNew)
			res.Evaluations++
			hatNorm := norm(s.stepHat)
			newCost := halfSquare(s.rNew)
			if !finite(newCost) {
				delta = 0.25 * hatNorm
				continue
			}
			reduction = res.Cost - newCost
			newDelta, ratio := updateRadius(delta, reduction, predicted, hatNorm)
			if status = stopped(reduction, res.Cost, norm(s.step), norm(s.x),
				ratio); status != EvaluationsUsedUp {
				break
			}
			alpha *= delta / newDelta
			delta = newDelta
		}
		if reduction > 0 {
			s.x, s.xNew = s.xNew, s.x
			s.r, s.rNew = s.rNew, s.r
			res.Cost = halfSquare(s.r)
			s.derive(pr) // also after a stop: the new gradient can turn the status into 1
		}
	}
}

func updateRadius(delta, reduction, predicted, hatNorm float64) (newDelta, ratio float64) {
	switch {
	case predicted > 0:
		ratio = reduction / predicted
	case predicted == 0 && reduction == 0:
		ratio = 1
	}
	switch {
	case ratio < 0.25:
		return 0.25 * hatNorm, ratio
	case ratio > 0.75 && hatNorm > 0.95*delta:
		return 2 * delta, ratio
	}
	return delta, ratio
}

func stopped(reduction, cost, stepNorm, xNorm, ratio float64) Status {
	byCost := reduction < tolerance*cost && ratio > 0.25
	byStep := stepNorm < tolerance*(tolerance+xNorm)
	switch {
	case byCost && byStep:
		return CostAndStep
	case byCost:
		return CostTolerance
	case byStep:
		return StepTolerance
	}
	return EvaluationsUsedUp
}

func finite(x float64) bool { return x-x == 0 }

func halfSquare(r []float64) float64 { return 0.5 * dot(r, r) }

func norm(x []float64) float64 { return math.Sqrt(dot(x, x)) }

func dot(a, b []float64) float64 { return floats.Dot(a, b) }

// moveInside moves a start point off the bounds by 1e-10 max(1, |bound|).
func moveInside(x, lo, hi []float64) {
	const rel = 1e-10
	for i := range x {
		dl, du := x[i]-lo[i], hi[i]-x[i]
		tl, tu := rel*math.Max(1, math.Abs(lo[i])), rel*math.Max(1, math.Abs(hi[i]))
		switch {
		case dl <= math.Min(du, tl):
			x[i] = lo[i] + tl
		case du <= math.Min(dl, tu):
			x[i] = hi[i] - tu
		}
		if x[i] < lo[i] || x[i] > hi[i] {
			x[i] = 0.5 * (lo[i] + hi[i])
		}
	}
}

// stepInside moves coordinates on or beyond a bound to the next number inside.
func stepInside(x, lo, hi []float64) {
	for i := range x {
		if x[i] <= lo[i] {
			x[i] = math.Nextafter(lo[i], hi[i])
		}
		if x[i] >= hi[i] {
			x[i] = math.Nextafter(hi[i], lo[i])
		}
		if x[i] < lo[i] || x[i] > hi[i] {
			x[i] = 0.5 * (lo[i] + hi[i])
		}
	}
}

// derive computes the Jacobian and the gradient at s.x.
func (s *Solver) derive(pr Problem) {
	if s.normal {
		s.normalEquations(pr.Jacobian)
		s.dropUnfelt()
		return
	}
	s.jacobian(pr)
	s.gradient()
}

// jacobian fills jac by forward differences from s.x, whose residuals are s.r.
func (s *Solver) jacobian(pr Problem) {
	column := pr.Column
	if column == nil {
		column = func(p []float64, _ int, r []float64) { pr.Residuals(p, r) }
	}
	copy(s.xTry, s.x)
	for i := range s.x {
		s.xTry[i] = s.x[i] + differenceStep(s.x[i], pr.Lower[i], pr.Upper[i])
		dx := s.xTry[i] - s.x[i]
		c := s.jac[i]
		column(s.xTry, i, c)
		quotients(c, s.r, dx)
		s.xTry[i] = s.x[i]
	}
}

func differenceStep(x, lo, hi float64) float64 {
	h := 0x1p-26 * math.Max(1, math.Abs(x))
	if x < 0 {
		h = -h
	}
	if x+h >= lo && x+h <= hi {
		return h
	}
	down, up := x-lo, hi-x
	switch {
	case math.Abs(h) <= math.Max(down, up):
		return -h
	case up >= down:
		return up
	}
	return -down
}

// gradient is J r, summed in plain order: the start of another path is one rounding away.
func (s *Solver) gradient() {
	c, g := s.jac, s.g
	for ; len(c) > 4 || len(c) == 3; c, g = c[3:], g[3:] {
		g[0], g[1], g[2] = sums3(c[0], c[1], c[2], s.r)
	}
	for ; len(c) >= 2; c, g = c[2:], g[2:] {
		g[0], g[1] = sums2(c[0], c[1], s.r)
	}
	if len(c) == 1 {
		g[0], _ = sums2(c[0], c[0], s.r)
	}
}

// scaling computes the Coleman-Li distances v and their derivative signs.
func (s *Solver) scaling(pr Problem) {
	for i, g := range s.g {
		switch {
		case g < 0:
			s.v[i], s.sig[i] = pr.Upper[i]-s.x[i], -1
		case g > 0:
			s.v[i], s.sig[i] = s.x[i]-pr.Lower[i], 1
		default:
			s.v[i], s.sig[i] = 1, 0
		}
	}
}
