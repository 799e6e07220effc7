package inference

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
)

// observations reads what is to be inferred: a table of an experiment, or a pairs table,
// whose rows are one condition each.
func observations(e *sbi.Estimator, path string,
	by dataset.Grouping) ([]dataset.Observation, error) {
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	s := e.Config.Spec
	if slices.ContainsFunc(t.Columns,
		func(c string) bool { return strings.HasPrefix(c, dataset.XPrefix) }) {
		return pairsObservations(e, t, path)
	}
	switch {
	case s == nil:
		return nil, fmt.Errorf("%s: this estimator was imported: it does not say how its features were "+
			"standardised, so that an experiment cannot be put to it; give mean and SD of every feature "+
			"(--feature-scale FILE with columns feature, mu, sigma), or a pairs table (x_*)", path)
	case !slices.Equal(s.XNames(), e.Config.X):
		return nil, fmt.Errorf("%s: this estimator takes the features %v, which are not those of an "+
			"experiment's table (%v): it was trained on a pairs table; give it one (x_*)", path, e.Config.X,
			s.XNames())
	}
	out, _, err := dataset.ExperimentSet(s, path, e.Config.FeatureScale, by)
	return out, err
}

// pairsObservations takes every row as a condition, named by the columns that are neither
// theta, x nor role, or by its number. A table for pairs of muscles may lack what is known
// of the muscle itself.
func pairsObservations(e *sbi.Estimator, t *table.Table,
	path string) ([]dataset.Observation, error) {
	names := slices.Clone(e.Config.X)
	complete := true
	if slices.Contains(names, feature.SelfParameters[0]) &&
		t.Col(dataset.XPrefix+feature.SelfParameters[0]) < 0 {
		complete = false
		names = slices.DeleteFunc(names,
			func(n string) bool { return slices.Contains(feature.SelfParameters, n) })
	}
	x, err := dataset.Numbers(t, path, dataset.XPrefix, names)
	if err != nil {
		return nil, err
	}
	var columns []string
	for _, c := range t.Columns {
		if c != "role" && c != "" && !strings.HasPrefix(c, dataset.ThetaPrefix) &&
			!strings.HasPrefix(c, dataset.XPrefix) {
			columns = append(columns, c)
		}
	}
	out := make([]dataset.Observation, len(t.Rows))
	for r, row := range t.Rows {
		o := dataset.Observation{Name: fmt.Sprintf("row %d", r+1), Complete: complete, Columns: columns,
			X: make([]float64, len(e.Config.X))}
		for k, n := range names {
			o.X[slices.Index(e.Config.X, n)] = x[r*len(names)+k]
		}
		for _, c := range columns {
			v := row[t.Col(c)]
			o.Key = append(o.Key, v)
			switch c {
			case "subject":
				o.Subject = v
			case feature.Recording:
				o.Recording = v
			case "muscle_pair":
				o.MusclePair = v
			case "intensity":
				if o.Intensity, err = table.ParseFloat(v); err != nil {
					return nil, fmt.Errorf("%s: line %d: intensity: %q; a number is expected", path, r+2, v)
				}
			}
		}
		if len(columns) == 0 {
			o.Columns, o.Key = []string{"row"}, []string{strconv.Itoa(r + 1)}
		}
		out[r] = o
	}
	return out, distinct(out, path)
}

// distinct reports two rows with the same name: their results could not be told apart.
func distinct(list []dataset.Observation, path string) error {
	seen := map[string]int{}
	for r, o := range list {
		k := strings.Join(o.Key, "|")
		if first, ok := seen[k]; ok {
			return fmt.Errorf("%s: lines %d and %d are the same condition (%s)", path, first+2, r+2, k)
		}
		seen[k] = r
	}
	return nil
}
