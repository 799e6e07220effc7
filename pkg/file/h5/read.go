package h5

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"fmt"
	"strings"
	"unsafe"
)

// maxElements bounds what one read may allocate (16 GiB of float64); larger
// declared sizes are damage or not for this program.
const maxElements = 1 << 31

func read[T any](f *File, path string, call func(*C.char, *T) C.int,
	ok ...TypeClass) ([]T, []int, error) {
	info, err := f.dataset(path, ok...)
	if err != nil {
		return nil, nil, err
	}
	n := info.Len()
	if n > maxElements {
		return nil, nil, f.fail(path, "declares %d values", n)
	}
	out := make([]T, n)
	if n == 0 {
		return out, info.Dims, nil
	}
	defer locked()()
	c, free := cstr(f.at(path))
	defer free()
	if call(c, &out[0]) < 0 {
		return nil, nil, f.fail(path, "data cannot be read (damaged)")
	}
	return out, info.Dims, nil
}

// Float64s reads a numeric dataset of any width, in C order, with its shape.
func (f *File) Float64s(path string) ([]float64, []int, error) {
	return read(f, path, func(c *C.char, p *float64) C.int {
		return C.rs_read_f64(f.id(), c, (*C.double)(unsafe.Pointer(p)))
	}, ClassInt, ClassFloat)
}

// Int64s reads an integer dataset of any width, in C order, with its shape.
func (f *File) Int64s(path string) ([]int64, []int, error) {
	return read(f, path, func(c *C.char, p *int64) C.int {
		return C.rs_read_i64(f.id(), c, (*C.int64_t)(unsafe.Pointer(p)))
	}, ClassInt, ClassFloat)
}

// Uint8s reads an integer dataset as bytes.
func (f *File) Uint8s(path string) ([]uint8, []int, error) {
	return read(f, path, func(c *C.char, p *uint8) C.int {
		return C.rs_read_u8(f.id(), c, (*C.uint8_t)(unsafe.Pointer(p)))
	}, ClassInt)
}

// References reads a dataset of object references in C order. Use RefPath to
// follow one.
func (f *File) References(path string) ([]uint64, []int, error) {
	return read(f, path, func(c *C.char, p *uint64) C.int {
		return C.rs_read_refs(f.id(), c, (*C.uint64_t)(unsafe.Pointer(p)))
	}, ClassReference)
}

// RefPath returns the path of the object that ref points to. A null or dangling
// reference is an error.
func (f *File) RefPath(ref uint64) (string, error) {
	if ref == 0 {
		return "", fmt.Errorf("h5: %s: null object reference", f.path)
	}
	defer locked()()
	var buf [4096]C.char
	n := C.rs_ref_name(f.id(), C.uint64_t(ref), &buf[0], C.size_t(len(buf)))
	if n <= 0 || int(n) >= len(buf) {
		return "", fmt.Errorf("h5: %s: object reference %#x points nowhere", f.path, ref)
	}
	return C.GoString(&buf[0]), nil
}

// Block reads the hyperslab [start, start+count) of a numeric dataset into dst
// (C order, length the product of count).
func (f *File) Block(path string, start, count []int, dst []float64) error {
	n := 1
	var s, c [C.RS_MAXRANK]C.int64_t
	for i := range start {
		s[i], c[i] = C.int64_t(start[i]), C.int64_t(count[i])
		n *= count[i]
	}
	if len(start) != len(count) || len(start) > C.RS_MAXRANK || n != len(dst) {
		panic("h5: Block: shapes of start, count and dst do not agree")
	}
	if n == 0 {
		return nil
	}
	defer locked()()
	p, free := cstr(f.at(path))
	defer free()
	if C.rs_read_slab_f64(f.id(), p, &s[0], &c[0], C.int(len(start)),
		(*C.double)(unsafe.Pointer(&dst[0]))) < 0 {
		return f.fail(path, "data cannot be read (damaged)")
	}
	return nil
}

// Strings reads a dataset of fixed- or variable-length strings.
func (f *File) Strings(path string) ([]string, error) {
	info, err := f.dataset(path, ClassString)
	if err != nil {
		return nil, err
	}
	n := info.Len()
	if n > maxElements/max(1, info.Size) {
		return nil, f.fail(path, "declares %d strings of %d bytes", n, info.Size)
	}
	if n == 0 {
		return []string{}, nil
	}
	defer locked()()
	c, free := cstr(f.at(path))
	defer free()
	if info.VLen {
		return f.readVLen(path, c, n)
	}
	buf := make([]byte, n*info.Size)
	if C.rs_read_fixed(f.id(), c, unsafe.Pointer(&buf[0])) < 0 {
		return nil, f.fail(path, "strings cannot be read (damaged)")
	}
	out := make([]string, n)
	for i := range out {
		out[i] = strings.TrimRight(string(buf[i*info.Size:(i+1)*info.Size]), "\x00")
	}
	return out, nil
}

