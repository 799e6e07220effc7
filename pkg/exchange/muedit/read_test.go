package muedit

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/recording"
)

func TestMain(m *testing.M) {
	matfile.ServeIfChild()
	os.Exit(m.Run())
}

type expectedUnit struct {
	N           int
	First, Last *float64
	Sum         float64
}

type expectedFile struct {
	Outcome, Error string
	Kind           string
	Field          *string
	Warnings       []string
	Content        struct {
		Fsamp    float64  `json:"fsamp"`
		Ngrid    int      `json:"ngrid"`
		Channels int      `json:"n_channels_in_data"`
		Samples  int      `json:"n_samples"`
		Gridname []string `json:"gridname"`
		Muscle   []string `json:"muscle"`
		Masked   [][]int  `json:"masked_channels_zero_based"`
	}
	Units [][]expectedUnit `json:"units_summary"`
}

// Every fixture of golden/muedit has the outcome of expected.json.
func TestFixtures(t *testing.T) {
	raw, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var exp struct{ Files map[string]expectedFile }
	if err := json.Unmarshal(raw, &exp); err != nil {
		t.Fatal(err)
	}
	if len(exp.Files) != 43 {
		t.Fatalf("expected.json lists %d files", len(exp.Files))
	}
	for name, want := range exp.Files {
		t.Run(name, func(t *testing.T) {
			checkFixture(t, filepath.Join("testdata/fixtures", name),
				want)
		})
	}
}

func readAll(path string, opt Options) (*file, error) {
	f, err := open(path, opt)
	if err != nil {
		return nil, err
	}
	if opt.NeedEMG {
		err = f.Tiles(func(recording.Tile) error { return nil })
	}
	f.Close()
	return f, err
}

