package crosshist

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Exponential and logarithm of the corrected fit are those of the library within a few units in the
// last place.
func TestExpAndLogOfTerms(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	table := newFitTable()
	var worstExp, worstLog float64
	for range 20000 {
		x := -708 + 1208*rng.Float64()
		if rng.IntN(2) == 0 {
			x = rng.NormFloat64()
		}
		worstExp = math.Max(worstExp, math.Abs(table.exp(x)/math.Exp(x)-1))
		b := 1 + math.Exp(-36+500*rng.Float64())
		if rng.IntN(2) == 0 {
			b = 1 + rng.Float64()
		}
		worstLog = math.Max(worstLog, math.Abs(table.log(b)/math.Log(b)-1))
	}
	t.Logf("largest relative errors: %.2g, %.2g", worstExp, worstLog)
	if worstExp > 1e-15 || worstLog > 1e-15 {
		t.Errorf("relative errors of %v and %v", worstExp, worstLog)
	}
	if v := table.exp(-1e9); v != table.exp(-708) {
		t.Errorf("exp of -1e9: %v", v)
	}
}

// The kernels of this machine give the bits of the plain code, for any length.
func TestTermKernels(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	numbers := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = -0.2 + 0.4*rng.Float64()
		}
		return x
	}
	table := newFitTable()
	same := func(what string, got, want [][]float64) {
		t.Helper()
		for i := range want {
			for k, v := range want[i] {
				if math.Float64bits(got[i][k]) != math.Float64bits(v) {
					t.Fatalf("%s: column %d, number %d: %v, want %v", what, i, k, got[i][k], v)
				}
			}
		}
	}
	for n := 1; n < 60; n++ {
		x := numbers(n)
		var got, want [][]float64
		for range 7 {
			c := numbers(n)
			got, want = append(got, c), append(want, append([]float64(nil), c...))
		}
		table.setBaseline([]float64{1e-3, math.Exp(4.7 + 4.5*rng.Float64()),
			math.Exp(-14 + 18*rng.Float64()), -0.02 - 0.3*rng.Float64(), 0})
		table.set(&table.sign, float64(1-2*rng.IntN(2)))
		richardsColumns(got[0], got[1], got[2], got[3], x, &table)
		richardsColumnsGo(want[0], want[1], want[2], want[3], x, &table)
		same("Richards curves", got, want)

		table.setHat([]float64{1e-3, 1e-4 + 0.1*rng.Float64(), 1e-4 + 0.1*rng.Float64(),
			0.01 * rng.NormFloat64(), 0.1 * rng.Float64(), 1e-3 * rng.NormFloat64()})
		hatColumns(got, x, numbers(n), got[6], got[6], &table)
		base := append([]float64(nil), x...)
		hatColumns(got, x, base, x, got[6], &table)
		hatColumnsGo(want, 0, x, base, x, want[6], &table)
		same("hat", got, want)
	}
}
