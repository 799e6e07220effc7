// Command renshaw maps recurrent inhibition from motor-unit recordings: it converts
// decomposed recordings, analyses spike trains, and makes tables for inference.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/seed"
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
	bars     []*job.Progress // which show failures as they happen
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	log.SetOutput(stderr)
	log.SetFlags(0)
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

// finish prints the results of a command and turns them into its error; results are
// nil when nothing was begun.
func finish[R any](a *app, results []R, err error, failed func(R) job.Failure,
	print func(io.Writer, []R)) error {
	if results == nil {
		return err
	}
	var failures []job.Failure
	for _, r := range results {
		if f := failed(r); f.Message != "" {
			failures = append(failures, f)
		}
	}
	if rerr := a.report(map[string]any{"results": results, "failed": len(failures)},
		func(w io.Writer) { print(w, results) }); rerr != nil {
		return rerr
	}
	if ferr := a.failed("inputs", len(results), failures); err == nil {
		err = ferr
	}
	return err
}

// failed shows the failures that no progress has shown, and is the last line of a command of
// which some items (what: inputs, conditions …) failed: how many, and which. Nil if none did.
func (a *app) failed(what string, all int, failures []job.Failure) error {
	const most = 5 // names in the last line
	var names []string
	for _, f := range failures {
		if !slices.ContainsFunc(a.bars, func(p *job.Progress) bool { return p.Told(f.Message) }) {
			fmt.Fprintf(a.err, "failed: %s\n", f)
		}
		if !slices.Contains(names, f.Item) {
			names = append(names, f.Item)
		}
	}
	n := len(names)
	if n > most {
		names = append(names[:most], fmt.Sprintf("and %d more", n-most))
	}
	list := strings.Join(names, ", ")
	switch {
	case len(failures) == 0:
		return nil
	case all == 1:
		return fmt.Errorf("%s failed; nothing was written", list)
	case len(failures) >= all:
		return fmt.Errorf("all %d %s failed (%s)", all, what, list)
	}
	return fmt.Errorf("%d of %d %s failed (%s); the others were written", len(failures), all, what,
		list)
}

// report prints v as JSON, or with text what fn prints.
func (a *app) report(v any, fn func(w io.Writer)) error {
	if !a.json {
		fn(a.out)
		return nil
	}
	return atomicfile.EncodeJSON(a.out, v)
}

// seedFlag adds --seed, which takes whole numbers only.
func seedFlag(f *pflag.FlagSet, into *uint64, usage string) {
	f.Var((*seed.Value)(into), "seed", usage)
}

func (a *app) progress(verb string, total int) *job.Progress {
	p := job.NewProgress(a.err, verb, total)
	a.bars = append(a.bars, p)
	return p
}

func workers(flag int) int {
	if flag > 0 {
		return flag
	}
	return runtime.NumCPU()
}

func commandLine() string { return "renshaw " + strings.Join(os.Args[1:], " ") }
