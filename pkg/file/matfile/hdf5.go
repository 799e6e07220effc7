package matfile

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"unicode/utf16"

	"example.org/renshaw/pkg/file/h5"
)

// hdf5File reads the 7.3 layout in this process. Foreign files go through the
// child process instead (see child.go), because a damaged one can crash libhdf5.
//
// Layout: struct = group, cell = dataset of object references, dimensions
// reversed, attribute MATLAB_class; MATLAB_empty = 1 means that the data are the
// dimensions.
type hdf5File struct {
	path   string
	size   int64
	f      *h5.File
	budget int64 // left for the value being read
}

func openHDF5(path string) (*hdf5File, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	f, err := h5.Open(path)
	if err != nil {
		return nil, &Error{File: path, Kind: Corrupt, Msg: "HDF5 cannot open it: the file is damaged " +
			"or was cut off; copy it again"}
	}
	return &hdf5File{path: path, size: st.Size(), f: f}, nil
}

func (f *hdf5File) fail(kind Kind, field, format string, args ...any) error {
	return &Error{File: f.path, Kind: kind, Field: field, Msg: fmt.Sprintf(format, args...)}
}

func (f *hdf5File) missing(field string) error {
	return f.fail(MissingField, field, "is not in the file")
}

// find returns the HDF5 path of a MATLAB path.
func (f *hdf5File) find(path string) (string, error) {
	steps, err := splitPath(path)
	if err != nil {
		return "", err
	}
	at, name := "", ""
	for _, s := range steps {
		if s.index == nil {
			at, name = at+"/"+s.field, strings.TrimPrefix(name+"."+s.field, ".")
			if !f.f.Has(at) {
				return "", f.missing(path)
			}
			continue
		}
		refs, dims, err := f.refs(at, name)
		if err != nil {
			return "", err
		}
		i := offset(dims, s.index)
		if i < 0 || i >= len(refs) {
			return "", f.missing(path)
		}
		name += subscript(dims, i)
		if at, err = f.deref(refs[i], name); err != nil {
			return "", err
		}
	}
	return at, nil
}

func (f *hdf5File) refs(at, name string) ([]uint64, []int, error) {
	info, err := f.f.Stat(at)
	if err != nil {
		return nil, nil, f.fail(Corrupt, name, "cannot be read")
	}
	if info.Kind != h5.Dataset || info.Class != h5.ClassReference {
		return nil, nil, f.fail(WrongType, name, "a cell array is expected")
	}
	if int64(info.Len())*nodeBytes > max(64*f.size, 64<<20) {
		return nil, nil, f.fail(Corrupt, name,
			"declares %d cells, more than a file of this size can hold", info.Len())
	}
	refs, dims, err := f.f.References(at)
	if err != nil {
		return nil, nil, f.fail(Corrupt, name, "cannot be read")
	}
	return refs, reversed(dims), nil
}

func (f *hdf5File) deref(ref uint64, name string) (string, error) {
	p, err := f.f.RefPath(ref)
	if err != nil {
		return "", f.fail(Corrupt, name, "the object reference points nowhere")
	}
	return p, nil
}

func reversed(dims []int) []int {
	out := make([]int, len(dims))
	for i, d := range dims {
		out[len(dims)-1-i] = d
	}
	for len(out) < 2 {
		out = append(out, 1)
	}
	return out
}

func (f *hdf5File) Has(path string) bool {
	_, err := f.find(path)
	return err == nil
}

func (f *hdf5File) Shape(path string) (Shape, error) {
	at, err := f.find(path)
	if err != nil {
		return Shape{}, err
	}
	h, err := f.header(at, path)
	return h.Shape, err
}

type header struct {
	Shape
	kind     h5.Kind
	class    h5.TypeClass
	empty    bool
	declared bool // carries MATLAB_class
	chunk    []int
}

