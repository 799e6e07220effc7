package motorpool

import (
	"fmt"
	"math"

	"example.org/renshaw/pkg/recording"
)

// Params are all parameters of a simulation. The tag name is the study's name, used in
// files (misspellings included); unit and doc feed the documentation, as does the table of
// the defaults' sources (sources.go). A quantity is written in files with its unit; read as
// a bare number it has the unit of the field. Derived values are methods.
type Params struct {
	// Output and run control.
	OutputFolderName       string `name:"output_folder_name" doc:"batch folder"`
	MakeUniqueOutputFolder bool   `name:"make_unique_output_folder" doc:"own folder per simulation inside the batch folder"`
	OutputPlots            bool   `name:"output_plots" doc:"draw the figures of the simulation"`
	PreSpecifyRandomSeed   bool   `name:"pre_specify_random_seed" doc:"seed 42 unless one is given"`
	RandomSeed             uint32 `name:"random_seed" doc:"seed of every draw of the simulation"`
	RNG                    string `name:"rng" doc:"random generator: mt19937 (replays recorded seeds) or pcg (faster)"`

	// Time.
	FsHz      int     `name:"fsamp" unit:"Hz" doc:"sampling rate of the input currents, a whole number"`
	DurationS float64 `name:"duration" unit:"s" doc:"analysed duration"`
	EdgesS    float64 `name:"edges_ignore_duration" unit:"s" doc:"margin before and after; only 1 works"`

	// Populations.
	Pools                    int     `name:"nb_pools" doc:"pools of motor neurons"`
	FullPool                 bool    `name:"full_pool_sim" doc:"deterministic gradient of sizes instead of Gaussian sizes"`
	NeuronsPerPool           int     `name:"nb_motoneurons_per_pool" doc:"motor neurons in each pool"`
	RenshawPerPair           int     `name:"nb_RCs_per_pool_pair" doc:"Renshaw cells of each ordered pair of pools"`
	MinDiameterUm            float64 `name:"min_soma_diameter" unit:"µm" doc:"smallest soma"`
	MaxDiameterUm            float64 `name:"max_soma_diameter" unit:"µm" doc:"largest soma"`
	SizeExponent             float64 `name:"size_distribution_exponent" doc:"curvature of the size gradient of a full pool"`
	MeanDiameterUm           float64 `name:"mean_soma_diameter" unit:"µm" doc:"mean soma, Gaussian sizes"`
	DiameterSDPercent        float64 `name:"sd_prct_soma_diameter" unit:"% of mean" doc:"SD of the soma, Gaussian sizes"`
	VoltageRestMV            float64 `name:"voltage_rest" quantity:"mV"`
	VoltageThresholdMV       float64 `name:"voltage_thresh" quantity:"mV" doc:"spike threshold of all cells"`
	VoltageAHPMV             float64 `name:"voltage_AHP" quantity:"mV"`
	UseConfiguredAHPReversal bool    `name:"use_configured_ahp_reversal" doc:"option: voltage_AHP is the reversal potential of the AHP"`

	// Common input. Arrays are pools x inputs; rows beyond the pools are not used.
	CommonInputs       int           `name:"nb_of_common_inputs" doc:"common inputs of each pool"`
	PowerBandHz        []float64     `name:"frequency_range_to_set_input_power" unit:"Hz" doc:"band in which power is calibrated"`
	BaselineNA         []float64     `name:"excitatory_input_baseline" unit:"nA" doc:"constant excitation of each pool"`
	CommonInputSD      [][]float64   `name:"common_input_std" unit:"nA or % of baseline" doc:"amplitude of each common input"`
	CommonInputSDUnit  []string      `name:"common_input_std_as_amp_or_prct" doc:"unit of each input's amplitude: nA or percent"`
	CommonInputBandHz  [][][]float64 `name:"frequency_range_of_common_input" unit:"Hz" doc:"band of each common input"`
	MaxFrequencyHz     float64       `name:"max_frequency_of_any_input" unit:"Hz" doc:"upper band edges above it are lowered to it"`
	ScaleFilterOrder   bool          `name:"scale_filter_order_to_frequency" doc:"filter order grows with the cut-off"`
	FilterOrderPerHz   float64       `name:"filter_order_scaling_coeff" unit:"1/Hz" doc:"order = this x cut-off"`
	DefaultFilterOrder int           `name:"default_freq_filter_order" doc:"order of unscaled filters and low cut-offs"`
	LowestFilterOrder  int           `name:"lowest_freq_filter_order" doc:"least order, and the cut-off in Hz above which it is scaled"`
	MaxFilterOrder     int           `name:"max_freq_filter_order" doc:"greatest order"`
	SameInputAllPools  bool          `name:"set_same_excitatory_input_for_all_pools" doc:"all pools receive the common inputs of pool 0"`
	SetCorrelation     bool          `name:"set_arbitrary_correlation_between_excitatory_inputs"`
	PoolCorrelation    float64       `name:"between_pool_excitatory_input_correlation"`
	CorrelationMethod  string        `name:"correlation_method" doc:"option: study (lower Cholesky factors, amplitudes change) or exact"`
	LowBandCalibration string        `name:"low_band_calibration"`

	// Independent input.
	IndependentCutoffHz float64 `name:"low_pass_filter_of_MN_independent_input" unit:"Hz"`
	IndependentMode     string  `name:"independent_input_absolute_or_ratio"`
	IndependentPower    float64 `name:"independent_input_power" unit:"1 or nA" doc:"that power ratio or SD"`
	RenshawCutoffHz     float64 `name:"low_pass_filter_of_RC_independent_input" unit:"Hz"`
	RenshawNoiseSDMV    float64 `name:"RC_independent_input_std" unit:"mV" doc:"SD of that noise; used with rc_noise_enabled only"`
	RenshawNoise        bool    `name:"rc_noise_enabled" doc:"option: Renshaw cells receive their noise (the study draws it and drops it)"`

	// Electrophysiology: power laws of the soma diameter D in µm.
	ResistanceConstant   float64 `name:"resistance_constant" doc:"input resistance = constant x D^exponent"`
	ResistanceExponent   float64 `name:"resistance_exponent" doc:"its exponent"`
	RheobaseConstant     float64 `name:"rheobase_constant" doc:"rheobase (nA) = scaling x constant x D^exponent"`
	RheobaseExponent     float64 `name:"rheobase_exponent" doc:"its exponent"`
	RheobaseScaling      float64 `name:"rheobase_scaling" doc:"its scaling"`
	CapacitanceConstant  float64 `name:"capacitance_constant" doc:"capacitance (µF) = constant x D^exponent"`
	CapacitanceExponent  float64 `name:"capacitance_exponent" doc:"its exponent"`
	AHPDurationConstant  float64 `name:"AHP_duration_constant" doc:"AHP duration (ms) = constant x D^exponent"`
	AHPDurationExponent  float64 `name:"AHP_duration_exponent" doc:"its exponent"`
	AHPConductanceStepMS float64 `name:"AHP_conductance_delta_after_spiking" quantity:"mS" doc:"AHP conductance added by a spike"`
	RefractoryMs         float64 `name:"refractory_period_absolute" unit:"ms" doc:"absolute refractory period of motor neurons"`
	VelocityConstant     float64 `name:"axonal_conduction_velocity_constant"`
	VelocityExponent     float64 `name:"axonal_conduction_velocity_exponent" doc:"its exponent"`

	// Renshaw cells, synapses, connectivity.
	RenshawTauMs        float64            `name:"tau_Renshaw" quantity:"ms" doc:"membrane time constant of Renshaw cells"`
	RenshawRefractoryMs float64            `name:"refractory_period_RC" quantity:"ms" doc:"refractory period of Renshaw cells"`
	Binary              bool               `name:"binary_connectivity" doc:"weights are 0 or 1"`
	DisynapticInhib     [][]float64        `name:"disynpatic_inhib_connections_desired_MN_MN"`
	SplitRatio          float64            `name:"split_MN_RC_ratio" doc:"share of the weight on MN to RC, 0 … 1"`
	Distribution        string             `name:"distribution_type" doc:"of weights: gaussian, size_gaussian or binarize"`
	DistributionParams  DistributionParams `name:"distribution_params" doc:"std, std_is_prct, ratio_large_small of that distribution"`
	WeightJitterSD      float64            `name:"disynaptic_inhib_received_arbitrary_adjustment"`
	PreventOverlap      bool               `name:"prevent_heteronymous_pool_overlap" doc:"never read by the study; without effect"`
	EPSPMV              float64            `name:"MN_to_Renshaw_EPSP" quantity:"mV"`
	IPSPMicroA          float64            `name:"Renshaw_to_MN_IPSP" quantity:"uA"`
	IPSPIsCharge        bool               `name:"scale_initial_IPSP_to_be_same_integral_regardless_of_synaptic_tau"`
	IPSPTauSource       string             `name:"synaptic_IPSP_membrane_or_user_defined_time_constant"`
	IPSPTauMs           float64            `name:"synaptic_IPSP_decay_time_constant" quantity:"ms"`
	DelayMs             float64            `name:"MN_RC_synpatic_delay" quantity:"ms" doc:"delay of both MN to RC and RC to MN"`
}

