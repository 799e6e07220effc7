package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/figure/paper"
)

func TestFigure(t *testing.T) {
	testdata.Long(t)
	data := filepath.Join(testdata.Root(), "study")
	out := t.TempDir()
	o := renshaw(t, "figure", "all", "--data", data, "-o", out, "--json")
	if o.code != exitDone || !strings.Contains(o.stderr, "not drawn: fig5c: experiment.csv") {
		t.Fatalf("%+v", o)
	}
	var result struct {
		Drawn   []string          `json:"drawn"`
		Missing map[string]string `json:"missing"`
	}
	if err := json.Unmarshal([]byte(o.stdout), &result); err != nil || len(result.Drawn) == 0 ||
		result.Drawn[0] != "fig2" || result.Missing["fig5a"] == "" {
		t.Fatalf("%v: %s", err, o.stdout)
	}
	for _, extension := range []string{".svg", ".pdf", ".png", ".data.json"} {
		if info, err := os.Stat(filepath.Join(out, "fig2"+extension)); err != nil || info.Size() < 1000 {
			t.Errorf("fig2%s: %v", extension, err)
		}
	}
	for _, c := range []struct {
		code int
		text string
		args []string
	}{
		{exitUsage, `did you mean "fig`, []string{"figure", "fig5", "--data", data, "-o", out}},
		{exitUsage, "--data DIR and -o DIR", []string{"figure", "fig2"}},
		{exitFailed, "fig5c: experiment.csv or", []string{"figure", "fig5c", "--data", data, "-o", out}},
		{exitFailed, "nothing", []string{"figure", "fig2", "--data", filepath.Join(data, "nothing"), "-o",
			out}},
		{exitFailed, "nothing to draw", []string{"figure", "all", "--data", t.TempDir(), "-o", out}},
	} {
		if o := renshaw(t, c.args...); o.code != c.code || !strings.Contains(o.stderr, c.text) {
			t.Errorf("%v: %+v", c.args, o)
		}
	}
	o = renshaw(t, "figure", "--list")
	for _, f := range paper.Figures() {
		if !strings.Contains(o.stdout, f.Name) {
			t.Errorf("the list lacks %s: %s", f.Name, o.stdout)
		}
		if f.Name != "secondary" && !strings.Contains(page(t, "howto/figures.md"), "`"+f.Name) {
			t.Errorf("howto/figures.md does not describe %s", f.Name)
		}
	}
}
