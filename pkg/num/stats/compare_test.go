package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestAllPairs(t *testing.T) {
	for _, c := range []struct {
		a, b []float64
		want float64
	}{
		{[]float64{2}, []float64{1}, 1},
		{[]float64{1}, []float64{2, 3}, 0},
		{[]float64{1, 1}, []float64{1, 1, 1}, 0.5},
		{[]float64{3, 1}, []float64{2, 0, 1}, (3 + 1.5) / 6},
	} {
		if got := AllPairs(c.a, c.b); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("AllPairs(%v, %v) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	a, b := make([]float64, 40000), make([]float64, 30000)
	for i := range a {
		a[i] = rng.NormFloat64() + 1
	}
	for i := range b {
		b[i] = rng.NormFloat64()
	}
	want := 0.5 * math.Erfc(-1/math.Sqrt2/math.Sqrt2) // Phi(1/sqrt 2)
	if got := AllPairs(a, b); math.Abs(got-want) > 0.01 {
		t.Errorf("two normals one SD apart: %v, want %v", got, want)
	}
}
