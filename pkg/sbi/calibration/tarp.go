package calibration

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/run/seed"
)

// TARP is the test of accuracy with random points (Lemos and others, ICML 2023): the share
// of draws that are nearer to a random point of the unit box than the truth is. For exact
// posteriors it is uniform; unlike ranks of single parameters it sees the joint posterior.
type TARP struct {
	Distance float64   `json:"distance"` // largest, of its distribution from the uniform
	Limit    float64   `json:"limit"`    // that an exact posterior stays below with 99 %
	Inside   bool      `json:"inside"`   // Distance is within Limit
	ECE      float64   `json:"ECE"`      // mean |coverage - credibility|
	Share    []float64 `json:"-"`        // per simulation
}

// TestTARP compares Euclidean distances in the unit box; the points follow from the seed.
func TestTARP(h *HeldOut, from uint64) TARP {
	s, n, d := h.sizes()
	rng := seed.Stream(from, "tarp")
	t := TARP{}
	point := make([]float64, d)
	distance := func(row []float64) float64 {
		sum := 0.0
		for k, v := range row {
			sum += (v - point[k]) * (v - point[k])
		}
		return sum
	}
	for r := 0; r < s; r++ {
		for k := range point {
			point[k] = rng.Float64()
		}
		truth, nearer := distance(h.Truth[r*d:(r+1)*d]), 0.0
		for i := 0; i < n; i++ {
			if distance(h.Draws[(r*n+i)*d:(r*n+i+1)*d]) < truth {
				nearer++
			}
		}
		t.Share = append(t.Share, (nearer+rng.Float64())/float64(n+1))
	}
	t.Distance, t.Limit, t.ECE = largestDistance(t.Share), uniformLimit(s, 0.99, from), ECE(t.Share)
	t.Inside = t.Distance <= t.Limit
	return t
}

// uniformLimit is the distance from the uniform that so many uniform values stay below
// with a probability, by simulation.
func uniformLimit(n int, probability float64, from uint64) float64 {
	return signal.Percentile(nullOf(largestDistance, n, 2000, from, "tarp limit"), 100*probability)
}

// nullOf simulates a statistic of n uniform values, so many times.
func nullOf(statistic func([]float64) float64, n, times int, from uint64, name string) []float64 {
	rng := seed.Stream(from, name)
	values, out := make([]float64, n), make([]float64, times)
	for k := range out {
		for i := range values {
			values[i] = rng.Float64()
		}
		out[k] = statistic(values)
	}
	return out
}

// Gain is the information gain (bit) of the draws of every parameter against the marginal
// of the training simulations, in the bins of the gain against the uniform, less what
// draws shuffled among the simulations give, which know nothing. prior are rows of D.
func Gain(h *HeldOut, prior []float64, from uint64) []float64 {
	_, n, d := h.sizes()
	rng := seed.Stream(from, "gain")
	out := make([]float64, d)
	for k := range out {
		var marginal [bins]float64
		rows := len(prior) / d
		for i := 0; i < rows; i++ {
			marginal[binOf(prior[i*d+k])]++
		}
		for b := range marginal { // no bin is impossible
			marginal[b] = (marginal[b] + 0.5) / (float64(rows) + 0.5*bins)
		}
		all := slices.Concat(h.column(k)...)
		own := gainOver(all, n, &marginal)
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		out[k] = own - gainOver(all, n, &marginal)
	}
	return out
}

func binOf(v float64) int { return min(max(int(v*bins), 0), bins-1) }

// gainOver is the mean of Σ p log2(p/q) over consecutive runs of n draws.
func gainOver(draws []float64, n int, q *[bins]float64) float64 {
	var gains []float64
	for at := 0; at < len(draws); at += n {
		var p [bins]float64
		for _, v := range draws[at : at+n] {
			p[binOf(v)] += 1 / float64(n)
		}
		sum := 0.0
		for b, v := range p {
			if v > 0 {
				sum += v * math.Log2(v/q[b])
			}
		}
		gains = append(gains, sum)
	}
	return stat.Mean(gains, nil)
}
