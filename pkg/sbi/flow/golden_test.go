package flow

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/table"
)

var networks = []string{"single_muscle", "single_muscle_heldout", "muscle_pair"}

func network(t testing.TB, name string) *MAF {
	t.Helper()
	tensors, err := ReadSafetensors(filepath.Join(testdata.Shared(t, "data/pretrained"), name,
		"weights.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := MAFFromTensors(tensors)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// columns reads the columns with a prefix, row after row. Inputs are float32 numbers
// printed with 9 digits.
func columns(t *testing.T, tb *table.Table, prefix string, single bool) []float64 {
	t.Helper()
	var out []float64
	for _, row := range tb.Rows {
		for i, c := range tb.Columns {
			if !strings.HasPrefix(c, prefix) {
				continue
			}
			v, err := strconv.ParseFloat(row[i], 64)
			if single {
				var f float64
				f, err = strconv.ParseFloat(row[i], 32)
				v = float64(float32(f))
			}
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, v)
		}
	}
	return out
}

func contexts(t *testing.T, m *MAF, x []float64) []*Context {
	t.Helper()
	var out []*Context
	for i := 0; i < len(x); i += m.C {
		c, err := m.NewContext(x[i : i+m.C])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// Densities and inverses of the paper's three networks, computed by the original modules
// in float64: within 1e-9 and 1e-10.
func TestPretrainedNetworks(t *testing.T) {
	for _, name := range networks {
		m := network(t, name)
		tb, err := table.Read(filepath.Join(testdata.Shared(t, "golden/inference"), name+"_log_prob.csv"))
		if err != nil {
			t.Fatal(err)
		}
		want := columns(t, tb, "log_prob", false)
		got := make([]float64, len(tb.Rows))
		m.LogProb(got, columns(t, tb, "theta_unit_", true), contexts(t, m, columns(t, tb, "x_", true))...)
		worst := 0.0
		for i := range got {
			worst = math.Max(worst, math.Abs(got[i]-want[2*i])) // log_prob_f32 follows log_prob
		}
		inv, err := table.Read(filepath.Join(testdata.Shared(t, "golden/inference"), name+"_inverse.csv"))
		if err != nil {
			t.Fatal(err)
		}
		theta := columns(t, inv, "theta_unit_", false)
		draws := make([]float64, len(theta))
		m.Inverse(draws, columns(t, inv, "noise_", true), contexts(t, m, columns(t, inv, "x_", true))...)
		worstInverse := 0.0
		for i := range draws {
			worstInverse = math.Max(worstInverse, math.Abs(draws[i]-theta[i]))
		}
		t.Logf("%s: density %.2g, inverse %.2g", name, worst, worstInverse)
		if !(worst <= 1e-9) || !(worstInverse <= 1e-10) {
			t.Errorf("%s: density differs by %.2g, inverse by %.2g", name, worst, worstInverse)
		}
	}
}

// random makes a flow with the study's initialisation.
func random(seed uint64, d, c, h, bins int) *MAF {
	rng := rand.New(rand.NewPCG(seed, 1))
	m := NewMAF(d, c, h, 5, bins, rng)
	for i := range m.XMean {
		m.XMean[i], m.XStd[i] = rng.NormFloat64(), 0.5+rng.Float64()
	}
	for i := range m.ThetaShift {
		m.ThetaShift[i], m.ThetaScale[i] = rng.NormFloat64(), 0.5+rng.Float64()
	}
	if err := m.Pack(); err != nil {
		panic(err)
	}
	return m
}

// reference is the flow as its equations are written, unmasked weights times masks.
func reference(m *MAF, theta, x []float64) float64 {
	c := make([]float64, m.C)
	for i := range c {
		c[i] = (x[i] - m.XMean[i]) / m.XStd[i]
	}
	u := make([]float64, m.D)
	logDet := 0.0
	for i := range u {
		u[i] = theta[i]*m.ThetaScale[i] + m.ThetaShift[i]
		logDet += math.Log(m.ThetaScale[i])
	}
	layer := func(w, b, in []float64, seen func(r, c int) bool) []float64 {
		out := append([]float64(nil), b...)
		for r := range out {
			for k, v := range in {
				if seen(r, k) {
					out[r] += w[r*len(in)+k] * v
				}
			}
		}
		return out
	}
	deg := func(h int) int { return degreeOf(h, m.D) }
	all := func(int, int) bool { return true }
	for _, s := range m.Steps {
		h := layer(s.InWeight, s.InBias, u, func(r, k int) bool { return deg(r) >= k+1 })
		ctx := layer(s.ContextWeight, s.ContextBias, c, all)
		for i := range h {
			h[i] = math.Tanh(h[i] + math.Tanh(ctx[i]))
		}
		for l := range s.HiddenWeight {
			h = layer(s.HiddenWeight[l], s.HiddenBias[l], h, func(r, k int) bool { return deg(r) >= deg(k) })
			for i := range h {
				h[i] = math.Tanh(h[i])
			}
		}
		o := layer(s.OutWeight, s.OutBias, h, func(r, k int) bool { return r/m.Outputs()+1 > deg(k) })
		v := make([]float64, m.D)
		for i := range v {
			if m.Bins > 0 {
				p := o[i*m.Outputs() : (i+1)*m.Outputs()]
				v[i] = naiveSpline(p, m.Bins, m.H, u[i])
				logDet += math.Log((naiveSpline(p, m.Bins, m.H, u[i]+1e-6) - naiveSpline(p, m.Bins, m.H,
					u[i]-1e-6)) / 2e-6)
				continue
			}
			scale := softplus(o[2*i]) + Epsilon
			logDet += math.Log(scale)
			v[i] = scale*u[i] + o[2*i+1]
		}
		for i, from := range s.Perm {
			u[i] = v[from]
		}
	}
	sum := 0.0
	for _, v := range u {
		sum += v * v
	}
	return logDet - 0.5*sum - 0.5*float64(m.D)*math.Log(2*math.Pi)
}

// naiveSpline is the spline as its equation is written.
func naiveSpline(p []float64, bins, hidden int, u float64) float64 {
	if math.Abs(u) >= 3 {
		return u
	}
	at := func(p []float64) []float64 {
		sum := 0.0
		for _, v := range p {
			sum += math.Exp(v / math.Sqrt(float64(hidden)))
		}
		knots := []float64{-3}
		for _, v := range p {
			knots = append(knots, knots[len(knots)-1]+
				6*(0.001+(1-0.001*float64(bins))*math.Exp(v/math.Sqrt(float64(hidden)))/sum))
		}
		return knots
	}
	x, y := at(p[:bins]), at(p[bins:2*bins])
	d := []float64{1}
	for _, v := range p[2*bins:] {
		d = append(d, 0.001+math.Log(1+math.Exp(v)))
	}
	d = append(d, 1)
	k := 0
	for u > x[k+1] {
		k++
	}
	s := (y[k+1] - y[k]) / (x[k+1] - x[k])
	xi := (u - x[k]) / (x[k+1] - x[k])
	return y[k] + (y[k+1]-y[k])*(s*xi*xi+d[k]*xi*(1-xi))/(s+(d[k+1]+d[k]-2*s)*xi*(1-xi))
}

// The packed evaluation is that of the equations, for any number of parameters and rows,
// and the inverse undoes it.
func TestAgainstEquations(t *testing.T) {
	for _, d := range []int{1, 2, 3, 5, 10} {
		againstEquations(t, random(uint64(d), d, 4, 20, 0), 1e-11)
		// the reference differentiates by differences
		againstEquations(t, random(uint64(d), d, 4, 20, 2+d), 1e-5)
	}
}

// With a base distribution of another SD the density still integrates to one, and draws
// spread accordingly.
func TestBaseSD(t *testing.T) {
	m := random(3, 2, 3, 8, 0)
	m.BaseSD = 1.7
	c, err := m.NewContext([]float64{0.1, 0.2, 0.3})
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	const h, reach = 0.5, 100.0
	n := int(2 * reach / h)
	line, lp := make([]float64, 2*n), make([]float64, n)
	for a := -reach; a < reach; a += h {
		for i := range lp {
			line[2*i], line[2*i+1] = a, -reach+h*float64(i)
		}
		m.LogProb(lp, line, c)
		for _, v := range lp {
			sum += h * h * math.Exp(v)
		}
	}
	if math.Abs(sum-1) > 1e-3 {
		t.Errorf("the density integrates to %v", sum)
	}
	read, err := MAFFromTensors(m.Tensors())
	if err != nil || read.BaseSD != 1.7 {
		t.Errorf("read back: %v %v", read.BaseSD, err)
	}
	theta := []float64{0.5, -0.5}
	m.Inverse(theta, theta, c)
	m.BaseSD = 1
	wide := []float64{0.85, -0.85}
	m.Inverse(wide, wide, c)
	if math.Abs(theta[0]-wide[0])+math.Abs(theta[1]-wide[1]) > 1e-12 {
		t.Errorf("draws %v and %v", theta, wide)
	}
}

// A base distribution whose SD depends on the observation is, for one observation, that of the flow
// with this SD for all.
func TestBaseSlope(t *testing.T) {
	for _, bins := range []int{0, 8} {
		m, fixed := random(3, 2, 3, 8, bins), random(3, 2, 3, 8, bins)
		m.XMean, fixed.XMean = []float64{0, 0.1, 0}, []float64{0, 0.1, 0}
		m.BaseSD, m.BaseSlope = 0.9, []float64{0.5, -2, 0}
		read, err := MAFFromTensors(m.Tensors())
		if err != nil || len(read.BaseSlope) != 3 || read.BaseSlope[1] != -2 ||
			len(m.Clone().BaseSlope) != 3 {
			t.Fatalf("read back: %v %v", read, err)
		}
		rows := [][]float64{{0.1, 0.2, 0.3}, {1, -0.1, 2}, {0, 0.1, 0}}
		var contexts []*Context
		theta, got := []float64{0.3, 0.4, 0.2, -0.1, 0.9, 0.5}, make([]float64, 3)
		draws := slices.Clone(theta)
		for _, x := range rows {
			c, err := m.NewContext(x)
			if err != nil {
				t.Fatal(err)
			}
			contexts = append(contexts, c)
		}
		m.LogProb(got, theta, contexts...)
		m.Inverse(draws, draws, contexts...)
		for i, x := range rows {
			fixed.BaseSD = 0.9 * math.Exp(0.5*x[0]/m.XStd[0]-2*(x[1]-0.1)/m.XStd[1])
			c, err := fixed.NewContext(x)
			if err != nil {
				t.Fatal(err)
			}
			lp, one := make([]float64, 1), slices.Clone(theta[2*i:2*i+2])
			fixed.LogProb(lp, one, c)
			fixed.Inverse(one, one, c)
			if math.Abs(lp[0]-got[i]) > 1e-12 || math.Abs(one[0]-draws[2*i]) > 1e-12 ||
				math.Abs(one[1]-draws[2*i+1]) > 1e-12 {
				t.Errorf("%d bins, observation %d: log density %v, want %v; draw %v, want %v", bins, i, got[i],
					lp[0], draws[2*i:2*i+2], one)
			}
		}
		m.BaseSlope = []float64{1}
		if err := m.Pack(); err == nil {
			t.Error("a slope of one feature of three was taken")
		}
	}
}

// A bounded flow has all its mass inside the unit box, and gives the same density for a draw
// as the change of variables does.
func TestBounded(t *testing.T) {
	m := random(3, 2, 3, 8, 0)
	m.Bounded = true
	for i := range m.ThetaScale {
		m.ThetaScale[i] = 20 // y of a few units
	}
	c, err := m.NewContext([]float64{0.1, 0.2, 0.3})
	if err != nil {
		t.Fatal(err)
	}
	const n = 400
	sum, line, lp := 0.0, make([]float64, 2*n), make([]float64, n)
	for a := range n {
		for b := range n {
			line[2*b], line[2*b+1] = (float64(a)+0.5)/n, (float64(b)+0.5)/n
		}
		m.LogProb(lp, line, c)
		for _, v := range lp {
			sum += math.Exp(v) / n / n
		}
	}
	if math.Abs(sum-1) > 2e-3 {
		t.Errorf("the density integrates to %v", sum)
	}
	inside := []float64{0.2, 0.97}
	m.Inverse(inside, []float64{0.4, -0.7}, c)
	free := m.Clone()
	free.Bounded = false
	if err := free.Pack(); err != nil {
		t.Fatal(err)
	}
	y, lpFree, lpInside := make([]float64, 2), make([]float64, 1), make([]float64, 1)
	free.Inverse(y, []float64{0.4, -0.7}, c)
	free.LogProb(lpFree, y, c)
	m.LogProb(lpInside, inside, c)
	want := lpFree[0]
	for i, v := range y {
		want += 0.5*v*v + 0.5*math.Log(2*math.Pi)
		if phi := 0.5 * (1 + math.Erf(v/math.Sqrt2)); math.Abs(phi-inside[i]) > 1e-12 {
			t.Errorf("parameter %d is %v, want %v", i, inside[i], phi)
		}
	}
	if math.Abs(lpInside[0]-want) > 1e-9 {
		t.Errorf("log density %v, want %v", lpInside[0], want)
	}
	read, err := MAFFromTensors(m.Tensors())
	if err != nil || !read.Bounded {
		t.Errorf("read back: %v %v", read, err)
	}
	e := Ensemble{m, read}
	o, err := e.Observe([]float64{0.1, 0.2, 0.3})
	if err != nil {
		t.Fatal(err)
	}
	lp = make([]float64, 3)
	e.LogProb(lp, append([]float64{1.001, 0.5, 0, 1}, inside...), o)
	if !math.IsInf(lp[0], -1) || math.IsInf(lp[1], 0) || math.IsNaN(lp[1]) ||
		math.Abs(lp[2]-want) > 1e-9 {
		t.Errorf("outside, at the edge and inside: %v", lp)
	}
}

func againstEquations(t *testing.T, m *MAF, tolerance float64) {
	t.Helper()
	d := m.D
	rng := rand.New(rand.NewPCG(7, uint64(d)))
	const n = 37
	theta, x := make([]float64, n*d), make([]float64, n*m.C)
	for i := range theta {
		theta[i] = rng.NormFloat64()
	}
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	cs := contexts(t, m, x)
	got := make([]float64, n)
	m.LogProb(got, theta, cs...)
	for i := range got {
		if want := reference(m, theta[i*d:(i+1)*d],
			x[i*m.C:(i+1)*m.C]); math.Abs(got[i]-want) > tolerance {
			t.Fatalf("%d parameters, %d bins: row %d: %v, want %v", d, m.Bins, i, got[i], want)
		}
	}
	// Noise of theta by hand, then back.
	e := m.newEvaluator()
	e.load(cs, 0, lanes)
	for i := range e.u {
		for l := range e.u[i] {
			e.u[i][l] = theta[l*d+i]*m.ThetaScale[i] + m.ThetaShift[i]
		}
	}
	var logDet row
	e.forward(&logDet)
	noise := make([]float64, lanes*d)
	for i := range e.u {
		for l := range e.u[i] {
			noise[l*d+i] = e.u[i][l]
		}
	}
	m.Inverse(noise, noise, cs[:lanes]...)
	for i, v := range noise {
		if math.Abs(v-theta[i]) > 1e-9 {
			t.Fatalf("%d parameters, %d bins: inverse of %v is %v", d, m.Bins, theta[i], v)
		}
	}
}

// Extreme weights and values far out give finite densities and draws.
func TestSplinesStayFinite(t *testing.T) {
	m := random(1, 3, 2, 10, 8)
	for k := range m.Steps {
		for i := range m.Steps[k].OutWeight {
			m.Steps[k].OutWeight[i] *= 1000
		}
	}
	if err := m.Pack(); err != nil {
		t.Fatal(err)
	}
	c, err := m.NewContext([]float64{5, -50})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	theta, lp := make([]float64, 3000), make([]float64, 1000)
	for i := range theta {
		theta[i] = 20 * rng.NormFloat64()
	}
	m.LogProb(lp, theta, c)
	for i, v := range lp {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("density of %v is %v", theta[3*i:3*i+3], v)
		}
	}
	m.Inverse(theta, theta, c)
	for _, v := range theta {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("a draw is %v", v)
		}
	}
}

// The mixture's density is the mean of its members', and its draws are spread among them.
func TestEnsemble(t *testing.T) {
	e := Ensemble{random(1, 2, 3, 8, 0), random(2, 2, 3, 8, 4), random(3, 2, 3, 8, 0)}
	if err := e.Check(); err != nil {
		t.Fatal(err)
	}
	o, err := e.Observe([]float64{0.1, 0.2, 0.3})
	if err != nil {
		t.Fatal(err)
	}
	theta := []float64{0.2, -0.3, 1, 2, -1, 0.5}
	got, one, sum := make([]float64, 3), make([]float64, 3), make([]float64, 3)
	e.LogProb(got, theta, o)
	for k, m := range e {
		m.LogProb(one, theta, o[k])
		for i, v := range one {
			sum[i] += math.Exp(v) / 3
		}
	}
	for i := range got {
		if math.Abs(got[i]-math.Log(sum[i])) > 1e-12 {
			t.Errorf("row %d: %v, want %v", i, got[i], math.Log(sum[i]))
		}
	}
	const n = 30000
	draws := make([]float64, 2*n)
	e.Draw(draws, o, rand.New(rand.NewPCG(1, 2)))
	// Means of every member's own draws, and of the mixture.
	want, mean := 0.0, 0.0
	for k, m := range e {
		own := make([]float64, 2*n)
		rng := rand.New(rand.NewPCG(uint64(k), 9))
		for i := range own {
			own[i] = rng.NormFloat64()
		}
		m.Inverse(own, own, o[k])
		for i := 0; i < n; i++ {
			want += own[2*i] / (3 * n)
		}
	}
	for i := 0; i < n; i++ {
		mean += draws[2*i] / n
	}
	if math.Abs(mean-want) > 0.05 {
		t.Errorf("mean of the draws %v, want %v", mean, want)
	}
	if (Ensemble{}).Check() == nil || (Ensemble{e[0], random(1, 3, 3, 8, 0)}).Check() == nil {
		t.Error("an unusable ensemble is accepted")
	}
}

func BenchmarkMAF(b *testing.B) {
	b.Run("affine", func(b *testing.B) { benchmark(b, random(1, 5, 16, 50, 0)) })
	b.Run("splines", func(b *testing.B) { benchmark(b, random(1, 5, 16, 50, 10)) })
}

func benchmark(b *testing.B, m *MAF) {
	c, err := m.NewContext(make([]float64, 16))
	if err != nil {
		b.Fatal(err)
	}
	const n = 10000
	rng := rand.New(rand.NewPCG(1, 2))
	noise, dst, lp := make([]float64, n*5), make([]float64, n*5), make([]float64, n)
	for i := range noise {
		noise[i] = rng.NormFloat64()
	}
	b.Run("inverse", func(b *testing.B) {
		for b.Loop() {
			m.Inverse(dst, noise, c)
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "draws/s")
	})
	b.Run("density", func(b *testing.B) {
		for b.Loop() {
			m.LogProb(lp, noise, c)
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}
