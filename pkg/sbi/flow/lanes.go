package flow

import "math"

// lanes is how many rows a network evaluates side by side. Every lane is computed in the same
// order as if it were alone, so that no result depends on the rows beside it.
const lanes = 16

type row [lanes]float64

// vector is a constant for each of the lanes of a processor's vector.
type vector [4]float64

// constants are what the kernels need, together so that they find them.
type constants struct {
	log2e, ln2Upper, ln2Lower, least    vector // of the exponential
	expSeries                           [6]vector
	sqrt2M1, small, ln2Hi, ln2Lo        vector // of the logarithms
	series                              [7]vector
	two52, two52Bias, halfSqrt2         vector
	sign, magnitude, mantissa, infinity vector // bits
	sixteenth, half, one, two, four     vector
	tail, minusTail, twoTails, smallest vector
	bias                                [4]int64
}

// Numbers of the exponential and of the logarithm: log 2 in two parts, the series.
const (
	ln2Upper  = 0.69314718055966295651160180568695068359375
	ln2Lower  = 0.28235290563031577122588448175013436025525412068e-12
	leastExp  = -708
	ln2Hi     = 6.93147180369123816490e-01
	ln2Lo     = 1.90821492927058770002e-10
	halfSqrt2 = 7.07106781186547524401e-01
)

var logSeries = [7]float64{6.666666666666735130e-01, 3.999999999940941908e-01,
	2.857142874366239149e-01, 2.222219843214978396e-01, 1.818357216161805012e-01,
	1.531383769920937332e-01, 1.479819860511658591e-01}

var kernelConstants constants

func init() {
	k := &kernelConstants
	for _, v := range []struct {
		of *vector
		is float64
	}{{&k.log2e, math.Log2E}, {&k.ln2Upper, ln2Upper}, {&k.ln2Lower, ln2Lower},
		{&k.least, leastExp}, {&k.expSeries[0], 1.0 / 40320}, {&k.expSeries[1], 1.0 / 5040},
		{&k.expSeries[2], 1.0 / 720}, {&k.expSeries[3], 1.0 / 120}, {&k.expSeries[4], 1.0 / 24},
		{&k.expSeries[5], 1.0 / 6}, {&k.sqrt2M1, math.Sqrt2 - 1}, {&k.small, 1.0 / (1 << 29)},
		{&k.ln2Hi, ln2Hi}, {&k.ln2Lo, ln2Lo}, {&k.two52, 1 << 52}, {&k.two52Bias, 1<<52 + 1022},
		{&k.halfSqrt2, halfSqrt2}, {&k.sign, math.Copysign(0, -1)},
		{&k.magnitude, math.Float64frombits(1<<63 - 1)},
		{&k.mantissa, math.Float64frombits(1<<52 - 1)}, {&k.infinity, math.Inf(1)},
		{&k.sixteenth, 1.0 / 16}, {&k.half, 0.5}, {&k.one, 1}, {&k.two, 2}, {&k.four, 4},
		{&k.tail, Tail}, {&k.minusTail, -Tail}, {&k.twoTails, 2 * Tail}, {&k.smallest, Smallest}} {
		*v.of = vector{v.is, v.is, v.is, v.is}
	}
	for i, v := range logSeries {
		k.series[i] = vector{v, v, v, v}
	}
	k.bias = [4]int64{1023, 1023, 1023, 1023}
}

// exp is e^x of an x that is not positive, or NaN; 0 below e^-708. With k = x/log 2 rounded and
// r = (x - k log 2)/16, a Taylor series gives e^r - 1, which is doubled four times: if z = e^y - 1,
// z (z + 2) = e^2y - 1. This gives the bits of math.Exp on a processor with AVX2.
func exp(x float64) float64 {
	if x <= leastExp {
		return 0
	}
	if x != x {
		return x
	}
	k := math.RoundToEven(x * math.Log2E)
	r := math.FMA(-k, ln2Lower, math.FMA(-k, ln2Upper, x)) * (1.0 / 16)
	s := 1.0 / 40320
	for _, c := range [...]float64{1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1} {
		s = math.FMA(s, r, c)
	}
	z := r * s
	for range 3 {
		z *= z + 2
	}
	return math.FMA(z+2, z, 1) * math.Float64frombits(uint64(1023+int(k))<<52)
}

// softplus is log(1 + e^a).
func softplus(a float64) float64 { return math.Max(a, 0) + math.Log1p(exp(-math.Abs(a))) }

func (r *row) softplusGo() {
	for l, a := range r {
		r[l] = softplus(a)
	}
}

func (r *row) logGo() {
	for l, a := range r {
		r[l] = math.Log(a)
	}
}

func productGo(dst []row, bias, w []float64, x []row) {
	for r := range dst {
		for l := range lanes {
			sum := dst[r][l]
			if bias != nil {
				sum = bias[r]
			}
			for k := range x {
				sum += float64(w[r*len(x)+k] * x[k][l])
			}
			dst[r][l] = sum
		}
	}
}
