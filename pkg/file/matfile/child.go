package matfile

import (
	"bufio"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A damaged 7.3 file can crash or hang libhdf5 itself. Foreign files are
// therefore opened in a child process that runs the same program (or, from a
// notebook, the renshaw binary of the checkout) with limits on memory and time.
// Parent and child talk over pipes: requests and replies in gob, the numbers of
// tiles as raw little-endian float64.

// childEnv names the file to serve; its presence makes a program a child.
const childEnv = "RENSHAW_MATFILE_CHILD"

// ChildTimeout bounds the wait for each answer of the child.
var ChildTimeout = 120 * time.Second

// childMemory is what a child may use beside the budget of the file's own data.
const childMemory = 192 << 20

var selfServes bool

// ServeIfChild must be the first call of main (and of TestMain) in a program that
// opens 7.3 files: in a child it serves the parent and never returns.
func ServeIfChild() {
	selfServes = true
	path, ok := os.LookupEnv(childEnv)
	if !ok {
		return
	}
	limitSelf(path)
	if err := serve(path, os.Stdin, os.Stdout); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// limitSelf bounds the data segment to what the process has now, plus childMemory,
// plus the budget of the file; and the heap of Go well below.
func limitSelf(path string) {
	budget := int64(64 << 20)
	if st, err := os.Stat(path); err == nil {
		budget = max(64*st.Size(), budget)
	}
	debug.SetMemoryLimit((childMemory + budget) * 3 / 4)
	// A system that refuses a limit leaves the child without it, as on other systems.
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	if now, ok := dataSegment(); ok {
		limit := uint64(now + childMemory + budget)
		_ = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: limit, Max: limit})
	}
}

// dataSegment reads the size of the process's data segment in bytes.
func dataSegment() (int64, bool) {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	for _, line := range strings.Split(string(raw), "\n") {
		var kib int64
		if _, err := fmt.Sscanf(line, "VmData: %d kB", &kib); err == nil {
			return kib << 10, true
		}
	}
	return 0, false
}

type request struct {
	Op   string // "has", "shape", "get", "tiles", or one of HDF5 with "h5" before its name
	Path string
	Attr string
}

type reply struct {
	Err   *Error
	Has   bool
	Shape Shape
	Value *Value
	Names []string
	Tile  *Tile // the numbers follow raw; nil ends the stream
}

func serve(path string, in io.Reader, out io.Writer) error {
	w := bufio.NewWriterSize(out, 1<<16)
	enc, dec := gob.NewEncoder(w), gob.NewDecoder(in)
	send := func(r reply) error {
		if err := enc.Encode(r); err != nil {
			return err
		}
		return w.Flush()
	}
	f, err := openHDF5(path)
	if err := send(reply{Err: asError(path, err)}); err != nil || f == nil {
		return err
	}
	defer f.f.Close()
	for {
		var q request
		if err := dec.Decode(&q); err != nil {
			return nil // the parent is done
		}
		var r reply
		var err error
		switch q.Op {
		case "has":
			r.Has = f.Has(q.Path)
		case "shape":
			r.Shape, err = f.Shape(q.Path)
		case "get":
			r.Value, err = f.Get(q.Path)
		case "tiles":
			err = f.Tiles(q.Path, func(t Tile) error { return sendTile(enc, w, t) })
		default:
			err = f.answerHDF5(q, &r)
		}
		if r.Err = asError(path, err); r.Err != nil {
			r.Value = nil
		}
		if err := send(r); err != nil {
			return err
		}
	}
}

