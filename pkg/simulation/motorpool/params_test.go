package motorpool

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
)

// Every rejected case of the study's validation and of ours names parameter and value.
func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   map[string]any
		wants string
	}{
		{"no pool", map[string]any{"nb_pools": 0}, "nb_pools: 0;"},
		{"unknown distribution", map[string]any{"distribution_type": "gamma"},
			`distribution_type: "gamma";`},
		{"baseline too short", map[string]any{"nb_pools": 2, "excitatory_input_baseline": []any{1.0}},
			"excitatory_input_baseline: [1];"},
		{"bands of one pool", map[string]any{"nb_pools": 2,
			"frequency_range_of_common_input": []any{[]any{[]any{0, 5}, []any{15, 35}}}},
			"frequency_range_of_common_input"},
		{"bands of one input", map[string]any{"frequency_range_of_common_input": []any{[]any{[]any{0,
			5}}}}, "frequency_range_of_common_input[0]"},
		{"band of three", map[string]any{"frequency_range_of_common_input": []any{[]any{[]any{0, 5, 6},
			[]any{15, 35, 36}}}}, "frequency_range_of_common_input[0][0]"},
		{"band upside down", map[string]any{"frequency_range_of_common_input": []any{[]any{[]any{0, 5},
			[]any{35, 15}}}}, "frequency_range_of_common_input[0][1]: [35 15];"},
		{"band above the limit",
			map[string]any{"frequency_range_of_common_input": []any{[]any{[]any{0, 5}, []any{85, 95}}}},
			"frequency_range_of_common_input[0][1]"},
		{"cut-off above fs/2", map[string]any{"fsamp": 100,
			"frequency_range_of_common_input": []any{[]any{[]any{0, 5}, []any{15, 60}}}},
			"frequency_range_of_common_input[0][1]"},
		{"amplitudes of one pool", map[string]any{"nb_pools": 2, "common_input_std": []any{[]any{1, 2}}},
			"common_input_std"},
		{"amplitude of one input", map[string]any{"common_input_std": []any{[]any{1}}},
			"common_input_std[0]"},
		{"negative amplitude", map[string]any{"common_input_std": []any{[]any{-1, 0}}},
			"common_input_std[0][0]: -1;"},
		{"unit of amplitude", map[string]any{"common_input_std_as_amp_or_prct": []any{"nA", "mA"}},
			`common_input_std_as_amp_or_prct: "mA";`},
		{"independent mode", map[string]any{"independent_input_absolute_or_ratio": "share"},
			"independent_input_absolute_or_ratio"},
		{"source of tau", map[string]any{"synaptic_IPSP_membrane_or_user_defined_time_constant": "mine"},
			"synaptic_IPSP_membrane_or_user_defined_time_constant"},
		{"calibration band", map[string]any{"frequency_range_to_set_input_power": []any{5, 5}},
			"frequency_range_to_set_input_power"},
		{"calibration band without a bin",
			map[string]any{"frequency_range_to_set_input_power": []any{0.2, 0.8}},
			"frequency_range_to_set_input_power"},
		{"calibration band above fs/2",
			map[string]any{"frequency_range_to_set_input_power": []any{0, 2000}},
			"frequency_range_to_set_input_power"},
		{"margins", map[string]any{"edges_ignore_duration": 2}, "edges_ignore_duration: 2;"},
		{"negative inhibition",
			map[string]any{"disynpatic_inhib_connections_desired_MN_MN": []any{[]any{-1.0}}},
			"disynpatic_inhib_connections_desired_MN_MN[0][0]: -1;"},
		{"inhibition of one pool",
			map[string]any{"nb_pools": 2, "disynpatic_inhib_connections_desired_MN_MN": []any{[]any{1}}},
			"disynpatic_inhib_connections_desired_MN_MN"},
		{"full pool of one", map[string]any{"nb_motoneurons_per_pool": 1}, "nb_motoneurons_per_pool: 1;"},
		{"private cut-off 0", map[string]any{"low_pass_filter_of_MN_independent_input": 0},
			"low_pass_filter_of_MN_independent_input: 0;"},
		{"private cut-off fs/2", map[string]any{"low_pass_filter_of_MN_independent_input": 1024},
			"low_pass_filter_of_MN_independent_input: 1024;"},
		{"negative correlation",
			map[string]any{"nb_pools": 2, "between_pool_excitatory_input_correlation": -0.5},
			"correlation_method: exact"},
		{"correlation above 1", map[string]any{"nb_pools": 2,
			"between_pool_excitatory_input_correlation": 1.5},
			"between_pool_excitatory_input_correlation: 1.5;"},
		{"no Renshaw cell", map[string]any{"nb_RCs_per_pool_pair": 0}, "nb_RCs_per_pool_pair"},
		{"duration", map[string]any{"duration": 0}, "duration: 0;"},
		{"sizes", map[string]any{"min_soma_diameter": 100}, "min_soma_diameter"},
		{"tau 0", map[string]any{"tau_Renshaw": 0}, "tau_Renshaw: 0;"},
		{"negative delay", map[string]any{"MN_RC_synpatic_delay": -1}, "MN_RC_synpatic_delay: -1;"},
		{"split", map[string]any{"split_MN_RC_ratio": 2}, "split_MN_RC_ratio: 2;"},
		{"rng", map[string]any{"rng": "dice"}, "rng"},
		{"rest above threshold", map[string]any{"voltage_rest": "12 mV"}, "voltage_rest: 12;"},
	} {
		p := Default()
		for name, v := range c.set {
			if err := p.Set(name, v); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
		var pe *ParamError
		if err := p.Validate(); !errors.As(err, &pe) || !strings.Contains(err.Error(), c.wants) {
			t.Errorf("%s: %v, want %q", c.name, err, c.wants)
		}
	}
	p := Default()
	if err := p.Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
}

