// Package sbi infers parameters from features by neural posterior estimation: what an
// estimator knows beside its network, its folder, densities and posteriors.
package sbi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/run/version"
	"example.org/renshaw/pkg/sbi/flow"
)

// Names of the files in the folder of an estimator; docs/formats/estimator.md describes
// them.
const (
	ConfigName   = "config.json"
	WeightsName  = "weights.safetensors"
	ManifestName = "manifest.json"

	estimatorFormat  = "renshaw estimator"
	estimatorVersion = 4 // 2: splines and ensembles; 3: bounded flows; 4: a base distribution whose SD depends on the features
)

// Kinds of network: masked autoregressive flows with affine transforms, and with
// rational-quadratic splines (neural spline flows).
const (
	KindMAF = "maf"
	KindNSF = "nsf"
)

// Parameter is one inferred parameter. The network works on (value - Low)/(High - Low).
type Parameter struct {
	Name string  `yaml:"name" json:"name"`
	Low  float64 `yaml:"low" json:"low"`
	High float64 `yaml:"high" json:"high"`
	Unit string  `yaml:"unit" json:"unit,omitempty"`
}

// FeatureScale are mean and sample SD of a feature over the training rows, by which it
// is standardised before the summary statistics.
type FeatureScale struct {
	Feature string  `json:"feature"`
	Mean    float64 `json:"mu"`
	SD      float64 `json:"sigma"`
}

// Config is what an estimator knows beside its weights.
type Config struct {
	Format      string      `json:"format"`
	Version     int         `json:"format_version"`
	MadeBy      string      `json:"made_by"` // program and version
	Kind        string      `json:"kind"`
	Theta       []Parameter `json:"theta"`
	X           []string    `json:"x"` // names of the context features, in order
	Hidden      int         `json:"hidden"`
	Transforms  int         `json:"transforms"`
	Bins        int         `json:"bins,omitempty"`     // of a spline
	Ensemble    int         `json:"ensemble,omitempty"` // number of networks
	Imported    string      `json:"imported,omitempty"` // SHA-256 of the weights it was imported from
	Description string      `json:"description,omitempty"`
	// FeatureScale is nil if unknown, as for imported networks.
	FeatureScale []FeatureScale `json:"feature_scale,omitempty"`

	// Of a trained estimator.
	Spec      *Spec      `json:"spec,omitempty"`
	Reference *Reference `json:"reference,omitempty"`            // the gradient rows' features
	Roles     []int      `json:"roles,omitempty"`                // 0 gradient, 1 validation, 2 held out, per row of the set
	Groups    []string   `json:"groups,omitempty"`               // name of each row
	BestEpoch []int      `json:"best_epochs,omitempty"`          // of every network, 1 is the first
	LeftOut   []int      `json:"left_out,omitempty"`             // networks without which the validation rows are more probable, 1 is the first
	BestLoss  float64    `json:"best_validation_loss,omitempty"` // of all networks together
	HeldOut   *float64   `json:"held_out_loss,omitempty"`        // mean of -log q over the held-out rows
	// HeldOutTables are the checksums (SHA-256) of tables that were held out as a whole.
	HeldOutTables []string `json:"held_out_tables,omitempty"`
	// Extends are the checksums of the tables that an earlier estimator, whose pairs this one
	// uses again, was trained on.
	Extends    []string `json:"extends,omitempty"`
	DroppedRow Dropped  `json:"dropped_rows,omitempty"`
}

// Estimator is a trained posterior estimator.
type Estimator struct {
	Config Config
	Flow   flow.Ensemble

	weights string // SHA-256 of the file of weights, if read from one
	dir     string // it was read from or written to
}

// Load reads the folder of an estimator. Errors name file and field.
func Load(dir string) (*Estimator, error) {
	path := filepath.Join(dir, ConfigName)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, serr := os.Stat(filepath.Join(dir, ManifestName)); serr == nil {
			return nil, fmt.Errorf("%s: no %s; a network as exported must be imported first: renshaw import estimator %s -o ESTIMATOR", dir, ConfigName, dir)
		}
	}
	if err != nil {
		return nil, err
	}
	e := &Estimator{dir: dir}
	if err := json.Unmarshal(raw, &e.Config); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	switch c := e.Config; {
	case c.Format != estimatorFormat:
		return nil, fmt.Errorf("%s: format is %q, not %q: this is no estimator", path, c.Format, estimatorFormat)
	case c.Version < 1 || c.Version > estimatorVersion:
		return nil, fmt.Errorf("%s: format_version %d; this program (%s) reads up to %d: use a newer one", path, c.Version, version.String(), estimatorVersion)
	case c.Kind != KindMAF && c.Kind != KindNSF:
		return nil, fmt.Errorf("%s: kind is %q; %s or %s is expected", path, c.Kind, KindMAF, KindNSF)
	}
	weights := filepath.Join(dir, WeightsName)
	sum, err := job.SumFile(weights)
	if err != nil {
		return nil, err
	}
	e.weights = sum.SHA256
	tensors, err := flow.ReadSafetensors(weights)
	if err != nil {
		return nil, err
	}
	if e.Flow, err = members(tensors); err != nil {
		return nil, fmt.Errorf("%s: %w", weights, err)
	}
	return e, e.check(path)
}

// members takes the networks out of the tensors of a file: member.<k>.<name>, or one
// network without prefix.
func members(tensors map[string]flow.Tensor) (flow.Ensemble, error) {
	var out flow.Ensemble
	for k := 0; ; k++ {
		own := map[string]flow.Tensor{}
		for name, t := range tensors {
			if n, ok := strings.CutPrefix(name, memberPrefix(k)); ok {
				own[n] = t
			}
		}
		if len(own) == 0 {
			break
		}
		m, err := flow.MAFFromTensors(own)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", memberPrefix(k), err)
		}
		out = append(out, m)
	}
	if len(out) > 0 {
		return out, out.Check()
	}
	m, err := flow.MAFFromTensors(tensors)
	return flow.Ensemble{m}, err
}

