package inference

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
	"example.org/renshaw/pkg/sbi/flow"
)

// pairEstimator is an untrained estimator of pairs.
func pairEstimator(t *testing.T) *sbi.Estimator {
	t.Helper()
	s := sbi.DefaultSpec(feature.Pair, profile.CorrectedName)
	e := &sbi.Estimator{Config: sbi.Config{Kind: sbi.KindMAF, Theta: s.Prior, X: s.XNames(), Spec: &s}}
	for i, f := range s.UnitFeatures() {
		e.Config.FeatureScale = append(e.Config.FeatureScale,
			sbi.FeatureScale{Feature: f, Mean: float64(i), SD: 2})
	}
	m := flow.NewMAF(len(s.Prior), len(e.Config.X), 8, 2, 0, rand.New(rand.NewPCG(1, 1)))
	for i := range m.ThetaShift {
		m.ThetaShift[i], m.ThetaScale[i] = -3, 6 // unit box within the bulk
	}
	if err := m.Pack(); err != nil {
		t.Fatal(err)
	}
	e.Flow = flow.Ensemble{m}
	return e
}

// pairExperiment has two participants with SOL<->GM and one with GM<->SOL too.
func pairExperiment(t *testing.T) string {
	t.Helper()
	tb := &table.Table{Columns: append(append([]string{}, feature.ExperimentColumns...), "raw_area",
		"firing_rates_mean")}
	rng := rand.New(rand.NewPCG(2, 2))
	for _, c := range []string{"S1 SOL<->GM", "S2 SOL<->GM", "S1 GM<->SOL"} {
		subject, pair, _ := strings.Cut(c, " ")
		for range 6 {
			tb.Add(subject, "10", pair, "other_MUs_as_ref", "inhibited", "0.5", "0.9", "8000",
				table.Float(0.1+0.01*rng.NormFloat64()), table.Float(0.01+0.001*rng.NormFloat64()),
				table.Float(-0.01+0.001*rng.NormFloat64()), table.Float(10+rng.NormFloat64()))
		}
	}
	path := filepath.Join(t.TempDir(), "experiment.csv")
	if err := tb.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// previousTable has posteriors of SOL of both participants, of GM of none.
func previousTable(t *testing.T) string {
	t.Helper()
	tb := &table.Table{Columns: []string{"excitatory_input_baseline",
		"disynpatic_inhib_connections_desired_MN_MN", "common_input_high_freq_middle_of_range",
		"common_input_high_freq_half_width_range", "common_input_std", "subject", "muscle_pair",
		"intensity"}}
	for i := range 50 {
		for _, s := range []string{"S1", "S2"} {
			tb.Add("40000", fmt.Sprint(float64(i)/50), "30", "10", "2500", s, "SOL<->SOL", "10")
		}
	}
	path := filepath.Join(t.TempDir(), "previous.csv")
	if err := tb.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// Of pairs, what the previous posterior tells of the muscle enters as standardised
// features, one copy per draw; a condition without it fails alone, or takes the mean.
func TestInferPairs(t *testing.T) {
	e, experiment := pairEstimator(t), pairExperiment(t)
	opt := Options{Sampling: sbi.DefaultSampling(), Workers: 2, Seed: 3}
	opt.Sampling.Draws = 1050
	opt.Sampling.MinAcceptance = 1e-6
	results, err := Infer(context.Background(), e, experiment, opt)
	if err != nil || len(results) != 3 || results[0].Err == nil ||
		!strings.Contains(results[0].Err.Error(), "--previous") {
		t.Fatalf("without previous posteriors: %v %+v", err, results)
	}
	if opt.Previous, err = ReadPrevious(previousTable(t)); err != nil {
		t.Fatal(err)
	}
	if results, err = Infer(context.Background(), e, experiment, opt); err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Observation.MusclePair == "GM<->SOL" {
			if r.Err == nil || !strings.Contains(r.Err.Error(),
				"no draws of GM<->GM, 10 % of participant S1") {
				t.Errorf("%v", r.Err)
			}
			contexts, err := contexts(e, r.Observation, Options{Placeholder: true}, 100, 1)
			if err != nil || len(contexts) != 1 || contexts[0][16] != 0 || contexts[0][19] != 0 {
				t.Errorf("placeholder: %v %v", contexts, err)
			}
			continue
		}
		if r.Err != nil || len(r.Posterior.LogProb) != 1050 {
			t.Fatalf("%+v", r)
		}
		contexts, err := contexts(e, r.Observation, opt, 1000, 1)
		if err != nil || len(contexts) != previousCopies {
			t.Fatal(err)
		}
		sum := 0.0
		for _, x := range contexts {
			// Features 4 to 7 have mean 4 to 7 and SD 2.
			for k, want := range map[int]float64{17: (30 - 5) / 2., 18: (10 - 6) / 2., 19: (2500 - 7) / 2.} {
				if x[k] != want {
					t.Fatalf("%s: %v, want %v", e.Config.X[k], x[k], want)
				}
			}
			sum += (x[16]*2 + 4) / previousCopies
		}
		if math.Abs(sum-0.49) > 0.12 { // mean of U(0, 0.98), SD of the mean 0.028
			t.Errorf("mean of the self inhibition %v", sum)
		}
	}
	dir := t.TempDir()
	if _, err := Write(e, dir, experiment, results, opt); err != nil {
		t.Fatal(err)
	}
	g, err := table.Read(filepath.Join(dir, GroupName))
	if err != nil || len(g.Rows) != 9 || g.Rows[0][g.Col("participants")] != "2" ||
		g.Rows[2][g.Col("quantity")] != "between_participant_sd" {
		t.Errorf("%v %v", g, err)
	}
	opt.Pooled, opt.Sampling.Draws = true, 200
	if results, err = Infer(context.Background(), e, experiment, opt); err != nil ||
		results[1].Err != nil || results[0].Err == nil {
		t.Errorf("pooled: %v %+v", err, results)
	}
}

// The limits hold for all copies together.
func TestPairsAreBounded(t *testing.T) {
	e := pairEstimator(t)
	e.Flow[0].ThetaShift[0] = 300
	contexts := make([][]float64, 10)
	for i := range contexts {
		contexts[i] = make([]float64, len(e.Config.X))
	}
	opt := sbi.DefaultSampling()
	opt.Draws, opt.MaxProposals = 100, 5000
	_, err := e.SampleMixture(context.Background(), contexts, opt, 1)
	low, ok := err.(*sbi.LowAcceptance)
	if !ok || low.Proposed > 5100 {
		t.Errorf("%v", err)
	}
}

// The mean of participants, a participant at random and the SD between them, by hand.
func TestGroupSummary(t *testing.T) {
	e := &sbi.Estimator{Config: sbi.Config{Theta: []feature.Parameter{{Name: "a", High: 10}}},
		Flow: flow.Ensemble{{D: 1}}}
	of := func(subject string, intensity float64, draws ...float64) Inferred {
		return Inferred{Observation: &dataset.Observation{Subject: subject, MusclePair: "TA<->TA",
			Intensity: intensity}, Posterior: &sbi.Posterior{Draws: draws}}
	}
	results := []Inferred{of("S1", 10, 0.2, 0.2), of("S2", 10, 0.6, 0.6), of("S1", 40, 0.1, 0.1),
		of("S3", 40, 0.9, 0.9)}
	got := groupSummary(e, results)
	want := map[string]string{"group_mean": "4", "participant": "4",
		"between_participant_sd": table.Float(10 * 0.4 / math.Sqrt2)}
	for _, row := range got.Rows[:3] {
		if w, _ := table.ParseFloat(want[row[3]]); math.Abs(must(t, row[got.Col("median")])-w) > 1e-9 {
			t.Errorf("%v, want %v", row, w)
		}
	}
	c := groupComparisons(e, results)
	if len(c.Rows) != 1 || c.Rows[0][c.Col("participants")] != "1" ||
		c.Rows[0][c.Col("probability_a_above_b")] != "1.0" {
		t.Errorf("%v", c.Rows) // S1 alone has both
	}
}

func must(t *testing.T, s string) float64 {
	t.Helper()
	v, err := table.ParseFloat(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// An imported network takes the scale of its features from a table.
func TestUseScale(t *testing.T) {
	s := sbi.DefaultSpec(feature.Single, profile.PaperName)
	e := &sbi.Estimator{Config: sbi.Config{Theta: s.Prior, X: s.XNames()}}
	tb := &table.Table{Columns: []string{"feature", "mu", "sigma"}}
	for _, f := range s.UnitFeatures()[:3] {
		tb.Add(f, "1", "2")
	}
	path := filepath.Join(t.TempDir(), "scale.csv")
	if err := tb.Write(path); err != nil {
		t.Fatal(err)
	}
	if err := dataset.UseScale(e, path); err == nil ||
		!strings.Contains(err.Error(), "Firing_rates_mean") {
		t.Errorf("%v", err)
	}
	tb.Add("Firing_rates_mean", "10", "3")
	if err := tb.Write(path); err != nil {
		t.Fatal(err)
	}
	if err := dataset.UseScale(e, path); err != nil ||
		e.Config.FeatureScale[3] != (sbi.FeatureScale{Feature: "Firing_rates_mean", Mean: 10, SD: 3}) ||
		e.Config.Spec.Case != feature.Single {
		t.Errorf("%v %+v", err, e.Config.FeatureScale)
	}
}
