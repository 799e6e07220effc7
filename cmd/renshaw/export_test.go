package main

import (
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/exchange/motorunit"
	"example.org/renshaw/pkg/file/h5"
)

// exampleRecordings returns the paths of some recordings: converted, from a table of times with odd
// names and a unit without discharges, of the paper profile (samples from 1), and simulated.
func exampleRecordings(t *testing.T) []string {
	dir := t.TempDir()
	table := writeFile(t, filepath.Join(dir, "Ä 2_TA_12percent.csv"),
		"unit,muscle,time_s\nµ1,TA,0.5\nµ1,TA,1.25\nb,TA,0.1\nb,FDI,0.3\nb,FDI,0.30001\n")
	batch := writeFile(t, filepath.Join(dir, "batch.yaml"), "name: short\nseed: 1\nn: 1\nfixed: "+
		"{nb_pools: 1, duration: 2, nb_motoneurons_per_pool: 6, nb_RCs_per_pool_pair: 2, "+
		"full_pool_sim: false}\n")
	convertExample(t, filepath.Join(dir, "corrected"))
	for _, args := range [][]string{
		{"convert", table, "-o", filepath.Join(dir, "corrected")},
		{"convert", example(), "-o", filepath.Join(dir, "paper"), "--profile", "paper"},
		{"simulate", batch, "-o", filepath.Join(dir, "batch")},
	} {
		if o := renshaw(t, args...); o.code != exitDone {
			t.Fatalf("%v: %+v", args, o)
		}
	}
	return []string{filepath.Join(dir, "corrected/T1_Fingers_10percent.h5"),
		filepath.Join(dir, "corrected/Ä 2_TA_12percent.h5"),
		filepath.Join(dir, "paper/T1_Fingers_10percent.h5"),
		filepath.Join(dir, "batch/simulation_output_0/simulation_output.h5")}
}

func TestExportKeepsEverySpikeAndUnit(t *testing.T) {
	testdata.Long(t)
	for _, path := range exampleRecordings(t) {
		want, err := motorunit.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		for _, format := range []string{"nwb", "bids", "openhdemg"} {
			out := filepath.Join(dir, format+"."+format)
			if o := renshaw(t, "export", format, path, "-o", out); o.code != exitDone {
				t.Fatalf("%s: %+v", format, o)
			}
		}
		for format, got := range map[string][]motorunit.Unit{"nwb": fromNWB(t,
			filepath.Join(dir, "nwb.nwb")),
			"openhdemg": fromOpenhdemg(t, filepath.Join(dir, "openhdemg.openhdemg")),
			"bids":      fromBIDS(t, filepath.Join(dir, "bids.bids"))} {
			if len(got) != len(want.Units) {
				t.Fatalf("%s of %s: %d units, want %d", format, path, len(got), len(want.Units))
			}
			for i, u := range want.Units {
				g := got[i]
				same := g.Name == u.Name && g.Muscle == u.Muscle &&
					len(g.SpikesS)+len(g.Samples) > 0 == (len(u.SpikesS) > 0)
				if g.SpikesS != nil {
					same = same && slices.EqualFunc(g.SpikesS, u.SpikesS,
						func(a, b float64) bool { return math.Abs(a-b) < 1e-12 })
				}
				if g.Samples != nil {
					same = same && slices.Equal(g.Samples, u.Samples)
				}
				if !same {
					t.Errorf("%s of %s: unit %d is %+v, want %+v", format, path, i, g, u)
				}
			}
		}
	}
}

func fromNWB(t *testing.T, path string) []motorunit.Unit {
	t.Helper()
	f, err := h5.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	spikes, _, err1 := f.Float64s("/units/spike_times")
	ends, _, err2 := f.Int64s("/units/spike_times_index")
	names, err3 := f.Strings("/units/unit_name")
	muscles, err4 := f.Strings("/units/muscle")
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			t.Fatal(err)
		}
	}
	out := make([]motorunit.Unit, len(ends))
	from := int64(0)
	for i, to := range ends {
		out[i] = motorunit.Unit{Name: names[i], Muscle: muscles[i], SpikesS: spikes[from:to]}
		from = to
	}
	return out
}

