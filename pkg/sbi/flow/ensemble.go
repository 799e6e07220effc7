package flow

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Ensemble is the equal mixture of its flows, q(theta|x) = 1/K Σ_k q_k(theta|x); one flow
// stands for itself. All have the same parameters and features.
type Ensemble []*MAF

// D is the number of parameters.
func (e Ensemble) D() int { return e[0].D }

// C is the number of context features.
func (e Ensemble) C() int { return e[0].C }

// Check reports an ensemble of none, and flows of different sizes.
func (e Ensemble) Check() error {
	if len(e) == 0 {
		return fmt.Errorf("flow: an ensemble without flows")
	}
	for k, m := range e {
		if m.D != e[0].D || m.C != e[0].C {
			return fmt.Errorf("flow: member %d has %d parameters and %d features, the first %d and %d", k+1,
				m.D, m.C, e[0].D, e[0].C)
		}
	}
	return nil
}

// Support is the box in which draws count: 0 to 1. Of bounded spline flows it is what the splines
// reach (Tail): beyond, where less than 0.3 % of the rows lay that they were trained on, nothing
// was learned, and there is always some of the base distribution.
func (e Ensemble) Support() (low, high []float64) {
	m := e[0]
	low, high = make([]float64, m.D), make([]float64, m.D)
	for i := range low {
		high[i] = 1
		if m.Bounded && m.Bins > 0 {
			low[i], high[i] = cdf((-Tail-m.ThetaShift[i])/m.ThetaScale[i]),
				cdf((Tail-m.ThetaShift[i])/m.ThetaScale[i])
		}
	}
	return low, high
}

// Observation is an observation prepared for every flow of an ensemble.
type Observation []*Context

// Observe prepares an observation of C finite numbers.
func (e Ensemble) Observe(x []float64) (Observation, error) {
	out := make(Observation, len(e))
	for k, m := range e {
		var err error
		if out[k], err = m.NewContext(x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// LogProb writes log q(theta|x) for rows of theta (D numbers each); one observation serves
// all rows, otherwise there is one per row.
func (e Ensemble) LogProb(dst, theta []float64, observations ...Observation) {
	contexts := make([]*Context, len(observations))
	member := make([]float64, len(dst))
	for k, m := range e {
		for i, o := range observations {
			contexts[i] = o[k]
		}
		if k == 0 {
			m.LogProb(dst, theta, contexts...)
			continue
		}
		m.LogProb(member, theta, contexts...)
		for i, v := range member {
			hi, lo := math.Max(dst[i], v), math.Min(dst[i], v)
			if !math.IsInf(lo, -1) {
				hi += math.Log1p(math.Exp(lo - hi))
			}
			dst[i] = hi
		}
	}
	for i := range dst {
		dst[i] -= math.Log(float64(len(e)))
	}
}

// Draw fills dst, rows of D numbers, with draws under one observation; each comes from a
// flow chosen at random.
func (e Ensemble) Draw(dst []float64, o Observation, rng *rand.Rand) {
	d := e.D()
	rows := make([][]int, len(e))
	for i := 0; i < len(dst)/d; i++ {
		k := 0
		if len(e) > 1 {
			k = rng.IntN(len(e))
		}
		rows[k] = append(rows[k], i)
	}
	for i := range dst {
		dst[i] = rng.NormFloat64()
	}
	for k, m := range e {
		if len(rows[k]) == len(dst)/d {
			m.Inverse(dst, dst, o[k])
			continue
		}
		part := make([]float64, 0, len(rows[k])*d)
		for _, i := range rows[k] {
			part = append(part, dst[i*d:(i+1)*d]...)
		}
		m.Inverse(part, part, o[k])
		for j, i := range rows[k] {
			copy(dst[i*d:(i+1)*d], part[j*d:(j+1)*d])
		}
	}
}
