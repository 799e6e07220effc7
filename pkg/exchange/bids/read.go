package bids

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/run/job"
)

// sidecarIn is what sidecars say that is needed here.
type sidecarIn struct {
	SamplingFrequency float64 // Hz, 0 unknown
	MotorUnits        []motorUnit

	rateFrom string // sidecar with the rate
}

// readSidecars reads the sidecars that hold for a table of events: <same name>.json, and
// events.json or emg.json in its folder or above, up to the dataset, whose entities are all
// among the table's. Two sampling rates are an error.
func readSidecars(path string) (sidecarIn, error) {
	var out sidecarIn
	dir := filepath.Dir(path)
	for range sidecarFolders {
		files, err := sidecarsFor(path, dir)
		if err != nil {
			return out, err
		}
		for _, file := range files {
			if err := out.add(file); err != nil {
				return out, err
			}
		}
		_, err = os.Stat(filepath.Join(dir, "dataset_description.json"))
		if err == nil || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	return out, nil
}

// sidecarFolders is how far up sidecars are looked for: emg, session, participant, derivative,
// dataset.
const sidecarFolders = 5

// sidecarsFor lists the sidecars in a folder that hold for a table, those of events first. A folder
// that does not exist or cannot be listed, as those above may be, has none.
func sidecarsFor(table, dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	of := recording.EntitiesOf(table)
	var out []string
	for _, end := range []string{"events.json", "emg.json"} {
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), end) && of.Holds(recording.EntitiesOf(e.Name())) {
				out = append(out, filepath.Join(dir, e.Name()))
			}
		}
	}
	return out, nil
}

// add takes what another sidecar says; what is known already stays.
func (s *sidecarIn) add(file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	other := sidecarIn{}
	if err := json.Unmarshal(b, &other); err != nil {
		return fmt.Errorf("%s: is not valid JSON: %w", file, err)
	}
	if rate := other.SamplingFrequency; rate != 0 {
		if s.rateFrom != "" && rate != s.SamplingFrequency {
			return fmt.Errorf("%s: SamplingFrequency %v Hz, but %s says %v Hz; correct one of them",
				file, rate, s.rateFrom, s.SamplingFrequency)
		}
		if !(rate > 0) {
			return fmt.Errorf("%s: SamplingFrequency %v Hz; a positive number is expected", file, rate)
		}
		s.SamplingFrequency, s.rateFrom = rate, file
	}
	if s.MotorUnits == nil {
		s.MotorUnits = other.MotorUnits
	}
	return nil
}

// columns are the positions of the columns of a table of events, -1 if absent.
type columns struct {
	onset, sample, unit, muscle int
}

// unitColumns are the names that the column of the unit may have.
var unitColumns = []string{
	"unit", "unit_id", "motor_unit", "motor_unit_id", "mu_id", "mu", "unit_index",
}

// Options of Read.
type Options struct {
	Name      recording.Name      // of the recording
	FsHz      float64             // sampling rate, Hz, where no sidecar gives one; 0: unknown
	Group     string              // muscle group, instead of the one in Name
	MuscleMap recording.MuscleMap // a group of one muscle gives it to units that have none
}

// Read reads a table of events of a BIDS-EMG derivative: a row per discharge with onset (s), unit,
// and perhaps sample (from 0) and muscle; docs/formats/bids.md is the contract. Times are samples
// where the table has them and the rate is known, else s. There is no EMG and no force. Errors name
// file and line.
func Read(path string, opt Options) (*recording.Raw, error) {
	raw := &recording.Raw{
		Name: opt.Name, Source: path, Kind: recording.KindTable, FsHz: opt.FsHz, TimeUnits: "s",
	}
	if err := read(raw, opt); err != nil {
		return nil, err
	}
	sum, err := job.SumFile(path)
	raw.SHA256 = sum.SHA256
	return raw, err
}

// read reads sidecars, header and rows.
func read(raw *recording.Raw, opt Options) error {
	side, err := readSidecars(raw.Source)
	if err != nil {
		return err
	}
	if side.SamplingFrequency > 0 {
		raw.FsHz = side.SamplingFrequency
	}
	in, err := os.Open(raw.Source)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		if err := lines.Err(); err != nil {
			return fmt.Errorf("%s: %w", raw.Source, err)
		}
		return fmt.Errorf("%s: is empty; a header with onset, duration and unit is expected", raw.Source)
	}
	head := strings.TrimPrefix(strings.TrimRight(lines.Text(), "\r"), "\ufeff")
	c, err := columnsOf(raw.Source, strings.Split(head, "\t"))
	if err != nil {
		return err
	}
	if c.sample >= 0 && raw.FsHz > 0 {
		raw.TimeUnits = "samples"
	}
	list, err := newList(raw, side, opt)
	if err != nil {
		return err
	}
	for n := 2; lines.Scan(); n++ {
		if text := strings.TrimRight(lines.Text(), "\r"); text != "" {
			if err := list.row(c, n, strings.Split(text, "\t")); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", raw.Source, err)
	}
	if raw.FsHz == 0 {
		raw.FsHz = recording.DefaultFsHz
	}
	return list.finish()
}

// columnsOf finds the columns in a header.
func columnsOf(path string, head []string) (columns, error) {
	for i := range head {
		head[i] = strings.ToLower(strings.TrimSpace(head[i]))
	}
	c := columns{
		onset: slices.Index(head, "onset"), sample: slices.Index(head, "sample"), unit: -1,
		muscle: slices.Index(head, "muscle"),
	}
	if c.muscle < 0 {
		c.muscle = slices.Index(head, "target_muscle")
	}
	for _, name := range unitColumns {
		if c.unit < 0 {
			c.unit = slices.Index(head, name)
		}
	}
	if c.onset < 0 || c.unit < 0 {
		return c, fmt.Errorf("%s: the columns onset and unit (or %s) are expected, found %s",
			path, strings.Join(unitColumns[1:], ", "), strings.Join(head, ", "))
	}
	return c, nil
}

