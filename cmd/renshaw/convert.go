package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.org/renshaw/pkg/exchange/convert"
	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/process"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/profile"
)

func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return append(names, "json", "help")
}

func (a *app) convert() *cobra.Command {
	var out, configFile, muscleMap, prof, polarity, plateaus, muscles, sessions, force string
	var times string
	var unedited, noRealign, strict, keepDuplicates, allowImplausible, dryRun bool
	var fs, intensity float64
	var nWorkers int
	cmd := &cobra.Command{
		Use:   "convert FILE_OR_DIR... -o DIR",
		Short: "MUedit recordings to .h5 files and tables of unit properties",
		Long: `Reads edited MUedit files (MATLAB 7.3, 7 or 6), or plain tables of discharges
(unit,muscle,time_s), moves the spikes to the onset of the action potentials,
scales the force to % MVC, finds its plateaus and measures the units.

Writes into DIR: <recording>.h5, MU_properties_<recording>.csv,
MU_properties_ALL.csv, force_variability_by_plateau.csv (% MVC),
force_psd_mean_by_condition.csv ((% MVC)²/Hz) and manifest.json.

Checks what it reads (time unit, discharges outside the recording, rates, duplicate units,
force) and says what it finds: docs/howto/own-recordings.md lists the limits.

File names tell subject, muscle group and intensity, and perhaps session, run and trial:
S1_TA_30percent.mat, S01_FDI_trial2_30MVC.mat, sub-01_ses-2_task-FDI30_run-01_emg.mat.
--dry-run shows how they are understood; --intensity, --muscles and --sessions say what they
do not. Every file is a recording of its own, also several of one condition. Of files with
the same discharges (copies) one is used, and the others are named.`,
		Args: atLeast(1, "one or more files or folders"),
		RunE: func(cmd *cobra.Command, files []string) error {
			cfg := process.Default()
			if configFile != "" {
				if err := config.Decode(configFile, &cfg); err != nil {
					return usageError{err}
				}
			}
			if muscleMap != "" {
				m := map[string][]string{}
				if err := config.DecodeMap(muscleMap, &m); err != nil {
					return usageError{err}
				}
				for group, list := range m {
					cfg.MuscleMap[group] = list
				}
			}
			set := func(flag string, apply func()) {
				if cmd.Flags().Changed(flag) {
					apply()
				}
			}
			set("profile", func() { cfg.Profile = profile.Name(prof) })
			set("polarity", func() { cfg.Polarity = process.Polarity(polarity) })
			set("unedited", func() { cfg.Unedited = unedited })
			set("no-realign", func() { cfg.Realign = !noRealign })
			set("strict", func() { cfg.Strict = strict })
			set("muscles", func() { cfg.Muscles = muscles })
			set("plateaus", func() { cfg.Plateaus = plateaus })
			set("force", func() { cfg.Force = force })
			set("times", func() { cfg.Times = recording.Times(times) })
			set("keep-duplicates", func() { cfg.KeepDuplicates = keepDuplicates })
			set("allow-implausible", func() { cfg.AllowImplausible = allowImplausible })
			set("sessions", func() { cfg.Sessions = sessions })
			set("intensity", func() { cfg.IntensityMVC = intensity })
			if cmd.Flags().Changed("intensity") {
				if err := recording.CheckIntensity(intensity); err != nil {
					return usageError{fmt.Errorf("--intensity: %w", err)}
				}
			}
			if _, _, err := cfg.Effective(); err != nil {
				return usageError{err}
			}
			opt := convert.Options{Config: cfg, FsHz: fs, Workers: workers(nWorkers), Command: commandLine()}
			if dryRun {
				results, err := convert.Understand(cmd.Context(), files, out, opt)
				return finish(a, results, err, failedInput, printUnderstood)
			}
			if out == "" {
				return usageError{errors.New("convert: --output is needed; see renshaw convert --help")}
			}
			opt.Started = func(n int) *job.Progress { return a.progress("converting", n) }
			results, err := convert.Run(cmd.Context(), files, out, opt)
			return finish(a, results, err, failedInput, printConverted)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "output", "o", "", "folder for the results (required, but for --dry-run)")
	f.BoolVar(&dryRun, "dry-run", false, "print what every input is understood as, and write nothing")
	f.Float64Var(&intensity, "intensity", 0, "contraction intensity (% MVC) of all inputs, instead "+
		"of the one in their names")
	f.StringVar(&configFile, "config", "", "convert.yaml with any option and constant")
	f.StringVar(&muscleMap, "muscle-map", "", "YAML file, group: list of the muscle of each grid")
	f.StringVar(&prof, "profile", "corrected",
		"corrected, or paper to reproduce the published numbers")
	f.StringVar(&polarity, "polarity", "", "orientation of the force: rising_time, as_recorded, "+
		"inverted or auto (default auto; paper: rising_time)")
	f.BoolVar(&unedited, "unedited", false, "accept files that were not edited")
	f.BoolVar(&noRealign, "no-realign", false, "keep the spike times as they are; the EMG is "+
		"then not needed, and its faults are warnings")
	f.StringVar(&plateaus, "plateaus", "", "CSV with start_s,end_s (s), and file for several "+
		"recordings, instead of detection")
	f.StringVar(&muscles, "muscles", "", "muscle group of all inputs, instead of the one in "+
		"their names")
	f.StringVar(&sessions, "sessions", "", "CSV with file, subject, muscle_group, intensity, "+
		"session, run, trial, recording: overrides the names")
	f.BoolVar(&strict, "strict", false, "unsorted or repeated spike times are errors")
	f.StringVar(&force, "force", "auto", "force signal: auto, row, path, target or the name of an "+
		"auxiliary channel")
	f.Float64Var(&fs, "fs", 0, "sampling rate (Hz) of tables with a column sample")
	f.StringVar(&times, "times", "", "read discharge times as samples (numbered from 1), samples0 "+
		"(from 0), seconds or ms, whatever the format says")
	f.BoolVar(&keepDuplicates, "keep-duplicates", false, "keep units that are there twice (at least "+
		"30 % of their discharges coincide)")
	f.BoolVar(&allowImplausible, "allow-implausible", false, "warn of times that cannot be right "+
		"instead of refusing the file; discharges outside of the recording are left out")
	f.IntVar(&nWorkers, "workers", 0, "files at a time (default: number of processors)")
	return cmd
}

// printUnderstood prints the table of a dry run.
func printUnderstood(w io.Writer, results []convert.Result) {
	printTable(w, convert.NameTable(results))
}

// printTable prints a table in columns; the last may be long.
func printTable(w io.Writer, t *table.Table) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{t.Columns}, t.Rows...) {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = cmp.Or(c, "-")
		}
		fmt.Fprintln(out, strings.Join(cells, "\t"))
	}
	out.Flush()
}

func failedInput(r convert.Result) job.Failure {
	return job.Failure{Item: r.Input, Message: r.Error}
}

func printConverted(w io.Writer, results []convert.Result) {
	for _, r := range results {
		name := filepath.Base(r.Input)
		if r.Error != "" {
			fmt.Fprintf(w, "%-34s FAILED\n", name)
			continue
		}
		if r.LeftOut != "" {
			fmt.Fprintf(w, "%-34s left out: %s\n", name, r.LeftOut)
			continue
		}
		fmt.Fprintf(w, "%-34s %3d units (%s), %d plateaus, %d warnings -> %s\n", name, r.Units,
			strings.Join(r.Muscles, ", "), r.Plateaus, len(r.Warnings), r.Output)
	}
}
