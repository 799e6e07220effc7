package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
)

// whatRunsDiffer are the fields of manifests that may differ between two runs of the same work.
var whatRunsDiffer = []string{"started", "finished", "host"}

// The same input, seed and version give the same bytes for every file that is written, however
// many workers there are; manifests differ in times and host only.
func TestSameBytes(t *testing.T) {
	testdata.Long(t)
	base := t.TempDir()
	t.Setenv("SOURCE_DATE_EPOCH", "1760000000")
	batch := writeFile(t, filepath.Join(base, "b.yaml"), smallBatch)
	config := writeFile(t, filepath.Join(base, "a.yaml"),
		"cross_histogram_measures_min_spikes: 100\ncross_histogram_measures_null_distrib_nb_iter: 3\n"+
			"cross_histogram_ignore_heteronymous_pool: true\n")
	pairs := writeFile(t, filepath.Join(base, "pairs.csv"),
		"subject,x_a,x_b\nS1,0.4,0.6\nS2,0.5,0.5\n")
	estimator := filepath.Join(testdata.Root(), "pkg/sbi/testdata/estimator_v4")
	dir := filepath.Join(base, "results") // the same for both: files name their inputs
	var trees [2]string
	for i, workers := range []string{"1", "2"} {
		in := func(name string) string { return filepath.Join(dir, name) }
		for _, args := range [][]string{
			{"convert", example(), "-o", in("recordings"), "--workers", workers},
			{"simulate", batch, "-o", in("batch"), "--n", "2", "--workers", workers},
			{"analyze", in("batch"), "--config", config, "--workers", workers},
			{"analyze", in("recordings"), "--config", config, "--workers", workers},
			{"summarize", in("batch"), "--kind", "simulation", "-o", in("tables/simulations.csv")},
			{"summarize", in("recordings"), "--kind", "experiment", "-o", in("tables/experiment.csv")},
			{"infer", estimator, pairs, "-o", in("posterior"), "--samples", "50", "--figures",
				"--workers", workers},
			{"export", "nwb", in("recordings/T1_Fingers_10percent.h5"), "-o", in("exchange/T1.nwb")},
			{"export", "openhdemg", in("recordings/T1_Fingers_10percent.h5"), "-o",
				in("exchange/T1.json")},
			{"report", in("recordings/T1_Fingers_10percent.h5"), "-o", in("T1.html")},
		} {
			if o := renshaw(t, args...); o.code != 0 {
				t.Fatalf("%v: %+v", args, o)
			}
		}
		trees[i] = filepath.Join(base, "run"+workers)
		if err := os.Rename(dir, trees[i]); err != nil {
			t.Fatal(err)
		}
	}
	count := 0
	err := filepath.WalkDir(trees[0], func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(trees[0], path)
		if err != nil {
			return err
		}
		one, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		two, err := os.ReadFile(filepath.Join(trees[1], rel))
		if err != nil {
			t.Errorf("%s is in one run only", rel)
			return nil
		}
		count++
		if strings.Contains(rel, "manifest") {
			one, two = timeless(t, rel, one), timeless(t, rel, two)
		}
		if !strings.HasSuffix(rel, ".lock") && !strings.Contains(rel, "progress") &&
			!bytes.Equal(one, two) {
			t.Errorf("%s differs between two runs (%d and %d bytes)", rel, len(one), len(two))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if count < 40 {
		t.Errorf("only %d files were compared", count)
	}
}

// timeless is a manifest without what may differ between runs.
func timeless(t *testing.T, name string, manifest []byte) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(manifest, &m); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, field := range whatRunsDiffer {
		delete(m, field)
	}
	out, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	return out
}
