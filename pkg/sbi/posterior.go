package sbi

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

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

// limit is the largest number of proposals.
func (o SampleOptions) limit() int {
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
func Sample(ctx context.Context, m flow.Ensemble, x []float64, opt SampleOptions, seed uint64) (*Posterior, error) {
	o, err := m.Observe(x)
	if err != nil {
		return nil, err
	}
	limit, d := opt.limit(), m.D()
	clock := newClock(opt.MaxTime)
	rng := rand.New(rand.NewPCG(seed, 3))
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
		return slices.IndexFunc(e.Config.Theta, func(p Parameter) bool { return p.Name == name })
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

// Reference describes the features of the training rows, against which observations are
// judged.
type Reference struct {
	Names     []string  `json:"names"`
	Mean      []float64 `json:"mean"`
	SD        []float64 `json:"sd"`
	Min       []float64 `json:"min"`
	Max       []float64 `json:"max"`
	Precision []float64 `json:"precision"` // inverse of the covariance, C x C
	// Distances are squared Mahalanobis distances of training rows, ascending: 1,001
	// quantiles.
	Distances []float64 `json:"distances"`
}

// NewReference summarises rows of features (C numbers each).
func NewReference(names []string, x []float64) (*Reference, error) {
	c := len(names)
	n := len(x) / c
	if n <= c+1 {
		return nil, fmt.Errorf("sbi: %d training rows are too few to judge observations of %d features", n, c)
	}
	r := &Reference{Names: names, Mean: make([]float64, c), SD: make([]float64, c), Min: append([]float64(nil), x[:c]...), Max: append([]float64(nil), x[:c]...)}
	for i, v := range x {
		k := i % c
		r.Mean[k] += v / float64(n)
		r.Min[k], r.Max[k] = math.Min(r.Min[k], v), math.Max(r.Max[k], v)
	}
	cov := mat.NewSymDense(c, nil)
	for i := 0; i < n; i++ {
		for a := 0; a < c; a++ {
			for b := a; b < c; b++ {
				cov.SetSym(a, b, cov.At(a, b)+(x[i*c+a]-r.Mean[a])*(x[i*c+b]-r.Mean[b])/float64(n-1))
			}
		}
	}
	for k := range r.SD {
		r.SD[k] = math.Sqrt(cov.At(k, k))
		cov.SetSym(k, k, cov.At(k, k)*(1+1e-9)) // features may depend on each other
	}
	var chol mat.Cholesky
	if !chol.Factorize(cov) {
		return nil, fmt.Errorf("sbi: the features of the training rows depend on each other")
	}
	var inverse mat.SymDense
	if err := chol.InverseTo(&inverse); err != nil {
		return nil, fmt.Errorf("sbi: covariance of the features: %w", err)
	}
	for a := 0; a < c; a++ {
		for b := 0; b < c; b++ {
			r.Precision = append(r.Precision, inverse.At(a, b))
		}
	}
	d := make([]float64, n)
	for i := range d {
		d[i] = r.distance(x[i*c : (i+1)*c])
	}
	slices.Sort(d)
	for q := 0; q <= 1000; q++ {
		r.Distances = append(r.Distances, d[q*(n-1)/1000])
	}
	return r, nil
}

// distance is the squared Mahalanobis distance from the mean of the training rows.
func (r *Reference) distance(x []float64) float64 {
	c := len(x)
	sum := 0.0
	for a := range x {
		for b := range x {
			sum += (x[a] - r.Mean[a]) * r.Precision[a*c+b] * (x[b] - r.Mean[b])
		}
	}
	return sum
}

// Verdict tells how an observation lies to the training rows.
type Verdict struct {
	Z        []float64 // per feature, in SD of the training rows
	Outside  []string  // features beyond the training rows' extremes
	Distance float64   // squared Mahalanobis distance
	Rank     float64   // share of the training rows that are nearer
	Unusual  bool      // a |z| above 4, a feature outside, or a rank above 0.999
}

// Judge compares an observation with the training rows.
func (r *Reference) Judge(x []float64) Verdict {
	v := Verdict{Distance: r.distance(x)}
	for k, value := range x {
		z := (value - r.Mean[k]) / r.SD[k]
		v.Z = append(v.Z, z)
		if value < r.Min[k] || value > r.Max[k] {
			v.Outside = append(v.Outside, r.Names[k])
		}
		v.Unusual = v.Unusual || math.Abs(z) > 4
	}
	at, _ := slices.BinarySearch(r.Distances, v.Distance)
	v.Rank = float64(at) / float64(len(r.Distances))
	v.Unusual = v.Unusual || len(v.Outside) > 0 || v.Rank > 0.999
	return v
}

// String is one line for a log.
func (v Verdict) String() string {
	worst := 0.0
	for _, z := range v.Z {
		worst = math.Max(worst, math.Abs(z))
	}
	s := fmt.Sprintf("largest |z| %.1f, Mahalanobis rank %.3f", worst, v.Rank)
	if len(v.Outside) > 0 {
		s += ", outside the training rows: " + strings.Join(v.Outside, ", ")
	}
	return s
}
