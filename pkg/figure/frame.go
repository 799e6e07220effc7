package figure

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"example.org/renshaw/pkg/file/table"
)

// frame is a table with the path that errors name.
type frame struct {
	*table.Table
	path string
}

func readFrame(path string) (frame, error) {
	t, err := table.Read(path)
	return frame{t, path}, err
}

// floats is a column of numbers, NaN where a cell is empty.
func (f frame) floats(column string) ([]float64, error) {
	return f.parsed(column, table.ParseFloat)
}

// listed is the k-th number of the arrays in a column, NaN for an empty cell.
func (f frame) listed(column string, k int) ([]float64, error) {
	return f.parsed(column, func(s string) (float64, error) {
		v := table.ParseList(s)
		switch {
		case len(v) > k:
			return v[k], nil
		case strings.TrimSpace(s) == "":
			return math.NaN(), nil
		}
		return 0, fmt.Errorf("at least %d numbers are expected", k+1)
	})
}

// milliseconds is a column of times with or without a unit; bare numbers are milliseconds.
func (f frame) milliseconds(column string) ([]float64, error) {
	scale := map[string]float64{"": 1, "ms": 1, "s": 1000, "us": 0.001, "µs": 0.001, "second": 1000, "msecond": 1, "usecond": 0.001}
	return f.parsed(column, func(s string) (float64, error) {
		number, unit, _ := strings.Cut(strings.TrimSpace(s), " ")
		v, err := table.ParseFloat(number)
		if err != nil {
			return 0, err
		}
		c, ok := scale[strings.TrimSpace(unit)]
		if !ok {
			return 0, fmt.Errorf("unit %q is not known: s, ms or us is expected", unit)
		}
		return c * v, nil
	})
}

func (f frame) parsed(column string, parse func(string) (float64, error)) ([]float64, error) {
	k, err := f.Need(f.path, column)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(f.Rows))
	for i, row := range f.Rows {
		if out[i], err = parse(row[k[0]]); err != nil {
			return nil, fmt.Errorf("%s: row %d: %s: %q: %w", f.path, i+1, column, row[k[0]], err)
		}
	}
	return out, nil
}

// texts is a column as it is.
func (f frame) texts(column string) ([]string, error) {
	k, err := f.Need(f.path, column)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(f.Rows))
	for i, row := range f.Rows {
		out[i] = row[k[0]]
	}
	return out, nil
}

// keep are the rows for which ok holds.
func (f frame) keep(ok func(i int) bool) frame {
	out := frame{&table.Table{Columns: f.Columns}, f.path}
	for i, row := range f.Rows {
		if ok(i) {
			out.Rows = append(out.Rows, row)
		}
	}
	return out
}

// columns reads several columns of numbers.
func (f frame) columns(names ...string) ([][]float64, error) {
	out := make([][]float64, len(names))
	for i, n := range names {
		var err error
		if out[i], err = f.floats(n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// counts are rows after each filter.
type counts map[string]int

// Limits of the filters of units: counts in the cross-histogram, of simulations and of
// recordings, and the two R² of the fitted histogram.
const (
	simulationSpikes = 10000
	experimentSpikes = 5000
	leastR2Base      = 0.1
	leastR2Full      = 0.75
)

// directed keeps the rows of units as inhibited ones with all others as reference, and
// leaves out some pairs; it counts what is left.
func (f frame) directed(without ...string) (frame, counts, error) {
	n := counts{"rows_in_file": len(f.Rows)}
	direction, err := f.texts("direction")
	if err != nil {
		return f, nil, err
	}
	perspective, err := f.texts("perspective")
	if err != nil {
		return f, nil, err
	}
	f = f.keep(func(i int) bool { return direction[i] == "inhibited" && perspective[i] == "other_MUs_as_ref" })
	n["after_direction_perspective"] = len(f.Rows)
	if len(without) > 0 {
		pair, err := f.texts("muscle_pair")
		if err != nil {
			return f, nil, err
		}
		f = f.keep(func(i int) bool { return !slices.Contains(without, pair[i]) })
		n["after_pair_direction_removal"] = len(f.Rows)
	}
	return f, n, nil
}

// filtered applies the limits of counts and fits to directed rows, in this order.
func (f frame) filtered(n counts, spikes float64) (frame, error) {
	for _, l := range []struct {
		column string
		above  float64
	}{{"n_spikes", spikes}, {"r2_base", leastR2Base}, {"r2_full", leastR2Full}} {
		v, err := f.floats(l.column)
		if err != nil {
			return f, err
		}
		f = f.keep(func(i int) bool { return v[i] > l.above })
		n["after_"+l.column] = len(f.Rows)
	}
	return f, nil
}

// selected does both.
func (f frame) selected(spikes float64, without ...string) (frame, counts, error) {
	f, n, err := f.directed(without...)
	if err != nil {
		return f, nil, err
	}
	f, err = f.filtered(n, spikes)
	return f, n, err
}
