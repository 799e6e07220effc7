package explore

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/run/seed"
)

// Factors is a factor model of the columns of a table: minimum residual solution, promax
// rotation (Hendrickson and White 1964) for two and more factors. Loadings and Structure
// have a row per variable, Scores a row per sample.
type Factors struct {
	Uniqueness []float64  // share of each variable's variance that no factor explains
	Unrotated  *mat.Dense // loadings before the rotation
	Loadings   *mat.Dense
	Phi        *mat.Dense // correlations of the factors, in their order before sorting; nil for one
	Structure  *mat.Dense
	Scores     *mat.Dense
	R2         float64 // mean over variables of the squared correlation with their reconstruction
}

// Bounds of the uniqueness.
const leastUniqueness = 0.005

// FactorData are signals, one per variable, ready for models of any number of factors.
type FactorData struct {
	z            *mat.Dense    // standardised, a column per variable
	Correlations *mat.SymDense // of the signals
	inverse      mat.Dense
}

// NewFactorData takes signals of one length. Fewer than two, constant ones and a singular
// correlation matrix are errors.
func NewFactorData(x [][]float64) (*FactorData, error) {
	if len(x) < 2 {
		return nil, fmt.Errorf("factor analysis: %d units; at least two are needed", len(x))
	}
	n, p := len(x[0]), len(x)
	d := &FactorData{z: mat.NewDense(n, p, nil), Correlations: mat.NewSymDense(p, nil)}
	for i, v := range x {
		if !(signal.Std(v) > 1e-10) {
			return nil, fmt.Errorf("factor analysis: signal %d is constant", i)
		}
		d.z.SetCol(i, standardised(v))
	}
	d.Correlations.SymOuterK(1/float64(n), d.z.T())
	if err := d.inverse.Inverse(d.Correlations); err != nil {
		return nil, fmt.Errorf("factor analysis: %w: two units have the same rate", err)
	}
	return d, nil
}

// Model fits k factors; it needs fewer factors than variables. Factors that coincide, so that
// their rotation is singular, are an error.
func (d *FactorData) Model(k int) (*Factors, error) {
	p := d.Correlations.SymmetricDim()
	if k < 1 || k >= p {
		return nil, fmt.Errorf("factor analysis: %d factors of %d units; fewer factors than units are "+
			"possible", k, p)
	}
	f := &Factors{Uniqueness: uniqueness(d.Correlations, &d.inverse, k)}
	f.Unrotated = loadingsAt(d.Correlations, f.Uniqueness, k)
	if err := f.rotate(p, k); err != nil {
		return nil, fmt.Errorf("factor analysis: %d factors of %d units: %w", k, p, err)
	}
	f.score(d)
	return f, nil
}

// decomposition of the correlation matrix with 1 - uniqueness on its diagonal: eigenvalues in
// descending order, and vectors.
func decomposition(r *mat.SymDense, psi []float64) ([]float64, *mat.Dense) {
	p := len(psi)
	a := mat.NewSymDense(p, nil)
	a.CopySym(r)
	for i := range psi {
		a.SetSym(i, i, 1-psi[i])
	}
	var e mat.EigenSym
	e.Factorize(a, true)
	raw := e.Values(nil)
	var v mat.Dense
	e.VectorsTo(&v)
	values, vectors := make([]float64, p), mat.NewDense(p, p, nil)
	for j := range raw {
		values[j] = raw[p-1-j]
		vectors.SetCol(j, mat.Col(nil, p-1-j, &v))
	}
	return values, vectors
}

// uniqueness minimises the squares of what k factors leave of the correlations within
// bounds: projected gradient, first in small steps, so that the minimum is the one below the
// start (1 - squared multiple correlations), then in those of Barzilai and Borwein (1988).
func uniqueness(r *mat.SymDense, inverse *mat.Dense, k int) []float64 {
	p := r.SymmetricDim()
	psi := make([]float64, p)
	for i := range psi {
		psi[i] = bounded(1 / inverse.At(i, i))
	}
	slope := slopeAt(r, psi, k)
	step := smallStep
	for round := range 5000 {
		next, done := make([]float64, p), true
		for i := range psi {
			next[i] = bounded(psi[i] - step*slope[i])
		}
		nextSlope := slopeAt(r, next, k)
		var dx, xg float64
		for i := range psi {
			d := next[i] - psi[i]
			dx, xg = dx+d*d, xg+d*(nextSlope[i]-slope[i])
			done = done && math.Abs(bounded(next[i]-nextSlope[i])-next[i]) < 1e-7
		}
		psi, slope = next, nextSlope
		if done {
			break
		}
		step = smallStep
		if round >= smallSteps && xg > 0 {
			step = math.Min(math.Max(dx/xg, smallStep), largeStep)
		}
	}
	return psi
}

