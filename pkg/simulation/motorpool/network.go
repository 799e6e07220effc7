package motorpool

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Network is everything that the integrator needs, in SI units. Slices have one entry
// per motor neuron.
type Network struct {
	DtS   float64 // integration step, s
	Steps int     // number of steps
	FsHz  int     // sampling rate of the drive, which is held between samples

	LeakS        []float64 // leak conductance, S
	CF           []float64 // capacitance, F
	InputWeight  []float64 // factor on all currents
	SynapticTauS []float64 // decay of the inhibitory current, s
	AHPTauS      []float64 // decay of the AHP conductance, s

	DelaySteps             int // of both kinds of synapse
	RefractoryStepsNeuron  int // of motor neurons
	RefractoryStepsRenshaw int // of Renshaw cells

	RenshawTauS  float64 // s
	EPSPV        float64 // depolarisation of a Renshaw cell at weight 1, V
	IPSP         float64 // inhibitory current at weight 1, A; in charge mode its charge, C
	IPSPIsCharge bool    // IPSP is a charge
	AHPStepS     float64 // AHP conductance added by a spike, S
	ThresholdV   float64 // of all cells, V
	AHPReversalV float64 // V
	RestV        float64 // initial potential of all cells, reset of Renshaw cells

	MNtoRC, RCtoMN Matrix // weights
}

// Validate reports sizes and values that cannot be integrated.
func (n *Network) Validate() error {
	neurons := len(n.CF)
	for _, s := range []struct {
		name string
		v    []float64
	}{{"g_leak_S", n.LeakS}, {"C_F", n.CF}, {"input_weight", n.InputWeight},
		{"tau_syn_s", n.SynapticTauS}, {"tau_ahp_s", n.AHPTauS}} {
		if len(s.v) != neurons || neurons == 0 {
			return bad(s.name, len(s.v), "a value for each of the %d motor neurons is expected", neurons)
		}
		for i, v := range s.v {
			if math.IsNaN(v) || math.IsInf(v, 0) || v <= 0 && s.name != "g_leak_S" &&
				s.name != "input_weight" {
				return bad(fmt.Sprintf("%s[%d]", s.name, i), v, "a positive number is expected")
			}
		}
	}
	if n.MNtoRC.Rows != neurons || n.RCtoMN.Cols != neurons || n.MNtoRC.Cols != n.RCtoMN.Rows {
		return bad("MN_to_RC, RC_to_MN",
			fmt.Sprintf("%dx%d, %dx%d", n.MNtoRC.Rows, n.MNtoRC.Cols, n.RCtoMN.Rows, n.RCtoMN.Cols),
			"%d x cells and cells x %d are expected", neurons, neurons)
	}
	for _, m := range []Matrix{n.MNtoRC, n.RCtoMN} {
		for _, w := range m.W {
			if math.IsNaN(w) || math.IsInf(w, 0) {
				return bad("MN_to_RC, RC_to_MN", w, "finite weights are expected")
			}
		}
	}
	for _, s := range []struct {
		name    string
		v       float64
		atLeast float64
	}{{"n_steps", float64(n.Steps), 0}, {"fsamp_hz", float64(n.FsHz), 1}, {"dt_s", n.DtS, 1e-9},
		{"delay_steps", float64(n.DelaySteps), 0},
		{"refractory_steps_mn", float64(n.RefractoryStepsNeuron), 0},
		{"refractory_steps_rc", float64(n.RefractoryStepsRenshaw), 0},
		{"tau_rc_s", n.RenshawTauS, 1e-12}, {"epsp_V", n.EPSPV, math.Inf(-1)},
		{"ipsp_A_or_C", n.IPSP, math.Inf(-1)}, {"g_ahp_increment_S", n.AHPStepS, math.Inf(-1)},
		{"threshold_V", n.ThresholdV, math.Inf(-1)},
		{"ahp_reversal_V_effective", n.AHPReversalV, math.Inf(-1)}, {"rest_V", n.RestV, math.Inf(-1)}} {
		if !(s.v >= s.atLeast) || math.IsInf(s.v, 0) {
			return bad(s.name, s.v, "a number from %v is expected", s.atLeast)
		}
	}
	return nil
}

// Spikes lists spikes by step, then index of the cell.
type Spikes struct {
	Step  []int32 // ascending, from 0
	Index []int32 // of the cell
}

func (s *Spikes) add(step, index int) {
	s.Step, s.Index = append(s.Step, int32(step)), append(s.Index, int32(index))
}

// State is the state of the network before a step, for those who watch.
type State struct {
	NeuronV, SynapticA, AHPS, RenshawV []float64 // per cell, in V, A, S and V
}

const (
	blockSamples = 64     // samples of drive at a time
	tiny         = 1e-300 // smaller states count as 0: subnormal arithmetic is slow
)

