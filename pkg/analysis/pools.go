package analysis

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"example.org/renshaw/pkg/analysis/coherence"
	"example.org/renshaw/pkg/analysis/crosshist"
	"example.org/renshaw/pkg/analysis/rate"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/recording"
)

// PoolFeatures is what the spike trains of one pool tell; Values are those of feature.PoolNames.
type PoolFeatures struct {
	Pool    string
	Units   int
	Seconds float64
	Values  []float64
}

// PairFeatures is what they tell between two pools; Values are those of feature.PairNames for Pool
// as A and Other as B.
type PairFeatures struct {
	Pool, Other string
	Values      []float64
}

// Pools measures the features of the pools of a recording inside spans, and of every ordered pair
// of different pools. short tells, per pool that has too few units or seconds, what it has and
// needs.
func Pools(rec *recording.Recording, spans []recording.Span) (pools []PoolFeatures,
	pairs []PairFeatures, short map[string]error) {
	seconds := 0.0
	for _, s := range spans {
		seconds += s.LengthS()
	}
	short = map[string]error{}
	var names []string
	var trains [][][]float64
	for _, name := range rec.Pools() {
		units := counted(rec, name, spans)
		switch {
		case len(units) < feature.PoolMinUnits:
			short[name] = fmt.Errorf("%s: %s has %d units with %d discharges or more in the time that "+
				"is looked at; %d are needed", rec.Name, name, len(units), feature.PoolMinSpikes,
				feature.PoolMinUnits)
		case seconds < feature.PoolMinS:
			short[name] = fmt.Errorf("%s: %.3g s are looked at; %d s are needed", rec.Name, seconds,
				feature.PoolMinS)
		default:
			names, trains = append(names, name), append(trains, units)
		}
	}
	if len(names) == 0 {
		return nil, nil, short
	}
	spectra, between, err := coherence.Pools(trains, spans)
	if err != nil { // every span is shorter than a segment
		for _, name := range names {
			short[name] = fmt.Errorf("%s: %s: %w", rec.Name, name, err)
		}
		return nil, nil, short
	}
	for i, name := range names {
		pools = append(pools, PoolFeatures{Pool: name, Units: len(trains[i]), Seconds: seconds,
			Values: poolValues(trains[i], spans, spectra[i], seconds)})
	}
	for i := range names {
		for j := range names {
			if i == j {
				continue
			}
			x, sign := between[min(i, j)][max(i, j)], 1.0
			if i > j { // the cross-spectrum of the other order is the complex conjugate
				sign = -1
			}
			pairs = append(pairs, PairFeatures{Pool: names[i], Other: names[j],
				Values: pairValues(trains[i], trains[j], spans, spectra[i], spectra[j], x, sign)})
		}
	}
	return pools, pairs, short
}

// counted are the trains of a pool's units that discharge often enough, and not always alone.
func counted(rec *recording.Recording, pool string, spans []recording.Span) [][]float64 {
	var out [][]float64
	for _, u := range rec.UnitsOf(pool) {
		spikesS := rec.Units[u].SpikesS
		if recording.CountIn(spikesS, spans) >= feature.PoolMinSpikes &&
			rate.HasInterval(spikesS, spans) {
			out = append(out, spikesS)
		}
	}
	return out
}

func poolValues(trains [][]float64, spans []recording.Span, s coherence.PoolSpectra,
	seconds float64) []float64 {
	var of [5][]float64 // rate, CoV, LV, skewness, serial correlation of every unit
	var long, short, n, counts []float64
	for _, spikesS := range trains {
		d := rate.IntervalsOf(spikesS, spans)
		for k, v := range []float64{d.MeanHz, d.CoV, d.LV, d.Skewness, d.Serial} {
			of[k] = append(of[k], v)
		}
		long, short = append(long, d.LongShare), append(short, d.ShortShare)
		n = append(n, float64(d.N))
		counts = append(counts, float64(recording.CountIn(spikesS, spans)))
	}
	coherency := s.Coherency()
	logs, perRate := make([]float64, len(s.Auto)), make([]float64, len(s.Auto))
	meanHz := signal.Mean(stats.Present(of[0]))
	for k := range s.Auto {
		logs[k], perRate[k] = math.Log(s.Auto[k]), s.Cross[k]/meanHz
	}
	out := append(bandMeans(coherency), bandMeans(logs)...)
	out = append(out, bandMeans(perRate)...)
	out = append(out, coherencySummary(coherency)...)
	out = append(out, crosshist.PoolCorrelogram(trains, spans, feature.PoolReachMs/1000.)...)
	for _, v := range of {
		present := stats.Present(v)
		out = append(out, signal.Mean(present), signal.Std(present))
	}
	return append(out, weighted(long, n), weighted(short, n), math.Log(float64(len(trains))),
		math.Log(seconds), math.Log(stats.Median(counts)))
}