// What only shows at run time: constant input has no power to calibrate against.
func TestConstantInput(t *testing.T) {
	p := Default()
	p.DurationS, p.NeuronsPerPool, p.CommonInputSD = 1, 3, [][]float64{{0, 0}}
	var pe *ParamError
	if _, err := new(Simulator).Run(context.Background(), p); !errors.As(err, &pe) ||
		pe.Name != "common_input_std" {
		t.Errorf("%v", err)
	}
}

func TestSetErrors(t *testing.T) {
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"duratio":  {3, `did you mean "duration"?`},
		"duration": {"long", `duration: "long"; a number in s is expected`},
		"fsamp":    {2048.5, "fsamp: 2048.5; a whole number is expected"},
		"tau_Renshaw": {"8 mV",
			`tau_Renshaw: "8 mV"; a unit of the kind ms is expected`},
		"full_pool_sim":                    {1, "true or false is expected"},
		"distribution_type":                {3, "a text is expected"},
		"distribution_params":              {map[string]any{"sd": 1.0}, `did you mean "std"?`},
		"common_input_std":                 {[]any{[]any{1, 2}, []any{3}}, "rows of one length"},
		"frequency_range_of_common_input":  {[]any{1, 2}, "depth 3"},
		"excitatory_input_baseline":        {"[1 2", "brackets"},
		"total_nb_motoneurons":             {3, "cannot be set"},
		"random_seed":                      {-1, "0 to 4294967295"},
		"common_input_std_as_amp_or_prct":  {[]any{1}, "depth 1"},
		"independent_input_power":          {math.NaN(), "finite"},
		"disynaptic_inhib_self_connectivi": {1, "unknown parameter"},
	} {
		p := Default()
		if err := p.Set(name, c.value); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s = %v: %v, want %q", name, c.value, err, c.want)
		}
	}
}

func TestQuantities(t *testing.T) {
	for _, c := range []struct {
		text, unit string
		want       float64
	}{{"7.31 ms", "ms", 7.31}, {"5 uA", "uA", 5}, {"250 nA", "uA", 0.25}, {"0. V", "mV", 0},
		{"10. mV", "mV", 10}, {"250 us", "ms", 0.25}, {"0.008 s", "ms", 8}, {"3", "mS", 3},
		{"1e-3 S", "mS", 1}, {"5 µA", "uA", 5}, {"5 mA", "uA", 5000}} {
		got, err := ParseQuantity("x", c.text, c.unit)
		if err != nil || got != c.want {
			t.Errorf("%q in %s: %v, %v, want %v", c.text, c.unit, got, err, c.want)
		}
	}
	for _, v := range []float64{0, 10, -13.3, 0.25, 2.99312144, 6.7, 5000, 1234.5, 1e-4} {
		got, err := ParseQuantity("x", FormatQuantity(v, "mV"), "mV")
		if err != nil || math.Abs(got-v) > 1e-15*math.Abs(v) {
			t.Errorf("%v mV becomes %s becomes %v, %v", v, FormatQuantity(v, "mV"), got, err)
		}
	}
}

