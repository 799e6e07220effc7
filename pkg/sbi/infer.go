package sbi

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"path/filepath"
	"slices"
	"sync"

	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/run/job"
)

// Names of the tables that Infer writes.
const (
	EachSubjectName = "posterior_samples_each_subject.csv"
	GroupedName     = "posterior_samples_subjects_grouped.csv"
	SummaryName     = "posterior_summary.csv"
	BestName        = "best_draws.csv"
	ReportName      = "observations.csv"
	ComparisonsName = "comparisons.csv"

	GroupName            = "group_summary.csv"
	GroupComparisonsName = "group_comparisons.csv"
)

// InferOptions of Infer.
type InferOptions struct {
	Sampling SampleOptions
	Pooled   bool // all participants' units of a condition as if of one pool: the paper's way
	Seed     uint64
	Workers  int
	// Previous are the posteriors within single muscles, for pairs. Placeholder goes on
	// without them where they are missing, with the training mean of what they tell.
	Previous    *Previous
	Placeholder bool
	// Started, if set, gives what shows the progress of so many conditions.
	Started func(conditions int) *job.Progress
	Command string // for the manifest
}

// Inferred is the result for one condition.
type Inferred struct {
	Observation *Observation
	Verdict     *Verdict // nil if the condition failed before it was judged
	Posterior   *Posterior
	Err         error
}

// Infer draws the posterior of every condition of an experiment's table, or of every row
// of a pairs table. A condition that fails is reported and does not stop the others.
func (e *Estimator) Infer(ctx context.Context, experiment string, opt InferOptions) ([]Inferred, error) {
	observations, err := e.observations(experiment, opt.Pooled)
	if err != nil {
		return nil, err
	}
	out := make([]Inferred, len(observations))
	items := make([]job.Item, len(observations))
	var mu sync.Mutex
	for i := range observations {
		o := &observations[i]
		out[i].Observation = o
		items[i] = job.Item{Name: o.Label(), Do: func(ctx context.Context) error {
			r := e.one(ctx, o, opt)
			mu.Lock()
			defer mu.Unlock()
			out[i] = r
			return r.Err
		}}
	}
	var progress *job.Progress
	if opt.Started != nil {
		progress = opt.Started(len(items))
	}
	_, err = job.Run(ctx, items, opt.Workers, progress)
	return out, err
}

func (e *Estimator) one(ctx context.Context, o *Observation, opt InferOptions) Inferred {
	r := Inferred{Observation: o}
	for k, v := range o.X {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			r.Err = fmt.Errorf("%s: feature %s is %v (%d units)", o.Label(), e.Config.X[k], v, o.Units)
			return r
		}
	}
	h := fnv.New64a()
	h.Write([]byte(o.Label()))
	seed := opt.Seed ^ h.Sum64()
	contexts, err := e.contexts(o, opt, opt.Sampling.Draws, seed)
	if err != nil {
		r.Err = fmt.Errorf("%s: %w", o.Label(), err)
		return r
	}
	v := e.judge(contexts)
	r.Verdict = &v
	if r.Posterior, err = e.sample(ctx, contexts, opt.Sampling, seed); err != nil {
		r.Err = fmt.Errorf("%s: %w", o.Label(), err)
	}
	return r
}

// judge compares the mean of a condition's contexts with the training rows, or, for an
// imported network, with the mean and SD that it standardises by.
func (e *Estimator) judge(contexts [][]float64) Verdict {
	x := make([]float64, len(contexts[0]))
	for _, c := range contexts {
		for k, v := range c {
			x[k] += v / float64(len(contexts))
		}
	}
	if e.Config.Reference != nil {
		return e.Config.Reference.Judge(x)
	}
	v := Verdict{Distance: math.NaN(), Rank: math.NaN()}
	for k, m := range e.Flow[0].XMean {
		v.Z = append(v.Z, (x[k]-m)/e.Flow[0].XStd[k])
		v.Unusual = v.Unusual || math.Abs(v.Z[k]) > 4
	}
	return v
}

// physical is a draw in physical units.
func (e *Estimator) physical(row []float64) []float64 {
	out := make([]float64, len(row))
	for i, p := range e.Config.Theta {
		out[i] = p.Low + row[i]*(p.High-p.Low)
	}
	return out
}

// quantiles of a summary: median, 50 and 90 % intervals.
var quantiles = []float64{5, 25, 50, 75, 95}

