package arviz

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/pkg/file/h5"
)

// drawsFile writes a table of draws.
func drawsFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "posterior_samples_all.csv")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Conditions with fewer draws are filled with NaN; the order is chain, draw, condition.
func TestDrawsByCondition(t *testing.T) {
	in := drawsFile(t, "subject,muscle_pair,intensity,a\n"+
		"S1,TA<->TA,10,1\nS1,TA<->TA,10,2\nS2,TA<->TA,10,3\n")
	out := filepath.Join(t.TempDir(), "x.nc")
	if err := Write(out, in); err != nil {
		t.Fatal(err)
	}
	f, err := h5.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	v, dims, err := f.Float64s("/posterior/a")
	if err != nil || len(dims) != 3 || dims[0] != 1 || dims[1] != 2 || dims[2] != 2 {
		t.Fatal(v, dims, err)
	}
	if v[0] != 1 || v[1] != 3 || v[2] != 2 || !math.IsNaN(v[3]) {
		t.Errorf("%v", v)
	}
	names, err := f.Strings("/posterior/condition")
	if err != nil || names[1] != "S2 TA<->TA 10%" {
		t.Error(names, err)
	}
}

func TestFaultyTables(t *testing.T) {
	for want, text := range map[string]string{
		"no column of a parameter": "subject,muscle_pair,intensity\nS1,TA,10\n",
		"holds no draw":            "subject,muscle_pair,intensity,a\n",
	} {
		err := Write(filepath.Join(t.TempDir(), "x.nc"), drawsFile(t, text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
