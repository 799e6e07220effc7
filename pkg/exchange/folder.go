package exchange

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/run/job"
)

// Bounds of the search in a folder: a home folder given by mistake ends soon.
const (
	deepest  = 6
	mostSeen = 50000
)

// Find lists, in natural order, the files in a folder and the folders in it that hold decomposed
// recordings, judged by their content. Hidden files, the folder own ("" for none) and folders with
// a manifest of the program, which hold its results, are passed over. A folder with more than six
// levels or 50,000 files below it is an error.
func Find(dir, own string) ([]string, error) {
	var found []string
	seen := 0
	root := filepath.Clean(dir)
	if link, err := filepath.EvalSymlinks(root); err == nil {
		root = link // WalkDir does not follow a link, not even the one that it is given
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if seen++; seen > mostSeen {
			return fmt.Errorf("%s: holds more than %d files; name the folder of the recordings", dir,
				mostSeen)
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() {
			return enter(path, rel, own)
		}
		if strings.HasPrefix(d.Name(), ".") || strings.EqualFold(filepath.Ext(path), ".h5") {
			return nil
		}
		if !holdsRecording(path) {
			return nil
		}
		found = append(found, filepath.Join(dir, rel))
		return nil
	})
	slices.SortStableFunc(found, func(a, b string) int {
		switch {
		case job.NaturalLess(a, b):
			return -1
		case job.NaturalLess(b, a):
			return 1
		}
		return 0
	})
	return found, err
}

// enter decides whether a folder is searched.
func enter(path, rel, own string) error {
	hidden := rel != "." && strings.HasPrefix(filepath.Base(path), ".")
	if hidden || own != "" && sameFolder(path, own) ||
		job.ReadManifest(filepath.Join(path, "manifest.json")).Command != "" {
		return filepath.SkipDir
	}
	if strings.Count(rel, string(filepath.Separator)) >= deepest {
		return fmt.Errorf("%s: lies more than %d folders deep; name the folder of the recordings", path,
			deepest)
	}
	return nil
}

func sameFolder(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// holdsRecording reports whether a file is of a format that is read; a damaged one is too, whose
// reader says what is wrong with it.
func holdsRecording(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false // a link to nowhere, a pipe
	}
	var unknown *Unknown
	_, err := Detect(path)
	return !errors.As(err, &unknown)
}
