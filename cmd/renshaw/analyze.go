package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/folder"
	"example.org/renshaw/pkg/figure/recordings"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/profile"
)

func (a *app) analyze() *cobra.Command {
	var out, configFile, prof string
	var seed uint64
	var nWorkers int
	var force, figures bool
	var subsample []int
	var repeats, variants int
	cmd := &cobra.Command{
		Use:   "analyze FILE_OR_DIR... [-o DIR]",
		Short: "Cross-histograms, features, firing and coherence of recordings or simulations",
		Long: `Analyses every recording (.h5 of renshaw convert) and simulation
(simulation_output.h5) it is given or finds below a folder. Results lie beside
each input, or with -o in DIR, where the folders of the inputs are mirrored:

  recording.h5          -> recording_cross_histogram_analysis_output.h5
  simulation_output.h5  -> analysis_output.h5

What is done with the same options is skipped. The configuration is a flat YAML of
the options in docs/formats/analysis.md; what it leaves out has the defaults for
the kind of recording.`,
		Args: atLeast(1, "recordings or folders"),
		RunE: func(cmd *cobra.Command, inputs []string) error {
			override := func(p *analysis.Params) {
				if cmd.Flags().Changed("profile") {
					p.Profile = profile.Name(prof)
				}
				if cmd.Flags().Changed("seed") {
					p.Seed = seed
				}
			}
			if _, err := folder.Params(configFile, false, override); err != nil {
				return usageError{err}
			}
			if repeats < 1 || variants < 0 ||
				slices.ContainsFunc(subsample, func(n int) bool { return n < 0 }) {
				return usageError{fmt.Errorf("--subsample %v --repeats %d --variants %d: numbers of units "+
					"(0: all), at least 1 repetition and 0 or more variants are expected", subsample, repeats,
					variants)}
			}
			opt := folder.Options{Variants: variants, Subsample: subsample, Repeats: repeats,
				Config: configFile, Override: override, Out: out, Workers: workers(nWorkers), Force: force,
				Command: commandLine(),
				Started: func(files int) *job.Progress { return a.progress("analysing", files) }}
			if figures {
				opt.Done = recordings.SaveAnalysis
			}
			results, err := folder.Run(cmd.Context(), inputs, opt)
			return finish(a, results, err, printAnalysed)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "output", "o", "", "folder for the results (default: beside each input)")
	f.StringVar(&configFile, "config", "", "analysis.yaml")
	f.StringVar(&prof, "profile", "corrected",
		"corrected, or paper to reproduce the published numbers")
	f.Uint64Var(&seed, "seed", 0, "seed of subsets, null draws and shuffles")
	f.IntVar(&nWorkers, "workers", 0, "goroutines (default: number of processors); results do not "+
		"depend on it")
	f.BoolVar(&force, "force", false, "analyse again what is done")
	f.BoolVar(&figures, "figures", false, "draw the cross-histogram of every unit and pair, and for "+
		"simulations firing, connectivity and coherence (slow)")
	f.IntSliceVar(&subsample, "subsample", nil, "analyse simulations with so many random units per "+
		"pool, e.g. 5,10,20,0 (0: all), into analysis_output_subsample_<n>MNs_iter<i>.h5")
	f.IntVar(&variants, "variants", 0, "analyse every simulation so many times more, as a recording "+
		"might show it: 5 to 30 random units, a random window of at least 15 s; into "+
		"analysis_output_variant_<k>.h5")
	f.IntVar(&repeats, "repeats", 1, "repetitions of each size of --subsample")
	return cmd
}

func printAnalysed(w io.Writer, results []folder.Result) {
	for _, r := range results {
		switch {
		case r.Error != "":
			fmt.Fprintf(w, "FAILED: %s\n", r.Input)
		case r.Skipped:
			fmt.Fprintf(w, "done before: %s\n", r.Output)
		case r.Output != "":
			fmt.Fprintf(w, "%d of %d histograms fitted -> %s\n", r.Fitted, r.Rows, r.Output)
		}
	}
}
