package job

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"example.org/renshaw/pkg/file/crash"
)

const manifestName = "manifest.json"

func open(t *testing.T, dir string, opt Options) *Job {
	t.Helper()
	j, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func put(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// content maps the visible and hidden files of a folder to their texts; manifests to the number of
// their outputs and whether they are complete.
func content(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		text := string(raw)
		if isManifest(d.Name()) {
			m := ReadManifest(path)
			text = fmt.Sprintf("%d outputs, complete %v, pending %v", len(m.Outputs), m.Complete,
				m.Pending != nil)
		}
		rel, _ := filepath.Rel(dir, path)
		out = append(out, rel+": "+text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// writeSet has a job write a set of two files and remove a third.
func writeSet(dir, text string, opt Options) error {
	j, err := Open(dir, opt)
	if err != nil {
		return err
	}
	defer j.Close()
	for _, name := range []string{"a.csv", "pictures/b.png"} {
		path := j.Stage(name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	j.Remove("failures.csv")
	return j.Commit()
}

// die is what a kill looks like inside one process: the run ends at a point and cleans nothing up.
type die struct{}

// killedAt runs f until the nth point and reports whether that came.
func killedAt(n int, f func()) (killed bool) {
	crash.Arm(func(string) {
		if n--; n == 0 {
			panic(die{})
		}
	})
	defer func() {
		crash.Arm(nil)
		if r := recover(); r != nil {
			if _, ok := r.(die); !ok {
				panic(r)
			}
			killed = true
		}
	}()
	f()
	return false
}

// Killed at any point, a set is the former one, or is finished by whoever comes next.
func TestSetsAppearTogether(t *testing.T) {
	for name, opt := range map[string]Options{
		"with manifest": {Command: "infer", Manifest: manifestName},
		"without":       {Command: "summarize", Set: "a.csv"},
	} {
		t.Run(name, func(t *testing.T) {
			whole := t.TempDir()
			put(t, filepath.Join(whole, "failures.csv"), "old")
			if err := writeSet(whole, "old", opt); err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(whole, "failures.csv"), "old")
			before := content(t, whole)
			if err := writeSet(whole, "new", opt); err != nil {
				t.Fatal(err)
			}
			after := content(t, whole)
			for n := 1; ; n++ {
				dir := t.TempDir()
				if err := writeSet(dir, "old", opt); err != nil {
					t.Fatal(err)
				}
				put(t, filepath.Join(dir, "failures.csv"), "old")
				if !killedAt(n, func() { killable(t, dir, opt) }) {
					if n < 6 {
						t.Errorf("only %d points", n)
					}
					break
				}
				err := Settle(filepath.Join(dir, "a.csv"))
				got := content(t, dir)
				got = withoutStage(got)
				if err != nil || got != before && got != after {
					t.Errorf("killed at %d: %v\n %s\nwant %s\nor   %s", n, err, got, before, after)
				}
				if err := writeSet(dir, "new", opt); err != nil {
					t.Fatal(err)
				}
				if got := content(t, dir); got != after {
					t.Errorf("killed at %d and run again: %s\nwant %s", n, got, after)
				}
			}
		})
	}
}

// killable is writeSet without the clean-up that a killed process does not do.
func killable(t *testing.T, dir string, opt Options) {
	t.Helper()
	j, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer j.lock.Release() // by the system
	put(t, j.Stage("a.csv"), "new")
	put(t, j.Stage("pictures/b.png"), "new")
	j.Remove("failures.csv")
	if err := j.Commit(); err != nil {
		t.Fatal(err)
	}
}

// withoutStage leaves out what is still staged: hidden, and cleared by the next run.
func withoutStage(content string) string {
	var kept []string
	for _, part := range strings.Split(content, "; ") {
		if !strings.Contains(part, stageEnding) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "; ")
}

// What cannot be finished is told of, with what to do, until it is made anew.
func TestUnfinishable(t *testing.T) {
	dir := t.TempDir()
	opt := Options{Command: "infer", Line: "renshaw infer est x.csv -o out", Manifest: manifestName}
	if err := writeSet(dir, "old", opt); err != nil {
		t.Fatal(err)
	}
	n := 0
	for killedAt(n+1, func() { killable(t, dir, opt) }) &&
		ReadManifest(filepath.Join(dir, manifestName)).Pending == nil {
		n++
	}
	stages, err := filepath.Glob(filepath.Join(dir, ".*"+stageEnding))
	if err != nil || len(stages) != 1 {
		t.Fatal(stages, err)
	}
	if err := os.RemoveAll(stages[0]); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err = Ready(dir, manifestName)
		if !errors.Is(err, ErrInterrupted) ||
			!strings.Contains(err.Error(), "run renshaw infer est x.csv -o out again") {
			t.Errorf("%v", err)
		}
		if err := SettleTree(filepath.Dir(dir), "infer"); !errors.Is(err, ErrInterrupted) {
			t.Errorf("tree: %v", err)
		}
	}
	if err := writeSet(dir, "new", opt); err != nil {
		t.Fatal(err)
	}
	if m, err := Ready(dir, manifestName); err != nil || !m.Complete || len(m.Outputs) != 2 {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestReady(t *testing.T) {
	dir := t.TempDir()
	if m, err := Ready(dir, manifestName); err != nil || m.Command != "" {
		t.Errorf("none: %+v, %v", m, err)
	}
	path := filepath.Join(dir, manifestName)
	for text, interrupted := range map[string]bool{
		`{"network": "of another program"}`:                                           false,
		`{"command": "infer", "complete": true}`:                                      false,
		`{"command": "infer", "complete": false}`:                                     true,
		`{"command": "infer", "complete": false, "failures": [{"item": "S1 TA 10"}]}`: false,
	} {
		put(t, path, text)
		if _, err := Ready(dir, manifestName); errors.Is(err, ErrInterrupted) != interrupted {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Items that are done are not done again, keep their entries, and a manifest is not complete
// while others are at work.
func TestRunSkipsAndRecords(t *testing.T) {
	dir := t.TempDir()
	input := put(t, filepath.Join(t.TempDir(), "in.csv"), "1")
	run := func(names ...string) (began []string, m Manifest) {
		t.Helper()
		j := open(t, dir, Options{Command: "convert", Manifest: manifestName, Workers: 1})
		if err := j.Input(input, input); err != nil {
			t.Fatal(err)
		}
		var items []Item
		for _, name := range names {
			out := filepath.Join(dir, name)
			items = append(items, Item{Name: name, Output: out, Stage: "conversion",
				Done: func(context.Context) (bool, error) {
					_, err := os.Stat(out)
					return err == nil, nil
				}, Do: func(context.Context) error {
					began = append(began, name)
					if m := ReadManifest(filepath.Join(dir, manifestName)); m.Complete {
						t.Errorf("%s: the manifest is complete during the work", name)
					}
					if name == "bad" {
						return errors.New("broken file")
					}
					put(t, out, name)
					return nil
				}})
		}
		if _, err := j.Run(context.Background(), items); err != nil {
			t.Fatal(err)
		}
		if err := j.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		return began, ReadManifest(filepath.Join(dir, manifestName))
	}
	if began, m := run("a.h5"); len(began) != 1 || !m.Complete || len(m.Outputs) != 1 ||
		len(m.Inputs) != 1 {
		t.Errorf("%v %+v", began, m)
	}
	began, m := run("a.h5", "b.h5", "bad")
	if want := []string{"b.h5", "bad"}; !slices.Equal(began, want) || len(m.Outputs) != 2 ||
		len(m.Failures) != 1 || m.Failures[0].Stage != "conversion" {
		t.Errorf("%v %+v", began, m)
	}
	// a.h5 of an earlier run is kept
	if began, m := run("b.h5"); len(began) != 0 || len(m.Outputs) != 2 {
		t.Errorf("%v %+v", began, m)
	}
	if got := content(t, dir); got != "a.h5: a.h5; b.h5: b.h5; manifest.json: 2 outputs, complete "+
		"true, pending false" {
		t.Error(got)
	}
}

func TestInterruptedRunIsNotComplete(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{Command: "convert", Manifest: manifestName})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := j.Run(ctx, []Item{{Name: "a",
		Do: func(context.Context) error { return nil }}}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := j.Commit(); err != nil {
		t.Fatal(err)
	}
	if m := ReadManifest(filepath.Join(dir, manifestName)); m.Complete || !m.Interrupted() {
		t.Errorf("%+v", m)
	}
}

func TestFolderThatVanishes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	j := open(t, dir, Options{Command: "convert", Manifest: manifestName})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := j.Commit(); err == nil || !strings.Contains(err.Error(), "removed or replaced") {
		t.Errorf("%v", err)
	}
}

// Locks of sets do not exclude each other; those of one set, and shards and the whole folder, do.
func TestWhoExcludesWhom(t *testing.T) {
	whole := Options{Command: "x", Manifest: manifestName}
	shard := func(i int) Options {
		return Options{Command: "x", Manifest: fmt.Sprintf("manifest_shard_%d_of_2.json", i), Shard: i,
			Of: 2}
	}
	set := func(name string) Options { return Options{Command: "x", Set: name} }
	for _, c := range []struct {
		a, b Options
		busy bool
	}{{whole, whole, true}, {whole, shard(0), true}, {shard(0), shard(0), true},
		{shard(0), shard(1), false},
		{set("a.csv"), set("a.csv"), true}, {set("a.csv"), set("b.csv"), false},
		{whole, set("a.csv"), false}} {
		dir := t.TempDir()
		a := open(t, dir, c.a)
		b, err := Open(dir, c.b)
		if errors.Is(err, ErrLocked) != c.busy || !c.busy && err != nil {
			t.Errorf("%+v, %+v: %v", c.a, c.b, err)
		}
		b.Close()
		a.Close()
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

func TestLockIsNoLink(t *testing.T) {
	dir := t.TempDir()
	target := put(t, filepath.Join(t.TempDir(), "precious"), "text")
	if err := os.Symlink(target, filepath.Join(dir, lockName)); err != nil {
		t.Fatal(err)
	}
	if _, err := LockDir(dir, "x"); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("%v", err)
	}
	if raw, err := os.ReadFile(target); err != nil || string(raw) != "text" {
		t.Errorf("the target holds %q, %v", raw, err)
	}
}

// without has flock say that there are no locks, and gives what was logged.
func without(t *testing.T, err error) *bytes.Buffer {
	var logged bytes.Buffer
	flock = func(int, int) error { return err }
	warnedOnce = sync.Once{}
	log.SetOutput(&logged)
	t.Cleanup(func() {
		flock = unix.Flock
		log.SetOutput(os.Stderr)
	})
	return &logged
}

// A file system without locks is worked on, with one warning; two runs of one process number do
// not spoil each other.
func TestNoLocks(t *testing.T) {
	for _, errno := range []error{unix.ENOSYS, unix.EOPNOTSUPP, unix.ENOLCK} {
		t.Run(errno.Error(), func(t *testing.T) {
			logged := without(t, errno)
			dir := t.TempDir()
			a := open(t, dir, Options{Command: "x", Manifest: manifestName})
			b := open(t, dir, Options{Command: "y", Set: "b.csv"})
			shard := open(t, dir, Options{Command: "z", Manifest: "manifest_shard_0_of_2.json", Of: 2})
			put(t, a.Stage("a.csv"), "text")
			put(t, b.Stage("b.csv"), "text")
			for _, j := range []*Job{a, b, shard} {
				if err := j.Commit(); err != nil {
					t.Error(err)
				}
				if err := j.Close(); err != nil {
					t.Error(err)
				}
			}
			entries, _ := os.ReadDir(dir)
			var names []string
			for _, e := range entries {
				names = append(names, e.Name())
			}
			if want := []string{"a.csv", "b.csv", manifestName, "manifest_shard_0_of_2.json"}; !slices.Equal(
				names, want) {
				t.Errorf("the folder has %v, want %v", names, want)
			}
			warnings := ReadManifest(filepath.Join(dir, manifestName)).Warnings
			if len(warnings) != 1 || !strings.Contains(warnings[0], "no locks ("+errno.Error()+")") ||
				strings.Count(logged.String(), "warning: ") != 1 ||
				!strings.Contains(logged.String(), warnings[0]) {
				t.Errorf("manifest %q, log %q", warnings, logged)
			}
		})
	}
}

// Without locks a set that a living process puts in place is left to it; a dead one's is finished.
func TestNoLocksLeavesTheLiving(t *testing.T) {
	without(t, unix.ENOSYS)
	dir := t.TempDir()
	a := open(t, dir, Options{Command: "x", Line: "renshaw x", Manifest: manifestName})
	staged := put(t, a.Stage("a.csv"), "text")
	sum, err := SumFile(staged)
	if err != nil {
		t.Fatal(err)
	}
	sum.Path = "a.csv"
	m := NewManifest("x", "", 0, nil)
	m.Pending = &Pending{Command: "renshaw x", Stage: filepath.Base(a.stage), Complete: true,
		Files: []FileSum{sum}}
	if err := m.writeAs(filepath.Join(dir, manifestName)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{Command: "x", Manifest: manifestName}); !errors.Is(err,
		ErrLocked) || !strings.Contains(err.Error(), "by renshaw x") {
		t.Errorf("another run: %v", err)
	}
	dead := filepath.Join(dir, "."+manifestName+".otherhost.1"+stageEnding)
	if err := os.Rename(a.stage, dead); err != nil {
		t.Fatal(err)
	}
	m.Pending.Stage = filepath.Base(dead)
	if err := m.writeAs(filepath.Join(dir, manifestName)); err != nil {
		t.Fatal(err)
	}
	if _, err := Ready(dir, manifestName); err != nil {
		t.Error(err)
	}
	if raw, err := os.ReadFile(filepath.Join(dir, "a.csv")); err != nil || string(raw) != "text" {
		t.Errorf("%q %v", raw, err)
	}
}

// Why a folder cannot be worked on is told apart, with what to do.
func TestRefusedLocks(t *testing.T) {
	for _, c := range []struct {
		err   error
		want  string
		inUse bool
	}{{unix.EWOULDBLOCK, "in use by a command; wait for it", true},
		{unix.EACCES, "(permission denied): you may not write there", false},
		{unix.EPERM, "you may not write there", false},
		{unix.EROFS, "(read-only file system): it can only be read", false},
		{unix.ENOSPC, "(no space left on device): free some space", false},
		{unix.EDQUOT, "(disk quota exceeded): free some space", false},
		{unix.ENOTDIR, "(not a directory): a file stands where", false},
		{unix.EIO, "(input/output error): choose another folder", false}} {
		got := refused("out", "a command", c.err)
		if errors.Is(got, ErrLocked) != c.inUse || !strings.HasPrefix(got.Error(), "out: ") ||
			!strings.Contains(got.Error(), c.want) {
			t.Errorf("%v: %v", c.err, got)
		}
	}
	file := put(t, filepath.Join(t.TempDir(), "file"), "text")
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if _, err := Open(dir, Options{Command: "x", Manifest: manifestName}); err == nil ||
			!strings.Contains(err.Error(), dir+": cannot be written to (not a directory): a file stands") {
			t.Errorf("%v", err)
		}
	}
}

// The parameters of a manifest that is finished or marked by another run keep every digit.
func TestParametersSurvive(t *testing.T) {
	dir := t.TempDir()
	type parameters struct {
		Z uint64 `json:"z"`
		A int    `json:"a"`
	}
	j := open(t, dir, Options{Command: "x", Manifest: manifestName,
		Parameters: parameters{1<<63 + 1, 2}})
	if err := j.Commit(); err != nil {
		t.Fatal(err)
	}
	j.Close()
	j = open(t, dir, Options{Command: "x", Manifest: manifestName})
	if err := j.Touch(); err != nil {
		t.Fatal(err)
	}
	var raw struct{ Parameters json.RawMessage }
	text, _ := os.ReadFile(filepath.Join(dir, manifestName))
	if err := json.Unmarshal(text, &raw); err != nil ||
		strings.Join(strings.Fields(string(raw.Parameters)), "") != `{"z":9223372036854775809,"a":2}` {
		t.Errorf("%s, %v", raw.Parameters, err)
	}
}

func TestStageStaysInside(t *testing.T) {
	j := open(t, t.TempDir(), Options{Command: "figure", Set: "fig5a"})
	if got := j.Stage("../../etc/x.svg"); !strings.HasPrefix(got, j.stage+string(filepath.Separator)) {
		t.Error(got)
	}
}
