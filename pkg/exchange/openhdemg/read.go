package openhdemg

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"

	"example.org/renshaw/pkg/recording"
)

// Is reports whether a file of that beginning may be one of openhdemg: gzip, or the same JSON
// unpacked.
func Is(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\x1f\x8b")) {
		z, err := gzip.NewReader(bytes.NewReader(head))
		if err != nil {
			return false
		}
		start := make([]byte, 64)
		n, _ := io.ReadFull(z, start) // the head ends early
		head = start[:n]
	}
	head = bytes.TrimLeft(head, " \t\r\n")
	return bytes.HasPrefix(head, []byte("{")) && bytes.Contains(head, []byte(`"SOURCE"`)) &&
		!bytes.Contains(head, []byte(`"onset"`))
}

// Read reads a file that openhdemg saved (save_json_emgfile) or Write wrote. Discharges are samples
// from 0, and the force is REF_SIGNAL. Muscles, grids and names of units are taken from EXTRAS as
// Write writes it, and ACCURACY is the silhouette where openhdemg computes that. The EMG
// (RAW_SIGNAL) and the sources (IPTS) are not read. Errors name file and member.
func Read(path string, given recording.Given) (*recording.Raw, error) {
	m, err := readMembers(path)
	if err != nil {
		return nil, err
	}
	r := given.Start(path)
	r.TimeUnits = "samples"
	f := reading{m, r, given}
	for _, step := range []func() error{f.rate, f.units, f.force, f.extras, f.accuracy} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r, given.AssignMuscles(r, false)
}

// reading is a file with the recording that becomes of it.
type reading struct {
	members map[string][]byte // JSON texts
	r       *recording.Raw
	given   recording.Given
}

// decode reads a member; false without it.
func (f reading) decode(name string, to any) (bool, error) {
	text, ok := f.members[name]
	if !ok {
		return false, nil
	}
	var other *json.UnmarshalTypeError
	if err := json.Unmarshal(text, to); errors.As(err, &other) {
		return false, fmt.Errorf("%s: %s: holds a %s where openhdemg writes another kind of value",
			f.r.Source, name, other.Value)
	} else if err != nil {
		return false, fmt.Errorf("%s: %s: %w", f.r.Source, name, err)
	}
	return true, nil
}

func (f reading) rate() error {
	if _, err := f.decode("FSAMP", &f.r.FsHz); err != nil {
		return err
	}
	if !(f.r.FsHz > 0) || math.IsInf(f.r.FsHz, 0) {
		return fmt.Errorf("%s: FSAMP: the sampling rate is %v Hz; expected a positive number, or --fs HZ",
			f.r.Source, f.r.FsHz)
	}
	return nil
}

func (f reading) units() error {
	var times [][]float64
	if ok, err := f.decode("MUPULSES", &times); err != nil {
		return err
	} else if !ok || len(times) == 0 {
		var source string
		_, _ = f.decode("SOURCE", &source) // for the message alone
		return fmt.Errorf("%s: has no discharges (MUPULSES); openhdemg calls it %q", f.r.Source, source)
	}
	var length float64
	if _, err := f.decode("EMG_LENGTH", &length); err != nil {
		return err
	}
	if length >= 1 && length < 1<<40 {
		f.r.Samples = int(length)
	}
	for i := range times {
		f.r.Units = append(f.r.Units, recording.RawUnit{InGrid: i})
	}
	return f.given.TakeTimes(f.r, times, 0)
}

// column is the first column of a table's rows; NaN where it is empty.
type column []float64

// UnmarshalJSON reads rows such as [[1.5],[null]].
func (c *column) UnmarshalJSON(text []byte) error {
	depth, first := 0, false
	for i := 0; i < len(text); i++ {
		switch ch := text[i]; {
		case ch == '[':
			depth++
			first = depth == 2
		case ch == ']':
			depth--
		case ch == ',' && depth == 2:
			first = false
		case ch == '"' || ch == '{':
			return errors.New("expected rows of numbers")
		case depth == 2 && first && ch != ' ' && ch != '\n':
			n := bytes.IndexAny(text[i:], ",] ")
			if n < 0 {
				return errors.New("expected rows of numbers")
			}
			v, err := strconv.ParseFloat(string(text[i:i+n]), 64)
			if err != nil {
				v = math.NaN() // null
			}
			*c, first = append(*c, v), false
			i += n - 1
		}
	}
	return nil
}

