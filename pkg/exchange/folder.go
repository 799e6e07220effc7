package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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
		if ok, err := holdsRecording(path); err != nil || !ok {
			return err
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

// holdsRecording judges a file by its beginning. Formats that Detect knows by more than the name
// are taken as they are.
func holdsRecording(path string) (bool, error) {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false, nil // a link to nowhere, a pipe
	}
	format, err := Detect(path)
	if err != nil {
		return false, nil // it says nothing about itself
	}
	head, err := beginning(path)
	if err != nil {
		return false, err
	}
	switch format {
	case MUedit:
		return isMatlab(head), nil
	case NumPy:
		return bytes.HasPrefix(head, []byte("PK\x03\x04")), nil
	case BIDS, Table:
		return isDischarges(head), nil
	}
	return true, nil
}

// beginning reads the first bytes of a file.
func beginning(path string) ([]byte, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	head := make([]byte, 4096)
	n, err := io.ReadFull(in, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return head[:n], err
}

// isMatlab recognises MATLAB files of version 5 and later, also those without a text in their
// header.
func isMatlab(head []byte) bool {
	for _, at := range []int{0, 512, 1024, 2048} {
		if len(head) > at && bytes.HasPrefix(head[at:], []byte("\x89HDF\r\n\x1a\n")) {
			return true
		}
	}
	return bytes.HasPrefix(head, []byte("MATLAB")) ||
		len(head) >= 128 && (string(head[126:128]) == "IM" || string(head[126:128]) == "MI")
}

// isDischarges recognises the header of a table with a row per discharge: a column of the unit and
// one of the time.
func isDischarges(head []byte) bool {
	head = bytes.ReplaceAll(head, []byte{0}, nil) // UTF-16
	line, _, _ := bytes.Cut(head, []byte("\n"))
	unit, time := false, false
	for _, c := range strings.FieldsFunc(strings.ToLower(string(line)),
		func(r rune) bool { return strings.ContainsRune(",;\t\r\"\ufeff \ufffd", r) }) {
		unit = unit || strings.HasPrefix(c, "unit") || strings.HasPrefix(c, "motor_unit") ||
			slices.Contains([]string{"mu", "mu_id", "mu_idx", "motorunit", "neuron"}, c)
		for _, start := range []string{"time", "sample", "spike", "discharge", "onset"} {
			time = time || strings.HasPrefix(c, start)
		}
	}
	return unit && time
}
