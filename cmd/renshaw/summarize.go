package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"example.org/renshaw/pkg/analysis/summary"
	"example.org/renshaw/pkg/run/profile"
)

// everyNth keeps the files whose place is i modulo n.
func everyNth(files []string, i, n int) []string {
	var out []string
	for k, f := range files {
		if k%n == i%n {
			out = append(out, f)
		}
	}
	return out
}

func (a *app) summarize() *cobra.Command {
	var out, kind, properties, pairs, prof, suffix, shard string
	var size int
	var band []float64
	var density, twoCharacters bool
	cmd := &cobra.Command{
		Use:   "summarize DIR --kind simulation|experiment -o TABLE.csv",
		Short: "Many analyses to one tidy table with a dictionary of its columns",
		Long: `Joins the analyses below DIR. Beside TABLE.csv lies TABLE.columns.json with the
meaning and unit of every column; for experiments also TABLE_RAW.csv (every
perspective and direction) and TABLE_exclusions.csv (which unit a filter leaves
out, with value and limit).`,
		Args: exactly(1, "one folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			quirks, err := profile.For(profile.Name(prof))
			if err != nil {
				return usageError{err}
			}
			if pairs != "all" && pairs != "within" && pairs != "between" {
				return usageError{fmt.Errorf("--pairs %s: within, between or all is expected", pairs)}
			}
			if len(band) != 2 || !(band[0] >= 0 && band[0] <= band[1]) || size < 1 {
				return usageError{fmt.Errorf("--coherence-band %v --coherence-size %d: LOW,HIGH in Hz and a "+
					"group size from 1 are expected", band, size)}
			}
			if kind != "simulation" && kind != "experiment" {
				return usageError{fmt.Errorf("--kind %q: simulation or experiment is expected", kind)}
			}
			part, of, err := parseShard(shard)
			if err != nil {
				return usageError{err}
			}
			if of > 1 && kind == "experiment" {
				return usageError{errors.New("--shard is for simulations; an experiment is one table")}
			}
			var files []string
			if kind == "simulation" {
				files, err = summary.SimulationFiles(args[0], suffix)
				files = everyNth(files, part, of)
			} else {
				files, err = summary.Files(args[0], false)
			}
			if err != nil {
				return err
			}
			var outputs, warnings, failures []string
			var rows int
			if kind == "simulation" {
				res, err := summary.Simulation(files,
					summary.SimulationOptions{Pairs: pairs, CoherenceSize: size,
						CoherenceBand: [2]float64{band[0], band[1]}, GraphDensity: density})
				if err != nil {
					return err
				}
				rows, warnings, failures = len(res.Table.Rows), res.Warnings, res.Failures
				if outputs, err = res.Write(out); err != nil {
					return err
				}
			} else {
				if properties == "" {
					properties = summary.FindProperties(args[0], files)
				}
				res, err := summary.Experiment(files,
					summary.ExperimentOptions{Properties: properties, Pairs: pairs,
						MirrorPairs: quirks.MirrorPairs, SubjectTwoCharacters: quirks.SubjectTwoCharacters ||
							twoCharacters})
				if err != nil {
					return err
				}
				rows, warnings, failures = len(res.Final.Rows), res.Warnings, res.Failures
				if outputs, err = res.Write(out); err != nil {
					return err
				}
			}
			for _, w := range warnings {
				fmt.Fprintln(a.err, "warning:", w)
			}
			for _, f := range failures {
				fmt.Fprintln(a.err, "failed:", f)
			}
			result := map[string]any{"analyses": len(files) - len(failures), "rows": rows,
				"outputs": outputs, "warnings": warnings, "failures": failures}
			err = a.report(result, func(w io.Writer) {
				fmt.Fprintf(w, "%d analyses, %d rows -> %s\n", len(files)-len(failures), rows, out)
			})
			if err == nil && len(failures) > 0 {
				err = fmt.Errorf("%d of %d analyses failed (above); the table holds the others",
					len(failures), len(files))
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "output", "o", "", "table to write, .csv (required)")
	f.StringVar(&kind, "kind", "", "simulation or experiment (required)")
	f.StringVar(&properties, "properties", "", "table of unit properties (default: "+
		"MU_properties_ALL.csv in DIR, above, or beside the recordings)")
	f.StringVar(&pairs, "pairs", "all", "pairs of pools: within, between or all")
	f.StringVar(&prof, "profile", "corrected", "corrected, or paper: one ordered pair of muscles "+
		"mirrored into the other, subject = two characters")
	f.StringVar(&suffix, "analysis-name", "", "analyses of simulations with this "+
		"analysis_output_name, e.g. subsample_10MNs_iter0")
	f.StringVar(&shard, "shard", "0/1", "i/n: only every n-th simulation from the i-th on; training "+
		"takes the tables together")
	f.IntVar(&size, "coherence-size", 10, "group size of the coherence column (motor neurons)")
	f.Float64SliceVar(&band, "coherence-band", []float64{15, 35},
		"band of the coherence column, LOW,HIGH (Hz)")
	f.BoolVar(&density, "graph-density", false, "fill Graph_theory_density, which the original "+
		"leaves empty")
	f.BoolVar(&twoCharacters, "subject-two-characters", false,
		"subject = first two characters of the file name")
	required(cmd, "output", "kind")
	return cmd
}
