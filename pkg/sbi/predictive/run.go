package predictive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/folder"
	"example.org/renshaw/pkg/analysis/summary"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
	"example.org/renshaw/pkg/simulation/batch"
)

// Names in the folder of a predictive check.
const (
	BatchName       = "batch.yaml"
	SetsName        = "parameter_sets.csv"
	SimulationsDir  = "simulations"
	SimulationsName = "simulations.csv"
	VectorsName     = "feature_vectors.csv"
	ScaleName       = "feature_scale.csv"
	AccuracyName    = "feature_accuracy.csv"
	DistancesName   = "summary_table_rmse_r2.csv"
	ManifestName    = "manifest.json"
)

// Options of Run.
type Options struct {
	Posterior *Posterior  // whose draws are simulated
	Sets      SetOptions  // how many draws, and which
	Base      *batch.File // fixed settings of the simulations
	Out       string      // folder of the results
	Spec      *sbi.Spec   // filters, perspective and direction of units
	// Experiment is the table of renshaw summarize that the posteriors belong to; "" simulates
	// and summarises without comparing.
	Experiment string
	// Prior are tables of training simulations, which give the features' scale and a
	// comparison. Without them those that Estimator keeps do; without both
	// the simulations of the check give the scale.
	Prior       []string
	Estimator   *sbi.Estimator // may be nil
	Analysis    string         // analysis.yaml; "": what features need
	Whole       bool           // analyse simulations in full, not subsampled as the recording
	SetsOnly    bool           // write the batch file and stop
	Shard, Of   int            // simulate only a part, and stop
	Packed      bool           // one file of simulations per shard (batch.Options)
	MemoryBytes int64          // limit for simulations at a time; 0: none
	Workers     int            // simulations at a time; results do not depend on it
	Command     string         // as it was typed, for lock and messages
	// Started, if set, makes the progress of n items.
	Started func(verb string, n int) *job.Progress
	// Picture, if set, draws the check into a folder, that of the results, and returns the paths;
	// the pictures appear with the tables.
	Picture func(c *Check, dir string) ([]string, error)
}

// Report tells what Run did.
type Report struct {
	Conditions  int           `json:"conditions"`          // of the posterior
	Simulations int           `json:"simulations"`         // done
	Compared    int           `json:"conditions_compared"` // with the experiment
	Accuracy    []Accuracy    `json:"-"`                   // per feature; nil without experiment
	Check       *Check        `json:"-"`                   // nil without experiment
	Failures    []job.Failure `json:"failures"`            // of single simulations
	Warnings    []string      `json:"warnings"`            // for the user
	Outputs     []string      `json:"outputs"`             // paths of what was written
}

// Run writes the parameter sets and their batch file, simulates and analyses what is not
// done yet, and compares the features with the experiment's. Started again it goes on;
// finished simulations are kept. Simulations that fail are reported, the others count.
func Run(ctx context.Context, opt Options) (*Report, error) {
	sets, warnings, err := opt.Posterior.Sets(opt.Sets)
	if err != nil {
		return nil, err
	}
	r := &Report{Conditions: len(opt.Posterior.Conditions), Simulations: len(sets), Warnings: warnings,
		Failures: []job.Failure{}}
	j, err := opt.open()
	if err != nil {
		return nil, err
	}
	defer j.Close()
	if err := j.Input(opt.inputs()...); err != nil {
		return nil, err
	}
	f, err := r.plan(j, sets, opt)
	if err != nil || opt.SetsOnly {
		return r, err
	}
	seen, err := opt.seen(sets)
	if err != nil {
		return nil, err
	}
	if err := r.simulate(ctx, j, f, seen, opt); err != nil || opt.Of > 1 {
		return r, err
	}
	j.Failures(r.Failures...)
	compared := r.compare(j, sets, opt)
	if compared != nil {
		j.Fail(opt.Experiment, "comparison", compared)
	}
	if compared != nil || len(r.Failures) > 0 {
		j.Partial()
	}
	if err := errors.Join(compared, j.Commit()); err != nil {
		return nil, err
	}
	return r, nil
}

// open takes the folder; shards share it.
func (opt *Options) open() (*job.Job, error) {
	manifest, of := ManifestName, max(1, opt.Of)
	if of > 1 { // a shard commits nothing
		manifest = fmt.Sprintf("manifest_shard_%d_of_%d.json", opt.Shard%of, of)
	}
	return job.Open(opt.Out, job.Options{Command: "predict", Line: opt.Command, Manifest: manifest,
		Profile: string(opt.Base.Profile), Seed: opt.Sets.Seed, Shard: opt.Shard % of, Of: of,
		Parameters: map[string]any{"draws": opt.Sets.Draws, "as_published": opt.Sets.AsPublished,
			"whole": opt.Whole, "command": opt.Command}})
}

