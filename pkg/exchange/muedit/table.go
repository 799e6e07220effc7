package muedit

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/recording"
)

// IsTable reports whether a path names discharges without EMG: a plain table, the events of a
// BIDS dataset, or arrays of NumPy.
func IsTable(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv", ".tsv", ".npz":
		return true
	}
	return false
}

// ReadTable reads a table with the columns unit, muscle and time_s (seconds) or
// sample (0-based sample numbers at fsHz): recordings of any decomposition tool.
// Units are numbered in order of first appearance within the table; equal unit
// names of two muscles are two units. There is no EMG and no force.
//
// A path that ends in .npz holds arrays, and one in _events.tsv is part of a BIDS dataset; the
// pages npz.md and bids.md in docs/formats describe both.
func ReadTable(path string, fsHz float64, name recording.Name, cfg Config) (*Processed, error) {
	cfg, _, err := cfg.Effective()
	if err != nil {
		return nil, err
	}
	p := &Processed{Name: name, Source: path, Kind: kindTable, Config: cfg, FsHz: fsHz, TimeUnits: "s"}
	read := p.readTable
	switch {
	case strings.HasSuffix(strings.ToLower(path), ".npz"):
		read = p.readNPZ
	case recording.IsEvents(path):
		read = p.readEvents
	}
	if err := read(); err != nil {
		return nil, err
	}
	if p.SHA256, err = hashFile(path); err != nil {
		return nil, err
	}
	if err := p.orderTable(); err != nil {
		return nil, err
	}
	p.measureWithoutForce()
	return p, nil
}

// measureWithoutForce gives rate and variability over everything that a unit did, because without
// force there are no plateaus; intervals longer than the limit are pauses and left out.
func (p *Processed) measureWithoutForce() {
	for i := range p.Units {
		u := &p.Units[i]
		u.Properties = recording.Properties{ThresholdMVC: missing(1), RecruitedAt: missing(1), RateHz: missing(1), CoV: missing(1)}
		var intervals []float64
		for k := 1; k < len(u.Times); k++ {
			d := u.Times[k] - u.Times[k-1]
			if p.TimeUnits == "samples" {
				d /= p.FsHz
			}
			if d <= p.Config.MaxGapS {
				intervals = append(intervals, d)
			}
		}
		if len(intervals) > 0 {
			m := signal.Mean(intervals)
			u.Properties.RateHz[0], u.Properties.CoV[0] = 1/m, signal.Std(intervals)/m
		}
	}
	p.warn("%s: rate and variability of the units are of all their intervals up to %g s, not of plateaus", WarnNoForce, p.Config.MaxGapS)
}

// defaultFsHz is the sampling rate of a recording that does not say, as of MUedit's usual
// amplifiers.
const defaultFsHz = 2048

func (p *Processed) readTable() error {
	path := p.Source
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	r := csv.NewReader(in)
	r.TrimLeadingSpace = true
	if strings.HasSuffix(strings.ToLower(path), ".tsv") {
		r.Comma = '\t'
	}
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s: the header unit,muscle,time_s is expected: %w", path, err)
	}
	for i := range head {
		head[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(head[i], "\ufeff")))
	}
	unitCol, muscleCol := slices.Index(head, "unit"), slices.Index(head, "muscle")
	timeCol, sampleCol := slices.Index(head, "time_s"), slices.Index(head, "sample")
	if unitCol < 0 || muscleCol < 0 || timeCol < 0 && sampleCol < 0 {
		return fmt.Errorf("%s: the columns unit, muscle and time_s (or sample) are expected, found %s", path, strings.Join(head, ","))
	}
	col := timeCol
	if timeCol < 0 {
		if !(p.FsHz > 0) {
			return fmt.Errorf("%s: column sample needs the sampling rate: give --fs HZ", path)
		}
		col, p.TimeUnits = sampleCol, "samples"
	}
	if p.FsHz == 0 {
		p.FsHz = defaultFsHz
	}
	return p.readRows(r, unitCol, muscleCol, col)
}

func (p *Processed) readRows(r *csv.Reader, unitCol, muscleCol, timeCol int) error {
	units := unitList{Processed: p}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.Source, err)
		}
		line, _ := r.FieldPos(0)
		t, err := strconv.ParseFloat(strings.TrimSpace(row[timeCol]), 64)
		if err != nil || math.IsNaN(t) || math.IsInf(t, 0) || t < 0 {
			return fmt.Errorf("%s: line %d: %q is not a time from 0", p.Source, line, row[timeCol])
		}
		if p.TimeUnits == "samples" && t != math.Trunc(t) {
			return fmt.Errorf("%s: line %d: sample %v is not a whole number", p.Source, line, t)
		}
		key := [2]string{strings.TrimSpace(row[muscleCol]), strings.TrimSpace(row[unitCol])}
		if key[0] == "" || key[1] == "" || strings.Contains(key[0], "/") {
			return fmt.Errorf("%s: line %d: unit %q of muscle %q; both names are needed, without a slash", p.Source, line, key[1], key[0])
		}
		u := units.named(key[0], key[1])
		u.Times = append(u.Times, t)
	}
	if len(p.Units) == 0 {
		return fmt.Errorf("%s: holds no discharge", p.Source)
	}
	return nil
}

// unitList finds the units of a recording by muscle and name.
type unitList struct {
	*Processed
	index map[[2]string]int
}

// named returns the unit of that name, a new one if there is none yet.
func (l *unitList) named(muscle, name string) *ProcessedUnit {
	key := [2]string{muscle, name}
	i, ok := l.index[key]
	if !ok {
		if l.index == nil {
			l.index = map[[2]string]int{}
		}
		i = len(l.Units)
		l.index[key] = i
		l.Units = append(l.Units, ProcessedUnit{Index: i, InGrid: i, Muscle: muscle, Name: name})
	}
	return &l.Units[i]
}

// orderTable sorts and makes unique, with a warning or, when strict, an error.
func (p *Processed) orderTable() error {
	for i := range p.Units {
		u := &p.Units[i]
		s := slices.Clone(u.Times)
		slices.Sort(s)
		s = slices.Compact(s)
		if slices.Equal(s, u.Times) {
			continue
		}
		if p.Config.Strict {
			return fmt.Errorf("%s: unit %d (%s): times are not rising and unique (--strict)", p.Source, u.Index, u.Muscle)
		}
		p.warn("%s: unit %d (%s): times were sorted and made unique (%d removed)", WarnUnsorted, u.Index, u.Muscle, len(u.Times)-len(s))
		u.Times = s
	}
	return nil
}
