package h5

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func writeSample(t *testing.T, path string) {
	t.Helper()
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	big := make([]float64, 3000)
	for i := range big {
		big[i] = math.Sin(float64(i))
	}
	w.PutFloat64s("/a/b/x", []float64{1, 2, 3, 4, 5, 6}, 2, 3)
	w.PutCompressed("/a/big", big, 3, 1000)
	w.PutInt64s("/a/i", []int64{-1, 1 << 40})
	w.PutUint8s("/u", []uint8{1, 0, 255})
	w.PutStrings("/s/vlen", []string{"VL", "latéral", ""})
	w.PutFixedStrings("/s/fixed", []string{"inhibited", "combined"})
	w.PutFloat64s("/empty", nil)
	w.Group("/group")
	w.Attr("/", "format", "sample")
	w.Attr("/a/b/x", "units", "s")
	w.Attr("/a/b/x", "fs", 2048.0)
	w.Attr("/a", "n", 3)
	w.Attr("/a", "band", []float64{15, 35})
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "x.h5")
	writeSample(t, path)
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x, dims, err := f.Float64s("/a/b/x")
	if err != nil || !reflect.DeepEqual(dims, []int{2, 3}) || x[5] != 6 {
		t.Fatalf("x = %v %v %v", x, dims, err)
	}
	blk := make([]float64, 2)
	if err := f.Block("/a/b/x", []int{0, 1}, []int{2, 1}, blk); err != nil || blk[0] != 2 ||
		blk[1] != 5 {
		t.Fatalf("block = %v %v", blk, err)
	}
	if s, err := f.Strings("/s/vlen"); err != nil ||
		!reflect.DeepEqual(s, []string{"VL", "latéral", ""}) {
		t.Fatalf("vlen = %q %v", s, err)
	}
	if s, err := f.Strings("/s/fixed"); err != nil ||
		!reflect.DeepEqual(s, []string{"inhibited", "combined"}) {
		t.Fatalf("fixed = %q %v", s, err)
	}
	if v, _, err := f.Int64s("/a/i"); err != nil || v[1] != 1<<40 {
		t.Fatalf("ints = %v %v", v, err)
	}
	if v, _, err := f.Float64s("/empty"); err != nil || len(v) != 0 {
		t.Fatalf("empty = %v %v", v, err)
	}
	if s, err := f.AttrString("/a/b/x", "units"); err != nil || s != "s" {
		t.Fatalf("units = %q %v", s, err)
	}
	if v, err := f.AttrFloat64s("/a", "band"); err != nil || len(v) != 2 || v[1] != 35 {
		t.Fatalf("band = %v %v", v, err)
	}
	if v, err := f.AttrFloat64("/", "schema_version"); err != nil || v != SchemaVersion {
		t.Fatalf("schema_version = %v %v", v, err)
	}
	if info, err := f.Stat("/a/big"); err != nil || !reflect.DeepEqual(info.Chunk, []int{3, 1000}) ||
		info.StorageBytes >= 24000 {
		t.Fatalf("stat = %+v %v", info, err)
	}
	if names, err := f.List("/a"); err != nil || !reflect.DeepEqual(names, []string{"b", "big", "i"}) {
		t.Fatalf("list = %v %v", names, err)
	}
	if err := Verify(path); err != nil {
		t.Error(err)
	}
}

func TestReadErrorsNameFileAndPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.h5")
	writeSample(t, path)
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for name, call := range map[string]func() error{
		"missing dataset":   func() error { _, _, err := f.Float64s("/a/none"); return err },
		"text as numbers":   func() error { _, _, err := f.Float64s("/s/vlen"); return err },
		"numbers as text":   func() error { _, err := f.Strings("/u"); return err },
		"group as data":     func() error { _, _, err := f.Float64s("/a"); return err },
		"missing attribute": func() error { _, err := f.AttrString("/a", "none"); return err },
		"null reference":    func() error { _, err := f.RefPath(0); return err },
		"wild reference":    func() error { _, err := f.RefPath(0xdeadbeef); return err },
		"slab out of range": func() error {
			return f.Block("/a/b/x", []int{1, 1}, []int{2, 1}, make([]float64, 2))
		},
		"list of a dataset": func() error { _, err := f.List("/u"); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v does not name the file", name, err)
		}
	}
}

