// Package calibration judges posterior estimators on simulations that they were not
// trained on: how near the truth their posteriors are, whether their probabilities are
// right, and which differences they tell apart. All values are in unit-box coordinates.
package calibration

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"example.org/renshaw/pkg/num/signal"
)

// HeldOut are S simulations with n posterior draws each of D parameters.
type HeldOut struct {
	Names        []string  // of the D parameters
	Truth        []float64 // S x D
	Draws        []float64 // S x n x D
	LogProb      []float64 // S x n: log densities of the draws
	LogProbTruth []float64 // S
	Groups       []string  // S names of the simulations, or none
}

func (h *HeldOut) sizes() (s, n, d int) {
	d = len(h.Names)
	s = len(h.Truth) / d
	return s, len(h.LogProb) / s, d
}

// Validate reports arrays that do not fit together, and values that are not finite.
func (h *HeldOut) Validate() error {
	d := len(h.Names)
	if d == 0 || len(h.Truth) == 0 || len(h.Truth)%d != 0 {
		return fmt.Errorf("calibration: %d numbers of truth for %d parameters", len(h.Truth), d)
	}
	s := len(h.Truth) / d
	if len(h.LogProbTruth) != s || len(h.LogProb) == 0 || len(h.LogProb)%s != 0 ||
		len(h.Draws) != len(h.LogProb)*d {
		return fmt.Errorf("calibration: %d simulations, %d draws, %d log densities, %d of the truth do "+
			"not fit together", s, len(h.Draws)/d, len(h.LogProb), len(h.LogProbTruth))
	}
	for _, list := range [][]float64{h.Truth, h.Draws} {
		for i, v := range list {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("calibration: value %d is %v", i, v)
			}
		}
	}
	return nil
}

// Maybe is a number, or NaN, which JSON has no word for: null.
type Maybe float64

// MarshalJSON writes the number or null.
func (m Maybe) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(m)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(m))
}

// Parameter are the metrics of one parameter.
type Parameter struct {
	Name string `json:"name"` // in estimators

	// Of the draw with the highest density.
	MAE     float64 `json:"MAE"`
	RMSE    float64 `json:"RMSE"`      // root mean squared error
	R2      float64 `json:"R2"`        // against the mean of the truth
	Pearson float64 `json:"pearson_r"` // correlation with the truth
	// Of the posterior mean.
	MAEMean     float64 `json:"MAE_posterior_mean"`
	R2Mean      float64 `json:"R2_posterior_mean"`
	PearsonMean float64 `json:"pearson_r_posterior_mean"`
	// What guesses U(0,1) would reach on average.
	ChanceMAE  float64 `json:"baseline_E_MAE"`
	ChanceRMSE float64 `json:"baseline_E_RMSE"`
	ChanceR2   float64 `json:"baseline_E_R2"`

	MeanAbsDiff float64 `json:"mean_abs_diff_samples"` // mean |draw - truth|
	// KLBits is the information gained against U(0,1), plug-in over 256 bins.
	KLBits       float64 `json:"KL_bits_mean"`
	KLBitsSD     float64 `json:"KL_bits_sd"`
	CI90Shrink   float64 `json:"CI90_shrink_mean"` // 0.9 / width of the central 90 % interval
	CI90ShrinkSD float64 `json:"CI90_shrink_sd"`
	VarShrink    float64 `json:"var_shrink_mean"` // (1/12) / posterior variance
	VarShrinkSD  float64 `json:"var_shrink_sd"`
	// ECE is the mean |coverage - credibility| of central intervals.
	ECE float64 `json:"marginal_ECE"`
	// Coverage90 is the share of truths in the central 90 %.
	Coverage90    float64 `json:"coverage90_central"`
	Pairs         int     `json:"pairs_kept"`                   // of simulations that were compared
	Resolution3   Maybe   `json:"resolution_delta_plot_3pct"`   // NaN: never reached
	Resolution10  Maybe   `json:"resolution_delta_print_10pct"` // NaN: never reached
	ResolutionMax Maybe   `json:"resolution_max_pdelta_10pct"`  // largest probability reached

	// Alpha is the smallest central credibility that contains the truth, per simulation,
	// Rank the share of draws below the truth (simulation-based calibration).
	Alpha []float64 `json:"-"`
	Rank  []float64 `json:"-"`
}

// Metrics is the held-out evaluation (the study's, and for posterior means ours).
type Metrics struct {
	Simulations int     `json:"simulations"` // judged
	Draws       int     `json:"draws"`       // per simulation
	JointECE    float64 `json:"joint_ECE"`   // of JointAlpha
	// JointAlpha is the share of draws that are denser than the truth, per simulation.
	JointAlpha []float64   `json:"-"`
	MeanDist   float64     `json:"euclid_dist_mean"`       // from all draws to the truth, unit box
	BestDist   float64     `json:"euclid_dist_best"`       // from the densest draw
	Loss       float64     `json:"mean_negative_log_prob"` // mean of -log q at the truth
	Parameters []Parameter `json:"parameters"`             // one by one
}

