package predictive

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/sbi"
)

// written is a folder with the vectors and the scale of the golden check, as Run writes them.
func written(t *testing.T) (*Check, string) {
	t.Helper()
	c, err := ReadCheck("testdata", true)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := vectorsTable(c.Experiment, slices.Concat(c.Draws...), c.Best,
		c.Prior).Write(filepath.Join(dir, VectorsName)); err != nil {
		t.Fatal(err)
	}
	if err := c.Scale.table().Write(filepath.Join(dir, ScaleName)); err != nil {
		t.Fatal(err)
	}
	return c, dir
}

// What Run writes gives the same scores when it is read again.
func TestCheckReadAgain(t *testing.T) {
	c, dir := written(t)
	again, err := ReadCheck(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.Conditions, c.Conditions) {
		t.Fatalf("conditions %v, want %v", again.Conditions, c.Conditions)
	}
	for k := range Features {
		if !reflect.DeepEqual(again.Accuracy(k), c.Accuracy(k)) {
			t.Errorf("%s: %+v, want %+v", Features[k], again.Accuracy(k), c.Accuracy(k))
		}
	}
	if !reflect.DeepEqual(again.distancesTable(), c.distancesTable()) {
		t.Error("the distances differ")
	}
}

// edit changes a table.
func edit(t *testing.T, path string, change func(tb *table.Table)) {
	t.Helper()
	tb, err := table.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	change(tb)
	if err := tb.Write(path); err != nil {
		t.Fatal(err)
	}
}

// damage replaces one value of a table.
func damage(t *testing.T, path, column, value string) {
	t.Helper()
	edit(t, path, func(tb *table.Table) { tb.Rows[1][tb.Col(column)] = value })
}

func rename(t *testing.T, path, column string) {
	t.Helper()
	edit(t, path, func(tb *table.Table) { tb.Columns[tb.Col(column)] = "renamed" })
}

func TestReadCheckErrors(t *testing.T) {
	if _, err := ReadCheck(t.TempDir(), true); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("empty folder: %v", err)
	}
	for name, c := range map[string]struct {
		damage func(dir string)
		want   []string
	}{
		"scale not a number": {func(dir string) {
			damage(t, filepath.Join(dir, ScaleName), "mu",
				"much")
		}, []string{ScaleName, Features[1], "much"}},
		"scale without SD": {func(dir string) { rename(t, filepath.Join(dir, ScaleName), "sigma") },
			[]string{ScaleName, "sigma"}},
		"no scale": {func(dir string) { os.Remove(filepath.Join(dir, ScaleName)) },
			[]string{ScaleName, "no such file"}},
		"vector not a number": {func(dir string) {
			damage(t, filepath.Join(dir, VectorsName),
				vectorColumns()[2], "x")
		}, []string{VectorsName, "row 2", vectorColumns()[2]}},
		"vectors without kind": {func(dir string) { rename(t, filepath.Join(dir, VectorsName), "kind") },
			[]string{VectorsName, "kind"}},
		"nothing to compare": {func(dir string) {
			c, _ := written(t)
			if err := vectorsTable(nil, slices.Concat(c.Draws...), c.Best,
				c.Prior).Write(filepath.Join(dir, VectorsName)); err != nil {
				t.Fatal(err)
			}
		}, []string{"no condition"}},
	} {
		_, dir := written(t)
		c.damage(dir)
		_, err := ReadCheck(dir, true)
		for _, w := range c.want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v, want %q", name, err, w)
			}
		}
	}
}

// Tables of units: a missing column, a value that is not a number.
func TestReadUnitsErrors(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(path string)
		want   string
	}{
		"column":  {func(path string) { rename(t, path, "r2_full") }, "r2_full"},
		"value":   {func(path string) { damage(t, path, Features[0], "wide") }, "row 2: " + Features[0]},
		"missing": {func(path string) { os.Remove(path) }, "no such file"},
	} {
		dir := t.TempDir()
		for _, kind := range []string{"experiment", "posterior", "best", "prior"} {
			raw, err := os.ReadFile(filepath.Join("testdata", "ppc_"+kind+"_units.csv"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "ppc_"+kind+"_units.csv"), raw, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		c.damage(filepath.Join(dir, "ppc_prior_units.csv"))
		if _, err := ReadCheck(dir, true); err == nil || !strings.Contains(err.Error(), c.want) ||
			!strings.Contains(err.Error(), "ppc_prior_units.csv") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// Where the features' scale comes from: tables of simulations, or those of the check itself
// with a warning.
func TestScaleWithoutTrainingSimulations(t *testing.T) {
	units := []Unit{{Values: [4]float64{1, 2, 3, 4}}, {Values: [4]float64{3, 6, 9, 12}}}
	opt := &Options{}
	vectors, scale, warning, err := opt.prior(units)
	if err != nil || vectors != nil || !strings.Contains(warning, "--prior") ||
		scale.Mean != [4]float64{2, 4, 6, 8} || scale.SD != [4]float64{1, 2, 3, 4} {
		t.Errorf("%v %v %q %v", vectors, scale, warning, err)
	}
	opt = &Options{Prior: []string{filepath.Join(t.TempDir(), "absent.csv")}, Spec: &sbi.Spec{}}
	if _, _, _, err := opt.prior(units); err == nil || !strings.Contains(err.Error(), "absent.csv") {
		t.Errorf("a table that is not there: %v", err)
	}
}
