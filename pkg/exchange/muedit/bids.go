package muedit

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/recording"
)

// bidsSidecar is what sidecars say that is needed here.
type bidsSidecar struct {
	SamplingFrequency float64
	MotorUnits        []bidsUnit
}

// bidsUnit is a motor unit in the sidecar of a table of events, which also lists units
// without discharges.
type bidsUnit struct {
	Unit   string `json:"unit"`         // as in the table
	Name   string `json:"unit_name"`    // as its source calls it
	Muscle string `json:"muscle"`       // muscle
	Grid   int    `json:"grid"`         // electrode grid, from 0; -1 unknown
	InGrid int    `json:"unit_in_grid"` // place in the grid, from 0; -1 unknown
}

// readSidecars reads the sidecars that hold for a table of events: <same name>.json, and
// events.json or emg.json in its folder or above, up to the dataset, whose entities are all
// among the table's. Two sampling rates are an error.
func readSidecars(path string) (bidsSidecar, error) {
	var out bidsSidecar
	of := recording.EntitiesOf(path)
	rateFrom := ""
	dir := filepath.Dir(path)
	for range 5 {
		for _, pattern := range []string{"*events.json", "*emg.json"} {
			files, _ := filepath.Glob(filepath.Join(dir, pattern))
			for _, file := range files {
				if !of.Holds(recording.EntitiesOf(file)) {
					continue
				}
				b, err := os.ReadFile(file)
				if err != nil {
					return out, err
				}
				var s bidsSidecar
				if err := json.Unmarshal(b, &s); err != nil {
					return out, fmt.Errorf("%s: is not valid JSON: %w", file, err)
				}
				if s.SamplingFrequency != 0 {
					if rateFrom != "" && s.SamplingFrequency != out.SamplingFrequency {
						return out, fmt.Errorf("%s: SamplingFrequency %v Hz, but %s says %v Hz; correct one of them", file, s.SamplingFrequency, rateFrom, out.SamplingFrequency)
					}
					if !(s.SamplingFrequency > 0) {
						return out, fmt.Errorf("%s: SamplingFrequency %v Hz; a positive number is expected", file, s.SamplingFrequency)
					}
					out.SamplingFrequency, rateFrom = s.SamplingFrequency, file
				}
				if out.MotorUnits == nil {
					out.MotorUnits = s.MotorUnits
				}
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "dataset_description.json")); err == nil || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	return out, nil
}

// bidsColumns are the positions of the columns of a table of events, -1 if absent.
type bidsColumns struct {
	onset, sample, unit, muscle int
}

var bidsUnitColumns = []string{"unit", "unit_id", "motor_unit", "motor_unit_id", "mu_id", "mu", "unit_index"}

// readEvents reads a table of events of a BIDS-EMG derivative: a row per discharge with onset (s),
// unit, and perhaps sample (from 0) and muscle; docs/formats/bids.md is the contract.
func (p *Processed) readEvents() error {
	side, err := readSidecars(p.Source)
	if err != nil {
		return err
	}
	if side.SamplingFrequency > 0 {
		p.FsHz = side.SamplingFrequency
	}
	in, err := os.Open(p.Source)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		return fmt.Errorf("%s: is empty; a header with onset, duration and unit is expected", p.Source)
	}
	c, err := p.bidsColumns(strings.Split(strings.TrimPrefix(strings.TrimRight(lines.Text(), "\r"), "\ufeff"), "\t"))
	if err != nil {
		return err
	}
	if c.sample >= 0 && p.FsHz > 0 {
		p.TimeUnits = "samples"
	}
	list, err := p.bidsUnits(side)
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
		return fmt.Errorf("%s: %w", p.Source, err)
	}
	if p.FsHz == 0 {
		p.FsHz = defaultFsHz
	}
	return list.finish()
}

func (p *Processed) bidsColumns(head []string) (bidsColumns, error) {
	for i := range head {
		head[i] = strings.ToLower(strings.TrimSpace(head[i]))
	}
	c := bidsColumns{onset: slices.Index(head, "onset"), sample: slices.Index(head, "sample"), unit: -1, muscle: slices.Index(head, "muscle")}
	if c.muscle < 0 {
		c.muscle = slices.Index(head, "target_muscle")
	}
	for _, name := range bidsUnitColumns {
		if c.unit < 0 {
			c.unit = slices.Index(head, name)
		}
	}
	if c.onset < 0 || c.unit < 0 {
		return c, fmt.Errorf("%s: the columns onset and unit (or %s) are expected, found %s", p.Source, strings.Join(bidsUnitColumns[1:], ", "), strings.Join(head, ", "))
	}
	return c, nil
}