// inputs are the files that a check reads.
func (opt *Options) inputs() []string {
	inputs := []string{opt.Posterior.Path, opt.Base.Path}
	if opt.Sets.Previous != nil {
		inputs = append(inputs, opt.Sets.Previous.Path)
	}
	if opt.Experiment != "" {
		inputs = append(inputs, opt.Experiment)
	}
	return append(inputs, opt.Prior...)
}

// plan writes the parameter sets and their batch file. Those that are there and the same stay;
// where others are replaced what lies there is not complete any more.
func (r *Report) plan(j *job.Job, sets []Set, opt Options) (*batch.File, error) {
	f := Batch(opt.Base, sets, opt.Sets.Seed)
	f.Path = filepath.Join(opt.Out, BatchName)
	tablePath := filepath.Join(opt.Out, SetsName)
	staged := map[string]string{f.Path: j.Stage(BatchName), tablePath: j.Stage(SetsName)}
	err := errors.Join(f.Write(staged[f.Path]), SetsTable(sets).Write(staged[tablePath]))
	if err != nil {
		return nil, err
	}
	for path, new := range staged {
		same, err := sameFile(path, new)
		if err != nil {
			return nil, err
		}
		if same {
			continue
		}
		if err := errors.Join(j.Touch(), job.Touch(opt.Out, ManifestName)); err != nil {
			return nil, err
		}
		if err := atomicfile.Rename(new, path); err != nil {
			return nil, err
		}
	}
	for _, new := range staged {
		if err := os.Remove(new); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	r.Outputs = append(r.Outputs, tablePath)
	if err := j.Output(tablePath, true); err != nil {
		return nil, err
	}
	return batch.Read(f.Path)
}

// sameFile tells whether two files have the same content; one that is not there has none.
func sameFile(path, other string) (bool, error) {
	a, err := job.SumFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	b, otherErr := job.SumFile(other)
	return a.SHA256 == b.SHA256, errors.Join(err, otherErr)
}

// simulate simulates and analyses.
func (r *Report) simulate(ctx context.Context, j *job.Job, f *batch.File,
	seen func(string) *analysis.Seen, opt Options) error {
	dir := filepath.Join(opt.Out, SimulationsDir)
	started := func(verb string) func(int) *job.Progress {
		return func(n int) *job.Progress {
			if opt.Started == nil {
				return nil
			}
			return opt.Started(verb, n)
		}
	}
	res, err := batch.Run(ctx, f,
		batch.Options{Out: dir, Workers: opt.Workers, Shard: opt.Shard, Of: opt.Of, Packed: opt.Packed,
			MaxFailureRate: 0.5,
			MemoryBytes:    opt.MemoryBytes, Command: opt.Command, Started: started("simulating")})
	if res != nil {
		r.Failures, r.Warnings = append(r.Failures, res.Failures...), append(r.Warnings, res.Warnings...)
	}
	var other *batch.OtherError
	if errors.As(err, &other) {
		return fmt.Errorf("%s holds the check of another posterior or base: remove it, or choose "+
			"another folder (%w)", opt.Out, other)
	}
	if err != nil || opt.Of > 1 {
		return err
	}
	results, err := folder.Run(ctx, []string{dir},
		folder.Options{Config: opt.Analysis, Override: opt.needed, Seen: seen, Workers: opt.Workers,
			Command: opt.Command, Started: started("analysing")})
	for _, a := range results {
		if a.Failed() {
			r.Failures = append(r.Failures, job.Failure{Item: a.Input, Stage: "analysis", Message: a.Error})
		}
	}
	if err != nil {
		return err
	}
	files, err := summary.SimulationFiles(dir, "")
	if err != nil {
		return err
	}
	all, err := summary.Simulation(files,
		summary.SimulationOptions{Pairs: "all", CoherenceSize: 10, CoherenceBand: [2]float64{15, 35}})
	if err != nil {
		return err
	}
	outputs, err := all.Put(j.Stage(SimulationsName))
	for _, p := range outputs {
		r.Outputs = append(r.Outputs, filepath.Join(opt.Out, filepath.Base(p)))
	}
	if err != nil {
		return err
	}
	return j.Keep() // what was simulated is kept, whatever comes of the comparison
}

// seen tells how much the experiment shows of every condition of one participant: as many units
// and counts are looked at in its simulations. nil for all where the estimator does not know of
// them, as that of the paper, or the check is the study's.
func (opt *Options) seen(sets []Set) (func(input string) *analysis.Seen, error) {
	if opt.Experiment == "" || opt.Whole || opt.Sets.AsPublished || !opt.Spec.CountFeatures {
		return nil, nil
	}
	fates, err := dataset.ExperimentFates(opt.Spec, opt.Experiment)
	if err != nil {
		return nil, err
	}
	counts := map[Condition][]float64{}
	recordings := map[Condition]map[string]bool{}
	each := slices.ContainsFunc(sets, func(s Set) bool { return s.Recording != "" })
	for _, f := range fates {
		c := Condition{Subject: f.Subject, MusclePair: f.MusclePair, Intensity: f.Intensity}
		if each {
			c.Recording = f.Recording
		}
		counts[c] = append(counts[c], f.Counts)
		if recordings[c] == nil {
			recordings[c] = map[string]bool{}
		}
		recordings[c][f.Recording] = true
	}
	byDir := map[string]*analysis.Seen{}
	for i, s := range sets {
		if c := counts[s.Condition]; len(c) > 0 { // as many units as one recording has, on average
			byDir[batch.Dir(i)] = &analysis.Seen{Units: len(c) / len(recordings[s.Condition]),
				Counts: signal.Percentile(c, 50)}
		}
	}
	return func(input string) *analysis.Seen { return byDir[filepath.Base(filepath.Dir(input))] }, nil
}

// needed leaves out of the analysis what the features do not need, if nothing is
// configured.
func (opt *Options) needed(p *analysis.Params) {
	if opt.Analysis != "" {
		return
	}
	p.Coherence, p.GroundTruth, p.SaveCurves = false, false, false
	p.MinSpikes = min(p.MinSpikes, opt.Spec.Filters.Simulation.NSpikes)
	if opt.Spec.Direction == "inhibited" && !opt.backward() {
		p.Directions = "inhibited"
	}
	p.IgnoreHomonymous = opt.Posterior.Case == feature.Pair
}

// backward tells whether area and trough are taken from the other side, as the study did
// for pairs.
func (opt *Options) backward() bool {
	return opt.Sets.AsPublished && opt.Posterior.Case == feature.Pair
}

// units reads the units of the simulated sets: of pool 0 with itself, or of pairs of pool 0
// with pool 1.
func (opt *Options) units(sets []Set) (draws, best []Unit, err error) {
	all, _, err := dataset.SimulationUnits(opt.Spec, filepath.Join(opt.Out, SimulationsName),
		opt.backward())
	if err != nil {
		return nil, nil, err
	}
	byName := map[string]*Set{}
	for i := range sets {
		byName[batch.Dir(i)] = &sets[i]
	}
	pair := "pool_0<->pool_0"
	if opt.Posterior.Case == feature.Pair {
		pair = "pool_0<->pool_1"
	}
	for _, u := range all {
		name, pools, _ := strings.Cut(u.Group, "|")
		s := byName[name]
		if s == nil || pools != pair {
			continue
		}
		v := unitOf(u)
		v.Condition, v.Sim = s.Condition, name
		if s.Best {
			best = append(best, v)
		} else {
			draws = append(draws, v)
		}
	}
	if len(draws)+len(best) == 0 {
		return nil, nil, errors.New("no unit of the simulations passes the filters; see " +
			filepath.Join(opt.Out, SimulationsName))
	}
	return draws, best, nil
}

// prior gives the training simulations and the features' scale.
func (opt *Options) prior(simulated []Unit) (
	vectors []Vector, scale Scale, warning string, err error) {
	if len(opt.Prior) > 0 {
		var units []Unit
		for _, path := range opt.Prior {
			part, _, err := dataset.SimulationUnits(opt.Spec, path, false)
			if err != nil {
				return nil, scale, "", err
			}
			for _, u := range part {
				v := unitOf(u)
				v.Sim = path + "|" + v.Sim
				units = append(units, v)
			}
		}
		if len(units) == 0 {
			return nil, scale, "", fmt.Errorf("%s: no unit passes the filters",
				strings.Join(opt.Prior, ", "))
		}
		scale = ScaleOf(units)
		return Summaries(units, scale), scale, "", nil
	}
	if opt.Estimator != nil {
		kept, features, err := dataset.TrainingVectors(opt.Estimator)
		if err != nil {
			return nil, scale, "", err
		}
		if kept != nil {
			vectors, scale = trained(kept, features)
			return vectors, scale, "", nil
		}
	}
	return nil, ScaleOf(simulated), "no training simulations to compare with: features are " +
		"standardised by the simulations of this check (see --prior and --estimator)", nil
}

// compare writes vectors, and with an experiment the scores and their picture.
func (r *Report) compare(j *job.Job, sets []Set, opt Options) error {
	drawn, best, err := opt.units(sets)
	if err != nil {
		return err
	}
	prior, scale, warning, err := opt.prior(slices.Concat(drawn, best))
	if err != nil {
		return err
	}
	if warning != "" {
		r.Warnings = append(r.Warnings, warning)
	}
	var experiment []Vector
	if opt.Experiment != "" {
		by := dataset.Grouping{Each: opt.Posterior.each(), Pooled: !slices.ContainsFunc(
			opt.Posterior.Conditions, func(d Draws) bool { return d.Subject != "" })}
		units, _, err := dataset.ExperimentUnits(opt.Spec, opt.Experiment, by)
		if err != nil {
			return err
		}
		var list []Unit
		for _, u := range units {
			list = append(list, unitOf(u))
		}
		experiment = Summaries(list, scale)
	}
	simulated, modes := Summaries(drawn, scale), Summaries(best, scale)
	if err := r.table(j, VectorsName, vectorsTable(experiment, simulated, modes, prior)); err != nil {
		return err
	}
	if err := r.table(j, ScaleName, scale.table()); err != nil {
		return err
	}
	if opt.Experiment == "" {
		return nil
	}
	quirks, err := profile.For(opt.Base.Profile)
	if err != nil {
		return err
	}
	c := NewCheck(quirks.MirrorPairs, scale, experiment, simulated, modes, prior)
	r.Check, r.Compared = c, len(c.Conditions)
	if len(c.Conditions) == 0 {
		return fmt.Errorf("%s: none of its conditions has simulations to compare with (units that pass "+
			"the filters, at least two)", opt.Experiment)
	}
	if n := len(opt.Posterior.Conditions) - len(c.Conditions); n > 0 {
		why := "no units that pass the filters"
		if quirks.MirrorPairs {
			why += ", or mirror images of other pairs of muscles"
		}
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d of %d conditions were not compared: %s", n,
			len(opt.Posterior.Conditions), why))
	}
	for k := range Features {
		r.Accuracy = append(r.Accuracy, c.Accuracy(k))
	}
	if err := r.table(j, AccuracyName, c.accuracyTable(r.Accuracy)); err != nil {
		return err
	}
	if err := r.table(j, DistancesName, c.distancesTable()); err != nil || opt.Picture == nil {
		return err
	}
	pictures, err := opt.Picture(c, j.Stage(""))
	for _, p := range pictures {
		rel, rerr := filepath.Rel(j.Stage(""), p)
		err = errors.Join(err, rerr)
		r.Outputs = append(r.Outputs, filepath.Join(opt.Out, rel))
	}
	return err
}

