package sbi

import (
	"context"
	"errors"
	"fmt"

	"example.org/renshaw/pkg/run/seed"
	"example.org/renshaw/pkg/sbi/flow"
)

// Sample draws from q(theta|x) and keeps draws inside the unit box until there are enough,
// within the bounds of opt. The draws follow from the seed. A feature that is not finite
// is an error; too few accepted draws are a *LowAcceptance, or, as opt says, reason to
// draw by Markov chains, whose failure is then told by the *LowAcceptance.
func Sample(ctx context.Context, m flow.Ensemble, x []float64, opt SampleOptions,
	from uint64) (*Posterior, error) {
	o, err := m.Observe(x)
	if err != nil {
		return nil, err
	}
	limit, d := opt.Limit(), m.D()
	clock := newClock(opt.MaxTime)
	rng := seed.Stream(from, "posterior")
	low, high := m.Support()
	inside := func(row []float64) bool {
		return inBox(row, low, high) &&
			(opt.Inside == nil || opt.Inside(row))
	}
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
	for batch := min(opt.Draws, firstBatch); accepted < opt.Draws; batch = p.next(opt.Draws,
		accepted) {
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

// SampleMixture draws the posterior of a condition: equal shares of the draws under each of its
// contexts. The limits of opt hold for all together.
func (e *Estimator) SampleMixture(ctx context.Context, contexts [][]float64, opt SampleOptions,
	from uint64) (*Posterior, error) {
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
