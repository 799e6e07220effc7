package otb

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/pkg/recording"
)

func given(path string) recording.Given {
	return recording.Given{Name: recording.ParseName(path), MuscleMap: recording.DefaultMuscleMap()}
}

const fixture = "testdata/S1_VL_30percent.mat"

func TestRead(t *testing.T) {
	r, err := Read(fixture, given(fixture))
	if err != nil {
		t.Fatal(err)
	}
	want := []recording.RawUnit{
		{Muscle: "Vastus Lateralis", Times: []float64{100, 210, 305, 420}},
		{Muscle: "Vastus Lateralis", InGrid: 1, Times: []float64{150, 260, 355}},
		{Muscle: "Vastus Lateralis", InGrid: 2, Times: []float64{130, 240}},
	}
	if !reflect.DeepEqual(r.Units, want) || r.FsHz != 1000 || r.Samples != 600 {
		t.Errorf("%+v", r)
	}
	if x, err := r.Forces[0].Load(); err != nil || x[599] != 30 ||
		!strings.HasPrefix(r.Forces[0].From, "acquired data") {
		t.Errorf("%+v, %v", r.Forces, err)
	}
}

// A muscle that was given replaces the text of the export.
func TestMuscleThatWasGiven(t *testing.T) {
	g := given(fixture)
	g.Group = "VL"
	r, err := Read(fixture, g)
	if err != nil || r.Units[2].Muscle != "VL" {
		t.Errorf("%+v, %v", r, err)
	}
}

// Any bytes give units or an error.
func FuzzRead(f *testing.F) {
	b, err := os.ReadFile(fixture)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.HasPrefix(string(data), "\x89HDF") {
			t.Skip("HDF5 is read in another process")
		}
		path := filepath.Join(t.TempDir(), "S1_VL_30percent.mat")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if r, err := Read(path, given(path)); err == nil && len(r.Units) == 0 {
			t.Error("no units and no error")
		}
	})
}
