package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
	"example.org/renshaw/pkg/sbi/readiness"
)

// defaultEstimator comes with the program, below its checkout.
const defaultEstimator = "estimators/single_muscle"

func (a *app) check() *cobra.Command {
	var opt readiness.Options
	var estimator, scale string
	cmd := &cobra.Command{
		Use:   "check RECORDING.h5 [--estimator EST]",
		Short: "Enough units and spikes? Inside the training range? How wide a posterior to expect",
		Long: `Analyses a recording of renshaw convert and says, for every muscle, how many of its units
count and why others do not, whether its features lie inside the range of the
estimator's training simulations, and how wide a posterior to expect: from simulations of
known truth with about as many units and counts, which the estimator was not trained on.
Nothing is written.`,
		Args: exactly(1, "a recording"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := recfile.Foreign(args[0]); err != nil { // before the estimator is looked for
				return err
			}
			if !cmd.Flags().Changed("estimator") {
				estimator = shipped(estimator)
			}
			if opt.Estimator, err = sbi.Load(estimator); err != nil {
				return err
			}
			if scale != "" {
				if err := dataset.UseScale(opt.Estimator, scale); err != nil {
					return err
				}
			}
			opt.Workers = workers(opt.Workers)
			r, err := readiness.Check(cmd.Context(), args[0], opt)
			if err != nil {
				return err
			}
			for _, w := range r.Warnings {
				fmt.Fprintln(a.err, "warning:", w)
			}
			return a.report(r, func(w io.Writer) { printReadiness(w, r) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&estimator, "estimator", defaultEstimator,
		"folder of the estimator (default: the one that comes with the program)")
	f.StringVar(&scale, "feature-scale", "", "for imported networks: table of the features' mean "+
		"and SD (feature, mu, sigma)")
	seedFlag(f, &opt.Seed, "seed of the draws")
	f.IntVar(&opt.Workers, "workers", 0, "goroutines (default: number of processors); results do "+
		"not depend on it")
	return cmd
}

func printReadiness(w io.Writer, r *readiness.Report) {
	fmt.Fprintf(w, "%s: %d units, %.4g s; two units have at most %.0f %% of their discharges in "+
		"common\n", r.Recording, r.Units, r.DurationS, 100*r.Coincidence)
	for _, m := range r.Muscles {
		fmt.Fprintf(w, "\n%s, %g %%: %d of %d units count", m.MusclePair, m.Intensity, m.Used, m.Units)
		if m.Used > 0 {
			fmt.Fprintf(w, ", %.0f counts in the middle one", m.MedianCounts)
		}
		fmt.Fprintln(w)
		var reasons []string
		for _, k := range slices.Sorted(maps.Keys(m.LeftOut)) {
			reasons = append(reasons, fmt.Sprintf("%d by %s", m.LeftOut[k], k))
		}
		if len(reasons) > 0 {
			fmt.Fprintf(w, "  left out: %s\n", strings.Join(reasons, ", "))
		}
		fmt.Fprintf(w, "  enough units: %s; inside the training range: %s", yes(m.Enough), yes(m.InRange))
		if m.Verdict != "" {
			fmt.Fprintf(w, " (%s)", m.Verdict)
		}
		fmt.Fprintln(w)
		for _, s := range m.Advice {
			fmt.Fprintf(w, "  note: %s\n", s)
		}
		if m.Recovery == nil {
			continue
		}
		fmt.Fprintf(w, "  expected posterior, from %d simulations of known truth with %d to %d units "+
			"and %.0f to %.0f counts:\n", m.Recovery.Simulations, m.Recovery.Units[0], m.Recovery.Units[1],
			m.Recovery.Counts[0], m.Recovery.Counts[1])
		for _, p := range m.Recovery.Parameters {
			fmt.Fprintf(w, "    %-55s 90 %% interval %7.4g of %g %s wide, median error %.4g, holds the "+
				"truth in %.0f %%\n", p.Parameter, p.Width90, p.PriorWidth, p.Unit, p.Error, 100*p.Covered)
		}
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "NO"
}

// shipped finds a folder of the checkout: from the working directory, RENSHAW_ROOT, or the
// place of this program (bin/).
func shipped(path string) string {
	program, _ := os.Executable()
	for _, root := range []string{"", os.Getenv("RENSHAW_ROOT"), filepath.Dir(filepath.Dir(program))} {
		p := filepath.Join(root, path)
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	return path
}