// table stages a table.
func (r *Report) table(j *job.Job, name string, t *table.Table) error {
	r.Outputs = append(r.Outputs, filepath.Join(j.Dir, name))
	return t.Write(j.Stage(name))
}

// each reports whether the conditions are single recordings.
func (p *Posterior) each() bool {
	return slices.ContainsFunc(p.Conditions, func(d Draws) bool { return d.Recording != "" })
}

// key columns of a condition.
func (c Condition) key() []string {
	return []string{c.Subject, c.MusclePair, table.Float(c.Intensity)}
}

// identified appends the column recording to a table whose conditions are single recordings; of
// has that of every row.
func identified(t *table.Table, of []string) *table.Table {
	if !slices.ContainsFunc(of, func(r string) bool { return r != "" }) {
		return t
	}
	t.Columns = append(t.Columns, feature.Recording)
	for i := range t.Rows {
		t.Rows[i] = append(t.Rows[i], of[i])
	}
	return t
}

// table lists mean and population SD by which features are standardised.
func (s Scale) table() *table.Table {
	t := &table.Table{Columns: []string{"feature", "mu", "sigma"}}
	for k, f := range Features {
		t.Add(f, table.Float(s.Mean[k]), table.Float(s.SD[k]))
	}
	return t
}

// vectorsTable lists standardised vectors.
func vectorsTable(experiment, draws, best, prior []Vector) *table.Table {
	t := &table.Table{Columns: append([]string{"kind", "subject", "muscle_pair", "intensity",
		"sim_name", "units"}, vectorColumns()...)}
	var of []string
	for _, part := range []struct {
		kind string
		list []Vector
	}{{"experiment", experiment}, {"draw", draws}, {"best", best}, {KindPrior, prior}} {
		for _, v := range part.list {
			row := append([]string{part.kind}, v.key()...)
			if v.MusclePair == "" {
				row[3] = "" // of no condition
			}
			row = append(row, v.Sim, fmt.Sprint(v.Units))
			for _, x := range v.X {
				row = append(row, table.Float(x))
			}
			t.Add(row...)
			of = append(of, v.Recording)
		}
	}
	return identified(t, of)
}

