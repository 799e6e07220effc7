package muedit

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/file/npz"
)

// Names under which arrays are looked for, in lower case.
var (
	npzRate    = []string{"fsamp", "fs", "sampling_rate", "sampling_frequency", "sampling_frequency_hz"}
	npzSamples = []string{"discharge_times", "dischargetimes", "discharges", "mupulses", "spike_samples", "distime", "spike_times"}
	npzSeconds = []string{"discharge_times_s", "spike_times_s", "time_s"}
	npzBinary  = []string{"spike_trains", "spike_train", "binary_mus_firing", "binary"}
	npzUnit    = []string{"unit", "units", "unit_id", "unit_index"}
	npzCounts  = []string{"discharge_counts", "counts", "lengths"}
	npzMuscle  = []string{"muscle", "muscles", "muscle_name", "muscle_names", "target_muscle"}
	npzGrid    = []string{"grid", "grids", "grid_index", "grid_of_unit"}
	npzName    = []string{"unit_name", "unit_names"}
	npzBase    = []string{"index_base"}
	npzTotal   = []string{"samples", "n_samples", "emg_length"}
)

// npzTrain is a unit of an archive before its muscle is known.
type npzTrain struct {
	name  string
	grid  int // -1 unknown
	times []float64
}

// npzFile is the archive with names in lower case.
type npzFile struct {
	path   string
	arrays map[string]*npz.Array
}

func (f npzFile) find(names []string) *npz.Array {
	for _, n := range names {
		if a := f.arrays[n]; a != nil {
			return a
		}
	}
	return nil
}

// number is the one value of an array, or NaN without it.
func (f npzFile) number(names []string) (float64, error) {
	a := f.find(names)
	if a == nil {
		return math.NaN(), nil
	}
	if len(a.Num) != 1 {
		return 0, fmt.Errorf("%s: array %s: one number is expected, found %d values", f.path, a.Name, a.Len())
	}
	return a.Num[0], nil
}

// readNPZ reads the arrays of a NumPy archive; docs/formats/npz.md is the contract.
func (p *Processed) readNPZ() error {
	arrays, err := npz.Read(p.Source)
	if err != nil {
		return err
	}
	f := npzFile{path: p.Source, arrays: map[string]*npz.Array{}}
	for name, a := range arrays {
		f.arrays[strings.ToLower(name)] = a
	}
	rate, err := f.number(npzRate)
	if err != nil {
		return err
	}
	if !math.IsNaN(rate) {
		p.FsHz = rate
	}
	list, seconds, err := f.trains()
	if err != nil {
		return err
	}
	if !seconds {
		p.TimeUnits = "samples"
		if !(p.FsHz > 0) || math.IsInf(p.FsHz, 0) {
			return fmt.Errorf("%s: discharges in samples need a positive sampling rate: an array fsamp, or --fs HZ", p.Source)
		}
	}
	if p.FsHz == 0 {
		p.FsHz = defaultFsHz
	}
	base, err := f.number(npzBase)
	if err != nil {
		return err
	}
	if math.IsNaN(base) || seconds {
		base = 0
	}
	if total, err := f.number(npzTotal); err != nil {
		return err
	} else if total > 0 && total < 1<<40 {
		p.Samples = int(total)
	}
	return p.takeNPZ(f, list, base)
}

