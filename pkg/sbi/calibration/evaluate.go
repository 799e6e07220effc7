package calibration

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/seed"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
)

// Names of the files of an evaluation.
const (
	MetricsName  = "metrics.json"
	TableName    = "metrics.csv"
	RanksName    = "sbc_ranks.csv"
	CoverageName = "coverage.csv"
	RowsName     = "rows.csv"
	DrawsName    = "heldout_posterior_draws.csv.gz"
	TruthName    = "heldout_ground_truth.csv"
)

// Options of Evaluate.
type Options struct {
	Draws   int    // per row
	Keep    int    // draws per row that are written for figures, at most Draws
	Rows    int    // judge so many rows, spread evenly; 0: all
	Seed    uint64 // of the draws
	Workers int    // rows at a time; results do not depend on it
	Command string `json:"-"` // as it was typed, for lock and messages
	// Pictures, if set, draws the report into a folder, that of the results; the pictures appear
	// with the tables.
	Pictures func(r *Report, dir string) error `json:"-"`
}

// Draw draws posteriors for every row of an evaluation. Rows whose sampling fails are left
// out and reported.
func Draw(ctx context.Context, e *sbi.Estimator, rows *Evaluation,
	opt Options) (*HeldOut, []job.Failure, error) {
	d, c := e.Flow.D(), e.Flow.C()
	posteriors := make([]*sbi.Posterior, rows.N)
	items := make([]job.Item, rows.N)
	var mu sync.Mutex
	sampling := sbi.DefaultSampling()
	sampling.Draws, sampling.Inside = opt.Draws, e.Inside()
	for i := range items {
		items[i] = job.Item{Name: rows.Groups[i], Do: func(ctx context.Context) error {
			p, err := sbi.Sample(ctx, e.Flow, rows.X[i*c:(i+1)*c], sampling,
				seed.Derive(opt.Seed, "evaluated row", i))
			mu.Lock()
			defer mu.Unlock()
			posteriors[i] = p
			return err
		}}
	}
	failures, err := job.Run(ctx, items, opt.Workers, nil)
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
func PerfectECE(simulations int, from uint64) (mean, q95 float64) {
	errors := nullOf(ECE, simulations, 500, from, "ece limit")
	return signal.Mean(errors), signal.Percentile(errors, 95)
}

// SBC is the test of simulation-based calibration of one parameter: the largest distance of
// the ranks' distribution from the uniform, and the limit that a calibrated estimator stays
// below with 99 % for all parameters together (Bonferroni; by simulation).
type SBC struct {
	Name     string  `json:"name"`     // of the parameter
	Distance float64 `json:"distance"` // largest, of the ranks' distribution from the uniform
	Limit    float64 `json:"limit"`    // that exact posteriors all stay below with 99 %
	Inside   bool    `json:"inside"`   // Distance is within Limit
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
	PerfectMean float64 `json:"perfect_ECE_mean"` // of a perfect posterior on as many simulations
	PerfectQ95  float64 `json:"perfect_ECE_q95"`  // 95 % quantile of the same
	SBC         []SBC   `json:"sbc"`              // per parameter
	TARP        TARP    `json:"tarp"`             // of all parameters together
	// Gain is that of the function Gain; without training rows against those judged.
	Gain []float64 `json:"gain_bits"`
	// OfTraining tells that the rows are the held-out ones of the training table.
	OfTraining bool          `json:"held_out_rows_of_training"`
	HeldOut    *HeldOut      `json:"-"`        // the draws that were judged
	Failures   []job.Failure `json:"failures"` // rows that gave no draws
	// Undefined are the values that these rows do not have; they are null.
	Undefined []Undefined `json:"undefined,omitempty"`
}

// Undefined is a value of a report that is not a number.
type Undefined struct {
	Value string `json:"value"` // its place, as parameters[0].R2
	Why   string `json:"why"`
}

// undefined lists what is not a number.
func (r *Report) undefined() []Undefined {
	_, where := atomicfile.Finite(r)
	var out []Undefined
	for _, place := range where {
		why := "it is not finite"
		switch name := place[strings.LastIndexByte(place, '.')+1:]; {
		case strings.Contains(name, "R2") || strings.HasPrefix(name, "pearson"):
			why = "the true values, or the estimates, are the same in every row"
		case strings.Contains(name, "shrink"):
			why = "the draws of a row are all the same"
		}
		out = append(out, Undefined{place, why})
	}
	return out
}

// Evaluate judges an estimator on a table and writes metrics, ranks and coverage curves.
func Evaluate(ctx context.Context, e *sbi.Estimator, estimatorDir, path, out string,
	opt Options) (*Report, error) {
	j, err := job.Open(out, job.Options{
		Command: "evaluate", Line: opt.Command, Manifest: sbi.ManifestName, Seed: opt.Seed,
		Parameters: map[string]any{"draws": opt.Draws, "estimator": filepath.Base(estimatorDir)}})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	weights := filepath.Join(estimatorDir, sbi.WeightsName)
	if err := errors.Join(job.Settle(path), j.Input(path, weights)); err != nil {
		return nil, err
	}
	rows, err := ReadEvaluation(e, path)
	if err != nil {
		return nil, err
	}
	rows.Thin(opt.Rows)
	h, failures, err := Draw(ctx, e, rows, opt)
	if err != nil {
		return nil, err
	}
	if len(h.Truth) == 0 {
		return nil, fmt.Errorf("%s: no row gave draws; the first, %s: %s", path, failures[0].Item,
			failures[0].Message)
	}
	prior, err := dataset.TrainingTheta(e)
	if err != nil {
		return nil, err
	}
	r, err := Judge(h, prior, opt.Seed)
	if err != nil {
		return nil, err
	}
	r.OfTraining, r.Failures = rows.OfTraining, append(r.Failures, failures...)
	return r, r.write(j, opt)
}

// FolderParams says what EvaluateFolder judges: the folder of an estimator, a table, the folder
// for the results.
type FolderParams struct {
	Estimator, Table, Out string  // folder, table of pairs or simulations, folder of results
	Options               Options // of Evaluate
}

// Summary is the result of an evaluation in words, and its files: what a notebook keeps.
type Summary struct {
	Text  string   // for people
	Files []string // paths of what was written
}

// Outputs lists the files of the evaluation.
func (s Summary) Outputs() []string { return s.Files }

// EvaluateFolder is Evaluate for an estimator that lies in a folder.
func EvaluateFolder(ctx context.Context, p FolderParams) (Summary, error) {
	e, err := sbi.Load(p.Estimator)
	if err != nil {
		return Summary{}, err
	}
	r, err := Evaluate(ctx, e, p.Estimator, p.Table, p.Out, p.Options)
	if err != nil {
		return Summary{}, err
	}
	s := Summary{Text: strings.TrimSpace(r.Summary())}
	names := []string{MetricsName, TableName, RanksName, CoverageName, RowsName}
	if p.Options.Keep > 0 {
		names = append(names, DrawsName, TruthName)
	}
	for _, name := range names {
		s.Files = append(s.Files, filepath.Join(p.Out, name))
	}
	return s, nil
}

// Judge computes the report of draws; prior are parameters of training simulations (rows of
// D) that the information gain is measured against, nil for those that are judged.
func Judge(h *HeldOut, prior []float64, seed uint64) (*Report, error) {
	m, err := Measure(h)
	if err != nil {
		return nil, err
	}
	r := &Report{Metrics: m, HeldOut: h, Failures: []job.Failure{}, SBC: TestRanks(m, seed),
		TARP: TestTARP(h, seed)}
	if prior == nil {
		prior = h.Truth
	}
	r.Gain = Gain(h, prior, seed)
	r.PerfectMean, r.PerfectQ95 = PerfectECE(m.Simulations, seed)
	r.Undefined = r.undefined()
	return r, nil
}

// write writes the files of an evaluation, together.
func (r *Report) write(j *job.Job, opt Options) error {
	ranks, coverage := &table.Table{}, &table.Table{Columns: []string{"alpha", "joint", "tarp"}}
	curves := [][]float64{Coverage(r.JointAlpha), Coverage(r.TARP.Share)}
	metrics := &table.Table{Columns: []string{"parameter", "MAE", "RMSE", "R2", "R2_posterior_mean",
		"pearson_r_posterior_mean", "KL_bits", "gain_bits", "CI90_shrink", "var_shrink", "marginal_ECE",
		"coverage90", "resolution_10pct", "sbc_inside"}}
	for k, p := range r.Parameters {
		ranks.Columns = append(ranks.Columns, p.Name)
		coverage.Columns = append(coverage.Columns, p.Name)
		curves = append(curves, Coverage(p.Alpha))
		line := []string{p.Name}
		for _, v := range []float64{p.MAE, p.RMSE, p.R2, p.R2Mean, p.PearsonMean, p.KLBits, r.Gain[k],
			p.CI90Shrink, p.VarShrink, p.ECE, p.Coverage90, float64(p.Resolution10)} {
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
	tables := map[string]*table.Table{TableName: metrics, RanksName: ranks, CoverageName: coverage,
		RowsName: r.HeldOut.rowsTable()}
	if opt.Keep > 0 {
		tables[DrawsName], tables[TruthName] = r.HeldOut.drawsTable(opt.Keep), r.HeldOut.truthTable()
	} else { // those of an earlier evaluation do not belong to this one
		j.Remove(DrawsName)
		j.Remove(TruthName)
	}
	for name, t := range tables {
		if err := t.Write(j.Stage(name)); err != nil {
			return err
		}
	}
	if err := atomicfile.WriteJSON(j.Stage(MetricsName), r); err != nil {
		return err
	}
	if opt.Pictures != nil {
		if err := opt.Pictures(r, j.Stage("")); err != nil {
			return err
		}
	}
	j.Failures(r.Failures...)
	return j.Commit()
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
			add(truth, signal.Mean(draws), signal.Std(draws), signal.Percentile(draws, 5),
				signal.Percentile(draws, 95), signal.Mean(off), signal.Std(off))
		}
		for i := range off {
			off[i] = h.distance(r, i)
		}
		add(signal.Mean(off), signal.Std(off), h.LogProbTruth[r])
		t.Add(row...)
	}
	return t
}

// drawsTable has the first draws of every simulation, truthTable their truths, in unit-box
// coordinates with seven digits; ReadHeldOut reads both.
func (h *HeldOut) drawsTable(keep int) *table.Table {
	t := &table.Table{Columns: append(append([]string{"sim_id", "draw"}, h.Names...), "log_prob")}
	s, n, d := h.sizes()
	for r := 0; r < s; r++ {
		for i := 0; i < min(keep, n); i++ {
			row := []string{strconv.Itoa(r), strconv.Itoa(i)}
			for _, v := range h.Draws[(r*n+i)*d : (r*n+i+1)*d] {
				row = append(row, digits7(v))
			}
			t.Add(append(row, digits7(h.LogProb[r*n+i]))...)
		}
	}
	return t
}

func (h *HeldOut) truthTable() *table.Table {
	t := &table.Table{Columns: append(append([]string{"sim_id"}, h.Names...), "log_prob_true")}
	s, _, d := h.sizes()
	for r := 0; r < s; r++ {
		row := []string{strconv.Itoa(r)}
		for _, v := range h.Truth[r*d : (r+1)*d] {
			row = append(row, digits7(v))
		}
		t.Add(append(row, digits7(h.LogProbTruth[r]))...)
	}
	return t
}

func digits7(v float64) string { return strconv.FormatFloat(v, 'g', 7, 64) }

// ReadHeldOut reads draws (columns sim_id, draw, a column per parameter, log_prob) and
// truths (sim_id, the same parameters, log_prob_true), all in unit-box coordinates; every
// simulation needs as many draws as the others.
func ReadHeldOut(drawsPath, truthPath string) (*HeldOut, error) {
	truth, err := table.Read(truthPath)
	if err != nil {
		return nil, err
	}
	draws, err := table.Read(drawsPath)
	if err != nil {
		return nil, err
	}
	h := &HeldOut{}
	for _, c := range truth.Columns {
		if c != "sim_id" && c != "log_prob_true" {
			h.Names = append(h.Names, c)
		}
	}
	at := map[string]int{}
	if err := eachRow(truth, truthPath, h.Names, "log_prob_true", func(id string, v []float64) {
		at[id] = len(h.LogProbTruth)
		h.Truth, h.LogProbTruth = append(h.Truth, v[:len(v)-1]...), append(h.LogProbTruth, v[len(v)-1])
	}); err != nil {
		return nil, err
	}
	perSim := make([][]float64, len(at))
	unknown := ""
	if err := eachRow(draws, drawsPath, h.Names, "log_prob", func(id string, v []float64) {
		k, ok := at[id]
		if !ok {
			unknown = id
			return
		}
		perSim[k] = append(perSim[k], v...)
	}); err != nil {
		return nil, err
	}
	if unknown != "" {
		return nil, fmt.Errorf("%s: sim_id %s has no row in %s", drawsPath, unknown, truthPath)
	}
	for k, v := range perSim {
		if len(v) != len(perSim[0]) || len(v) == 0 {
			return nil, fmt.Errorf("%s: simulation %d has %d draws, others %d; equal numbers are expected",
				drawsPath, k, len(v)/(len(h.Names)+1), len(perSim[0])/(len(h.Names)+1))
		}
		for i := 0; i < len(v); i += len(h.Names) + 1 {
			h.Draws, h.LogProb = append(h.Draws, v[i:i+len(h.Names)]...),
				append(h.LogProb, v[i+len(h.Names)])
		}
	}
	return h, h.Validate()
}

// eachRow hands on the id and the numbers of every row.
func eachRow(t *table.Table, path string, names []string, last string,
	take func(id string, v []float64)) error {
	at, err := t.Need(path, append(append([]string{"sim_id"}, names...), last)...)
	if err != nil {
		return err
	}
	v := make([]float64, len(at)-1)
	for r, row := range t.Rows {
		for k, c := range at[1:] {
			if v[k], err = table.ParseFloat(row[c]); err != nil {
				return fmt.Errorf("%s: row %d: %s: %w", path, r+1, t.Columns[c], err)
			}
		}
		take(row[at[0]], v)
	}
	return nil
}

// Summary is the report in a few lines.
func (r *Report) Summary() string {
	s := fmt.Sprintf("%d simulations, %d draws each: mean loss %.4f, joint ECE %.4f (a perfect "+
		"posterior: mean %.4f, 95 %% below %.4f)\n", r.Simulations, r.Draws, r.Loss, r.JointECE,
		r.PerfectMean, r.PerfectQ95)
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
		s += fmt.Sprintf("  %-55s R2 %6.3f  r %6.3f  gain %.2f bit  ECE %.4f  %s\n", p.Name, p.R2Mean,
			p.PearsonMean, r.Gain[k], p.ECE, inside)
	}
	places := map[string][]string{}
	for _, u := range r.Undefined {
		places[u.Why] = append(places[u.Why], u.Value)
	}
	for _, why := range slices.Sorted(maps.Keys(places)) {
		s += fmt.Sprintf("  null in %s, because %s: %s\n", MetricsName, why,
			strings.Join(places[why], ", "))
	}
	return s
}
