package canvas

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/image/draw"
	"gonum.org/v1/plot/vg"
)

// Thumbnails of a contact sheet: columns, size in inches, and in pixels the width they are
// reduced to.
const (
	sheetColumns   = 4
	sheetWide      = 3.2
	sheetHigh      = 2.7
	sheetPixels    = 480
	sheetNameSpace = 0.22
)

// ContactSheet shows all .png pictures of a folder, by name; a folder without any is an
// error.
func ContactSheet(dir string) (*Canvas, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil {
		return nil, err
	}
	paths = slices.DeleteFunc(paths,
		func(p string) bool { return strings.HasPrefix(filepath.Base(p), SheetName) })
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: has no picture (.png)", dir)
	}
	rows := (len(paths) + sheetColumns - 1) / sheetColumns
	c := New(sheetColumns*sheetWide, float64(rows)*sheetHigh)
	for i, p := range paths {
		img, err := thumbnail(p)
		if err != nil {
			return nil, err
		}
		x0, y1 := float64(i%sheetColumns)/sheetColumns, 1-float64(i/sheetColumns)/float64(rows)
		cell := c.Area(x0+0.005, y1-1/float64(rows)+0.01/float64(rows), x0+1.0/sheetColumns-0.005, y1)
		Text(cell, 8, []TextLine{{Text: strings.TrimSuffix(filepath.Base(p), ".png")}})
		cell.Max.Y -= sheetNameSpace * vg.Inch
		w, h := vg.Length(img.Bounds().Dx()), vg.Length(img.Bounds().Dy())
		scale := min((cell.Max.X-cell.Min.X)/w, (cell.Max.Y-cell.Min.Y)/h)
		cell.DrawImage(vg.Rectangle{Min: vg.Point{X: cell.Min.X, Y: cell.Max.Y - h*scale},
			Max: vg.Point{X: cell.Min.X + w*scale, Y: cell.Max.Y}}, img)
	}
	return c, nil
}

// SheetName is the name of a contact sheet, which shows no other.
const SheetName = "contact_sheet"

// thumbnail reads a picture, reduced in width.
func thumbnail(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	b := img.Bounds()
	if b.Dx() <= sheetPixels {
		return img, nil
	}
	small := image.NewRGBA(image.Rect(0, 0, sheetPixels, max(1, sheetPixels*b.Dy()/b.Dx())))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), img, b, draw.Src, nil)
	return small, nil
}
