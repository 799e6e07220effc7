// Package pickle reads Python pickles that hold data alone: numbers, texts, bytes, truth values,
// None, lists, tuples, dictionaries and NumPy arrays. Nothing that a pickle names is ever run: a
// reference to anything else is refused by its name. Protocols 0 to 5 (PEP 307, 3154 and 574) are
// read.
package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Value is one of nil (None), bool, int64, float64, string, Bytes, *List, Tuple, *Dict, *Dtype and
// *Array. Lists and dictionaries may hold themselves.
type Value any

// Bytes are Python's bytes, and the texts of Python 2.
type Bytes []byte

// List is a Python list.
type List struct{ Items []Value }

// Tuple is a Python tuple.
type Tuple []Value

// Dict is a Python dictionary: key i belongs to value i.
type Dict struct{ Keys, Values []Value }

// Dtype is the type of an array's elements.
type Dtype struct {
	Kind  byte             // NumPy's letter; 'O' for objects
	Size  int              // bytes of an element, of 'U' characters of 4 bytes
	Order binary.ByteOrder // of the bytes in a number
}

// Array is a NumPy array, or a scalar, which has no dimensions. The values are in Items for objects
// and otherwise in Data, which aliases the pickle.
type Array struct {
	Shape   []int
	Dtype   Dtype
	Fortran bool // column after column
	Data    []byte
	Items   []Value
}

// Refused is the error for a pickle that needs more than data.
type Refused struct {
	Name string // what it refers to, for example os.system
}

// Error names what was refused.
func (e *Refused) Error() string {
	return fmt.Sprintf("its pickle refers to %s, which is not data (numbers, texts, lists, "+
		"dictionaries and NumPy arrays are read)", e.Name)
}

// Bounds of a pickle: what a recording's trains need many times over, within 200 MB.
const (
	maxSteps = 1 << 20 // opcodes
	maxMemo  = 1 << 20 // remembered values
	maxDims  = 32      // of an array, as in NumPy
)

// Load reads a pickle up to its end. Arrays and Bytes alias data.
func Load(data []byte) (Value, error) {
	m := &machine{data: data, memo: map[uint64]Value{}}
	for range maxSteps {
		done, err := m.step()
		if err != nil {
			return nil, fmt.Errorf("byte %d of the pickle: %w", m.at, err)
		}
		if done {
			return m.pop()
		}
	}
	return nil, fmt.Errorf("its pickle has more than %d steps", maxSteps)
}

// mark separates the values of a tuple, list or dictionary on the stack.
type mark struct{}

// global is a name that a pickle refers to; one of those below.
type global string

// The names that stand for data. Any other is refused.
const (
	reconstruct global = "_reconstruct" // an empty array, whose state follows
	ndarray     global = "ndarray"
	dtype       global = "dtype"
	scalar      global = "scalar"
	fromBuffer  global = "_frombuffer"
	encode      global = "_codecs.encode" // bytes in the protocols before 3
)

var globals = map[string]global{
	"numpy.core.multiarray._reconstruct": reconstruct, "numpy.ndarray": ndarray,
	"numpy._core.multiarray._reconstruct": reconstruct, "numpy.dtype": dtype,
	"numpy.core.multiarray.scalar": scalar, "numpy._core.multiarray.scalar": scalar,
	"numpy.core.numeric._frombuffer": fromBuffer, "numpy._core.numeric._frombuffer": fromBuffer,
	"_codecs.encode": encode,
}

// machine runs the steps of a pickle.
type machine struct {
	data  []byte
	at    int
	stack []Value
	memo  map[uint64]Value
}

func (m *machine) take(n uint64) ([]byte, error) {
	if n > uint64(len(m.data)-m.at) {
		return nil, fmt.Errorf("ends before %d bytes that it announces", n)
	}
	b := m.data[m.at : m.at+int(n)]
	m.at += int(n)
	return b, nil
}

// whole reads an unsigned number of that many bytes.
func (m *machine) whole(bytes int) (uint64, error) {
	b, err := m.take(uint64(bytes))
	var n uint64
	for i, v := range b {
		n |= uint64(v) << (8 * i)
	}
	return n, err
}

// sized reads as many bytes as a number before them says.
func (m *machine) sized(bytes int) ([]byte, error) {
	n, err := m.whole(bytes)
	if err != nil {
		return nil, err
	}
	return m.take(n)
}

// line reads up to the end of a line.
func (m *machine) line() (string, error) {
	for i := m.at; i < len(m.data); i++ {
		if m.data[i] == '\n' {
			s := string(m.data[m.at:i])
			m.at = i + 1
			return s, nil
		}
	}
	return "", fmt.Errorf("ends inside a line")
}

func (m *machine) push(v Value) { m.stack = append(m.stack, v) }

func (m *machine) pop() (Value, error) {
	if len(m.stack) == 0 {
		return nil, fmt.Errorf("takes a value from an empty stack")
	}
	v := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	switch v.(type) {
	case mark, global:
		return nil, fmt.Errorf("has a name or mark where a value is expected")
	}
	return v, nil
}

// toMark takes all values above the last mark, and the mark.
func (m *machine) toMark() ([]Value, error) {
	for i := len(m.stack) - 1; i >= 0; i-- {
		if _, ok := m.stack[i].(mark); ok {
			out := append([]Value(nil), m.stack[i+1:]...)
			m.stack = m.stack[:i]
			return out, nil
		}
	}
	return nil, fmt.Errorf("has no mark for the end of a list")
}

func (m *machine) remember(key uint64) error {
	if len(m.stack) == 0 || len(m.memo) >= maxMemo {
		return fmt.Errorf("remembers nothing, or more than %d values", maxMemo)
	}
	m.memo[key] = m.stack[len(m.stack)-1]
	return nil
}

func (m *machine) recall(key uint64) error {
	v, ok := m.memo[key]
	if !ok {
		return fmt.Errorf("recalls value %d, which it never remembered", key)
	}
	m.push(v)
	return nil
}

// name pushes what module.name stands for.
func (m *machine) name(module, name string) error {
	g, ok := globals[module+"."+name]
	if !ok {
		return &Refused{module + "." + name}
	}
	m.push(g)
	return nil
}

// signed is a little-endian number in two's complement; more than 8 bytes are not read.
func signed(b []byte) (int64, error) {
	if len(b) > 8 {
		return 0, fmt.Errorf("has a whole number of %d bytes; at most 8 are read", len(b))
	}
	if len(b) == 0 {
		return 0, nil
	}
	var n uint64
	for i, v := range b {
		n |= uint64(v) << (8 * i)
	}
	shift := 64 - 8*len(b)
	return int64(n<<shift) >> shift, nil
}

func bigFloat(b []byte) float64 { return math.Float64frombits(binary.BigEndian.Uint64(b)) }
