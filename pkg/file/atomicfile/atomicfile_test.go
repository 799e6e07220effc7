package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// names lists a folder, temporaries included.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var s []string
	for _, e := range entries {
		s = append(s, e.Name())
	}
	return strings.Join(s, " ")
}

func TestWriteReplacesAndMakesFolders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "file.txt")
	for _, want := range []string{"first, which is longer", "second"} {
		if err := Write(path, text(want)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Fatalf("%q, %v; want %q", got, err, want)
		}
	}
	if got := names(t, filepath.Dir(path)); got != "file.txt" {
		t.Errorf("left in the folder: %s", got)
	}
	if err := WriteJSON(path, map[string]string{"r": "a<b"}); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "{\n  \"r\": \"a<b\"\n}\n" {
		t.Errorf("JSON: %q", got)
	}
}

// Whatever fails, the former file stays and no temporary does.
func TestFailureKeepsTheFormerFile(t *testing.T) {
	broken := errors.New("the source broke")
	cases := []struct {
		name    string
		arrange func(path string) error
		do      func(path string) error
		want    string
	}{
		{"the writer fails half way", nil, func(path string) error {
			return Write(path, func(w io.Writer) error {
				if err := text("half")(w); err != nil {
					return err
				}
				return broken
			})
		}, broken.Error()},
		{"a value that JSON has not", nil, func(path string) error { return WriteJSON(path, func() {}) },
			"unsupported type"},
		{"the disk is full", nil, func(path string) error {
			return limited(t, 1024, func() error { return Write(path, text(strings.Repeat("x", 4096))) })
		}, "file too large"},
		{"no temporary can be made", func(path string) error { return os.Mkdir(TempFor(path), 0o755) },
			func(path string) error { return Write(path, text("new")) }, "is a directory"},
		{"the temporary was removed", nil,
			func(path string) error { return Publish(TempFor(path), path) }, "no such file"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file.txt")
			if err := Write(path, text("former")); err != nil {
				t.Fatal(err)
			}
			if c.arrange != nil {
				if err := c.arrange(path); err != nil {
					t.Fatal(err)
				}
			}
			before := names(t, filepath.Dir(path))
			if err := c.do(path); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if got, _ := os.ReadFile(path); string(got) != "former" {
				t.Errorf("the former file holds %q", got)
			}
			if got := names(t, filepath.Dir(path)); got != before {
				t.Errorf("in the folder %s, before %s", got, before)
			}
		})
	}
}

// limited runs f with files limited to size bytes, as on a full disk.
func limited(t *testing.T, size uint64, f func() error) error {
	t.Helper()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Skip(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE,
		&syscall.Rlimit{Cur: size, Max: old.Max}); err != nil {
		t.Skip(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Fatal(err)
		}
	}()
	return f()
}

func TestTargetsThatCannotBeReplaced(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(file, "below"), text("x")); err == nil ||
		!strings.Contains(err.Error(), "not a directory") {
		t.Errorf("a file as a folder: %v", err)
	}
	folder := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(folder, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(folder, text("x")); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("a folder as a file: %v", err)
	}
	if got := names(t, dir); got != "file folder" {
		t.Errorf("left in the folder: %s", got)
	}
}
