package process

import (
	"fmt"
	"math"

	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/recording"
)

func missing(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = math.NaN()
	}
	return x
}

// ramp is what the recruitment test needs of the force.
type ramp struct {
	f     []float64 // force low-passed at 1 Hz, % MVC
	slope []float64 // first difference of f, standardised
}

func newRamp(percentMVC []float64, c Config, fsHz float64) (ramp, error) {
	low, err := signal.NewButterworth(4, signal.LowPass, c.RecruitmentLowpassHz, fsHz)
	if err != nil {
		return ramp{}, err
	}
	f, err := low.ZeroPhase(percentMVC)
	if err != nil {
		return ramp{}, fmt.Errorf("the force is too short: %w", err)
	}
	q := make([]float64, len(f)-1)
	for i := range q {
		q[i] = f[i+1] - f[i]
	}
	m, sd := signal.Mean(q), signal.Std(q)
	for i := range q {
		q[i] = (q[i] - m) / sd
	}
	return ramp{f, q}, nil
}

// unitProperties measures one unit on every plateau: recruitment threshold on the
// ramp of the 7 s before it, discharge rate and variability inside it.
func unitProperties(spikes []float64, plateaus []recording.Plateau, r ramp, c Config, fsHz float64,
	asPublished bool) recording.Properties {
	n := len(plateaus)
	p := recording.Properties{
		ThresholdMVC: missing(n), RecruitedAt: missing(n), RateHz: missing(n), CoV: missing(n),
	}
	before := int(c.RampS * fsHz)
	for k, pl := range plateaus {
		a, e := pl.Start, pl.Stop-1
		if a < before || !rising(r.slope[a-before:a], c) {
			continue
		}
		if at, ok := recruitment(within(spikes, a-before, e), int(fsHz)); ok {
			p.RecruitedAt[k], p.ThresholdMVC[k] = float64(at), r.f[at]
		}
		p.RateHz[k], p.CoV[k] = rateAndCoV(within(spikes, a, e), a, e, fsHz, c.MaxGapS,
			asPublished)
	}
	return p
}

func rising(slope []float64, c Config) bool {
	n := 0
	for _, q := range slope {
		if q > c.RampSlope {
			n++
		}
	}
	return float64(n) >= c.RampShare*float64(len(slope))
}

// within returns the spikes, truncated to samples, in [a, e].
func within(spikes []float64, a, e int) []int {
	var out []int
	for _, t := range spikes {
		if s := int(t); s >= a && s <= e {
			out = append(out, s)
		}
	}
	return out
}

// recruitment is the first spike that begins five spikes within one second.
func recruitment(c []int, second int) (int, bool) {
	for j := 0; j+4 < len(c); j++ {
		if c[j+4]-c[j] <= second {
			return c[j], true
		}
	}
	return 0, false
}

// rateAndCoV are the discharge rate, Hz, and the coefficient of variation of the intervals of the
// spikes c (in samples) of a plateau from a to e; NaN where the unit pauses for more than maxGapS.
// The rate is the mean of 1/interval over intervals shorter than recording.LongestIntervalS, or, as
// the study has it, the inverse of the mean interval.
func rateAndCoV(c []int, a, e int, fsHz, maxGapS float64, asPublished bool) (rateHz, cov float64) {
	if len(c) < 2 || float64(largestGap(c, a, e))/fsHz > maxGapS {
		return math.NaN(), math.NaN()
	}
	isi := make([]float64, len(c)-1)
	for i := range isi {
		isi[i] = float64(c[i+1]-c[i]) / fsHz
	}
	m := signal.Mean(isi)
	rateHz, cov = 1/m, signal.Std(isi)/m
	if !asPublished {
		rateHz = signal.Mean(recording.RatesHz(isi, recording.LongestIntervalS))
	}
	return rateHz, cov
}

func largestGap(c []int, a, e int) int {
	gap, last := 0, a
	for _, s := range c {
		gap, last = max(gap, s-last), s
	}
	return max(gap, e-last)
}

// ValidOnPlateau reports for every unit and plateau whether the unit's largest
// silence, plateau ends included, is shorter than 1 s.
func ValidOnPlateau(units [][]float64, plateaus []recording.Plateau, c Config,
	fsHz float64) [][]bool {
	v := make([][]bool, len(units))
	for u, spikes := range units {
		v[u] = make([]bool, len(plateaus))
		for k, p := range plateaus {
			a, e := p.Start, p.Stop-1
			v[u][k] = float64(largestGap(within(spikes, a+1, e-1), a, e))/fsHz < c.MaxGapS
		}
	}
	return v
}

// SelectPlateaus chooses plateaus for analyses that need units active throughout:
// for k = wanted, wanted-1, …, 1 the first k-subset (in lexicographic order) with
// most units valid in all of it, stopping when that is at least the share
// c.MinUnitShare of the units. It returns the plateaus and the valid units.
func SelectPlateaus(valid [][]bool, wanted int, c Config) (plateaus, units []int) {
	n := 0
	if len(valid) > 0 {
		n = len(valid[0])
	}
	for k := wanted; k >= 1; k-- {
		best := -1
		for _, subset := range subsets(n, k) {
			in := validInAll(valid, subset)
			if len(in) > best {
				best, plateaus, units = len(in), subset, in
			}
		}
		if best >= 0 && float64(best) >= c.MinUnitShare*float64(len(valid)) {
			break
		}
	}
	return plateaus, units
}

func validInAll(valid [][]bool, subset []int) []int {
	var in []int
	for u := range valid {
		ok := true
		for _, k := range subset {
			ok = ok && valid[u][k]
		}
		if ok {
			in = append(in, u)
		}
	}
	return in
}

// subsets lists the k-subsets of 0..n-1 in lexicographic order.
func subsets(n, k int) [][]int {
	if k > n {
		return nil
	}
	var out [][]int
	s := make([]int, k)
	var fill func(i, from int)
	fill = func(i, from int) {
		if i == k {
			out = append(out, append([]int(nil), s...))
			return
		}
		for v := from; v <= n-(k-i); v++ {
			s[i] = v
			fill(i+1, v+1)
		}
	}
	fill(0, 0)
	return out
}

// MeanOf is the mean over plateaus of a property, NaN where no plateau has it.
func MeanOf(values []float64) float64 { return signal.NaNMean(values) }
