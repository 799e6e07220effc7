package sbi

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// Reference describes the features of the training rows, against which observations are
// judged.
type Reference struct {
	Names     []string  `json:"names"`     // of the C features
	Mean      []float64 `json:"mean"`      // C
	SD        []float64 `json:"sd"`        // C
	Min       []float64 `json:"min"`       // C
	Max       []float64 `json:"max"`       // C
	Precision []float64 `json:"precision"` // inverse of the covariance, C x C
	// Distances are squared Mahalanobis distances of training rows, ascending: 1,001
	// quantiles.
	Distances []float64 `json:"distances"`
}

// NewReference summarises rows of features (C numbers each).
func NewReference(names []string, x []float64) (*Reference, error) {
	c := len(names)
	n := len(x) / c
	if n <= c+1 {
		return nil, fmt.Errorf("sbi: %d training rows are too few to judge observations of %d features",
			n, c)
	}
	r := &Reference{Names: names, Mean: make([]float64, c), SD: make([]float64, c),
		Min: append([]float64(nil), x[:c]...), Max: append([]float64(nil), x[:c]...)}
	for i, v := range x {
		k := i % c
		r.Mean[k] += v / float64(n)
		r.Min[k], r.Max[k] = math.Min(r.Min[k], v), math.Max(r.Max[k], v)
	}
	cov := mat.NewSymDense(c, nil)
	for i := 0; i < n; i++ {
		for a := 0; a < c; a++ {
			for b := a; b < c; b++ {
				cov.SetSym(a, b, cov.At(a, b)+(x[i*c+a]-r.Mean[a])*(x[i*c+b]-r.Mean[b])/float64(n-1))
			}
		}
	}
	for k := range r.SD {
		r.SD[k] = math.Sqrt(cov.At(k, k))
		cov.SetSym(k, k, cov.At(k, k)*(1+1e-9)) // features may depend on each other
	}
	var chol mat.Cholesky
	if !chol.Factorize(cov) {
		return nil, fmt.Errorf("sbi: the features of the training rows depend on each other")
	}
	var inverse mat.SymDense
	if err := chol.InverseTo(&inverse); err != nil {
		return nil, fmt.Errorf("sbi: covariance of the features: %w", err)
	}
	for a := 0; a < c; a++ {
		for b := 0; b < c; b++ {
			r.Precision = append(r.Precision, inverse.At(a, b))
		}
	}
	d := make([]float64, n)
	for i := range d {
		d[i] = r.distance(x[i*c : (i+1)*c])
	}
	slices.Sort(d)
	for q := 0; q <= 1000; q++ {
		r.Distances = append(r.Distances, d[q*(n-1)/1000])
	}
	return r, nil
}

// distance is the squared Mahalanobis distance from the mean of the training rows.
func (r *Reference) distance(x []float64) float64 {
	c := len(x)
	sum := 0.0
	for a := range x {
		for b := range x {
			sum += (x[a] - r.Mean[a]) * r.Precision[a*c+b] * (x[b] - r.Mean[b])
		}
	}
	return sum
}

// Verdict tells how an observation lies to the training rows.
type Verdict struct {
	Z        []float64 // per feature, in SD of the training rows
	Outside  []string  // features beyond the training rows' extremes
	Distance float64   // squared Mahalanobis distance
	Rank     float64   // share of the training rows that are nearer
	Unusual  bool      // a |z| above 4, a feature outside, or a rank above 0.999
}

// Judge compares an observation with the training rows.
func (r *Reference) Judge(x []float64) Verdict {
	v := Verdict{Distance: r.distance(x)}
	for k, value := range x {
		z := (value - r.Mean[k]) / r.SD[k]
		v.Z = append(v.Z, z)
		if value < r.Min[k] || value > r.Max[k] {
			v.Outside = append(v.Outside, r.Names[k])
		}
		v.Unusual = v.Unusual || math.Abs(z) > 4
	}
	at, _ := slices.BinarySearch(r.Distances, v.Distance)
	v.Rank = float64(at) / float64(len(r.Distances))
	v.Unusual = v.Unusual || len(v.Outside) > 0 || v.Rank > 0.999
	return v
}

// String is one line for a log.
func (v Verdict) String() string {
	worst := 0.0
	for _, z := range v.Z {
		worst = math.Max(worst, math.Abs(z))
	}
	s := fmt.Sprintf("largest |z| %.1f, Mahalanobis rank %.3f", worst, v.Rank)
	if len(v.Outside) > 0 {
		s += ", outside the training rows: " + strings.Join(v.Outside, ", ")
	}
	return s
}
