// Package spiketable reads recordings of any decomposition program as tables of text: a row per
// discharge with the unit, its muscle and the time. Commas, semicolons or tabs separate the
// columns, decimals have a point or a comma, and the text is UTF-8, UTF-16 or Latin-1.
package spiketable

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/recording"
)

// Read reads a table with the columns unit, time_s (s from the start) or sample (from 0), and
// perhaps muscle and grid; docs/formats/table.md has the names that columns may have. Units are
// numbered in the order of their first appearance; equal names of units of two muscles are two
// units. Discharges stay in the order of the rows. There is no EMG and no force. Without a rate, 0,
// a table in seconds has recording.DefaultFsHz, and one in samples is an error. Errors name file
// and line.
func Read(path string, given recording.Given) (*recording.Raw, error) {
	in, err := open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	c, err := in.header()
	if err != nil {
		return nil, err
	}
	if c.twice != "" {
		return nil, fmt.Errorf("%s: column %q is there twice; rename or remove one", path, c.twice)
	}
	r := given.Start(path)
	t := table{lines: in, columns: c, r: r, given: given}
	if err := t.rows(); err != nil {
		return nil, err
	}
	if err := t.unitOfTimes(); err != nil {
		return nil, err
	}
	return r, given.AssignMuscles(r, c.grid >= 0)
}

// Check reports why a file is not a table of discharges, from its header alone.
func Check(path string) error {
	in, err := open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = in.header()
	return err
}

// Texts reads a table of any columns as spreadsheets write it, whatever separates its columns and
// however its text is encoded: the names of its columns, in lower case with _ for spaces, and its
// rows, each as long, with the number of its line. Errors name file and line.
func Texts(path string) (names []string, rows [][]string, at []int, err error) {
	in, err := open(path)
	if err != nil {
		return nil, nil, nil, err
	}
	defer in.Close()
	head, err := in.first()
	if err != nil {
		return nil, nil, nil, err
	}
	if head == nil {
		return nil, nil, nil, fmt.Errorf("%s: is empty; a header with the names of the columns is "+
			"expected",
			path)
	}
	for _, h := range head {
		names = append(names, normal(h))
	}
	for len(rows) < maxRows {
		row, err := in.next()
		if err != nil {
			return nil, nil, nil, err
		}
		if row == nil {
			break
		}
		if len(row) != len(head) {
			return nil, nil, nil, in.fail("has %d fields, the header %d", len(row), len(head))
		}
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		rows, at = append(rows, row), append(at, in.line)
	}
	return names, rows, at, nil
}

// columns are the positions of the columns; -1 if absent.
type columns struct {
	count                    int
	unit, muscle, grid, time int
	twice                    string          // a name that two columns have
	name                     string          // of the column of the time
	counts                   recording.Times // by the column's name; TimesOfFormat: unknown
}

// Names that columns may have, in lower case with _ for spaces.
var (
	unitNames = []string{"unit", "unit_id", "motor_unit", "motor_unit_id", "mu_id", "mu", "mu_idx",
		"mu_index", "unit_index", "unit_name", "unit_number", "units"}
	muscleNames = []string{"muscle", "target_muscle", "muscle_name"}
	gridNames   = []string{"grid", "grid_index"}
	timeNames   = []struct {
		in    recording.Times
		names []string
	}{
		{recording.TimesSeconds, []string{"time_s", "t_s", "onset", "onset_s", "spike_time_s",
			"spike_times_s", "discharge_time_s", "discharge_times_s", "seconds"}},
		{recording.TimesMs, []string{"time_ms", "t_ms", "onset_ms", "spike_time_ms",
			"spike_times_ms", "discharge_time_ms", "discharge_times_ms", "milliseconds"}},
		{recording.TimesSamples0, []string{"sample", "samples", "sample_index", "sample_number",
			"spike_sample", "discharge_sample"}},
		{"", []string{"time", "times", "t", "spike_time", "spike_times", "discharge_time",
			"discharge_times", "discharge", "firing_time", "firing_times"}},
	}
)

// normal is a name as the lists have it: "Time (s)" is time_s.
func normal(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	name = strings.NewReplacer("(", " ", ")", "", "[", " ", "]", "").Replace(name)
	return strings.Join(strings.FieldsFunc(name,
		func(r rune) bool { return r == ' ' || r == '-' || r == '_' }), "_")
}

// maxShown bounds a header in a message.
const maxShown = 120

