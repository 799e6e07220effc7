package canvas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"reflect"
	"strings"

	"example.org/renshaw/pkg/file/atomicfile"
)

// Save writes the drawing in the format of the extension: .png (for a screen), .svg or
// .pdf, atomically.
func (c *Canvas) Save(path string) error {
	var b []byte
	var err error
	switch ext := filepath.Ext(path); ext {
	case ".png":
		b, err = c.PNG()
	case ".svg":
		b, err = c.SVG()
	case ".pdf":
		b, err = c.PDF()
	default:
		return fmt.Errorf("%s: pictures are .png, .svg or .pdf, not %q", path, ext)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return write(path, b)
}

// Export writes a figure: base.svg, base.pdf, base.png with 300 dots per inch, and
// base.data.json with everything that is drawn (NaN and infinite numbers are null). It
// returns the paths. Nothing is written before everything is drawn.
func (c *Canvas) Export(base string, data any) ([]string, error) {
	var paths []string
	var contents [][]byte
	for _, format := range []struct {
		extension string
		encode    func() ([]byte, error)
	}{
		{".svg", c.SVG},
		{".pdf", c.PDF},
		{".png", func() ([]byte, error) { return c.PNGAt(printDPI) }},
		{".data.json", func() ([]byte, error) {
			return json.MarshalIndent(plain(reflect.ValueOf(data)), "", " ")
		}},
	} {
		b, err := format.encode()
		if err != nil {
			return nil, fmt.Errorf("%s%s: %w", base, format.extension, err)
		}
		paths, contents = append(paths, base+format.extension), append(contents, b)
	}
	for i, p := range paths {
		if err := write(p, contents[i]); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

func write(path string, b []byte) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// plain turns a value into what JSON can hold: NaN becomes nil, structs keep the order and
// names of their fields.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Float64, reflect.Float32:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case reflect.Slice, reflect.Array:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = plain(v.Index(i))
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for _, k := range v.MapKeys() {
			out[fmt.Sprint(k.Interface())] = plain(v.MapIndex(k))
		}
		return out
	case reflect.Struct:
		return plainStruct(v)
	}
	return v.Interface()
}

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
		value, err := json.Marshal(o.values[i])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", k, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func plainStruct(v reflect.Value) object {
	var o object
	for i := 0; i < v.NumField(); i++ {
		f := v.Type().Field(i)
		tag := f.Tag.Get("json")
		if !f.IsExported() || tag == "-" {
			continue
		}
		if f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct {
			inner := plainStruct(v.Field(i))
			o.keys, o.values = append(o.keys, inner.keys...), append(o.values, inner.values...)
			continue
		}
		name, _, _ := strings.Cut(tag, ",")
		if name == "" {
			name = f.Name
		}
		o.keys, o.values = append(o.keys, name), append(o.values, plain(v.Field(i)))
	}
	return o
}
