// Package npztrains reads the discharges of motor units from NumPy archives (.npz), in the layouts
// that decomposition programs and their users save; docs/formats/npz.md describes them.
package npztrains

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/file/npz"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/run/job"
)

// Options of Read.
type Options struct {
	Name      recording.Name      // of the recording
	FsHz      float64             // sampling rate, Hz, where the archive has none; 0: unknown
	Group     string              // muscle group, instead of the one in Name; "": that one
	MuscleMap recording.MuscleMap // muscle of each grid of a group
}

// Read reads an archive. Times are samples from 0, or s from the start of the recording. There is
// no EMG and no force. Errors name file and array.
func Read(path string, opt Options) (*recording.Raw, error) {
	arrays, err := npz.Read(path)
	if err != nil {
		return nil, err
	}
	f := archive{path: path, arrays: map[string]*npz.Array{}}
	for name, a := range arrays {
		f.arrays[strings.ToLower(name)] = a
	}
	raw, err := f.raw(opt)
	if err != nil {
		return nil, err
	}
	sum, err := job.SumFile(path)
	raw.SHA256 = sum.SHA256
	return raw, err
}

// Names under which arrays are looked for, in lower case.
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
	gridNames    = []string{"grid", "grids", "grid_index", "grid_of_unit"}
	nameNames    = []string{"unit_name", "unit_names"}
	baseNames    = []string{"index_base"}
	totalNames   = []string{"samples", "n_samples", "emg_length"}
)

// train is a unit of an archive before its muscle is known.
type train struct {
	name   string
	number float64 // the name, where units are numbered
	grid   int     // -1 unknown
	times  []float64
}

// archive is the archive with names in lower case.
type archive struct {
	path   string
	arrays map[string]*npz.Array
}

func (f archive) find(names []string) *npz.Array {
	for _, n := range names {
		if a := f.arrays[n]; a != nil {
			return a
		}
	}
	return nil
}

// number is the one value of an array, or NaN without it.
func (f archive) number(names []string) (float64, error) {
	a := f.find(names)
	if a == nil {
		return math.NaN(), nil
	}
	if len(a.Num) != 1 {
		return 0, fmt.Errorf("%s: array %s: one number is expected, found %d values",
			f.path, a.Name, a.Len())
	}
	return a.Num[0], nil
}

// raw reads the arrays into a recording.
func (f archive) raw(opt Options) (*recording.Raw, error) {
	r := &recording.Raw{
		Name: opt.Name, Source: f.path, Kind: recording.KindTable, FsHz: opt.FsHz, TimeUnits: "s",
	}
	rate, err := f.number(rateNames)
	if err != nil {
		return nil, err
	}
	if !math.IsNaN(rate) {
		r.FsHz = rate
	}
	list, seconds, err := f.trains()
	if err != nil {
		return nil, err
	}
	if !seconds {
		r.TimeUnits = "samples"
		if !(r.FsHz > 0) || math.IsInf(r.FsHz, 0) {
			return nil, fmt.Errorf("%s: discharges in samples need a positive sampling rate: "+
				"an array fsamp, or --fs HZ", f.path)
		}
	}
	if r.FsHz == 0 {
		r.FsHz = recording.DefaultFsHz
	}
	base, err := f.number(baseNames)
	if err != nil {
		return nil, err
	}
	if math.IsNaN(base) || seconds {
		base = 0
	}
	if total, err := f.number(totalNames); err != nil {
		return nil, err
	} else if total > 0 && total < 1<<40 {
		r.Samples = int(total)
	}
	return r, f.take(r, opt, list, base)
}

// take names the units and their muscles; base is the number of the first sample.
func (f archive) take(r *recording.Raw, opt Options, list []train, base float64) error {
	if a := f.find(nameNames); a != nil {
		if len(a.Text) != len(list) {
			return fmt.Errorf("%s: array %s: %d names of %d units", f.path, a.Name, a.Len(), len(list))
		}
		for i := range list {
			list[i].name = a.Text[i]
		}
	}
	if a := f.find(gridNames); a != nil && f.find(unitNames) != a && len(a.Num) == len(list) {
		for i := range list {
			list[i].grid = int(a.Num[i])
		}
	}
	muscle, err := f.muscles(r, opt, list)
	if err != nil {
		return err
	}
	for i, t := range list {
		n := len(r.Units)
		u := r.Named(muscle[i], t.name)
		if len(r.Units) == n {
			return fmt.Errorf("%s: two units %q of muscle %s", f.path, t.name, muscle[i])
		}
		u.Grid = max(0, t.grid)
		for _, v := range t.times {
			v -= base
			if !possible(r, v) {
				return fmt.Errorf("%s: unit %q: discharge %v is no time in the recording (%s from %v%s)",
					f.path, t.name, v+base, r.TimeUnits, base, upTo(r.Samples))
			}
			u.Times = append(u.Times, v)
		}
	}
	return nil
}

