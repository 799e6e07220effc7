package signal

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"
)

// Pass tells which side of the cut-off a filter passes.
type Pass int

// The two kinds of filter.
const (
	LowPass Pass = iota
	HighPass
)

// section is one second-order section (b0 + b1/z + b2/z²) / (1 + a1/z + a2/z²); a
// first-order one has b2 = a2 = 0.
type section struct{ b0, b1, b2, a1, a2 float64 }

// Butterworth is a digital Butterworth filter as second-order sections, from the
// analogue prototype by the bilinear transform with pre-warped cut-off.
type Butterworth struct {
	sections []section
	order    int
}

// NewButterworth designs a filter of the given order with gain 1 at 0 Hz (low-pass)
// or at half the sampling rate (high-pass). It is an error if the order is below 1
// or the cut-off is not between 0 and fsHz/2.
func NewButterworth(order int, pass Pass, cutoffHz, fsHz float64) (Butterworth, error) {
	if order < 1 {
		return Butterworth{}, fmt.Errorf("signal: Butterworth order %d: at least 1 is expected", order)
	}
	if !(cutoffHz > 0 && cutoffHz < fsHz/2) {
		return Butterworth{}, fmt.Errorf("signal: cut-off %g Hz must lie between 0 and half the "+
			"sampling rate (%g Hz)", cutoffHz, fsHz/2)
	}
	f := Butterworth{order: order}
	w := 2 * math.Tan(math.Pi*cutoffHz/fsHz) // for a sampling interval of 1
	zero := -1.0
	if pass == HighPass {
		zero = 1
	}
	digital := func(prototype complex128) complex128 {
		s := complex(w, 0) * prototype
		if pass == HighPass {
			s = complex(w, 0) / prototype
		}
		return (2 + s) / (2 - s)
	}
	for k := 0; k < order/2; k++ {
		theta := math.Pi * float64(2*k+1+order) / float64(2*order)
		z := digital(cmplx.Exp(complex(0, theta)))
		a1, a2 := -2*real(z), real(z)*real(z)+imag(z)*imag(z)
		g := (1 - zero*a1 + a2) / 4 // gain 1 where the zeros are not
		f.sections = append(f.sections, section{g, -2 * zero * g, g, a1, a2})
	}
	if order%2 == 1 {
		a1 := -real(digital(-1))
		g := (1 - zero*a1) / 2
		f.sections = append(f.sections, section{g, -zero * g, 0, a1, 0})
	}
	return f, nil
}

// Pad is the number of samples by which ZeroPhase extends a signal at each end,
// 3(order+1).
func (f Butterworth) Pad() int { return 3 * (f.order + 1) }

// ZeroPhase filters x forward and backward after odd extension by Pad samples, each
// pass started in the steady state of its first sample. A signal that is not longer
// than the padding is an ErrShort.
func (f Butterworth) ZeroPhase(x []float64) ([]float64, error) {
	pad := f.Pad()
	buffer := make([]float64, len(x)+2*pad)
	copy(buffer[pad:], x)
	if err := f.ZeroPhasePadded([][]float64{buffer}); err != nil {
		return nil, err
	}
	return buffer[pad : pad+len(x)], nil
}

// ZeroPhasePadded is ZeroPhase for several signals at once, in place: each slice
// holds its signal between Pad free samples before and after, which are overwritten.
// All have one length.
func (f Butterworth) ZeroPhasePadded(signals [][]float64) error {
	pad := f.Pad()
	for len(signals) > 0 {
		group := signals[:min(lanes, len(signals))]
		signals = signals[len(group):]
		for len(group) > 1 && len(group) < lanes { // whole fours are copied faster
			group = append(slices.Clip(group), group[len(group)-1])
		}
		for _, s := range group {
			if len(s) != len(group[0]) {
				panic("signal: ZeroPhasePadded: signals of several lengths")
			}
			if n := len(s) - 2*pad; n <= pad {
				return ErrShort{max(n, 0), pad}
			}
			extendOdd(s, pad)
		}
		f.pass(group, true)
		f.pass(group, false)
	}
	return nil
}

// extendOdd fills the pad samples at both ends of s with the point reflection of
// what lies inside.
func extendOdd(s []float64, pad int) {
	last := len(s) - 1
	for i := 1; i <= pad; i++ {
		s[pad-i] = 2*s[pad] - s[pad+i]
		s[last-pad+i] = 2*s[last-pad] - s[last-pad-i]
	}
}

const (
	lanes     = 4   // signals filtered side by side
	blockRows = 256 // samples at a time: 8 KB, which stay in the first cache
)

