package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"example.org/renshaw/pkg/figure/recordings"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/version"
	"example.org/renshaw/pkg/simulation/batch"
	"example.org/renshaw/pkg/simulation/motorpool"
	"example.org/renshaw/pkg/simulation/simfile"
)

func (a *app) simulate() *cobra.Command {
	var opt batch.Options
	var seed uint64
	var shard, memory string
	cmd := &cobra.Command{
		Use:   "simulate BATCH.yaml -o DIR",
		Short: "Pools of motor neurons with Renshaw cells, in batches that can be interrupted",
		Long: `Simulates every row of a batch file (docs/formats/batch.md): rows that it lists with
their seeds, or rows drawn from priors, a grid or a posterior table. Row i is
written to DIR/simulation_output_<i>. A simulation is finished when its
simulation_output.h5 exists; starting the same command again leaves finished ones
untouched and does the others. Results do not depend on the number of workers, on
shards or on interruptions.

Several processes can share the work: --shard i/n does the rows whose number is i
modulo n. Run once more without --shard at the end: it does what is missing and
writes one manifest.`,
		Args: exactly(1, "one batch file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := batch.Read(args[0])
			if err != nil {
				return usageError{err}
			}
			if cmd.Flags().Changed("seed") {
				f.Seed = seed
			}
			if opt.Limit < 0 || !(opt.MaxFailureRate >= 0 && opt.MaxFailureRate <= 1) {
				return usageError{fmt.Errorf("--n %d --max-failure-rate %v: a number from 1 and a share from "+
					"0 to 1 are expected", opt.Limit, opt.MaxFailureRate)}
			}
			if opt.KeepUnits < 0 || opt.KeepUnits > 0 && !opt.Packed {
				return usageError{fmt.Errorf("--keep-units %d: a number from 1 is expected, and --packed",
					opt.KeepUnits)}
			}
			if opt.Shard, opt.Of, err = parseShard(shard); err != nil {
				return usageError{err}
			}
			if opt.MemoryBytes, err = parseMemory(memory); err != nil {
				return usageError{err}
			}
			opt.Workers, opt.Command = workers(opt.Workers), commandLine()
			opt.Plot = recordings.SaveSimulation
			opt.Started = func(n int) *job.Progress { return a.progress("simulating", n) }
			return a.runBatch(cmd, f, opt)
		},
	}
	fl := cmd.Flags()
	fl.StringVarP(&opt.Out, "output", "o", "", "folder of the batch (required)")
	fl.IntVar(&opt.Limit, "n", 0, "only the first n rows (default: all)")
	seedFlag(fl, &seed, "batch seed instead of the file's")
	fl.IntVar(&opt.Workers, "workers", 0, "simulations at a time (default: number of processors); "+
		"results do not depend on it")
	fl.StringVar(&shard, "shard", "0/1", "i/n: only the rows whose number is i modulo n")
	fl.BoolVar(&opt.Verify, "verify", false, "compare finished simulations with their checksums and "+
		"redo damaged ones")
	fl.BoolVar(&opt.Packed, "packed", false, "one file shard_<i>_of_<n>.h5 with a group per row, a "+
		"twentieth as large, instead of a folder per simulation: no inputs, spectra and figures")
	fl.IntVar(&opt.KeepUnits, "keep-units", 0, "with --packed: keep the trains of at most so "+
		"many motor "+
		"neurons of every pool, at random, and nothing of a simulation with a silent pool but its "+
		"parameters; what estimators are trained with (default: everything)")
	fl.BoolVar(&opt.Spectra, "spectra", false, "write the mean spectrum of the private inputs too, "+
		"which doubles the time; profile paper and output_plots do so anyway")
	fl.StringVar(&memory, "memory", "", "limit for the simulations that run at a time, e.g. 4GiB "+
		"(default: 80 % of what is free)")
	fl.Float64Var(&opt.MaxFailureRate, "max-failure-rate", 0.5,
		"stop when more than this share, and at least 10, failed; 0 never stops")
	required(cmd, "output")
	return cmd
}

