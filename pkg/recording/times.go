package recording

import (
	"fmt"
	"math"
)

// Times says how the discharge times of a file are to be read, against what its format says.
type Times string

// Readings of discharge times.
const (
	TimesOfFormat Times = ""         // as the format has them
	TimesSamples  Times = "samples"  // sample numbers from 1, as in MATLAB
	TimesSamples0 Times = "samples0" // sample numbers from 0, as in Python
	TimesSeconds  Times = "seconds"  // s from the start of the recording
	TimesMs       Times = "ms"       // ms from the start of the recording
)

// Check reports a reading that does not exist.
func (t Times) Check() error {
	switch t {
	case TimesOfFormat, TimesSamples, TimesSamples0, TimesSeconds, TimesMs:
		return nil
	}
	return fmt.Errorf("times: %q is unknown; use samples (from 1), samples0 (from 0), seconds or ms",
		t)
}

// ReadTimesAs takes the numbers in r for what t says. Sample numbers that are not whole are an
// error that names the unit, and so are sample numbers without a sampling rate.
func (r *Raw) ReadTimesAs(t Times) error {
	if err := t.Check(); err != nil {
		return fmt.Errorf("%s: %w", r.Source, err)
	}
	switch t {
	case TimesOfFormat:
		return nil
	case TimesSeconds, TimesMs:
		r.TimeUnits, r.FirstSample = "s", 0
		if t == TimesMs {
			for _, u := range r.Units {
				for k := range u.Times {
					u.Times[k] /= 1000
				}
			}
		}
		return nil
	}
	if !(r.FsHz > 0) {
		return fmt.Errorf("%s: --times %s needs the sampling rate: give --fs HZ", r.Source, t)
	}
	r.TimeUnits, r.FirstSample = "samples", 0
	if t == TimesSamples {
		r.FirstSample = 1
	}
	for _, u := range r.Units {
		for _, v := range u.Times {
			if v != math.Trunc(v) {
				return fmt.Errorf("%s: %s: %v is not a whole sample number; use --times seconds or "+
					"--times ms", r.Source, u.Label(), v)
			}
		}
	}
	return nil
}

// Label names a unit in messages: by its name and muscle, or by its place in the file, counted from
// 1 as MATLAB does.
func (u RawUnit) Label() string {
	who := fmt.Sprintf("grid %d unit %d", u.Grid+1, u.InGrid+1)
	if u.Name != "" {
		who = "unit " + u.Name
	}
	if u.Muscle != "" {
		who += " (" + u.Muscle + ")"
	}
	return who
}

// Seconds returns the discharge times of every unit in s from the first sample.
func (r *Raw) Seconds() [][]float64 {
	out := make([][]float64, len(r.Units))
	for i, u := range r.Units {
		out[i] = make([]float64, len(u.Times))
		for k, t := range u.Times {
			if r.TimeUnits == "samples" {
				t = (t - float64(r.FirstSample)) / r.FsHz
			}
			out[i][k] = t
		}
	}
	return out
}
