package npz

import (
	"fmt"
	"io"
	"strings"

	"example.org/renshaw/pkg/file/pickle"
)

// objects reads an array of Python objects: all texts, all numbers, or an array or list of numbers
// each.
func (h *header) objects(in io.Reader) (*Array, error) {
	v, err := unpickle(in)
	if err != nil {
		return nil, err
	}
	a, ok := v.(*pickle.Array)
	if !ok || a.Dtype.Kind != 'O' {
		return nil, fmt.Errorf("holds a Python %s instead of an array", nameOf(v))
	}
	c := converter{left: MaxValues}
	return c.array(a, 0)
}

// unpickle reads Python objects up to their end.
func unpickle(in io.Reader) (pickle.Value, error) {
	raw, err := io.ReadAll(io.LimitReader(in, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxBytes {
		return nil, fmt.Errorf("holds Python objects of more than %d bytes", maxBytes)
	}
	v, err := pickle.Load(raw)
	if err != nil {
		return nil, fmt.Errorf("holds Python objects: %w", err)
	}
	return v, nil
}

// converter turns Python values into arrays. Values can share parts or hold themselves, so that
// their number is bounded here and not by the size of the file.
type converter struct{ left int }

// maxNested bounds how deeply lists stand in lists.
const maxNested = 4

func (c *converter) spend(n int) error {
	if c.left -= n; c.left < 0 {
		return fmt.Errorf("holds Python objects of more than %d values", MaxValues)
	}
	return nil
}

// array turns an array of objects into one of texts, numbers or rows. NumPy keeps objects in C
// order, even those of an array in Fortran order.
func (c *converter) array(a *pickle.Array, depth int) (*Array, error) {
	items, shape := a.Items, a.Shape
	if len(shape) == 0 && len(items) == 1 { // numpy.array(list, dtype=object) of one list
		if inner, ok := itemsOf(items[0]); ok {
			items, shape = inner, []int{len(inner)}
		}
	}
	if err := c.spend(len(items)); err != nil {
		return nil, err
	}
	if depth > maxNested {
		return nil, fmt.Errorf("holds lists in lists, more than %d deep", maxNested)
	}
	out := &Array{Shape: shape}
	if len(items) == 0 {
		out.Num = []float64{}
		return out, nil
	}
	texts, numbers := make([]string, len(items)), make([]float64, len(items))
	allTexts, allNumbers := true, true
	out.Whole = true
	for i, item := range items {
		if s, ok := textOf(item); ok && allTexts {
			texts[i], allNumbers = s, false
			continue
		}
		allTexts = false
		v, whole, ok := c.number(item)
		if !ok {
			allNumbers = false
			break
		}
		numbers[i], out.Whole = v, out.Whole && whole
	}
	switch {
	case allTexts:
		out.Text = texts
		return out, nil
	case allNumbers:
		out.Num = numbers
		return out, nil
	}
	return out, c.rows(out, items, depth)
}

// rows reads the numbers of every item.
func (c *converter) rows(out *Array, items []pickle.Value, depth int) error {
	out.Rows, out.Whole = make([][]float64, len(items)), true
	for i, item := range items {
		row, err := c.row(item, depth+1)
		if err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
		out.Rows[i], out.Whole = row.Num, out.Whole && (row.Whole || len(row.Num) == 0)
	}
	return nil
}

// row is an item of numbers, as one line.
func (c *converter) row(item pickle.Value, depth int) (*Array, error) {
	if list, ok := itemsOf(item); ok {
		if a, isArray := item.(*pickle.Array); !isArray || a.Dtype.Kind == 'O' {
			item = &pickle.Array{Shape: []int{len(list)}, Items: list, Dtype: pickle.Dtype{Kind: 'O'}}
		}
	}
	switch v := item.(type) {
	case nil:
		return &Array{Num: []float64{}, Whole: true}, nil
	case *pickle.Array:
		out, err := c.plain(v, depth)
		if err != nil {
			return nil, err
		}
		if out.Num == nil {
			return nil, fmt.Errorf("holds no numbers")
		}
		return out, nil
	}
	return nil, fmt.Errorf("is a Python %s; numbers are expected", nameOf(item))
}

// plain reads an array of numbers or texts inside of another.
func (c *converter) plain(a *pickle.Array, depth int) (*Array, error) {
	if a.Dtype.Kind == 'O' {
		return c.array(a, depth)
	}
	h := header{order: a.Dtype.Order, kind: a.Dtype.Kind, size: a.Dtype.Size, fortran: a.Fortran,
		shape: a.Shape, count: 1}
	for _, n := range a.Shape {
		h.count *= n
	}
	if h.kind == 'U' {
		h.size *= 4
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	if h.fortran && len(h.shape) > 2 {
		return nil, fmt.Errorf("has %d dimensions in Fortran order", len(h.shape))
	}
	if err := c.spend(h.count); err != nil {
		return nil, err
	}
	return h.decode(a.Data), nil
}

// number is the value of a number or of an array of one.
func (c *converter) number(v pickle.Value) (x float64, whole, ok bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true, true
	case float64:
		return v, false, true
	case bool:
		if v {
			return 1, true, true
		}
		return 0, true, true
	case *pickle.Array:
		if len(v.Shape) == 0 && v.Dtype.Kind != 'O' {
			if a, err := c.plain(v, 0); err == nil && len(a.Num) == 1 {
				return a.Num[0], a.Whole, true
			}
		}
	}
	return 0, false, false
}

// textOf is a text or a scalar of texts.
func textOf(v pickle.Value) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case pickle.Bytes:
		return strings.ToValidUTF8(string(v), "�"), true
	case *pickle.Array:
		if len(v.Shape) == 0 && (v.Dtype.Kind == 'U' || v.Dtype.Kind == 'S') {
			c := converter{left: 1}
			if a, err := c.plain(v, 0); err == nil && len(a.Text) == 1 {
				return a.Text[0], true
			}
		}
	}
	return "", false
}

// itemsOf are the items of a list, tuple or array of objects.
func itemsOf(v pickle.Value) ([]pickle.Value, bool) {
	switch v := v.(type) {
	case *pickle.List:
		return v.Items, true
	case pickle.Tuple:
		return v, true
	case *pickle.Array:
		return v.Items, v.Dtype.Kind == 'O'
	}
	return nil, false
}

// nameOf is what Python calls the kind of a value.
func nameOf(v pickle.Value) string {
	switch v.(type) {
	case nil:
		return "None"
	case bool:
		return "bool"
	case int64:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case pickle.Bytes:
		return "bytes"
	case *pickle.List:
		return "list"
	case pickle.Tuple:
		return "tuple"
	case *pickle.Dict:
		return "dict"
	case *pickle.Array:
		return "array"
	}
	return "object"
}
