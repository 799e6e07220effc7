package job

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// ErrLocked means that another process works on the folder.
var ErrLocked = errors.New("the folder is in use")

const lockName = ".renshaw.lock"

// Lock is held on an output folder. The operating system releases it when the
// process ends, however it ends. On a file system without locks it keeps nobody out: Warning says
// so, and the log did once.
type Lock struct {
	files   []*os.File // locked, or where there are no locks the folder
	Warning string     // "" where there are locks
}

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
		return nil, unusable(dir, err)
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
		return nil, unusable(dir, err)
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
			return unusable(dir, err)
		}
		if err := lockFile(f, how); noLocks(err) {
			return l.without(dir, f, err)
		} else if err != nil {
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
			return unusable(dir, err)
		}
		host, _ := os.Hostname() // only to say more
		_, err = fmt.Fprintf(f, "process %d on %s (%s), since %s\n",
			os.Getpid(), host, command, time.Now().Format(time.RFC3339))
		if err != nil {
			return unusable(dir, err)
		}
		return nil
	}
}

// flock is unix.Flock; tests put others in its place.
var flock = unix.Flock

// lockFile takes a lock without waiting; an interrupted call is made again.
func lockFile(f *os.File, how int) error {
	for {
		if err := flock(int(f.Fd()), how|unix.LOCK_NB); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// noLocks reports whether an error means that the file system has no locks.
func noLocks(err error) bool {
	return errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EOPNOTSUPP) ||
		errors.Is(err, unix.ENOLCK)
}

// warnedOnce keeps the log from saying the same of every folder.
var warnedOnce sync.Once

// without goes on without a lock: it keeps the folder open, so that held can tell whether it is
// still there, and removes the lock file if nobody has written into it.
func (l *Lock) without(dir string, f *os.File, why error) error {
	info, err := f.Stat()
	if err == nil && info.Size() == 0 && same(f, f.Name()) {
		os.Remove(f.Name())
	}
	f.Close()
	l.Warning = fmt.Sprintf("%s: its file system has no locks (%v), so nothing keeps two "+
		"commands from "+
		"writing there at the same time and spoiling each other's files: run one at a time", dir, why)
	warnedOnce.Do(func() { log.Print("warning: ", l.Warning) })
	folder, err := os.Open(dir)
	if err != nil {
		return unusable(dir, err)
	}
	l.files = append(l.files, folder)
	return nil
}

// refused says why a lock was not given.
func refused(dir, holder string, err error) error {
	if !errors.Is(err, unix.EWOULDBLOCK) {
		return unusable(dir, err)
	}
	if holder == "" {
		holder = "another process"
	}
	return fmt.Errorf("%s: %w by %s; wait for it or choose another folder", dir, ErrLocked, holder)
}

// unusable says why a folder cannot be written to, and what to do.
func unusable(dir string, err error) error {
	todo := "choose another folder"
	switch {
	case errors.Is(err, fs.ErrPermission):
		todo = "you may not write there; choose another folder, or have its permissions changed"
	case errors.Is(err, unix.EROFS):
		todo = "it can only be read; choose a folder on another file system"
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		todo = "free some space there (or of your quota), or choose a folder on another disk"
	case errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.EEXIST):
		todo = "a file stands where a folder is needed; choose another folder, or move that file"
	}
	if cause, ok := errors.AsType[unix.Errno](err); ok {
		err = cause // which names no lock file
	}
	return fmt.Errorf("%s: cannot be written to (%w): %s", dir, err, todo)
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
		if l.Warning == "" && same(f, f.Name()) && lockFile(f, unix.LOCK_EX) == nil {
			os.Remove(f.Name())
		}
		f.Close()
	}
	l.files = nil
}
