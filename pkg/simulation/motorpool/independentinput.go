package motorpool

import (
	"math"

	"example.org/renshaw/pkg/num/signal"
)

// lanesPerPass is how many private inputs are filtered together.
const lanesPerPass = 4

// independentInput is the private noise of every motor neuron, nA: scale x signal. Who reads it
// multiplies; that spares a pass over the memory.
type independentInput struct {
	signals    [][]float64
	scale      []float64
	powerNA2   float64   // mean over neurons of their mean squares
	densityNA2 []float64 // of IndependentSpectrum, once asked for
	totalNA2   float64
}

// newIndependentInput draws the noise of every motor neuron in order of index, between
// 0 and IndependentCutoffHz. In ratio mode neuron m of pool q is scaled to the power
//
//	mean(x_m²) = IndependentPower x InBandPower[q],
//
// in absolute mode to the SD IndependentPower (nA).
func newIndependentInput(p *Params, common *CommonInput, rng Random,
	ws *workspace) (*independentInput, error) {
	b, err := newBand(p, 0, p.IndependentCutoffHz)
	if err != nil {
		return nil, err
	}
	n, total := p.Samples(), p.Neurons()
	in := &independentInput{signals: make([][]float64, total), scale: make([]float64, total)}
	var meanSquares []float64
	buffers := make([][]float64, 0, lanesPerPass)
	for first := 0; first < total; first += lanesPerPass {
		buffers = buffers[:0]
		for m := first; m < min(first+lanesPerPass, total); m++ {
			buf := ws.private(m, n+2*b.pad)
			in.signals[m] = buf[b.pad : b.pad+n]
			rng.Normals(in.signals[m])
			buffers = append(buffers, buf)
		}
		squares, err := b.shape(buffers, n)
		if err != nil {
			return nil, err
		}
		meanSquares = append(meanSquares, squares...)
	}
	for m, square := range meanSquares {
		in.scale[m] = p.IndependentPower
		if p.IndependentMode == Ratio {
			in.scale[m] = math.Sqrt(p.IndependentPower * common.InBandPower[m/p.NeuronsPerPool] / square)
		}
		in.powerNA2 += in.scale[m] * in.scale[m] * square / float64(total)
	}
	return in, nil
}

// inNA applies the scales.
func (in *independentInput) inNA() {
	for m, x := range in.signals {
		for i := range x {
			x[i] *= in.scale[m]
		}
		in.scale[m] = 1
	}
}

// Independent returns the private noise of every motor neuron, nA. It can be asked for until the
// next Run of the same Simulator, not by several goroutines at once.
func (s *Simulation) Independent() [][]float64 {
	s.independent.inNA()
	return s.independent.signals
}

// IndependentSpectrum returns the mean over motor neurons of the Welch density of their private
// noise, nA²/Hz in bins of 1 Hz, and its integral over all bins, nA². It is a diagnostic that
// takes as long as the simulation, and can be asked for as Independent can.
func (s *Simulation) IndependentSpectrum() (densityNA2 []float64, totalNA2 float64) {
	in := s.independent
	if in.densityNA2 == nil {
		welch := signal.NewWelch(s.Params.FsHz, float64(s.Params.FsHz))
		for _, x := range s.Independent() {
			welch.Add(x)
		}
		in.densityNA2 = welch.Density()
		in.totalNA2 = signal.Trapezoid(welch.FrequenciesHz(), in.densityNA2, 0, math.Inf(1))
	}
	return in.densityNA2, in.totalNA2
}

// Drive is the current that enters the neurons.
type Drive interface {
	// Samples is the number of samples.
	Samples() int
	// Rows writes the samples first … first+len(dst)/stride-1 of all neurons, nA: sample
	// after sample, stride numbers apart, neurons by index.
	Rows(first, stride int, dst []float64)
}

// drive is the drive of a simulation. Neuron m of pool q receives
//
//	I_m = max(0, common_q + x_m + baseline_q - rheobase_m).
type drive struct {
	common   [][]float64
	private  *independentInput
	offsetNA []float64 // baseline - rheobase, per neuron
	perPool  int
}

func newDrive(p *Params, n *Neurons, common *CommonInput, private *independentInput) *drive {
	d := &drive{common: common.CurrentNA, private: private, perPool: p.NeuronsPerPool}
	for m, r := range n.RheobaseNA {
		d.offsetNA = append(d.offsetNA, p.BaselineNA[m/p.NeuronsPerPool]-r)
	}
	return d
}

func (d *drive) Samples() int { return len(d.private.signals[0]) }

func (d *drive) Rows(first, stride int, dst []float64) {
	rows := len(dst) / stride
	for m, x := range d.private.signals {
		x = x[first : first+rows]
		shared := d.common[m/d.perPool][first : first+rows : first+rows]
		offset, scale := d.offsetNA[m], d.private.scale[m]
		for i, v := range x {
			current := shared[i] + v*scale + offset
			if current <= 0 { // not max: NaN stays, for the integrator to find
				current = 0
			}
			dst[i*stride+m] = current
		}
	}
}