// header reads kind, class and dimensions of the object at the HDF5 path at.
func (f *hdf5File) header(at, name string) (header, error) {
	info, err := f.f.Stat(at)
	if err != nil {
		return header{}, f.fail(Corrupt, name, "cannot be read")
	}
	h := header{kind: info.Kind, class: info.Class, chunk: info.Chunk}
	if c, err := f.f.AttrString(at, "MATLAB_class"); err == nil {
		h.Class, h.declared = Class(c), true
	} else if !errors.Is(err, h5.ErrNotFound) {
		return h, f.fail(Corrupt, name, "attribute MATLAB_class cannot be read")
	}
	if info.Kind == h5.Group {
		if !h.declared {
			h.Class = Struct
		}
		h.Dims = []int{1, 1}
		return h, nil
	}
	if info.Kind != h5.Dataset {
		return h, f.fail(WrongType, name, "is neither a group nor a dataset")
	}
	if !h.declared {
		h.Class = undeclared(info.Class)
	}
	h.Dims = reversed(info.Dims)
	// Deflate shrinks at most about 1030 times; chunks that were never written hold
	// nothing, and MATLAB leaves none.
	if bytes := float64(info.Len()) * float64(info.Size); bytes > 1100*float64(info.StorageBytes)+
		1<<20 {
		return h, f.fail(Corrupt, name, "declares %v values but holds %d bytes", h.Dims,
			info.StorageBytes)
	}
	if e, err := f.f.AttrFloat64(at, "MATLAB_empty"); err == nil && e != 0 {
		return h, f.emptyDims(&h, at, name, info)
	}
	return h, nil
}

func undeclared(c h5.TypeClass) Class {
	switch c {
	case h5.ClassReference:
		return Cell
	case h5.ClassInt, h5.ClassFloat:
		return Double
	}
	return Unknown
}

func (f *hdf5File) emptyDims(h *header, at, name string, info h5.Info) error {
	h.empty = true
	if info.Len() > 32 {
		return f.fail(Corrupt, name, "an empty array with %d dimensions", info.Len())
	}
	dims, _, err := f.f.Float64s(at)
	if err != nil {
		return f.fail(Corrupt, name, "cannot be read")
	}
	h.Dims = nil
	for _, d := range dims {
		if !(d >= 0 && d < 1<<53) {
			return f.fail(Corrupt, name, "dimension %v", d)
		}
		h.Dims = append(h.Dims, int(d))
	}
	for len(h.Dims) < 2 {
		h.Dims = append(h.Dims, 0)
	}
	if product(h.Dims) != 0 {
		return f.fail(Corrupt, name, "is marked empty but has dimensions %v", h.Dims)
	}
	return nil
}

func (f *hdf5File) Get(path string) (*Value, error) {
	at, err := f.find(path)
	if err != nil {
		return nil, err
	}
	f.budget = max(64*f.size, 64<<20)
	return f.value(at, path, 0)
}

func (f *hdf5File) value(at, name string, depth int) (*Value, error) {
	if depth > maxDepth {
		return nil, f.fail(Corrupt, name, "cells are nested too deeply")
	}
	if err := f.spend(nodeBytes, name); err != nil {
		return nil, err
	}
	h, err := f.header(at, name)
	if err != nil {
		return nil, err
	}
	v := &Value{Class: h.Class, Dims: h.Dims}
	switch {
	case h.kind == h5.Group && h.Class == Struct:
		return v, f.structure(v, at, name, depth)
	case h.kind == h5.Group:
		v.Class = Unknown
		return v, nil
	case h.empty:
		return v, nil
	case h.class == h5.ClassReference:
		v.Class = Cell
		v.Cells, err = f.cells(at, name, depth)
		return v, err
	case h.Class == Char && h.class == h5.ClassInt:
		return v, f.char(v, at, name)
	case h.Class.Numeric() && (h.class == h5.ClassInt || h.class == h5.ClassFloat):
		if err := f.spend(int64(v.Len())*8, name); err != nil {
			return nil, err
		}
		if v.Num, _, err = f.f.Float64s(at); err != nil {
			return nil, f.fail(Corrupt, name, "the data cannot be read (damaged)")
		}
		return v, nil
	}
	v.Class = Unknown
	return v, nil
}

func (f *hdf5File) spend(n int64, name string) error {
	if n < 0 || n > math.MaxInt64/2 {
		n = math.MaxInt64 / 2
	}
	if f.budget -= n; f.budget < 0 {
		return f.fail(Corrupt, name, "holds more elements than a file of this size can")
	}
	return nil
}

