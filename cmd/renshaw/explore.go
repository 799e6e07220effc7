package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"example.org/renshaw/pkg/analysis/explore"
	"example.org/renshaw/pkg/figure/recordings"
	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/profile"
)

func (a *app) explore() *cobra.Command {
	var out, prof string
	var seed uint64
	cmd := &cobra.Command{
		Use: "explore factor|coherence|spectrum|torque|timefreq|all RECORDING.h5 -o DIR",
		Short: "Optional analyses of a recording: common factors, coherence, spectra, force, time and " +
			"frequency",
		Long: `Analyses a recording of renshaw convert beside the main line; nothing of it enters the
inference. factor: how many common factors the discharge rates have, against shuffled
trains. coherence: of cumulative spike trains within and between muscles, by the number
of units, with limits from shuffled trains. spectrum: of cumulative spike trains, by the
number of units. torque: correlation of the force and the cumulative spike train, by lag.
timefreq: wavelet amplitudes of 1 to 60 Hz and their non-negative components.

They look at the plateaus in which most units are active; without a force the whole
recording counts as one plateau, and torque is an error. Tables (.csv) and a figure of
each analysis lie in DIR.`,
		Args: exactly(2, "an analysis and a recording"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kinds := explore.Kinds
			if args[0] != "all" {
				if !slices.Contains(kinds, args[0]) {
					return usageError{fmt.Errorf("no analysis is called %q; did you mean %q? (%s, all)", args[0],
						config.Nearest(args[0], kinds), strings.Join(kinds, ", "))}
				}
				kinds = []string{args[0]}
			}
			if _, err := profile.For(profile.Name(prof)); err != nil {
				return usageError{err}
			}
			if strings.HasSuffix(args[1], ".mat") {
				return usageError{fmt.Errorf("%s: convert it first: renshaw convert %s -o DIR", args[1],
					args[1])}
			}
			paper := profile.IsPaper(profile.Name(prof))
			return a.exploreRecording(cmd.Context(), kinds, args[1], out, paper, seed)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "output", "o", "", "folder for tables and figures (required)")
	f.StringVar(&prof, "profile", "corrected", "corrected, or paper: in coherence between muscles "+
		"the order of the second muscle's units is kept; R2_f1 is the zero-factor value")
	f.Uint64Var(&seed, "seed", 0, "seed of shuffles and random choices")
	required(cmd, "output")
	return cmd
}

func (a *app) exploreRecording(ctx context.Context, kinds []string, path, out string, paper bool,
	seed uint64) error {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	r, err := explore.Read(path)
	if err != nil {
		return err
	}
	outputs, failures := []string{}, map[string]string{}
	for _, kind := range kinds {
		if err := ctx.Err(); err != nil {
			return err
		}
		result, err := r.Run(kind, paper, seed)
		if err != nil {
			if len(kinds) == 1 {
				return err
			}
			failures[kind] = err.Error()
			fmt.Fprintln(a.err, "failed:", err)
			continue
		}
		paths, err := writeExplored(result, kind, out, paper)
		if err != nil {
			return err
		}
		outputs = append(outputs, paths...)
	}
	err = a.report(map[string]any{"units": len(r.Units), "outputs": outputs, "failures": failures},
		func(w io.Writer) {
			fmt.Fprintf(w, "%d units, %d files -> %s\n", len(r.Units), len(outputs), out)
		})
	switch {
	case err != nil:
		return err
	case len(outputs) == 0:
		return errors.New("no analysis was possible")
	case len(failures) > 0:
		return fmt.Errorf("%d of %d analyses failed (above); the others were written", len(failures),
			len(kinds))
	}
	return nil
}

// writeExplored writes the tables and pictures of an analysis, together, and returns their paths.
func writeExplored(r *explore.Result, kind, out string, paper bool) ([]string, error) {
	j, err := job.Open(out, job.Options{
		Command: "explore", Line: commandLine(), Set: "explore_" + kind})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	paths, err := r.Write(j.Stage(""), paper)
	if err != nil {
		return nil, err
	}
	for _, p := range recordings.ExplorePictures(r) {
		files, err := p.Canvas.Export(j.Stage(p.Name), p.Data)
		if err != nil {
			return nil, err
		}
		paths = append(paths, files...)
	}
	for i, p := range paths {
		paths[i] = filepath.Join(out, filepath.Base(p))
	}
	return paths, j.Commit()
}
