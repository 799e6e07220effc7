package paper

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"example.org/renshaw/pkg/figure/canvas"
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
	// Mirrored leaves out one of the two orders of a pair of muscles, as the study did, whose
	// tables held one as the other's mirror image (profile paper).
	Mirrored bool
	// Palette is the choice of colours for muscles.
	Palette canvas.Palette
	// Seed is the seed of everything that is drawn at random: jitter of dots, samples of
	// points.
	Seed uint64
}

// Missing is the error of a figure whose files a study does not have.
type Missing struct {
	Name, Dir string // of the figure, of the study
	Files     []string
}

// Error names the files and where they were looked for.
func (m *Missing) Error() string {
	return fmt.Sprintf("%s: %s is not in %s or a folder in it; renshaw figure --list says what "+
		"makes it", m.Name, strings.Join(m.Files, " or "), m.Dir)
}

// find gives the first of several files that lies in the study or in a folder of it, also
// compressed; *Missing if none does.
func (s *Study) find(names ...string) (string, error) {
	if _, err := os.Stat(s.Dir); err != nil {
		return "", err
	}
	for _, n := range names {
		for _, pattern := range []string{n, n + ".gz", filepath.Join("*", n),
			filepath.Join("*", n+".gz")} {
			if found, _ := filepath.Glob(filepath.Join(s.Dir, pattern)); len(found) > 0 {
				return found[0], nil
			}
		}
	}
	return "", &Missing{Dir: s.Dir, Files: names}
}

// read finds and reads a table.
func (s *Study) read(names ...string) (canvas.Frame, error) {
	path, err := s.find(names...)
	if err != nil {
		return canvas.Frame{}, err
	}
	return canvas.ReadFrame(path)
}