func memberPrefix(k int) string { return fmt.Sprintf("member.%d.", k) }

// tensors are the weights of all networks under their names in the file.
func (e *Estimator) tensors() map[string]flow.Tensor {
	if len(e.Flow) == 1 {
		return e.Flow[0].Tensors()
	}
	out := map[string]flow.Tensor{}
	for k, m := range e.Flow {
		for name, t := range m.Tensors() {
			out[memberPrefix(k)+name] = t
		}
	}
	return out
}

func (e *Estimator) check(path string) error {
	if len(e.Config.Theta) != e.Flow.D() || len(e.Config.X) != e.Flow.C() {
		return fmt.Errorf("%s: names %d parameters and %d features, but the network has %d and %d", path, len(e.Config.Theta), len(e.Config.X), e.Flow.D(), e.Flow.C())
	}
	for _, p := range e.Config.Theta {
		if !(p.Low < p.High) {
			return fmt.Errorf("%s: theta %s: low %v, high %v; low < high is expected", path, p.Name, p.Low, p.High)
		}
	}
	return nil
}

// Save writes the folder: weights first, then the configuration, then the manifest.
func (e *Estimator) Save(dir string, m *job.Manifest) error {
	e.Config.Format, e.Config.Version, e.Config.MadeBy = estimatorFormat, estimatorVersion, "renshaw "+version.String()
	m0 := e.Flow[0]
	e.Config.Hidden, e.Config.Transforms, e.Config.Bins, e.Config.Ensemble = m0.H, len(m0.Steps), m0.Bins, len(e.Flow)
	weights, config := filepath.Join(dir, WeightsName), filepath.Join(dir, ConfigName)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := flow.WriteSafetensors(weights, e.tensors()); err != nil {
		return err
	}
	if err := atomicfile.WriteJSON(config, e.Config); err != nil {
		return err
	}
	e.dir = dir
	m.Complete = true
	return m.Write(dir, ManifestName, []string{weights, config})
}

// exported is the manifest of a network as the study's were exported.
type exported struct {
	Network string `json:"network"`
	Theta   []struct {
		Name string  `json:"name"`
		Low  float64 `json:"prior_low"`
		High float64 `json:"prior_high"`
		Unit string  `json:"unit"`
	} `json:"theta"`
	X []struct {
		Name string `json:"name"`
	} `json:"x"`
	ThetaDim   int `json:"theta_dim"`
	ContextDim int `json:"context_dim"`
	Steps      int `json:"num_flow_steps"`
}

// Import reads a network with weights.safetensors and manifest.json as exported from the
// study's estimators.
func Import(dir string) (*Estimator, error) {
	path := filepath.Join(dir, ManifestName)
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var x exported
	if err := json.Unmarshal(raw, &x); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	weights := filepath.Join(dir, WeightsName)
	sum, err := job.SumFile(weights)
	if err != nil {
		return nil, err
	}
	tensors, err := flow.ReadSafetensors(weights)
	if err != nil {
		return nil, err
	}
	e := &Estimator{Config: Config{Kind: KindMAF, Imported: sum.SHA256, Description: "imported network " + x.Network}}
	m, err := flow.MAFFromTensors(tensors)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", weights, err)
	}
	e.Flow = flow.Ensemble{m}
	for _, p := range x.Theta {
		e.Config.Theta = append(e.Config.Theta, Parameter{p.Name, p.Low, p.High, p.Unit})
	}
	for _, f := range x.X {
		e.Config.X = append(e.Config.X, f.Name)
	}
	if x.ThetaDim != m.D || x.ContextDim != m.C || x.Steps != len(m.Steps) {
		return nil, fmt.Errorf("%s: theta_dim %d, context_dim %d, num_flow_steps %d, but the weights have %d, %d, %d", path, x.ThetaDim, x.ContextDim, x.Steps, m.D, m.C, len(m.Steps))
	}
	return e, e.check(path)
}

// UseScale tells how the features of an imported network were standardised: a table with
// the columns feature, mu and sigma. It is then used as one of the study's: units and
// statistics of the paper's profile. A feature without a row, or a sigma that is not
// positive, is an error that names it.
func (e *Estimator) UseScale(path string) error {
	kase := Single
	if slices.Contains(e.Config.X, selfParameters[0]) {
		kase = Pair
	}
	s := DefaultSpec(kase, profile.PaperName)
	s.Prior = e.Config.Theta
	t, err := table.Read(path)
	if err != nil {
		return err
	}
	at, err := t.Need(path, "feature", "mu", "sigma")
	if err != nil {
		return err
	}
	var scale []FeatureScale
	for _, name := range s.unitFeatures() {
		r := slices.IndexFunc(t.Rows, func(row []string) bool { return row[at[0]] == name })
		if r < 0 {
			return fmt.Errorf("%s: no row of the feature %s", path, name)
		}
		mu, errM := table.ParseFloat(t.Rows[r][at[1]])
		sigma, errS := table.ParseFloat(t.Rows[r][at[2]])
		if errM != nil || errS != nil || math.IsNaN(mu) || math.IsInf(mu, 0) || !(sigma > 0) || math.IsInf(sigma, 0) {
			return fmt.Errorf("%s: %s: mu %q, sigma %q; a finite number and a positive one are expected", path, name, t.Rows[r][at[1]], t.Rows[r][at[2]])
		}
		scale = append(scale, FeatureScale{name, mu, sigma})
	}
	e.Config.Spec, e.Config.FeatureScale = &s, scale
	return nil
}
