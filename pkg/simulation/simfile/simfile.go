package simfile

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/simulation/motorpool"
)

// Names of the files in the folder of a simulation. SimulationFile appears last: a
// folder that has it is complete.
const (
	SimulationFile       = recfile.SimulationFile
	ParametersFile       = "sim_parameters.json"
	CommonPowerFile      = "power_per_frequency_band_common_input.csv"
	IndependentPowerFile = "power_per_frequency_band_independent_input.csv"
)

// Options of WriteSimulation.
type Options struct {
	Profile string // that the file names: corrected or paper
	Version string // of the program
	// IndependentSpectrum writes the spectrum of the private inputs too, which takes as long to
	// compute as the simulation.
	IndependentSpectrum bool
}

// WriteSimulation writes the files of a simulation into dir, SimulationFile last;
// between is called before it, for figures.
func WriteSimulation(dir string, s *motorpool.Simulation, opt Options,
	between func() error) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := atomicfile.WriteJSON(filepath.Join(dir, ParametersFile), s.Params); err != nil {
		return err
	}
	if err := writePower(filepath.Join(dir, CommonPowerFile),
		s.Common.DensityNA2[0][:s.SpectrumHz()]); err != nil {
		return err
	}
	if opt.IndependentSpectrum {
		density, _ := s.IndependentSpectrum()
		if err := writePower(filepath.Join(dir, IndependentPowerFile),
			density[:s.SpectrumHz()]); err != nil {
			return err
		}
	}
	if between != nil {
		if err := between(); err != nil {
			return err
		}
	}
	return writeSimulationH5(filepath.Join(dir, SimulationFile), s, opt)
}

// writePower writes a density in bins of 1 Hz, nA²/Hz.
func writePower(path string, density []float64) error {
	t := &table.Table{Columns: []string{"frequencies", "power"}}
	for hz, v := range density {
		t.Add(fmt.Sprintf("%d.0", hz), table.Float(v))
	}
	return t.Write(path)
}

// create starts the file of a simulation, packed or not.
func create(path string, opt Options) (*h5.File, error) {
	w, err := h5.Create(path)
	if err == nil {
		w.Attr("/", "version", opt.Version)
		w.Attr("/", "profile", opt.Profile)
	}
	return w, err
}

func writeSimulationH5(path string, s *motorpool.Simulation, opt Options) error {
	w, err := create(path, opt)
	if err != nil {
		return err
	}
	defer w.Abort()
	putParameters(w, &s.Params)
	pools := make([]string, s.Params.Neurons())
	for m := range pools {
		pools[m] = "pool_" + strconv.Itoa(m/s.Params.NeuronsPerPool)
	}
	recfile.PutSpikeTrains(w, pools, s.Trains(), "s")
	w.Group(recfile.TrainsRC)
	for c, t := range s.RenshawTrains() {
		w.PutFloat64s(fmt.Sprintf("%s/RC_%d", recfile.TrainsRC, c), t)
	}
	for _, p := range properties(s.Neurons) {
		w.PutFloat64s("/motoneurons_properties/"+p.name, p.v)
	}
	putMatrix(w, "/connectivity/MN_to_RC", s.Connectivity.MNtoRC)
	putMatrix(w, "/connectivity/RC_to_MN", s.Connectivity.RCtoMN)
	putDisynaptic(w, s)
	putInput(w, s, opt.IndependentSpectrum)
	return w.Commit()
}

// property is a property of every motor neuron, named as in the files.
type property struct {
	name string
	v    []float64
}

func properties(n *motorpool.Neurons) []property {
	return []property{{"soma_diameter", n.DiameterUm}, {"resistance", n.ResistanceKOhm},
		{"input_weight", n.InputWeight}, {"capacitance", n.CapacitanceUF},
		{"membrane_conductance", n.ConductanceMS}, {"membrane_time_constant", n.MembraneTauMs},
		{"AHP_duration", n.AHPDurationMs},
		{"AHP_conductance_decay_time_constant", n.AHPTauMs}, {"refractory_period", n.RefractoryMs},
		{"rheobase", n.RheobaseNA}, {"spike_transmission_delay", n.TransmissionDelaysS}}
}

