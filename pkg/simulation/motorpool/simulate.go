package motorpool

import (
	"context"
	"fmt"
	"math"

	"example.org/renshaw/pkg/num/signal"
)

// Simulation is the result of Simulator.Run.
type Simulation struct {
	Params       Params        // resolved: bands lowered, percent turned into nA
	Neurons      *Neurons      // their properties
	Connectivity *Connectivity // their weights
	MN, RC       Spikes        // steps of 0.1 ms from the start of the first margin; no axonal delay
	Common       *CommonInput  // currents that pools share

	// Mean over motor neurons of the mean square of their private noise, nA².
	IndependentPowerNA2 float64
	independent         *independentInput

	// Drive is the current of every motor neuron, nA; like Common.CurrentNA it is valid until
	// the next Run of the same Simulator.
	Drive Drive

	Warnings []string // for the user
}

// SpectrumHz is how many bins of 1 Hz are kept of the power spectra: 150, or all if the
// sampling rate has fewer.
func (s *Simulation) SpectrumHz() int { return min(spectrumBins, len(s.Common.DensityNA2[0])) }

// Trains returns the spike times of every motor neuron at the muscle, s: step x 0.1 ms
// plus the axonal delay; margins included. Silent neurons have an empty train.
func (s *Simulation) Trains() [][]float64 {
	return trains(s.MN, len(s.Neurons.DiameterUm),
		func(m int) float64 { return s.Neurons.TransmissionDelaysS[m] })
}

// RenshawTrains returns the spike times of every Renshaw cell, s, without delay.
func (s *Simulation) RenshawTrains() [][]float64 {
	return trains(s.RC, s.Params.RenshawCells(), func(int) float64 { return 0 })
}

func trains(s Spikes, cells int, delayS func(int) float64) [][]float64 {
	out := make([][]float64, cells)
	for i := range out {
		out[i] = []float64{}
	}
	for i, step := range s.Step {
		c := int(s.Index[i])
		out[c] = append(out[c], float64(step)*dtS+delayS(c))
	}
	return out
}

// Simulator runs simulations one after the other and keeps its memory in between. The
// zero value is ready. It is not safe for concurrent use: one per worker.
type Simulator struct {
	ws         workspace
	integrator Integrator
}

// workspace holds the large buffers.
type workspace struct {
	commons, filters [][]float64
	privates         []fourSignals
	spectrum         *signal.Welch
	spectrumFs       int
}

// buffer returns slot i with n numbers, whatever they are.
func buffer(slots *[][]float64, i, n int) []float64 {
	for len(*slots) <= i {
		*slots = append(*slots, nil)
	}
	if cap((*slots)[i]) < n {
		(*slots)[i] = make([]float64, n)
	}
	return (*slots)[i][:n]
}

func (w *workspace) common(i, n int) []float64   { return buffer(&w.commons, i, n) }
func (w *workspace) filtered(i, n int) []float64 { return buffer(&w.filters, i, n) }

// fours returns places for that many times four signals.
func (w *workspace) fours(n int) []fourSignals {
	for len(w.privates) < n {
		w.privates = append(w.privates, fourSignals{})
	}
	return w.privates[:n]
}

// welch estimates spectra in segments of 1 s.
func (w *workspace) welch(fsHz int) *signal.Welch {
	if w.spectrum == nil || w.spectrumFs != fsHz {
		w.spectrum, w.spectrumFs = signal.NewWelch(fsHz, float64(fsHz)), fsHz
	}
	return w.spectrum
}

