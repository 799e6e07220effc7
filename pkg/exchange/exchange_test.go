package exchange

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

func TestDetect(t *testing.T) {
	dir := t.TempDir()
	zip := filepath.Join(dir, "archive")
	text := filepath.Join(dir, "short")
	for path, data := range map[string]string{zip: "PK\x03\x04rest", text: "P"} {
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]Format{
		"a/S1_TA_10percent.mat": MUedit, "S1.NPZ": NumPy, "S1.csv": Table, "S1.tsv": Table,
		"sub-S1_task-TA_events.tsv": BIDS, zip: NumPy, text: MUedit,
	} {
		if got, err := Detect(path); got != want || err != nil {
			t.Errorf("%s: %s, want %s (%v)", path, got, want, err)
		}
	}
	if _, err := Detect(filepath.Join(dir, "nosuch")); err == nil {
		t.Error("a file that is not there: no error")
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
