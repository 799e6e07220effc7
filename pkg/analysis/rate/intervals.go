package rate

import (
	"math"
	"slices"

	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/recording"
)

// Intervals describes the intervals of one unit that are shorter than recording.LongestIntervalS; a
// discharge that is listed twice makes none. Serial measures take intervals that follow one
// another. Without an interval all are NaN; measures of how intervals differ are 0 where they do
// not, and where no two follow one another.
type Intervals struct {
	MeanHz   float64 // mean of 1/interval
	CoV      float64 // population SD over mean
	LV       float64 // local variation: mean of 3 (a − b)² / (a + b)² (Shinomoto et al., 2003)
	Skewness float64 // third central moment over SD³
	Serial   float64 // correlation of an interval with the next one
	// LongShare is the share of intervals of 1.7 to 2.4 times the median of those about them, which
	// missed discharges leave; ShortShare that of intervals below 20 ms, which false ones leave.
	LongShare, ShortShare float64
	N                     int // number of intervals
}

// Limits of LongShare, ShortShare and of intervals that differ.
const (
	longLow, longHigh = 1.7, 2.4 // times the local median
	shortS            = 0.020    // s
	aboutEach         = 5        // intervals on either side whose median is local
	// alike is the SD over the mean below which intervals differ by the rounding of times alone.
	alike = 1e-9
)

// IntervalsOf measures the intervals of a train (s, ascending) inside spans; none joins two spans.
func IntervalsOf(spikesS []float64, spans []recording.Span) Intervals {
	var all, rates, before, after []float64
	var long, short, n int
	lv := 0.0
	for _, sp := range spans {
		t := sp.Of(spikesS)
		var run []float64
		for i := 1; i < len(t); i++ {
			run = append(run, t[i]-t[i-1])
		}
		for i, d := range run {
			if !counts(d) {
				continue
			}
			all, rates = append(all, d), append(rates, 1/d)
			n++
			if r := d / localMedian(run, i); r >= longLow && r <= longHigh {
				long++
			}
			if d < shortS {
				short++
			}
			if i+1 < len(run) && counts(run[i+1]) {
				before, after = append(before, d), append(after, run[i+1])
				q := (d - run[i+1]) / (d + run[i+1])
				lv += 3 * q * q
			}
		}
	}
	nan := math.NaN()
	if n == 0 {
		return Intervals{nan, nan, nan, nan, nan, nan, nan, 0}
	}
	mean, sd := signal.Mean(all), signal.Std(all)
	out := Intervals{MeanHz: signal.Mean(rates), LongShare: float64(long) / float64(n),
		ShortShare: float64(short) / float64(n), N: n}
	if len(before) > 0 {
		out.LV = lv / float64(len(before))
	}
	if sd <= alike*mean {
		return out
	}
	third := 0.0
	for _, d := range all {
		third += (d - mean) * (d - mean) * (d - mean)
	}
	out.CoV, out.Skewness = sd/mean, third/float64(n)/(sd*sd*sd)
	if signal.Std(before) > alike*mean && signal.Std(after) > alike*mean {
		out.Serial = stats.Pearson(before, after)
	}
	return out
}

// HasInterval reports whether IntervalsOf has one.
func HasInterval(spikesS []float64, spans []recording.Span) bool {
	for _, sp := range spans {
		t := sp.Of(spikesS)
		for i := 1; i < len(t); i++ {
			if counts(t[i] - t[i-1]) {
				return true
			}
		}
	}
	return false
}

// counts reports whether an interval (s) is one.
func counts(s float64) bool { return s > 0 && s < recording.LongestIntervalS }

// localMedian is the median of interval i and those up to aboutEach before and after it.
func localMedian(run []float64, i int) float64 {
	about := slices.Clone(run[max(0, i-aboutEach):min(len(run), i+aboutEach+1)])
	slices.Sort(about)
	m := len(about) / 2
	if len(about)%2 == 1 {
		return about[m]
	}
	return (about[m-1] + about[m]) / 2
}
