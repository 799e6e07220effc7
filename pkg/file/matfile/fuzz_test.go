package matfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// muEditPaths are the fields that the MUedit reader asks for.
var muEditPaths = []string{
	"signal.fsamp", "signal.ngrid", "signal.gridname", "signal.muscle", "signal.EMGmask",
	"signal.target",
	"edition.Dischargetimes", "edition.Distimeclean", "signal.Dischargetimes",
	"edition.Dischargetimes{1,2}",
}

func fuzzFile(t *testing.T, data []byte) string {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("renshaw-fuzz-%d.mat", os.Getpid()))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readEverything(t *testing.T, f File) {
	check := func(err error) {
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("error without a kind: %v", err)
		}
	}
	for _, p := range muEditPaths {
		if f.Has(p) {
			_, err := f.Get(p)
			check(err)
		}
	}
	if s, err := f.Shape("signal.data"); err == nil && s.Class.Numeric() {
		check(f.Tiles("signal.data", func(Tile) error { return nil }))
	}
}

func seedFixtures(f *testing.F, names ...string) {
	for _, n := range names {
		data, err := os.ReadFile(filepath.Join("..", "..", "exchange", "muedit", "testdata", "fixtures",
			n))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

// FuzzLevel5 promises: any bytes give values or an error, never a panic, and
// memory within max(64 x input, 64 MiB) for the tree of a file.
func FuzzLevel5(f *testing.F) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		f.Add(level5Writer{order}.sample(false))
		f.Add(level5Writer{order}.sample(true))
	}
	seedFixtures(f, "bad_truncated_v7.mat", "edited_v7.mat")
	f.Fuzz(func(t *testing.T, data []byte) {
		path := fuzzFile(t, data)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = level5Variables(path)
		file, err := openLevel5(path)
		runtime.ReadMemStats(&after)
		if used, limit := after.TotalAlloc-before.TotalAlloc,
			uint64(4*max(64*len(data), 64<<20)); used > limit {
			t.Fatalf("allocated %d bytes for %d bytes of input", used, len(data))
		}
		if err == nil {
			readEverything(t, file)
		}
	})
}

// FuzzHDF5Child drives the boundary of the child process: whatever the HDF5
// library does with a damaged file, the parent gets values or an error within the
// time limit, and the child stays within its memory.
func FuzzHDF5Child(f *testing.F) {
	ChildTimeout = 10 * time.Second
	seedFixtures(f, "bad_plain_hdf5.mat", "signal_only_v73.mat", "single_unit_v73.mat",
		"bad_null_reference.mat", "edited_v73.mat")
	f.Fuzz(func(t *testing.T, data []byte) {
		path := fuzzFile(t, data)
		start := time.Now()
		file, err := openChild(path)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error without a kind: %v", err)
			}
			return
		}
		readEverything(t, file)
		file.Close()
		if d := time.Since(start); d > 10*ChildTimeout {
			t.Fatalf("took %v", d)
		}
		if u, ok := file.cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			if limit := int64(childMemory+64<<20) + int64(max(64*len(data), 64<<20)); u.Maxrss*1024 > limit {
				t.Fatalf("the child used %d KiB for %d bytes of input", u.Maxrss, len(data))
			}
		}
	})
}
