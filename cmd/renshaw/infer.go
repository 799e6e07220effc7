package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/figure/posteriors"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/calibration"
	"example.org/renshaw/pkg/sbi/dataset"
	"example.org/renshaw/pkg/sbi/inference"
	"example.org/renshaw/pkg/sbi/training"
)

func (a *app) train() *cobra.Command {
	var out, config string
	var seed uint64
	var opt training.Options
	cmd := &cobra.Command{
		Use:   "train TABLE.csv... --config inference.yaml -o ESTIMATOR",
		Short: "Train a posterior estimator on tables of simulations",
		Long: `Trains a masked autoregressive flow, a neural spline flow or an ensemble on the pairs
(parameters, features) of one or more tables of simulations (renshaw summarize --kind
simulation; further tables may show the same simulations with fewer units, renshaw
analyze --variants), or of a pairs table ([role,] theta_unit_*, x_*). inference.yaml is
described in docs/formats/estimator.md; without it the defaults hold. With --extend the
simulations of an earlier estimator train too, or alone if no table is given. A training
that was interrupted goes on when the same command is given again.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if opt.Extend != "" {
				return nil
			}
			return atLeast(1, "a table")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			spec, err := sbi.ReadSpec(config)
			if err != nil {
				return usageError{err}
			}
			if cmd.Flags().Changed("seed") {
				spec.Seed = seed
			}
			bar := trainingProgress{out: a.err, start: time.Now(), last: time.Now(),
				limit: spec.Training.MaxEpochs * spec.Ensemble}
			opt.Workers, opt.Progress, opt.Command = workers(opt.Workers), bar.epoch, commandLine()
			opt.Warn = func(warning string) { fmt.Fprintln(a.err, "warning:", warning) }
			e, err := training.Train(cmd.Context(), spec, args, out, opt)
			if err != nil {
				return err
			}
			c := e.Config
			result := map[string]any{"rows": len(c.Roles), "best_epochs": c.BestEpoch, "left_out": c.LeftOut,
				"validation_loss": c.BestLoss, "held_out_loss": c.HeldOut, "dropped_rows": c.DroppedRow,
				"output": out}
			return a.report(result, func(w io.Writer) {
				fmt.Fprintf(w, "%d rows, best epochs %v, validation loss %.4f", len(c.Roles), c.BestEpoch,
					c.BestLoss)
				if c.HeldOut != nil {
					fmt.Fprintf(w, ", held-out loss %.4f", *c.HeldOut)
				}
				fmt.Fprintf(w, " -> %s\n", out)
				for _, k := range c.LeftOut {
					fmt.Fprintf(w, "network %d is left out: the validation rows are more probable without it\n", k)
				}
				printDropped(w, c.DroppedRow)
			})
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "output", "o", "", "folder of the estimator (required)")
	f.StringVar(&config, "config", "", "inference.yaml")
	seedFlag(f, &seed, "seed of split, weights and batches, instead of the file's")
	f.StringSliceVar(&opt.HeldOut, "held-out", nil, "tables of other simulations that are kept for "+
		"evaluation, beside the share of inference.yaml")
	f.StringVar(&opt.Extend, "extend", "", "estimator whose simulations train too: only its folder "+
		"is needed")
	f.BoolVar(&opt.AllowOutliers, "allow-outliers", false, "train on features with values far from "+
		"all others, which are refused otherwise")
	f.IntVar(&opt.Workers, "workers", 0, "networks of an ensemble at a time (default: number of "+
		"processors); results do not depend on it")
	required(cmd, "output")
	return cmd
}

// trainingProgress prints a line every few seconds.
type trainingProgress struct {
	out         io.Writer
	start, last time.Time
	epochs      int
	limit       int
}

func (p *trainingProgress) epoch(member, epoch int, v training.Epoch) {
	p.epochs++
	if time.Since(p.last) < 5*time.Second {
		return
	}
	p.last = time.Now()
	each := time.Since(p.start) / time.Duration(p.epochs)
	fmt.Fprintf(p.out, "network %d, epoch %d: training %.4f, validation %.4f, %v per epoch, at most "+
		"%v left\n", member+1, epoch, v.Training, v.Validation,
		each.Round(10*time.Millisecond), (each * time.Duration(p.limit-p.epochs)).Round(time.Second))
}

func printDropped(w io.Writer, d sbi.Dropped) {
	var reasons []string
	for r := range d {
		reasons = append(reasons, r)
	}
	sort.Strings(reasons)
	for _, r := range reasons {
		fmt.Fprintf(w, "left out: %6d rows (%s)\n", d[r], r)
	}
}

func (a *app) evaluate() *cobra.Command {
	var opt calibration.Options
	var out string
	cmd := &cobra.Command{
		Use:   "evaluate ESTIMATOR TABLE.csv -o DIR",
		Short: "Accuracy, calibration and resolution on simulations an estimator was not trained on",
		Long: `Draws the posterior of every row of a table of simulations (or a pairs table) that the
estimator was not trained on: of a training table the held-out rows, of another table
all rows. Writes the study's metrics, the ranks of simulation-based calibration with
their test, and coverage curves; beside the calibration error stands what a perfect
posterior shows on as many simulations.`,
		Args: exactly(2, "an estimator and a table"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if opt.Draws < 2 {
				return usageError{fmt.Errorf("--samples %d: at least 2 draws are expected", opt.Draws)}
			}
			e, err := sbi.Load(args[0])
			if err != nil {
				return err
			}
			opt.Workers, opt.Command = workers(opt.Workers), commandLine()
			opt.Pictures = func(r *calibration.Report, dir string) error {
				return saveEvaluation(r, filepath.Join(dir, "figures"))
			}
			r, err := calibration.Evaluate(cmd.Context(), e, args[0], args[1], out, opt)
			if err != nil {
				return err
			}
			if ferr := a.failed("rows", r.Simulations+len(r.Failures), r.Failures); ferr != nil {
				fmt.Fprintln(a.err, "warning:", ferr) // the metrics are those of the others
			}
			return a.report(r, func(w io.Writer) { fmt.Fprintf(w, "%s-> %s\n", r.Summary(), out) })
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "output", "o", "", "folder for the results (required)")
	f.IntVar(&opt.Draws, "samples", 1000, "draws per row")
	f.IntVar(&opt.Rows, "rows", 0, "judge so many rows, spread evenly (0: all)")
	f.IntVar(&opt.Keep, "keep-draws", 200, "draws per row that are written for figures; 0: none")
	seedFlag(f, &opt.Seed, "seed of the draws")
	f.IntVar(&opt.Workers, "workers", 0, "rows at a time (default: number of processors); results "+
		"do not depend on it")
	required(cmd, "output")
	return cmd
}

// saveEvaluation draws an evaluation.
func saveEvaluation(r *calibration.Report, dir string) error {
	for name, picture := range map[string]*canvas.Canvas{"accuracy": posteriors.ComputeDensityMap(
		r).Draw(), "calibration": posteriors.ComputeCalibration(r).Draw(),
		"resolution": posteriors.ComputeResolution(r).Draw()} {
		if err := picture.Save(filepath.Join(dir, name+".png")); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) infer() *cobra.Command {
	var f inferFlags
	var out string
	var pictures bool
	cmd := &cobra.Command{
		Use:   "infer ESTIMATOR EXPERIMENT.csv -o DIR",
		Short: "Posterior of every participant, muscle and intensity of an experiment",
		Long: `Draws the posterior of every condition in a table of renshaw summarize --kind
experiment: per participant, or with --pooled over all participants' units together
(the paper's way). Several recordings of a condition (trials, runs, sessions) are more
units of it, or are inferred one by one (--each recording); observations.csv names them.
An estimator of pairs of muscles also takes the posterior within single muscles
(--previous). Writes draws, a summary (median, 50 and 90 % intervals), the draws of
highest density, and for every condition how unlike the training simulations it is.
Sampling is bounded; a condition that fails is reported and does not stop the others.`,
		Args: exactly(2, "an estimator and a table"),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, opt, err := f.prepare(a, args[0])
			if err != nil {
				return err
			}
			if pictures {
				opt.Pictures = func(results []inference.Inferred, dir string) error {
					return savePairPlots(e, results, filepath.Join(dir, "figures"))
				}
			}
			results, outputs, err := inference.Run(cmd.Context(), e, args[1], out, opt)
			if err != nil {
				return err
			}
			failures := failuresOf(results)
			for _, r := range results {
				if r.Err == nil && r.Verdict != nil && r.Verdict.Unusual {
					fmt.Fprintf(a.err, "warning: %s is unlike the training simulations: %s\n",
						r.Observation.Label(), r.Verdict)
				}
			}
			rerr := a.report(map[string]any{"conditions": len(results), "failed": len(failures),
				"failures": failures, "outputs": outputs}, func(w io.Writer) {
				for _, r := range results {
					if o := r.Observation; len(o.Recordings) > 1 {
						fmt.Fprintf(w, "%s: %d recordings together: %s\n", o.Label(), len(o.Recordings),
							strings.Join(o.Recordings, ", "))
					}
				}
				fmt.Fprintf(w, "%d conditions, %d failed -> %s\n", len(results), len(failures), out)
			})
			if ferr := a.failed("conditions", len(results), failures); rerr == nil {
				rerr = ferr
			}
			return rerr
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "folder for the results (required)")
	cmd.Flags().BoolVar(&pictures, "figures", false, "draw every posterior: parameters by "+
		"themselves and two by two")
	f.add(cmd)
	required(cmd, "output")
	return cmd
}

// failuresOf lists the conditions that have no posterior.
func failuresOf(results []inference.Inferred) []job.Failure {
	out := []job.Failure{}
	for _, r := range results {
		if r.Err != nil {
			out = append(out, job.Failure{Item: r.Observation.Label(), Stage: "sampling",
				Message: r.Err.Error()})
		}
	}
	return out
}

// savePairPlots draws the posterior of every condition that did not fail.
func savePairPlots(e *sbi.Estimator, results []inference.Inferred, dir string) error {
	for _, r := range results {
		if r.Err != nil {
			continue
		}
		name := strings.NewReplacer("<->", "-", " %", "percent", " ", "_", "/", "-", ",",
			"_").Replace(r.Observation.Label())
		if err := posteriors.ComputePairPlot(e,
			&r).Draw().Save(filepath.Join(dir, name+".png")); err != nil {
			return err
		}
	}
	return nil
}

// inferFlags are the flags of commands that infer.
type inferFlags struct {
	opt                    inference.Options
	previous, featureScale string
	each                   string
}

func (f *inferFlags) add(cmd *cobra.Command) {
	f.opt.Sampling = sbi.DefaultSampling()
	s, fs := &f.opt.Sampling, cmd.Flags()
	fs.IntVar(&s.Draws, "samples", s.Draws, "draws per condition")
	fs.DurationVar(&s.MaxTime, "max-time", s.MaxTime, "limit per condition, 0 for none")
	fs.Float64Var(&s.MinAcceptance, "min-acceptance", s.MinAcceptance,
		"least share of proposals inside the prior")
	fs.IntVar(&s.MaxProposals, "max-proposals", 0, "limit of proposals per condition (default: 1e6, "+
		"or twice samples / min-acceptance)")
	fs.BoolVar(&s.MCMC, "mcmc", false, "where too few proposals lie inside the prior, draw by "+
		"Markov chains instead of failing")
	fs.BoolVar(&f.opt.Pooled, "pooled", false, "all participants' units of a condition as if of one "+
		"pool (the paper's way)")
	fs.StringVar(&f.each, "each", "condition", "what is inferred: condition (all recordings of a "+
		"participant, muscle and intensity together), or recording (trials, runs and sessions one by "+
		"one)")
	fs.StringVar(&f.previous, "previous", "", "for pairs: table of posterior draws within single "+
		"muscles")
	fs.BoolVar(&f.opt.Placeholder, "placeholder", false, "for pairs: where --previous has no draws, "+
		"take the training mean of what they tell")
	fs.StringVar(&f.featureScale, "feature-scale", "", "for imported networks: table of the "+
		"features' mean and SD (feature, mu, sigma)")
	seedFlag(fs, &f.opt.Seed, "seed of the draws")
	fs.IntVar(&f.opt.Workers, "workers", 0, "conditions at a time (default: number of processors); "+
		"results do not depend on it")
}

// prepare reads what the flags name.
func (f *inferFlags) prepare(a *app, estimator string) (*sbi.Estimator, inference.Options, error) {
	opt := f.opt
	if f.each != "condition" && f.each != "recording" {
		return nil, opt, usageError{fmt.Errorf("--each %s: condition or recording is expected", f.each)}
	}
	if opt.Each = f.each == "recording"; opt.Each && opt.Pooled {
		return nil, opt, usageError{errors.New("--each recording and --pooled exclude each other")}
	}
	if s := opt.Sampling; s.Draws < 1 || s.MaxTime < 0 || !(s.MinAcceptance > 0) ||
		s.MaxProposals < 0 {
		return nil, opt, usageError{fmt.Errorf("--samples %d --max-time %v --min-acceptance %v "+
			"--max-proposals %d: at least 1 draw, a positive acceptance and no negative limit are expected",
			s.Draws, s.MaxTime, s.MinAcceptance, s.MaxProposals)}
	}
	e, err := sbi.Load(estimator)
	if err != nil {
		return nil, opt, err
	}
	if f.featureScale != "" {
		if err := dataset.UseScale(e, f.featureScale); err != nil {
			return nil, opt, err
		}
	}
	if f.previous != "" {
		if opt.Previous, err = inference.ReadPrevious(f.previous); err != nil {
			return nil, opt, err
		}
	}
	opt.Workers, opt.Command = workers(opt.Workers), commandLine()
	opt.Started = func(n int) *job.Progress { return a.progress("inferring", n) }
	return e, opt, nil
}
