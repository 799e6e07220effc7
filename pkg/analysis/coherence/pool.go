package coherence

import (
	"fmt"
	"math"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/recording"
)

// Spectra of pools are those of counts in bins of PoolBinS, in Hann segments of poolSegment bins
// (1.024 s) that overlap by half and never cross the end of a span.
const (
	PoolBinS    = 1 / (poolSegment * feature.PoolLineHz) // 4 ms
	poolSegment = 2 * feature.PoolLines
)

// PoolSpectra are the mean spectra of the units of one pool, at PoolFrequenciesHz. The transform F
// of the counts of a unit, less their mean, is divided by the root of (mean count per bin × 256),
// and the window has a mean square of 1: a Poisson train has a spectrum of 1. With ⟨⟩ the mean over
// segments and U units,
//
//	Auto(f)  = Σ_i ⟨|F_i|²⟩ / U
//	Cross(f) = (⟨|Σ_i F_i|²⟩ − Σ_i ⟨|F_i|²⟩) / (U (U − 1))
//
// Cross is the mean over all pairs of units of the real part of their cross-spectrum: it has no
// bias from the spectra of single units and can be negative.
type PoolSpectra struct {
	Auto, Cross []float64
	Units       int
	Segments    int
}

// Coherency is Cross over Auto at every frequency: the mean coherency of pairs.
func (s PoolSpectra) Coherency() []float64 {
	c := make([]float64, len(s.Cross))
	for k, g := range s.Cross {
		c[k] = g / s.Auto[k]
	}
	return c
}

// leastAuto is the least value of Auto. Only units whose discharges lie between the segments have
// less, which is rounding.
const leastAuto = 1e-12

// PairSpectra is the cross-spectrum of two pools A and B, at PoolFrequenciesHz,
//
//	X(f) = ⟨(Σ_A F / U_A) conj(Σ_B F / U_B)⟩,
//
// as real and imaginary part: the mean over all pairs of a unit of A and one of B.
type PairSpectra struct{ Re, Im []float64 }

// PoolFrequenciesHz lists the frequencies of pools' spectra: multiples of 1/1.024 s up to half the
// sampling rate of the counts, 125 Hz, without 0.
func PoolFrequenciesHz() []float64 {
	f := make([]float64, poolSegment/2)
	for k := range f {
		f[k] = float64(k+1) / (poolSegment * PoolBinS)
	}
	return f
}

// Pools measures the spectra of every pool, and of every pair of pools i < j as pairs[i][j]. pools
// holds the trains (s, ascending) of each pool's units; spans are where they are looked at. Units
// without a discharge in the spans, and spans that are together too short for one segment, are
// errors.
func Pools(pools [][][]float64, spans []recording.Span) ([]PoolSpectra, [][]PairSpectra, error) {
	segments := 0
	for _, s := range spans {
		segments += segmentsOf(s)
	}
	if segments == 0 {
		return nil, nil, fmt.Errorf("spectra of pools need a stretch of %.3g s at least",
			poolSegment*PoolBinS)
	}
	sums := newPoolSums(len(pools))
	for p, trains := range pools {
		for i, spikesS := range trains {
			if err := sums.add(p, spikesS, spans); err != nil {
				return nil, nil, fmt.Errorf("unit %d of pool %d: %w", i, p, err)
			}
		}
	}
	spectra := make([]PoolSpectra, len(pools))
	for p, trains := range pools {
		spectra[p] = sums.pool(p, len(trains), segments)
	}
	pairs := make([][]PairSpectra, len(pools))
	for a := range pools {
		pairs[a] = make([]PairSpectra, len(pools))
		for b := a + 1; b < len(pools); b++ {
			scale := 1 / float64(segments*len(pools[a])*len(pools[b]))
			pairs[a][b] = sums.pair(a, b, scale)
		}
	}
	return spectra, pairs, nil
}

// segmentsOf counts the segments inside a span.
func segmentsOf(s recording.Span) int {
	return max(0, 2*binsOf(s)/poolSegment-1)
}

// binsOf counts the whole bins of a span. Times are seldom whole numbers of bins in floating point:
// a millionth of a bin decides nothing.
func binsOf(s recording.Span) int { return int(s.LengthS()/PoolBinS + binTolerance) }

const binTolerance = 1e-6 // of a bin