// putDisynaptic writes the disynaptic weights, whole numbers where they are counts.
func putDisynaptic(w *h5.File, s *motorpool.Simulation) {
	const path = "/connectivity/MN_to_MN"
	m := s.Connectivity.MNtoMN
	if s.Params.Distribution != motorpool.Binarize {
		putMatrix(w, path, m)
		return
	}
	whole := make([]int64, len(m.W))
	for i, v := range m.W {
		whole[i] = int64(v)
	}
	w.PutInt64s(path, whole, m.Rows, m.Cols)
}

func putMatrix(w *h5.File, path string, m motorpool.Matrix) {
	w.PutFloat64s(path, m.W, m.Rows, m.Cols)
}

func putInput(w *h5.File, s *motorpool.Simulation, spectrum bool) {
	w.Group("/input")
	w.Attr("/input", "total_power_common_input", s.Common.TotalPower[0])
	independent := s.IndependentPowerNA2
	if spectrum {
		_, independent = s.IndependentSpectrum()
	}
	w.Attr("/input", "total_power_independent_input", independent)
	common := s.Common.CurrentNA[0] // not copied for a single pool: it is large
	if len(s.Common.CurrentNA) > 1 {
		common = slices.Concat(s.Common.CurrentNA...)
	}
	w.PutFloat64s("/input/common_input", common, len(s.Common.CurrentNA), len(s.Common.CurrentNA[0]))
	hz := make([]float64, s.SpectrumHz())
	for i := range hz {
		hz[i] = float64(i)
	}
	w.PutFloat64s("/input/frequencies", hz)
	w.PutFloat64s("/input/power_spectrum_common_input", s.Common.DensityNA2[0][:len(hz)])
	if spectrum {
		density, _ := s.IndependentSpectrum()
		w.PutFloat64s("/input/power_spectrum_independent_input", density[:len(hz)])
	}
}

// putParameters writes the parameters as the study's files have them: numbers, texts and
// lists as attributes, quantities in SI units and arrays as datasets.
func putParameters(w *h5.File, p *motorpool.Params) {
	w.Group(recfile.SimParams)
	for _, v := range p.Values() {
		switch x := v.Value.(type) {
		case motorpool.Quantity:
			w.PutScalar(recfile.SimParams+"/"+v.Name, x.SI())
		case [][]float64:
			flat, dims := flatten(x)
			w.PutFloat64s(recfile.SimParams+"/"+v.Name, flat, dims...)
		case [][][]float64:
			var flat []float64
			var inner []int
			for _, m := range x {
				var part []float64
				part, inner = flatten(m)
				flat = append(flat, part...)
			}
			w.PutFloat64s(recfile.SimParams+"/"+v.Name, flat, append([]int{len(x)}, inner...)...)
		case bool:
			w.Attr(recfile.SimParams, v.Name, h5.Bool(x))
		case int, float64, string:
			w.Attr(recfile.SimParams, v.Name, x)
		case uint32:
			w.Attr(recfile.SimParams, v.Name, int64(x))
		default:
			raw, err := json.Marshal(x)
			if err != nil { // only for values that Validate refuses
				panic(err)
			}
			w.Attr(recfile.SimParams, v.Name, string(raw))
		}
	}
}

// flatten joins rows; they have one length in every file this program writes.
func flatten(m [][]float64) (flat []float64, dims []int) {
	for _, row := range m {
		flat = append(flat, row...)
	}
	if len(m) == 0 {
		return flat, []int{0}
	}
	return flat, []int{len(m), len(flat) / len(m)}
}

// Case is an explicit network with its drive: what renshaw replay integrates.
type Case struct {
	Network *motorpool.Network // in SI units
	Drive   motorpool.Drive    // nA
}

// tableDrive is a drive held in memory, row per motor neuron, nA.
type tableDrive struct {
	samples int
	na      []float64
}

func (d tableDrive) Samples() int { return d.samples }

func (d tableDrive) Rows(first, stride int, dst []float64) {
	for m := 0; m < len(d.na)/d.samples; m++ {
		for i, v := range d.na[m*d.samples+first : m*d.samples+first+len(dst)/stride] {
			dst[i*stride+m] = v
		}
	}
}

