package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/figure/posteriors"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/inference"
	"example.org/renshaw/pkg/sbi/predictive"
	"example.org/renshaw/pkg/simulation/batch"
)

func (a *app) predict() *cobra.Command {
	var opt predictive.Options
	var infer inferFlags
	var base, estimator, shard, memory string
	cmd := &cobra.Command{
		Use:   "predict ESTIMATOR_OR_SAMPLES --batch BASE.yaml -o DIR",
		Short: "Posterior predictive check: simulate from posteriors and compare with the recordings",
		Long: `Simulates parameter sets drawn from posteriors, analyses them like recordings and
compares their features with the experiment's (--experiment). The posteriors are a table
of renshaw infer or its folder, or are inferred first: then the argument is an estimator,
and --experiment is needed. BASE.yaml is a batch file, such as that of the training
simulations, whose fixed settings hold; its own rows do not count. For every condition
the best draw and --draws random ones are simulated. Of a simulation as many units and
counts are looked at as the recording has of that muscle, at random (--whole: everything).
What is finished is kept when the same command is given again.

--shard i/n simulates a part and stops; once all parts are there, give the command once
more without it. --sets-only writes batch.yaml, for renshaw simulate or renshaw slurm
with -o DIR/simulations.`,
		Args: exactly(1, "an estimator, or posterior draws"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if opt.Sets.Draws < 1 {
				return usageError{fmt.Errorf("--draws %d: at least 1 is expected", opt.Sets.Draws)}
			}
			if opt.Base, err = batch.Read(base); err != nil {
				return usageError{err}
			}
			if opt.Shard, opt.Of, err = parseShard(shard); err != nil {
				return usageError{err}
			}
			if opt.MemoryBytes, err = parseMemory(memory); err != nil {
				return usageError{err}
			}
			samples := args[0]
			if _, err := os.Stat(filepath.Join(samples, sbi.ConfigName)); err == nil {
				if opt.Experiment == "" {
					return usageError{fmt.Errorf("%s is an estimator: give --experiment TABLE.csv to infer "+
						"from, or posterior draws instead", samples)}
				}
				estimator = samples
				if samples, err = a.inferFor(cmd, infer, estimator, opt.Experiment,
					filepath.Join(opt.Out, "posterior")); err != nil {
					return err
				}
			}
			if opt.Posterior, err = predictive.ReadPosterior(samples); err != nil {
				return err
			}
			if infer.previous != "" {
				if opt.Sets.Previous, err = predictive.ReadPosterior(infer.previous); err != nil {
					return err
				}
			}
			spec := sbi.DefaultSpec(opt.Posterior.Case, profile.CorrectedName)
			opt.Spec = &spec
			if estimator != "" {
				if opt.Estimator, err = sbi.Load(estimator); err != nil {
					return err
				}
				if opt.Estimator.Config.Spec != nil {
					opt.Spec = opt.Estimator.Config.Spec
				}
			}
			opt.Sets.Seed, opt.Workers, opt.Command = infer.opt.Seed, workers(infer.opt.Workers),
				commandLine()
			opt.Started = func(verb string, n int) *job.Progress { return a.progress(verb, n) }
			return a.runPredict(cmd, opt)
		},
	}
	f := cmd.Flags()
	infer.add(cmd)
	f.Lookup("seed").DefValue, infer.opt.Seed = "42", 42
	f.StringVarP(&opt.Out, "output", "o", "", "folder for the results (required)")
	f.StringVar(&base, "batch", "", "batch file whose fixed settings hold (required)")
	f.IntVar(&opt.Sets.Draws, "draws", 100, "simulations of random draws per condition, beside that "+
		"of the best")
	f.StringVar(&opt.Experiment, "experiment", "", "table of renshaw summarize --kind experiment to "+
		"compare with")
	f.StringVar(&estimator, "estimator", "", "estimator that the draws come from: its filters, and "+
		"its training simulations as the prior")
	f.StringSliceVar(&opt.Prior, "prior", nil, "tables of training simulations, instead of the "+
		"estimator's")
	f.StringVar(&opt.Analysis, "config", "", "analysis.yaml (default: what the features need)")
	f.BoolVar(&opt.Sets.AsPublished, "ppc-as-published", false, "of pairs, as the study did: "+
		"strengths of inhibition exchanged, and area and trough of the other side")
	f.BoolVar(&opt.Whole, "whole", false, "look at simulations whole, not only as far as the "+
		"recording shows the muscle")
	f.BoolVar(&opt.SetsOnly, "sets-only", false, "write the batch file and stop")
	f.BoolVar(&opt.Packed, "packed", false, "one file of simulations per shard instead of a folder "+
		"per simulation, as renshaw simulate --packed")
	f.StringVar(&shard, "shard", "0/1", "i/n: simulate only the rows whose number is i modulo n, "+
		"and stop")
	f.StringVar(&memory, "memory", "", "limit for the simulations that run at a time, e.g. 4GiB "+
		"(default: 80 % of what is free)")
	required(cmd, "output", "batch")
	return cmd
}

// inferFor infers the posteriors that are to be checked.
func (a *app) inferFor(cmd *cobra.Command, f inferFlags, estimator, experiment,
	out string) (string, error) {
	e, opt, err := f.prepare(a, estimator)
	if err != nil {
		return "", err
	}
	results, _, err := inference.Run(cmd.Context(), e, experiment, out, opt)
	if err != nil {
		return "", err
	}
	for _, r := range results {
		if r.Err != nil {
			fmt.Fprintln(a.err, "failed:", r.Err)
		}
	}
	return out, nil
}

func (a *app) runPredict(cmd *cobra.Command, opt predictive.Options) error {
	defer littleGarbage()()
	opt.Picture = func(c *predictive.Check, dir string) ([]string, error) {
		path := filepath.Join(dir, "figures", "predictive.png")
		return []string{path}, posteriors.ComputePredictive(c).Draw(canvas.DistinctColours).Save(path)
	}
	r, err := predictive.Run(cmd.Context(), opt)
	if err != nil {
		return err
	}
	for _, w := range r.Warnings {
		fmt.Fprintln(a.err, "warning:", w)
	}
	for _, f := range r.Failures {
		fmt.Fprintf(a.err, "failed: %s: %s\n", f.Item, f.Message)
	}
	err = a.report(r, func(w io.Writer) {
		fmt.Fprintf(w, "%d conditions, %d simulations, %d conditions compared -> %s\n", r.Conditions,
			r.Simulations, r.Compared, opt.Out)
		for _, f := range r.Accuracy {
			fmt.Fprintf(w, "  %-12s RMSE %.4g, R2 %.3f, mean difference %.4g\n", f.Feature, f.RMSE, f.R2,
				f.AbsDiff.Mean)
		}
	})
	if err == nil && len(r.Failures) > 0 {
		err = fmt.Errorf("%d items failed (above); the others were written", len(r.Failures))
	}
	return err
}
