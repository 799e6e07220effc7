// Package demuse reads the MATLAB files of DEMUSE, and of programs that save the same variables:
// MUPulses (discharges of each unit, samples from 1), fsamp, ref_signal (force), PNR and SIL.
// docs/formats/demuse.md describes them.
package demuse

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/recording"
)

// Is reports whether a MATLAB file with these variables is one of DEMUSE.
func Is(variables []string) bool { return slices.Contains(variables, "MUPulses") }

// Read reads a file. The EMG (SIG) and the sources (IPTs) are not read. Discharges are samples from
// 0. Errors are of type *matfile.Error and name file and variable.
func Read(path string, given recording.Given) (*recording.Raw, error) {
	m, err := matfile.Open(path)
	if err != nil {
		return nil, err
	}
	f := file{m, given.Start(path), given}
	f.r.TimeUnits = "samples"
	for _, step := range []func() error{f.rate, f.units, f.force, f.quality} {
		if err := step(); err != nil {
			return nil, errors.Join(err, m.Close())
		}
	}
	if err := m.Close(); err != nil {
		return nil, err
	}
	return f.r, given.AssignMuscles(f.r, false)
}

type file struct {
	matfile.File
	r     *recording.Raw
	given recording.Given
}

func (f file) fail(kind matfile.Kind, field, format string, args ...any) error {
	return &matfile.Error{File: f.r.Source, Kind: kind, Field: field,
		Msg: fmt.Sprintf(format, args...)}
}

func (f file) rate() error {
	if f.Has("fsamp") {
		v, err := f.Get("fsamp")
		if err != nil {
			return err
		}
		if len(v.Num) == 1 {
			f.r.FsHz = v.Num[0]
		}
	}
	if !(f.r.FsHz > 0) || math.IsInf(f.r.FsHz, 0) {
		return f.fail(matfile.BadValue, "fsamp", "the sampling rate is %v Hz; expected a positive "+
			"number, "+
			"or --fs HZ", f.r.FsHz)
	}
	return nil
}

// units reads the discharges and finds the length of the recording.
func (f file) units() error {
	v, err := f.Get("MUPulses")
	if err != nil {
		return err
	}
	cells := v.Cells
	if v.Class != matfile.Cell { // a single unit
		cells = []*matfile.Value{v}
	}
	last := 0.0
	var times [][]float64
	for i, c := range cells {
		if c.Len() > 0 && (!c.Class.Numeric() || min(c.Rows(), c.Cols()) != 1) {
			return f.fail(matfile.WrongType, fmt.Sprintf("MUPulses{%d}", i+1),
				"expected a vector of sample numbers, found %s %v", c.Class, c.Dims)
		}
		for _, s := range c.Num {
			last = max(last, s)
		}
		f.r.Units = append(f.r.Units, recording.RawUnit{InGrid: i})
		times = append(times, c.Num)
	}
	if len(times) == 0 {
		return f.fail(matfile.BadValue, "MUPulses", "holds no unit")
	}
	for _, name := range []string{"IPTs", "ref_signal"} {
		s, err := f.Shape(name)
		if n := longest(s.Dims); err == nil && float64(n) >= last && n > 1 {
			f.r.Samples = n
			break
		}
	}
	return f.given.TakeTimes(f.r, times, 1)
}

// longest is the longest side of an array.
func longest(dims []int) int {
	n := 0
	for _, d := range dims {
		n = max(n, d)
	}
	return n
}

// force offers ref_signal as the measured force.
func (f file) force() error {
	if !f.Has("ref_signal") {
		return nil
	}
	v, err := f.Get("ref_signal")
	if err != nil {
		return err
	}
	if len(v.Num) <= 1 { // none, or a placeholder
		return nil
	}
	if len(v.Num) != f.r.Samples {
		f.r.Warn(recording.WarnNoForce, "ref_signal has %d values, but the recording %d samples; it is "+
			"not used", len(v.Num), f.r.Samples)
		return nil
	}
	f.r.Forces = append(f.r.Forces, recording.ForceCandidate{Role: recording.ForceRow,
		From: "ref_signal", Load: func() ([]float64, error) { return v.Num, nil }})
	return nil
}

// quality takes the pulse-to-noise ratio and the silhouette of each unit.
func (f file) quality() error {
	for _, q := range []struct {
		name string
		set  func(u *recording.RawUnit, v float64)
	}{
		{"PNR", func(u *recording.RawUnit, v float64) { u.PNRdB = v }},
		{"SIL", func(u *recording.RawUnit, v float64) { u.Silhouette = v }},
	} {
		if !f.Has(q.name) {
			continue
		}
		v, err := f.Get(q.name)
		if err != nil {
			return err
		}
		if len(v.Num) != len(f.r.Units) {
			f.r.Warn("quality", "%s has %d values for %d units; it is not used", q.name, len(v.Num),
				len(f.r.Units))
			continue
		}
		for i, x := range v.Num {
			if !math.IsNaN(x) && !math.IsInf(x, 0) {
				q.set(&f.r.Units[i], x)
			}
		}
	}
	return nil
}
