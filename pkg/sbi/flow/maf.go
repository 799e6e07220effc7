// Package flow holds conditional normalizing flows q(theta | x): their weights, log
// density and inverse in plain Go, float64. Training graphs are built from the same
// weights elsewhere; files are safetensors.
package flow

import (
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mathext"
)

// Epsilon is added to the softplus of the scales, so that none vanishes.
const Epsilon = 0.001

// MAF is a conditional masked autoregressive flow (Papamakarios and others, NeurIPS 2017)
// with affine transforms and a standard normal base. With c = (x - XMean)/XStd and u =
// theta ThetaScale + ThetaShift, every step computes (a, m) from u and c by a masked
// network and sets
//
//	v_i = (softplus(a_i) + Epsilon) u_i + m_i,  u_i = v_{Perm[i]};
//
// the last u is the noise z, and
//
//	log q(theta|x) = -1/2 Σ z_i² - D/2 log 2π + Σ log|ThetaScale_i|
//	                 + Σ_steps Σ_i log(softplus(a_i) + Epsilon).
//
// With Bins > 0 the transform v_i(u_i) is a rational-quadratic spline instead (a neural
// spline flow, Durkan and others, NeurIPS 2019), and log dv_i/du_i stands for the last sum.
// The density is with respect to theta as it enters. A MAF is not changed by use and safe
// for concurrent use once Pack has been called.
type MAF struct {
	D, C, H                int       // parameters, context features, hidden units per layer
	Bins                   int       // bins of the splines, at least 2; 0: affine transforms
	ThetaShift, ThetaScale []float64 // D
	XMean, XStd            []float64 // C
	Steps                  []Step    // in order from theta to the noise
	// BaseSD widens the base distribution to N(0, BaseSD²): a flow that is too sure of itself on
	// rows it was not trained on becomes honest by one number. 0 stands for 1.
	BaseSD float64
	// BaseSlope lets that SD depend on the observation: it is BaseSD exp(Σ_k BaseSlope_k c_k), c the
	// standardised features. nil: it does not.
	BaseSlope []float64 // C
	// Bounded says that every parameter lies between 0 and 1 and that the flow works on y_i =
	// Φ⁻¹(theta_i), the quantile of the standard normal distribution, in place of theta_i:
	//
	//	log q(theta|x) = log q(y|x) - Σ_i log φ(y_i).
	//
	// No mass lies outside, and the density need not fall off towards an edge. Outside, the log
	// density is -Inf.
	Bounded bool

	packed []*made
	free   sync.Pool // evaluators
}

// Step is one transform; matrices are row after row, outputs by inputs, not masked.
type Step struct {
	InWeight, InBias           []float64    // H x D, H
	ContextWeight, ContextBias []float64    // H x C, H
	HiddenWeight               [2][]float64 // H x H
	HiddenBias                 [2][]float64 // H
	OutWeight, OutBias         []float64    // P D x H, P D: P = Outputs() rows for each parameter
	Perm                       []int        // D
}

// Outputs is how many numbers P the network gives for every parameter: a and m, or the
// widths, heights and inner slopes of a spline.
func (m *MAF) Outputs() int {
	if m.Bins == 0 {
		return 2
	}
	return 3*m.Bins - 1
}

