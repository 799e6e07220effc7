package predictive

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/inference"
	"example.org/renshaw/pkg/simulation/batch"
)

// drawsFile writes draws: for every condition rows whose parameters are base + row number.
func drawsFile(t *testing.T, path string, parameters []feature.Parameter,
	conditions map[string][]float64, rows int) string {
	t.Helper()
	tb := &table.Table{}
	for _, p := range parameters {
		tb.Columns = append(tb.Columns, p.Name)
	}
	tb.Columns = append(tb.Columns, "subject", "muscle_pair", "intensity")
	for _, pair := range []string{"SOL<->SOL", "GM<->GM", "SOL<->GM", "GM<->SOL"} {
		base, ok := conditions[pair]
		for i := 0; ok && i < rows; i++ {
			var row []string
			for _, v := range base {
				row = append(row, table.Float(v+float64(i)/1000))
			}
			tb.Add(append(row, "S1", pair, "10")...)
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := tb.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func settings(s Set) map[string]any {
	out := map[string]any{}
	for _, v := range s.Settings {
		out[v.Name] = v.Value
	}
	return out
}

// Within a muscle: the bands are cut at 0 and 80 Hz, the best of the folder is taken, and
// no draw is used twice.
func TestSetsWithinMuscle(t *testing.T) {
	dir := t.TempDir()
	drawsFile(t, filepath.Join(dir, inference.EachSubjectName), feature.SinglePrior(),
		map[string][]float64{"SOL<->SOL": {30000, 1, 10, 15, 2000}, "GM<->GM": {40000, 2, 70, 20, 3000}},
		30)
	best := drawsFile(t, filepath.Join(dir, inference.BestName), feature.SinglePrior(),
		map[string][]float64{"SOL<->SOL": {31111, 1.5, 40, 10, 2500}}, 1)
	p, err := ReadPosterior(dir)
	if err != nil || p.Case != feature.Single || len(p.Conditions) != 2 ||
		len(p.Conditions[1].Rows) != 30 {
		t.Fatalf("%+v %v", p, err)
	}
	sets, warnings, err := p.Sets(SetOptions{Draws: 30, Seed: 42})
	if err != nil || len(sets) != 62 || len(warnings) != 1 ||
		!strings.Contains(warnings[0], "61 frequency bands of 62") {
		t.Fatalf("%d sets, %v %v", len(sets), warnings, err)
	}
	first := settings(sets[0])
	if !sets[0].Best || first["excitatory_input_baseline_pool0"] != 31111. ||
		!reflect.DeepEqual(first["high_freq_band_pool0"], []any{30., 50.}) {
		t.Errorf("best: %v", first)
	}
	if fewer, _, err := p.Sets(SetOptions{Draws: 3, Seed: 42}); err != nil ||
		!reflect.DeepEqual(fewer, sets[:len(fewer)]) {
		t.Errorf("fewer draws give other sets (%v)", err)
	}
	seen := map[any]bool{}
	for _, s := range sets[2:] {
		if s.MusclePair != "SOL<->SOL" {
			continue
		}
		v := settings(s)
		seen[v["excitatory_input_baseline_pool0"]] = true
		if b := v["high_freq_band_pool0"].([]any); b[0] != 0. || s.Label() != "S1_SOL-SOL_10" {
			t.Errorf("%s: %v", s.Label(), v)
		}
	}
	if len(seen) != 30 {
		t.Errorf("%d different draws of 30", len(seen))
	}
	// The batch file gives the same rows again.
	base, err := batch.Read(filepath.Join("..", "..", "..", "batches", "training_single.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	f := Batch(base, sets, 42)
	path := filepath.Join(dir, BatchName)
	if err := f.Write(path); err != nil {
		t.Fatal(err)
	}
	again, err := batch.Read(path)
	if err != nil || len(again.Simulations) != 62 {
		t.Fatal(err)
	}
	for i := range sets {
		a, _, errA := f.Params(i, f.Simulations[i])
		b, _, errB := again.Params(i, again.Simulations[i])
		if errA != nil || errB != nil || !reflect.DeepEqual(a, b) ||
			again.Simulations[i].Label != sets[i].Label() {
			t.Fatalf("row %d differs: %v %v", i, errA, errB)
		}
	}
	if got := SetsTable(sets); len(got.Rows) != 62 ||
		got.Rows[0][got.Col("freq_high_pool0")] != "50.0" {
		t.Errorf("%v", got.Rows[0])
	}
	// Without the table of best draws one of the draws is taken.
	if err := os.Remove(best); err != nil {
		t.Fatal(err)
	}
	if p, err = ReadPosterior(dir); err != nil || p.Conditions[0].Best[0] < 30000 ||
		p.Conditions[0].Best[0] > 30001 {
		t.Errorf("%v %v", p.Conditions[0].Best, err)
	}
}

// Of pairs: A<->B tells the inhibition of A by B, which is from pool 1 to pool 0; the
// published exchange turns it round.
func TestSetsOfPairs(t *testing.T) {
	dir := t.TempDir()
	pairs := drawsFile(t, filepath.Join(dir, "pairs.csv"), feature.PairPrior(),
		map[string][]float64{"SOL<->GM": {50000, 1, 0.2}, "GM<->SOL": {60000, 2, 0.4}}, 20)
	within := drawsFile(t, filepath.Join(dir, "within.csv"), feature.SinglePrior(),
		map[string][]float64{"SOL<->SOL": {1, 0.5, 30, 10, 2000}, "GM<->GM": {1, 0.7, 40, 10, 3000}}, 20)
	p, err := ReadPosterior(pairs)
	if err != nil || p.Case != feature.Pair {
		t.Fatal(err)
	}
	if _, _, err := p.Sets(SetOptions{Draws: 1}); err == nil ||
		!strings.Contains(err.Error(), "--previous") {
		t.Errorf("without previous posteriors: %v", err)
	}
	previous, err := ReadPosterior(within)
	if err != nil {
		t.Fatal(err)
	}
	for _, published := range []bool{false, true} {
		sets, _, err := p.Sets(SetOptions{Draws: 5, Previous: previous, AsPublished: published})
		if err != nil || len(sets) != 12 {
			t.Fatal(err)
		}
		toSOL, toGM := "disynaptic_inhib_connectivity_pool1_to_pool0",
			"disynaptic_inhib_connectivity_pool0_to_pool1"
		if published {
			toSOL, toGM = toGM, toSOL
		}
		for _, s := range sets {
			if s.MusclePair != "SOL<->GM" {
				continue
			}
			v := settings(s)
			for name, want := range map[string]float64{"excitatory_input_baseline_pool0": 50000,
				"excitatory_input_baseline_pool1": 60000, toSOL: 1, toGM: 2,
				"between_pool_excitatory_input_correlation": 0.3,
				"disynaptic_inhib_self_connectivity_pool0":  0.5,
				"disynaptic_inhib_self_connectivity_pool1":  0.7, "std_of_second_common_input_pool1": 3000} {
				if got := v[name].(float64); got < want || got > want+0.03 {
					t.Errorf("%s: %v, want %v to %v", name, got, want, want+0.03)
				}
			}
		}
	}
	one := drawsFile(t, filepath.Join(dir, "one.csv"), feature.PairPrior(),
		map[string][]float64{"SOL<->GM": {50000, 1, 0.2}}, 20)
	if p, err = ReadPosterior(one); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Sets(SetOptions{Draws: 1, Previous: previous}); err == nil ||
		!strings.Contains(err.Error(), "GM-SOL_10") {
		t.Errorf("without the mirror image: %v", err)
	}
}

// Simulations are seen as the recording of their condition is: its number of units, the median of
// their counts. Not where the estimator does not know of them, nor of pooled participants.
func TestSeenAsRecorded(t *testing.T) {
	experiment := filepath.Join("testdata", "ppc_experiment_units.csv")
	tb, err := table.Read(experiment)
	if err != nil {
		t.Fatal(err)
	}
	var counts []float64
	for _, row := range tb.Rows {
		if row[tb.Col("subject")] == "S1" && row[tb.Col("muscle_pair")] == "VL<->VL" &&
			row[tb.Col("intensity")] == "10" {
			v, err := table.ParseFloat(row[tb.Col("n_spikes")])
			if err != nil {
				t.Fatal(err)
			}
			counts = append(counts, v)
		}
	}
	slices.Sort(counts)
	sets := []Set{{Condition: Condition{"S1", "VL<->VL", 10, ""}},
		{Condition: Condition{"", "VL<->VL", 10, ""}}, {Condition: Condition{"S1", "VL<->VL", 11, ""}}}
	spec := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
	opt := &Options{Experiment: experiment, Spec: &spec}
	seen, err := opt.seen(sets)
	if err != nil {
		t.Fatal(err)
	}
	got := seen(filepath.Join("any", batch.Dir(0), "simulation_output.h5"))
	n := len(counts)
	if got == nil || n < 5 || got.Units != n || got.Counts != (counts[(n-1)/2]+counts[n/2])/2 {
		t.Errorf("%+v of %v", got, counts)
	}
	for i := 1; i < 4; i++ {
		if s := seen(filepath.Join(batch.Dir(i), "simulation_output.h5")); s != nil {
			t.Errorf("set %d: %+v", i, s)
		}
	}
	paper := sbi.DefaultSpec(feature.Single, profile.PaperName)
	for _, opt := range []*Options{{Experiment: experiment, Spec: &spec, Whole: true}, {Spec: &spec},
		{Experiment: experiment, Spec: &paper},
		{Experiment: experiment, Spec: &spec, Sets: SetOptions{AsPublished: true}}} {
		if seen, err := opt.seen(sets); seen != nil || err != nil {
			t.Errorf("%+v is cut (%v)", opt, err)
		}
	}
	opt.Experiment = "none.csv"
	if _, err := opt.seen(sets); err == nil || !strings.Contains(err.Error(), "none.csv") {
		t.Errorf("%v", err)
	}
}

func TestPosteriorErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadPosterior(dir); err == nil ||
		!strings.Contains(err.Error(), "neither an estimator") {
		t.Errorf("%v", err)
	}
	for text, want := range map[string]string{
		"a,b\n1,2\n": "muscle_pair",
		"excitatory_input_baseline,disynpatic_inhib_connections_desired_MN_MN," +
			"common_input_high_freq_middle_of_range,common_input_high_freq_half_width_range," +
			"common_input_std,muscle_pair,intensity\n1,x,3,4,5,TA<->TA," +
			"10\n": "line 2: disynpatic_inhib_connections_desired_MN_MN",
		"excitatory_input_baseline,disynpatic_inhib_connections_desired_MN_MN," +
			"common_input_high_freq_middle_of_range,common_input_high_freq_half_width_range," +
			"common_input_std,muscle_pair,intensity\n1,2,3,4,5,TA<->VL,10\n": "does not fit",
	} {
		path := filepath.Join(dir, fmt.Sprint(len(text))+".csv")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadPosterior(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
