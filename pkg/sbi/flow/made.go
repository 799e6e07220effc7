package flow

import (
	"math"
	"slices"

	"example.org/renshaw/pkg/num/precise"
)

// lanes is how many rows a network evaluates side by side.
const lanes = 16

type row [lanes]float64

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
	in     []float64
	inBias []float64
	hidden [2][]float64
	hBias  [2][]float64
	out    []float64
	oBias  []float64
	ctx    []float64 // H x C
	cBias  []float64
	perm   []int
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
	m := &made{d: d, h: h, outs: outs, upTo: upTo, perm: s.Perm, out: make([]float64, outs*d*h),
		oBias: s.OutBias}
	for _, u := range order {
		m.degree = append(m.degree, degreeOf(u, d))
		m.in = append(m.in, s.InWeight[u*d:(u+1)*d]...)
		m.inBias = append(m.inBias, s.InBias[u])
		m.ctx = append(m.ctx, s.ContextWeight[u*c:(u+1)*c]...)
		m.cBias = append(m.cBias, s.ContextBias[u])
		for layer := range m.hidden {
			for _, v := range order {
				m.hidden[layer] = append(m.hidden[layer], s.HiddenWeight[layer][u*h+v])
			}
			m.hBias[layer] = append(m.hBias[layer], s.HiddenBias[layer][u])
		}
	}
	for r := 0; r < outs*d; r++ {
		for k, u := range order {
			m.out[r*h+k] = s.OutWeight[r*h+u]
		}
	}
	return m
}

// context is tanh(W_c c + b_c) of a standardised context.
func (m *made) context(c, dst []float64) {
	for u := range dst {
		sum := m.cBias[u]
		for k, w := range m.ctx[u*len(c) : (u+1)*len(c)] {
			sum += w * c[k]
		}
		dst[u] = math.Tanh(sum)
	}
}

// layers holds the activations of the hidden units of all rows.
type layers [3][]row

func newLayers(h int) *layers {
	return &layers{make([]row, h), make([]row, h), make([]row, h)}
}

// coordinate computes the outputs of parameter i for all rows once u_0 … u_{i-1} are in u: it adds
// the hidden units of degree i, which no earlier coordinate needs.
func (m *made) coordinate(i int, u []row, ctx []row, l *layers, out []row) {
	first := 0
	if i > 0 {
		first = m.upTo[i-1]
	}
	last := m.upTo[i]
	if first < last {
		for k := first; k < last; k++ {
			l[0][k] = ctx[k]
			weighted(&l[0][k], m.inBias[k], m.in[k*m.d:k*m.d+min(i, m.d)], u)
		}
		tanh(l[0][first:last])
		for layer := 0; layer < 2; layer++ {
			for k := first; k < last; k++ {
				l[layer+1][k] = row{}
				weighted(&l[layer+1][k], m.hBias[layer][k], m.hidden[layer][k*m.h:k*m.h+last], l[layer])
			}
			tanh(l[layer+1][first:last])
		}
	}
	for p := range out {
		r := i*m.outs + p
		out[p] = row{}
		weighted(&out[p], m.oBias[r], m.out[r*m.h:r*m.h+last], l[2])
	}
}

// weighted adds bias + Σ_k w[k] x[k] to every row of dst.
func weighted(dst *row, bias float64, w []float64, x []row) {
	x = x[:len(w)]
	for at := 0; at < lanes; at += 4 {
		a0, a1, a2, a3 := dst[at]+bias, dst[at+1]+bias, dst[at+2]+bias, dst[at+3]+bias
		for k, v := range w {
			h := (*[4]float64)(x[k][at:])
			a0 += v * h[0]
			a1 += v * h[1]
			a2 += v * h[2]
			a3 += v * h[3]
		}
		dst[at], dst[at+1], dst[at+2], dst[at+3] = a0, a1, a2, a3
	}
}

// tanh replaces every number by (1-e)/(1+e) with e = exp(-2|x|) and the sign of x; the
// error is below 2e-16.
func tanh(x []row) {
	var e row
	for k := range x {
		for i, v := range x[k] {
			e[i] = -2 * math.Abs(v)
		}
		precise.ExpSlice(e[:])
		for i, v := range e {
			x[k][i] = math.Copysign((1-v)/(1+v), x[k][i])
		}
	}
}

// softplus is log(1 + e^a).
func softplus(a float64) float64 { return math.Max(a, 0) + math.Log1p(math.Exp(-math.Abs(a))) }
