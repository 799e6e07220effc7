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

// shape turns white noise into noise of the band, in place, and returns the mean squares of
// the signals. Each signal lies in pad … pad+n of its buffer.
func (b *band) shape(buffers [][]float64, n int) (meanSquares []float64, err error) {
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
				return nil, fmt.Errorf("duration: %d samples are too few for the filters, more than %d "+
					"are needed",
					short.Samples, short.Need)
			}
			return nil, err
		}
	}
	signals := make([][]float64, len(buffers))
	for i, buf := range buffers {
		signals[i] = buf[b.pad : b.pad+n]
	}
	return standardise(signals), nil
}

// standardise subtracts the mean and divides by the population SD, in place, and returns the
// mean squares after it. Four signals go side by side, because each sum waits for its last
// addition; their sums keep their order.
func standardise(signals [][]float64) (meanSquares []float64) {
	for ; len(signals) >= 4; signals = signals[4:] {
		four := [4][]float64(signals)
		m := sumFour(four, [4]float64{}, false)
		n := float64(len(four[0]))
		for l := range m {
			m[l] /= n
		}
		sd := sumFour(four, m, true)
		for l := range sd {
			sd[l] = math.Sqrt(sd[l] / n)
		}
		squares := scaleFour(four, m, sd)
		for _, v := range squares {
			meanSquares = append(meanSquares, v/n)
		}
	}
	for _, x := range signals {
		meanSquares = append(meanSquares, standardiseOne(x))
	}
	return meanSquares
}

// sumFour sums four signals, or the squares of their differences from means.
func sumFour(x [4][]float64, means [4]float64, squared bool) (sums [4]float64) {
	x0 := x[0]
	x1, x2, x3 := x[1][:len(x0)], x[2][:len(x0)], x[3][:len(x0)]
	var s0, s1, s2, s3 float64
	if !squared {
		for i, v := range x0 {
			s0, s1, s2, s3 = s0+v, s1+x1[i], s2+x2[i], s3+x3[i]
		}
		return [4]float64{s0, s1, s2, s3}
	}
	m0, m1, m2, m3 := means[0], means[1], means[2], means[3]
	for i, v := range x0 {
		d0, d1, d2, d3 := v-m0, x1[i]-m1, x2[i]-m2, x3[i]-m3
		s0, s1, s2, s3 = s0+d0*d0, s1+d1*d1, s2+d2*d2, s3+d3*d3
	}
	return [4]float64{s0, s1, s2, s3}
}

// scaleFour turns four signals into (x - mean) / sd and sums their squares.
func scaleFour(x [4][]float64, means, sds [4]float64) (squares [4]float64) {
	x0 := x[0]
	x1, x2, x3 := x[1][:len(x0)], x[2][:len(x0)], x[3][:len(x0)]
	m0, m1, m2, m3 := means[0], means[1], means[2], means[3]
	d0, d1, d2, d3 := sds[0], sds[1], sds[2], sds[3]
	var s0, s1, s2, s3 float64
	for i := range x0 {
		v0, v1, v2, v3 := (x0[i]-m0)/d0, (x1[i]-m1)/d1, (x2[i]-m2)/d2, (x3[i]-m3)/d3
		x0[i], x1[i], x2[i], x3[i] = v0, v1, v2, v3
		s0, s1, s2, s3 = s0+v0*v0, s1+v1*v1, s2+v2*v2, s3+v3*v3
	}
	return [4]float64{s0, s1, s2, s3}
}

// standardiseOne is standardise of one signal.
func standardiseOne(x []float64) (meanSquare float64) {
	n, mean, sum := float64(len(x)), 0.0, 0.0
	for _, v := range x {
		mean += v
	}
	mean /= n
	for _, v := range x {
		sum += (v - mean) * (v - mean)
	}
	sd := math.Sqrt(sum / n)
	sum = 0
	for i, v := range x {
		x[i] = (v - mean) / sd
		sum += x[i] * x[i]
	}
	return sum / n
}
