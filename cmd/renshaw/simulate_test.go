package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/simulation/simfile"
)

func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// smallBatch draws 8 simulations of about 40 ms of work.
const smallBatch = `
name: small
seed: 5
n: 8
fixed: {duration: 3, full_pool_sim: false, nb_motoneurons_per_pool: 10, nb_RCs_per_pool_pair: 4,
  excitatory_input_baseline: [40000]}
prior:
  disynaptic_inhib_self_connectivity_pool0: {uniform: [0, 3]}
`

// spikeTrains reads every train of a batch, by simulation and cell.
func spikeTrains(t *testing.T, dir string) map[string][]float64 {
	t.Helper()
	out := map[string][]float64{}
	outputs, _ := filepath.Glob(filepath.Join(dir, "simulation_output_*", simfile.SimulationFile))
	for _, path := range outputs {
		f, err := h5.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, group := range []string{"/spike_trains/MN/", "/spike_trains/RC/"} {
			names, err := f.List(group)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range names {
				if out[filepath.Base(filepath.Dir(path))+group+n], _, err = f.Float64s(group + n); err != nil {
					t.Fatal(err)
				}
			}
		}
		f.Close()
	}
	return out
}

// start runs the program in a process of its own.
func start(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), mainEnv+"=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func TestSimulateContract(t *testing.T) {
	dir := t.TempDir()
	file := writeFile(t, filepath.Join(dir, "b.yaml"), smallBatch)
	out := filepath.Join(dir, "out")
	o := renshaw(t, "simulate", file, "-o", out, "--n", "2", "--json")
	var res struct{ Rows, Done, Skipped int }
	if err := json.Unmarshal([]byte(o.stdout), &res); err != nil || o.code != 0 || res.Rows != 2 ||
		res.Done != 2 {
		t.Fatalf("%+v, %v", o, err)
	}
	want := []string{"power_per_frequency_band_common_input.csv", "sim_parameters.json",
		"simulation_output.h5"}
	if got := files(t, filepath.Join(out, "simulation_output_0")); !reflect.DeepEqual(got, want) {
		t.Errorf("a simulation has %v", got)
	}
	if err := h5.Verify(filepath.Join(out, "simulation_output_0",
		"simulation_output.h5")); err != nil {
		t.Error(err)
	}
	if o := renshaw(t, "simulate", file, "-o", out); o.code != 0 ||
		!strings.Contains(o.stdout, "8 simulations: 6 done now, 2 done before, 0 failed") {
		t.Errorf("%+v", o)
	}
	other := filepath.Join(dir, "other")
	if o := renshaw(t, "simulate", file, "-o", other, "--seed", "6", "--workers", "2"); o.code != 0 {
		t.Errorf("%+v", o)
	}
	if a, b := spikeTrains(t, out), spikeTrains(t, other); len(a) != 8*14 || reflect.DeepEqual(a, b) {
		t.Errorf("%d trains; another batch seed must give others", len(a))
	}
	if o := renshaw(t, "analyze", out, "--config",
		writeFile(t, filepath.Join(dir, "a.yaml"), "get_coherence: "+
			"false\ncross_histogram_directions: inhibited\n"+
			"cross_histogram_measures_min_spikes: 100")); o.code != 0 {
		t.Errorf("analyze: %+v", o)
	}
	config := filepath.Join(dir, "a.yaml")
	if o := renshaw(t, "analyze", filepath.Join(out, "simulation_output_1"), "--config", config,
		"--subsample", "4,0", "--repeats", "2"); o.code != 0 {
		t.Errorf("subsample: %+v", o)
	}
	for _, name := range []string{"subsample_4MNs_iter0", "subsample_4MNs_iter1",
		"subsample_all_MNs_iter1"} {
		tab := filepath.Join(dir, name+".csv")
		if o := renshaw(t, "summarize", out, "--kind", "simulation", "--analysis-name", name, "-o",
			tab); o.code != 0 || !strings.Contains(o.stdout, "1 analyses") {
			t.Errorf("%s: %+v", name, o)
		}
	}
	tab := filepath.Join(dir, "simulations.csv")
	if o := renshaw(t, "summarize", out, "--kind", "simulation", "-o", tab); o.code != 0 ||
		!strings.Contains(o.stdout, "8 analyses") {
		t.Errorf("summarize: %+v", o)
	}
}

func TestSimulateUsage(t *testing.T) {
	dir := t.TempDir()
	good := writeFile(t, filepath.Join(dir, "good.yaml"), smallBatch)
	for _, c := range []struct {
		text string
		args []string
		code int
		want string
	}{
		{"fixed: {nb_pool: 2}", nil, exitUsage, `did you mean "nb_pools"?`},
		{"simulations: [{nb_pools: 0}]", nil, exitUsage, "nb_pools: 0; 1 to 64 pools are expected"},
		{smallBatch, []string{"--shard", "5/2"}, exitUsage, "--shard 5/2"},
		{smallBatch, []string{"--memory", "lots"}, exitUsage, "--memory lots"},
		{smallBatch, []string{"--memory", "1MiB"}, exitFailed, "more than the limit"},
		{smallBatch, []string{"--n", "-1"}, exitUsage, "--n -1"},
	} {
		file := writeFile(t, filepath.Join(dir, "b.yaml"), c.text)
		o := renshaw(t, append([]string{"simulate", file, "-o", filepath.Join(dir, "out")}, c.args...)...)
		if o.code != c.code || !strings.Contains(o.stderr, c.want) {
			t.Errorf("%q %v: %+v", c.text, c.args, o)
		}
	}
	if o := renshaw(t, "simulate", good); o.code != exitUsage ||
		!strings.Contains(o.stderr, "--output") {
		t.Errorf("without -o: %+v", o)
	}
	if _, err := os.Stat(filepath.Join(dir, "out", "simulation_output_0")); err == nil {
		t.Error("a refused command simulated")
	}
}

