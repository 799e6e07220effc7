package sbi

import (
	"fmt"
	"os"
	"slices"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/run/profile"
)

// Filters of simulations and of experiments.
type Filters struct {
	Simulation  feature.Limits `yaml:"simulation" json:"simulation"`   // of training simulations
	Experiment  feature.Limits `yaml:"experiment" json:"experiment"`   // of recordings
	Intensities []float64      `yaml:"intensities" json:"intensities"` // % MVC; empty: all
	Muscles     []string       `yaml:"muscles" json:"muscles"`         // empty: all
}

// FlowSpec are kind and sizes of the network.
type FlowSpec struct {
	Kind       string `yaml:"kind" json:"kind"`             // maf or nsf
	Transforms int    `yaml:"transforms" json:"transforms"` // in a row
	Hidden     int    `yaml:"hidden" json:"hidden"`         // units of a layer
	Bins       int    `yaml:"bins" json:"bins,omitempty"`   // of every spline (nsf)
	// Bounded keeps the density inside the prior's box: flow.MAF.Bounded.
	Bounded bool `yaml:"bounded" json:"bounded,omitempty"`
}

// Band limits a frequency band: its low edge lies from 0 to LowMax, its high edge at most at
// Max (Hz).
type Band struct {
	LowMax float64 `yaml:"low_max" json:"low_max"`
	Max    float64 `yaml:"max" json:"max"`
}

// SplineBins are those of the network: none if its transforms are affine.
func (f FlowSpec) SplineBins() int {
	if f.Kind == KindNSF {
		return f.Bins
	}
	return 0
}

// Spec is inference.yaml: what is inferred from which features, and how it is trained.
type Spec struct {
	Case        string  `yaml:"case" json:"case"`               // single or pair
	Perspective string  `yaml:"perspective" json:"perspective"` // other_MUs_as_ref or MU_as_ref
	Direction   string  `yaml:"direction" json:"direction"`     // inhibited or inhibiting
	Area        string  `yaml:"area" json:"area"`               // raw or corrected
	Filters     Filters `yaml:"filters" json:"filters"`         // of units
	// Prior are parameters with their limits; default: those of the case. Any parameter of a
	// pairs table may be named.
	Prior []feature.Parameter `yaml:"prior" json:"prior"`
	// Normalize brings features to mean 0 and SD 1 over units before the statistics.
	Normalize bool `yaml:"normalize" json:"normalize"`
	// Statistics over the units of a muscle, some of StatisticNames.
	Statistics []string `yaml:"statistics" json:"statistics"`
	// CountFeatures adds the logarithms of the number of units and of their median counts to
	// the features: recordings have any number of units and any duration.
	CountFeatures bool `yaml:"count_features" json:"count_features"`
	// Band is the support of middle and half width of the second input's band in the training
	// simulations, which do not fill their box; nil: the box.
	Band     *Band    `yaml:"band" json:"band,omitempty"`
	Flow     FlowSpec `yaml:"flow" json:"flow"`         // kind and size of the networks
	Training Training `yaml:"training" json:"training"` // settings of the optimiser
	// CalibrateBase sets the SD of the flows' base distribution to what makes the validation
	// rows most probable, after training: see flow.MAF.BaseSD.
	CalibrateBase bool `yaml:"calibrate_base" json:"calibrate_base"`
	// CalibrateCoverage then sets it, depending on the count features, to what makes the coverage
	// of the validation rows right.
	CalibrateCoverage bool `yaml:"calibrate_coverage" json:"calibrate_coverage"`
	// Ensemble is the number of networks whose equal mixture is the posterior.
	Ensemble int `yaml:"ensemble" json:"ensemble"`
	// HeldOut is the share of the simulations that is kept for evaluation.
	HeldOut float64 `yaml:"held_out" json:"held_out"`
	// Samples is the number of posterior draws per condition.
	Samples int          `yaml:"samples" json:"samples"`
	Seed    uint64       `yaml:"seed" json:"seed"`       // of all random choices
	Profile profile.Name `yaml:"profile" json:"profile"` // corrected or paper
}

// Statistics over the units of a group.
var StatisticNames = []string{"mean", "median", "sd", "iqr"}

