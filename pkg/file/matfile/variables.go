package matfile

import (
	"bufio"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"example.org/renshaw/pkg/file/h5"
)

// Variables lists the variables of a MATLAB file, or what stands at the root of another HDF5 file,
// in the order of the file, without reading their values. Errors are those of Open.
func Variables(path string) ([]string, error) {
	kind, _, err := recognise(path)
	if err != nil {
		return nil, err
	}
	if kind == formatLevel5 {
		return level5Variables(path)
	}
	f, err := OpenHDF5(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.List("/")
}

// maxVariables bounds the elements of a level-5 file that are looked at.
const maxVariables = 10_000

// level5Variables reads the name at the head of every variable and passes over the rest.
func level5Variables(path string) ([]string, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	head := make([]byte, 128)
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, err
	}
	p := &parser{order: binary.LittleEndian, budget: 1 << 20}
	if string(head[126:]) == "MI" {
		p.order = binary.BigEndian
	}
	var names []string
	at := int64(128)
	for range maxVariables {
		var b [8]byte
		if _, err := in.ReadAt(b[:], at); err != nil {
			break // the end, or a file that is cut off: its reader says so
		}
		typ, bytes := p.order.Uint32(b[:4]), int64(p.order.Uint32(b[4:]))
		body := io.NewSectionReader(in, at+8, bytes)
		if name, err := p.variableName(typ, body); err == nil && name != "" {
			names = append(names, name)
		}
		if typ != miCOMPRESSED {
			bytes = padded(bytes)
		}
		at += 8 + bytes
	}
	return names, nil
}

// variableName reads the name at the head of an element.
func (p *parser) variableName(typ uint32, body io.Reader) (string, error) {
	l := &limited{r: body, n: math.MaxInt64}
	switch typ {
	case miCOMPRESSED:
		z, err := zlib.NewReader(bufio.NewReaderSize(body, 1<<10))
		if err != nil {
			return "", err
		}
		defer z.Close()
		l.r = z
		if _, err := p.tag(l); err != nil {
			return "", err
		}
	case miMATRIX:
	default:
		return "", errors.New("is no variable")
	}
	var name []byte
	for _, limit := range []int64{64, 1 << 16, 4096} { // flags, dimensions, name
		var err error
		if name, err = p.bytes(l, limit); err != nil {
			return "", err
		}
	}
	return strings.TrimRight(string(name), "\x00"), nil
}

// HDF5 is any HDF5 file, opened in a child process, because a damaged one can crash the library.
// Paths are those of HDF5, such as /units/spike_times. It is not safe for concurrent use.
type HDF5 struct{ f *childFile }

// OpenHDF5 opens a file. Errors are of type *Error, except those of the operating system.
func OpenHDF5(path string) (*HDF5, error) {
	f, err := openChild(path)
	if err != nil {
		return nil, err
	}
	return &HDF5{f}, nil
}

// Close releases the file.
func (f *HDF5) Close() error { return f.f.Close() }

// List names what stands in a group.
func (f *HDF5) List(path string) ([]string, error) {
	r, err := f.f.ask(request{Op: "h5list", Path: path})
	return r.Names, err
}

// Numbers reads a dataset of numbers in C order, with its shape.
func (f *HDF5) Numbers(path string) ([]float64, []int, error) {
	r, err := f.f.ask(request{Op: "h5numbers", Path: path})
	if err != nil {
		return nil, nil, err
	}
	return r.Value.Num, r.Value.Dims, nil
}

// Texts reads a dataset of texts in C order.
func (f *HDF5) Texts(path string) ([]string, error) {
	r, err := f.f.ask(request{Op: "h5texts", Path: path})
	return r.Names, err
}

// AttrText reads a text attribute; "" where there is none.
func (f *HDF5) AttrText(path, name string) string {
	r, err := f.f.ask(request{Op: "h5attrtext", Path: path, Attr: name})
	if err != nil || len(r.Names) != 1 {
		return ""
	}
	return r.Names[0]
}

// AttrNumber reads an attribute of one number; NaN where there is none.
func (f *HDF5) AttrNumber(path, name string) float64 {
	r, err := f.f.ask(request{Op: "h5attrnumber", Path: path, Attr: name})
	if err != nil || r.Value == nil || len(r.Value.Num) != 1 {
		return math.NaN()
	}
	return r.Value.Num[0]
}

// maxTexts bounds a dataset of texts.
const maxTexts = 1 << 20

// answerHDF5 answers the requests of type HDF5 in the child.
func (f *hdf5File) answerHDF5(q request, r *reply) error {
	switch q.Op {
	case "h5attrtext":
		text, err := f.f.AttrString(q.Path, q.Attr)
		r.Names = []string{text}
		return err
	case "h5attrnumber":
		v, err := f.f.AttrFloat64(q.Path, q.Attr)
		r.Value = &Value{Num: []float64{v}}
		return err
	}
	if q.Path != "/" && !f.f.Has(q.Path) {
		return f.missing(q.Path)
	}
	if q.Op == "h5list" {
		names, err := f.f.List(q.Path)
		r.Names = names
		return err
	}
	info, err := f.f.Stat(q.Path)
	if err != nil || info.Kind != h5.Dataset {
		return f.fail(WrongType, q.Path, "is not a dataset that can be read")
	}
	f.budget = max(64*f.size, 64<<20)
	if q.Op == "h5texts" {
		if info.Len() > maxTexts {
			return f.fail(Corrupt, q.Path, "declares %d texts", info.Len())
		}
		if err := f.spend(int64(info.Len())*int64(max(16, info.Size)), q.Path); err != nil {
			return err
		}
		r.Names, err = f.f.Strings(q.Path)
		return err
	}
	if bytes := float64(info.Len()) * float64(info.Size); bytes > 1100*float64(info.StorageBytes)+
		1<<20 {
		return f.fail(Corrupt, q.Path, "declares %v values but holds %d bytes", info.Dims,
			info.StorageBytes)
	}
	if err := f.spend(int64(info.Len())*8, q.Path); err != nil {
		return err
	}
	r.Value = &Value{}
	if r.Value.Num, r.Value.Dims, err = f.f.Float64s(q.Path); err != nil {
		return fmt.Errorf("%s cannot be read as numbers: %w", q.Path, err)
	}
	return nil
}
