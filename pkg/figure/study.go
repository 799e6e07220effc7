package figure

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Study is the folder of a study as `make run` or `make study` leaves it, and how its
// figures are drawn.
type Study struct {
	Dir string
	// CensorBeforeFit leaves out points beyond the axes before lines are fitted, as the
	// study's R code did; otherwise lines are fitted to all points and cut by the axes.
	CensorBeforeFit bool
	// Variable is what Fig. 5C shows (UnitVariables); "" is the area delivered.
	Variable string
	// Seed is the seed of everything that is drawn at random: jitter of dots, samples of
	// points.
	Seed uint64
}

// Picture is a drawing with its name and everything that it shows.
type Picture struct {
	Name   string
	Canvas *Canvas
	Data   any
}

// Figure is a kind of figure: Name as on the command line, what it shows, the files of a
// study that it needs.
type Figure struct {
	Name, Shows, Needs string
	pictures           func(*Study) ([]Picture, error)
}

// Missing is the error of a figure whose files a study does not have.
type Missing struct {
	Figure, Dir string
	Files       []string
}

// Error names the files and where they were looked for.
func (m *Missing) Error() string {
	return fmt.Sprintf("%s: %s is not in %s or a folder in it; renshaw figure --list says what makes it", m.Figure, strings.Join(m.Files, " or "), m.Dir)
}

// Figures are all figures, in the order of the paper.
func Figures() []Figure {
	return []Figure{
		{"fig2", "features of synchronization histograms against what they stand for (simulated)", "tables/fig2_*.csv: summaries of the batches batches/fig2_*.yaml", fig2},
		{"fig3", "recurrent inhibition and coherence (simulated)", "tables/fig3_*_coherence.csv: renshaw summarize of the batches batches/fig3_*.yaml", fig3},
		{"fig4", "the estimator on simulations of known truth, and posterior predictive checks", "evaluation/heldout_posterior_draws.csv and heldout_ground_truth.csv: renshaw evaluate; predictive/: renshaw predict", fig4},
		{"fig4c", "features of recordings and of simulations from their posteriors, in two dimensions and as principal components", "predictive/: renshaw predict", fig4c},
		{"fig5a", "posteriors of recurrent inhibition and common input", "posterior/posterior_samples_*.csv, posterior_pairs/posterior_samples_*.csv: renshaw infer", fig5a},
		{"fig5b", "comparisons of muscles and intensities", "posterior/posterior_samples_*.csv, posterior_pairs/posterior_samples_*.csv: renshaw infer", fig5b},
		{"fig5c", "recurrent inhibition delivered, by recruitment threshold", "tables/experiment.csv: renshaw summarize --kind experiment", fig5c},
		{"secondary", "units one by one, steadiness and spectra of the force, and where the recordings lie among the training simulations", "tables/experiment.csv, recordings/force_*.csv: renshaw convert; predictive/", secondary},
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
func (f Figure) Pictures(s *Study) ([]Picture, error) {
	p, err := f.pictures(s)
	var m *Missing
	if errors.As(err, &m) {
		m.Figure = f.Name
	}
	return p, err
}

// Draw writes a figure into a folder, in all formats, and returns its pictures.
func (f Figure) Draw(s *Study, dir string) ([]Picture, error) {
	pictures, err := f.Pictures(s)
	if err != nil {
		return nil, err
	}
	for i, p := range pictures {
		if _, err := p.Canvas.Export(filepath.Join(dir, p.Name), p.Data); err != nil {
			return pictures[:i], err
		}
	}
	return pictures, nil
}

// find gives the first of several files that lies in the study or in a folder of it, also
// compressed; *Missing if none does.
func (s *Study) find(names ...string) (string, error) {
	if _, err := os.Stat(s.Dir); err != nil {
		return "", err
	}
	for _, n := range names {
		for _, pattern := range []string{n, n + ".gz", filepath.Join("*", n), filepath.Join("*", n+".gz")} {
			if found, _ := filepath.Glob(filepath.Join(s.Dir, pattern)); len(found) > 0 {
				return found[0], nil
			}
		}
	}
	return "", &Missing{Dir: s.Dir, Files: names}
}

// read finds and reads a table.
func (s *Study) read(names ...string) (frame, error) {
	path, err := s.find(names...)
	if err != nil {
		return frame{}, err
	}
	return readFrame(path)
}
