package crosshist

import "math"

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
	baselineLow   = []float64{0, 100, 0, -0.5, 0}
	baselineHigh  = []float64{0.02, 1e4, 100, -0.02, 0.001}
	baselineStart = []float64{0, 1000, 1, -0.1, 0}
	hatLow        = []float64{0, 1e-4, 1e-4, -0.1, 0, -0.01}
	hatHigh       = []float64{0.02, 0.3, 0.3, 0.1, 0.1, 0.01}
	hatStart      = []float64{0, 0.001, 0.001, 0, 0.05, 0}
)

// ParamNames are the names of Fit.Params.
var ParamNames = []string{"amplitude", "a", "nu", "u", "offset", "hat_amplitude", "hat_tau", "hat_width", "hat_mu", "hat_sigma", "hat_offset"}

// richards holds what R(z) needs.
type richards struct {
	a, nu, u float64
	power    float64 // -1/ν
	one      float64 // below this exponent 1 + ν e rounds to 1
}

func newRichards(p []float64) richards {
	return richards{p[ba], p[bNu], p[bU], -1 / p[bNu], -37.5 - math.Log(p[bNu])}
}

// exponential is e = exp(min(-a (z-u), 500)), or 0 where 1 + ν e rounds to 1.
func (r richards) exponential(z float64) float64 {
	e := -r.a * (z - r.u)
	if e < r.one {
		return 0
	}
	return exp(math.Min(e, 500))
}

// of is R(z) given its exponential.
func (r richards) of(e float64) float64 {
	if e == 0 {
		return 1
	}
	return powAbove1(1+float64(r.nu*e), r.power)
}

// baselineShape writes R(x) + (R(-x) - 1).
func baselineShape(p, x, dst []float64) {
	r := newRichards(p)
	for k, v := range x {
		dst[k] = r.of(r.exponential(v)) + (r.of(r.exponential(-v)) - 1)
	}
}

// keptShape is baselineShape that keeps the exponentials of x and -x for withNu.
func keptShape(p, x, dst []float64, kept *[2][]float64) {
	r := newRichards(p)
	pos, neg := kept[0], kept[1]
	for k, v := range x {
		pos[k], neg[k] = r.exponential(v), r.exponential(-v)
		dst[k] = r.of(pos[k]) + (r.of(neg[k]) - 1)
	}
}

// withNu is the shape at parameters that differ from those of keptShape in ν alone.
func withNu(p, dst []float64, kept *[2][]float64) {
	r := newRichards(p)
	for k := range dst {
		dst[k] = r.of(kept[0][k]) + (r.of(kept[1][k]) - 1)
	}
}

// Baseline writes B(x) of parameters p (A, a, ν, u, c).
func Baseline(p, x, dst []float64) {
	baselineShape(p, x, dst)
	for k := range dst {
		dst[k] = float64(p[bA]*dst[k]) + p[bC]
	}
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
	w2 := p[hW] * p[hW]
	for k, v := range x {
		z := v - p[hMu]
		t.flank[k] = 1 - z*z/w2
	}
}

func (t hatTerms) setDecay(p, x []float64) {
	tau2 := float64(2 * float64(p[hTau]*p[hTau]))
	for k, v := range x {
		z := v - p[hMu]
		t.decay[k] = exp(-(z * z) / tau2)
	}
}

func (t hatTerms) setG(p, x []float64) {
	s := p[hS]
	scale := 2.5 / (s * math.Sqrt(2*math.Pi))
	for k, v := range x {
		q := (v - p[hMu]) / s
		t.g[k] = scale * exp(-0.5*float64(q*q)) * s
	}
}

func (t hatTerms) combine(p, dst []float64) {
	m, o := p[hM], p[hO]
	for k, g := range t.g {
		dst[k] = float64(m*t.flank[k]*t.decay[k]*g) + float64(g*o)
	}
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

// trapezoid writes the trapezoid with corners t1 … t4 and height 1.
func trapezoid(t, x, dst []float64) {
	t1, t2, t3, t4 := t[0], t[1], t[2], t[3]
	for k, v := range x {
		switch {
		case v >= t2 && v <= t3:
			dst[k] = 1
		case v >= t1 && v < t2:
			dst[k] = (v - t1) / (t2 - t1)
		case v > t3 && v <= t4:
			dst[k] = (t4 - v) / (t4 - t3)
		default:
			dst[k] = 0
		}
	}
}
