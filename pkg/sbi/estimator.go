// Package sbi infers parameters from features by neural posterior estimation: settings, priors,
// estimators with their folders, densities, and draws of posteriors, all on arrays.
package sbi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/version"
	"example.org/renshaw/pkg/sbi/flow"
)

// Names of the files in the folder of an estimator; docs/formats/estimator.md describes
// them.
const (
	ConfigName   = "config.json"
	WeightsName  = "weights.safetensors"
	ManifestName = "manifest.json"

	estimatorFormat = "renshaw estimator"
	// 2: splines and ensembles; 3: bounded flows; 4: a base distribution whose SD depends on the
	// features
	estimatorVersion = 4
)

// Kinds of network: masked autoregressive flows with affine transforms, and with
// rational-quadratic splines (neural spline flows).
const (
	KindMAF = "maf"
	KindNSF = "nsf"
)

// Config is what an estimator knows beside its weights.
type Config struct {
	Format  string              `json:"format"`         // "renshaw estimator"
	Version int                 `json:"format_version"` // of the format
	MadeBy  string              `json:"made_by"`        // program and version
	Kind    string              `json:"kind"`           // maf or nsf
	Theta   []feature.Parameter `json:"theta"`          // parameters, in order
	// X names the context features, in order.
	X          []string `json:"x"`
	Hidden     int      `json:"hidden"`             // units per layer
	Transforms int      `json:"transforms"`         // in a row
	Bins       int      `json:"bins,omitempty"`     // of a spline
	Ensemble   int      `json:"ensemble,omitempty"` // number of networks
	// Imported is the SHA-256 of the weights it was imported from.
	Imported    string `json:"imported,omitempty"`
	Description string `json:"description,omitempty"` // for people
	// FeatureScale is nil if unknown, as for imported networks.
	FeatureScale []FeatureScale `json:"feature_scale,omitempty"`

	// Of a trained estimator.
	Spec      *Spec      `json:"spec,omitempty"`
	Reference *Reference `json:"reference,omitempty"`   // the gradient rows' features
	Roles     []int      `json:"roles,omitempty"`       // 0 gradient, 1 validation, 2 held out, per row of the set
	Groups    []string   `json:"groups,omitempty"`      // name of each row
	BestEpoch []int      `json:"best_epochs,omitempty"` // of every network, 1 is the first
	// networks without which the validation rows are more probable, 1 is the first
	LeftOut  []int    `json:"left_out,omitempty"`
	BestLoss float64  `json:"best_validation_loss,omitempty"` // of all networks together
	HeldOut  *float64 `json:"held_out_loss,omitempty"`        // mean of -log q over the held-out rows
	// HeldOutTables are the checksums (SHA-256) of tables that were held out as a whole.
	HeldOutTables []string `json:"held_out_tables,omitempty"`
	// Extends are the checksums of the tables that an earlier estimator, whose pairs this one
	// uses again, was trained on.
	Extends    []string `json:"extends,omitempty"`
	DroppedRow Dropped  `json:"dropped_rows,omitempty"` // by reason
}

// Estimator is a trained posterior estimator.
type Estimator struct {
	Config Config        // what it knows
	Flow   flow.Ensemble // its networks

	Weights string // SHA-256 of the file of weights, if read from one
	Dir     string // it was read from or written to
}

// Load reads the folder of an estimator. Errors name file and field. A folder whose files do not
// belong together, because what wrote them was interrupted or they were changed since, is refused.
func Load(dir string) (*Estimator, error) {
	made, err := job.Ready(dir, ManifestName)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, ConfigName)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, serr := os.Stat(filepath.Join(dir, ManifestName)); serr == nil {
			return nil, fmt.Errorf("%s: no %s; a network as exported must be imported first: renshaw "+
				"import estimator %s -o ESTIMATOR", dir, ConfigName, dir)
		}
	}
	if err != nil {
		return nil, err
	}
	e := &Estimator{Dir: dir}
	if err := json.Unmarshal(raw, &e.Config); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	switch c := e.Config; {
	case c.Format != estimatorFormat:
		return nil, fmt.Errorf("%s: format is %q, not %q: this is no estimator", path, c.Format,
			estimatorFormat)
	case c.Version < 1 || c.Version > estimatorVersion:
		return nil, fmt.Errorf("%s: format_version %d; this program (%s) reads up to %d: use a newer one",
			path, c.Version, version.String(), estimatorVersion)
	case c.Kind != KindMAF && c.Kind != KindNSF:
		return nil, fmt.Errorf("%s: kind is %q; %s or %s is expected", path, c.Kind, KindMAF, KindNSF)
	}
	weights := filepath.Join(dir, WeightsName)
	sum, err := job.SumFile(weights)
	if err != nil {
		return nil, err
	}
	e.Weights = sum.SHA256
	of := sha256.Sum256(raw)
	for name, got := range map[string]string{ConfigName: hex.EncodeToString(of[:]),
		WeightsName: e.Weights} {
		if want, ok := made.Output(name); ok && want.SHA256 != got {
			return nil, fmt.Errorf("%s: is not the file that %s tells of (its SHA-256 differs): "+
				"it was changed or mixed up; copy the folder again, or train anew",
				filepath.Join(dir, name), ManifestName)
		}
	}
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
		return fmt.Errorf("%s: names %d parameters and %d features, but the network has %d and %d", path,
			len(e.Config.Theta), len(e.Config.X), e.Flow.D(), e.Flow.C())
	}
	for _, p := range e.Config.Theta {
		if !(p.Low < p.High) {
			return fmt.Errorf("%s: theta %s: low %v, high %v; low < high is expected", path, p.Name, p.Low,
				p.High)
		}
	}
	return nil
}

