// Package spiketable reads recordings of any decomposition program as plain tables: a row per
// discharge with the unit, its muscle and the time.
package spiketable

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

	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/run/job"
)

// Read reads a table with the columns unit, muscle and time_s (s from the start) or sample (from 0,
// at fsHz), separated by commas, or by tabs in a file that ends in .tsv. Units are numbered in the
// order of their first appearance; equal names of units of two muscles are two units. Discharges
// stay in the order of the rows. There is no EMG and no force. Without a rate, 0, a table in
// seconds has recording.DefaultFsHz, and one in samples is an error. Errors name file and line.
func Read(path string, name recording.Name, fsHz float64) (*recording.Raw, error) {
	raw := &recording.Raw{
		Name: name, Source: path, Kind: recording.KindTable, FsHz: fsHz, TimeUnits: "s",
	}
	if err := read(raw); err != nil {
		return nil, err
	}
	sum, err := job.SumFile(path)
	raw.SHA256 = sum.SHA256
	return raw, err
}

// read reads the header, then the rows.
func read(raw *recording.Raw) error {
	path := raw.Source
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
		return fmt.Errorf("%s: the columns unit, muscle and time_s (or sample) are expected, found %s",
			path, strings.Join(head, ","))
	}
	col := timeCol
	if timeCol < 0 {
		if !(raw.FsHz > 0) {
			return fmt.Errorf("%s: column sample needs the sampling rate: give --fs HZ", path)
		}
		col, raw.TimeUnits = sampleCol, "samples"
	}
	if raw.FsHz == 0 {
		raw.FsHz = recording.DefaultFsHz
	}
	return readRows(raw, r, unitCol, muscleCol, col)
}

// readRows reads the discharges, one a row.
func readRows(raw *recording.Raw, r *csv.Reader, unitCol, muscleCol, timeCol int) error {
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", raw.Source, err)
		}
		line, _ := r.FieldPos(0)
		t, err := strconv.ParseFloat(strings.TrimSpace(row[timeCol]), 64)
		if err != nil || math.IsNaN(t) || math.IsInf(t, 0) || t < 0 {
			return fmt.Errorf("%s: line %d: %q is not a time from 0", raw.Source, line, row[timeCol])
		}
		if raw.TimeUnits == "samples" && t != math.Trunc(t) {
			return fmt.Errorf("%s: line %d: sample %v is not a whole number", raw.Source, line, t)
		}
		key := [2]string{strings.TrimSpace(row[muscleCol]), strings.TrimSpace(row[unitCol])}
		if key[0] == "" || key[1] == "" || strings.Contains(key[0], "/") {
			return fmt.Errorf("%s: line %d: unit %q of muscle %q; both names are needed, without a slash",
				raw.Source, line, key[1], key[0])
		}
		u := raw.Named(key[0], key[1])
		u.Times = append(u.Times, t)
	}
	if len(raw.Units) == 0 {
		return fmt.Errorf("%s: holds no discharge", raw.Source)
	}
	return nil
}
