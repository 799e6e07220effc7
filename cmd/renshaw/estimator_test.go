package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/predictive"
)

// The paper's networks, imported, give the densities that the original modules give.
func TestImportAndLogProb(t *testing.T) {
	pretrained := testdata.Shared(t, "data/pretrained")
	for _, name := range []string{"single_muscle", "single_muscle_heldout", "muscle_pair"} {
		dir := t.TempDir()
		est, out := filepath.Join(dir, "est"), filepath.Join(dir, "out.csv")
		if o := renshaw(t, "import", "estimator", filepath.Join(pretrained, name), "-o",
			est); o.code != 0 {
			t.Fatalf("%+v", o)
		}
		pairs := narrowed(t, filepath.Join(testdata.Shared(t, "golden/inference"),
			name+"_log_prob.csv"))
		if o := renshaw(t, "logprob", est, pairs, "-o", out); o.code != 0 {
			t.Fatalf("%+v", o)
		}
		want, errW := table.Read(pairs)
		got, errG := table.Read(out)
		if errW != nil || errG != nil || len(got.Rows) != len(want.Rows) {
			t.Fatal(errW, errG)
		}
		for i, row := range got.Rows {
			a, _ := table.ParseFloat(row[got.Col("log_prob")])
			b, _ := table.ParseFloat(want.Rows[i][want.Col("log_prob")])
			if math.Abs(a-b) > 1e-9 {
				t.Fatalf("%s: row %d: %v, want %v", name, i, a, b)
			}
		}
	}
}

// narrowed is a copy of a table of pairs whose inputs are float32 numbers, printed with 9 digits:
// the numbers that were meant.
func narrowed(t *testing.T, path string) string {
	t.Helper()
	pairs, err := table.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for k, c := range pairs.Columns {
		if !strings.HasPrefix(c, "theta_unit_") && !strings.HasPrefix(c, "x_") {
			continue
		}
		for _, row := range pairs.Rows {
			v, err := strconv.ParseFloat(row[k], 32)
			if err != nil {
				t.Fatal(err)
			}
			row[k] = table.Float(v)
		}
	}
	out := filepath.Join(t.TempDir(), "pairs.csv")
	if err := pairs.Write(out); err != nil {
		t.Fatal(err)
	}
	return out
}

// A bounded estimator has no density outside its prior: rows there are told of, and cannot be
// judged.
func TestBoundedOutside(t *testing.T) {
	est, out := filepath.Join(testdata.Root(), "pkg/sbi/testdata/estimator_v3"),
		filepath.Join(t.TempDir(), "out.csv")
	pairs := writeFile(t, filepath.Join(t.TempDir(), "pairs.csv"),
		"theta_unit_a,theta_unit_b,x_a,x_b\n0.5,1.2,0.4,0.9\n0.5,0.5,0.4,0.6\n")
	if o := renshaw(t, "logprob", est, pairs, "-o", out, "--json"); o.code != 0 ||
		!strings.Contains(o.stdout, `"outside": 1`) || !strings.Contains(o.stdout, `"mean_log_prob": -`) {
		t.Errorf("%+v", o)
	}
	if rows := readFile(t, out); !strings.HasPrefix(rows, "log_prob\n-inf\n") {
		t.Errorf("written: %s", rows)
	}
	if o := renshaw(t, "evaluate", est, pairs, "-o", out+".d"); o.code != exitFailed ||
		!strings.Contains(o.stderr, "line 2: theta_unit_b is 1.2") {
		t.Errorf("%+v", o)
	}
}

