package sbi

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"example.org/renshaw/pkg/sbi/flow"
)

// Markov chains draw what rejection cannot: a Gaussian of which 3 in 100,000 lie inside the box has
// there the mean and the quantiles of a truncated one, whatever the limits of Sample's proposals.
func TestMarkovChains(t *testing.T) {
	const mean0, sd0, mean1, sd1 = 1.4, 0.1, 0.3, 0.05
	m := flow.NewMAF(2, 1, 4, 1, 0, rand.New(rand.NewPCG(1, 1)))
	s := &m.Steps[0]
	clear(s.OutWeight) // v_i = (softplus(0) + Epsilon) u_i
	clear(s.OutBias)
	s.Perm = []int{0, 1}
	slope := math.Ln2 + flow.Epsilon
	m.ThetaShift, m.ThetaScale = []float64{-mean0 / sd0 / slope, -mean1 / sd1 / slope},
		[]float64{1 / sd0 / slope, 1 / sd1 / slope}
	if err := m.Pack(); err != nil {
		t.Fatal(err)
	}
	e, opt := flow.Ensemble{m}, DefaultSampling()
	var low *LowAcceptance
	if _, err := Sample(context.Background(), e, []float64{0}, opt, 1); !errors.As(err, &low) {
		t.Fatalf("rejection: %v", err)
	}
	opt.MCMC = true
	p, err := Sample(context.Background(), e, []float64{0}, opt, 1)
	if err != nil || len(p.LogProb) != opt.Draws || p.Proposed != checkAfter || !(p.RHat > 0.9) {
		t.Fatalf("%v, %+v", err, p)
	}
	unit := distuv.UnitNormal
	below := unit.CDF((1 - mean0) / sd0)
	for i := range 2 {
		var u []float64 // uniform, if the draws are the truncated Gaussian's
		for k := i; k < len(p.Draws); k += 2 {
			if i == 0 {
				u = append(u, unit.CDF((p.Draws[k]-mean0)/sd0)/below)
			} else {
				u = append(u, unit.CDF((p.Draws[k]-mean1)/sd1))
			}
		}
		mean, sd := stat.MeanStdDev(u, nil)
		// ten times the error of 10,000 independent draws
		if math.Abs(mean-0.5) > 0.02 || math.Abs(sd-math.Sqrt(1./12)) > 0.01 {
			t.Errorf("coordinate %d: probability integrals have mean %.3f, SD %.3f", i, mean, sd)
		}
	}
	again, err := Sample(context.Background(), e, []float64{0}, opt, 1)
	if err != nil || again.Draws[77] != p.Draws[77] {
		t.Errorf("%v, or the same seed gives other draws", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	opt.Draws = 1e7
	if _, err := Sample(ctx, e, []float64{0}, opt, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("interrupted: %v", err)
	}
	opt.MaxTime = 200 * time.Millisecond
	if _, err := Sample(context.Background(), e, []float64{0}, opt, 1); !errors.As(err, &low) ||
		!strings.Contains(err.Error(), "200ms") {
		t.Errorf("limit of time: %v", err)
	}
}

// Halves of paths that lie apart, and walkers that do, raise R-hat.
func TestSplitRHat(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for name, apart := range map[string]func(step, walker int) float64{
		"mixed":   func(int, int) float64 { return 0 },
		"drift":   func(step, _ int) float64 { return float64(step) / 100 },
		"walkers": func(_, walker int) float64 { return float64(walker % 2) },
	} {
		var positions []float64
		for step := range 200 {
			for w := range walkers {
				positions = append(positions, rng.NormFloat64(), rng.NormFloat64()+apart(step, w))
			}
		}
		if r := splitRHat(positions, 2); (r > largestRHat) == (name == "mixed") {
			t.Errorf("%s: R-hat %.3f", name, r)
		}
	}
}
