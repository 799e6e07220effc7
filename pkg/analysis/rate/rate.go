// Package rate measures discharge rates and inter-spike intervals.
package rate

import (
	"math"

	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/recording"
)

// Stats describes the discharge of one cell. Rates are those of the single intervals
// (1/interval), in Hz: MeanHz is their mean, not count over time, StdHz their population SD,
// MaxHz and MinHz are the extremes.
type Stats struct {
	MeanHz, StdHz, MaxHz, MinHz float64
	ISICoV                      float64 // sd over mean of all intervals; NaN below two spikes
}

// Of measures a train of ascending spike times in s. Rates are of the intervals shorter than
// belowS (in s; +Inf for all of them, as the study did in simulations); without any they are 0.
// A coefficient of variation below 0.01, or undefined because the mean interval is 0, is 0.
func Of(spikesS []float64, belowS float64) Stats {
	if len(spikesS) < 2 {
		return Stats{ISICoV: math.NaN()}
	}
	d := make([]float64, len(spikesS)-1)
	for i := range d {
		d[i] = spikesS[i+1] - spikesS[i]
	}
	var s Stats
	if s.ISICoV = signal.Std(d) / signal.Mean(d); !(s.ISICoV >= 0.01) {
		s.ISICoV = 0
	}
	r := recording.RatesHz(d, belowS)
	if len(r) == 0 {
		return s
	}
	s.MaxHz, s.MinHz = math.Inf(-1), math.Inf(1)
	for _, v := range r {
		s.MaxHz, s.MinHz = math.Max(s.MaxHz, v), math.Min(s.MinHz, v)
	}
	s.MeanHz, s.StdHz = signal.Mean(r), signal.Std(r)
	return s
}
