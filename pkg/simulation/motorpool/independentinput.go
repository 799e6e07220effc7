package motorpool

import (
	"math"

	"example.org/renshaw/pkg/num/signal"
)

// independentInput is the private noise of every motor neuron, nA: scale x signal. Who reads it
// multiplies; that spares a pass over the memory.
type independentInput struct {
	fours      []fourSignals // neurons 0-3, 4-7, …
	scale      []float64
	pad        int       // of the filter
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
	in := &independentInput{fours: ws.fours((total + four - 1) / four),
		scale: make([]float64, total), pad: b.pad}
	var meanSquares, predictor []float64
	for first := 0; first < total; first += four {
		var signals [four][]float64
		var buffers [][]float64
		for l := range min(four, total-first) {
			buf := ws.filtered(l, n+2*b.pad)
			signals[l] = buf[b.pad : b.pad+n]
			rng.Normals(signals[l])
			buffers = append(buffers, buf)
		}
		squares, err := b.shape(buffers, n)
		if err != nil {
			return nil, err
		}
		meanSquares = append(meanSquares, squares...)
		if first == 0 {
			predictor = bestPredictor(signals[0], p.IndependentCutoffHz, float64(p.FsHz))
		}
		kept := &in.fours[first/four]
		kept.predictor = predictor
		kept.keep(signals)
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

// inNA returns the noise of neurons 4g … 4g+3, as far as they exist. It lies in memory as it did
// in its filter: how gonum sums depends on whether a slice begins at a multiple of 16 bytes.
func (in *independentInput) inNA(g int) [][]float64 {
	kept := &in.fours[g]
	noise := make([][]float64, min(four, len(in.scale)-four*g))
	for l := range noise {
		noise[l] = make([]float64, in.pad+kept.samples())[in.pad:]
	}
	reader := fourReader{of: kept}
	for first := 0; first < kept.samples(); {
		rows := reader.at(first)
		for l, x := range noise {
			scale := in.scale[four*g+l]
			for i := range len(rows) / four {
				x[first+i] = rows[four*i+l] * scale
			}
		}
		first += len(rows) / four
	}
	return noise
}

// Independent returns the private noise of a motor neuron, nA. It can be asked for until the next
// Run of the same Simulator, and takes as long as four neurons do.
func (s *Simulation) Independent(neuron int) []float64 {
	return s.independent.inNA(neuron / four)[neuron%four]
}

// IndependentSpectrum returns the mean over motor neurons of the Welch density of their private
// noise, nA²/Hz in bins of 1 Hz, and its integral over all bins, nA². It is a diagnostic that
// takes as long as the simulation, and can be asked for as Independent can, but not by several
// goroutines at once.
func (s *Simulation) IndependentSpectrum() (densityNA2 []float64, totalNA2 float64) {
	in := s.independent
	if in.densityNA2 == nil {
		welch := signal.NewWelch(s.Params.FsHz, float64(s.Params.FsHz))
		for g := range in.fours {
			for _, x := range in.inNA(g) {
				welch.Add(x)
			}
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
//
// It is read from its beginning; who goes back waits.
type drive struct {
	common   [][]float64
	private  []fourReader
	scale    []float64
	offsetNA []float64 // baseline - rheobase, per neuron
	perPool  int
}

func newDrive(p *Params, n *Neurons, common *CommonInput, private *independentInput) *drive {
	d := &drive{common: common.CurrentNA, scale: private.scale, perPool: p.NeuronsPerPool}
	for g := range private.fours {
		d.private = append(d.private, fourReader{of: &private.fours[g]})
	}
	for m, r := range n.RheobaseNA {
		d.offsetNA = append(d.offsetNA, p.BaselineNA[m/p.NeuronsPerPool]-r)
	}
	return d
}

func (d *drive) Samples() int { return len(d.common[0]) }

func (d *drive) Rows(first, stride int, dst []float64) {
	for g := range d.private {
		for done := 0; done < len(dst)/stride; {
			x := d.private[g].at(first + done)
			x = x[:min(len(x), four*(len(dst)/stride-done))]
			for m := four * g; m < min(four*(g+1), len(d.scale)); m++ {
				d.add(m, first+done, x[m%four:], dst[done*stride+m:], stride)
			}
			done += len(x) / four
		}
	}
}

// add writes the current of neuron m from its noise, every fourth number of x, to every
// stride-th number of dst.
func (d *drive) add(m, first int, x, dst []float64, stride int) {
	shared, scale, offset := d.common[m/d.perPool][first:], d.scale[m], d.offsetNA[m]
	for i := 0; four*i < len(x); i++ {
		current := shared[i] + float64(x[four*i]*scale) + offset // float64: fused nowhere
		// Not max: NaN stays, for the integrator to find.
		if current <= 0 {
			current = 0
		}
		dst[i*stride] = current
	}
}
