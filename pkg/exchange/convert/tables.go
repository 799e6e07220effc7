package convert

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/process"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/profile"
)

// Names of the tables of the force.
const (
	ForceVariability = "force_variability_by_plateau.csv"
	ForcePSD         = "force_psd_mean_by_condition.csv"
)

// PropertyColumns documents MU_properties*.csv.
var PropertyColumns = []table.Column{
	{Name: "subject", Meaning: "participant"},
	{Name: "condition", Meaning: "muscle group and intensity, from the file name"},
	{Name: "MU_idx", Meaning: "number of the motor unit in the recording, from 0 over all grids"},
	{Name: "muscle_of_MU", Meaning: "muscle of the unit's grid"},
	{Name: "grid", Meaning: "electrode grid, from 0"},
	{Name: "Recruitment_thresholds", Meaning: "force at recruitment, per plateau", Unit: "% MVC"},
	{Name: "Recruitment_threshold_mean", Meaning: "mean over plateaus", Unit: "% MVC"},
	{Name: "firing_rates", Meaning: "discharge rate (1 / mean inter-spike interval), per plateau",
		Unit: "Hz"},
	{Name: "firing_rates_mean", Meaning: "mean over plateaus", Unit: "Hz"},
	{Name: "cov", Meaning: "coefficient of variation of the inter-spike interval, per plateau",
		Unit: "1"},
	{Name: "cov_mean", Meaning: "mean over plateaus", Unit: "1"},
	{Name: recordingColumn, Meaning: "name of the recording's file, which identifies it; profile " +
		"paper has no such column"},
}

// recordingColumn says which recording a row is of. The study's tables do not have it.
const recordingColumn = "recording"

// identified appends the column recording to a table of one recording, except in profile paper.
func identified(t *table.Table, p *process.Processed) *table.Table {
	if !profile.IsPaper(p.Config.Profile) {
		identify(t, func([]string) string { return p.Name.Recording })
	}
	return t
}

// identify appends the column recording.
func identify(t *table.Table, name func(row []string) string) {
	for i, row := range t.Rows {
		t.Rows[i] = append(slices.Clone(row), name(row))
	}
	t.Columns = append(slices.Clone(t.Columns), recordingColumn)
}

// Properties is the table of unit properties of one recording.
func Properties(p *process.Processed) *table.Table {
	t := &table.Table{}
	for _, c := range PropertyColumns[:len(PropertyColumns)-1] {
		t.Columns = append(t.Columns, c.Name)
	}
	for _, u := range p.Units {
		q := u.Properties
		t.Add(p.Name.Subject, p.Name.Condition, strconv.Itoa(u.Index), u.Muscle, strconv.Itoa(u.Grid),
			table.List(q.ThresholdMVC), table.Float(process.MeanOf(q.ThresholdMVC)),
			table.List(q.RateHz), table.Float(process.MeanOf(q.RateHz)),
			table.List(q.CoV), table.Float(process.MeanOf(q.CoV)))
	}
	return identified(t, p)
}

// forceName is the muscle group and intensity of the force tables.
func forceName(n recording.Name) (group, intensity string) {
	group, intensity = n.Group, n.Condition
	if _, rest, ok := strings.Cut(n.Condition, "_"); ok {
		intensity = rest
	}
	if group == "Fingers" {
		group = "FDI"
	}
	return group, intensity
}

func variability(p *process.Processed) *table.Table {
	t := &table.Table{Columns: []string{
		"subject", "muscle", "intensity", "plateau_index", "std", "cov"}}
	group, intensity := forceName(p.Name)
	for k := range p.Force.Std {
		t.Add(p.Name.Subject, group, intensity, strconv.Itoa(k+1), table.Float(p.Force.Std[k]),
			table.Float(p.Force.CoV[k]))
	}
	return identified(t, p)
}

func forcePSD(p *process.Processed, cfg process.Config) *table.Table {
	t := &table.Table{Columns: []string{"subject", "muscle", "intensity"}}
	top := cfg.PSDMaxHz
	if cfg.LegacyPSDLabels {
		top = 10 // the original labels 0-15 Hz as if it were 0-10 Hz
	}
	for b := 0; b < cfg.PSDBins; b++ {
		centreHz := (float64(b) + 0.5) * top / float64(cfg.PSDBins)
		t.Columns = append(t.Columns, psdLabel(centreHz, cfg.LegacyPSDLabels))
	}
	group, intensity := forceName(p.Name)
	row := []string{p.Name.Subject, group, intensity}
	for _, v := range p.Force.PSDMean {
		row = append(row, table.Float(v))
	}
	t.Add(row...)
	return identified(t, p)
}

// psdLabel names a column by its centre; two decimals would make 0.125 Hz and its
// neighbours inexact, so the true labels have three.
func psdLabel(centreHz float64, legacy bool) string {
	if legacy {
		return fmt.Sprintf("f_%.2fHz", centreHz)
	}
	return fmt.Sprintf("f_%.3fHz", centreHz)
}