func sendTile(enc *gob.Encoder, w *bufio.Writer, t Tile) error {
	data := t.Data
	t.Data = nil
	if err := enc.Encode(reply{Tile: &t}); err != nil {
		return err
	}
	var raw [8 * 512]byte
	for len(data) > 0 {
		n := min(len(data), 512)
		for i, x := range data[:n] {
			binary.LittleEndian.PutUint64(raw[8*i:], math.Float64bits(x))
		}
		if _, err := w.Write(raw[:8*n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return w.Flush()
}

func asError(path string, err error) *Error {
	var e *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return e
	}
	return &Error{File: path, Kind: Corrupt, Msg: err.Error()}
}

// childFile is the parent's side.
type childFile struct {
	path     string
	cmd      *exec.Cmd
	in       io.WriteCloser
	enc      *gob.Encoder
	dec      *gob.Decoder
	out      *bufio.Reader
	warnings []string
	dead     bool
}

// childProgram finds a program that serves files: this one, or the project's.
func childProgram() (string, error) {
	if selfServes {
		return os.Executable()
	}
	if p := os.Getenv("RENSHAW_BIN"); p != "" {
		return p, nil
	}
	if root := os.Getenv("RENSHAW_ROOT"); root != "" {
		return filepath.Join(root, "bin", "renshaw"), nil
	}
	if p, err := exec.LookPath("renshaw"); err == nil {
		return p, nil
	}
	return "", errors.New("MATLAB 7.3 files are read by the renshaw program, which was not found: " +
		"run `make build`, or set RENSHAW_BIN to its path")
}

func openChild(path string) (*childFile, error) {
	prog, err := childProgram()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	cmd := exec.Command(prog)
	// Two processors: every thread's stack counts against the limit on memory.
	cmd.Env = append(os.Environ(), childEnv+"="+path, "GOTRACEBACK=none", "GOMAXPROCS=2")
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: the reading process cannot be started: %w", path, err)
	}
	r := bufio.NewReaderSize(out, 1<<16)
	f := &childFile{path: path, cmd: cmd, in: in, enc: gob.NewEncoder(in), dec: gob.NewDecoder(r),
		out: r}
	if _, err := f.receive(nil); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// receive waits for one reply; a child that dies or is too slow is a corrupt file.
// fill, if not nil, takes the raw numbers of a tile.
func (f *childFile) receive(fill func(*Tile) error) (reply, error) {
	timer := time.AfterFunc(ChildTimeout, func() { _ = f.cmd.Process.Kill() })
	defer timer.Stop()
	var r reply
	err := f.dec.Decode(&r)
	if err == nil && r.Tile != nil && fill != nil {
		err = fill(r.Tile)
	}
	if err != nil {
		f.dead = true
		_ = f.cmd.Process.Kill()
		return r, &Error{File: f.path, Kind: Corrupt, Msg: "the HDF5 library crashed, hung or ran out " +
			"of memory while reading it: the file is damaged; copy it again"}
	}
	if r.Err != nil {
		r.Err.File = f.path
		return r, r.Err
	}
	return r, nil
}

func (f *childFile) ask(q request) (reply, error) {
	if f.dead {
		return reply{}, &Error{File: f.path, Kind: Corrupt, Msg: "the reading process has ended"}
	}
	if err := f.enc.Encode(q); err != nil {
		f.dead = true
		return reply{}, &Error{File: f.path, Kind: Corrupt, Msg: "the reading process has ended"}
	}
	return f.receive(nil)
}

func (f *childFile) Has(path string) bool {
	r, err := f.ask(request{Op: "has", Path: path})
	return err == nil && r.Has
}

func (f *childFile) Shape(path string) (Shape, error) {
	r, err := f.ask(request{Op: "shape", Path: path})
	return r.Shape, err
}

func (f *childFile) Get(path string) (*Value, error) {
	r, err := f.ask(request{Op: "get", Path: path})
	return r.Value, err
}

func (f *childFile) Tiles(path string, fn func(Tile) error) error {
	if f.dead {
		return &Error{File: f.path, Kind: Corrupt, Msg: "the reading process has ended"}
	}
	if err := f.enc.Encode(request{Op: "tiles", Path: path}); err != nil {
		return err
	}
	var data []float64
	raw := make([]byte, 1<<15)
	fill := func(t *Tile) error {
		n := t.Rows * t.Cols
		if cap(data) < n {
			data = make([]float64, n)
		}
		data = data[:n]
		for i := 0; i < n; {
			m := min(len(raw)/8, n-i)
			if _, err := io.ReadFull(f.out, raw[:8*m]); err != nil {
				return err
			}
			for k := 0; k < m; k++ {
				data[i+k] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*k:]))
			}
			i += m
		}
		t.Data = data
		return nil
	}
	for {
		r, err := f.receive(fill)
		if err != nil || r.Tile == nil {
			return err
		}
		if err := fn(*r.Tile); err != nil {
			f.dead = true // the rest of the stream is not read
			_ = f.cmd.Process.Kill()
			return err
		}
	}
}

func (f *childFile) Warnings() []string { return f.warnings }

func (f *childFile) Close() error {
	f.in.Close()
	timer := time.AfterFunc(5*time.Second, func() { _ = f.cmd.Process.Kill() })
	defer timer.Stop()
	_ = f.cmd.Wait()
	return nil
}