// ReadCase reads an explicit network (docs/formats/simulation.md). Errors name file and
// field.
func ReadCase(path string) (*Case, error) {
	f, err := h5.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := caseReader{f: f}
	n := &motorpool.Network{
		DtS: r.attr("/", "dt_s"), Steps: r.whole("/", "n_steps"), FsHz: r.whole("/", "fsamp_hz"),
		LeakS: r.values("/integration/g_leak_S"), CF: r.values("/integration/C_F"),
		InputWeight:  r.values("/integration/input_weight"),
		SynapticTauS: r.values("/integration/tau_syn_s"), AHPTauS: r.values("/integration/tau_ahp_s"),
		DelaySteps:             r.whole("/integration", "delay_steps"),
		RefractoryStepsNeuron:  r.whole("/integration", "refractory_steps_mn"),
		RefractoryStepsRenshaw: r.whole("/integration", "refractory_steps_rc"),
		RenshawTauS:            r.attr("/integration", "tau_rc_s"),
		EPSPV:                  r.attr("/integration", "epsp_V"),
		IPSP:                   r.attr("/integration", "ipsp_A_or_C"),
		IPSPIsCharge:           r.attr("/integration", "ipsp_is_charge") != 0,
		AHPStepS:               r.attr("/integration", "g_ahp_increment_S"),
		ThresholdV:             r.attr("/integration", "threshold_V"),
		AHPReversalV:           r.attr("/integration", "ahp_reversal_V_effective"),
		RestV:                  r.attr("/integration", "rest_V"),
		MNtoRC:                 r.matrix("/connectivity/MN_to_RC"),
		RCtoMN:                 r.matrix("/connectivity/RC_to_MN"),
	}
	drive := r.matrix("/drive/drive_nA_int")
	if r.err != nil {
		return nil, r.err
	}
	if err := n.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if drive.Rows != len(n.CF) || drive.Cols == 0 {
		return nil, fmt.Errorf("%s: /drive/drive_nA_int is %d x %d; a row of samples for each of the "+
			"%d motor neurons is expected", path, drive.Rows, drive.Cols, len(n.CF))
	}
	return &Case{n, tableDrive{drive.Cols, drive.W}}, nil
}

// caseReader keeps the first error.
type caseReader struct {
	f   *h5.File
	err error
}

func (r *caseReader) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *caseReader) attr(path, name string) float64 {
	v, err := r.f.AttrFloat64(path, name)
	r.keep(err)
	return v
}

func (r *caseReader) whole(path, name string) int {
	v := r.attr(path, name)
	if v != math.Trunc(v) || math.Abs(v) > math.MaxInt32 {
		r.keep(fmt.Errorf("%s: %s: attribute %s is %v; a whole number is expected", r.f.Path(), path,
			name, v))
	}
	return int(v)
}

func (r *caseReader) values(path string) []float64 {
	v, _, err := r.f.Float64s(path)
	r.keep(err)
	return v
}

func (r *caseReader) matrix(path string) motorpool.Matrix {
	v, dims, err := r.f.Float64s(path)
	if err == nil && len(dims) != 2 {
		err = fmt.Errorf("%s: %s: a matrix is expected, found shape %v", r.f.Path(), path, dims)
	}
	if err != nil {
		r.keep(err)
		return motorpool.Matrix{}
	}
	return motorpool.Matrix{Rows: dims[0], Cols: dims[1], W: v}
}

// WriteReplay writes the spikes of an explicit network.
func WriteReplay(path string, n *motorpool.Network, mn, rc motorpool.Spikes, version string) error {
	w, err := h5.Create(path)
	if err != nil {
		return err
	}
	defer w.Abort()
	w.Attr("/", "n_steps", n.Steps)
	w.Attr("/", "dt_s", n.DtS)
	w.Attr("/", "fsamp_hz", n.FsHz)
	w.Attr("/", "version", version)
	for _, d := range []struct {
		name string
		v    []int32
	}{{"mn_step", mn.Step}, {"mn_index", mn.Index}, {"rc_step", rc.Step}, {"rc_index", rc.Index}} {
		whole := make([]int64, len(d.v))
		for i, x := range d.v {
			whole[i] = int64(x)
		}
		w.PutInt64s("/spikes/"+d.name, whole)
	}
	return w.Commit()
}