// takeNPZ names the units and their muscles.
func (p *Processed) takeNPZ(f npzFile, list []npzTrain, base float64) error {
	if a := f.find(npzName); a != nil {
		if len(a.Text) != len(list) {
			return fmt.Errorf("%s: array %s: %d names of %d units", f.path, a.Name, a.Len(), len(list))
		}
		for i := range list {
			list[i].name = a.Text[i]
		}
	}
	if a := f.find(npzGrid); a != nil && f.find(npzUnit) != a && len(a.Num) == len(list) {
		for i := range list {
			list[i].grid = int(a.Num[i])
		}
	}
	muscle, err := p.npzMuscles(f, list)
	if err != nil {
		return err
	}
	units := unitList{Processed: p}
	for i, t := range list {
		n := len(p.Units)
		u := units.named(muscle[i], t.name)
		if len(p.Units) == n {
			return fmt.Errorf("%s: two units %q of muscle %s", f.path, t.name, muscle[i])
		}
		u.Grid = max(0, t.grid)
		for _, v := range t.times {
			v -= base
			if p.TimeUnits == "samples" && v != math.Trunc(v) || math.IsNaN(v) || math.IsInf(v, 0) || v < 0 || p.Samples > 0 && p.TimeUnits == "samples" && v >= float64(p.Samples) {
				return fmt.Errorf("%s: unit %q: discharge %v is no time in the recording (%s from %v%s)", f.path, t.name, v+base, p.TimeUnits, base, upTo(p.Samples))
			}
			u.Times = append(u.Times, v)
		}
	}
	return nil
}

func upTo(samples int) string {
	if samples == 0 {
		return ""
	}
	return fmt.Sprintf(", %d samples in all", samples)
}

// npzMuscles is the muscle of every unit: one for all, one each, or one for each grid; without
// the array the muscle group of the name, or of --muscles, tells.
func (p *Processed) npzMuscles(f npzFile, list []npzTrain) ([]string, error) {
	var names []string
	from := ""
	if a := f.find(npzMuscle); a != nil && a.Text != nil {
		names, from = a.Text, "array "+a.Name
	} else {
		if p.Config.Muscles != "" {
			p.Name.Group = p.Config.Muscles
		}
		group, err := p.Config.MuscleMap.Muscles(p.Source, p.Name.Group)
		if err != nil {
			return nil, fmt.Errorf("%w (the archive has no array of muscles)", err)
		}
		names, from = group, "muscle group "+p.Name.Group
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
			return nil, fmt.Errorf("%s: %s names %d muscles for %d units; one, one each, or one for every grid with an array grid (unit %q: grid %d)", p.Source, from, len(names), len(list), t.name, t.grid)
		}
		if out[i] = strings.TrimSpace(out[i]); out[i] == "" || strings.Contains(out[i], "/") {
			return nil, fmt.Errorf("%s: unit %q: muscle %q; a name without a slash is expected", p.Source, t.name, out[i])
		}
	}
	return out, nil
}

// trains finds the discharges in one of the layouts; seconds tells their unit.
func (f npzFile) trains() (list []npzTrain, seconds bool, err error) {
	for _, names := range [][]string{npzSamples, npzSeconds} {
		seconds = slices.Equal(names, npzSeconds)
		if a := f.find(names); a != nil {
			list, err = f.one(a)
			return list, seconds, err
		}
		if list = f.single(names); list != nil {
			return list, seconds, nil
		}
	}
	if a := f.find(npzBinary); a != nil {
		list, err = f.binary(a)
		return list, false, err
	}
	return nil, false, fmt.Errorf("%s: no array of discharges (discharge_times, spike_times_s, spike_trains; docs/formats/npz.md); it has %s", f.path, strings.Join(slices.Sorted(maps.Keys(f.arrays)), ", "))
}

// one reads all discharges from one array: padded rows, or flat with the unit of each, or with
// the number of each unit's.
func (f npzFile) one(a *npz.Array) ([]npzTrain, error) {
	if a.Num == nil {
		return nil, fmt.Errorf("%s: array %s holds texts; numbers are expected", f.path, a.Name)
	}
	if len(a.Shape) == 2 {
		return padded(a), nil
	}
	if len(a.Shape) != 1 {
		return nil, fmt.Errorf("%s: array %s has shape %v; one or two dimensions are expected", f.path, a.Name, a.Shape)
	}
	if u := f.find(npzUnit); u != nil {
		return f.labelled(a, u)
	}
	c := f.find(npzCounts)
	if c == nil {
		return nil, fmt.Errorf("%s: array %s is flat; an array unit (of each discharge) or counts (of each unit) is needed beside it", f.path, a.Name)
	}
	var out []npzTrain
	rest := a.Num
	for i, n := range c.Num {
		if n != math.Trunc(n) || n < 0 || n > float64(len(rest)) {
			return nil, fmt.Errorf("%s: array %s: unit %d has %v discharges of the %d that are left", f.path, c.Name, i, n, len(rest))
		}
		out = append(out, npzTrain{name: strconv.Itoa(i), grid: -1, times: rest[:int(n)]})
		rest = rest[int(n):]
	}
	if len(rest) > 0 || len(out) == 0 {
		return nil, fmt.Errorf("%s: array %s gives %d units and leaves %d discharges of %s", f.path, c.Name, len(out), len(rest), a.Name)
	}
	return out, nil
}

