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

// A part that waits, and that another shard has done since, is not joined a second time.
func TestWaitingPartsOfOthers(t *testing.T) {
	f := write(t, small)
	out := t.TempDir()
	r := &run{file: f, opt: Options{Out: out, Of: 1}} // stopped after two rows
	rows, err := r.plan()
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range rows[:2] {
		s, err := new(motorpool.Simulator).Run(context.Background(), j.params)
		if err == nil {
			err = r.writePacked(s, j, simfile.PackedOptions{})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	simulate(t, f, Options{Out: out, Packed: true, Shard: 1, Of: 2}) // rows 1, 3 and 5
	if res := simulate(t, f, Options{Out: out}); res.Skipped != 4 || res.Done != 2 {
		t.Errorf("the rest: %+v", res)
	}
	if res := simulate(t, f, Options{Out: out, Verify: true}); res.Skipped != 6 {
		t.Errorf("again: %+v", res)
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

// What is wrong with the packs of a folder is found before anything is simulated, and said.
func TestPackedAttacks(t *testing.T) {
	f := write(t, small)
	good := t.TempDir()
	for i := range 2 {
		simulate(t, f, Options{Out: good, Packed: true, Shard: i, Of: 3})
	}
	other := func(from, to string) *File { return write(t, strings.Replace(small, from, to, 1)) }
	pack := func(dir string, i, n int) string { return filepath.Join(dir, recfile.ShardName(i, n)) }
	rename := func(i, n, toI, toN int) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			raw, err := os.ReadFile(pack(dir, i, n))
			if err == nil {
				err = os.WriteFile(pack(dir, toI, toN), raw, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	cut := func(bytes int64) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Truncate(pack(dir, 1, 3), bytes); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name   string
		attack func(t *testing.T, dir string)
		file   *File
		opt    Options
		want   string // "" if all is made good
	}{
		{"cut off", cut(4000), f, Options{Shard: 2, Of: 3},
			"shard_1_of_3.h5: cannot be opened|do them again (renshaw simulate BATCH -o |--packed --shard " +
				"1/3 --verify)"},
		{"empty", cut(0), f, Options{Shard: 1, Of: 3}, "shard_1_of_3.h5: cannot be opened"},
		{"cut off and done again", cut(4000), f, Options{Shard: 1, Of: 3, Verify: true}, ""},
		{"a file of another kind", func(t *testing.T, dir string) {
			s, err := new(motorpool.Simulator).Run(context.Background(), planned(t, f).params)
			if err == nil {
				err = simfile.WritePacked(pack(dir, 2, 3), s, simfile.PackedOptions{})
			}
			if err != nil {
				t.Fatal(err)
			}
		}, f, Options{Shard: 2, Of: 3, Verify: true}, "file of another kind: move it elsewhere"},
		{"another seed in a shard that is not there", nil, other("seed: 3", "seed: 4"),
			Options{Shard: 2, Of: 3}, "simulations of another batch: its seed is not that of"},
		{"another prior", nil, other("[0, 3]", "[0, 2]"), Options{Shard: 2, Of: 3}, "its prior is not"},
		{"another name and length", nil, other("name: small", "name: large"),
			Options{Shard: 2, Of: 3, Limit: 4}, ""},
		{"the same rows twice", rename(1, 3, 1, 2), f, Options{Shard: 2, Of: 3},
			"simulation_output_1 is in |shard_1_of_2.h5 and in |shard_1_of_3.h5: remove one"},
		{"rows of another shard", rename(1, 3, 2, 3), f, Options{Shard: 2, Of: 3},
			"shard_1_of_3.h5 and in |shard_2_of_3.h5: remove one"},
		{"no such shard", rename(1, 3, 3, 3), f, Options{Shard: 2, Of: 3},
			"shard_3_of_3.h5: there are shards 0 to 2 of 3"},
		{"another division", nil, f, Options{Shard: 0, Of: 2}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "[out]*")
			if err := os.CopyFS(out, os.DirFS(good)); err != nil {
				t.Fatal(err)
			}
			if c.attack != nil {
				c.attack(t, out)
			}
			c.opt.Out, c.opt.Packed, c.opt.Workers = out, true, 1
			_, err := Run(context.Background(), c.file, c.opt)
			if c.want == "" && err != nil {
				t.Error(err)
			}
			for _, part := range strings.Split(c.want, "|") {
				if c.want != "" && (err == nil || !strings.Contains(err.Error(), part)) {
					t.Errorf("%v, want %q", err, part)
				}
			}
		})
	}
}

// planned is the first row of a batch.
func planned(t *testing.T, f *File) task {
	t.Helper()
	rows, err := (&run{file: f, opt: Options{Of: 1}}).plan()
	if err != nil {
		t.Fatal(err)
	}
	return rows[0]
}

// Two runs of one shard exclude each other; runs of different shards do not.
func TestPackedTwoAtOnce(t *testing.T) {
	f := write(t, small)
	out := t.TempDir()
	lock, err := job.LockShard(out, "another renshaw", 0, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	if _, err := Run(context.Background(), f, Options{Out: out, Packed: true, Of: 2}); !errors.Is(err,
		job.ErrLocked) || !strings.Contains(err.Error(), "another renshaw") {
		t.Errorf("the same shard: %v", err)
	}
	if _, err := Run(context.Background(), f, Options{Out: out, Packed: true}); !errors.Is(err,
		job.ErrLocked) {
		t.Errorf("the whole folder: %v", err)
	}
	simulate(t, f, Options{Out: out, Packed: true, Shard: 1, Of: 2})
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

// A folder whose simulations kept some of their units takes no others.
func TestOtherKeptUnits(t *testing.T) {
	f := write(t, strings.NewReplacer("duration: 0.5", "duration: 8",
		"[40000]", "[60000]").Replace(small))
	for _, c := range []struct {
		first, then int
		want        string
	}{{3, 3, ""}, {3, 4, "holds 3 of the 6 motor neurons"}, {6, 60, ""},
		{3, 0, "holds some of its motor neurons"}, {0, 3, "holds every motor neuron"}} {
		opt := Options{Out: t.TempDir(), Packed: true, Limit: 1, KeepUnits: c.first}
		simulate(t, f, opt)
		opt.Limit, opt.KeepUnits = 2, c.then
		_, err := Run(context.Background(), f, opt)
		var other *OtherError
		if c.want == "" && err != nil ||
			c.want != "" && (!errors.As(err, &other) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%d, then %d: %v", c.first, c.then, err)
		}
	}
}
