package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/table"
)

// The paper's networks, imported, give the densities that the original modules give.
func TestImportAndLogProb(t *testing.T) {
	pretrained := testdata.Shared(t, "data/pretrained")
	for _, name := range []string{"single_muscle", "single_muscle_heldout", "muscle_pair"} {
		dir := t.TempDir()
		est, out := filepath.Join(dir, "est"), filepath.Join(dir, "out.csv")
		if o := renshaw(t, "import", "estimator", filepath.Join(pretrained, name), "-o", est); o.code != 0 {
			t.Fatalf("%+v", o)
		}
		pairs := filepath.Join(testdata.Shared(t, "golden/inference"), name+"_log_prob.csv")
		if o := renshaw(t, "logprob", est, pairs, "-o", out); o.code != 0 {
			t.Fatalf("%+v", o)
		}
		want, errW := table.Read(pairs)
		got, errG := table.Read(out)
		if errW != nil || errG != nil || len(got.Rows) != len(want.Rows) {
			t.Fatal(errW, errG)
		}
		for i, row := range got.Rows {
			a, _ := table.ParseFloat(row[got.Col("log_prob")])
			b, _ := table.ParseFloat(want.Rows[i][want.Col("log_prob")])
			if math.Abs(a-b) > 1e-9 {
				t.Fatalf("%s: row %d: %v, want %v", name, i, a, b)
			}
		}
	}
}

func TestEstimatorErrors(t *testing.T) {
	pretrained := filepath.Join(testdata.Shared(t, "data/pretrained"), "single_muscle")
	dir := t.TempDir()
	est := filepath.Join(dir, "est")
	if o := renshaw(t, "import", "estimator", pretrained, "-o", est); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	good := filepath.Join(testdata.Shared(t, "golden/inference"), "single_muscle_log_prob.csv")
	raw, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(raw), "\n")
	first, _, _ := strings.Cut(body, "\n")
	renamed := writeFile(t, filepath.Join(dir, "renamed.csv"), strings.Replace(string(raw), "x_sync_height_mean", "x_sync_heigt_mean", 1))
	hole := writeFile(t, filepath.Join(dir, "hole.csv"), head+"\n"+strings.Replace(first, first[2:strings.Index(first[2:], ",")+2], "", 1)+"\n")
	weights, err := os.ReadFile(filepath.Join(est, "weights.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(est, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	broken := func(name, configText string, w []byte) string {
		d := filepath.Join(dir, name)
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(d, "config.json"), configText)
		writeFile(t, filepath.Join(d, "weights.safetensors"), string(w))
		return d
	}
	for _, c := range []struct{ est, pairs, want string }{
		{est, renamed, `column "x_sync_height_mean" is missing; the nearest is "x_sync_heigt_mean"`},
		{est, hole, "line 2"},
		{pretrained, good, "import"},
		{broken("cut", string(config), weights[:len(weights)/2]), good, "damaged, cut off"},
		{broken("short", string(config), weights[:5]), good, "damaged, cut off"},
		{broken("newer", strings.Replace(string(config), `"format_version": 1`, `"format_version": 9`, 1), weights), good, "format_version 9"},
		{broken("other", `{"format": "x"}`, weights), good, "no estimator"},
		{broken("names", strings.Replace(string(config), `"sync_height_iqr",`, "", 1), weights), good, "15 features"},
	} {
		if o := renshaw(t, "logprob", c.est, c.pairs, "-o", filepath.Join(dir, "out.csv")); o.code != exitFailed || !strings.Contains(o.stderr, c.want) {
			t.Errorf("%s %s: %+v, want %q", c.est, c.pairs, o, c.want)
		}
	}
}
