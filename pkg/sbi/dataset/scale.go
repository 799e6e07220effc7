package dataset

import (
	"fmt"
	"math"
	"slices"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
)

// UseScale tells how the features of an imported network were standardised: a table with
// the columns feature, mu and sigma. It is then used as one of the study's: units and
// statistics of the paper's profile. A feature without a row, or a sigma that is not
// positive, is an error that names it.
func UseScale(e *sbi.Estimator, path string) error {
	kase := feature.Single
	if slices.Contains(e.Config.X, feature.SelfParameters[0]) {
		kase = feature.Pair
	}
	s := sbi.DefaultSpec(kase, profile.PaperName)
	s.Prior = e.Config.Theta
	t, err := table.Read(path)
	if err != nil {
		return err
	}
	at, err := t.Need(path, "feature", "mu", "sigma")
	if err != nil {
		return err
	}
	var scale []sbi.FeatureScale
	for _, name := range s.UnitFeatures() {
		r := slices.IndexFunc(t.Rows, func(row []string) bool { return row[at[0]] == name })
		if r < 0 {
			return fmt.Errorf("%s: no row of the feature %s", path, name)
		}
		mu, errM := table.ParseFloat(t.Rows[r][at[1]])
		sigma, errS := table.ParseFloat(t.Rows[r][at[2]])
		if errM != nil || errS != nil || math.IsNaN(mu) || math.IsInf(mu, 0) || !(sigma > 0) ||
			math.IsInf(sigma, 0) {
			return fmt.Errorf("%s: %s: mu %q, sigma %q; a finite number and a positive one are expected",
				path, name, t.Rows[r][at[1]], t.Rows[r][at[2]])
		}
		scale = append(scale, sbi.FeatureScale{Feature: name, Mean: mu, SD: sigma})
	}
	e.Config.Spec, e.Config.FeatureScale = &s, scale
	return nil
}
