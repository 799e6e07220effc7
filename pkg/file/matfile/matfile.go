// Package matfile reads MATLAB files: level 5 (-v6 and -v7, both byte orders)
// with its own parser, and 7.3 (HDF5) through package h5 in a child process, in
// which any other HDF5 file of foreign origin can be opened, too (type HDF5).
//
// A file is recognised by its content. Values are read by path, for example
// "signal.fsamp" or "edition.Dischargetimes{1,2}" (1-based cell indices); large
// matrices are streamed in tiles and never held whole.
package matfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Kind classifies why a file was refused.
type Kind string

// Kinds of error.
const (
	NotAMatFile        Kind = "not_a_mat_file"
	UnsupportedVersion Kind = "unsupported_version"
	Corrupt            Kind = "corrupt"
	MissingField       Kind = "missing_field"
	WrongType          Kind = "wrong_type"
	BadShape           Kind = "bad_shape"
	BadValue           Kind = "bad_value"
)

// Error says which file, which field and what is wrong with it. Field is empty
// when the fault concerns the file as a whole.
type Error struct {
	File  string // path
	Kind  Kind   // why it was refused
	Field string
	Msg   string // for people
}

// Error is one line: file, field and what is wrong.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Field != "" {
		b.WriteString(": " + e.Field)
	}
	fmt.Fprintf(&b, ": %s (%s)", e.Msg, e.Kind)
	return b.String()
}

// Class is MATLAB's name of a value's class.
type Class string

// Classes other than the numeric ones, which carry MATLAB's names (double,
// single, int8 … uint64, logical).
const (
	Char    Class = "char"
	Cell    Class = "cell"
	Struct  Class = "struct"
	Logical Class = "logical"
	Double  Class = "double"
	Unknown Class = "unknown"
)

var numericClasses = map[Class]bool{
	Double: true, "single": true, Logical: true,
	"int8": true, "uint8": true, "int16": true, "uint16": true,
	"int32": true, "uint32": true, "int64": true, "uint64": true,
}

// Numeric reports whether values of the class are numbers (logical included).
func (c Class) Numeric() bool { return numericClasses[c] }

// Value is a MATLAB array. Elements are in MATLAB's column order. Integers above
// 2^53 lose digits. Of complex numbers the real part is kept.
type Value struct {
	Class  Class               // MATLAB's
	Dims   []int               // at least two
	Num    []float64           // numeric and logical
	Text   string              // char; rows of a matrix are joined by newlines
	Cells  []*Value            // cell
	Order  []string            // struct: names of the fields in the file's order
	Fields map[string][]*Value // struct: one value per element

	lazy bool // numbers were passed over; read them with File.Get or File.Tiles
}

// Len is the number of elements.
func (v *Value) Len() int { return product(v.Dims) }

// Rows and Cols are the first two dimensions.
func (v *Value) Rows() int { return v.Dims[0] }

// Cols is the second dimension.
func (v *Value) Cols() int { return v.Dims[1] }

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		if d != 0 && n > (1<<62)/d {
			return 1 << 62
		}
		n *= d
	}
	return n
}

// Tile is a rectangle of a numeric matrix: rows [Row0, Row0+Rows), columns
// [Col0, Col0+Cols), Data in column order.
type Tile struct {
	Row0, Rows, Col0, Cols int
	Data                   []float64
}

// Shape is what is known of a value without reading it.
type Shape struct {
	Class Class // MATLAB's
	Dims  []int // at least two
}

// File is an open MATLAB file. It is not safe for concurrent use.
type File interface {
	// Has reports whether the path exists.
	Has(path string) bool
	// Shape returns class and dimensions of the value at path.
	Shape(path string) (Shape, error)
	// Get reads the whole value at path.
	Get(path string) (*Value, error)
	// Tiles streams a numeric matrix; the tiles cover it once. The data of a tile
	// are valid until fn returns.
	Tiles(path string, fn func(Tile) error) error
	// Warnings tells oddities of the file that do not prevent reading.
	Warnings() []string
	// Close releases the file.
	Close() error
}

// WarnHeader is the warning for a 7.3 file without MATLAB's header text.
const WarnHeader = "matlab_header_missing"

var hdf5Signature = []byte("\x89HDF\r\n\x1a\n")

type format int

const (
	formatLevel5 format = iota
	formatHDF5
)

// Open recognises the file by its content and opens it. Errors are of type
// *Error, except those of the operating system.
func Open(path string) (File, error) {
	kind, header, err := recognise(path)
	if err != nil {
		return nil, err
	}
	if kind == formatLevel5 {
		return openLevel5(path)
	}
	f, err := openChild(path)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(header, []byte("MATLAB")) {
		f.warnings = append(f.warnings, WarnHeader)
	}
	return f, nil
}

