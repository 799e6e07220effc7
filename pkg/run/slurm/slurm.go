// Package slurm writes and submits SLURM job arrays that share a batch of simulations:
// one array task per shard, and a last job that does what is missing and writes the
// manifest. Scheduling, retries and accounting are SLURM's.
package slurm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"example.org/renshaw/pkg/file/atomicfile"
)

// Names of the files below <batch>/slurm.
const (
	ArrayScript = "simulate.sbatch"
	MergeScript = "merge.sbatch"
)

// Options of a job array.
type Options struct {
	Program string   // path of renshaw on the nodes
	Batch   string   // batch file, a path that the nodes see
	Out     string   // folder of the batch, on a file system that the nodes share
	Args    []string // further arguments of renshaw simulate, e.g. --n 100

	Shards int    // array tasks
	Nodes  int    // tasks that run at a time; 0 is no limit
	CPUs   int    // processors, and so simulations at a time, of a task
	Memory string // of a task as SLURM writes it, e.g. 2G; "" leaves it to the cluster
	Time   string // limit of a task, e.g. 04:00:00; "" leaves it to the cluster
	// Sbatch are further options of sbatch, e.g. --partition=main.
	Sbatch []string
}

// Validate reports options that cannot be submitted.
func (o *Options) Validate() error {
	switch {
	case o.Shards < 1 || o.Shards > 100000:
		return fmt.Errorf("slurm: %d shards; 1 to 100000 are expected", o.Shards)
	case o.CPUs < 1:
		return fmt.Errorf("slurm: %d processors per task; at least 1 is expected", o.CPUs)
	case o.Nodes < 0:
		return fmt.Errorf("slurm: %d tasks at a time; 0 or more are expected", o.Nodes)
	}
	for _, s := range append([]string{o.Program, o.Batch, o.Out}, append(o.Args, o.Sbatch...)...) {
		if strings.ContainsAny(s, "\n\r\x00") {
			return fmt.Errorf("slurm: %q: a line break cannot stand in a job script", s)
		}
	}
	return nil
}