func (f *hdf5File) cells(at, name string, depth int) ([]*Value, error) {
	refs, dims, err := f.refs(at, name)
	if err != nil {
		return nil, err
	}
	var out []*Value
	for i, r := range refs {
		sub := name + subscript(dims, i)
		p, err := f.deref(r, sub)
		if err != nil {
			return nil, err
		}
		c, err := f.value(p, sub, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// structure reads the fields of a struct; in a struct array every field is a
// dataset of references without a class of its own.
func (f *hdf5File) structure(v *Value, at, name string, depth int) error {
	names, err := f.f.List(at)
	if err != nil {
		return f.fail(Corrupt, name, "cannot be listed")
	}
	v.Order, v.Fields = names, map[string][]*Value{}
	for _, n := range names {
		p, sub := at+"/"+n, name+"."+n
		h, err := f.header(p, sub)
		if err != nil {
			return err
		}
		if h.class == h5.ClassReference && !h.declared {
			v.Dims = h.Dims
			if v.Fields[n], err = f.cells(p, sub, depth); err != nil {
				return err
			}
			continue
		}
		c, err := f.value(p, sub, depth+1)
		if err != nil {
			return err
		}
		v.Fields[n] = []*Value{c}
	}
	return nil
}

func (f *hdf5File) char(v *Value, at, name string) error {
	if err := f.spend(int64(v.Len())*16, name); err != nil {
		return err
	}
	x, _, err := f.f.Int64s(at)
	if err != nil {
		return f.fail(Corrupt, name, "the text cannot be read (damaged)")
	}
	units := make([]uint16, len(x))
	for i, u := range x {
		units[i] = uint16(u)
	}
	v.Text = joinRows(units, v.Dims)
	if v.Dims[0] == 1 {
		v.Text = string(utf16.Decode(units))
	}
	return nil
}

func (f *hdf5File) Tiles(path string, fn func(Tile) error) error {
	at, err := f.find(path)
	if err != nil {
		return err
	}
	h, err := f.header(at, path)
	if err != nil {
		return err
	}
	if h.kind != h5.Dataset || !h.Class.Numeric() || h.class != h5.ClassFloat &&
		h.class != h5.ClassInt {
		return f.fail(WrongType, path, "numbers are expected, found %s", h.Class)
	}
	if h.empty || product(h.Dims) == 0 {
		return nil
	}
	if len(h.Dims) != 2 || len(h.chunk) == 1 {
		return f.fail(BadShape, path, "a matrix is expected, found %d dimensions", len(h.Dims))
	}
	rows, cols := h.Dims[0], h.Dims[1]
	perRow, perCol := tileShape(rows, cols, h.chunk)
	buf := make([]float64, perRow*perCol)
	for c := 0; c < cols; c += perCol {
		for r := 0; r < rows; r += perRow {
			t := Tile{Row0: r, Rows: min(perRow, rows-r), Col0: c, Cols: min(perCol, cols-c)}
			t.Data = buf[:t.Rows*t.Cols]
			if err := f.f.Block(at, []int{c, r}, []int{t.Cols, t.Rows}, t.Data); err != nil {
				return f.fail(Corrupt, path, "the data cannot be read (damaged)")
			}
			if err := fn(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// tileShape makes tiles of whole chunks (each chunk is inflated once), at most
// tileBytes where one chunk allows it. chunk is in file order: columns, rows.
func tileShape(rows, cols int, chunk []int) (perRow, perCol int) {
	unitCol, unitRow := 1024, 1
	if chunk != nil {
		unitCol, unitRow = chunk[0], chunk[1]
	}
	const values = tileBytes / 8
	unitCol, unitRow = min(cols, unitCol), min(rows, unitRow)
	perRow = min(rows, max(1, values/unitCol/unitRow)*unitRow)
	perCol = min(cols, max(1, values/perRow/unitCol)*unitCol)
	for perRow*perCol > 8*values && perCol > 1 { // one chunk larger than 8 tiles
		perCol = (perCol + 1) / 2
	}
	return perRow, perCol
}
