package npz

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// magic begins every array.
const magic = "\x93NUMPY"

// header is what stands before the values.
type header struct {
	order   binary.ByteOrder
	kind    byte // NumPy's letter
	size    int  // bytes of an element
	fortran bool
	shape   []int
	count   int
}

var (
	descrOf   = regexp.MustCompile(`'descr'\s*:\s*'([<>|=]?)([a-zA-Z?])(\d*)'`)
	fortranOf = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	shapeOf   = regexp.MustCompile(`'shape'\s*:\s*\(([\d,\sL]*)\)`)
)

// maxBytes bounds an array that is read whole.
const maxBytes = 1 << 26

// maxText bounds the bytes of a text.
const maxText = 1 << 16

// maxHeader bounds the text of a header, as NumPy does.
const maxHeader = 1 << 16

func readHeader(in io.Reader) (*header, error) {
	lead := make([]byte, 8)
	if _, err := io.ReadFull(in, lead); err != nil || string(lead[:6]) != magic {
		return nil, fmt.Errorf("is not an array of NumPy")
	}
	length := make([]byte, 2)
	if lead[6] > 1 {
		length = make([]byte, 4)
	}
	if lead[6] < 1 || lead[6] > 3 {
		return nil, fmt.Errorf("has format version %d; 1 to 3 are known", lead[6])
	}
	if _, err := io.ReadFull(in, length); err != nil {
		return nil, fmt.Errorf("ends inside its header")
	}
	n := 0
	for i, b := range length {
		n |= int(b) << (8 * i)
	}
	if n > maxHeader {
		return nil, fmt.Errorf("has a header of %d bytes", n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(in, text); err != nil {
		return nil, fmt.Errorf("ends inside its header")
	}
	return parseHeader(string(text))
}

func parseHeader(text string) (*header, error) {
	d, f, s := descrOf.FindStringSubmatch(text), fortranOf.FindStringSubmatch(text),
		shapeOf.FindStringSubmatch(text)
	if d == nil || f == nil || s == nil {
		return nil, fmt.Errorf("has elements of a kind that is not read: %s", strings.TrimSpace(text))
	}
	h := &header{order: binary.LittleEndian, kind: d[2][0], fortran: f[1] == "True", count: 1}
	if d[1] == ">" {
		h.order = binary.BigEndian
	}
	if d[3] != "" {
		var err error
		if h.size, err = strconv.Atoi(d[3]); err != nil {
			return nil, fmt.Errorf("has elements of type %s%s, which is not read", d[2], d[3])
		}
	}
	if h.kind == '?' {
		h.kind, h.size = 'b', 1
	}
	if h.kind == 'U' {
		h.size *= 4
	}
	for _, part := range strings.Split(s[1], ",") {
		part = strings.TrimSuffix(strings.TrimSpace(part), "L")
		if part == "" {
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, fmt.Errorf("has shape (%s)", s[1])
		}
		h.shape = append(h.shape, n)
		if n > 0 && h.count > math.MaxInt32/n {
			return nil, fmt.Errorf("has shape (%s), more values than are read", s[1])
		}
		h.count *= n
	}
	if h.fortran && len(h.shape) > 2 {
		return nil, fmt.Errorf("has %d dimensions in Fortran order; at most 2 are read", len(h.shape))
	}
	return h, h.check()
}

func (h *header) check() error {
	sizes := map[byte][]int{'b': {1}, 'i': {1, 2, 4, 8}, 'u': {1, 2, 4, 8}, 'f': {4, 8}}
	if known, ok := sizes[h.kind]; ok && slices.Contains(known, h.size) ||
		(h.kind == 'U' || h.kind == 'S') && h.size > 0 && h.size <= maxText || h.kind == 'O' {
		return nil
	}
	return fmt.Errorf("has elements of type %c%d, which is not read", h.kind, h.size)
}

// read reads the values.
func (h *header) read(in io.Reader) (*Array, error) {
	if h.kind == 'O' {
		return h.objects(in)
	}
	if h.count > MaxValues || h.count*h.size > maxBytes {
		return nil, fmt.Errorf("has shape %v of %d bytes each, more than %d values or %d bytes",
			h.shape, h.size, MaxValues, maxBytes)
	}
	// LimitReader and ReadAll: memory grows with what is there, not with what the header says.
	want := h.count * h.size
	raw, err := io.ReadAll(io.LimitReader(in, int64(want)))
	if err != nil {
		return nil, err
	}
	if len(raw) != want {
		return nil, fmt.Errorf("ends after %d of %d bytes", len(raw), want)
	}
	return h.decode(raw), nil
}

// decode makes an array of as many bytes as the header says.
func (h *header) decode(raw []byte) *Array {
	a := &Array{Shape: h.shape, Whole: h.kind != 'f'}
	if h.kind == 'U' || h.kind == 'S' {
		a.Text = make([]string, h.count)
		for i := range a.Text {
			a.Text[h.place(i)] = h.text(raw[i*h.size : (i+1)*h.size])
		}
		return a
	}
	a.Num = make([]float64, h.count)
	for i := range a.Num {
		a.Num[h.place(i)] = h.number(raw[i*h.size:])
	}
	return a
}

// each visits the values that are not 0.
func (h *header) each(in io.Reader, visit func(i int, v float64) error) error {
	block := make([]byte, h.size<<12)
	zeros := make([]byte, len(block))
	for i := 0; i < h.count; {
		n := min(h.count-i, len(block)/h.size)
		b := block[:n*h.size]
		if _, err := io.ReadFull(in, b); err != nil {
			return fmt.Errorf("ends after %d of %d values", i, h.count)
		}
		if bytes.Equal(b, zeros[:len(b)]) {
			i += n
			continue
		}
		for k := range n {
			if v := h.number(b[k*h.size:]); v != 0 {
				if err := visit(h.place(i+k), v); err != nil {
					return err
				}
			}
		}
		i += n
	}
	return nil
}

// place is where element i of the file stands in C order.
func (h *header) place(i int) int {
	if !h.fortran || len(h.shape) < 2 {
		return i
	}
	return i%h.shape[0]*h.shape[1] + i/h.shape[0]
}

func (h *header) text(b []byte) string {
	var out []byte
	if h.kind == 'S' {
		out = b
	} else {
		for ; len(b) >= 4; b = b[4:] {
			out = utf8.AppendRune(out, rune(h.order.Uint32(b)))
		}
	}
	return strings.ToValidUTF8(strings.TrimRight(string(out), "\x00"), "�")
}

func (h *header) number(b []byte) float64 {
	var bits uint64
	switch h.size {
	case 1:
		bits = uint64(b[0])
	case 2:
		bits = uint64(h.order.Uint16(b))
	case 4:
		bits = uint64(h.order.Uint32(b))
	case 8:
		bits = h.order.Uint64(b)
	}
	switch h.kind {
	case 'f':
		if h.size == 4 {
			return float64(math.Float32frombits(uint32(bits)))
		}
		return math.Float64frombits(bits)
	case 'i':
		shift := 64 - 8*h.size
		return float64(int64(bits<<shift) >> shift)
	}
	return float64(bits)
}
