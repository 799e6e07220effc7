// Package readiness tells before any inference what a recording is good for: whether it has
// enough units and counts, whether it lies inside the range of the training simulations,
// and how wide a posterior to expect at its size.
package readiness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/folder"
	"example.org/renshaw/pkg/analysis/quality"
	"example.org/renshaw/pkg/analysis/summary"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
	"example.org/renshaw/pkg/sbi/inference"
)

// FewUnits is the smallest number of units that the training simulations were seen with;
// with fewer the spread between units is hardly known.
const FewUnits = analysis.FewestSeen

// Options of Check.
type Options struct {
	Estimator *sbi.Estimator // of renshaw train
	Seed      uint64         // of the draws for Recovery
	Workers   int            // at a time; results do not depend on it
}

// Muscle is the report of one muscle (or pair of muscles, for an estimator of pairs).
type Muscle struct {
	MusclePair   string         `json:"muscle_pair"`   // A<->B
	Intensity    float64        `json:"intensity"`     // % MVC
	Units        int            `json:"units"`         // with a cross-histogram
	Used         int            `json:"units_used"`    // that pass the filters
	LeftOut      map[string]int `json:"left_out"`      // by filter
	MedianCounts float64        `json:"median_counts"` // of the units used
	// InRange tells that the features are like those of the training simulations.
	InRange bool     `json:"inside_training_range"`
	Verdict string   `json:"verdict"` // the same in words
	Enough  bool     `json:"enough"`  // units for a posterior
	Advice  []string `json:"advice"`  // sentences for the user
	// Recovery says which widths to expect; nil without units.
	Recovery *inference.Recovery `json:"expected,omitempty"`
}

// Report is what Check found.
type Report struct {
	Recording string  `json:"recording"`  // path
	DurationS float64 `json:"duration_s"` // s
	Units     int     `json:"units"`      // of all muscles
	// Coincidence is the largest share of discharges that two units have in common, which is that of
	// the fewer; from quality.DuplicateShare on they are one unit.
	Coincidence float64  `json:"largest_coincidence"`
	Muscles     []Muscle `json:"muscles"`  // or ordered pairs of muscles
	Warnings    []string `json:"warnings"` // for the user
}