// DistributionParams shape the distribution of weights.
type DistributionParams struct {
	Std          float64 `name:"std" json:"std"`                 // SD of a weight
	StdIsPercent bool    `name:"std_is_prct" json:"std_is_prct"` // Std is a share of the mean
	// size_gaussian: mean weight of the largest over the smallest neuron
	RatioLargeSmall float64 `name:"ratio_large_small" json:"ratio_large_small"`
}

// StepS is the step of the integration and the grain of discharges, s, as in the study.
const StepS = 1e-4

// Generators of random numbers.
const (
	MT19937 = "mt19937"
	PCG     = "pcg"
)

// Words of text parameters.
const (
	Ratio, Absolute         = "ratio", "absolute"
	NanoAmpere, Percent     = "nA", "percent"
	Membrane, UserDefined   = "membrane", "user_defined"
	Gaussian, SizeGaussian  = "gaussian", "size_gaussian"
	Binarize                = "binarize"
	CorrelationStudy        = "study"
	CorrelationExact        = "exact"
	CalibrationSpectrum     = "spectrum"
	CalibrationDensity      = "density"
	defaultSeed             = 42
	dtS                     = StepS
	stepsPerSecond          = 10000
	axonLengthM             = 0.5
	membraneTimeConstantDiv = 100
)

