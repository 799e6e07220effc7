package matfile

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
)

func TestMain(m *testing.M) {
	ServeIfChild()
	os.Exit(m.Run())
}

// wanted is one value of expected.json, beside the files that MATLAB wrote. Char is a
// text or a list of rows; fields of structs are one value or a list.
type wanted struct {
	Class  string                     `json:"cls"`
	Shape  []int                      `json:"shape"`
	Dims   []int                      `json:"dims"`
	Empty  bool                       `json:"empty"`
	Values []*float64                 `json:"values_column_major"`
	Char   json.RawMessage            `json:"char"`
	Cell   []int                      `json:"cell"`
	Items  []wanted                   `json:"items"`
	Struct []int                      `json:"struct"`
	Fields map[string]json.RawMessage `json:"fields"`
}

func TestFilesWrittenByMATLAB(t *testing.T) {
	dir := testdata.Shared(t, "golden/muedit/matlab_written")
	raw, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var files map[string]map[string]json.RawMessage
	if err := json.Unmarshal(raw, &files); err != nil {
		t.Fatal(err)
	}
	if len(files) != 21 {
		t.Errorf("expected.json lists %d files, want 21", len(files))
	}
	for name, vars := range files {
		f, err := Open(filepath.Join(dir, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for v, want := range vars {
			got, err := f.Get(v)
			if err != nil {
				t.Errorf("%s: %s: %v", name, v, err)
				continue
			}
			compare(t, name+": "+v, got, want)
		}
		f.Close()
	}
}

func compare(t *testing.T, where string, got *Value, raw json.RawMessage) {
	t.Helper()
	var w wanted
	if err := json.Unmarshal(raw, &w); err != nil {
		t.Fatalf("%s: %v: %s", where, err, raw)
	}
	compareWanted(t, where, got, w)
}

func compareWanted(t *testing.T, where string, got *Value, w wanted) {
	t.Helper()
	switch {
	case w.Char != nil:
		compareText(t, where, got, w.Char)
	case w.Empty:
		if got.Len() != 0 || string(got.Class) != w.Class {
			t.Errorf("%s: %s %v, want an empty %s", where, got.Class, got.Dims, w.Class)
		}
	case w.Fields != nil:
		for name, raw := range w.Fields {
			compareField(t, where+"."+name, got.Fields[name], raw)
		}
	case w.Items != nil:
		compareCells(t, where, got, w)
	case w.Shape != nil:
		compareNumbers(t, where, got, w)
	default:
		t.Errorf("%s: the test does not understand %+v", where, w)
	}
}

func compareText(t *testing.T, where string, got *Value, raw json.RawMessage) {
	t.Helper()
	var want string
	var rows []string
	if json.Unmarshal(raw, &want) != nil {
		if err := json.Unmarshal(raw, &rows); err != nil {
			t.Fatal(err)
		}
		want = strings.Join(rows, "\n")
	}
	if strings.ContainsRune(want, '\uFFFD') {
		return // the file itself stores these letters in no known encoding
	}
	flat := strings.ReplaceAll(got.Text, "\n", "") // expected.json joins the rows of 7.3 files
	if got.Class != Char || got.Text != want && flat != want {
		t.Errorf("%s: %s %q, want char %q", where, got.Class, got.Text, want)
	}
}

func compareField(t *testing.T, where string, got []*Value, raw json.RawMessage) {
	t.Helper()
	var list []wanted
	if json.Unmarshal(raw, &list) != nil {
		var one wanted
		if err := json.Unmarshal(raw, &one); err != nil {
			t.Fatal(err)
		}
		list = []wanted{one}
		if one.Class == "struct array field" {
			list = one.Items
		}
	}
	if len(got) != len(list) {
		t.Errorf("%s: %d elements, want %d", where, len(got), len(list))
		return
	}
	for i := range list {
		compareWanted(t, where, got[i], list[i])
	}
}

func compareCells(t *testing.T, where string, got *Value, w wanted) {
	t.Helper()
	shape := w.Cell
	if shape == nil {
		shape = w.Shape
	}
	if got.Class != Cell || !reflect.DeepEqual(got.Dims, shape) || len(got.Cells) != len(w.Items) {
		t.Errorf("%s: %s %v with %d items, want cell %v with %d", where, got.Class, got.Dims,
			len(got.Cells), shape, len(w.Items))
		return
	}
	for i := range w.Items {
		compareWanted(t, where+subscript(got.Dims, i), got.Cells[i], w.Items[i])
	}
}

func compareNumbers(t *testing.T, where string, got *Value, w wanted) {
	t.Helper()
	if got.Len() == 0 && len(w.Values) == 0 {
		return // an array element of 0 bytes has no shape of its own
	}
	if !got.Class.Numeric() || !reflect.DeepEqual(got.Dims, w.Shape) || len(got.Num) != len(w.Values) {
		t.Errorf("%s: %s %v with %d values, want numbers %v", where, got.Class, got.Dims, len(got.Num),
			w.Shape)
		return
	}
	for i, x := range w.Values {
		if got.Num[i] != *x {
			t.Errorf("%s[%d] = %v, want %v", where, i, got.Num[i], *x)
		}
	}
}

// Reading by tiles gives the same matrix as reading whole, in all three formats.
func TestTilesCoverTheMatrix(t *testing.T) {
	for _, name := range []string{"edited_v73.mat", "edited_v7.mat", "edited_v6.mat",
		"uncompressed_v73.mat"} {
		f, err := Open(filepath.Join("..", "..", "exchange", "muedit", "testdata", "fixtures", name))
		if err != nil {
			t.Fatal(err)
		}
		whole, err := f.Get("signal.data")
		if err != nil {
			t.Fatal(err)
		}
		rows := whole.Rows()
		seen, bad := 0, 0
		err = f.Tiles("signal.data", func(tile Tile) error {
			for i, x := range tile.Data {
				r, c := tile.Row0+i%tile.Rows, tile.Col0+i/tile.Rows
				if whole.Num[c*rows+r] != x {
					bad++
				}
				seen++
			}
			return nil
		})
		if err != nil || bad > 0 || seen != whole.Len() {
			t.Errorf("%s: %v, %d of %d values seen, %d differ", name, err, seen, whole.Len(), bad)
		}
		f.Close()
	}
}

func TestTileShape(t *testing.T) {
	for _, c := range []struct {
		rows, cols int
		chunk      []int
	}{{130, 163840, []int{16384, 1}}, {1, 10, nil}, {400, 1 << 20, []int{1 << 20, 1}},
		{64, 5, []int{5, 64}}, {257, 77815, []int{100, 257}}} {
		r, k := tileShape(c.rows, c.cols, c.chunk)
		if r < 1 || k < 1 || r > c.rows || k > c.cols || r*k*8 > 8*tileBytes {
			t.Errorf("tileShape(%d, %d, %v) = %d, %d", c.rows, c.cols, c.chunk, r, k)
		}
	}
}