// Pack checks the shapes and prepares the weights for evaluation; it must be called after
// they change.
func (m *MAF) Pack() error {
	if m.D < 1 || m.C < 0 || m.H < 1 || len(m.Steps) == 0 {
		return fmt.Errorf("flow: %d parameters, %d features, %d hidden units, %d steps; positive "+
			"numbers are expected", m.D, m.C, m.H, len(m.Steps))
	}
	if m.Bins < 0 || m.Bins == 1 || m.Bins > 500 {
		return fmt.Errorf("flow: %d bins; 2 to 500, or 0 for affine transforms, are expected", m.Bins)
	}
	type sized struct {
		name string
		v    []float64
		n    int
	}
	check := []sized{{"theta_zscore.shift", m.ThetaShift, m.D},
		{"theta_zscore.scale", m.ThetaScale, m.D}, {"x_zscore.mean", m.XMean, m.C},
		{"x_zscore.std", m.XStd, m.C}}
	for k, s := range m.Steps {
		p := fmt.Sprintf("flow.%d.", k)
		check = append(check, sized{p + "in.weight", s.InWeight, m.H * m.D},
			sized{p + "in.bias", s.InBias, m.H},
			sized{p + "ctx.weight", s.ContextWeight, m.H * m.C}, sized{p + "ctx.bias", s.ContextBias, m.H},
			sized{p + "out.weight", s.OutWeight, m.Outputs() * m.D * m.H},
			sized{p + "out.bias", s.OutBias, m.Outputs() * m.D})
		for l := range s.HiddenWeight {
			check = append(check, sized{fmt.Sprintf("%shidden.%d.weight", p, l), s.HiddenWeight[l],
				m.H * m.H}, sized{fmt.Sprintf("%shidden.%d.bias", p, l), s.HiddenBias[l], m.H})
		}
		seen := make([]bool, m.D)
		for _, i := range s.Perm {
			if i < 0 || i >= m.D || seen[i] {
				return fmt.Errorf("flow: flow.%d.perm %v is no permutation of 0 … %d", k, s.Perm, m.D-1)
			}
			seen[i] = true
		}
		if len(s.Perm) != m.D {
			return fmt.Errorf("flow: flow.%d.perm has %d entries, not %d", k, len(s.Perm), m.D)
		}
	}
	if m.BaseSlope != nil {
		check = append(check, sized{"base.slope", m.BaseSlope, m.C})
	}
	for _, c := range check {
		if len(c.v) != c.n {
			return fmt.Errorf("flow: %s has %d numbers, not %d", c.name, len(c.v), c.n)
		}
		for i, v := range c.v {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("flow: %s: number %d is %v", c.name, i, v)
			}
		}
	}
	if m.BaseSD < 0 || math.IsNaN(m.BaseSD) || math.IsInf(m.BaseSD, 0) {
		return fmt.Errorf("flow: the base distribution has the SD %v", m.BaseSD)
	}
	m.packed, m.free = nil, sync.Pool{}
	for k := range m.Steps {
		m.packed = append(m.packed, pack(&m.Steps[k], m.D, m.H, m.C, m.Outputs()))
		m.packed[k].fix(m.Bins, m.temper())
	}
	return nil
}

// temper multiplies widths and heights of splines before the softmax.
func (m *MAF) temper() float64 { return 1 / math.Sqrt(float64(m.H)) }

// Context is an observation prepared for many evaluations.
type Context struct {
	hidden  [][]float64 // per step, in packed order: made.context
	logWide float64     // Σ_k BaseSlope_k c_k
}

// NewContext standardises an observation and computes what of the networks depends on it
// alone. A value that is not finite is an error.
func (m *MAF) NewContext(x []float64) (*Context, error) {
	if len(x) != m.C {
		return nil, fmt.Errorf("flow: %d features, %d are expected", len(x), m.C)
	}
	c := make([]float64, m.C)
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("flow: feature %d is %v", i, v)
		}
		c[i] = (v - m.XMean[i]) / m.XStd[i]
	}
	out := &Context{}
	for k, v := range m.BaseSlope {
		out.logWide += v * c[k]
	}
	for _, p := range m.packed {
		h := make([]float64, m.H)
		p.context(c, h)
		out.hidden = append(out.hidden, h)
	}
	return out, nil
}

// evaluator holds the buffers of one goroutine.
type evaluator struct {
	m    *MAF
	l    *layers
	base []base // per step
	u    []row
	v    []row
	out  []row // what the network gives for one coordinate, and one row more: see choose

	sd, logWide row // of the base distribution

	knotsX, knotsY []row // of the splines
	bin            chosen
}

func (m *MAF) newEvaluator() *evaluator {
	e := &evaluator{m: m, l: newLayers(m.H), u: make([]row, m.D), v: make([]row, m.D),
		out: make([]row, m.Outputs()+1), base: make([]base, len(m.packed))}
	if m.Bins > 0 {
		e.knotsX, e.knotsY = make([]row, m.Bins+1), make([]row, m.Bins+1)
	}
	return e
}

// evaluator takes one that is free, or a new one.
func (m *MAF) evaluator() *evaluator {
	if e, ok := m.free.Get().(*evaluator); ok {
		return e
	}
	return m.newEvaluator()
}

