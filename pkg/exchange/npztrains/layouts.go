package npztrains

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/file/npz"
)

// train is a unit of an archive before its muscle is known.
type train struct {
	name   string
	number float64 // the name, where units are numbered
	grid   int     // -1 unknown
	times  []float64
}

// found are the units of an archive.
type found struct {
	list    []train
	seconds bool   // by the array's name
	array   string // where they stand
	binary  bool   // they were a matrix of 0 and 1
	samples int    // length of that matrix
}

// trains finds the discharges in one of the layouts.
func (f archive) trains() (found, error) {
	for i, names := range [][]string{samplesNames, secondsNames} {
		if name := f.Find(names...); name != "" {
			list, err := f.one(name)
			return found{list: list, seconds: i == 1, array: name}, err
		}
		list, err := f.single(names)
		if list != nil || err != nil {
			return found{list: list, seconds: i == 1, array: names[0] + "_…"}, err
		}
	}
	if name := f.Find(binaryNames...); name != "" {
		list, samples, err := f.binary(name)
		return found{list: list, array: name, binary: true, samples: samples}, err
	}
	if names := f.Names(); len(names) == 1 {
		return f.unnamed(names[0])
	}
	return found{}, fmt.Errorf("%s: no array of discharges (discharge_times, spike_times_s, "+
		"spike_trains; docs/formats/npz.md); it has %s", f.Path(), strings.Join(f.Names(), ", "))
}

// unnamed reads the only array of a file, whatever its name: trains of 0 and 1, or discharges.
func (f archive) unnamed(name string) (found, error) {
	if shape, numbers, err := f.Shape(name); err != nil {
		return found{}, err
	} else if numbers && len(shape) == 2 {
		if list, samples, err := f.binary(name); err == nil {
			return found{list: list, array: name, binary: true, samples: samples}, nil
		}
	} else if numbers && len(shape) == 1 {
		a, err := f.Archive.Read(name)
		if err != nil {
			return found{}, err
		}
		units := [][]float64{a.Num}
		trim(units)
		return found{list: []train{{name: "0", grid: -1, times: units[0]}}, array: name}, nil
	}
	list, err := f.one(name)
	return found{list: list, array: name}, err
}

// one reads all discharges from one array: an object or row per unit, or flat with the unit of
// each, or with the number of each unit's.
func (f archive) one(name string) ([]train, error) {
	a, err := f.Archive.Read(name)
	if err != nil {
		return nil, err
	}
	switch {
	case a.Rows != nil:
		out := make([]train, len(a.Rows))
		for i, row := range a.Rows {
			out[i] = train{name: strconv.Itoa(i), grid: -1, times: row}
		}
		return out, nil
	case a.Num == nil:
		return nil, fmt.Errorf("%s: array %s holds texts; expected numbers", f.Path(), a.Name)
	case len(a.Shape) == 2:
		return f.padded(a)
	case len(a.Shape) != 1:
		return nil, fmt.Errorf("%s: array %s has shape %v; expected one or two dimensions",
			f.Path(), a.Name, a.Shape)
	}
	if name := f.Find(unitNames...); name != "" {
		return f.labelled(a, name)
	}
	c, err := f.find(countsNames)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, fmt.Errorf("%s: array %s is flat; an array unit (of each discharge) or counts (of "+
			"each unit) is needed beside it", f.Path(), a.Name)
	}
	return f.counted(a, c)
}

// counted cuts a flat array into units by the number of their discharges.
func (f archive) counted(a, c *npz.Array) ([]train, error) {
	var out []train
	rest := a.Num
	for i, n := range c.Num {
		if n != math.Trunc(n) || n < 0 || n > float64(len(rest)) {
			return nil, fmt.Errorf("%s: array %s: unit %d has %v discharges of the %d that are left",
				f.Path(), c.Name, i, n, len(rest))
		}
		out = append(out, train{name: strconv.Itoa(i), grid: -1, times: rest[:int(n)]})
		rest = rest[int(n):]
	}
	if len(rest) > 0 || len(out) == 0 {
		return nil, fmt.Errorf("%s: array %s has %d units and leaves %d discharges of %s",
			f.Path(), c.Name, len(out), len(rest), a.Name)
	}
	return out, nil
}