func (f reading) force() error {
	var t struct{ Data column }
	if _, ok := f.members["REF_SIGNAL"]; !ok && f.r.Samples > 0 {
		f.r.Warn(recording.WarnNoForce, "REF_SIGNAL is missing or longer than %d bytes", maxMember)
	}
	if _, err := f.decode("REF_SIGNAL", &t); err != nil || len(t.Data) <= 1 {
		return err
	}
	if f.r.Samples == 0 {
		f.r.Samples = len(t.Data)
	}
	if len(t.Data) != f.r.Samples {
		f.r.Warn(recording.WarnNoForce, "REF_SIGNAL has %d values, but the recording %d samples; it is "+
			"not used", len(t.Data), f.r.Samples)
		return nil
	}
	f.r.Forces = append(f.r.Forces, recording.ForceCandidate{Role: recording.ForceRow,
		From: "REF_SIGNAL", Load: func() ([]float64, error) { return t.Data, nil }})
	return nil
}

// extras takes the table that Write writes; openhdemg's own holds what the user likes.
func (f reading) extras() error {
	var t frame
	if ok, err := f.decode("EXTRAS", &t); !ok || err != nil || len(t.Data) != len(f.r.Units) {
		return nil // of any content
	}
	at := func(name string) int { return slices.Index(t.Columns, any(name)) }
	muscle, name, grid, inGrid := at("muscle"), at("unit_name"), at("grid"), at("unit_in_grid")
	if muscle < 0 {
		return nil
	}
	for i, row := range t.Data {
		u := &f.r.Units[i]
		if len(row) != len(t.Columns) {
			return fmt.Errorf("%s: EXTRAS: row %d has %d of %d columns", f.r.Source, i+1, len(row),
				len(t.Columns))
		}
		u.Muscle, _ = row[muscle].(string)
		if name >= 0 {
			u.Name, _ = row[name].(string)
		}
		if grid >= 0 && inGrid >= 0 {
			g, _ := row[grid].(float64)
			k, _ := row[inGrid].(float64)
			u.Grid, u.InGrid = max(0, int(g)), max(0, int(k))
		}
		if u.Muscle != "" {
			if err := recording.CheckMuscle(u.Muscle); err != nil {
				return fmt.Errorf("%s: EXTRAS: row %d: %w", f.r.Source, i+1, err)
			}
		}
	}
	return nil
}

// accuracy takes the silhouettes.
func (f reading) accuracy() error {
	var source string
	if _, err := f.decode("SOURCE", &source); err != nil {
		return err
	}
	var t struct{ Data column }
	if ok, err := f.decode("ACCURACY", &t); !ok || err != nil || len(t.Data) != len(f.r.Units) ||
		source == "DELSYS" { // a measure of its own
		return nil // not needed
	}
	for i, v := range t.Data {
		if v > 0 && v <= 1 {
			f.r.Units[i].Silhouette = v
		}
	}
	return nil
}

// Bounds of a file. Tables of the EMG and of the discharges are passed over, but unpacked.
const (
	maxMember = 48 << 20 // bytes of a member that is needed
	freeBytes = 64 << 20 // unpacked bytes before the ratio counts
	maxRatio  = 200      // unpacked to packed; files of openhdemg have 5 to 30
)

// needed are the members that are kept.
var needed = []string{"SOURCE", "REF_SIGNAL", "ACCURACY", "MUPULSES", "FSAMP", "EMG_LENGTH",
	"EXTRAS"}

// counted counts the bytes that pass, and ends a stream that unpacks to far more than a recording.
type counted struct {
	in     io.Reader
	n      int64
	packed *counted // of the packed stream; nil for it
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.in.Read(b)
	c.n += int64(n)
	if c.packed != nil && c.n > freeBytes && c.n > maxRatio*c.packed.n {
		return n, fmt.Errorf("unpacks to more than %d times its size; that is no recording", maxRatio)
	}
	return n, err
}

