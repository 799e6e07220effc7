package paper

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/figure/canvas"
)

// AlbumParams says what DrawAlbum draws: Figure as on the command line, of the folder Study,
// into the folder Out; Variable and Seed as in Study.
type AlbumParams struct {
	Figure, Study, Out, Variable string
	Seed                         uint64
}

// DrawAlbum draws and writes the pictures of a figure.
func DrawAlbum(ctx context.Context, p AlbumParams) (canvas.Album, error) {
	f, ok := FigureNamed(p.Figure)
	if !ok {
		return canvas.Album{}, fmt.Errorf("no figure is called %q", p.Figure)
	}
	pictures, err := f.Pictures(&Study{Dir: p.Study, Variable: p.Variable, Seed: p.Seed})
	if err != nil {
		return canvas.Album{}, err
	}
	return canvas.NewAlbum(ctx, pictures, p.Out)
}

// StudyInputs lists what figures of a study can depend on: its tables, and the recordings and
// their analyses.
func StudyInputs(dir string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (slices.Contains([]string{"figures", "explore", "notebooks"}, d.Name()) ||
			strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "simulation_output_")):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".csv") || strings.HasSuffix(path, ".csv.gz") ||
			strings.HasSuffix(path, ".h5"):
			out = append(out, path)
		}
		return nil
	})
	return out, err
}
