package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"example.org/renshaw/pkg/run/seed"
)

// exactUpTo is the number of differences up to which the signed-rank test enumerates its
// distribution.
const exactUpTo = 50

// SignTest is the two-sided p-value of as many positive as negative differences; zeros and
// NaN are left out. Without differences it is 1.
func SignTest(d []float64) float64 {
	pos, n := 0, 0
	for _, v := range d {
		if v > 0 {
			pos++
		}
		if v != 0 && !math.IsNaN(v) {
			n++
		}
	}
	b := distuv.Binomial{N: float64(n), P: 0.5}
	if n == 0 {
		return 1
	}
	return math.Min(1, 2*b.CDF(float64(min(pos, n-pos))))
}

// SignedRank is Wilcoxon's test that differences are symmetric about 0: the sum of the
// ranks of positive differences and the two-sided p-value, exact for up to 50 differences
// without ties, otherwise by the normal approximation with corrections for ties and
// continuity. Zeros and NaN are left out; without differences p is 1.
func SignedRank(d []float64) (v, p float64) {
	var abs, sign []float64
	for _, x := range d {
		if x != 0 && !math.IsNaN(x) {
			abs, sign = append(abs, math.Abs(x)), append(sign, x)
		}
	}
	n := len(abs)
	if n == 0 {
		return 0, 1
	}
	ranks := Ranks(abs)
	for i, r := range ranks {
		if sign[i] > 0 {
			v += r
		}
	}
	ties := tieTerm(abs)
	if n <= exactUpTo && ties == 0 {
		return v, signedRankExact(n, int(v))
	}
	m := float64(n)
	z := v - m*(m+1)/4
	sd := math.Sqrt(m*(m+1)*(2*m+1)/24 - ties/48)
	return v, normalTwoSided(z, sd)
}

// signedRankExact sums the distribution of the rank sum over all signs.
func signedRankExact(n, v int) float64 {
	total := n * (n + 1) / 2
	ways := make([]float64, total+1)
	ways[0] = 1
	for r := 1; r <= n; r++ {
		for s := total; s >= r; s-- {
			ways[s] += ways[s-r]
		}
	}
	tail := 0.0
	for s := 0; s <= min(v, total-v); s++ {
		tail += ways[s]
	}
	return math.Min(1, 2*tail/math.Pow(2, float64(n)))
}

// RankSum is the two-sided test of Wilcoxon, Mann and Whitney that values of a are as often
// above as below values of b: U, the number of pairs with a above b (ties a half), and the
// p-value by the normal approximation with corrections for ties and continuity, exact for
// up to 50 values each without ties. NaN are left out; p is 1 if one side is empty.
func RankSum(a, b []float64) (u, p float64) {
	a, b = Present(a), Present(b)
	if len(a) == 0 || len(b) == 0 {
		return 0, 1
	}
	all := slices.Concat(a, b)
	ranks := Ranks(all)
	for _, r := range ranks[:len(a)] {
		u += r
	}
	n, m := float64(len(a)), float64(len(b))
	u -= n * (n + 1) / 2
	ties := tieTerm(all)
	if len(a) <= exactUpTo && len(b) <= exactUpTo && ties == 0 {
		return u, rankSumExact(len(a), len(b), int(u))
	}
	sd := math.Sqrt(n * m / 12 * (n + m + 1 - ties/((n+m)*(n+m-1))))
	return u, normalTwoSided(u-n*m/2, sd)
}

// rankSumExact sums the distribution of U over all arrangements.
func rankSumExact(n, m, u int) float64 {
	// ways[k][s]: subsets of k of the ranks so far with U = s
	ways := make([][]float64, n+1)
	for k := range ways {
		ways[k] = make([]float64, n*m+1)
	}
	ways[0][0] = 1
	for r := 1; r <= n+m; r++ {
		for k := min(r, n); k >= 1; k-- {
			gain := r - k // values of b below this one
			if gain > m {
				continue
			}
			for s := n * m; s >= gain; s-- {
				ways[k][s] += ways[k-1][s-gain]
			}
		}
	}
	tail, total := 0.0, 0.0
	for s, w := range ways[n] {
		total += w
		if s <= min(u, n*m-u) {
			tail += w
		}
	}
	return math.Min(1, 2*tail/total)
}

// tieTerm is Σ(t³ - t) over groups of t equal values.
func tieTerm(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	sum := 0.0
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j] == s[i] {
			j++
		}
		t := float64(j - i)
		sum += t*t*t - t
		i = j
	}
	return sum
}

// normalTwoSided is the p-value of a deviation, moved half a unit towards 0.
func normalTwoSided(z, sd float64) float64 {
	if sd == 0 {
		return 1
	}
	z = math.Max(0, math.Abs(z)-0.5) / sd
	return math.Erfc(z / math.Sqrt2)
}

// Bootstrap is the interval between the quantiles (1-level)/2 and (1+level)/2 of a
// statistic over n resamples with replacement; the draws follow from the seed. NaN without
// values.
func Bootstrap(v []float64, statistic func([]float64) float64, n int, level float64,
	from uint64) (low, high float64) {
	if len(v) == 0 {
		return math.NaN(), math.NaN()
	}
	rng := seed.Stream(from, "bootstrap")
	values, sample := make([]float64, n), make([]float64, len(v))
	for i := range values {
		for j := range sample {
			sample[j] = v[rng.IntN(len(v))]
		}
		values[i] = statistic(sample)
	}
	q := Quantiles(values, (1-level)/2, (1+level)/2)
	return q[0], q[1]
}
