package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/figure/paper"
	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/profile"
)

func (a *app) figure() *cobra.Command {
	var s paper.Study
	var out string
	var list, legacy bool
	var prof string
	var nWorkers int
	cmd := &cobra.Command{
		Use:   "figure NAME|all --data DIR -o figures/",
		Short: "Draws the figures of a study",
		Long: `Draws figures from the tables in a study folder as make run or make study leaves it (in
the folder itself or in folders of it; tables may be compressed, .csv.gz). Each becomes
NAME.svg, NAME.pdf, NAME.png (300 dots per inch) and NAME.data.json with everything that
is drawn. all draws what the folder has tables for and says what is missing.

` + figureList(),
		Args: func(cmd *cobra.Command, args []string) error {
			if list {
				return nil
			}
			return exactly(1, "the name of a figure, or all")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				fmt.Fprint(a.out, figureList())
				return nil
			}
			if s.Dir == "" || out == "" {
				return usageError{errors.New("--data DIR and -o DIR are required")}
			}
			quirks, err := profile.For(profile.Name(prof))
			if err != nil {
				return usageError{err}
			}
			s.Mirrored = quirks.MirrorPairs
			if legacy {
				s.Palette = canvas.LegacyColours
			}
			return a.drawFigures(cmd.Context(), args[0], &s, out, nWorkers)
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.Dir, "data", "", "study folder (required)")
	f.StringVarP(&out, "output", "o", "", "folder for the figures (required)")
	f.BoolVar(&list, "list", false, "list the figures and what each needs")
	f.BoolVar(&s.CensorBeforeFit, "censor-before-fit", false,
		"leave points beyond the axes out of regression lines, as the study's R code did")
	f.StringVar(&prof, "profile", "corrected", "corrected: both orders of a pair of muscles; paper: "+
		"one of them")
	f.BoolVar(&legacy, "legacy-colours", false, "the colours of the study's Fig. 5")
	f.StringVar(&s.Variable, "y", "", "what fig5c shows: "+strings.Join(paper.UnitVariables(), ", ")+
		` (default "delivered")`)
	f.IntVar(&nWorkers, "workers", 0, "figures at a time (default: number of processors)")
	seedFlag(f, &s.Seed, "seed of jitter and of samples of points")
	return cmd
}

func figureList() string {
	var b strings.Builder
	for _, f := range paper.Figures() {
		fmt.Fprintf(&b, "  %-10s %s\n  %-10s from %s\n", f.Name, f.Shows, "", f.Needs)
	}
	return b.String()
}

// drawFigures draws one figure, or all that the study has tables for.
func (a *app) drawFigures(ctx context.Context, name string, s *paper.Study, out string,
	nWorkers int) error {
	figures := paper.Figures()
	if name != "all" {
		f, ok := paper.FigureNamed(name)
		if !ok {
			names := []string{"all"}
			for _, f := range figures {
				names = append(names, f.Name)
			}
			return usageError{fmt.Errorf("no figure is called %q; did you mean %q? (%s)", name,
				config.Nearest(name, names), strings.Join(names, ", "))}
		}
		figures = []paper.Figure{f}
	}
	if err := job.SettleTree(s.Dir, inferred...); err != nil {
		return err
	}
	drawn := []string{}
	missing, failed := map[string]string{}, map[string]string{}
	var failures []job.Failure
	sets, err := drawSets(ctx, figures, s, out, nWorkers)
	if err != nil {
		return err
	}
	for i, f := range figures {
		drawn = append(drawn, sets[i].pictures...)
		err := sets[i].err
		var m *paper.Missing
		switch {
		case err == nil:
		case errors.Is(err, job.ErrLocked):
			return err
		case errors.As(err, &m) && name == "all":
			missing[f.Name] = err.Error()
			fmt.Fprintln(a.err, "not drawn:", err)
		case name == "all":
			failed[f.Name] = err.Error()
			failures = append(failures, job.Failure{Item: f.Name, Message: err.Error()})
		default:
			return err
		}
	}
	err = a.report(map[string]any{"drawn": drawn, "missing": missing, "failed": failed,
		"output": out}, func(w io.Writer) {
		fmt.Fprintf(w, "%d pictures -> %s\n", len(drawn), out)
	})
	ferr := a.failed("figures", len(figures)-len(missing), failures)
	switch {
	case err != nil:
		return err
	case ferr != nil:
		return ferr
	case len(drawn) == 0:
		return fmt.Errorf("%s: nothing to draw; renshaw figure --list says what figures need", s.Dir)
	}
	return nil
}

// inferred are the commands whose results are not read where they were interrupted.
var inferred = []string{"train", "evaluate", "infer", "predict"}

// drawing is what became of a figure: the names of its pictures, and why it has none.
type drawing struct {
	pictures []string
	err      error
}

// drawSets draws figures into a folder, several at a time. The error is that of an interruption.
func drawSets(ctx context.Context, figures []paper.Figure, s *paper.Study, out string,
	nWorkers int) ([]drawing, error) {
	sets := make([]drawing, len(figures))
	items := make([]job.Item, len(figures))
	for i, f := range figures {
		items[i] = job.Item{Name: f.Name, Do: func(ctx context.Context) error {
			pictures, err := drawSet(ctx, f, s, out)
			for _, p := range pictures {
				sets[i].pictures = append(sets[i].pictures, p.Name)
			}
			sets[i].err = err
			return nil
		}}
	}
	failures, err := job.Run(ctx, items, workers(nWorkers), nil)
	for _, f := range failures { // of what cannot be foreseen
		i := slices.IndexFunc(figures, func(g paper.Figure) bool { return g.Name == f.Item })
		sets[i].err = errors.New(f.Message)
	}
	return sets, err
}

// drawSet draws a figure into a folder: its files, of all formats and parts, appear together.
func drawSet(ctx context.Context, f paper.Figure, s *paper.Study,
	out string) ([]canvas.Picture, error) {
	j, err := job.Open(out, job.Options{Command: "figure", Line: commandLine(), Set: f.Name})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	pictures, err := f.Draw(ctx, s, j.Stage(""))
	if err != nil {
		return nil, err
	}
	return pictures, j.Commit()
}
