package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"example.org/renshaw/pkg/exchange/arviz"
	"example.org/renshaw/pkg/exchange/bids"
	"example.org/renshaw/pkg/exchange/motorunit"
	"example.org/renshaw/pkg/exchange/nwb"
	"example.org/renshaw/pkg/exchange/openhdemg"
)

// exported is one line of the result.
type exported struct {
	Input  string `json:"input"`
	Output string `json:"output,omitempty"`
	Units  int    `json:"units,omitempty"`
	Error  string `json:"error,omitempty"`
}

func (e exported) Failed() bool { return e.Error != "" }

func (e exported) Name() string { return filepath.Base(e.Input) }

func (e exported) Reason() string { return e.Error }

func (a *app) export() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export nwb|bids|openhdemg|arviz FILE... -o OUT",
		Short: "Recordings for other programs, posteriors for ArviZ",
		Long: `Writes recordings of renshaw convert (or simulations) as files of other programs:

  nwb         Neurodata Without Borders (pynwb, MatNWB)
  bids        events in a BIDS dataset of derivatives
  openhdemg   what openhdemg opens with emg_from_json
  arviz       posterior draws as netCDF (ArviZ, xarray, R, MATLAB)

Spike times and the identity of every unit are kept (docs/howto/other-formats.md).`,
		Args: cobra.ArbitraryArgs,
		// an unknown format is reported, not its flags
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
		RunE: func(cmd *cobra.Command, args []string) error {
			return usageError{fmt.Errorf("export: name a format: nwb, bids, openhdemg or arviz; see " +
				"renshaw export --help")}
		},
	}
	cmd.AddCommand(a.exportNWB(), a.exportBIDS(), a.exportOpenhdemg(), a.exportArviz())
	return cmd
}

// exportFormat is the command of one format; one writes a recording to a path, or into a folder.
func (a *app) exportFormat(name, short, ending string,
	one func(r *motorunit.Recording, out string) (string, error)) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   name + " FILE.h5... -o OUT",
		Short: short,
		Args:  atLeast(1, "one or more recordings"),
		RunE: func(cmd *cobra.Command, files []string) error {
			results := make([]exported, len(files))
			for i, f := range files {
				results[i].Input = f
				if err := cmd.Context().Err(); err != nil {
					return finish(a, results[:i], err, printExported)
				}
				r, err := motorunit.Read(f)
				if err == nil {
					results[i].Units = len(r.Units)
					results[i].Output, err = one(r, place(out, r.Name, ending, len(files)))
				}
				if err != nil {
					results[i].Error, results[i].Output = err.Error(), ""
				}
			}
			return finish(a, results, nil, printExported)
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", outputOf(ending))
	required(cmd, "output")
	return cmd
}

func outputOf(ending string) string {
	if ending == "" {
		return "folder of the dataset (required)"
	}
	return "file, or folder for <recording>" + ending + " (required)"
}

// place is the file of a recording: out, or a file in it if it is a folder, ends in a slash or
// takes several.
func place(out, name, ending string, files int) string {
	if ending == "" {
		return out
	}
	info, err := os.Stat(out)
	if files > 1 || strings.HasSuffix(out, string(filepath.Separator)) || err == nil && info.IsDir() {
		return filepath.Join(out, name+ending)
	}
	return out
}

func (a *app) exportNWB() *cobra.Command {
	var start string
	var opt nwb.Options
	cmd := a.exportFormat("nwb", "Neurodata Without Borders", ".nwb",
		func(r *motorunit.Recording, out string) (string, error) {
			return out, nwb.Write(out, r, opt)
		})
	cmd.Flags().StringVar(&start, "session-start", "", "when the recording began, e.g. "+
		"2026-03-01T14:30:00+01:00; not known: written as 1980-01-02 and said so")
	cmd.Flags().StringVar(&opt.Institution, "institution", "", "where it was made")
	cmd.Flags().StringVar(&opt.Age, "age", "", "age of the participant, e.g. P30Y, or a range, "+
		"P18Y/P65Y")
	cmd.Flags().StringVar(&opt.Sex, "sex", "", "M, F, O or U (unknown)")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		err := opt.Check()
		if err != nil {
			return usageError{err}
		}
		if start == "" {
			return nil
		}
		if opt.Start, err = nwb.ParseStart(start); err != nil {
			return usageError{fmt.Errorf("--session-start: %w", err)}
		}
		return nil
	}
	return cmd
}

func (a *app) exportBIDS() *cobra.Command {
	return a.exportFormat("bids", "events in a BIDS dataset", "",
		func(r *motorunit.Recording, out string) (string, error) {
			return bids.Write(out, r)
		})
}

func (a *app) exportOpenhdemg() *cobra.Command {
	var muscle string
	cmd := a.exportFormat("openhdemg", "openhdemg (emg_from_json)", ".json",
		func(r *motorunit.Recording, out string) (string, error) {
			return out, openhdemg.Write(out, r, muscle)
		})
	cmd.Flags().StringVar(&muscle, "muscle", "", "only the units of this muscle (default: all in "+
		"one file)")
	return cmd
}

func (a *app) exportArviz() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "arviz POSTERIOR_SAMPLES.csv -o OUT.nc",
		Short: "posterior draws for ArviZ",
		Args:  exactly(1, "posterior_samples_*.csv of renshaw infer"),
		RunE: func(cmd *cobra.Command, files []string) error {
			r := exported{Input: files[0],
				Output: place(out, strings.TrimSuffix(filepath.Base(files[0]), ".csv"), ".nc", 1)}
			if err := arviz.Write(r.Output, files[0]); err != nil {
				return err
			}
			return finish(a, []exported{r}, nil, printExported)
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", outputOf(".nc"))
	required(cmd, "output")
	return cmd
}

func printExported(w io.Writer, results []exported) {
	for _, r := range results {
		name := filepath.Base(r.Input)
		switch {
		case r.Failed():
			fmt.Fprintf(w, "%-34s FAILED\n", name)
		case r.Units > 0:
			fmt.Fprintf(w, "%-34s %3d units -> %s\n", name, r.Units, r.Output)
		default:
			fmt.Fprintf(w, "%-34s -> %s\n", name, r.Output)
		}
	}
}
