package predictive

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/num/stats"
)

// Accuracy is how the means of one feature agree over conditions, in physical units.
type Accuracy struct {
	Feature                               string       // one of Features
	Experiment, Predicted, Best           []float64    // by condition
	RMSE, R2, R2Linear, Pearson, Spearman float64      // of Predicted
	AbsDiff                               stats.Spread // of |Predicted - Experiment|
}

// Check compares an experiment with simulations, condition by condition.
type Check struct {
	Scale      Scale       // of all vectors
	Conditions []Condition // with an experiment and simulations
	Experiment []Vector    // of every condition
	Draws      [][]Vector  // simulations of random draws
	Best       []Vector    // simulation of the best draw, per condition
	Prior      []Vector    // training simulations, may be empty
	Dropped    int         // vectors with a missing number, such as those of a single unit
}

// NewCheck keeps what has no missing numbers, and the conditions that experiment, draws and
// best simulations have. mirrored leaves out one of the two ordered pairs of muscles, as the study
// did, whose table held one as the other's mirror image.
func NewCheck(mirrored bool, scale Scale, experiment, draws, best, prior []Vector) *Check {
	c := &Check{Scale: scale}
	complete := func(list []Vector) (out []Vector) {
		for _, v := range list {
			if v.finite() {
				out = append(out, v)
			} else {
				c.Dropped++
			}
		}
		return out
	}
	experiment, draws, best = complete(experiment), complete(draws), complete(best)
	c.Prior = complete(prior)
	for _, e := range experiment {
		same := func(v Vector) bool { return v.Condition == e.Condition }
		b := slices.IndexFunc(best, same)
		if b < 0 || !slices.ContainsFunc(draws, same) || mirrored &&
			feature.IsMirrorImage(e.MusclePair, true) {
			continue
		}
		c.Conditions, c.Experiment, c.Best = append(c.Conditions, e.Condition), append(c.Experiment, e),
			append(c.Best, best[b])
		var own []Vector
		for _, v := range draws {
			if same(v) {
				own = append(own, v)
			}
		}
		c.Draws = append(c.Draws, own)
	}
	return c
}

// Physical is the mean of feature k of a vector, in physical units (Features).
func (c *Check) Physical(v *Vector, k int) float64 {
	return v.X[4*k]*c.Scale.SD[k] +
		c.Scale.Mean[k]
}

// Accuracy compares the conditions' means of a feature with the mean over the simulations
// of their draws. Correlations are NaN with fewer than two conditions.
func (c *Check) Accuracy(k int) Accuracy {
	a := Accuracy{Feature: Features[k]}
	var diff []float64
	sse := 0.0
	for i := range c.Conditions {
		sum := 0.0
		for j := range c.Draws[i] {
			sum += c.Physical(&c.Draws[i][j], k)
		}
		e, p := c.Physical(&c.Experiment[i], k), sum/float64(len(c.Draws[i]))
		a.Experiment, a.Predicted, a.Best = append(a.Experiment, e), append(a.Predicted, p),
			append(a.Best, c.Physical(&c.Best[i], k))
		diff = append(diff, math.Abs(p-e))
		sse += (p - e) * (p - e)
	}
	n := float64(len(diff))
	a.RMSE, a.AbsDiff = math.Sqrt(sse/n), stats.SpreadOf(diff)
	a.R2, a.Pearson, a.Spearman = math.NaN(), math.NaN(), math.NaN()
	if n > 1 {
		a.R2 = stats.R2(a.Predicted, a.Experiment)
		a.Pearson, a.Spearman = stat.Correlation(a.Experiment, a.Predicted, nil),
			stats.Spearman(a.Experiment, a.Predicted)
	}
	a.R2Linear = a.Pearson * a.Pearson
	return a
}

// Distance of a vector to the experiment's: RMSE over its 16 numbers, and R2 with the mean
// of the experiment's 16 numbers as the baseline.
func Distance(v, experiment *Vector) (rmse, r2 float64) {
	mean := stat.Mean(experiment.X[:], nil)
	sse, total := 0.0, 0.0
	for i, e := range experiment.X {
		sse += (v.X[i] - e) * (v.X[i] - e)
		total += (e - mean) * (e - mean)
	}
	return math.Sqrt(sse / float64(len(v.X))), 1 - sse/total
}

// Distances are those of all vectors of one kind to the experiment, by condition.
type Distances struct {
	Kind     string      // posterior, best, prior or other_experiment
	RMSE, R2 [][]float64 // per condition, of every vector
}

// Kinds of Distances.
const (
	KindPosterior = "posterior"
	KindBest      = "best"
	KindPrior     = "prior"
	KindOthers    = "other_experiment"
)

// Distances compares every condition with the simulations of its draws, its best
// simulation, all training simulations, and the other conditions of the experiment.
func (c *Check) Distances() []Distances {
	kinds := []string{KindPosterior, KindBest, KindPrior, KindOthers}
	out := make([]Distances, len(kinds))
	for k, kind := range kinds {
		out[k].Kind = kind
		for i := range c.Conditions {
			var list []Vector
			switch kind {
			case KindPosterior:
				list = c.Draws[i]
			case KindBest:
				list = c.Best[i : i+1]
			case KindPrior:
				list = c.Prior
			default:
				list = slices.Concat(c.Experiment[:i], c.Experiment[i+1:])
			}
			var rmse, r2 []float64
			for j := range list {
				a, b := Distance(&list[j], &c.Experiment[i])
				rmse, r2 = append(rmse, a), append(r2, b)
			}
			out[k].RMSE, out[k].R2 = append(out[k].RMSE, rmse), append(out[k].R2, r2)
		}
	}
	return out
}