// columnsOf finds the columns in a header.
func columnsOf(head []string) (columns, error) {
	names := make([]string, len(head))
	for i, h := range head {
		names[i] = normal(h)
	}
	find := func(list []string) int {
		for _, name := range list {
			if i := slices.Index(names, name); i >= 0 {
				return i
			}
		}
		return -1
	}
	twice := ""
	for i, name := range names {
		if name != "" && slices.Contains(names[:i], name) {
			twice = head[i]
		}
	}
	c := columns{count: len(head), twice: twice, unit: find(unitNames), muscle: find(muscleNames),
		grid: find(gridNames), time: -1}
	for _, t := range timeNames {
		if i := find(t.names); i >= 0 && c.time < 0 {
			c.time, c.counts, c.name = i, t.in, strings.TrimSpace(head[i])
		}
	}
	if c.unit < 0 || c.time < 0 {
		found := []rune(strings.Join(head, ", "))
		if len(found) > maxShown {
			found = append(found[:maxShown], '…')
		}
		return c, fmt.Errorf("expected the columns unit and time_s (or sample), and muscle if there are "+
			"several, with a row per discharge; found %s", string(found))
	}
	return c, nil
}

// maxRows bounds the discharges of a table.
const maxRows = 1 << 23

// table is a table that is being read.
type table struct {
	*lines
	columns
	r     *recording.Raw
	given recording.Given
	count int
}

// rows reads the discharges, one a row; the times are as the table has them.
func (t *table) rows() error {
	for {
		row, err := t.next()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		if len(row) != t.columns.count {
			return t.fail("has %d fields, the header %d", len(row), t.columns.count)
		}
		if t.count++; t.count > maxRows {
			return t.fail("is beyond the %d discharges that are read", maxRows)
		}
		if err := t.row(row); err != nil {
			return err
		}
	}
	if len(t.r.Units) == 0 {
		return fmt.Errorf("%s: holds no discharge", t.r.Source)
	}
	return nil
}

func (t *table) row(row []string) error {
	text := strings.TrimSpace(row[t.time])
	v, err := Number(text)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		return t.fail("%.40q is not a time from 0", text)
	}
	unit, muscle := strings.TrimSpace(row[t.unit]), ""
	if unit == "" {
		return t.fail("the name of the unit is empty")
	}
	if t.muscle >= 0 {
		muscle = strings.TrimSpace(row[t.muscle])
		if err := recording.CheckMuscle(muscle); err != nil {
			return t.fail("unit %q: %v", unit, err)
		}
	}
	grid := 0
	if t.grid >= 0 {
		if grid, err = strconv.Atoi(strings.TrimSpace(row[t.grid])); err != nil || grid < 0 {
			return t.fail("grid %q; expected a whole number from 0", row[t.grid])
		}
	}
	u := t.r.Named(muscle, unit)
	if len(u.Times) == 0 {
		u.Grid = grid
	} else if u.Grid != grid {
		return t.fail("unit %q is of grid %d, before of grid %d", unit, grid, u.Grid)
	}
	u.Times = append(u.Times, v)
	return nil
}

// Number reads a number with a decimal point or comma.
func Number(text string) (float64, error) {
	if strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
		text = strings.Replace(text, ",", ".", 1)
	}
	return strconv.ParseFloat(text, 64)
}

// unitOfTimes decides what the times count, and sets them.
func (t *table) unitOfTimes() error {
	r, as := t.r, t.given
	if as.Times == recording.TimesOfFormat {
		as.Times = t.counts
	}
	fractions := t.any(func(v float64) bool { return v != math.Trunc(v) })
	switch as.Times {
	case recording.TimesOfFormat:
		if !fractions {
			return fmt.Errorf("%s: column %s holds whole numbers: samples or milliseconds? Give --times "+
				"samples0 (with --fs HZ) or --times ms", r.Source, t.name)
		}
		if d := t.interval(); d > 10 {
			return fmt.Errorf("%s: column %s would have intervals of %.3g s; if it counts milliseconds, "+
				"give --times ms", r.Source, t.name, d)
		}
	case recording.TimesSamples, recording.TimesSamples0:
		if !(r.FsHz > 0) {
			return fmt.Errorf("%s: column %s needs the sampling rate: give --fs HZ", r.Source, t.name)
		}
		if fractions {
			return t.firstFraction()
		}
	}
	times := make([][]float64, len(r.Units))
	for i := range r.Units {
		times[i] = r.Units[i].Times
	}
	if err := as.TakeTimes(r, times, 0); err != nil {
		return err
	}
	if r.FsHz == 0 {
		r.FsHz = recording.DefaultFsHz
	}
	return nil
}

func (t *table) any(is func(float64) bool) bool {
	return slices.ContainsFunc(t.r.Units, func(u recording.RawUnit) bool {
		return slices.ContainsFunc(u.Times, is)
	})
}

// interval is the median of the intervals between discharges of a unit, 0 without any.
func (t *table) interval() float64 {
	var all []float64
	for _, u := range t.r.Units {
		for k := 1; k < len(u.Times); k++ {
			all = append(all, math.Abs(u.Times[k]-u.Times[k-1]))
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// firstFraction names the first sample that is no whole number.
func (t *table) firstFraction() error {
	for _, u := range t.r.Units {
		for _, v := range u.Times {
			if v != math.Trunc(v) {
				return fmt.Errorf("%s: unit %q: sample %v is not a whole number; if column %s counts "+
					"seconds, give --times seconds", t.r.Source, u.Name, v, t.name)
			}
		}
	}
	return nil
}
