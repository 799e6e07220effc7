package leastsq

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Problems with known solutions, by differences and with a Jacobian; the bounded ones put the
// solution on a bound.
func TestKnownProblems(t *testing.T) {
	rosenbrock := func(p, r []float64) { r[0], r[1] = 10*(p[1]-p[0]*p[0]), 1-p[0] }
	xs := make([]float64, 40)
	for i := range xs {
		xs[i] = float64(i) / 10
	}
	decay := func(p, r []float64) {
		for i, x := range xs {
			r[i] = p[0]*math.Exp(-p[1]*x) - 3*math.Exp(-0.7*x)
		}
	}
	valley := func(p []float64, jac [][]float64) {
		jac[0][0], jac[0][1], jac[1][0], jac[1][1] = -20*p[0], -1, 10, 0
	}
	slopes := func(p []float64, jac [][]float64) {
		for i, x := range xs {
			jac[0][i] = math.Exp(-p[1] * x)
			jac[1][i] = -x * p[0] * jac[0][i]
		}
	}
	for _, c := range []struct {
		name       string
		f          func(p, r []float64)
		jacobian   func(p []float64, jac [][]float64)
		m          int
		lo, hi, p0 []float64
		want       []float64
		tol        float64
	}{
		{"Rosenbrock", rosenbrock, valley, 2, []float64{-2, -2}, []float64{2, 2}, []float64{-1.2, 1},
			[]float64{1, 1}, 1e-6},
		// With x >= 1.5 the minimum of Rosenbrock's function lies at (1.5, 2.25).
		{"Rosenbrock at a bound", rosenbrock, valley, 2, []float64{1.5, -2}, []float64{2, 3},
			[]float64{1.8, 0},
			[]float64{1.5, 2.25}, 1e-5},
		{"exponential decay", decay, slopes, len(xs), []float64{0, 0}, []float64{10, 10}, []float64{1, 1},
			[]float64{3, 0.7}, 1e-6},
	} {
		s := NewSolver(c.m, len(c.p0))
		pr := Problem{Residuals: c.f, M: c.m, Lower: c.lo, Upper: c.hi, MaxEval: 1000}
		for _, way := range []string{"differences", "Jacobian"} {
			if way == "Jacobian" {
				jac := [][]float64{make([]float64, c.m), make([]float64, c.m)}
				pr.Jacobian = jac
				pr.Residuals = func(p, r []float64) { c.f(p, r); c.jacobian(p, jac) }
			}
			res, err := s.Fit(pr, c.p0)
			if err != nil || res.Status.Early() {
				t.Errorf("%s, %s: %+v %v", c.name, way, res, err)
				continue
			}
			for i := range c.want {
				if math.Abs(res.X[i]-c.want[i]) > c.tol {
					t.Errorf("%s, %s: x = %v, want %v (%v)", c.name, way, res.X, c.want, res.Status)
				}
			}
		}
	}
}

