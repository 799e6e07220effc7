package pickle

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// step runs one opcode; the names in the comments are those of Python's pickletools.
func (m *machine) step() (done bool, err error) {
	b, err := m.take(1)
	if err != nil {
		return false, errors.New("ends without its end mark")
	}
	switch op := b[0]; op {
	case '.': // STOP
		return true, nil
	case '\x80': // PROTO
		_, err = m.take(1)
	case '\x95': // FRAME
		_, err = m.take(8)
	case '(':
		m.push(mark{})
	case '0', '1', '2': // POP, POP_MARK, DUP
		err = m.shuffle(op)
	case 'N':
		m.push(nil)
	case '\x88', '\x89': // NEWTRUE, NEWFALSE
		m.push(op == '\x88')
	case ')':
		m.push(Tuple{})
	case ']':
		m.push(&List{})
	case '}':
		m.push(&Dict{})
	case 'J', 'K', 'M', '\x8a', '\x8b', 'I', 'L', 'F', 'G':
		err = m.number(op)
	case 'S', 'V', 'T', 'U', 'X', '\x8c', '\x8d', 'B', 'C', '\x8e', '\x96':
		err = m.text(op)
	case 't', '\x85', '\x86', '\x87', 'l', 'd', 'a', 'e', 's', 'u':
		err = m.collect(op)
	case 'p', 'q', 'r', '\x94', 'g', 'h', 'j':
		err = m.memory(op)
	case 'c', '\x93': // GLOBAL, STACK_GLOBAL
		err = m.global(op)
	case 'R': // REDUCE
		err = m.reduce()
	case 'b': // BUILD
		err = m.build()
	default:
		err = refused(op)
	}
	return false, err
}

// refused says what an opcode that is not for data would do.
func refused(op byte) error {
	if name, ok := map[byte]string{
		'i': "a class (INST)", 'o': "a class (OBJ)", '\x81': "a class (NEWOBJ)",
		'\x92': "a class (NEWOBJ_EX)", 'P': "an outside object (PERSID)",
		'Q': "an outside object (BINPERSID)", '\x82': "an extension (EXT1)",
		'\x83': "an extension (EXT2)", '\x84': "an extension (EXT4)", '\x8f': "a set",
		'\x90': "a set", '\x91': "a frozenset", '\x97': "an outside buffer", '\x98': "an outside buffer",
	}[op]; ok {
		return &Refused{name}
	}
	return fmt.Errorf("has the unknown opcode %#02x", op)
}

func (m *machine) shuffle(op byte) error {
	if len(m.stack) == 0 {
		return errors.New("takes a value from an empty stack")
	}
	switch top := m.stack[len(m.stack)-1]; op {
	case '0':
		m.stack = m.stack[:len(m.stack)-1]
	case '1':
		_, err := m.toMark()
		return err
	default:
		m.push(top)
	}
	return nil
}

// width is the length in bytes of the number that follows an opcode: itself or a size.
func width(op byte) int {
	switch op {
	case 'M':
		return 2
	case 'T', 'X', 'B', '\x8b', 'r', 'j':
		return 4
	case '\x8d', '\x8e', '\x96':
		return 8
	}
	return 1
}

// number pushes a number.
func (m *machine) number(op byte) (err error) {
	var b []byte
	switch op {
	case 'J':
		b, err = m.take(4)
	case '\x8a', '\x8b':
		b, err = m.sized(width(op))
	case 'K', 'M': // of 1 and 2 bytes, without a sign
		n, err := m.whole(width(op))
		m.push(int64(n))
		return err
	case 'G':
		if b, err = m.take(8); err == nil {
			m.push(bigFloat(b))
		}
		return err
	default:
		return m.written(op)
	}
	if err != nil {
		return err
	}
	n, err := signed(b)
	m.push(n)
	return err
}

// written pushes a number of protocol 0, a line of text.
func (m *machine) written(op byte) error {
	s, err := m.line()
	if err != nil {
		return err
	}
	switch {
	case op == 'F':
		v, err := strconv.ParseFloat(s, 64)
		m.push(v)
		return written(s, err)
	case op == 'I' && (s == "00" || s == "01"):
		m.push(s == "01")
		return nil
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(s, "L"), 10, 64)
	m.push(n)
	return written(s, err)
}

// written is the error for a number that cannot be read, which may be very long.
func written(s string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%.20q is not a number that is read", s)
}

