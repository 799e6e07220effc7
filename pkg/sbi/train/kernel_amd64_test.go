package train

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

func sameBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i, v := range got {
		if w := want[i]; math.Float32bits(v) != math.Float32bits(w) && !(v != v && w != w) {
			t.Fatalf("%s: number %d is %v, want %v", what, i, v, w)
		}
	}
}

// Kernels give the bits of the plain functions, for any size.
func TestKernels(t *testing.T) {
	if !useAVX2 {
		t.Skip("no AVX2")
	}
	rng := rand.New(rand.NewPCG(2, 2))
	inf := float32(math.Inf(1))
	special := []float32{0, float32(math.Copysign(0, -1)), inf, -inf, float32(math.NaN()), 1e-40,
		-1e-40,
		88, 89, -87, -88, 1, 0x1p-126}
	random := func(n int) []float32 {
		v := make([]float32, n, (n+width-1)/width*width)
		for i := range v {
			v[i] = float32(rng.NormFloat64() * math.Exp(2*rng.NormFloat64()))
			if rng.IntN(30) == 0 {
				v[i] = special[rng.IntN(len(special))]
			}
		}
		return v
	}
	both := func(what string, n int, f func(dst []float32)) {
		t.Helper()
		got, want := random(n), random(n)
		f(got)
		plainly(func() { f(want) })
		sameBits(t, what, got, want)
	}
	for range 300 {
		n := 1 + rng.IntN(50)
		x, y := random(n), random(n)
		for kind := opAdd; kind <= opLessThan; kind++ {
			both("binary", n, func(dst []float32) { vectorBinary(kind, dst, x, y, 1, 1) })
			both("binary, one number first", n,
				func(dst []float32) { vectorBinary(kind, dst, x, y, 0, 1) })
			both("binary, one number second", n,
				func(dst []float32) { vectorBinary(kind, dst, x, y, 1, 0) })
		}
		for name, f := range map[string]func(dst, x []float32){"exp": vectorExp, "log": vectorLog,
			"logistic": vectorLogistic, "abs": vectorAbs, "sqrt": vectorSqrt, "neg": vectorNeg} {
			both(name, n, func(dst []float32) { f(dst, x) })
		}
		vectorAbs(y, x)
		both("log1p", n, func(dst []float32) { vectorLog1p(dst, y) })
	}
	for range 300 {
		rows, inner, columns := 1+rng.IntN(14), 1+rng.IntN(30), 1+rng.IntN(60)
		a, b := random(rows*inner), random(inner*columns)
		both("product", rows*columns,
			func(dst []float32) { matrixProduct(dst, a, b, rows, inner, columns) })
		both("product with a transpose", rows*columns,
			func(dst []float32) { transposedProduct(dst, a, b, rows, inner, columns) })
	}
}