// An uncommitted or failed file leaves neither the name nor a temporary, and a
// former file untouched.
func TestAtomic(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.h5")
	writeSample(t, path)
	before, _ := os.ReadFile(path)
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w.PutFloat64s("/x", []float64{1})
	w.PutFloat64s("/x", []float64{1}) // a second dataset of that name is an error
	if err := w.Commit(); err == nil {
		t.Error("Commit after a failed write returned nil")
	}
	after, _ := os.ReadFile(path)
	if !reflect.DeepEqual(before, after) {
		t.Error("a failed write changed the former file")
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	if _, err := Create(filepath.Join(path, "under-a-file.h5")); err == nil {
		t.Error("Create below a file succeeded")
	}
}

func TestVerifyFindsChangedContent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.h5")
	writeSample(t, path)
	data, _ := os.ReadFile(path)
	var numbers bytes.Buffer
	_ = binary.Write(&numbers, binary.LittleEndian, []float64{1, 2, 3, 4, 5, 6})
	i := bytes.Index(data, numbers.Bytes())
	if i < 0 {
		t.Fatal("contiguous data not found in the file")
	}
	data[i+9] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Verify(path); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("Verify = %v", err)
	}
}

// Independent readers: h5dump, and h5py when the project's environment has it.
func TestOtherReaders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.h5")
	writeSample(t, path)
	if tool, err := exec.LookPath("h5dump"); err != nil {
		t.Log("h5dump is not installed")
	} else if out, err := exec.Command(tool, path).CombinedOutput(); err != nil ||
		!strings.Contains(string(out), `"inhibited", "combined"`) {
		t.Errorf("h5dump: %v\n%s", err, out)
	}
	py := pythonWithH5py()
	if py == "" {
		t.Skip("no Python with h5py (make setup installs one into .venv)")
	}
	script := `import h5py,sys
f=h5py.File(sys.argv[1])
assert f['a/b/x'][1,2]==6 and f['a/b/x'].attrs['units']=='s' and f['s/vlen'].asstr()[1]=='latéral'
assert f['s/fixed'][0]==b'inhibited' and f['a/big'].compression=='gzip' and f['empty'].shape==(0,)
assert f.attrs['format']=='sample' and f['a'].attrs['n']==3 and list(f['a'].attrs['band'])==[15,35]`
	if out, err := exec.Command(py, "-c", script, path).CombinedOutput(); err != nil {
		t.Errorf("h5py: %v\n%s", err, out)
	}
}

func pythonWithH5py() string {
	for _, py := range []string{"../../../.venv/bin/python", "python3", "/usr/bin/python3"} {
		if exec.Command(py, "-c", "import h5py").Run() == nil {
			return py
		}
	}
	return ""
}

// The same content gives the same bytes, whenever it is written.
func TestSameBytes(t *testing.T) {
	write := func(path string) []byte {
		w, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Abort()
		long := make([]float64, 5000)
		for i := range long {
			long[i] = float64(i)
		}
		w.PutFloat64s("/a/b/small", []float64{1, 2, 3})
		w.PutCompressed("/a/long", long)
		w.PutStrings("/names", []string{"VL", "VM"})
		w.PutFixedStrings("/fixed", []string{"one", "three"})
		w.PutText("/text", "a text")
		w.PutScalar("/scalar", 4)
		w.PutFloat64s("/x", []float64{1, 2, 3})
		w.Scale("/x", map[string]int{"/a/b/small": 0})
		w.Group("/empty")
		w.Attr("/a", "words", []string{"p", "q"})
		w.Attr("/a", "see", Ref("/x"))
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	dir := t.TempDir()
	first := write(filepath.Join(dir, "1.h5"))
	time.Sleep(1100 * time.Millisecond) // HDF5's time stamps have whole seconds
	if second := write(filepath.Join(dir, "2.h5")); !bytes.Equal(first, second) {
		n := 0
		for i := range min(len(first), len(second)) {
			if first[i] != second[i] {
				n++
			}
		}
		t.Errorf("%d of %d bytes differ (%d in the other file)", n, len(first), len(second))
	}
}
