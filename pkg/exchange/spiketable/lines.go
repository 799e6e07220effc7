package spiketable

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxLine bounds a line of text, bytes.
const maxLine = 1 << 16

// lines reads a table line by line.
type lines struct {
	path  string
	file  *os.File
	in    *bufio.Reader
	comma byte
	line  int    // number of the line that was read last
	kept  []byte // that line
}

// open finds the encoding by the first bytes.
func open(path string) (*lines, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(file, 1<<16)
	head, err := in.Peek(256)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	l := &lines{path: path, file: file, in: in}
	if wide, first := isUTF16(head); wide {
		l.in = bufio.NewReaderSize(&utf16Reader{in: in, first: first}, 1<<16)
	}
	return l, nil
}

// isUTF16 reports whether a text is UTF-16, by its mark or by the zeros of its Latin letters; first
// is the place of the low byte in each pair.
func isUTF16(head []byte) (wide bool, first int) {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return true, 0
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return true, 1
	}
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	for low := range 2 {
		if n := zeros[1-low]; n > 2 && 10*n >= 9*(len(head)/2) && zeros[low] == 0 {
			return true, low
		}
	}
	return false, 0
}

// utf16Reader turns UTF-16 into UTF-8.
type utf16Reader struct {
	in    io.Reader
	first int
	out   []byte
	high  rune // a surrogate that waits for its other half
}

func (u *utf16Reader) Read(b []byte) (int, error) {
	for len(u.out) == 0 {
		var pairs [4096]byte
		n, err := io.ReadFull(u.in, pairs[:])
		for i := 0; i+1 < n; i += 2 {
			r := rune(pairs[i+u.first]) | rune(pairs[i+1-u.first])<<8
			switch {
			case utf16.IsSurrogate(r) && u.high == 0:
				u.high = r
				continue
			case u.high != 0:
				r, u.high = utf16.DecodeRune(u.high, r), 0
			}
			u.out = utf8.AppendRune(u.out, r)
		}
		if n < 2 {
			if err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF
			}
			return 0, err
		}
	}
	n := copy(b, u.out)
	u.out = u.out[n:]
	return n, nil
}

func (l *lines) Close() error { return l.file.Close() }

func (l *lines) fail(format string, args ...any) error {
	return fmt.Errorf("%s: line %d: %s", l.path, l.line, fmt.Sprintf(format, args...))
}

// text is the next line that is neither empty nor a comment; ok is false at the end.
func (l *lines) text() (line string, ok bool, err error) {
	for {
		l.kept = l.kept[:0]
		for {
			part, err := l.in.ReadSlice('\n')
			l.kept = append(l.kept, part...)
			if len(l.kept) > maxLine {
				l.line++
				return "", false, l.fail("is longer than %d bytes; this is no table of discharges", maxLine)
			}
			if err == nil {
				break
			}
			if errors.Is(err, io.EOF) {
				if len(l.kept) == 0 {
					return "", false, nil
				}
				break
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				return "", false, fmt.Errorf("%s: %w", l.path, err)
			}
		}
		l.line++
		s := strings.TrimRight(string(l.kept), "\r\n")
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' }) {
			return "", false, l.fail("holds control characters; this is no text")
		}
		s = strings.TrimPrefix(s, "\ufeff")
		if !utf8.ValidString(s) {
			s = latin1(s)
		}
		if trimmed := strings.TrimSpace(s); trimmed != "" && trimmed[0] != '#' {
			return s, true, nil
		}
	}
}

// latin1 reads bytes as characters of Latin-1.
func latin1(s string) string {
	var out strings.Builder
	for i := range len(s) {
		out.WriteRune(rune(s[i]))
	}
	return out.String()
}

// header finds the columns in the first line.
func (l *lines) header() (columns, error) {
	row, err := l.first()
	if err != nil {
		return columns{}, err
	}
	if row == nil {
		return columns{}, fmt.Errorf("%s: is empty; expected the header unit,muscle,time_s", l.path)
	}
	c, err := columnsOf(row)
	if err != nil {
		err = fmt.Errorf("%s: %w", l.path, err)
	}
	return c, err
}

// first reads the names of the columns, nil if there are none, and finds what separates them.
func (l *lines) first() ([]string, error) {
	line, ok, err := l.text()
	if err != nil {
		return nil, err
	}
	// Spreadsheets write what separates the columns in a line before the header.
	if sep, found := strings.CutPrefix(line, "sep="); ok && found && len(sep) == 1 {
		l.comma = sep[0]
		if line, ok, err = l.text(); err != nil {
			return nil, err
		}
	}
	if !ok {
		return nil, nil
	}
	if l.comma == 0 {
		l.comma = ','
		for _, sep := range []byte{'\t', ';'} {
			if strings.Count(line, string(sep)) > strings.Count(line, string(l.comma)) {
				l.comma = sep
			}
		}
	}
	return l.split(line)
}

// next is the next row; nil at the end.
func (l *lines) next() ([]string, error) {
	line, ok, err := l.text()
	if err != nil || !ok {
		return nil, err
	}
	return l.split(line)
}

// split cuts a line into its fields, which may stand in quotes.
func (l *lines) split(line string) ([]string, error) {
	var out []string
	for {
		s := strings.TrimLeft(line, " ")
		if !strings.HasPrefix(s, `"`) {
			field, rest, more := strings.Cut(line, string(l.comma))
			out = append(out, field)
			if !more {
				return out, nil
			}
			line = rest
			continue
		}
		var field strings.Builder
		s = s[1:]
		for {
			part, rest, closed := strings.Cut(s, `"`)
			if !closed {
				return nil, l.fail("a quote is not closed")
			}
			field.WriteString(part)
			if s = rest; !strings.HasPrefix(s, `"`) {
				break
			}
			field.WriteByte('"')
			s = s[1:]
		}
		out = append(out, field.String())
		s = strings.TrimLeft(s, " ")
		if s == "" {
			return out, nil
		}
		if s[0] != l.comma {
			return nil, l.fail("text follows a closing quote")
		}
		line = s[1:]
	}
}
