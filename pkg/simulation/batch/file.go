// Package batch runs many simulations: it reads batch files, draws the parameter sets
// and seeds of the rows, and simulates what is not there yet, one folder per row.
// docs/formats/batch.md describes the file.
package batch

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/simulation/motorpool"
)

// File is a batch file. Rows are either listed (Simulations) or drawn from Prior, Grid
// and Posterior.
type File struct {
	Path    string       // for messages and manifests
	Name    string       // of the batch
	Seed    uint64       // batch seed
	N       int          // rows; 0 when the file lists or enumerates them
	Profile profile.Name // corrected or paper
	RNG     string       // mt19937 or pcg
	// SeedRange limits derived seeds to 0 … SeedRange-1; 0 is all 32 bits.
	SeedRange uint32

	Fixed       []Setting // the same in all rows
	Prior       []Prior
	Grid        []Axis
	Posterior   *Posterior
	Simulations []Row

	quirks profile.Quirks
}

// Setting is a named value.
type Setting struct {
	Name  string // a parameter, or one entry of it for a pool
	Value any    // as motorpool.Params.Set takes it
}

// Axis is a parameter with the values of a grid.
type Axis struct {
	Name   string // of the setting
	Values []any  // in the file's order
}

// Row overrides the fixed settings for one simulation. Seed is nil where it is derived.
// Label is a text of the user's, such as the condition that the row belongs to.
type Row struct {
	Seed     *uint32
	Label    string
	Settings []Setting
}

var fileKeys = []string{"name", "seed", "n", "profile", "rng", "seed_range", "fixed", "prior",
	"grid", "posterior", "simulations"}

// pooled are the settings of single entries that are no plain parameters; # stands for
// the number of a pool.
var pooled = append([]string{firstInputSD, feature.BandSetting,
	feature.SettingTemplate(feature.InhibitionFromOther),
	feature.SettingTemplate(feature.ReceivedInhibitionOther)}, poolSettings()...)

// renshawRatio sets the number of Renshaw cells of an ordered pair of pools: this times the motor
// neurons of a pool, rounded, at least 1.
const renshawRatio = "renshaw_ratio"

// firstInputSD is the SD of the first common input, which no posterior infers.
const firstInputSD = "std_of_first_common_input_pool#"

// poolSettings are the settings of the parameters that every pool has.
func poolSettings() []string {
	var out []string
	for _, p := range feature.PoolParameters {
		out = append(out, feature.SettingTemplate(p))
	}
	return out
}

var digits = regexp.MustCompile(`pool\d+`)

func isPooled(name string) bool {
	return slices.Contains(pooled, digits.ReplaceAllString(name, "pool#"))
}

// settingNames lists what can be set, for suggestions.
func settingNames() []string {
	names := append(motorpool.ParameterNames(), renshawRatio)
	for _, p := range pooled {
		first := strings.Replace(p, "pool#", "pool0", 1)
		names = append(names, strings.Replace(first, "pool#", "pool1", 1),
			strings.Replace(p, "pool#", "pool1", 1))
	}
	return names
}

// Read reads a batch file. Errors name file, line and key; an unknown key suggests the
// nearest.
func Read(path string) (*File, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, raw)
}

// Parse is Read for contents at hand.
func Parse(path string, raw []byte) (*File, error) {
	var root yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(raw)).Decode(&root); err != nil {
		return nil, fmt.Errorf("%s: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	p := parser{path: path, file: &File{Path: path, Profile: profile.CorrectedName,
		RNG: motorpool.MT19937}}
	if err := p.document(root.Content[0]); err != nil {
		return nil, err
	}
	return p.file, p.check()
}

type parser struct {
	path      string
	file      *File
	seedRange bool
}

func (p *parser) fail(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s: line %d: %w", p.path, n.Line, fmt.Errorf(format, args...))
}

// pairs calls f for the keys of a mapping in order; unknown (unless known is nil) and
// repeated keys are errors.
func (p *parser) pairs(n *yaml.Node, what string, known []string,
	f func(key, value *yaml.Node) error) error {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		return p.fail(n, "%s: lines of `key: value` are expected", what)
	}
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if known != nil && !slices.Contains(known, key.Value) {
			return p.fail(key, "%s: unknown key %q; did you mean %q?", what, key.Value,
				config.Nearest(key.Value, known))
		}
		if seen[key.Value] {
			return p.fail(key, "%s: key %q appears twice", what, key.Value)
		}
		seen[key.Value] = true
		if err := f(key, value); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) document(n *yaml.Node) error {
	f := p.file
	return p.pairs(n, "batch file", fileKeys, func(key, value *yaml.Node) error {
		switch key.Value {
		case "fixed":
			return p.settings(value, "fixed", func(s Setting) { f.Fixed = append(f.Fixed, s) })
		case "prior":
			return p.prior(value)
		case "grid":
			return p.grid(value)
		case "posterior":
			return p.posterior(value)
		case "simulations":
			return p.simulations(value)
		}
		into := map[string]any{"name": &f.Name, "seed": &f.Seed, "n": &f.N, "profile": &f.Profile,
			"rng": &f.RNG, "seed_range": &f.SeedRange}
		p.seedRange = p.seedRange || key.Value == "seed_range"
		if err := config.Whole(value, reflect.TypeOf(into[key.Value]).Elem()); err != nil {
			return p.fail(value, "%s: %w", key.Value, err)
		}
		if err := value.Decode(into[key.Value]); err != nil {
			return p.fail(value, "%s: %q cannot be used there", key.Value, value.Value)
		}
		return nil
	})
}

