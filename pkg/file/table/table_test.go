package table

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNumbersReadBack(t *testing.T) {
	for x, want := range map[float64]string{8600: "8600.0", 0.001: "0.001", 1e-5: "1e-05",
		1.5e-7: "1.5e-07", 1e16: "1e+16", -0.25: "-0.25", math.Inf(1): "inf"} {
		if got := Float(x); got != want {
			t.Errorf("Float(%v) = %q, want %q", x, got, want)
		}
		if back, err := ParseFloat(Float(x)); err != nil || back != x {
			t.Errorf("%v reads back as %v, %v", x, back, err)
		}
	}
	if Float(math.NaN()) != "" || List([]float64{1, math.NaN()}) != "[1.0 nan]" ||
		Bool(true) != "True" {
		t.Errorf("%q %q", Float(math.NaN()), List([]float64{1, math.NaN()}))
	}
}

func TestTableRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	a := &Table{Columns: []string{"", "text"}}
	a.Add("0", "['a', \"b\"]\nsecond line")
	if err := a.Write(path); err != nil {
		t.Fatal(err)
	}
	b, err := Read(path)
	if err != nil || b.Rows[0][1] != a.Rows[0][1] {
		t.Errorf("%+v, %v", b, err)
	}
	if _, err := b.Need(path, "missing"); err == nil || !strings.Contains(err.Error(), `"missing"`) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(path, []byte("a,b\n1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("short row: %v", err)
	}
}
