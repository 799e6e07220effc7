package exchange

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/recording"
)

func TestMain(m *testing.M) {
	matfile.ServeIfChild()
	os.Exit(m.Run())
}

func ExampleOpen() {
	path := filepath.Join(testdata.Root(), "examples", "T1_Fingers_10percent.mat")
	raw, err := Open(path, Options{MuscleMap: recording.DefaultMuscleMap(), NeedEMG: true})
	if err != nil {
		log.Fatal(err)
	}
	defer raw.Close()
	fmt.Printf("%s, %s: %d units of %v, %d samples at %g Hz\n",
		raw.Name.Subject, raw.Kind, len(raw.Units), raw.Muscles, raw.Samples, raw.FsHz)
	for _, c := range raw.Forces[:3] {
		fmt.Println("may be the force:", c.From)
	}
	// Output:
	// T1, edited: 12 units of [FDI APB], 163840 samples at 2048 Hz
	// may be the force: signal.data after the last grid
	// may be the force: signal.path
	// may be the force: signal.target
}

// fixtures are files of every format, below this folder.
var fixtures = map[string]Format{
	"muedit/testdata/fixtures/edited_v73.mat":             MUedit,
	"muedit/testdata/fixtures/edited_v7.mat":              MUedit,
	"muedit/testdata/fixtures/decomposed_v73.mat":         MUedit,
	"muedit2/testdata/S1_Quadriceps_10percent_edited.npz": MUedit2,
	"muedit2/testdata/S1_Quadriceps_10percent_decomp.npz": MUedit2,
	"demuse/testdata/S1_FDI_30percent.mat":                DEMUSE,
	"otb/testdata/S1_VL_30percent.mat":                    OTBiolab,
	"openhdemg/testdata/S1_FDI_30percent.json":            OpenHDEMG,
	"nwb/testdata/S1_FDI_30percent.nwb":                   NWB,
	"npztrains/testdata/zeros.npz":                        NumPy,
	"npztrains/testdata/bare.npy":                         NumPy,
	"muedit/testdata/npz/S1_TA_30percent.npz":             NumPy,
}