// Integrator advances a network. It is not safe for concurrent use; one integrator
// may be used again for networks of any size.
type Integrator struct {
	// Watch, if set, sees the state before every step in WatchFrom … WatchTo-1.
	Watch              func(step int, s State)
	WatchFrom, WatchTo int
	// RenshawNoiseV, if set, is the noise of every Renshaw cell, V, sampled as the drive.
	RenshawNoiseV [][]float64

	net                      *Network
	neurons                  []neuronGroup
	renshaw                  []renshawGroup
	neuronSpiked, cellSpiked []uint8
	driveBlock, noiseBlock   []float64
	neuronStride, cellStride int
	excite, inhibit          Matrix // weights in units of the states
	neuronSpikes, cellSpikes *Spikes
	wakeNeuron, wakeCell     int // next spike whose cell leaves refractoriness
	deliverMN, deliverRC     int // next spike to be delivered
	firstOfStepMN, firstOfRC int // first spike of the present step
}

// Run integrates from step 0, all cells at rest and no spike under way, and appends the
// spikes. In every step: (1) all states advance from their old values, (2) active cells
// above the threshold spike, (3) spikes of DelaySteps before arrive, (4) cells that
// spiked are reset. An EPSP that reaches a refractory Renshaw cell is lost; an IPSP that
// reaches a refractory motor neuron is not. It stops with ctx.Err() when ctx ends, and
// with an error when a state is no longer finite.
func (r *Integrator) Run(ctx context.Context, n *Network, d Drive, neurons, cells *Spikes) error {
	if err := n.Validate(); err != nil {
		return err
	}
	if d.Samples() == 0 {
		return errors.New("motorpool: the drive has no sample")
	}
	r.prepare(n, neurons, cells)
	clock, err := newSampleClock(n)
	if err != nil {
		return err
	}
	last := d.Samples() - 1
	blockFirst, blockEnd := 0, 0
	for step := 0; step < n.Steps; step++ {
		if r.Watch != nil && step >= r.WatchFrom && step < r.WatchTo {
			r.Watch(step, r.state())
		}
		sample := min(clock.next(), last)
		if sample >= blockEnd {
			if err := r.housekeeping(ctx, step); err != nil {
				return err
			}
			blockFirst, blockEnd = sample, min(sample+blockSamples, last+1)
			r.fill(d, blockFirst, blockEnd-blockFirst)
		}
		r.step(step, sample-blockFirst)
	}
	return r.housekeeping(ctx, n.Steps)
}

func (r *Integrator) prepare(n *Network, neurons, cells *Spikes) {
	r.net, r.neurons, r.renshaw = n, newNeuronGroups(n), newRenshawGroups(n.MNtoRC.Cols, n.RestV)
	r.neuronSpiked, r.cellSpiked = make([]uint8, len(r.neurons)), make([]uint8, len(r.renshaw))
	r.neuronStride, r.cellStride = len(r.neurons)*width, len(r.renshaw)*width
	r.driveBlock = make([]float64, blockSamples*r.neuronStride)
	r.noiseBlock = make([]float64, blockSamples*r.cellStride)
	r.neuronSpikes, r.cellSpikes = neurons, cells
	r.wakeNeuron, r.deliverMN = len(neurons.Step), len(neurons.Step)
	r.wakeCell, r.deliverRC = len(cells.Step), len(cells.Step)
	r.excite, r.inhibit = NewMatrix(n.MNtoRC.Rows, n.MNtoRC.Cols),
		NewMatrix(n.RCtoMN.Rows, n.RCtoMN.Cols)
	for i, w := range n.MNtoRC.W {
		r.excite.W[i] = n.EPSPV * w
	}
	for i, w := range n.RCtoMN.W {
		m := i % n.RCtoMN.Cols
		peak := n.IPSP
		if n.IPSPIsCharge {
			peak /= n.SynapticTauS[m]
		}
		r.inhibit.W[i] = peak * w * r.neurons[m/width].gainPerA[m%width]
	}
}

// fill loads samples of drive and noise.
func (r *Integrator) fill(d Drive, first, count int) {
	d.Rows(first, r.neuronStride, r.driveBlock[:count*r.neuronStride])
	for c, x := range r.RenshawNoiseV {
		for i, v := range x[first : first+count] {
			r.noiseBlock[i*r.cellStride+c] = v * r.net.DtS / r.net.RenshawTauS
		}
	}
}

// step is one step with the given row of the drive block.
func (r *Integrator) step(step, row int) {
	n := r.net
	r.wake(step)
	r.firstOfStepMN, r.firstOfRC = len(r.neuronSpikes.Step), len(r.cellSpikes.Step)
	if stepNeurons(r.neurons, r.driveBlock[row*r.neuronStride:], r.neuronSpiked, n.ThresholdV,
		n.AHPReversalV) {
		for i, b := range r.neuronSpiked {
			for ; b != 0; b &= b - 1 {
				k := bits.TrailingZeros8(b)
				r.neuronSpikes.add(step, i*width+k)
				r.neurons[i].active[k] = 0
			}
		}
	}
	if stepRenshaw(r.renshaw, r.noiseBlock[row*r.cellStride:], r.cellSpiked, n.ThresholdV,
		1-n.DtS/n.RenshawTauS) {
		for i, b := range r.cellSpiked {
			for ; b != 0; b &= b - 1 {
				k := bits.TrailingZeros8(b)
				r.cellSpikes.add(step, i*width+k)
				r.renshaw[i].active[k] = 0
			}
		}
	}
	r.deliver(step)
	r.reset()
}