// poolSums adds up what the spectra of pools are made of.
type poolSums struct {
	window []float64
	fft    *signal.RealFFT
	counts []float64
	auto   [][]float64   // per pool and frequency: Σ over units and segments of |F|²
	sum    [][][]float64 // per pool and segment: Σ over units of F, real and imaginary in turn
}

func newPoolSums(pools int) *poolSums {
	s := &poolSums{window: make([]float64, poolSegment), fft: signal.NewRealFFT(poolSegment),
		auto: make([][]float64, pools), sum: make([][][]float64, pools)}
	power := 0.0
	for j := range s.window { // periodic: half-overlapping windows of this form add up to a constant
		s.window[j] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(j)/poolSegment)
		power += s.window[j] * s.window[j]
	}
	for j := range s.window {
		s.window[j] /= math.Sqrt(power / poolSegment)
	}
	for p := range pools {
		s.auto[p] = make([]float64, poolSegment/2)
	}
	return s
}

// add adds a unit of pool p.
func (s *poolSums) add(p int, spikesS []float64, spans []recording.Span) error {
	n, bins := recording.CountIn(spikesS, spans), 0
	for _, sp := range spans {
		bins += binsOf(sp)
	}
	if n == 0 {
		return fmt.Errorf("no discharge")
	}
	mean := float64(n) / float64(bins)
	scale := 1 / math.Sqrt(mean*poolSegment)
	segment := 0
	in, lane := s.fft.Input(), 0
	var waiting [signal.FourSignals]int
	flush := func() {
		s.transform(p, waiting[:lane])
		lane = 0
	}
	for _, sp := range spans {
		s.count(spikesS, sp)
		for at := 0; at+poolSegment <= len(s.counts); at += poolSegment / 2 {
			for j, w := range s.window {
				in[signal.FourSignals*j+lane] = (s.counts[at+j] - mean) * w * scale
			}
			waiting[lane] = segment
			segment++
			if lane++; lane == signal.FourSignals {
				flush()
				in = s.fft.Input()
			}
		}
	}
	flush()
	return nil
}

// count fills counts with the discharges of each bin of a span.
func (s *poolSums) count(spikesS []float64, sp recording.Span) {
	bins := binsOf(sp)
	if cap(s.counts) < bins {
		s.counts = make([]float64, bins)
	}
	s.counts = s.counts[:bins]
	clear(s.counts)
	for _, t := range sp.Of(spikesS) {
		if b := int((t-sp.StartS)/PoolBinS + binTolerance); b < bins {
			s.counts[b]++
		}
	}
}

// transform adds the transforms of what is in the input to pool p, for the given segments.
func (s *poolSums) transform(p int, segments []int) {
	if len(segments) == 0 {
		return
	}
	s.fft.Transform()
	for lane, segment := range segments {
		for len(s.sum[p]) <= segment {
			s.sum[p] = append(s.sum[p], make([]float64, poolSegment))
		}
		sum := s.sum[p][segment]
		for k := range s.auto[p] {
			f := s.fft.At(lane, k+1)
			re, im := real(f), imag(f)
			s.auto[p][k] += re*re + im*im
			sum[2*k] += re
			sum[2*k+1] += im
		}
	}
}

func (s *poolSums) pool(p, units, segments int) PoolSpectra {
	out := PoolSpectra{Auto: make([]float64, poolSegment/2), Cross: make([]float64, poolSegment/2),
		Units: units, Segments: segments}
	for k, auto := range s.auto[p] {
		together := 0.0
		for _, f := range s.sum[p] {
			together += f[2*k]*f[2*k] + f[2*k+1]*f[2*k+1]
		}
		out.Auto[k] = max(leastAuto, auto/float64(segments*units))
		out.Cross[k] = (together - auto) / float64(segments*units*(units-1))
	}
	return out
}

func (s *poolSums) pair(a, b int, scale float64) PairSpectra {
	out := PairSpectra{Re: make([]float64, poolSegment/2), Im: make([]float64, poolSegment/2)}
	for segment, f := range s.sum[a] {
		g := s.sum[b][segment]
		for k := range out.Re {
			out.Re[k] += (f[2*k]*g[2*k] + f[2*k+1]*g[2*k+1]) * scale
			out.Im[k] += (f[2*k+1]*g[2*k] - f[2*k]*g[2*k+1]) * scale
		}
	}
	return out
}