// Check analyses a recording (.h5) in a temporary folder as renshaw analyze would, without
// null distributions and coherence, and compares it with the estimator.
func Check(ctx context.Context, path string, opt Options) (*Report, error) {
	if opt.Estimator.Config.Spec == nil {
		return nil, errors.New("an imported estimator does not say how its features were made; use one " +
			"of renshaw train, or give --feature-scale")
	}
	loaded, err := recfile.ReadRecording(path, recfile.Options{})
	if err != nil {
		return nil, err
	}
	r := &Report{Recording: path, DurationS: loaded.Recording.DurationS,
		Units: len(loaded.Recording.Units)}
	r.coincidence(loaded.Recording, loaded.Truth != nil)
	temp, err := os.MkdirTemp("", "renshaw-check-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	tablePath, err := r.table(ctx, path, temp, opt)
	if err != nil {
		return nil, err
	}
	if err := r.fates(tablePath, opt); err != nil {
		return nil, err
	}
	if err := r.judge(ctx, tablePath, opt); err != nil {
		return nil, err
	}
	for i := range r.Muscles {
		r.Muscles[i].conclude(opt.Estimator.Config.Spec.Filters)
	}
	return r, nil
}

// coincidence looks for units that are there twice.
func (r *Report) coincidence(in *recording.Recording, simulated bool) {
	trains := make([][]float64, len(in.Units))
	for i, u := range in.Units {
		trains[i] = u.SpikesS
	}
	pairs := quality.Duplicates(trains)
	r.Coincidence = quality.Largest(trains).Share
	advice := "one unit twice, which distorts every feature; leave one out (renshaw convert does, " +
		"without --keep-duplicates)"
	if simulated {
		advice = "in a recording they would count as one unit twice"
	}
	for _, c := range quality.Redundant(trains, pairs) {
		a, b := in.Units[c.A], in.Units[c.B]
		r.Warnings = append(r.Warnings, fmt.Sprintf("units %d (%s) and %d (%s) have %.0f %% of their "+
			"discharges in common: %s", a.ID, a.Pool, b.ID, b.Pool, 100*c.Share, advice))
	}
}

// table makes the table of the recording's units.
func (r *Report) table(ctx context.Context, recording, temp string, opt Options) (string, error) {
	s := opt.Estimator.Config.Spec
	results, err := folder.Run(ctx, []string{recording},
		folder.Options{Out: temp, Workers: opt.Workers, Override: func(p *analysis.Params) {
			p.Profile, p.NullDraws, p.Coherence, p.SaveCurves = s.Profile, 0, false, false
			p.MinSpikes = min(p.MinSpikes, s.Filters.Experiment.NSpikes)
			p.IgnoreHeteronymous, p.IgnoreHomonymous = s.Case == feature.Single, s.Case == feature.Pair
		}})
	if err != nil {
		return "", err
	}
	for _, a := range results {
		if a.Failed() {
			return "", fmt.Errorf("%s: %s", recording, a.Error)
		}
	}
	files, err := summary.Files(temp, false)
	if err != nil {
		return "", err
	}
	quirks, err := profile.For(s.Profile)
	if err != nil {
		return "", err
	}
	res, err := summary.Experiment(files,
		summary.ExperimentOptions{Properties: summary.FindProperties(filepath.Dir(recording), nil),
			Pairs:       "all",
			MirrorPairs: quirks.MirrorPairs, SubjectTwoCharacters: quirks.SubjectTwoCharacters})
	if err != nil {
		return "", err
	}
	r.Warnings = append(r.Warnings, res.Warnings...)
	path := filepath.Join(temp, "experiment.csv")
	_, err = res.Write(path)
	return path, err
}

// fates counts units, and which filter leaves out how many.
func (r *Report) fates(path string, opt Options) error {
	fates, err := dataset.ExperimentFates(opt.Estimator.Config.Spec, path)
	if err != nil {
		return err
	}
	counts := map[int][]float64{}
	for _, f := range fates {
		i := slices.IndexFunc(r.Muscles,
			func(m Muscle) bool { return m.MusclePair == f.MusclePair && m.Intensity == f.Intensity })
		if i < 0 {
			i = len(r.Muscles)
			r.Muscles = append(r.Muscles,
				Muscle{MusclePair: f.MusclePair, Intensity: f.Intensity, LeftOut: map[string]int{},
					Advice: []string{}})
		}
		m := &r.Muscles[i]
		m.Units++
		if f.Reason != "" {
			m.LeftOut[f.Reason]++
			continue
		}
		m.Used++
		counts[i] = append(counts[i], f.Counts)
	}
	for i, c := range counts {
		r.Muscles[i].MedianCounts = signal.Percentile(c, 50)
	}
	if len(r.Muscles) == 0 {
		return fmt.Errorf("%s: no unit has a cross-histogram for this estimator (%s)", r.Recording,
			opt.Estimator.Config.Spec.Case)
	}
	return nil
}

// judge compares every muscle that has units with the training simulations, and tries the
// estimator on simulations that were seen about as much.
func (r *Report) judge(ctx context.Context, path string, opt Options) error {
	if !slices.ContainsFunc(r.Muscles, func(m Muscle) bool { return m.Used > 0 }) {
		return nil
	}
	observations, verdicts, err := inference.Observe(opt.Estimator, path)
	if err != nil {
		return err
	}
	for k, o := range observations {
		for i := range r.Muscles {
			m := &r.Muscles[i]
			if m.MusclePair != o.MusclePair || m.Intensity != o.Intensity {
				continue
			}
			m.InRange, m.Verdict = !verdicts[k].Unusual, verdicts[k].String()
			if m.Recovery, err = inference.Recover(ctx, opt.Estimator, m.Used, m.MedianCounts, opt.Seed,
				opt.Workers); err != nil {
				return err
			}
		}
	}
	return nil
}

// conclude says what follows.
func (m *Muscle) conclude(f sbi.Filters) {
	limits := f.Experiment
	m.Enough = m.Used >= max(FewUnits, limits.MinUnits)
	if m.Used == 0 {
		m.Advice = append(m.Advice, "no unit passes the filters: there is nothing to infer from")
	} else if !m.Enough {
		m.Advice = append(m.Advice, fmt.Sprintf("%d units are fewer than the %d that the training "+
			"simulations had at least: the spread between units is hardly known", m.Used, FewUnits))
	}
	if n := m.LeftOut["intensity"] + m.LeftOut["muscle"]; n > 0 {
		m.Advice = append(m.Advice, fmt.Sprintf("the estimator's filters do not take this intensity or "+
			"muscle (filters: intensities %v, muscles %v)", f.Intensities, f.Muscles))
	}
	if n := m.LeftOut["n_spikes"]; n > 0 {
		m.Advice = append(m.Advice, fmt.Sprintf("%d units have %g counts or fewer in their "+
			"cross-histograms: longer plateaus, or more units to pair them with, would bring them in", n,
			limits.NSpikes))
	}
	if n := m.LeftOut["r2_full"] + m.LeftOut["r2_base"]; n > 0 {
		m.Advice = append(m.Advice, fmt.Sprintf("the baseline or peak-and-trough curve fits %d units "+
			"badly (r2_base, r2_full): look at their cross-histograms (renshaw analyze --figures)", n))
	}
	if m.Used > 0 && !m.InRange {
		m.Advice = append(m.Advice, "unlike the training simulations: a posterior would be an "+
			"extrapolation")
	}
}
