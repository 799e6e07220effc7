// Package notebook holds what notebooks need and nothing else: parameters that can
// be set from outside, figures and tables inline, progress, errors. It is the only
// importer of gonbui. Everything that displays waits until the kernel has it, since
// the kernel drops what is under way when a cell's process ends.
package notebook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"time"

	"github.com/janpfeifer/gonb/gonbui"

	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/job"
)

// ParametersEnv holds parameters as JSON, for all notebooks of a run: every notebook
// takes the fields that it knows.
const ParametersEnv = "RENSHAW_PARAMS"

// Parameters returns the defaults of the parameters cell with what ParametersEnv
// overrides. A field that no notebook knows is reported by CheckParameters, not
// here, because one variable serves several notebooks.
func Parameters[T any](defaults T) T {
	raw := os.Getenv(ParametersEnv)
	if raw == "" {
		return defaults
	}
	p := defaults
	Check(override(raw, &p))
	return p
}

// override sets the fields that raw has.
func override(raw string, p any) error {
	err := json.Unmarshal([]byte(raw), p)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		what := wrong.Type.String()
		if wrong.Type.Kind() >= reflect.Int && wrong.Type.Kind() <= reflect.Uint64 {
			what = "a whole number (" + what + ")"
		}
		return fmt.Errorf("%s: %s: %s was found; %s is expected", ParametersEnv, wrong.Field, wrong.Value,
			what)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", ParametersEnv, err)
	}
	return nil
}

// WorkEnv names the folder of one's own files where that is not the checkout, as in the container
// and on a checkout that cannot be written.
const WorkEnv = "RENSHAW_WORK"

// Path is a path of the parameters. Relative ones are below the checkout, or, with WorkEnv, below
// that folder unless only the checkout has them (the examples).
func Path(elem ...string) string {
	p := filepath.Join(elem...)
	if filepath.IsAbs(p) {
		return p
	}
	shipped := filepath.Join(os.Getenv("RENSHAW_ROOT"), p)
	work := os.Getenv(WorkEnv)
	if work == "" {
		return shipped
	}
	own := filepath.Join(work, p)
	if !exists(own) && exists(shipped) {
		return shipped
	}
	return own
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Check ends the cell with the message of an error and the line of the cell that gave it.
func Check(err error) {
	if err != nil {
		end(err, 2)
	}
}

// end ends the cell; skip callers up stands the line of the cell. The kernel replaces a line that
// names its file by the numbers of cell and line.
func end(err error, skip int) {
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "interrupted: everything finished is kept")
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, err)
	if _, file, line, ok := runtime.Caller(skip); ok {
		fmt.Fprintf(os.Stderr, "\t%s:%d\n", file, line)
	}
	os.Exit(1)
}

// Context is cancelled by the notebook's interrupt button, and when the kernel is gone: a cell
// that nobody hears any more would keep its folder locked.
func Context() context.Context {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	if inKernel() {
		go watchKernel(os.Getppid(), cancel)
	}
	return ctx
}

// graceWithoutKernel is the time in which a cell can end by itself after its kernel.
const graceWithoutKernel = 5 * time.Second

// watchKernel cancels when the kernel is no longer the parent of the cell's process, and ends the
// process if it waits for the kernel's answer to a display.
func watchKernel(kernel int, cancel func()) {
	for os.Getppid() == kernel {
		time.Sleep(200 * time.Millisecond)
	}
	cancel()
	time.Sleep(graceWithoutKernel)
	os.Exit(1)
}

// inKernel reports whether a kernel listens; otherwise displays go to the standard
// output.
func inKernel() bool { return gonbui.IsNotebook }

// Markdown shows text.
func Markdown(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	if !inKernel() {
		fmt.Println(s)
		return
	}
	gonbui.DisplayMarkdown(s)
	gonbui.Sync()
}

// HTML shows a fragment of a page.
func HTML(fragment string) {
	if !inKernel() {
		fmt.Println(fragment)
		return
	}
	gonbui.DisplayHTML(fragment)
	gonbui.Sync()
}

