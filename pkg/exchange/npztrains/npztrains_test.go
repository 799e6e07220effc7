package npztrains

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/pkg/file/npz"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/process"
)

// trains are those of the archives in muedit/testdata/npz, which NumPy wrote.
var trains = [][]float64{{10, 210, 450, 700}, {33, 240, 460}, nil, {5, 100, 300, 512, 801}}

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
	raw, err := Read(path, Options{
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
			out[i] = shown{"TA", n, 0, trains[i]}
		}
		return out
	}
	for name, want := range map[string][]shown{
		"S1_TA_30percent.npz": ta("0", "1", "2", "3"),
		"flat.npz": {{"VL", "0", 0, trains[0]}, {"VL", "1", 0, trains[1]},
			{"FDI", "3", 0, trains[3]}},
		"counts.npz": {{"VL", "a", 0, trains[0]}, {"VM", "b", 0, trains[1]}, {"VL", "c", 0, trains[2]},
			{"VM", "d", 0, trains[3]}},
		"single.npz": {{"VL", "0_0", 0, trains[0]}, {"VL", "0_1", 0, trains[2]},
			{"VM", "1_0", 1, trains[1]}, {"VM", "1_1", 1, trains[3]}},
		"binary.npz": ta("0", "1", "2", "3"),
	} {
		p, err := readTable(t, "../muedit/testdata/npz/"+name, 0, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := show(p); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%v, want\n%v", name, got, want)
		}
		if p.FsHz != 2048 || p.TimeUnits != "samples" || p.SHA256 == "" {
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

func TestArchivesThatAreRefused(t *testing.T) {
	_, err := readTable(t, "../muedit/testdata/npz/pickled.npz", 0, "TA")
	if !errors.Is(err, npz.ErrPickled) {
		t.Errorf("pickled objects: %v", err)
	}
	if _, err := readTable(t, "../../file/npz/testdata/types.npz", 0, "TA"); err == nil ||
		!strings.Contains(err.Error(), "no array of discharges") ||
		!strings.Contains(err.Error(), "fortran") {
		t.Errorf("other arrays: %v", err)
	}
	if _, err := readTable(t, "../muedit/testdata/npz/pickled.npz", 0, "TA"); err == nil ||
		!strings.Contains(err.Error(), "other-formats.md") {
		t.Errorf("%v does not tell what to do", err)
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