func recognise(path string) (format, []byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return 0, nil, err
	}
	if st.IsDir() {
		return 0, nil, fmt.Errorf("%s is a folder; name a file", path)
	}
	head := make([]byte, 128)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && err != io.EOF {
		return 0, nil, err
	}
	head = head[:n]
	if hasHDF5Signature(f, st.Size()) {
		return formatHDF5, head, nil
	}
	fail := func(k Kind, msg string) (format, []byte, error) {
		return 0, nil, &Error{File: path, Kind: k, Msg: msg}
	}
	text := bytes.HasPrefix(head, []byte("MATLAB"))
	switch {
	case bytes.HasPrefix(head, []byte("MATLAB 7.3")):
		return fail(Corrupt, "has a MATLAB 7.3 header but no HDF5 data after it: the file was cut off; "+
			"copy it again")
	case n < 128 && text:
		return fail(Corrupt, "ends inside its MATLAB header: the file was cut off; copy it again")
	case n == 128 && (string(head[126:]) == "IM" || string(head[126:]) == "MI"):
		version := binary.LittleEndian.Uint16(head[124:])
		if string(head[126:]) == "MI" {
			version = binary.BigEndian.Uint16(head[124:])
		}
		if version == 0x0200 {
			return fail(Corrupt, "has a MATLAB 7.3 header but no HDF5 data after it: the file was cut "+
				"off; copy it again")
		}
		if version != 0x0100 {
			return fail(UnsupportedVersion,
				fmt.Sprintf("MAT-file version %#04x; versions 5 to 7.3 are read", version))
		}
		return formatLevel5, head, nil
	case isLevel4(head):
		return fail(UnsupportedVersion, "is a MAT-file of level 4; save it again with -v7 or -v7.3")
	}
	return fail(NotAMatFile, "is not a MATLAB file (no MATLAB header, no HDF5 signature)")
}

func hasHDF5Signature(f *os.File, size int64) bool {
	buf := make([]byte, len(hdf5Signature))
	for off := int64(0); off < size; off = max(512, off*2) {
		if _, err := f.ReadAt(buf, off); err == nil && bytes.Equal(buf, hdf5Signature) {
			return true
		}
	}
	return false
}

// isLevel4 tests the 20-byte header of level 4: type code MOPT (M byte order, O
// zero, P precision, T matrix type), rows, columns, complex flag, name length.
func isLevel4(head []byte) bool {
	if len(head) < 20 {
		return false
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		mopt, imag, name := order.Uint32(head), order.Uint32(head[12:]), order.Uint32(head[16:])
		if mopt/1000 <= 4 && mopt/100%10 == 0 && mopt/10%10 <= 5 && mopt%10 <= 2 && imag <= 1 &&
			name >= 1 && name <= 256 {
			return true
		}
	}
	return false
}

// splitPath turns "a.b{1,2}.c" into steps: field names, and cell indices.
type step struct {
	field string
	index []int // 1-based; set for a cell step
}

func splitPath(path string) ([]step, error) {
	var steps []step
	for _, part := range strings.Split(path, ".") {
		name, rest, _ := strings.Cut(part, "{")
		if name == "" {
			return nil, fmt.Errorf("matfile: bad path %q", path)
		}
		steps = append(steps, step{field: name})
		for rest != "" {
			inside, after, ok := strings.Cut(rest, "}")
			if !ok {
				return nil, fmt.Errorf("matfile: bad path %q", path)
			}
			var idx []int
			for _, s := range strings.Split(inside, ",") {
				i := 0
				if _, err := fmt.Sscanf(s, "%d", &i); err != nil || i < 1 {
					return nil, fmt.Errorf("matfile: bad index %q in path %q", s, path)
				}
				idx = append(idx, i)
			}
			steps = append(steps, step{index: idx})
			rest = strings.TrimPrefix(after, "{")
		}
	}
	return steps, nil
}

// offset is the position of 1-based indices in column order, or -1 outside.
func offset(dims, index []int) int {
	if len(index) == 1 {
		if index[0] > product(dims) {
			return -1
		}
		return index[0] - 1
	}
	off, stride := 0, 1
	for i, d := range dims {
		k := 1
		if i < len(index) {
			k = index[i]
		}
		if k > d {
			return -1
		}
		off += (k - 1) * stride
		stride *= d
	}
	return off
}

// subscript names element i of a cell as MATLAB does: {row,column}.
func subscript(dims []int, i int) string {
	var s []string
	for _, d := range dims {
		if d == 0 {
			break
		}
		s = append(s, fmt.Sprint(i%d+1))
		i /= d
	}
	return "{" + strings.Join(s, ",") + "}"
}
