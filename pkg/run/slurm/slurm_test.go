package slurm_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/pkg/run/slurm"
)

func options(dir string) slurm.Options {
	return slurm.Options{Program: "/opt/renshaw", Batch: "training.yaml", Out: dir, Shards: 20,
		CPUs:  4,
		Nodes: 5, Memory: "2G", Time: "04:00:00"}
}

// A job array of 20 tasks, five at a time.
func ExampleOptions_Write() {
	dir, err := os.MkdirTemp("", "renshaw")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	o := options(dir)
	array, _, err := o.Write()
	if err != nil {
		fmt.Println(err)
		return
	}
	text, _ := os.ReadFile(array)
	for _, line := range strings.Split(string(text), "\n") {
		if strings.Contains(line, "--array") || strings.Contains(line, "--cpus") {
			fmt.Println(line)
		}
	}
	// Output:
	// #SBATCH --cpus-per-task=4
	// #SBATCH --array=0-19%5
}

func TestValidate(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*slurm.Options)
		want   string // "" for options that can be submitted
	}{
		{"default", func(*slurm.Options) {}, ""},
		{"no shard", func(o *slurm.Options) { o.Shards = 0 }, "0 shards"},
		{"too many shards", func(o *slurm.Options) { o.Shards = 100001 }, "100001 shards"},
		{"no processor", func(o *slurm.Options) { o.CPUs = 0 }, "0 processors"},
		{"negative limit", func(o *slurm.Options) { o.Nodes = -1 }, "-1 tasks"},
		{"line break", func(o *slurm.Options) { o.Batch = "a\nrm -r b" }, "line break"},
		{"line break in an option", func(o *slurm.Options) { o.Sbatch = []string{"a\rb"} }, "line break"},
	} {
		o := options(t.TempDir())
		test.change(&o)
		if err := o.Validate(); (err == nil) != (test.want == "") || err != nil &&
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// Words with spaces and quotes reach the program as they are (POSIX shell, 2.2.2); the folder
// of the logs exists.
func TestScripts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's here")
	o := options(dir)
	o.Args, o.Nodes = []string{"--n", "100 $HOME"}, 0
	array, merge, err := o.Write()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{array: "#SBATCH --array=0-19\n", merge: "--workers 4"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range []string{want, `it'\''s here'`, "'--n' '100 $HOME'", "#SBATCH --mem=2G",
			"#SBATCH --time=04:00:00"} {
			if !strings.Contains(string(text), w) {
				t.Errorf("%s lacks %q:\n%s", path, w, text)
			}
		}
	}
	if st, err := os.Stat(filepath.Join(dir, "slurm", "logs")); err != nil || !st.IsDir() {
		t.Errorf("folder of the logs: %v", err)
	}
}

// sbatch is stood in for by a script that prints a number, or fails.
func TestSubmit(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	pretend := func(script string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(bin, "sbatch"), []byte("#!/bin/sh\n"+script),
			0o755); err != nil {
			t.Fatal(err)
		}
	}
	o := options(filepath.Join(t.TempDir(), "batch"))
	pretend("case \"$*\" in *afterany:7*) echo '8;cluster';; *) echo '7;cluster';; esac")
	if array, merge, err := o.Submit(context.Background(), true); array != "7" || merge != "8" ||
		err != nil {
		t.Errorf("jobs %s and %s, %v", array, merge, err)
	}
	pretend("echo no such partition >&2; exit 1")
	if _, _, err := o.Submit(context.Background(), false); err == nil ||
		!strings.Contains(err.Error(), "no such partition") {
		t.Errorf("a refused job: %v", err)
	}
	pretend("echo hello")
	if _, _, err := o.Submit(context.Background(), false); err == nil ||
		!strings.Contains(err.Error(), "no job number") {
		t.Errorf("an answer without number: %v", err)
	}
}
