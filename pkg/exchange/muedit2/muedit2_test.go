package muedit2

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/recording"
)

// given is what the name of a file says.
func given(path string) recording.Given {
	return recording.Given{Name: recording.ParseName(path), MuscleMap: recording.DefaultMuscleMap()}
}

var want = []recording.RawUnit{
	{Muscle: "VL", Name: "g0_mu0", Times: []float64{0, 100, 205, 300}},
	{Muscle: "VL", Name: "g0_mu2", InGrid: 1, Times: []float64{50, 160, 255}},
	{Muscle: "VM", Name: "g1_mu0", Grid: 1, Times: []float64{20, 130, 240, 350, 460}},
}

func TestEdited(t *testing.T) {
	path := "testdata/S1_Quadriceps_10percent_edited.npz"
	r, err := Read(path, given(path))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r.Units, want) || r.FsHz != 1000 || r.Samples != 500 ||
		r.TimeUnits != "samples" || r.FirstSample != 0 || len(r.Warnings) != 0 {
		t.Errorf("%+v", r)
	}
	if len(r.Forces) != 1 || r.Forces[0].Role != recording.ForceRow {
		t.Fatalf("forces %+v", r.Forces)
	}
	if x, err := r.Forces[0].Load(); err != nil || len(x) != 500 || x[499] != 10 {
		t.Error(x, err)
	}
}

func TestDecomposed(t *testing.T) {
	path := "testdata/S1_Quadriceps_10percent_decomp.npz"
	r, err := Read(path, given(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Units) != 3 || r.Units[2].Muscle != "VM" || r.Units[0].Name != "" ||
		!strings.HasPrefix(strings.Join(r.Warnings, ""), WarnNotEdited) {
		t.Errorf("%+v", r)
	}
}

// NumPy makes one matrix of units with equally many discharges.
func TestEqualCounts(t *testing.T) {
	r, err := Read("testdata/equal_edited.npz", given("S1_TA_10percent.npz"))
	if err != nil || !reflect.DeepEqual(r.Units[1].Times, []float64{30, 41}) {
		t.Errorf("%+v, %v", r, err)
	}
}

// Grids by name, and one muscle for all of them.
func TestNamedGrids(t *testing.T) {
	r, err := Read("testdata/named_edited.npz", given("S1_TA_10percent.npz"))
	if err != nil || r.Units[2].Grid != 1 || r.Units[2].Muscle != "VL" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestCodeIsRefused(t *testing.T) {
	if _, err := Read("testdata/call_edited.npz", given("S1_TA_10percent.npz")); err == nil ||
		!strings.Contains(err.Error(), "posix.system") {
		t.Errorf("a call: %v", err)
	}
}

// The parameters are not used, but a call in them is no data either.
func TestCodeInParametersIsRefused(t *testing.T) {
	in, err := zip.OpenReader("testdata/S1_Quadriceps_10percent_edited.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path := filepath.Join(t.TempDir(), "S1_Quadriceps_10percent_edited.npz")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w := zip.NewWriter(out)
	for _, f := range in.File {
		if f.Name != "parameters.npy" {
			if err := w.Copy(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	entry, err := w.Create("parameters.npy")
	if err != nil {
		t.Fatal(err)
	}
	const head = "{'descr': '|O', 'fortran_order': False, 'shape': ()}\n"
	fmt.Fprintf(entry, "\x93NUMPY\x01\x00%c\x00%scposix\nsystem\n(S'true'\ntR.", len(head), head)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, given(path)); err == nil ||
		!strings.Contains(err.Error(), "array parameters") ||
		!strings.Contains(err.Error(), "posix.system") {
		t.Errorf("a call: %v", err)
	}
}

// A file from outside the repository has the same units as the table beside it.
func TestSharedCase(t *testing.T) {
	dir := testdata.Shared(t, "cases/02")
	path := filepath.Join(dir, "S1_TA_30percent_edited.npz")
	r, err := Read(path, given(path))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "S1_TA_30percent.csv"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, u := range r.Units {
		n += len(u.Times)
		if u.Muscle != "TA" {
			t.Errorf("muscle %q", u.Muscle)
		}
	}
	if rows := strings.Count(string(text), "\n") - 1; len(r.Units) != 16 || n != rows {
		t.Errorf("%d units, %d discharges, the table has %d", len(r.Units), n, rows)
	}
}

// Any bytes give units or an error.
func FuzzRead(f *testing.F) {
	for _, path := range []string{"testdata/S1_Quadriceps_10percent_edited.npz",
		"testdata/equal_edited.npz"} {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "S1_TA_10percent.npz")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if r, err := Read(path, given(path)); err == nil && len(r.Units) == 0 {
			t.Error("no units and no error")
		}
	})
}
