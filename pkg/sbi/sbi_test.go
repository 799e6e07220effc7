package sbi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi/flow"
)

// gaussian are pairs theta ~ U(0,1)², x = theta + 0.05 N: the posterior is known.
func gaussian(n int) *Pairs {
	rng := rand.New(rand.NewPCG(1, 1))
	p := &Pairs{N: n}
	for i := 0; i < n; i++ {
		for k := 0; k < 2; k++ {
			p.Theta = append(p.Theta, rng.Float64())
			p.X = append(p.X, p.Theta[2*i+k]+0.05*rng.NormFloat64())
		}
	}
	return p
}

func rows(from, to int) []int {
	var idx []int
	for i := from; i < to; i++ {
		idx = append(idx, i)
	}
	return idx
}

var gaussianNames = []string{"a", "b", "x_a", "x_b"}

func fitGaussian(t *testing.T, seed uint64) *Fitted {
	t.Helper()
	opt := DefaultTraining()
	opt.MaxEpochs, opt.LearningRate = 30, 3e-3
	f, err := Fit(context.Background(), gaussian(2000), gaussianNames, rows(0, 1800), rows(1800, 2000), FitOptions{Flow: FlowSpec{Kind: KindMAF, Transforms: 3, Hidden: 20, Bins: 0}, Training: opt, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A fit repeats with its seed, learns the posterior, and its draws have the known mean and
// spread.
func TestFitAndSample(t *testing.T) {
	f := fitGaussian(t, 5)
	if g := fitGaussian(t, 5); !reflect.DeepEqual(f.Curve, g.Curve) {
		t.Error("the same seed gives another curve")
	}
	if g := fitGaussian(t, 6); reflect.DeepEqual(f.Curve, g.Curve) {
		t.Error("another seed gives the same curve")
	}
	// -log q of the truth: 2 (log(0.05) + 1/2 log(2 pi e)) = -3.15.
	if f.BestLoss > -2.9 || f.BestLoss < -3.4 {
		t.Errorf("best validation loss %v", f.BestLoss)
	}
	opt := DefaultSampling()
	p, err := Sample(context.Background(), flow.Ensemble{f.Flow}, []float64{0.4, 0.7}, opt, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Draws) != 2*opt.Draws || len(p.LogProb) != opt.Draws {
		t.Fatalf("%d numbers, %d densities", len(p.Draws), len(p.LogProb))
	}
	for k, want := range []float64{0.4, 0.7} {
		mean, sq := 0.0, 0.0
		for i := k; i < len(p.Draws); i += 2 {
			mean += p.Draws[i] / float64(opt.Draws)
			sq += p.Draws[i] * p.Draws[i] / float64(opt.Draws)
		}
		if sd := math.Sqrt(sq - mean*mean); math.Abs(mean-want) > 0.02 || math.Abs(sd-0.05) > 0.015 {
			t.Errorf("parameter %d: %v ± %v, want %v ± 0.05", k, mean, sd, want)
		}
	}
	if again, _ := Sample(context.Background(), flow.Ensemble{f.Flow}, []float64{0.4, 0.7}, opt, 1); !reflect.DeepEqual(again, p) {
		t.Error("the same seed gives other draws")
	}
}

// Sampling ends, whatever is asked: features that are not finite, observations far away,
// limits, interruption.
func TestSamplingIsBounded(t *testing.T) {
	f := fitGaussian(t, 5)
	opt := DefaultSampling()
	for _, x := range []float64{math.NaN(), math.Inf(1)} {
		if _, err := Sample(context.Background(), flow.Ensemble{f.Flow}, []float64{x, 0}, opt, 1); err == nil {
			t.Errorf("%v was sampled", x)
		}
	}
	var low *LowAcceptance
	start := time.Now()
	if _, err := Sample(context.Background(), flow.Ensemble{f.Flow}, []float64{0.5 + 50*0.3, 0.5}, opt, 1); !errors.As(err, &low) {
		t.Errorf("50 SD away: %v", err)
	} else if low.Proposed > 200000 || low.Partial == nil {
		t.Errorf("50 SD away: %+v after %v", low, time.Since(start))
	}
	opt.MaxProposals = 500
	if _, err := Sample(context.Background(), flow.Ensemble{f.Flow}, []float64{0.5, 0.5}, opt, 1); !errors.As(err, &low) || low.Proposed != 500 || len(low.Partial.LogProb) != low.Accepted {
		t.Errorf("500 proposals: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Sample(ctx, flow.Ensemble{f.Flow}, []float64{0.5, 0.5}, DefaultSampling(), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// The mean of the weights over epochs is better and steadier than the weights that large steps
// leave: its losses after the start are lower, and vary less from epoch to epoch.
func TestAverage(t *testing.T) {
	curve := func(average float64) (mean, jumps float64) {
		opt := DefaultTraining()
		opt.MaxEpochs, opt.Patience, opt.Batch, opt.LearningRate, opt.Average = 80, 80, 50, 1e-2, average
		f, err := Fit(context.Background(), gaussian(1200), gaussianNames, rows(0, 1000), rows(1000, 1200), FitOptions{Flow: FlowSpec{Kind: KindMAF, Transforms: 2, Hidden: 10}, Training: opt, Seed: 5})
		if err != nil {
			t.Fatal(err)
		}
		if loss, err := meanLoss(flow.Ensemble{f.Flow}, gaussian(1200).Theta[2000:], gaussian(1200).X[2000:]); err != nil || math.Abs(loss-f.BestLoss) > 1e-12 {
			t.Errorf("average %v: the flow that is returned has the loss %v, not the best, %v (%v)", average, loss, f.BestLoss, err)
		}
		for i := 60; i < 80; i++ {
			mean += f.Curve[i].Validation / 20
			jumps += math.Abs(f.Curve[i].Validation-f.Curve[i-1].Validation) / 20
		}
		return mean, jumps
	}
	mean, jumps := curve(0)
	averaged, smaller := curve(0.9)
	if !(averaged < mean-0.02) || !(smaller < jumps/3) {
		t.Errorf("mean loss %v, with averaged weights %v; jumps %v and %v", mean, averaged, jumps, smaller)
	}
}

func TestFitErrors(t *testing.T) {
	p := gaussian(200)
	for i := 0; i < p.N; i++ {
		p.X[2*i+1] = 3
	}
	opt, small := DefaultTraining(), FlowSpec{Kind: KindMAF, Transforms: 2, Hidden: 10, Bins: 0}
	if _, err := Fit(context.Background(), p, gaussianNames, rows(0, 150), rows(150, 200), FitOptions{Flow: small, Training: opt, Seed: 1}); err == nil || !strings.Contains(err.Error(), "x_b is the same in every row") {
		t.Errorf("constant feature: %v", err)
	}
	if _, err := Fit(context.Background(), gaussian(30), gaussianNames, rows(0, 25), rows(25, 30), FitOptions{Flow: small, Training: opt, Seed: 1}); err == nil || !strings.Contains(err.Error(), "25 rows to train and 5 to validate") {
		t.Errorf("too few rows: %v", err)
	}
	opt.LearningRate = -1
	if _, err := Fit(context.Background(), gaussian(200), gaussianNames, rows(0, 150), rows(150, 200), FitOptions{Flow: small, Training: opt, Seed: 1}); err == nil || !strings.Contains(err.Error(), "lr: -1") {
		t.Errorf("learning rate: %v", err)
	}
	opt.LearningRate, opt.Average = 1e-3, 1
	if _, err := Fit(context.Background(), gaussian(200), gaussianNames, rows(0, 150), rows(150, 200), FitOptions{Flow: small, Training: opt, Seed: 1}); err == nil || !strings.Contains(err.Error(), "average: 1") {
		t.Errorf("average: %v", err)
	}
}

func TestJudge(t *testing.T) {
	p := gaussian(2000)
	r, err := NewReference([]string{"x_a", "x_b"}, p.X)
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Judge([]float64{0.5, 0.5}); v.Unusual || v.Rank > 0.05 || len(v.Outside) != 0 {
		t.Errorf("the middle: %+v", v)
	}
	if v := r.Judge([]float64{3, 0.5}); !v.Unusual || v.Rank < 0.999 || !reflect.DeepEqual(v.Outside, []string{"x_a"}) || v.Z[0] < 4 {
		t.Errorf("far away: %+v", v)
	}
	if _, err := NewReference([]string{"x_a", "x_b"}, p.X[:4]); err == nil {
		t.Error("two rows gave a reference")
	}
}

// simulationTableOf writes a table of two simulations, two pools, two units each.
func simulationTableOf(t *testing.T, edit func(row map[string]string)) string {
	t.Helper()
	tb := &table.Table{Columns: []string{"sim_name", "pool", "pool_pair", "perspective", "direction", "r2_base", "r2_full", "n_spikes", "sync_height", "Firing_rates_mean",
		"excitatory_input_baseline", "disynpatic_inhib_connections_desired_MN_MN", "common_input_std", "frequency_range_of_common_input", "between_pool_excitatory_input_correlation",
		"inhibited_by_estimation_raw", "inhibiting_estimation_raw", "delay_forward_IPSP", "delay_backward_IPSP"}}
	for sim := 0; sim < 2; sim++ {
		for pool := 0; pool < 2; pool++ {
			for other := 0; other < 2; other++ {
				for unit := 0; unit < 2; unit++ {
					row := map[string]string{"sim_name": fmt.Sprintf("s%d", sim), "pool": fmt.Sprint(pool), "pool_pair": fmt.Sprintf("pool_%d<->pool_%d", pool, other),
						"perspective": "other_MUs_as_ref", "direction": "inhibited", "r2_base": "0.5", "r2_full": "0.9", "n_spikes": fmt.Sprint(6000 * (unit + 1)),
						"sync_height": fmt.Sprint(0.001 * float64(unit+1)), "Firing_rates_mean": fmt.Sprint(10 + unit), "excitatory_input_baseline": "[30000.0, 40000.0]",
						"disynpatic_inhib_connections_desired_MN_MN": "[[0.1 0.2]\n [0.3 0.4]]", "common_input_std": "[[3500, 1000], [3500, 2000]]",
						"frequency_range_of_common_input": "[[[0, 5], [10, 30]], [[0, 5], [20, 60]]]", "between_pool_excitatory_input_correlation": "0.7",
						"inhibited_by_estimation_raw": fmt.Sprint(-0.01 * float64(unit+1)), "inhibiting_estimation_raw": "-0.5", "delay_forward_IPSP": fmt.Sprint(0.02 + 0.002*float64(unit)), "delay_backward_IPSP": fmt.Sprint(0.03 + 0.002*float64(unit))}
					if edit != nil {
						edit(row)
					}
					line := make([]string, len(tb.Columns))
					for i, c := range tb.Columns {
						line[i] = row[c]
					}
					tb.Add(line...)
				}
			}
		}
	}
	path := filepath.Join(t.TempDir(), "simulations.csv")
	if err := tb.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func column(t *testing.T, s *Spec, name string) int {
	t.Helper()
	for i, n := range s.XNames() {
		if n == name {
			return i
		}
	}
	t.Fatalf("no feature %s in %v", name, s.XNames())
	return -1
}

func TestSimulationSets(t *testing.T) {
	path := simulationTableOf(t, nil)
	s := DefaultSpec(Pair, profile.CorrectedName)
	s.Normalize = false
	set, err := s.SimulationSet(nil, path)
	if err != nil {
		t.Fatal(err)
	}
	if set.N != 4 || set.Groups[0] != "s0|pool_0<->pool_1" || len(set.X) != 4*22 {
		t.Fatalf("%d rows %v, %d features", set.N, set.Groups, len(set.X)/set.N)
	}
	// Pool 0 is inhibited by pool 1: M[1][0] = 0.3 of 0 … 3; its baseline 30000 of 20000 … 90000.
	want := []float64{10.0 / 70, 0.1, 0.7}
	for k, w := range want {
		if math.Abs(set.Theta[k]-w) > 1e-12 {
			t.Errorf("theta %d is %v, want %v", k, set.Theta[k], w)
		}
	}
	for name, w := range map[string]float64{"inhibited_by_estimation_raw_mean": 1.5, "inhibited_by_estimation_raw_sd": 0.5, "inhibited_by_estimation_raw_iqr": 0.5,
		"sync_height_mean": 0.15, "IPSP_timing_of_trough_median": 21, "Firing_rates_mean_mean": 10.5, "disynpatic_inhib_connections_desired_MN_MN_self": 0.1,
		"common_input_high_freq_middle_of_range_self": 20, "common_input_high_freq_half_width_range_self": 10, "common_input_std_self": 1000,
		"log_n_units": math.Log(2), "log_median_n_spikes": math.Log(9000)} {
		if got := set.X[column(t, &s, name)]; math.Abs(got-w) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, got, w)
		}
	}
	inhibiting := s
	inhibiting.Direction = "inhibiting"
	set, err = inhibiting.SimulationSet(nil, simulationTableOf(t, func(r map[string]string) { r["direction"] = "inhibiting" }))
	if err != nil || math.Abs(set.Theta[1]-0.2/3) > 1e-12 || math.Abs(set.X[column(t, &inhibiting, "IPSP_timing_of_trough_mean")]-31) > 1e-9 {
		t.Errorf("inhibiting: %v, %v", set.Theta[:3], err)
	}
	paper := DefaultSpec(Pair, profile.PaperName)
	if _, err := paper.SimulationSet(nil, path); err == nil || !strings.Contains(err.Error(), "is the same in every row") {
		t.Errorf("constant features: %v", err)
	}
	paper.Normalize = false
	if set, err = paper.SimulationSet(nil, path); err != nil || len(set.X)/set.N != 20 || set.Dropped["n_spikes"] != 4 {
		t.Errorf("paper: %v %v", set, err)
	}
	single := DefaultSpec(Single, profile.CorrectedName)
	if set, err = single.SimulationSet(nil, path); err != nil || set.N != 4 || len(set.Scale) != 4 || math.Abs(set.Scale[3].Mean-10.5) > 1e-12 {
		t.Errorf("single: %+v %v", set, err)
	}
}

// The paper's profile takes the band of the row whose number, after the filter, is the
// row's number before it.
func TestScrambledBands(t *testing.T) {
	k := 0
	path := simulationTableOf(t, func(r map[string]string) {
		r["frequency_range_of_common_input"] = fmt.Sprintf("[[[0, 5], [%d, %d]]]", 10+k, 30+k)
		r["n_spikes"] = "20000"
		k++
	})
	s := DefaultSpec(Single, profile.PaperName)
	set, err := s.SimulationSet(nil, path)
	if err != nil {
		t.Fatal(err)
	}
	// Rows that pass (same pool) are 0, 1, 6, 7 | 8, 9, 14, 15: eight, numbered 0 … 7. Group
	// s0|pool_0 takes row 0 (band of row 0), s0|pool_1 row 6 (of the seventh, 14); s1 has rows from 8 on: none.
	if set.N != 2 || set.Dropped["statistic or parameter missing"] != 2 {
		t.Fatalf("%d rows %v, dropped %v", set.N, set.Groups, set.Dropped)
	}
	for i, middle := range []float64{20, 34} {
		if got := set.Theta[5*i+2]*72.5 + 2.5; math.Abs(got-middle) > 1e-9 {
			t.Errorf("%s: middle %v, want %v", set.Groups[i], got, middle)
		}
	}
}

func TestTableErrors(t *testing.T) {
	s := DefaultSpec(Single, profile.CorrectedName)
	if _, err := s.SimulationSet(nil, simulationTableOf(t, func(r map[string]string) { r["n_spikes"] = "10" })); err == nil || !strings.Contains(err.Error(), "n_spikes:8") {
		t.Errorf("all filtered: %v", err)
	}
	if _, err := s.SimulationSet(nil, simulationTableOf(t, func(r map[string]string) { r["r2_full"] = "high" })); err == nil || !strings.Contains(err.Error(), `line 2: r2_full: "high"`) {
		t.Errorf("text: %v", err)
	}
	if _, err := s.SimulationSet(nil, simulationTableOf(t, func(r map[string]string) { r["common_input_std"] = "[]" })); err == nil || !strings.Contains(err.Error(), "common_input_std") {
		t.Errorf("empty array: %v", err)
	}
	if _, err := s.SimulationSet(nil, simulationTableOf(t, func(r map[string]string) { r["common_input_std"] = "[[3500, 7100]]" })); err == nil || !strings.Contains(err.Error(), "common_input_std") || !strings.Contains(err.Error(), "is 7100, outside the prior (0 to 7000)") {
		t.Errorf("outside the prior: %v", err)
	}
	s.Prior = append(s.Prior, Parameter{"weight", 0, 1, ""})
	if _, err := s.SimulationSet(nil, simulationTableOf(t, func(map[string]string) {})); err == nil || !strings.Contains(err.Error(), `prior: "weight"`) {
		t.Errorf("unknown parameter: %v", err)
	}
	for text, want := range map[string]string{"cas: pair": `did you mean "case"?`, "training: {learning: 1}": `training: unknown key "learning"; did you mean "lr"?`,
		"case: triple": `case: "triple"`, "statistics: [mode]": `statistics: "mode"`,
		"prior: [{name: common_input_std, low: 1, high: 0}]": "low < high", "flow: {kind: gan}": `flow: kind: "gan"`, "held_out: 2": "held_out: 2", "filters: {simulation: {r2: 1}}": `filters: simulation: unknown key "r2"`} {
		path := filepath.Join(t.TempDir(), "inference.yaml")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSpec(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// Rows of one simulation stay together in the corrected profile.
func TestSplit(t *testing.T) {
	set := &Set{}
	for i := 0; i < 300; i++ {
		set.Groups = append(set.Groups, fmt.Sprintf("sim%d|pool_0<->pool_0#%d", i/3, i%3))
	}
	set.N = 300
	s := DefaultSpec(Single, profile.CorrectedName)
	roles, err := s.split(set)
	if err != nil {
		t.Fatal(err)
	}
	count := [3]int{}
	for i, r := range roles {
		count[r]++
		if r != roles[i/3*3] {
			t.Fatalf("simulation %d straddles a split", i/3)
		}
	}
	if count != [3]int{243, 27, 30} {
		t.Errorf("gradient, validation, held out: %v", count)
	}
	s.Profile = profile.PaperName
	if roles, _ = s.split(set); roles[0] == roles[1] && roles[3] == roles[4] && roles[6] == roles[7] && roles[9] == roles[10] && roles[12] == roles[13] && roles[15] == roles[16] && roles[18] == roles[19] && roles[21] == roles[22] {
		t.Log("rows of the first simulations happen to stay together")
	}
}

// pairsFile is a pairs table of the Gaussian example with a split.
func pairsFile(t *testing.T) string {
	t.Helper()
	tb := &table.Table{Columns: []string{"role", "theta_unit_common_input_std", "theta_unit_b", "x_a", "x_b"}}
	p := gaussian(600)
	for i := 0; i < p.N; i++ {
		role := map[bool]int{true: RoleGradient, false: RoleValidation}[i < 500]
		if i >= 550 {
			role = RoleHeldOut
		}
		tb.Add(fmt.Sprint(role), table.Float(p.Theta[2*i]), table.Float(p.Theta[2*i+1]), table.Float(p.X[2*i]), table.Float(p.X[2*i+1]))
	}
	pairs := filepath.Join(t.TempDir(), "pairs.csv")
	if err := tb.Write(pairs); err != nil {
		t.Fatal(err)
	}
	return pairs
}

// Estimators of every kind that are written and read give the same densities.
func TestEstimatorFolder(t *testing.T) {
	pairs := pairsFile(t)
	for _, c := range []struct {
		flow    FlowSpec
		members int
	}{{FlowSpec{Kind: KindMAF, Transforms: 2, Hidden: 10, Bins: 10}, 1}, {FlowSpec{Kind: KindMAF, Transforms: 2, Hidden: 10, Bins: 10}, 3}, {FlowSpec{Kind: KindNSF, Transforms: 2, Hidden: 10, Bins: 4}, 2}} {
		s := DefaultSpec(Single, profile.CorrectedName)
		s.Flow, s.Ensemble, s.Training.MaxEpochs = c.flow, c.members, 3
		out := filepath.Join(t.TempDir(), "est")
		e, err := Train(context.Background(), s, []string{pairs}, out, TrainOptions{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		if e.Config.Theta[0].High != 7000 || e.Config.Theta[1].High != 1 || e.Config.HeldOut == nil || len(e.Config.Roles) != 600 || len(e.Config.BestEpoch)+len(e.Config.LeftOut) != c.members {
			t.Errorf("%+v", e.Config)
		}
		read, err := Load(out)
		if err != nil {
			t.Fatal(err)
		}
		if k := read.Config; k.Kind != c.flow.Kind || k.Ensemble != len(k.BestEpoch) || len(read.Flow) != len(k.BestEpoch) || read.Flow[0].Bins != c.flow.bins() {
			t.Errorf("read: %s, %d networks, %d bins", k.Kind, len(read.Flow), read.Flow[0].Bins)
		}
		rows, err := read.ReadPairs(pairs)
		if err != nil {
			t.Fatal(err)
		}
		a, errA := e.LogProb(rows)
		b, errB := read.LogProb(rows)
		if errA != nil || errB != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("densities differ: %v %v", errA, errB)
		}
		if _, err := os.Stat(filepath.Join(out, CurveName)); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(out, "checkpoints")); err == nil {
			t.Error("checkpoints remain")
		}
	}
}

// A network that went astray is left out of an ensemble, two good ones are not; a network alone
// stays.
func TestWorthKeeping(t *testing.T) {
	p := gaussian(200)
	good, bad := fitGaussian(t, 5), fitGaussian(t, 7)
	bad.Flow.ThetaShift[0] += 4 // elsewhere
	if err := bad.Flow.Pack(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		fitted []*Fitted
		want   []int
	}{{[]*Fitted{good, bad, fitGaussian(t, 6)}, []int{0, 2}}, {[]*Fitted{bad}, []int{0}}, {[]*Fitted{good, fitGaussian(t, 8)}, []int{0, 1}}} {
		kept, err := worthKeeping(c.fitted, p.Theta, p.X)
		if err != nil || !slices.Equal(kept, c.want) {
			t.Errorf("kept %v, want %v (%v)", kept, c.want, err)
		}
	}
}

// A training that is interrupted goes on where it was and ends with the same bytes, with
// averaged weights too.
func TestTrainResumes(t *testing.T) {
	for _, average := range []float64{0, 0.9} {
		t.Run(fmt.Sprint(average), func(t *testing.T) { trainResumes(t, average) })
	}
}

func trainResumes(t *testing.T, average float64) {
	pairs, dir := pairsFile(t), t.TempDir()
	s := DefaultSpec(Single, profile.CorrectedName)
	s.Flow, s.Ensemble, s.Training.MaxEpochs, s.Training.Average = FlowSpec{Kind: KindMAF, Transforms: 2, Hidden: 10, Bins: 10}, 2, 6, average
	whole, parts := filepath.Join(dir, "whole"), filepath.Join(dir, "parts")
	if _, err := Train(context.Background(), s, []string{pairs}, whole, TrainOptions{Workers: 2}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if _, err := Train(ctx, s, []string{pairs}, parts, TrainOptions{Workers: 1, Progress: func(member, epoch int, _ Epoch) {
		if member == 1 && epoch == 3 {
			cancel()
		}
	}}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	first := map[int]int{}
	if _, err := Train(context.Background(), s, []string{pairs}, parts, TrainOptions{Workers: 1, Progress: func(member, epoch int, _ Epoch) {
		if first[member] == 0 {
			first[member] = epoch
		}
	}}); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(first, map[int]int{1: 2}) {
		t.Errorf("first epochs %v: the finished network was trained again, or the other began anew", first)
	}
	for _, name := range []string{WeightsName, CurveName} {
		a, errA := os.ReadFile(filepath.Join(whole, name))
		b, errB := os.ReadFile(filepath.Join(parts, name))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs after an interruption (%v %v)", name, errA, errB)
		}
	}
}

// With a uniform prior and x = theta + noise the posterior is a normal distribution cut off at
// the edges of the box: a bounded flow finds it, its curve is in units of theta, and hardly a
// draw is refused: those beyond the reach of the splines.
func TestFitBounded(t *testing.T) {
	const sd = 0.3
	rng := rand.New(rand.NewPCG(5, 6))
	p := &Pairs{N: 4000}
	best := 0.0 // mean of -log posterior over the validation rows
	cdf := func(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }
	for i := range p.N {
		for range 2 {
			theta := rng.Float64()
			x := theta + sd*rng.NormFloat64()
			p.Theta, p.X = append(p.Theta, theta), append(p.X, x)
			if i >= 3000 {
				z := (theta - x) / sd
				best += (0.5*z*z + math.Log(sd*math.Sqrt(2*math.Pi)*(cdf((1-x)/sd)-cdf(-x/sd)))) / 1000
			}
		}
	}
	training := DefaultTraining()
	training.LearningRate, training.MaxEpochs = 3e-3, 45
	opt := FitOptions{Flow: FlowSpec{Kind: KindNSF, Transforms: 2, Hidden: 20, Bins: 6, Bounded: true}, Training: training, Seed: 1}
	f, err := Fit(context.Background(), p, gaussianNames, rows(0, 3000), rows(3000, 4000), opt)
	if err != nil {
		t.Fatal(err)
	}
	loss, err := meanLoss(flow.Ensemble{f.Flow}, p.Theta[6000:], p.X[6000:])
	if err != nil || math.Abs(loss-best) > 0.05 || math.Abs(loss-f.BestLoss) > 1e-6 {
		t.Errorf("loss %v, %v in the curve; the posterior's is %v (%v)", loss, f.BestLoss, best, err)
	}
	post, err := Sample(context.Background(), flow.Ensemble{f.Flow}, []float64{-0.1, 1.2}, SampleOptions{Draws: 5000, MinAcceptance: 0.5}, 1)
	if err != nil || post.Acceptance < 0.95 || slices.Min(post.Draws) < 1e-4 || slices.Max(post.Draws) > 1-1e-4 {
		t.Errorf("accepted %v, from %v to %v, %v", post.Acceptance, slices.Min(post.Draws), slices.Max(post.Draws), err)
	}
	p.Theta[8] = 1.1
	if _, err := Fit(context.Background(), p, gaussianNames, rows(0, 3000), rows(3000, 4000), opt); err == nil || !strings.Contains(err.Error(), "row 5: "+gaussianNames[0]) {
		t.Errorf("outside the box: %v", err)
	}
}

// An estimator that an earlier version wrote gives the densities that it gave then.
func TestEarlierVersions(t *testing.T) {
	for _, dir := range []string{"testdata/estimator_v1", "testdata/estimator_v2", "testdata/estimator_v3", "testdata/estimator_v4"} {
		e, err := Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := e.ReadPairs(filepath.Join(dir, "pairs.csv"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.LogProb(rows)
		if err != nil {
			t.Fatal(err)
		}
		want, err := table.Read(filepath.Join(dir, "lp.csv"))
		if err != nil || len(want.Rows) != len(got) {
			t.Fatal(err)
		}
		for i, row := range want.Rows {
			if v, err := table.ParseFloat(row[0]); err != nil || v != got[i] {
				t.Fatalf("%s: row %d: %v, want %v", dir, i, got[i], row[0])
			}
		}
	}
}

// The support of the band: its low edge from 0 to 50 Hz, its high edge up to 80 Hz. Training
// rows beyond it show that they were not drawn so.
func TestBandSupport(t *testing.T) {
	s := DefaultSpec(Single, profile.CorrectedName)
	e := &Estimator{Config: Config{Theta: s.Prior, Spec: &s}}
	inside := e.Inside()
	for _, c := range []struct {
		middle, half float64
		want         bool
	}{{10, 10, true}, {9, 10, false}, {70, 10, false}, {55, 25, true}, {56, 25, false}, {60, 5, false}, {55, 5, true}} {
		row := []float64{0.5, 0.5, (c.middle - 2.5) / 72.5, (c.half - 2.5) / 22.5, 0.5}
		if inside(row) != c.want {
			t.Errorf("middle %v, half width %v: %v", c.middle, c.half, !c.want)
		}
	}
	s.Band = nil
	if e.Inside() != nil {
		t.Error("a support without a band")
	}
}

// Every row of a pairs table is a condition, named by its other columns.
func TestInferPairsTable(t *testing.T) {
	s := DefaultSpec(Single, profile.CorrectedName)
	s.Flow, s.Training.MaxEpochs = FlowSpec{Kind: KindMAF, Transforms: 2, Hidden: 10, Bins: 10}, 2
	e, err := Train(context.Background(), s, []string{pairsFile(t)}, filepath.Join(t.TempDir(), "est"), TrainOptions{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	tb := &table.Table{Columns: []string{"site", "x_a", "x_b"}}
	tb.Add("here", "0.2", "0.4")
	tb.Add("there", "50", "0.4")
	path, dir := filepath.Join(t.TempDir(), "x.csv"), t.TempDir()
	if err := tb.Write(path); err != nil {
		t.Fatal(err)
	}
	opt := InferOptions{Sampling: DefaultSampling(), Workers: 1}
	opt.Sampling.Draws, opt.Sampling.MinAcceptance = 40, 1e-6
	results, err := e.Infer(context.Background(), path, opt)
	if err != nil || len(results) != 2 || results[0].Err != nil || results[0].Verdict.Unusual || !results[1].Verdict.Unusual {
		t.Fatalf("%v %+v", err, results)
	}
	if _, err := e.WriteInferred(dir, path, results, opt); err != nil {
		t.Fatal(err)
	}
	draws, err := table.Read(filepath.Join(dir, GroupedName))
	if err != nil || len(draws.Rows) < 40 || draws.Rows[0][draws.Col("site")] != "here" {
		t.Errorf("%v", err)
	}
	tb.Add("here", "0.1", "0.1")
	if err := tb.Write(path); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Infer(context.Background(), path, opt); err == nil || !strings.Contains(err.Error(), "lines 2 and 4 are the same condition") {
		t.Errorf("twice: %v", err)
	}
}

// A flow whose base is too narrow or too wide for the rows gets the SD that they have.
func TestCalibrateBase(t *testing.T) {
	m := flow.NewMAF(2, 2, 6, 2, 0, rand.New(rand.NewPCG(1, 1)))
	if err := m.Pack(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []float64{0.7, 1.6} {
		m.BaseSD = want
		rng := rand.New(rand.NewPCG(2, 2))
		theta, x := make([]float64, 8000), make([]float64, 8000)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		for i := 0; i < 4000; i++ {
			o, err := flow.Ensemble{m}.Observe(x[2*i : 2*i+2])
			if err != nil {
				t.Fatal(err)
			}
			flow.Ensemble{m}.Draw(theta[2*i:2*i+2], o, rng)
		}
		m.BaseSD = 1
		if err := calibrateBase(flow.Ensemble{m}, theta, x); err != nil || math.Abs(m.BaseSD/want-1) > 0.03 {
			t.Errorf("base SD %v, want %v (%v)", m.BaseSD, want, err)
		}
	}
}
