package motorpool

import (
	"math"

	"example.org/renshaw/pkg/num/signal"
)

// lanesPerPass is how many private inputs are filtered together.
const lanesPerPass = 16

// independentInput is the private noise of every motor neuron, nA.
type independentInput struct {
	currentNA  [][]float64
	densityNA2 []float64 // mean over neurons of the Welch densities, nA²/Hz
	totalPower float64   // its trapezoidal integral, nA²
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
	in := &independentInput{currentNA: make([][]float64, total)}
	welch := ws.welch(p.FsHz)
	welch.Reset()
	buffers := make([][]float64, 0, lanesPerPass)
	for first := 0; first < total; first += lanesPerPass {
		buffers = buffers[:0]
		for m := first; m < min(first+lanesPerPass, total); m++ {
			buf := ws.private(m, n+2*b.pad)
			in.currentNA[m] = buf[b.pad : b.pad+n]
			rng.Normals(in.currentNA[m])
			buffers = append(buffers, buf)
		}
		if err := b.shape(buffers, n); err != nil {
			return nil, err
		}
		for m := first; m < first+len(buffers); m++ {
			x := in.currentNA[m]
			scale := p.IndependentPower
			if p.IndependentMode == Ratio {
				scale = math.Sqrt(p.IndependentPower * common.InBandPower[m/p.NeuronsPerPool] / meanSquare(x))
			}
			for i := range x {
				x[i] *= scale
			}
			welch.Add(x)
		}
	}
	in.densityNA2 = welch.Density()
	in.totalPower = signal.Trapezoid(welch.FrequenciesHz(), in.densityNA2, 0, math.Inf(1))
	return in, nil
}

func meanSquare(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return sum / float64(len(x))
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
//	I_m = max(0, common_q + baseline_q + x_m - rheobase_m).
type drive struct {
	common, private [][]float64
	offsetNA        []float64 // baseline - rheobase, per neuron
	perPool         int
}

func newDrive(p *Params, n *Neurons, common *CommonInput, private *independentInput) *drive {
	d := &drive{common: common.CurrentNA, private: private.currentNA, perPool: p.NeuronsPerPool}
	for m, r := range n.RheobaseNA {
		d.offsetNA = append(d.offsetNA, p.BaselineNA[m/p.NeuronsPerPool]-r)
	}
	return d
}

func (d *drive) Samples() int { return len(d.private[0]) }

func (d *drive) Rows(first, stride int, dst []float64) {
	rows := len(dst) / stride
	for m, x := range d.private {
		x = x[first : first+rows]
		shared := d.common[m/d.perPool][first : first+rows]
		offset := d.offsetNA[m]
		for i, v := range x {
			dst[i*stride+m] = math.Max(0, shared[i]+v+offset)
		}
	}
}
