package muedit

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/analysis/quality"
	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/recording"
)

// readSpikes finds the spike times: edition.Dischargetimes, the older
// edition.Distimeclean, or (unedited) signal.Dischargetimes.
func (f *file) readSpikes(opt Options) error {
	switch {
	case f.matFile.Has("edition"):
		f.Kind = recording.KindEdited
		if f.matFile.Has("edition.Dischargetimes") {
			return f.readDischarges("edition.Dischargetimes")
		}
		if f.matFile.Has("edition.Distimeclean") {
			f.warn(WarnDistimeclean, "edition.Dischargetimes is missing, edition.Distimeclean is used")
			return f.readNested("edition.Distimeclean")
		}
		return f.fail(matfile.MissingField, "edition.Dischargetimes", "is not in the file")
	case !opt.Unedited:
		return f.fail(matfile.MissingField, "edition",
			"is not in the file: it was not edited; edit it in MUedit or use --unedited")
	case !f.matFile.Has("signal.Dischargetimes"):
		return f.fail(matfile.MissingField, "signal.Dischargetimes",
			"is not in the file: it was not decomposed")
	}
	f.Kind = recording.KindDecomposed
	f.warn(WarnNotEdited, "spike times before editing are used")
	return f.readDischarges("signal.Dischargetimes")
}

func (f *file) readDischarges(field string) error {
	v, err := f.matFile.Get(field)
	if err != nil {
		return err
	}
	if v.Class != matfile.Cell {
		return f.fail(matfile.WrongType, field, "a cell array grids x units is expected, found %s",
			v.Class)
	}
	if len(v.Dims) != 2 {
		return f.fail(matfile.BadShape, field, "a cell array grids x units is expected, found %v", v.Dims)
	}
	rows, cols := v.Rows(), v.Cols()
	f.Grids = make([]grid, rows)
	for g := range f.Grids {
		for u := 0; u < cols; u++ {
			samples, err := f.unit(v.Cells[u*rows+g], fmt.Sprintf("%s{%d,%d}", field, g+1, u+1))
			if err != nil {
				return err
			}
			f.Grids[g].Units = append(f.Grids[g].Units, unit{samples})
		}
	}
	return nil
}

func (f *file) readNested(field string) error {
	v, err := f.matFile.Get(field)
	if err != nil {
		return err
	}
	if v.Class != matfile.Cell {
		return f.fail(matfile.WrongType, field, "a cell array is expected, found %s", v.Class)
	}
	f.Grids = make([]grid, len(v.Cells))
	for g, c := range v.Cells {
		where := fmt.Sprintf("%s{1,%d}", field, g+1)
		if c.Len() == 0 {
			continue
		}
		if c.Class != matfile.Cell {
			return f.fail(matfile.WrongType, where, "a cell array is expected, found %s", c.Class)
		}
		for u, d := range c.Cells {
			samples, err := f.unit(d, fmt.Sprintf("%s{1,%d}", where, u+1))
			if err != nil {
				return err
			}
			f.Grids[g].Units = append(f.Grids[g].Units, unit{samples})
		}
	}
	return nil
}

func (f *file) unit(v *matfile.Value, field string) ([]float64, error) {
	if v.Len() == 0 {
		return nil, nil
	}
	if !v.Class.Numeric() {
		return nil, f.fail(matfile.WrongType, field, "numbers are expected, found %s", v.Class)
	}
	if len(v.Dims) != 2 || v.Rows() != 1 && v.Cols() != 1 {
		return nil, f.fail(matfile.BadShape, field, "a vector is expected, found %v", v.Dims)
	}
	return v.Num, nil
}

// checkSpikes turns times into sample numbers, enforces whole ones in 1..Samples, and sorts and
// makes unique with a warning (an error when strict).
func (f *file) checkSpikes(opt Options) error {
	if err := f.number(opt.Times); err != nil {
		return err
	}
	total := 0
	for g := range f.Grids {
		for u := range f.Grids[g].Units {
			field := fmt.Sprintf("%s{%d,%d}", f.spikeField(), g+1, u+1)
			unit := &f.Grids[g].Units[u]
			if err := f.checkRange(unit, field, opt.Allow); err != nil {
				return err
			}
			if err := f.checkOrder(unit, field, opt.Strict); err != nil {
				return err
			}
			total += len(unit.Samples)
		}
	}
	if total == 0 {
		return f.fail(matfile.BadValue, f.spikeField(), "no unit has a spike")
	}
	return nil
}

// number turns times into sample numbers from 1. Times in s are those numbers over the rate, as
// Dischargetimes/fsamp gives them; if one is 0, they count from 0.
func (f *file) number(times recording.Times) error {
	if err := times.Check(); err != nil {
		return err
	}
	scale, first := 1.0, 1.0
	switch times {
	case recording.TimesSamples0:
		first = 0
	case recording.TimesSeconds:
		scale = f.FsHz
	case recording.TimesMs:
		scale = f.FsHz / 1000
	}
	var all []float64
	for g := range f.Grids {
		for u := range f.Grids[g].Units {
			samples := slices.Clone(f.Grids[g].Units[u].Samples)
			if scale != 1 {
				for k := range samples {
					samples[k] = math.Round(samples[k] * scale)
				}
			}
			f.Grids[g].Units[u].Samples = samples
			all = append(all, samples...)
		}
	}
	if scale != 1 && len(all) > 0 {
		first = math.Min(1, math.Max(0, slices.Min(all)))
	}
	if first == 0 {
		for _, grid := range f.Grids {
			for _, u := range grid.Units {
				for k := range u.Samples {
					u.Samples[k]++
				}
			}
		}
	}
	return nil
}