// readMembers reads the members that are needed, as JSON texts.
func readMembers(path string) (map[string][]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	packed := &counted{in: file}
	buffered := bufio.NewReaderSize(packed, 1<<16)
	var in io.Reader = buffered
	if head, _ := buffered.Peek(2); string(head) == "\x1f\x8b" {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		in = &counted{in: z, packed: packed}
	}
	s := scanner{in: bufio.NewReaderSize(in, 1<<16), out: map[string][]byte{}}
	if err := s.object(); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("ends early: the file was cut off; copy it again")
		}
		return nil, fmt.Errorf("%s: is not a file of openhdemg: %w", path, err)
	}
	return s.out, nil
}

// scanner reads the top of a JSON object and keeps only what is needed.
type scanner struct {
	in  *bufio.Reader
	out map[string][]byte
}

// next is the next byte that is no space.
func (s *scanner) next() (byte, error) {
	for {
		b, err := s.in.ReadByte()
		if err != nil || b != ' ' && b != '\t' && b != '\n' && b != '\r' {
			return b, err
		}
	}
}

func (s *scanner) object() error {
	if b, err := s.next(); err != nil || b != '{' {
		return errors.Join(err, errors.New("expected a JSON object"))
	}
	for {
		b, err := s.next()
		if err != nil {
			return err
		}
		switch b {
		case '}':
			return nil
		case ',':
		case '"':
			if err := s.member(); err != nil {
				return err
			}
		default:
			return fmt.Errorf("expected a name, found %q", b)
		}
	}
}

// member reads a name, whose quote has been read, and its value.
func (s *scanner) member() error {
	raw, _, err := s.text(256)
	if err != nil {
		return err
	}
	name := string(raw)
	if b, err := s.next(); err != nil || b != ':' {
		return errors.Join(err, fmt.Errorf("expected a colon after %q", name))
	}
	limit := 0
	if slices.Contains(needed, name) {
		limit = maxMember
	}
	b, err := s.next()
	if err != nil {
		return err
	}
	if b != '"' {
		text, whole, err := s.value(b, limit)
		if whole && limit > 0 && err == nil {
			s.out[name] = text
		}
		return err
	}
	text, whole, err := s.text(limit)
	if err != nil || !whole || limit == 0 {
		return err
	}
	var inner string
	if err := json.Unmarshal([]byte(`"`+string(text)+`"`), &inner); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s.out[name] = []byte(inner)
	return nil
}

// text reads up to the closing quote and keeps at most limit bytes, as they stand; whole tells
// whether these are all.
func (s *scanner) text(limit int) (kept []byte, whole bool, err error) {
	whole = true
	for {
		part, err := s.in.ReadSlice('"')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, false, err
		}
		escaped := err == nil && oddBackslashes(kept, part[:len(part)-1])
		if len(kept)+len(part) <= limit+1 && whole {
			kept = append(kept, part...)
		} else {
			whole = false
			// The last bytes decide whether the next quote is escaped.
			kept = append(kept[:0], part[max(0, len(part)-tail):]...)
		}
		if err == nil && !escaped {
			return kept[:len(kept)-1], whole, nil
		}
	}
}

// tail is how many bytes are kept of a text that is passed over.
const tail = 256

// oddBackslashes reports whether the quote after part, which follows kept, is escaped.
func oddBackslashes(kept, part []byte) bool {
	n := 0
	for i := len(part) - 1; i >= 0 && part[i] == '\\'; i-- {
		n++
	}
	if n == len(part) {
		for i := len(kept) - 1; i >= 0 && kept[i] == '\\'; i-- {
			n++
		}
	}
	return n%2 == 1
}

// value reads a value that is no text and begins with b.
func (s *scanner) value(b byte, limit int) (kept []byte, whole bool, err error) {
	depth := 0
	for {
		switch b {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '"':
			text, _, err := s.text(limit)
			if err != nil {
				return nil, false, err
			}
			if len(kept)+len(text) < limit {
				kept = append(append(kept, '"'), text...)
			}
		}
		if len(kept) < limit {
			kept = append(kept, b)
		}
		peek, err := s.in.Peek(1)
		if err != nil {
			return nil, false, err
		}
		if depth <= 0 && (peek[0] == ',' || peek[0] == '}') {
			return kept, len(kept) < limit, nil
		}
		if b, err = s.in.ReadByte(); err != nil {
			return nil, false, err
		}
	}
}