// padded reads a row per unit; NaN and negative numbers fill up.
func padded(a *npz.Array) []npzTrain {
	out := make([]npzTrain, a.Shape[0])
	for i := range out {
		out[i] = npzTrain{name: strconv.Itoa(i), grid: -1}
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
func (f npzFile) labelled(a, u *npz.Array) ([]npzTrain, error) {
	if u.Len() != a.Len() {
		return nil, fmt.Errorf("%s: array %s has %d values, %s has %d; the unit of every discharge is expected", f.path, u.Name, u.Len(), a.Name, a.Len())
	}
	at := map[string]int{}
	var out []npzTrain
	for i, t := range a.Num {
		var name string
		if u.Text != nil {
			name = u.Text[i]
		} else {
			name = strconv.FormatFloat(u.Num[i], 'g', -1, 64)
		}
		k, ok := at[name]
		if !ok {
			k = len(out)
			at[name] = k
			out = append(out, npzTrain{name: name, grid: -1})
		}
		out[k].times = append(out[k].times, t)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: array %s holds no discharge", f.path, a.Name)
	}
	if u.Text == nil {
		slices.SortStableFunc(out, func(x, y npzTrain) int { return compareNumbers(x.name, y.name) })
	}
	return out, nil
}

func compareNumbers(a, b string) int {
	x, _ := strconv.ParseFloat(a, 64)
	y, _ := strconv.ParseFloat(b, 64)
	return cmp.Compare(x, y)
}

var numbered = regexp.MustCompile(`^(.*?)[_/](\d+)(?:[_/](\d+))?$`)

// single finds arrays with one unit each, <name>_<unit> or <name>_<grid>_<unit>.
func (f npzFile) single(names []string) []npzTrain {
	type place struct{ grid, unit int }
	found := map[place]*npz.Array{}
	for key, a := range f.arrays {
		m := numbered.FindStringSubmatch(key)
		if m == nil || !slices.Contains(names, m[1]) || a.Num == nil {
			continue
		}
		at := place{grid: -1}
		at.unit, _ = strconv.Atoi(m[2])
		if m[3] != "" {
			at.grid = at.unit
			at.unit, _ = strconv.Atoi(m[3])
		}
		found[at] = a
	}
	var out []npzTrain
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
		out = append(out, npzTrain{name: name, grid: at.grid, times: found[at].Num})
	}
	return out
}

// binary reads a matrix that is 1 where a unit discharges; the longer side is time.
func (f npzFile) binary(a *npz.Array) ([]npzTrain, error) {
	if a.Num == nil || len(a.Shape) != 2 || a.Len() == 0 {
		return nil, fmt.Errorf("%s: array %s has shape %v; units x samples of 0 and 1 are expected", f.path, a.Name, a.Shape)
	}
	rows, cols := a.Shape[0], a.Shape[1]
	unitsFirst := rows <= cols
	out := make([]npzTrain, min(rows, cols))
	for i := range out {
		out[i] = npzTrain{name: strconv.Itoa(i), grid: -1}
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
			return nil, fmt.Errorf("%s: array %s: value %v of unit %d at sample %d; 0 and 1 are expected", f.path, a.Name, v, u, t)
		}
	}
	return out, nil
}
