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

// NewAlbum writes pictures into a folder as Write does, and keeps each for a screen. Where it fails
// or is cancelled, the album holds the pages before the first that failed.
func NewAlbum(ctx context.Context, pictures []Picture, dir string) (Album, error) {
	pages := make([]Page, len(pictures))
	n, err := each(ctx, len(pictures), func(i int) error {
		p := pictures[i]
		files, err := p.Canvas.Export(filepath.Join(dir, p.Name), p.Data)
		if err != nil {
			return err
		}
		image, err := p.Canvas.PNG()
		pages[i] = Page{p.Name, image, files}
		return err
	})
	return Album{Pages: pages[:n]}, err
}

// Write writes pictures into a folder, in all formats, as many at a time as there are processors.
// It returns how many were written before the first that failed.
func Write(ctx context.Context, pictures []Picture, dir string) (int, error) {
	return each(ctx, len(pictures), func(i int) error {
		_, err := pictures[i].Canvas.Export(filepath.Join(dir, pictures[i].Name), pictures[i].Data)
		return err
	})
}

// each does n pieces of work on all processors. It returns the place of the first that failed or
// was not begun because ctx was cancelled, or n.
func each(ctx context.Context, n int, do func(i int) error) (int, error) {
	errs := make([]error, n)
	var wg sync.WaitGroup
	places := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range n {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				errs[i] = do(i)
			}
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return i, err
		}
	}
	return n, nil
}
