package stats

import (
	"math"
	"slices"

	"example.org/renshaw/pkg/run/seed"
)

// PDelta is the probability that a draw of a exceeds a draw of b, with the 95 % interval of
// the difference: draws are paired by position, as many as both have. It is the study's
// measure; AllPairs does not depend on the order of the draws.
func PDelta(a, b []float64) (p float64, interval [2]float64) {
	n := min(len(a), len(b))
	if n == 0 {
		return math.NaN(), [2]float64{math.NaN(), math.NaN()}
	}
	diff := make([]float64, n)
	above := 0
	for i := range diff {
		diff[i] = a[i] - b[i]
		if diff[i] > 0 {
			above++
		}
	}
	q := Quantiles(diff, 0.025, 0.975)
	return float64(above) / float64(n), [2]float64{q[0], q[1]}
}

// AllPairs is the probability that a value of a exceeds a value of b over all pairs, ties
// counted half; NaN without values.
func AllPairs(a, b []float64) float64 {
	above, equal := PairShares(a, b)
	return above + equal/2
}

// PairShares are the shares of all pairs with the value of a above that of b, and equal to
// it.
func PairShares(a, b []float64) (above, equal float64) {
	if len(a) == 0 || len(b) == 0 {
		return math.NaN(), math.NaN()
	}
	s := slices.Sorted(slices.Values(b))
	for _, x := range a {
		below, _ := slices.BinarySearch(s, x)
		upTo, _ := slices.BinarySearchFunc(s, x, func(v, t float64) int {
			if v <= t {
				return -1
			}
			return 1
		})
		above, equal = above+float64(below), equal+float64(upTo-below)
	}
	n := float64(len(a)) * float64(len(b))
	return above / n, equal / n
}

// exactPairs is the largest number of pairs for which HodgesLehmann looks at all; beyond,
// the square root of it is the number of values taken of each side.
const exactPairs = 200_000

// HodgesLehmann is the median of all differences a_i - b_j: the shift between two
// distributions. Beyond 200,000 pairs it is that of 447 random values of each, drawn with
// replacement from the seed.
func HodgesLehmann(a, b []float64, from uint64) float64 {
	if len(a)*len(b) > exactPairs {
		rng := seed.Stream(from, "hodges-lehmann")
		some := func(v []float64) []float64 {
			out := make([]float64, int(math.Sqrt(exactPairs)))
			for i := range out {
				out[i] = v[rng.IntN(len(v))]
			}
			return out
		}
		a, b = some(a), some(b)
	}
	diff := make([]float64, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			diff = append(diff, x-y)
		}
	}
	return Median(diff)
}