func (f *file) checkRange(u *unit, field string, allow bool) error {
	var inside []float64
	rounded := 0
	for _, s := range u.Samples {
		if math.IsNaN(s) || math.IsInf(s, 0) {
			return f.fail(matfile.BadValue, field, "a spike time is %v", s)
		}
		text := ""
		switch whole := s == math.Trunc(s); {
		case !whole && !allow:
			text = fmt.Sprintf("spike time %v is not a whole sample number%s", s, f.likely())
		case !whole:
			rounded++
			s = math.Round(s)
		case s == 0 && !f.anyBelow(0):
			text = "spike time 0, but samples in MATLAB files start at 1: the times look 0-based; give " +
				"--times samples0"
		case s < 1:
			text = fmt.Sprintf("spike time %v; sample numbers start at 1", s)
		case f.Samples > 0 && s > float64(f.Samples):
			text = fmt.Sprintf("spike time %v is beyond the last sample %d; if the times are no samples, "+
				"give --times; --allow-implausible leaves such spikes out", s, f.Samples)
		}
		if text != "" && !allow {
			return f.fail(matfile.BadValue, field, "%s", text)
		}
		if text == "" {
			inside = append(inside, s)
		}
	}
	if n := len(u.Samples) - len(inside); n > 0 {
		f.warn(WarnOutside, "%s: %d of %d spike times lie outside of samples 1 to %d and are left out",
			field, n, len(u.Samples), f.Samples)
	}
	if rounded > 0 {
		f.warn(WarnRounded, "%s: %d spike times were rounded to whole samples", field, rounded)
	}
	u.Samples = inside
	return nil
}

// units lists all units with discharges.
func (f *file) units() []recording.RawUnit {
	var out []recording.RawUnit
	for g := range f.Grids {
		for _, u := range f.Grids[g].Units {
			if len(u.Samples) > 0 {
				out = append(out, recording.RawUnit{Grid: g, Times: u.Samples})
			}
		}
	}
	return out
}

func (f *file) anyBelow(limit float64) bool {
	return slices.ContainsFunc(f.units(), func(u recording.RawUnit) bool {
		return slices.Min(u.Times) < limit
	})
}

// likely says what times that are no sample numbers look like: seconds or ms with which units
// discharge as units do and that end in the recording.
func (f *file) likely() string {
	units := f.units()
	for _, t := range quality.Readings(units, f.FsHz, float64(f.Samples)/f.FsHz) {
		if name := quality.ReadingName(t); t != recording.TimesSamples {
			return fmt.Sprintf(": the times look like %s; give --times %s", name, t)
		}
	}
	return ""
}

// checkUnits names units without discharges, and grids whose pulse trains are more or fewer than
// their units.
func (f *file) checkUnits() {
	for g, grid := range f.Grids {
		last, n := 0, 0
		for u, unit := range grid.Units {
			if len(unit.Samples) > 0 {
				last, n = u+1, n+1
			}
		}
		field := strings.Replace(f.spikeField(), "Dischargetimes", "Pulsetrain", 1)
		field = fmt.Sprintf("%s{1,%d}", field, g+1)
		trains := -1
		if s, err := f.matFile.Shape(field); err == nil && len(s.Dims) == 2 && s.Class.Numeric() {
			if trains = s.Dims[0]; product(s.Dims) == 0 {
				trains = 0
			}
		}
		var empty []string
		for u := range min(len(grid.Units), max(last, trains)) {
			if len(grid.Units[u].Samples) == 0 {
				empty = append(empty, strconv.Itoa(u+1))
			}
		}
		if len(empty) > 0 {
			f.warn(WarnEmptyUnit, "grid %d: no discharges of unit %s: left out", g+1,
				strings.Join(empty, ", "))
		}
		if trains >= 0 && trains != n && trains != n+len(empty) {
			f.warn(WarnPulseTrains, "%s has %d pulse trains, but %s has %d units with discharges in this "+
				"grid; these are used", field, trains, f.spikeField(), n)
		}
	}
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

func (f *file) checkOrder(u *unit, field string, strict bool) error {
	sorted := slices.IsSorted(u.Samples)
	s := slices.Clone(u.Samples)
	slices.Sort(s)
	unique := slices.Compact(s)
	repeats := len(u.Samples) - len(unique)
	if sorted && repeats == 0 {
		return nil
	}
	if strict {
		return f.fail(matfile.BadValue, field, "spike times are not rising and unique (--strict)")
	}
	if !sorted {
		f.warn(recording.WarnUnsorted, "%s: spike times were sorted", field)
	}
	if repeats > 0 {
		f.warn(WarnDuplicate, "%s: %d repeated spike times were removed", field, repeats)
	}
	u.Samples = unique
	return nil
}

func (f *file) spikeField() string {
	if f.Kind == recording.KindDecomposed {
		return "signal.Dischargetimes"
	}
	return "edition.Dischargetimes"
}
