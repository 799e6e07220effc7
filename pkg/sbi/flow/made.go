package flow

import (
	"math"
	"slices"

	"example.org/renshaw/pkg/num/precise"
)

// made is one masked network with its weights packed for evaluation: hidden units are in
// the order of their degree, so that what a unit may see is a prefix.
//
//	h0 = tanh( (W_in M_in) u + b_in + tanh(W_c c + b_c) )
//	h1 = tanh( (W_0 M_h) h0 + b_0 ),  h2 = tanh( (W_1 M_h) h1 + b_1 )
//	o  = (W_out M_out) h2 + b_out,  P numbers o[Pi] … o[Pi+P-1] for parameter i (affine: a_i, m_i)
//
// Input i has degree i+1, hidden unit h degree h mod max(1, D-1) + min(1, D-1), output row
// r degree floor(r/P)+1; a hidden unit sees degrees up to its own, an output lower ones.
type made struct {
	d, h   int
	outs   int   // P
	degree []int // of the packed hidden units, ascending
	upTo   []int // upTo[g] hidden units have a degree of at most g, g = 0 … D-1
	// Weights of what the hidden units of degree i, and the outputs of parameter i, may see, row
	// after row without gaps, i = 0 … D-1: in of i inputs, the others of upTo[i] hidden units.
	in     [][]float64
	inBias []float64
	hidden [2][][]float64
	hBias  [2][]float64
	out    [][]float64
	oBias  []float64
	ctx    []float64 // H x C
	cBias  []float64
	perm   []int
	// first are the outputs of parameter 0 for all rows if no hidden unit has part in them, and
	// knotsX and knotsY its spline.
	first, knotsX, knotsY []row
}

// degreeOf is the degree of hidden unit h of a network of d variables.
func degreeOf(h, d int) int { return h%max(1, d-1) + min(1, d-1) }

// packing returns the hidden units in order of their degree, and the counts upTo.
func packing(d, h int) (order, upTo []int) {
	order = make([]int, h)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return degreeOf(a, d) - degreeOf(b, d) })
	upTo = make([]int, d)
	for g := range upTo {
		for _, u := range order {
			if degreeOf(u, d) <= g {
				upTo[g]++
			}
		}
	}
	return order, upTo
}

// pack takes the weights of one step out of its tensors.
func pack(s *Step, d, h, c, outs int) *made {
	order, upTo := packing(d, h)
	m := &made{d: d, h: h, outs: outs, upTo: upTo, perm: s.Perm, oBias: slices.Clone(s.OutBias)}
	for _, u := range order {
		m.degree = append(m.degree, degreeOf(u, d))
		m.inBias = append(m.inBias, s.InBias[u])
		m.ctx = append(m.ctx, s.ContextWeight[u*c:(u+1)*c]...)
		m.cBias = append(m.cBias, s.ContextBias[u])
		for layer := range m.hidden {
			m.hBias[layer] = append(m.hBias[layer], s.HiddenBias[layer][u])
		}
	}
	from := 0
	for i, last := range upTo {
		var in, out []float64
		var hidden [2][]float64
		for _, u := range order[from:last] {
			in = append(in, s.InWeight[u*d:u*d+i]...)
			for layer := range hidden {
				hidden[layer] = append(hidden[layer], entries(s.HiddenWeight[layer][u*h:], order[:last])...)
			}
		}
		for r := i * outs; r < (i+1)*outs; r++ {
			out = append(out, entries(s.OutWeight[r*h:], order[:last])...)
		}
		m.in, m.out = append(m.in, in), append(m.out, out)
		for layer := range hidden {
			m.hidden[layer] = append(m.hidden[layer], hidden[layer])
		}
		from = last
	}
	// a sum that starts with 0 has no -0
	for _, b := range [][]float64{m.hBias[0], m.hBias[1], m.oBias} {
		for k := range b {
			b[k] += 0
		}
	}
	return m
}

// entries are some numbers of a row.
func entries(row []float64, at []int) []float64 {
	out := make([]float64, len(at))
	for i, k := range at {
		out[i] = row[k]
	}
	return out
}

// context is tanh(W_c c + b_c) + b_in of a standardised context.
func (m *made) context(c, dst []float64) {
	for u := range dst {
		sum := m.cBias[u]
		for k, w := range m.ctx[u*len(c) : (u+1)*len(c)] {
			sum += w * c[k]
		}
		dst[u] = math.Tanh(sum) + m.inBias[u]
	}
}

// base is what the first layer starts from, see context: the same numbers for all rows, or, if
// all is nil, rows of them.
type base struct {
	all  []float64
	each []row
}

// layers holds the activations of the hidden units of all rows.
type layers [3][]row

func newLayers(h int) *layers {
	return &layers{make([]row, h), make([]row, h), make([]row, h)}
}

// fix computes what of parameter 0 no row and no context changes.
func (m *made) fix(bins int, temper float64) {
	if m.upTo[0] > 0 {
		return
	}
	m.first = make([]row, m.outs+1)
	product(m.first[:m.outs], m.oBias[:m.outs], nil, nil)
	if bins > 0 {
		m.knotsX, m.knotsY = make([]row, bins+1), make([]row, bins+1)
		knots(m.knotsX, m.first[:bins], temper)
		knots(m.knotsY, m.first[bins:2*bins], temper)
	}
}

// coordinate computes the outputs of parameter i for all rows once u_0 … u_{i-1} are in u: it adds
// the hidden units of degree i, which no earlier coordinate needs.
func (m *made) coordinate(i int, u []row, base *base, l *layers, out []row) {
	from, last := 0, m.upTo[i]
	if i > 0 {
		from = m.upTo[i-1]
	}
	if from < last {
		var start []float64
		if base.all != nil {
			start = base.all[from:last]
		} else {
			copy(l[0][from:last], base.each[from:last])
		}
		product(l[0][from:last], start, m.in[i], u[:i])
		tanh(l[0][from:last])
		for layer := range m.hidden {
			product(l[layer+1][from:last], m.hBias[layer][from:last], m.hidden[layer][i], l[layer][:last])
			tanh(l[layer+1][from:last])
		}
	}
	product(out, m.oBias[i*m.outs:(i+1)*m.outs], m.out[i], l[2][:last])
}

func tanh(x []row) {
	for k := range x {
		precise.TanhSlice(x[k][:])
	}
}
