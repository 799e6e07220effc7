package job

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/file/crash"
)

// A set of files appears together in four steps:
//
//  1. the files lie complete, and on the disk, in a hidden folder .SET.HOST.PID.partial;
//  2. the record (the manifest, or .SET.pending.json where there is none) is replaced by one that
//     is not complete and lists them with their checksums;
//  3. they are renamed, one by one;
//  4. the record is replaced by the manifest, complete, or removed.
//
// After a kill before step 2 the former set is there; after step 2 whoever comes next goes on.

const (
	stageEnding   = ".partial"
	pendingEnding = ".pending.json"
)

// record is the path of what tells about a set: the manifest, or a hidden file that is there only
// while files are put in place.
func record(dir, set string) string {
	if isManifest(set) {
		return filepath.Join(dir, set)
	}
	return filepath.Join(dir, "."+set+pendingEnding)
}

// isManifest tells the names of manifests from those of files that name a set.
func isManifest(name string) bool {
	return strings.HasSuffix(name, ".json") && strings.Contains(name, "manifest")
}

// lockOf is the name of the lock of a set.
func lockOf(set string) string {
	if isManifest(set) {
		return lockName
	}
	return lockName + "." + set
}

// finish puts the files of a record in place and replaces or removes it. A file that is neither
// staged nor in place as it should be makes that impossible.
func (m *Manifest) finish(dir, set string) error {
	p := m.Pending
	stage := filepath.Join(dir, filepath.Base(p.Stage))
	todo := []FileSum{}
	for _, f := range p.Files {
		if !filepath.IsLocal(f.Path) {
			return interrupted(dir, *m)
		}
		if sum, err := SumFile(filepath.Join(stage, f.Path)); err == nil && sum.SHA256 == f.SHA256 {
			todo = append(todo, f)
		} else if sum, err := SumFile(filepath.Join(dir, f.Path)); err != nil || sum.SHA256 != f.SHA256 {
			return interrupted(dir, *m)
		}
	}
	return m.place(dir, set, todo)
}

// place renames staged files and replaces or removes the record.
func (m *Manifest) place(dir, set string, files []FileSum) error {
	p := m.Pending
	stage := filepath.Join(dir, filepath.Base(p.Stage))
	folders := map[string]bool{dir: true}
	for _, f := range files {
		to := filepath.Join(dir, f.Path)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := atomicfile.Rename(filepath.Join(stage, f.Path), to); err != nil {
			return err
		}
		folders[filepath.Dir(to)] = true
	}
	for _, name := range p.Remove {
		if !filepath.IsLocal(name) {
			continue
		}
		if err := remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	for folder := range folders {
		atomicfile.SyncDir(folder)
	}
	crash.Point("all in place in " + dir)
	path := record(dir, set)
	if isManifest(set) {
		done := *m
		done.Complete, done.Pending = p.Complete, nil
		if err := done.writeAs(path); err != nil {
			return err
		}
	} else if err := remove(path); err != nil {
		return err
	}
	crash.Point("recorded in " + dir)
	return os.RemoveAll(stage)
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// settle finishes a set that a killed run had begun to put in place. While the run lives it is
// waited for.
func settle(dir, set string) error {
	const patience, step = 10 * time.Second, 50 * time.Millisecond
	for waited := time.Duration(0); ; waited += step {
		m := ReadManifest(record(dir, set))
		if m.Pending == nil {
			return nil
		}
		lock, err := lockAs(dir, lockOf(set), "finishing what was interrupted")
		switch {
		case errors.Is(err, ErrLocked) && waited < patience:
			time.Sleep(step)
			continue
		case errors.Is(err, ErrLocked):
			return err
		case err != nil:
			return fmt.Errorf("%w (it cannot be finished: %w)", interrupted(dir, m), err)
		}
		m = ReadManifest(record(dir, set)) // somebody else may have been faster
		if m.Pending != nil && lock.Warning != "" && m.lives(dir) {
			lock.Release()
			if waited >= patience {
				return m.busy(dir)
			}
			time.Sleep(step)
			continue
		}
		if m.Pending != nil {
			err = m.finish(dir, set)
		}
		lock.Release()
		if err != nil && !errors.Is(err, ErrInterrupted) {
			err = fmt.Errorf("%w (it cannot be finished: %w)", interrupted(dir, m), err)
		}
		return err
	}
}

// lives reports whether the process that was about to put files in place still runs on this host.
func (m *Manifest) lives(dir string) bool {
	return atomicfile.Alive(filepath.Join(dir, filepath.Base(m.Pending.Stage)))
}

// busy is the error of a folder whose files are being put in place.
func (m *Manifest) busy(dir string) error {
	return refused(dir, m.Pending.Command, unix.EWOULDBLOCK)
}

// Settle finishes the sets in a folder, or in that of a file, that killed runs had begun to put in
// place, so that what is read there belongs together. The error wraps ErrInterrupted where that
// is not possible, and says what to run again.
func Settle(path string) error {
	dir := path
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		dir = filepath.Dir(path)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // whoever reads there will say so
	}
	for _, e := range entries {
		set := e.Name()
		if name, ok := strings.CutSuffix(set, pendingEnding); ok && name != "" && name[0] == '.' {
			set = name[1:]
		} else if !isManifest(set) || !e.Type().IsRegular() {
			continue
		}
		if err := settle(dir, set); err != nil {
			return err
		}
	}
	return nil
}

// SettleTree does the same for a folder and two levels of folders in it, and refuses those that
// runs of the commands left incomplete: what a study or its page is made of.
func SettleTree(dir string, commands ...string) error { return settleTree(dir, 2, commands) }

func settleTree(dir string, deeper int, commands []string) error {
	if err := Settle(dir); err != nil {
		return err
	}
	m := ReadManifest(filepath.Join(dir, "manifest.json"))
	if m.Interrupted() && slices.Contains(commands, m.Command) {
		return interrupted(dir, m)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || deeper == 0 {
		return nil // whoever reads there will say so
	}
	for _, e := range entries {
		if !e.IsDir() || e.Name()[0] == '.' {
			continue
		}
		if err := settleTree(filepath.Join(dir, e.Name()), deeper-1, commands); err != nil {
			return err
		}
	}
	return nil
}
