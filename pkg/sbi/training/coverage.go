package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/seed"
	"example.org/renshaw/pkg/sbi"
)

const (
	coverageDraws = 200 // per row
	coverageTries = 15
	coverageStep  = 0.3 // largest change of log SD by a try
)

// calibrateCoverage sets the SD of the base distribution of all flows, sd = exp(w·s) with s the 1
// and the standardised count features, to what makes the coverage of the validation rows right:
//
//	Σ_i (level_i - 1/2) s_i = 0,
//
// where level_i is the share of draws under row i that are denser than its truth, uniform for exact
// posteriors (expected coverage). Networks in equal mixture tend to be too wide for rows of many
// counts, where they are most certain and differ most, and not for others. The equations are
// solved to a tenth of their standard error by Broyden's method, which begins with the slope of a
// Gaussian of D parameters, d level/d log sd = -2 E[q f_D(q)] with q from χ²_D and its density f_D;
// where they have no solution, w is what comes nearest to one.
func calibrateCoverage(ctx context.Context, e *sbi.Estimator, theta, x []float64, from uint64,
	workers int) error {
	var features []int
	for _, name := range []string{feature.LogUnits, feature.LogCounts} {
		if k := slices.Index(e.Config.X, name); k >= 0 {
			features = append(features, k)
		}
	}
	design := countDesign(e, x, features)
	n, p := design.Dims()
	var s, inverse mat.Dense
	s.Mul(design.T(), design)
	if err := inverse.Inverse(&s); err != nil {
		return fmt.Errorf("calibrate_coverage: the validation rows (%d) do not differ enough in units "+
			"and counts: %w", n, err)
	}
	// off are the coefficients of the regression of level - 1/2 on s.
	off := func(w *mat.VecDense) (*mat.VecDense, error) {
		if err := setBase(e, w.RawVector().Data, features); err != nil {
			return nil, err
		}
		levels, err := levels(ctx, e, theta, x, from, workers)
		if err != nil {
			return nil, err
		}
		floats.AddConst(-0.5, levels)
		var g, f mat.VecDense
		g.MulVec(design.T(), mat.NewVecDense(n, levels))
		f.MulVec(&inverse, &g)
		return &f, nil
	}
	w := mat.NewVecDense(p, nil)
	w.SetVec(0, math.Log(max(e.Flow[0].BaseSD, 0.5)))
	w, err := broyden(w, -levelSlope(e.Flow.D()), coverageStep, 0.1*math.Sqrt(1./12/float64(n)),
		coverageTries, off)
	if err != nil {
		return err
	}
	return setBase(e, w.RawVector().Data, features)
}

// levelSlope is 2 E[q f_D(q)] = 2 Γ(D) / (2^D Γ(D/2)²).
func levelSlope(d int) float64 {
	lg, _ := math.Lgamma(float64(d))
	lgHalf, _ := math.Lgamma(float64(d) / 2)
	return 2 * math.Exp(lg-2*lgHalf-float64(d)*math.Ln2)
}

// broyden looks for a root of f from w on, first with the Jacobian slope times the unit matrix; no
// step is longer than longest. It gives the w at which the largest |f| is least, after so many
// tries or when it is below tolerance.
func broyden(w *mat.VecDense, slope, longest, tolerance float64, tries int,
	f func(*mat.VecDense) (*mat.VecDense, error)) (*mat.VecDense, error) {
	p := w.Len()
	jacobian := mat.NewDense(p, p, nil)
	for i := range p {
		jacobian.Set(i, i, slope)
	}
	at, err := f(w)
	if err != nil {
		return nil, err
	}
	best, least := w, mat.Norm(at, math.Inf(1))
	for try := 1; try < tries && least > tolerance; try++ {
		step, next := mat.NewVecDense(p, nil), mat.NewVecDense(p, nil)
		if err := step.SolveVec(jacobian, at); err != nil {
			break // without slope there is nowhere to go
		}
		step.ScaleVec(-math.Min(1, longest/mat.Norm(step, 2)), step)
		next.AddVec(w, step)
		value, err := f(next)
		if err != nil {
			return nil, err
		}
		var change, predicted mat.VecDense
		change.SubVec(value, at)
		predicted.MulVec(jacobian, step)
		change.SubVec(&change, &predicted)
		jacobian.RankOne(jacobian, 1/mat.Dot(step, step), &change, step)
		w, at = next, value
		if norm := mat.Norm(at, math.Inf(1)); norm < least {
			best, least = w, norm
		}
	}
	return best, nil
}

// countDesign has a row (1, standardised features) for every row of x.
func countDesign(e *sbi.Estimator, x []float64, features []int) *mat.Dense {
	c := e.Flow.C()
	out := mat.NewDense(len(x)/c, 1+len(features), nil)
	for i := range len(x) / c {
		out.Set(i, 0, 1)
		for j, k := range features {
			out.Set(i, j+1, (x[i*c+k]-e.Flow[0].XMean[k])/e.Flow[0].XStd[k])
		}
	}
	return out
}

// setBase gives all flows the SD exp(w_0 + Σ_j w_j c_j) of the standardised features c.
func setBase(e *sbi.Estimator, w []float64, features []int) error {
	for _, m := range e.Flow {
		m.BaseSD, m.BaseSlope = math.Exp(w[0]), nil
		if len(features) > 0 {
			m.BaseSlope = make([]float64, m.C)
		}
		for j, k := range features {
			m.BaseSlope[k] = w[j+1]
		}
		if err := m.Pack(); err != nil {
			return err
		}
	}
	return nil
}

// levels are the shares of draws that are denser than the truth, of every row; the same seed
// takes the same noise.
func levels(ctx context.Context, e *sbi.Estimator, theta, x []float64, from uint64,
	workers int) ([]float64, error) {
	d, c := e.Flow.D(), e.Flow.C()
	opt := sbi.DefaultSampling()
	opt.Draws, opt.Inside, opt.MaxTime = coverageDraws, e.Inside(), 0
	out := make([]float64, len(theta)/d)
	errs := make([]error, len(out))
	items := make([]job.Item, len(out))
	for i := range items {
		items[i] = job.Item{Name: fmt.Sprintf("row %d", i+1), Do: func(ctx context.Context) error {
			out[i], errs[i] = level(ctx, e, theta[i*d:(i+1)*d], x[i*c:(i+1)*c], opt,
				seed.Derive(from, "coverage", i))
			return errs[i]
		}}
	}
	if _, err := job.Run(ctx, items, workers, nil); err != nil {
		return nil, err
	}
	return out, errors.Join(errs...)
}

// level is that of one row, from what draws lie inside the prior; 1/2 if there are none.
func level(ctx context.Context, e *sbi.Estimator, theta, x []float64, opt sbi.SampleOptions,
	from uint64) (float64, error) {
	p, err := sbi.Sample(ctx, e.Flow, x, opt, from)
	var low *sbi.LowAcceptance
	switch {
	case errors.As(err, &low):
		p = low.Partial
	case err != nil:
		return 0, fmt.Errorf("calibrate_coverage: a validation row: %w", err)
	}
	if len(p.LogProb) == 0 {
		return 0.5, nil
	}
	o, err := e.Flow.Observe(x)
	if err != nil {
		return 0, err
	}
	truth := make([]float64, 1)
	e.Flow.LogProb(truth, theta, o)
	denser := 0.0
	for _, v := range p.LogProb {
		if v > truth[0] {
			denser++
		}
	}
	return denser / float64(len(p.LogProb)), nil
}
