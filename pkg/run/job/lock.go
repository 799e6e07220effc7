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

// ErrLocked means that another process works on the folder; ErrNoLocks that no lock can be had
// there, because the file system has none.
var (
	ErrLocked  = errors.New("the folder is in use")
	ErrNoLocks = errors.New("the folder cannot be locked")
)

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
	if of <= 1 {
		return lockAs(dir, lockName, command)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	l := &Lock{}
	err := l.take(dir, lockName, command, unix.LOCK_SH)
	if err == nil {
		err = l.take(dir, fmt.Sprintf("%s.%d_of_%d", lockName, shard, of), command, unix.LOCK_EX)
	}
	if err != nil {
		l.Release()
		return nil, err
	}
	return l, nil
}

// lockAs makes dir and takes the lock of that name in it.
func lockAs(dir, name, command string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	l := &Lock{}
	if err := l.take(dir, name, command, unix.LOCK_EX); err != nil {
		l.Release()
		return nil, err
	}
	return l, nil
}

func (l *Lock) take(dir, name, command string, how int) error {
	path := filepath.Join(dir, name)
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o644)
		if errors.Is(err, unix.ELOOP) {
			return fmt.Errorf("%s is a symbolic link; remove it: a lock is a file of its folder", path)
		}
		if err != nil {
			return fmt.Errorf("%s: cannot be written to: %w", dir, err)
		}
		if err := lockFile(f, how); err != nil {
			holder, _ := os.ReadFile(path) // only to say more
			f.Close()
			return refused(dir, strings.TrimSpace(string(holder)), err)
		}
		if !same(f, path) {
			f.Close() // the holder before us removed the file; try again
			continue
		}
		l.files = append(l.files, f)
		if err := f.Truncate(0); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		host, _ := os.Hostname() // only to say more
		_, err = fmt.Fprintf(f, "process %d on %s (%s), since %s\n",
			os.Getpid(), host, command, time.Now().Format(time.RFC3339))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
}

// lockFile takes a lock without waiting; an interrupted call is made again.
func lockFile(f *os.File, how int) error {
	for {
		if err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// refused says why a lock was not given: somebody has it, or there are none.
func refused(dir, holder string, err error) error {
	if errors.Is(err, unix.EWOULDBLOCK) {
		if holder == "" {
			holder = "another process"
		}
		return fmt.Errorf("%s: %w by %s; wait for it or choose another folder", dir, ErrLocked, holder)
	}
	return fmt.Errorf("%s: %w (%w): the file system has no locks; choose a folder on another one",
		dir, ErrNoLocks, err)
}

// same reports whether the open file is still the one under that name.
func same(f *os.File, path string) bool {
	a, errA := f.Stat()
	b, errB := os.Lstat(path)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// held reports whether the folder that was locked is still the one under its name.
func (l *Lock) held() bool {
	for _, f := range l.files {
		if !same(f, f.Name()) {
			return false
		}
	}
	return true
}

// Release gives the folder free and removes the lock files that nobody else holds.
func (l *Lock) Release() {
	if l == nil {
		return
	}
	for _, f := range l.files {
		if same(f, f.Name()) && lockFile(f, unix.LOCK_EX) == nil {
			os.Remove(f.Name())
		}
		f.Close()
	}
	l.files = nil
}