// A file of the study and our own are read alike.
func TestParametersFromJSON(t *testing.T) {
	raw, err := os.ReadFile("testdata/study_sim_parameters.json")
	if err != nil {
		t.Fatal(err)
	}
	study := Default()
	if err := json.Unmarshal(raw, &study); err != nil {
		t.Fatal(err)
	}
	if study.RandomSeed != 11 || study.DisynapticInhib[0][0] != 1.5 || study.IPSPMicroA != 5 ||
		study.CommonInputBandHz[1][1][1] != 35 || study.VoltageAHPMV != -13.3 {
		t.Errorf("%+v", study)
	}
	ours, err := json.Marshal(study)
	if err != nil {
		t.Fatal(err)
	}
	again := Default()
	if err := json.Unmarshal(ours, &again); err != nil || !reflect.DeepEqual(again, study) {
		t.Errorf("read back %+v, want %+v, %v", again, study, err)
	}
}

func TestResolve(t *testing.T) {
	p := Default()
	p.BaselineNA, p.CommonInputSD, p.CommonInputSDUnit = []float64{20000, 1},
		[][]float64{{10, 5}, {0, 0}}, []string{Percent, NanoAmpere}
	p.CommonInputBandHz[0][1] = []float64{60, 95}
	if n := p.Resolve(); n != 1 || p.CommonInputBandHz[0][1][1] != 80 ||
		p.CommonInputSD[0][0] != 2000 || p.CommonInputSD[0][1] != 5 ||
		p.CommonInputSDUnit[0] != NanoAmpere {
		t.Errorf("%d %+v", n, p)
	}
	if p.Resolve(); p.CommonInputSD[0][0] != 2000 {
		t.Error("percentages were applied twice")
	}
}

// Rates must fall with inhibition and rise with
// drive, and a pool without drive is silent.
func TestDirections(t *testing.T) {
	rate := func(inhibition, baseline float64) (mn, rc float64) {
		p := Default()
		p.DurationS, p.FullPool, p.NeuronsPerPool, p.RenshawPerPair, p.RNG = 10, false, 12, 6, PCG
		p.DisynapticInhib, p.BaselineNA = [][]float64{{inhibition}}, []float64{baseline}
		s, err := new(Simulator).Run(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		return float64(len(s.MN.Step)), float64(len(s.RC.Step))
	}
	base, baseRC := rate(1, 40000)
	inhibited, _ := rate(6, 40000)
	driven, drivenRC := rate(1, 46000)
	silent, silentRC := rate(1, 0)
	_, unconnected := rate(0, 40000)
	if !(inhibited < base && driven > base && drivenRC > baseRC && baseRC > 0) || silent != 0 ||
		silentRC != 0 || unconnected != 0 {
		t.Errorf("spikes %v, inhibited %v, driven %v (RC %v, %v), silent %v %v, unconnected RC %v", base,
			inhibited, driven, baseRC, drivenRC, silent, silentRC, unconnected)
	}
}

// A simulator that is used again gives what a new one gives.
func TestSimulatorIsReusable(t *testing.T) {
	small, large := Default(), Default()
	small.DurationS, small.NeuronsPerPool, small.RenshawPerPair = 1, 5, 3
	large.DurationS, large.NeuronsPerPool, large.RenshawPerPair, large.Pools, large.RenshawNoise = 2,
		9, 4, 2, true
	want, err := new(Simulator).Run(context.Background(), small)
	if err != nil {
		t.Fatal(err)
	}
	var sim Simulator
	if _, err := sim.Run(context.Background(), large); err != nil {
		t.Fatal(err)
	}
	got, err := sim.Run(context.Background(), small)
	if err != nil || !reflect.DeepEqual(got.MN, want.MN) ||
		!reflect.DeepEqual(got.Common, want.Common) ||
		!reflect.DeepEqual(got.Independent(4), want.Independent(4)) {
		t.Errorf("differs, %v", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p := Default()
	p.NeuronsPerPool = 5
	if _, err := new(Simulator).Run(ctx, p); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