// wake makes cells active whose refractory period is over.
func (r *Integrator) wake(step int) {
	s := r.neuronSpikes
	for ; r.wakeNeuron < len(s.Step) &&
		step-int(s.Step[r.wakeNeuron]) >= r.net.RefractoryStepsNeuron; r.wakeNeuron++ {
		m := s.Index[r.wakeNeuron]
		r.neurons[m/width].active[m%width] = ^uint64(0)
	}
	s = r.cellSpikes
	for ; r.wakeCell < len(s.Step) &&
		step-int(s.Step[r.wakeCell]) >= r.net.RefractoryStepsRenshaw; r.wakeCell++ {
		c := s.Index[r.wakeCell]
		r.renshaw[c/width].active[c%width] = ^uint64(0)
	}
}

// deliver applies the spikes of DelaySteps before.
func (r *Integrator) deliver(step int) {
	due := int32(step - r.net.DelaySteps)
	s := r.neuronSpikes
	for ; r.deliverMN < len(s.Step) && s.Step[r.deliverMN] == due; r.deliverMN++ {
		for c, w := range r.excite.Row(int(s.Index[r.deliverMN])) {
			if g := &r.renshaw[c/width]; g.active[c%width] != 0 {
				g.v[c%width] += w
			}
		}
	}
	s = r.cellSpikes
	for ; r.deliverRC < len(s.Step) && s.Step[r.deliverRC] == due; r.deliverRC++ {
		for m, w := range r.inhibit.Row(int(s.Index[r.deliverRC])) {
			r.neurons[m/width].syn[m%width] -= w
		}
	}
}

// reset returns the cells that spiked in this step: motor neurons to 0 V with more
// AHP, Renshaw cells to RestV.
func (r *Integrator) reset() {
	for _, m := range r.neuronSpikes.Index[r.firstOfStepMN:] {
		g := &r.neurons[m/width]
		g.v[m%width] = 0
		g.ahp[m%width] += r.net.AHPStepS * g.dtPC[m%width]
	}
	for _, c := range r.cellSpikes.Index[r.firstOfRC:] {
		r.renshaw[c/width].v[c%width] = r.net.RestV
	}
}

// housekeeping is done once per block: cancellation, tiny states, states that overflow.
func (r *Integrator) housekeeping(ctx context.Context, step int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range r.neurons {
		g := &r.neurons[i]
		for k := range g.v {
			if x := g.v[k] + g.syn[k] + g.ahp[k]; math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("motorpool: motor neuron %d is no longer finite at %.4f s: the step of 0.1 "+
					"ms is too long for these time constants and conductances", i*width+k, float64(step)*r.net.DtS)
			}
		}
		flush(&g.v)
		flush(&g.syn)
		flush(&g.ahp)
	}
	for i := range r.renshaw {
		for k, v := range r.renshaw[i].v {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("motorpool: Renshaw cell %d is no longer finite at %.4f s: tau_Renshaw is "+
					"too short for the step of 0.1 ms", i*width+k, float64(step)*r.net.DtS)
			}
		}
		flush(&r.renshaw[i].v)
	}
	return nil
}

func flush(x *[width]float64) {
	for k, v := range x {
		if math.Abs(v) < tiny {
			x[k] = 0
		}
	}
}

func (r *Integrator) state() State {
	var s State
	for m := range r.net.CF {
		g, k := &r.neurons[m/width], m%width
		s.NeuronV = append(s.NeuronV, g.v[k])
		s.SynapticA = append(s.SynapticA, g.syn[k]/g.gainPerA[k])
		s.AHPS = append(s.AHPS, g.ahp[k]/g.dtPC[k])
	}
	for c := 0; c < r.net.MNtoRC.Cols; c++ {
		s.RenshawV = append(s.RenshawV, r.renshaw[c/width].v[c%width])
	}
	return s
}

// sampleClock gives the drive sample of every step,
//
//	index(step) = floor((t/ε + 1/2) / U),  t = step dt, ε = 1/(fs U),
//	U = max(1, 2^ceil(log2(8/(fs dt)))),
//
// in whole numbers: index = floor((step fs U + s/2) / (s U)) with s = 1/dt.
type sampleClock struct{ rest, gain, unit, index int64 }

func newSampleClock(n *Network) (*sampleClock, error) {
	perS := math.Round(1 / n.DtS)
	if math.Abs(perS*n.DtS-1) > 1e-9 {
		return nil, bad("dt_s", n.DtS, "a whole number of steps per second is expected")
	}
	u := int64(math.Max(1, math.Exp2(math.Ceil(math.Log2(8/(float64(n.FsHz)*n.DtS))))))
	c := &sampleClock{rest: int64(perS) / 2, gain: int64(n.FsHz) * u, unit: int64(perS) * u}
	return c, nil
}

// next returns the sample of the present step and moves on.
func (c *sampleClock) next() int {
	now := int(c.index)
	c.rest += c.gain
	if c.rest >= c.unit {
		c.index += c.rest / c.unit
		c.rest %= c.unit
	}
	return now
}
