package muedit

import (
	"fmt"
	"math"

	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/recording"
)

// forces lists the signals that may be the force.
func (f *file) forces() []recording.ForceCandidate {
	var out []recording.ForceCandidate
	if f.hasData && f.Channels > f.electrodes {
		out = append(out, recording.ForceCandidate{
			Role: recording.ForceRow, From: "signal.data after the last grid", Channel: f.electrodes})
	}
	held := func(role recording.ForceRole, from string, x []float64) {
		if x != nil {
			load := func() ([]float64, error) { return x, nil }
			out = append(out, recording.ForceCandidate{Role: role, From: from, Load: load})
		}
	}
	held(recording.ForcePath, "signal.path", f.PathForce)
	held(recording.ForceTarget, "signal.target", f.Target)
	for i, name := range f.AuxNames {
		load := func() ([]float64, error) { return f.auxiliary(i) }
		out = append(out, recording.ForceCandidate{
			Role: recording.ForceAuxiliary, Name: name, From: "signal.auxiliary " + name, Load: load})
	}
	return out
}

// A signal may be so much longer or shorter than the EMG: programs cut their signals at different
// blocks. One with another length is of another recording.
const (
	lengthToleranceS     = 1
	lengthToleranceShare = 0.05
)

// fit cuts a signal to the recording, or repeats its last value up to the end.
func (f *file) fit(field string, x []float64) ([]float64, error) {
	missing := f.Samples - len(x)
	off := math.Abs(float64(missing))
	switch {
	case missing == 0:
		return x, nil
	case off > lengthToleranceS*f.FsHz || off > lengthToleranceShare*float64(f.Samples):
		return nil, f.fail(matfile.BadShape, field, "%d samples against %d in signal.data: it is of "+
			"another recording or at another rate; save the file again without the field", len(x), f.Samples)
	case missing < 0:
		f.warn(WarnForceLength, "%s has %d samples, %d more than the recording: its end is cut off",
			field, len(x), -missing)
		return x[:f.Samples], nil
	}
	f.warn(WarnForceLength, "%s has %d samples, %d fewer than the recording: its last value is "+
		"repeated",
		field, len(x), missing)
	last := x[len(x)-1]
	for range missing {
		x = append(x, last)
	}
	return x, nil
}

func (f *file) readForces() error {
	for _, r := range []struct {
		field string
		dst   *[]float64
	}{{"signal.target", &f.Target}, {"signal.path", &f.PathForce}} {
		if !f.matFile.Has(r.field) {
			continue
		}
		v, err := f.matFile.Get(r.field)
		if err != nil {
			return err
		}
		if len(v.Num) == 0 {
			continue
		}
		if f.Samples == 0 {
			f.Samples = len(v.Num)
		}
		if *r.dst, err = f.fit(r.field, v.Num); err != nil {
			return err
		}
	}
	return f.readAuxiliary()
}

// readAuxiliary keeps the names of the extra channels; these are used only on request, so an odd
// shape leaves them out.
func (f *file) readAuxiliary() error {
	if f.matFile.Has("signal.auxiliaryname") {
		names, err := f.matFile.Get("signal.auxiliaryname")
		if err != nil {
			return err
		}
		for i := range names.Cells {
			f.AuxNames = append(f.AuxNames, cellText(names, i))
		}
	}
	if !f.matFile.Has("signal.auxiliary") {
		return nil
	}
	if s, err := f.matFile.Shape("signal.auxiliary"); err == nil && s.Class.Numeric() &&
		len(s.Dims) == 2 && s.Dims[0] <= 64 {
		for len(f.AuxNames) < s.Dims[0] {
			f.AuxNames = append(f.AuxNames, "")
		}
	}
	for i, name := range f.AuxNames {
		if name == "" {
			f.AuxNames[i] = fmt.Sprintf("auxiliary%d", i+1)
		}
	}
	return nil
}

// auxiliary reads an auxiliary channel.
func (f *file) auxiliary(i int) ([]float64, error) {
	x := make([]float64, 0, f.Samples)
	err := f.matFile.Tiles("signal.auxiliary", func(t matfile.Tile) error {
		if i >= t.Row0 && i < t.Row0+t.Rows {
			for c := 0; c < t.Cols; c++ {
				x = append(x, t.Data[c*t.Rows+i-t.Row0])
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f.fit("signal.auxiliary "+f.AuxNames[i], x)
}
