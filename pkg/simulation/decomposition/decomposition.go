// Package decomposition makes of simulated spike trains what a decomposition of the EMG would have
// given: some units, for a while, with the errors that decompositions make.
package decomposition

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
)

// Errors are those of a decomposition. The zero value has none.
type Errors struct {
	Missed float64 // share of discharges lost at random
	False  float64 // false discharges at random times, as a share of the true ones
	// Superposed is the share of discharges lost among those within SuperpositionS of a discharge
	// of a masking unit: one of Partners units chosen at random for each unit, or, with Partners 0,
	// any unit that is larger.
	Superposed float64
	Partners   int
	JitterS    float64 // SD of the error of a time, s
	Duplicates int     // units that are found twice
}

// Limits of the errors' prior, which reach beyond those of recordings that are reported.
const (
	mostMissed     = 0.3
	mostFalse      = 0.15
	mostSuperposed = 0.8
	mostJitterS    = 0.003
	duplicateShare = 0.15 // of recordings
)

// SuperpositionS is how near two discharges are, in s, when one may hide the other.
const SuperpositionS = 0.003

// A second finding of a unit differs from the first as two extractions of one unit do.
const (
	duplicateJitterS = 0.0005 // s
	duplicateMissed  = 0.05
	refractoryS      = 0.002 // no unit has two discharges nearer than this: one is dropped
)

// typicalPartners is the number of units whose potentials are alike in shape and place.
const typicalPartners = 3

// Draw draws errors from the prior: missed and false discharges and jitter uniform up to 30 %, 15 %
// and 3 ms; superpositions in half of the recordings, uniform up to 80 %, hidden by three partners
// or by all larger units; a unit found twice in 15 %.
func Draw(rng *rand.Rand) Errors {
	e := Errors{Missed: mostMissed * rng.Float64(), False: mostFalse * rng.Float64(),
		JitterS: mostJitterS * rng.Float64()}
	superposed, share, partners := rng.Float64() < 0.5, mostSuperposed*rng.Float64(),
		rng.Float64() < 0.5
	if superposed {
		e.Superposed = share
		if partners {
			e.Partners = typicalPartners
		}
	}
	if rng.Float64() < duplicateShare {
		e.Duplicates = 1
	}
	return e
}

// Apply returns the trains as a decomposition finds them, ascending; duplicates of units follow at
// the end. trains are those of one pool in s, ascending, from the smallest unit to the largest,
// with discharges from 0 to durationS. The trains are not modified.
func Apply(trains [][]float64, durationS float64, e Errors, rng *rand.Rand) [][]float64 {
	out := make([][]float64, len(trains), len(trains)+e.Duplicates)
	for i, t := range trains {
		found := slices.Clone(t)
		if e.Superposed > 0 {
			found = unmasked(found, maskers(trains, i, e.Partners, rng), e.Superposed, rng)
		}
		found = thinned(found, e.Missed, rng)
		for range poisson(e.False*float64(len(t)), rng) {
			found = append(found, durationS*rng.Float64())
		}
		out[i] = displaced(found, e.JitterS, durationS, rng)
	}
	if len(trains) == 0 {
		return out
	}
	for range e.Duplicates {
		of := rng.IntN(len(trains))
		again := thinned(slices.Clone(out[of]), duplicateMissed, rng)
		out = append(out, displaced(again, duplicateJitterS, durationS, rng))
	}
	return out
}

// maskers are the trains that hide those of unit i.
func maskers(trains [][]float64, i, partners int, rng *rand.Rand) [][]float64 {
	if partners == 0 {
		return trains[i+1:]
	}
	var of [][]float64
	for _, k := range rng.Perm(len(trains)) {
		if k != i && len(of) < partners {
			of = append(of, trains[k])
		}
	}
	return of
}

// unmasked drops, in place, a share of the discharges that lie near one of other trains.
func unmasked(t []float64, others [][]float64, share float64, rng *rand.Rand) []float64 {
	return slices.DeleteFunc(t, func(at float64) bool {
		return slices.ContainsFunc(others, func(o []float64) bool {
			k := sort.SearchFloat64s(o, at-SuperpositionS)
			return k < len(o) && o[k] <= at+SuperpositionS
		}) && rng.Float64() < share
	})
}

// thinned drops, in place, a share of discharges.
func thinned(t []float64, share float64, rng *rand.Rand) []float64 {
	return slices.DeleteFunc(t, func(float64) bool { return rng.Float64() < share })
}

// displaced moves discharges by a Gaussian error, sorts them, and drops what falls outside or
// within the refractory time of the one before.
func displaced(t []float64, sdS, durationS float64, rng *rand.Rand) []float64 {
	if sdS > 0 {
		for i := range t {
			t[i] += sdS * rng.NormFloat64()
		}
	}
	slices.Sort(t)
	last := math.Inf(-1)
	return slices.DeleteFunc(t, func(at float64) bool {
		if at < 0 || at >= durationS || at-last < refractoryS {
			return true
		}
		last = at
		return false
	})
}

// poisson is a Poisson number of the given mean, from exponential waiting times.
func poisson(mean float64, rng *rand.Rand) int {
	n := 0
	for at := rng.ExpFloat64(); at < mean; at += rng.ExpFloat64() {
		n++
	}
	return n
}
