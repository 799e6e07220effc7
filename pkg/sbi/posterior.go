package sbi

import (
	"fmt"
	"math"
	"time"

	"example.org/renshaw/pkg/sbi/flow"
)

// SampleOptions bound the drawing of a posterior.
type SampleOptions struct {
	Draws         int           // wanted
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
	LogProb    []float64 // one per draw; nil with DrawsOnly
	Proposed   int       // draws from q, those outside the prior included
	Acceptance float64   // share of them inside the prior
	// RHat is the split R-hat of the Markov chains that the draws are from; 0: they are
	// independent, from proposals.
	RHat float64
}

// LowAcceptance means that too few proposals lie inside the prior: the observation is
// unlike anything that was simulated. Partial holds what was drawn.
type LowAcceptance struct {
	Accepted, Proposed int    // draws inside the prior, and all
	Reason             string // which bound ended the drawing
	Partial            *Posterior
}

// Error says how many draws lie inside the prior, and which bound ended the drawing.
func (e *LowAcceptance) Error() string {
	return fmt.Sprintf("%d of %d draws lie inside the prior (%s): the observation is unlike the "+
		"simulations; see the report of its features", e.Accepted, e.Proposed, e.Reason)
}

const (
	firstBatch         = 10000
	checkAfter         = 100000
	smallestBatch      = 100
	proposalsPerAccept = 1.5
)

// next is the size of the next batch.
func (p *Posterior) next(draws, accepted int) int {
	if accepted == 0 {
		return firstBatch
	}
	return min(firstBatch, max(int(proposalsPerAccept*float64(draws-accepted)/p.Acceptance),
		smallestBatch))
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
