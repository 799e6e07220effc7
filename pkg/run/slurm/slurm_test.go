package slurm_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// Whatever characters paths have, the shell gives the program those words, and sbatch, which reads
// directives as slurm-wlm 22.05 does (quotes, and a backslash before one character), the log's
// path.
func TestOddPaths(t *testing.T) {
	for _, odd := range []string{"plain", "with space", "it's", `quo"te`, "100%a %j", "a #hash",
		`back\slash \%a`, "$HOME `id`", "äöü", "semi;colon & |", "-dash", "tab\tab", "~", "(x) [y] *?",
		`'"both`, " lead"} {
		dir := filepath.Join(t.TempDir(), odd)
		o := options(filepath.Join(dir, "out"))
		o.Program, o.Batch = filepath.Join(dir, "the program"), filepath.Join(dir, "a batch.yaml")
		o.Sbatch = []string{"--comment=two words #1", "--partition main", `--constraint="a b"`}
		array, _, err := o.Write()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(o.Program, []byte("#!/bin/sh\nprintf '%s\\n' \"$@\"\n"),
			0o755); err != nil {
			t.Fatal(err)
		}
		run := exec.Command("sh", array)
		run.Env = append(os.Environ(), "SLURM_ARRAY_TASK_ID=3")
		out, err := run.CombinedOutput()
		logs := filepath.Join(o.Out, "slurm", "logs")
		if strings.Contains(odd, `\`) {
			out, err = os.ReadFile(filepath.Join(logs, "task-3.log"))
		}
		want := strings.Join([]string{"simulate", o.Batch, "-o", o.Out, "--shard", "3/20", "--workers",
			"4", ""}, "\n")
		if err != nil || string(out) != want {
			t.Errorf("%s: %v, arguments\n%s\nwant\n%s", odd, err, out, want)
		}
		text, err := os.ReadFile(array)
		if err != nil {
			t.Fatal(err)
		}
		words := directives(string(text))
		log := "--output=" + strings.ReplaceAll(logs, "%", "%%") + "/task-%a.log"
		if strings.Contains(odd, `\`) {
			log = "--output=/dev/null"
		}
		for _, w := range []string{log, "--comment=two words #1", "--partition", "main",
			"--constraint=a b"} {
			if !slices.Contains(words, w) {
				t.Errorf("%s: no word %q in %q", odd, w, words)
			}
		}
	}
}

// directives are the words of the #SBATCH lines of a script.
func directives(script string) (words []string) {
	for _, line := range strings.Split(script, "\n") {
		rest, ok := strings.CutPrefix(line, "#SBATCH ")
		if !ok {
			continue
		}
		word, quote, begun := "", rune(0), false
		escaped := false
		for _, r := range rest + " " {
			switch {
			case escaped:
				word, escaped = word+string(r), false
			case r == '\\':
				escaped = true
			case quote != 0 && r == quote:
				quote = 0
			case quote == 0 && (r == '"' || r == '\''):
				quote, begun = r, true
			case quote == 0 && (r == ' ' || r == '\t'):
				if begun {
					words = append(words, word)
				}
				word, begun = "", false
			default:
				word, begun = word+string(r), true
			}
		}
	}
	return words
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
