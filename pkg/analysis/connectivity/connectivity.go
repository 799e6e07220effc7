// Package connectivity describes the disynaptic inhibition between the motor
// neurons of a simulation: what each delivers and receives, and measures of the
// graph.
package connectivity

import (
	"math"

	"gonum.org/v1/gonum/graph/path"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/stat"

	"example.org/renshaw/pkg/run/seed"
)

// Effective is the inhibition weighted with the rate of its source. Values are in
// mA·Hz (connection × peak current × rate); vectors are indexed by cell number and
// hold 0, the matrix NaN, for cells that were not kept.
type Effective struct {
	Matrix              [][]float64 // E[i][j] = C[i][j] · ipsp in mA · rate[i]
	Delivered, Received []float64   // totals per cell
	// ToPool and FromPool hold, per pool, what each cell delivers to it and receives from it.
	ToPool, FromPool map[string][]float64
	Pairs            []Pair // every ordered pair of pools
}

// Pair restricts delivered and received inhibition to cells of A against pool B.
type Pair struct {
	A, B                string
	Received, Delivered []float64 // by cell number; 0 for cells outside A
}

const milliamps = 1e3 // per A

// Options of Measure.
type Options struct {
	// DeliveredByOtherPool keeps the defect of the original: at the k-th cell of A
	// stands what the k-th cell of B delivers to A.
	DeliveredByOtherPool bool
}

// Measure computes the effective inhibition. c is the connectivity (row source),
// ipspA the peak current of the Renshaw synapse in A, rateHz the mean rates, kept
// the cells that count, pools the pools with a kept cell, cells all cells of every
// pool in order.
func Measure(c [][]float64, ipspA float64, rateHz []float64, kept []int, pools []string,
	cells map[string][]int, opt Options) Effective {
	n := len(c)
	in := make([]bool, n)
	for _, i := range kept {
		in[i] = true
	}
	q := ipspA * milliamps
	e := Effective{Matrix: make([][]float64, n), Delivered: make([]float64, n),
		Received: make([]float64, n),
		ToPool:   map[string][]float64{}, FromPool: map[string][]float64{}}
	for i := range e.Matrix {
		e.Matrix[i] = make([]float64, n)
		for j := range e.Matrix[i] {
			if in[i] && in[j] {
				e.Matrix[i][j] = c[i][j] * q * rateHz[i]
			} else {
				e.Matrix[i][j] = math.NaN()
			}
		}
	}
	sum := func(rows, cols []int) float64 {
		s := 0.0
		for _, i := range rows {
			for _, j := range cols {
				if v := e.Matrix[i][j]; !math.IsNaN(v) {
					s += v
				}
			}
		}
		return s
	}
	for _, i := range kept {
		e.Delivered[i], e.Received[i] = sum([]int{i}, kept), sum(kept, []int{i})
	}
	for _, b := range pools {
		to, from := make([]float64, n), make([]float64, n)
		for i := 0; i < n; i++ {
			to[i], from[i] = sum([]int{i}, cells[b]), sum(cells[b], []int{i})
		}
		e.ToPool[b], e.FromPool[b] = to, from
	}
	for _, a := range pools {
		for _, b := range pools {
			p := Pair{a, b, make([]float64, n), make([]float64, n)}
			for k, i := range cells[a] {
				p.Received[i] = sum(cells[b], []int{i})
				p.Delivered[i] = sum([]int{i}, cells[b])
				if opt.DeliveredByOtherPool && k < len(cells[b]) {
					p.Delivered[i] = sum([]int{cells[b][k]}, cells[a])
				}
			}
			e.Pairs = append(e.Pairs, p)
		}
	}
	return e
}

// Graph holds measures of the network of kept cells.
type Graph struct {
	Density            float64 // non-zero entries / (n (n-1))
	MeanInhibition     float64 // mean over all n² entries
	StdInhibition      float64 // population SD over all n² entries
	GlobalEfficiency   float64 // mean of 1/(shortest distance with weights clamped to 1)
	MeanShortestPath   float64 // mean shortest distance, length 1/weight
	Clustering         float64 // directed clustering coefficient
	NullClusteringMean float64 // of random graphs of the same density
	NullClusteringStd  float64 // sample SD
	ClusteringZ        float64 // NaN if the null does not vary
	ClusteringRatio    float64 // clustering / mean of the null
}

