package muedit

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// IsTable reports whether a path names a plain table of discharges.
func IsTable(path string) bool {
	p := strings.ToLower(path)
	return strings.HasSuffix(p, ".csv") || strings.HasSuffix(p, ".tsv")
}

// ReadTable reads a table with the columns unit, muscle and time_s (seconds) or
// sample (0-based sample numbers at fsHz): recordings of any decomposition tool.
// Units are numbered in order of first appearance within the table; equal unit
// names of two muscles are two units. There is no EMG and no force.
func ReadTable(path string, fsHz float64, name Name, cfg Config) (*Processed, error) {
	cfg, _, err := cfg.Effective()
	if err != nil {
		return nil, err
	}
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := csv.NewReader(in)
	r.TrimLeadingSpace = true
	if strings.HasSuffix(strings.ToLower(path), ".tsv") {
		r.Comma = '\t'
	}
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: the header unit,muscle,time_s is expected: %w", path, err)
	}
	for i := range head {
		head[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(head[i], "\ufeff")))
	}
	unitCol, muscleCol := slices.Index(head, "unit"), slices.Index(head, "muscle")
	timeCol, sampleCol := slices.Index(head, "time_s"), slices.Index(head, "sample")
	if unitCol < 0 || muscleCol < 0 || timeCol < 0 && sampleCol < 0 {
		return nil, fmt.Errorf("%s: the columns unit, muscle and time_s (or sample) are expected, found %s", path, strings.Join(head, ","))
	}
	p := &Processed{Name: name, Source: path, Kind: kindTable, Config: cfg, FsHz: fsHz, TimeUnits: "s"}
	col := timeCol
	if timeCol < 0 {
		if !(fsHz > 0) {
			return nil, fmt.Errorf("%s: column sample needs the sampling rate: give --fs HZ", path)
		}
		col, p.TimeUnits = sampleCol, "samples"
	}
	if p.FsHz == 0 {
		p.FsHz = 2048
	}
	if err := p.readRows(r, unitCol, muscleCol, col); err != nil {
		return nil, err
	}
	if p.SHA256, err = hashFile(path); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Processed) readRows(r *csv.Reader, unitCol, muscleCol, timeCol int) error {
	index := map[[2]string]int{}
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
		i, ok := index[key]
		if !ok {
			i = len(p.Units)
			index[key] = i
			p.Units = append(p.Units, ProcessedUnit{Index: i, InGrid: i, Muscle: key[0]})
		}
		p.Units[i].Times = append(p.Units[i].Times, t)
	}
	if len(p.Units) == 0 {
		return fmt.Errorf("%s: holds no discharge", p.Source)
	}
	return p.orderTable()
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
