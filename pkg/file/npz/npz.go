// Package npz reads the arrays of a NumPy archive (.npz of numpy.savez) or of a single array (.npy
// of numpy.save): numbers, truth values and texts, and Python objects as far as they are plain data
// (package pickle). The layout is NumPy's format description (NEP 1, versions 1 to 3). An array is
// read when it is asked for, because archives can hold an EMG that nobody needs.
package npz

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// MaxValues bounds an array that is read whole: 80 units with 50,000 discharges each.
const MaxValues = 1 << 22

// maxEach bounds an array whose values are passed one by one; 84 trains of 0 and 1 over 5 minutes
// are 50 million values.
const maxEach = 1 << 27

// maxMembers bounds the arrays of an archive, of which some have one for each unit.
const maxMembers = 10_000

// Bare is the name of the array in a file of numpy.save, which has none.
const Bare = "arr_0"

// Array is an array in C order: Num, Text for texts, or Rows for objects.
type Array struct {
	Name  string    // without .npy
	Shape []int     // empty for a scalar
	Num   []float64 // nil for texts and rows; truth values as 0 and 1
	Text  []string
	Rows  [][]float64 // an array or list of numbers for each element
	Whole bool        // stored as integers or truth values
}

// Len is the number of elements.
func (a *Array) Len() int { return max(len(a.Num), len(a.Text), len(a.Rows)) }

// Archive is an open file. It is not safe for concurrent use; close it after use.
type Archive struct {
	path    string
	zip     *zip.ReadCloser // nil for a file of numpy.save
	members map[string]*zip.File
	names   []string
}

// Open opens an archive, or a file of numpy.save, whose array then has the name Bare. Errors name
// the file.
func Open(path string) (*Archive, error) {
	f := &Archive{path: path, members: map[string]*zip.File{}}
	bare, err := isArray(path)
	if err != nil {
		return nil, err
	}
	if bare {
		f.names = []string{Bare}
		return f, nil
	}
	if f.zip, err = zip.OpenReader(path); err != nil {
		return nil, fmt.Errorf("%s: is not a NumPy archive (.npz), or was cut off (copy it "+
			"again): %w", path, err)
	}
	for _, member := range f.zip.File {
		name, ok := strings.CutSuffix(member.Name, ".npy")
		if !ok {
			continue
		}
		if f.members[name] != nil {
			err = fmt.Errorf("%s: two arrays %s", path, name)
		} else if len(f.names) == maxMembers {
			err = fmt.Errorf("%s: more than %d arrays", path, maxMembers)
		}
		if err != nil {
			return nil, errors.Join(err, f.zip.Close())
		}
		f.members[name], f.names = member, append(f.names, name)
	}
	return f, nil
}

// isArray reports whether a file is one of numpy.save.
func isArray(path string) (bool, error) {
	in, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer in.Close()
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(in, head); err != nil {
		return false, nil
	}
	return string(head) == magic, nil
}

// Close releases the file.
func (f *Archive) Close() error {
	if f.zip == nil {
		return nil
	}
	return f.zip.Close()
}

// Path is that of the file.
func (f *Archive) Path() string { return f.path }

// Names lists the arrays in the order of the file.
func (f *Archive) Names() []string { return f.names }

// Find returns the first of the names that an array has, in any case; "" if there is none.
func (f *Archive) Find(names ...string) string {
	for _, want := range names {
		for _, name := range f.names {
			if strings.EqualFold(name, want) {
				return name
			}
		}
	}
	return ""
}

// in calls do with the stream of an array after its header.
func (f *Archive) in(name string, do func(h *header, in io.Reader) error) error {
	var in io.ReadCloser
	var err error
	if f.zip == nil && name == Bare {
		in, err = os.Open(f.path)
	} else if member := f.members[name]; member != nil {
		in, err = member.Open()
	} else {
		return fmt.Errorf("%s: array %s is not in the file", f.path, name)
	}
	if err != nil {
		return fmt.Errorf("%s: array %s: %w", f.path, name, err)
	}
	defer in.Close()
	buffered := bufio.NewReaderSize(in, 1<<16)
	h, err := readHeader(buffered)
	if err == nil {
		err = do(h, buffered)
	}
	if err != nil {
		return fmt.Errorf("%s: array %s: %w", f.path, name, err)
	}
	return nil
}

// Shape returns the shape of an array, and whether it holds numbers (texts and objects otherwise),
// from its header alone.
func (f *Archive) Shape(name string) (shape []int, numbers bool, err error) {
	err = f.in(name, func(h *header, _ io.Reader) error {
		shape, numbers = h.shape, strings.IndexByte("biuf", h.kind) >= 0
		return nil
	})
	return shape, numbers, err
}

// Read reads an array of at most MaxValues values. Errors name file and array.
func (f *Archive) Read(name string) (*Array, error) {
	var a *Array
	err := f.in(name, func(h *header, in io.Reader) (err error) {
		a, err = h.read(in)
		return err
	})
	if err != nil {
		return nil, err
	}
	a.Name = name
	return a, nil
}

// CheckObjects reads an array of Python objects and forgets it: one that refers to more than data
// is an error. Arrays of numbers and texts are left alone.
func (f *Archive) CheckObjects(name string) error {
	return f.in(name, func(h *header, in io.Reader) error {
		if h.kind != 'O' {
			return nil
		}
		_, err := unpickle(in)
		return err
	})
}

// Each calls visit with every value of an array of numbers that is not 0, in the order of the file;
// i is the value's place in C order. An error of visit ends the pass.
func (f *Archive) Each(name string, visit func(i int, v float64) error) error {
	return f.in(name, func(h *header, in io.Reader) error {
		if strings.IndexByte("biuf", h.kind) < 0 {
			return fmt.Errorf("holds no numbers")
		}
		if h.count > maxEach {
			return fmt.Errorf("has shape %v, more than %d values", h.shape, maxEach)
		}
		return h.each(in, visit)
	})
}
