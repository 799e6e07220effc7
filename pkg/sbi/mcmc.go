package sbi

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"

	"example.org/renshaw/pkg/sbi/flow"
)

// Settings of the Markov chains: walkers that move by each other's differences (differential
// evolution, ter Braak 2006, doi:10.1007/s11222-006-8769-1).
const (
	walkers = 64
	// points of the prior, from which the walkers' first positions are drawn by their density
	starts      = 50000
	firstMoves  = 2000 // of every walker, until R-hat is looked at; then twice as many, and so on
	mostMoves   = 128000
	thin        = 10   // of the moves every so many-th is kept
	jumps       = 0.2  // share of moves by a whole difference
	jitter      = 1e-5 // SD, in the unit box
	largestRHat = 1.02
)

// chains are walkers in the part of the unit box where draws count.
type chains struct {
	m            flow.Ensemble
	o            flow.Observation
	inside       func(row []float64) bool
	rng          *rand.Rand
	d            int
	at, next     []float64 // rows of D: positions, and where half of the walkers are proposed to go
	logp, logpTo []float64
}

// walk draws from the density q(theta|x) inside the support by Markov chains, for observations of
// which hardly any proposal lies there. The second half of the moves counts; they go on
// until the chains have mixed (split R-hat at most 1.02). Chains that do not within the limit
// of time or of moves are an error.
func walk(ctx context.Context, m flow.Ensemble, o flow.Observation, inside func([]float64) bool,
	opt SampleOptions, clock clock, rng *rand.Rand) (*Posterior, error) {
	d := m.D()
	c := &chains{m: m, o: o, inside: inside, rng: rng, d: d, next: make([]float64, walkers/2*d),
		logpTo: make([]float64, walkers/2)}
	if err := c.start(); err != nil {
		return nil, err
	}
	var positions, logp []float64
	rHat := math.Inf(1)
	look := max(firstMoves, 2*thin*opt.Draws/walkers)
	for step := 1; ; step++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if clock.over() {
			return nil, fmt.Errorf("chains: limit of %v after %d moves, split R-hat %.2f, at most %g is "+
				"expected", opt.MaxTime, step, rHat, largestRHat)
		}
		c.move(0)
		c.move(1)
		if step%thin == 0 {
			positions, logp = append(positions, c.at...), append(logp, c.logp...)
		}
		if step == look {
			half := len(logp) / 2
			if rHat = splitRHat(positions[half*d:], d); rHat <= largestRHat {
				return thinned(positions[half*d:], logp[half:], opt.Draws, d, rHat), nil
			}
			if look *= 2; look > mostMoves {
				return nil, fmt.Errorf("chains: not mixed after %d moves (split R-hat %.2f, at most %g is "+
					"expected)", step, rHat, largestRHat)
			}
		}
	}
}

// thinned are so many of the positions, spread evenly.
func thinned(positions, logp []float64, draws, d int, rHat float64) *Posterior {
	p := &Posterior{RHat: rHat}
	for i := range draws {
		k := i * len(logp) / draws
		p.Draws, p.LogProb = append(p.Draws, positions[k*d:(k+1)*d]...), append(p.LogProb, logp[k])
	}
	return p
}

// start draws the walkers' first positions from points of the prior, each with its density and none
// twice: those with the largest sums of log density and a Gumbel variate.
func (c *chains) start() error {
	low, high := c.m.Support()
	points, n := make([]float64, 0, starts*c.d), 0
	for range starts {
		row := make([]float64, c.d)
		for i := range row {
			row[i] = low[i] + c.rng.Float64()*(high[i]-low[i])
		}
		if c.inside(row) {
			points, n = append(points, row...), n+1
		}
	}
	logp := make([]float64, n)
	c.m.LogProb(logp, points, c.o)
	type candidate struct {
		row int
		key float64
	}
	var all []candidate
	for i, v := range logp {
		if key := v - math.Log(c.rng.ExpFloat64()); !math.IsNaN(key) && !math.IsInf(v, -1) {
			all = append(all, candidate{i, key})
		}
	}
	if len(all) < walkers {
		return fmt.Errorf("chains: the density is 0 at %d of %d points of the prior", starts-len(all),
			starts)
	}
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Compare(b.key, a.key) })
	for _, a := range all[:walkers] {
		c.at, c.logp = append(c.at, points[a.row*c.d:(a.row+1)*c.d]...), append(c.logp, logp[a.row])
	}
	return nil
}

// move proposes to one half of the walkers to go by the difference of two walkers of the other
// half: scaled for the largest progress within a mode, or now and then in full, which leads from
// one mode to another.
func (c *chains) move(half int) {
	const n = walkers / 2
	mine, others := half*n, (1-half)*n
	for k := range n {
		gamma := 2.38 / math.Sqrt(float64(2*c.d))
		if c.rng.Float64() < jumps {
			gamma = 1
		}
		a, b := others+c.rng.IntN(n), others+c.rng.IntN(n-1)
		if b >= a {
			b++
		}
		for i := range c.d {
			c.next[k*c.d+i] = c.at[(mine+k)*c.d+i] + gamma*(c.at[a*c.d+i]-c.at[b*c.d+i]) +
				jitter*c.rng.NormFloat64()
		}
	}
	c.m.LogProb(c.logpTo, c.next, c.o)
	for k, logp := range c.logpTo {
		row, w := c.next[k*c.d:(k+1)*c.d], mine+k
		if r := -c.rng.ExpFloat64(); c.inside(row) && r < logp-c.logp[w] {
			copy(c.at[w*c.d:], row)
			c.logp[w] = logp
		}
	}
}

// splitRHat is the largest potential scale reduction over the coordinates, of the halves of every
// walker's path (Gelman et al., Bayesian Data Analysis, 3rd edition, section 11.4); positions
// are rows of d numbers, walker by walker within each kept move.
func splitRHat(positions []float64, d int) float64 {
	half := len(positions) / d / walkers / 2
	worst := 0.0
	path := make([]float64, half)
	for i := range d {
		var means, variances []float64
		for w := range 2 * walkers {
			first := w / walkers * half
			for t := range path {
				path[t] = positions[((first+t)*walkers+w%walkers)*d+i]
			}
			mean, variance := stat.MeanVariance(path, nil)
			means, variances = append(means, mean), append(variances, variance)
		}
		within, between := stat.Mean(variances, nil), stat.Variance(means, nil)
		worst = math.Max(worst, math.Sqrt(float64(half-1)/float64(half)+between/within))
	}
	return worst
}
