package calibration

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
)

// Evaluation is what an estimator is judged on: the rows of a table that it was not trained
// on.
type Evaluation struct {
	sbi.Pairs
	Groups []string // names of the rows
	// OfTraining tells that the table is one of the training tables, of which only the
	// held-out rows count.
	OfTraining bool
}

// Thin keeps n rows, spread evenly; 0, or no more rows than that, keeps all.
func (v *Evaluation) Thin(n int) {
	if n <= 0 || n >= v.N {
		return
	}
	d, c := len(v.Theta)/v.N, len(v.X)/v.N
	out := sbi.Pairs{N: n}
	var groups []string
	for i := range n {
		r := i * v.N / n
		out.Theta, out.X, groups = append(out.Theta, v.Theta[r*d:(r+1)*d]...),
			append(out.X, v.X[r*c:(r+1)*c]...), append(groups, v.Groups[r])
	}
	v.Pairs, v.Groups = out, groups
}

// ReadEvaluation reads the rows of a table. Of a table that the estimator was trained on only
// the held-out rows count; of another table all.
func ReadEvaluation(e *sbi.Estimator, path string) (*Evaluation, error) {
	s := e.Config.Spec
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	var set *dataset.Set
	var roles []int
	switch {
	case dataset.IsPairs(t):
		p, err := dataset.PairsOf(e, t, path)
		if err != nil {
			return nil, err
		}
		set = &dataset.Set{Pairs: *p, Path: path}
		if set.Groups, roles, err = dataset.RolesOf(t, path); err != nil {
			return nil, err
		}
	case s == nil:
		return nil, fmt.Errorf("%s: an imported estimator is evaluated on a pairs table (role, "+
			"theta_unit_*, x_*)", path)
	default:
		if set, err = dataset.SimulationSet(s, e.Config.FeatureScale, path); err != nil {
			return nil, err
		}
	}
	sum, err := job.SumFile(path)
	if err != nil {
		return nil, err
	}
	if slices.Contains(e.Config.Extends, sum.SHA256) {
		return nil, fmt.Errorf("%s: the estimator was trained on this table, through the estimator "+
			"that it extends; evaluate it on the rows that were held out, of %s", path, sbi.PairsPath(e.Dir))
	}
	out := &Evaluation{OfTraining: roles != nil}
	known := map[string]int{}
	if roles == nil && slices.Contains(e.Config.HeldOutTables, sum.SHA256) {
		out.OfTraining = true
	} else if roles == nil && trainedOn(e, sum) {
		out.OfTraining = true
		for i, g := range e.Config.Groups {
			known[strings.TrimSuffix(g, "#0")] = e.Config.Roles[i]
		}
	}
	d, c := e.Flow.D(), e.Flow.C()
	for i := 0; i < set.N; i++ {
		role := sbi.RoleHeldOut
		if roles != nil {
			role = roles[i]
		} else if len(known) > 0 {
			role = known[set.Groups[i]]
		}
		if role != sbi.RoleHeldOut {
			continue
		}
		if k := set.Outside(i, d); k >= 0 {
			return nil, fmt.Errorf("%s: %s%s is %v, outside 0 to 1: no posterior reaches beyond the prior, "+
				"so the row cannot be judged; leave it out", set.Where(i), dataset.ThetaPrefix,
				e.Config.Theta[k].Name, set.Theta[i*d+k])
		}
		out.N++
		out.Theta = append(out.Theta, set.Theta[i*d:(i+1)*d]...)
		out.X = append(out.X, set.X[i*c:(i+1)*c]...)
		out.Groups = append(out.Groups, set.Groups[i])
	}
	if out.N == 0 {
		return nil, fmt.Errorf("%s: no row that the estimator was not trained on", path)
	}
	return out, nil
}

// trainedOn reports whether a table is an input of the training, by its checksum.
func trainedOn(e *sbi.Estimator, sum job.FileSum) bool {
	for _, in := range job.ReadManifest(filepath.Join(e.Dir, sbi.ManifestName)).Inputs {
		if in.SHA256 == sum.SHA256 {
			return true
		}
	}
	return false
}
