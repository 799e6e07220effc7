package motorpool

import "math"

// Matrix holds weights, rows pre-synaptic.
type Matrix struct {
	Rows, Cols int       // pre-synaptic cells, post-synaptic cells
	W          []float64 // row after row
}

// NewMatrix returns a matrix of zeros.
func NewMatrix(rows, cols int) Matrix { return Matrix{rows, cols, make([]float64, rows*cols)} }

// Row is the weights of one pre-synaptic cell.
func (m Matrix) Row(i int) []float64 { return m.W[i*m.Cols : (i+1)*m.Cols] }

// Connectivity holds the synaptic weights. MNtoMN = MNtoRC RCtoMN, the diagonal kept
// (a neuron inhibits itself); for binarize 1 where that is positive. It is an output
// only.
type Connectivity struct{ MNtoRC, RCtoMN, MNtoMN Matrix }

// NewConnectivity draws the weights. For the ordered pair of pools (i, j) with
// b = DisynapticInhib[i][j] / RenshawPerPair the mean weights are
//
//	MN to RC: b^SplitRatio,  RC to MN: b^(1-SplitRatio),
//
// so that their product over the Renshaw cells sums to the desired inhibition. Every
// entry is drawn, row by row, also where the mean is 0.
func NewConnectivity(p *Params, diameterUm []float64, rng Random) *Connectivity {
	n, r := p.NeuronsPerPool, p.RenshawPerPair
	c := &Connectivity{MNtoRC: NewMatrix(p.Neurons(), p.RenshawCells()),
		RCtoMN: NewMatrix(p.RenshawCells(), p.Neurons())}
	for i := 0; i < p.Pools; i++ {
		sizes := make([]float64, n)
		for k := range sizes {
			sizes[k] = normalisedSize(p, diameterUm[i*n+k])
		}
		for j := 0; j < p.Pools; j++ {
			cells := (i*p.Pools + j) * r
			b := p.DisynapticInhib[i][j] / float64(r)
			excite := sampler{p, math.Pow(b, p.SplitRatio), sizes}
			for k := 0; k < n; k++ {
				excite.fill(c.MNtoRC.Row(i*n + k)[cells:cells+r], k, rng)
			}
			inhibit := sampler{p, math.Pow(b, 1-p.SplitRatio), nil}
			for k := 0; k < r; k++ {
				inhibit.fill(c.RCtoMN.Row(cells + k)[j*n:(j+1)*n], k, rng)
			}
		}
	}
	if p.WeightJitterSD > 0 {
		jitter(c.RCtoMN, p.WeightJitterSD, rng)
	}
	c.MNtoMN = product(c.MNtoRC, c.RCtoMN)
	if p.Distribution == Binarize {
		for i, v := range c.MNtoMN.W {
			c.MNtoMN.W[i] = 0
			if v > 0 {
				c.MNtoMN.W[i] = 1
			}
		}
	}
	return c
}

// Received is the recurrent inhibition that a motor neuron of each pool (column) receives from each
// pool (row), in connections, as the weights have it: its mean disynaptic weight from another
// neuron of that pool x their number, N - 1 from its own pool of N and N from another one. pools is
// the number of pools, all of one size. Params.Received is what was asked for.
func (c *Connectivity) Received(pools int) [][]float64 {
	n := c.MNtoMN.Rows / pools
	out := make([][]float64, pools)
	for i := range out {
		out[i] = make([]float64, pools)
		for a := i * n; a < (i+1)*n; a++ {
			for b, w := range c.MNtoMN.Row(a) {
				if a != b {
					out[i][b/n] += w / float64(n) // sum over sources, mean over targets
				}
			}
		}
	}
	return out
}

// sampler draws the weights of one block around a mean.
type sampler struct {
	p     *Params
	mean  float64
	sizes []float64 // normalised sizes of the pre-synaptic neurons; nil for Renshaw cells
}

func (s sampler) fill(row []float64, pre int, rng Random) {
	p := s.p
	if p.Distribution == Binarize {
		for i := range row {
			u := rng.Float64()
			row[i] = u * s.mean
			if p.Binary {
				row[i] = 0
				if u < s.mean {
					row[i] = 1
				}
			}
		}
		return
	}
	sd := p.DistributionParams.Std
	if p.DistributionParams.StdIsPercent {
		sd *= s.mean
	}
	mean := s.mean
	if p.Distribution == SizeGaussian && s.sizes != nil {
		ratio := p.DistributionParams.RatioLargeSmall
		small := 2 * s.mean / (1 + ratio)
		mean = small + s.sizes[pre]*(ratio*small-small)
	}
	for i := range row {
		w := math.Max(0, mean+sd*rng.NormFloat64())
		if p.Binary {
			probability := math.Min(w, 1)
			w = 0
			if rng.Float64() < probability {
				w = 1
			}
		}
		row[i] = w
	}
}

// jitter adds normal numbers to every weight, target after target, and cuts at 0: also
// where there was no connection.
func jitter(m Matrix, sd float64, rng Random) {
	for j := 0; j < m.Cols; j++ {
		for i := 0; i < m.Rows; i++ {
			w := &m.W[i*m.Cols+j]
			*w = math.Max(0, *w+sd*rng.NormFloat64())
		}
	}
}

func product(a, b Matrix) Matrix {
	out := NewMatrix(a.Rows, b.Cols)
	for i := 0; i < a.Rows; i++ {
		row := out.Row(i)
		for k, w := range a.Row(i) {
			if w == 0 {
				continue
			}
			for j, v := range b.Row(k) {
				row[j] += w * v
			}
		}
	}
	return out
}
