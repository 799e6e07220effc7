package crosshist

import (
	"math"
	"math/bits"
	"math/rand/v2"

	"example.org/renshaw/pkg/num/mt19937"
	"example.org/renshaw/pkg/recording"
)

// Sampler draws spike histograms from a baseline: count independent bins with
// weights max(B, 0).
type Sampler interface {
	// Draw adds count draws to counts.
	Draw(count int, counts []float64)
}

// Inversion maps uniform numbers to bins as the original does: the first bin k
// with cumsum(π)[k]/cumsum(π)[last] > u. A guide table makes the search short.
type Inversion struct {
	cum   []float64
	guide []int
	rng   *mt19937.Source
}

// NewInversion prepares the weights and seeds the generator.
func NewInversion(baseline []float64, seed uint32) *Inversion {
	s := &Inversion{cum: cumulative(baseline), rng: mt19937.New(seed)}
	s.guide = make([]int, 1024)
	k := 0
	for i := range s.guide {
		for k < len(s.cum)-1 && s.cum[k] <= float64(i)/float64(len(s.guide)) {
			k++
		}
		s.guide[i] = k
	}
	return s
}

// cumulative is cumsum(π) with π = max(B,0)/Σ, scaled to end at exactly 1.
func cumulative(baseline []float64) []float64 {
	total := 0.0
	for _, b := range baseline {
		total += math.Max(b, 0)
	}
	c := make([]float64, len(baseline))
	sum := 0.0
	for k, b := range baseline {
		sum += math.Max(b, 0) / total
		c[k] = sum
	}
	for k := range c {
		c[k] /= sum
	}
	return c
}

// Draw implements Sampler.
func (s *Inversion) Draw(count int, counts []float64) {
	for i := 0; i < count; i++ {
		u := s.rng.Float64()
		k := s.guide[int(u*float64(len(s.guide)))]
		for k < len(s.cum)-1 && s.cum[k] <= u {
			k++
		}
		counts[k]++
	}
}

// Alias draws with Walker's alias method (Vose, IEEE Trans. Softw. Eng. 17, 1991)
// from a PCG generator: the same distribution as Inversion to 2^-53 and several
// times faster.
type Alias struct {
	accept []uint64 // probability of keeping a column, times 2^64
	other  []int32
	rng    *rand.PCG
}

// NewAlias prepares the weights and seeds the generator.
func NewAlias(baseline []float64, seed1, seed2 uint64) *Alias {
	n := len(baseline)
	s := &Alias{make([]uint64, n), make([]int32, n), rand.NewPCG(seed1, seed2)}
	total := 0.0
	for _, b := range baseline {
		total += math.Max(b, 0)
	}
	p := make([]float64, n)
	var small, large []int32
	for k, b := range baseline {
		p[k] = math.Max(b, 0) / total * float64(n)
		if p[k] < 1 {
			small = append(small, int32(k))
		} else {
			large = append(large, int32(k))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		a, b := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		s.accept[a], s.other[a] = uint64(p[a]*0x1p64), b
		if p[b] -= 1 - p[a]; p[b] < 1 {
			large = large[:len(large)-1]
			small = append(small, b)
		}
	}
	for _, k := range append(small, large...) {
		s.accept[k], s.other[k] = math.MaxUint64, k
	}
	return s
}

// Draw implements Sampler.
func (s *Alias) Draw(count int, counts []float64) {
	n := uint64(len(s.accept))
	for i := 0; i < count; i++ {
		column, rest := bits.Mul64(s.rng.Uint64(), n)
		if rest >= s.accept[column] {
			column = uint64(s.other[column])
		}
		counts[column]++
	}
}

// NullDraws measures the noise bias of the areas: draws histograms of count spikes
// from the fitted baseline B, smooths them at 2048 Hz and sums what lies below B in
// the windows of the fit. It returns nil if the baseline is nowhere positive.
func (f *Fitter) NullDraws(ft *Fit, count, draws int, cutoffHz float64,
	newSampler func(baseline []float64) Sampler) *Null {
	baseline, _ := f.Curves(ft)
	positive := false
	for _, b := range baseline {
		positive = positive || b > 0
	}
	smoother := NewSmoother(recording.DefaultFsHz, cutoffHz, len(baseline))
	if !positive || !smoother.Fits() || draws < 1 {
		return nil
	}
	s := newSampler(baseline)
	out := &Null{make([]float64, draws), make([]float64, draws)}
	counts, y := make([]float64, len(baseline)), make([]float64, len(baseline))
	for i := 0; i < draws; i++ {
		clear(counts)
		s.Draw(count, counts)
		for k := range counts {
			counts[k] /= float64(count)
		}
		smoother.Curve(counts, y)
		for k := range y {
			y[k] -= baseline[k]
		}
		out.Forward[i], out.Backward[i] = negative(y, ft.Forward), negative(y, ft.Backward)
	}
	return out
}
