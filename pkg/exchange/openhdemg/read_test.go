package openhdemg

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/pkg/recording"
)

const fixture = "testdata/S1_FDI_30percent.json" // openhdemg wrote it

func given(path string) recording.Given {
	return recording.Given{Name: recording.ParseName(path), MuscleMap: recording.DefaultMuscleMap()}
}

func TestFileOfOpenhdemg(t *testing.T) {
	head, err := os.ReadFile(fixture)
	if err != nil || !Is(head[:512]) {
		t.Fatal("not recognised", err)
	}
	r, err := Read(fixture, given(fixture))
	if err != nil {
		t.Fatal(err)
	}
	want := []recording.RawUnit{
		{Muscle: "FDI", Times: []float64{100, 210, 305, 420}, Silhouette: 0.95},
		{Muscle: "FDI", InGrid: 1, Times: []float64{150, 260, 355}, Silhouette: 0.9},
		{Muscle: "FDI", InGrid: 2, Times: []float64{130, 240}, Silhouette: 0.88},
	}
	if !reflect.DeepEqual(r.Units, want) || r.FsHz != 1000 || r.Samples != 600 {
		t.Errorf("%+v", r)
	}
	x, err := r.Forces[0].Load()
	if err != nil || len(x) != 600 || x[0] != 0 || x[599] != 30 || len(r.Warnings) != 0 {
		t.Errorf("force %v %v, %v", len(x), err, r.Warnings)
	}
}

func TestOurOwnFileAndUnpacked(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "S1_TA_30percent.json")
	if err := Write(path, made(), ""); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var plain bytes.Buffer
	if _, err := plain.ReadFrom(z); err != nil {
		t.Fatal(err)
	}
	unpacked := filepath.Join(dir, "unpacked.json")
	if err := os.WriteFile(unpacked, plain.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, unpacked} {
		r, err := Read(p, given(path))
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Units) != 2 || r.Units[0].Name != "a" || r.Units[1].Muscle != "SOL" ||
			!reflect.DeepEqual(r.Units[0].Times, []float64{250, 500}) || r.Samples != 1000 {
			t.Errorf("%s: %+v", p, r)
		}
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	data, err := os.ReadFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	bomb := packed(t, `{"SOURCE":"\"OTB\"","RAW_SIGNAL":"`, strings.Repeat("0", freeBytes+1<<20), `"}`)
	for want, content := range map[string][]byte{
		"cut off":             data[:len(data)/2],
		"200 times its size":  bomb,
		"no discharges":       packed(t, `{"SOURCE":"\"OTB_REFSIG\"","FSAMP":"1000.0"}`),
		"sampling rate":       packed(t, `{"MUPULSES":"[[1]]"}`),
		"MUPULSES: holds a":   packed(t, `{"FSAMP":"1000.0","MUPULSES":"[[\"a\"]]"}`),
		"discharge 5.5":       packed(t, `{"FSAMP":"1000.0","MUPULSES":"[[5.5]]"}`),
		"discharge 9 ":        packed(t, `{"FSAMP":1000,"MUPULSES":[[9]],"EMG_LENGTH":"9"}`),
		"expected a JSON obj": packed(t, `[1]`),
	} {
		path := filepath.Join(t.TempDir(), "S1_FDI_30percent.json")
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path, given(path)); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), path) {
			t.Errorf("%v, want %q and the file", err, want)
		}
	}
}

func packed(t testing.TB, texts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for _, text := range texts {
		if _, err := io.WriteString(z, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Any text, packed or not, gives units or an error.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"SOURCE":"\"OTB\"","FSAMP":"1000.0","MUPULSES":"[[1,2],[3]]","EMG_LENGTH":"9",` +
		`"REF_SIGNAL":"{\"columns\":[0],\"index\":[0],\"data\":[[0.5],[null]]}"}`))
	f.Add([]byte(`{"FSAMP":1000,"MUPULSES":[[1]],"EXTRAS":{"columns":["muscle"],"data":[["TA"]]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "S1_FDI_30percent.json")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if r, err := Read(path, given(path)); err == nil && len(r.Units) == 0 {
			t.Error("no units and no error")
		}
	})
}
