// Package atomicfile writes files that appear under their final name only when
// they are complete: a temporary file in the same folder, flush, close, fsync,
// rename, fsync of the folder. A failure or an interruption leaves the former
// file, or none, and no temporary.
package atomicfile

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"example.org/renshaw/pkg/file/crash"
)

// TempFor returns the temporary name that belongs to path: hidden, in the same
// folder, and different for every process of every host.
func TempFor(path string) string {
	dir, base := filepath.Split(path)
	return filepath.Join(dir, "."+base+"."+Owner()+tempEnding)
}

// Publish syncs the finished temporary file to disk and renames it to path. On
// any failure the temporary is removed.
func Publish(tmp, path string) (err error) {
	defer func() {
		if err != nil {
			os.Remove(tmp)
		}
	}()
	f, err := os.OpenFile(tmp, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		f.Close()
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = Rename(tmp, path); err != nil {
		return err
	}
	SyncDir(filepath.Dir(path))
	return nil
}

// Rename gives a finished file or folder its name. What is neither a file nor a folder (a
// device, a pipe) is never replaced.
func Rename(from, to string) error {
	const special = os.ModeDevice | os.ModeNamedPipe | os.ModeSocket | os.ModeIrregular
	if info, err := os.Lstat(to); err == nil && info.Mode()&special != 0 {
		return fmt.Errorf("%s: is a device or pipe, not a file; it is not replaced", to)
	}
	crash.Point("before " + to)
	if err := os.Rename(from, to); err != nil {
		return err
	}
	crash.Point("after " + to)
	return nil
}

// SyncDir makes renames in a folder durable. Folders that cannot be synced (some
// network file systems) are not an error.
func SyncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// Write creates path with what fn writes; parent folders are made. fn's error is
// returned and leaves no file.
func Write(path string, fn func(w io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	tmp := TempFor(path)
	f, err := os.OpenFile(tmp, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	err = fn(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(tmp)
		return fmt.Errorf("%s: %w", path, err)
	}
	return Publish(tmp, path)
}
