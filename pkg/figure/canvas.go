package figure

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"

	"example.org/renshaw/pkg/file/atomicfile"
)

// Canvas is a drawing of a given size, kept as what was drawn, so that it can be written
// in several formats.
type Canvas struct {
	width, height vg.Length
	rec           *recorder.Canvas
	dc            draw.Canvas
}

// screenDPI is the resolution of pictures in notebooks and beside analyses, printDPI that
// of figures.
const (
	screenDPI = 110
	printDPI  = 300
)

func newCanvas(widthIn, heightIn float64) *Canvas {
	c := &Canvas{vg.Length(widthIn) * vg.Inch, vg.Length(heightIn) * vg.Inch, &recorder.Canvas{}, draw.Canvas{}}
	c.dc = draw.NewCanvas(c.rec, c.width, c.height)
	return c
}

// Size is width and height in inches.
func (c *Canvas) Size() (width, height float64) {
	return float64(c.width / vg.Inch), float64(c.height / vg.Inch)
}

// area is the part of the canvas from (x0, y0) to (x1, y1), as shares from the lower
// left corner.
func (c *Canvas) area(x0, y0, x1, y1 float64) draw.Canvas {
	w, h := c.dc.Max.X-c.dc.Min.X, c.dc.Max.Y-c.dc.Min.Y
	return draw.Crop(c.dc, w*vg.Length(x0), -w*vg.Length(1-x1), h*vg.Length(y0), -h*vg.Length(1-y1))
}

// PNG encodes the drawing for a screen.
func (c *Canvas) PNG() ([]byte, error) { return c.png(screenDPI) }

func (c *Canvas) png(dpi int) ([]byte, error) {
	img := vgimg.NewWith(vgimg.UseWH(c.width, c.height), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(color.White))
	if err := c.rec.ReplayOn(img); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed} // figures are many and large; files are a tenth larger
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
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), err
}

// madeAt are the times that vgpdf writes into a PDF.
var madeAt = regexp.MustCompile(`/(CreationDate|ModDate) \(D:\d{14}\)`)

// PDF encodes the drawing with text as outlines, so that every character looks the same
// everywhere. It does not say when it was made: the same drawing gives the same bytes.
func (c *Canvas) PDF() ([]byte, error) {
	pdf := vgpdf.New(c.width, c.height)
	pdf.EmbedFonts(false)
	out := &outlines{Canvas: pdf}
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

func (c *Canvas) whiten(v vg.Canvas) {
	v.SetColor(color.White)
	v.Fill(vg.Rectangle{Max: vg.Point{X: c.width, Y: c.height}}.Path())
}

// Save writes the drawing in the format of the extension: .png (for a screen), .svg or
// .pdf, atomically.
func (c *Canvas) Save(path string) error {
	var b []byte
	var err error
	switch ext := filepath.Ext(path); ext {
	case ".png":
		b, err = c.PNG()
	case ".svg":
		b, err = c.SVG()
	case ".pdf":
		b, err = c.PDF()
	default:
		return fmt.Errorf("%s: pictures are .png, .svg or .pdf, not %q", path, ext)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return write(path, b)
}

// Export writes a figure: base.svg, base.pdf, base.png with 300 dots per inch, and
// base.data.json with everything that is drawn (NaN and infinite numbers are null). It
// returns the paths. Nothing is written before everything is drawn.
func (c *Canvas) Export(base string, data any) ([]string, error) {
	var paths []string
	var contents [][]byte
	for _, format := range []struct {
		extension string
		encode    func() ([]byte, error)
	}{
		{".svg", c.SVG},
		{".pdf", c.PDF},
		{".png", func() ([]byte, error) { return c.png(printDPI) }},
		{".data.json", func() ([]byte, error) { return json.MarshalIndent(plain(reflect.ValueOf(data)), "", " ") }},
	} {
		b, err := format.encode()
		if err != nil {
			return nil, fmt.Errorf("%s%s: %w", base, format.extension, err)
		}
		paths, contents = append(paths, base+format.extension), append(contents, b)
	}
	for i, p := range paths {
		if err := write(p, contents[i]); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

func write(path string, b []byte) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// plain turns a value into what JSON can hold: NaN becomes nil, structs keep the order and
// names of their fields.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Float64, reflect.Float32:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case reflect.Slice, reflect.Array:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = plain(v.Index(i))
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for _, k := range v.MapKeys() {
			out[fmt.Sprint(k.Interface())] = plain(v.MapIndex(k))
		}
		return out
	case reflect.Struct:
		return plainStruct(v)
	}
	return v.Interface()
}

// object is a JSON object whose keys keep their order.
type object struct {
	keys   []string
	values []any
}

// MarshalJSON writes the pairs in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, k := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(o.values[i])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", k, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func plainStruct(v reflect.Value) object {
	var o object
	for i := 0; i < v.NumField(); i++ {
		f := v.Type().Field(i)
		tag := f.Tag.Get("json")
		if !f.IsExported() || tag == "-" {
			continue
		}
		if f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct {
			inner := plainStruct(v.Field(i))
			o.keys, o.values = append(o.keys, inner.keys...), append(o.values, inner.values...)
			continue
		}
		name, _, _ := strings.Cut(tag, ",")
		if name == "" {
			name = f.Name
		}
		o.keys, o.values = append(o.keys, name), append(o.values, plain(v.Field(i)))
	}
	return o
}

// rasterDPI is the resolution of what SVG and PDF hold as a picture.
const rasterDPI = 200

// rasterized draws plotters with very many shapes as one picture, so that SVG and PDF stay
// small.
type rasterized []plot.Plotter

// Plot draws the picture.
func (r rasterized) Plot(c draw.Canvas, p *plot.Plot) {
	w, h := c.Max.X-c.Min.X, c.Max.Y-c.Min.Y
	img := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(rasterDPI), vgimg.UseBackgroundColor(color.Transparent))
	inner := draw.NewCanvas(img, w, h)
	inner.Min, inner.Max = vg.Point{}, vg.Point{X: w, Y: h}
	for _, plotter := range r {
		plotter.Plot(inner, p)
	}
	c.DrawImage(c.Rectangle, img.Image())
}

// outlines draws on a PDF what vgpdf of gonum/plot 0.17 gets wrong: text beyond the code
// page 1252, as outlines of its glyphs; translucent colours, whose components it takes
// multiplied by their opacity; and pictures, which it turns upside down.
type outlines struct {
	*vgpdf.Canvas
	err    error
	buffer sfnt.Buffer
}

// SetColor hands on components that are not multiplied by the opacity.
func (o *outlines) SetColor(c color.Color) {
	if c == nil { // as vg understands it
		c = black
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
// pictures with it.
func (o *outlines) DrawImage(rect vg.Rectangle, img image.Image) {
	b := img.Bounds()
	turned := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
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
