// Package npztrains reads the discharges of motor units from NumPy files (.npz, .npy), in the
// layouts that decomposition programs and their users save; docs/formats/npz.md describes them.
package npztrains

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"example.org/renshaw/pkg/file/npz"
	"example.org/renshaw/pkg/recording"
)

// Read reads an archive, or a file with one array. Times are samples from 0, or s from the start of
// the recording. There is no EMG and no force. Errors name file and array.
func Read(path string, given recording.Given) (*recording.Raw, error) {
	f, err := npz.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return archive{f, given}.raw()
}

// Names under which arrays are looked for, in any case.
var (
	rateNames = []string{"fsamp", "fs", "sampling_rate", "sampling_frequency",
		"sampling_frequency_hz"}
	samplesNames = []string{"discharge_times", "dischargetimes", "discharges", "mupulses",
		"spike_samples", "distime", "spike_times"}
	secondsNames = []string{"discharge_times_s", "spike_times_s", "time_s"}
	binaryNames  = []string{"spike_trains", "spike_train", "binary_mus_firing", "binary"}
	unitNames    = []string{"unit", "units", "unit_id", "unit_index"}
	countsNames  = []string{"discharge_counts", "counts", "lengths"}
	muscleNames  = []string{"muscle", "muscles", "muscle_name", "muscle_names", "target_muscle"}
	gridNames    = []string{"grid", "grids", "grid_index", "grid_of_unit", "mu_grid_index"}
	nameNames    = []string{"unit_name", "unit_names"}
	baseNames    = []string{"index_base"}
	totalNames   = []string{"samples", "n_samples", "emg_length", "total_samples"}
)

// archive is an open file with what the user says of it.
type archive struct {
	*npz.Archive
	given recording.Given
}

// find reads the first of the names; nil if there is none.
func (f archive) find(names []string) (*npz.Array, error) {
	if name := f.Find(names...); name != "" {
		return f.Archive.Read(name)
	}
	return nil, nil
}

// number is the one value of an array, or NaN without it.
func (f archive) number(names []string) (float64, error) {
	a, err := f.find(names)
	if a == nil {
		return math.NaN(), err
	}
	if len(a.Num) != 1 {
		return 0, fmt.Errorf("%s: array %s: expected one number, found %d values",
			f.Path(), a.Name, a.Len())
	}
	return a.Num[0], nil
}

// raw reads the arrays into a recording.
func (f archive) raw() (*recording.Raw, error) {
	r := f.given.Start(f.Path())
	rate, err := f.number(rateNames)
	if err != nil {
		return nil, err
	}
	if !math.IsNaN(rate) {
		r.FsHz = rate
	}
	if math.IsInf(r.FsHz, 0) || r.FsHz < 0 {
		return nil, fmt.Errorf("%s: sampling rate %v Hz; expected a positive number", f.Path(), r.FsHz)
	}
	if total, err := f.number(totalNames); err != nil {
		return nil, err
	} else if total > 0 && total < 1<<40 {
		r.Samples = int(total)
	}
	t, err := f.trains()
	if err != nil {
		return nil, err
	}
	r.Samples = max(r.Samples, t.samples)
	if err := f.unitOfTimes(r, &t); err != nil {
		return nil, err
	}
	base, err := f.number(baseNames)
	if err != nil {
		return nil, err
	}
	if math.IsNaN(base) || r.TimeUnits != "samples" {
		base = 0
	}
	if t.binary {
		f.given.Times = recording.TimesOfFormat // they are places in a matrix
	}
	if err := f.take(r, t.list, base); err != nil {
		return nil, err
	}
	if r.FsHz == 0 {
		r.FsHz = recording.DefaultFsHz
	}
	return r, nil
}

