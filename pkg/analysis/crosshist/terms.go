package crosshist

import "math"

// fitTable holds the constants of the kernels of the corrected fit, four times each: those of
// exponential and logarithm, and those that the parameters give.
type fitTable struct {
	magic, perLn2, ln2, ln2Lo, least [4]float64
	expEven                          [7][4]float64 // 1/12!, 1/10!, … 1/0!
	expOdd                           [6][4]float64 // 1/11!, 1/9!, … 1/1!
	logEven                          [5][4]float64 // 2/17, 2/13, … 2/1
	logOdd                           [5][4]float64 // 2/19, 2/15, … 2/3
	one, two, most                   [4]float64
	rootHalf, toOne, mantissa        [4]uint64  // bits of the logarithm's reduction
	two52                            [4]uint64  // bits of 2^52
	two52Bias                        [4]float64 // 2^52 + 1023

	// Baseline: sign of x, u, -a, ν, -1/ν, 1/ν², A, -a A.
	sign, u, minusA, nu, minusInverse, inverse2, amplitude, slope [4]float64
	// Hat: μ, 1/w², -1/(2τ²), -1/(2s²), 2.5/√(2π), M, o, 2/w², 1/τ² + 1/s², 1/s², M/τ³, 2M/w³, 1/s³.
	mu, w2, tau2, s2, top, height, offset, twoW2, both, inverseS2, tau3, w3, s3 [4]float64
}

func (*fitTable) set(to *[4]float64, v float64) { *to = [4]float64{v, v, v, v} }

const (
	magic    = 0x1.8p52 // a number added to it is rounded to an integer, which its lowest bits hold
	leastExp = -708
	rootBits = 0x3fe6a09e << 32 // about √½
	oneBits  = 1023 << 52
)

// The rest of log 2 that its nearest number leaves.
const ln2Rest = 0x1.abc9e3b39803fp-56

func newFitTable() (t fitTable) {
	t.set(&t.magic, magic)
	t.set(&t.perLn2, 1/math.Ln2)
	t.set(&t.ln2, math.Ln2)
	t.set(&t.ln2Lo, ln2Rest)
	t.set(&t.least, leastExp)
	t.set(&t.one, 1)
	t.set(&t.two, 2)
	t.set(&t.most, most)
	t.set(&t.two52Bias, 1<<52+1023)
	for i := range 4 {
		t.rootHalf[i], t.toOne[i], t.mantissa[i] = rootBits, oneBits-rootBits, 1<<52-1
		t.two52[i] = math.Float64bits(1 << 52)
	}
	factorial := 1.0
	for i := range 13 {
		if i > 0 {
			factorial *= float64(i)
		}
		if i%2 == 0 {
			t.set(&t.expEven[6-i/2], 1/factorial)
		} else {
			t.set(&t.expOdd[5-i/2], 1/factorial)
		}
	}
	for i := range 5 {
		t.set(&t.logEven[4-i], 2/float64(4*i+1))
		t.set(&t.logOdd[4-i], 2/float64(4*i+3))
	}
	return t
}

func (t *fitTable) setBaseline(p []float64) {
	nu := p[bNu]
	t.set(&t.u, p[bU])
	t.set(&t.minusA, -p[ba])
	t.set(&t.nu, nu)
	t.set(&t.minusInverse, -1/nu)
	t.set(&t.inverse2, 1/(nu*nu))
	t.set(&t.amplitude, p[bA])
	t.set(&t.slope, -p[ba]*p[bA])
}

func (t *fitTable) setHat(p []float64) {
	m, tau, w, s := p[hM], p[hTau], p[hW], math.Max(p[hS], leastS)
	t.set(&t.mu, p[hMu])
	t.set(&t.w2, 1/(w*w))
	t.set(&t.tau2, -1/(2*tau*tau))
	t.set(&t.s2, -1/(2*s*s))
	t.set(&t.top, 2.5/math.Sqrt(2*math.Pi))
	t.set(&t.height, m)
	t.set(&t.offset, p[hO])
	t.set(&t.twoW2, 2/(w*w))
	t.set(&t.both, 1/(tau*tau)+1/(s*s))
	t.set(&t.inverseS2, 1/(s*s))
	t.set(&t.tau3, m/(tau*tau*tau))
	t.set(&t.w3, 2*m/(w*w*w))
	t.set(&t.s3, 1/(s*s*s))
}