// WriteInferred writes the tables of an inference; conditions that failed are in the report
// only.
func (e *Estimator) WriteInferred(dir, experiment string, results []Inferred, opt InferOptions) ([]string, error) {
	d := e.Flow.D()
	names := make([]string, d)
	for i, p := range e.Config.Theta {
		names[i] = p.Name
	}
	var condition []string
	file := GroupedName
	if len(results) > 0 {
		condition = results[0].Observation.Columns
	}
	if slices.Contains(condition, "subject") {
		file = EachSubjectName
	}
	draws := &table.Table{Columns: append(slices.Clone(names), condition...)}
	summary := &table.Table{Columns: append(slices.Clone(condition), "parameter", "units", "mean", "sd", "q05", "q25", "median", "q75", "q95", "draws")}
	best := &table.Table{Columns: append(append(slices.Clone(names), "log_prob"), condition...)}
	report := &table.Table{Columns: append(slices.Clone(condition), "units", "max_abs_z", "mahalanobis_squared", "mahalanobis_rank", "outside_training", "unusual", "acceptance", "r_hat", "error")}
	for _, r := range results {
		key := r.Observation.Key
		report.Add(append(slices.Clone(key), reportOf(&r)...)...)
		if r.Err != nil {
			continue
		}
		columns := make([][]float64, d)
		for i := 0; i < len(r.Posterior.Draws); i += d {
			row := e.physical(r.Posterior.Draws[i : i+d])
			for k, v := range row {
				columns[k] = append(columns[k], v)
			}
			draws.Add(append(texts(row), key...)...)
		}
		b := r.Posterior.Best()
		best.Add(append(append(texts(e.physical(r.Posterior.Draws[b*d:(b+1)*d])), table.Float(r.Posterior.LogProb[b])), key...)...)
		for k, v := range columns {
			line := append(slices.Clone(key), names[k], fmt.Sprint(r.Observation.Units), table.Float(signal.Mean(v)), table.Float(signal.Std(v)))
			for _, q := range quantiles {
				line = append(line, table.Float(signal.Percentile(v, q)))
			}
			summary.Add(append(line, fmt.Sprint(len(v)))...)
		}
	}
	var outputs []string
	tables := map[string]*table.Table{file: draws, SummaryName: summary, BestName: best, ReportName: report}
	if slices.Contains(condition, "muscle_pair") && slices.Contains(condition, "intensity") {
		tables[ComparisonsName] = e.comparisons(results, file == GroupedName)
		if file == EachSubjectName { // one posterior for the group has no spread between participants
			tables[GroupName], tables[GroupComparisonsName] = e.groupSummary(results), e.groupComparisons(results)
		}
	}
	if test, ok, err := e.Misspecified(results, opt.Seed); err != nil {
		return nil, err
	} else if ok {
		tables[MisspecificationName] = test.Table()
	}
	for name, t := range tables {
		path := filepath.Join(dir, name)
		if err := t.Write(path); err != nil {
			return nil, err
		}
		outputs = append(outputs, path)
	}
	slices.Sort(outputs)
	m := job.NewManifest("infer", e.profile(), opt.Seed, map[string]any{"draws": opt.Sampling.Draws, "pooled": opt.Pooled, "command": opt.Command, "placeholder": opt.Placeholder,
		"max_time": opt.Sampling.MaxTime.String(), "min_acceptance": opt.Sampling.MinAcceptance, "max_proposals": opt.Sampling.limit(), "mcmc": opt.Sampling.MCMC, "weights_sha256": e.weights})
	inputs := []string{experiment}
	if opt.Previous != nil {
		inputs = append(inputs, opt.Previous.path)
	}
	for _, in := range inputs {
		if err := m.Input(in); err != nil {
			return nil, err
		}
	}
	m.Complete = true
	for _, r := range results {
		if r.Err != nil {
			m.Complete = false
			m.Failures = append(m.Failures, job.Failure{Item: r.Observation.Label(), Stage: "sampling", Message: r.Err.Error()})
		}
	}
	return outputs, m.Write(dir, ManifestName, outputs)
}

// profile of the estimator; an imported one has none.
func (e *Estimator) profile() string {
	if e.Config.Spec == nil {
		return ""
	}
	return string(e.Config.Spec.Profile)
}

func reportOf(r *Inferred) []string {
	line := []string{fmt.Sprint(r.Observation.Units), "", "", "", "", "", "", "", ""}
	if v := r.Verdict; v != nil {
		worst := 0.0
		for _, z := range v.Z {
			worst = math.Max(worst, math.Abs(z))
		}
		line[1], line[2], line[3], line[5] = table.Float(worst), table.Float(v.Distance), table.Float(v.Rank), table.Bool(v.Unusual)
		line[4] = fmt.Sprint(len(v.Outside))
	}
	if r.Posterior != nil {
		line[6] = table.Float(r.Posterior.Acceptance)
		if r.Posterior.RHat > 0 {
			line[7] = table.Float(r.Posterior.RHat)
		}
	}
	if r.Err != nil {
		line[8] = r.Err.Error()
	}
	return line
}

func texts(row []float64) []string {
	out := make([]string, len(row))
	for i, v := range row {
		out[i] = table.Float(v)
	}
	return out
}
