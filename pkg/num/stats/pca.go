package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// PCA are the principal components of the rows of a table, centred and not rescaled.
type PCA struct {
	Mean       []float64   // of every column
	Components [][]float64 // in descending order of Explained; the largest score of each is positive
	Explained  []float64   // shares of the variance
}

// NewPCA needs at least two rows without missing values.
func NewPCA(rows [][]float64) (*PCA, error) {
	if len(rows) < 2 {
		return nil, fmt.Errorf("principal components of %d rows: at least 2 are needed", len(rows))
	}
	n, d := len(rows), len(rows[0])
	m := mat.NewDense(n, d, nil)
	p := &PCA{Mean: make([]float64, d)}
	for i, row := range rows {
		m.SetRow(i, row)
	}
	for j := range p.Mean {
		p.Mean[j] = stat.Mean(mat.Col(nil, j, m), nil)
	}
	var pc stat.PC
	if !pc.PrincipalComponents(m, nil) {
		return nil, fmt.Errorf("principal components of %d rows: the decomposition failed", n)
	}
	var vectors mat.Dense
	pc.VectorsTo(&vectors)
	total := 0.0
	for _, v := range pc.VarsTo(nil) {
		total += v
		p.Explained = append(p.Explained, v)
	}
	for k := range p.Explained {
		p.Explained[k] /= total
		c := mat.Col(nil, k, &vectors)
		most := 0.0
		for _, row := range rows {
			if s := p.score(c, row); math.Abs(s) > math.Abs(most) {
				most = s
			}
		}
		if most < 0 {
			for j := range c {
				c[j] = -c[j]
			}
		}
		p.Components = append(p.Components, c)
	}
	return p, nil
}

func (p *PCA) score(component, row []float64) float64 {
	s := 0.0
	for j, c := range component {
		s += c * (row[j] - p.Mean[j])
	}
	return s
}

// Project gives the scores of a row on the first k components.
func (p *PCA) Project(row []float64, k int) []float64 {
	out := make([]float64, k)
	for i := range out {
		out[i] = p.score(p.Components[i], row)
	}
	return out
}