// Page shows a page that needs no other file (renshaw report) in a frame, and where it lies.
func Page(path string) {
	b, err := os.ReadFile(path)
	Check(err)
	HTML(`<iframe style="width:100%;height:780px;border:1px solid #ccc" title="` +
		html.EscapeString(filepath.Base(path)) + `" srcdoc="` + html.EscapeString(string(b)) +
		`"></iframe>`)
	Markdown("The same as one file to mail: `%s`", path)
}

// Figure is anything that draws itself as PNG.
type Figure interface{ PNG() ([]byte, error) }

// Show displays figures below each other.
func Show(figures ...Figure) {
	for _, f := range figures {
		png, err := f.PNG()
		Check(err)
		if !inKernel() {
			fmt.Printf("figure of %d bytes\n", len(png))
			continue
		}
		gonbui.DisplayPNG(png)
		gonbui.Sync()
	}
}

// Table shows the first rows of a table; columns picks and orders them (none: all).
func Table(t *table.Table, rows int, columns ...string) {
	if len(columns) == 0 {
		columns = t.Columns
	}
	idx, err := t.Need("table", columns...)
	Check(err)
	var b strings.Builder
	b.WriteString(`<table style="font-size:85%"><thead><tr>`)
	for _, c := range columns {
		b.WriteString("<th>" + html.EscapeString(c) + "</th>")
	}
	b.WriteString("</tr></thead><tbody>")
	for i, row := range t.Rows {
		if i == rows {
			break
		}
		b.WriteString("<tr>")
		for _, k := range idx {
			b.WriteString("<td>" + html.EscapeString(short(row[k])) + "</td>")
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</tbody></table>")
	if n := len(t.Rows); n > rows {
		fmt.Fprintf(&b, "<p>%d of %d rows</p>", rows, n)
	}
	HTML(b.String())
}

// short rounds numbers for reading; the file keeps every digit.
func short(s string) string {
	if !strings.ContainsAny(s, ".e") || strings.ContainsAny(s, " <[") {
		return s
	}
	v, err := table.ParseFloat(s)
	if err != nil {
		return s
	}
	return fmt.Sprintf("%.4g", v)
}

// Progress shows the progress of a long cell, in place.
func Progress(verb string, total int) *job.Progress {
	if !inKernel() {
		return job.NewProgress(os.Stderr, verb, total)
	}
	id := gonbui.UniqueId()
	return job.NewProgressFunc(func(line string) {
		gonbui.UpdateHTML(id, "<pre>"+html.EscapeString(line)+"</pre>")
		gonbui.Sync()
	}, verb, total)
}

// Warnings lists messages, at most `most` of them.
func Warnings(messages []string, most int) {
	if len(messages) == 0 {
		return
	}
	var b strings.Builder
	b.WriteString("<ul>")
	for i, m := range messages {
		if i == most {
			fmt.Fprintf(&b, "<li>and %d more</li>", len(messages)-i)
			break
		}
		b.WriteString("<li>" + html.EscapeString(m) + "</li>")
	}
	b.WriteString("</ul>")
	HTML(b.String())
}

// knownParameters are the fields of the parameters cells of all notebooks: one
// ParametersEnv serves them all.
var knownParameters = []string{"Data", "Out", "Profile", "Config", "Workers", "Seed", "Batch",
	"Rows", "SimulationConfig", "Estimator", "Pairs", "Samples", "Tables", "Epochs", "Networks",
	"Draws", "Base", "Study", "Variable", "Recording", "Judged", "Muscles", "Intensity", "Sessions",
	"Each"}

// CheckParameters reports a field of ParametersEnv that no notebook knows.
func CheckParameters() error {
	raw := os.Getenv(ParametersEnv)
	if raw == "" {
		return nil
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(raw), &m); err != nil {
		return fmt.Errorf("%s: %w", ParametersEnv, err)
	}
	for k := range m {
		ok := false
		for _, n := range knownParameters {
			ok = ok || strings.EqualFold(k, n)
		}
		if !ok {
			return fmt.Errorf("%s: unknown parameter %q; did you mean %q?", ParametersEnv, k,
				config.Nearest(k, knownParameters))
		}
	}
	return nil
}
