package figure

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/analysis/explore"
	"example.org/renshaw/pkg/run/profile"
)

// Page is a picture that was drawn and written.
type Page struct {
	Name  string
	Image []byte   // PNG of the resolution of a screen
	Files []string // what was written: SVG, PDF, PNG, numbers
}

// PNG is the picture.
func (p Page) PNG() ([]byte, error) { return p.Image, nil }

// Album is the pictures of a figure, as notebook.Stage keeps them. Note says why there are none.
type Album struct {
	Pages  []Page
	Tables []string // files beside the pictures
	Note   string
}

// Outputs lists the files of the album.
func (a Album) Outputs() []string {
	out := slices.Clone(a.Tables)
	for _, p := range a.Pages {
		out = append(out, p.Files...)
	}
	return out
}

// AlbumParams says what DrawAlbum draws: Figure as on the command line, of the folder Study,
// into the folder Out; Variable and Seed as in Study.
type AlbumParams struct {
	Figure, Study, Out, Variable string
	Seed                         uint64
}

// DrawAlbum draws and writes the pictures of a figure.
func DrawAlbum(ctx context.Context, p AlbumParams) (Album, error) {
	f, ok := FigureNamed(p.Figure)
	if !ok {
		return Album{}, fmt.Errorf("no figure is called %q", p.Figure)
	}
	pictures, err := f.Pictures(&Study{Dir: p.Study, Variable: p.Variable, Seed: p.Seed})
	if err != nil {
		return Album{}, err
	}
	return pages(ctx, pictures, p.Out)
}

// ExploreParams says what ExploreAlbum analyses and draws: Kind is one of explore.Kinds, Recording
// a file of renshaw convert, Profile paper or corrected, Out the folder, Seed that of shuffles.
type ExploreParams struct {
	Kind, Recording, Profile, Out string
	Seed                          uint64
}

// ExploreAlbum runs an optional analysis of a recording, and writes its tables and pictures. Without
// the force that an analysis needs the album is empty and says so.
func ExploreAlbum(ctx context.Context, p ExploreParams) (Album, error) {
	r, err := explore.Read(p.Recording)
	if err != nil {
		return Album{}, err
	}
	paper := profile.Name(p.Profile) == profile.PaperName
	v, err := r.Run(p.Kind, paper, p.Seed)
	if errors.Is(err, explore.ErrNoForce) {
		return Album{Note: "Nothing to draw: " + err.Error()}, nil
	}
	if err != nil {
		return Album{}, err
	}
	tables, err := v.Write(p.Out, paper)
	if err != nil {
		return Album{}, err
	}
	a, err := pages(ctx, ExplorePictures(v), p.Out)
	a.Tables = tables
	return a, err
}

func pages(ctx context.Context, pictures []Picture, dir string) (Album, error) {
	var a Album
	for _, p := range pictures {
		if err := ctx.Err(); err != nil {
			return a, err
		}
		files, err := p.Canvas.Export(filepath.Join(dir, p.Name), p.Data)
		if err != nil {
			return a, err
		}
		image, err := p.Canvas.PNG()
		if err != nil {
			return a, err
		}
		a.Pages = append(a.Pages, Page{p.Name, image, files})
	}
	return a, nil
}

// StudyInputs lists what figures of a study can depend on: its tables, and the recordings and
// their analyses.
func StudyInputs(dir string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (slices.Contains([]string{"figures", "explore", "notebooks"}, d.Name()) || strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "simulation_output_")):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".csv") || strings.HasSuffix(path, ".csv.gz") || strings.HasSuffix(path, ".h5"):
			out = append(out, path)
		}
		return nil
	})
	return out, err
}
