// Package h5 is a thin layer over HDF5 and the only importer of
// gonum.org/v1/hdf5. It writes files atomically, closes every handle it opens,
// reads with conversion to the number type that is asked for, and adds what the
// gonum package lacks: object references and variable-length strings (shim.c).
//
// Every call holds one lock, because HDF5 is not thread safe on every system, so
// all functions are safe for concurrent use (one *File belongs to one goroutine).
package h5

// #cgo pkg-config: hdf5
// #cgo LDFLAGS: -lhdf5_hl
// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strings"
	"sync"
	"unsafe"

	"gonum.org/v1/hdf5"
)

// SchemaVersion is written into every file as the attribute "schema_version".
const SchemaVersion = 1

// ErrNotFound is wrapped by errors about a dataset, group or attribute that the
// file does not have.
var ErrNotFound = errors.New("not in the file")

var mu sync.Mutex

// locked takes the lock and returns what releases it. HDF5 keeps its error printing
// per thread, so the goroutine stays on its thread and printing is switched off there.
func locked() (release func()) {
	mu.Lock()
	runtime.LockOSThread()
	C.rs_quiet()
	return func() {
		runtime.UnlockOSThread()
		mu.Unlock()
	}
}

// Kind tells a group from a dataset.
type Kind int

// Kinds of object under a path.
const (
	None Kind = iota
	Group
	Dataset
	Other
)

// TypeClass is the storage class of a dataset's elements.
type TypeClass int

// Classes that readers distinguish.
const (
	ClassOther TypeClass = iota
	ClassInt
	ClassFloat
	ClassString
	ClassReference
)

// Info describes one object: its kind and, for a dataset, element class and size
// in bytes, shape (nil for a scalar), chunk shape (nil if contiguous) and the
// bytes allocated in the file.
type Info struct {
	Kind         Kind      // group, dataset or other
	Class        TypeClass // of the elements
	Size         int       // bytes of an element
	VLen         bool      // texts of any length
	Dims         []int     // nil for a scalar
	Chunk        []int     // nil if contiguous
	StorageBytes int64     // allocated in the file
}

// Len is the number of elements, 1 for a scalar.
func (i Info) Len() int {
	n := 1
	for _, d := range i.Dims {
		if d != 0 && n > (1<<62)/d {
			return 1 << 62
		}
		n *= d
	}
	return n
}

// File is an open HDF5 file. It is not safe for concurrent use.
type File struct {
	path string
	f    *hdf5.File
	part *hdf5.Group // of a part of a pack: where paths begin

	// writing only
	tmp  string
	err  error
	sums map[string]string
}

// Open opens an existing file, or a part of a pack, for reading. The caller must Close it.
func Open(path string) (*File, error) {
	file, group := fileOf(path), ""
	if file != path {
		if _, err := os.Stat(file); err != nil {
			pack, part, _ := SplitAddress(path)
			file, group = pack, "/"+part
		}
	}
	switch info, err := os.Stat(file); { // before it is opened: a pipe would wait for its other end
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("h5: %s: is a folder; name the .h5 file in it", file)
	case err == nil && !info.Mode().IsRegular():
		return nil, fmt.Errorf("h5: %s: is no file but a pipe or device", file)
	}
	release := locked()
	f, err := hdf5.OpenFile(file, hdf5.F_ACC_RDONLY)
	release()
	if err != nil {
		return nil, fmt.Errorf("h5: %s: cannot be opened as HDF5 (damaged, cut off, or another format)",
			file)
	}
	out := &File{path: path, f: f}
	if group != "" {
		if err := out.enter(group); err != nil {
			out.Close()
			return nil, err
		}
	}
	return out, nil
}

// enter makes a part of a pack the place where paths begin. Held open it spares the search among
// the other parts for every dataset.
func (f *File) enter(group string) (err error) {
	if !f.Has(group) {
		return fmt.Errorf("h5: %s: %s: %w", f.path, group, ErrNotFound)
	}
	defer locked()()
	if f.part, err = f.f.OpenGroup(group); err != nil {
		return f.fail(group, "a group is expected")
	}
	return nil
}

// fg is where paths begin: the file, or a part of it.
func (f *File) fg() *hdf5.CommonFG {
	if f.part != nil {
		return &f.part.CommonFG
	}
	return &f.f.CommonFG
}

