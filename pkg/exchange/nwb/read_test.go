package nwb

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/recording"
)

func TestMain(m *testing.M) {
	matfile.ServeIfChild()
	os.Exit(m.Run())
}

func given(path string) recording.Given {
	return recording.Given{Name: recording.ParseName(path), MuscleMap: recording.DefaultMuscleMap()}
}

// Files that pynwb wrote, without columns of this program.
func TestFilesOfPynwb(t *testing.T) {
	path := "testdata/S1_FDI_30percent.nwb"
	r, err := Read(path, given("S1_FDI_30percent"))
	if err != nil {
		t.Fatal(err)
	}
	want := []recording.RawUnit{
		{Muscle: "FDI", Name: "7", Times: []float64{100, 210, 305}},
		{Muscle: "FDI", Name: "9", InGrid: 1, Times: []float64{150, 260}},
	}
	if !reflect.DeepEqual(r.Units, want) || r.FsHz != 1000 || r.TimeUnits != "samples" {
		t.Errorf("%+v", r)
	}
	r, err = Read("testdata/bare.nwb", given("S1_x"))
	if err != nil || r.TimeUnits != "s" || r.Units[0].Muscle != "VL" || r.Units[1].Muscle != "VM" ||
		!reflect.DeepEqual(r.Units[0].Times, []float64{0.1001, 0.2102}) || len(r.Units[1].Times) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := Read("testdata/none.nwb", given("S1_TA")); err == nil ||
		!strings.Contains(err.Error(), "no table of units") {
		t.Errorf("no units: %v", err)
	}
}

func TestOurOwnFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "S1_TA_30percent.nwb")
	if err := Write(path, made(), Options{}); err != nil {
		t.Fatal(err)
	}
	r, err := Read(path, given(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Units) != 2 || r.Units[0].Name != "a" || r.Units[1].Muscle != "SOL" ||
		!reflect.DeepEqual(r.Units[0].Times, []float64{250, 500}) || r.FsHz != 1000 ||
		r.Samples != 1000 || !reflect.DeepEqual(r.Plateaus,
		[]recording.Plateau{{Start: 200, Stop: 800}}) {
		t.Errorf("%+v", r)
	}
}

// A damaged file is an error, whatever happens in the HDF5 library.
func TestDamagedFiles(t *testing.T) {
	data, err := os.ReadFile("testdata/S1_FDI_30percent.nwb")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{100, len(data) / 4, len(data) / 2, len(data) - 8} {
		path := filepath.Join(t.TempDir(), "S1_FDI_30percent.nwb")
		if err := os.WriteFile(path, data[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path, given(path)); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// FuzzRead drives the table of units: any bytes give units or an error.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"S1_FDI_30percent.nwb", "bare.nwb"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "S1_FDI_30percent.nwb")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if r, err := Read(path, given(path)); err == nil && len(r.Units) == 0 {
			t.Error("no units and no error")
		}
	})
}
