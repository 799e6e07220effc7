package flow

import (
	"math"
	"math/rand/v2"
	"testing"
)

// plainly runs f without kernels.
func plainly(f func()) {
	use := useAVX2
	useAVX2 = false
	defer func() { useAVX2 = use }()
	f()
}

// same says whether two numbers have the same bits, or are both not numbers.
func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// Exponentials and logarithms of kernels and plain functions have the bits of package math's.
func TestKernelFunctions(t *testing.T) {
	if !useAVX2 {
		t.Skip("no AVX2")
	}
	rng := rand.New(rand.NewPCG(4, 2))
	special := []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 1e-300,
		-1e-300, 708, -708, 800, -800, 1e300, 0.8813735870195430, 1e-9, 40, 20.1, 37.5}
	for range 20000 {
		var a, plain, positive row
		for l := range a {
			a[l] = rng.NormFloat64() * math.Exp(8*rng.NormFloat64())
			if rng.IntN(40) == 0 {
				a[l] = special[rng.IntN(len(special))]
			}
			positive[l] = math.Abs(a[l])
			if v := positive[l]; v < 1e-307 {
				positive[l] = math.NaN()
			}
		}
		for _, v := range a {
			if v = -math.Abs(v); v > -708 && !same(exp(v), math.Exp(v)) {
				t.Fatalf("e^%v is %v, want %v", v, exp(v), math.Exp(v))
			}
		}
		got := a
		plain = a
		got.softplus()
		plain.softplusGo()
		for l := range got {
			if !same(got[l], plain[l]) {
				t.Fatalf("softplus of %v is %v, want %v", a[l], got[l], plain[l])
			}
		}
		got = positive
		got.log()
		for l, v := range positive {
			if !same(got[l], math.Log(v)) {
				t.Fatalf("log of %v is %v, want %v", v, got[l], math.Log(v))
			}
		}
	}
}

// Kernels, plain functions and one row after the other give the same bits, in any company.
func TestSameBits(t *testing.T) {
	if !useAVX2 {
		t.Skip("no AVX2")
	}
	for _, d := range []int{1, 2, 3, 5, 7} {
		for _, bins := range []int{0, 2, 3, 10} {
			m := random(uint64(10*d+bins), d, 4, 13, bins)
			for k := range m.Steps { // far from the identity
				for i := range m.Steps[k].OutWeight {
					m.Steps[k].OutWeight[i] *= 20
				}
			}
			if err := m.Pack(); err != nil {
				t.Fatal(err)
			}
			sameBits(t, m)
		}
	}
}

func sameBits(t *testing.T, m *MAF) {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(m.D), uint64(m.Bins)))
	const n = 2*lanes + 3
	x, theta := make([]float64, n*m.C), make([]float64, n*m.D)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	for i := range theta {
		theta[i] = 1.5 * rng.NormFloat64()
	}
	all := contexts(t, m, x)
	p := newPlainRow(m)
	for _, cs := range [][]*Context{all, all[:1]} {
		evaluate := func() (density, draws []float64) {
			density, draws = make([]float64, n), make([]float64, n*m.D)
			m.LogProb(density, theta, cs...)
			m.Inverse(draws, theta, cs...)
			return density, draws
		}
		density, draws := evaluate()
		var density2, draws2 []float64
		plainly(func() { density2, draws2 = evaluate() })
		for r := range n {
			c := cs[min(r, len(cs)-1)]
			if want := p.logProb(theta[r*m.D:(r+1)*m.D], c); !same(density[r], want) ||
				!same(density2[r], want) {
				t.Fatalf("%d parameters, %d bins: density %v, without kernels %v, want %v", m.D, m.Bins,
					density[r], density2[r], want)
			}
			for i, want := range p.draw(theta[r*m.D:(r+1)*m.D], c) {
				if k := r*m.D + i; !same(draws[k], want) || !same(draws2[k], want) {
					t.Fatalf("%d parameters, %d bins: draw %v, without kernels %v, want %v", m.D, m.Bins,
						draws[k], draws2[k], want)
				}
			}
		}
	}
}
