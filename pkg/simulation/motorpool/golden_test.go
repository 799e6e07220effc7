package motorpool_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/simulation/motorpool"
	"example.org/renshaw/pkg/simulation/simfile"
)

// networkCases are scenarios of the reference simulator (Brian2 2.5.1): two travel with
// the tests, all seven among the reference data ($RENSHAW_SHARED).
func networkCases(t *testing.T) []string {
	t.Helper()
	dir := "testdata/network"
	if _, err := os.Stat(filepath.Join(testdata.Root(), "..", "shared")); err == nil ||
		os.Getenv("RENSHAW_SHARED") != "" {
		dir = testdata.Shared(t, "golden/simulation/network")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.h5"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%d cases in %s, %v", len(files), dir, err)
	}
	return files
}

func readSpikes(t *testing.T, f *h5.File, group string) (mn, rc motorpool.Spikes) {
	t.Helper()
	read := func(name string) []int32 {
		v, _, err := f.Int64s(group + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		out := make([]int32, len(v))
		for i, x := range v {
			out[i] = int32(x)
		}
		return out
	}
	return motorpool.Spikes{Step: read("mn_step"), Index: read("mn_index")},
		motorpool.Spikes{Step: read("rc_step"), Index: read("rc_index")}
}

func sameSpikes(t *testing.T, what string, got, want motorpool.Spikes) {
	t.Helper()
	for i := range want.Step {
		if i >= len(got.Step) || got.Step[i] != want.Step[i] || got.Index[i] != want.Index[i] {
			t.Errorf("%s: spike %d of %d differs (step %d, cell %d wanted); %d found", what, i,
				len(want.Step), want.Step[i], want.Index[i], len(got.Step))
			return
		}
	}
	if len(got.Step) != len(want.Step) {
		t.Errorf("%s: %d spikes, want %d", what, len(got.Step), len(want.Step))
	}
}

func open(t *testing.T, path string) *h5.File {
	t.Helper()
	f, err := h5.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// Spikes from the stored drive are those of the reference, step by step; traces agree
// within 1e-12 V, A, S.
func TestNetworkFromFixedDrive(t *testing.T) {
	for _, path := range networkCases(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".h5"), func(t *testing.T) {
			f := open(t, path)
			c, err := simfile.ReadCase(path)
			if err != nil {
				t.Fatal(err)
			}
			w := newTraceCheck(t, f)
			in := motorpool.Integrator{Watch: w.see, WatchFrom: w.first, WatchTo: w.first + w.steps}
			var mn, rc motorpool.Spikes
			if err := in.Run(context.Background(), c.Network, c.Drive, &mn, &rc); err != nil {
				t.Fatal(err)
			}
			wantMN, wantRC := readSpikes(t, f, "/spikes_fixed_drive")
			sameSpikes(t, "motor neurons", mn, wantMN)
			sameSpikes(t, "Renshaw cells", rc, wantRC)
			t.Logf("largest difference of a trace: %.2g", w.worst)
			if !(w.worst <= 1e-12) {
				t.Errorf("a trace differs by %.2g", w.worst)
			}
		})
	}
}

// traceCheck compares states with those of the reference.
type traceCheck struct {
	first, steps     int
	mn, rc           []float64
	v, syn, ahp, vRC []float64
	worst            float64
}

func newTraceCheck(t *testing.T, f *h5.File) *traceCheck {
	t.Helper()
	c := &traceCheck{}
	read := func(name string) (v []float64) {
		v, dims, err := f.Float64s("/traces/" + name)
		if err != nil {
			t.Fatal(err)
		}
		c.steps = dims[1]
		return v
	}
	c.v, c.syn, c.ahp, c.vRC = read("v_mn_V"), read("i_syn_A"), read("g_ahp_S"), read("v_rc_V")
	first, err := f.AttrFloat64("/traces", "first_step")
	if err != nil {
		t.Fatal(err)
	}
	c.first = int(first)
	if c.mn, err = f.AttrFloat64s("/traces", "mn_indices"); err != nil {
		t.Fatal(err)
	}
	if c.rc, err = f.AttrFloat64s("/traces", "rc_indices"); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *traceCheck) see(step int, s motorpool.State) {
	at := step - c.first
	compare := func(got, want float64) { c.worst = math.Max(c.worst, math.Abs(got-want)) }
	for i, m := range c.mn {
		compare(s.NeuronV[int(m)], c.v[i*c.steps+at])
		compare(s.SynapticA[int(m)], c.syn[i*c.steps+at])
		compare(s.AHPS[int(m)], c.ahp[i*c.steps+at])
	}
	for i, r := range c.rc {
		compare(s.RenshawV[int(r)], c.vRC[i*c.steps+at])
	}
}