func (f *File) readVLen(path string, c *C.char, n int) ([]string, error) {
	ptrs := (**C.char)(C.calloc(C.size_t(n), C.size_t(unsafe.Sizeof(uintptr(0)))))
	defer C.free(unsafe.Pointer(ptrs))
	if C.rs_read_vlen(f.id(), c, ptrs, C.int64_t(n)) < 0 {
		return nil, f.fail(path, "strings cannot be read (damaged)")
	}
	defer C.rs_free_vlen(ptrs, C.int64_t(n))
	out := make([]string, n)
	for i, p := range unsafe.Slice(ptrs, n) {
		if p != nil {
			out[i] = C.GoString(p)
		}
	}
	return out, nil
}

func (f *File) attr(path, name string) (Info, *C.char, *C.char, func(), error) {
	p, freeP := cstr(f.at(path))
	n, freeN := cstr(name)
	free := func() { freeP(); freeN() }
	var in C.rs_info
	if C.rs_attr_stat(f.id(), p, n, &in) < 0 {
		return Info{}, p, n, free, f.fail(path+"@"+name, "attribute is damaged")
	}
	if in.kind == C.RS_NONE {
		return Info{}, p, n, free, f.fail(path+"@"+name, "attribute %w", ErrNotFound)
	}
	info, err := infoFromC(&in)
	return info, p, n, free, err
}

// HasAttr reports whether the object at path carries an attribute of that name.
func (f *File) HasAttr(path, name string) bool {
	defer locked()()
	_, _, _, free, err := f.attr(path, name)
	free()
	return err == nil
}

// AttrString reads a text attribute.
func (f *File) AttrString(path, name string) (string, error) {
	defer locked()()
	info, p, n, free, err := f.attr(path, name)
	defer free()
	if err != nil {
		return "", err
	}
	if info.Class != ClassString || info.Len() != 1 || info.Size > 1<<20 {
		return "", f.fail(path+"@"+name, "a single text is expected")
	}
	if info.VLen {
		s := C.rs_attr_vlen(f.id(), p, n)
		if s == nil {
			return "", nil
		}
		defer C.rs_free_vlen(&s, 1)
		return C.GoString(s), nil
	}
	buf := make([]byte, info.Size+1)
	if C.rs_attr_fixed(f.id(), p, n, unsafe.Pointer(&buf[0])) < 0 {
		return "", f.fail(path+"@"+name, "attribute is damaged")
	}
	return strings.TrimRight(string(buf[:info.Size]), "\x00"), nil
}

// AttrFloat64s reads a numeric attribute (scalar: one value).
func (f *File) AttrFloat64s(path, name string) ([]float64, error) {
	defer locked()()
	info, p, n, free, err := f.attr(path, name)
	defer free()
	if err != nil {
		return nil, err
	}
	if info.Class != ClassInt && info.Class != ClassFloat || info.Len() > 1<<16 {
		return nil, f.fail(path+"@"+name, "numbers are expected")
	}
	out := make([]float64, info.Len())
	if len(out) > 0 && C.rs_attr_f64(f.id(), p, n, (*C.double)(unsafe.Pointer(&out[0]))) < 0 {
		return nil, f.fail(path+"@"+name, "attribute is damaged")
	}
	return out, nil
}

// AttrFloat64 reads a numeric attribute with one value.
func (f *File) AttrFloat64(path, name string) (float64, error) {
	v, err := f.AttrFloat64s(path, name)
	if err != nil {
		return 0, err
	}
	if len(v) != 1 {
		return 0, f.fail(path+"@"+name, "one number is expected, found %d", len(v))
	}
	return v[0], nil
}

// Attrs lists the names of the attributes of the object at path.
func (f *File) Attrs(path string) []string {
	defer locked()()
	p, free := cstr(f.at(path))
	defer free()
	var names []string
	n := int64(C.rs_attr_count(f.id(), p))
	for i := int64(0); i < n; i++ {
		var buf [256]C.char
		if C.rs_attr_name(f.id(), p, C.int64_t(i), &buf[0], C.size_t(len(buf))) > 0 {
			names = append(names, C.GoString(&buf[0]))
		}
	}
	return names
}

// Matrix reads a two-dimensional dataset as rows; a dataset of one dimension is one row.
func (f *File) Matrix(path string) ([][]float64, error) {
	v, dims, err := f.Float64s(path)
	if err != nil {
		return nil, err
	}
	if len(dims) == 1 {
		return [][]float64{v}, nil
	}
	if len(dims) != 2 {
		return nil, fmt.Errorf("%s: %s: expected a matrix, found dimensions %v", f.Path(), path, dims)
	}
	rows := make([][]float64, dims[0])
	for i := range rows {
		rows[i] = v[i*dims[1] : (i+1)*dims[1]]
	}
	return rows, nil
}
