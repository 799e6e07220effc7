package dataset

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
)

// Observation is one condition of an experiment with its features.
type Observation struct {
	Subject    string    // "" if participants are pooled
	MusclePair string    // A<->A
	Intensity  float64   // % MVC
	Recording  string    // "" where the recordings of a condition are pooled
	Recordings []string  // names of those that the units are of; nil if not known
	Units      int       // 0: not known
	X          []float64 // C features, in the order of Spec.XNames

	// Columns and Key name the condition in tables.
	Columns, Key []string
	Name         string // of a row that has no muscle
	// Complete tells that X holds what is known of the muscle itself (pairs).
	Complete bool
}

// Label names the condition, as in messages and seeds.
func (o *Observation) Label() string {
	if o.MusclePair == "" {
		return o.Name
	}
	label := fmt.Sprintf("%s %s %g %% %s", o.Subject, o.MusclePair, o.Intensity, o.Recording)
	return strings.TrimSpace(label)
}

// Grouping says which units of an experiment make one condition. The zero value: those of one
// participant, muscle and intensity, in all recordings (trials, runs, sessions).
type Grouping struct {
	Pooled bool // of all participants, as if of one pool
	Each   bool // of each recording by itself
}

// ExperimentSet makes the observations of an experiment's table (renshaw summarize --kind
// experiment), one per condition. scale standardises the features as in training; nil leaves
// them.
func ExperimentSet(s *sbi.Spec, path string, scale []sbi.FeatureScale,
	by Grouping) ([]Observation, sbi.Dropped, error) {
	rows, conditions, dropped, err := experimentRows(s, path, scale, by)
	if err != nil {
		return nil, nil, err
	}
	if scale != nil {
		applyScale(rows, scale)
	}
	set := &Set{Dropped: dropped}
	set.gather(s, rows, s.Filters.Experiment.MinUnits, false)
	width := len(s.XNames())
	var out []Observation
	for i, g := range set.Groups {
		o := conditions[g]
		o.X = set.X[i*width : (i+1)*width]
		o.Columns, o.Key = []string{"muscle_pair", "intensity"},
			[]string{o.MusclePair, table.Float(o.Intensity)}
		if !by.Pooled {
			o.Columns, o.Key = append([]string{"subject"}, o.Columns...),
				append([]string{o.Subject}, o.Key...)
		}
		if by.Each {
			o.Columns, o.Key = append(o.Columns, feature.Recording), append(o.Key, o.Recording)
		}
		for _, u := range rows {
			if u.group != g {
				continue
			}
			o.Units++
			if u.recording != "" && !slices.Contains(o.Recordings, u.recording) {
				o.Recordings = append(o.Recordings, u.recording)
			}
		}
		out = append(out, o)
	}
	return out, dropped, nil
}

// ErrNoUnits means that an experiment's table has no unit that a spec could use.
var ErrNoUnits = errors.New("no unit passes the filters")

// experimentRows reads the units that pass the filters, and the condition of every group.
func experimentRows(s *sbi.Spec, path string, scale []sbi.FeatureScale,
	by Grouping) ([]Row, map[string]Observation, sbi.Dropped, error) {
	dropped := sbi.Dropped{}
	conditions := map[string]Observation{}
	var rows []Row
	err := EachExperimentRow(s, path, scale, by, func(u Row, o Observation, reason string) {
		if reason != "" {
			dropped[reason]++
			return
		}
		conditions[u.group] = o
		rows = append(rows, u)
	})
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("%s: %w (%v); see the table of exclusions beside it, or renshaw check", path,
			ErrNoUnits, dropped)
	}
	return rows, conditions, dropped, err
}

// EachExperimentRow calls f for every row of a table; reason tells the filter that leaves
// it out, and o is empty for rows that do not concern the spec at all.
func EachExperimentRow(s *sbi.Spec, path string, scale []sbi.FeatureScale, by Grouping,
	f func(u Row, o Observation, reason string)) error {
	t, path, err := ExperimentTable(path, s.Perspective)
	if err != nil {
		return err
	}
	units, err := feature.OfExperiment(t, path, s.View())
	if err != nil {
		return err
	}
	if by.Each && t.Col(feature.Recording) < 0 {
		return fmt.Errorf(
			"%s: has no column recording, so recordings cannot be inferred one by one; run "+
				"renshaw summarize again", path)
	}
	if err := distinctUnits(s, t, path); err != nil {
		return err
	}
	var placeholder []float64 // an experiment's table has no parameters
	if s.Case == feature.Pair {
		for _, name := range feature.SelfParameters {
			placeholder = append(placeholder, sbi.ScaleFor(scale, name).Mean)
		}
	}
	for r := range t.Rows {
		u, o, reason, err := experimentRow(s, units, r, by)
		if err != nil {
			return err
		}
		u.values = append(u.values, placeholder...)
		f(u, o, reason)
	}
	return nil
}

