package crosshist

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Side holds what is measured in the window of one side of the histogram.
type Side struct {
	RawArea       float64 // sum of the negative residuals, ≤ 0 (probability)
	CorrectedArea float64 // raw minus the mean of the null draws
	ZScore        float64 // (raw area - mean of the null) / its SD
	PValue        float64 // lower tail
	NullMean      float64 // of the null draws' areas (probability)
	NullStd       float64 // their population SD
}

// Asymmetry compares forward with backward.
type Asymmetry struct {
	RawRatio, CorrectedRatio float64 // of the areas
	RawDiff, CorrectedDiff   float64 // forward - backward (probability)
}

// Features of one histogram; NaN where a feature could not be measured.
type Features struct {
	Forward, Backward Side      // lag >= 0, lag <= 0
	Asymmetry         Asymmetry // of the two sides
	SyncHeight        float64   // height of the synchrony peak above the baseline (probability)
	SyncTimeS         float64   // lag of the synchrony peak, s
	DelayForwardS     float64   // timing of the trough, s
	DelayBackwardS    float64   // the same of the other side, s
	R2Full, R2Base    float64   // explained variance of baseline and peak, of the baseline alone
	NSpikes           float64   // counts in the raw histogram
	PlateauS          float64   // length of both windows
	Proportion        float64   // probability inside that length around lag 0
}

// FeatureNames lists the features in the order of Values; they are the column
// names of the golden files.
var FeatureNames = []string{
	"n_spikes",
	"forward_raw_area", "forward_corrected_area", "forward_z_score", "forward_p_val",
	"forward_null_mean", "forward_null_std",
	"backward_raw_area", "backward_corrected_area", "backward_z_score", "backward_p_val",
	"backward_null_mean", "backward_null_std",
	"asymmetry_raw_area_asym_ratio", "asymmetry_corrected_area_asym_ratio",
	"asymmetry_raw_area_asym_diff", "asymmetry_corrected_area_asym_diff",
	"sync_height", "sync_time", "delay_forward_IPSP", "delay_backward_IPSP", "hist_plateau_duration",
	"proportion_of_prob_within_plateau_duration", "r2_full", "r2_base",
}

func (f *Features) pointers() []*float64 {
	side := func(s *Side) []*float64 {
		return []*float64{&s.RawArea, &s.CorrectedArea, &s.ZScore, &s.PValue, &s.NullMean, &s.NullStd}
	}
	p := append([]*float64{&f.NSpikes}, side(&f.Forward)...)
	p = append(p, side(&f.Backward)...)
	a := &f.Asymmetry
	return append(p, &a.RawRatio, &a.CorrectedRatio, &a.RawDiff, &a.CorrectedDiff,
		&f.SyncHeight, &f.SyncTimeS, &f.DelayForwardS, &f.DelayBackwardS, &f.PlateauS, &f.Proportion,
		&f.R2Full, &f.R2Base)
}

// Values returns the features in the order of FeatureNames.
func (f *Features) Values() []float64 {
	v := make([]float64, len(FeatureNames))
	for i, p := range f.pointers() {
		v[i] = *p
	}
	return v
}

// FeaturesOf is the inverse of Values.
func FeaturesOf(values []float64) Features {
	var f Features
	for i, p := range f.pointers() {
		*p = values[i]
	}
	return f
}

// Unfitted returns features of a histogram that was not analysed: only the count
// is known.
func Unfitted(count int) Features {
	var f Features
	for _, p := range f.pointers() {
		*p = math.NaN()
	}
	f.NSpikes = float64(count)
	return f
}

// Null holds the negative areas of simulated histograms without any trough.
type Null struct {
	Forward, Backward []float64 // an area per draw, ≤ 0 (probability)
}