// caseParams reads the parameters of a golden case, whose quantities are in SI units
// under names with a suffix.
func caseParams(t *testing.T, f *h5.File) motorpool.Params {
	t.Helper()
	text, err := f.AttrString("/", "parameters_json")
	if err != nil {
		t.Fatal(err)
	}
	p := paramsOf(t, []byte(text))
	seed, err := f.AttrFloat64("/", "seed")
	if err != nil {
		t.Fatal(err)
	}
	p.RandomSeed = uint32(seed)
	return p
}

func paramsOf(t *testing.T, text []byte) motorpool.Params {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	units := map[string]string{}
	for _, p := range motorpool.Parameters() {
		if p.Quantity {
			units[p.Name] = p.Unit
		}
	}
	p := motorpool.Default()
	for name, v := range m {
		base := name
		for _, suffix := range []string{"_V", "_S", "_s", "_A"} {
			if b := strings.TrimSuffix(name, suffix); units[b] != "" {
				base = b
				x, ok := v.(float64)
				if !ok {
					t.Fatalf("%s: %v", name, v)
				}
				scale := map[string]float64{"m": 1e3, "u": 1e6}[units[b][:1]]
				v = math.Round(x*scale*1e12) / 1e12
				if math.Abs(x*scale-v.(float64)) > 1e-11 {
					v = x * scale
				}
			}
		}
		switch base {
		case "random_seed", "output_plots", "make_unique_output_folder", "output_folder_name",
			"duration_with_ignored_window", "total_nb_motoneurons",
			"total_nb_renshaw_cells", "common_input_characteristics", "RC_pair_indices", "seed",
			"requested_common_input_std_percent":
			continue
		}
		if err := p.Set(base, v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for k := range p.CommonInputSDUnit { // the file holds nA whatever was asked for
		p.CommonInputSDUnit[k] = motorpool.NanoAmpere
	}
	return p
}

// everyNth compares rows of v with the values kept of every step-th sample.
func everyNth(t *testing.T, f *h5.File, path string, rows [][]float64, step int,
	tolerance float64) {
	t.Helper()
	if !f.Has(path) {
		t.Fatalf("%s is missing", path)
	}
	want, dims, err := f.Float64s(path)
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for r := 0; r < dims[0]; r++ {
		for i := 0; i < dims[1]; i++ {
			worst = math.Max(worst, math.Abs(rows[r][i*step]-want[r*dims[1]+i]))
		}
	}
	t.Logf("%s: largest difference %.2g nA", path, worst)
	if !(worst <= tolerance) {
		t.Errorf("%s differs by %.2g nA", path, worst)
	}
}

func driveRows(s *motorpool.Simulation) [][]float64 {
	n := s.Params.Neurons()
	flat := make([]float64, n*s.Drive.Samples())
	s.Drive.Rows(0, n, flat)
	rows := make([][]float64, n)
	for m := range rows {
		for i := 0; i < s.Drive.Samples(); i++ {
			rows[m] = append(rows[m], flat[i*n+m])
		}
	}
	return rows
}

func near(t *testing.T, f *h5.File, path string, got []float64, relative float64) {
	t.Helper()
	want, _, err := f.Float64s(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(want) != len(got) {
		t.Errorf("%s: %d values, want %d", path, len(got), len(want))
		return
	}
	for i := range want {
		if math.Abs(got[i]-want[i]) > relative*math.Max(1, math.Abs(want[i])) {
			t.Errorf("%s: value %d is %v, want %v", path, i, got[i], want[i])
			return
		}
	}
}

func compareSimulation(t *testing.T, f *h5.File, s *motorpool.Simulation, spikes string) {
	t.Helper()
	n := s.Neurons
	for name, v := range map[string][]float64{"soma_diameter": n.DiameterUm,
		"resistance": n.ResistanceKOhm, "input_weight": n.InputWeight,
		"capacitance": n.CapacitanceUF, "membrane_conductance": n.ConductanceMS,
		"membrane_time_constant": n.MembraneTauMs,
		"AHP_duration":           n.AHPDurationMs, "AHP_conductance_decay_time_constant": n.AHPTauMs,
		"refractory_period": n.RefractoryMs,
		"rheobase":          n.RheobaseNA, "spike_transmission_delay": n.TransmissionDelaysS} {
		near(t, f, "/neurons/"+name, v, 1e-13)
	}
	near(t, f, "/connectivity/MN_to_RC", s.Connectivity.MNtoRC.W, 1e-14)
	near(t, f, "/connectivity/RC_to_MN", s.Connectivity.RCtoMN.W, 1e-14)
	mn, rc := readSpikes(t, f, spikes)
	sameSpikes(t, "motor neurons", s.MN, mn)
	sameSpikes(t, "Renshaw cells", s.RC, rc)
}

// From parameters and seed alone the whole simulator gives the spikes of the reference.
func TestNetworkFromSeed(t *testing.T) {
	var sim motorpool.Simulator
	for _, path := range networkCases(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".h5"), func(t *testing.T) {
			f := open(t, path)
			s, err := sim.Run(context.Background(), caseParams(t, f))
			if err != nil {
				t.Fatal(err)
			}
			compareSimulation(t, f, s, "/spikes_from_seed")
			near(t, f, "/connectivity/MN_to_MN", s.Connectivity.MNtoMN.W, 1e-12)
			everyNth(t, f, "/drive/seeded_every64_nA", driveRows(s), 64, 1e-6)
			everyNth(t, f, "/drive/common_input_every16_nA", s.Common.CurrentNA, 16, 1e-6)
			near(t, f, "/drive/power_spectrum_common_input", s.Common.DensityNA2[0][:s.SpectrumHz()], 1e-9)
			density, total := s.IndependentSpectrum()
			near(t, f, "/drive/power_spectrum_independent_input", density[:s.SpectrumHz()], 1e-9)
			for name, got := range map[string]float64{"total_power_common_input": s.Common.TotalPower[0],
				"total_power_independent_input": total} {
				if want, err := f.AttrFloat64("/drive", name); err != nil || math.Abs(got-want) > 1e-9*want {
					t.Errorf("%s: %v, want %v, %v", name, got, want, err)
				}
			}
		})
	}
}

// Two simulations of the paper (the first unless thorough), 102 s, from their recorded seeds.
func TestPaperSimulations(t *testing.T) {
	files, _ := filepath.Glob("testdata/*_sim0.h5")
	if len(files) != 2 {
		t.Fatalf("%d full-length cases", len(files))
	}
	if !testdata.Thorough() {
		files = files[:1] // the pair takes four times as long
	}
	var sim motorpool.Simulator
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".h5"), func(t *testing.T) {
			f := open(t, path)
			s, err := sim.Run(context.Background(), caseParams(t, f))
			if err != nil {
				t.Fatal(err)
			}
			compareSimulation(t, f, s, "")
			everyNth(t, f, "/drive/seeded_every1024_nA", driveRows(s), 1024, 1e-6)
			t.Logf("%d MN and %d RC spikes", len(s.MN.Step), len(s.RC.Step))
		})
	}
}

