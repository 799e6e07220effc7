package inference

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/draws"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/seed"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
)

// Previous are posteriors of single muscles. What they tell of a muscle (self inhibition,
// second input) is a feature when a pair of muscles is inferred.
type Previous struct {
	path string
	// rows are by participant, muscle, intensity and recording; in the order of selfParameters.
	rows map[string][][]float64
}

// previousCopies is how many draws of the previous posterior stand for a muscle.
const previousCopies = 100

func previousKey(subject, muscle string, intensity float64, recording string) string {
	return fmt.Sprintf("%s|%s|%g|%s", subject, muscle, intensity, recording)
}

// ReadPrevious reads a table of posterior draws of single muscles
// (posterior_samples_each_subject.csv or posterior_samples_subjects_grouped.csv). Errors
// name file, line and column.
func ReadPrevious(path string) (*Previous, error) {
	if _, err := job.Ready(filepath.Dir(path), sbi.ManifestName); err != nil {
		return nil, err
	}
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, p := range feature.SelfParameters {
		names = append(names, strings.TrimSuffix(p, "_self"))
	}
	p := &Previous{path: path, rows: map[string][][]float64{}}
	return p, draws.Each(t, path, names, func(d draws.Draw) error {
		muscle, other, _ := strings.Cut(d.MusclePair, "<->")
		if other != muscle {
			return fmt.Errorf("%s: line %d: muscle_pair %q: posteriors within single muscles (A<->A) are "+
				"expected", path, d.Line, d.MusclePair)
		}
		// of the participant, and of all together; of the recording, and of all together
		for _, who := range slices.Compact([]string{d.Subject, ""}) {
			for _, recording := range slices.Compact([]string{d.Recording, ""}) {
				key := previousKey(who, muscle, d.Intensity, recording)
				p.rows[key] = append(p.rows[key], d.Values)
			}
		}
		return nil
	})
}

// of gives the draws for the unit's own muscle of a condition (left of <->).
func (p *Previous) of(o *dataset.Observation) ([][]float64, error) {
	if p == nil {
		return nil, errors.New("what is known of the muscle itself is a feature of pairs: give the " +
			"posterior within single muscles (--previous), or take the mean of the training simulations " +
			"(--placeholder)")
	}
	muscle, _, _ := strings.Cut(o.MusclePair, "<->")
	rows := p.rows[previousKey(o.Subject, muscle, o.Intensity, o.Recording)]
	if len(rows) == 0 { // inferred from all recordings of the condition
		rows = p.rows[previousKey(o.Subject, muscle, o.Intensity, "")]
	}
	if len(rows) == 0 {
		who := "participant " + o.Subject
		if o.Subject == "" {
			who = "any participant"
		}
		return nil, fmt.Errorf("%s has no draws of %s<->%s, %g %% of %s; --placeholder goes on with "+
			"the mean of the training simulations", p.path, muscle, muscle, o.Intensity, who)
	}
	return rows, nil
}

// contexts are the features of a condition of a pair: one copy for every one of up to
// previousCopies draws of the previous posterior, or the condition itself if placeholder
// allows it (its self parameters are the training mean).
func contexts(e *sbi.Estimator, o *dataset.Observation, opt Options, draws int,
	from uint64) ([][]float64, error) {
	if o.Complete || e.Config.Spec == nil || e.Config.Spec.Case != feature.Pair {
		return [][]float64{o.X}, nil
	}
	previous, err := opt.Previous.of(o)
	if err != nil && opt.Placeholder {
		return [][]float64{o.X}, nil
	}
	if err != nil {
		return nil, err
	}
	rng := seed.Stream(from, "previous posterior")
	out := make([][]float64, min(previousCopies, draws))
	for r := range out {
		row := previous[rng.IntN(len(previous))]
		x := slices.Clone(o.X)
		for k, name := range feature.SelfParameters {
			x[slices.Index(e.Config.X, name)] = sbi.ScaleFor(e.Config.FeatureScale, name).Standard(row[k])
		}
		out[r] = x
	}
	return out, nil
}
