package h5

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"unsafe"

	"example.org/renshaw/pkg/file/atomicfile"
	"gonum.org/v1/hdf5"
)

// Create starts a new file that will appear as path when Commit returns nil; with the address
// of a part it waits for Merge.
// Errors of the writing calls are kept and returned by Commit, so that a writer
// reads as a list of what the file holds. Use
//
//	w, err := h5.Create(path)
//	if err != nil { … }
//	defer w.Abort()
//	w.Float64s("/x", x)
//	return w.Commit()
func Create(path string) (*File, error) {
	file := fileOf(path)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, fmt.Errorf("h5: %s: %w", path, err)
	}
	tmp := atomicfile.TempFor(file)
	// gives the system's reason
	if fh, err := os.OpenFile(tmp, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return nil, fmt.Errorf("h5: %s: %w", path, err)
	} else {
		fh.Close()
	}
	defer locked()()
	f, err := hdf5.CreateFile(tmp, hdf5.F_ACC_TRUNC)
	if err != nil {
		os.Remove(tmp)
		return nil, fmt.Errorf("h5: %s: cannot be created: %w", path, err)
	}
	return &File{path: path, f: f, tmp: tmp, sums: map[string]string{}}, nil
}

// Abort closes and removes an uncommitted file; after Commit it does nothing.
func (f *File) Abort() {
	if f.tmp == "" {
		return
	}
	f.Close()
	os.Remove(f.tmp)
	f.tmp = ""
}

// Commit adds the attributes schema_version and content_sha256, finishes the
// file and gives it its name. It returns the first error of any writing call.
func (f *File) Commit() error {
	defer f.Abort()
	f.Attr("/", "schema_version", SchemaVersion)
	f.Attr("/", "content_sha256", digest(f.sums))
	if f.err != nil {
		return f.err
	}
	if err := f.finish(); err != nil {
		return fmt.Errorf("h5: %s: cannot be finished (disk full?): %w", f.path, err)
	}
	tmp := f.tmp
	f.tmp = ""
	if err := atomicfile.Publish(tmp, fileOf(f.path)); err != nil {
		return fmt.Errorf("h5: %w", err)
	}
	return nil
}

// finish flushes and closes the file.
func (f *File) finish() error {
	defer locked()()
	err := f.f.Flush(hdf5.F_SCOPE_GLOBAL)
	if cerr := f.f.Close(); err == nil {
		err = cerr
	}
	f.f = nil
	return err
}

func (f *File) keep(path string, err error) {
	if err != nil && f.err == nil {
		f.err = fmt.Errorf("h5: %s: %s: cannot be written (disk full?): %w", f.path, path, err)
	}
}

