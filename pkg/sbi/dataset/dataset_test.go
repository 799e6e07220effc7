package dataset

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/internal/gaussianpairs"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
)

func TestJudge(t *testing.T) {
	p := gaussianpairs.New(2000)
	r, err := sbi.NewReference([]string{"x_a", "x_b"}, p.X)
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Judge([]float64{0.5, 0.5}); v.Unusual || v.Rank > 0.05 || len(v.Outside) != 0 {
		t.Errorf("the middle: %+v", v)
	}
	if v := r.Judge([]float64{3, 0.5}); !v.Unusual || v.Rank < 0.999 ||
		!reflect.DeepEqual(v.Outside, []string{"x_a"}) || v.Z[0] < 4 {
		t.Errorf("far away: %+v", v)
	}
	if _, err := sbi.NewReference([]string{"x_a", "x_b"}, p.X[:4]); err == nil {
		t.Error("two rows gave a reference")
	}
}

// simulationTableOf writes a table of two simulations, two pools, two units each.
func simulationTableOf(t *testing.T, edit func(row map[string]string)) string {
	t.Helper()
	tb := &table.Table{Columns: []string{"sim_name", "pool", "pool_pair", "perspective", "direction",
		"r2_base", "r2_full", "n_spikes", "sync_height", "Firing_rates_mean",
		"excitatory_input_baseline", "disynpatic_inhib_connections_desired_MN_MN", "common_input_std",
		"frequency_range_of_common_input", "between_pool_excitatory_input_correlation",
		"inhibited_by_estimation_raw", "inhibiting_estimation_raw", "delay_forward_IPSP",
		"delay_backward_IPSP"}}
	for sim := 0; sim < 2; sim++ {
		for pool := 0; pool < 2; pool++ {
			for other := 0; other < 2; other++ {
				for unit := 0; unit < 2; unit++ {
					row := map[string]string{"sim_name": fmt.Sprintf("s%d", sim), "pool": fmt.Sprint(pool),
						"pool_pair":   fmt.Sprintf("pool_%d<->pool_%d", pool, other),
						"perspective": "other_MUs_as_ref", "direction": "inhibited", "r2_base": "0.5",
						"r2_full": "0.9", "n_spikes": fmt.Sprint(6000 * (unit + 1)),
						"sync_height":       fmt.Sprint(0.001 * float64(unit+1)),
						"Firing_rates_mean": fmt.Sprint(10 + unit), "excitatory_input_baseline": "[30000.0, 40000.0]",
						"disynpatic_inhib_connections_desired_MN_MN": "[[0.1 0.2]\n [0.3 0.4]]",
						"common_input_std":                           "[[3500, 1000], [3500, 2000]]",
						"frequency_range_of_common_input":            "[[[0, 5], [10, 30]], [[0, 5], [20, 60]]]",
						"between_pool_excitatory_input_correlation":  "0.7",
						"inhibited_by_estimation_raw":                fmt.Sprint(-0.01 * float64(unit+1)),
						"inhibiting_estimation_raw":                  "-0.5",
						"delay_forward_IPSP":                         fmt.Sprint(0.02 + 0.002*float64(unit)),
						"delay_backward_IPSP":                        fmt.Sprint(0.03 + 0.002*float64(unit))}
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

func column(t *testing.T, s *sbi.Spec, name string) int {
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
	s := sbi.DefaultSpec(feature.Pair, profile.CorrectedName)
	s.Normalize = false
	set, err := SimulationSet(&s, nil, path)
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
	for name, w := range map[string]float64{"inhibited_by_estimation_raw_mean": 1.5,
		"inhibited_by_estimation_raw_sd": 0.5, "inhibited_by_estimation_raw_iqr": 0.5,
		"sync_height_mean": 0.15, "IPSP_timing_of_trough_median": 21, "Firing_rates_mean_mean": 10.5,
		"disynpatic_inhib_connections_desired_MN_MN_self": 0.1,
		"common_input_high_freq_middle_of_range_self":     20,
		"common_input_high_freq_half_width_range_self":    10, "common_input_std_self": 1000,
		"log_n_units": math.Log(2), "log_median_n_spikes": math.Log(9000)} {
		if got := set.X[column(t, &s, name)]; math.Abs(got-w) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, got, w)
		}
	}
	inhibiting := s
	inhibiting.Direction = "inhibiting"
	set, err = SimulationSet(&inhibiting, nil,
		simulationTableOf(t, func(r map[string]string) { r["direction"] = "inhibiting" }))
	if err != nil || math.Abs(set.Theta[1]-0.2/3) > 1e-12 ||
		math.Abs(set.X[column(t, &inhibiting, "IPSP_timing_of_trough_mean")]-31) > 1e-9 {
		t.Errorf("inhibiting: %v, %v", set.Theta[:3], err)
	}
	paper := sbi.DefaultSpec(feature.Pair, profile.PaperName)
	if _, err := SimulationSet(&paper, nil, path); err == nil ||
		!strings.Contains(err.Error(), "is the same in every row") {
		t.Errorf("constant features: %v", err)
	}
	paper.Normalize = false
	if set, err = SimulationSet(&paper, nil, path); err != nil || len(set.X)/set.N != 20 ||
		set.Dropped["n_spikes"] != 4 {
		t.Errorf("paper: %v %v", set, err)
	}
	single := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
	if set, err = SimulationSet(&single, nil, path); err != nil || set.N != 4 || len(set.Scale) != 4 ||
		math.Abs(set.Scale[3].Mean-10.5) > 1e-12 {
		t.Errorf("single: %+v %v", set, err)
	}
}

// Rows of the second pool carry the second pool's parameters.
func TestParametersOfEachPool(t *testing.T) {
	s := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
	set, err := SimulationSet(&s, nil, simulationTableOf(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	// Drive, inhibition, band (middle, half width) and SD of the table's two pools.
	want := map[string][]float64{
		"pool_0<->pool_0": {30000, 0.1, 20, 10, 1000},
		"pool_1<->pool_1": {40000, 0.4, 40, 20, 2000},
	}
	for i, group := range set.Groups {
		_, pair, _ := strings.Cut(group, "|")
		for k, p := range s.Prior {
			got := p.Low + set.Theta[5*i+k]*(p.High-p.Low)
			if math.Abs(got-want[pair][k]) > 1e-9*p.High {
				t.Errorf("%s: %s %v, want %v", group, p.Name, got, want[pair][k])
			}
		}
	}
}

// The paper's profile takes the band of the row whose number, after the filter, is the
// row's number before it.
func TestScrambledBands(t *testing.T) {
	k := 0
	path := simulationTableOf(t, func(r map[string]string) {
		r["frequency_range_of_common_input"] = fmt.Sprintf("[[[0, 5], [%d, %d]], [[0, 5], [%d, %d]]]",
			10+k, 30+k, 10+k, 30+k)
		r["n_spikes"] = "20000"
		k++
	})
	s := sbi.DefaultSpec(feature.Single, profile.PaperName)
	set, err := SimulationSet(&s, nil, path)
	if err != nil {
		t.Fatal(err)
	}
	// Rows that pass (same pool) are 0, 1, 6, 7 | 8, 9, 14, 15: eight, numbered 0 … 7. Group
	// s0|pool_0 takes row 0 (band of row 0), s0|pool_1 row 6 (of the seventh, 14); s1 has rows from 8
	// on: none.
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
	s := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
	if _, err := SimulationSet(&s, nil,
		simulationTableOf(t, func(r map[string]string) { r["n_spikes"] = "10" })); err == nil ||
		!strings.Contains(err.Error(), "n_spikes:8") {
		t.Errorf("all filtered: %v", err)
	}
	if _, err := SimulationSet(&s, nil,
		simulationTableOf(t, func(r map[string]string) { r["r2_full"] = "high" })); err == nil ||
		!strings.Contains(err.Error(), `line 2: r2_full: "high"`) {
		t.Errorf("text: %v", err)
	}
	if _, err := SimulationSet(&s, nil,
		simulationTableOf(t, func(r map[string]string) { r["common_input_std"] = "[]" })); err == nil ||
		!strings.Contains(err.Error(), "common_input_std") {
		t.Errorf("empty array: %v", err)
	}
	if _, err := SimulationSet(&s, nil,
		simulationTableOf(t, func(
			r map[string]string) {
			r["common_input_std"] = "[[3500, 7100]]"
		})); err == nil || !strings.Contains(err.Error(), "common_input_std") ||
		!strings.Contains(err.Error(), "is 7100, outside the prior (0 to 7000)") {
		t.Errorf("outside the prior: %v", err)
	}
	s.Prior = append(s.Prior, feature.Parameter{Name: "weight", High: 1})
	if _, err := SimulationSet(&s, nil,
		simulationTableOf(t, func(map[string]string) {})); err == nil ||
		!strings.Contains(err.Error(), `prior: "weight"`) {
		t.Errorf("unknown parameter: %v", err)
	}
	for text, want := range map[string]string{"cas: pair": `did you mean "case"?`,
		"training: {learning: 1}": `training: unknown key "learning"; did you mean "lr"?`,
		"case: triple":            `case: "triple"`, "statistics: [mode]": `statistics: "mode"`,
		"prior: [{name: common_input_std, low: 1, high: 0}]": "low < high",
		"flow: {kind: gan}": `flow: kind: "gan"`, "held_out: 2": "held_out: 2",
		"filters: {simulation: {r2: 1}}": `filters: simulation: unknown key "r2"`} {
		path := filepath.Join(t.TempDir(), "inference.yaml")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := sbi.ReadSpec(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// An estimator that an earlier version wrote gives the densities that it gave then.
func TestEarlierVersions(t *testing.T) {
	for _, dir := range []string{"../testdata/estimator_v1", "../testdata/estimator_v2",
		"../testdata/estimator_v3", "../testdata/estimator_v4"} {
		e, err := sbi.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := ReadPairs(e, filepath.Join(dir, "pairs.csv"))
		if err != nil {
			t.Fatal(err)
		}
		narrow(rows.Theta)
		narrow(rows.X)
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

// narrow rounds numbers to float32, which the tables of earlier versions hold, printed with 9
// digits.
func narrow(v []float64) {
	for i, x := range v {
		v[i] = float64(float32(x))
	}
}

// A table's numbers are read as they were typed.
func TestNumbersAreFloat64(t *testing.T) {
	tb := &table.Table{Columns: []string{"theta_unit_a", "x_b"}}
	tb.Add("0.1", "1.001")
	v, err := Numbers(tb, "pairs.csv", XPrefix, []string{"b"})
	if err != nil || v[0] != 1.001 {
		t.Errorf("1.001 was read as %v (%v)", v, err)
	}
}