// settings reads parameters and entries of single pools.
func (p *parser) settings(n *yaml.Node, what string, add func(Setting)) error {
	return p.pairs(n, what, nil, func(key, value *yaml.Node) error {
		if err := p.known(key, what); err != nil {
			return err
		}
		var v any
		if err := value.Decode(&v); err != nil {
			return p.fail(value, "%s: %s: %w", what, key.Value, err)
		}
		if v == nil {
			return p.fail(value, "%s: %s has no value", what, key.Value)
		}
		add(Setting{key.Value, v})
		return nil
	})
}

func (p *parser) known(key *yaml.Node, what string) error {
	if slices.Contains(motorpool.ParameterNames(), key.Value) || isPooled(key.Value) ||
		key.Value == renshawRatio {
		return nil
	}
	return p.fail(key, "%s: unknown parameter %q; did you mean %q?", what, key.Value,
		config.Nearest(key.Value, settingNames()))
}

func (p *parser) grid(n *yaml.Node) error {
	return p.settings(n, "grid", func(s Setting) {
		list, ok := s.Value.([]any)
		if !ok {
			list = []any{s.Value}
		}
		p.file.Grid = append(p.file.Grid, Axis{s.Name, list})
	})
}

func (p *parser) simulations(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		return p.fail(n, "simulations: a list of `- {seed: …, parameter: value}` is expected")
	}
	p.file.Simulations = []Row{}
	for i, item := range n.Content {
		row := Row{}
		rest := *item
		rest.Content = nil
		what := fmt.Sprintf("simulations[%d]", i)
		if err := p.pairs(item, what, nil, func(key, value *yaml.Node) error {
			if key.Value == "label" {
				row.Label = value.Value
				return nil
			}
			if key.Value != "seed" {
				rest.Content = append(rest.Content, key, value)
				return nil
			}
			row.Seed = new(uint32)
			if err := config.Whole(value, reflect.TypeFor[uint32]()); err != nil {
				return p.fail(value, "%s: seed: %w", what, err)
			}
			return value.Decode(row.Seed)
		}); err != nil {
			return err
		}
		if err := p.settings(&rest, what,
			func(s Setting) { row.Settings = append(row.Settings, s) }); err != nil {
			return err
		}
		p.file.Simulations = append(p.file.Simulations, row)
	}
	return nil
}

// check reports what single keys do not tell.
func (p *parser) check() error {
	f := p.file
	if f.Name == "" {
		f.Name = strings.TrimSuffix(filepath.Base(f.Path), filepath.Ext(f.Path))
	}
	var err error
	if f.quirks, err = profile.For(f.Profile); err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	if f.RNG != motorpool.MT19937 && f.RNG != motorpool.PCG {
		return fmt.Errorf("%s: rng: %q; %s or %s is expected", f.Path, f.RNG, motorpool.MT19937,
			motorpool.PCG)
	}
	if !p.seedRange && f.quirks.Seeds1024 {
		f.SeedRange = 1024
	}
	drawn := len(f.Prior) > 0 || len(f.Grid) > 0 || f.Posterior != nil
	switch {
	case f.N < 0:
		return fmt.Errorf("%s: n: %d; 0 or more is expected", f.Path, f.N)
	case f.Simulations != nil && drawn:
		return fmt.Errorf("%s: simulations lists every row; prior, grid and posterior cannot stand "+
			"beside it", f.Path)
	case f.Simulations != nil && len(f.Simulations) == 0:
		return fmt.Errorf("%s: simulations: the list is empty", f.Path)
	case f.Simulations == nil && f.N == 0 && (len(f.Prior) > 0 || f.Posterior != nil):
		return fmt.Errorf("%s: n is missing: how many simulations to draw", f.Path)
	}
	combinations := 1
	for _, a := range f.Grid {
		if len(a.Values) == 0 {
			return fmt.Errorf("%s: grid: %s has no value", f.Path, a.Name)
		}
		if combinations > math.MaxInt32/len(a.Values) {
			return fmt.Errorf("%s: grid: too many combinations", f.Path)
		}
		combinations *= len(a.Values)
	}
	if len(f.Grid) > 0 && f.N > 0 && f.N < combinations {
		return fmt.Errorf("%s: n: %d simulations are fewer than the %d combinations of the grid", f.Path,
			f.N, combinations)
	}
	return nil
}
