package h5

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// writePart writes a part that holds one number, in several kinds of dataset.
func writePart(t *testing.T, pack string, i int, v float64) string {
	t.Helper()
	path := filepath.Join(pack, fmt.Sprintf("row_%d", i), "out.h5")
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	w.PutFloat64s("/a/x", []float64{v, v})
	w.PutUint16s("/u", []uint16{uint16(i), 65535})
	w.PutText("/text", "value "+fmt.Sprint(v))
	w.PutStrings("/names", []string{"VL", "VM"})
	w.Attr("/", "seed", i)
	w.Attr("/a", "unit", "s")
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	return path
}

func valueOf(t *testing.T, path string) float64 {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	v, _, err := f.Float64s("/a/x")
	if err != nil || len(v) != 2 {
		t.Fatalf("%v, %v", v, err)
	}
	unit, err := f.AttrString("/a", "unit")
	if err != nil || unit != "s" || !f.Has("/text") || f.Has("/b") {
		t.Fatalf("%q, %v", unit, err)
	}
	return v[0]
}

// Parts are read by their address before and after they are merged, and again after others came.
func TestPack(t *testing.T) {
	pack := filepath.Join(t.TempDir(), "pack.h5")
	for _, i := range []int{10, 2, 1} {
		path := writePart(t, pack, i, float64(i))
		there, err := Exists(path)
		if got := valueOf(t, path); got != float64(i) || !there || err != nil {
			t.Errorf("part %d waits with %v", i, got)
		}
	}
	if _, err := Merge(pack); err != nil {
		t.Fatal(err)
	}
	if changed, err := Merge(pack); changed || err != nil { // nothing waits
		t.Fatal(changed, err)
	}
	writePart(t, pack, 3, 3)
	writePart(t, pack, 2, 22)
	merged, pending, err := Parts(pack)
	if err != nil || !reflect.DeepEqual(merged, []string{"row_1", "row_2", "row_10"}) ||
		!reflect.DeepEqual(pending, []string{"row_2", "row_3"}) {
		t.Fatalf("%v, %v, %v", merged, pending, err)
	}
	if _, err := Merge(pack, "row_1"); err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]float64{2: 22, 3: 3, 10: 10} {
		path := filepath.Join(pack, fmt.Sprintf("row_%d", i), "out.h5")
		if got := valueOf(t, path); got != want {
			t.Errorf("part %d holds %v, want %v", i, got, want)
		}
		if err := Verify(path); err != nil {
			t.Error(err)
		}
	}
	gone := filepath.Join(pack, "row_1", "out.h5")
	if there, err := Exists(gone); there || err != nil {
		t.Errorf("a dropped part is there: %v, %v", there, err)
	} else if _, err := Open(gone); !errors.Is(err, ErrNotFound) {
		t.Errorf("error %v", err)
	}
	if err := Verify(pack); err != nil || !IsPack(pack) {
		t.Errorf("the pack: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(pack)); len(left) != 1 {
		t.Errorf("left over: %v", left)
	}
}

// The same parts give the same bytes, whatever came first and in how many turns.
func TestPackBytes(t *testing.T) {
	a, b := filepath.Join(t.TempDir(), "pack.h5"), filepath.Join(t.TempDir(), "pack.h5")
	for i := range 5 {
		writePart(t, a, i, float64(i))
	}
	for _, i := range []int{3, 0, 4, 1, 2} {
		writePart(t, b, i, float64(i))
		if i == 4 {
			if _, err := Merge(b); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, pack := range []string{a, b} {
		if _, err := Merge(pack); err != nil {
			t.Fatal(err)
		}
	}
	x, _ := os.ReadFile(a)
	y, _ := os.ReadFile(b)
	if len(x) == 0 || !reflect.DeepEqual(x, y) {
		t.Errorf("%d and %d bytes that differ", len(x), len(y))
	}
}

// A damaged part is named, and the pack stays as it was.
func TestDamagedPart(t *testing.T) {
	pack := filepath.Join(t.TempDir(), "pack.h5")
	writePart(t, pack, 1, 1)
	if _, err := Merge(pack); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(pack)
	path := fileOf(writePart(t, pack, 2, 1234.5))
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(raw), "value 1234.5")
	if at < 0 {
		t.Fatal("no text")
	}
	raw[at] = 'V'
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Merge(pack); err == nil || !strings.Contains(err.Error(), "row_2") {
		t.Errorf("error %v", err)
	}
	after, _ := os.ReadFile(pack)
	if !reflect.DeepEqual(before, after) {
		t.Error("the pack changed")
	}
	ordinary := filepath.Join(t.TempDir(), "x.h5")
	writeSample(t, ordinary)
	if _, _, err := Parts(ordinary); err == nil {
		t.Error("an ordinary file has parts")
	}
}

// BenchmarkList lists groups of ever more members: a name costs the same in each.
func BenchmarkList(b *testing.B) {
	for _, n := range []int{100, 1000, 4000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "f.h5")
			w, err := Create(path)
			if err != nil {
				b.Fatal(err)
			}
			for i := range n {
				w.PutFloat64s(fmt.Sprintf("/part_%d/x", i), []float64{1})
			}
			if err := w.Commit(); err != nil {
				b.Fatal(err)
			}
			f, err := Open(path)
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			for b.Loop() {
				if names, err := f.List("/"); err != nil || len(names) != n {
					b.Fatal(len(names), err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/name")
		})
	}
}
