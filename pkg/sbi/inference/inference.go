package inference

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/seed"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
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

// Options of Infer.
type Options struct {
	Sampling sbi.SampleOptions
	Pooled   bool // all participants' units of a condition as if of one pool: the paper's way
	Each     bool // each recording by itself, instead of all of a condition together
	Seed     uint64
	Workers  int
	// Previous are the posteriors within single muscles, for pairs. Placeholder goes on
	// without them where they are missing, with the training mean of what they tell.
	Previous    *Previous
	Placeholder bool
	// Started, if set, gives what shows the progress of so many conditions.
	Started func(conditions int) *job.Progress
	Command string // for the manifest
	// Pictures, if set, draws what was inferred into a folder, that of the results; the pictures
	// appear with the tables.
	Pictures func(results []Inferred, dir string) error
}

// Inferred is the result for one condition.
type Inferred struct {
	Observation *dataset.Observation
	Verdict     *sbi.Verdict // nil if the condition failed before it was judged
	Posterior   *sbi.Posterior
	Err         error
}

// Infer draws the posterior of every condition of an experiment's table, or of every row
// of a pairs table. A condition that fails is reported and does not stop the others.
func Infer(ctx context.Context, e *sbi.Estimator, experiment string,
	opt Options) ([]Inferred, error) {
	observations, err := observations(e, experiment,
		dataset.Grouping{Pooled: opt.Pooled, Each: opt.Each})
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
			r := one(ctx, e, o, opt)
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

func one(ctx context.Context, e *sbi.Estimator, o *dataset.Observation, opt Options) Inferred {
	r := Inferred{Observation: o}
	for k, v := range o.X {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			r.Err = fmt.Errorf("%s: feature %s is %v (%d units)", o.Label(), e.Config.X[k], v, o.Units)
			return r
		}
	}
	own := seed.Derive(opt.Seed, o.Label())
	contexts, err := contexts(e, o, opt, opt.Sampling.Draws, own)
	if err != nil {
		r.Err = fmt.Errorf("%s: %w", o.Label(), err)
		return r
	}
	v := e.Judge(contexts)
	r.Verdict = &v
	if r.Posterior, err = e.SampleMixture(ctx, contexts, opt.Sampling, own); err != nil {
		r.Err = fmt.Errorf("%s: %w", o.Label(), err)
	}
	return r
}

// quantiles of a summary: median, 50 and 90 % intervals.
var quantiles = []float64{5, 25, 50, 75, 95}

// Run is Infer and Write while nobody else works on the folder.
func Run(ctx context.Context, e *sbi.Estimator, experiment, dir string, opt Options) (
	results []Inferred, outputs []string, err error) {
	j, err := begin(e, dir, experiment, opt)
	if err != nil {
		return nil, nil, err
	}
	defer j.Close()
	if results, err = Infer(ctx, e, experiment, opt); err != nil {
		return results, nil, err
	}
	outputs, err = write(j, e, results, opt)
	return results, outputs, err
}

// Write writes the tables of an inference, together, and returns their paths; conditions that
// failed are in the report only.
func Write(e *sbi.Estimator, dir, experiment string, results []Inferred,
	opt Options) ([]string, error) {
	j, err := begin(e, dir, experiment, opt)
	if err != nil {
		return nil, err
	}
	defer j.Close()
	return write(j, e, results, opt)
}

// begin opens the job of an inference and tells it what is read.
func begin(e *sbi.Estimator, dir, experiment string, opt Options) (*job.Job, error) {
	j, err := job.Open(dir, job.Options{
		Command: "infer", Line: opt.Command, Manifest: sbi.ManifestName,
		Profile: e.ProfileName(), Seed: opt.Seed, Parameters: map[string]any{
			"draws": opt.Sampling.Draws, "pooled": opt.Pooled, "each_recording": opt.Each,
			"command":     opt.Command,
			"placeholder": opt.Placeholder, "max_time": opt.Sampling.MaxTime.String(),
			"min_acceptance": opt.Sampling.MinAcceptance, "max_proposals": opt.Sampling.Limit(),
			"mcmc": opt.Sampling.MCMC, "weights_sha256": e.Weights}})
	if err != nil {
		return nil, err
	}
	read := []string{experiment}
	if opt.Previous != nil {
		read = append(read, opt.Previous.path)
	}
	if err := errors.Join(job.Settle(experiment), j.Input(read...)); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, nil
}