// Measure computes the features of the fitted curve y with count spikes. null is
// nil when no draws were made. With r2_full below minR2 (a negative value is
// always rejected at 0) only the fit quality and the counts are kept.
func (f *Fitter) Measure(ft *Fit, y []float64, count int, minR2 float64, null *Null) Features {
	out := Unfitted(count)
	out.R2Full, out.R2Base = ft.R2Full, ft.R2Base
	nf, nb := length(ft.Forward), length(ft.Backward)
	out.PlateauS = float64(nf+nb) / f.axis.FsHz
	edges := len(f.axis.Edges)
	out.Proportion = between(y, edges/2, edges/2+nf) + between(y, (edges+1)/2-nb, (edges+1)/2)
	if !(ft.R2Full >= minR2) {
		return out
	}
	f.curves(ft)
	for k := range y {
		f.residual[k] = y[k] - f.baseline[k]
	}
	out.Forward = side(negative(f.residual, ft.Forward), nullOf(null, true))
	out.Backward = side(negative(f.residual, ft.Backward), nullOf(null, false))
	out.Asymmetry = Asymmetry{
		RawRatio:       ratio(out.Forward.RawArea, out.Backward.RawArea),
		CorrectedRatio: ratio(out.Forward.CorrectedArea, out.Backward.CorrectedArea),
		RawDiff:        out.Forward.RawArea - out.Backward.RawArea,
		CorrectedDiff:  out.Forward.CorrectedArea - out.Backward.CorrectedArea,
	}
	out.SyncHeight = math.Inf(-1)
	for k := range f.baseline {
		if h := (f.baseline[k] + f.bump[k]) - f.baseline[k]; h > out.SyncHeight {
			out.SyncHeight, out.SyncTimeS = h, f.x[k]
		}
	}
	out.DelayForwardS = f.delay(f.residual, ft.Forward)
	reversed := f.scaled
	for k, r := range f.residual {
		reversed[len(reversed)-1-k] = r
	}
	if nb > 0 && ft.Backward[0] > 0 {
		out.DelayBackwardS = f.delay(reversed, [2]int{ft.Backward[1] + 1, ft.Backward[1] + nb})
	}
	return out
}

// curves evaluates baseline and hat of a fit.
func (f *Fitter) curves(ft *Fit) {
	Baseline(ft.Params[:nBaseline], f.x, f.baseline)
	Hat(ft.Params[nBaseline:], f.x, f.bump)
}

// Curves returns baseline and full curve (baseline plus hat) of a fit, for
// drawing and for the null draws.
func (f *Fitter) Curves(ft *Fit) (baseline, full []float64) {
	f.curves(ft)
	baseline = append([]float64(nil), f.baseline...)
	full = append([]float64(nil), f.bump...)
	for k, b := range baseline {
		full[k] += b
	}
	return baseline, full
}

func length(w [2]int) int {
	if w[0] < 0 {
		return 0
	}
	return w[1] - w[0] + 1
}

func between(y []float64, lo, hi int) float64 {
	s := 0.0
	for k := max(lo, 0); k < min(hi, len(y)); k++ {
		s += y[k]
	}
	return s
}

// negative is the sum of the negative values in a window.
func negative(r []float64, w [2]int) float64 {
	s := 0.0
	if w[0] < 0 {
		return s
	}
	for _, v := range r[w[0] : w[1]+1] {
		if v < 0 {
			s += v
		}
	}
	return s
}

func nullOf(n *Null, forward bool) []float64 {
	switch {
	case n == nil:
		return nil
	case forward:
		return n.Forward
	}
	return n.Backward
}

func side(raw float64, null []float64) Side {
	nan := math.NaN()
	s := Side{raw, raw, nan, nan, nan, nan}
	if len(null) == 0 {
		return s
	}
	s.NullMean = mean(null)
	v := 0.0
	for _, x := range null {
		v += (x - s.NullMean) * (x - s.NullMean)
	}
	s.NullStd = math.Sqrt(v / float64(len(null)))
	s.CorrectedArea = raw - s.NullMean
	s.ZScore = (raw - s.NullMean) / (s.NullStd + 1e-10)
	s.PValue = distuv.UnitNormal.CDF(s.ZScore)
	return s
}

func ratio(forward, backward float64) float64 {
	switch {
	case backward != 0:
		return forward / backward
	case forward == 0:
		return 1
	}
	return math.Inf(1)
}

// delay is the lag, up to 0.1 s, of the smallest autocorrelation of the residual
// in a window; NaN for fewer than two samples or a window outside the curve. A
// constant segment gives one sample, as in the original.
func (f *Fitter) delay(r []float64, w [2]int) float64 {
	n := length(w)
	if n < 2 || w[1] >= len(r) {
		return math.NaN()
	}
	seg := f.shape[:n]
	copy(seg, r[w[0]:w[1]+1])
	m := mean(seg)
	for i := range seg {
		seg[i] -= m
	}
	best, lag := math.Inf(1), 1
	for k := 1; k <= min(int(0.1*f.axis.FsHz), n-1); k++ {
		c := 0.0
		for i := 0; i+k < n; i++ {
			c += seg[i] * seg[i+k]
		}
		if c < best {
			best, lag = c, k
		}
	}
	return float64(lag) / f.axis.FsHz
}