// weighted is the share of all intervals, of shares of each unit.
func weighted(v, n []float64) float64 {
	sum := 0.0
	for i := range v {
		if n[i] > 0 {
			sum += v[i] * n[i]
		}
	}
	return sum / stats.Sum(n)
}

func bandMeans(curve []float64) []float64 {
	var out []float64
	for _, b := range feature.PoolBands() {
		out = append(out, floats.Sum(curve[b[0]:b[1]])/float64(b[1]-b[0]))
	}
	return out
}

// coherencySummary is total, centroid, quantiles, peak and least value of the coherency from 6 to
// 82 Hz. Centroid and quantiles are those of its positive part; without one they lie in the middle.
func coherencySummary(c []float64) []float64 {
	const lowHz, highHz = 6, 82
	var f, v []float64
	for k, hz := range coherence.PoolFrequenciesHz() {
		if hz >= lowHz && hz <= highHz {
			f, v = append(f, hz), append(v, c[k])
		}
	}
	total, sum, moment := 0.0, 0.0, 0.0
	for k := range v {
		total += v[k]
		sum += max(0, v[k])
		moment += max(0, v[k]) * f[k]
	}
	centroid, quantiles := (lowHz+highHz)/2., [3]float64{}
	for i, q := range []float64{0.1, 0.5, 0.9} {
		quantiles[i] = quantileOf(f, v, q*sum)
	}
	if sum > 0 {
		centroid = moment / sum
	} else {
		quantiles = [3]float64{centroid, centroid, centroid}
	}
	peak, least := floats.MaxIdx(v), floats.MinIdx(v)
	return []float64{total, centroid, quantiles[0], quantiles[1], quantiles[2], v[peak], f[peak],
		v[least], f[least]}
}

// quantileOf is the frequency up to which the positive part of v adds up to share.
func quantileOf(f, v []float64, share float64) float64 {
	sum := 0.0
	for k := range v {
		if sum += max(0, v[k]); sum >= share {
			return f[k]
		}
	}
	return f[len(f)-1]
}

func pairValues(a, b [][]float64, spans []recording.Span, sa, sb coherence.PoolSpectra,
	x coherence.PairSpectra, sign float64) []float64 {
	re, im := make([]float64, len(x.Re)), make([]float64, len(x.Re))
	for k := range re {
		norm := math.Sqrt(sa.Auto[k] * sb.Auto[k])
		re[k], im[k] = x.Re[k]/norm, sign*x.Im[k]/norm
	}
	out := append(bandMeans(re), bandMeans(im)...)
	out = append(out, lowCorrelation(sa, sb, x))
	return append(out, crosshist.PairCorrelogram(a, b, spans, feature.PairReachMs/1000.)...)
}

// lowCorrelation is Σ Re X / √(Σ g_A Σ g_B) over 0.4 to 5.5 Hz, the correlation of what the units
// of each pool share at low frequencies, at most 1 in size; 0 where the units of a pool share
// nothing.
func lowCorrelation(sa, sb coherence.PoolSpectra, x coherence.PairSpectra) float64 {
	const lowHz, highHz = 0.4, 5.5
	var both, ga, gb float64
	for k, hz := range coherence.PoolFrequenciesHz() {
		if hz >= lowHz && hz <= highHz {
			both, ga, gb = both+x.Re[k], ga+sa.Cross[k], gb+sb.Cross[k]
		}
	}
	if ga <= 0 || gb <= 0 {
		return 0
	}
	return max(-1, min(1, both/math.Sqrt(ga*gb)))
}
