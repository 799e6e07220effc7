package paper

import (
	"context"
	"errors"
	"slices"

	"example.org/renshaw/pkg/figure/canvas"
)

// Figure is a kind of figure: Name as on the command line, what it shows, the files of a
// study that it needs.
type Figure struct {
	Name, Shows, Needs string
	pictures           func(*Study) ([]canvas.Picture, error)
}

// Figures are all figures, in the order of the paper.
func Figures() []Figure {
	return []Figure{
		{"fig2", "features of synchronization histograms against what they stand for (simulated)",
			"tables/fig2_*.csv: summaries of the batches batches/fig2_*.yaml", fig2},
		{"fig3", "recurrent inhibition and coherence (simulated)",
			"tables/fig3_*_coherence.csv: renshaw summarize of the batches batches/fig3_*.yaml", fig3},
		{"fig4", "the estimator on simulations of known truth, and posterior predictive checks",
			"evaluation/heldout_posterior_draws.csv and heldout_ground_truth.csv: renshaw evaluate; " +
				"predictive/: renshaw predict", fig4},
		{"fig4c", "features of recordings and of simulations from their posteriors, in two dimensions " +
			"and as principal components", "predictive/: renshaw predict", fig4c},
		{"fig5a", "posteriors of recurrent inhibition and common input",
			"posterior/posterior_samples_*.csv, posterior_pairs/posterior_samples_*.csv: renshaw infer",
			fig5a},
		{"fig5b", "comparisons of muscles and intensities", "posterior/posterior_samples_*.csv, " +
			"posterior_pairs/posterior_samples_*.csv: renshaw infer", fig5b},
		{"fig5c", "recurrent inhibition delivered, by recruitment threshold",
			"tables/experiment.csv: renshaw summarize --kind experiment", fig5c},
		{"secondary", "units one by one, steadiness and spectra of the force, and where the recordings " +
			"lie among the training simulations", "tables/experiment.csv, recordings/force_*.csv: renshaw " +
			"convert; predictive/", secondary},
	}
}

// FigureNamed is the figure of a name.
func FigureNamed(name string) (Figure, bool) {
	all := Figures()
	i := slices.IndexFunc(all, func(f Figure) bool { return f.Name == name })
	if i < 0 {
		return Figure{}, false
	}
	return all[i], true
}

// Pictures computes and draws a figure; *Missing if the study lacks its files.
func (f Figure) Pictures(s *Study) ([]canvas.Picture, error) {
	p, err := f.pictures(s)
	var m *Missing
	if errors.As(err, &m) {
		m.Name = f.Name
	}
	return p, err
}

// Draw writes a figure into a folder, in all formats, and returns its pictures.
func (f Figure) Draw(ctx context.Context, s *Study, dir string) ([]canvas.Picture, error) {
	pictures, err := f.Pictures(s)
	if err != nil {
		return nil, err
	}
	n, err := canvas.Write(ctx, pictures, dir)
	return pictures[:n], err
}
