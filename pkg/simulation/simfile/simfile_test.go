package simfile_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/simulation/motorpool"
	"example.org/renshaw/pkg/simulation/simfile"
)

func simulation() (*motorpool.Simulation, error) {
	p := motorpool.Default()
	p.DurationS, p.NeuronsPerPool, p.RenshawPerPair, p.RandomSeed = 1, 6, 3, 1
	var sim motorpool.Simulator
	return sim.Run(context.Background(), p)
}

// The folder of a simulation; simulation_output.h5 appears last.
func ExampleWriteSimulation() {
	dir, err := os.MkdirTemp("", "renshaw")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	s, err := simulation()
	if err != nil {
		fmt.Println(err)
		return
	}
	opt := simfile.Options{Profile: "corrected", Version: "0.1.0"}
	if err := simfile.WriteSimulation(dir, s, opt, nil); err != nil {
		fmt.Println(err)
		return
	}
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		fmt.Println(f.Name())
	}
	// Output:
	// power_per_frequency_band_common_input.csv
	// sim_parameters.json
	// simulation_output.h5
}

// What is written comes back as a recording with the same spikes.
func TestSpikesComeBack(t *testing.T) {
	s, err := simulation()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := simfile.WriteSimulation(dir, s, simfile.Options{}, nil); err != nil {
		t.Fatal(err)
	}
	got, err := recfile.ReadRecording(filepath.Join(dir, simfile.SimulationFile), recfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Truth == nil || len(got.Recording.Units) != 6 || got.Recording.Units[0].Pool != "pool_0" {
		t.Errorf("recording %+v", got.Recording)
	}
	spikes := 0
	for _, train := range s.Trains() {
		spikes += len(train)
	}
	if spikes == 0 {
		t.Error("the simulation has no spike")
	}
	f, err := h5.Open(filepath.Join(dir, simfile.SimulationFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for m, want := range s.Trains() {
		v, _, err := f.Float64s(fmt.Sprintf("/spike_trains/MN/MN_%d", m))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(v, want) {
			t.Errorf("neuron %d: %v, want %v", m, v, want)
		}
	}
}

// A figure that fails leaves a folder that does not count as complete.
func TestFailureLeavesNoOutput(t *testing.T) {
	s, err := simulation()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	fault := errors.New("no figure")
	err = simfile.WriteSimulation(dir, s, simfile.Options{}, func() error { return fault })
	if !errors.Is(err, fault) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, simfile.SimulationFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("output: %v", err)
	}
}

// writeCase writes a network of one motor neuron and one Renshaw cell, changed by hand.
func writeCase(t *testing.T, change func(w *h5.File), skip ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "case.h5")
	w, err := h5.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for name, v := range map[string]float64{"dt_s": 1e-4, "n_steps": 1000, "fsamp_hz": 2048} {
		w.Attr("/", name, v)
	}
	w.Group("/integration")
	for name, v := range map[string]float64{"delay_steps": 50, "refractory_steps_mn": 50,
		"refractory_steps_rc": 50, "tau_rc_s": 0.008, "epsp_V": 0.012, "ipsp_A_or_C": 3e-6,
		"ipsp_is_charge": 0, "g_ahp_increment_S": 1e-3, "threshold_V": 0.01,
		"ahp_reversal_V_effective": 0, "rest_V": 0} {
		if !slices.Contains(skip, name) {
			w.Attr("/integration", name, v)
		}
	}
	for name, v := range map[string]float64{"g_leak_S": 2e-5, "C_F": 7e-5, "input_weight": 1,
		"tau_syn_s": 0.03, "tau_ahp_s": 0.02} {
		w.PutFloat64s("/integration/"+name, []float64{v})
	}
	w.PutFloat64s("/connectivity/MN_to_RC", []float64{1}, 1, 1)
	w.PutFloat64s("/connectivity/RC_to_MN", []float64{1}, 1, 1)
	if !slices.Contains(skip, "drive") {
		drive := make([]float64, 205)
		for i := range drive {
			drive[i] = 60000
		}
		w.PutFloat64s("/drive/drive_nA_int", drive, 1, len(drive))
	}
	if change != nil {
		change(w)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	return path
}

// A neuron of C = 70 µF driven by 60 µA rises by 86 mV in 0.1 s and fires; its Renshaw cell
// answers 5 ms later. The spikes are written as they are.
func TestReplay(t *testing.T) {
	c, err := simfile.ReadCase(writeCase(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	var in motorpool.Integrator
	var mn, rc motorpool.Spikes
	if err := in.Run(context.Background(), c.Network, c.Drive, &mn, &rc); err != nil {
		t.Fatal(err)
	}
	if len(mn.Step) == 0 || len(rc.Step) == 0 || rc.Step[0]-mn.Step[0] != 50 &&
		rc.Step[0]-mn.Step[0] != 51 {
		t.Fatalf("steps %v and %v", mn.Step, rc.Step)
	}
	path := filepath.Join(t.TempDir(), "out.h5")
	if err := simfile.WriteReplay(path, c.Network, mn, rc, "0.1.0"); err != nil {
		t.Fatal(err)
	}
	f, err := h5.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	steps, _, err := f.Int64s("/spikes/mn_step")
	var want []int64
	for _, s := range mn.Step {
		want = append(want, int64(s))
	}
	if err != nil || !reflect.DeepEqual(steps, want) {
		t.Errorf("steps %v (%v), want %v", steps, err, want)
	}
}

// Faulty cases are errors that name file and field.
func TestFaultyCases(t *testing.T) {
	for _, test := range []struct {
		name string
		path string
		want string
	}{
		{"no file", filepath.Join(t.TempDir(), "none.h5"), "none.h5"},
		{"no drive", writeCase(t, nil, "drive"), "/drive/drive_nA_int"},
		{"no delay", writeCase(t, nil, "delay_steps"), "delay_steps"},
		{"half a step", writeCase(t, func(w *h5.File) { w.Attr("/integration", "delay_steps", 1.5) },
			"delay_steps"), "a whole number is expected"},
	} {
		if _, err := simfile.ReadCase(test.path); err == nil ||
			!strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.path) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}