// text pushes a text or bytes.
func (m *machine) text(op byte) error {
	switch op {
	case 'S', 'V':
		s, err := m.line()
		if err != nil {
			return err
		}
		if op == 'V' {
			text, err := unescape(s)
			m.push(text)
			return err
		}
		if len(s) < 2 || s[0] != s[len(s)-1] || strings.Contains(s, `\`) {
			return fmt.Errorf("has the text %.40q, which is not read", s)
		}
		m.push(Bytes(s[1 : len(s)-1]))
		return nil
	}
	b, err := m.sized(width(op))
	if err != nil {
		return err
	}
	switch op {
	case 'X', '\x8c', '\x8d':
		if !utf8.Valid(b) {
			return errors.New("has a text that is not UTF-8")
		}
		m.push(string(b))
	default:
		m.push(Bytes(b))
	}
	return nil
}

// unescape reads Python's raw-unicode-escape: a byte is a character, as are \uXXXX and \UXXXXXXXX.
func unescape(s string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		digits := 0
		if s[i] == '\\' && i+1 < len(s) {
			digits = map[byte]int{'u': 4, 'U': 8}[s[i+1]]
		}
		if digits == 0 {
			out.WriteRune(rune(s[i]))
			continue
		}
		if i+2+digits > len(s) {
			return "", errors.New("ends inside a character")
		}
		r, err := strconv.ParseUint(s[i+2:i+2+digits], 16, 31)
		if err != nil {
			return "", fmt.Errorf("has the character %q", s[i:i+2+digits])
		}
		out.WriteRune(rune(r))
		i += 1 + digits
	}
	return out.String(), nil
}

// collect gathers values into a tuple, list or dictionary.
func (m *machine) collect(op byte) error {
	items, err := m.gather(op)
	if err != nil {
		return err
	}
	switch op {
	case 't', '\x85', '\x86', '\x87':
		m.push(Tuple(items))
		return nil
	case 'l':
		m.push(&List{items})
		return nil
	case 'd':
		m.push(&Dict{})
	}
	if len(m.stack) == 0 {
		return errors.New("adds to an empty stack")
	}
	return add(m.stack[len(m.stack)-1], items, op)
}

// gather takes as many values from the stack as the opcode asks for, else those above the mark.
func (m *machine) gather(op byte) ([]Value, error) {
	n := 0
	switch op {
	case '\x85', '\x86', '\x87': // TUPLE1 to TUPLE3
		n = int(op-'\x85') + 1
	case 'a': // APPEND
		n = 1
	case 's': // SETITEM
		n = 2
	default:
		return m.toMark()
	}
	if len(m.stack) < n {
		return nil, errors.New("takes a value from an empty stack")
	}
	items := append([]Value(nil), m.stack[len(m.stack)-n:]...)
	m.stack = m.stack[:len(m.stack)-n]
	return items, nil
}

// add puts items into a list or dictionary.
func add(to Value, items []Value, op byte) error {
	switch to := to.(type) {
	case *List:
		if op == 'a' || op == 'e' {
			to.Items = append(to.Items, items...)
			return nil
		}
	case *Dict:
		if (op == 's' || op == 'u' || op == 'd') && len(items)%2 == 0 {
			for i := 0; i < len(items); i += 2 {
				to.Keys, to.Values = append(to.Keys, items[i]), append(to.Values, items[i+1])
			}
			return nil
		}
	}
	return fmt.Errorf("adds %d values to a %T", len(items), to)
}

// memory remembers or recalls a value.
func (m *machine) memory(op byte) error {
	if op == '\x94' { // MEMOIZE
		return m.remember(uint64(len(m.memo)))
	}
	var key uint64
	var err error
	switch op {
	case 'p', 'g':
		var s string
		if s, err = m.line(); err == nil {
			key, err = strconv.ParseUint(s, 10, 32)
		}
	default:
		key, err = m.whole(width(op))
	}
	if err != nil {
		return err
	}
	if op == 'g' || op == 'h' || op == 'j' {
		return m.recall(key)
	}
	return m.remember(key)
}

func (m *machine) global(op byte) error {
	if op == 'c' {
		module, err := m.line()
		if err != nil {
			return err
		}
		name, err := m.line()
		if err != nil {
			return err
		}
		return m.name(module, name)
	}
	name, err := m.pop()
	if err != nil {
		return err
	}
	module, err := m.pop()
	if err != nil {
		return err
	}
	a, okA := module.(string)
	b, okB := name.(string)
	if !okA || !okB {
		return errors.New("names a class by something that is not a text")
	}
	return m.name(a, b)
}
