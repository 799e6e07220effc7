package job

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"time"

	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/run/version"
)

// FileSum is a file with its SHA-256 and its size in bytes.
type FileSum struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// Manifest tells how the files of a folder came about. Paths of outputs are
// relative to the folder.
type Manifest struct {
	Command    string    `json:"command"`
	Version    string    `json:"version"`
	Go         string    `json:"go"`
	Host       string    `json:"host"`
	Started    time.Time `json:"started"`
	Finished   time.Time `json:"finished"`
	Profile    string    `json:"profile,omitempty"`
	Seed       uint64    `json:"seed"`
	Parameters any       `json:"parameters"`
	Inputs     []FileSum `json:"inputs"`
	Outputs    []FileSum `json:"outputs"`
	Failures   []Failure `json:"failures"`
	Warnings   []string  `json:"warnings,omitempty"`
	Complete   bool      `json:"complete"` // false after an interruption
	Pending    *Pending  `json:"pending,omitempty"`
}

// Pending are the files that a run was about to put in place: whoever finds it can finish that.
type Pending struct {
	// Command is as it was typed; Stage the hidden folder, below that of the manifest, that has
	// the files; Complete what the manifest says once they are in place.
	Command  string `json:"command"`
	Stage    string `json:"stage"`
	Complete bool   `json:"complete"`
	// Files are listed by their paths below either folder; Remove are those of earlier runs that
	// are no longer true.
	Files  []FileSum `json:"files"`
	Remove []string  `json:"remove,omitempty"`
}

// NewManifest starts the manifest of a command.
func NewManifest(command, profile string, seed uint64, parameters any) *Manifest {
	host, _ := os.Hostname() // only to say more
	return &Manifest{Command: command, Version: version.String(), Go: runtime.Version(), Host: host,
		Started: time.Now(), Profile: profile, Seed: seed, Parameters: parameters,
		Inputs: []FileSum{}, Outputs: []FileSum{}, Failures: []Failure{}}
}

// SumFile computes the SHA-256 of a file.
func SumFile(path string) (FileSum, error) {
	f, err := os.Open(path)
	if err != nil {
		return FileSum{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return FileSum{}, fmt.Errorf("%s: %w", path, err)
	}
	return FileSum{Path: path, SHA256: hex.EncodeToString(h.Sum(nil)), Bytes: n}, nil
}

// ReadManifest reads a manifest, its Parameters as a *json.RawMessage; one that cannot be read is
// empty.
func ReadManifest(path string) Manifest {
	m := Manifest{Parameters: &json.RawMessage{}}
	if raw, err := os.ReadFile(path); err != nil || json.Unmarshal(raw, &m) != nil {
		return Manifest{}
	}
	return m
}

// Interrupted reports whether the run of a manifest was ended before its files were all in place.
// A run some of whose items failed is not complete, but was not interrupted.
func (m Manifest) Interrupted() bool {
	return m.Command != "" && (m.Pending != nil || !m.Complete && len(m.Failures) == 0)
}

// Output is the entry of an output, by its path below the folder.
func (m Manifest) Output(path string) (FileSum, bool) {
	for _, s := range m.Outputs {
		if s.Path == path {
			return s, true
		}
	}
	return FileSum{}, false
}

// ErrInterrupted means that the files of a folder do not belong together, because the run that
// wrote them was interrupted.
var ErrInterrupted = errors.New("interrupted")

// Ready gives the manifest of a folder whose files belong together; the empty one if it has none,
// or one of another program. What a killed run had begun to put in place is finished first. The
// error wraps ErrInterrupted and says what to run again if that is not possible, or the run
// came not so far.
func Ready(dir, name string) (Manifest, error) {
	if err := settle(dir, name); err != nil {
		return Manifest{}, err
	}
	m := ReadManifest(filepath.Join(dir, name))
	if m.Interrupted() {
		return m, interrupted(dir, m)
	}
	return m, nil
}

// interrupted is the error of a folder whose run was.
func interrupted(dir string, m Manifest) error {
	again := "renshaw " + m.Command
	if m.Pending != nil && m.Pending.Command != "" {
		again = m.Pending.Command
	}
	return fmt.Errorf("%s: %w before its files were complete: run %s again", dir, ErrInterrupted,
		again)
}

// writeAs writes the manifest with the outputs it has, in natural order.
func (m *Manifest) writeAs(path string) error {
	sort.Slice(m.Outputs, func(i, j int) bool {
		return NaturalLess(m.Outputs[i].Path, m.Outputs[j].Path)
	})
	return atomicfile.WriteJSON(path, m)
}