// load sets the contexts of the lanes; the single context of a call is set once.
func (e *evaluator) load(contexts []*Context, first, rows int) {
	single := len(contexts) == 1
	if single && first > 0 {
		return
	}
	for l := range lanes {
		c := contexts[0]
		if !single {
			c = contexts[min(first+l, first+rows-1)]
		}
		e.sd[l], e.logWide[l] = e.m.baseSD()*math.Exp(c.logWide), c.logWide
		for k, h := range c.hidden {
			if single {
				e.base[k].all = h
				continue
			}
			e.base[k].all = nil
			if e.base[k].each == nil {
				e.base[k].each = make([]row, e.m.H)
			}
			for u, v := range h {
				e.base[k].each[u][l] = v
			}
		}
	}
}

// coordinate gives the outputs of parameter i of a step and, of a spline, the knots.
func (e *evaluator) coordinate(step, i int) (out, x, y []row) {
	p, n := e.m.packed[step], e.m.Outputs()
	if i == 0 && p.first != nil {
		return p.first, p.knotsX, p.knotsY
	}
	p.coordinate(i, e.u, &e.base[step], e.l, e.out[:n])
	if bins := e.m.Bins; bins > 0 {
		knots(e.knotsX, e.out[:bins], e.m.temper())
		knots(e.knotsY, e.out[bins:2*bins], e.m.temper())
	}
	return e.out, e.knotsX, e.knotsY
}

// forward turns theta, in u, into noise, in u, and adds the log determinants.
func (e *evaluator) forward(logDet *row) {
	bins := e.m.Bins
	for k, p := range e.m.packed {
		for i := 0; i < e.m.D; i++ {
			out, x, y := e.coordinate(k, i)
			if bins > 0 {
				e.bin.choose(&e.u[i], x, x, y, out[2*bins:])
				e.bin.forward(&e.v[i], &e.u[i], logDet)
				continue
			}
			scale := scales(&out[0])
			for l, s := range scale {
				e.v[i][l] = s*e.u[i][l] + out[1][l]
			}
			scale.log()
			for l, s := range scale {
				logDet[l] += s
			}
		}
		for i, from := range p.perm {
			e.u[i] = e.v[from]
		}
	}
}

// scales are softplus(a) + Epsilon.
func scales(a *row) row {
	out := *a
	out.softplus()
	for l := range out {
		out[l] += Epsilon
	}
	return out
}

// inverse turns noise, in u, into standardised theta, in u.
func (e *evaluator) inverse() {
	bins := e.m.Bins
	for k := len(e.m.packed) - 1; k >= 0; k-- {
		for i, from := range e.m.packed[k].perm {
			e.v[from] = e.u[i]
		}
		for i := 0; i < e.m.D; i++ {
			out, x, y := e.coordinate(k, i)
			if bins > 0 {
				e.bin.choose(&e.v[i], y, x, y, out[2*bins:])
				e.bin.inverse(&e.u[i], &e.v[i])
				continue
			}
			for l, s := range scales(&out[0]) {
				e.u[i][l] = (e.v[i][l] - out[1][l]) / s
			}
		}
	}
}

// LogProb writes log q(theta|x) for rows of theta (D numbers each) under the
// contexts; one context serves all rows. It panics if the lengths do not agree.
func (m *MAF) LogProb(dst, theta []float64, contexts ...*Context) {
	n := len(dst)
	if len(theta) != n*m.D || len(contexts) != 1 && len(contexts) != n {
		panic("flow: LogProb: lengths do not agree")
	}
	logScale := m.LogConstant()
	e := m.evaluator()
	defer m.free.Put(e)
	for first := 0; first < n; first += lanes {
		rows := min(lanes, n-first)
		e.load(contexts, first, rows)
		var logDet row
		for i := range e.u {
			for l := 0; l < rows; l++ {
				v := theta[(first+l)*m.D+i]
				if m.Bounded {
					var slope float64
					v, slope = Unbounded(v)
					logDet[l] += slope
				}
				e.u[i][l] = v*m.ThetaScale[i] + m.ThetaShift[i]
			}
		}
		e.forward(&logDet)
		for l := 0; l < rows; l++ {
			sum := 0.0
			for i := range e.u {
				z := e.u[i][l] / e.sd[l]
				sum += z * z
			}
			dst[first+l] = logScale + logDet[l] - 0.5*sum - float64(m.D)*e.logWide[l]
		}
	}
}