func sum(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// digest is the SHA-256 of the lines "path sum\n" in order of path.
func digest(sums map[string]string) string {
	paths := make([]string, 0, len(sums))
	for p := range sums {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	var b strings.Builder
	for _, p := range paths {
		fmt.Fprintf(&b, "%s %s\n", p, sums[p])
	}
	return sum([]byte(b.String()))
}

// sumOf is the SHA-256 of numbers in little-endian order, taken in pieces so that a large
// dataset is not copied.
func sumOf[T any](data []T) string {
	h := sha256.New()
	var piece []byte
	for len(data) > 0 {
		n := min(len(data), 4096)
		piece, _ = binary.Append(piece[:0], binary.LittleEndian, data[:n]) // numbers never fail
		h.Write(piece)
		data = data[n:]
	}
	return hex.EncodeToString(h.Sum(nil))
}

func shape(n int, dims []int) []int {
	if len(dims) == 0 {
		return []int{n}
	}
	p := 1
	for _, d := range dims {
		p *= d
	}
	if p != n {
		panic(fmt.Sprintf("h5: %d values do not fill shape %v", n, dims))
	}
	return dims
}

// groupFor makes the groups above path.
func (f *File) groupFor(path string) error {
	for i := 1; i < len(path); i++ {
		if path[i] != '/' || f.f.LinkExists(path[:i]) {
			continue
		}
		g, err := f.f.CreateGroup(path[:i])
		if err != nil {
			return err
		}
		g.Close()
	}
	return nil
}

// Group makes an empty group, its parents included; an existing one is kept.
func (f *File) Group(path string) {
	if f.err != nil {
		return
	}
	defer locked()()
	f.keep(path, f.groupFor(path+"/"))
}

func (f *File) create(path string, dt *hdf5.Datatype, dims []int,
	compress bool) (*hdf5.Dataset, error) {
	if err := f.groupFor(path); err != nil {
		return nil, err
	}
	u, n := make([]uint, len(dims)), 1
	for i, d := range dims {
		u[i], n = uint(d), n*d
	}
	sp, err := hdf5.CreateSimpleDataspace(u, nil)
	if err != nil {
		return nil, err
	}
	defer sp.Close()
	if !compress || n < 512 {
		return f.newDataset(path, dt, sp, func(*hdf5.PropList) error { return nil })
	}
	return f.newDataset(path, dt, sp, func(pl *hdf5.PropList) error {
		if err := pl.SetChunk(chunkShape(u)); err != nil {
			return err
		}
		if C.rs_filter(C.hid_t(pl.ID()), 1, 4) < 0 {
			return fmt.Errorf("compression filter refused")
		}
		return nil
	})
}

// newDataset creates a dataset that carries no time of its making, so that the same content gives
// the same bytes; prepare sets further properties.
func (f *File) newDataset(path string, dt *hdf5.Datatype, sp *hdf5.Dataspace,
	prepare func(*hdf5.PropList) error) (*hdf5.Dataset, error) {
	pl, err := hdf5.NewPropList(hdf5.P_DATASET_CREATE)
	if err != nil {
		return nil, err
	}
	defer pl.Close()
	if C.rs_no_times(C.hid_t(pl.ID())) < 0 {
		return nil, fmt.Errorf("track_times refused")
	}
	if err := prepare(pl); err != nil {
		return nil, err
	}
	return f.f.CreateDatasetWith(path, dt, sp, pl)
}

// chunkShape keeps the last dimension whole and groups rows to about 64k values.
func chunkShape(dims []uint) []uint {
	c := append([]uint(nil), dims...)
	per := uint(1)
	for _, d := range c[1:] {
		per *= d
	}
	c[0] = min(dims[0], max(1, 65536/max(1, per)))
	return c
}

func write[T any](f *File, path string, data []T, dt *hdf5.Datatype, dims []int, compress bool) {
	if put(f, path, data, dt, dims, compress) {
		f.sums[path] = sumOf(data)
	}
}

// put writes a dataset without its sum, and reports whether it is there.
func put[T any](f *File, path string, data []T, dt *hdf5.Datatype, dims []int,
	compress bool) bool {
	if f.err != nil {
		return false
	}
	dims = shape(len(data), dims)
	defer locked()()
	ds, err := f.create(path, dt, dims, compress)
	if err != nil {
		f.keep(path, err)
		return false
	}
	defer ds.Close()
	if len(data) > 0 {
		f.keep(path, ds.Write(&data))
	}
	return true
}

// PutFloat64s writes a float64 dataset; without dims it is one-dimensional.
func (f *File) PutFloat64s(path string, data []float64, dims ...int) {
	write(f, path, data, hdf5.T_NATIVE_DOUBLE, dims, false)
}

// PutScalar writes one float64 as a dataset without dimensions.
func (f *File) PutScalar(path string, v float64) {
	if f.err != nil {
		return
	}
	defer locked()()
	f.keep(path, func() error {
		if err := f.groupFor(path); err != nil {
			return err
		}
		sp, err := hdf5.CreateDataspace(hdf5.S_SCALAR)
		if err != nil {
			return err
		}
		defer sp.Close()
		ds, err := f.newDataset(path, hdf5.T_NATIVE_DOUBLE, sp,
			func(*hdf5.PropList) error { return nil })
		if err != nil {
			return err
		}
		defer ds.Close()
		return ds.Write(&v)
	}())
	f.sums[path] = sumOf([]float64{v})
}

// PutCompressed writes a float64 dataset with gzip and shuffle.
func (f *File) PutCompressed(path string, data []float64, dims ...int) {
	write(f, path, data, hdf5.T_NATIVE_DOUBLE, dims, true)
}

// PutInt64s writes an int64 dataset.
func (f *File) PutInt64s(path string, data []int64, dims ...int) {
	write(f, path, data, hdf5.T_NATIVE_INT64, dims, false)
}

// PutUint64s writes a uint64 dataset.
func (f *File) PutUint64s(path string, data []uint64, dims ...int) {
	write(f, path, data, hdf5.T_NATIVE_UINT64, dims, false)
}

// PutUint8s writes a uint8 dataset.
func (f *File) PutUint8s(path string, data []uint8, dims ...int) {
	write(f, path, data, hdf5.T_NATIVE_UINT8, dims, false)
}

// PutUint16s writes a uint16 dataset.
func (f *File) PutUint16s(path string, data []uint16, dims ...int) {
	f.uint16s(path, data, dims, false)
}

// PutCompressedUint16s writes a uint16 dataset with gzip and shuffle.
func (f *File) PutCompressedUint16s(path string, data []uint16, dims ...int) {
	f.uint16s(path, data, dims, true)
}

func (f *File) uint16s(path string, data []uint16, dims []int, compress bool) {
	if !put(f, path, data, hdf5.T_NATIVE_UINT16, dims, compress) {
		return
	}
	wide := make([]int64, len(data)) // as readers see them, who sum integers of any width
	for i, v := range data {
		wide[i] = int64(v)
	}
	f.sums[path] = sumOf(wide)
}

// PutFixedStrings writes strings with a common fixed length (the longest,
// at least 1), padded with zero bytes: what every HDF5 reader understands.
func (f *File) PutFixedStrings(path string, data []string) {
	size := 1
	for _, s := range data {
		size = max(size, len(s))
	}
	buf := make([]byte, size*len(data))
	for i, s := range data {
		copy(buf[i*size:], s)
	}
	f.strings(path, data, func(dt *hdf5.Datatype) error { return dt.SetSize(size) },
		func(ds *hdf5.Dataset) error { return ds.Write(&buf) })
}

// PutStrings writes variable-length UTF-8 strings.
func (f *File) PutStrings(path string, data []string) {
	f.strings(path, data, func(dt *hdf5.Datatype) error {
		if C.rs_make_vlen(C.hid_t(dt.ID())) < 0 {
			return fmt.Errorf("variable-length type refused")
		}
		return nil
	}, func(ds *hdf5.Dataset) error {
		ptrs, free := cstrs(data)
		defer free()
		if C.rs_write_vlen(C.hid_t(ds.ID()), ptrs) < 0 {
			return fmt.Errorf("strings refused")
		}
		return nil
	})
}

// cstrs copies texts into C memory.
func cstrs(data []string) (ptrs **C.char, free func()) {
	ptrs = (**C.char)(C.calloc(C.size_t(max(1, len(data))), C.size_t(unsafe.Sizeof(uintptr(0)))))
	list := unsafe.Slice(ptrs, len(data))
	for i, s := range data {
		list[i] = C.CString(s)
	}
	return ptrs, func() {
		for _, p := range list {
			C.free(unsafe.Pointer(p))
		}
		C.free(unsafe.Pointer(ptrs))
	}
}

// PutText writes one UTF-8 text as a dataset without dimensions.
func (f *File) PutText(path, text string) {
	if f.err != nil {
		return
	}
	defer locked()()
	p, freeP := cstr(path)
	defer freeP()
	s, freeS := cstr(text)
	defer freeS()
	err := f.groupFor(path)
	if err == nil && C.rs_write_text(f.id(), p, s) < 0 {
		err = fmt.Errorf("text refused")
	}
	f.keep(path, err)
	f.sums[path] = sum([]byte(text))
}

// Scale makes the one-dimensional dataset at path the coordinates of dimension dim of each
// dataset in of, as in netCDF-4 files (an HDF5 dimension scale).
func (f *File) Scale(path string, of map[string]int) {
	if f.err != nil {
		return
	}
	defer locked()()
	p, freeP := cstr(path)
	defer freeP()
	name, freeN := cstr(path[strings.LastIndexByte(path, '/')+1:])
	defer freeN()
	if C.rs_make_scale(f.id(), p, name) < 0 {
		f.keep(path, fmt.Errorf("dimension scale refused"))
	}
	datasets := slices.Sorted(maps.Keys(of)) // in a fixed order, for the same bytes
	for _, dataset := range datasets {
		dim := of[dataset]
		d, free := cstr(dataset)
		if C.rs_attach_scale(f.id(), d, C.int64_t(dim), p) < 0 {
			f.keep(dataset, fmt.Errorf("dimension %d refused", dim))
		}
		free()
	}
}

// strings creates a dataset of texts, whose type prepare finishes, and has it written.
func (f *File) strings(path string, data []string, prepare func(*hdf5.Datatype) error,
	write func(*hdf5.Dataset) error) {
	if f.err != nil {
		return
	}
	defer locked()()
	f.keep(path, func() error {
		dt, err := hdf5.T_C_S1.Copy()
		if err != nil {
			return err
		}
		defer dt.Close()
		if err := prepare(dt); err != nil {
			return err
		}
		ds, err := f.create(path, dt, []int{len(data)}, false)
		if err != nil {
			return err
		}
		defer ds.Close()
		if len(data) == 0 {
			return nil
		}
		return write(ds)
	}())
	f.sums[path] = sum([]byte(strings.Join(data, "\x00")))
}

// Bool is a truth value written as the enumeration FALSE, TRUE that h5py reads as a
// bool; a plain bool is written as the integer 0 or 1.
type Bool bool

// Ref is the value of an attribute that refers to the object at that path.
type Ref string

// Attr writes an attribute of the object at path: string, []string, bool, Bool, int,
// int64, float64, []float64 or Ref. Other types panic.
func (f *File) Attr(path, name string, value any) {
	if f.err != nil {
		return
	}
	defer locked()()
	p, freeP := cstr(path)
	defer freeP()
	n, freeN := cstr(name)
	defer freeN()
	var rc C.int
	switch v := value.(type) {
	case string:
		s, free := cstr(v)
		rc = C.rs_attr_write_str(f.id(), p, n, s)
		free()
	case []string:
		list, free := cstrs(v)
		rc = C.rs_attr_write_strs(f.id(), p, n, list, C.int64_t(len(v)))
		free()
	case Ref:
		to, free := cstr(string(v))
		rc = C.rs_attr_write_ref(f.id(), p, n, to)
		free()
	case bool:
		i := 0
		if v {
			i = 1
		}
		rc = C.rs_attr_write_i64(f.id(), p, n, C.int64_t(i))
	case Bool:
		i := 0
		if v {
			i = 1
		}
		rc = C.rs_attr_write_bool(f.id(), p, n, C.int(i))
	case int:
		rc = C.rs_attr_write_i64(f.id(), p, n, C.int64_t(v))
	case int64:
		rc = C.rs_attr_write_i64(f.id(), p, n, C.int64_t(v))
	case float64:
		rc = C.rs_attr_write_f64(f.id(), p, n, (*C.double)(unsafe.Pointer(&v)), -1)
	case []float64:
		var first *C.double
		if len(v) > 0 {
			first = (*C.double)(unsafe.Pointer(&v[0]))
		}
		rc = C.rs_attr_write_f64(f.id(), p, n, first, C.int64_t(len(v)))
	default:
		panic(fmt.Sprintf("h5: attribute %s of type %T", name, value))
	}
	if rc < 0 {
		f.keep(path+"@"+name, fmt.Errorf("attribute refused"))
	}
}

// Verify reads every dataset of a file that this package wrote and compares the
// content with the attribute content_sha256. A file without it is an error.
func Verify(path string) error {
	_, err := ContentSum(path)
	return err
}

// ContentSum is the attribute content_sha256 of a file that passes Verify.
func ContentSum(path string) (string, error) {
	f, err := Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sums, err := f.verify()
	if err != nil {
		return "", err
	}
	return digest(sums), nil
}

// verify is Verify of an open file; it returns the sums of its datasets.
func (f *File) verify() (map[string]string, error) {
	want, err := f.AttrString("/", "content_sha256")
	if err != nil {
		return nil, fmt.Errorf("h5: %s: carries no checksum: %w", f.path, err)
	}
	sums := map[string]string{}
	if err := f.sumTree("/", sums); err != nil {
		return nil, err
	}
	if got := digest(sums); got != want {
		return nil, fmt.Errorf("h5: %s: content differs from its checksum", f.path)
	}
	return sums, nil
}

func (f *File) sumTree(group string, sums map[string]string) error {
	names, err := f.List(group)
	if err != nil {
		return err
	}
	for _, name := range names {
		path := strings.TrimSuffix(group, "/") + "/" + name
		info, err := f.Stat(path)
		if err != nil {
			return err
		}
		if info.Kind == Group {
			err = f.sumTree(path, sums)
		} else {
			sums[path], err = f.sumDataset(path, info)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *File) sumDataset(path string, info Info) (string, error) {
	switch {
	case info.Class == ClassString:
		s, err := f.Strings(path)
		return sum([]byte(strings.Join(s, "\x00"))), err
	case info.Class == ClassFloat:
		v, _, err := f.Float64s(path)
		return sumOf(v), err
	case info.Size == 1:
		v, _, err := f.Uint8s(path)
		return sum(v), err
	}
	v, _, err := f.Int64s(path)
	return sumOf(v), err
}
