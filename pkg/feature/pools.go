package feature

import "fmt"

// The spectra of pools have PoolLines lines, PoolLineHz apart and without 0. They are averaged in
// bands of two up to 80 Hz, and of eight above, up to 125 Hz.
const (
	PoolLines     = 128
	PoolLineHz    = 1 / 1.024
	poolFineLines = 82
	poolFine      = 2
	poolCoarse    = 8
)

// PoolBands lists the bands of the features of pools: lines from the first to before the second,
// counted from 0 at 0.977 Hz.
func PoolBands() [][2]int {
	var out [][2]int
	for k := 0; k < PoolLines; {
		width := poolFine
		if k >= poolFineLines {
			width = poolCoarse
		}
		next := min(k+width, PoolLines)
		out = append(out, [2]int{k, next})
		k = next
	}
	return out
}

// What a pool must have for its features.
const (
	PoolMinUnits  = 5  // units that count
	PoolMinSpikes = 50 // discharges of a unit that counts, in the time that is looked at
	PoolMinS      = 15 // time looked at, s
)

// Correlograms in features: of a pool from 0, of a pair from minus, to plus this lag, in steps.
const (
	PoolReachMs       = 100
	PairReachMs       = 60
	CorrelogramStepMs = 2
)

// bandNames are names of a curve's band means: the middle of each band in Hz.
func bandNames(curve string) []string {
	var out []string
	for _, b := range PoolBands() {
		middle := float64(b[0]+1+b[1]) / 2 * PoolLineHz
		out = append(out, fmt.Sprintf("%s_%.1fHz", curve, middle))
	}
	return out
}

// PoolNames are the names of what the trains of one pool tell, in order; docs/formats/pools.md
// has the formulas: band means of the mean coherency of pairs, of the logarithm of the mean
// spectrum of units, and of the mean cross-spectrum of pairs over the mean rate; summaries of the
// coherency; the correlogram; statistics of intervals; and how much was seen.
func PoolNames() []string {
	out := append(bandNames("coherency"), bandNames("log_spectrum")...)
	out = append(out, bandNames("cross_per_rate")...)
	out = append(out, "coherency_total", "coherency_centroid", "coherency_q10", "coherency_q50",
		"coherency_q90", "coherency_peak", "coherency_peak_at", "coherency_least",
		"coherency_least_at")
	for ms := 0; ms <= PoolReachMs; ms += CorrelogramStepMs {
		out = append(out, fmt.Sprintf("correlogram_%dms", ms))
	}
	for _, s := range []string{"rate", "cov", "lv", "skewness", "serial"} {
		out = append(out, "mean_"+s, "sd_"+s)
	}
	return append(out, "long_intervals", "short_intervals", LogUnits, "log_seconds", LogCounts)
}

// PairNames are the names of what the spike trains tell between two pools: band means of the real
// and imaginary part of their coherency, the low-frequency correlation, and the correlogram.
func PairNames() []string {
	out := append(bandNames("between_re"), bandNames("between_im")...)
	out = append(out, "between_low")
	for ms := -PairReachMs; ms <= PairReachMs; ms += CorrelogramStepMs {
		out = append(out, fmt.Sprintf("between_%dms", ms))
	}
	return out
}