// Killed at random moments and started again, a batch gives the trains of an
// uninterrupted one; what has its name is whole.
func TestKillAndResume(t *testing.T) {
	testdata.Long(t)
	kills := 8
	if os.Getenv("RENSHAW_KILLS") != "" {
		kills = 50
	}
	dir := t.TempDir()
	file := writeFile(t, filepath.Join(dir, "b.yaml"), strings.Replace(smallBatch, "n: 8", "n: 24", 1))
	whole := filepath.Join(dir, "whole")
	if o := renshaw(t, "simulate", file, "-o", whole); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	want := spikeTrains(t, whole)
	rng := rand.New(rand.NewPCG(1, 1))
	for name, commands := range map[string][][]string{"one worker": {{"--workers", "1"}},
		"two workers": {{"--workers", "2"}},
		"shards":      {{"--workers", "1", "--shard", "0/2"}, {"--workers", "1", "--shard", "1/2"}}} {
		out := filepath.Join(dir, name)
		for k := 0; k < kills; k++ {
			var running []*exec.Cmd
			for _, c := range commands {
				running = append(running, start(t, append([]string{"simulate", file, "-o", out}, c...)...))
			}
			time.Sleep(time.Duration(rng.IntN(250)) * time.Millisecond)
			for _, cmd := range running {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			}
			outputs, _ := filepath.Glob(filepath.Join(out, "*", simfile.SimulationFile))
			if len(outputs) > 0 {
				if err := h5.Verify(outputs[rng.IntN(len(outputs))]); err != nil {
					t.Errorf("%s: after a kill: %v", name, err)
				}
			}
			if len(outputs) == 24 {
				os.RemoveAll(out)
			}
		}
		if o := renshaw(t, "simulate", file, "-o", out); o.code != 0 {
			t.Errorf("%s: %+v", name, o)
		}
		if got := spikeTrains(t, out); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: trains differ", name)
		}
		if left, _ := filepath.Glob(filepath.Join(out, "*", ".*.tmp")); len(left) > 0 {
			t.Errorf("%s: left behind: %v", name, left)
		}
	}
}

// SIGTERM ends a batch of long simulations quickly, with whole files only.
func TestTerminate(t *testing.T) {
	dir := t.TempDir()
	file := writeFile(t, filepath.Join(dir, "b.yaml"),
		strings.NewReplacer("duration: 3", "duration: 60", "n: 8", "n: 100").Replace(smallBatch))
	cmd := start(t, "simulate", file, "-o", filepath.Join(dir, "out"), "--workers", "2")
	time.Sleep(700 * time.Millisecond)
	at := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted ||
		time.Since(at) > 10*time.Second {
		t.Errorf("exit %d after %v", code, time.Since(at))
	}
	t.Logf("ended %v after the signal", time.Since(at))
	outputs, _ := filepath.Glob(filepath.Join(dir, "out", "*", "*"))
	for _, o := range outputs {
		if strings.HasPrefix(filepath.Base(o), ".") {
			t.Errorf("left behind: %s", o)
		}
	}
}

func TestReplay(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(testdata.Root(), "pkg/simulation/motorpool/testdata/network/a_single_ri.h5")
	out := filepath.Join(dir, "spikes.h5")
	if o := renshaw(t, "replay", path, "-o", out); o.code != 0 ||
		!strings.Contains(o.stdout, "1323 spikes of motor neurons") {
		t.Fatalf("%+v", o)
	}
	got, err := h5.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	ref, err := h5.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer ref.Close()
	for _, name := range []string{"mn_step", "mn_index", "rc_step", "rc_index"} {
		a, _, errA := got.Int64s("/spikes/" + name)
		b, _, errB := ref.Int64s("/spikes_fixed_drive/" + name)
		if errA != nil || errB != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("%s differs (%v, %v)", name, errA, errB)
		}
	}
	for _, name := range []string{"n_steps", "dt_s", "fsamp_hz"} {
		a, errA := got.AttrFloat64("/", name)
		b, errB := ref.AttrFloat64("/", name)
		if errA != nil || errB != nil || a != b {
			t.Errorf("%s: %v, %v", name, a, b)
		}
	}
	if o := renshaw(t, "replay", out, "-o", filepath.Join(dir, "x.h5")); o.code != exitFailed ||
		!strings.Contains(o.stderr, "integration") {
		t.Errorf("no case: %+v", o)
	}
	if _, err := os.Stat(filepath.Join(dir, "x.h5")); err == nil {
		t.Error("a failed replay left a file")
	}
}

// A disk that is full ends the simulation with an error and leaves no partial output.
func TestSimulateOnFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("see TestOutputThatCannotBeWritten")
	}
	dir := t.TempDir()
	small := filepath.Join(dir, "small")
	if err := os.Mkdir(small, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=100k"); err != nil {
		t.Skipf("a full disk cannot be tried here: %v", err)
	}
	defer syscall.Unmount(small, 0)
	file := writeFile(t, filepath.Join(dir, "b.yaml"), smallBatch)
	o := renshaw(t, "simulate", file, "-o", filepath.Join(small, "out"), "--n", "2")
	if o.code != exitFailed || !strings.Contains(o.stdout+o.stderr, "space") &&
		!strings.Contains(o.stdout+o.stderr, "disk full") {
		t.Errorf("%+v", o)
	}
	if left, _ := filepath.Glob(filepath.Join(small, "out", "*", "*.h5")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