// Run simulates. The random draws come in this order: sizes, common inputs by pool and
// input, private noise by motor neuron, noise of the Renshaw cells, weights by ordered
// pair of pools, jitter. Errors of parameters are *ParamError; ctx ends a run early.
func (s *Simulator) Run(ctx context.Context, p Params) (*Simulation, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	p = p.Clone()
	out := &Simulation{}
	if clamped := p.Resolve(); clamped > 0 {
		out.Warnings = append(out.Warnings, fmt.Sprintf("frequency_range_of_common_input: %d upper "+
			"edges were lowered to max_frequency_of_any_input (%v Hz)", clamped, p.MaxFrequencyHz))
	}
	out.Params = p
	rng, err := NewRandom(p.RNG, p.RandomSeed)
	if err != nil {
		return nil, err
	}
	out.Neurons = NewNeurons(&p, Diameters(&p, rng))
	if out.Common, err = newCommonInput(&p, rng, &s.ws); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if out.independent, err = newIndependentInput(&p, out.Common, rng, &s.ws); err != nil {
		return nil, err
	}
	out.IndependentPowerNA2 = out.independent.powerNA2
	if s.integrator.RenshawNoiseV, err = renshawNoise(&p, rng); err != nil {
		return nil, err
	}
	out.Connectivity = NewConnectivity(&p, out.Neurons.DiameterUm, rng)
	out.Drive = newDrive(&p, out.Neurons, out.Common, out.independent)
	net := NewNetwork(&p, out.Neurons, out.Connectivity)
	if err := s.integrator.Run(ctx, net, out.Drive, &out.MN, &out.RC); err != nil {
		return nil, err
	}
	return out, nil
}

// renshawNoise passes over the noise of the Renshaw cells, which the study draws and
// drops, or makes it if it is enabled: 0 to RenshawCutoffHz with SD RenshawNoiseSDMV.
func renshawNoise(p *Params, rng Random) ([][]float64, error) {
	n := p.Samples()
	if !p.RenshawNoise {
		rng.SkipNormals(n * p.RenshawCells())
		return nil, nil
	}
	b, err := newBand(p, 0, p.RenshawCutoffHz)
	if err != nil {
		return nil, err
	}
	noise, buffers := make([][]float64, p.RenshawCells()), make([][]float64, p.RenshawCells())
	for c := range noise {
		buffers[c] = make([]float64, n+2*b.pad)
		noise[c] = buffers[c][b.pad : b.pad+n]
		rng.Normals(noise[c])
	}
	if _, err := b.shape(buffers, n); err != nil {
		return nil, err
	}
	for _, x := range noise {
		for i := range x {
			x[i] *= p.RenshawNoiseSDMV * milli
		}
	}
	return noise, nil
}

// NewNetwork turns parameters, neurons and weights into SI units and whole steps:
//
//	delay:      floor(delay/dt + 1/2) steps
//	refractory: floor(period/dt + 0.001) steps
//
// The AHP reverses at 0 V unless use_configured_ahp_reversal is set.
func NewNetwork(p *Params, n *Neurons, c *Connectivity) *Network {
	net := &Network{
		DtS: dtS, Steps: p.Steps(), FsHz: p.FsHz, InputWeight: n.InputWeight,
		DelaySteps:             int(math.Floor(p.DelayMs*milli/dtS + 0.5)),
		RefractoryStepsNeuron:  int(math.Floor(p.RefractoryMs*milli/dtS + 0.001)),
		RefractoryStepsRenshaw: int(math.Floor(p.RenshawRefractoryMs*milli/dtS + 0.001)),
		RenshawTauS:            p.RenshawTauMs * milli, EPSPV: p.EPSPMV * milli,
		IPSP: p.IPSPMicroA * micro, IPSPIsCharge: p.IPSPIsCharge,
		AHPStepS: p.AHPConductanceStepMS * milli, ThresholdV: p.VoltageThresholdMV * milli,
		RestV:  p.VoltageRestMV * milli,
		MNtoRC: c.MNtoRC, RCtoMN: c.RCtoMN,
	}
	if p.UseConfiguredAHPReversal {
		net.AHPReversalV = p.VoltageAHPMV * milli
	}
	for m := range n.DiameterUm {
		net.LeakS = append(net.LeakS, n.ConductanceMS[m]*milli)
		net.CF = append(net.CF, n.CapacitanceUF[m]*micro)
		net.AHPTauS = append(net.AHPTauS, n.AHPTauMs[m]*milli)
		tau := n.MembraneTauMs[m]
		if p.IPSPTauSource == UserDefined {
			tau = p.IPSPTauMs
		}
		net.SynapticTauS = append(net.SynapticTauS, tau*milli)
	}
	return net
}