// writeTables writes the table of every recording and those of the whole folder dir, brought up to
// date; stage is where a file of the folder is written to. The caller holds the folder's lock.
func writeTables(dir string, stage func(name string) string, results []Result,
	cfg process.Config) error {
	written := false
	add := func(recording string, t *table.Table, name string, keys int) error {
		written = true
		return merge(filepath.Join(dir, name), stage(name), recording, t, keys)
	}
	for i := range results {
		p := results[i].processed
		if p == nil {
			continue
		}
		props := Properties(p)
		if err := props.Write(stage("MU_properties_" + p.Name.Recording + ".csv")); err != nil {
			return err
		}
		if err := add(p.Name.Recording, props, recording.PropertiesName, 2); err != nil {
			return err
		}
		if p.Force == nil || len(p.Force.Plateaus) == 0 {
			continue
		}
		if err := add(p.Name.Recording, variability(p), ForceVariability, 3); err != nil {
			return err
		}
		if err := add(p.Name.Recording, forcePSD(p, cfg), ForcePSD, 3); err != nil {
			return err
		}
	}
	if !written {
		return nil
	}
	return table.WriteDictionary(stage("MU_properties.columns.json"), PropertyColumns)
}

// merge replaces, in the table at path, the rows of t's recordings by those of t, and sorts. Rows
// of one recording share the column recording, or in tables of profile paper the first `keys`
// columns. A table with other columns is replaced, but where only one of both has the column
// recording, the other gets it. The result is staged; what is staged already counts instead of the
// table at path.
func merge(path, staged, recording string, t *table.Table, keys int) error {
	old, err := table.Read(staged)
	if errors.Is(err, os.ErrNotExist) {
		old, err = table.Read(path)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if old != nil {
		switch with := func(c []string) []string { return append(slices.Clone(c), recordingColumn) }; {
		case slices.Equal(with(old.Columns), t.Columns):
			identify(old, func(row []string) string { return formerName(old, row, filepath.Dir(path)) })
		case slices.Equal(with(t.Columns), old.Columns):
			identify(t, func([]string) string { return recording })
		}
	}
	if old == nil || !slices.Equal(old.Columns, t.Columns) {
		old = &table.Table{Columns: t.Columns}
	}
	own := t.Col(recordingColumn)
	key := func(row []string) string { return strings.Join(row[:keys], "\x00") }
	identity := func(row []string) string {
		if own >= 0 {
			return row[own]
		}
		return key(row)
	}
	mine := map[string]bool{}
	for _, r := range t.Rows {
		mine[identity(r)] = true
	}
	out := &table.Table{Columns: t.Columns}
	for _, r := range old.Rows {
		if !mine[identity(r)] {
			out.Rows = append(out.Rows, r)
		}
	}
	out.Rows = append(out.Rows, t.Rows...)
	sort.SliceStable(out.Rows, func(i, j int) bool {
		a, b := out.Rows[i], out.Rows[j]
		if own >= 0 && key(a) == key(b) {
			return job.NaturalLess(a[own], b[own])
		}
		return job.NaturalLess(key(a), key(b))
	})
	return out.Write(staged)
}

// formerName is the recording of a row without that column: it was called <subject>_<condition>. ""
// if no recording of that name is in the folder.
func formerName(t *table.Table, row []string, dir string) string {
	name := row[t.Col("subject")]
	for _, column := range []string{"condition", "muscle", "intensity"} {
		if c := t.Col(column); c >= 0 {
			name += "_" + row[c]
		}
	}
	if _, err := os.Stat(filepath.Join(dir, name+".h5")); err != nil {
		return ""
	}
	return name
}

// ResultTable shows what became of the inputs.
func ResultTable(results []Result) *table.Table {
	t := &table.Table{Columns: []string{
		"recording", "units", "muscles", "plateaus", "warnings", "left out", "error"}}
	for _, r := range results {
		t.Add(filepath.Base(r.Input), strconv.Itoa(r.Units), strings.Join(r.Muscles, ", "),
			strconv.Itoa(r.Plateaus), strconv.Itoa(len(r.Warnings)), r.LeftOut, r.Error)
	}
	return t
}

// NameTable shows what the inputs were understood as (Understand, or Run).
func NameTable(results []Result) *table.Table {
	t := &table.Table{Columns: []string{"file", "subject", "muscle group", "intensity (% MVC)",
		"session", "run", "trial", "recording", "units", "remark"}}
	for _, r := range results {
		n := r.Name
		intensity := ""
		if n.IntensityMVC > 0 {
			intensity = strconv.FormatFloat(n.IntensityMVC, 'f', -1, 64)
		}
		t.Add(filepath.Base(r.Input), n.Subject, n.Group, intensity, n.Session, n.Run, n.Trial,
			n.Recording, strconv.Itoa(r.Units), r.remark())
	}
	return t
}

// remark is what is wrong or doubtful.
func (r Result) remark() string {
	var parts []string
	if r.Error != "" {
		parts = append(parts, "ERROR: "+strings.TrimPrefix(r.Error, r.Input+": "))
	}
	if r.LeftOut != "" {
		parts = append(parts, "left out: "+r.LeftOut)
	}
	return strings.Join(append(parts, r.Warnings...), "; ")
}
