package batch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/simulation/simfile"
)

// small is a batch of simulations of a few milliseconds.
const small = `
name: small
seed: 3
n: 6
fixed: {duration: 0.5, full_pool_sim: false, nb_motoneurons_per_pool: 6, nb_RCs_per_pool_pair: 3,
  excitatory_input_baseline: [40000], independent_input_power: 1}
prior:
  disynaptic_inhib_self_connectivity_pool0: {uniform: [0, 3]}
`

func write(t *testing.T, text string) *File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "batch.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func simulate(t *testing.T, f *File, opt Options) *Result {
	t.Helper()
	if opt.Workers == 0 {
		opt.Workers = 1
	}
	res, err := Run(context.Background(), f, opt)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// trains hashes every spike train of a batch.
func trains(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	files, _ := filepath.Glob(filepath.Join(dir, "simulation_output_*", simfile.SimulationFile))
	for _, path := range files {
		f, err := h5.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		for _, group := range []string{"/spike_trains/MN", "/spike_trains/RC"} {
			names, err := f.List(group)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range names {
				v, _, err := f.Float64s(group + "/" + n)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintln(h, n, v)
			}
		}
		f.Close()
		out[filepath.Base(filepath.Dir(path))] = hex.EncodeToString(h.Sum(nil))
	}
	return out
}

func TestWorkersAndShardsDoNotMatter(t *testing.T) {
	f := write(t, small)
	one, two, shards := t.TempDir(), t.TempDir(), t.TempDir()
	if r := simulate(t, f, Options{Out: one}); r.Done != 6 || r.Rows != 6 {
		t.Fatalf("%+v", r)
	}
	simulate(t, f, Options{Out: two, Workers: 3})
	for i := 0; i < 2; i++ {
		if r := simulate(t, f, Options{Out: shards, Shard: i, Of: 2}); r.Done != 3 {
			t.Fatalf("shard %d: %+v", i, r)
		}
	}
	want := trains(t, one)
	if len(want) != 6 {
		t.Fatalf("%d simulations", len(want))
	}
	for name, dir := range map[string]string{"3 workers": two, "shards": shards} {
		if got := trains(t, dir); !reflect.DeepEqual(got, want) {
			t.Errorf("%s differ: %v, want %v", name, got, want)
		}
	}
	if r := simulate(t, f, Options{Out: shards}); r.Done != 0 || r.Skipped != 6 {
		t.Errorf("after the shards: %+v", r)
	}
	m := job.ReadManifest(filepath.Join(shards, ManifestName))
	if len(m.Outputs) != 6 || !m.Complete ||
		m.Outputs[5].Path != "simulation_output_5/simulation_output.h5" {
		t.Errorf("manifest %+v", m)
	}
	for _, o := range m.Outputs {
		if s, err := job.SumFile(filepath.Join(shards, o.Path)); err != nil || s.SHA256 != o.SHA256 {
			t.Errorf("%s: checksum in the manifest is wrong (%v)", o.Path, err)
		}
	}
}

func TestResume(t *testing.T) {
	f := write(t, small)
	dir := t.TempDir()
	simulate(t, f, Options{Out: dir})
	want := trains(t, dir)
	kept := filepath.Join(dir, Dir(1), simfile.SimulationFile)
	before, err := os.Stat(kept)
	if err != nil {
		t.Fatal(err)
	}
	for i := 2; i < 5; i++ { // partial: parameters there, output missing, a temporary left
		if err := os.Rename(filepath.Join(dir, Dir(i), simfile.SimulationFile),
			filepath.Join(dir, Dir(i), ".simulation_output.h5.1.tmp")); err != nil {
			t.Fatal(err)
		}
	}
	if r := simulate(t, f, Options{Out: dir, Workers: 2}); r.Done != 3 || r.Skipped != 3 {
		t.Errorf("%+v", r)
	}
	if got := trains(t, dir); !reflect.DeepEqual(got, want) {
		t.Error("resumed trains differ")
	}
	if after, err := os.Stat(kept); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Error("a finished simulation was written again")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", ".*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if r := simulate(t, f, Options{Out: dir, Limit: 2}); r.Rows != 2 || r.Skipped != 2 {
		t.Errorf("first two rows: %+v", r)
	}
}

