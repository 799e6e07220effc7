package canvas

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"example.org/renshaw/pkg/num/stats"
)

// XYs are the points of a curve; y has as many values as x.
func XYs(x, y []float64) plotter.XYs {
	out := make(plotter.XYs, len(x))
	for i := range x {
		out[i].X, out[i].Y = x[i], y[i]
	}
	return out
}

// Place turns points in the units of the axes into points of the area that a plot fills.
func Place(xy plotter.XYs, c draw.Canvas, p *plot.Plot) []vg.Point {
	tx, ty := p.Transforms(&c)
	out := make([]vg.Point, len(xy))
	for i, v := range xy {
		out[i] = vg.Point{X: tx(v.X), Y: ty(v.Y)}
	}
	return out
}

// Rectangle is a filled area between x0 and x1, y0 and y1.
func Rectangle(x0, x1, y0, y1 float64, c color.Color) *plotter.Polygon {
	p, err := plotter.NewPolygon(XYs([]float64{x0, x1, x1, x0}, []float64{y0, y0, y1, y1}))
	if err != nil { // only for NaN, which callers exclude
		return &plotter.Polygon{}
	}
	p.Color, p.LineStyle.Width = c, 0
	return p
}

// Line joins points; width and dashes in points. It is not cut by the axes: clipped is.
func Line(x, y []float64, c color.Color, width float64, dashes ...vg.Length) *plotter.Line {
	style := draw.LineStyle{Color: c, Width: vg.Points(width), Dashes: dashes}
	return &plotter.Line{XYs: XYs(x, y), LineStyle: style}
}

// Clipped is a line, cut by the axes; width in points.
func Clipped(xy plotter.XYs, col color.NRGBA, width float64) plot.Plotter {
	return clippedLine{xy, col, width}
}

type clippedLine struct {
	xy    plotter.XYs
	col   color.NRGBA
	width float64
}

// Plot strokes the line.
func (l clippedLine) Plot(c draw.Canvas, p *plot.Plot) {
	style := draw.LineStyle{Color: l.col, Width: vg.Points(l.width)}
	c.StrokeLines(style, c.ClipLinesXY(Place(l.xy, c, p))...)
}

// Trace is a long line, stroked in short pieces, since the rasteriser's time grows faster
// than the length of a path; width in points.
func Trace(x, y []float64, c color.Color, width float64) plot.Plotter {
	return trace{x, y, draw.LineStyle{Color: c, Width: vg.Points(width)}}
}

type trace struct {
	x, y  []float64
	style draw.LineStyle
}

// Plot strokes the pieces, each beginning where the last one ended.
func (t trace) Plot(c draw.Canvas, p *plot.Plot) {
	const piece = 12
	tx, ty := p.Transforms(&c)
	points := make([]vg.Point, 0, piece+1)
	for first := 0; first+1 < len(t.x); first += piece {
		points = points[:0]
		for i := first; i < min(first+piece+1, len(t.x)); i++ {
			points = append(points, vg.Point{X: tx(t.x[i]), Y: ty(t.y[i])})
		}
		c.StrokeLines(t.style, points)
	}
}

// Band is the area between the limits of a regression line, cut by the axes; nothing where a
// limit is NaN.
func Band(b []stats.BandPoint, c color.NRGBA) plot.Plotter {
	var up, down plotter.XYs
	for _, v := range b {
		if math.IsNaN(v.Low) {
			return shape{}
		}
		up = append(up, plotter.XY{X: v.X, Y: v.High})
		down = append(down, plotter.XY{X: v.X, Y: v.Low})
	}
	slices.Reverse(down)
	return shape{append(up, down...), c}
}

// BandAround is the area within one SD of a mean curve, at 0 or above, cut by the axes.
func BandAround(x, mean, sd []float64, c color.NRGBA) plot.Plotter {
	out := make([]stats.BandPoint, len(x))
	for i := range x {
		low := math.Max(0, mean[i]-sd[i])
		out[i] = stats.BandPoint{X: x[i], Y: mean[i], Low: low, High: mean[i] + sd[i]}
	}
	return Band(out, c)
}

// Under is the area between a curve and 0, cut by the axes.
func Under(x, y []float64, c color.NRGBA) plot.Plotter {
	out := make([]stats.BandPoint, len(x))
	for i := range x {
		out[i] = stats.BandPoint{X: x[i], Low: 0, High: y[i]}
	}
	return Band(out, c)
}

// shape is a filled polygon, cut by the axes.
type shape struct {
	xy  plotter.XYs
	col color.NRGBA
}

// Plot fills the polygon.
func (s shape) Plot(c draw.Canvas, p *plot.Plot) {
	if len(s.xy) > 2 {
		c.FillPolygon(s.col, c.ClipPolygonXY(Place(s.xy, c, p)))
	}
}

// Disc is a filled circle with a radius in points, left out beyond the axes and where a
// coordinate is NaN.
func Disc(x, y, radius float64, col color.NRGBA) plot.Plotter {
	return circle{x, y, radius, col}
}

type circle struct {
	x, y, radius float64
	col          color.NRGBA
}

// Plot draws the disc.
func (d circle) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	at := vg.Point{X: tx(d.x), Y: ty(d.y)}
	if !math.IsNaN(d.x) && !math.IsNaN(d.y) && c.Contains(at) {
		style := draw.GlyphStyle{
			Color: d.col, Radius: vg.Points(d.radius), Shape: draw.CircleGlyph{},
		}
		c.DrawGlyph(style, at)
	}
}

// Marker is a white circle, or a diamond, with a coloured edge.
func Marker(x, y float64, col color.NRGBA, diamond bool) plot.Plotter {
	return outlined{x, y, col, diamond}
}

type outlined struct {
	x, y    float64
	col     color.NRGBA
	diamond bool
}

