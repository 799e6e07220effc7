package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/sbi/predictive"
	"example.org/renshaw/pkg/simulation/simfile"
)

// --keep-units keeps so many units of every pool, and needs --packed.
func TestKeepUnits(t *testing.T) {
	dir := t.TempDir()
	batch, out := writeFile(t, filepath.Join(dir, "b.yaml"), smallBatch), filepath.Join(dir, "out")
	if o := renshaw(t, "simulate", batch, "-o", out, "--keep-units", "3"); o.code != 2 ||
		!strings.Contains(o.stderr, "--packed") {
		t.Errorf("%+v", o)
	}
	succeeds(t, []string{"simulate", batch, "-o", out, "--n", "2", "--packed", "--keep-units", "3"})
	addresses, err := simfile.Addresses(filepath.Join(out, "shard_0_of_1.h5"))
	if err != nil || len(addresses) != 2 {
		t.Fatalf("%v, %v", addresses, err)
	}
	k, err := simfile.ReadKept(addresses[1])
	if err != nil {
		t.Fatal(err)
	}
	for pool, units := range k.Units {
		if len(units) > 3 || len(units) == 0 && k.Usable() {
			t.Errorf("pool %d: %d units", pool, len(units))
		}
	}
}

// Simulations in shards give the tables of simulations in folders, byte for byte: with another
// number of workers, variants, and rows divided among shards and tables.
func TestPackedChain(t *testing.T) {
	testdata.Long(t)
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	batch := writeFile(t, path("b.yaml"), smallBatch)
	config := writeFile(t, path("a.yaml"), "get_coherence: false\ncross_histogram_directions: "+
		"inhibited\n"+
		"cross_histogram_measures_min_spikes: 20\ncross_histogram_measures_null_distrib_nb_iter: 0\n")
	table := func(of, name string, args ...string) []byte {
		out := path(of + name + ".csv")
		succeeds(t, append([]string{"summarize", path(of), "--kind", "simulation", "-o", out}, args...))
		raw, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	succeeds(t, []string{"simulate", batch, "-o", path("plain"), "--n", "4"})
	for _, shard := range []string{"0/2", "1/2"} {
		succeeds(t, []string{"simulate", batch, "-o", path("packed"), "--packed", "--n", "4", "--shard",
			shard})
	}
	for _, of := range []string{"plain", "packed"} {
		succeeds(t, []string{"analyze", path(of), "--config", config, "--variants", "1"})
	}
	for _, name := range []string{"", "variant_0"} {
		plain, packed := table("plain", name, "--analysis-name", name),
			table("packed", name, "--analysis-name", name)
		if bytes.Count(plain, []byte("\n")) < 20 || !bytes.Equal(plain, packed) {
			t.Errorf("%q: tables of %d and %d bytes that differ", name, len(plain), len(packed))
		}
	}
	whole, rows := table("packed", "all"), map[string]bool{}
	for _, line := range strings.Split(string(whole), "\n") {
		_, line, _ = strings.Cut(line, ",") // without the number of the row
		rows[line] = true
	}
	for _, shard := range []string{"0/3", "1/3", "2/3"} {
		part := table("packed", "part"+shard[:1], "--shard", shard)
		for _, line := range strings.Split(string(part), "\n") {
			if _, line, _ = strings.Cut(line, ","); !rows[line] {
				t.Fatalf("shard %s has a row of its own: %.80s", shard, line)
			}
		}
	}
	o := renshaw(t, "analyze", path("packed"), "--config", config, "--variants", "1")
	if o.code != 0 || strings.Count(o.stdout, "done before") != 8 {
		t.Errorf("again: %+v", o)
	}
	pack := path("packed/shard_0_of_2.h5")
	if o := renshaw(t, "analyze", pack+"/simulation_output_99/simulation_output.h5"); o.code == 0 ||
		!strings.Contains(o.stderr, "holds no part simulation_output_99") {
		t.Errorf("a part that is not there: %+v", o)
	}
	damaged := []byte(readFile(t, pack))
	damaged[bytes.LastIndex(damaged, []byte(`random_seed": `))] = 'x'
	writeFile(t, pack, string(damaged))
	if o := renshaw(t, "analyze", path("packed"), "--config", config,
		"--force"); o.code != exitFailed ||
		!strings.Contains(o.stderr, "differs from its checksum") {
		t.Errorf("a damaged part: %+v", o)
	}
	if o := renshaw(t, "simulate", batch, "-o", path("plain"), "--packed"); o.code == 0 ||
		!strings.Contains(o.stderr, "another folder") {
		t.Errorf("mixed: %+v", o)
	}
}

// A table of packed simulations is not short by a shard without a word.
func TestPackedSummary(t *testing.T) {
	dir := t.TempDir()
	packed, out := filepath.Join(dir, "packed"), filepath.Join(dir, "t.csv")
	batch := writeFile(t, filepath.Join(dir, "b.yaml"), smallBatch)
	config := writeFile(t, filepath.Join(dir, "a.yaml"), "get_coherence: false\n"+
		"cross_histogram_measures_min_spikes: 20\ncross_histogram_measures_null_distrib_nb_iter: 0\n")
	summarize := func(args ...string) outcome {
		t.Helper()
		return renshaw(t, append([]string{"summarize", packed, "--kind", "simulation", "-o", out},
			args...)...)
	}
	lacks := func(what, name string) {
		t.Helper()
		if o := summarize(); o.code != exitFailed ||
			!strings.Contains(o.stderr, "missing: "+filepath.Join(packed, name)+". Run") {
			t.Errorf("%s: %+v", what, o)
		}
	}
	for _, shard := range []string{"0/3", "2/3"} {
		succeeds(t, []string{"simulate", batch, "-o", packed, "--packed", "--n", "2", "--shard", shard})
	}
	succeeds(t, []string{"analyze", packed, "--config", config})
	lacks("a shard that was not simulated", "shard_1_of_3.h5")
	if o := summarize("--partial"); o.code != 0 || !strings.Contains(o.stdout, "1 analyses") {
		t.Errorf("what is there: %+v", o)
	}
	succeeds(t, []string{"simulate", batch, "-o", packed, "--packed", "--n", "2", "--shard", "1/3"})
	lacks("a shard that was not analysed", "analysis_output_shard_1_of_3.h5")
	succeeds(t, []string{"analyze", packed, "--config", config})
	if o := summarize(); o.code != 0 || !strings.Contains(o.stdout, "2 analyses") {
		t.Errorf("all, of which one shard has no rows: %+v", o)
	}
	analyses := filepath.Join(packed, "analysis_output_shard_0_of_3.h5")
	if err := os.Truncate(analyses, 4000); err != nil {
		t.Fatal(err)
	}
	if o := summarize(); o.code != exitFailed || !strings.Contains(o.stderr, analyses+": cannot be") {
		t.Errorf("analyses that are cut off: %+v", o)
	}
	succeeds(t, []string{"analyze", packed, "--config", config})
	succeeds(t, []string{"simulate", batch, "-o", packed, "--packed", "--n", "2"})
	if o := summarize(); o.code != 0 || !strings.Contains(o.stdout, "2 analyses") {
		t.Errorf("analysed again: %+v", o)
	}
	if err := os.Remove(filepath.Join(packed, "shard_1_of_3.h5")); err != nil {
		t.Fatal(err)
	}
	lacks("a shard that the manifest lists", "shard_1_of_3.h5")
}

// A predictive check in shards gives the tables of one in folders, byte for byte; what is wrong
// with a shard is said.
func TestPredictPacked(t *testing.T) {
	testdata.Long(t)
	dir := t.TempDir()
	draws := writeFile(t, filepath.Join(dir, "draws.csv"), smallDraws)
	base := writeFile(t, filepath.Join(dir, "base.yaml"), "fixed: {"+smallPool+"}\n")
	loose := looseEstimator(t, filepath.Join(dir, "loose"))
	predict := func(out string, args ...string) []string {
		return append([]string{"predict", draws, "--batch", base, "-o", filepath.Join(dir, out),
			"--draws", "2", "--estimator", loose}, args...)
	}
	succeeds(t, predict("plain"))
	succeeds(t, predict("packed", "--packed"))
	for _, shard := range []string{"0/2", "1/2"} {
		succeeds(t, predict("shards", "--packed", "--shard", shard))
	}
	simulations := filepath.Join(dir, "shards", "simulations")
	second := filepath.Join(simulations, "shard_1_of_2.h5")
	whole := readFile(t, second)
	writeFile(t, second, whole[:4000])
	if o := renshaw(t, predict("shards", "--packed")...); o.code != exitFailed ||
		!strings.Contains(o.stderr, second+": cannot be opened") {
		t.Errorf("a shard that is cut off: %+v", o)
	}
	writeFile(t, second, whole)
	if err := os.Remove(filepath.Join(simulations, "shard_0_of_2.h5")); err != nil {
		t.Fatal(err)
	}
	succeeds(t, predict("shards", "--packed")) // a missing one is done again
	for _, name := range []string{predictive.VectorsName, predictive.SimulationsName} {
		plain := readFile(t, filepath.Join(dir, "plain", name))
		for _, form := range []string{"packed", "shards"} {
			if got := readFile(t, filepath.Join(dir, form, name)); got != plain || len(plain) < 100 {
				t.Errorf("%s/%s: %d bytes, in folders %d, which differ", form, name, len(got), len(plain))
			}
		}
	}
	for _, bad := range []string{"3/2", "-1/2", "1", "1/2/3"} {
		if o := renshaw(t, predict("shards", "--packed", "--shard", bad)...); o.code != exitUsage ||
			!strings.Contains(o.stderr, "--shard "+bad+": i/n with 0 <= i <= n") {
			t.Errorf("shard %s: %+v", bad, o)
		}
	}
	if o := renshaw(t, predict("shards", "--packed", "--seed", "9")...); o.code != exitFailed ||
		!strings.Contains(o.stderr, "holds the check of another posterior or base") {
		t.Errorf("another seed: %+v", o)
	}
	if o := renshaw(t, predict("plain", "--packed")...); o.code != exitFailed ||
		!strings.Contains(o.stderr, "packed ones need another folder") {
		t.Errorf("packed after folders: %+v", o)
	}
}