// possible reports whether a discharge lies in the recording, on a sample if it counts those.
func possible(r *recording.Raw, v float64) bool {
	if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		return false
	}
	if r.TimeUnits != "samples" {
		return true
	}
	return v == math.Trunc(v) && (r.Samples == 0 || v < float64(r.Samples))
}

func upTo(samples int) string {
	if samples == 0 {
		return ""
	}
	return fmt.Sprintf(", %d samples in all", samples)
}

// muscles is the muscle of every unit: one for all, one each, or one for each grid; without the
// array the muscle group decides.
func (f archive) muscles(r *recording.Raw, opt Options, list []train) ([]string, error) {
	var names []string
	from := ""
	if a := f.find(muscleNames); a != nil && a.Text != nil {
		names, from = a.Text, "array "+a.Name
	} else {
		if opt.Group != "" {
			r.Name.Group = opt.Group
		}
		group, err := opt.MuscleMap.Muscles(f.path, r.Name.Group)
		if err != nil {
			return nil, fmt.Errorf("%w (the archive has no array of muscles)", err)
		}
		names, from = group, "muscle group "+r.Name.Group
		if same := slices.Compact(slices.Clone(group)); len(same) == 1 {
			names = same
		}
	}
	out := make([]string, len(list))
	for i, t := range list {
		switch {
		case len(names) == 1:
			out[i] = names[0]
		case t.grid >= 0 && t.grid < len(names):
			out[i] = names[t.grid]
		case t.grid < 0 && len(names) == len(list):
			out[i] = names[i]
		default:
			return nil, fmt.Errorf("%s: %s names %d muscles for %d units; one, one each, or one for every "+
				"grid with an array grid (unit %q: grid %d)",
				f.path, from, len(names), len(list), t.name, t.grid)
		}
		if out[i] = strings.TrimSpace(out[i]); out[i] == "" || strings.Contains(out[i], "/") {
			return nil, fmt.Errorf("%s: unit %q: muscle %q; a name without a slash is expected",
				f.path, t.name, out[i])
		}
	}
	return out, nil
}

// trains finds the discharges in one of the layouts; seconds tells their unit.
func (f archive) trains() (list []train, seconds bool, err error) {
	for _, names := range [][]string{samplesNames, secondsNames} {
		seconds = slices.Equal(names, secondsNames)
		if a := f.find(names); a != nil {
			list, err = f.one(a)
			return list, seconds, err
		}
		if list, err = f.single(names); list != nil || err != nil {
			return list, seconds, err
		}
	}
	if a := f.find(binaryNames); a != nil {
		list, err = f.binary(a)
		return list, false, err
	}
	return nil, false, fmt.Errorf("%s: no array of discharges (discharge_times, spike_times_s, "+
		"spike_trains; docs/formats/npz.md); it has %s", f.path,
		strings.Join(slices.Sorted(maps.Keys(f.arrays)), ", "))
}

// one reads all discharges from one array: padded rows, or flat with the unit of each, or with
// the number of each unit's.
func (f archive) one(a *npz.Array) ([]train, error) {
	if a.Num == nil {
		return nil, fmt.Errorf("%s: array %s holds texts; numbers are expected", f.path, a.Name)
	}
	if len(a.Shape) == 2 {
		return padded(a), nil
	}
	if len(a.Shape) != 1 {
		return nil, fmt.Errorf("%s: array %s has shape %v; one or two dimensions are expected",
			f.path, a.Name, a.Shape)
	}
	if u := f.find(unitNames); u != nil {
		return f.labelled(a, u)
	}
	c := f.find(countsNames)
	if c == nil {
		return nil, fmt.Errorf("%s: array %s is flat; an array unit (of each discharge) or counts (of "+
			"each unit) is needed beside it", f.path, a.Name)
	}
	var out []train
	rest := a.Num
	for i, n := range c.Num {
		if n != math.Trunc(n) || n < 0 || n > float64(len(rest)) {
			return nil, fmt.Errorf("%s: array %s: unit %d has %v discharges of the %d that are left",
				f.path, c.Name, i, n, len(rest))
		}
		out = append(out, train{name: strconv.Itoa(i), grid: -1, times: rest[:int(n)]})
		rest = rest[int(n):]
	}
	if len(rest) > 0 || len(out) == 0 {
		return nil, fmt.Errorf("%s: array %s gives %d units and leaves %d discharges of %s",
			f.path, c.Name, len(out), len(rest), a.Name)
	}
	return out, nil
}

