package crosshist

import (
	"math"
	"math/rand/v2"
)

// Multinomial draws the histogram of count spikes bin by bin: the count of a bin, given those of
// the bins before it, is binomial. The distribution is that of Alias and Inversion; the work is
// proportional to the number of bins and not to that of spikes.
type Multinomial struct {
	share []float64 // of a bin in the weights from it on, 0 to 1
	miss  []float64 // log(1 - share)
	rng   *rand.PCG
}

// NewMultinomial prepares the weights and seeds the generator.
func NewMultinomial(baseline []float64, seed1, seed2 uint64) *Multinomial {
	n := len(baseline)
	s := &Multinomial{make([]float64, n), make([]float64, n), rand.NewPCG(seed1, seed2)}
	rest := 0.0
	for k := len(baseline) - 1; k >= 0; k-- {
		if w := math.Max(baseline[k], 0); w > 0 {
			rest += w
			s.share[k] = w / rest // exactly 1 in the last bin that has a weight
			s.miss[k] = math.Log1p(-s.share[k])
		}
	}
	return s
}

// Draw implements Sampler.
func (s *Multinomial) Draw(count int, counts []float64) {
	left := float64(count)
	for k, p := range s.share {
		if left == 0 {
			return
		}
		if p == 0 {
			continue
		}
		n := binomial(s.rng, left, p, s.miss[k])
		counts[k] += n
		left -= n
	}
}

// uniform is a number from 0 (included) to 1 (excluded).
func uniform(rng *rand.PCG) float64 { return float64(rng.Uint64()>>11) * 0x1p-53 }

// fewExpected is the expectation below which inversion is faster than rejection.
const fewExpected = 10

// binomial draws the number of successes of n trials of probability p; miss is log(1-p). Products
// are rounded before sums, so that compilers do not fuse them and every machine draws the same
// numbers.
func binomial(rng *rand.PCG, n, p, miss float64) float64 {
	switch {
	case p >= 1:
		return n
	case p > 0.5:
		return n - binomial(rng, n, 1-p, math.Log(p))
	case n*p < fewExpected:
		return binomialInversion(rng, n, p, miss)
	}
	return binomialRejection(rng, n, p)
}

// binomialInversion adds up the probabilities of 0, 1, … until they exceed a uniform number.
func binomialInversion(rng *rand.PCG, n, p, miss float64) float64 {
	ratio := p / (1 - p)
	first := math.Exp(n * miss)
	for {
		u, f := uniform(rng), first
		for k := 0.0; k <= n; k++ {
			if u < f {
				return k
			}
			u -= f
			f *= (n - k) / (k + 1) * ratio
		}
		// The probabilities add up to less than u, by rounding: draw again.
	}
}

// binomialRejection is the transformed rejection with squeeze, algorithm BTRS of W. Hörmann, The
// generation of binomial random variates, J. Stat. Comput. Simul. 46, 1993, for n p of 10 or more
// and p up to ½.
func binomialRejection(rng *rand.PCG, n, p float64) float64 {
	spread := math.Sqrt(n * p * (1 - p))
	b := 1.15 + float64(2.53*spread)
	a := -0.0873 + float64(0.0248*b) + float64(0.01*p)
	centre, squeeze := float64(n*p)+0.5, 0.92-4.2/b
	for {
		u, v := uniform(rng)-0.5, uniform(rng)
		us := 0.5 - math.Abs(u)
		k := math.Floor(float64((2*a/us+b)*u) + centre)
		if us >= 0.07 && v <= squeeze {
			return k
		}
		if !(k >= 0 && k <= n) {
			continue
		}
		v *= (2.83 + 5.1/b) * spread / (a/(us*us) + b)
		if accepted(v, n, p, k) {
			return k
		}
	}
}

// accepted reports whether v is at most the probability of k successes relative to that of the
// mode: by the ratios of neighbours where k is near, else by logarithms.
func accepted(v, n, p, k float64) bool {
	const near = 20
	m, ratio := math.Floor((n+1)*p), p/(1-p)
	if math.Abs(k-m) > near {
		return math.Log(v) <= logRelative(n, m, ratio, k)
	}
	relative := 1.0
	for i := m + 1; i <= k; i++ {
		relative *= (n - i + 1) * ratio / i
	}
	for i := k + 1; i <= m; i++ {
		v *= (n - i + 1) * ratio / i
	}
	return v <= relative
}

// logRelative is the logarithm of the probability of k successes relative to that of m,
//
//	log [ m! (n-m)! / (k! (n-k)!) ] + (k-m) log(p/(1-p)),
//
// where ratio is p/(1-p).
func logRelative(n, m, ratio, k float64) float64 {
	return float64((m+0.5)*math.Log((m+1)/(ratio*(n-m+1)))) +
		float64((n+1)*math.Log((n-m+1)/(n-k+1))) +
		float64((k+0.5)*math.Log(ratio*(n-k+1)/(k+1))) +
		stirling(m) + stirling(n-m) - stirling(k) - stirling(n-k)
}

// stirlingFirst are log k! - ((k+½) log(k+1) - (k+1) + ½ log 2π) for k = 0 … 9.
var stirlingFirst = [10]float64{0.08106146679532726, 0.04134069595540929, 0.02767792568499834,
	0.02079067210376509, 0.01664469118982119, 0.01387612882307075, 0.01189670994589177,
	0.01041126526197209, 0.009255462182712733, 0.008330563433362871}

// stirling is that remainder of Stirling's formula for any k, by its series from 10 on.
func stirling(k float64) float64 {
	if k < 10 {
		return stirlingFirst[int(k)]
	}
	z := 1 / ((k + 1) * (k + 1))
	return (1.0/12 - float64((1.0/360-float64(z/1260))*z)) / (k + 1)
}