// dir is where scripts and logs lie.
func (o *Options) dir() string { return filepath.Join(o.Out, "slurm") }

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// quoteDirective makes one word of a text for sbatch, which reads the #SBATCH lines itself: between
// double quotes a backslash takes the next character as it is.
func quoteDirective(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// directive is an option of sbatch as a line of a script has it: a value with blanks, after =, is
// one word, unless whoever gave it has quoted it.
func directive(option string) string {
	name, value, ok := strings.Cut(option, "=")
	if !ok || strings.ContainsAny(name, " \t") || !strings.ContainsAny(value, " \t#") ||
		strings.ContainsAny(value, `"'\`) {
		return option
	}
	return name + "=" + quoteDirective(value)
}

// script writes a job script. SLURM ends a task with SIGTERM, which renshaw answers
// within two seconds; a requeued or repeated task continues where it was.
func (o *Options) script(name string, directives []string, log string, args ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#!/bin/sh\n#SBATCH --job-name=renshaw-%s\n#SBATCH --requeue\n#SBATCH "+
		"--open-mode=append\n", name)
	for _, d := range directives {
		fmt.Fprintf(&b, "#SBATCH %s\n", d)
	}
	redirect := o.log(&b, log)
	for _, d := range o.Sbatch {
		fmt.Fprintf(&b, "#SBATCH %s\n", directive(d))
	}
	words := []string{quote(o.Program), "simulate", quote(o.Batch), "-o", quote(o.Out)}
	for _, a := range o.Args {
		words = append(words, quote(a))
	}
	fmt.Fprintf(&b, "exec %s %s%s\n", strings.Join(words, " "), strings.Join(args, " "), redirect)
	return b.String()
}

// log writes the directive that names the log, in which %a is the number of the task. In a path
// %% is a %, but a \ keeps sbatch from replacing anything: there the shell redirects the output.
func (o *Options) log(b *strings.Builder, name string) (redirect string) {
	dir := filepath.Join(o.dir(), "logs")
	if !strings.Contains(dir, `\`) {
		path := strings.ReplaceAll(dir, "%", "%%") + "/" + name
		fmt.Fprintf(b, "#SBATCH --output=%s\n", quoteDirective(path))
		return ""
	}
	fmt.Fprintf(b, "#SBATCH --output=/dev/null\n")
	return " >>" + quote(dir) + "/" + strings.ReplaceAll(name, "%a", `"$SLURM_ARRAY_TASK_ID"`) +
		" 2>&1"
}

func (o *Options) resources() []string {
	d := []string{fmt.Sprintf("--cpus-per-task=%d", o.CPUs), "--ntasks=1"}
	if o.Memory != "" {
		d = append(d, "--mem="+o.Memory)
	}
	if o.Time != "" {
		d = append(d, "--time="+o.Time)
	}
	return d
}

// Write writes both scripts and returns their paths.
func (o *Options) Write() (array, merge string, err error) {
	if err := o.Validate(); err != nil {
		return "", "", err
	}
	tasks := fmt.Sprintf("--array=0-%d", o.Shards-1)
	if o.Nodes > 0 {
		tasks += fmt.Sprintf("%%%d", o.Nodes)
	}
	array, merge = filepath.Join(o.dir(), ArrayScript), filepath.Join(o.dir(), MergeScript)
	for path, text := range map[string]string{
		array: o.script("simulate", append(o.resources(), tasks), "task-%a.log", "--shard",
			fmt.Sprintf("\"$SLURM_ARRAY_TASK_ID/%d\"", o.Shards), "--workers", fmt.Sprint(o.CPUs)),
		merge: o.script("merge", o.resources(), "merge.log", "--workers",
			fmt.Sprint(o.CPUs)),
		// SLURM kills a job silently whose log cannot be opened: the folder must exist.
		filepath.Join(o.dir(), "logs", "README"): "Output of the array tasks (task-<shard>.log) and of " +
			"the last job (merge.log).\n",
	} {
		if err := atomicfile.Write(path,
			func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
			return "", "", err
		}
	}
	return array, merge, nil
}

var jobID = regexp.MustCompile(`^\d+`)

// Submit writes the scripts and submits them; the last job starts when all tasks have
// ended, however they ended. With wait it returns when the last job has ended, with an
// error if that failed.
func (o *Options) Submit(ctx context.Context, wait bool) (arrayJob, mergeJob string, err error) {
	array, merge, err := o.Write()
	if err != nil {
		return "", "", err
	}
	if arrayJob, err = sbatch(ctx, array); err != nil {
		return "", "", err
	}
	args := []string{"--dependency=afterany:" + arrayJob}
	if wait {
		args = append(args, "--wait")
	}
	mergeJob, err = sbatch(ctx, merge, args...)
	return arrayJob, mergeJob, err
}

func sbatch(ctx context.Context, script string, args ...string) (string, error) {
	var out, errOut bytes.Buffer
	cmd := exec.CommandContext(ctx, "sbatch",
		append(append([]string{"--parsable"}, args...), script)...)
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	id := jobID.FindString(strings.TrimSpace(out.String()))
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("slurm: there is no sbatch here: submit on a node of the cluster that "+
			"has it "+
			"(renshaw slurm --dry-run only writes the scripts, here %s)", script)
	}
	if err != nil && id != "" {
		return id, fmt.Errorf("slurm: job %s failed; its output is beside %s in logs", id, script)
	}
	if err != nil {
		return "", fmt.Errorf("slurm: sbatch %s: %w: %s", script, err, strings.TrimSpace(errOut.String()))
	}
	if id == "" {
		return "", fmt.Errorf("slurm: sbatch %s: no job number in %q", script, out.String())
	}
	return id, nil
}
