package quality

import (
	"math"
	"slices"

	"example.org/renshaw/pkg/num/signal"
)

// What makes two units one: MUedit (Avrillon et al., 2024) counts discharges that coincide after
// the lag between the trains is removed, and takes units that share at least 30 % of them for one.
// Distinct units of one muscle reach .26 in a real recording.
const (
	DuplicateShare = 0.30  // of the discharges of the unit with fewer
	CoincidenceS   = 0.001 // largest distance of coincident discharges after the lag, s
	LongestLagS    = 0.030 // largest lag between two trains of one unit, s
)

// chanceLimit is the largest probability with which a coincidence of two units may be chance. It
// matters for units of few discharges only, some of which coincide at one of the lags.
const chanceLimit = 1e-6

// Coincidence is how much of two units is the same.
type Coincidence struct {
	A, B   int     // units, A < B
	Common int     // discharges that coincide
	Share  float64 // Common over the discharges of the unit with fewer
	LagS   float64 // lag of B behind A at which most coincide, s
	same   bool    // not by chance
}

// Duplicate reports whether the two are one unit.
func (c Coincidence) Duplicate() bool { return c.same && c.Share >= DuplicateShare }

// Compare finds the lag within LongestLagS at which most discharges of two trains (s, ascending)
// lie within CoincidenceS of each other. A discharge counts once.
func Compare(a, b []float64) Coincidence {
	c := Coincidence{}
	n := min(len(a), len(b))
	if n == 0 {
		return c
	}
	if n >= 2 && slices.Equal(a, b) {
		return Coincidence{Common: n, Share: 1, same: true}
	}
	d := distances(a, b)
	first := 0
	for last := range d {
		for d[last]-d[first] > 2*CoincidenceS+tiny {
			first++
		}
		if last-first+1 > c.Common {
			c.Common = last - first + 1
			c.LagS = (d[first] + d[last]) / 2
		}
	}
	c.Common = min(c.Common, n)
	c.Share = float64(c.Common) / float64(n)
	lags := LongestLagS / CoincidenceS
	expected := max(float64(len(d)-c.Common)/lags, float64(n)*chanceShare(a, b))
	c.same = lags*poissonTail(c.Common, expected) < chanceLimit
	return c
}

// chanceShare is the share of the discharges of the shorter train that coincide by chance: as much
// of the median interval of the longer one as CoincidenceS covers on both sides of its discharges.
func chanceShare(a, b []float64) float64 {
	if len(b) > len(a) {
		a = b
	}
	d := intervals(a)
	if len(d) == 0 {
		return 1
	}
	return min(1, 2*CoincidenceS/signal.Percentile(d, 50))
}

// tiny is the rounding of differences of times.
const tiny = 1e-9

// mostInCommon is at least the share that Compare finds: distances are counted in intervals of
// CoincidenceS, three of which hold every window that Compare looks at.
func mostInCommon(a, b []float64) float64 {
	const bins = 2*(LongestLagS+CoincidenceS)/CoincidenceS + 2
	var count [int(bins) + 2]int
	reach := LongestLagS + CoincidenceS
	first := 0
	for _, t := range a {
		for first < len(b) && b[first] < t-reach {
			first++
		}
		for k := first; k < len(b) && b[k] <= t+reach; k++ {
			count[int((b[k]-t+reach)/CoincidenceS)+1]++
		}
	}
	most := 0
	for k := 1; k+1 < len(count); k++ {
		most = max(most, count[k-1]+count[k]+count[k+1])
	}
	return float64(most) / float64(max(1, min(len(a), len(b))))
}

// distances lists, ascending, b - a of all pairs of discharges up to LongestLagS apart.
func distances(a, b []float64) []float64 {
	reach := LongestLagS + CoincidenceS
	var d []float64
	first := 0
	for _, t := range a {
		for first < len(b) && b[first] < t-reach {
			first++
		}
		for k := first; k < len(b) && b[k] <= t+reach; k++ {
			d = append(d, b[k]-t)
		}
	}
	slices.Sort(d)
	return d
}

// poissonTail is the probability of k or more events where mean are expected.
func poissonTail(k int, mean float64) float64 {
	if k == 0 {
		return 1
	}
	if mean == 0 {
		return 0
	}
	logGamma, _ := math.Lgamma(float64(k) + 1)
	term := math.Exp(float64(k)*math.Log(mean) - mean - logGamma)
	sum := 0.0
	for i := k; term > sum*1e-12; i++ {
		sum += term
		term *= mean / float64(i+1)
	}
	return math.Min(1, sum)
}

// Duplicates lists the pairs of trains (s, ascending) that are one unit.
func Duplicates(trainsS [][]float64) []Coincidence {
	var pairs []Coincidence
	for i := range trainsS {
		for j := i + 1; j < len(trainsS); j++ {
			if mostInCommon(trainsS[i], trainsS[j]) < DuplicateShare {
				continue
			}
			c := Compare(trainsS[i], trainsS[j])
			if c.A, c.B = i, j; c.Duplicate() {
				pairs = append(pairs, c)
			}
		}
	}
	return pairs
}

// Largest is the pair of trains (s, ascending) that coincides most, beyond chance.
func Largest(trainsS [][]float64) Coincidence {
	var largest Coincidence
	for i := range trainsS {
		for j := i + 1; j < len(trainsS); j++ {
			if mostInCommon(trainsS[i], trainsS[j]) <= largest.Share {
				continue
			}
			c := Compare(trainsS[i], trainsS[j])
			if c.A, c.B = i, j; c.same && c.Share > largest.Share {
				largest = c
			}
		}
	}
	return largest
}

// Redundant lists the units that another one stands for, ascending, each with the pair that says
// so: of two that are one unit the one with fewer discharges, or the later one.
func Redundant(trainsS [][]float64, pairs []Coincidence) []Coincidence {
	order := make([]int, len(trainsS))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return len(trainsS[j]) - len(trainsS[i]) })
	kept := map[int]bool{}
	var out []Coincidence
	for _, i := range order {
		at := slices.IndexFunc(pairs, func(c Coincidence) bool {
			return c.A == i && kept[c.B] || c.B == i && kept[c.A]
		})
		if at < 0 {
			kept[i] = true
			continue
		}
		c := pairs[at]
		if c.A == i { // A is the one that is kept
			c.A, c.B, c.LagS = c.B, c.A, -c.LagS
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(x, y Coincidence) int { return x.B - y.B })
	return out
}
