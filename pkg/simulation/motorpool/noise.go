package motorpool

import (
	"errors"
	"fmt"
	"math"

	"example.org/renshaw/pkg/num/signal"
)

// filterOrder is the order of a filter with that cut-off: cutoff x FilterOrderPerHz
// above LowestFilterOrder (read as Hz), held between LowestFilterOrder and
// MaxFilterOrder; DefaultFilterOrder below or when orders are not scaled.
func (p *Params) filterOrder(cutoffHz float64) int {
	order := float64(p.DefaultFilterOrder)
	if p.ScaleFilterOrder && cutoffHz > float64(p.LowestFilterOrder) {
		if scaled := cutoffHz * p.FilterOrderPerHz; !math.IsNaN(scaled) && !math.IsInf(scaled, 0) {
			order = scaled
		}
	}
	order = math.Max(math.Min(order, float64(p.MaxFilterOrder)), float64(p.LowestFilterOrder))
	return int(math.Floor(order))
}

// band makes noise of one frequency band from white noise: taper, zero-phase low-pass,
// zero-phase high-pass if the lower edge is at least 1 Hz, then zero mean and unit SD
// (divisor N).
type band struct {
	low, high *signal.Butterworth
	taper     []float64 // first half of a Hann window
	pad       int
}

// newBand prepares noise between lowHz and highHz.
func newBand(p *Params, lowHz, highHz float64) (*band, error) {
	m := int(math.RoundToEven(2 * float64(p.FsHz) / p.EdgesS))
	b := &band{taper: signal.Hann(m)[:int(math.RoundToEven(float64(m)/2))]}
	add := func(pass signal.Pass, cutoff float64) (*signal.Butterworth, error) {
		f, err := signal.NewButterworth(p.filterOrder(cutoff), pass, cutoff, float64(p.FsHz))
		b.pad = max(b.pad, f.Pad())
		return &f, err
	}
	var err error
	if b.low, err = add(signal.LowPass, highHz); err != nil {
		return nil, err
	}
	if lowHz >= 1 {
		if b.high, err = add(signal.HighPass, lowHz); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// shape turns white noise into noise of the band, in place. Each signal lies in
// pad … pad+n of its buffer.
func (b *band) shape(buffers [][]float64, n int) error {
	for _, buf := range buffers {
		x := buf[b.pad : b.pad+n]
		for i, h := range b.taper {
			x[i] *= h
			x[n-1-i] *= h
		}
	}
	for _, f := range []*signal.Butterworth{b.low, b.high} {
		if f == nil {
			continue
		}
		padded := make([][]float64, len(buffers))
		for i, buf := range buffers {
			padded[i] = buf[b.pad-f.Pad() : b.pad+n+f.Pad()]
		}
		if err := f.ZeroPhasePadded(padded); err != nil {
			var short signal.ErrShort
			if errors.As(err, &short) {
				return fmt.Errorf("duration: %d samples are too few for the filters, more than %d are needed",
					short.Samples, short.Need)
			}
			return err
		}
	}
	for _, buf := range buffers {
		standardise(buf[b.pad : b.pad+n])
	}
	return nil
}

// standardise subtracts the mean and divides by the population SD.
func standardise(x []float64) {
	mean := 0.0
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	sum := 0.0
	for _, v := range x {
		sum += (v - mean) * (v - mean)
	}
	sd := math.Sqrt(sum / float64(len(x)))
	for i, v := range x {
		x[i] = (v - mean) / sd
	}
}
