package sbi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"example.org/renshaw/pkg/runner"
)

const (
	coverageDraws = 200   // per row
	coverageSteps = 12    // at most
	coverageDone  = 0.002 // largest change of a coefficient of log SD in the last step
)

// calibrateCoverage sets the SD of the base distribution of all flows, sd = exp(w·s) with s the 1 and
// the standardised count features, to what makes the coverage of the validation rows right:
//
//	Σ_i (level_i - 1/2) s_i = 0,
//
// where level_i is the share of draws under row i that are denser than its truth, uniform for exact
// posteriors (expected coverage). Newton steps take the slope that a Gaussian of D parameters has,
// d level/d log sd = -2 E[q f_D(q)] with q from χ²_D and its density f_D. Networks in equal
// mixture tend to be too wide for rows of many counts, where they are most certain and differ
// most, and not for others.
func (e *Estimator) calibrateCoverage(ctx context.Context, theta, x []float64, seed uint64, workers int) error {
	var features []int
	for _, name := range []string{logUnits, logCounts} {
		if k := slices.Index(e.Config.X, name); k >= 0 {
			features = append(features, k)
		}
	}
	design := e.countDesign(x, features)
	n, p := design.Dims()
	var s, inverse mat.Dense
	s.Mul(design.T(), design)
	if err := inverse.Inverse(&s); err != nil {
		return fmt.Errorf("calibrate_coverage: the validation rows (%d) do not differ enough in units and counts: %w", n, err)
	}
	lg, _ := math.Lgamma(float64(e.Flow.D()))
	lgHalf, _ := math.Lgamma(float64(e.Flow.D()) / 2)
	slope := 2 * math.Exp(lg-2*lgHalf-float64(e.Flow.D())*math.Ln2)
	w := mat.NewVecDense(p, nil)
	w.SetVec(0, math.Log(max(e.Flow[0].BaseSD, 0.5)))
	for range coverageSteps {
		off, err := e.levels(ctx, theta, x, seed, workers)
		if err != nil {
			return err
		}
		for i := range off {
			off[i] -= 0.5
		}
		var g, step mat.VecDense
		g.MulVec(design.T(), mat.NewVecDense(n, off))
		step.MulVec(&inverse, &g)
		step.ScaleVec(1/slope, &step)
		w.AddVec(w, &step)
		if err := e.setBase(w.RawVector().Data, features); err != nil {
			return err
		}
		if mat.Norm(&step, math.Inf(1)) < coverageDone {
			return nil
		}
	}
	return errors.New("calibrate_coverage: the SD of the base distribution does not settle; train without it")
}

// countDesign has a row (1, standardised features) for every row of x.
func (e *Estimator) countDesign(x []float64, features []int) *mat.Dense {
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
func (e *Estimator) setBase(w []float64, features []int) error {
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
func (e *Estimator) levels(ctx context.Context, theta, x []float64, seed uint64, workers int) ([]float64, error) {
	d, c := e.Flow.D(), e.Flow.C()
	opt := DefaultSampling()
	opt.Draws, opt.Inside = coverageDraws, e.Inside()
	out := make([]float64, len(theta)/d)
	errs := make([]error, len(out))
	items := make([]runner.Item, len(out))
	var mu sync.Mutex
	for i := range items {
		items[i] = runner.Item{Name: fmt.Sprintf("row %d", i+1), Do: func(ctx context.Context) error {
			level, err := e.level(ctx, theta[i*d:(i+1)*d], x[i*c:(i+1)*c], opt, memberSeed(seed, i))
			mu.Lock()
			defer mu.Unlock()
			out[i], errs[i] = level, err
			return err
		}}
	}
	if _, err := runner.Run(ctx, items, workers, nil); err != nil {
		return nil, err
	}
	return out, errors.Join(errs...)
}

func (e *Estimator) level(ctx context.Context, theta, x []float64, opt SampleOptions, seed uint64) (float64, error) {
	p, err := Sample(ctx, e.Flow, x, opt, seed)
	if err != nil {
		return 0, fmt.Errorf("calibrate_coverage: a validation row: %w", err)
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