// Default returns the study's defaults (not the paper's values), with jitter 0 where
// the original's default is unusable. For more than two pools the arrays must be
// given.
func Default() Params {
	return Params{
		OutputFolderName: "simulation_batch_", MakeUniqueOutputFolder: true, PreSpecifyRandomSeed: true,
		RandomSeed: defaultSeed, RNG: MT19937,
		FsHz: recording.DefaultFsHz, DurationS: 5, EdgesS: 1,
		Pools: 1, FullPool: true, NeuronsPerPool: 300, RenshawPerPair: 60, MinDiameterUm: 50,
		MaxDiameterUm: 100, SizeExponent: 2,
		MeanDiameterUm: 60, DiameterSDPercent: 5, VoltageThresholdMV: 10, VoltageAHPMV: -13.3,
		CommonInputs: 2, PowerBandHz: []float64{0, 5}, BaselineNA: []float64{25000, 25000},
		CommonInputSD:     [][]float64{{3000, 0}, {3000, 0}},
		CommonInputSDUnit: []string{NanoAmpere, NanoAmpere},
		CommonInputBandHz: [][][]float64{{{0, 5}, {30, 40}}, {{0, 5}, {30, 40}}}, MaxFrequencyHz: 80,
		ScaleFilterOrder: true, FilterOrderPerHz: 0.5, DefaultFilterOrder: 5, LowestFilterOrder: 5,
		MaxFilterOrder: 100,
		SetCorrelation: true, PoolCorrelation: 0.5, CorrelationMethod: CorrelationStudy,
		LowBandCalibration:  CalibrationSpectrum,
		IndependentCutoffHz: 50, IndependentMode: Ratio, IndependentPower: 3, RenshawCutoffHz: 50,
		RenshawNoiseSDMV:   3.333,
		ResistanceConstant: 9.6e5, ResistanceExponent: -2.4, RheobaseConstant: 9e-4,
		RheobaseExponent: 2.5, RheobaseScaling: 600,
		CapacitanceConstant: 1.2, CapacitanceExponent: 1, AHPDurationConstant: 2.5e4,
		AHPDurationExponent: -1.5, AHPConductanceStepMS: 1,
		RefractoryMs: 5, VelocityConstant: 8, VelocityExponent: 0.7,
		RenshawTauMs: 8, RenshawRefractoryMs: 5, DisynapticInhib: [][]float64{{1, 0}, {0, 0}},
		SplitRatio: 0.5, Distribution: Gaussian,
		DistributionParams: DistributionParams{0.2, true, 3}, EPSPMV: 6.7, IPSPMicroA: 3,
		IPSPTauSource: Membrane, IPSPTauMs: 10, DelayMs: 5,
	}
}

