package motorpool

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"example.org/renshaw/pkg/num/signal"
)

// spectrumBins is how many bins of 1 Hz are kept of a power spectrum, 0 … 149 Hz.
const spectrumBins = 150

// CommonInput is what the neurons of a pool share.
type CommonInput struct {
	CurrentNA   [][]float64 // per pool: sum of its inputs, without the baseline
	DensityNA2  [][]float64 // per pool: Welch density, nA²/Hz, segments of 1 s, bins of 1 Hz
	TotalPower  []float64   // per pool: trapezoidal integral of all bins, nA²
	InBandPower []float64   // per pool: of the bins in PowerBandHz
}

// newCommonInput draws, correlates and scales the common inputs of all pools.
func newCommonInput(p *Params, rng Random, ws *workspace) (*CommonInput, error) {
	n := p.Samples()
	y, err := standardInputs(p, rng, ws)
	if err != nil {
		return nil, err
	}
	if p.Pools > 1 && p.SetCorrelation {
		for k := 0; k < p.CommonInputs; k++ {
			columns := make([][]float64, p.Pools)
			for q := range columns {
				columns[q] = y[q][k]
			}
			if columns[0] == nil {
				continue
			}
			if err := correlate(columns, p.PoolCorrelation, p.CorrelationMethod); err != nil {
				return nil, err
			}
		}
	}
	c := &CommonInput{}
	welch := ws.welch(p.FsHz)
	for q := 0; q < p.Pools; q++ {
		sum := ws.common(q, n)
		clear(sum)
		for k, x := range y[q] {
			if x == nil {
				continue
			}
			scale, err := inputScale(p, q, k, x, welch)
			if err != nil {
				return nil, err
			}
			for i, v := range x {
				sum[i] += scale * v
			}
		}
		if q > 0 && p.SameInputAllPools {
			copy(sum, c.CurrentNA[0])
		}
		if err := c.add(p, sum, welch); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// standardInputs draws input k of pool q, zero mean and unit SD. Inputs whose
// amplitude is 0 in every pool are drawn, because they advance the stream, but not
// made: they are nil.
func standardInputs(p *Params, rng Random, ws *workspace) ([][][]float64, error) {
	n := p.Samples()
	used := make([]bool, p.CommonInputs)
	for k := range used {
		for q := 0; q < p.Pools; q++ {
			used[k] = used[k] || p.CommonInputSD[q][k] != 0
		}
	}
	y := make([][][]float64, p.Pools)
	for q := range y {
		y[q] = make([][]float64, p.CommonInputs)
		for k := range y[q] {
			if !used[k] {
				rng.SkipNormals(n)
				continue
			}
			edges := p.CommonInputBandHz[q][k]
			b, err := newBand(p, edges[0], edges[1])
			if err != nil {
				return nil, fmt.Errorf("frequency_range_of_common_input[%d][%d]: %w", q, k, err)
			}
			buf := ws.filtered(q*p.CommonInputs+k, n+2*b.pad)
			y[q][k] = buf[b.pad : b.pad+n]
			rng.Normals(y[q][k])
			if _, err := b.shape([][]float64{buf}, n); err != nil {
				return nil, err
			}
		}
	}
	return y, nil
}

// inputScale is the factor that gives input k of pool q its amplitude s:
//
//	k = 0: sqrt(s² / I), I the integral of the Welch spectrum over PowerBandHz
//	k > 0: s sqrt((high-low) / (b1-b0)), b PowerBandHz
//
// The spectrum of a Hann window is 1.5 times its density, so that the in-band SD of
// input 0 is 0.82 s; with low_band_calibration density it is s.
func inputScale(p *Params, q, k int, x []float64, welch *signal.Welch) (float64, error) {
	s := p.CommonInputSD[q][k]
	if k > 0 {
		b := p.CommonInputBandHz[q][k]
		return s * math.Sqrt((b[1]-b[0])/(p.PowerBandHz[1]-p.PowerBandHz[0])), nil
	}
	welch.Reset()
	welch.Add(x)
	spectrum := welch.Spectrum()
	if p.LowBandCalibration == CalibrationDensity {
		spectrum = welch.Density()
	}
	power := signal.Trapezoid(welch.FrequenciesHz(), spectrum, p.PowerBandHz[0], p.PowerBandHz[1])
	if !(power > 0) {
		return 0, bad("frequency_range_to_set_input_power", p.PowerBandHz,
			"input 0 of pool %d has no power there", q)
	}
	return math.Sqrt(s * s / power), nil
}

// add appends the input of one pool with its spectrum.
func (c *CommonInput) add(p *Params, current []float64, welch *signal.Welch) error {
	welch.Reset()
	welch.Add(current)
	density, hz := welch.Density(), welch.FrequenciesHz()
	inBand := signal.Trapezoid(hz, density, p.PowerBandHz[0], p.PowerBandHz[1])
	if !(inBand > 0) {
		return bad("common_input_std", p.CommonInputSD[len(c.CurrentNA)], "the common input of pool %d "+
			"has no power between %v and %v Hz, against which the independent input is set",
			len(c.CurrentNA), p.PowerBandHz[0], p.PowerBandHz[1])
	}
	c.CurrentNA = append(c.CurrentNA, current)
	c.DensityNA2 = append(c.DensityNA2, density)
	c.TotalPower = append(c.TotalPower, signal.Trapezoid(hz, density, 0, math.Inf(1)))
	c.InBandPower = append(c.InBandPower, inBand)
	return nil
}

// correlate gives the columns (one signal each, changed in place) pairwise correlation
// rho. The study's method multiplies the standardised signals Z by the lower Cholesky
// factors, Z Lc^-1 La (Lc of the correlation found, La of the target), which is not the
// textbook's transposed form: correlation and amplitudes come out only near the target.
// It then mixes column 0 into every column j whose correlation d misses by a = |d| >
// 0.05: (1-a) col_j ± a col_0. The exact method is Z Lc^-T La^T.
func correlate(columns [][]float64, rho float64, method string) error {
	n, p := len(columns[0]), len(columns)
	means, sds := make([]float64, p), make([]float64, p)
	z := mat.NewDense(n, p, nil)
	for j, col := range columns {
		means[j], sds[j] = stat.MeanStdDev(col, nil)
		for i, v := range col {
			z.Set(i, j, (v-means[j])/sds[j])
		}
	}
	var found mat.SymDense
	stat.CorrelationMatrix(&found, z, nil)
	target := mat.NewSymDense(p, nil)
	for i := 0; i < p; i++ {
		for j := i; j < p; j++ {
			target.SetSym(i, j, rho)
		}
		target.SetSym(i, i, 1)
	}
	lc, err := lowerCholesky(&found)
	if err != nil {
		return err
	}
	la, err := lowerCholesky(target)
	if err != nil {
		return err
	}
	var m mat.Dense // Lc^-1 La, or its transposed factors
	if method == CorrelationExact {
		err = m.Solve(lc.T(), la.T())
	} else {
		err = m.Solve(lc, la)
	}
	if err != nil {
		return fmt.Errorf("motorpool: correlation of the common inputs: %w", err)
	}
	var out mat.Dense
	out.Mul(z, &m)
	for j, col := range columns {
		for i := range col {
			col[i] = out.At(i, j)*sds[j] + means[j]
		}
	}
	if method == CorrelationExact {
		return nil
	}
	for _, col := range columns[1:] {
		d := stat.Correlation(columns[0], col, nil) - rho
		a := math.Abs(d)
		if a <= 0.05 {
			continue
		}
		for i, v := range columns[0] {
			col[i] = (1-a)*col[i] - math.Copysign(a, d)*v
		}
	}
	return nil
}

// lowerCholesky factors a symmetric matrix; one that is not positive definite is
// replaced by a near one that is: with U S V^T of (its symmetric self) B and H = V S V^T,
// C = (B + H)/2 plus growing multiples of the identity.
func lowerCholesky(a *mat.SymDense) (*mat.TriDense, error) {
	var chol mat.Cholesky
	p := a.SymmetricDim()
	c := a
	if !chol.Factorize(a) {
		var svd mat.SVD
		if !svd.Factorize(a, mat.SVDFull) {
			return nil, fmt.Errorf("motorpool: correlation of the common inputs: no singular values")
		}
		var v, h, s mat.Dense
		svd.VTo(&v)
		s.CloneFrom(mat.NewDiagDense(p, svd.Values(nil)))
		h.Product(&v, &s, v.T())
		c = mat.NewSymDense(p, nil)
		for i := 0; i < p; i++ {
			for j := i; j < p; j++ {
				c.SetSym(i, j, (a.At(i, j)+(h.At(i, j)+h.At(j, i))/2)/2)
			}
		}
		norm := mat.Norm(a, 2)
		spacing := math.Nextafter(norm, math.Inf(1)) - norm
		for k := 1; !chol.Factorize(c); k++ {
			if k > 1000 {
				return nil, fmt.Errorf("motorpool: correlation of the common inputs: no positive definite " +
					"matrix is near")
			}
			for i := 0; i < p; i++ {
				c.SetSym(i, i, c.At(i, i)+spacing*float64(k))
			}
		}
	}
	var l mat.TriDense
	chol.LTo(&l)
	return &l, nil
}