// Steps of the minimisation.
const (
	smallStep  = 0.05
	smallSteps = 30
	largeStep  = 10
)

func bounded(psi float64) float64 { return math.Min(math.Max(psi, leastUniqueness), 1) }

// slopeAt is the gradient of Σ l_j² over the eigenvalues l_j that k factors leave out:
// -2 Σ l_j v_ij².
func slopeAt(r *mat.SymDense, psi []float64, k int) []float64 {
	l, v := decomposition(r, psi)
	out := make([]float64, len(psi))
	for i := range out {
		for j := k; j < len(l); j++ {
			out[i] -= 2 * l[j] * v.At(i, j) * v.At(i, j)
		}
	}
	return out
}

func loadingsAt(r *mat.SymDense, psi []float64, k int) *mat.Dense {
	l, v := decomposition(r, psi)
	out := mat.NewDense(len(psi), k, nil)
	for j := range k {
		for i := range psi {
			out.Set(i, j, v.At(i, j)*math.Sqrt(math.Max(l[j], 0)))
		}
	}
	return out
}

// rotate makes Loadings, Phi and Structure.
func (f *Factors) rotate(p, k int) error {
	f.Loadings = mat.DenseCopyOf(f.Unrotated)
	if k > 1 {
		if err := f.promax(p, k); err != nil {
			return err
		}
		for j := range k {
			if sum(mat.Col(nil, j, f.Loadings)) < 0 {
				negate(f.Loadings, j)
				for i := range k {
					f.Phi.Set(i, j, -f.Phi.At(i, j))
				}
				for i := range k {
					f.Phi.Set(j, i, -f.Phi.At(j, i))
				}
			}
		}
		f.Structure = &mat.Dense{}
		f.Structure.Mul(f.Loadings, f.Phi)
	} else {
		f.Structure = mat.DenseCopyOf(f.Loadings)
	}
	order := make([]int, k)
	squares := make([]float64, k)
	for j := range k {
		order[j] = j
		for _, v := range mat.Col(nil, j, f.Loadings) {
			squares[j] += v * v
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(squares[b], squares[a]) })
	loadings, structure := mat.NewDense(p, k, nil), mat.NewDense(p, k, nil)
	for to, from := range order {
		loadings.SetCol(to, mat.Col(nil, from, f.Loadings))
		structure.SetCol(to, mat.Col(nil, from, f.Structure))
	}
	f.Loadings, f.Structure = loadings, structure
	return nil
}

func negate(m *mat.Dense, j int) {
	n, _ := m.Dims()
	for i := range n {
		m.Set(i, j, -m.At(i, j))
	}
}

func sum(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s
}

// promaxPower is the power of the target.
const promaxPower = 4

// unlessSolved lets an ill-conditioned system pass, which gonum reports and still solves; a
// singular one remains an error.
func unlessSolved(err error) error {
	var condition mat.Condition
	if errors.As(err, &condition) && !math.IsInf(float64(condition), 1) {
		return nil
	}
	return err
}

// promax rotates rows of unit length by varimax, then towards the power of the result.
func (f *Factors) promax(p, k int) error {
	h := make([]float64, p)
	w := mat.NewDense(p, k, nil)
	for i := range p {
		h[i] = mat.Norm(f.Unrotated.RowView(i), 2)
		for j := range k {
			w.Set(i, j, f.Unrotated.At(i, j)/h[i])
		}
	}
	y, err := varimax(w)
	if err != nil {
		return err
	}
	q := mat.NewDense(p, k, nil)
	q.Apply(func(i, j int, v float64) float64 { return v * math.Pow(math.Abs(v), promaxPower-1) }, y)
	var yy, yq, c mat.Dense
	yy.Mul(y.T(), y)
	yq.Mul(y.T(), q)
	if err := unlessSolved(c.Solve(&yy, &yq)); err != nil {
		return err
	}
	var cc, inverse mat.Dense
	cc.Mul(c.T(), &c)
	if err := unlessSolved(inverse.Inverse(&cc)); err != nil {
		return err
	}
	for j := range k {
		scale := math.Sqrt(inverse.At(j, j))
		for i := range k {
			c.Set(i, j, c.At(i, j)*scale)
		}
	}
	f.Loadings.Mul(y, &c)
	for i := range p {
		for j := range k {
			f.Loadings.Set(i, j, f.Loadings.At(i, j)*h[i])
		}
	}
	var ci mat.Dense
	if err := unlessSolved(ci.Inverse(&c)); err != nil {
		return err
	}
	f.Phi = &mat.Dense{}
	f.Phi.Mul(&ci, ci.T())
	return nil
}