// eventList gathers the units of a table of events.
type eventList struct {
	raw      *recording.Raw
	muscleOf map[string]string // of units in the sidecar
	alone    string            // muscle of all where nothing else tells; "" if unknown
	offBy    int               // samples that are one more than their onset says
	rows     int
	sorted   bool // the sidecar gives the order
}

// newList begins with the units of the sidecar.
func newList(raw *recording.Raw, side sidecarIn, opt Options) (*eventList, error) {
	l := &eventList{raw: raw, muscleOf: map[string]string{}, sorted: len(side.MotorUnits) > 0}
	for _, u := range side.MotorUnits {
		if _, twice := l.muscleOf[u.Unit]; twice || u.Unit == "" || u.Muscle == "" {
			return nil, fmt.Errorf("%s: its sidecar lists unit %q of muscle %q in MotorUnits; "+
				"both names are needed, and each unit once", raw.Source, u.Unit, u.Muscle)
		}
		l.muscleOf[u.Unit] = u.Muscle
		n := l.raw.Named(u.Muscle, u.Unit)
		n.Grid, n.InGrid = max(0, u.Grid), u.InGrid
		if u.Name != "" {
			n.Name = u.Name
		}
	}
	group := raw.Name.Group
	if opt.Group != "" {
		group = opt.Group
	}
	if muscles := slices.Compact(slices.Clone(opt.MuscleMap[group])); len(muscles) == 1 {
		l.alone = muscles[0]
	}
	return l, nil
}

// row takes one event. Rows whose unit is n/a are other events.
func (l *eventList) row(c columns, line int, row []string) error {
	raw := l.raw
	at := func(col int) string {
		if col < 0 || col >= len(row) {
			return ""
		}
		return strings.TrimSpace(row[col])
	}
	unit := at(c.unit)
	if unit == "" || unit == "n/a" {
		return nil
	}
	muscle, err := l.muscle(unit, at(c.muscle), line)
	if err != nil {
		return err
	}
	onset, err := strconv.ParseFloat(at(c.onset), 64)
	if err != nil || math.IsNaN(onset) || math.IsInf(onset, 0) || onset < 0 {
		return fmt.Errorf("%s: line %d: onset %q is not a time from 0", raw.Source, line, at(c.onset))
	}
	t := onset
	if raw.TimeUnits == "samples" {
		if t, err = strconv.ParseFloat(at(c.sample), 64); err != nil || t != math.Trunc(t) || t < 0 {
			return fmt.Errorf("%s: line %d: sample %q is not a whole number from 0",
				raw.Source, line, at(c.sample))
		}
		// Onsets may be rounded, or counted from the first sample as 1.
		if d := t - onset*raw.FsHz; math.Abs(d) > 1.5 {
			return fmt.Errorf("%s: line %d: onset %v s at %v Hz is sample %.0f, but the column sample "+
				"says %v; SamplingFrequency or a column is wrong", raw.Source, line, onset, raw.FsHz,
				onset*raw.FsHz, t)
		} else if d > 0.5 {
			l.offBy++
		}
	}
	l.rows++
	u := l.raw.Named(muscle, unit)
	u.Times = append(u.Times, t)
	return nil
}

func (l *eventList) muscle(unit, column string, line int) (string, error) {
	raw := l.raw
	listed, known := l.muscleOf[unit]
	if l.sorted && !known {
		return "", fmt.Errorf("%s: line %d: unit %q is not among MotorUnits of the sidecar",
			raw.Source, line, unit)
	}
	if column == "n/a" {
		column = ""
	}
	switch {
	case known && column != "" && column != listed:
		return "", fmt.Errorf("%s: line %d: unit %q of muscle %q, but the sidecar says %q",
			raw.Source, line, unit, column, listed)
	case known:
		return listed, nil
	case strings.Contains(column, "/"):
		return "", fmt.Errorf("%s: line %d: muscle %q; a name without a slash is expected",
			raw.Source, line, column)
	case column != "":
		return column, nil
	case l.alone != "":
		return l.alone, nil
	}
	return "", fmt.Errorf("%s: line %d: the muscle of unit %q is not known: a column muscle, "+
		"MotorUnits in the sidecar, or --muscles GROUP of one muscle is needed", raw.Source, line, unit)
}

// finish puts the units in order and warns of what was assumed.
func (l *eventList) finish() error {
	raw := l.raw
	if l.rows == 0 {
		return fmt.Errorf("%s: holds no discharge of a unit", raw.Source)
	}
	if l.offBy == l.rows {
		raw.Warn("samples_from_1", "the column sample counts from 1 (all %d are one more than their "+
			"onset says); they were moved by one", l.rows)
		for i := range raw.Units {
			for k := range raw.Units[i].Times {
				raw.Units[i].Times[k]--
			}
		}
	}
	if number, ok := numbers(raw.Units); ok && !l.sorted {
		slices.SortStableFunc(raw.Units, func(a, b recording.RawUnit) int {
			return cmp.Compare(number[a.Name], number[b.Name])
		})
		for i := range raw.Units {
			raw.Units[i].InGrid = i
		}
	}
	return nil
}

// numbers is the number that each unit is called; false if one is not called by a number.
func numbers(units []recording.RawUnit) (map[string]int, bool) {
	out := map[string]int{}
	for _, u := range units {
		n, err := strconv.Atoi(u.Name)
		if err != nil {
			return nil, false
		}
		out[u.Name] = n
	}
	return out, true
}
