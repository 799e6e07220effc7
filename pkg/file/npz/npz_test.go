package npz

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestReadTypesThatNumPyWrote(t *testing.T) {
	got, err := readAll("testdata/types.npz")
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

// readAll reads every array of an archive.
func readAll(path string) (map[string]*Array, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := map[string]*Array{}
	for _, name := range f.Names() {
		if out[name], err = f.Read(name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func TestWhatIsNotRead(t *testing.T) {
	for name, want := range map[string]string{"testdata/struct.npz": "array a: has elements",
		"testdata/complex.npz": "type c16", "npz.go": "not a NumPy archive",
		"testdata/none.npz": "no such file", "testdata/call.npz": "posix.system"} {
		if _, err := readAll(name); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// Objects that NumPy wrote; testdata/make_objects.py has the values.
func TestObjects(t *testing.T) {
	got, err := readAll("testdata/objects.npz")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]*Array{
		"ragged":  {Shape: []int{3}, Rows: [][]float64{{1, 2, 3}, {}, {4}}, Whole: true},
		"lists":   {Shape: []int{2}, Rows: [][]float64{{1, 2.5}, {3}}},
		"equal":   {Shape: []int{2, 3}, Num: []float64{1, 2, 3, 4, 5, 6}, Whole: true},
		"texts":   {Shape: []int{2}, Text: []string{"TA", "µ"}, Whole: true},
		"wrapped": {Shape: []int{2}, Rows: [][]float64{{7}, {8, 9}}, Whole: true},
		"none":    {Shape: []int{2}, Rows: [][]float64{{}, {1}}, Whole: true},
		"columns": {Shape: []int{2, 2}, Num: []float64{1, 2, 3, 4}, Whole: true},
	}
	for name, w := range want {
		w.Name = name
		if !reflect.DeepEqual(got[name], w) {
			t.Errorf("%s: %+v, want %+v", name, got[name], w)
		}
	}
}

// A list that holds itself, and shared lists that multiply, end in an error.
func TestObjectsThatGrow(t *testing.T) {
	for name, want := range map[string]string{"testdata/cycle.npz": "more than 4 deep",
		"testdata/laughs.npz": "lists in lists"} {
		if _, err := readAll(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

func TestBareArrayAndEach(t *testing.T) {
	f, err := Open("testdata/bare.npy")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	shape, numbers, err := f.Shape(f.Find("ARR_0"))
	if err != nil || !numbers || !reflect.DeepEqual(shape, []int{2, 3}) {
		t.Error(shape, numbers, err)
	}
	got := map[int]float64{}
	if err := f.Each(Bare, func(i int, v float64) error { got[i] = v; return nil }); err != nil ||
		!reflect.DeepEqual(got, map[int]float64{1: 255, 5: 255}) {
		t.Error(got, err)
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
		"{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }":              "ends after 16",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999,), }": "has shape",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (100000, 100000), }":  "more values",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (10000000,), }":       "more than 4194304",
		"{'descr': '<U99999999', 'fortran_order': False, 'shape': (1000000,), }": "not read",
		"{'descr': '<U9999', 'fortran_order': False, 'shape': (1000000,), }":     "more than",
		"{'descr': '<f3', 'fortran_order': False, 'shape': (2,), }":              "type f3",
		"{'descr': '<f8', 'fortran_order': True, 'shape': (1, 1, 2), }":          "Fortran",
		"{'descr': '|O', 'fortran_order': False, 'shape': (2,), }":               "Python objects",
		"{'descr': [('x', '|O')], 'fortran_order': False, 'shape': (2,), }":      "not read",
		"nothing": "not read",
	} {
		path := filepath.Join(t.TempDir(), "x.npz")
		if err := os.WriteFile(path, archive(header, make([]byte, 16)), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := readAll(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", header, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, p := range []string{"testdata/types.npz", "testdata/struct.npz",
		"testdata/objects.npz", "testdata/bare.npy", "testdata/laughs.npz", "testdata/cycle.npz",
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
		arrays, err := readAll(path)
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
