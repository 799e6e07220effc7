package main

import (
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"

	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
)

func (a *app) importCommand() *cobra.Command {
	var out string
	estimator := &cobra.Command{
		Use:   "estimator DIR -o ESTIMATOR",
		Short: "A network with weights.safetensors and manifest.json to an estimator folder",
		Args:  exactly(1, "one folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := sbi.ImportInto(args[0], out, commandLine())
			if err != nil {
				return err
			}
			result := map[string]any{"parameters": len(e.Config.Theta), "features": len(e.Config.X),
				"output": out}
			return a.report(result, func(w io.Writer) {
				fmt.Fprintf(w, "%d parameters, %d features -> %s\n", len(e.Config.Theta), len(e.Config.X), out)
			})
		},
	}
	estimator.Flags().StringVarP(&out, "output", "o", "", "folder of the estimator (required)")
	required(estimator, "output")
	cmd := &cobra.Command{Use: "import", Short: "Bring in what other programs made",
		Args: exactly(0, "what to import"), RunE: func(cmd *cobra.Command, _ []string) error {
			return usageError{fmt.Errorf("import: name what to import; see renshaw import --help")}
		}}
	cmd.AddCommand(estimator)
	return cmd
}

func (a *app) logprob() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "logprob ESTIMATOR PAIRS.csv -o OUT.csv",
		Short: "log q(theta|x) of every row of a table",
		Long: `Reads the columns theta_unit_<parameter> and x_<feature> in the estimator's order of
names and writes one row per row with the column log_prob: the density in unit-box
coordinates, finite outside the box too; of a bounded estimator -inf there.`,
		Args: exactly(2, "an estimator and a table"),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := sbi.Load(args[0])
			if err != nil {
				return err
			}
			pairs, err := dataset.ReadPairs(e, args[1])
			if err != nil {
				return err
			}
			lp, err := e.LogProb(pairs)
			if err != nil {
				return fmt.Errorf("%s: %w", args[1], err)
			}
			t := &table.Table{Columns: []string{"log_prob"}}
			mean, inside := 0.0, 0
			for _, v := range lp {
				t.Add(table.Float(v))
				if !math.IsInf(v, -1) {
					inside++
					mean += (v - mean) / float64(inside)
				}
			}
			if err := t.Write(out); err != nil {
				return err
			}
			return a.report(map[string]any{"rows": len(lp), "outside": len(lp) - inside,
				"mean_log_prob": mean, "output": out}, func(w io.Writer) {
				fmt.Fprintf(w, "%d rows, mean log density %.6g -> %s\n", len(lp), mean, out)
				if inside < len(lp) {
					fmt.Fprintf(w, "%d rows outside the prior, where this estimator has no density (-inf), are "+
						"not in the mean\n", len(lp)-inside)
				}
			})
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "table to write, .csv (required)")
	required(cmd, "output")
	return cmd
}