// varimax of Kaiser (1958), by singular values, at most 500 times.
func varimax(w *mat.Dense) (*mat.Dense, error) {
	p, k := w.Dims()
	t := mat.NewDense(k, k, nil)
	for j := range k {
		t.Set(j, j, 1)
	}
	d := 0.0
	for range 500 {
		var z mat.Dense
		z.Mul(w, t)
		target := mat.NewDense(p, k, nil)
		for j := range k {
			squares := 0.0
			for i := range p {
				squares += z.At(i, j) * z.At(i, j)
			}
			for i := range p {
				v := z.At(i, j)
				target.Set(i, j, v*v*v-v*squares/float64(p))
			}
		}
		var b mat.Dense
		b.Mul(w.T(), target)
		var svd mat.SVD
		if !svd.Factorize(&b, mat.SVDFull) {
			return nil, errors.New("varimax: no singular values")
		}
		var u, v mat.Dense
		svd.UTo(&u)
		svd.VTo(&v)
		t.Mul(&u, v.T())
		trace := sum(svd.Values(nil))
		if trace < d*(1+1e-5) {
			break
		}
		d = trace
	}
	y := mat.NewDense(p, k, nil)
	y.Mul(w, t)
	return y, nil
}

// score makes Scores and R2: the reconstruction is scores times loadings, so that its
// correlations with the signals follow from those of the scores.
func (f *Factors) score(d *FactorData) {
	p, k := f.Loadings.Dims()
	n, _ := d.z.Dims()
	var weights mat.Dense
	weights.Mul(&d.inverse, f.Structure)
	f.Scores = mat.NewDense(n, k, nil)
	f.Scores.Mul(d.z, &weights)
	// with weights w and loadings l: covariance of signal i and its reconstruction (R w l')_ii,
	// variance of that (l w' R w l')_ii
	var rw, cross, inner, outer mat.Dense
	rw.Mul(d.Correlations, &weights)
	cross.Mul(&rw, f.Loadings.T())
	inner.Mul(weights.T(), &rw)
	outer.Mul(f.Loadings, &inner)
	for i := range p {
		variance := 0.0
		for j := range k {
			variance += outer.At(i, j) * f.Loadings.At(i, j)
		}
		f.R2 += cross.At(i, i) * cross.At(i, i) / variance / float64(p)
	}
}

// Dimensionality of a group: Curve[k] is the R² of k factors (NaN where there is no such
// model), Surrogate the mean of shuffled trains, Slope the smallest gradient of it,
// Dimensions how many factors explain more than those.
type Dimensionality struct {
	Group      Group // whose units were analysed
	Curve      []float64
	Surrogate  []float64
	Slope      float64
	Dimensions int
	Loadings   [][]float64 // of the chosen number, a row per unit; ones for 0 dimensions
}

// mostFactors of a curve, the zero-factor model included.
const mostFactors = 6

// surrogates is how many shuffled sets of trains a curve is compared with.
const surrogates = 10

// Dimensionalities analyses every muscle and pair with at least three valid units;
// surrogate trains follow from the seed.
func (s *Selection) Dimensionalities(from uint64) ([]Dimensionality, error) {
	var out []Dimensionality
	for g, group := range s.groups(func(u int) bool { return slices.Contains(s.Valid, u) }) {
		if len(group.Units) < 3 {
			continue
		}
		x, err := s.Rates(group.Units)
		if err != nil {
			return nil, err
		}
		d := Dimensionality{Group: group}
		models, err := d.curve(x, &d.Curve)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", group.Name(), err)
		}
		curves, faults := make([][]float64, surrogates), make([]error, surrogates)
		parallel(surrogates, func(i int) {
			rng := seed.Stream(from, "factor surrogate", g, i)
			y := s.shuffled(group.Units, func(isi []int) {
				rng.Shuffle(len(isi), func(i, j int) { isi[i], isi[j] = isi[j], isi[i] })
			})
			_, faults[i] = d.curve(y, &curves[i])
		})
		if err := errors.Join(faults...); err != nil {
			return nil, fmt.Errorf("%s, surrogate: %w", group.Name(), err)
		}
		d.Surrogate = meanCurve(curves)
		d.choose(models)
		out = append(out, d)
	}
	return out, nil
}