func checkFixture(t *testing.T, path string, want expectedFile) {
	unedited := want.Outcome == "ok" && want.Kind == "decomposed"
	f, err := readAll(path, Options{NeedEMG: true, Unedited: unedited})
	if want.Outcome == "error" {
		checkFault(t, err, path, want)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if unedited {
		_, err := readAll(path, Options{NeedEMG: true})
		checkFault(t, err, path, expectedFile{Error: "missing_field", Field: ptr("edition")})
	}
	checkContent(t, f, want)
}

func ptr(s string) *string { return &s }

func checkFault(t *testing.T, err error, path string, want expectedFile) {
	t.Helper()
	var e *matfile.Error
	if !errors.As(err, &e) {
		t.Fatalf("error = %v, want %s", err, want.Error)
	}
	field := ""
	if want.Field != nil {
		field = *want.Field
	}
	if string(e.Kind) != want.Error || e.Field != field || !strings.Contains(e.Error(), path) {
		t.Errorf("error = %v, want kind %s, field %q and the file", e, want.Error, field)
	}
}

func checkContent(t *testing.T, f *file, want expectedFile) {
	c := want.Content
	if f.FsHz != c.Fsamp || len(f.Grids) != c.Ngrid || f.Channels != c.Channels ||
		f.Samples != c.Samples || f.Kind != want.Kind {
		t.Errorf("read fs %v, %d grids, %d x %d, kind %s; want %+v %s", f.FsHz, len(f.Grids), f.Channels,
			f.Samples, f.Kind, c, want.Kind)
	}
	for g := range f.Grids {
		// Octave itself cut the last letter off a text with an accent (15 of 16 units).
		muscle := strings.TrimSuffix(c.Muscle[g],
			map[bool]string{true: "s"}[g == 1 && strings.Contains(f.Path, "octave")])
		if f.Grids[g].Name != c.Gridname[g] || f.Grids[g].Label != muscle {
			t.Errorf("grid %d is %q of %q", g, f.Grids[g].Name, f.Grids[g].Label)
		}
		masked := []int{}
		for ch, m := range f.Grids[g].Mask {
			if m {
				masked = append(masked, ch)
			}
		}
		if fmt.Sprint(masked) != fmt.Sprint(c.Masked[g]) {
			t.Errorf("grid %d: masked %v, want %v", g, masked, c.Masked[g])
		}
	}
	for g := range want.Units {
		for u, w := range want.Units[g] {
			var s []float64
			if u < len(f.Grids[g].Units) {
				s = f.Grids[g].Units[u].Samples
			}
			if len(want.Warnings) == 2 && w.N == 4 { // stored 300 100 100 200: sorted, made unique
				w = expectedUnit{3, pf(100), pf(300), 600}
			}
			checkUnit(t, fmt.Sprintf("grid %d unit %d", g, u), s, w)
		}
	}
	var codes []string
	for _, w := range f.Warnings {
		code, _, _ := strings.Cut(w, ":")
		codes = append(codes, code)
	}
	if fmt.Sprint(codes) != fmt.Sprint(want.Warnings) {
		t.Errorf("warnings %v, want %v", f.Warnings, want.Warnings)
	}
}

func pf(x float64) *float64 { return &x }

func checkUnit(t *testing.T, who string, s []float64, w expectedUnit) {
	t.Helper()
	sum := 0.0
	for _, x := range s {
		sum += x
	}
	if len(s) != w.N || sum != w.Sum || w.N > 0 && (s[0] != *w.First || s[len(s)-1] != *w.Last) {
		t.Errorf("%s: %d spikes, sum %v, want %+v", who, len(s), sum, w)
	}
}

func TestStrictRefusesUnsorted(t *testing.T) {
	_, err := Read("testdata/fixtures/bad_unsorted_duplicate.mat", Options{Strict: true})
	checkFault(t, err, "bad_unsorted_duplicate.mat",
		expectedFile{Error: "bad_value", Field: ptr("edition.Dischargetimes{1,2}")})
}

// Without realignment faults of the EMG are only warnings.
func TestFaultyEMGWithoutRealignment(t *testing.T) {
	for name, code := range map[string]string{"bad_missing_data.mat": recording.WarnDataUnreadable,
		"bad_missing_emgmask.mat": WarnMaskMissing} {
		f, err := Read(filepath.Join("testdata/fixtures", name), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !strings.Contains(strings.Join(f.Warnings, "\n"), code) {
			t.Errorf("%s: warnings %v, want %s", name, f.Warnings, code)
		}
		f.Close()
	}
}

// A small file that declares a matrix of 10^9 samples is refused at once.
func TestHugeDeclaredSize(t *testing.T) {
	_, err := Read("testdata/huge_declared_v73.mat", Options{NeedEMG: true})
	checkFault(t, err, "huge_declared_v73.mat",
		expectedFile{Error: "corrupt", Field: ptr("signal.data")})
}

// Units without discharges are left out; the others keep their place, and muscles come from the
// list.
func TestUnitsOfARecording(t *testing.T) {
	path := "testdata/fixtures/edited_v73.mat"
	f, err := open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	muscles := make([]string, len(f.Grids))
	for g := range muscles {
		muscles[g] = fmt.Sprint("M", g)
	}
	raw, err := Read(path, Options{Muscles: muscles})
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	n := 0
	for g := range f.Grids {
		for u, unit := range f.Grids[g].Units {
			if len(unit.Samples) == 0 {
				continue
			}
			got := raw.Units[n]
			if got.Grid != g || got.InGrid != u || got.Muscle != muscles[g] ||
				len(got.Times) != len(unit.Samples) {
				t.Errorf("unit %d: %+v", n, got)
			}
			n++
		}
	}
	if n != len(raw.Units) || raw.FirstSample != 1 || raw.Name.Subject != "edited" ||
		len(raw.SHA256) != 64 {
		t.Errorf("%d of %d units, %+v", n, len(raw.Units), raw.Name)
	}
	if _, err := Read(path, Options{Muscles: append(muscles, "more")}); err == nil {
		t.Error("more muscles than grids: no error")
	}
	if _, err := Read(path, Options{Muscles: []string{}}); err == nil {
		t.Error("units without a muscle: no error")
	}
}
