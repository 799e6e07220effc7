package train

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"example.org/renshaw/pkg/sbi/flow"
)

// spline is flow's rational-quadratic spline of every entry of u (rows x D), with the outputs of
// the network (rows x D P: widths, heights and inner slopes of each entry), in terms that
// have a gradient: the bin is chosen by comparisons without gradient, sums over earlier bins
// are products with constant matrices.
func (o *Optimizer) spline(u, outputs *graph.Node) (v, logSlope *graph.Node) {
	g, shape := u.Graph(), u.Shape()
	bins, n := o.m.Bins, shape.Size()
	num := func(x float64) *graph.Node { return graph.Const(g, o.scalar(x)) }
	matrix := func(rows, cols int, at func(r, c int) float64) *graph.Node {
		var data []float64
		for r := 0; r < rows; r++ {
			for c := 0; c < cols; c++ {
				data = append(data, at(r, c))
			}
		}
		return graph.ConstTensor(g, o.tensor(data, rows, cols))
	}
	is := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	column, each := graph.Reshape(u, n, 1), graph.Reshape(outputs, n, o.m.Outputs())
	columns := func(from, to int) *graph.Node {
		return graph.Slice(each, graph.AxisRange(), graph.AxisRange(from, to))
	}
	inside := graph.StopGradient(graph.ConvertDType(graph.LessThan(graph.Abs(column), num(flow.Tail)),
		o.dtype))
	x := graph.Mul(column, inside)

	// Sizes of the bins and their lower ends.
	earlier := matrix(bins, bins, func(r, c int) float64 { return is(r < c) })
	sizes := func(p *graph.Node) (size, lower *graph.Node) {
		soft := graph.Softmax(graph.Mul(p, num(1/math.Sqrt(float64(o.m.H)))), -1)
		size = graph.Add(graph.Mul(soft, num(2*flow.Tail*(1-float64(bins)*flow.Smallest))),
			num(2*flow.Tail*flow.Smallest))
		return size, graph.Add(graph.Dot(size, earlier).Product(), num(-flow.Tail))
	}
	w, xLow := sizes(columns(0, bins))
	h, yLow := sizes(columns(bins, 2*bins))
	inner := graph.Add(o.softplus(columns(2*bins, 3*bins-1)), num(flow.Smallest))
	ends := func(shift, fixed int) *graph.Node { // slopes at one end of every bin
		place := matrix(bins-1, bins, func(r, c int) float64 { return is(r+shift == c) })
		one := matrix(1, bins, func(_, c int) float64 { return is(c == fixed) })
		d := graph.Dot(inner, place).Product()
		return graph.Add(d, graph.BroadcastToShape(one, d.Shape()))
	}

	// One-hot choice of the bin: at or above its lower end, not above the next.
	above := graph.ConvertDType(graph.GreaterOrEqual(graph.BroadcastToShape(x, xLow.Shape()), xLow),
		o.dtype)
	chosen := graph.StopGradient(
		graph.Dot(above, matrix(bins, bins,
			func(r, c int) float64 { return is(r == c) - is(r == c+1) })).Product())
	pick := func(p *graph.Node) *graph.Node {
		return graph.ReduceAndKeep(graph.Mul(p, chosen), graph.ReduceSum, -1)
	}
	width, height := pick(w), pick(h)
	d0, d1 := pick(ends(1, 0)), pick(ends(0, bins-1))
	s := graph.Div(height, width)
	xi := graph.Div(graph.Sub(x, pick(xLow)), width)
	rest := graph.Sub(num(1), xi)
	both := graph.Mul(xi, rest)
	q := graph.Add(s, graph.Mul(graph.Sub(graph.Add(d0, d1), graph.Mul(num(2), s)), both))
	y := graph.Add(pick(yLow),
		graph.Div(graph.Mul(height, graph.Add(graph.Mul(s, graph.Square(xi)), graph.Mul(d0, both))), q))
	slope := graph.Mul(graph.Square(s),
		graph.Add(graph.Add(graph.Mul(d1, graph.Square(xi)), graph.Mul(graph.Mul(num(2), s), both)),
			graph.Mul(d0, graph.Square(rest))))
	logged := graph.Sub(graph.Log(slope), graph.Mul(num(2), graph.Log(q)))

	outside := graph.Sub(num(1), inside)
	v = graph.Add(graph.Mul(inside, y), graph.Mul(outside, column))
	return graph.ReshapeWithShape(v, shape), graph.ReshapeWithShape(graph.Mul(inside, logged), shape)
}
