package matfile

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// level5Writer makes level-5 files in either byte order, for the tests only.
type level5Writer struct{ order binary.ByteOrder }

func (w level5Writer) element(typ uint32, data []byte) []byte {
	var b bytes.Buffer
	if len(data) > 0 && len(data) <= 4 && typ != miMATRIX {
		_ = binary.Write(&b, w.order, uint32(len(data))<<16|typ)
		b.Write(append(data, make([]byte, 4-len(data))...))
		return b.Bytes()
	}
	_ = binary.Write(&b, w.order, []uint32{typ, uint32(len(data))})
	b.Write(data)
	b.Write(make([]byte, padded(int64(len(data)))-int64(len(data))))
	return b.Bytes()
}

func (w level5Writer) values(v any) []byte {
	var b bytes.Buffer
	_ = binary.Write(&b, w.order, v)
	return b.Bytes()
}

func (w level5Writer) matrix(class uint32, name string, dims []int32, body ...[]byte) []byte {
	parts := [][]byte{
		w.element(miUINT32, w.values([]uint32{class, 0})),
		w.element(miINT32, w.values(dims)),
		w.element(miINT8, []byte(name)),
	}
	return w.element(miMATRIX, bytes.Join(append(parts, body...), nil))
}

func (w level5Writer) file(compress bool, vars ...[]byte) []byte {
	head := make([]byte, 128)
	copy(head, "MATLAB 5.0 MAT-file, made by a test")
	w.order.PutUint16(head[124:], 0x0100)
	w.order.PutUint16(head[126:], 'M'<<8|'I')
	out := head
	for _, v := range vars {
		if compress {
			var z bytes.Buffer
			zw := zlib.NewWriter(&z)
			zw.Write(v)
			zw.Close()
			c := w.values([]uint32{miCOMPRESSED, uint32(z.Len())})
			v = append(c, z.Bytes()...)
		}
		out = append(out, v...)
	}
	return out
}

// sample holds s = struct with x = [1 2; 3 4] (stored as int16 in a double), a
// cell {"hé", []} and y = uint8 [7 8 9].
func (w level5Writer) sample(compress bool) []byte {
	x := w.matrix(6, "", []int32{2, 2}, w.element(miINT16, w.values([]int16{1, 3, 2, 4})))
	text := w.matrix(4, "", []int32{1, 2}, w.element(miUINT16, w.values([]uint16{'h', 'é'})))
	cell := w.matrix(1, "", []int32{1, 2}, text, w.element(miMATRIX, nil))
	names := make([]byte, 16)
	copy(names, "x")
	copy(names[8:], "c")
	s := w.matrix(2, "s", []int32{1, 1}, w.element(miINT32, w.values([]int32{8})),
		w.element(miINT8, names), x, cell)
	y := w.matrix(9, "y", []int32{1, 3}, w.element(miUINT8, []byte{7, 8, 9}))
	return w.file(compress, s, y)
}

func TestLevel5ByteOrdersAndCompression(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, compress := range []bool{false, true} {
			path := filepath.Join(t.TempDir(), "x.mat")
			if err := os.WriteFile(path, level5Writer{order}.sample(compress), 0o644); err != nil {
				t.Fatal(err)
			}
			f, err := Open(path)
			if err != nil {
				t.Fatalf("%v compress=%v: %v", order, compress, err)
			}
			x, err := f.Get("s.x")
			if err != nil || !reflect.DeepEqual(x.Num, []float64{1, 3, 2, 4}) {
				t.Errorf("%v compress=%v: s.x = %+v, %v", order, compress, x, err)
			}
			c, err := f.Get("s.c{1,1}")
			if err != nil || c.Text != "hé" {
				t.Errorf("%v compress=%v: s.c{1,1} = %+v, %v", order, compress, c, err)
			}
			if y, err := f.Get("y"); err != nil || !reflect.DeepEqual(y.Num, []float64{7, 8, 9}) ||
				y.Class != "uint8" {
				t.Errorf("%v compress=%v: y = %+v, %v", order, compress, y, err)
			}
			if e, err := f.Get("s.c{2}"); err != nil || e.Len() != 0 {
				t.Errorf("%v compress=%v: s.c{2} = %+v, %v", order, compress, e, err)
			}
			for _, path := range []string{"s.nothing", "z", "s.c{3}", "y{1}", "s.x.y"} {
				var e *Error
				if _, err := f.Get(path); !errors.As(err, &e) || e.Kind != MissingField || e.Field != path {
					t.Errorf("Get(%q) = %v, want missing_field", path, err)
				}
			}
		}
	}
}

// Every cut of a sound file is an error or the variables before the cut, and a
// declared size never makes the reader allocate.
func TestLevel5Cuts(t *testing.T) {
	for _, compress := range []bool{false, true} {
		whole := level5Writer{binary.LittleEndian}.sample(compress)
		path := filepath.Join(t.TempDir(), "x.mat")
		for n := 129; n < len(whole); n++ {
			if err := os.WriteFile(path, whole[:n], 0o644); err != nil {
				t.Fatal(err)
			}
			f, err := Open(path)
			var e *Error
			if err != nil && (!errors.As(err, &e) || e.Kind != Corrupt || e.File != path) {
				t.Fatalf("cut at %d: %v", n, err)
			}
			if err == nil && f.Has("y") {
				t.Fatalf("cut at %d of %d: the last variable was still read", n, len(whole))
			}
		}
	}
}

func TestLevel5HugeDeclaredSizes(t *testing.T) {
	w := level5Writer{binary.LittleEndian}
	huge := []int32{1 << 30, 1 << 30}
	for name, v := range map[string][]byte{
		"numeric": w.matrix(6, "x", huge, w.element(miDOUBLE, make([]byte, 8))),
		"cell":    w.matrix(1, "x", huge),
		"struct": w.matrix(2, "x", huge, w.element(miINT32, w.values([]int32{4})),
			w.element(miINT8, []byte("a\x00\x00\x00"))),
		"char": w.matrix(4, "x", huge, w.element(miUINT16, make([]byte, 8))),
	} {
		for _, compress := range []bool{false, true} {
			path := filepath.Join(t.TempDir(), "x.mat")
			if err := os.WriteFile(path, w.file(compress, v), 0o644); err != nil {
				t.Fatal(err)
			}
			f, err := Open(path)
			if err == nil && name != "char" {
				_, err = f.Get("x")
			}
			var e *Error
			if name != "char" && (!errors.As(err, &e) || e.Kind != Corrupt) {
				t.Errorf("%s compress=%v: %v, want corrupt", name, compress, err)
			}
		}
	}
}

// An array above the size that is kept is read by another pass, also from a cell
// and by either kind of index.
func TestLevel5LargeArrayInCell(t *testing.T) {
	w := level5Writer{binary.LittleEndian}
	n := eagerSize + 3
	big := make([]byte, n)
	for i := range big {
		big[i] = byte(i)
	}
	cell := w.matrix(1, "c", []int32{1, 2}, w.element(miMATRIX, nil),
		w.matrix(6, "", []int32{1, int32(n)}, w.element(miUINT8, big)))
	path := filepath.Join(t.TempDir(), "x.mat")
	if err := os.WriteFile(path, w.file(true, cell), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"c{2}", "c{1,2}"} {
		v, err := f.Get(at)
		if err != nil || len(v.Num) != n || v.Num[300] != 300-256 || v.Num[n-1] != float64(byte(n-1)) {
			t.Errorf("%s: %d values, %v", at, len(v.Num), err)
		}
	}
}
