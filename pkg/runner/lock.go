package runner

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ErrLocked means that another process works on the folder.
var ErrLocked = errors.New("the folder is in use")

const lockName = ".renshaw.lock"

// Lock is held on an output folder. The operating system releases it when the
// process ends, however it ends.
type Lock struct{ f *os.File }

// LockDir makes dir and takes its lock; if another process holds it the error
// wraps ErrLocked and says who.
func LockDir(dir, command string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, lockName)
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, fmt.Errorf("%s: cannot be written to: %w", dir, err)
		}
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			holder, _ := os.ReadFile(path)
			f.Close()
			return nil, fmt.Errorf("%s: %w by %s; wait for it or choose another folder", dir, ErrLocked, strings.TrimSpace(string(holder)))
		}
		if same(f, path) {
			host, _ := os.Hostname()
			if err := f.Truncate(0); err != nil {
				f.Close()
				return nil, err
			}
			fmt.Fprintf(f, "process %d on %s (%s), since %s\n", os.Getpid(), host, command, time.Now().Format(time.RFC3339))
			return &Lock{f}, nil
		}
		f.Close() // the holder before us removed the file; try again
	}
}

// same reports whether the open file is still the one under that name.
func same(f *os.File, path string) bool {
	a, errA := f.Stat()
	b, errB := os.Stat(path)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// Release gives the folder free and removes the lock file.
func (l *Lock) Release() {
	if l == nil || l.f == nil {
		return
	}
	os.Remove(l.f.Name())
	l.f.Close()
	l.f = nil
}