// Plot draws the marker.
func (m outlined) Plot(c draw.Canvas, p *plot.Plot) {
	white := RGB(0xFFFFFF)
	tx, ty := p.Transforms(&c)
	at, r := vg.Point{X: tx(m.x), Y: ty(m.y)}, vg.Points(3.2)
	if m.diamond {
		r *= 1.25
		outline := []vg.Point{
			{X: at.X - r, Y: at.Y}, {X: at.X, Y: at.Y + r},
			{X: at.X + r, Y: at.Y}, {X: at.X, Y: at.Y - r}, {X: at.X - r, Y: at.Y},
		}
		c.FillPolygon(white, outline)
		c.StrokeLines(draw.LineStyle{Color: m.col, Width: 2}, outline)
		return
	}
	c.DrawGlyph(draw.GlyphStyle{Color: white, Radius: r, Shape: draw.CircleGlyph{}}, at)
	c.SetLineStyle(draw.LineStyle{Color: m.col, Width: 2})
	var ring vg.Path
	ring.Move(vg.Point{X: at.X + r, Y: at.Y})
	ring.Arc(at, r, 0, 2*math.Pi)
	ring.Close()
	c.Stroke(ring)
}

// Cross is a cross with a black edge; radius in points.
func Cross(x, y, radius float64, col color.NRGBA) plot.Plotter {
	return cross{x, y, radius, col}
}

type cross struct {
	x, y, radius float64
	col          color.NRGBA
}

// Plot draws the cross.
func (f cross) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	at, r := vg.Point{X: tx(f.x), Y: ty(f.y)}, vg.Points(f.radius)
	t := r * 0.42 // half the width of an arm
	outline := []vg.Point{
		{X: 0, Y: t}, {X: r - t, Y: r}, {X: r, Y: r - t}, {X: t, Y: 0},
		{X: r, Y: t - r}, {X: r - t, Y: -r}, {X: 0, Y: -t}, {X: t - r, Y: -r},
		{X: -r, Y: t - r}, {X: -t, Y: 0}, {X: -r, Y: r - t}, {X: t - r, Y: r},
	}
	for i := range outline {
		outline[i] = outline[i].Add(at)
	}
	c.FillPolygon(f.col, outline)
	c.StrokeLines(draw.LineStyle{Color: Black, Width: 0.8}, append(outline, outline[0]))
}

// Ray is an arrow from the origin, with a name beyond its tip ("": none); width in points.
func Ray(to [2]float64, col color.NRGBA, width float64, name string) plot.Plotter {
	return spoke{to, col, width, name}
}

type spoke struct {
	to    [2]float64
	col   color.NRGBA
	width float64
	name  string
}

// Plot draws shaft, head and name.
func (a spoke) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	from, to := vg.Point{X: tx(0), Y: ty(0)}, vg.Point{X: tx(a.to[0]), Y: ty(a.to[1])}
	d := to.Sub(from)
	length := vg.Length(math.Hypot(float64(d.X), float64(d.Y)))
	if length < 1 {
		return
	}
	u := d.Scale(1 / length)
	side := vg.Point{X: -u.Y, Y: u.X}
	neck := to.Sub(u.Scale(7))
	shaft := draw.LineStyle{Color: a.col, Width: vg.Points(a.width)}
	c.StrokeLine2(shaft, from.X, from.Y, neck.X, neck.Y)
	head := []vg.Point{to, neck.Add(side.Scale(2.5)), neck.Sub(side.Scale(2.5))}
	c.FillPolygon(a.col, head)
	if a.name != "" {
		at := from.Add(d.Scale(1.05))
		style := draw.TextStyle{
			Color: Black, Font: Bold(8), Handler: plot.DefaultTextHandler,
			XAlign: draw.XCenter, YAlign: draw.YCenter,
		}
		half := style.Width(a.name) / 2
		at.X = min(max(at.X, c.Min.X+half), c.Max.X-half)
		c.FillText(style, at, a.name)
	}
}

// ColumnImage paints columns of cells: column i from x = i to i+1, its values from the lower
// to the upper of two limits of y in cells of equal height; values of 0 or less stay empty.
func ColumnImage(columns [][]float64, limits [2]float64, colours *ColourMap) plot.Plotter {
	return columnCells{columns, limits, colours}
}

type columnCells struct {
	columns [][]float64
	limits  [2]float64
	colours *ColourMap
}

// Plot fills the cells.
func (d columnCells) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	for i, column := range d.columns {
		height := (d.limits[1] - d.limits[0]) / float64(len(column))
		for b, v := range column {
			if v <= 0 {
				continue
			}
			x0, x1 := tx(float64(i)), tx(float64(i+1))
			y0 := ty(d.limits[0] + float64(b)*height)
			y1 := ty(d.limits[0] + float64(b+1)*height)
			c.FillPolygon(d.colours.At(v), []vg.Point{
				{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1},
			})
		}
	}
}

// rasterDPI is the resolution of what SVG and PDF hold as a picture.
const rasterDPI = 200

// Rasterized draws plotters with very many shapes as one picture, so that SVG and PDF stay
// small.
type Rasterized []plot.Plotter

// Plot draws the picture.
func (r Rasterized) Plot(c draw.Canvas, p *plot.Plot) {
	w, h := c.Max.X-c.Min.X, c.Max.Y-c.Min.Y
	img := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(rasterDPI),
		vgimg.UseBackgroundColor(color.Transparent))
	inner := draw.NewCanvas(img, w, h)
	inner.Min, inner.Max = vg.Point{}, vg.Point{X: w, Y: h}
	for _, plotter := range r {
		plotter.Plot(inner, p)
	}
	c.DrawImage(c.Rectangle, img.Image())
}
