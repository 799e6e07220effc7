// Package table reads and writes the project's CSV tables, in the form that pandas
// and R read without options: floats with the shortest text that reads back
// exactly, NaN empty, True and False, and a dictionary of the columns beside them.
package table

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/file/config"
)

// Column documents one column.
type Column struct {
	Name    string `json:"name"`    // in the header
	Meaning string `json:"meaning"` // in a few words
	Unit    string `json:"unit"`    // "" if it has none
}

// Table is a table of texts.
type Table struct {
	Columns []string   // the header
	Rows    [][]string // each as long as the header
}

// Float formats as Python's repr does: 8600.0, 0.001, 1e-05, nan as empty, inf.
func Float(x float64) string {
	switch {
	case math.IsNaN(x):
		return ""
	case math.IsInf(x, 1):
		return "inf"
	case math.IsInf(x, -1):
		return "-inf"
	}
	if a := math.Abs(x); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(x, 'e', -1, 64)
	}
	s := strconv.FormatFloat(x, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// Bool formats as Python does.
func Bool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// List formats numbers as bracketed, space-separated text, NaN as nan.
func List(x []float64) string {
	s := make([]string, len(x))
	for i, v := range x {
		if s[i] = Float(v); s[i] == "" {
			s[i] = "nan"
		}
	}
	return "[" + strings.Join(s, " ") + "]"
}

// ParseFloat is the inverse of Float; empty, nan and NA are NaN.
func ParseFloat(s string) (float64, error) {
	switch s = strings.TrimSpace(s); s {
	case "", "nan", "NaN", "NA":
		return math.NaN(), nil
	}
	return strconv.ParseFloat(s, 64)
}

var numberPattern = regexp.MustCompile(`[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?`)

// ParseList gives all numbers of a text in their order: of an array of any depth, however
// it was printed.
func ParseList(s string) []float64 {
	var out []float64
	for _, m := range numberPattern.FindAllString(s, -1) {
		if v, err := strconv.ParseFloat(m, 64); err == nil || errors.Is(err, strconv.ErrRange) {
			out = append(out, v)
		}
	}
	return out
}

// Add appends a row; a row of another length than the header is a programmer's
// mistake.
func (t *Table) Add(row ...string) {
	if len(row) != len(t.Columns) {
		panic(fmt.Sprintf("table: row of %d values for %d columns", len(row), len(t.Columns)))
	}
	t.Rows = append(t.Rows, row)
}

// Col returns the position of a column, -1 if absent.
func (t *Table) Col(name string) int {
	for i, c := range t.Columns {
		if c == name {
			return i
		}
	}
	return -1
}

// Write writes the table atomically, compressed if the path ends in .gz.
func (t *Table) Write(path string) error {
	return Stream(path, t.Columns, func(add func(row []string) error) error {
		for _, row := range t.Rows {
			if err := add(row); err != nil {
				return err
			}
		}
		return nil
	})
}

// Stream writes a table as Table.Write does, whose rows need not all be there at a time: rows hands
// them on one by one. add keeps nothing of a row.
func Stream(path string, columns []string, rows func(add func(row []string) error) error) error {
	write := func(w io.Writer) error {
		c := csv.NewWriter(w)
		if err := c.Write(columns); err != nil {
			return err
		}
		if err := rows(c.Write); err != nil {
			return err
		}
		c.Flush()
		return c.Error()
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		if !strings.HasSuffix(path, ".gz") {
			return write(w)
		}
		z := gzip.NewWriter(w)
		if err := write(z); err != nil {
			return err
		}
		return z.Close()
	})
}

// Read reads a table; every row has the length of the header. Files that end in .gz are
// compressed.
func Read(path string) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var text io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if text, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	r := csv.NewReader(text)
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: is empty; a header with the names of the columns is expected", path)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Table{head, rows}, nil
}

// Need returns the positions of columns that a table must have.
func (t *Table) Need(path string, names ...string) ([]int, error) {
	idx := make([]int, len(names))
	for i, n := range names {
		if idx[i] = t.Col(n); idx[i] < 0 {
			return nil, fmt.Errorf("%s: column %q is missing; the nearest is %q (it has: %s)", path, n,
				config.Nearest(n, t.Columns), strings.Join(t.Columns, ", "))
		}
	}
	return idx, nil
}

// WriteDictionary writes the meaning and unit of every column as JSON.
func WriteDictionary(path string, columns []Column) error {
	return atomicfile.WriteJSON(path, map[string]any{"columns": columns})
}

// Floats formats each number of a row as Float does.
func Floats(row []float64) []string {
	out := make([]string, len(row))
	for i, v := range row {
		out[i] = Float(v)
	}
	return out
}