func TestEstimatorErrors(t *testing.T) {
	pretrained := filepath.Join(testdata.Shared(t, "data/pretrained"), "single_muscle")
	dir := t.TempDir()
	est := filepath.Join(dir, "est")
	if o := renshaw(t, "import", "estimator", pretrained, "-o", est); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	good := filepath.Join(testdata.Shared(t, "golden/inference"), "single_muscle_log_prob.csv")
	raw, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(raw), "\n")
	first, _, _ := strings.Cut(body, "\n")
	renamed := writeFile(t, filepath.Join(dir, "renamed.csv"),
		strings.Replace(string(raw), "x_sync_height_mean", "x_sync_heigt_mean", 1))
	hole := writeFile(t, filepath.Join(dir, "hole.csv"),
		head+"\n"+strings.Replace(first, first[2:strings.Index(first[2:], ",")+2], "", 1)+"\n")
	weights, err := os.ReadFile(filepath.Join(est, "weights.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(est, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	broken := func(name, configText string, w []byte) string {
		d := filepath.Join(dir, name)
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(d, "config.json"), configText)
		writeFile(t, filepath.Join(d, "weights.safetensors"), string(w))
		return d
	}
	for _, c := range []struct{ est, pairs, want string }{
		{est, renamed, `column "x_sync_height_mean" is missing; the nearest is "x_sync_heigt_mean"`},
		{est, hole, "line 2"},
		{pretrained, good, "import"},
		{broken("cut", string(config), weights[:len(weights)/2]), good, "damaged, cut off"},
		{broken("short", string(config), weights[:5]), good, "damaged, cut off"},
		{broken("newer", strings.Replace(string(config), `"format_version": 4`, `"format_version": 9`, 1),
			weights), good, "format_version 9"},
		{broken("other", `{"format": "x"}`, weights), good, "no estimator"},
		{broken("names", strings.Replace(string(config), `"sync_height_iqr",`, "", 1), weights), good,
			"15 features"},
	} {
		if o := renshaw(t, "logprob", c.est, c.pairs, "-o",
			filepath.Join(dir, "out.csv")); o.code != exitFailed || !strings.Contains(o.stderr, c.want) {
			t.Errorf("%s %s: %+v, want %q", c.est, c.pairs, o, c.want)
		}
	}
}