// Clone returns a copy that shares no array with p.
func (p Params) Clone() Params {
	p.PowerBandHz = append([]float64(nil), p.PowerBandHz...)
	p.BaselineNA = append([]float64(nil), p.BaselineNA...)
	p.CommonInputSD = clone2(p.CommonInputSD)
	p.CommonInputSDUnit = append([]string(nil), p.CommonInputSDUnit...)
	bands := make([][][]float64, len(p.CommonInputBandHz))
	for i, b := range p.CommonInputBandHz {
		bands[i] = clone2(b)
	}
	p.CommonInputBandHz = bands
	p.DisynapticInhib = clone2(p.DisynapticInhib)
	return p
}

func clone2(m [][]float64) [][]float64 {
	out := make([][]float64, len(m))
	for i, row := range m {
		out[i] = append([]float64(nil), row...)
	}
	return out
}

// TotalS is the simulated time, duration and both margins, s.
func (p *Params) TotalS() float64 { return p.DurationS + 2*p.EdgesS }

// Samples is the length of an input current.
func (p *Params) Samples() int { return int(math.Floor(p.TotalS() * float64(p.FsHz))) }

// Steps is the number of integration steps of 0.1 ms.
func (p *Params) Steps() int { return int(math.Round(p.TotalS() / dtS)) }

// Neurons is the number of motor neurons of all pools.
func (p *Params) Neurons() int { return p.Pools * p.NeuronsPerPool }

// RenshawCells is the number of Renshaw cells of all ordered pairs of pools.
func (p *Params) RenshawCells() int { return p.Pools * p.Pools * p.RenshawPerPair }

// Received is the recurrent inhibition that a motor neuron of each pool (column) receives from each
// pool (row), in connections: DisynapticInhib, the mean weight from one neuron to another, x the
// number of other neurons, N - 1 from its own pool of N and N from another one. Pools for which
// DisynapticInhib has no entry receive none.
func (p *Params) Received() [][]float64 {
	out := make([][]float64, p.Pools)
	for i := range out {
		out[i] = make([]float64, p.Pools)
		for j := range out[i] {
			if i < len(p.DisynapticInhib) && j < len(p.DisynapticInhib[i]) {
				out[i][j] = p.DisynapticInhib[i][j] * float64(p.Senders(i, j))
			}
		}
	}
	return out
}

