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
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/recording"
)

// sidecarIn is what sidecars say that is needed here.
type sidecarIn struct {
	SamplingFrequency float64 // Hz, 0 unknown
	MotorUnits        []motorUnit

	rateFrom string // sidecar with the rate
}

// rawFolders are the folders of the raw dataset that correspond to a table in a derivative,
// <raw>/derivatives/<name>/sub-…, from the table's own upwards; none outside of one.
func rawFolders(dir string) []string {
	var parts, out []string
	for range sidecarFolders {
		base := filepath.Base(dir)
		if filepath.Base(filepath.Dir(dir)) == "derivatives" {
			raw := filepath.Dir(filepath.Dir(dir))
			for n := len(parts); n >= 0; n-- {
				out = append(out, filepath.Join(append([]string{raw}, parts[:n]...)...))
			}
			return out
		}
		parts = append([]string{base}, parts...)
		dir = filepath.Dir(dir)
	}
	return nil
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
	for _, folder := range rawFolders(filepath.Dir(path)) {
		if out.SamplingFrequency > 0 {
			break
		}
		files, err := sidecarsFor(path, folder)
		if err != nil {
			return out, err
		}
		for _, file := range files {
			if err := out.add(file); err != nil {
				return out, err
			}
		}
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

// maxSidecar bounds a sidecar, which lists every unit at most.
const maxSidecar = 16 << 20

// add takes what another sidecar says; what is known already stays.
func (s *sidecarIn) add(file string) error {
	if info, err := os.Stat(file); err != nil || info.Size() > maxSidecar {
		return errors.Join(err, fmt.Errorf("%s: is larger than %d bytes; that is no sidecar", file,
			maxSidecar))
	}
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

// Read reads a table of events of a BIDS-EMG derivative: a row per discharge with onset (s), unit,
// and perhaps sample (from 0) and muscle; docs/formats/bids.md is the contract. Times are samples
// where the table has them and the rate is known, from a sidecar, the raw dataset, or sample and
// onset of its last discharge; else s. There is no EMG and no force. Errors name file and line.
func Read(path string, given recording.Given) (*recording.Raw, error) {
	raw := given.Start(path)
	if err := read(raw, given); err != nil {
		return nil, err
	}
	return raw, raw.ReadTimesAs(given.Times)
}

// Check reports why a file is not a table of events of units, from its header alone.
func Check(path string) error {
	return eachRow(path, func(columns, int, []string) error { return errEnough })
}

// errEnough ends a pass over the rows.
var errEnough = errors.New("enough")

// eachRow calls visit with the fields of every row; line counts from 2.
func eachRow(path string, visit func(c columns, line int, row []string) error) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		if err := lines.Err(); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return fmt.Errorf("%s: is empty; a header with onset, duration and unit is expected", path)
	}
	head := strings.TrimPrefix(strings.TrimRight(lines.Text(), "\r"), "\ufeff")
	c, err := columnsOf(path, strings.Split(head, "\t"))
	if err != nil {
		return err
	}
	for n := 2; lines.Scan(); n++ {
		text := strings.TrimRight(lines.Text(), "\r")
		if text == "" {
			continue
		}
		if err := visit(c, n, strings.Split(text, "\t")); errors.Is(err, errEnough) {
			return nil
		} else if err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// rateOf is the sampling rate that sample and onset of the last discharge tell, rounded to whole Hz
// where it is one within the precision of the onset; 0 if there is no column sample.
func rateOf(path string) (float64, error) {
	var onset, sample float64
	err := eachRow(path, func(c columns, _ int, row []string) error {
		if c.sample < 0 {
			return errEnough
		}
		if max(c.sample, c.onset) >= len(row) {
			return nil
		}
		t, errT := strconv.ParseFloat(strings.TrimSpace(row[c.onset]), 64)
		n, errN := strconv.ParseFloat(strings.TrimSpace(row[c.sample]), 64)
		if errT == nil && errN == nil && n > sample && t > 0 {
			onset, sample = t, n
		}
		return nil
	})
	if err != nil || !(onset > 0) {
		return 0, err
	}
	rate := sample / onset
	if whole := math.Round(rate); math.Abs(rate-whole) < 1e-4*whole {
		return whole, nil
	}
	return rate, nil
}

// read reads sidecars and rows.
func read(raw *recording.Raw, given recording.Given) error {
	side, err := readSidecars(raw.Source)
	if err != nil {
		return err
	}
	if side.SamplingFrequency > 0 {
		raw.FsHz = side.SamplingFrequency
	}
	if raw.FsHz == 0 {
		if raw.FsHz, err = rateOf(raw.Source); err != nil {
			return err
		}
		if raw.FsHz > 0 {
			raw.Warn("rate_from_samples", "no sidecar has the sampling rate; it is %v Hz by the columns "+
				"sample and onset", raw.FsHz)
		}
	}
	list, err := newList(raw, side, given)
	if err != nil {
		return err
	}
	if err := eachRow(raw.Source, func(c columns, line int, row []string) error {
		if c.sample >= 0 && raw.FsHz > 0 {
			raw.TimeUnits = "samples"
		}
		return list.row(c, line, row)
	}); err != nil {
		return err
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
	ofGrid   []string          // muscle of each grid of the group; nil if unknown
	offBy    int               // samples that are one more than their onset says
	rows     int
	sorted   bool // the sidecar gives the order
}

// newList begins with the units of the sidecar.
func newList(raw *recording.Raw, side sidecarIn, given recording.Given) (*eventList, error) {
	l := &eventList{raw: raw, muscleOf: map[string]string{}, sorted: len(side.MotorUnits) > 0}
	for _, u := range side.MotorUnits {
		if _, twice := l.muscleOf[u.Unit]; twice || u.Unit == "" || u.Muscle == "" {
			return nil, fmt.Errorf("%s: its sidecar lists unit %q of muscle %q in MotorUnits; "+
				"both names are needed, and each unit once", raw.Source, u.Unit, u.Muscle)
		}
		l.muscleOf[u.Unit] = u.Muscle
		n := l.raw.Named(u.Muscle, u.Unit)
		n.Grid, n.InGrid, n.PNRdB, n.Silhouette = max(0, u.Grid), u.InGrid, u.PNRdB, u.Silhouette
		if u.Name != "" {
			n.Name = u.Name
		}
	}
	if given.Group != "" {
		raw.Name.Group = given.Group
	}
	l.ofGrid = given.MuscleMap[raw.Name.Group]
	if muscles := slices.Compact(slices.Clone(l.ofGrid)); len(muscles) == 1 {
		l.alone = muscles[0]
	} else if l.ofGrid == nil {
		l.alone = given.Group
	}
	return l, nil
}

// gridUnit is the name that MUedit2 gives a unit: its grid and rank.
var gridUnit = regexp.MustCompile(`^g(\d{1,4})_mu\d+$`)

// gridOf is the grid in the name of a unit; -1 if there is none.
func gridOf(unit string) int {
	if m := gridUnit.FindStringSubmatch(unit); m != nil {
		grid, _ := strconv.Atoi(m[1]) // at most four digits
		return grid
	}
	return -1
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
		return fmt.Errorf("%s: line %d: onset %.40q is not a time from 0", raw.Source, line, at(c.onset))
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
	if g := gridOf(unit); g >= 0 && !l.sorted {
		u.Grid = g
	}
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
	case gridOf(unit) >= 0 && gridOf(unit) < len(l.ofGrid):
		return l.ofGrid[gridOf(unit)], nil
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