// pairsTable are rows x = theta + 0.1 N with a split: 150 to train, 20 to validate, 30 held out.
func pairsTable(t *testing.T, path string) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	tb := &table.Table{Columns: []string{"role", "theta_unit_a", "theta_unit_b", "x_1", "x_2"}}
	for i := 0; i < 200; i++ {
		role := "0"
		if i >= 150 {
			role = "1"
		}
		if i >= 170 {
			role = "2"
		}
		a, b := rng.Float64(), rng.Float64()
		tb.Add(role, table.Float(a), table.Float(b), table.Float(a+0.1*rng.NormFloat64()),
			table.Float(b+0.1*rng.NormFloat64()))
	}
	if err := tb.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTrainAndEvaluate(t *testing.T) {
	dir := t.TempDir()
	pairs := pairsTable(t, filepath.Join(dir, "pairs.csv"))
	config := writeFile(t, filepath.Join(dir, "inference.yaml"), "flow: {transforms: 2, hidden: "+
		"10}\ntraining: {max_epochs: 20, lr: 0.01, batch: 50}\ncalibrate_coverage: true\n")
	est := filepath.Join(dir, "est")
	if o := renshaw(t, "train", pairs, "--config", config, "-o", est, "--seed", "3"); o.code != 0 ||
		!strings.Contains(o.stdout, "200 rows") {
		t.Fatalf("%+v", o)
	}
	want := []string{"config.json", "manifest.json", "training.csv", "weights.safetensors"}
	if got := files(t, est); !reflect.DeepEqual(got, want) {
		t.Errorf("train wrote %v", got)
	}
	again := filepath.Join(dir, "again")
	if o := renshaw(t, "train", pairs, "--config", config, "-o", again, "--seed", "3"); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	a, _ := os.ReadFile(filepath.Join(est, "weights.safetensors"))
	if b, _ := os.ReadFile(filepath.Join(again, "weights.safetensors")); !bytes.Equal(a, b) {
		t.Error("the same seed gives other weights")
	}
	out := filepath.Join(dir, "eval")
	o := renshaw(t, "evaluate", est, pairs, "-o", out, "--samples", "200", "--json")
	var report struct {
		Simulations int
		SBC         []struct{ Inside bool }
	}
	if err := json.Unmarshal([]byte(o.stdout), &report); err != nil || o.code != 0 ||
		report.Simulations != 30 || len(report.SBC) != 2 {
		t.Fatalf("%+v %v", o, err)
	}
	want = []string{"coverage.csv", "figures", "heldout_ground_truth.csv",
		"heldout_posterior_draws.csv.gz", "manifest.json", "metrics.csv", "metrics.json", "rows.csv",
		"sbc_ranks.csv"}
	if got := files(t, out); !reflect.DeepEqual(got, want) {
		t.Errorf("evaluate wrote %v", got)
	}
	one, _ := os.ReadFile(filepath.Join(out, "sbc_ranks.csv"))
	if o := renshaw(t, "evaluate", est, pairs, "-o", out, "--samples", "200", "--workers",
		"1"); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	if two, _ := os.ReadFile(filepath.Join(out, "sbc_ranks.csv")); !bytes.Equal(one, two) {
		t.Error("results depend on the number of workers")
	}
	post := filepath.Join(dir, "post")
	lines := strings.SplitAfter(readFile(t, pairs), "\n")
	some := writeFile(t, filepath.Join(dir, "some.csv"), strings.Join(lines[:26], ""))
	if o := renshaw(t, "infer", est, some, "-o", post, "--samples", "20"); o.code != 0 ||
		!strings.Contains(o.stdout, "25 conditions") {
		t.Errorf("infer of a pairs table: %+v", o)
	}
	few := []string{"infer", est,
		writeFile(t, filepath.Join(dir, "one.csv"), "theta_unit_a,theta_unit_b,x_1,x_2\n0,0,0.5,0.5\n"),
		"-o", post, "--samples", "50", "--max-proposals", "10"}
	if o := renshaw(t, few...); o.code != exitFailed ||
		!strings.Contains(o.stderr, "of 10 draws lie inside the prior") {
		t.Errorf("infer with ten proposals: %+v", o)
	}
	if o := renshaw(t, append(few, "--mcmc")...); o.code != 0 {
		t.Errorf("infer by Markov chains: %+v", o)
	}
	observed, err := table.Read(filepath.Join(post, "observations.csv"))
	if err != nil || observed.Rows[0][observed.Col("r_hat")] == "" {
		t.Errorf("%v, %v: a value of r_hat is expected", err, observed)
	}
	if o := renshaw(t, "train", pairs, "--config",
		writeFile(t, filepath.Join(dir, "bad.yaml"), "flwo: {}"), "-o", est); o.code != exitUsage ||
		!strings.Contains(o.stderr, `did you mean "flow"`) {
		t.Errorf("typo: %+v", o)
	}
	if o := renshaw(t, "train", filepath.Join(dir, "none.csv"), "-o", est); o.code != exitFailed {
		t.Errorf("no table: %+v", o)
	}
}