// A file is recognised by its content, whatever it is called.
func TestDetect(t *testing.T) {
	dir := t.TempDir()
	for path, want := range fixtures {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		renamed := filepath.Join(dir, strings.ReplaceAll(path, "/", "_")+".dat")
		if err := os.WriteFile(renamed, data, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{path, renamed} {
			if got, err := Detect(p); got != want || err != nil {
				t.Errorf("%s: %q, want %s (%v)", p, got, want, err)
			}
		}
	}
	texts := map[string]string{
		"a.csv": "unit,muscle,time_s\n", "b.txt": "mu;sample\n", "sub-1_events.tsv": "onset\tunit\n",
		"short.mat": "P",
	}
	for name, want := range map[string]Format{"a.csv": Table, "b.txt": Table,
		"sub-1_events.tsv": BIDS, "short.mat": MUedit} {
		if got, err := Detect(write(t, dir, name, texts[name])); got != want || err != nil {
			t.Errorf("%s: %q, want %s (%v)", name, got, want, err)
		}
	}
}

// What is no recording is named for what it is.
func TestDetectUnknown(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ text, want string }{
		"empty":              {"", "is empty"},
		"participants.tsv":   {"participant_id\tage\n", "expected the columns unit"},
		"sub-1_events.tsv":   {"onset\tduration\ttrial_type\n", "columns onset and unit"},
		"a_emg.json":         {`{"SamplingFrequency": 2048}`, "not of openhdemg"},
		"a.gz":               {"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "packed with gzip"},
		"a.otb+":             {strings.Repeat("\x00", 257) + "ustar", "tar archive"},
		"a.png":              {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "found"},
		"MU_properties.csv":  {"subject,condition,MU_idx,muscle_of_MU\n", "expected the columns unit"},
		"dataset_descr.json": {"{}", "not of openhdemg"},
	} {
		path := write(t, dir, name, c.text)
		_, err := Detect(path)
		var unknown *Unknown
		if !errors.As(err, &unknown) || unknown.Path != path || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	var unknown *Unknown
	if _, err := Detect(dir); !errors.As(err, &unknown) {
		t.Errorf("a folder: %v", err)
	}
	for path, want := range map[string]string{
		"../../examples/recordings/V1_Quadriceps_10percent.h5": "converted already",
		"nwb/testdata/none.nwb":                                "without a table of units",
		"muedit/testdata/fixtures/bad_missing_signal.mat":      "edition",
		"muedit/testdata/fixtures/bad_plain_hdf5.mat":          "has the variables",
	} {
		if got, err := Detect(path); err == nil && got != MUedit ||
			err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %s, %v", path, got, err)
		}
	}
	if _, err := Detect(filepath.Join(dir, "nosuch")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Bad input of every kind ends in an error soon, and in little memory.
func TestBadInputIsRefusedSoon(t *testing.T) {
	dir := t.TempDir()
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	w, err := z.Create("discharge_times.npy")
	if err != nil {
		t.Fatal(err)
	}
	head := "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"
	fmt.Fprintf(w, "\x93NUMPY\x01\x00%c\x00%s", len(head), head)
	zeros := bytes.Repeat([]byte("N"), 1<<20)
	for range 300 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"pickle_bomb.npz": bomb.String(),
		"declared.npy": "\x93NUMPY\x01\x00\x46\x00" +
			"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 999999999), }     ",
		"long_line.csv": strings.Repeat("x", 1<<22),
		"quote.csv":     "unit,time_s\n\"" + strings.Repeat("a,1\n", 1<<18),
	} {
		path := write(t, dir, name, text)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := Open(path, Options{FsHz: 1000, Group: "TA"})
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
		used := (after.TotalAlloc - before.TotalAlloc) >> 20
		if took := time.Since(start); took > 10*time.Second || used > 400 {
			t.Errorf("%s: %v and %d MB in all: %v", name, took, used, err)
		}
		t.Logf("%s: %v, %d MB, %.150v", name, time.Since(start), used, err)
	}
}

func TestOpen(t *testing.T) {
	fixtures := filepath.Join("muedit", "testdata")
	for path, c := range map[string]struct {
		units int
		kind  string
	}{
		filepath.Join(fixtures, "npz", "S1_TA_30percent.npz"): {4, recording.KindTable},
		filepath.Join(fixtures, "fixtures", "edited_v73.mat"): {5, recording.KindEdited},
	} {
		raw, err := Open(path, Options{Group: "Fingers", MuscleMap: recording.MuscleMap{
			"Fingers": {"FDI", "APB"}, "TA": {"TA"}}})
		if strings.HasSuffix(path, ".npz") {
			raw, err = Open(path, Options{MuscleMap: recording.DefaultMuscleMap()})
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if len(raw.Units) != c.units || raw.Kind != c.kind || raw.Source != path {
			t.Errorf("%s: %d units, %s", path, len(raw.Units), raw.Kind)
		}
		if err := raw.Close(); err != nil {
			t.Error(err)
		}
	}
	_, err := Open(filepath.Join(fixtures, "fixtures", "edited_v73.mat"), Options{})
	if err == nil || !strings.Contains(err.Error(), "muscle map") {
		t.Errorf("unknown muscles: %v", err)
	}
	// An archive without its extension is recognised by its content.
	data, err := os.ReadFile(filepath.Join(fixtures, "npz", "counts.npz"))
	if err != nil {
		t.Fatal(err)
	}
	bare := filepath.Join(t.TempDir(), "counts")
	if err := os.WriteFile(bare, bytes.Clone(data), 0o644); err != nil {
		t.Fatal(err)
	}
	if raw, err := Open(bare, Options{}); err != nil || len(raw.Units) != 4 {
		t.Errorf("%+v, %v", raw, err)
	}
}

// A device is not read: a pipe, for example, would wait for its other end.
func TestDevicesAreRefused(t *testing.T) {
	if _, err := Detect(os.DevNull); err == nil || !strings.Contains(err.Error(), "pipe or device") {
		t.Error(err)
	}
}
