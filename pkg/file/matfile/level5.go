package matfile

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"unicode/utf16"
)

// Data types of level-5 elements and classes of matrices (MAT-File Format,
// The MathWorks, tables "MAT-file data types" and "MATLAB array types").
const (
	miINT8 = iota + 1
	miUINT8
	miINT16
	miUINT16
	miINT32
	miUINT32
	miSINGLE
	_
	miDOUBLE
	_
	_
	miINT64
	miUINT64
	miMATRIX
	miCOMPRESSED
	miUTF8
	miUTF16
	miUTF32
)

var typeSize = map[uint32]int{
	miINT8: 1, miUINT8: 1, miINT16: 2, miUINT16: 2, miINT32: 4, miUINT32: 4,
	miSINGLE: 4, miDOUBLE: 8, miINT64: 8, miUINT64: 8, miUTF8: 1, miUTF16: 2, miUTF32: 4,
}

var level5Classes = map[byte]Class{
	1: Cell, 2: Struct, 4: Char, 6: Double, 7: "single", 8: "int8", 9: "uint8",
	10: "int16", 11: "uint16", 12: "int32", 13: "uint32", 14: "int64", 15: "uint64",
}

const (
	maxDepth  = 32      // nested cells and structs
	eagerSize = 1 << 20 // larger numeric arrays are read on request
	nodeBytes = 160     // memory counted for one Value beside its data
	tileBytes = 4 << 20 // size of a streamed tile
)

// level5 keeps the tree of a file without its large numeric arrays; those are
// read by passing over the file again.
type level5 struct {
	path string
	size int64
	vars map[string]*Value
}

// errStop ends a pass early once the wanted value has been read.
var errStop = errors.New("stop")

func openLevel5(path string) (*level5, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	f := &level5{path: path, size: st.Size(), vars: map[string]*Value{}}
	return f, f.pass(&parser{}, func(name string, v *Value) { f.vars[name] = v })
}

// pass parses the whole file with p and hands every variable to each.
func (f *level5) pass(p *parser, each func(string, *Value)) error {
	file, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer file.Close()
	p.budget = max(64*f.size, 64<<20)
	err = p.file(bufio.NewReaderSize(file, 1<<16), f.size, each)
	if err == nil || errors.Is(err, errStop) {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		e.File = f.path
		return e
	}
	if p.abort != nil {
		return p.abort
	}
	return &Error{File: f.path, Kind: Corrupt, Field: p.where,
		Msg: "level-5 data are damaged or cut off: " + err.Error()}
}

func (f *level5) Close() error       { return nil }
func (f *level5) Warnings() []string { return nil }

// find returns the value at path, and the path with every cell index written as the
// parser names it.
func (f *level5) find(path string) (*Value, string, error) {
	steps, err := splitPath(path)
	if err != nil {
		return nil, "", err
	}
	missing := &Error{File: f.path, Kind: MissingField, Field: path, Msg: "is not in the file"}
	name := steps[0].field
	v := f.vars[name]
	for _, s := range steps[1:] {
		if v == nil {
			return nil, "", missing
		}
		switch {
		case s.index != nil && v.Class == Cell:
			i := offset(v.Dims, s.index)
			if i < 0 {
				return nil, "", missing
			}
			name += subscript(v.Dims, i)
			v = v.Cells[i]
		case s.index == nil && v.Class == Struct && len(v.Fields[s.field]) > 0:
			name += "." + s.field
			v = v.Fields[s.field][0]
		default:
			return nil, "", missing
		}
	}
	if v == nil {
		return nil, "", missing
	}
	return v, name, nil
}

func (f *level5) Has(path string) bool {
	_, _, err := f.find(path)
	return err == nil
}

func (f *level5) Shape(path string) (Shape, error) {
	v, _, err := f.find(path)
	if err != nil {
		return Shape{}, err
	}
	return Shape{v.Class, v.Dims}, nil
}

func (f *level5) Get(path string) (*Value, error) {
	v, _, err := f.find(path)
	if err != nil || !v.lazy {
		return v, err
	}
	whole := *v
	whole.lazy = false
	err = f.Tiles(path, func(t Tile) error {
		whole.Num = append(whole.Num, t.Data...)
		return nil
	})
	return &whole, err
}