// Of two parameters with the same column and one without any, the first moves.
func TestJacobianWithoutRank(t *testing.T) {
	jac := [][]float64{{1, 1, 1}, {1, 1, 1}, {0, 0, 0}}
	res, err := NewSolver(3, 3).Fit(Problem{M: 3, Lower: []float64{-5, -5, -5},
		Upper: []float64{5, 5, 5}, MaxEval: 100, Jacobian: jac,
		Residuals: func(p, r []float64) {
			for k := range r {
				r[k] = p[0] + p[1] - 1 - float64(k)
			}
		}}, []float64{0.5, 0.5, 0.5})
	if err != nil || res.Status.Early() || math.Abs(res.X[0]+res.X[1]-2) > 1e-6 || res.X[2] != 0.5 {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestRefusals(t *testing.T) {
	s := NewSolver(1, 1)
	p := Problem{Residuals: func(p, r []float64) { r[0] = p[0] }, M: 1, Lower: []float64{0},
		Upper: []float64{1}, MaxEval: 10}
	if _, err := s.Fit(p, []float64{2}); !errors.Is(err, ErrStart) {
		t.Errorf("start outside the bounds: %v", err)
	}
	p.Residuals = func(p, r []float64) { r[0] = math.NaN() }
	if _, err := s.Fit(p, []float64{0.5}); !errors.Is(err, ErrStart) {
		t.Errorf("NaN residuals: %v", err)
	}
	p.Residuals = func(p, r []float64) { r[0] = math.Exp(3 * p[0]) }
	p.MaxEval = 1
	if res, err := s.Fit(p, []float64{0.5}); err != nil || !res.Status.Early() {
		t.Errorf("one evaluation: %+v %v", res, err)
	}
}

// The decomposition used for the steps agrees with gonum's on random matrices.
func TestDecomposeAgainstGonum(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const m, n = 50, 5
	s := NewSolver(m, n)
	for i := 0; i < n; i++ {
		for k := range s.jac[i] {
			s.jac[i][k] = rng.NormFloat64() * math.Pow(10, float64(i))
		}
		s.v[i], s.sig[i] = rng.Float64()+0.1, 1
	}
	for k := range s.r {
		s.r[k] = rng.NormFloat64()
	}
	s.gradient()
	for i := range s.g {
		s.sig[i] = math.Copysign(1, s.g[i])
	}
	if err := s.decompose(); err != nil {
		t.Fatal(err)
	}
	stacked, f := mat.NewDense(m+n, n, nil), mat.NewVecDense(m+n, nil)
	for i := 0; i < n; i++ {
		for k := 0; k < m; k++ {
			stacked.Set(k, i, s.jac[i][k]*math.Sqrt(s.v[i]))
		}
		stacked.Set(m+i, i, math.Sqrt(math.Abs(s.g[i])))
	}
	for k := 0; k < m; k++ {
		f.SetVec(k, s.r[k])
	}
	var svd mat.SVD
	svd.Factorize(stacked, mat.SVDThin)
	values := svd.Values(nil)
	for k := range values {
		if math.Abs(values[k]-s.s[k]) > 1e-10*values[0] {
			t.Errorf("singular value %d = %v, want %v", k, s.s[k], values[k])
		}
	}
	var u mat.Dense
	svd.UTo(&u)
	var uf mat.VecDense
	uf.MulVec(u.T(), f)
	for k := 0; k < n; k++ { // up to the sign of the singular vector
		if math.Abs(math.Abs(uf.AtVec(k))-math.Abs(s.uf[k])) > 1e-9 {
			t.Errorf("uf[%d] = %v, want ±%v", k, s.uf[k], uf.AtVec(k))
		}
	}
}

// A parameter without any influence gives a zero column; a solver that was used
// before must not remember the former one.
func TestReusedSolverWithZeroColumn(t *testing.T) {
	both := Problem{M: 3, Lower: []float64{-5, -5}, Upper: []float64{5, 5}, MaxEval: 100,
		Residuals: func(p, r []float64) { r[0], r[1], r[2] = p[0]-1, p[1]-2, p[0]*p[1]-2 }}
	one := both
	one.Residuals = func(p, r []float64) { r[0], r[1], r[2] = p[0]-1, 2*p[0]-2, p[0]*p[0]-1 }
	fresh, err := NewSolver(3, 2).Fit(one, []float64{3, 3})
	if err != nil {
		t.Fatal(err)
	}
	used := NewSolver(3, 2)
	if _, err := used.Fit(both, []float64{3, 3}); err != nil {
		t.Fatal(err)
	}
	again, err := used.Fit(one, []float64{3, 3})
	if err != nil || again.Evaluations != fresh.Evaluations || again.X[0] != fresh.X[0] ||
		again.X[1] != fresh.X[1] {
		t.Errorf("reused solver: %+v, fresh: %+v (%v)", again, fresh, err)
	}
	if math.Abs(fresh.X[0]-1) > 1e-6 {
		t.Errorf("x = %v", fresh.X)
	}
}