// exp is e^x for x up to 709, with an error of about a unit in the last place; e^-708 below -708.
func (t *fitTable) exp(x float64) float64 {
	x = math.Max(x, leastExp)
	n := math.FMA(x, 1/math.Ln2, magic)
	k := n - magic
	r := math.FMA(-k, math.Ln2, x)
	r = math.FMA(-k, ln2Rest, r)
	r2 := r * r
	even, odd := t.expEven[0][0], t.expOdd[0][0]
	for _, c := range t.expEven[1:] {
		even = math.FMA(even, r2, c[0])
	}
	for _, c := range t.expOdd[1:] {
		odd = math.FMA(odd, r2, c[0])
	}
	return math.Float64frombits(math.Float64bits(math.FMA(r, odd, even)) +
		math.Float64bits(n)<<52)
}

// log is log b for b ≥ 1, with an error of about a unit in the last place: b = 2^k z with z from
// √½ to √2 and log z = 2 artanh((z-1)/(z+1)).
func (t *fitTable) log(b float64) float64 {
	bits := math.Float64bits(b) + (oneBits - rootBits)
	k := float64(bits>>52) - 1023
	f := math.Float64frombits(bits&(1<<52-1)+rootBits) - 1
	s := f / (2 + f)
	s2 := s * s
	s4 := s2 * s2
	even, odd := t.logEven[0][0], t.logOdd[0][0]
	for _, c := range t.logEven[1:] {
		even = math.FMA(even, s4, c[0])
	}
	for _, c := range t.logOdd[1:] {
		odd = math.FMA(odd, s4, c[0])
	}
	return math.FMA(k, math.Ln2, s*math.FMA(odd, s2, even))
}

// richardsColumnsGo adds R(z) - 1 and the derivatives of A R(z) for z = sign x to shape, da, dNu
// and du. With e = exp(min(-a (z-u), 500)), b = 1 + ν e and w = R e/b,
//
//	R = b^(-1/ν),  ∂R/∂a = w (z-u),  ∂R/∂u = -a w,  ∂R/∂ν = R log(b)/ν² - w/ν,
//
// the first two 0 where the exponent is cut.
func richardsColumnsGo(shape, da, dNu, du, x []float64, t *fitTable) {
	for k, v := range x {
		z := math.FMA(t.sign[0], v, -t.u[0])
		q := t.minusA[0] * z
		e := t.exp(math.Min(q, most))
		ne := float64(t.nu[0] * e) // rounded before the sum
		b := 1 + ne
		inverse := 1 / b
		l := math.FMA(ne-(b-1), inverse, t.log(b)) // what the rounding of b left out
		r := t.exp(l * t.minusInverse[0])
		w := (e * inverse) * r
		shape[k] += r - 1
		dNu[k] = math.FMA(t.amplitude[0], math.FMA(r*l, t.inverse2[0], w*t.minusInverse[0]), dNu[k])
		if !(q <= most) {
			w = 0
		}
		da[k] = math.FMA(t.amplitude[0], w*z, da[k])
		du[k] = math.FMA(t.slope[0], w, du[k])
	}
}

// hatColumnsGo writes base + H - y into r and the derivatives of H into columns, from number
// from on; see Hat.
func hatColumnsGo(columns [][]float64, from int, x, base, y, r []float64, t *fitTable) {
	cM, cTau, cW, cMu, cS, cO := columns[hM], columns[hTau], columns[hW], columns[hMu], columns[hS],
		columns[hO]
	for k := from; k < len(x); k++ {
		z := x[k] - t.mu[0]
		z2 := z * z
		d := t.exp(z2 * t.tau2[0])
		g := t.top[0] * t.exp(z2*t.s2[0])
		f := math.FMA(-z2, t.w2[0], 1)
		dg := d * g
		fdg := f * dg
		og := t.offset[0] * g
		h := math.FMA(t.height[0], fdg, og)
		r[k] = (base[k] + h) - y[k]
		cM[k], cO[k] = fdg, g
		cTau[k] = t.tau3[0] * (fdg * z2)
		cW[k] = t.w3[0] * (dg * z2)
		cS[k] = t.s3[0] * (h * z2)
		cMu[k] = z * math.FMA(t.height[0]*dg, math.FMA(f, t.both[0], t.twoW2[0]), og*t.inverseS2[0])
	}
}
