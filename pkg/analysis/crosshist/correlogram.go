package crosshist

import (
	"math"
	"slices"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/recording"
)

// Correlograms of pools: lags in steps of lagStepS, smoothed by a Gaussian of SD smoothLagS, given
// every CorrelogramStepS.
const (
	CorrelogramStepS = feature.CorrelogramStepMs / 1000.
	lagStepS         = 0.001
	smoothLagS       = 0.0015
	lagTolerance     = 1e-6 // of a step: times are seldom whole steps in floating point
	smoothReach      = 6    // steps on either side: 4 SD
)

// PoolCorrelogram is the correlogram of all discharges of a pool's units,
//
//	x(τ) = Σ_{i≠j} n_ij(τ) / (Σ_{i≠j} N_i N_j Δ / T) − 1
//
// at τ = 0, 2, … up to reachS (s): how much more often than by chance a unit discharges τ before or
// after another one. n_ij counts the lags within ±Δ/2 of τ, Δ = 1 ms; numbers expected and found
// are added up over spans, and lags never join two of them. The result is smoothed (Gaussian of SD
// 1.5 ms). trains are in s, ascending.
func PoolCorrelogram(trains [][]float64, spans []recording.Span, reachS float64) []float64 {
	n := lagSteps(reachS)
	counts := make([]float64, n+1) // by the size of the lag; pairs with i < j
	expected := 0.0                // Σ_{i≠j} N_i N_j Δ / T
	for _, sp := range spans {
		m := merge(trains, sp)
		for i, t := range m.times {
			for j := i + 1; j < len(m.times); j++ {
				k := lagBin(m.times[j] - t)
				if k > n {
					break
				}
				if m.unit[i] != m.unit[j] {
					counts[k]++
				}
			}
		}
		if pairs := m.pairs(); pairs > 0 {
			expected += pairs * lagStepS / sp.LengthS()
		}
	}
	counts[0] *= 2 // a lag of either sign falls into the middle bin
	mirrored := make([]float64, 2*n+1)
	for k, c := range counts {
		mirrored[n+k], mirrored[n-k] = c, c
	}
	return sampled(mirrored, expected, n)
}

// PairCorrelogram is the correlogram of the discharges of pool B about those of pool A, at τ from
// −reachS to reachS in steps of 2 ms: positive where units of B discharge after those of A. It is
// made as PoolCorrelogram is.
func PairCorrelogram(a, b [][]float64, spans []recording.Span, reachS float64) []float64 {
	n := lagSteps(reachS)
	counts := make([]float64, 2*n+1)
	expected := 0.0
	for _, sp := range spans {
		ma, mb := merge(a, sp), merge(b, sp)
		from := 0
		for _, t := range ma.times {
			for from < len(mb.times) && lagBin(mb.times[from]-t) < -n {
				from++
			}
			for _, u := range mb.times[from:] {
				k := lagBin(u - t)
				if k > n {
					break
				}
				counts[n+k]++
			}
		}
		if pairs := float64(len(ma.times)) * float64(len(mb.times)); pairs > 0 {
			expected += pairs * lagStepS / sp.LengthS()
		}
	}
	x := sampled(counts, expected, n)
	back := sampled(reversed(counts), expected, n)
	slices.Reverse(back)
	return append(back[:len(back)-1], x...)
}

// lagSteps is the number of steps to either side that the smoothing of reachS needs.
func lagSteps(reachS float64) int { return int(math.Round(reachS/lagStepS)) + smoothReach }

// lagBin is the step to which a lag (s) belongs; halves away from zero.
func lagBin(s float64) int {
	if s < 0 {
		return -lagBin(-s)
	}
	return int(s/lagStepS + 0.5 + lagTolerance)
}

func reversed(v []float64) []float64 {
	r := slices.Clone(v)
	slices.Reverse(r)
	return r
}

// sampled smooths counts (lags −n to n), divides them by what is expected, and takes every second
// one from lag 0 to n − smoothReach. Where nothing is expected, as where no two units discharge in
// one span, all are 0.
func sampled(counts []float64, expected float64, n int) []float64 {
	var kernel [2*smoothReach + 1]float64
	sum := 0.0
	for j := range kernel {
		z := float64(j-smoothReach) * lagStepS / smoothLagS
		kernel[j] = math.Exp(-z * z / 2)
		sum += kernel[j]
	}
	every := int(math.Round(CorrelogramStepS / lagStepS))
	var x []float64
	for k := n; k <= 2*n-smoothReach; k += every {
		s := 0.0
		for j, w := range kernel {
			s += w * counts[k+j-smoothReach]
		}
		if expected == 0 {
			x = append(x, 0)
			continue
		}
		x = append(x, s/sum/expected-1)
	}
	return x
}

// merged are the discharges of several units in order of time.
type merged struct {
	times  []float64
	unit   []int
	counts []float64 // discharges of each unit
}

// pairs is Σ_{i≠j} N_i N_j.
func (m merged) pairs() float64 {
	all, same := 0.0, 0.0
	for _, n := range m.counts {
		all += n
		same += n * n
	}
	return all*all - same
}

func merge(trains [][]float64, sp recording.Span) merged {
	type discharge struct {
		t    float64
		unit int
	}
	var all []discharge
	m := merged{counts: make([]float64, len(trains))}
	for i, spikesS := range trains {
		for _, t := range sp.Of(spikesS) {
			all = append(all, discharge{t, i})
			m.counts[i]++
		}
	}
	slices.SortFunc(all, func(a, b discharge) int {
		switch {
		case a.t < b.t:
			return -1
		case a.t > b.t:
			return 1
		}
		return a.unit - b.unit
	})
	m.times, m.unit = make([]float64, len(all)), make([]int, len(all))
	for i, d := range all {
		m.times[i], m.unit[i] = d.t, d.unit
	}
	return m
}