// Statistics of 35 simulations of the reference (7 unless thorough), row by row: counts equal, the
// rest to the six digits of the tables.
func TestStatistics(t *testing.T) {
	dir := testdata.Shared(t, "golden/simulation/statistics")
	perRun := rowsByKey(t, filepath.Join(dir, "per_run.csv"), "set", "seed", "pool")
	perMN := rowsByKey(t, filepath.Join(dir, "per_mn.csv"), "set", "seed", "pool", "mn")
	files, _ := filepath.Glob(filepath.Join(dir, "parameters_*.json"))
	if len(files) != 7 {
		t.Fatalf("%d parameter sets", len(files))
	}
	var sim motorpool.Simulator
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		set := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "parameters_"), ".json")
		for seed := 1001; seed <= 1005; seed++ {
			if !testdata.Thorough() && seed > 1001 {
				break
			}
			p := paramsOf(t, text)
			p.RandomSeed = uint32(seed)
			s, err := sim.Run(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			compareStatistics(t, s, set, seed, perRun, perMN)
		}
	}
}

func rowsByKey(t *testing.T, path string, keys ...string) map[string]map[string]float64 {
	t.Helper()
	tb, err := table.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]float64{}
	for _, row := range tb.Rows {
		key, values := "", map[string]float64{}
		for i, c := range tb.Columns {
			values[c], _ = strconv.ParseFloat(row[i], 64)
		}
		for _, k := range keys {
			key += row[tb.Col(k)] + " "
		}
		out[key] = values
	}
	return out
}

