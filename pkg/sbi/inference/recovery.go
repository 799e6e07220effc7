package inference

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"sync"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/seed"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
)

// Recovered is what to expect of one parameter: from simulations of known truth that were
// seen about as much as a recording.
type Recovered struct {
	Parameter  string  `json:"parameter"`
	Unit       string  `json:"unit"`
	Width90    float64 `json:"width_90"`       // median width of the central 90 % interval
	PriorWidth float64 `json:"width_90_prior"` // of a posterior that knows nothing but the limits
	Error      float64 `json:"median_error"`   // median |posterior median - truth|
	Covered    float64 `json:"covered_90"`     // share of truths inside the interval
}

// Recovery is a recovery test: simulations that the estimator was not trained on, whose
// numbers of units and counts are nearest to those asked.
type Recovery struct {
	Simulations int         `json:"simulations"`
	Units       [2]int      `json:"units"`         // least and most
	Counts      [2]float64  `json:"median_counts"` // least and most
	Parameters  []Recovered `json:"parameters"`
}

// Sizes of a recovery test.
const (
	recoverySimulations = 150
	recoveryDraws       = 300
)

// Recover infers simulations that the estimator kept from its training (validation
// and held-out rows of its table of pairs) with about as many units and counts. An estimator
// without such a table is an error.
func Recover(ctx context.Context, e *sbi.Estimator, units int, medianCounts float64, from uint64,
	workers int) (*Recovery, error) {
	path := sbi.PairsPath(e.Dir)
	t, err := table.Read(path)
	if err != nil {
		return nil, fmt.Errorf("the estimator holds no simulations to try it on: %w", err)
	}
	pairs, err := dataset.PairsOf(e, t, path)
	if err != nil {
		return nil, err
	}
	rows, r := nearest(e, t, pairs, units, medianCounts)
	if len(rows) == 0 {
		return nil, errors.New(path + ": every row was trained on")
	}
	d, c := e.Flow.D(), e.Flow.C()
	sampling := sbi.DefaultSampling()
	sampling.Draws, sampling.Inside, sampling.DrawsOnly = recoveryDraws, e.Inside(), true
	posteriors := make([]*sbi.Posterior, len(rows))
	items := make([]job.Item, len(rows))
	var mu sync.Mutex
	for k, i := range rows {
		items[k] = job.Item{Name: fmt.Sprintf("row %d", i+1), Do: func(ctx context.Context) error {
			p, err := sbi.Sample(ctx, e.Flow, pairs.X[i*c:(i+1)*c], sampling,
				seed.Derive(from, "recovery", i))
			mu.Lock()
			defer mu.Unlock()
			posteriors[k] = p
			return err
		}}
	}
	if _, err := job.Run(ctx, items, workers, nil); err != nil {
		return nil, err
	}
	for k, q := range e.Config.Theta {
		var width, off []float64
		inside := 0.0
		for j, p := range posteriors {
			if p == nil {
				continue
			}
			draws, truth := parameterDraws(p.Draws, k, d), pairs.Theta[rows[j]*d+k]
			lo, hi := signal.Percentile(draws, 5), signal.Percentile(draws, 95)
			width, off = append(width, hi-lo), append(off, math.Abs(signal.Percentile(draws, 50)-truth))
			if truth >= lo && truth <= hi {
				inside++
			}
		}
		if len(width) == 0 {
			return nil, errors.New(path + ": no simulation could be inferred")
		}
		r.Simulations = len(width)
		span := q.High - q.Low
		r.Parameters = append(r.Parameters,
			Recovered{q.Name, q.Unit, span * signal.Percentile(width, 50), 0.9 * span,
				span * signal.Percentile(off, 50), inside / float64(len(width))})
	}
	return r, nil
}

// nearest are the rows not trained on whose sizes are nearest.
func nearest(e *sbi.Estimator, t *table.Table, pairs *sbi.Pairs, units int,
	counts float64) ([]int, *Recovery) {
	role := t.Col("role")
	u, n := slices.Index(e.Config.X, feature.LogUnits), slices.Index(e.Config.X, feature.LogCounts)
	var rows []int
	distance := map[int]float64{}
	c := e.Flow.C()
	for i, row := range t.Rows {
		if role >= 0 && row[role] == fmt.Sprint(sbi.RoleGradient) {
			continue
		}
		rows = append(rows, i)
		if u >= 0 && n >= 0 {
			distance[i] = math.Hypot(pairs.X[i*c+u]-math.Log(float64(units)),
				pairs.X[i*c+n]-math.Log(counts))
		}
	}
	sort.SliceStable(rows, func(a, b int) bool { return distance[rows[a]] < distance[rows[b]] })
	rows = rows[:min(len(rows), recoverySimulations)]
	r := &Recovery{}
	for k, i := range rows {
		if u < 0 || n < 0 {
			break
		}
		units, counts := int(math.Round(math.Exp(pairs.X[i*c+u]))), math.Round(math.Exp(pairs.X[i*c+n]))
		if k == 0 {
			r.Units, r.Counts = [2]int{units, units}, [2]float64{counts, counts}
		}
		r.Units = [2]int{min(r.Units[0], units), max(r.Units[1], units)}
		r.Counts = [2]float64{math.Min(r.Counts[0], counts), math.Max(r.Counts[1], counts)}
	}
	return rows, r
}

// Observe makes the observations of an experiment's table, one per participant, muscle
// and intensity, and judges each against the training rows. Pairs of muscles are taken
// with the training mean of what is known of the muscle itself.
func Observe(e *sbi.Estimator, path string) ([]dataset.Observation, []sbi.Verdict, error) {
	observations, _, err := dataset.ExperimentSet(e.Config.Spec, path, e.Config.FeatureScale,
		dataset.Grouping{})
	if err != nil {
		return nil, nil, err
	}
	var verdicts []sbi.Verdict
	for _, o := range observations {
		verdicts = append(verdicts, e.Judge([][]float64{o.X}))
	}
	return observations, verdicts, nil
}
