package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"example.org/renshaw/pkg/run/slurm"
	"example.org/renshaw/pkg/simulation/batch"
)

func (a *app) slurm() *cobra.Command {
	var o slurm.Options
	var limit int
	var seed uint64
	var wait, dry, packed bool
	cmd := &cobra.Command{
		Use:   "slurm BATCH.yaml -o DIR --nodes N",
		Short: "Share a batch over a SLURM cluster: a job array of shards, merged when done",
		Long: `Writes DIR/slurm/simulate.sbatch (a job array, one task per shard) and merge.sbatch
(does what is missing, writes the manifest) and submits both; the second starts when
all tasks have ended. DIR, the batch file and this program must be on a file system
that the nodes share. Submitting again continues where the batch is.`,
		Args: exactly(1, "one batch file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := batch.Read(args[0])
			if err != nil {
				return usageError{err}
			}
			for _, p := range []struct {
				path *string
				text string
			}{{&o.Batch, args[0]}, {&o.Out, o.Out}} {
				if *p.path, err = filepath.Abs(p.text); err != nil {
					return err
				}
			}
			if o.Program, err = os.Executable(); err != nil {
				return err
			}
			if cmd.Flags().Changed("n") {
				o.Args = append(o.Args, "--n", fmt.Sprint(limit))
			}
			if cmd.Flags().Changed("seed") {
				o.Args = append(o.Args, "--seed", fmt.Sprint(seed))
			}
			if packed {
				o.Args = append(o.Args, "--packed")
			}
			if o.Shards == 0 {
				o.Shards = max(1, min(4*max(1, o.Nodes), len(f.Rows())))
			}
			if err := o.Validate(); err != nil {
				return usageError{err}
			}
			if dry {
				array, merge, err := o.Write()
				if err != nil {
					return err
				}
				return a.report(map[string]any{"array_script": array, "merge_script": merge},
					func(w io.Writer) {
						fmt.Fprintf(w, "written, not submitted: %s, %s\n", array, merge)
					})
			}
			array, merge, err := o.Submit(cmd.Context(), wait)
			if err != nil {
				return err
			}
			return a.report(map[string]any{"array_job": array, "merge_job": merge, "shards": o.Shards},
				func(w io.Writer) {
					state := "submitted"
					if wait {
						state = "done"
					}
					fmt.Fprintf(w, "%s: job %s with %d tasks, then job %s -> %s\n", state, array, o.Shards, merge,
						o.Out)
				})
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.Out, "output", "o", "", "folder of the batch (required)")
	f.IntVar(&o.Nodes, "nodes", 0, "array tasks that run at a time (required)")
	f.IntVar(&o.Shards, "shards", 0, "array tasks in all (default: 4 x nodes)")
	f.IntVar(&o.CPUs, "cpus", 1, "processors, and simulations at a time, of a task")
	f.StringVar(&o.Memory, "mem", "", "memory of a task, e.g. 2G (default: the cluster's); 100 MB "+
		"per processor and single muscle are enough")
	f.StringVar(&o.Time, "time", "", "time limit of a task, e.g. 04:00:00 (default: the cluster's)")
	f.StringArrayVar(&o.Sbatch, "sbatch", nil, "further option of sbatch, e.g. "+
		"--sbatch=--partition=main (may be repeated)")
	f.IntVar(&limit, "n", 0, "only the first n rows")
	seedFlag(f, &seed, "batch seed instead of the file's")
	f.BoolVar(&packed, "packed", false, "one file of simulations per task instead of a folder per "+
		"simulation, as renshaw simulate --packed")
	f.BoolVar(&wait, "wait", false, "return when the last job has ended")
	f.BoolVar(&dry, "dry-run", false, "write the scripts, submit nothing")
	required(cmd, "output", "nodes")
	return cmd
}