// pass filters a group of signals once, forward in time or backward.
func (f Butterworth) pass(group [][]float64, forward bool) {
	if len(group) == 1 {
		f.passOne(group[0], forward)
		return
	}
	var block [blockRows * lanes]float64
	n := len(group[0])
	state := make([]float64, 2*lanes*len(f.sections))
	for l, s := range group {
		first := s[0]
		if !forward {
			first = s[n-1]
		}
		for k, d := range f.settled(first) {
			state[2*k*lanes+l], state[(2*k+1)*lanes+l] = d.z1, d.z2
		}
	}
	for at := 0; at < n; at += blockRows {
		rows := min(blockRows, n-at)
		from := at
		if !forward {
			from = n - at - rows
		}
		gather(block[:], group, from, rows, forward)
		filterBlock(block[:rows*lanes], f.sections, state)
		scatter(block[:], group, from, rows, forward)
	}
}

// passOne is pass for one signal. Where its lanes would be empty, four sections work side by
// side instead, each one sample behind the one before it.
func (f Butterworth) passOne(x []float64, forward bool) {
	if !forward {
		slices.Reverse(x)
		defer slices.Reverse(x)
	}
	sections, z := f.sections, f.settled(x[0])
	for ; len(sections) >= 4; sections, z = sections[4:], z[4:] {
		filterFour(x, (*[4]section)(sections), (*[4]delays)(z))
	}
	for k := range sections {
		z[k].filter(&sections[k], x)
	}
}

// delays are the states of a section for one signal.
type delays struct{ z1, z2 float64 }

// next is one sample,
//
//	v = b0 x + z1,  z1 = b1 x + z2 - a1 v,  z2 = b2 x - a2 v
//
// (direct form II transposed) with fused multiply-add, so that every machine gives the same bits.
func (d *delays) next(s *section, x float64) float64 {
	v := math.FMA(s.b0, x, d.z1)
	d.z1 = math.FMA(-s.a1, v, math.FMA(s.b1, x, d.z2))
	d.z2 = math.FMA(-s.a2, v, s.b2*x)
	return v
}

func (d *delays) filter(s *section, x []float64) {
	for i, v := range x {
		x[i] = d.next(s, v)
	}
}

// filterFour runs four sections over a signal of more than three samples.
func filterFour(x []float64, s *[4]section, z *[4]delays) {
	n := len(x)
	for k := range 3 { // until every section has its sample
		z[k].filter(&s[k], x[:3-k])
	}
	s0, s1, s2, s3 := s[0], s[1], s[2], s[3]
	z0, z1, z2, z3 := z[0], z[1], z[2], z[3]
	p1, p2, p3 := x[2], x[1], x[0]
	for i := 3; i < n; i++ {
		v3 := z3.next(&s3, p3)
		p3 = z2.next(&s2, p2)
		p2 = z1.next(&s1, p1)
		p1 = z0.next(&s0, x[i])
		x[i-3] = v3
	}
	x[n-1], x[n-2], x[n-3] = p1, p2, p3
	*z = [4]delays{z0, z1, z2, z3}
	for k := 1; k < 4; k++ {
		z[k].filter(&s[k], x[n-k:])
	}
}

// gatherGo copies the samples at … at+rows-1 of the signals into the lanes of a block, the
// last one first when time runs backward.
func gatherGo(block []float64, group [][]float64, at, rows int, forward bool) {
	for l, s := range group {
		for i, v := range s[at : at+rows] {
			if !forward {
				i = rows - 1 - i
			}
			block[i*lanes+l] = v
		}
	}
}

// scatterGo copies them back.
func scatterGo(block []float64, group [][]float64, at, rows int, forward bool) {
	for l, s := range group {
		for i := range s[at : at+rows] {
			row := i
			if !forward {
				row = rows - 1 - i
			}
			s[at+i] = block[row*lanes+l]
		}
	}
}

// settled are the states of the sections as if the input had always been u.
func (f Butterworth) settled(u float64) []delays {
	out := make([]delays, len(f.sections))
	for k, s := range f.sections {
		v := u * (s.b0 + s.b1 + s.b2) / (1 + s.a1 + s.a2)
		out[k] = delays{v - s.b0*u, s.b2*u - s.a2*v}
		u = v
	}
	return out
}

// filterBlockGo runs all sections over a block of samples of lanes signals. state holds z1 and
// z2 of every lane, section after section.
func filterBlockGo(block []float64, sections []section, state []float64) {
	for k, s := range sections {
		z1 := (*[lanes]float64)(state[2*k*lanes:])
		z2 := (*[lanes]float64)(state[(2*k+1)*lanes:])
		for at := 0; at+lanes <= len(block); at += lanes {
			row := (*[lanes]float64)(block[at:])
			for l := range row {
				x := row[l] // delays.next, which is slower in this loop
				v := math.FMA(s.b0, x, z1[l])
				z1[l] = math.FMA(-s.a1, v, math.FMA(s.b1, x, z2[l]))
				z2[l] = math.FMA(-s.a2, v, s.b2*x)
				row[l] = v
			}
		}
	}
}
