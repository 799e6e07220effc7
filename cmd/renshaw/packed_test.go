package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
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