// padded reads a row per unit; NaN and negative numbers fill up.
func padded(a *npz.Array) []train {
	out := make([]train, a.Shape[0])
	for i := range out {
		out[i] = train{name: strconv.Itoa(i), grid: -1}
		for _, v := range a.Num[i*a.Shape[1] : (i+1)*a.Shape[1]] {
			if v >= 0 {
				out[i].times = append(out[i].times, v)
			}
		}
	}
	return out
}

// labelled reads a flat array with the unit of every discharge; numbers in their order, texts
// in order of first appearance.
func (f archive) labelled(a, u *npz.Array) ([]train, error) {
	if u.Len() != a.Len() {
		return nil, fmt.Errorf("%s: array %s has %d values, %s has %d; the unit of every discharge is "+
			"expected", f.path, u.Name, u.Len(), a.Name, a.Len())
	}
	at := map[string]int{}
	var out []train
	for i, t := range a.Num {
		var name string
		var number float64
		if u.Text != nil {
			name = u.Text[i]
		} else {
			number = u.Num[i]
			name = strconv.FormatFloat(number, 'g', -1, 64)
		}
		k, ok := at[name]
		if !ok {
			k = len(out)
			at[name] = k
			out = append(out, train{name: name, number: number, grid: -1})
		}
		out[k].times = append(out[k].times, t)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: array %s holds no discharge", f.path, a.Name)
	}
	if u.Text == nil {
		slices.SortStableFunc(out, func(x, y train) int { return cmp.Compare(x.number, y.number) })
	}
	return out, nil
}

// numbered are the names of arrays of one unit, with grid and unit or the unit alone.
var numbered = regexp.MustCompile(`^(.*?)[_/](\d+)(?:[_/](\d+))?$`)

// single finds arrays with one unit each, <name>_<unit> or <name>_<grid>_<unit>.
func (f archive) single(names []string) ([]train, error) {
	type place struct{ grid, unit int }
	found := map[place]*npz.Array{}
	for key, a := range f.arrays {
		m := numbered.FindStringSubmatch(key)
		if m == nil || !slices.Contains(names, m[1]) || a.Num == nil {
			continue
		}
		at := place{grid: -1}
		var errUnit, errGrid error
		at.unit, errUnit = strconv.Atoi(m[2])
		if m[3] != "" {
			at.grid = at.unit
			at.unit, errGrid = strconv.Atoi(m[3])
		}
		if err := errors.Join(errUnit, errGrid); err != nil {
			return nil, fmt.Errorf("%s: array %s: number of a unit: %w", f.path, a.Name, err)
		}
		found[at] = a
	}
	var out []train
	order := slices.SortedFunc(maps.Keys(found), func(a, b place) int {
		if a.grid != b.grid {
			return a.grid - b.grid
		}
		return a.unit - b.unit
	})
	for _, at := range order {
		name := strconv.Itoa(at.unit)
		if at.grid >= 0 {
			name = fmt.Sprintf("%d_%d", at.grid, at.unit)
		}
		out = append(out, train{name: name, grid: at.grid, times: found[at].Num})
	}
	return out, nil
}

// binary reads a matrix that is 1 where a unit discharges; the longer side is time.
func (f archive) binary(a *npz.Array) ([]train, error) {
	if a.Num == nil || len(a.Shape) != 2 || a.Len() == 0 {
		return nil, fmt.Errorf("%s: array %s has shape %v; units x samples of 0 and 1 are expected",
			f.path, a.Name, a.Shape)
	}
	rows, cols := a.Shape[0], a.Shape[1]
	unitsFirst := rows <= cols
	out := make([]train, min(rows, cols))
	for i := range out {
		out[i] = train{name: strconv.Itoa(i), grid: -1}
	}
	for i, v := range a.Num {
		u, t := i/cols, i%cols
		if !unitsFirst {
			u, t = t, u
		}
		switch v {
		case 0:
		case 1:
			out[u].times = append(out[u].times, float64(t))
		default:
			return nil, fmt.Errorf("%s: array %s: value %v of unit %d at sample %d; 0 and 1 are expected",
				f.path, a.Name, v, u, t)
		}
	}
	return out, nil
}