// accuracyTable has a row per feature and condition, and one per feature with the scores.
func (c *Check) accuracyTable(list []Accuracy) *table.Table {
	t := &table.Table{Columns: []string{"feature", "subject", "muscle_pair", "intensity", "experiment",
		"predicted", "best", "rmse", "r2", "r2_linear", "pearson_r", "spearman_rho", "abs_diff_mean",
		"abs_diff_sd", "abs_diff_median", "abs_diff_q1", "abs_diff_q3", "abs_diff_min", "abs_diff_max"}}
	var of []string
	for _, a := range list {
		for i, cond := range c.Conditions {
			row := append([]string{a.Feature}, cond.key()...)
			row = append(row, table.Float(a.Experiment[i]), table.Float(a.Predicted[i]),
				table.Float(a.Best[i]))
			t.Add(append(row, make([]string, 12)...)...)
			of = append(of, cond.Recording)
		}
		row := []string{a.Feature, "", "ALL", "", "", "", ""}
		for _, v := range []float64{a.RMSE, a.R2, a.R2Linear, a.Pearson, a.Spearman, a.AbsDiff.Mean,
			a.AbsDiff.SD, a.AbsDiff.Median, a.AbsDiff.Q1, a.AbsDiff.Q3, a.AbsDiff.Low, a.AbsDiff.High} {
			row = append(row, table.Float(v))
		}
		t.Add(row...)
		of = append(of, "")
	}
	return identified(t, of)
}

