package job

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

// FileSum is a file with its SHA-256.
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
}

// NewManifest starts the manifest of a command.
func NewManifest(command, profile string, seed uint64, parameters any) *Manifest {
	host, _ := os.Hostname()
	return &Manifest{Command: command, Version: version.String(), Go: runtime.Version(), Host: host, Started: time.Now(),
		Profile: profile, Seed: seed, Parameters: parameters, Inputs: []FileSum{}, Outputs: []FileSum{}, Failures: []Failure{}}
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

// Input adds an input file.
func (m *Manifest) Input(path string) error {
	s, err := SumFile(path)
	if err == nil {
		m.Inputs = append(m.Inputs, s)
	}
	return err
}

// ReadManifest reads a manifest; one that cannot be read is empty.
func ReadManifest(path string) Manifest {
	var m Manifest
	if raw, err := os.ReadFile(path); err != nil || json.Unmarshal(raw, &m) != nil {
		return Manifest{}
	}
	return m
}

// WriteAs writes the manifest with the outputs it has, in natural order.
func (m *Manifest) WriteAs(path string) error {
	m.Finished = time.Now()
	sort.Slice(m.Outputs, func(i, j int) bool { return NaturalLess(m.Outputs[i].Path, m.Outputs[j].Path) })
	return atomicfile.WriteJSON(path, m)
}

// Write adds the hashes of the outputs and writes dir/name. Outputs of earlier runs
// of the same command that still exist keep their entries.
func (m *Manifest) Write(dir, name string, outputs []string) error {
	path := filepath.Join(dir, name)
	byPath := map[string]FileSum{}
	if old := ReadManifest(path); old.Command == m.Command {
		for _, o := range old.Outputs {
			if _, err := os.Stat(filepath.Join(dir, o.Path)); err == nil {
				byPath[o.Path] = o
			}
		}
	}
	for _, o := range outputs {
		s, err := SumFile(o)
		if err != nil {
			return err
		}
		if rel, err := filepath.Rel(dir, o); err == nil {
			s.Path = rel
		}
		byPath[s.Path] = s
	}
	m.Outputs = m.Outputs[:0]
	for _, s := range byPath {
		m.Outputs = append(m.Outputs, s)
	}
	return m.WriteAs(path)
}
