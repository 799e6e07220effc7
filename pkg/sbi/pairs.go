package sbi

import (
	"fmt"
	"strings"

	"example.org/renshaw/pkg/sbi/flow"
)

// LogProb is log q(theta|x) of rows.
func LogProb(m flow.Ensemble, theta, x []float64) ([]float64, error) {
	n := len(theta) / m.D()
	observations := make([]flow.Observation, n)
	for i := range observations {
		var err error
		if observations[i], err = m.Observe(x[i*m.C() : (i+1)*m.C()]); err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	lp := make([]float64, n)
	if n > 0 {
		m.LogProb(lp, theta, observations...)
	}
	return lp, nil
}

// Pairs are rows of parameters in unit-box coordinates and of features.
type Pairs struct {
	N     int       // rows
	Theta []float64 // N x D, row after row
	X     []float64 // N x C
}

// Add appends the rows of others.
func (p *Pairs) Add(others *Pairs) {
	p.Theta, p.X, p.N = append(p.Theta, others.Theta...), append(p.X, others.X...), p.N+others.N
}

// SimulationOf is the simulation that a group belongs to.
func SimulationOf(group string) string {
	name, _, _ := strings.Cut(group, "|")
	return name
}
