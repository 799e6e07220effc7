// Command renshaw maps recurrent inhibition from motor-unit recordings: it converts
// decomposed recordings, analyses spike trains, and makes tables for inference.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/run/job"
)

// Exit codes of the contract.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// usageError is a fault of the command line or of a configuration file.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// namedFailures bounds the failures that the last line of a command names.
const namedFailures = 5

// someFailed ends a command some or all of whose total items failed; what says what they are.
func someFailed(what string, failed []string, total int) error {
	names := strings.Join(failed[:min(len(failed), namedFailures)], ", ")
	if n := len(failed) - namedFailures; n > 0 {
		names += fmt.Sprintf(" and %d more", n)
	}
	switch {
	case total == 1:
		return fmt.Errorf("%s failed", names)
	case len(failed) == total:
		return fmt.Errorf("all %d %s failed: %s", total, what, names)
	}
	return fmt.Errorf("%d of %d %s failed: %s; the others were written", len(failed), total, what,
		names)
}

func main() {
	matfile.ServeIfChild()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// app is what the commands share.
type app struct {
	out, err io.Writer
	json     bool
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{out: stdout, err: stderr}
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "interrupted: everything finished is kept")
		return exitInterrupted
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, "renshaw:", err)
		return exitUsage
	}
	fmt.Fprintln(stderr, "renshaw:", err)
	return exitFailed
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "renshaw",
		Short:         "Map recurrent inhibition from motor-unit recordings",
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			var names []string
			for _, c := range cmd.Commands() {
				names = append(names, c.Name())
			}
			return usageError{fmt.Errorf("unknown command %q; did you mean %q? See renshaw --help", args[0],
				config.Nearest(args[0], names))}
		},
		Args: cobra.ArbitraryArgs,
	}
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.CompletionOptions.DisableDefaultCmd = true
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print machine-readable results")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if name, ok := strings.CutPrefix(err.Error(), "unknown flag: --"); ok {
			err = fmt.Errorf("unknown flag --%s; did you mean --%s?", name,
				config.Nearest(name, flagNames(cmd)))
		}
		return usageError{err}
	})
	root.AddCommand(a.convert(), a.simulate(), a.replay(), a.slurm(), a.train(), a.evaluate(),
		a.check(), a.infer(), a.predict(), a.figure(), a.explore(), a.export(), a.reportPage(),
		a.importCommand(), a.logprob(), a.analyze(), a.summarize(), a.doctor(), a.version())
	return root
}

// atLeast is the number of arguments a command needs.
func atLeast(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return usageError{fmt.Errorf("%s: name %s; see %s --help", cmd.Name(), what, cmd.CommandPath())}
		}
		return nil
	}
}

func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("%s: name %s, found %d arguments; see %s --help", cmd.Name(), what,
				len(args), cmd.CommandPath())}
		}
		return nil
	}
}

// required makes flags whose absence is a usage error.
func required(cmd *cobra.Command, flags ...string) {
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		for _, f := range flags {
			if !cmd.Flags().Changed(f) {
				return usageError{fmt.Errorf("%s: --%s is needed; see %s --help", cmd.Name(), f,
					cmd.CommandPath())}
			}
		}
		return run(cmd, args)
	}
}

// failer is the result of an input, which may be a failure.
type failer interface {
	Failed() bool
	Name() string   // of the input, without its folder
	Reason() string // why it failed
}

// finish prints the results of a command and turns them into its error; results are
// nil when nothing was begun.
func finish[R failer](a *app, results []R, err error, print func(io.Writer, []R)) error {
	if results == nil {
		return err
	}
	if rerr := a.report(map[string]any{"results": results},
		func(w io.Writer) { print(w, results) }); rerr != nil {
		return rerr
	}
	var failed []string
	for _, r := range results {
		if r.Failed() {
			reason := r.Reason()
			if !strings.Contains(reason, r.Name()) {
				reason = r.Name() + ": " + reason
			}
			fmt.Fprintln(a.err, "failed:", reason)
			failed = append(failed, r.Name())
		}
	}
	if err == nil && len(failed) > 0 {
		err = someFailed("inputs", failed, len(results))
	}
	return err
}

// report prints v as JSON, or with text what fn prints.
func (a *app) report(v any, fn func(w io.Writer)) error {
	if !a.json {
		fn(a.out)
		return nil
	}
	e := json.NewEncoder(a.out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func (a *app) progress(verb string, total int) *job.Progress {
	return job.NewProgress(a.err, verb, total)
}

func workers(flag int) int {
	if flag > 0 {
		return flag
	}
	return runtime.NumCPU()
}

func commandLine() string { return "renshaw " + strings.Join(os.Args[1:], " ") }