// nullSeed is the seed of the original's null graphs (its generator is another one,
// so its draws differ).
const nullSeed = 42

const nullGraphs = 100

// Measures computes the graph measures of the kept cells of c.
func Measures(c [][]float64, kept []int) Graph {
	n := len(kept)
	w := make([][]float64, n)
	var all []float64
	nonZero, edges := 0, 0
	for a, i := range kept {
		w[a] = make([]float64, n)
		for b, j := range kept {
			w[a][b] = c[i][j]
			if c[i][j] != 0 {
				nonZero++
			}
			if a != b && c[i][j] > 0 {
				edges++
			}
		}
		all = append(all, w[a]...)
	}
	pairs := float64(n * (n - 1))
	g := Graph{Density: float64(nonZero) / pairs, MeanInhibition: stat.Mean(all, nil),
		StdInhibition: stat.PopStdDev(all, nil)}
	g.MeanShortestPath = meanOverReachable(w, func(x float64) float64 { return 1 / x },
		func(d float64) float64 { return d })
	g.GlobalEfficiency = meanOverReachable(w, func(x float64) float64 { return 1 / math.Min(x, 1) },
		func(d float64) float64 { return 1 / d })
	adj := make([][]bool, n)
	for i := range adj {
		adj[i] = make([]bool, n)
		for j := range adj[i] {
			adj[i][j] = i != j && w[i][j] > 0
		}
	}
	g.Clustering = clustering(adj)
	null := nullClustering(n, float64(edges)/pairs)
	g.NullClusteringMean, g.NullClusteringStd = stat.MeanStdDev(null, nil)
	g.ClusteringZ = math.NaN()
	if g.NullClusteringStd != 0 {
		g.ClusteringZ = (g.Clustering - g.NullClusteringMean) / g.NullClusteringStd
	}
	g.ClusteringRatio = g.Clustering / g.NullClusteringMean
	return g
}

// meanOverReachable averages f(shortest distance) over the ordered pairs i≠j
// between which a path exists; NaN if there is none.
func meanOverReachable(w [][]float64, length, f func(float64) float64) float64 {
	g := simple.NewWeightedDirectedGraph(0, math.Inf(1))
	for i := range w {
		for j, x := range w[i] {
			if i != j && x > 0 {
				g.SetWeightedEdge(simple.WeightedEdge{F: simple.Node(i), T: simple.Node(j), W: length(x)})
			}
		}
	}
	shortest := path.DijkstraAllPaths(g)
	sum, n := 0.0, 0
	for i := range w {
		for j := range w {
			if i == j || g.Node(int64(i)) == nil || g.Node(int64(j)) == nil {
				continue
			}
			if d := shortest.Weight(int64(i), int64(j)); !math.IsInf(d, 1) {
				sum += f(d)
				n++
			}
		}
	}
	return sum / float64(n)
}

// clustering is the mean over cells of (S³)_ii / (2 k_i (k_i - 1)) with S = A + Aᵀ
// and k its row sums (0 where k < 2); not the textbook's denominator.
func clustering(a [][]bool) float64 {
	n := len(a)
	s := make([][]float64, n)
	for i := range s {
		s[i] = make([]float64, n)
		for j := range s[i] {
			if a[i][j] {
				s[i][j]++
			}
			if a[j][i] {
				s[i][j]++
			}
		}
	}
	total := 0.0
	for i := range s {
		k, cube := 0.0, 0.0
		for j, x := range s[i] {
			k += x
			if x == 0 {
				continue
			}
			for l, y := range s[j] {
				cube += x * y * s[l][i]
			}
		}
		if k >= 2 {
			total += cube / (2 * k * (k - 1))
		}
	}
	return total / float64(n)
}

func nullClustering(n int, density float64) []float64 {
	rng := seed.Stream(nullSeed, "random graphs")
	out := make([]float64, nullGraphs)
	for r := range out {
		a := make([][]bool, n)
		for i := range a {
			a[i] = make([]bool, n)
			for j := range a[i] {
				a[i][j] = rng.Float64() < density && i != j
			}
		}
		out[r] = clustering(a)
	}
	return out
}
