package sbi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/run/seed"
	"example.org/renshaw/pkg/sbi/flow"
)

// SampleOptions bound the drawing of a posterior.
type SampleOptions struct {
	Draws         int
	MaxProposals  int           // 0: max(1e6, 2 Draws / MinAcceptance)
	MinAcceptance float64       // share of proposals inside the prior; checked after 100,000 of them
	MaxTime       time.Duration // 0 is no limit
	// Inside is the support of the prior inside the unit box; nil: all of it.
	Inside func(row []float64) bool
	// DrawsOnly leaves out the log densities.
	DrawsOnly bool
	// MCMC goes on with Markov chains where too few proposals lie inside the prior.
	MCMC bool
}

// DefaultSampling are 10,000 draws, at least one accepted proposal in a thousand, at most
// a minute.
func DefaultSampling() SampleOptions {
	return SampleOptions{Draws: 10000, MinAcceptance: 1e-3, MaxTime: time.Minute}
}

// Limit is the largest number of proposals.
func (o SampleOptions) Limit() int {
	if o.MaxProposals > 0 {
		return o.MaxProposals
	}
	return int(math.Max(1e6, 2*float64(o.Draws)/o.MinAcceptance))
}

// clock watches a limit of time, if there is one.
type clock struct {
	start time.Time
	limit time.Duration
}

func newClock(limit time.Duration) clock { return clock{time.Now(), limit} }

func (c clock) over() bool { return c.limit > 0 && time.Since(c.start) > c.limit }

// left is what a part may take of the limit; 0 is no limit.
func (c clock) left() time.Duration {
	if c.limit == 0 {
		return 0
	}
	return max(c.limit-time.Since(c.start), time.Nanosecond)
}

// Posterior are draws inside the unit box with their log densities log q, which are not
// normalised for what lies outside.
type Posterior struct {
	Draws      []float64 // rows of D, unit box
	LogProb    []float64
	Proposed   int
	Acceptance float64
	// RHat is the split R-hat of the Markov chains that the draws are from; 0: they are
	// independent, from proposals.
	RHat float64
}

// LowAcceptance means that too few proposals lie inside the prior: the observation is
// unlike anything that was simulated. Partial holds what was drawn.
type LowAcceptance struct {
	Accepted, Proposed int
	Reason             string
	Partial            *Posterior
}

func (e *LowAcceptance) Error() string {
	return fmt.Sprintf("%d of %d draws lie inside the prior (%s): the observation is unlike the simulations; see the report of its features", e.Accepted, e.Proposed, e.Reason)
}

const (
	firstBatch         = 10000
	checkAfter         = 100000
	smallestBatch      = 100
	proposalsPerAccept = 1.5
)

// Sample draws from q(theta|x) and keeps draws inside the unit box until there are enough,
// within the bounds of opt. The draws follow from the seed. A feature that is not finite
// is an error; too few accepted draws are a *LowAcceptance, or, as opt says, reason to
// draw by Markov chains, whose failure is then told by the *LowAcceptance.
func Sample(ctx context.Context, m flow.Ensemble, x []float64, opt SampleOptions, from uint64) (*Posterior, error) {
	o, err := m.Observe(x)
	if err != nil {
		return nil, err
	}
	limit, d := opt.Limit(), m.D()
	clock := newClock(opt.MaxTime)
	rng := seed.Stream(from, "posterior")
	low, high := m.Support()
	inside := func(row []float64) bool { return inBox(row, low, high) && (opt.Inside == nil || opt.Inside(row)) }
	p := &Posterior{}
	accepted := 0
	give := func(reason string) error {
		p.finish(m, o)
		return &LowAcceptance{accepted, p.Proposed, reason, p}
	}
	few := func(reason string) (*Posterior, error) {
		if !opt.MCMC {
			return nil, give(reason)
		}
		walked, err := walk(ctx, m, o, inside, opt, clock, rng)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, give(reason + "; " + err.Error())
		}
		walked.Proposed, walked.Acceptance = p.Proposed, p.Acceptance
		return walked, nil
	}
	for batch := min(opt.Draws, firstBatch); accepted < opt.Draws; batch = p.next(opt.Draws, accepted) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		switch {
		case p.Proposed >= limit:
			return few(fmt.Sprintf("limit of %d proposals", limit))
		case p.Proposed >= checkAfter && float64(accepted) < opt.MinAcceptance*float64(p.Proposed):
			return few(fmt.Sprintf("less than the share %g", opt.MinAcceptance))
		case clock.over():
			return nil, give(fmt.Sprintf("limit of %v", opt.MaxTime))
		}
		batch = min(batch, limit-p.Proposed)
		theta := make([]float64, batch*d)
		m.Draw(theta, o, rng)
		p.Proposed += batch
		for i := 0; i < batch; i++ {
			if row := theta[i*d : (i+1)*d]; inside(row) {
				accepted++
				if accepted <= opt.Draws {
					p.Draws = append(p.Draws, row...)
				}
			}
		}
		p.Acceptance = float64(accepted) / float64(p.Proposed)
	}
	if !opt.DrawsOnly {
		p.finish(m, o)
	}
	return p, nil
}