// distancesTable has a row per condition, kind and metric; ALL pools the samples of all
// conditions; AVERAGE is the average of the conditions' means and SDs. Three decimals.
func (c *Check) distancesTable() *table.Table {
	t := &table.Table{Columns: []string{"subject", "muscle_pair", "intensity", "kind", "metric", "n",
		"mean", "sd", "median", "q1", "q3", "min", "max", feature.Recording}}
	add := func(cond Condition, intensity, kind, metric string, s stats.Spread) {
		row := []string{cond.Subject, cond.MusclePair, intensity, kind, metric, fmt.Sprint(s.N)}
		for _, v := range []float64{s.Mean, s.SD, s.Median, s.Q1, s.Q3, s.Low, s.High} {
			if v != v {
				row = append(row, "")
				continue
			}
			row = append(row, fmt.Sprintf("%.3f", v))
		}
		t.Add(append(row, cond.Recording)...)
	}
	for _, d := range c.Distances() {
		for metric, lists := range map[string][][]float64{"rmse": d.RMSE, "r2": d.R2} {
			var means, sds []float64
			for i, v := range lists {
				s := stats.SpreadOf(v)
				add(c.Conditions[i], table.Float(c.Conditions[i].Intensity), d.Kind, metric, s)
				if s.N > 0 {
					means, sds = append(means, s.Mean), append(sds, s.SD)
				}
			}
			add(Condition{MusclePair: "ALL"}, "", d.Kind, metric, stats.SpreadOf(slices.Concat(lists...)))
			average := stats.SpreadOf(nil)
			average.N, average.Mean, average.SD = len(means), stats.SpreadOf(means).Mean,
				stats.SpreadOf(sds).Mean
			add(Condition{MusclePair: "AVERAGE"}, "", d.Kind, metric, average)
		}
	}
	slices.SortStableFunc(t.Rows,
		func(a, b []string) int { return strings.Compare(a[3]+"|"+a[4], b[3]+"|"+b[4]) })
	last := len(t.Columns) - 1
	if !slices.ContainsFunc(t.Rows, func(row []string) bool { return row[last] != "" }) {
		t.Columns = t.Columns[:last]
		for i := range t.Rows {
			t.Rows[i] = t.Rows[i][:last]
		}
	}
	return t
}
