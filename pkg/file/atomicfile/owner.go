package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	tempEnding = ".tmp"
	longHost   = 32 // characters of the host's name that stand in names of temporaries

	// forgotten is how long a temporary of another host, whose processes cannot be asked for,
	// must not have changed to count as left behind.
	forgotten = 24 * time.Hour
)

// began is when this process did: what bears its number and is older is another's.
var began = time.Now()

// Owner is this process as names of temporaries tell it: HOST.PID.
func Owner() string { return fmt.Sprintf("%s.%d", host(), os.Getpid()) }

// host is the name of this host without what does not belong into a name.
func host() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "host"
	}
	name = strings.Map(func(r rune) rune {
		if r == '.' || r == '/' || r <= ' ' {
			return '-'
		}
		return r
	}, name)
	return name[:min(len(name), longHost)]
}

// Dead reports whether the process that a temporary name tells of (….HOST.PID.ENDING) has ended:
// no process of this host has its number, or the host is another one and the file has not
// changed for a day. A name that tells of none is not dead.
func Dead(path string) bool {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	rest, number, ok := cutLast(name)
	pid, err := strconv.Atoi(number)
	if !ok || err != nil || pid < 1 {
		return false
	}
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	if _, on, _ := cutLast(rest); on != host() {
		return time.Since(info.ModTime()) > forgotten
	}
	if pid == os.Getpid() {
		return info.ModTime().Before(began.Add(-time.Minute))
	}
	return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// Alive reports whether the process that a temporary name tells of runs on this host.
func Alive(path string) bool {
	rest, number, _ := cutLast(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)))
	_, on, _ := cutLast(rest)
	_, err := strconv.Atoi(number)
	return err == nil && on == host() && !Dead(path)
}

// cutLast splits at the last dot.
func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+1:], true
}

// ClearDead removes the temporary files in a folder whose processes have ended. A folder that
// does not exist has none.
func ClearDead(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !e.Type().IsRegular() || e.Name()[0] != '.' || filepath.Ext(path) != tempEnding ||
			!Dead(path) {
			continue
		}
		if rerr := os.Remove(path); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}
	return err
}