// Measure computes every metric.
func Measure(h *HeldOut) (*Metrics, error) {
	if err := h.Validate(); err != nil {
		return nil, err
	}
	s, n, d := h.sizes()
	m := &Metrics{Simulations: s, Draws: n}
	best := make([]int, s)
	for r := 0; r < s; r++ {
		lp := h.LogProb[r*n : (r+1)*n]
		denser := 0
		for i, v := range lp {
			if v > lp[best[r]] {
				best[r] = i
			}
			if v >= h.LogProbTruth[r] {
				denser++
			}
			m.MeanDist += h.distance(r, i) / float64(s*n)
		}
		m.JointAlpha = append(m.JointAlpha, float64(denser)/float64(n))
		m.BestDist += h.distance(r, best[r]) / float64(s)
		m.Loss -= h.LogProbTruth[r] / float64(s)
	}
	m.JointECE = ECE(m.JointAlpha)
	for k := 0; k < d; k++ {
		m.Parameters = append(m.Parameters, h.parameter(k, best))
	}
	return m, nil
}

func (h *HeldOut) distance(r, i int) float64 {
	_, n, d := h.sizes()
	sum := 0.0
	for k := 0; k < d; k++ {
		diff := h.Draws[(r*n+i)*d+k] - h.Truth[r*d+k]
		sum += diff * diff
	}
	return math.Sqrt(sum)
}

// alphas of the coverage curve.
const alphas = 1001

// Coverage is the share of values that are at most alpha, for alpha = 0, 1/1000 … 1.
func Coverage(values []float64) []float64 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	out := make([]float64, alphas)
	at := 0
	for i := range out {
		alpha := float64(i) / (alphas - 1)
		for at < len(sorted) && sorted[at] <= alpha {
			at++
		}
		out[i] = float64(at) / float64(len(sorted))
	}
	return out
}

// ECE is the mean over alpha of |coverage - alpha|: 0 for perfect calibration and ever more
// simulations.
func ECE(values []float64) float64 {
	sum := 0.0
	for i, c := range Coverage(values) {
		sum += math.Abs(c - float64(i)/(alphas-1))
	}
	return sum / alphas
}

// DrawsOf are the draws of parameter k of a simulation.
func (h *HeldOut) DrawsOf(simulation, k int) []float64 {
	_, n, d := h.sizes()
	out := make([]float64, n)
	for i := range out {
		out[i] = h.Draws[(simulation*n+i)*d+k]
	}
	return out
}

// column gathers the draws of parameter k, simulation after simulation.
func (h *HeldOut) column(k int) [][]float64 {
	out := make([][]float64, len(h.LogProbTruth))
	for r := range out {
		out[r] = h.DrawsOf(r, k)
	}
	return out
}

func (h *HeldOut) parameter(k int, best []int) Parameter {
	s, n, d := h.sizes()
	p := Parameter{Name: h.Names[k]}
	draws := h.column(k)
	truth, means, modes := make([]float64, s), make([]float64, s), make([]float64, s)
	var kl, ci, shrink []float64
	inside := 0
	for r := range draws {
		truth[r] = h.Truth[r*d+k]
		x := draws[r]
		modes[r], means[r] = x[best[r]], signal.Mean(x)
		below := 0.0
		for _, v := range x {
			p.MeanAbsDiff += math.Abs(v-truth[r]) / float64(s*n)
			switch {
			case v < truth[r]:
				below++
			case v == truth[r]:
				below += 0.5
			}
		}
		u := (below + 0.5) / float64(n+1)
		p.Rank, p.Alpha = append(p.Rank, u), append(p.Alpha, 2*math.Abs(u-0.5))
		kl = append(kl, informationBits(x))
		lo, hi := signal.Percentile(x, 5), signal.Percentile(x, 95)
		if truth[r] >= lo && truth[r] <= hi {
			inside++
		}
		ci, shrink = append(ci, 0.9/(hi-lo)), append(shrink, 1/12.0/stat.PopVariance(x, nil))
	}
	p.MAE, p.RMSE, p.R2, p.Pearson = accuracy(modes, truth)
	p.MAEMean, _, p.R2Mean, p.PearsonMean = accuracy(means, truth)
	p.chance(truth)
	p.KLBits, p.KLBitsSD = signal.Mean(kl), signal.Std(kl)
	p.CI90Shrink, p.CI90ShrinkSD = signal.Mean(ci), signal.Std(ci)
	p.VarShrink, p.VarShrinkSD = signal.Mean(shrink), signal.Std(shrink)
	p.ECE, p.Coverage90 = ECE(p.Alpha), float64(inside)/float64(s)
	r := NewResolution(truth, draws)
	p.Pairs = len(r.Delta)
	centres3, curve3 := r.Curve(0.03)
	centres, curve10 := r.Curve(0.10)
	p.Resolution3, p.Resolution10 = Maybe(Crossing(centres3, curve3)),
		Maybe(Crossing(centres, curve10))
	most := math.NaN()
	for _, v := range curve10 {
		if !(v <= most) && !math.IsNaN(v) {
			most = v
		}
	}
	p.ResolutionMax = Maybe(most)
	return p
}

