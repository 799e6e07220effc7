package batch

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/pkg/simulation/motorpool"
)

func parse(t *testing.T, text string) *File {
	t.Helper()
	f, err := Parse("b.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"pior: {}":             `line 1: batch file: unknown key "pior"; did you mean "prior"?`,
		"fixed: {duratoin: 3}": `unknown parameter "duratoin"; did you mean "duration"?`,

		"n: 3\nprior: {excitatory_input_baseline_pol0: " +
			"{uniform: [1, 2]}}": `did you mean "excitatory_input_baseline_pool0"?`,

		"n: 3\nprior: {duration: {unifrom: [1, 2]}}": `unknown key "unifrom"; did you mean "uniform"?`,
		"n: 3\nprior: {duration: {uniform: [2, 1]}}": "low <= high is expected",
		"n: 3\nprior: {duration: {uniform: [1]}}":    "uniform: [low, high]",

		"n: 3\nprior: {duration: {exponential: {low: 1, high: 2}}}": "keys [low high rate] are expected",

		"n: 3\nprior: {high_freq_band_pool0: " +
			"{band: {low: [60, 70], width: [30, 50], max: 80}}}": "no band fits below max",

		"prior: {duration: {uniform: [1, 2]}}":            "n is missing",
		"simulations: []":                                 "the list is empty",
		"simulations: [{seed: -1}]":                       "0 to 4294967295",
		"simulations: [{seed: 7.5}]":                      "simulations[0]: seed: 7.5 was found",
		"simulations: [{random_seed: 7.5}]\nseed: 7.5":    "seed: 7.5 was found; a whole number",
		"seed_range: 1024.5":                              "seed_range: 1024.5 was found",
		"simulations: [{seed: 1}]\ngrid: {duration: [1]}": "simulations lists every row",
		"n: 2\ngrid: {duration: [1, 2, 3]}":               "fewer than the 3 combinations",
		"profile: papper":                                 `"papper" is unknown`,
		"rng: xorshift":                                   "mt19937 or pcg",
		"n: many":                                         `line 1: n: the text "many" was`,
		"fixed: {duration: 1, duration: 2}":               "appears twice",
		"fixed: {duration: }":                             "has no value",
		"posterior: {table: x.csv}":                       "table, muscles and intensity are needed",
		"[1, 2]":                                          "key: value",
		"a: [":                                            "b.yaml",
	} {
		if _, err := Parse("b.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), "b.yaml") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func params(t *testing.T, f *File, i int) motorpool.Params {
	t.Helper()
	p, _, err := f.Params(i, f.Rows()[i])
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRowsOverrideFixed(t *testing.T) {
	f := parse(t, `
fixed:
  nb_pools: 2
  tau_Renshaw: 7.31 ms
  Renshaw_to_MN_IPSP: 5
  MN_RC_synpatic_delay: 250 us
  disynpatic_inhib_connections_desired_MN_MN: [[1, 2], [3, 4]]
simulations:
  - {seed: 7, disynaptic_inhib_self_connectivity_pool1: 9,
     excitatory_input_baseline_pool1: 31000, std_of_second_common_input_pool0: 55}
  - {disynpatic_inhib_connections_desired_MN_MN: [[0, 0], [0, 0]],
     disynaptic_inhib_connectivity_pool0_to_pool1: 0.5, high_freq_band_pool0: [20, 44]}
  - {duration: 3}
`)
	a, b := params(t, f, 0), params(t, f, 1)
	if a.RandomSeed != 7 || a.RenshawTauMs != 7.31 || a.IPSPMicroA != 5 || a.DelayMs != 0.25 ||
		a.BaselineNA[1] != 31000 || a.CommonInputSD[0][1] != 55 {
		t.Errorf("row 0: %+v", a)
	}
	if !reflect.DeepEqual(a.DisynapticInhib, [][]float64{{1, 2}, {3, 9}}) ||
		!reflect.DeepEqual(b.DisynapticInhib, [][]float64{{0, 0.5}, {0, 0}}) {
		t.Errorf("inhibition %v, %v", a.DisynapticInhib, b.DisynapticInhib)
	}
	if !reflect.DeepEqual(b.CommonInputBandHz[0][1], []float64{20, 44}) ||
		params(t, f, 2).CommonInputBandHz[0][1][0] != 30 {
		t.Error("a row changed the arrays of another, or its own were not set")
	}
	if s := params(t, f, 1).RandomSeed; s == params(t, f, 2).RandomSeed || s != b.RandomSeed {
		t.Error("derived seeds must differ between rows and not between calls")
	}
}

func TestBandKeys(t *testing.T) {
	const keys = "simulations: [{common_input_high_freq_middle_of_range_pool0: 33, " +
		"common_input_high_freq_half_width_range_pool0: 10}]"
	if b := params(t, parse(t, keys), 0).CommonInputBandHz[0][1]; !reflect.DeepEqual(b,
		[]float64{23, 43}) {
		t.Errorf("corrected: band %v", b)
	}
	f := parse(t, "profile: paper\n"+keys)
	p, warnings, err := f.Params(0, f.Rows()[0])
	if err != nil || len(warnings) != 1 || p.CommonInputBandHz[0][1][0] != 30 {
		t.Errorf("paper: %v, %v, %v", p.CommonInputBandHz, warnings, err)
	}
	four := strings.Replace(keys, "}]", ", common_input_high_freq_middle_of_range_pool1: 40, "+
		"common_input_high_freq_half_width_range_pool1: 5}]", 1)
	p = params(t, parse(t, "profile: paper\n"+four), 0)
	if !reflect.DeepEqual(p.CommonInputBandHz[0][1], []float64{23, 43}) ||
		!reflect.DeepEqual(p.CommonInputBandHz[1][1], []float64{35, 45}) {
		t.Errorf("paper, four keys: %v", p.CommonInputBandHz)
	}
	f = parse(t, "simulations: [{common_input_high_freq_middle_of_range_pool0: 33}]")
	if _, _, err := f.Params(0, f.Rows()[0]); err == nil ||
		!strings.Contains(err.Error(), "half width") {
		t.Errorf("middle alone: %v", err)
	}
}

const drawn = `
name: drawn
seed: 2026
n: 4000
prior:
  excitatory_input_baseline_pool0: {uniform: [20000, 70000]}
  synaptic_IPSP_decay_time_constant: {exponential: {low: 5, high: 100, rate: 0.02}}
  high_freq_band_pool0: {band: {low: [0, 50], width: [5, 50], max: 80}}
  excitatory_input_baseline: {uniform: [[1, 2], [3, 4]]}
`

func TestPriors(t *testing.T) {
	f := parse(t, drawn)
	rows := f.Rows()
	var baseline, tau, low, width float64
	for _, row := range rows {
		v := row.Settings
		band := v[2].Value.([]any)
		lo, hi := band[0].(float64), band[1].(float64)
		if lo < 0 || lo > 50 || hi-lo < 5 || hi-lo > 50 || hi > 80 {
			t.Fatalf("band %v", band)
		}
		if x := v[1].Value.(float64); x < 5 || x > 100 {
			t.Fatalf("exponential %v", x)
		}
		if x := v[3].Value.([]any); len(x) != 2 || x[1].(float64) < 3 || x[1].(float64) > 4 {
			t.Fatalf("vector %v", x)
		}
		baseline += v[0].Value.(float64) / 4000
		tau += v[1].Value.(float64) / 4000
		low += lo / 4000
		width += (hi - lo) / 4000
	}
	// Mean of the truncated exponential: low + 1/rate - w e/(1-e), w = high-low, e = exp(-rate w).
	e := math.Exp(-0.02 * 95)
	if want := 5 + 50 - 95*e/(1-e); math.Abs(tau-want) > 1.5 {
		t.Errorf("mean of the exponential %v, want %v", tau, want)
	}
	if math.Abs(baseline-45000) > 1000 {
		t.Errorf("mean baseline %v", baseline)
	}
	// The corner low + width > 80 (a triangle of 400/2
	// of 50 x 45) is cut off, which lowers both means below 25 and 27.5.
	if low > 24.6 || low < 22.5 || width > 27 || width < 24.5 {
		t.Errorf("means of the band: low %v, width %v", low, width)
	}
	short := parse(t, strings.Replace(drawn, "n: 4000", "n: 10", 1)).Rows()
	if !reflect.DeepEqual(short, rows[:10]) {
		t.Error("rows depend on how many there are")
	}
	other := parse(t, strings.Replace(drawn, "seed: 2026", "seed: 2027", 1)).Rows()
	if reflect.DeepEqual(other[0], rows[0]) {
		t.Error("rows do not depend on the batch seed")
	}
}

func TestGrid(t *testing.T) {
	f := parse(t, "n: 13\ngrid: {duration: [1, 2], nb_pools: [1, 2, 3]}")
	rows := f.Rows()
	if len(rows) != 12 { // 13 = 6 x 2 + 1, the rest is dropped
		t.Fatalf("%d rows", len(rows))
	}
	for i, row := range rows {
		d, p := row.Settings[0].Value.(int), row.Settings[1].Value.(int)
		if d != 1+i/6 || p != 1+i/2%3 {
			t.Errorf("row %d: %v %v", i, d, p)
		}
	}
	if n := len(parse(t, "grid: {duration: [1, 2], nb_pools: [1, 2, 3]}").Rows()); n != 6 {
		t.Errorf("without n: %d rows", n)
	}
}

func TestPaperSeeds(t *testing.T) {
	f := parse(t, "profile: paper\nn: 200\nprior: {duration: {uniform: [1, 2]}}")
	for i := range f.Rows() {
		if s := f.seedOf(i); s > 1023 {
			t.Fatalf("seed %d", s)
		}
	}
}

func TestPosterior(t *testing.T) {
	dir := t.TempDir()
	text := "subject,muscle_pair,intensity,excitatory_input_baseline," +
		"disynpatic_inhib_connections_desired_MN_MN\n"
	for _, row := range []string{"S1,SOL<->SOL,10,100,1", "S1,SOL<->SOL,10,101,1",
		"S2,SOL<->SOL,10,200,2", "S3,SOL<->SOL,10,300,3", "S1,SOL<->SOL,40,900,9",
		"S1,TA<->TA,10,,", "S2,GM<->GM,10.0,2000,20", "S1,GM<->GM,10.0,1000,10",
		"S1,GM<->GM,10.0,1001,10"} {
		text += row + "\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "p.csv"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	yaml := "n: 300\nposterior: {table: p.csv, muscles: [SOL, GM], intensity: 10, columns: " +
		"[excitatory_input_baseline, disynpatic_inhib_connections_desired_MN_MN], add_to_baseline: " +
		"{uniform: [0, 0.5]}}"
	f, err := Parse(filepath.Join(dir, "b.yaml"), []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[float64]bool{}
	for _, row := range f.Rows() {
		v := map[string]float64{}
		for _, s := range row.Settings {
			v[s.Name] = s.Value.(float64)
		}
		sol, gm := v["disynaptic_inhib_self_connectivity_pool0"],
			v["disynaptic_inhib_self_connectivity_pool1"]
		if gm != 10*sol || sol == 3 || sol == 9 {
			t.Fatalf("row mixes participants or takes one that a muscle lacks: %v", row)
		}
		if add := v["excitatory_input_baseline_pool0"] - math.Floor(
			v["excitatory_input_baseline_pool0"]); add > 0.5 {
			t.Fatalf("baseline %v", v)
		}
		seen[math.Floor(v["excitatory_input_baseline_pool1"])] = true
	}
	if !reflect.DeepEqual(seen, map[float64]bool{1000: true, 1001: true, 2000: true}) {
		t.Errorf("baselines of GM: %v", seen)
	}
	if _, err := Parse(filepath.Join(dir, "b.yaml"), []byte("n: 1\nposterior: {table: p.csv, "+
		"muscles: [VL], intensity: 10}")); err == nil || !strings.Contains(err.Error(), "no row of VL") {
		t.Errorf("absent muscle: %v", err)
	}
}