// ExperimentTable reads a table of units, and tells which file that was. The filtered table
// of summarize holds the perspective with most counts only; if that is not the wanted one,
// the table of all perspectives beside it (<name>_RAW.csv) is taken.
func ExperimentTable(path, perspective string) (*table.Table, string, error) {
	t, err := table.Read(path)
	if err != nil {
		return nil, path, err
	}
	k := t.Col("perspective")
	if k < 0 || slices.ContainsFunc(t.Rows, func(row []string) bool { return row[k] == perspective }) {
		return t, path, nil
	}
	stem, gz := strings.CutSuffix(path, ".gz")
	raw := strings.TrimSuffix(stem, ".csv") + "_RAW.csv"
	if gz {
		raw += ".gz"
	}
	all, err := table.Read(raw)
	if err != nil {
		return nil, path, fmt.Errorf("%s: holds no row of perspective %s, and the table of all "+
			"perspectives cannot be read: %w", path, perspective, err)
	}
	return all, raw, nil
}

// experimentRow reads a row; reason is the filter that leaves it out.
func experimentRow(s *sbi.Spec, units *feature.Table, r int, by Grouping) (u Row, o Observation,
	reason string, err error) {
	intensity, err := units.Number(r, "intensity")
	if err != nil {
		return u, o, "", err
	}
	pair := units.Text(r, "muscle_pair")
	muscle, _, _ := feature.Muscles(pair)
	switch {
	case !units.Seen(r):
		return u, o, "other perspective or direction", nil
	case units.Within(r) != (s.Case == feature.Single):
		return u, o, "other pair of muscles", nil
	}
	o = Observation{Subject: units.Text(r, "subject"), MusclePair: pair, Intensity: intensity}
	if by.Pooled {
		o.Subject = ""
	}
	if c := units.Col(feature.Recording); c >= 0 {
		u.recording = units.Rows[r][c]
	}
	if by.Each {
		o.Recording = u.recording
	}
	f := s.Filters
	switch {
	case len(f.Intensities) > 0 && !slices.Contains(f.Intensities, intensity):
		return u, o, "intensity", nil
	case len(f.Muscles) > 0 && !slices.Contains(f.Muscles, muscle):
		return u, o, "muscle", nil
	}
	if u.NSpikes, err = units.Number(r, "n_spikes"); err != nil {
		return u, o, "", err
	}
	if reason, err = units.Below(r, f.Experiment); err != nil || reason != "" {
		return u, o, reason, err
	}
	if u.values, err = units.Features(r); err != nil {
		return u, o, "", err
	}
	if math.IsNaN(u.values[feature.Area]) || math.IsNaN(u.values[feature.Peak]) {
		return u, o, "area or peak missing", nil
	}
	u.group = fmt.Sprintf("%s|%s|%g", o.Subject, pair, intensity)
	if by.Each {
		u.group += "|" + o.Recording
	}
	return u, o, "", nil
}

// distinctUnits reports a unit that stands in a table twice: tables of earlier versions, which do
// not tell trials apart, multiply units. The study's tables mirror rows, which are not looked at.
func distinctUnits(s *sbi.Spec, t *table.Table, path string) error {
	if profile.IsPaper(s.Profile) || t.Col("MU_idx") < 0 {
		return nil
	}
	var at []int
	for _, c := range []string{feature.Recording, "subject", "intensity", "muscle_pair", "MU_idx",
		"perspective", "direction"} {
		if i := t.Col(c); i >= 0 {
			at = append(at, i)
		}
	}
	seen := map[string]int{}
	for r, row := range t.Rows {
		if row[t.Col("MU_idx")] == "" {
			continue
		}
		var key []string
		for _, i := range at {
			key = append(key, row[i])
		}
		k := strings.Join(key, "|")
		if first, ok := seen[k]; ok {
			return fmt.Errorf("%s: lines %d and %d are the same unit (%s); run renshaw summarize again, on "+
				"recordings converted by this version", path, first+2, r+2, strings.Join(key, ", "))
		}
		seen[k] = r
	}
	return nil
}
