// Package precise computes exponentials and powers that round almost always to the
// nearest number, several at a time. Fits with forward differences of step 2^-26 amplify
// the rounding of exp and pow; on flat curves that decides where the optimiser stops.
// math.Exp and math.Pow are off by up to a unit in the last place and several units; the
// functions here do as the C libraries with which the study was computed, and are
// faster. Method: tables of 2^(i/128) and log(c_i) with their rounding errors, Taylor
// series in between, fused multiply-add for exact products.
package precise

import "math"

const tableSize = 128

// tables are the tables and constants, together so that kernels find them.
type tables struct {
	exp2         [tableSize][2]float64 // 2^(i/128), and what its rounding left out, relative
	logs         [tableSize][4]float64 // 1/c, log c in two parts, unused
	ln2Hi, ln2Lo float64               // log 2; ln2Hi has 32 trailing zero bits

	// For the kernels: the same numbers as in the code below, four times each.
	perOctave, half, ln2HiStep, ln2LoStep, least [4]float64
	one, mantissa, two52, two52Bias              [4]float64
	ln2Hi4, ln2Lo4                               [4]float64
	minusTwo, sign                               [4]float64
	expSeries                                    [4][4]float64 // 1/120, 1/24, 1/6, 1/2
	logSeries                                    [8][4]float64 // -1/10, 1/9, … 1/3
	bias                                         [4]int64
}

// Entries of tables.logs. What belongs to one index lies together, so that a kernel loads it at
// once.
const (
	invC  = iota // about 1/(1 + (i+½)/128); 1 for i = 0
	logHi        // -log(invC)
	logLo
)

var tab = tables{exp2: exp2Table, logs: logTable, ln2Hi: ln2High, ln2Lo: ln2Low}

// init copies the constants of the code below for the kernels.
func init() {
	for i := range 4 {
		tab.perOctave[i], tab.half[i], tab.least[i], tab.one[i] = tableSize/math.Ln2, 0.5, leastExp, 1
		tab.mantissa[i], tab.two52[i] = math.Float64frombits(1<<52-1), 1<<52
		tab.two52Bias[i], tab.bias[i] = 1<<52+1023, 1023
		tab.minusTwo[i], tab.sign[i] = -2, math.Copysign(0, -1)
		tab.ln2Hi4[i], tab.ln2Lo4[i] = tab.ln2Hi, tab.ln2Lo
		tab.ln2HiStep[i], tab.ln2LoStep[i] = tab.ln2Hi/tableSize, tab.ln2Lo/tableSize
		for k, c := range [4]float64{1.0 / 120, 1.0 / 24, 1.0 / 6, 1.0 / 2} {
			tab.expSeries[k][i] = c
		}
		for k, c := range [8]float64{-1.0 / 10, 1.0 / 9, -1.0 / 8, 1.0 / 7, -1.0 / 6, 1.0 / 5, -1.0 / 4,
			1.0 / 3} {
			tab.logSeries[k][i] = c
		}
	}
}

// leastExp is the exponent from which on e^x counts as 0.
const leastExp = -708

// expGo replaces every x by exp(x).
func expGo(x []float64) {
	for k, v := range x {
		x[k] = exp(v)
	}
}

// tanhGo replaces every x by (1-e)/(1+e) with e = exp(-2|x|) and the sign of x.
func tanhGo(x []float64) {
	for k, v := range x {
		e := exp(-2 * math.Abs(v))
		x[k] = math.Copysign((1-e)/(1+e), v)
	}
}

// powGo replaces every b by powAbove1(b, y).
func powGo(b []float64, y float64) {
	for k, v := range b {
		b[k] = powAbove1(v, y)
	}
}

// exp is e^x; results below the smallest normal number are 0.
func exp(x float64) float64 { return expSum(x, 0) }

// expSum is e^(x + tail) with |tail| far below |x|.
func expSum(x, tail float64) float64 {
	if !(x > leastExp && x < 709) {
		switch {
		case x >= 709:
			return math.Exp(x)
		case x <= leastExp:
			return 0
		}
		return x // NaN
	}
	const perOctave = tableSize / math.Ln2
	k := math.Floor(x*perOctave + 0.5)
	r := math.FMA(-k, tab.ln2Hi/tableSize, x)
	r = math.FMA(-k, tab.ln2Lo/tableSize, r) + tail
	n := int(k)
	i := n & (tableSize - 1)
	p := tab.exp2[i][1] + (r + r*r*(1.0/2+r*(1.0/6+r*(1.0/24+r*(1.0/120)))))
	hi := tab.exp2[i][0]
	scale := math.Float64frombits(uint64(1023+(n-i)/tableSize) << 52)
	return math.FMA(hi, p, hi) * scale
}

// powAbove1 is b^y for 1 ≤ b < 2^1023 and finite y.
func powAbove1(b, y float64) float64 {
	u := math.Float64bits(b)
	k := float64(int(u>>52) - 1023)
	z := math.Float64frombits(u&(1<<52-1) | 1023<<52)
	i := u >> 45 & (tableSize - 1)
	e := &tab.logs[i]
	zc := z * e[invC]
	r, rLo := zc-1, math.FMA(z, e[invC], -zc) // z c - 1 without error
	// log b = (k ln2 + log c) + r - r²/2 + r³/3 - …, in two parts.
	big := k*tab.ln2Hi + e[logHi]
	hi := big + r
	lo := (big - hi) + r
	h := 0.5 * r
	sq := h * r
	sqLo := math.FMA(h, r, -sq)
	hi2 := hi - sq
	lo += (hi - hi2) - sq
	lo += math.FMA(k, tab.ln2Lo, e[logLo]) - sqLo + rLo*(1-r)
	r3 := r * r * r
	lo += r3 * (1.0/3 + r*(-1.0/4+r*(1.0/5+r*(-1.0/6+r*(1.0/7+r*(-1.0/8+r*(1.0/9+r*(-1.0/10))))))))
	p := y * hi2
	return expSum(p, math.FMA(y, hi2, -p)+y*lo)
}
