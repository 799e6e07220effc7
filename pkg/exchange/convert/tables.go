package convert

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/process"
	"example.org/renshaw/pkg/run/job"
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
}

func names(columns []table.Column) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.Name
	}
	return out
}

// Properties is the table of unit properties of one recording.
func Properties(p *process.Processed) *table.Table {
	t := &table.Table{Columns: names(PropertyColumns)}
	for _, u := range p.Units {
		q := u.Properties
		t.Add(p.Name.Subject, p.Name.Condition, strconv.Itoa(u.Index), u.Muscle, strconv.Itoa(u.Grid),
			table.List(q.ThresholdMVC), table.Float(process.MeanOf(q.ThresholdMVC)),
			table.List(q.RateHz), table.Float(process.MeanOf(q.RateHz)),
			table.List(q.CoV), table.Float(process.MeanOf(q.CoV)))
	}
	return t
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
	return t
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
	return t
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
	add := func(t *table.Table, name string, keys int) error {
		written = true
		return merge(filepath.Join(dir, name), stage(name), t, keys)
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
		if err := add(props, recording.PropertiesName, 2); err != nil {
			return err
		}
		if p.Force == nil || len(p.Force.Plateaus) == 0 {
			continue
		}
		if err := add(variability(p), ForceVariability, 3); err != nil {
			return err
		}
		if err := add(forcePSD(p, cfg), ForcePSD, 3); err != nil {
			return err
		}
	}
	if !written {
		return nil
	}
	return table.WriteDictionary(stage("MU_properties.columns.json"), PropertyColumns)
}

// merge replaces, in the table at path, the rows that share the first `keys`
// columns with t by those of t, and sorts. A table with other columns is replaced. The result
// is staged; what is staged already counts instead of the table at path.
func merge(path, staged string, t *table.Table, keys int) error {
	old, err := table.Read(staged)
	if errors.Is(err, os.ErrNotExist) {
		old, err = table.Read(path)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if old == nil || strings.Join(old.Columns, ",") != strings.Join(t.Columns, ",") {
		old = &table.Table{Columns: t.Columns}
	}
	key := func(row []string) string { return strings.Join(row[:keys], "\x00") }
	mine := map[string]bool{}
	for _, r := range t.Rows {
		mine[key(r)] = true
	}
	out := &table.Table{Columns: t.Columns}
	for _, r := range old.Rows {
		if !mine[key(r)] {
			out.Rows = append(out.Rows, r)
		}
	}
	out.Rows = append(out.Rows, t.Rows...)
	sort.SliceStable(out.Rows,
		func(i, j int) bool { return job.NaturalLess(key(out.Rows[i]), key(out.Rows[j])) })
	return out.Write(staged)
}

// ResultTable shows what became of the inputs.
func ResultTable(results []Result) *table.Table {
	t := &table.Table{Columns: []string{
		"recording", "units", "muscles", "plateaus", "warnings", "error"}}
	for _, r := range results {
		t.Add(filepath.Base(r.Input), strconv.Itoa(r.Units), strings.Join(r.Muscles, ", "),
			strconv.Itoa(r.Plateaus), strconv.Itoa(len(r.Warnings)), r.Error)
	}
	return t
}

// NameTable shows what the names of the inputs tell.
func NameTable(inputs []string) *table.Table {
	t := &table.Table{Columns: []string{"file", "subject", "muscle group", "intensity (% MVC)"}}
	for _, in := range inputs {
		n := recording.ParseName(in)
		t.Add(filepath.Base(in), n.Subject, n.Group, strconv.FormatFloat(n.IntensityMVC, 'f', -1, 64))
	}
	return t
}
