package calibration

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/h5"
)

// The metrics of 150 real held-out simulations, computed by the original: within 1e-6;
// calibration errors within one tie, 1/(draws+1).
func TestMetricsGolden(t *testing.T) {
	dir := testdata.Shared(t, "golden/inference")
	raw, err := os.ReadFile(filepath.Join(dir, "heldout_metrics_expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		ECE      float64                        `json:"joint_ECE"`
		Mean     float64                        `json:"euclid_dist_mean"`
		Best     float64                        `json:"euclid_dist_best"`
		Coverage map[string]float64             `json:"joint_coverage"`
		Params   map[string]map[string]*float64 `json:"params"`
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	f, err := h5.Open(filepath.Join(dir, "heldout_metrics_input.h5"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	read := func(name string) []float64 {
		v, _, err := f.Float64s(name)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	names := []string{"excitatory_input_baseline", "disynpatic_inhib_connections_desired_MN_MN",
		"common_input_high_freq_middle_of_range", "common_input_high_freq_half_width_range",
		"common_input_std"}
	m, err := Measure(&HeldOut{Names: names, Truth: read("/theta_true"), Draws: read("/draws"),
		LogProb: read("/log_prob_draws"), LogProbTruth: read("/log_prob_true")})
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want, tolerance float64) {
		t.Helper()
		if math.IsNaN(got) != math.IsNaN(want) ||
			math.Abs(got-want) > tolerance*math.Max(1, math.Abs(want)) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	tie := 1.0 / 201
	near("joint ECE", m.JointECE, want.ECE, tie)
	near("mean distance", m.MeanDist, want.Mean, 1e-6)
	near("distance of the best", m.BestDist, want.Best, 1e-6)
	coverage := Coverage(m.JointAlpha)
	for alpha, i := range map[string]int{"0.1": 100, "0.25": 250, "0.5": 500, "0.75": 750, "0.9": 900,
		"0.95": 950} {
		near("joint coverage at "+alpha, coverage[i], want.Coverage[alpha], 1e-9)
	}
	for _, p := range m.Parameters {
		encoded, err := json.Marshal(map[string]float64{"MAE": p.MAE, "RMSE": p.RMSE, "R2": p.R2,
			"pearson_r": p.Pearson, "R2_posterior_mean": p.R2Mean, "MAE_posterior_mean": p.MAEMean,
			"pearson_r_posterior_mean": p.PearsonMean, "baseline_E_MAE": p.ChanceMAE,
			"baseline_E_RMSE": p.ChanceRMSE, "baseline_E_R2": p.ChanceR2,
			"mean_abs_diff_samples": p.MeanAbsDiff,
			"KL_bits_mean":          p.KLBits, "KL_bits_sd": p.KLBitsSD, "CI90_shrink_mean": p.CI90Shrink,
			"CI90_shrink_sd": p.CI90ShrinkSD, "var_shrink_mean": p.VarShrink, "var_shrink_sd": p.VarShrinkSD,
			"coverage90_central": p.Coverage90, "pairs_kept": float64(p.Pairs),
			"resolution_max_pdelta_10pct": float64(p.ResolutionMax)})
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]float64
		if err := json.Unmarshal(encoded, &got); err != nil {
			t.Fatal(err)
		}
		for k, v := range got {
			near(p.Name+": "+k, v, *want.Params[p.Name][k], 1e-6)
		}
		near(p.Name+": ECE", p.ECE, *want.Params[p.Name]["marginal_ECE"], tie)
		for k, v := range map[string]float64{"resolution_delta_plot_3pct": float64(p.Resolution3),
			"resolution_delta_print_10pct": float64(p.Resolution10)} {
			w := math.NaN()
			if x := want.Params[p.Name][k]; x != nil {
				w = *x
			}
			near(p.Name+": "+k, v, w, 1e-6)
		}
	}
}
