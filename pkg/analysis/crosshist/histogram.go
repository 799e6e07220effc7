// Package crosshist measures synchronization cross-histograms between motor
// units: counts of the nearest spikes, pooling per unit, smoothing, a fitted
// baseline with a synchrony peak, and the features drawn from them (areas of the
// troughs, their timing, the peak).
//
// Lag is test minus reference, in seconds. A spike of the reference counts the
// first test spike at or after it and the last one before it, nothing else.
package crosshist

import "math"

// HalfRangeS is the largest lag, s.
const HalfRangeS = 0.2

// Axis is the time axis: bin k covers [Edges[k], Edges[k+1]), the last one its
// right edge too.
type Axis struct {
	FsHz  float64   // bins per second
	Edges []float64 // s
}

// NewAxis returns the axis with bins of one sample,
//
//	Edges[k] = -0.2 + k / fsHz,  k = 0 … ceil(0.4 fsHz) - 1.
func NewAxis(fsHz float64) Axis {
	step := 1 / fsHz
	n := int(math.Ceil((HalfRangeS - -HalfRangeS) / step))
	a := Axis{FsHz: fsHz, Edges: make([]float64, n)}
	for k := range a.Edges {
		// The product is rounded before the sum: the compiler may not fuse them.
		a.Edges[k] = -HalfRangeS + float64(float64(k)*step)
	}
	return a
}

// Bins is the number of bins.
func (a Axis) Bins() int { return len(a.Edges) - 1 }

// X returns the left edges, the time axis of every curve.
func (a Axis) X() []float64 { return a.Edges[:a.Bins()] }

// bin returns the bin of a lag known to lie in [Edges[0], last edge].
func (a Axis) bin(lag float64) int {
	k := int((lag - a.Edges[0]) * a.FsHz)
	last := len(a.Edges) - 2
	if k > last {
		k = last
	}
	for lag < a.Edges[k] {
		k--
	}
	for k < last && lag >= a.Edges[k+1] {
		k++
	}
	return k
}

// AddPair adds the histogram of one ordered pair to counts, which has a.Bins()
// elements. Both trains are ascending, in seconds. Nothing is allocated.
func (a Axis) AddPair(ref, test []float64, counts []int32) {
	lo, hi := a.Edges[0], a.Edges[len(a.Edges)-1]
	j := 0
	for _, t := range ref {
		for j < len(test) && test[j] < t {
			j++
		}
		if j < len(test) {
			if lag := float64(test[j] - t); lag <= hi {
				counts[a.bin(lag)]++
			}
		}
		if j > 0 {
			if lag := float64(test[j-1] - t); lag >= lo {
				counts[a.bin(lag)]++
			}
		}
	}
}

// Direction says which side of a pair the unit is on.
type Direction int

// Directions. In Inhibited the unit is the test unit (a positive lag means that
// the other pool fired first and may inhibit it), in Inhibiting it is the
// reference; Combined is Inhibiting plus the time-reversed Inhibited.
const (
	Inhibited Direction = iota
	Inhibiting
	Combined
)

// Directions in the order of all tables.
var Directions = [3]Direction{Inhibited, Inhibiting, Combined}

var directionNames = [3]string{"inhibited", "inhibiting", "combined"}

// String is the name in tables: inhibited, inhibiting or combined.
func (d Direction) String() string { return directionNames[d] }

// ParseDirection is the inverse of String.
func ParseDirection(s string) (Direction, bool) {
	for i, n := range directionNames {
		if n == s {
			return Direction(i), true
		}
	}
	return 0, false
}

// Histogram is a pooled histogram of one unit: raw counts, and the sum of the
// partners' histograms each divided by its own total.
type Histogram struct {
	Raw        []int32   // counts per bin
	Normalized []float64 // per bin; sums to the number of partners with counts
	Count      int       // total of Raw
}

func newHistogram(bins int) Histogram {
	return Histogram{Raw: make([]int32, bins), Normalized: make([]float64, bins)}
}

func (h *Histogram) add(counts []int32, total int) {
	if total == 0 {
		return
	}
	h.Count += total
	div := float64(total)
	raw, norm := h.Raw[:len(counts)], h.Normalized[:len(counts)]
	for k, c := range counts {
		if c != 0 {
			raw[k] += c
			norm[k] += float64(c) / div
		}
	}
}

// Pooled holds the histograms of one unit of pool A against pool B.
type Pooled struct {
	Inhibited, Inhibiting Histogram // unit as test unit, unit as reference
}

// Of returns the histogram of a direction; the combined one is made on request.
func (p *Pooled) Of(d Direction) Histogram {
	switch d {
	case Inhibited:
		return p.Inhibited
	case Inhibiting:
		return p.Inhibiting
	}
	n := len(p.Inhibited.Raw)
	c := newHistogram(n)
	c.Count = p.Inhibited.Count + p.Inhibiting.Count
	for k := range c.Raw {
		c.Raw[k] = p.Inhibiting.Raw[k] + p.Inhibited.Raw[n-1-k]
		c.Normalized[k] = p.Inhibiting.Normalized[k] + p.Inhibited.Normalized[n-1-k]
	}
	return c
}

// Pool measures the histograms of every unit of A against every unit of B, units
// given by their spike trains (s, ascending). same tells that A and B are the same
// pool, whose units are not paired with themselves. The result has one element per
// unit of A.
func (a Axis) Pool(unitsA, unitsB [][]float64, same bool) []Pooled {
	bins := a.Bins()
	out := make([]Pooled, len(unitsA))
	for i := range out {
		out[i] = Pooled{newHistogram(bins), newHistogram(bins)}
	}
	counts := make([]int32, bins)
	pair := func(ref, test []float64) int {
		clear(counts)
		a.AddPair(ref, test, counts)
		total := 0
		for _, c := range counts {
			total += int(c)
		}
		return total
	}
	for i, m := range unitsA {
		for j, u := range unitsB {
			if same && i == j {
				continue
			}
			n := pair(m, u)
			out[i].Inhibiting.add(counts, n)
			if same { // the same histogram serves u as test unit
				out[j].Inhibited.add(counts, n)
				continue
			}
			n = pair(u, m)
			out[i].Inhibited.add(counts, n)
		}
	}
	return out
}
