package canvas

import (
	"context"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
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

// NewAlbum writes pictures into a folder, in all formats, as many at a time as there are
// processors. Where it fails or is cancelled, the album holds the pages before the first that
// failed.
func NewAlbum(ctx context.Context, pictures []Picture, dir string) (Album, error) {
	pages, errs := make([]Page, len(pictures)), make([]error, len(pictures))
	var wg sync.WaitGroup
	places := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, p := range pictures {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				pages[i], errs[i] = p.write(dir)
			}
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return Album{Pages: pages[:i]}, err
		}
	}
	return Album{Pages: pages}, nil
}

// write writes a picture into a folder, and keeps it for a screen.
func (p Picture) write(dir string) (Page, error) {
	files, err := p.Canvas.Export(filepath.Join(dir, p.Name), p.Data)
	if err != nil {
		return Page{}, err
	}
	image, err := p.Canvas.PNG()
	return Page{p.Name, image, files}, err
}
