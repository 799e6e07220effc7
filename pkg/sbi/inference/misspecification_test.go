package inference

import (
	"math/rand/v2"
	"testing"
)

// Rows of one distribution give any P, shifted ones a small one.
func TestMMD(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	rows := func(shift float64) [][]float64 {
		var out [][]float64
		for i := 0; i < 160; i++ {
			d := 0.0
			if i < 20 {
				d = shift
			}
			out = append(out, []float64{rng.NormFloat64() + d, rng.NormFloat64(), rng.NormFloat64() - d})
		}
		return out
	}
	small := 0
	for range 20 {
		if _, p := mmd(rows(0), 20, rng); p < 0.1 {
			small++
		}
	}
	if small > 6 { // binomial(20, 0.1): more than 6 with a probability of 0.002
		t.Errorf("%d of 20 tests of equal distributions have P < 0.1", small)
	}
	if _, p := mmd(rows(1.5), 20, rng); p > 0.01 {
		t.Errorf("shifted rows: P %v", p)
	}
}
