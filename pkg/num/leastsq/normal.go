package leastsq

import "math"

// Steps from the normal equations. With d = √v and C = g σ as in decompose, they need only
//
//	B = diag(d) JᵀJ diag(d) + diag(C)
//
// and the gradient, which take one sweep over the Jacobian; steps are solutions of
// (B + αI) p = -ĝ by Cholesky's factorisation, which does not depend on the scale of a parameter.
// JᵀJ has the square of the condition of J: a parameter whose column the others make up to 1e-7
// of its length stays where it is until the trust region is small enough for α to tell them apart.

// normalEquations sets gram = JᵀJ (n x n, symmetric) and g = Jᵀr.
func (s *Solver) normalEquations(jacobian [][]float64) {
	n := s.n
	s.columns = append(append(s.columns[:0], jacobian...), s.r)
	for i := 0; i < n; i += 3 {
		rows := s.columns[i:min(i+3, n)]
		for j := i; j <= n; j += 4 {
			var out [12]float64
			products(&out, rows, s.columns[j:min(j+4, n+1)])
			for k := range rows {
				for l := range min(4, n+1-j) {
					if j+l == n {
						s.g[i+k] = out[4*k+l]
						continue
					}
					s.gram[(i+k)*n+j+l], s.gram[(j+l)*n+i+k] = out[4*k+l], out[4*k+l]
				}
			}
		}
	}
}

// dropUnfelt clears the gradient and the products of parameters that the residuals do not feel: a
// step of 2^-26 of the parameter, or of 1 if that is more, changes them by less than their own
// rounding. Their gradient has no sign, on which the scale and the first trust region depend.
func (s *Solver) dropUnfelt() {
	n, rounding := s.n, 0x1p-26*norm(s.r)
	for i := range n {
		if math.Sqrt(s.gram[i*n+i])*math.Max(1, math.Abs(s.x[i])) >= rounding {
			continue
		}
		s.g[i] = 0
		for j := range n {
			s.gram[i*n+j], s.gram[j*n+i] = 0, 0
		}
	}
}

// scaleNormal sets d, gHat and B.
func (s *Solver) scaleNormal() error {
	n := s.n
	for i := range n {
		s.d[i] = math.Sqrt(s.v[i])
		s.gHat[i] = s.d[i] * s.g[i]
	}
	s.leastB = 0
	for i := range n {
		for j := range n {
			s.b[i*n+j] = float64(float64(s.d[i]*s.d[j]) * s.gram[i*n+j])
		}
		s.b[i*n+i] += float64(s.g[i] * s.sig[i])
		for _, x := range s.b[i*n : i*n+n] {
			if !finite(x) {
				return ErrNumeric
			}
		}
		s.leastB = math.Max(s.leastB, s.b[i*n+i]*noInfluence)
	}
	return nil
}

// solve sets pHat = -(B + αI)⁻¹ ĝ and reports whether B + αI is positive definite. Where it is
// not, a coordinate that those before it determine, or that has no influence, does not move. tri
// becomes the lower triangle L with L Lᵀ = B + αI.
func (s *Solver) solve(alpha float64) bool {
	n, l, definite := s.n, s.tri, true
	for i := range n {
		row := l[i*n : i*n+i+1]
		for j := range i {
			row[j] = (s.b[i*n+j] - dotShort(row[:j], l[j*n:])) / l[j*n+j]
		}
		full := s.b[i*n+i] + alpha
		rest := full - dotShort(row[:i], row)
		if !(rest > leastPivot*full && rest > s.leastB) {
			definite = false
			clear(row)
			rest = math.Inf(1) // its step and what it adds to others are 0
		}
		row[i] = math.Sqrt(rest)
		s.pHat[i] = (-s.gHat[i] - dotShort(row[:i], s.pHat)) / row[i]
	}
	for i := n - 1; i >= 0; i-- {
		x := s.pHat[i]
		for k := i + 1; k < n; k++ {
			x -= float64(l[k*n+i] * s.pHat[k])
		}
		s.pHat[i] = x / l[i*n+i]
	}
	return definite
}

// leastPivot is the share of a coordinate's own variance that the coordinates before it must leave.
const leastPivot = 64 * epsilon

// noInfluence is the share of the largest variance below which a coordinate has no influence.
const noInfluence = 1e-25

func dotShort(a, b []float64) float64 {
	sum := 0.0
	for k, x := range a {
		sum += float64(x * b[k])
	}
	return sum
}

// phiNormal is |p(α)| - Δ and its derivative in α, after solve(α).
func (s *Solver) phiNormal(delta float64) (phi, dphi float64) {
	n, l, q := s.n, s.tri, s.tmp
	for i := range n {
		q[i] = (s.pHat[i] - dotShort(l[i*n:i*n+i], q)) / l[i*n+i]
	}
	p := math.Sqrt(dotShort(s.pHat, s.pHat))
	return p - delta, -dotShort(q, q) / p
}

// normalStep is trustRegionStep by solutions of the normal equations.
func (s *Solver) normalStep(delta, alpha0 float64) float64 {
	upper, lower := math.Sqrt(dotShort(s.gHat, s.gHat))/delta, 0.0
	full := s.solve(0)
	if full {
		phi, dphi := s.phiNormal(delta)
		if phi <= 0 {
			return 0
		}
		lower = -phi / dphi
	}
	fresh := func() float64 { return math.Max(0.001*upper, math.Sqrt(lower*upper)) }
	alpha := alpha0
	if !full && alpha == 0 {
		alpha = fresh()
	}
	for range 10 {
		if alpha < lower || alpha > upper {
			alpha = fresh()
		}
		s.solve(alpha)
		phi, dphi := s.phiNormal(delta)
		if phi < 0 {
			upper = alpha
		}
		ratio := phi / dphi
		lower = math.Max(lower, alpha-ratio)
		alpha -= (phi + delta) * ratio / delta
		if math.Abs(phi) < 0.01*delta {
			break
		}
	}
	if alpha < lower || alpha > upper {
		alpha = fresh()
	}
	s.solve(alpha)
	scale := min(1, delta/norm(s.pHat))
	for i := range s.pHat {
		s.pHat[i] *= scale
	}
	return alpha
}

// timesB sets dst = B x.
func (s *Solver) timesB(x, dst []float64) {
	for i := range dst {
		dst[i] = dotShort(x, s.b[i*s.n:])
	}
}
