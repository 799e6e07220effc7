package canvas

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"math"
	"regexp"
	"sync"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// madeAt are the times that vgpdf writes into a PDF.
var madeAt = regexp.MustCompile(`/(CreationDate|ModDate) \(D:\d{14}\)`)

// PDF encodes the drawing with text as outlines, so that every character looks the same
// everywhere. It does not say when it was made: the same drawing gives the same bytes.
func (c *Canvas) PDF() ([]byte, error) {
	pdf := newPDF(c.width, c.height)
	pdf.EmbedFonts(false)
	out := &outlines{Canvas: pdf, widths: map[int]bool{}}
	c.whiten(out)
	if err := c.rec.ReplayOn(out); err != nil {
		return nil, err
	}
	if out.err != nil {
		return nil, out.err
	}
	var b bytes.Buffer
	_, err := pdf.WriteTo(&b)
	return madeAt.ReplaceAll(b.Bytes(), []byte("/$1 (D:20000101000000)")), err
}

// catalogs guards fpdf's setting for new documents, which is one for the whole process.
var catalogs sync.Mutex

// newPDF makes a document that writes its fonts and pictures in a fixed order. vgpdf keeps its
// document to itself, and fpdf knows the order as a setting for new documents only: it is set and
// put back around the making of one.
func newPDF(width, height vg.Length) *vgpdf.Canvas {
	catalogs.Lock()
	defer catalogs.Unlock()
	fpdf.SetDefaultCatalogSort(true)
	defer fpdf.SetDefaultCatalogSort(false) // fpdf's own default
	return vgpdf.New(width, height)
}

// outlines draws on a PDF what vgpdf of gonum/plot 0.17 gets wrong: text beyond the code
// page 1252, as outlines of its glyphs; translucent colours, whose components it takes
// multiplied by their opacity; and pictures, which it turns upside down.
type outlines struct {
	*vgpdf.Canvas
	err    error
	buffer sfnt.Buffer
	widths map[int]bool // of the pictures, in pixels
}

// SetColor hands on components that are not multiplied by the opacity.
func (o *outlines) SetColor(c color.Color) {
	if c == nil { // as vg understands it
		c = Black
	}
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	o.Canvas.SetColor(straight{n})
}

// straight is a colour that reports its plain components where vgpdf expects multiplied
// ones.
type straight struct{ color.NRGBA }

// RGBA returns the components as they are.
func (s straight) RGBA() (r, g, b, a uint32) {
	wide := func(v uint8) uint32 { return uint32(v) | uint32(v)<<8 }
	return wide(s.R), wide(s.G), wide(s.B), wide(s.A)
}

// DrawImage turns the picture upside down first: vgpdf draws with the y axis pointing up, and
// pictures with it. Pictures of one width get transparent columns at their right edge, and as much
// more room, until no two are as wide: fpdf puts pictures in the order of their widths, and those
// of one width in any order.
func (o *outlines) DrawImage(rect vg.Rectangle, img image.Image) {
	b := img.Bounds()
	wide := b.Dx()
	for o.widths[wide] {
		wide++
	}
	o.widths[wide] = true
	rect.Max.X = rect.Min.X + (rect.Max.X-rect.Min.X)*vg.Length(wide)/vg.Length(b.Dx())
	turned := image.NewNRGBA(image.Rect(0, 0, wide, b.Dy()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			turned.Set(x, b.Dy()-1-y, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	o.Canvas.DrawImage(rect, turned)
}

// FillString fills the outlines of the glyphs.
func (o *outlines) FillString(face font.Face, at vg.Point, text string) {
	size := face.Font.Size
	ppem := fixed.Int26_6(math.Round(float64(size) * 64))
	var path vg.Path
	x := at.X
	length := func(v fixed.Int26_6) vg.Length { return vg.Length(float64(v) / 64) }
	var previous sfnt.GlyphIndex
	for i, r := range text {
		g, err := face.Face.GlyphIndex(&o.buffer, r)
		if err != nil {
			o.err = err
			return
		}
		if i > 0 {
			if kern, err := face.Face.Kern(&o.buffer, previous, g, ppem, 0); err == nil {
				x += length(kern)
			}
		}
		segments, err := face.Face.LoadGlyph(&o.buffer, g, ppem, nil)
		if err != nil {
			o.err = fmt.Errorf("glyph of %q: %w", r, err)
			return
		}
		path = append(path, glyph(segments, func(p fixed.Point26_6) vg.Point {
			return vg.Point{X: x + length(p.X), Y: at.Y - length(p.Y)}
		})...)
		advance, err := face.Face.GlyphAdvance(&o.buffer, g, ppem, 0)
		if err != nil {
			o.err = err
			return
		}
		x += length(advance)
		previous = g
	}
	if len(path) > 0 {
		o.Canvas.Fill(path)
	}
}

// glyph turns the segments of an outline into a path.
func glyph(segments sfnt.Segments, to func(fixed.Point26_6) vg.Point) vg.Path {
	var path vg.Path
	for _, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if len(path) > 0 {
				path.Close()
			}
			path.Move(to(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			path.Line(to(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			path.QuadTo(to(s.Args[0]), to(s.Args[1]))
		case sfnt.SegmentOpCubeTo:
			path.CubeTo(to(s.Args[0]), to(s.Args[1]), to(s.Args[2]))
		}
	}
	if len(path) > 0 {
		path.Close()
	}
	return path
}
