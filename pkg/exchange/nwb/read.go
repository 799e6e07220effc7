package nwb

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/recording"
)

// Is reports whether an HDF5 file with these names at its root is one of NWB 2.
func Is(names []string) bool {
	return slices.Contains(names, "units") && slices.Contains(names, "session_start_time")
}

// Read reads the table of units of an NWB file, of this program or any other: spike_times with its
// index, and if they are there muscle (or target_muscle), unit_name, electrode_grid and
// unit_in_grid. The sampling rate is that of the resolution of spike_times, else of an electrical
// series in acquisition, else the given one; times are samples if they lie on those, else s. A
// series called force or torque is the force, and intervals/plateaus are its plateaus. The file is
// opened in a child process (package matfile). Errors name file and dataset.
func Read(path string, given recording.Given) (*recording.Raw, error) {
	h, err := matfile.OpenHDF5(path)
	if err != nil {
		return nil, err
	}
	f := reading{h, given.Start(path), given}
	gridsKnown, err := f.all()
	if err := errors.Join(err, h.Close()); err != nil {
		return nil, err
	}
	return f.r, given.AssignMuscles(f.r, gridsKnown)
}

type reading struct {
	*matfile.HDF5
	r     *recording.Raw
	given recording.Given
}

func (f reading) fail(at, format string, args ...any) error {
	return fmt.Errorf("%s: %s: %s", f.r.Source, at, fmt.Sprintf(format, args...))
}

func (f reading) all() (gridsKnown bool, err error) {
	root, err := f.List("/")
	if err != nil {
		return false, err
	}
	if !slices.Contains(root, "units") {
		return false, f.fail("/units", "the file has no table of units (sorted spikes)")
	}
	columns, err := f.List("/units")
	if err != nil {
		return false, err
	}
	if !slices.Contains(columns, "spike_times") {
		return false, f.fail("/units/spike_times", "the table of units has no discharges; it has %s",
			strings.Join(columns, ", "))
	}
	times, err := f.times()
	if err != nil {
		return false, err
	}
	if gridsKnown, err = f.describe(columns, len(times)); err != nil {
		return false, err
	}
	if err := f.rate(root); err != nil {
		return false, err
	}
	if f.given.Times == recording.TimesOfFormat {
		f.count(times)
	}
	if err := f.given.TakeTimes(f.r, times, 0); err != nil {
		return false, err
	}
	return gridsKnown, f.force(root)
}

// times cuts the discharges of all units apart.
func (f reading) times() ([][]float64, error) {
	spikes, dims, err := f.Numbers("/units/spike_times")
	if err != nil {
		return nil, err
	}
	ends, _, err := f.Numbers("/units/spike_times_index")
	if err != nil {
		return nil, err
	}
	if len(dims) != 1 || len(ends) == 0 {
		return nil, f.fail("/units/spike_times", "has shape %v for %d units", dims, len(ends))
	}
	out := make([][]float64, len(ends))
	from := 0.0
	for i, to := range ends {
		if !(to >= from) || to > float64(len(spikes)) || to != math.Trunc(to) {
			return nil, f.fail("/units/spike_times_index", "unit %d ends at %v of %d, after %v", i, to,
				len(spikes), from)
		}
		out[i] = slices.Clone(spikes[int(from):int(to)])
		from = to
	}
	return out, nil
}

// first is the first of the names that is a column.
func first(columns []string, names ...string) string {
	for _, name := range names {
		if slices.Contains(columns, name) {
			return name
		}
	}
	return ""
}

// describe makes the units, with what the columns say of them.
func (f reading) describe(columns []string, n int) (gridsKnown bool, err error) {
	f.r.Units = make([]recording.RawUnit, n)
	ids, _, err := f.numbers(columns, n, "id")
	if err != nil {
		return false, err
	}
	names, err := f.texts(columns, n, "unit_name")
	if err != nil {
		return false, err
	}
	muscles, err := f.texts(columns, n, "muscle", "target_muscle", "muscle_name")
	if err != nil {
		return false, err
	}
	grids, gridsKnown, err := f.numbers(columns, n, "electrode_grid")
	if err != nil {
		return false, err
	}
	inGrid, _, err := f.numbers(columns, n, "unit_in_grid")
	if err != nil {
		return false, err
	}
	pnr, _, err := f.numbers(columns, n, pulseToNoise)
	if err != nil {
		return false, err
	}
	sil, _, err := f.numbers(columns, n, silhouette)
	if err != nil {
		return false, err
	}
	for i := range f.r.Units {
		u := &f.r.Units[i]
		u.InGrid = i
		if pnr != nil && !math.IsNaN(pnr[i]) {
			u.PNRdB = pnr[i]
		}
		if sil != nil && !math.IsNaN(sil[i]) {
			u.Silhouette = sil[i]
		}
		switch {
		case names != nil:
			u.Name = names[i]
		case ids != nil:
			u.Name = strconv.FormatFloat(ids[i], 'f', -1, 64)
		}
		if grids != nil && inGrid != nil {
			u.Grid, u.InGrid = max(0, int(grids[i])), max(0, int(inGrid[i]))
			gridsKnown = gridsKnown && grids[i] >= 0
		}
		if muscles == nil || strings.TrimSpace(muscles[i]) == "" {
			continue
		}
		u.Muscle = strings.TrimSpace(muscles[i])
		if err := recording.CheckMuscle(u.Muscle); err != nil {
			return false, f.fail("/units", "unit %d: %v", i, err)
		}
	}
	return gridsKnown, nil
}