func accuracy(guess, truth []float64) (mae, rmse, r2, r float64) {
	sse := 0.0
	for i, g := range guess {
		diff := g - truth[i]
		mae += math.Abs(diff) / float64(len(guess))
		sse += diff * diff
	}
	total := stat.PopVariance(truth, nil) * float64(len(truth))
	return mae, math.Sqrt(sse / float64(len(guess))), 1 - sse/total,
		stat.Correlation(guess, truth, nil)
}

// chance is what guesses U(0,1) reach: with a the truth, E|g-a| = a² - a + 1/2 and
// E(g-a)² = (1/2-a)² + 1/12.
func (p *Parameter) chance(truth []float64) {
	n := float64(len(truth))
	for _, a := range truth {
		p.ChanceMAE += (a*a - a + 0.5) / n
		p.ChanceRMSE += ((0.5-a)*(0.5-a) + 1.0/12) / n
	}
	v, mean := stat.PopVariance(truth, nil), signal.Mean(truth)
	p.ChanceRMSE = math.Sqrt(p.ChanceRMSE)
	p.ChanceR2 = 1 - (v+1.0/12+(mean-0.5)*(mean-0.5))/v
}

const bins = 256

// informationBits is the plug-in information gain of draws in [0,1] against U(0,1), bits:
// Σ p ln p + ln 256 over 256 bins. A flat posterior of 1,000 draws already gives 0.18.
func informationBits(x []float64) float64 {
	var count [bins]float64
	for _, v := range x {
		if v >= 0 && v <= 1 {
			count[min(int(v*bins), bins-1)]++
		}
	}
	sum := math.Log(bins)
	for _, c := range count {
		q := math.Max(c/float64(len(x)), 1e-12)
		sum += q * math.Log(q)
	}
	return sum / math.Ln2
}

// Resolution holds, for every pair of simulations A, B (in order, truth of B above that of
// A), the difference of the truths and P(theta_B >= theta_A) by their posteriors.
type Resolution struct{ Delta, P []float64 }

// NewResolution compares the posteriors of all pairs on a grid of 256 bins over the draws.
func NewResolution(truth []float64, draws [][]float64) *Resolution {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, x := range draws {
		lo, hi = math.Min(lo, slices.Min(x)), math.Max(hi, slices.Max(x))
	}
	lo, hi = lo-0.01*(hi-lo), hi+0.01*(hi-lo)
	pdf, cdf := make([][bins]float64, len(draws)), make([][bins]float64, len(draws))
	for r, x := range draws {
		for _, v := range x {
			pdf[r][min(max(int((v-lo)/(hi-lo)*bins), 0), bins-1)] += 1 / float64(len(x))
		}
		sum := 0.0
		for b, v := range pdf[r] {
			sum += v
			cdf[r][b] = sum
		}
	}
	res := &Resolution{}
	for a := range draws {
		for b := a + 1; b < len(draws); b++ {
			if d := truth[b] - truth[a]; d > 0 {
				p := 0.0
				for k, v := range pdf[b] {
					p += cdf[a][k] * v
				}
				res.Delta, res.P = append(res.Delta, d), append(res.P, p)
			}
		}
	}
	return res
}

// minPoints is how many pairs a window needs.
const minPoints = 50

// Curve is the moving average of P over Delta: closed windows of share times the range of
// Delta, their centres a hundredth of a window apart; NaN with fewer than 50 pairs.
func (r *Resolution) Curve(share float64) (centres, average []float64) {
	n := len(r.Delta)
	if n == 0 {
		return nil, nil
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case r.Delta[a] < r.Delta[b]:
			return -1
		case r.Delta[a] > r.Delta[b]:
			return 1
		}
		return 0
	})
	delta, sum := make([]float64, n), make([]float64, n+1)
	for i, k := range order {
		delta[i], sum[i+1] = r.Delta[k], sum[i]+r.P[k]
	}
	width := share * (delta[n-1] - delta[0])
	step := 0.01 * width
	if !(step > 0) {
		return nil, nil
	}
	first, last := delta[0]+width/2, delta[n-1]-width/2+step
	lo, hi := 0, 0
	for i := 0; i < int(math.Ceil((last-first)/step)); i++ {
		c := first + float64(i)*step
		for lo < n && delta[lo] < c-width/2 {
			lo++
		}
		for hi < n && delta[hi] <= c+width/2 {
			hi++
		}
		centres = append(centres, c)
		if hi-lo < minPoints {
			average = append(average, math.NaN())
			continue
		}
		average = append(average, (sum[hi]-sum[lo])/float64(hi-lo))
	}
	return centres, average
}

// Crossing is the leftmost centre at which the average reaches 0.9, between two centres by
// linear interpolation; NaN if it never does.
func Crossing(centres, average []float64) float64 {
	const level = 0.9
	last := -1
	for i, v := range average {
		if math.IsNaN(v) {
			continue
		}
		if v >= level {
			if last < 0 {
				return centres[i]
			}
			f := (level - average[last]) / (v - average[last])
			return centres[last] + f*(centres[i]-centres[last])
		}
		last = i
	}
	return math.NaN()
}