// padded reads a matrix with a unit in each row, or in each column, whose ends are filled up with
// NaN, 0 or negative numbers. Rows are units if only rows rise; where both do, the shorter side is.
func (f archive) padded(a *npz.Array) ([]train, error) {
	rows, cols := a.Shape[0], a.Shape[1]
	if rows == 0 || cols == 0 {
		return nil, fmt.Errorf("%s: array %s has shape %v: it holds no discharge", f.Path(), a.Name,
			a.Shape)
	}
	byRow, byColumn := make([][]float64, rows), make([][]float64, cols)
	for i := range byRow {
		byRow[i] = slices.Clone(a.Num[i*cols : (i+1)*cols])
	}
	for k := range byColumn {
		for i := range rows {
			byColumn[k] = append(byColumn[k], a.Num[i*cols+k])
		}
	}
	trim(byRow)
	trim(byColumn)
	units := byRow
	if r, c := rising(byRow), rising(byColumn); c && !r || c && cols < rows {
		units = byColumn
	}
	out := make([]train, len(units))
	for i, times := range units {
		times = slices.DeleteFunc(times, math.IsNaN)
		for k, v := range times {
			if v < 0 || v == 0 && k > 0 {
				return nil, fmt.Errorf("%s: array %s: unit %d has %v between its discharges; negative "+
					"numbers, 0 and NaN may only fill up the ends of a unit", f.Path(), a.Name, i, v)
			}
		}
		out[i] = train{name: strconv.Itoa(i), grid: -1, times: times}
	}
	return out, nil
}

// trim cuts off what fills up the ends of the units: NaN, negative numbers and 0. A single 0 at the
// start is a discharge, unless another unit begins with several.
func trim(units [][]float64) {
	zeros := 1
	for _, u := range units {
		if len(u) > 1 && u[0] == 0 && u[1] == 0 {
			zeros = 0
		}
	}
	for i, u := range units {
		n := len(u)
		for n > 0 && !(u[n-1] > 0) {
			n--
		}
		u = u[:n]
		for len(u) > 0 && !(u[0] > 0) && (u[0] != 0 || zeros == 0) {
			u = u[1:]
		}
		units[i] = u
	}
}

// rising reports whether the discharges of every unit rise.
func rising(units [][]float64) bool {
	for _, u := range units {
		for k, v := range u {
			if !(v >= 0) || k > 0 && v <= u[k-1] {
				return false
			}
		}
	}
	return true
}

// labelled reads a flat array with the unit of every discharge; numbers in their order, texts
// in order of first appearance.
func (f archive) labelled(a *npz.Array, name string) ([]train, error) {
	u, err := f.Archive.Read(name)
	if err != nil {
		return nil, err
	}
	if u.Len() != a.Len() || u.Rows != nil {
		return nil, fmt.Errorf("%s: array %s has %d values, %s has %d; expected the unit of every "+
			"discharge", f.Path(), u.Name, u.Len(), a.Name, a.Len())
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
		return nil, fmt.Errorf("%s: array %s holds no discharge", f.Path(), a.Name)
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
	arrays := map[place]string{}
	var order []place
	for _, name := range f.Names() {
		m := numbered.FindStringSubmatch(strings.ToLower(name))
		if m == nil || !slices.Contains(names, m[1]) {
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
			return nil, fmt.Errorf("%s: array %s: number of a unit: %w", f.Path(), name, err)
		}
		arrays[at], order = name, append(order, at)
	}
	slices.SortFunc(order, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.grid, b.grid), cmp.Compare(a.unit, b.unit))
	})
	var out []train
	left := npz.MaxValues
	for _, at := range order {
		name := strconv.Itoa(at.unit)
		if at.grid >= 0 {
			name = fmt.Sprintf("%d_%d", at.grid, at.unit)
		}
		a, err := f.Archive.Read(arrays[at])
		if err != nil {
			return nil, err
		}
		if left -= a.Len(); left < 0 || a.Num == nil {
			return nil, fmt.Errorf("%s: array %s: expected numbers, at most %d of all units",
				f.Path(), a.Name, npz.MaxValues)
		}
		out = append(out, train{name: name, grid: at.grid, times: a.Num})
	}
	return out, nil
}

// binary reads a matrix that has one and the same number, such as 1 or 255, where a unit
// discharges, and 0 elsewhere; the longer side is time.
func (f archive) binary(name string) (out []train, samples int, err error) {
	shape, numbers, err := f.Shape(name)
	if err != nil {
		return nil, 0, err
	}
	if !numbers || len(shape) != 2 || shape[0]*shape[1] == 0 {
		return nil, 0, fmt.Errorf("%s: array %s has shape %v; expected units x samples of 0 and 1",
			f.Path(), name, shape)
	}
	cols := shape[1]
	unitsFirst := shape[0] <= cols
	out = make([]train, min(shape[0], cols))
	for i := range out {
		out[i] = train{name: strconv.Itoa(i), grid: -1}
	}
	high, count := 0.0, 0
	err = f.Each(name, func(i int, v float64) error {
		u, t := i/cols, i%cols
		if !unitsFirst {
			u, t = t, u
		}
		if high == 0 {
			high = v
		}
		if v != high {
			return fmt.Errorf("value %v of unit %d at sample %d, and %v elsewhere; expected 0 and 1",
				v, u, t, high)
		}
		if count++; count > npz.MaxValues {
			return fmt.Errorf("more than %d discharges", npz.MaxValues)
		}
		out[u].times = append(out[u].times, float64(t))
		return nil
	})
	for i := range out {
		slices.Sort(out[i].times)
	}
	return out, max(shape[0], cols), err
}
