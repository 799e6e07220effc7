package predictive

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"example.org/renshaw/pkg/num/stats"
)

func goldenUnits(t *testing.T, name string, columns [4]string, scale [4]float64, r2Base string,
	minSpikes float64) []Unit {
	t.Helper()
	out, err := readUnits(filepath.Join("testdata", name), columns, scale, r2Base, minSpikes)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*(1+math.Abs(want))) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

type spreadJSON struct {
	Mean   float64    `json:"mean"`
	SD     float64    `json:"sd_population"`
	Median float64    `json:"median"`
	Q      [2]float64 `json:"q1_q3"`
	MinMax [2]float64 `json:"min_max"`
}

func (w spreadJSON) compare(t *testing.T, what string, s stats.Spread) {
	t.Helper()
	for k, pair := range [][2]float64{{s.Mean, w.Mean}, {s.SD, w.SD}, {s.Median, w.Median},
		{s.Q1, w.Q[0]}, {s.Q3, w.Q[1]}, {s.Low, w.MinMax[0]}, {s.High, w.MinMax[1]}} {
		near(t, what+" "+[]string{"mean", "SD", "median", "Q1", "Q3", "min", "max"}[k], pair[0], pair[1])
	}
}

// The golden predictive checks (synthetic units): filters, scale, vectors, accuracy per
// feature, distances.
func TestGolden(t *testing.T) {
	var want struct {
		Rows     map[string]int        `json:"rows_after_filter"`
		Scale    map[string][2]float64 `json:"prior_mean_and_population_sd"`
		Order    []string              `json:"feature_order"`
		Summary  []goldenSummary       `json:"experiment_summary_standardised"`
		Prior0   []float64             `json:"prior_row0"`
		Post0    []float64             `json:"posterior_row0"`
		PostRows int                   `json:"posterior_rows"`
		PrioRows int                   `json:"prior_rows"`
		Used     [][2]any              `json:"conditions_used"`
		Accuracy map[string]struct {
			Experiment []float64  `json:"experiment"`
			Mean       []float64  `json:"posterior_mean"`
			Mode       []float64  `json:"posterior_mode"`
			RMSE       float64    `json:"rmse"`
			R2         float64    `json:"r2"`
			Linear     float64    `json:"r2_linear"`
			Pearson    float64    `json:"pearson_r"`
			Spearman   float64    `json:"spearman_rho"`
			AbsDiff    spreadJSON `json:"abs_diff_raw"`
		} `json:"accuracy_per_feature"`
		Table  []json.RawMessage     `json:"distance_table"`
		Pooled map[string]spreadJSON `json:"distance_pooled"`
	}
	raw, err := os.ReadFile("testdata/ppc_expected.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	one := [4]float64{1, 1, 1, 1}
	experiment := goldenUnits(t, "ppc_experiment_units.csv",
		[4]string{"raw_area", "sync_height", "firing_rates_mean", "IPSP_timing_of_trough"},
		[4]float64{-100, 100, 1, 1000}, "r2_base", 5000)
	posterior := goldenUnits(t, "ppc_posterior_units.csv", Features, one, "r2_baseline", 10000)
	best := goldenUnits(t, "ppc_best_units.csv", Features, one, "r2_baseline", 10000)
	prior := goldenUnits(t, "ppc_prior_units.csv", Features, one, "r2_baseline", 10000)
	for name, units := range map[string][]Unit{"experiment": experiment, "posterior": posterior,
		"best": best, "prior": prior} {
		if len(units) != want.Rows[name] {
			t.Fatalf("%s: %d units, want %d", name, len(units), want.Rows[name])
		}
	}
	scale := ScaleOf(prior)
	for k, f := range Features {
		near(t, f+" mean", scale.Mean[k], want.Scale[f][0])
		near(t, f+" SD", scale.SD[k], want.Scale[f][1])
	}
	for i, c := range vectorColumns() {
		if c != want.Order[i] {
			t.Fatalf("column %d is %s, want %s", i, c, want.Order[i])
		}
	}
	e, p, b, pr := Summaries(experiment, scale), Summaries(posterior, scale), Summaries(best, scale),
		Summaries(prior, scale)
	if len(e) != len(want.Summary) || len(p) != want.PostRows || len(pr) != want.PrioRows {
		t.Fatalf("%d, %d, %d vectors", len(e), len(p), len(pr))
	}
	for i, w := range want.Summary {
		if e[i].MusclePair != w.Pair || e[i].Intensity != w.Intensity || e[i].Units != w.N {
			t.Fatalf("condition %d is %+v, want %+v", i, e[i].Condition, w)
		}
		for k, v := range w.Features {
			near(t, e[i].Label()+" "+want.Order[k], e[i].X[k], v)
		}
	}
	for k := range want.Prior0 {
		near(t, "prior "+want.Order[k], pr[0].X[k], want.Prior0[k])
		near(t, "posterior "+want.Order[k], p[0].X[k], want.Post0[k])
	}
	c := NewCheck(true, scale, e, p, b, pr)
	if len(c.Conditions) != len(want.Used) {
		t.Fatalf("%d conditions, want %v", len(c.Conditions), want.Used)
	}
	for k, f := range Features {
		a, w := c.Accuracy(k), want.Accuracy[f]
		for i := range c.Conditions {
			near(t, f+" experiment", a.Experiment[i], w.Experiment[i])
			near(t, f+" predicted", a.Predicted[i], w.Mean[i])
			near(t, f+" best", a.Best[i], w.Mode[i])
		}
		for name, pair := range map[string][2]float64{"RMSE": {a.RMSE, w.RMSE}, "R2": {a.R2, w.R2},
			"linear": {a.R2Linear, w.Linear}, "Pearson": {a.Pearson, w.Pearson},
			"Spearman": {a.Spearman, w.Spearman}} {
			near(t, f+" "+name, pair[0], pair[1])
		}
		w.AbsDiff.compare(t, f, a.AbsDiff)
	}
	for _, d := range c.Distances() {
		short := map[string]string{KindPosterior: "post", KindBest: "best", KindPrior: "prior",
			KindOthers: "others"}[d.Kind]
		var rmse, r2 []float64
		for i := range c.Conditions {
			rmse, r2 = append(rmse, d.RMSE[i]...), append(r2, d.R2[i]...)
			if d.Kind == KindBest {
				continue
			}
			var row map[string]json.RawMessage
			var w spreadJSON
			if err := json.Unmarshal(want.Table[i], &row); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(row[d.Kind+"_rmse"], &w); err != nil {
				t.Fatal(err)
			}
			w.compare(t, c.Conditions[i].Label()+" "+d.Kind, stats.SpreadOf(d.RMSE[i]))
		}
		want.Pooled[short+"_rmse"].compare(t, d.Kind+" RMSE", stats.SpreadOf(rmse))
		want.Pooled[short+"_r2"].compare(t, d.Kind+" R2", stats.SpreadOf(r2))
	}
}

type goldenSummary struct {
	Pair      string    `json:"muscle_pair"`
	Intensity float64   `json:"intensity"`
	N         int       `json:"n"`
	Features  []float64 `json:"features"`
}