// Stage writes weights and configuration as files of a job, which appear when that commits.
func (e *Estimator) Stage(j *job.Job) error {
	e.Config.Format, e.Config.Version, e.Config.MadeBy = estimatorFormat, estimatorVersion,
		"renshaw "+version.String()
	m0 := e.Flow[0]
	e.Config.Hidden, e.Config.Transforms, e.Config.Bins, e.Config.Ensemble = m0.H, len(m0.Steps),
		m0.Bins, len(e.Flow)
	if err := flow.WriteSafetensors(j.Stage(WeightsName), e.tensors()); err != nil {
		return err
	}
	e.Dir = j.Dir
	return atomicfile.WriteJSON(j.Stage(ConfigName), e.Config)
}

// ImportInto is Import, with the estimator written into the folder out; command is what was typed.
func ImportInto(dir, out, command string) (*Estimator, error) {
	e, err := Import(dir)
	if err != nil {
		return nil, err
	}
	j, err := job.Open(out, job.Options{Command: "import estimator", Line: command,
		Manifest: ManifestName})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	if err := j.Input(filepath.Join(dir, WeightsName), filepath.Join(dir, ManifestName)); err != nil {
		return nil, err
	}
	if err := e.Stage(j); err != nil {
		return nil, err
	}
	return e, j.Commit()
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
	e := &Estimator{Config: Config{Kind: KindMAF, Imported: sum.SHA256,
		Description: "imported network " + x.Network}}
	m, err := flow.MAFFromTensors(tensors)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", weights, err)
	}
	e.Flow = flow.Ensemble{m}
	for _, p := range x.Theta {
		e.Config.Theta = append(e.Config.Theta,
			feature.Parameter{Name: p.Name, Low: p.Low, High: p.High, Unit: p.Unit})
	}
	for _, f := range x.X {
		e.Config.X = append(e.Config.X, f.Name)
	}
	if x.ThetaDim != m.D || x.ContextDim != m.C || x.Steps != len(m.Steps) {
		return nil, fmt.Errorf("%s: theta_dim %d, context_dim %d, num_flow_steps %d, but the weights "+
			"have %d, %d, %d", path, x.ThetaDim, x.ContextDim, x.Steps, m.D, m.C, len(m.Steps))
	}
	return e, e.check(path)
}

// Physical is a draw in physical units.
func (e *Estimator) Physical(row []float64) []float64 {
	out := make([]float64, len(row))
	for i, p := range e.Config.Theta {
		out[i] = p.Low + row[i]*(p.High-p.Low)
	}
	return out
}

// ProfileName of the estimator; an imported one has none.
func (e *Estimator) ProfileName() string {
	if e.Config.Spec == nil {
		return ""
	}
	return string(e.Config.Spec.Profile)
}

// Files in the folder of an estimator: the training curve, and the pairs that tables of
// simulations gave, from which it can be trained and evaluated again.
const (
	CurveName = "training.csv"
	PairsName = "training_pairs.csv.gz"
)

// PairsPath is where an estimator in dir keeps its pairs: PairsName, or the same name
// without .gz in folders written before they were compressed.
func PairsPath(dir string) string {
	path := filepath.Join(dir, PairsName)
	plain := strings.TrimSuffix(path, ".gz")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if _, err := os.Stat(plain); err == nil {
		return plain
	}
	return path
}

// LogProb is log q(theta|x) of every row, in unit-box coordinates. Outside the box it is finite
// too, the density being neither truncated nor corrected for what lies there; of a bounded flow
// it is -Inf there.
func (e *Estimator) LogProb(p *Pairs) ([]float64, error) {
	return LogProb(e.Flow, p.Theta, p.X)
}

// Judge compares the mean of a condition's contexts with the training rows, or, for an
// imported network, with the mean and SD that it standardises by.
func (e *Estimator) Judge(contexts [][]float64) Verdict {
	x := make([]float64, len(contexts[0]))
	for _, c := range contexts {
		for k, v := range c {
			x[k] += v / float64(len(contexts))
		}
	}
	if e.Config.Reference != nil {
		return e.Config.Reference.Judge(x)
	}
	v := Verdict{Distance: math.NaN(), Rank: math.NaN()}
	for k, m := range e.Flow[0].XMean {
		v.Z = append(v.Z, (x[k]-m)/e.Flow[0].XStd[k])
		v.Unusual = v.Unusual || math.Abs(v.Z[k]) > 4
	}
	return v
}