// Senders is how many motor neurons of pool i a neuron of pool j receives recurrent inhibition
// from, itself left out.
func (p *Params) Senders(i, j int) int {
	if i == j {
		return p.NeuronsPerPool - 1
	}
	return p.NeuronsPerPool
}

// MemoryBytes estimates what a running simulation holds: the private noise of every
// motor neuron, signals being filtered, the common inputs and the output.
func (p *Params) MemoryBytes() int64 {
	samples := int64(p.Samples() + 1024)
	whole := int64(max(four, p.Pools*p.CommonInputs) + p.Pools + 3)
	private := float64(p.Neurons()+four-1) * p.privateBytes()
	return 8*whole*samples + int64(private*float64(samples)) + 24<<20
}

// privateBytes is at least what a sample of private noise takes: much less than a number where the
// band is low and its filter steep (see fourSignals).
func (p *Params) privateBytes() float64 {
	cutoff := p.IndependentCutoffHz / float64(p.FsHz)
	if cutoff <= 0.05 && float64(p.filterOrder(p.IndependentCutoffHz)) >= 500*cutoff {
		return 3.5
	}
	return 8
}

// Resolve finishes the parameters as the study's constructor does: upper band edges
// above MaxFrequencyHz are lowered to it (the number of edges is returned), and
// amplitudes in percent become nA, once. It must follow Validate.
func (p *Params) Resolve() (clamped int) {
	for q := range p.CommonInputBandHz {
		for k := range p.CommonInputBandHz[q] {
			if b := p.CommonInputBandHz[q][k]; b[1] > p.MaxFrequencyHz {
				b[1] = p.MaxFrequencyHz
				clamped++
			}
		}
	}
	for k, unit := range p.CommonInputSDUnit[:p.CommonInputs] {
		if unit != Percent {
			continue
		}
		for q := 0; q < p.Pools; q++ {
			p.CommonInputSD[q][k] *= p.BaselineNA[q] / 100
		}
		p.CommonInputSDUnit[k] = NanoAmpere
	}
	return clamped
}

// ParamError is a value that cannot be simulated.
type ParamError struct {
	Name  string // the study's name of the parameter
	Value any    // that was given
	Want  string // what is expected
}

// Error names parameter, value and what is expected.
func (e *ParamError) Error() string { return fmt.Sprintf("%s: %v; %s", e.Name, e.Value, e.Want) }