// From simulations to posteriors of recordings whose truth is known.
func TestTrainAndInfer(t *testing.T) {
	testdata.Long(t)
	dir := t.TempDir()
	batch := writeFile(t, filepath.Join(dir, "b.yaml"),
		strings.NewReplacer("n: 8", "n: 60", "duration: 3", "duration: 10").Replace(smallBatch)+
			"  excitatory_input_baseline_pool0: {uniform: [35000, 50000]}\n  "+
			"std_of_second_common_input_pool0: {uniform: [0, 3000]}\n  high_freq_band_pool0: {band: {low: "+
			"[0, 50], width: [5, 50], max: 80}}\n")
	out, tab := filepath.Join(dir, "batch"), filepath.Join(dir, "simulations.csv")
	analysisFile := writeFile(t, filepath.Join(dir, "a.yaml"), "get_coherence: "+
		"false\ncross_histogram_directions: inhibited\ncross_histogram_measures_min_spikes: 100\n")
	for _, args := range [][]string{{"simulate", batch, "-o", out},
		{"analyze", out, "--config", analysisFile, "--variants", "1"},
		{"summarize", out, "--kind", "simulation", "-o", tab},
		{"summarize", out, "--kind", "simulation", "--analysis-name", "variant_0", "-o",
			tab + ".variant.csv"}} {
		if o := renshaw(t, args...); o.code != 0 {
			t.Fatalf("%v: %+v", args[0], o)
		}
	}
	config := writeFile(t, filepath.Join(dir, "i.yaml"), "filters: {simulation: {r2_base: 0, "+
		"r2_full: 0.1, n_spikes: 100}, experiment: {r2_base: 0, r2_full: 0.1, n_spikes: "+
		"100}}\ntraining: {max_epochs: 2, val_fraction: 0.45}\nheld_out: 0.05\nflow: {hidden: 8, "+
		"transforms: 2}\n")
	est, post := filepath.Join(dir, "est"), filepath.Join(dir, "post")
	if o := renshaw(t, "train", tab, "--config", config, "-o", est); o.code != exitFailed ||
		!strings.Contains(o.stderr, "--variants") {
		t.Errorf("one number of units: %+v", o)
	}
	if o := renshaw(t, "train", tab, tab+".variant.csv", "--config", config, "-o", est); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	again := filepath.Join(dir, "again")
	if o := renshaw(t, "train", filepath.Join(est, "training_pairs.csv.gz"), "--config", config, "-o",
		again); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	first, _ := os.ReadFile(filepath.Join(est, "weights.safetensors"))
	if second, _ := os.ReadFile(filepath.Join(again, "weights.safetensors")); len(first) == 0 ||
		!bytes.Equal(first, second) {
		t.Error("training_pairs.csv.gz does not train the same network")
	}
	// A table of other simulations, held out as a whole: every row of it is evaluated.
	raw := readFile(t, tab)
	other := writeFile(t, filepath.Join(dir, "other.csv"),
		raw[:strings.LastIndexByte(raw[:len(raw)-1], '\n')+1])
	held := filepath.Join(dir, "held")
	if o := renshaw(t, "train", tab, tab+".variant.csv", "--held-out", other, "--config", config, "-o",
		held); o.code != 0 || !strings.Contains(o.stdout, "held-out loss") {
		t.Fatalf("%+v", o)
	}
	for _, table := range []string{other, filepath.Join(held, "training_pairs.csv.gz")} {
		if o := renshaw(t, "evaluate", held, table, "-o", filepath.Join(dir, "eval"), "--samples", "20",
			"--json"); o.code != 0 || !strings.Contains(o.stdout, `"held_out_rows_of_training": true`) {
			t.Fatalf("%+v", o)
		}
	}
	if o := renshaw(t, "train", filepath.Join(est, "training_pairs.csv.gz"), "--held-out", other,
		"--config", config, "-o", held); o.code != exitFailed ||
		!strings.Contains(o.stderr, "column role") {
		t.Errorf("pairs table with held-out table: %+v", o)
	}
	extended(t, held, tab, other, config)
	rec := filepath.Join(dir, "rec")
	if err := os.CopyFS(rec,
		os.DirFS(filepath.Join(testdata.Root(), "examples/recordings"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"V1_Quadriceps_40percent.h5", "V2_Quadriceps_10percent.h5",
		"V2_Quadriceps_40percent.h5"} {
		os.Remove(filepath.Join(rec, name))
	}
	experiment := filepath.Join(dir, "experiment.csv")
	for _, args := range [][]string{{"analyze", rec, "--config",
		writeFile(t, filepath.Join(dir, "e.yaml"), "cross_histogram_measures_null_distrib_nb_iter: "+
			"0\ncross_histogram_ignore_heteronymous_pool: true\n")},
		{"summarize", rec, "--kind", "experiment", "-o", experiment},
		{"infer", est, experiment, "-o", post, "--samples", "50", "--min-acceptance", "1e-5",
			"--figures"}} {
		if o := renshaw(t, args...); o.code != 0 {
			t.Fatalf("%v: %+v", args[0], o)
		}
	}
	if got := files(t, filepath.Join(post, "figures")); len(got) != 2 ||
		got[0] != "V1_VL-VL_10percent.png" {
		t.Errorf("pictures: %v", got)
	}
	draws, err := table.Read(filepath.Join(post, "posterior_samples_each_subject.csv"))
	if err != nil || len(draws.Rows) != 100 || draws.Columns[len(draws.Columns)-1] != "intensity" ||
		draws.Col("common_input_std") < 0 {
		t.Fatalf("%d draws, %v", len(draws.Rows), err)
	}
	check := filepath.Join(dir, "check")
	for range 2 { // the second time everything is there
		o := renshaw(t, "predict", est, "--experiment", experiment, "--batch", batch, "-o", check,
			"--draws", "1", "--samples", "50", "--min-acceptance", "1e-5")
		if o.code != 0 || !strings.Contains(o.stdout,
			"2 conditions, 4 simulations, 2 conditions compared") {
			t.Fatalf("%+v", o)
		}
	}
	for _, name := range []string{"batch.yaml", "parameter_sets.csv", "summary_table_rmse_r2.csv",
		"feature_accuracy.csv", "figures/predictive.png"} {
		if _, err := os.Stat(filepath.Join(check, name)); err != nil {
			t.Error(err)
		}
	}
	if o := renshaw(t, "predict", est, "--experiment", experiment, "--batch", batch, "-o", check,
		"--draws", "1", "--samples", "50", "--min-acceptance", "1e-5", "--seed",
		"9"); o.code != exitFailed || !strings.Contains(o.stderr, check+" holds the check of another "+
		"posterior") {
		t.Errorf("another check in the folder: %+v", o)
	}
	if o := renshaw(t, "predict", est, "--batch", batch, "-o", check); o.code != exitUsage ||
		!strings.Contains(o.stderr, "--experiment") {
		t.Errorf("an estimator without an experiment: %+v", o)
	}
	if o := renshaw(t, "infer", est, experiment, "-o", post, "--samples", "50", "--min-acceptance",
		"1e-5", "--pooled"); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	if _, err := table.Read(
		filepath.Join(post, "posterior_samples_subjects_grouped.csv")); err != nil {
		t.Error(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// An estimator extended by a table keeps its rows, their roles and its scale; what it was
// trained on is not evaluated, what was held out is.
func extended(t *testing.T, earlier, tab, added, config string) {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "extended")
	again := writeFile(t, filepath.Join(dir, "added.csv"), readFile(t, added)+"\n") // another checksum
	if o := renshaw(t, "train", again, "--extend", earlier, "--config", config, "-o",
		out); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	before, errB := sbi.Load(earlier)
	after, errA := sbi.Load(out)
	if errB != nil || errA != nil ||
		!reflect.DeepEqual(before.Config.FeatureScale, after.Config.FeatureScale) {
		t.Fatalf("%v %v, or another scale", errB, errA)
	}
	old, new := before.Config, after.Config
	own := len(new.Roles) - len(old.Roles)
	if own < 10 || !reflect.DeepEqual(new.Roles[own:], old.Roles) || new.Groups[own] != "extended:"+
		old.Groups[0] || new.Groups[len(new.Groups)-1] != old.Groups[len(old.Groups)-1] {
		t.Errorf("%d rows, of them %d new; first old group %q", len(new.Roles), own, new.Groups[own])
	}
	a, errA := table.Read(filepath.Join(earlier, "training_pairs.csv.gz"))
	b, errB := table.Read(filepath.Join(out, "training_pairs.csv.gz"))
	if errA != nil || errB != nil || !reflect.DeepEqual(a.Rows[3][1:], b.Rows[own+3][1:]) {
		t.Errorf("%v %v, or other rows", errA, errB)
	}
	plain := filepath.Join(dir, "plain") // as folders were before pairs were compressed
	if err := errors.Join(os.CopyFS(plain, os.DirFS(earlier)),
		os.Remove(filepath.Join(plain, sbi.PairsName)),
		a.Write(filepath.Join(plain, "training_pairs.csv"))); err != nil {
		t.Fatal(err)
	}
	alone := filepath.Join(dir, "alone") // no table: the same pairs, and so the same network
	if o := renshaw(t, "train", "--extend", plain, "--config", config, "-o", alone); o.code != 0 ||
		readFile(t, filepath.Join(alone, "weights.safetensors")) != readFile(t,
			filepath.Join(earlier, "weights.safetensors")) {
		t.Errorf("trained again: %+v, or other weights", o)
	}
	eval := filepath.Join(dir, "eval")
	if o := renshaw(t, "evaluate", out, tab, "-o", eval, "--samples", "20"); o.code != exitFailed ||
		!strings.Contains(o.stderr, "through the estimator that it extends") {
		t.Errorf("evaluated on what it was trained on: %+v", o)
	}
	if o := renshaw(t, "evaluate", out, added, "-o", eval, "--samples", "20", "--json"); o.code != 0 ||
		!strings.Contains(o.stdout, `"held_out_rows_of_training": true`) {
		t.Errorf("held out before: %+v", o)
	}
	other := writeFile(t, filepath.Join(dir, "other.yaml"),
		strings.Replace(readFile(t, config), "n_spikes: 100", "n_spikes: 200", 1))
	if o := renshaw(t, "train", again, "--extend", earlier, "--config", other, "-o",
		out); o.code != exitFailed || !strings.Contains(o.stderr, "filters: simulation") {
		t.Errorf("another filter: %+v", o)
	}
	if o := renshaw(t, "train", filepath.Join(earlier, "training_pairs.csv.gz"), "--extend", earlier,
		"--config", config, "-o", out); o.code != exitFailed ||
		!strings.Contains(o.stderr, "stands alone") {
		t.Errorf("pairs table: %+v", o)
	}
}

// A predictive check simulates, analyses and compares, the same with one worker and with two.
func TestPredictWithWorkers(t *testing.T) {
	dir := t.TempDir()
	draws := writeFile(t, filepath.Join(dir, "draws.csv"), smallDraws)
	base := writeFile(t, filepath.Join(dir, "base.yaml"), "fixed: {"+smallPool+"}\n")
	loose := looseEstimator(t, filepath.Join(dir, "loose"))
	var vectors [2]string
	for i, workers := range []string{"1", "2"} {
		out := filepath.Join(dir, "check"+workers)
		if o := renshaw(t, "predict", draws, "--batch", base, "-o", out, "--draws", "2", "--estimator",
			loose, "--workers", workers); o.code != 0 {
			t.Fatalf("%+v", o)
		}
		vectors[i] = readFile(t, filepath.Join(out, predictive.VectorsName))
	}
	if vectors[0] != vectors[1] || len(vectors[0]) == 0 {
		t.Error("the check depends on the number of workers")
	}
}

// The shipped estimator is found without being named; what cannot be checked is an error.
func TestCheckCommand(t *testing.T) {
	testdata.Long(t)
	t.Setenv("RENSHAW_ROOT", testdata.Root())
	o := renshaw(t, "check",
		filepath.Join(testdata.Root(), "examples/recordings/V2_Quadriceps_40percent.h5"), "--json")
	var r struct {
		Units   int
		Muscles []struct {
			Used int `json:"units_used"`
		}
	}
	if err := json.Unmarshal([]byte(o.stdout), &r); err != nil || o.code != 0 || r.Units != 48 ||
		len(r.Muscles) != 2 || r.Muscles[0].Used != 24 {
		t.Fatalf("%+v %v", o, err)
	}
	for _, args := range [][]string{{"check", "none.h5"},
		{"check", filepath.Join(testdata.Root(), "README.md")}} {
		if o := renshaw(t, args...); o.code != exitFailed ||
			!strings.Contains(o.stderr, filepath.Base(args[1])) {
			t.Errorf("%v: %+v", args, o)
		}
	}
	if o := renshaw(t, "check"); o.code != exitUsage {
		t.Errorf("no recording: %+v", o)
	}
}