// curve fits models of 1, 2 … factors.
func (d *Dimensionality) curve(x [][]float64, curve *[]float64) ([]*Factors, error) {
	most := mostFactors
	if len(x) < 7 {
		most = len(x) - 1
	}
	*curve = make([]float64, mostFactors)
	for k := range *curve {
		(*curve)[k] = math.NaN()
	}
	(*curve)[0] = 0
	data, err := NewFactorData(x)
	if err != nil {
		return nil, err
	}
	var models []*Factors
	for k := 1; k < most; k++ {
		f, err := data.Model(k)
		if err != nil {
			return nil, err
		}
		models = append(models, f)
		(*curve)[k] = f.R2
	}
	return models, nil
}

// choose finds the first number of factors from which the curve rises less than that of the
// surrogates ever does.
func (d *Dimensionality) choose(models []*Factors) {
	d.Slope = math.NaN()
	for _, g := range signal.Gradient(d.Surrogate) {
		if !(g >= d.Slope) && !math.IsNaN(g) {
			d.Slope = g
		}
	}
	d.Dimensions = dimensions(signal.Gradient(d.Curve), d.Slope, len(models))
	for i := range d.Group.Units {
		row := []float64{1}
		if d.Dimensions > 0 {
			row = slices.Clone(models[d.Dimensions-1].Loadings.RawRowView(i))
		}
		d.Loadings = append(d.Loadings, row)
	}
}

func dimensions(gradient []float64, slope float64, most int) int {
	missing := slices.IndexFunc(gradient, math.IsNaN)
	for n, g := range gradient {
		if g < slope {
			return min(max(n-1, 0), most)
		}
	}
	switch {
	case !slices.ContainsFunc(gradient, func(g float64) bool { return !math.IsNaN(g) }):
		return 0
	case missing == 1:
		return 1
	case missing > 1:
		return min(missing-1, most)
	}
	return most
}

// shuffled are preprocessed rates of trains whose intervals were reordered.
func (s *Selection) shuffled(units []int, reorder func(isi []int)) [][]float64 {
	out := make([][]float64, len(units))
	edge := int(math.RoundToEven(s.config.RateWindowS * s.Recording.FsHz))
	kernel := smoothing(edge, s.Recording.FsHz)
	for i, u := range units {
		var isi []int
		for k, t := range s.Spikes[u] {
			if k > 0 {
				isi = append(isi, t-s.Spikes[u][k-1])
			}
		}
		reorder(isi)
		rate := make([]float64, s.Length)
		at := 0
		for _, v := range isi {
			at += v
			// the filter continues a signal beyond its ends by its mirror image, turned over
			for _, spike := range []struct {
				at   int
				sign float64
			}{{at, 1}, {-at, -1}, {2*(len(rate)-1) - at, -1}} {
				for j, w := range kernel {
					if t := spike.at + j - (edge - 1); t >= 0 && t < len(rate) {
						rate[t] += spike.sign * w
					}
				}
			}
		}
		blend(rate, edge)
		out[i] = signal.Detrend(rate)
		if signal.Std(out[i]) > 0.001 {
			out[i] = standardised(out[i])
		}
	}
	return out
}

// smoothing is what a spike becomes when it is filtered forward and backward by a Hann
// window of n samples: the window's correlation with itself, 2n-1 samples.
func smoothing(n int, fsHz float64) []float64 {
	w := signal.Hann(n)
	total := sum(w)
	out := make([]float64, 2*n-1)
	for i, a := range w {
		for j, b := range w {
			out[i-j+n-1] += a * b * fsHz / (total * total)
		}
	}
	return out
}

// blend moves both ends of a signal to its median, over n samples, by halves of a symmetric
// Hann window.
func blend(x []float64, n int) {
	w := signal.Hann(2 * n)
	median := signal.Percentile(x, 50)
	for i := 0; i < n && i < len(x); i++ {
		x[i] = w[i]*x[i] + (1-w[i])*median
		j := len(x) - 1 - i
		x[j] = w[i]*x[j] + (1-w[i])*median
	}
}
