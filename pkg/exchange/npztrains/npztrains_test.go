package npztrains

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/process"
)

// stored are those of the archives in muedit/testdata/npz, which NumPy wrote.
var stored = [][]float64{{10, 210, 450, 700}, {33, 240, 460}, nil, {5, 100, 300, 512, 801}}

// shown is a unit as the tests compare it.
type shown struct {
	Muscle, Name string
	Grid         int
	Times        []float64
}

func show(p *process.Processed) []shown {
	out := make([]shown, len(p.Units))
	for i, u := range p.Units {
		out[i] = shown{u.Muscle, u.Name, u.Grid, u.Times}
	}
	return out
}

// readTable reads a file and processes it with the default options.
func readTable(t *testing.T, path string, fsHz float64,
	muscles string) (*process.Processed, error) {
	t.Helper()
	cfg := process.Default()
	raw, err := Read(path, recording.Given{
		Name: recording.ParseName(path), FsHz: fsHz, Group: muscles, MuscleMap: cfg.MuscleMap})
	if err != nil {
		return nil, err
	}
	return process.Process(context.Background(), raw, cfg)
}

func TestArchivesOfNumPy(t *testing.T) {
	ta := func(names ...string) []shown {
		out := make([]shown, len(names))
		for i, n := range names {
			out[i] = shown{"TA", n, 0, stored[i]}
		}
		return out
	}
	for name, want := range map[string][]shown{
		"S1_TA_30percent.npz": ta("0", "1", "2", "3"),
		"flat.npz": {{"VL", "0", 0, stored[0]}, {"VL", "1", 0, stored[1]},
			{"FDI", "3", 0, stored[3]}},
		"counts.npz": {{"VL", "a", 0, stored[0]}, {"VM", "b", 0, stored[1]}, {"VL", "c", 0, stored[2]},
			{"VM", "d", 0, stored[3]}},
		"single.npz": {{"VL", "0_0", 0, stored[0]}, {"VL", "0_1", 0, stored[2]},
			{"VM", "1_0", 1, stored[1]}, {"VM", "1_1", 1, stored[3]}},
		"binary.npz": ta("0", "1", "2", "3"),
	} {
		p, err := readTable(t, "../muedit/testdata/npz/"+name, 0, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := show(p); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%v, want\n%v", name, got, want)
		}
		if p.FsHz != 2048 || p.TimeUnits != "samples" {
			t.Errorf("%s: %v Hz, %s", name, p.FsHz, p.TimeUnits)
		}
	}
	q, err := readTable(t, "../muedit/testdata/npz/flat.npz", 0, "")
	if err != nil {
		t.Fatal(err)
	}
	// Unit 0 at 10, 210, 450, 700: intervals of 200, 240, 250 samples.
	if r := q.Units[0].Properties; math.Abs(r.RateHz[0]-2048/230.0) > 1e-12 ||
		math.Abs(r.CoV[0]-math.Sqrt((900+100+400)/3.0)/230) > 1e-12 || !math.IsNaN(r.ThresholdMVC[0]) {
		t.Errorf("without force: %+v", r)
	}
	p, err := readTable(t, "../muedit/testdata/npz/seconds.npz", 0, "")
	if err != nil || p.TimeUnits != "s" || p.Units[1].Times[0] != 33.0/2048 {
		t.Errorf("seconds: %v, %+v", err, p)
	}
}

// Files as other programs and their users save them; testdata/make.py has them all.
func TestOtherLayouts(t *testing.T) {
	for name, warning := range map[string]string{
		"zeros.npz": "", "left.npz": "", "nan.npz": "", "transposed.npz": "", "transposed_binary.npz": "",
		"high.npz": "", "unnamed.npz": "", "bare.npy": "", "bare_binary.npy": "", "ragged.npz": "",
		"lists.npz": "", "seconds_by_name.npz": "", "seconds_by_value.npz": "times_in_seconds",
	} {
		given := recording.Given{Name: recording.ParseName("S1_TA_30percent.npz"), FsHz: 2048,
			MuscleMap: recording.DefaultMuscleMap()}
		r, err := Read(filepath.Join("testdata", name), given)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(r.Units) != 3 || !strings.HasPrefix(strings.Join(r.Warnings, ""), warning) ||
			warning == "" && len(r.Warnings) > 0 {
			t.Errorf("%s: %d units, %v", name, len(r.Units), r.Warnings)
			continue
		}
		for i, want := range [][]float64{{10, 210, 450, 700}, {33, 240, 460}, {5, 100, 300, 512, 801}} {
			got := r.Units[i].Times
			if r.TimeUnits == "s" {
				for k := range got {
					got[k] = math.Round(got[k] * 2048)
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: unit %d: %v, want %v", name, i, got, want)
			}
		}
	}
}

func TestTimesThatAreGiven(t *testing.T) {
	given := recording.Given{Name: recording.ParseName("S1_TA_30percent.npz"), Group: "VL",
		MuscleMap: recording.DefaultMuscleMap(), Times: recording.TimesMs}
	r, err := Read("testdata/zeros.npz", given)
	if err != nil || r.TimeUnits != "s" || r.Units[0].Times[1] != 0.21 || r.Units[0].Muscle != "VL" {
		t.Errorf("%+v, %v", r, err)
	}
}

// What decides: the option or array that is missing, or what is wrong with the values.
func TestArchivesThatAreRefused(t *testing.T) {
	for name, want := range map[string]string{
		"testdata/rounded.npz": "repeat the one before", "testdata/bare.npy": "--fs HZ",
		"testdata/inside.npz":                        "has 0 between its discharges",
		"testdata/sources.npz":                       "value",
		"testdata/dicts.npz":                         "is a Python dict",
		"testdata/call.npz":                          "posix.system",
		"../../file/npz/testdata/types.npz":          "no array of discharges",
		"../muedit/testdata/fixtures/edited_v73.mat": "is not a NumPy archive",
	} {
		if _, err := readTable(t, name, 0, "TA"); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "S1_Quadriceps_10percent.npz")
	b, err := os.ReadFile("../muedit/testdata/npz/seconds.npz")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b[:len(b)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readTable(t, path, 0, ""); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("truncated: %v", err)
	}
}

// The same six units in every layout of the reference data, but in P13, whose times are rounded.
func TestSharedCases(t *testing.T) {
	dir := testdata.Shared(t, "cases/23")
	files, err := filepath.Glob(filepath.Join(dir, "P*"))
	if err != nil || len(files) != 13 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		r, err := Read(path, recording.Given{Name: recording.ParseName(path), FsHz: 2048,
			MuscleMap: recording.DefaultMuscleMap()})
		if strings.Contains(path, "P13") {
			if err == nil || !strings.Contains(err.Error(), "rounded") {
				t.Errorf("%s: %v", path, err)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		var counts []int
		for _, u := range r.Units {
			counts = append(counts, len(u.Times))
		}
		if !reflect.DeepEqual(counts, []int{199, 207, 212, 216, 216, 220}) {
			t.Errorf("%s: %v discharges", path, counts)
		}
	}
}

// Any bytes give units or an error.
func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.np?")
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "S1_TA_30percent.npz")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		given := recording.Given{FsHz: 2048, Group: "TA"}
		if r, err := Read(path, given); err == nil && len(r.Units) == 0 {
			t.Error("no units and no error")
		}
	})
}
