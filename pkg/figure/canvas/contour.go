package canvas

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/num/stats"
)

// edge is a side of a cell of a grid with a border around it: between (i, j) and (i+1, j),
// or upright between (i, j) and (i, j+1).
type edge struct {
	i, j    int
	upright bool
}

// Contour are the closed outlines of where a surface is at least level, in the units of its
// axes, by marching squares; beyond the grid it counts as below. Higher values lie to the left, so
// that the loops of holes run the other way round.
func Contour(s *stats.Surface, level float64) []plotter.XYs {
	nx, ny := len(s.X), len(s.Y)
	clamp := func(k, n int) int { return min(max(k-1, 0), n-1) }
	high := func(i, j int) bool {
		return i >= 1 && j >= 1 && i <= nx && j <= ny && s.Z[j-1][i-1] >= level
	}
	next := map[edge]edge{}
	var starts []edge
	for j := 0; j <= ny; j++ {
		for i := 0; i <= nx; i++ {
			bottom, top := edge{i, j, false}, edge{i, j + 1, false}
			left, right := edge{i, j, true}, edge{i + 1, j, true}
			n := 0
			for bit, h := range []bool{high(i, j), high(i+1, j), high(i+1, j+1), high(i, j+1)} {
				if h {
					n |= 1 << bit
				}
			}
			for _, segment := range segments(n, bottom, right, top, left) {
				next[segment[0]] = segment[1]
				starts = append(starts, segment[0])
			}
		}
	}
	at := func(e edge) plotter.XY {
		i, j := e.i+1, e.j
		if e.upright {
			i, j = e.i, e.j+1
		}
		x0, y0 := s.X[clamp(e.i, nx)], s.Y[clamp(e.j, ny)]
		x1, y1 := s.X[clamp(i, nx)], s.Y[clamp(j, ny)]
		z0, z1 := s.Z[clamp(e.j, ny)][clamp(e.i, nx)], s.Z[clamp(j, ny)][clamp(i, nx)]
		t := 0.0 // on the border both ends are the same point
		if z0 != z1 {
			t = (level - z0) / (z1 - z0)
		}
		return plotter.XY{X: x0 + t*(x1-x0), Y: y0 + t*(y1-y0)}
	}
	var out []plotter.XYs
	for _, start := range starts {
		var loop plotter.XYs
		for e, ok := start, true; ok; {
			following, exists := next[e]
			if ok = exists; ok {
				loop = append(loop, at(e))
				delete(next, e)
				e = following
			}
		}
		if len(loop) > 2 {
			out = append(out, loop)
		}
	}
	return out
}

// segments are the pieces of outline in a cell; bits of corners: lower left, lower right,
// upper right, upper left. In the two ambiguous cells the high corners stay apart.
func segments(corners int, bottom, right, top, left edge) [][2]edge {
	switch corners {
	case 1:
		return [][2]edge{{bottom, left}}
	case 2:
		return [][2]edge{{right, bottom}}
	case 3:
		return [][2]edge{{right, left}}
	case 4:
		return [][2]edge{{top, right}}
	case 5:
		return [][2]edge{{bottom, left}, {top, right}}
	case 6:
		return [][2]edge{{top, bottom}}
	case 7:
		return [][2]edge{{top, left}}
	case 8:
		return [][2]edge{{left, top}}
	case 9:
		return [][2]edge{{bottom, top}}
	case 10:
		return [][2]edge{{right, bottom}, {left, top}}
	case 11:
		return [][2]edge{{right, top}}
	case 12:
		return [][2]edge{{left, right}}
	case 13:
		return [][2]edge{{bottom, right}}
	case 14:
		return [][2]edge{{left, bottom}}
	}
	return nil
}

// Region fills loops as one area and draws their outline.
type Region struct {
	Loops []plotter.XYs
	Fill  color.NRGBA // transparent: none
	Times int         // how often it is filled
	Line  color.NRGBA
	Width float64 // of the outline, points; 0: none
}

// Plot fills and strokes.
func (r Region) Plot(c draw.Canvas, p *plot.Plot) {
	var path vg.Path
	for _, l := range r.Loops {
		for i, at := range Place(l, c, p) {
			if i == 0 {
				path.Move(at)
			} else {
				path.Line(at)
			}
		}
		path.Close()
	}
	if len(path) == 0 {
		return
	}
	c.SetColor(r.Fill)
	for range r.Times {
		c.Fill(path)
	}
	if r.Width > 0 {
		c.SetLineStyle(draw.LineStyle{Color: r.Line, Width: vg.Points(r.Width)})
		c.Stroke(path)
	}
}
