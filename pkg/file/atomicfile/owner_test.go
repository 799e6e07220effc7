package atomicfile

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestClearDead(t *testing.T) {
	dir := t.TempDir()
	child := exec.Command("true")
	if err := child.Run(); err != nil {
		t.Skip(err)
	}
	old := time.Now().Add(-2 * forgotten)
	kept := ""
	for _, c := range []struct {
		name string
		old  bool
		dead bool
	}{
		{fmt.Sprintf(".a.csv.%s.%d.tmp", host(), child.Process.Pid), false, true},
		{fmt.Sprintf(".b.csv.%s.%d.tmp", host(), os.Getpid()), false, false}, // another goroutine's
		{fmt.Sprintf(".c.csv.%s.%d.tmp", host(), os.Getpid()), true, true},   // older than this process
		{".d.csv.elsewhere.7.tmp", false, false},
		{".e.csv.elsewhere.7.tmp", true, true},
		{".f.csv.tmp", true, false}, // not of this program
		{"g.csv.elsewhere.7.tmp", true, false},
	} {
		path := filepath.Join(dir, c.name)
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if c.old {
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
		if !c.dead {
			kept += " " + c.name
		}
	}
	if err := ClearDead(dir); err != nil {
		t.Fatal(err)
	}
	if got := " " + names(t, dir); got != kept {
		t.Errorf("left:%s; want%s", got, kept)
	}
	if err := ClearDead(filepath.Join(dir, "nothing")); err != nil {
		t.Error(err)
	}
}

// Only files and folders are replaced.
func TestDevicesAreNotReplaced(t *testing.T) {
	if err := Write("/dev/null", text("x")); err == nil {
		t.Error("/dev/null was replaced")
	}
}
