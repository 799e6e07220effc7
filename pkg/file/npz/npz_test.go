package npz

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestReadTypesThatNumPyWrote(t *testing.T) {
	got, err := Read("testdata/types.npz")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]float64{
		"f4": {0.5, 1, 1.5, 2, 2.5, 3}, "f8": {0.25, 0.5, 0.75, 1, 1.25, 1.5},
		"i1": {-1, -2, -3, -4, -5, -6}, "u2": {1, 2, 3, 4, 5, 6},
		"i8": {-1, -2, -3, -4, -5, -6}, "truth": {0, 0, 0, 1, 1, 1},
		"fortran": {0.125, 0.25, 0.375, 0.5, 0.625, 0.75}, "scalar": {7}, "empty": {},
	} {
		if !reflect.DeepEqual(got[name].Num, want) {
			t.Errorf("%s: %v, want %v", name, got[name].Num, want)
		}
	}
	if a := got["fortran"]; !reflect.DeepEqual(a.Shape, []int{2, 3}) || a.Whole || !got["i1"].Whole ||
		!got["truth"].Whole {
		t.Errorf("shape %v, whole %v %v %v", a.Shape, a.Whole, got["i1"].Whole, got["truth"].Whole)
	}
	if !reflect.DeepEqual(got["text"].Text, []string{"a", "µV", ""}) ||
		!reflect.DeepEqual(got["octets"].Text, []string{"ab", "c"}) {
		t.Errorf("texts %q %q", got["text"].Text, got["octets"].Text)
	}
}

func TestWhatIsNotRead(t *testing.T) {
	_, err := Read("../../exchange/muedit/testdata/npz/pickled.npz")
	if !errors.Is(err, ErrPickled) || !strings.Contains(err.Error(), "discharge_times") {
		t.Errorf("pickled objects: %v", err)
	}
	for name, want := range map[string]string{"testdata/struct.npz": "array a: has elements",
		"testdata/complex.npz": "type c16", "npz.go": "not a NumPy archive",
		"testdata/none.npz": "no such file"} {
		if _, err := Read(name); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// archive is an .npz of one array with that header and these bytes.
func archive(header string, data []byte) []byte {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	w, _ := z.Create("a.npy")
	w.Write([]byte("\x93NUMPY\x01\x00"))
	w.Write([]byte{byte(len(header)), byte(len(header) >> 8)})
	w.Write([]byte(header))
	w.Write(data)
	z.Close()
	return buf.Bytes()
}

func TestHeadersThatLie(t *testing.T) {
	for header, want := range map[string]string{

		"{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }": "ends after 16 of 24 bytes",

		"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999,), }": "has shape",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (100000, 100000), }":  "more than",
		"{'descr': '<U99999999', 'fortran_order': False, 'shape': (1000000,), }": "more than",
		"{'descr': '<f3', 'fortran_order': False, 'shape': (2,), }":              "type f3",
		"{'descr': '<f8', 'fortran_order': True, 'shape': (1, 1, 2), }":          "Fortran",
		"{'descr': '|O', 'fortran_order': False, 'shape': (2,), }":               "pickled",
		"{'descr': [('x', '|O')], 'fortran_order': False, 'shape': (2,), }":      "pickled",
		"nothing": "not read",
	} {
		path := filepath.Join(t.TempDir(), "x.npz")
		if err := os.WriteFile(path, archive(header, make([]byte, 16)), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", header, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, p := range []string{"testdata/types.npz", "testdata/struct.npz",
		"../../exchange/muedit/testdata/npz/flat.npz"} {
		b, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(archive("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", make([]byte, 16)))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x.npz")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		arrays, err := Read(path)
		if err != nil {
			return
		}
		for name, a := range arrays {
			n := 1
			for _, d := range a.Shape {
				n *= d
			}
			if a.Len() != n {
				t.Errorf("%s: %d values in shape %v", name, a.Len(), a.Shape)
			}
		}
	})
}
