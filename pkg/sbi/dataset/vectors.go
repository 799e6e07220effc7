package dataset

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/sbi"
)

// Vector is a row of features in physical units, as statistics over units.
type Vector struct {
	Group string // name|pair of pools
	// Mean, Median, SD (of the sample), IQR of area, peak, timing and rate.
	Mean, Median, SD, IQR [4]float64
}

// TrainingVectors are the features of the estimator's training simulations, from its table
// of pairs: of every full simulation, if it was also subsampled. Scale is mean and SD of the
// features over units, in the order Area, Peak, Timing, Rate. Both are nil if the estimator
// does not hold them: it was imported, trained on a pairs table, or without some of the
// statistics. A table of pairs that is there and cannot be read is an error.
func TrainingVectors(e *sbi.Estimator) (vectors []Vector, scale []sbi.FeatureScale, err error) {
	s := e.Config.Spec
	if s == nil || e.Config.FeatureScale == nil {
		return nil, nil, nil
	}
	path := sbi.PairsPath(e.Dir)
	t, err := table.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil // an estimator may be without
	}
	if err != nil {
		return nil, nil, err
	}
	names := []string{}
	for _, f := range s.UnitFeatures()[:4] {
		for _, st := range sbi.StatisticNames {
			if t.Col(XPrefix+f+"_"+st) < 0 {
				return nil, nil, nil // other statistics
			}
			names = append(names, f+"_"+st)
		}
	}
	x, err := Numbers(t, path, XPrefix, names)
	if err != nil {
		return nil, nil, err
	}
	units := make([]float64, len(t.Rows)) // 0: not known
	if s.CountFeatures {
		if units, err = Numbers(t, path, XPrefix, []string{feature.LogUnits}); err != nil {
			return nil, nil, err
		}
	}
	group := t.Col("group")
	several := group >= 0 &&
		slices.ContainsFunc(t.Rows,
			func(row []string) bool { return strings.HasSuffix(row[group], "#1") })
	scale = e.Config.FeatureScale[:4]
	for r, row := range t.Rows {
		if several && !strings.HasSuffix(row[group], "#0") {
			continue
		}
		v := Vector{Group: row[group]}
		n := math.Exp(units[r])
		for k, f := range scale {
			at := x[r*16+4*k : r*16+4*k+4]
			v.Mean[k], v.Median[k], v.SD[k], v.IQR[k] = f.Mean+f.SD*at[0], f.Mean+f.SD*at[1], f.SD*at[2],
				f.SD*at[3]
			if n > 1.5 {
				v.SD[k] *= math.Sqrt(n / (n - 1)) // the pairs hold the population's
			}
		}
		vectors = append(vectors, v)
	}
	return vectors, scale, nil
}

// TrainingTheta are the parameters of all rows that the estimator was trained and
// validated on, row by row in unit-box coordinates; nil if it does not hold them. A table
// of pairs that is there and cannot be read is an error.
func TrainingTheta(e *sbi.Estimator) ([]float64, error) {
	path := sbi.PairsPath(e.Dir)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	p, err := ReadPairs(e, path)
	if err != nil {
		return nil, err
	}
	return p.Theta, nil
}