// Validate reports the first parameter that cannot be simulated as a *ParamError.
func (p *Params) Validate() error {
	for _, check := range []func() error{p.validateRun, p.validatePools, p.validateNumbers,
		p.validateInput, p.validateWeights} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func bad(name string, value any, format string, args ...any) error {
	return &ParamError{name, value, fmt.Sprintf(format, args...)}
}

// oneOf checks a word.
func oneOf(name, value string, words ...string) error {
	for _, w := range words {
		if value == w {
			return nil
		}
	}
	return bad(name, fmt.Sprintf("%q", value), "one of %v is expected", words)
}

func (p *Params) validateRun() error {
	if err := oneOf("rng", p.RNG, MT19937, PCG); err != nil {
		return err
	}
	switch {
	case p.FsHz < 1 || p.FsHz > 1e6:
		return bad("fsamp", p.FsHz, "a whole number of Hz from 1 to 1000000 is expected")
	case !(p.DurationS > 0 && p.DurationS <= 1e5):
		return bad("duration", p.DurationS, "more than 0 and at most 100000 s is expected")
	case p.EdgesS != 1:
		return bad("edges_ignore_duration", p.EdgesS, "only 1 s works (the taper of the inputs has "+
			"that length)")
	}
	return nil
}

func (p *Params) validatePools() error {
	switch {
	case p.Pools < 1 || p.Pools > 64:
		return bad("nb_pools", p.Pools, "1 to 64 pools are expected")
	case p.NeuronsPerPool < 1 || p.NeuronsPerPool > 10000:
		return bad("nb_motoneurons_per_pool", p.NeuronsPerPool, "1 to 10000 are expected")
	case p.FullPool && p.NeuronsPerPool == 1:
		return bad("nb_motoneurons_per_pool", 1, "a full pool (full_pool_sim) needs at least 2 motor "+
			"neurons")
	case p.RenshawPerPair < 1 || p.RenshawPerPair > 10000:
		return bad("nb_RCs_per_pool_pair", p.RenshawPerPair, "1 to 10000 are expected")
	case p.CommonInputs < 1 || p.CommonInputs > 64:
		return bad("nb_of_common_inputs", p.CommonInputs, "1 to 64 inputs are expected")
	case !(p.MinDiameterUm > 0 && p.MinDiameterUm < p.MaxDiameterUm && p.MaxDiameterUm < math.Inf(1)):
		return bad("min_soma_diameter", p.MinDiameterUm, "0 < min_soma_diameter < max_soma_diameter "+
			"(%v µm) is expected", p.MaxDiameterUm)
	}
	return nil
}

// limits of numbers that have no other check: lo < v, or lo ≤ v if closed.
type limits struct {
	name   string
	v, lo  float64
	closed bool
}

func (p *Params) validateNumbers() error {
	inf := math.Inf(-1)
	for _, l := range []limits{
		{"size_distribution_exponent", p.SizeExponent, 0, false},
		{"mean_soma_diameter", p.MeanDiameterUm, 0, false},
		{"sd_prct_soma_diameter", p.DiameterSDPercent, 0, true},
		{"voltage_rest", p.VoltageRestMV, inf, false},
		{"voltage_thresh", p.VoltageThresholdMV, 0, false}, {"voltage_AHP", p.VoltageAHPMV, inf, false},
		{"max_frequency_of_any_input", p.MaxFrequencyHz, 0, false},
		{"filter_order_scaling_coeff", p.FilterOrderPerHz, inf, false},
		{"independent_input_power", p.IndependentPower, 0, true},
		{"RC_independent_input_std", p.RenshawNoiseSDMV, 0, true},
		{"resistance_constant", p.ResistanceConstant, 0, false},
		{"resistance_exponent", p.ResistanceExponent, inf, false},
		{"rheobase_constant", p.RheobaseConstant, 0, true},
		{"rheobase_exponent", p.RheobaseExponent, inf, false},
		{"rheobase_scaling", p.RheobaseScaling, 0, true},
		{"capacitance_constant", p.CapacitanceConstant, 0, false},
		{"capacitance_exponent", p.CapacitanceExponent, inf, false},
		{"AHP_duration_constant", p.AHPDurationConstant, 0, false},
		{"AHP_duration_exponent", p.AHPDurationExponent, inf, false},
		{"AHP_conductance_delta_after_spiking", p.AHPConductanceStepMS, 0, true},
		{"refractory_period_absolute", p.RefractoryMs, 0, true},
		{"axonal_conduction_velocity_constant", p.VelocityConstant, 0, false},
		{"axonal_conduction_velocity_exponent", p.VelocityExponent, inf, false},
		{"tau_Renshaw", p.RenshawTauMs, 0, false},
		{"refractory_period_RC", p.RenshawRefractoryMs, 0, true},
		{"MN_to_Renshaw_EPSP", p.EPSPMV, 0, true},
		{"Renshaw_to_MN_IPSP", p.IPSPMicroA, 0, true},
		{"synaptic_IPSP_decay_time_constant", p.IPSPTauMs, 0, false},
		{"MN_RC_synpatic_delay", p.DelayMs, 0, true},
		{"disynaptic_inhib_received_arbitrary_adjustment", p.WeightJitterSD, 0, true},
		{"distribution_params: std", p.DistributionParams.Std, 0, true},
		{"distribution_params: ratio_large_small", p.DistributionParams.RatioLargeSmall, 0, false},
	} {
		switch {
		case math.IsNaN(l.v) || math.IsInf(l.v, 0):
			return bad(l.name, l.v, "a finite number is expected")
		case l.v < l.lo || l.v == l.lo && !l.closed:
			want := "more than 0 is expected"
			if l.closed {
				want = "0 or more is expected"
			}
			return bad(l.name, l.v, "%s", want)
		}
	}
	if p.RefractoryMs > 1e6 || p.RenshawRefractoryMs > 1e6 || p.DelayMs > 1e6 {
		return bad("refractory_period_absolute, refractory_period_RC, MN_RC_synpatic_delay",
			math.Max(p.DelayMs, math.Max(p.RefractoryMs, p.RenshawRefractoryMs)),
			"at most 1000000 ms is expected")
	}
	if math.Abs(p.VoltageRestMV) >= p.VoltageThresholdMV && p.VoltageRestMV > 0 {
		return bad("voltage_rest", p.VoltageRestMV, "below voltage_thresh (%v mV) is expected",
			p.VoltageThresholdMV)
	}
	return nil
}

// cutoff checks a filter's cut-off frequency.
func (p *Params) cutoff(name string, hz float64) error {
	if !(hz > 0 && hz < float64(p.FsHz)/2) {
		return bad(name, hz, "a cut-off between 0 and half the sampling rate (%v Hz) is expected",
			float64(p.FsHz)/2)
	}
	return nil
}

func (p *Params) validateInput() error {
	nyquist := float64(p.FsHz) / 2
	if b := p.PowerBandHz; len(b) != 2 || !(0 <= b[0] && b[0] < b[1] && b[1] < nyquist) {
		return bad("frequency_range_to_set_input_power", b, "[low, high] with 0 <= low < high < %v Hz "+
			"is expected", nyquist)
	}
	if math.Floor(p.PowerBandHz[1]) < math.Ceil(p.PowerBandHz[0])+1 {
		return bad("frequency_range_to_set_input_power", p.PowerBandHz,
			"the band must hold at least two whole numbers of Hz, the resolution of the spectrum")
	}
	if len(p.BaselineNA) < p.Pools {
		return bad("excitatory_input_baseline", p.BaselineNA,
			"a value for each of the %d pools is expected", p.Pools)
	}
	for q, v := range p.BaselineNA[:p.Pools] {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return bad(fmt.Sprintf("excitatory_input_baseline[%d]", q), v,
				"a finite number of nA is expected")
		}
	}
	if len(p.CommonInputSDUnit) < p.CommonInputs {
		return bad("common_input_std_as_amp_or_prct", p.CommonInputSDUnit,
			"a word for each of the %d inputs is expected", p.CommonInputs)
	}
	for _, u := range p.CommonInputSDUnit[:p.CommonInputs] {
		if err := oneOf("common_input_std_as_amp_or_prct", u, NanoAmpere, Percent); err != nil {
			return err
		}
	}
	if err := p.validateBands(); err != nil {
		return err
	}
	if err := p.validateCorrelation(); err != nil {
		return err
	}
	if err := oneOf("low_band_calibration", p.LowBandCalibration, CalibrationSpectrum,
		CalibrationDensity); err != nil {
		return err
	}
	if err := oneOf("independent_input_absolute_or_ratio", p.IndependentMode, Ratio,
		Absolute); err != nil {
		return err
	}
	if err := p.cutoff("low_pass_filter_of_MN_independent_input", p.IndependentCutoffHz); err != nil {
		return err
	}
	if err := p.cutoff("low_pass_filter_of_RC_independent_input", p.RenshawCutoffHz); err != nil &&
		p.RenshawNoise {
		return err
	}
	for _, o := range []struct {
		name string
		v    int
	}{{"default_freq_filter_order", p.DefaultFilterOrder},
		{"lowest_freq_filter_order", p.LowestFilterOrder}, {"max_freq_filter_order", p.MaxFilterOrder}} {
		if o.v < 1 || o.v > 1000 {
			return bad(o.name, o.v, "an order from 1 to 1000 is expected")
		}
	}
	return nil
}

