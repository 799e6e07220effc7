// Package mat5 writes MATLAB files of level 5, for fixtures of tests and for the examples.
package mat5

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
)

// Types and classes of MATLAB's level-5 MAT-file format (MAT-File Format, MathWorks).
const (
	miINT8, miINT32, miUINT32, miDOUBLE, miMATRIX, miCOMPRESSED, miUTF8 = 1, 5, 6, 9, 14, 15, 16

	mxCELL, mxSTRUCT, mxCHAR, mxDOUBLE = 1, 2, 4, 6
)

// element is one tagged data element, padded to 8 bytes.
func element(kind uint32, data []byte) []byte {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, [2]uint32{kind, uint32(len(data))})
	b.Write(data)
	for b.Len()%8 != 0 {
		b.WriteByte(0)
	}
	return b.Bytes()
}

func little(v any) []byte {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, v)
	return b.Bytes()
}

// array is one miMATRIX element; parts are its data elements.
func array(name string, class uint32, dims []int32, parts ...[]byte) []byte {
	body := element(miUINT32, little([2]uint32{class, 0}))
	body = append(body, element(miINT32, little(dims))...)
	body = append(body, element(miINT8, []byte(name))...)
	for _, p := range parts {
		body = append(body, p...)
	}
	return element(miMATRIX, body)
}

// Doubles is a matrix of doubles, column after column; name is "" inside of others.
func Doubles(name string, rows, cols int, v []float64) []byte {
	return array(name, mxDOUBLE, []int32{int32(rows), int32(cols)}, element(miDOUBLE, little(v)))
}

// Bytes is a matrix of doubles stored in one byte each, column after column.
func Bytes(name string, rows, cols int, v []byte) []byte {
	return array(name, mxDOUBLE, []int32{int32(rows), int32(cols)}, element(miINT8, v))
}

// Char is a text.
func Char(name, text string) []byte {
	return array(name, mxCHAR, []int32{1, int32(len(text))}, element(miUTF8, []byte(text)))
}

// Cells is a cell array, column after column; the elements have no name.
func Cells(name string, rows, cols int, elements ...[]byte) []byte {
	return array(name, mxCELL, []int32{int32(rows), int32(cols)}, elements...)
}

// Member is a field of a structure.
type Member struct {
	Name  string
	Value []byte
}

// Field is a member of that name.
func Field(name string, value []byte) Member { return Member{name, value} }

const fieldNameLength = 32

// Struct is a structure of one element.
func Struct(name string, fields ...Member) []byte {
	names := make([]byte, fieldNameLength*len(fields))
	parts := [][]byte{element(miINT32, little(int32(fieldNameLength))), nil}
	for i, f := range fields {
		copy(names[i*fieldNameLength:], f.Name)
		parts = append(parts, f.Value)
	}
	parts[1] = element(miINT8, names)
	return array(name, mxSTRUCT, []int32{1, 1}, parts...)
}

// Write writes the variables, each compressed.
func Write(w io.Writer, description string, variables ...[]byte) error {
	header := make([]byte, 128)
	copy(header, fmt.Sprintf("%-116s", "MATLAB 5.0 MAT-file, "+description))
	binary.LittleEndian.PutUint16(header[124:], 0x0100)
	copy(header[126:], "IM")
	if _, err := w.Write(header); err != nil {
		return err
	}
	for _, v := range variables {
		var b bytes.Buffer
		z, err := zlib.NewWriterLevel(&b, zlib.DefaultCompression)
		if err != nil {
			return err
		}
		if _, err := z.Write(v); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		// A compressed element is not padded.
		if _, err := w.Write(append(little([2]uint32{miCOMPRESSED, uint32(b.Len())}),
			b.Bytes()...)); err != nil {
			return err
		}
	}
	return nil
}
