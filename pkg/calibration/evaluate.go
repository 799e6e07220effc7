package calibration

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"sync"

	"example.org/renshaw/pkg/atomicfile"
	"example.org/renshaw/pkg/runner"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/signal"
	"example.org/renshaw/pkg/table"
)

// Names of the files of an evaluation.
const (
	MetricsName  = "metrics.json"
	TableName    = "metrics.csv"
	RanksName    = "sbc_ranks.csv"
	CoverageName = "coverage.csv"
	RowsName     = "rows.csv"
)

// Options of Evaluate.
type Options struct {
	Draws   int // per row
	Seed    uint64
	Workers int
}

// Draw draws posteriors for every row of an evaluation. Rows whose sampling fails are left
// out and reported.
func Draw(ctx context.Context, e *sbi.Estimator, rows *sbi.Evaluation, opt Options) (*HeldOut, []runner.Failure, error) {
	d, c := e.Flow.D(), e.Flow.C()
	posteriors := make([]*sbi.Posterior, rows.N)
	items := make([]runner.Item, rows.N)
	var mu sync.Mutex
	sampling := sbi.DefaultSampling()
	sampling.Draws, sampling.Inside = opt.Draws, e.Inside()
	for i := range items {
		items[i] = runner.Item{Name: rows.Groups[i], Do: func(ctx context.Context) error {
			p, err := sbi.Sample(ctx, e.Flow, rows.X[i*c:(i+1)*c], sampling, opt.Seed+uint64(i)*0x9e3779b97f4a7c15)
			mu.Lock()
			defer mu.Unlock()
			posteriors[i] = p
			return err
		}}
	}
	failures, err := runner.Run(ctx, items, opt.Workers, nil)
	if err != nil {
		return nil, nil, err
	}
	lp, err := e.LogProb(&rows.Pairs)
	if err != nil {
		return nil, nil, err
	}
	h := &HeldOut{}
	for _, p := range e.Config.Theta {
		h.Names = append(h.Names, p.Name)
	}
	for i, p := range posteriors {
		if p == nil {
			continue
		}
		h.Groups = append(h.Groups, rows.Groups[i])
		theta := rows.Theta[i*d : (i+1)*d]
		h.Truth = append(h.Truth, theta...)
		h.Draws, h.LogProb = append(h.Draws, p.Draws...), append(h.LogProb, p.LogProb...)
		truth := lp[i]
		for _, v := range theta {
			if v < 0 || v > 1 {
				truth = math.Inf(-1) // outside the prior
			}
		}
		h.LogProbTruth = append(h.LogProbTruth, truth)
	}
	return h, failures, nil
}

// PerfectECE is mean and 95 % quantile of the calibration error that a perfect posterior
// shows on that many simulations.
func PerfectECE(simulations int, seed uint64) (mean, q95 float64) {
	errors := nullOf(ECE, simulations, 500, seed, 5)
	return signal.Mean(errors), signal.Percentile(errors, 95)
}

// SBC is the test of simulation-based calibration of one parameter: the largest distance of
// the ranks' distribution from the uniform, and the limit that a calibrated estimator stays
// below with 99 % for all parameters together (Bonferroni; by simulation).
type SBC struct {
	Name     string  `json:"name"`
	Distance float64 `json:"distance"`
	Limit    float64 `json:"limit"`
	Inside   bool    `json:"inside"`
}

// largestDistance is that of an empirical distribution from U(0,1).
func largestDistance(values []float64) float64 {
	v := slices.Clone(values)
	slices.Sort(v)
	worst, n := 0.0, float64(len(v))
	for i, x := range v {
		worst = math.Max(worst, math.Max(math.Abs(float64(i+1)/n-x), math.Abs(float64(i)/n-x)))
	}
	return worst
}

// TestRanks compares the ranks of every parameter with the uniform distribution.
func TestRanks(m *Metrics, seed uint64) []SBC {
	limit := uniformLimit(m.Simulations, 1-0.01/float64(len(m.Parameters)), seed)
	var out []SBC
	for _, p := range m.Parameters {
		d := largestDistance(p.Rank)
		out = append(out, SBC{p.Name, d, limit, d <= limit})
	}
	return out
}

// Report is the content of metrics.json.
type Report struct {
	*Metrics
	PerfectMean float64          `json:"perfect_ECE_mean"` // of a perfect posterior on as many simulations
	PerfectQ95  float64          `json:"perfect_ECE_q95"`
	SBC         []SBC            `json:"sbc"`
	TARP        TARP             `json:"tarp"`
	Gain        []float64        `json:"gain_bits"` // see Gain; without training rows against those judged
	OfTraining  bool             `json:"held_out_rows_of_training"`
	HeldOut     *HeldOut         `json:"-"`
	Failures    []runner.Failure `json:"failures"`
}

// Evaluate judges an estimator on a table and writes metrics, ranks and coverage curves.
func Evaluate(ctx context.Context, e *sbi.Estimator, estimatorDir, path, out string, opt Options) (*Report, error) {
	rows, err := e.Evaluation(path)
	if err != nil {
		return nil, err
	}
	h, failures, err := Draw(ctx, e, rows, opt)
	if err != nil {
		return nil, err
	}
	m, err := Measure(h)
	if err != nil {
		return nil, err
	}
	r := &Report{Metrics: m, HeldOut: h, OfTraining: rows.OfTraining, Failures: append([]runner.Failure{}, failures...), SBC: TestRanks(m, opt.Seed), TARP: TestTARP(h, opt.Seed)}
	prior, err := e.TrainingTheta()
	if err != nil {
		return nil, err
	}
	if prior == nil {
		prior = h.Truth
	}
	r.Gain = Gain(h, prior, opt.Seed)
	r.PerfectMean, r.PerfectQ95 = PerfectECE(m.Simulations, opt.Seed)
	return r, r.write(e, estimatorDir, path, out, opt)
}