// DefaultSpec is the study's for a case, in the corrected profile: simulations are filtered
// like recordings, of any intensity. The paper's profile asks 10,000 counts of simulations,
// 10 or 40 % MVC, and one affine flow. Spline flows and the number of networks were chosen
// by the losses of six trainings of each on the study's training set (docs/benchmarks.md).
func DefaultSpec(kase string, prof profile.Name) Spec {
	limits := feature.DefaultLimits(feature.MinCountsExperiment)
	s := Spec{Case: kase, Perspective: feature.OthersAsReference, Direction: feature.Inhibited,
		Area: feature.RawArea, Filters: Filters{Simulation: limits, Experiment: limits},
		Normalize: true, Statistics: slices.Clone(StatisticNames), CountFeatures: true,
		CalibrateBase: true, Flow: FlowSpec{Kind: KindNSF, Transforms: 5, Hidden: 50, Bins: 10},
		Training: DefaultTraining(), Ensemble: 2, HeldOut: 0.1, Samples: 10000, Profile: prof}
	asPublished := profile.IsPaper(prof)
	if asPublished {
		s.CountFeatures, s.CalibrateBase = false, false
		s.Filters.Simulation.NSpikes = feature.MinCountsSimulation
		s.Filters.Intensities = []float64{10, 40}
		s.Flow.Kind, s.Ensemble = KindMAF, 1
	}
	s.Prior = feature.SinglePrior()
	if kase == feature.Single && !asPublished {
		s.Band = &Band{LowMax: 50, Max: 80} // of batches/training_single.yaml
	}
	if kase == feature.Pair {
		s.Prior = feature.PairPrior()
	}
	return s
}