// littleGarbage is for commands that simulate, whose buffers are large and garbage little (see
// docs/benchmarks.md); what it returns ends that.
func littleGarbage() func() {
	before := debug.SetGCPercent(5)
	return func() { debug.SetGCPercent(before) }
}

func (a *app) runBatch(cmd *cobra.Command, f *batch.File, opt batch.Options) error {
	defer littleGarbage()()
	res, err := batch.Run(cmd.Context(), f, opt)
	var faulty *batch.FileError
	if errors.As(err, &faulty) {
		return usageError{err}
	}
	if res == nil {
		return err
	}
	for _, w := range res.Warnings {
		fmt.Fprintln(a.err, "warning:", w)
	}
	rerr := a.report(res, func(w io.Writer) {
		fmt.Fprintf(w, "%d simulations: %d done now, %d done before, %d failed -> %s\n", res.Rows,
			res.Done, res.Skipped, len(res.Failures), opt.Out)
	})
	if err == nil {
		err = rerr
	}
	if ferr := a.failed("simulations", res.Rows, res.Failures); err == nil {
		err = ferr
	}
	return err
}

// parseShard reads i/n.
func parseShard(text string) (i, n int, err error) {
	first, second, ok := strings.Cut(text, "/")
	i, errI := strconv.Atoi(first)
	n, errN := strconv.Atoi(second)
	if !ok || errI != nil || errN != nil || n < 1 || i < 0 || i > n {
		return 0, 0, fmt.Errorf("--shard %s: i/n with 0 <= i <= n is expected, e.g. 0/4", text)
	}
	return i, n, nil
}

// parseMemory reads an amount such as 4GiB; without one it is 80 % of what is free.
func parseMemory(text string) (int64, error) {
	if text == "" {
		return availableMemory() * 8 / 10, nil
	}
	num := strings.TrimRight(text, "kKMGTiB")
	scale, ok := map[string]float64{"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
		"kB": 1e3, "MB": 1e6, "GB": 1e9, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}[text[len(num):]]
	v, err := strconv.ParseFloat(num, 64)
	if err != nil || !ok || !(v > 0 && v*scale < 1e18) {
		return 0, fmt.Errorf("--memory %s: an amount such as 800MiB or 4GiB is expected", text)
	}
	return int64(v * scale), nil
}

// availableMemory is what Linux says is free for new programs; 0 if it does not say.
func availableMemory() int64 {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var kib int64
		if n, _ := fmt.Sscanf(s.Text(), "MemAvailable: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	return 0
}

func (a *app) replay() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "replay CASE.h5 -o OUT.h5",
		Short: "Integrate an explicit network with its drive and write the spikes",
		Long: `Integrates the network in CASE.h5 (weights, cells, drive; docs/formats/simulation.md)
step by step from rest and writes the spikes of motor neurons and Renshaw cells.`,
		Args: exactly(1, "one case"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := simfile.ReadCase(args[0])
			if err != nil {
				return err
			}
			var in motorpool.Integrator
			var mn, rc motorpool.Spikes
			if err := in.Run(cmd.Context(), c.Network, c.Drive, &mn, &rc); err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if err := simfile.WriteReplay(out, c.Network, mn, rc, version.String()); err != nil {
				return err
			}
			result := map[string]any{"steps": c.Network.Steps, "mn_spikes": len(mn.Step),
				"rc_spikes": len(rc.Step), "output": out}
			return a.report(result, func(w io.Writer) {
				fmt.Fprintf(w, "%d steps: %d spikes of motor neurons, %d of Renshaw cells -> %s\n",
					c.Network.Steps, len(mn.Step), len(rc.Step), out)
			})
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "file to write, .h5 (required)")
	required(cmd, "output")
	return cmd
}
