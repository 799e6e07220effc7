package canvas

import (
	"bytes"
	"image/color"
	"image/png"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Canvas is a drawing of a given size, kept as what was drawn, so that it can be written
// in several formats.
type Canvas struct {
	width, height vg.Length
	rec           *recorder.Canvas
	dc            draw.Canvas
}

// Resolutions in dots per inch: of pictures in notebooks and beside analyses, and of figures.
const (
	ScreenDPI = 110
	printDPI  = 300
)

// New is an empty drawing of a width and height in inches.
func New(widthIn, heightIn float64) *Canvas {
	c := &Canvas{vg.Length(widthIn) * vg.Inch, vg.Length(heightIn) * vg.Inch, &recorder.Canvas{},
		draw.Canvas{}}
	c.dc = draw.NewCanvas(c.rec, c.width, c.height)
	return c
}

// Size is width and height in inches.
func (c *Canvas) Size() (width, height float64) {
	return float64(c.width / vg.Inch), float64(c.height / vg.Inch)
}

// Area is the part of the canvas from (x0, y0) to (x1, y1), as shares from the lower
// left corner.
func (c *Canvas) Area(x0, y0, x1, y1 float64) draw.Canvas {
	w, h := c.dc.Max.X-c.dc.Min.X, c.dc.Max.Y-c.dc.Min.Y
	return draw.Crop(c.dc, w*vg.Length(x0), -w*vg.Length(1-x1), h*vg.Length(y0), -h*vg.Length(1-y1))
}

// PNG encodes the drawing for a screen.
func (c *Canvas) PNG() ([]byte, error) { return c.PNGAt(ScreenDPI) }

// PNGAt encodes the drawing with dpi dots per inch, on white.
func (c *Canvas) PNGAt(dpi int) ([]byte, error) {
	img := vgimg.NewWith(vgimg.UseWH(c.width, c.height), vgimg.UseDPI(dpi),
		vgimg.UseBackgroundColor(color.White))
	if err := c.rec.ReplayOn(img); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	// figures are many and large; files are a tenth larger
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	err := encoder.Encode(&b, img.Image())
	return b.Bytes(), err
}

// SVG encodes the drawing with text as text; where the font is not installed, similar ones
// are named.
func (c *Canvas) SVG() ([]byte, error) {
	svg := vgsvg.New(c.width, c.height)
	c.whiten(svg)
	if err := c.rec.ReplayOn(svg); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	_, err := svg.WriteTo(&b)
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"),
		[]byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), err
}

func (c *Canvas) whiten(v vg.Canvas) {
	v.SetColor(color.White)
	v.Fill(vg.Rectangle{Max: vg.Point{X: c.width, Y: c.height}}.Path())
}
