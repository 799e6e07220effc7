package pickle

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// plain is testdata/plain_<protocol>.pkl, which testdata/make.py wrote with Python.
func TestPlainValuesOfEveryProtocol(t *testing.T) {
	files, err := filepath.Glob("testdata/plain_*.pkl")
	if err != nil || len(files) != 6 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		v, err := Load(mustRead(t, path))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		d := v.(*Dict)
		got := map[string]Value{}
		for i, k := range d.Keys {
			got[k.(string)] = d.Values[i]
		}
		want := map[string]Value{
			"none": nil, "truth": true, "small": int64(7), "large": int64(-3000000000),
			"real": -0.125, "text": "µV", "bytes": Bytes("\x00\xff"),
			"list": &List{[]Value{int64(300), "a"}}, "tuple": Tuple{int64(1), int64(2), int64(3), int64(4)},
			"empty": &Dict{},
		}
		for k, w := range want {
			if !reflect.DeepEqual(got[k], w) {
				t.Errorf("%s: %s is %#v, want %#v", path, k, got[k], w)
			}
		}
	}
}

// Arrays as numpy.savez keeps them, of this NumPy and of Python 2.
func TestArrays(t *testing.T) {
	files, err := filepath.Glob("testdata/arrays_*.pkl")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		v, err := Load(mustRead(t, path))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		a := v.(*Array)
		if !reflect.DeepEqual(a.Shape, []int{3}) || a.Dtype.Kind != 'O' || len(a.Items) != 3 {
			t.Fatalf("%s: %+v", path, a)
		}
		ints, floats := a.Items[0].(*Array), a.Items[1].(*Array)
		if ints.Dtype.Kind != 'i' || ints.Dtype.Size != 8 || len(ints.Data) != 16 ||
			floats.Dtype.Order.String() != "BigEndian" || !reflect.DeepEqual(floats.Shape, []int{2, 1}) {
			t.Errorf("%s: %+v %+v", path, ints, floats)
		}
		if s := a.Items[2].(*Array); len(s.Shape) != 0 || s.Dtype.Kind != 'f' || len(s.Data) != 8 {
			t.Errorf("%s: scalar %+v", path, s)
		}
	}
}

func TestAnythingElseIsRefusedByName(t *testing.T) {
	for name, want := range map[string]string{
		"system": "posix.system", "eval": "builtins.eval", "set": "a set", "class": "pathlib",
		"records": "an array of records", "newobj": "collections",
	} {
		_, err := Load(mustRead(t, "testdata/refused_"+name+".pkl"))
		var e *Refused
		if !errors.As(err, &e) || !strings.Contains(e.Name, want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestDamagedPickles(t *testing.T) {
	for want, data := range map[string]string{
		"without its end mark":   "\x80\x04]",
		"ends before 4294967295": "\x80\x04X\xff\xff\xff\xff",
		"empty stack":            ".",
		"recalls value 5":        "h\x05.",
		"no mark":                "e.",
		"opcode 0xff":            "\xff",
		"not UTF-8":              "X\x01\x00\x00\x00\xff.",
		"adds 1 values":          "NNa.",
		"where a value":          "(.",
		"of 9 bytes":             "\x8a\x09123456789.",
		"more than 1048576":      strings.Repeat("N0", maxSteps/2),
	} {
		if _, err := Load([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Any bytes give values or an error.
func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.pkl")
	for _, path := range files {
		f.Add(mustRead(f, path))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if v, err := Load(data); err == nil {
			if a, ok := v.(*Array); ok && a.Dtype.Size > 0 && len(a.Items) == 0 {
				n := 1
				for _, d := range a.Shape {
					n *= d
				}
				if n > len(data) {
					t.Errorf("%d values in %d bytes", n, len(data))
				}
			}
		}
	})
}
