package atomicfile

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
)

// EncodeJSON writes v as indented JSON, which has no word for NaN and infinite numbers: they are
// null.
func EncodeJSON(w io.Writer, v any) error {
	err := encode(w, v, "  ")
	if _, ok := errors.AsType[*json.UnsupportedValueError](err); ok {
		finite, _ := Finite(v)
		return encode(w, finite, "  ")
	}
	return err
}

// encode writes the JSON of v, or nothing where it fails.
func encode(w io.Writer, v any, indent string) error {
	e := json.NewEncoder(w)
	e.SetIndent("", indent)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// WriteJSON is Write with v as EncodeJSON writes it.
func WriteJSON(path string, v any) error {
	return Write(path, func(w io.Writer) error { return EncodeJSON(w, v) })
}

// Finite is v as encoding/json sees it, with nil in place of NaN and infinite numbers, and where
// those were, as parameters[0].R2. Lists that are nil become empty ones.
func Finite(v any) (finite any, where []string) {
	f := finiteCopy{}
	return f.of(reflect.ValueOf(v), ""), f.where
}

// finiteCopy collects where numbers were not finite.
type finiteCopy struct{ where []string }

func (f *finiteCopy) of(v reflect.Value, at string) any {
	if !v.IsValid() {
		return nil
	}
	if raw, ok := marshaled(v); ok {
		return raw
	}
	switch v.Kind() {
	case reflect.Float64, reflect.Float32:
		if x := v.Float(); math.IsNaN(x) || math.IsInf(x, 0) {
			f.where = append(f.where, at)
			return nil
		}
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return f.of(v.Elem(), at)
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			break // encoding/json has a form of its own for bytes
		}
		out := make([]any, v.Len())
		for i := range out {
			out[i] = f.of(v.Index(i), fmt.Sprintf("%s[%d]", at, i))
		}
		return out
	case reflect.Map:
		out := object{}
		for _, k := range v.MapKeys() {
			out.keys = append(out.keys, fmt.Sprint(k.Interface()))
		}
		slices.Sort(out.keys)
		byKey := map[string]reflect.Value{}
		for _, k := range v.MapKeys() {
			byKey[fmt.Sprint(k.Interface())] = v.MapIndex(k)
		}
		for _, k := range out.keys {
			out.values = append(out.values, f.of(byKey[k], join(at, k)))
		}
		return out
	case reflect.Struct:
		return f.ofStruct(v, at)
	}
	return v.Interface()
}

// marshaled is the JSON of a value that makes its own.
func marshaled(v reflect.Value) (json.RawMessage, bool) {
	if !v.CanInterface() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, false
	}
	switch v.Interface().(type) {
	case json.Marshaler, encoding.TextMarshaler:
		raw, err := json.Marshal(v.Interface())
		return raw, err == nil
	}
	return nil, false
}

func join(at, name string) string { return strings.TrimPrefix(at+"."+name, ".") }

// object is a JSON object whose keys keep their order.
type object struct {
	keys   []string
	values []any
}

// MarshalJSON writes the pairs in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, k := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encode(&b, k, ""); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := encode(&b, o.values[i], ""); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// ofStruct keeps the fields that encoding/json writes, under their names and in their order.
func (f *finiteCopy) ofStruct(v reflect.Value, at string) object {
	var o object
	for i := 0; i < v.NumField(); i++ {
		field := v.Type().Field(i)
		tag := field.Tag.Get("json")
		if !field.IsExported() || tag == "-" {
			continue
		}
		if inner := embedded(v.Field(i), field); inner.IsValid() {
			part := f.ofStruct(inner, at)
			o.keys, o.values = append(o.keys, part.keys...), append(o.values, part.values...)
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "" {
			name = field.Name
		}
		if strings.Contains(options, "omitempty") && empty(v.Field(i)) {
			continue
		}
		o.keys, o.values = append(o.keys, name), append(o.values, f.of(v.Field(i), join(at, name)))
	}
	return o
}

// embedded is the struct whose fields count as those of the one that it is part of.
func embedded(v reflect.Value, field reflect.StructField) reflect.Value {
	if !field.Anonymous || field.Tag.Get("json") != "" {
		return reflect.Value{}
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return v
}

// empty is what omitempty leaves out.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}