// unitOfTimes decides what the times count. Fractions cannot be samples.
func (f archive) unitOfTimes(r *recording.Raw, t *found) error {
	fractions := slices.ContainsFunc(t.list, func(u train) bool {
		return slices.ContainsFunc(u.times, func(v float64) bool { return v != math.Trunc(v) })
	})
	if n, all := repeats(t.list); n > all/10 && !t.binary {
		return fmt.Errorf("%s: array %s: %d of %d discharges repeat the one before them, as rounded "+
			"times do; save the times unrounded", f.Path(), t.array, n, all)
	}
	if (f.given.Times == recording.TimesOfFormat || t.binary) && !t.seconds {
		r.TimeUnits = "samples"
		if fractions {
			r.TimeUnits = "s"
			r.Warn("times_in_seconds", "array %s holds fractions, so its times are read as seconds "+
				"(--times ms: milliseconds)", t.array)
		} else if !(r.FsHz > 0) {
			return fmt.Errorf("%s: discharges in samples need a positive sampling rate: "+
				"an array fsamp, or --fs HZ", f.Path())
		}
	}
	return nil
}

// repeats counts the discharges that equal the one before them, and all.
func repeats(list []train) (n, all int) {
	for _, u := range list {
		all += len(u.times)
		for k := 1; k < len(u.times); k++ {
			if u.times[k] == u.times[k-1] {
				n++
			}
		}
	}
	return n, all
}

// take names the units and their muscles; base is the number of the first sample.
func (f archive) take(r *recording.Raw, list []train, base float64) error {
	names, err := f.find(nameNames)
	if err != nil {
		return err
	}
	if names != nil && len(names.Text) != len(list) {
		return fmt.Errorf("%s: array %s: %d names for %d units", f.Path(), names.Name, names.Len(),
			len(list))
	}
	if name := f.Find(gridNames...); name != "" && name != f.Find(unitNames...) {
		a, err := f.Archive.Read(name)
		if err != nil {
			return err
		}
		for i := range list {
			if len(a.Num) == len(list) {
				list[i].grid = int(a.Num[i])
			}
		}
	}
	times := make([][]float64, len(list))
	for i, t := range list {
		if names != nil {
			t.name = names.Text[i]
		}
		r.Units = append(r.Units, recording.RawUnit{Name: t.name, Grid: t.grid, InGrid: i})
		times[i] = t.times
	}
	if err := f.muscles(r); err != nil {
		return err
	}
	known := map[[2]string]bool{}
	for i := range r.Units {
		u := &r.Units[i]
		u.Grid = max(0, u.Grid)
		key := [2]string{u.Muscle, u.Name}
		if known[key] {
			return fmt.Errorf("%s: two units %q of muscle %s", f.Path(), u.Name, u.Muscle)
		}
		known[key] = true
	}
	return f.given.TakeTimes(r, times, base)
}

// muscles sets the muscle of every unit: one for all, one each, or one for each grid; without the
// array the muscle group decides.
func (f archive) muscles(r *recording.Raw) error {
	a, err := f.find(muscleNames)
	if err != nil {
		return err
	}
	gridsKnown := len(r.Units) > 0 && r.Units[0].Grid >= 0
	if a == nil || a.Text == nil {
		return f.given.AssignMuscles(r, gridsKnown)
	}
	names := a.Text
	for i := range r.Units {
		u := &r.Units[i]
		switch {
		case len(names) == 1:
			u.Muscle = names[0]
		case u.Grid >= 0 && u.Grid < len(names):
			u.Muscle = names[u.Grid]
		case u.Grid < 0 && len(names) == len(r.Units):
			u.Muscle = names[i]
		default:
			return fmt.Errorf("%s: array %s names %d muscles for %d units; expected one, one each, or one "+
				"for every grid with an array grid (%s)",
				f.Path(), a.Name, len(names), len(r.Units), r.Units[i].Label())
		}
		u.Muscle = strings.TrimSpace(u.Muscle)
		if err := recording.CheckMuscle(u.Muscle); err != nil {
			return fmt.Errorf("%s: %s: %w", f.Path(), r.Units[i].Label(), err)
		}
	}
	return nil
}
