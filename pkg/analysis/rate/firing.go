// Package firing measures discharge rates and inter-spike intervals.
package rate

import (
	"math"

	"example.org/renshaw/pkg/num/signal"
)

// Stats describes the firing of one cell. Rates are those of the single intervals
// (1/interval), in Hz: Mean is their mean, not count over time.
type Stats struct {
	MeanHz, StdHz, MaxHz, MinHz float64
	ISICoV                      float64 // sd over mean of the intervals; NaN below two spikes
}

// Of measures a train of ascending spike times in s. Fewer than two spikes give
// rates of 0. A coefficient of variation below 0.01, or undefined because the mean
// interval is 0, is 0.
func Of(spikesS []float64) Stats {
	if len(spikesS) < 2 {
		return Stats{ISICoV: math.NaN()}
	}
	d := make([]float64, len(spikesS)-1)
	r := make([]float64, len(d))
	s := Stats{MaxHz: math.Inf(-1), MinHz: math.Inf(1)}
	for i := range d {
		d[i] = spikesS[i+1] - spikesS[i]
		r[i] = 1 / d[i]
		s.MaxHz, s.MinHz = math.Max(s.MaxHz, r[i]), math.Min(s.MinHz, r[i])
	}
	s.MeanHz, s.StdHz = signal.Mean(r), signal.Std(r)
	if s.ISICoV = signal.Std(d) / signal.Mean(d); !(s.ISICoV >= 0.01) {
		s.ISICoV = 0
	}
	return s
}
