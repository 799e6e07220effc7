package feature_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
)

// Every parameter of every pool has a name of its own in batch files, and the way back.
func TestSettingsThereAndBack(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range append(slices.Clone(feature.PoolParameters), feature.InhibitionFromOther) {
		for pool := range 2 {
			name := feature.Setting(p, pool)
			if seen[name] || strings.Contains(name, "#") {
				t.Errorf("%s of pool %d is called %q", p, pool, name)
			}
			seen[name] = true
			if q, n, err := feature.OfSetting(name); err != nil || q != p || n != pool {
				t.Errorf("%s sets %s of pool %d (%v); want %s of %d", name, q, n, err, p, pool)
			}
		}
	}
	if q, _, err := feature.OfSetting(feature.SharedInput); err != nil || q != feature.SharedInput {
		t.Errorf("shared input: %q, %v", q, err)
	}
	for _, unknown := range []string{"", "tau_Renshaw", "excitatory_input_baseline"} {
		if _, _, err := feature.OfSetting(unknown); err == nil {
			t.Errorf("%q sets a parameter", unknown)
		}
	}
}

// Ranges of the study's priors (Methods): 20,000 to 70,000 nA, 0 to 3 connections; every
// inferred parameter has a label.
func TestPriors(t *testing.T) {
	for _, prior := range [][]feature.Parameter{feature.SinglePrior(), feature.PairPrior()} {
		for _, p := range prior {
			if !(p.Low < p.High) || feature.Label(p.Name) == p.Name || p.Unit == "" {
				t.Errorf("%+v, label %q", p, feature.Label(p.Name))
			}
		}
	}
	single := feature.SinglePrior()
	if single[0].Low != 20000 || single[0].High != 70000 || single[1].High != 3 {
		t.Errorf("prior %+v", single)
	}
	if feature.Label("something") != "something" {
		t.Error("an unknown parameter is not its own label")
	}
}

func TestMirrorImages(t *testing.T) {
	for _, test := range []struct {
		pair          string
		plain, turned bool
	}{
		{"VM<->VL", true, false}, {"VL<->VM", false, true}, {"SOL<->GM", true, false},
		{"GM<->SOL", false, true}, {"TA<->TA", false, false}, {"VM", false, false}, {"", false, false},
	} {
		if p, q := feature.IsMirrorImage(test.pair, false),
			feature.IsMirrorImage(test.pair, true); p != test.plain || q != test.turned {
			t.Errorf("%q: %v, turned %v", test.pair, p, q)
		}
	}
}

// A view turned twice is the view.
func TestTurned(t *testing.T) {
	for _, direction := range []string{feature.Inhibited, feature.Inhibiting} {
		v := feature.View{Perspective: feature.OthersAsReference, Direction: direction,
			Area: feature.RawArea}
		if v.Turned() == v || v.Turned().Turned() != v {
			t.Errorf("%+v turns to %+v", v, v.Turned())
		}
	}
}

var view = feature.View{Perspective: feature.OthersAsReference, Direction: feature.Inhibited,
	Area: feature.RawArea}

// experiment is a table of one unit whose cells are replaced by name.
func experiment(replace map[string]string) *table.Table {
	cells := map[string]string{"subject": "S1", "intensity": "10.0", "muscle_pair": "TA<->TA",
		"perspective": feature.OthersAsReference, "direction": feature.Inhibited, "r2_base": "0.4",
		"r2_full": "0.9", "n_spikes": "9000.0", feature.PeakFeature: "0.02",
		feature.TimingFeature: "0.012", "raw_area": "-0.05", "firing_rates_mean": "9.5"}
	t := &table.Table{Rows: [][]string{nil}}
	for name, v := range cells {
		if r, ok := replace[name]; ok {
			v = r
		}
		if v != "none" {
			t.Columns, t.Rows[0] = append(t.Columns, name), append(t.Rows[0], v)
		}
	}
	return t
}

// Tables hold fractions and seconds, troughs negative; features are in %, ms and spikes/s,
// inhibition positive.
func TestFeaturesOfExperiment(t *testing.T) {
	u, err := feature.OfExperiment(experiment(nil), "units.csv", view)
	if err != nil {
		t.Fatal(err)
	}
	got, err := u.Features(0)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range map[int]float64{feature.Area: 5, feature.Peak: 2, feature.Timing: 12,
		feature.Rate: 9.5} {
		if math.Abs(got[k]-want) > 1e-12 {
			t.Errorf("%s is %v %s, want %v", feature.Units[k].Label, got[k], feature.Units[k].Unit, want)
		}
	}
	if !u.Seen(0) || !u.Within(0) {
		t.Error("the row is not seen within its muscle")
	}
}

// Limits are strict, judged in their order; NaN never passes.
func TestBelow(t *testing.T) {
	limits := feature.DefaultLimits(feature.MinCountsExperiment)
	for _, test := range []struct {
		replace map[string]string
		want    string
	}{
		{nil, ""},
		{map[string]string{"n_spikes": "5000.0"}, "n_spikes"},
		{map[string]string{"r2_full": "0.75", "n_spikes": "1"}, "r2_full"},
		{map[string]string{"r2_base": ""}, "r2_base"},
	} {
		u, err := feature.OfExperiment(experiment(test.replace), "units.csv", view)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := u.Below(0, limits); err != nil || got != test.want {
			t.Errorf("%v: %q (%v), want %q", test.replace, got, err, test.want)
		}
	}
}

func TestFaultyTables(t *testing.T) {
	_, err := feature.OfExperiment(experiment(map[string]string{"r2_full": "none"}), "units.csv", view)
	if err == nil || !strings.Contains(err.Error(), `units.csv: column "r2_full" is missing`) {
		t.Errorf("missing column: %v", err)
	}
	u, err := feature.OfExperiment(experiment(map[string]string{"raw_area": "large"}), "units.csv",
		view)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Features(0); err == nil ||
		!strings.Contains(err.Error(), "units.csv: line 2: raw_area") {
		t.Errorf("text for a number: %v", err)
	}
}