func write(j *job.Job, e *sbi.Estimator, results []Inferred, opt Options) ([]string, error) {
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
	summary := &table.Table{Columns: append(slices.Clone(condition), "parameter", "units", "mean",
		"sd", "q05", "q25", "median", "q75", "q95", "draws")}
	best := &table.Table{Columns: append(append(slices.Clone(names), "log_prob"), condition...)}
	report := &table.Table{Columns: append(slices.Clone(condition), "units", "max_abs_z",
		"mahalanobis_squared", "mahalanobis_rank", "outside_training", "unusual", "acceptance", "r_hat",
		"error", "recordings")}
	for _, r := range results {
		key := r.Observation.Key
		report.Add(append(slices.Clone(key), reportOf(&r)...)...)
		if r.Err != nil {
			continue
		}
		b := r.Posterior.Best()
		best.Add(append(append(table.Floats(e.Physical(r.Posterior.Draws[b*d:(b+1)*d])),
			table.Float(r.Posterior.LogProb[b])), key...)...)
		for k := range d {
			v := physicalColumn(e, r.Posterior, k)
			line := append(slices.Clone(key), names[k], fmt.Sprint(r.Observation.Units),
				table.Float(signal.Mean(v)), table.Float(signal.Std(v)))
			for _, q := range quantiles {
				line = append(line, table.Float(signal.Percentile(v, q)))
			}
			summary.Add(append(line, fmt.Sprint(len(v)))...)
		}
	}
	var outputs []string
	tables := map[string]*table.Table{SummaryName: summary, BestName: best, ReportName: report}
	if slices.Contains(condition, "muscle_pair") && slices.Contains(condition, "intensity") {
		tables[ComparisonsName] = comparisons(e, results, file == GroupedName)
		if file == EachSubjectName { // one posterior for the group has no spread between participants
			tables[GroupName], tables[GroupComparisonsName] = groupSummary(e, results),
				groupComparisons(e, results)
		}
	}
	if test, ok, err := Misspecified(e, results, opt.Seed); err != nil {
		return nil, err
	} else if ok {
		tables[MisspecificationName] = test.Table()
	}
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		if err := tables[name].Write(j.Stage(name)); err != nil {
			return nil, err
		}
		outputs = append(outputs, filepath.Join(j.Dir, name))
	}
	if err := writeDraws(j.Stage(file), e, append(names, condition...), results); err != nil {
		return nil, err
	}
	outputs = append(outputs, filepath.Join(j.Dir, file))
	slices.Sort(outputs)
	if opt.Pictures != nil {
		if err := opt.Pictures(results, j.Stage("")); err != nil {
			return nil, err
		}
	}
	for _, r := range results {
		if r.Err != nil {
			j.Partial()
			j.Fail(r.Observation.Label(), "sampling", r.Err)
		}
	}
	return outputs, j.Commit()
}

// physicalColumn are the draws of parameter k in physical units.
func physicalColumn(e *sbi.Estimator, p *sbi.Posterior, k int) []float64 {
	d := e.Flow.D()
	box := e.Config.Theta[k]
	out := make([]float64, 0, len(p.Draws)/d)
	for i := k; i < len(p.Draws); i += d {
		out = append(out, box.Low+p.Draws[i]*(box.High-box.Low))
	}
	return out
}

// writeDraws writes the table of draws row by row: as text, millions of them would not fit the
// memory.
func writeDraws(path string, e *sbi.Estimator, columns []string, results []Inferred) error {
	d := e.Flow.D()
	return table.Stream(path, columns, func(add func([]string) error) error {
		row := make([]string, len(columns))
		for _, r := range results {
			if r.Err != nil {
				continue
			}
			copy(row[d:], r.Observation.Key)
			for i := 0; i < len(r.Posterior.Draws); i += d {
				for k, v := range e.Physical(r.Posterior.Draws[i : i+d]) {
					row[k] = table.Float(v)
				}
				if err := add(row); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func reportOf(r *Inferred) []string {
	line := []string{fmt.Sprint(r.Observation.Units), "", "", "", "", "", "", "", "",
		strings.Join(r.Observation.Recordings, "; ")}
	if v := r.Verdict; v != nil {
		worst := 0.0
		for _, z := range v.Z {
			worst = math.Max(worst, math.Abs(z))
		}
		line[1], line[2], line[3], line[5] = table.Float(worst), table.Float(v.Distance),
			table.Float(v.Rank), table.Bool(v.Unusual)
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