// Inside is the support of the estimator's prior inside the unit box: the box, or what the
// band of the training simulations leaves of it. nil: the box.
func (e *Estimator) Inside() func(row []float64) bool {
	if e.Config.Spec == nil || e.Config.Spec.Band == nil {
		return nil
	}
	at := func(name string) int {
		return slices.IndexFunc(e.Config.Theta, func(p feature.Parameter) bool { return p.Name == name })
	}
	m, h := at("common_input_high_freq_middle_of_range"), at("common_input_high_freq_half_width_range")
	if m < 0 || h < 0 {
		return nil
	}
	b := e.Config.Spec.Band
	return func(row []float64) bool {
		const slack = 1e-9 // Hz, for rounding
		pm, ph := e.Config.Theta[m], e.Config.Theta[h]
		middle, half := pm.Low+row[m]*(pm.High-pm.Low), ph.Low+row[h]*(ph.High-ph.Low)
		return middle-half >= -slack && middle-half <= b.LowMax+slack && middle+half <= b.Max+slack
	}
}

func inBox(row, low, high []float64) bool {
	for i, v := range row {
		if !(v >= low[i] && v <= high[i]) {
			return false
		}
	}
	return true
}

// next is the size of the next batch.
func (p *Posterior) next(draws, accepted int) int {
	if accepted == 0 {
		return firstBatch
	}
	return min(firstBatch, max(int(proposalsPerAccept*float64(draws-accepted)/p.Acceptance), smallestBatch))
}

func (p *Posterior) finish(m flow.Ensemble, o flow.Observation) {
	p.LogProb = make([]float64, len(p.Draws)/m.D())
	m.LogProb(p.LogProb, p.Draws, o)
}

// Best is the number of the draw with the highest density.
func (p *Posterior) Best() int {
	best := 0
	for i, v := range p.LogProb {
		if v > p.LogProb[best] {
			best = i
		}
	}
	return best
}

// SampleMixture draws the posterior of a condition: equal shares of the draws under each of its
// contexts. The limits of opt hold for all together.
func (e *Estimator) SampleMixture(ctx context.Context, contexts [][]float64, opt SampleOptions, from uint64) (*Posterior, error) {
	opt.Inside = e.Inside()
	if len(contexts) == 1 {
		return Sample(ctx, e.Flow, contexts[0], opt, from)
	}
	all := &Posterior{}
	limit := opt.Limit()
	clock := newClock(opt.MaxTime)
	accepted, wanted := 0.0, opt.Draws
	for r, x := range contexts {
		part := opt
		part.Draws = (r+1)*wanted/len(contexts) - r*wanted/len(contexts)
		part.MaxProposals = max(1, limit-all.Proposed)
		part.MaxTime = clock.left()
		p, err := Sample(ctx, e.Flow, x, part, seed.Derive(from, "context", r))
		var low *LowAcceptance
		if errors.As(err, &low) {
			p = low.Partial
		}
		if p != nil {
			all.Draws, all.LogProb = append(all.Draws, p.Draws...), append(all.LogProb, p.LogProb...)
			all.Proposed += p.Proposed
			all.RHat = max(all.RHat, p.RHat)
			accepted += p.Acceptance * float64(p.Proposed)
			all.Acceptance = accepted / float64(all.Proposed)
		}
		if low != nil {
			return nil, &LowAcceptance{len(all.LogProb), all.Proposed, low.Reason, all}
		}
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}
