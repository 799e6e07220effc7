package batch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/version"
	"example.org/renshaw/pkg/simulation/motorpool"
	"example.org/renshaw/pkg/simulation/simfile"
)

// loaded is what readers see of row i: recording, truth and properties.
func loaded(t *testing.T, path string) [2]any {
	t.Helper()
	l, err := recfile.ReadRecording(path, recfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := recfile.Properties(path)
	if err != nil {
		t.Fatal(err)
	}
	return [2]any{l, p}
}

// Shards hold what a folder per simulation holds, whoever did which rows.
func TestPackedShards(t *testing.T) {
	f := write(t, small)
	plain, packed := t.TempDir(), t.TempDir()
	simulate(t, f, Options{Out: plain})
	simulate(t, f, Options{Out: packed, Packed: true, Shard: 0, Of: 2, Limit: 4})
	simulate(t, f, Options{Out: packed, Packed: true, Shard: 0, Of: 2, Workers: 2})
	if got := simulate(t, f, Options{Out: packed, Shard: 1, Of: 2}); got.Done != 3 { // goes on packed
		t.Errorf("shard 1: %+v", got)
	}
	res := simulate(t, f, Options{Out: packed, Packed: true})
	if res.Done != 0 || res.Skipped != 6 {
		t.Errorf("in the end: %+v", res)
	}
	outputs := job.ReadManifest(filepath.Join(packed, ManifestName)).Outputs
	if len(outputs) != 2 || outputs[0].Path != "shard_0_of_2.h5" ||
		outputs[1].Path != "shard_1_of_2.h5" {
		t.Errorf("manifest: %+v", outputs)
	}
	for i := range 6 {
		path := address(filepath.Join(packed, recfile.ShardName(i%2, 2)), i)
		want := loaded(t, filepath.Join(plain, output(i)))
		if got := loaded(t, path); !reflect.DeepEqual(got, want) {
			t.Errorf("row %d: %+v, want %+v", i, got, want)
		}
	}
}

// Damaged shards are found by --verify and made good; parts of an interrupted run are taken over.
func TestPackedAgain(t *testing.T) {
	f := write(t, small)
	out := t.TempDir()
	pack := filepath.Join(out, recfile.ShardName(0, 1))
	r := &run{file: f, opt: Options{Out: out, Of: 1}} // stopped after two rows
	rows, err := r.plan()
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range rows[:2] {
		s, err := new(motorpool.Simulator).Run(context.Background(), j.params)
		if err == nil {
			err = r.writePacked(s, j, simfile.PackedOptions{Options: simfile.Options{
				Profile: "corrected", Version: version.String()}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if res := simulate(t, f, Options{Out: out}); res.Skipped != 2 || res.Done != 4 {
		t.Errorf("after an interruption: %+v", res)
	}
	before, _ := os.ReadFile(pack)
	damaged := append([]byte(nil), before...)
	at := strings.LastIndex(string(damaged), "synaptic_IPSP") // in the text, not a name
	damaged[at] = 'x'
	if err := os.WriteFile(pack, damaged, 0o644); err != nil {
		t.Fatal(err)
	}
	res := simulate(t, f, Options{Out: out, Verify: true})
	if len(res.Redone) != 1 || res.Done != 1 {
		t.Errorf("with a damaged part: %+v", res)
	}
	if after, _ := os.ReadFile(pack); !reflect.DeepEqual(after, before) {
		t.Errorf("%d bytes after repair, %d before, which differ", len(after), len(before))
	}
}

// The two forms do not mix, and another batch is told apart.
func TestPackedOther(t *testing.T) {
	f := write(t, small)
	out := t.TempDir()
	simulate(t, f, Options{Out: out, Limit: 1})
	var other *OtherError
	if _, err := Run(context.Background(), f, Options{Out: out, Packed: true}); !errors.As(err,
		&other) {
		t.Errorf("mixed: %v", err)
	}
	out = t.TempDir()
	simulate(t, f, Options{Out: out, Packed: true, Limit: 2})
	g := write(t, strings.Replace(small, "seed: 3", "seed: 4", 1))
	if _, err := Run(context.Background(), g, Options{Out: out, Packed: true}); !errors.As(err,
		&other) {
		t.Errorf("another batch: %v", err)
	}
}

// BenchmarkPacked is what a shard costs beside the simulation: rows of a second, packed and read.
func BenchmarkPacked(b *testing.B) {
	p := motorpool.Default()
	p.DurationS, p.FullPool, p.NeuronsPerPool, p.RenshawPerPair = 1, false, 30, 10
	var sim motorpool.Simulator
	s, err := sim.Run(context.Background(), p)
	if err != nil {
		b.Fatal(err)
	}
	pack := filepath.Join(b.TempDir(), recfile.ShardName(0, 1))
	r := &run{opt: Options{Out: filepath.Dir(pack), Of: 1}}
	n := 0
	for b.Loop() {
		if err := r.writePacked(s, task{row: n}, simfile.PackedOptions{}); err != nil {
			b.Fatal(err)
		}
		n++
	}
	if _, err := h5.Merge(pack); err != nil {
		b.Fatal(err)
	}
	for i := range n {
		if _, err := recfile.ReadRecording(address(pack, i), recfile.Options{}); err != nil {
			b.Fatal(fmt.Errorf("row %d: %w", i, err))
		}
	}
}