// bidsList gathers the units of a table of events.
type bidsList struct {
	units    unitList
	muscleOf map[string]string // of units in the sidecar
	alone    string            // muscle of all where nothing else tells; "" if unknown
	offBy    int               // samples that are one more than their onset says
	rows     int
	sorted   bool // the sidecar gives the order
}

// bidsUnits begins with the units of the sidecar.
func (p *Processed) bidsUnits(side bidsSidecar) (*bidsList, error) {
	l := &bidsList{units: unitList{Processed: p}, muscleOf: map[string]string{}, sorted: len(side.MotorUnits) > 0}
	for _, u := range side.MotorUnits {
		if _, twice := l.muscleOf[u.Unit]; twice || u.Unit == "" || u.Muscle == "" {
			return nil, fmt.Errorf("%s: its sidecar lists unit %q of muscle %q in MotorUnits; both names are needed, and each unit once", p.Source, u.Unit, u.Muscle)
		}
		l.muscleOf[u.Unit] = u.Muscle
		n := l.units.named(u.Muscle, u.Unit)
		n.Grid, n.InGrid = max(0, u.Grid), u.InGrid
		if u.Name != "" {
			n.Name = u.Name
		}
	}
	group := p.Name.Group
	if p.Config.Muscles != "" {
		group = p.Config.Muscles
	}
	if muscles := slices.Compact(slices.Clone(p.Config.MuscleMap[group])); len(muscles) == 1 {
		l.alone = muscles[0]
	}
	return l, nil
}

// row takes one event. Rows whose unit is n/a are other events.
func (l *bidsList) row(c bidsColumns, line int, row []string) error {
	p := l.units.Processed
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
		return fmt.Errorf("%s: line %d: onset %q is not a time from 0", p.Source, line, at(c.onset))
	}
	t := onset
	if p.TimeUnits == "samples" {
		if t, err = strconv.ParseFloat(at(c.sample), 64); err != nil || t != math.Trunc(t) || t < 0 {
			return fmt.Errorf("%s: line %d: sample %q is not a whole number from 0", p.Source, line, at(c.sample))
		}
		// Onsets may be rounded, or counted from the first sample as 1.
		if d := t - onset*p.FsHz; math.Abs(d) > 1.5 {
			return fmt.Errorf("%s: line %d: onset %v s at %v Hz is sample %.0f, but the column sample says %v; SamplingFrequency or a column is wrong", p.Source, line, onset, p.FsHz, onset*p.FsHz, t)
		} else if d > 0.5 {
			l.offBy++
		}
	}
	l.rows++
	u := l.units.named(muscle, unit)
	u.Times = append(u.Times, t)
	return nil
}

func (l *bidsList) muscle(unit, column string, line int) (string, error) {
	p := l.units.Processed
	listed, known := l.muscleOf[unit]
	if l.sorted && !known {
		return "", fmt.Errorf("%s: line %d: unit %q is not among MotorUnits of the sidecar", p.Source, line, unit)
	}
	if column == "n/a" {
		column = ""
	}
	switch {
	case known && column != "" && column != listed:
		return "", fmt.Errorf("%s: line %d: unit %q of muscle %q, but the sidecar says %q", p.Source, line, unit, column, listed)
	case known:
		return listed, nil
	case strings.Contains(column, "/"):
		return "", fmt.Errorf("%s: line %d: muscle %q; a name without a slash is expected", p.Source, line, column)
	case column != "":
		return column, nil
	case l.alone != "":
		return l.alone, nil
	}
	return "", fmt.Errorf("%s: line %d: the muscle of unit %q is not known: a column muscle, MotorUnits in the sidecar, or --muscles GROUP of one muscle is needed", p.Source, line, unit)
}

// finish puts the units in order and tells what was assumed.
func (l *bidsList) finish() error {
	p := l.units.Processed
	if l.rows == 0 {
		return fmt.Errorf("%s: holds no discharge of a unit", p.Source)
	}
	if l.offBy == l.rows {
		p.warn("samples_from_1: the column sample counts from 1 (all %d are one more than their onset says); they were moved by one", l.rows)
		for i := range p.Units {
			for k := range p.Units[i].Times {
				p.Units[i].Times[k]--
			}
		}
	}
	whole := !slices.ContainsFunc(p.Units, func(u ProcessedUnit) bool { _, err := strconv.Atoi(u.Name); return err != nil })
	if !l.sorted && whole {
		slices.SortStableFunc(p.Units, func(a, b ProcessedUnit) int { return compareNumbers(a.Name, b.Name) })
		for i := range p.Units {
			p.Units[i].Index, p.Units[i].InGrid = i, i
		}
	}
	return nil
}