// at is how a path is called there.
func (f *File) at(path string) string {
	switch {
	case f.part == nil:
		return path
	case path == "/":
		return "."
	}
	return strings.TrimPrefix(path, "/")
}

// Path is the name under which the file was opened or will appear.
func (f *File) Path() string { return f.path }

// Close releases a file opened for reading.
func (f *File) Close() error {
	defer locked()()
	if f.f == nil {
		return nil
	}
	var err error
	if f.part != nil {
		err = f.part.Close()
		f.part = nil
	}
	err = errors.Join(err, f.f.Close())
	f.f = nil
	return err
}

func (f *File) id() C.hid_t { return C.hid_t(f.fg().ID()) }

func (f *File) fail(path, format string, args ...any) error {
	return fmt.Errorf("h5: %s: %s: %w", f.path, path, fmt.Errorf(format, args...))
}

func cstr(s string) (*C.char, func()) {
	c := C.CString(s)
	return c, func() { C.free(unsafe.Pointer(c)) }
}

func infoFromC(in *C.rs_info) (Info, error) {
	out := Info{Kind: Kind(in.kind), Size: int(in.type_size), VLen: in.vlen_string != 0,
		StorageBytes: int64(in.storage)}
	if out.Kind != Dataset {
		return out, nil
	}
	switch in.type_class {
	case C.H5T_INTEGER, C.H5T_ENUM, C.H5T_BITFIELD:
		out.Class = ClassInt
	case C.H5T_FLOAT:
		out.Class = ClassFloat
	case C.H5T_STRING:
		out.Class = ClassString
	case C.H5T_REFERENCE:
		out.Class = ClassReference
	}
	if in.rank < 0 {
		return out, errors.New("more than 8 dimensions")
	}
	for i := 0; i < int(in.rank); i++ {
		out.Dims = append(out.Dims, int(in.dims[i]))
		if in.chunked != 0 {
			out.Chunk = append(out.Chunk, int(in.chunk[i]))
		}
	}
	return out, nil
}

// Stat describes the object at path; a missing one is ErrNotFound.
func (f *File) Stat(path string) (Info, error) {
	if !f.Has(path) {
		return Info{}, f.fail(path, "%w", ErrNotFound)
	}
	defer locked()()
	c, free := cstr(f.at(path))
	defer free()
	var in C.rs_info
	if C.rs_stat(f.id(), c, &in) < 0 {
		return Info{}, f.fail(path, "object header is damaged")
	}
	info, err := infoFromC(&in)
	if err != nil {
		return Info{}, f.fail(path, "%w", err)
	}
	return info, nil
}

// Has reports whether a link to path exists, every group on the way included.
func (f *File) Has(path string) bool {
	defer locked()()
	path = f.at(path)
	for i := 1; i < len(path); i++ {
		if path[i] == '/' && !f.fg().LinkExists(path[:i]) {
			return false
		}
	}
	return path == "/" || path == "." || f.fg().LinkExists(path)
}

// List returns the names of the members of a group, sorted as text.
func (f *File) List(path string) ([]string, error) {
	defer locked()()
	g, err := f.fg().OpenGroup(f.at(path))
	if err != nil {
		return nil, f.fail(path, "%w (a group is expected)", ErrNotFound)
	}
	defer g.Close()
	at, free := cstr(f.at(path))
	defer free()
	var bytes C.int64_t
	text := C.rs_names(f.id(), at, &bytes)
	if text == nil {
		return nil, f.fail(path, "group cannot be listed")
	}
	defer C.free(unsafe.Pointer(text))
	var names []string
	for name := range strings.SplitSeq(string(unsafe.Slice((*byte)(unsafe.Pointer(text)), bytes)),
		"\x00") {
		if name != "" {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names, nil
}

// stat is Stat plus a check of element class.
func (f *File) dataset(path string, ok ...TypeClass) (Info, error) {
	info, err := f.Stat(path)
	if err != nil {
		return info, err
	}
	if info.Kind != Dataset {
		return info, f.fail(path, "a dataset is expected, found a group")
	}
	for _, c := range ok {
		if info.Class == c {
			return info, nil
		}
	}
	return info, f.fail(path, "holds another type of element than expected")
}

// LibraryVersion is the version of the HDF5 library in use.
func LibraryVersion() string {
	defer locked()()
	v, err := hdf5.LibVersion()
	if err != nil {
		return "of unknown version"
	}
	return v.String()
}