// Damage is found by --verify; in a simulation that no manifest knows always.
func TestVerifyFindsDamage(t *testing.T) {
	f := write(t, small)
	for _, manifest := range []bool{true, false} {
		// with the file's checksum, or only that of the content
		dir := t.TempDir()
		simulate(t, f, Options{Out: dir})
		want := trains(t, dir)
		path := filepath.Join(dir, Dir(2), simfile.SimulationFile)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		raw[len(raw)/2] ^= 0x10 // in the middle lie numbers
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		if !manifest {
			if err := os.Remove(filepath.Join(dir, ManifestName)); err != nil {
				t.Fatal(err)
			}
		} else if r := simulate(t, f, Options{Out: dir}); r.Done != 0 {
			t.Errorf("without verify: %+v", r)
		}
		if r := simulate(t, f, Options{Out: dir, Verify: manifest}); r.Done != 1 || len(r.Redone) != 1 ||
			r.Redone[0] != Dir(2) {
			t.Errorf("manifest %v: %+v", manifest, r)
		}
		if got := trains(t, dir); !reflect.DeepEqual(got, want) {
			t.Errorf("manifest %v: redone trains differ", manifest)
		}
	}
}

func TestAnotherBatchInTheFolder(t *testing.T) {
	dir := t.TempDir()
	simulate(t, write(t, small), Options{Out: dir})
	_, err := Run(context.Background(),
		write(t, strings.Replace(small, "duration: 0.5", "duration: 0.6", 1)),
		Options{Out: dir, Workers: 1})
	if err == nil || !strings.Contains(err.Error(), "duration 0.5, but the batch has 0.6") {
		t.Errorf("%v", err)
	}
	if records, _ := filepath.Glob(filepath.Join(dir, "small_priors_batch*.json")); len(records) != 1 {
		t.Errorf("records: %v", records)
	}
}

func TestFaultyRows(t *testing.T) {
	f := write(t, "simulations: [{seed: 1}, {seed: 2, disynaptic_inhib_self_connectivity_pool0: -1}]")
	if _, err := Run(context.Background(), f, Options{Out: t.TempDir()}); err == nil ||
		!strings.Contains(err.Error(), "simulations[1]") ||
		!strings.Contains(err.Error(), "disynpatic_inhib_connections_desired_MN_MN[0][0]: -1") {
		t.Errorf("listed: %v", err)
	}
	f = write(t, strings.Replace(small, "[0, 3]", "[-1, 3]", 1))
	dir := t.TempDir()
	res := simulate(t, f, Options{Out: dir})
	if len(res.Failures) == 0 || res.Done+len(res.Failures) != 6 || len(trains(t, dir)) != res.Done {
		t.Errorf("drawn: %+v", res)
	}
	if _, err := os.Stat(filepath.Join(dir, FailuresName)); err != nil {
		t.Error(err)
	}
}

// A simulation that fails while it runs does not stop the others; too many do.
func TestFailuresWhileRunning(t *testing.T) {
	short := strings.Replace(small, "independent_input_power: 1",
		"fsamp: 200, lowest_freq_filter_order: 400, max_freq_filter_order: 400", 1)
	f := write(t, strings.Replace(short, "n: 6", "n: 30", 1))
	dir := t.TempDir()
	_, err := Run(context.Background(), f, Options{Out: dir, Workers: 2, MaxFailureRate: 0.5})
	if !errors.Is(err, ErrTooManyFailures) {
		t.Errorf("%v", err)
	}
	m := job.ReadManifest(filepath.Join(dir, ManifestName))
	if len(m.Failures) < 10 || len(m.Failures) > 13 || m.Complete ||
		!strings.Contains(m.Failures[0].Message, "too few for the filters") {
		t.Errorf("manifest: %d failures, %+v", len(m.Failures), m.Failures[:1])
	}
}

func TestMemoryBound(t *testing.T) {
	f := write(t, small)
	p, _, err := f.Params(0, f.Rows()[0])
	if err != nil {
		t.Fatal(err)
	}
	if r := simulate(t, f, Options{Out: t.TempDir(), Workers: 6, MemoryBytes: 2*p.MemoryBytes() +
		1}); r.Workers != 2 || len(r.Warnings) != 1 {
		t.Errorf("%+v", r)
	}
	if _, err := Run(context.Background(), f,
		Options{Out: t.TempDir(), Workers: 1, MemoryBytes: 1 << 20}); err == nil ||
		!strings.Contains(err.Error(), "MiB") {
		t.Errorf("%v", err)
	}
}

func TestInterruption(t *testing.T) {
	f := write(t, strings.Replace(small, "n: 6", "n: 60", 1))
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	done := 0
	_, err := Run(ctx, f, Options{Out: dir, Workers: 1, Started: func(n int) *job.Progress {
		return job.NewProgressFunc(func(string) {
			if done++; done == 1 {
				cancel()
			}
		}, "simulating", n)
	}})
	if err == nil {
		t.Skip("the batch was faster than the progress") // half a second
	}
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	got := trains(t, dir)
	if r := simulate(t, f, Options{Out: dir, Workers: 2}); r.Skipped != len(got) ||
		r.Done != 60-len(got) {
		t.Errorf("%+v after %d", r, len(got))
	}
}
