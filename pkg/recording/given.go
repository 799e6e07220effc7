package recording

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Given is what the user says of a recording, for files that do not say it themselves.
type Given struct {
	Name      Name      // from the path
	FsHz      float64   // sampling rate, Hz; 0: unknown
	Group     string    // muscle group, instead of the one in Name; "": that one
	MuscleMap MuscleMap // muscle of each grid of a group
	Times     Times     // how discharge times are to be read
	Allow     bool      // discharges that cannot be are left out instead of refused
}

// Start is a recording of that path without units: discharge times alone, in s.
func (g Given) Start(path string) *Raw {
	return &Raw{Name: g.Name, Source: path, Kind: KindTable, FsHz: g.FsHz, TimeUnits: "s"}
}

// AssignMuscles gives every unit without a muscle that of its group: the group's only one, or the
// one of the unit's grid, if the file tells the grids. A group that was given and is not in the map
// is itself the muscle.
func (g Given) AssignMuscles(r *Raw, gridsKnown bool) error {
	if !slices.ContainsFunc(r.Units, func(u RawUnit) bool { return u.Muscle == "" }) {
		return nil
	}
	if g.Group != "" {
		r.Name.Group = g.Group
	}
	muscles, err := g.MuscleMap.Muscles(r.Source, r.Name.Group)
	if _, known := g.MuscleMap[r.Name.Group]; !known && g.Group != "" {
		muscles, err = []string{g.Group}, nil
	}
	if err != nil {
		return fmt.Errorf("%w (the file names no muscles)", err)
	}
	distinct := slices.Compact(slices.Clone(muscles))
	for i := range r.Units {
		u := &r.Units[i]
		switch {
		case u.Muscle != "":
		case len(distinct) == 1:
			u.Muscle = distinct[0]
		case !gridsKnown:
			return fmt.Errorf("%s: muscle group %s has the muscles %s, and the file does not say which "+
				"unit belongs to which; give --muscles MUSCLE if they are all of one, or convert a table "+
				"unit,muscle,time_s", r.Source, r.Name.Group, strings.Join(distinct, ", "))
		case u.Grid < 0 || u.Grid >= len(muscles):
			return fmt.Errorf("%s: unit %d is of grid %d, but muscle group %s has %d grids; correct "+
				"--muscles or the muscle map", r.Source, i+1, u.Grid+1, r.Name.Group, len(muscles))
		default:
			u.Muscle = muscles[u.Grid]
		}
	}
	return nil
}

// CheckMuscle reports a muscle that cannot be written: an empty name, or one with a slash.
func CheckMuscle(name string) error {
	if name == "" || strings.Contains(name, "/") {
		return fmt.Errorf("muscle %q; a name without a slash is expected", name)
	}
	return nil
}

// TakeTimes sets the units' times, one train each, which are in r.TimeUnits and count from base if
// these are samples; what was given of the times goes before. Times that lie outside of the
// recording, or are no whole samples where samples are counted, are errors that name the unit; with
// g.Allow they are left out with a warning.
func (g Given) TakeTimes(r *Raw, trains [][]float64, base float64) error {
	scale := 1.0
	switch g.Times {
	case TimesOfFormat:
	case TimesSamples, TimesSamples0:
		if r.TimeUnits, base = "samples", 0; g.Times == TimesSamples {
			base = 1
		}
		if !(r.FsHz > 0) {
			return fmt.Errorf("%s: --times %s needs the sampling rate: give --fs HZ", r.Source, g.Times)
		}
	case TimesSeconds, TimesMs:
		if r.TimeUnits, base = "s", 0; g.Times == TimesMs {
			scale = 1000
		}
	default:
		return fmt.Errorf("%s: %w", r.Source, g.Times.Check())
	}
	for i, train := range trains {
		u := &r.Units[i]
		kept := make([]float64, 0, len(train))
		for _, v := range train {
			if t := (v - base) / scale; r.possible(t) {
				kept = append(kept, t)
			} else if !g.Allow {
				return fmt.Errorf("%s: %s: discharge %v is no time in the recording (%s); %s", r.Source,
					u.Label(), v, r.allowed(base), r.hint(v, base))
			}
		}
		if n := len(train) - len(kept); n > 0 {
			r.Warn("outside", "%s: %d discharges outside of the recording (%s) are left out", u.Label(), n,
				r.allowed(base))
		}
		if u.Times = nil; len(kept) > 0 {
			u.Times = kept
		}
	}
	return nil
}

// possible reports whether a discharge lies in the recording, on a sample if it counts those.
func (r *Raw) possible(v float64) bool {
	if !(v >= 0) || v > maxTime {
		return false
	}
	if r.TimeUnits != "samples" {
		return true
	}
	return v == float64(int64(v)) && (r.Samples == 0 || v < float64(r.Samples))
}

// maxTime bounds discharge times: 15 hours at 20 kHz.
const maxTime = 1 << 30

// hint says what to do about a discharge that is not possible.
func (r *Raw) hint(v, base float64) string {
	switch {
	case math.IsNaN(v):
		return "delete it, or leave it out with --allow-implausible"
	case r.TimeUnits != "samples":
		return "correct it, say with --times how else to read the times, or leave such discharges out " +
			"with --allow-implausible"
	case v != math.Trunc(v):
		return "the times look like seconds or milliseconds: give --times seconds, or --times ms"
	case v == 0 && base == 1:
		return "the sample numbers look as if they start at 0: give --times samples0"
	}
	return "say with --times how else to read the times, or leave such discharges out with " +
		"--allow-implausible"
}

func (r *Raw) allowed(base float64) string {
	text := "whole samples from " + fmt.Sprint(base)
	if r.TimeUnits != "samples" {
		text = "s from 0"
	}
	if r.Samples > 0 {
		text += fmt.Sprintf(", %d samples in all", r.Samples)
	}
	return text
}
