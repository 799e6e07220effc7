package flow

import (
	"math"

	"example.org/renshaw/pkg/num/precise"
)

// plainRow evaluates one row of theta or noise, one number after the other, in the order in which
// the lanes are computed: the oracle of the bits.
type plainRow struct {
	m      *MAF
	hidden [3][]float64
	x, y   []float64 // knots
	d      []float64 // slopes
}

func newPlainRow(m *MAF) *plainRow {
	p := &plainRow{m: m, x: make([]float64, m.Bins+1), y: make([]float64, m.Bins+1),
		d: make([]float64, m.Bins+1)}
	for l := range p.hidden {
		p.hidden[l] = make([]float64, m.H)
	}
	return p
}

func plainTanh(x float64) float64 {
	v := []float64{x} // one alone is computed by the plain function
	precise.TanhSlice(v)
	return v[0]
}

func plainSum(bias float64, w, x []float64) float64 {
	for k, v := range w {
		bias += float64(v * x[k])
	}
	return bias
}

// outputs are those of parameter i.
func (p *plainRow) outputs(net *made, c []float64, i int, u []float64) []float64 {
	last := net.upTo[i]
	row := func(w [][]float64, k, seen int) []float64 { // of hidden unit k
		degree := min(net.degree[k], net.d-1)
		if degree > 0 {
			k -= net.upTo[degree-1]
		}
		return w[degree][k*seen : (k+1)*seen]
	}
	for k := range last {
		seen := min(net.degree[k], net.d-1)
		p.hidden[0][k] = plainTanh(plainSum(c[k], row(net.in, k, seen), u))
	}
	for layer := range net.hidden {
		for k := range last {
			seen := net.upTo[min(net.degree[k], net.d-1)]
			p.hidden[layer+1][k] = plainTanh(plainSum(net.hBias[layer][k],
				row(net.hidden[layer], k, seen), p.hidden[layer]))
		}
	}
	var out []float64
	for r := range net.outs {
		out = append(out, plainSum(net.oBias[i*net.outs+r], net.out[i][r*last:(r+1)*last], p.hidden[2]))
	}
	return out
}

func plainKnots(dst, p []float64, temper float64) {
	most := math.Inf(-1)
	for _, v := range p {
		most = math.Max(most, v*temper)
	}
	sum := 0.0
	for k, v := range p {
		dst[k+1] = math.Exp(float64(v*temper) - most)
		sum += dst[k+1]
	}
	dst[0] = -Tail
	for k := range p {
		dst[k+1] = dst[k] + float64(2*Tail*(Smallest+(1-float64(len(p))*Smallest)*dst[k+1]/sum))
	}
	dst[len(p)] = Tail
}

func plainSoftplus(a float64) float64 {
	return math.Max(a, 0) + math.Log1p(math.Exp(-math.Abs(a)))
}

func (p *plainRow) setSpline(out []float64) {
	bins := p.m.Bins
	plainKnots(p.x, out[:bins], p.m.temper())
	plainKnots(p.y, out[bins:2*bins], p.m.temper())
	p.d[0], p.d[bins] = 1, 1
	for k := 1; k < bins; k++ {
		p.d[k] = Smallest + plainSoftplus(out[2*bins+k-1])
	}
}

func plainBin(knots []float64, v float64) int {
	k := 0
	for k < len(knots)-2 && v >= knots[k+1] {
		k++
	}
	return k
}

// forward gives v and log dv/du.
func (p *plainRow) forward(out []float64, u float64) (v, logSlope float64) {
	if p.m.Bins == 0 {
		scale := plainSoftplus(out[0]) + Epsilon
		return scale*u + out[1], math.Log(scale)
	}
	p.setSpline(out)
	if !(math.Abs(u) < Tail) {
		return u, 0
	}
	k := plainBin(p.x, u)
	w, h, d0, d1 := p.x[k+1]-p.x[k], p.y[k+1]-p.y[k], p.d[k], p.d[k+1]
	xi, s := (u-p.x[k])/w, h/w
	q := s + (d1+d0-2*s)*xi*(1-xi)
	return p.y[k] + h*(s*xi*xi+d0*xi*(1-xi))/q,
		math.Log(s*s*(d1*xi*xi+2*s*xi*(1-xi)+d0*(1-xi)*(1-xi))) - 2*math.Log(q)
}

func (p *plainRow) inverse(out []float64, v float64) float64 {
	if p.m.Bins == 0 {
		return (v - out[1]) / (plainSoftplus(out[0]) + Epsilon)
	}
	p.setSpline(out)
	if !(math.Abs(v) < Tail) {
		return v
	}
	k := plainBin(p.y, v)
	w, h, d0, d1 := p.x[k+1]-p.x[k], p.y[k+1]-p.y[k], p.d[k], p.d[k+1]
	s, t := h/w, v-p.y[k]
	bend := d1 + d0 - 2*s
	a, b, c := h*(s-d0)+t*bend, h*d0-t*bend, -s*t
	return p.x[k] + w*2*c/(-b-math.Sqrt(math.Max(0, b*b-4*a*c)))
}

func (p *plainRow) logProb(theta []float64, c *Context) float64 {
	m := p.m
	u, v := make([]float64, m.D), make([]float64, m.D)
	for i := range u {
		u[i] = theta[i]*m.ThetaScale[i] + m.ThetaShift[i]
	}
	logDet := 0.0
	for k, net := range m.packed {
		for i := range u {
			var slope float64
			v[i], slope = p.forward(p.outputs(net, c.hidden[k], i, u), u[i])
			logDet += slope
		}
		for i, from := range net.perm {
			u[i] = v[from]
		}
	}
	sum := 0.0
	for _, z := range u {
		sum += z * z
	}
	return m.LogConstant() + logDet - 0.5*sum - float64(m.D)*c.logWide
}

func (p *plainRow) draw(noise []float64, c *Context) []float64 {
	m := p.m
	u, v := append([]float64(nil), noise...), make([]float64, m.D)
	for k := len(m.packed) - 1; k >= 0; k-- {
		net := m.packed[k]
		for i, from := range net.perm {
			v[from] = u[i]
		}
		for i := range u {
			u[i] = p.inverse(p.outputs(net, c.hidden[k], i, u), v[i])
		}
	}
	for i := range u {
		u[i] = (u[i] - m.ThetaShift[i]) / m.ThetaScale[i]
	}
	return u
}
