// Package otb reads decompositions that OTBiolab+ exported as MATLAB files: Data (samples x
// signals), Description (name of each signal), SamplingFrequency and Time. docs/formats/otb.md
// describes them.
package otb

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/recording"
)

// Is reports whether a MATLAB file with these variables is an export of OTBiolab+.
func Is(variables []string) bool {
	return slices.Contains(variables, "Data") && slices.Contains(variables, "Description")
}

// Read reads a file. Units are the signals called "Decomposition of …", with 1 where a unit
// discharges; their muscle is what follows up to " - ", unless a group is given. The force is
// "acquired data", else "performed path". The EMG and the sources are not read. Errors are of type
// *matfile.Error and name file and variable.
func Read(path string, given recording.Given) (*recording.Raw, error) {
	m, err := matfile.Open(path)
	if err != nil {
		return nil, err
	}
	f := file{File: m, r: given.Start(path)}
	f.r.TimeUnits = "samples"
	for _, step := range []func() error{f.rate, f.describe, f.read} {
		if err := step(); err != nil {
			return nil, errors.Join(err, m.Close())
		}
	}
	if err := m.Close(); err != nil {
		return nil, err
	}
	if given.Group != "" {
		for i := range f.r.Units {
			f.r.Units[i].Muscle = ""
		}
	}
	return f.r, given.AssignMuscles(f.r, true)
}

type file struct {
	matfile.File
	r      *recording.Raw
	data   string      // path of the signals
	unitAt map[int]int // unit of a signal
	force  int         // signal of the force, -1 without one
	names  []string    // of the signals
}

func (f *file) fail(kind matfile.Kind, field, format string, args ...any) error {
	return &matfile.Error{File: f.r.Source, Kind: kind, Field: field,
		Msg: fmt.Sprintf(format, args...)}
}

func (f *file) rate() error {
	if f.Has("SamplingFrequency") {
		v, err := f.Get("SamplingFrequency")
		if err != nil {
			return err
		}
		for v.Class == matfile.Cell && len(v.Cells) == 1 {
			v = v.Cells[0]
		}
		if len(v.Num) == 1 {
			f.r.FsHz = v.Num[0]
		}
	}
	if !(f.r.FsHz > 0) || math.IsInf(f.r.FsHz, 0) {
		return f.fail(matfile.BadValue, "SamplingFrequency", "the sampling rate is %v Hz; expected one "+
			"positive number, or --fs HZ", f.r.FsHz)
	}
	return nil
}

// unitName finds the signals of units; the text after it names muscle and electrodes.
var unitName = regexp.MustCompile(`(?i)decomposition of\s+(.*)$`)

// describe finds units and force among the names of the signals.
func (f *file) describe() error {
	v, err := f.Get("Description")
	if err != nil {
		return err
	}
	for _, c := range v.Cells {
		f.names = append(f.names, strings.TrimSpace(c.Text))
	}
	if v.Class == matfile.Char { // rows of one matrix of characters
		for _, line := range strings.Split(v.Text, "\n") {
			f.names = append(f.names, strings.TrimSpace(line))
		}
	}
	f.unitAt, f.force = map[int]int{}, -1
	var grids []string
	for i, name := range f.names {
		m := unitName.FindStringSubmatch(name)
		if m == nil || strings.Contains(strings.ToLower(name), "source for decomposition") {
			continue
		}
		muscle, _, _ := strings.Cut(m[1], " - ")
		muscle = strings.ReplaceAll(strings.TrimSpace(muscle), "/", " ")
		electrodes, _, _ := strings.Cut(m[1]+"(", " (")
		if k := strings.LastIndex(m[1], " ("); k > 0 { // the number of the unit follows
			electrodes = m[1][:k]
		}
		grid := slices.Index(grids, electrodes)
		if grid < 0 {
			grid = len(grids)
			grids = append(grids, electrodes)
		}
		f.unitAt[i] = len(f.r.Units)
		f.r.Units = append(f.r.Units, recording.RawUnit{Muscle: muscle, Grid: grid})
	}
	if len(f.r.Units) == 0 {
		return f.fail(matfile.MissingField, "Description",
			"names no signal \"Decomposition of …\" among "+
				"%d; export the decomposition together with the signals", len(f.names))
	}
	for _, want := range []string{"acquired data", "performed path"} {
		f.force = slices.IndexFunc(f.names,
			func(s string) bool { return strings.Contains(strings.ToLower(s), want) })
		if f.force >= 0 {
			break
		}
	}
	return nil
}

// read passes once over the signals.
func (f *file) read() error {
	f.data = "Data"
	s, err := f.Shape(f.data)
	if err == nil && s.Class == matfile.Cell {
		f.data = "Data{1,1}"
		s, err = f.Shape(f.data)
	}
	if err != nil {
		return err
	}
	if len(s.Dims) != 2 || s.Dims[1] != len(f.names) || s.Dims[0] < 1 || s.Dims[0] > 1<<30 {
		return f.fail(matfile.BadShape, f.data, "expected samples x %d signals (as many as Description "+
			"names), found %v", len(f.names), s.Dims)
	}
	f.r.Samples = s.Dims[0]
	var force []float64
	if f.force >= 0 {
		force = make([]float64, f.r.Samples)
	}
	times := make([][]float64, len(f.r.Units))
	err = f.Tiles(f.data, func(t matfile.Tile) error {
		for c := range t.Cols {
			column := t.Data[c*t.Rows : (c+1)*t.Rows]
			if u, ok := f.unitAt[t.Col0+c]; ok {
				for i, v := range column {
					if v != 0 && !math.IsNaN(v) {
						times[u] = append(times[u], float64(t.Row0+i))
					}
				}
			}
			if t.Col0+c == f.force {
				copy(force[t.Row0:], column)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range times {
		slices.Sort(times[i])
		if n := len(times[i]); n > f.r.Samples/10 {
			return f.fail(matfile.BadValue, f.data, "%d of %d samples of %q are not 0; expected discharges",
				n, f.r.Samples, f.names[i])
		}
		f.r.Units[i].InGrid = i
	}
	if force != nil {
		f.r.Forces = []recording.ForceCandidate{{Role: recording.ForceRow, From: f.names[f.force],
			Load: func() ([]float64, error) { return force, nil }}}
	}
	return recording.Given{}.TakeTimes(f.r, times, 0)
}
