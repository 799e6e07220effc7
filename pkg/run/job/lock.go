package job

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
type Lock struct{ files []*os.File }

// LockDir makes dir and takes its lock; if another process holds it the error
// wraps ErrLocked and says who.
func LockDir(dir, command string) (*Lock, error) { return LockShard(dir, command, 0, 1) }

// LockShard takes the lock of one of several shards of the work on a folder: different
// shards may work at a time, but none beside somebody who holds the whole folder.
func LockShard(dir, command string, shard, of int) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	l := &Lock{}
	how := unix.LOCK_EX
	if of > 1 {
		how = unix.LOCK_SH
	}
	err := l.take(dir, lockName, command, how)
	if err == nil && of > 1 {
		err = l.take(dir, fmt.Sprintf("%s.%d_of_%d", lockName, shard, of), command, unix.LOCK_EX)
	}
	if err != nil {
		l.Release()
		return nil, err
	}
	return l, nil
}

func (l *Lock) take(dir, name, command string, how int) error {
	path := filepath.Join(dir, name)
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return fmt.Errorf("%s: cannot be written to: %w", dir, err)
		}
		if err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB); err != nil {
			holder, _ := os.ReadFile(path)
			f.Close()
			return fmt.Errorf("%s: %w by %s; wait for it or choose another folder", dir, ErrLocked, strings.TrimSpace(string(holder)))
		}
		if same(f, path) {
			l.files = append(l.files, f)
			host, _ := os.Hostname()
			if err := f.Truncate(0); err != nil {
				return err
			}
			fmt.Fprintf(f, "process %d on %s (%s), since %s\n", os.Getpid(), host, command, time.Now().Format(time.RFC3339))
			return nil
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

// Release gives the folder free and removes the lock files that nobody else holds.
func (l *Lock) Release() {
	if l == nil {
		return
	}
	for _, f := range l.files {
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			os.Remove(f.Name())
		}
		f.Close()
	}
	l.files = nil
}
