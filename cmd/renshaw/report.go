package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"example.org/renshaw/pkg/report"
	"example.org/renshaw/pkg/run/job"
)

func (a *app) reportPage() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "report FILE.h5|DIR -o OUT.html",
		Short: "One page of a recording or study, to look at and to mail",
		Long: `Writes one HTML file that needs no other file and no network: raster with force
and plateaus that can be zoomed, unit table that can be sorted, cross-histograms with
fit and windows (of the analysis beside the recording), and of a study its
posteriors with the verdict whether they may be read, checks, figures; provenance.

FILE is a recording of renshaw convert or a simulation_output.h5; DIR a folder of
recordings, or the results of make run or make study.`,
		Args: exactly(1, "a recording or a folder"),
		RunE: func(_ *cobra.Command, args []string) error {
			info, err := os.Stat(args[0])
			if err != nil {
				return err
			}
			read := report.File
			if info.IsDir() {
				read = report.Dir
				if err := job.SettleTree(args[0], inferred...); err != nil {
					return err
				}
			}
			dir, name := filepath.Dir(out), filepath.Base(out)
			j, err := job.Open(dir, job.Options{Command: "report", Line: commandLine(), Set: name})
			if err != nil {
				return err
			}
			defer j.Close()
			page, err := read(args[0])
			if err != nil {
				return err
			}
			if err := page.Write(j.Stage(name)); err != nil {
				return err
			}
			if err := j.Commit(); err != nil {
				return err
			}
			return a.report(map[string]any{"output": out, "recordings": len(page.Recordings)},
				func(w io.Writer) {
					fmt.Fprintf(w, "%d recordings -> %s\n", len(page.Recordings), out)
				})
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "the page (required)")
	required(cmd, "output")
	return cmd
}