func compareStatistics(t *testing.T, s *motorpool.Simulation, set string, seed int, perRun,
	perMN map[string]map[string]float64) {
	t.Helper()
	const first, last = 10000, 210000 // steps
	n := s.Params.NeuronsPerPool
	steps := make([][]float64, s.Params.Neurons())
	bins := make([][]float64, s.Params.Pools)
	for q := range bins {
		bins[q] = make([]float64, (last-first)/50)
	}
	for i, step := range s.MN.Step {
		if step >= first && step < last {
			m := int(s.MN.Index[i])
			steps[m] = append(steps[m], float64(step)*1e-4)
			bins[m/n][(step-first)/50]++
		}
	}
	check := func(row map[string]float64, what, column string, got float64) {
		t.Helper()
		want, ok := row[column]
		if !ok || math.Abs(got-want) > 6e-6*math.Abs(want)+1e-9 {
			t.Errorf("%s, seed %d, %s: %s is %v, want %v", set, seed, what, column, got, want)
		}
	}
	rates := make([][]float64, s.Params.Pools)
	covs := make([][]float64, s.Params.Pools)
	for m, times := range steps {
		what := fmt.Sprintf("neuron %d", m)
		row := perMN[fmt.Sprintf("%s %d %d %d ", set, seed, m/n, m%n)]
		check(row, what, "soma_diameter_um", s.Neurons.DiameterUm[m])
		check(row, what, "n_spikes", float64(len(times)))
		if len(times) < 3 {
			continue
		}
		isi := make([]float64, len(times)-1)
		for i := range isi {
			isi[i] = times[i+1] - times[i]
		}
		cov := stat.PopStdDev(isi, nil) / stat.Mean(isi, nil)
		check(row, what, "cov_isi", cov)
		rates[m/n] = append(rates[m/n], float64(len(times))/20)
		covs[m/n] = append(covs[m/n], cov)
	}
	for q := 0; q < s.Params.Pools; q++ {
		what := fmt.Sprintf("pool %d", q)
		row := perRun[fmt.Sprintf("%s %d %d ", set, seed, q)]
		check(row, what, "cov_isi_mean", stat.Mean(covs[q], nil))
		check(row, what, "pooled_count_fano_5ms", stat.PopVariance(bins[q], nil)/stat.Mean(bins[q], nil))
		check(row, what, "common_power_total", s.Common.TotalPower[0])
		_, independent := s.IndependentSpectrum()
		check(row, what, "independent_power_total", independent)
		check(row, what, "weight_mn_rc_mean", stat.Mean(s.Connectivity.MNtoRC.W, nil))
		check(row, what, "weight_rc_mn_mean", stat.Mean(s.Connectivity.RCtoMN.W, nil))
		if len(rates[q]) == n {
			check(row, what, "rate_mean", stat.Mean(rates[q], nil))
		}
	}
}
