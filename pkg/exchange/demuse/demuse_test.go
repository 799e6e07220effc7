package demuse

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/recording"
)

func given(path string) recording.Given {
	return recording.Given{Name: recording.ParseName(path), MuscleMap: recording.DefaultMuscleMap()}
}

func TestRead(t *testing.T) {
	path := "testdata/S1_FDI_30percent.mat"
	r, err := Read(path, given(path))
	if err != nil {
		t.Fatal(err)
	}
	want := []recording.RawUnit{
		{Muscle: "FDI", Times: []float64{100, 210, 305, 420}, PNRdB: 30.5, Silhouette: 0.95},
		{Muscle: "FDI", InGrid: 1, Times: []float64{150, 260, 355}, PNRdB: 28, Silhouette: 0.9},
		{Muscle: "FDI", InGrid: 2, Times: []float64{130, 240}, PNRdB: 31, Silhouette: 0.88},
	}
	if !reflect.DeepEqual(r.Units, want) || r.FsHz != 1000 || r.Samples != 600 ||
		len(r.Forces) != 1 || len(r.Warnings) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestOneUnitAndWhatDoesNotFit(t *testing.T) {
	r, err := Read("testdata/single.mat", given("S1_FDI_30percent.mat"))
	if err != nil || len(r.Units) != 1 || len(r.Units[0].Times) != 4 {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = Read("testdata/short.mat", given("S1_FDI_30percent.mat"))
	if err != nil || r.Samples != 0 || len(r.Forces) != 0 ||
		!strings.Contains(strings.Join(r.Warnings, "\n"), "ref_signal has 10 values") ||
		!strings.Contains(strings.Join(r.Warnings, "\n"), "PNR has 4 values for 3 units") {
		t.Errorf("%+v, %v", r, err)
	}
}

// Recordings as published (tibialis anterior, four grids).
func TestPublishedRecordings(t *testing.T) {
	dir := testdata.Shared(t, "data/tibialis_anterior_256/source")
	for name, want := range map[string]struct{ units, discharges, samples int }{
		"S1_30_256.mat": {84, 34780, 77815}, "S1_50_256.mat": {58, 24009, 84643},
	} {
		g := given("S1_TA_30percent.mat")
		r, err := Read(filepath.Join(dir, name), g)
		if err != nil {
			t.Error(err)
			continue
		}
		n := 0
		for _, u := range r.Units {
			n += len(u.Times)
		}
		if len(r.Units) != want.units || n != want.discharges || r.Samples != want.samples ||
			r.FsHz != 2048 || len(r.Forces) != 1 {
			t.Errorf("%s: %d units, %d discharges, %d samples", name, len(r.Units), n, r.Samples)
		}
	}
}

// Any bytes give units or an error.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"S1_FDI_30percent.mat", "single.mat", "short.mat"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.HasPrefix(string(data), "\x89HDF") {
			t.Skip("HDF5 is read in another process")
		}
		path := filepath.Join(t.TempDir(), "S1_FDI_30percent.mat")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if r, err := Read(path, given(path)); err == nil && len(r.Units) == 0 {
			t.Error("no units and no error")
		}
	})
}
