package canvas

import (
	"fmt"
	"math"
	"strings"

	"example.org/renshaw/pkg/file/table"
)

// Frame is a table with the path that errors name.
type Frame struct {
	*table.Table
	Path string
}

// ReadFrame reads a table (.csv, .csv.gz), whose path errors will name.
func ReadFrame(path string) (Frame, error) {
	t, err := table.Read(path)
	return Frame{Table: t, Path: path}, err
}

// Floats is a column of numbers, NaN where a cell is empty.
func (f Frame) Floats(column string) ([]float64, error) {
	return f.parsed(column, table.ParseFloat)
}

// Listed is the k-th number of the arrays in a column, NaN for an empty cell.
func (f Frame) Listed(column string, k int) ([]float64, error) {
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

// Milliseconds is a column of times with or without a unit; bare numbers are milliseconds.
func (f Frame) Milliseconds(column string) ([]float64, error) {
	scale := map[string]float64{"": 1, "ms": 1, "s": 1000, "us": 0.001, "µs": 0.001, "second": 1000,
		"msecond": 1, "usecond": 0.001}
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

func (f Frame) parsed(column string, parse func(string) (float64, error)) ([]float64, error) {
	k, err := f.Need(f.Path, column)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(f.Rows))
	for i, row := range f.Rows {
		if out[i], err = parse(row[k[0]]); err != nil {
			return nil, fmt.Errorf("%s: row %d: %s: %q: %w", f.Path, i+1, column, row[k[0]], err)
		}
	}
	return out, nil
}

// Texts is a column as it is.
func (f Frame) Texts(column string) ([]string, error) {
	k, err := f.Need(f.Path, column)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(f.Rows))
	for i, row := range f.Rows {
		out[i] = row[k[0]]
	}
	return out, nil
}

// Keep are the rows for which ok holds.
func (f Frame) Keep(ok func(i int) bool) Frame {
	out := Frame{Table: &table.Table{Columns: f.Columns}, Path: f.Path}
	for i, row := range f.Rows {
		if ok(i) {
			out.Rows = append(out.Rows, row)
		}
	}
	return out
}

// FloatColumns reads several columns of numbers, NaN where a cell is empty.
func (f Frame) FloatColumns(names ...string) ([][]float64, error) {
	out := make([][]float64, len(names))
	for i, n := range names {
		var err error
		if out[i], err = f.Floats(n); err != nil {
			return nil, err
		}
	}
	return out, nil
}