func (f *level5) Tiles(path string, fn func(Tile) error) error {
	v, name, err := f.find(path)
	if err != nil {
		return err
	}
	if !v.Class.Numeric() {
		return &Error{File: f.path, Kind: WrongType, Field: path, Msg: "numbers are expected, found " +
			string(v.Class)}
	}
	rows := max(1, v.Rows())
	if !v.lazy {
		return fn(Tile{Rows: rows, Cols: v.Len() / rows, Data: v.Num})
	}
	return f.pass(&parser{wantPath: name, sink: fn}, func(string, *Value) {})
}

// parser reads level-5 elements from a stream. With a sink it streams the numeric
// array at wantPath and keeps nothing else.
type parser struct {
	order    binary.ByteOrder
	budget   int64
	wantPath string
	sink     func(Tile) error
	where    string // field being read, for errors
	abort    error  // error of the sink
}

// limited is a stream of which n bytes are left in the enclosing element.
type limited struct {
	r io.Reader
	n int64
}

func (l *limited) read(buf []byte) error {
	if int64(len(buf)) > l.n {
		return errors.New("an element is longer than the one around it")
	}
	n, err := io.ReadFull(l.r, buf)
	l.n -= int64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (l *limited) skip(n int64) error {
	if n > l.n {
		return errors.New("an element is longer than the one around it")
	}
	m, err := io.CopyN(io.Discard, l.r, n)
	l.n -= m
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

type tag struct {
	typ   uint32
	bytes int64
	small []byte // data of the small form
}

func (p *parser) tag(l *limited) (tag, error) {
	var b [8]byte
	if err := l.read(b[:]); err != nil {
		return tag{}, err
	}
	word := p.order.Uint32(b[:4])
	if n := word >> 16; n != 0 {
		if n > 4 {
			return tag{}, fmt.Errorf("small element of %d bytes", n)
		}
		return tag{typ: word & 0xffff, bytes: int64(n), small: append([]byte(nil), b[4:4+n]...)}, nil
	}
	return tag{typ: word, bytes: int64(p.order.Uint32(b[4:]))}, nil
}

func padded(n int64) int64 { return (n + 7) &^ 7 }

func (p *parser) file(r io.Reader, size int64, each func(string, *Value)) error {
	head := make([]byte, 128)
	if _, err := io.ReadFull(r, head); err != nil {
		return errors.New("the header is cut off")
	}
	p.order = binary.LittleEndian
	if string(head[126:]) == "MI" {
		p.order = binary.BigEndian
	}
	l := &limited{r: r, n: size - 128}
	for l.n > 0 {
		if l.n < 8 {
			return io.ErrUnexpectedEOF
		}
		t, err := p.tag(l)
		if err != nil {
			return err
		}
		if t.small != nil {
			continue
		}
		if t.bytes > l.n {
			return errors.New("a variable is longer than the file")
		}
		end := l.n - t.bytes
		switch t.typ {
		case miCOMPRESSED:
			err = p.compressed(&limited{l.r, t.bytes}, l, each)
		case miMATRIX:
			body := &limited{l.r, t.bytes}
			err = p.variable(body, each)
			l.n -= t.bytes - body.n
		}
		if err != nil {
			return err
		}
		if t.typ != miCOMPRESSED {
			end = max(0, end-(padded(t.bytes)-t.bytes))
		}
		if err := l.skip(l.n - end); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) compressed(body, outer *limited, each func(string, *Value)) error {
	before := body.n
	src := &io.LimitedReader{R: body.r, N: body.n}
	defer func() { outer.n -= before - src.N }()
	z, err := zlib.NewReader(bufio.NewReader(src))
	if err != nil {
		return err
	}
	defer z.Close()
	inner := &limited{r: bufio.NewReaderSize(z, 1<<16), n: math.MaxInt64}
	t, err := p.tag(inner)
	if err != nil {
		return err
	}
	if t.typ != miMATRIX {
		return fmt.Errorf("compressed element of type %d", t.typ)
	}
	inner.n = t.bytes
	if err := p.variable(inner, each); err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, z, inner.n); err != nil && err != io.EOF {
		return err
	}
	return nil
}

func (p *parser) variable(l *limited, each func(string, *Value)) error {
	p.where = ""
	v, name, err := p.matrix(l, "", 0)
	if err != nil {
		return err
	}
	if name != "" {
		each(name, v)
	}
	return nil
}

// spend counts memory against the budget: a small file cannot make the program large.
func (p *parser) spend(n int64) error {
	if p.budget -= n; p.budget < 0 {
		return errors.New("holds more elements than a file of this size can")
	}
	return nil
}

// matrix reads one array whose tag has been read; l.n is its length. path is the
// path of the array, or "" for a variable, whose path is its own name.
func (p *parser) matrix(l *limited, path string, depth int) (*Value, string, error) {
	if depth > maxDepth {
		return nil, "", errors.New("cells are nested too deeply")
	}
	if err := p.spend(nodeBytes); err != nil {
		return nil, "", err
	}
	if l.n == 0 {
		return &Value{Class: Double, Dims: []int{0, 0}}, "", nil
	}
	flags, err := p.bytes(l, 64)
	if err != nil {
		return nil, "", err
	}
	if len(flags) < 8 {
		return nil, "", errors.New("array flags are cut off")
	}
	word := p.order.Uint32(flags)
	class, ok := level5Classes[byte(word)]
	if !ok {
		class = Unknown // sparse matrices, objects, function handles: passed over
	}
	if class.Numeric() && word&0x0200 != 0 {
		class = Logical
	}
	v := &Value{Class: class}
	if class == Unknown {
		v.Dims = []int{0, 0}
		name, err := p.unknown(l, path)
		return v, name, err
	}
	if err := p.dims(l, v); err != nil {
		return nil, "", err
	}
	rawName, err := p.bytes(l, 4096)
	if err != nil {
		return nil, "", err
	}
	name := strings.TrimRight(string(rawName), "\x00")
	if path == "" {
		path = name
	}
	p.where = path
	switch {
	case class == Cell:
		err = p.cells(l, v, path, depth)
	case class == Struct:
		err = p.structure(l, v, path, depth)
	case class == Char:
		err = p.char(l, v)
	default:
		err = p.numeric(l, v, path)
	}
	return v, name, err
}

// unknown finds the name of an array of a class that is not read and passes over
// the rest.
func (p *parser) unknown(l *limited, path string) (string, error) {
	var name string
	if path == "" {
		if _, err := p.bytes(l, 1<<20); err != nil { // dimensions, or a name for opaque objects
			return "", err
		}
		if raw, err := p.bytes(l, 4096); err == nil {
			name = strings.TrimRight(string(raw), "\x00")
		}
	}
	return name, l.skip(l.n)
}

// bytes reads one small sub-element whole.
func (p *parser) bytes(l *limited, limit int64) ([]byte, error) {
	t, err := p.tag(l)
	if err != nil {
		return nil, err
	}
	if t.small != nil {
		return t.small, nil
	}
	if t.bytes > limit {
		return nil, fmt.Errorf("a header element declares %d bytes", t.bytes)
	}
	buf := make([]byte, t.bytes)
	if err := l.read(buf); err != nil {
		return nil, err
	}
	return buf, l.skip(min(l.n, padded(t.bytes)-t.bytes))
}

func (p *parser) dims(l *limited, v *Value) error {
	raw, err := p.bytes(l, 1024)
	if err != nil {
		return err
	}
	for ; len(raw) >= 4; raw = raw[4:] {
		d := int32(p.order.Uint32(raw))
		if d < 0 {
			return fmt.Errorf("dimension %d", d)
		}
		v.Dims = append(v.Dims, int(d))
	}
	if len(v.Dims) < 2 {
		return fmt.Errorf("%d dimensions", len(v.Dims))
	}
	return nil
}

func (p *parser) child(l *limited, path string, depth int) (*Value, error) {
	t, err := p.tag(l)
	if err != nil {
		return nil, err
	}
	if t.typ != miMATRIX || t.small != nil {
		return nil, fmt.Errorf("element of type %d where an array is expected", t.typ)
	}
	if t.bytes > l.n {
		return nil, errors.New("an element is longer than the one around it")
	}
	inner := &limited{l.r, t.bytes}
	v, _, err := p.matrix(inner, path, depth+1)
	if err != nil {
		return nil, err
	}
	if err := inner.skip(inner.n); err != nil {
		return nil, err
	}
	l.n -= t.bytes
	return v, l.skip(min(l.n, padded(t.bytes)-t.bytes))
}

func (p *parser) cells(l *limited, v *Value, path string, depth int) error {
	n := v.Len()
	if int64(n) > l.n/8 {
		return fmt.Errorf("declares %d cells in %d bytes", n, l.n)
	}
	for i := 0; i < n; i++ {
		c, err := p.child(l, path+subscript(v.Dims, i), depth)
		if err != nil {
			return err
		}
		v.Cells = append(v.Cells, c)
	}
	return nil
}

func (p *parser) structure(l *limited, v *Value, path string, depth int) error {
	size, err := p.bytes(l, 8)
	if err != nil {
		return err
	}
	if len(size) < 4 {
		return errors.New("field name length is cut off")
	}
	width := int(int32(p.order.Uint32(size)))
	names, err := p.bytes(l, min(l.n, 1<<20))
	if err != nil {
		return err
	}
	if width < 1 || width > 4096 || len(names)%width != 0 {
		return fmt.Errorf("field names of length %d in %d bytes", width, len(names))
	}
	v.Fields = map[string][]*Value{}
	for ; len(names) > 0; names = names[width:] {
		name, _, _ := bytes.Cut(names[:width], []byte{0})
		v.Order = append(v.Order, string(name))
	}
	n := v.Len()
	if len(v.Order) > 0 && int64(n) > l.n/8/int64(len(v.Order)) {
		return fmt.Errorf("declares %d structs in %d bytes", n, l.n)
	}
	for i := 0; i < n && len(v.Order) > 0; i++ {
		for _, name := range v.Order {
			c, err := p.child(l, path+"."+name, depth)
			if err != nil {
				return err
			}
			v.Fields[name] = append(v.Fields[name], c)
		}
	}
	return nil
}

func (p *parser) char(l *limited, v *Value) error {
	if l.n == 0 && v.Len() == 0 {
		return nil
	}
	limit := int64(1 << 24)
	t, err := p.tag(l)
	if err != nil {
		return err
	}
	raw := t.small
	if raw == nil {
		if t.bytes > limit || t.bytes > l.n {
			return fmt.Errorf("text of %d bytes", t.bytes)
		}
		if err := p.spend(t.bytes * 8); err != nil {
			return err
		}
		raw = make([]byte, t.bytes)
		if err := l.read(raw); err != nil {
			return err
		}
		if err := l.skip(min(l.n, padded(t.bytes)-t.bytes)); err != nil {
			return err
		}
	}
	units, err := p.textUnits(t.typ, raw)
	if err != nil {
		return err
	}
	v.Text = joinRows(units, v.Dims)
	return nil
}

// textUnits decodes the stored text to runes (UTF-16 units stay units, so that a
// matrix of char keeps its shape; joinRows decodes surrogates).
func (p *parser) textUnits(typ uint32, raw []byte) ([]uint16, error) {
	switch typ {
	case miUTF8:
		return utf16.Encode([]rune(string(raw))), nil
	case miINT8, miUINT8:
		out := make([]uint16, len(raw))
		for i, b := range raw {
			out[i] = uint16(b)
		}
		return out, nil
	case miUINT16, miINT16, miUTF16:
		out := make([]uint16, len(raw)/2)
		for i := range out {
			out[i] = p.order.Uint16(raw[2*i:])
		}
		return out, nil
	}
	return nil, fmt.Errorf("text stored as type %d", typ)
}

func joinRows(units []uint16, dims []int) string {
	rows := dims[0]
	if rows <= 1 || len(units)%rows != 0 || len(units) == 0 {
		return string(utf16.Decode(units))
	}
	cols := len(units) / rows
	lines := make([]string, rows)
	for r := range lines {
		line := make([]uint16, cols)
		for c := range line {
			line[c] = units[c*rows+r]
		}
		lines[r] = string(utf16.Decode(line))
	}
	return strings.Join(lines, "\n")
}

func (p *parser) numeric(l *limited, v *Value, path string) error {
	n := v.Len()
	t, err := p.tag(l)
	if err != nil {
		if n == 0 && l.n == 0 {
			return nil
		}
		return err
	}
	size, ok := typeSize[t.typ]
	if !ok {
		return fmt.Errorf("numbers stored as type %d", t.typ)
	}
	if int64(n) > math.MaxInt64/8 || t.bytes != int64(n)*int64(size) {
		return fmt.Errorf("declares %v values in %d bytes", v.Dims, t.bytes)
	}
	if t.small != nil {
		v.Num = p.decode(nil, t.typ, t.small)
		return nil
	}
	if t.bytes > l.n {
		return errors.New("an element is longer than the one around it")
	}
	streaming := p.sink != nil && path == p.wantPath
	switch {
	case streaming:
		if err := p.stream(l, v, t.typ, size); err != nil {
			return err
		}
		return errStop
	case p.sink != nil || n > eagerSize || int64(n)*8 > p.budget:
		v.lazy = true
		if err := l.skip(t.bytes); err != nil {
			return err
		}
	default:
		if err := p.spend(int64(n) * 8); err != nil {
			return err
		}
		if err := p.blocks(l, t.typ, size, n, eagerSize, func(x []float64) error {
			v.Num = append(v.Num, x...)
			return nil
		}); err != nil {
			return err
		}
	}
	if err := l.skip(min(l.n, padded(t.bytes)-t.bytes)); err != nil {
		return err
	}
	return l.skip(l.n) // an imaginary part
}

// stream hands the array to the sink in tiles of whole columns.
func (p *parser) stream(l *limited, v *Value, typ uint32, size int) error {
	rows := max(1, v.Rows())
	per := max(1, tileBytes/8/rows)
	col := 0
	return p.blocks(l, typ, size, v.Len(), per*rows, func(x []float64) error {
		t := Tile{Rows: rows, Col0: col, Cols: len(x) / rows, Data: x}
		col += t.Cols
		if err := p.sink(t); err != nil {
			p.abort = err
			return err
		}
		return nil
	})
}

// blocks decodes n numbers, at most per at a time.
func (p *parser) blocks(l *limited, typ uint32, size, n, per int, fn func([]float64) error) error {
	raw := make([]byte, min(n, per)*size)
	var x []float64
	for n > 0 {
		m := min(n, per)
		if err := l.read(raw[:m*size]); err != nil {
			return err
		}
		x = p.decode(x[:0], typ, raw[:m*size])
		if err := fn(x); err != nil {
			return err
		}
		n -= m
	}
	return nil
}

// decode appends the numbers in raw to dst; raw is reordered in place where the file's byte
// order is not little-endian.
func (p *parser) decode(dst []float64, typ uint32, raw []byte) []float64 {
	size := typeSize[typ]
	raw = raw[:len(raw)/size*size]
	if p.order == binary.BigEndian {
		for at := 0; at < len(raw); at += size {
			slices.Reverse(raw[at : at+size])
		}
	}
	o := binary.LittleEndian
	dst = slices.Grow(dst, len(raw)/size)
	switch typ {
	case miINT8:
		for _, b := range raw {
			dst = append(dst, float64(int8(b)))
		}
	case miUINT8, miUTF8:
		for _, b := range raw {
			dst = append(dst, float64(b))
		}
	case miINT16:
		for ; len(raw) >= 2; raw = raw[2:] {
			dst = append(dst, float64(int16(o.Uint16(raw))))
		}
	case miUINT16, miUTF16:
		for ; len(raw) >= 2; raw = raw[2:] {
			dst = append(dst, float64(o.Uint16(raw)))
		}
	case miINT32:
		for ; len(raw) >= 4; raw = raw[4:] {
			dst = append(dst, float64(int32(o.Uint32(raw))))
		}
	case miUINT32, miUTF32:
		for ; len(raw) >= 4; raw = raw[4:] {
			dst = append(dst, float64(o.Uint32(raw)))
		}
	case miSINGLE:
		for ; len(raw) >= 4; raw = raw[4:] {
			dst = append(dst, float64(math.Float32frombits(o.Uint32(raw))))
		}
	default:
		return p.decodeWide(dst, typ, raw)
	}
	return dst
}

// decodeWide is decode for numbers of eight bytes, little-endian.
func (p *parser) decodeWide(dst []float64, typ uint32, raw []byte) []float64 {
	for ; len(raw) >= 8; raw = raw[8:] {
		u := binary.LittleEndian.Uint64(raw)
		switch typ {
		case miDOUBLE:
			dst = append(dst, math.Float64frombits(u))
		case miINT64:
			dst = append(dst, float64(int64(u)))
		case miUINT64:
			dst = append(dst, float64(u))
		}
	}
	return dst
}