// Inverse writes the theta of rows of noise (D numbers each) under the contexts; one
// context serves all rows. dst and noise may be the same slice.
func (m *MAF) Inverse(dst, noise []float64, contexts ...*Context) {
	n := len(dst) / m.D
	if len(noise) != len(dst) || n*m.D != len(dst) || len(contexts) != 1 && len(contexts) != n {
		panic("flow: Inverse: lengths do not agree")
	}
	e := m.evaluator()
	defer m.free.Put(e)
	for first := 0; first < n; first += lanes {
		rows := min(lanes, n-first)
		e.load(contexts, first, rows)
		for i := range e.u {
			for l := 0; l < rows; l++ {
				e.u[i][l] = noise[(first+l)*m.D+i] * e.sd[l]
			}
		}
		e.inverse()
		for i := range e.u {
			for l := 0; l < rows; l++ {
				v := (e.u[i][l] - m.ThetaShift[i]) / m.ThetaScale[i]
				if m.Bounded {
					v = cdf(v)
				}
				dst[(first+l)*m.D+i] = v
			}
		}
	}
}

// cdf is the standard normal distribution function Φ.
func cdf(y float64) float64 { return 0.5 * math.Erfc(-y/math.Sqrt2) }

// edge is how near to 0 or 1 a bounded parameter counts as there: it is taken for edge or 1 -
// edge.
const edge = 1e-6

// Unbounded gives y = Φ⁻¹(theta) of a bounded parameter and log dy/dtheta = -log φ(y), which is
// -Inf outside 0 to 1.
func Unbounded(theta float64) (y, logSlope float64) {
	if !(theta >= 0 && theta <= 1) {
		return 0, math.Inf(-1)
	}
	y = mathext.NormalQuantile(math.Min(math.Max(theta, edge), 1-edge))
	return y, 0.5*y*y + 0.5*math.Log(2*math.Pi)
}

// LogConstant is the part of the log density that no observation changes,
//
//	Σ log|ThetaScale_i| - D/2 log 2π - D log BaseSD.
func (m *MAF) LogConstant() float64 {
	c := -float64(m.D) * (0.5*math.Log(2*math.Pi) + math.Log(m.baseSD()))
	for _, s := range m.ThetaScale {
		c += math.Log(math.Abs(s))
	}
	return c
}

func (m *MAF) baseSD() float64 {
	if m.BaseSD == 0 {
		return 1
	}
	return m.BaseSD
}

// UnitsByDegree are the hidden units of a layer in the order of their degree: a unit of degree g
// sees the first upTo[g] of the layer below, and so do the outputs of parameter g, g = 0 … D-1.
func (m *MAF) UnitsByDegree() (units, upTo []int) { return packing(m.D, m.H) }

// InputMask says which parameters a hidden unit sees, 1 or 0 (H x D, the units in the order of
// their degree).
func (m *MAF) InputMask() []float64 {
	units, _ := m.UnitsByDegree()
	mask := make([]float64, 0, m.H*m.D)
	for _, h := range units {
		for i := range m.D {
			if degreeOf(h, m.D) >= i+1 {
				mask = append(mask, 1)
			} else {
				mask = append(mask, 0)
			}
		}
	}
	return mask
}

// Clone returns a copy that shares no numbers with m.
func (m *MAF) Clone() *MAF {
	c := func(x []float64) []float64 { return append([]float64(nil), x...) }
	out := &MAF{D: m.D, C: m.C, H: m.H, Bins: m.Bins, BaseSD: m.BaseSD, Bounded: m.Bounded,
		ThetaShift: c(m.ThetaShift), ThetaScale: c(m.ThetaScale), XMean: c(m.XMean), XStd: c(m.XStd)}
	if m.BaseSlope != nil {
		out.BaseSlope = c(m.BaseSlope)
	}
	for _, s := range m.Steps {
		t := Step{InWeight: c(s.InWeight), InBias: c(s.InBias), ContextWeight: c(s.ContextWeight),
			ContextBias: c(s.ContextBias),
			OutWeight:   c(s.OutWeight), OutBias: c(s.OutBias), Perm: append([]int(nil), s.Perm...)}
		for l := range s.HiddenWeight {
			t.HiddenWeight[l], t.HiddenBias[l] = c(s.HiddenWeight[l]), c(s.HiddenBias[l])
		}
		out.Steps = append(out.Steps, t)
	}
	return out
}
