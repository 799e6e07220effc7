package crosshist

import (
	"math"
	"sort"

	"example.org/renshaw/pkg/num/precise"
)

// Baseline parameters: two mirrored Richards curves,
//
//	R(z) = (1 + ν exp(min(-a (z-u), 500)))^(-1/ν)
//	B(x) = A (R(x) + R(-x) - 1) + c,  u < 0, x in s.
const (
	bA = iota
	ba
	bNu
	bU
	bC
	nBaseline
)

// Hat parameters: the synchrony peak with its flanks, z = x - μ,
//
//	G = 2.5/√(2π) exp(-½ (z/s)²)
//	H(x) = M (1 - z²/w²) exp(-z²/(2τ²)) G + G o.
const (
	hM = iota
	hTau
	hW
	hMu
	hS
	hO
	nHat
)

// Bounds and start values (the start of A is twice the mean of the curve).
var (
	baselineLow = []float64{0, 100, 0, -0.5, 0}
	// The same of the corrected fit: below, 1 + ν e has lost the digits of e, and the curve is that
	// of ν = 0 within 1e-6.
	correctedLow  = []float64{0, 100, 1e-6, -0.5, 0}
	baselineHigh  = []float64{0.02, 1e4, 100, -0.02, 0.001}
	baselineStart = []float64{0, 1000, 1, -0.1, 0}
	hatLow        = []float64{0, 1e-4, 1e-4, -0.1, 0, -0.01}
	hatHigh       = []float64{0.02, 0.3, 0.3, 0.1, 0.1, 0.01}
	hatStart      = []float64{0, 0.001, 0.001, 0, 0.05, 0}
)

// ParamNames are the names of Fit.Params.
var ParamNames = []string{"amplitude", "a", "nu", "u", "offset", "hat_amplitude", "hat_tau",
	"hat_width", "hat_mu", "hat_sigma", "hat_offset"}

// richards holds what R(z) needs.
type richards struct {
	a, nu, u float64
	power    float64 // -1/ν
	one      float64 // below this exponent 1 + ν e rounds to 1
}

func newRichards(p []float64) richards {
	return richards{p[ba], p[bNu], p[bU], -1 / p[bNu], -37.5 - math.Log(p[bNu])}
}

// exponentials writes e = exp(min(-a (z-u), 500)) for z = sign x into the range in which e counts,
// which it returns: outside, 1 + ν e rounds to 1. x ascends, so that the range is the beginning or
// the end of it.
func (r richards) exponentials(sign float64, x, e []float64) (from, to int) {
	counts := func(k int) bool { return !(-r.a*(float64(sign*x[k])-r.u) < r.one) }
	from, to = 0, len(x)
	if sign > 0 {
		to = sort.Search(len(x), func(k int) bool { return !counts(k) })
	} else {
		from = sort.Search(len(x), counts)
	}
	exponent(e[from:to], x[from:to], sign, r.u, r.a)
	precise.ExpSlice(e[from:to])
	return from, to
}

// values writes R given the exponentials in from … to.
func (r richards) values(e []float64, from, to int, dst []float64) {
	for _, rest := range [2][]float64{dst[:from], dst[to:]} {
		for k := range rest {
			rest[k] = 1
		}
	}
	part := dst[from:to]
	line(part, e[from:to], r.nu, 1)
	precise.PowSlice(part, r.power)
}

// shaper computes R(x) + (R(-x) - 1) and keeps the exponentials for withNu.
type shaper struct {
	e        [2][]float64
	from, to [2]int
	mirrored []float64 // R(-x)
}

func newShaper(n int) *shaper {
	return &shaper{e: [2][]float64{make([]float64, n), make([]float64, n)},
		mirrored: make([]float64, n)}
}

// at writes the shape at parameters p.
func (s *shaper) at(p, x, dst []float64) {
	r := newRichards(p)
	s.from[0], s.to[0] = r.exponentials(1, x, s.e[0])
	s.from[1], s.to[1] = r.exponentials(-1, x, s.e[1])
	s.withNu(p, dst)
}

// withNu is the shape at parameters that differ from those of the last at in ν alone.
func (s *shaper) withNu(p, dst []float64) {
	r := newRichards(p)
	r.values(s.e[0], s.from[0], s.to[0], dst)
	from, to := s.from[1], s.to[1]
	mirrored := s.mirrored[from:to]
	r.values(s.e[1][from:to], 0, to-from, mirrored)
	for k, v := range mirrored {
		dst[from+k] += v - 1 // nothing elsewhere
	}
}

// Baseline writes B(x) of parameters p (A, a, ν, u, c).
func Baseline(p, x, dst []float64) { newShaper(len(x)).baseline(p, x, dst) }

func (s *shaper) baseline(p, x, dst []float64) {
	s.at(p, x, dst)
	line(dst, dst, p[bA], p[bC])
}

// hatTerms are the parts of H(x) that a single parameter can leave unchanged.
type hatTerms struct {
	flank []float64 // 1 - z²/w²
	decay []float64 // exp(-z²/(2τ²))
	g     []float64 // G
}

func newHatTerms(n int) hatTerms {
	return hatTerms{make([]float64, n), make([]float64, n), make([]float64, n)}
}

func (t hatTerms) setFlank(p, x []float64) {
	flank(t.flank, x, p[hMu], p[hW]*p[hW])
}

func (t hatTerms) setDecay(p, x []float64) {
	decay(t.decay, x, p[hMu], float64(2*float64(p[hTau]*p[hTau])))
	precise.ExpSlice(t.decay)
}

func (t hatTerms) setG(p, x []float64) {
	s := p[hS]
	scale := 2.5 / (s * math.Sqrt(2*math.Pi))
	bell(t.g, x, p[hMu], s)
	precise.ExpSlice(t.g)
	times(t.g, scale, s)
}

func (t hatTerms) combine(p, dst []float64) {
	hat(dst, t.flank, t.decay, t.g, p[hM], p[hO])
}

func (t hatTerms) set(p, x []float64) {
	t.setFlank(p, x)
	t.setDecay(p, x)
	t.setG(p, x)
}

// Hat writes H(x) of parameters p (M, τ, w, μ, s, o).
func Hat(p, x, dst []float64) {
	t := newHatTerms(len(x))
	t.set(p, x)
	t.combine(p, dst)
}

// trapezoid writes the trapezoid with corners t1 … t4 and height 1, t2 ≤ t3; x ascends.
func trapezoid(t, x, dst []float64) {
	t1, t2, t3, t4 := t[0], t[1], t[2], t[3]
	rise := sort.SearchFloat64s(x, t1)
	top := sort.SearchFloat64s(x, t2)
	fall := sort.Search(len(x), func(k int) bool { return x[k] > t3 })
	end := max(fall, sort.Search(len(x), func(k int) bool { return x[k] > t4 }))
	rise = min(rise, top)
	clear(dst[:rise])
	for k := rise; k < top; k++ {
		dst[k] = (x[k] - t1) / (t2 - t1)
	}
	for k := top; k < fall; k++ {
		dst[k] = 1
	}
	for k := fall; k < end; k++ {
		dst[k] = (t4 - x[k]) / (t4 - t3)
	}
	clear(dst[end:])
}