// ReadSpec reads inference.yaml; "" gives the defaults. What it leaves out has the default
// of its case and profile. Unknown keys are errors that suggest the nearest.
func ReadSpec(path string) (Spec, error) {
	if path == "" {
		return DefaultSpec(feature.Single, profile.CorrectedName), nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return Spec{}, err
	}
	first := DefaultSpec(feature.Single, profile.CorrectedName)
	if err := config.DecodeNested(path, raw, &first); err != nil {
		return Spec{}, err
	}
	s := DefaultSpec(first.Case, first.Profile)
	if err := config.DecodeNested(path, raw, &s); err != nil {
		return Spec{}, err
	}
	if err := s.Validate(); err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// Validate names the key and the value that cannot work.
func (s *Spec) Validate() error {
	if _, err := profile.For(s.Profile); err != nil {
		return err
	}
	for _, w := range []struct {
		key, value string
		words      []string
	}{{"case", s.Case, []string{feature.Single, feature.Pair}},
		{"perspective", s.Perspective, []string{feature.OthersAsReference, feature.UnitAsReference}},
		{"direction", s.Direction, []string{feature.Inhibited, feature.Inhibiting}},
		{"area", s.Area, []string{feature.RawArea, feature.CorrectedArea}},
		{"flow: kind", s.Flow.Kind, []string{KindMAF, KindNSF}}} {
		if !slices.Contains(w.words, w.value) {
			return fmt.Errorf("%s: %q; one of %v is expected", w.key, w.value, w.words)
		}
	}
	for _, st := range s.Statistics {
		if !slices.Contains(StatisticNames, st) {
			return fmt.Errorf("statistics: %q; of %v are expected", st, StatisticNames)
		}
	}
	for _, p := range s.Prior {
		if !(p.Low < p.High) {
			return fmt.Errorf("prior: %s: low %v, high %v; low < high is expected", p.Name, p.Low, p.High)
		}
	}
	switch {
	case len(s.Statistics) == 0 || len(s.Prior) == 0:
		return fmt.Errorf("statistics and prior: at least one entry of each is expected")
	case s.Flow.Hidden < 2 || s.Flow.Hidden > 4096 || s.Flow.Transforms < 1 || s.Flow.Transforms > 100:
		return fmt.Errorf("flow: hidden %d, transforms %d; 2 to 4096 and 1 to 100 are expected",
			s.Flow.Hidden, s.Flow.Transforms)
	case s.Flow.Bins < 2 || s.Flow.Bins > 500:
		return fmt.Errorf("flow: bins: %d; 2 to 500 are expected", s.Flow.Bins)
	case s.Ensemble < 1 || s.Ensemble > 100:
		return fmt.Errorf("ensemble: %d; 1 to 100 networks are expected", s.Ensemble)
	case !(s.HeldOut >= 0 && s.HeldOut < 0.9):
		return fmt.Errorf("held_out: %v; 0 or more and less than 0.9 is expected", s.HeldOut)
	case s.Samples < 1:
		return fmt.Errorf("samples: %d; at least 1 is expected", s.Samples)
	}
	return s.Training.Validate()
}

// View is how the spec reads a unit's cross-histogram.
func (s *Spec) View() feature.View {
	return feature.View{Perspective: s.Perspective, Direction: s.Direction, Area: s.Area}
}

// UnitFeatures are the features of a unit, self parameters included.
func (s *Spec) UnitFeatures() []string {
	f := []string{s.View().AreaName(), feature.PeakFeature, feature.TimingFeature, feature.RateFeature}
	if s.Case == feature.Pair {
		f = append(f, feature.SelfParameters...)
	}
	return f
}

// XNames are the names of x: features, and for each its statistics; self parameters once;
// and with CountFeatures the logarithms of the number of units and of the median of their
// counts.
func (s *Spec) XNames() []string {
	var names []string
	for _, f := range s.UnitFeatures() {
		if slices.Contains(feature.SelfParameters, f) {
			names = append(names, f)
			continue
		}
		for _, st := range s.Statistics {
			names = append(names, f+"_"+st)
		}
	}
	if s.CountFeatures {
		names = append(names, feature.LogUnits, feature.LogCounts)
	}
	return names
}

// Dropped counts what was left out, by reason.
type Dropped map[string]int

// Roles of the rows of a pairs table.
const (
	RoleGradient   = 0
	RoleValidation = 1
	RoleHeldOut    = 2
)

// Training are the settings of a training run; the defaults are the study's.
type Training struct {
	LearningRate float64 `yaml:"lr" json:"lr"`       // of Adam
	Batch        int     `yaml:"batch" json:"batch"` // rows per step
	// Clip is the largest global L2 norm of the gradient.
	Clip float64 `yaml:"clip" json:"clip"`
	// Patience is the number of epochs without improvement before the end.
	Patience  int `yaml:"patience" json:"patience"`
	MaxEpochs int `yaml:"max_epochs" json:"max_epochs"` // at most so many
	// ValidationFraction is the share of the rows that decides when to stop.
	ValidationFraction float64 `yaml:"val_fraction" json:"val_fraction"`
	Float64            bool    `yaml:"float64" json:"float64"` // precision of the graph
	// Average is the share of the earlier mean in a running mean of the weights over epochs,
	// which is then validated and kept in place of the last epoch's own: steps of one size never
	// come to rest, and the mean does (Polyak and Juditsky 1992). 0 for none.
	Average float64 `yaml:"average" json:"average,omitempty"`
}

// DefaultTraining returns the study's settings.
func DefaultTraining() Training {
	return Training{LearningRate: 5e-4, Batch: 200, Clip: 5, Patience: 20, MaxEpochs: 2000,
		ValidationFraction: 0.1}
}

// Validate names the setting that cannot work.
func (t Training) Validate() error {
	switch {
	case !(t.LearningRate > 0 && t.LearningRate < 1):
		return fmt.Errorf("training: lr: %v; a number between 0 and 1 is expected", t.LearningRate)
	case t.Batch < 1 || t.Patience < 1 || t.MaxEpochs < 1:
		return fmt.Errorf("training: batch %d, patience %d, max_epochs %d; whole numbers from 1 are "+
			"expected", t.Batch, t.Patience, t.MaxEpochs)
	case !(t.Clip > 0):
		return fmt.Errorf("training: clip: %v; a positive number is expected", t.Clip)
	case !(t.ValidationFraction > 0 && t.ValidationFraction < 0.9):
		return fmt.Errorf("training: val_fraction: %v; more than 0 and less than 0.9 is expected",
			t.ValidationFraction)
	case !(t.Average >= 0 && t.Average < 1):
		return fmt.Errorf("training: average: %v; 0 (none) or more, and less than 1, is expected",
			t.Average)
	}
	return nil
}