func (r *Report) write(e *sbi.Estimator, estimatorDir, path, out string, opt Options) error {
	ranks, coverage := &table.Table{}, &table.Table{Columns: []string{"alpha", "joint", "tarp"}}
	curves := [][]float64{Coverage(r.JointAlpha), Coverage(r.TARP.Share)}
	metrics := &table.Table{Columns: []string{"parameter", "MAE", "RMSE", "R2", "R2_posterior_mean", "pearson_r_posterior_mean", "KL_bits", "gain_bits", "CI90_shrink", "var_shrink", "marginal_ECE", "coverage90", "resolution_10pct", "sbc_inside"}}
	for k, p := range r.Parameters {
		ranks.Columns = append(ranks.Columns, p.Name)
		coverage.Columns = append(coverage.Columns, p.Name)
		curves = append(curves, Coverage(p.Alpha))
		line := []string{p.Name}
		for _, v := range []float64{p.MAE, p.RMSE, p.R2, p.R2Mean, p.PearsonMean, p.KLBits, r.Gain[k], p.CI90Shrink, p.VarShrink, p.ECE, p.Coverage90, float64(p.Resolution10)} {
			line = append(line, table.Float(v))
		}
		metrics.Add(append(line, table.Bool(r.SBC[k].Inside))...)
	}
	for i := 0; i < r.Simulations; i++ {
		var line []string
		for _, p := range r.Parameters {
			line = append(line, table.Float(p.Rank[i]))
		}
		ranks.Add(line...)
	}
	for i := 0; i < alphas; i++ {
		line := []string{table.Float(float64(i) / (alphas - 1))}
		for _, c := range curves {
			line = append(line, table.Float(c[i]))
		}
		coverage.Add(line...)
	}
	var outputs []string
	for name, t := range map[string]*table.Table{TableName: metrics, RanksName: ranks, CoverageName: coverage, RowsName: r.HeldOut.rowsTable()} {
		p := filepath.Join(out, name)
		if err := t.Write(p); err != nil {
			return err
		}
		outputs = append(outputs, p)
	}
	p := filepath.Join(out, MetricsName)
	if err := atomicfile.WriteJSON(p, r); err != nil {
		return err
	}
	outputs = append(outputs, p)
	m := runner.NewManifest("evaluate", "", opt.Seed, map[string]any{"draws": opt.Draws, "estimator": filepath.Base(estimatorDir)})
	for _, in := range []string{path, filepath.Join(estimatorDir, sbi.WeightsName)} {
		if err := m.Input(in); err != nil {
			return err
		}
	}
	m.Failures, m.Complete = append(m.Failures, r.Failures...), true
	return m.Write(out, sbi.ManifestName, outputs)
}

// rowsTable tells of every simulation, in unit-box coordinates: per parameter the truth,
// mean, SD, 5 and 95 % quantiles of the draws, mean and SD of |draw - truth|; mean and SD of
// the Euclidean distance of draws and truth.
func (h *HeldOut) rowsTable() *table.Table {
	t := &table.Table{Columns: []string{"group"}}
	for _, n := range h.Names {
		for _, s := range []string{"truth", "mean", "sd", "q05", "q95", "mean_abs_diff", "sd_abs_diff"} {
			t.Columns = append(t.Columns, n+"_"+s)
		}
	}
	t.Columns = append(t.Columns, "mean_distance", "sd_distance", "log_prob_truth")
	s, n, d := h.sizes()
	for r := 0; r < s; r++ {
		row := []string{""}
		if r < len(h.Groups) {
			row[0] = h.Groups[r]
		}
		add := func(values ...float64) {
			for _, v := range values {
				row = append(row, table.Float(v))
			}
		}
		draws, off := make([]float64, n), make([]float64, n)
		for k := 0; k < d; k++ {
			truth := h.Truth[r*d+k]
			for i := range draws {
				draws[i] = h.Draws[(r*n+i)*d+k]
				off[i] = math.Abs(draws[i] - truth)
			}
			add(truth, signal.Mean(draws), signal.Std(draws), signal.Percentile(draws, 5), signal.Percentile(draws, 95), signal.Mean(off), signal.Std(off))
		}
		for i := range off {
			off[i] = h.distance(r, i)
		}
		add(signal.Mean(off), signal.Std(off), h.LogProbTruth[r])
		t.Add(row...)
	}
	return t
}

// Summary is the report in a few lines.
func (r *Report) Summary() string {
	s := fmt.Sprintf("%d simulations, %d draws each: mean loss %.4f, joint ECE %.4f (a perfect posterior: mean %.4f, 95 %% below %.4f)\n", r.Simulations, r.Draws, r.Loss, r.JointECE, r.PerfectMean, r.PerfectQ95)
	verdict := "inside"
	if !r.TARP.Inside {
		verdict = "OUTSIDE"
	}
	s += fmt.Sprintf("TARP: ECE %.4f, %s 99 %%\n", r.TARP.ECE, verdict)
	for k, p := range r.Parameters {
		inside := "SBC inside 99 %"
		if !r.SBC[k].Inside {
			inside = "SBC OUTSIDE 99 %"
		}
		s += fmt.Sprintf("  %-55s R2 %6.3f  r %6.3f  gain %.2f bit  ECE %.4f  %s\n", p.Name, p.R2Mean, p.PearsonMean, r.Gain[k], p.ECE, inside)
	}
	return s
}