func fromOpenhdemg(t *testing.T, path string) []motorunit.Unit {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]string
	if err := json.NewDecoder(z).Decode(&file); err != nil {
		t.Fatal(err)
	}
	var pulses [][]int64
	var extras, binary struct {
		Index []int
		Data  [][]any
	}
	for key, to := range map[string]any{"MUPULSES": &pulses, "EXTRAS": &extras,
		"BINARY_MUS_FIRING": &binary} {
		if err := json.Unmarshal([]byte(file[key]), to); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
	}
	out := make([]motorunit.Unit, len(pulses))
	for i, p := range pulses {
		out[i] = motorunit.Unit{Name: extras.Data[i][1].(string), Muscle: extras.Data[i][2].(string),
			Samples: p}
		for _, s := range p {
			if binary.Data[s][i].(float64) != 1 || binary.Index[s] != int(s) {
				t.Errorf("BINARY_MUS_FIRING of unit %d at %d: %v", i, s, binary.Data[s][i])
			}
		}
	}
	return out
}

func fromBIDS(t *testing.T, dir string) []motorunit.Unit {
	t.Helper()
	found, _ := filepath.Glob(filepath.Join(dir, "sub-*/emg/*_events.tsv"))
	if len(found) != 1 {
		t.Fatalf("%v", files(t, dir))
	}
	out := t.TempDir()
	if o := renshaw(t, "convert", found[0], "--intensity", "10", "-o", out); o.code != exitDone {
		t.Fatalf("%+v", o)
	}
	back, _ := filepath.Glob(filepath.Join(out, "*.h5"))
	r, err := motorunit.Read(back[0])
	if err != nil {
		t.Fatal(err)
	}
	return r.Units
}

func TestExportOfPosteriors(t *testing.T) {
	dir := t.TempDir()
	path := writeFile(t, filepath.Join(dir, "posterior_samples.csv"),
		"a,b,subject,muscle_pair,intensity\n1,2,S1,TA<->TA,10\n3,4,S1,TA<->TA,10\n5,6,S2,TA<->TA,10\n")
	out := filepath.Join(dir, "p.nc")
	if o := renshaw(t, "export", "arviz", path, "-o", out); o.code != exitDone {
		t.Fatalf("%+v", o)
	}
	f, err := h5.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, dims, err := f.Float64s("/posterior/b")
	if err != nil || !reflect.DeepEqual(dims, []int{1, 2, 2}) || b[0] != 2 || b[1] != 6 || b[2] != 4 ||
		!math.IsNaN(b[3]) {
		t.Errorf("b is %v of shape %v, %v", b, dims, err)
	}
	if c, err := f.Strings("/posterior/condition"); err != nil ||
		!reflect.DeepEqual(c, []string{"S1 TA<->TA 10%", "S2 TA<->TA 10%"}) {
		t.Errorf("conditions %q, %v", c, err)
	}
}

func TestExportErrors(t *testing.T) {
	dir := t.TempDir()
	recording := filepath.Join(testdata.Root(), "examples/recordings/V1_Quadriceps_10percent.h5")
	copied := filepath.Join(dir, "V1_Quadriceps_10percent_2.h5")
	b, err := os.ReadFile(recording)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, b, 0o644); err != nil {
		t.Fatal(err)
	}
	dataset := filepath.Join(dir, "bids")
	if o := renshaw(t, "export", "bids", recording, "-o", dataset); o.code != exitDone {
		t.Fatalf("%+v", o)
	}
	out := filepath.Join(dir, "out.nwb")
	for _, c := range []struct {
		code int
		text string
		args []string
	}{
		{exitUsage, "name a format", []string{"export"}},
		{exitUsage, "name a format", []string{"export", "edf", recording, "-o", out}},
		{exitUsage, "--output is needed; see renshaw export nwb --help",
			[]string{"export", "nwb", recording}},
		{exitUsage, "not a time",
			[]string{"export", "nwb", recording, "-o", out, "--session-start", "yesterday"}},
		{exitUsage, "ISO 8601", []string{"export", "nwb", recording, "-o", out, "--age", "30"}},
		{exitFailed, `no unit of muscle "TA"`,
			[]string{"export", "openhdemg", recording, "-o", out, "--muscle", "TA"}},
		{exitFailed, "nothing.h5",
			[]string{"export", "nwb", filepath.Join(dir, "nothing.h5"), "-o", out}},
		{exitFailed, "rename one of them", []string{"export", "bids", copied, "-o", dataset}},
		{exitFailed, "no column of a parameter",
			[]string{"export", "arviz",
				writeFile(t, filepath.Join(dir, "x.csv"), "subject,muscle_pair,intensity\nS1,TA<->TA,10\n"),
				"-o", out}},
	} {
		if o := renshaw(t, c.args...); o.code != c.code || !strings.Contains(o.stderr+o.stdout, c.text) {
			t.Errorf("%v: %+v", c.args, o)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%v left a file", c.args)
		}
	}
}
