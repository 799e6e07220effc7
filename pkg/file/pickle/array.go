package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// reduce makes what a call of one of the known names gives.
func (m *machine) reduce() error {
	arg, err := m.pop()
	if err != nil {
		return err
	}
	args, ok := arg.(Tuple)
	if !ok || len(m.stack) == 0 {
		return errors.New("calls something without arguments")
	}
	called, ok := m.stack[len(m.stack)-1].(global)
	if !ok {
		return &Refused{fmt.Sprintf("a call of a %T", m.stack[len(m.stack)-1])}
	}
	v, err := call(called, args)
	if err != nil {
		return err
	}
	m.stack[len(m.stack)-1] = v
	return nil
}

func call(name global, args Tuple) (Value, error) {
	switch name {
	case reconstruct: // (ndarray, (0,), b'b'); the state follows
		if len(args) == 3 && args[0] == ndarray {
			return &Array{}, nil
		}
	case dtype: // (text, False, True); the byte order follows
		if len(args) >= 1 {
			return parseDtype(args[0])
		}
	case scalar: // (dtype, bytes)
		if len(args) == 2 {
			return newScalar(args[0], args[1])
		}
	case fromBuffer: // (bytes, dtype, shape, order)
		if len(args) == 4 {
			order, _ := args[3].(string)
			return (&Array{}).set(args[2], args[1], order == "F", args[0])
		}
	case encode: // (text, "latin1")
		if len(args) == 2 && (args[1] == Value("latin1") || args[1] == Value("latin-1")) {
			if s, ok := args[0].(string); ok {
				return latin1(s)
			}
		}
	}
	return nil, fmt.Errorf("calls %s with %d arguments that are not understood", name, len(args))
}

func latin1(s string) (Value, error) {
	out := make(Bytes, 0, len(s))
	for _, r := range s {
		if r > 255 {
			return nil, errors.New("has bytes above 255")
		}
		out = append(out, byte(r))
	}
	return out, nil
}

// parseDtype reads a type such as i8, <f4 or O8.
func parseDtype(v Value) (Value, error) {
	s := textOf(v)
	d := &Dtype{Order: binary.LittleEndian}
	for len(s) > 0 && (s[0] == '<' || s[0] == '>' || s[0] == '|' || s[0] == '=') {
		if s[0] == '>' {
			d.Order = binary.BigEndian
		}
		s = s[1:]
	}
	if s == "" {
		return nil, &Refused{fmt.Sprintf("an array of type %v", v)}
	}
	d.Kind = s[0]
	if s[1:] != "" {
		n, err := strconv.ParseUint(s[1:], 10, 31)
		if err != nil {
			return nil, &Refused{"an array of type " + strconv.Quote(s)}
		}
		d.Size = int(n)
	}
	return d, nil
}

// textOf is a text, or bytes of Python 2 as one; "" for anything else.
func textOf(v Value) string {
	switch v := v.(type) {
	case string:
		return v
	case Bytes:
		return string(v)
	}
	return ""
}

// build gives an array or a type its state.
func (m *machine) build() error {
	state, err := m.pop()
	if err != nil {
		return err
	}
	of, err := m.pop()
	if err != nil {
		return err
	}
	s, ok := state.(Tuple)
	switch of := of.(type) {
	case *Array: // (1, shape, dtype, fortran, bytes or list)
		if !ok || len(s) != 5 {
			return errors.New("gives an array a state that is not understood")
		}
		fortran, _ := s[3].(bool)
		if _, err := of.set(s[1], s[2], fortran, s[4]); err != nil {
			return err
		}
		m.push(of)
		return nil
	case *Dtype: // (3, order, subtype, names, fields, size, alignment, flags)
		if !ok || len(s) < 8 {
			return errors.New("gives a type a state that is not understood")
		}
		if s[2] != nil || s[3] != nil || s[4] != nil {
			return &Refused{"an array of records"}
		}
		if textOf(s[1]) == ">" {
			of.Order = binary.BigEndian
		}
		m.push(of)
		return nil
	}
	return &Refused{fmt.Sprintf("a state of a %T", of)}
}

// set fills an array; what it declares must be there.
func (a *Array) set(shape, of Value, fortran bool, values Value) (Value, error) {
	t, ok := of.(*Dtype)
	dims, isTuple := shape.(Tuple)
	if !ok || !isTuple || len(dims) > maxDims {
		return nil, errors.New("has an array without type or shape")
	}
	out := Array{Dtype: *t, Fortran: fortran}
	count := 1
	for _, d := range dims {
		n, ok := d.(int64)
		if !ok || n < 0 || n > 1<<31 || n > 0 && count > (1<<31)/int(n) {
			return nil, fmt.Errorf("has an array with dimension %v", d)
		}
		count *= int(n)
		out.Shape = append(out.Shape, int(n))
	}
	var have int
	size := t.Size
	switch v := values.(type) {
	case Bytes:
		out.Data, have = v, len(v)
		if t.Kind == 'U' {
			size *= 4
		}
		if t.Kind == 'O' {
			return nil, errors.New("has an array of objects without objects")
		}
	case *List:
		out.Items, have, size = v.Items, len(v.Items), 1
		if t.Kind != 'O' {
			return nil, errors.New("has an array of numbers without numbers")
		}
	default:
		return nil, errors.New("has an array without values")
	}
	if size > 0 && have/size != count || size > 0 && have%size != 0 || size == 0 && have > 0 {
		return nil, fmt.Errorf("has an array of shape %v with %d bytes or items", out.Shape, have)
	}
	*a = out
	return a, nil
}

func newScalar(of, value Value) (Value, error) {
	return (&Array{}).set(Tuple{}, of, false, value)
}
