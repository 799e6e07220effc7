package paper

import (
	"path/filepath"

	"example.org/renshaw/pkg/figure/posteriors"
	"example.org/renshaw/pkg/sbi/predictive"
)

// readPosteriors reads the posterior tables of a study; *Missing if there are none.
func readPosteriors(s *Study) (*posteriors.Set, error) {
	p, err := posteriors.Read(s.Dir)
	if err != nil {
		return nil, err
	}
	p.Mirrored = s.Mirrored
	if len(p.Groups) == 0 {
		return nil, &Missing{Dir: s.Dir, Files: []string{
			"posterior_samples_each_subject.csv", "posterior_samples_subjects_grouped_df.csv",
		}}
	}
	return p, nil
}

// readChecks are the predictive checks of a study, by folder: within muscles, and of pairs.
func readChecks(s *Study) ([]*predictive.Check, error) {
	var out []*predictive.Check
	for _, names := range [][]string{{predictive.VectorsName},
		{"ppc_experiment_units.csv", "ppc_experiment_units.csv.gz"}} {
		for _, n := range names {
			found, _ := filepath.Glob(filepath.Join(s.Dir, n))
			deeper, _ := filepath.Glob(filepath.Join(s.Dir, "*", n))
			for _, path := range append(found, deeper...) {
				c, err := predictive.ReadCheck(filepath.Dir(path), s.Mirrored)
				if err != nil {
					return nil, err
				}
				out = append(out, c)
			}
		}
	}
	if len(out) == 0 {
		return nil, &Missing{Dir: s.Dir,
			Files: []string{predictive.VectorsName, "ppc_experiment_units.csv"}}
	}
	return out, nil
}
