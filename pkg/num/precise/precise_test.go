package precise

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// bigExp is e^x by halving and a Taylor series.
func bigExp(x *big.Float) *big.Float {
	y := new(big.Float).SetPrec(220).Quo(x, new(big.Float).SetPrec(220).SetFloat64(1<<20))
	sum, term := new(big.Float).SetPrec(220).SetFloat64(1), new(big.Float).SetPrec(220).SetFloat64(1)
	for k := 1; k < 30; k++ {
		term.Mul(term, y)
		term.Quo(term, new(big.Float).SetFloat64(float64(k)))
		sum.Add(sum, term)
	}
	for i := 0; i < 20; i++ {
		sum.Mul(sum, sum)
	}
	return sum
}

// ulps is the distance of got from want in units of the last place of want.
func ulps(got float64, want *big.Float) float64 {
	w, _ := want.Float64()
	unit := math.Nextafter(w, math.Inf(1)) - w
	d, _ := new(big.Float).Sub(new(big.Float).SetPrec(220).SetFloat64(got), want).Float64()
	return math.Abs(d) / unit
}

func TestExpAndPowRoundToNearest(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	var worstExp, worstPow float64
	for i := 0; i < 3000; i++ {
		x := -700 * rng.Float64()
		if i%3 == 0 {
			x = 500 * rng.Float64()
		}
		if i%3 == 1 {
			x *= 0.01
		}
		worstExp = math.Max(worstExp, ulps(exp(x), bigExp(new(big.Float).SetPrec(220).SetFloat64(x))))

		b := 1 + math.Exp(-35+60*rng.Float64())
		y := -math.Exp(-5 + 12*rng.Float64())
		logb := preciseLog(b)
		p := new(big.Float).SetPrec(220).Mul(logb, new(big.Float).SetFloat64(y))
		if f, _ := p.Float64(); f > -700 {
			worstPow = math.Max(worstPow, ulps(powAbove1(b, y), bigExp(p)))
		}
	}
	t.Logf("largest error: exp %.3f, pow %.3f units in the last place", worstExp, worstPow)
	if worstExp > 0.55 || worstPow > 0.6 {
		t.Errorf("errors of %v and %v units in the last place", worstExp, worstPow)
	}
	for _, x := range []float64{0, math.Inf(-1), -1000} {
		if exp(x) != math.Exp(x) {
			t.Errorf("exp(%v) = %v", x, exp(x))
		}
	}
	if !math.IsNaN(exp(math.NaN())) || !math.IsInf(exp(1000), 1) {
		t.Error("exp of NaN or 1000")
	}
	if powAbove1(1, -3) != 1 || powAbove1(4, 0.5) != 2 || powAbove1(1e300, -1) != 1e-300 {
		t.Errorf("powers: %v %v %v", powAbove1(1, -3), powAbove1(4, 0.5), powAbove1(1e300, -1))
	}
}

// The error of tanh is below 2e-16.
func TestTanh(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for range 20000 {
		x := rng.NormFloat64() * math.Exp(3*rng.NormFloat64())
		v := []float64{x, x, x, x}
		TanhSlice(v)
		if math.Abs(v[0]-math.Tanh(x)) > 3e-16 {
			t.Fatalf("tanh %v is %v, want %v", x, v[0], math.Tanh(x))
		}
	}
}

func preciseLog(b float64) *big.Float {
	frac, k := math.Frexp(b)
	l := bigLog(bigFloat(2 * frac))
	ln2 := bigLog(bigFloat(2))
	return new(big.Float).SetPrec(220).Add(l, ln2.Mul(ln2, bigFloat(float64(k-1))))
}

// The kernels of this machine give the bits of the plain functions.
func TestKernels(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for round := 0; round < 200; round++ {
		n := rng.IntN(40)
		x, b, h := make([]float64, n), make([]float64, n), make([]float64, n)
		for k := range x {
			x[k] = -800 + 1300*rng.Float64()
			b[k] = 1 + math.Exp(-35+240*rng.Float64())
			switch rng.IntN(20) {
			case 0:
				x[k] = math.Inf(-1)
			case 1:
				x[k] = math.NaN()
			case 2:
				x[k], b[k] = 0, 1
			case 3:
				x[k] = -708
			}
			h[k] = x[k] * math.Exp(-10*rng.Float64())
		}
		y := -math.Exp(-5 + 30*rng.Float64())
		x2, b2 := append([]float64(nil), x...), append([]float64(nil), b...)
		ExpSlice(x)
		expGo(x2)
		PowSlice(b, y)
		powGo(b2, y)
		h2 := append([]float64(nil), h...)
		TanhSlice(h)
		tanhGo(h2)
		for k := range x {
			if math.Float64bits(x[k]) != math.Float64bits(x2[k]) &&
				!(math.IsNaN(x[k]) && math.IsNaN(x2[k])) {
				t.Fatalf("exp: %v, want %v", x[k], x2[k])
			}
			if math.Float64bits(h[k]) != math.Float64bits(h2[k]) &&
				!(math.IsNaN(h[k]) && math.IsNaN(h2[k])) {
				t.Fatalf("tanh: %v, want %v", h[k], h2[k])
			}
			if math.Float64bits(b[k]) != math.Float64bits(b2[k]) {
				t.Fatalf("power %v: %v, want %v", y, b[k], b2[k])
			}
		}
	}
}

// One slice as long as a cross-histogram.
func BenchmarkSlices(b *testing.B) {
	x, base := make([]float64, 819), make([]float64, 819)
	for i := range x {
		base[i] = 1 + float64(i)/7
	}
	b.Run("exp", func(b *testing.B) {
		for b.Loop() {
			for i := range x {
				x[i] = -float64(i) / 30
			}
			ExpSlice(x)
		}
	})
	b.Run("pow", func(b *testing.B) {
		for b.Loop() {
			copy(x, base)
			PowSlice(x, -0.7)
		}
	})
}

func BenchmarkTanhSlice(b *testing.B) {
	x, y := make([]float64, 800), make([]float64, 800)
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	for b.Loop() {
		copy(y, x)
		TanhSlice(y)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/800, "ns/number")
}
