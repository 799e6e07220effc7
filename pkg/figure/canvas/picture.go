package canvas

import (
	"context"
	"path/filepath"
	"slices"
)

// Picture is a drawing with its name and everything that it shows; Data is nil where nothing
// but the drawing is kept.
type Picture struct {
	Name   string
	Canvas *Canvas
	Data   any
}

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

// NewAlbum writes pictures into a folder, in all formats. Where it fails or is cancelled, the
// album holds the pages that were written before.
func NewAlbum(ctx context.Context, pictures []Picture, dir string) (Album, error) {
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