func (p *Params) validateBands() error {
	if len(p.CommonInputSD) < p.Pools {
		return bad("common_input_std", p.CommonInputSD, "a row for each of the %d pools is expected",
			p.Pools)
	}
	if len(p.CommonInputBandHz) < p.Pools {
		return bad("frequency_range_of_common_input", p.CommonInputBandHz,
			"a row for each of the %d pools is expected", p.Pools)
	}
	for q := 0; q < p.Pools; q++ {
		if len(p.CommonInputSD[q]) < p.CommonInputs {
			return bad(fmt.Sprintf("common_input_std[%d]", q), p.CommonInputSD[q],
				"a value for each of the %d inputs is expected", p.CommonInputs)
		}
		if len(p.CommonInputBandHz[q]) < p.CommonInputs {
			return bad(fmt.Sprintf("frequency_range_of_common_input[%d]", q), p.CommonInputBandHz[q],
				"a band for each of the %d inputs is expected", p.CommonInputs)
		}
		for k := 0; k < p.CommonInputs; k++ {
			if v := p.CommonInputSD[q][k]; !(v >= 0) || math.IsInf(v, 0) {
				return bad(fmt.Sprintf("common_input_std[%d][%d]", q, k), v, "0 or more is expected")
			}
			name := fmt.Sprintf("frequency_range_of_common_input[%d][%d]", q, k)
			b := p.CommonInputBandHz[q][k]
			if len(b) != 2 || math.IsNaN(b[0]) || math.IsNaN(b[1]) {
				return bad(name, b, "[low, high] in Hz is expected")
			}
			high := math.Min(b[1], p.MaxFrequencyHz)
			if !(b[0] < high) {
				return bad(name, b, "low < high is expected, high after lowering to "+
					"max_frequency_of_any_input (%v Hz)", p.MaxFrequencyHz)
			}
			if err := p.cutoff(name, high); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Params) validateCorrelation() error {
	if err := oneOf("correlation_method", p.CorrelationMethod, CorrelationStudy,
		CorrelationExact); err != nil {
		return err
	}
	if p.Pools == 1 || !p.SetCorrelation {
		return nil
	}
	const name = "between_pool_excitatory_input_correlation"
	r, lowest := p.PoolCorrelation, -1/float64(p.Pools-1)
	switch {
	case !(r >= -1 && r <= 1):
		return bad(name, r, "-1 to 1 is expected")
	case r < 0 && p.CorrelationMethod != CorrelationExact:
		return bad(name, r, "a negative correlation comes out wrong with the study's method; set "+
			"correlation_method: exact")
	case r < lowest:
		return bad(name, r, "%d pools cannot all be correlated below %v", p.Pools, lowest)
	}
	return nil
}

func (p *Params) validateWeights() error {
	if err := oneOf("distribution_type", p.Distribution, Gaussian, SizeGaussian,
		Binarize); err != nil {
		return err
	}
	if err := oneOf("synaptic_IPSP_membrane_or_user_defined_time_constant", p.IPSPTauSource, Membrane,
		UserDefined); err != nil {
		return err
	}
	if !(p.SplitRatio >= 0 && p.SplitRatio <= 1) {
		return bad("split_MN_RC_ratio", p.SplitRatio, "0 to 1 is expected")
	}
	const name = "disynpatic_inhib_connections_desired_MN_MN"
	if len(p.DisynapticInhib) < p.Pools {
		return bad(name, p.DisynapticInhib, "a row for each of the %d pools is expected", p.Pools)
	}
	for i, row := range p.DisynapticInhib[:p.Pools] {
		if len(row) < p.Pools {
			return bad(fmt.Sprintf("%s[%d]", name, i), row, "a value for each of the %d pools is expected",
				p.Pools)
		}
		for j, v := range row[:p.Pools] {
			if !(v >= 0) || math.IsInf(v, 0) {
				return bad(fmt.Sprintf("%s[%d][%d]", name, i, j), v, "0 or more connections are expected")
			}
		}
	}
	return nil
}