// numbers reads a column of numbers; nil without it.
func (f reading) numbers(columns []string, n int, names ...string) ([]float64, bool, error) {
	name := first(columns, names...)
	if name == "" {
		return nil, false, nil
	}
	v, _, err := f.Numbers("/units/" + name)
	if err == nil && len(v) != n {
		err = f.fail("/units/"+name, "has %d values for %d units", len(v), n)
	}
	return v, true, err
}

// texts reads a column of texts; nil without it, or if it holds something else.
func (f reading) texts(columns []string, n int, names ...string) ([]string, error) {
	name := first(columns, names...)
	if name == "" || slices.Contains(columns, name+"_index") {
		return nil, nil
	}
	v, err := f.Texts("/units/" + name)
	if err == nil && len(v) != n {
		err = f.fail("/units/"+name, "has %d values for %d units", len(v), n)
	}
	if err != nil {
		f.r.Warn("unit_column", "%v", err)
		return nil, nil
	}
	return v, nil
}

// rate finds the sampling rate.
func (f reading) rate(root []string) error {
	if res := f.AttrNumber("/units/spike_times", "resolution"); res > 1e-6 && res <= 0.01 {
		f.r.FsHz = nearWhole(1 / res)
		return nil
	}
	if slices.Contains(root, "acquisition") {
		series, err := f.List("/acquisition")
		if err != nil {
			return err
		}
		for _, name := range series {
			at := "/acquisition/" + name
			if f.AttrText(at, "neurodata_type") == "ElectricalSeries" {
				if rate := f.AttrNumber(at+"/starting_time", "rate"); rate > 0 && !math.IsInf(rate, 0) {
					f.r.FsHz = rate
					return nil
				}
			}
		}
	}
	return nil
}

// nearWhole is the whole number next to x if x is that within rounding.
func nearWhole(x float64) float64 {
	if w := math.Round(x); math.Abs(x-w) < 1e-6*w {
		return w
	}
	return x
}

// count turns s into samples if all discharges lie on samples.
func (f reading) count(times [][]float64) {
	fs := f.r.FsHz
	if fs == 0 {
		f.r.FsHz = recording.DefaultFsHz
		return
	}
	for _, train := range times {
		for _, t := range train {
			if d := t*fs - math.Round(t*fs); !(math.Abs(d) < 0.01) {
				return
			}
		}
	}
	f.r.TimeUnits = "samples"
	for _, train := range times {
		for i := range train {
			train[i] = math.Round(train[i] * fs)
		}
	}
}

// force looks for a series of the force, with the rate of the discharges.
func (f reading) force(root []string) error {
	for _, top := range []string{"processing", "acquisition"} {
		if !slices.Contains(root, top) {
			continue
		}
		groups := []string{"/" + top}
		if top == "processing" {
			modules, err := f.List("/processing")
			if err != nil {
				return err
			}
			groups = nil
			for _, m := range modules {
				groups = append(groups, "/processing/"+m)
			}
		}
		for _, g := range groups {
			names, err := f.List(g)
			if err != nil {
				return err
			}
			for _, name := range names {
				lower := strings.ToLower(name)
				if strings.Contains(lower, "force") || strings.Contains(lower, "torque") {
					if err := f.takeForce(g + "/" + name); err != nil {
						return err
					}
				}
			}
		}
	}
	return f.plateaus(root)
}

func (f reading) takeForce(at string) error {
	rate := f.AttrNumber(at+"/starting_time", "rate")
	if f.r.TimeUnits != "samples" || rate != f.r.FsHz {
		f.r.Warn(recording.WarnNoForce, "%s at %v Hz is not used: the discharges are in %s at %v Hz", at,
			rate, f.r.TimeUnits, f.r.FsHz)
		return nil
	}
	x, dims, err := f.Numbers(at + "/data")
	if err != nil {
		return err
	}
	last := 0.0
	for _, u := range f.r.Units {
		for _, t := range u.Times {
			last = max(last, t)
		}
	}
	if len(dims) != 1 || float64(len(x)) <= last || len(f.r.Forces) > 0 {
		f.r.Warn(recording.WarnNoForce, "%s with shape %v is not used: the last discharge is at %v", at,
			dims, last)
		return nil
	}
	f.r.Samples = len(x)
	f.r.Forces = []recording.ForceCandidate{{Role: recording.ForceRow, From: at,
		Load: func() ([]float64, error) { return x, nil }}}
	return nil
}

// plateaus takes intervals/plateaus as the plateaus of the force.
func (f reading) plateaus(root []string) error {
	if len(f.r.Forces) == 0 || !slices.Contains(root, "intervals") {
		return nil
	}
	names, err := f.List("/intervals")
	if err != nil || !slices.Contains(names, "plateaus") {
		return err
	}
	start, _, err := f.Numbers("/intervals/plateaus/start_time")
	if err != nil {
		return err
	}
	stop, _, err := f.Numbers("/intervals/plateaus/stop_time")
	if err != nil {
		return err
	}
	for i := range min(len(start), len(stop)) {
		p := recording.Plateau{Start: int(math.Round(start[i] * f.r.FsHz)),
			Stop: int(math.Round(stop[i] * f.r.FsHz))}
		if !(start[i] >= 0) || !(stop[i] < 1<<20) || p.Stop > f.r.Samples || p.Start >= p.Stop {
			return f.fail("/intervals/plateaus", "plateau from %v to %v s must lie inside the recording",
				start[i], stop[i])
		}
		f.r.Plateaus = append(f.r.Plateaus, p)
	}
	return nil
}
