package leastsq

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// smallSVD decomposes the n x n triangle of the QR factorisation.
type smallSVD struct {
	n        int
	a, u, vt blas64.General
	work     []float64
}

func newSmallSVD(n int) smallSVD {
	gen := func() blas64.General {
		return blas64.General{Rows: n, Cols: n, Stride: n, Data: make([]float64, n*n)}
	}
	return smallSVD{n, gen(), gen(), gen(), make([]float64, 64*n)}
}

// factorise decomposes a into u, singular values and vt. It takes the steps of LAPACK's DGESVD for
// a square matrix without asking each for its best work space, which takes longer than a step.
func (d *smallSVD) factorise(values []float64) bool {
	const smallest, largest = 0x1p-450, 0x1p450 // well inside those that DGESVD scales
	n, a, u, vt := d.n, d.a, d.u, d.vt
	if top := math.Abs(floats.Norm(a.Data, math.Inf(1))); !(top > smallest && top < largest) {
		return lapack64.Gesvd(lapack.SVDAll, lapack.SVDAll, a, u, vt, values, d.work, len(d.work))
	}
	var lap gonum.Implementation
	e, tauQ, tauP, work := d.work[:n], d.work[n:2*n], d.work[2*n:3*n], d.work[3*n:]
	lap.Dgebd2(n, n, a.Data, n, values, e, tauQ, tauP, work)
	lap.Dlacpy(blas.Lower, n, n, a.Data, n, u.Data, n)
	lap.Dorgbr(lapack.GenerateQ, n, n, n, u.Data, n, tauQ, work, len(work))
	lap.Dlacpy(blas.Upper, n, n, a.Data, n, vt.Data, n)
	lap.Dorgbr(lapack.GeneratePT, n, n, n, vt.Data, n, tauP, work, len(work))
	return lap.Dbdsqr(blas.Upper, n, n, n, 0, values, e, vt.Data, n, u.Data, n, nil, 1, d.work[n:])
}

// decompose forms the stacked matrix [J diag(d); diag(√C)] with d = √v and
// C = g σ, and its singular value decomposition by way of a QR factorisation:
// uf = Uᵀ [r; 0], s, V. R (tri, row-major) stays for evaluating the model.
func (s *Solver) decompose() error {
	if s.normal {
		return s.scaleNormal()
	}
	n, m := s.n, s.m
	for i := 0; i < n; i++ {
		s.d[i] = math.Sqrt(s.v[i])
		s.diag[i] = s.g[i] * s.sig[i]
		s.gHat[i] = s.d[i] * s.g[i]
		a := s.aug[i]
		floats.ScaleTo(a[:m], s.d[i], s.jac[i])
		for k := m; k < m+n; k++ {
			a[k] = 0
		}
		a[m+i] = math.Sqrt(s.diag[i])
	}
	copy(s.qtf, s.r)
	for k := m; k < m+n; k++ {
		s.qtf[k] = 0
	}
	s.householder()
	for _, x := range s.tri {
		if !finite(x) {
			return ErrNumeric
		}
	}
	copy(s.svd.a.Data, s.tri)
	if !s.svd.factorise(s.s) {
		return ErrNumeric
	}
	for k := 0; k < n; k++ {
		f := 0.0
		for i := 0; i < n; i++ {
			f += s.svd.u.Data[i*n+k] * s.qtf[i]
			s.vMat[i*n+k] = s.svd.vt.Data[k*n+i]
		}
		s.uf[k] = f
		s.suf[k] = s.s[k] * f
	}
	return nil
}

// householder factorises aug = Q R in place and applies Qᵀ to qtf. The matrix has
// few columns, so plain loops over columns beat a blocked routine.
func (s *Solver) householder() {
	n := s.n
	for k := 0; k < n; k++ {
		a := s.aug[k]
		length := norm(a[k:])
		s.tri[k*n+k] = -length
		if length == 0 {
			continue
		}
		if a[k] > 0 {
			length = -length
		}
		head := a[k] - length // v = a - length e_k, stored in a
		a[k] = head
		beta := -1 / (length * head) // 2 / |v|²
		s.reflect(k, beta)
		s.tri[k*n+k] = length
	}
	for i := 0; i < n; i++ {
		for j := 0; j < n; j++ {
			if j > i {
				s.tri[i*n+j] = s.aug[j][i]
			} else if j < i {
				s.tri[i*n+j] = 0
			}
		}
	}
}

// reflect applies the reflection of column k to the columns after it and to qtf.
func (s *Solver) reflect(k int, beta float64) {
	a, rest := s.aug[k][k:], s.rest[:0]
	for _, x := range s.aug[k+1:] {
		rest = append(rest, x[k:])
	}
	rest = append(rest, s.qtf[k:])
	s.rest = rest
	head := min(-k&3, len(a)) // the kernel then stores at multiples of four numbers
	for ; len(rest) > 0; rest = rest[min(4, len(rest)):] {
		var product [4]float64
		some := rest[:min(4, len(rest))]
		dots(&product, a, some)
		for j, x := range some {
			addScaledGo(x[:head], -product[j]*beta, a)
			addScaled(x[head:], -product[j]*beta, a[head:])
		}
	}
}

// trustRegionStep solves min ½|Ĵp + r|² with |p| ≤ Δ into pHat (Moré's method) and
// returns the remembered Levenberg-Marquardt parameter.
func (s *Solver) trustRegionStep(delta, alpha0 float64) float64 {
	if s.normal {
		return s.normalStep(delta, alpha0)
	}
	n := s.n
	full := s.s[n-1] > epsilon*float64(s.m)*s.s[0]
	if full {
		for k := 0; k < n; k++ {
			s.tmp[k] = s.uf[k] / s.s[k]
		}
		s.applyV(s.tmp)
		if norm(s.pHat) <= delta {
			return 0
		}
	}
	upper := norm(s.suf) / delta
	lower := 0.0
	if full {
		phi, dphi := s.phi(0, delta)
		lower = -phi / dphi
	}
	fresh := func() float64 { return math.Max(0.001*upper, math.Sqrt(lower*upper)) }
	alpha := alpha0
	if !full && alpha == 0 {
		alpha = fresh()
	}
	for it := 0; it < 10; it++ {
		if alpha < lower || alpha > upper {
			alpha = fresh()
		}
		phi, dphi := s.phi(alpha, delta)
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
	for k := 0; k < n; k++ {
		s.tmp[k] = s.suf[k] / (s.s[k]*s.s[k] + alpha)
	}
	s.applyV(s.tmp)
	scale := delta / norm(s.pHat)
	for i := range s.pHat {
		s.pHat[i] *= scale
	}
	return alpha
}

// applyV sets pHat = -V c.
func (s *Solver) applyV(c []float64) {
	for i := 0; i < s.n; i++ {
		s.pHat[i] = -dot(s.vMat[i*s.n:(i+1)*s.n], c)
	}
}

// phi is |z/(S²+α)| - Δ with z = S f̂, and its derivative in α.
func (s *Solver) phi(alpha, delta float64) (phi, dphi float64) {
	var p2, q float64
	for k := 0; k < s.n; k++ {
		den := s.s[k]*s.s[k] + alpha
		t := s.suf[k] / den
		p2 += t * t
		q += s.suf[k] * s.suf[k] / (den * den * den)
	}
	p := math.Sqrt(p2)
	return p - delta, -q / p
}

// quadratic is the model m(t s + s0) = a t² + b t + c along s.
func (s *Solver) quadratic(dir, from []float64) (a, b, c float64) {
	v, u := s.tmp, s.tmp2
	if s.normal {
		s.timesB(dir, v)
		a, b = 0.5*dot(dir, v), dot(s.gHat, dir)
		if from != nil {
			s.timesB(from, u)
			b += dot(dir, u)
			c = 0.5*dot(from, u) + dot(s.gHat, from)
		}
		return a, b, c
	}
	s.timesR(dir, v)
	a = 0.5 * dot(v, v)
	b = dot(s.gHat, dir)
	if from != nil {
		s.timesR(from, u)
		b += dot(u, v)
		c = 0.5*dot(u, u) + dot(s.gHat, from)
	}
	return a, b, c
}

// timesR sets dst = R x; |R x|² = |Ĵ x|² + Σ C x².
func (s *Solver) timesR(x, dst []float64) {
	for i := range dst {
		dst[i] = dot(s.tri[i*s.n+i:(i+1)*s.n], x[i:])
	}
}

func minimise1D(a, b, c, lo, hi float64) (t, y float64) {
	at := func(t float64) float64 { return t*(a*t+b) + c }
	t, y = lo, at(lo)
	if v := at(hi); v < y {
		t, y = hi, v
	}
	if a != 0 {
		if e := -0.5 * b / a; lo < e && e < hi {
			if v := at(e); v < y {
				t, y = e, v
			}
		}
	}
	return t, y
}

// strideToBound is the smallest factor with which x + t dir meets a bound, and
// marks the coordinates that do in hits.
func strideToBound(x, dir, lo, hi []float64, hits []bool) float64 {
	stride := math.Inf(1)
	for i, d := range dir {
		if t := boundAt(x[i], d, lo[i], hi[i]); t < stride {
			stride = t
		}
	}
	for i, d := range dir {
		if hits != nil {
			hits[i] = d != 0 && boundAt(x[i], d, lo[i], hi[i]) == stride
		}
	}
	return stride
}

func boundAt(x, d, lo, hi float64) float64 {
	if d == 0 {
		return math.Inf(1)
	}
	return math.Max((lo-x)/d, (hi-x)/d)
}

// toTrustRegion is the larger root t of |x + t dir| = delta.
func toTrustRegion(x, dir []float64, delta float64) (float64, error) {
	a, b, c := dot(dir, dir), dot(x, dir), dot(x, x)-delta*delta
	if a == 0 || c > 0 {
		return 0, ErrNumeric
	}
	q := -(b + math.Copysign(math.Sqrt(b*b-a*c), b))
	return math.Max(q/a, c/q), nil
}

// selectStep chooses among the trust-region step (cut back at the bound), its
// reflection and the scaled gradient; it sets step and stepHat and returns the
// reduction that the model predicts.
func (s *Solver) selectStep(pr Problem, delta, theta float64) (float64, error) {
	inside := true
	for i := range s.x {
		s.p[i] = s.d[i] * s.pHat[i]
		y := s.x[i] + s.p[i]
		inside = inside && y >= pr.Lower[i] && y <= pr.Upper[i]
	}
	if inside {
		copy(s.step, s.p)
		copy(s.stepHat, s.pHat)
		return -s.model(s.pHat), nil
	}
	var hits [16]bool
	pStride := strideToBound(s.x, s.p, pr.Lower, pr.Upper, hits[:s.n])
	for i := range s.x {
		s.rHat[i] = s.pHat[i]
		if hits[i] {
			s.rHat[i] = -s.rHat[i]
		}
		s.rDir[i] = s.d[i] * s.rHat[i]
		s.p[i] *= pStride
		s.pHat[i] *= pStride
		s.onBound[i] = s.x[i] + s.p[i]
	}
	rValue, err := s.reflected(pr, delta, theta, pStride)
	if err != nil {
		return 0, err
	}
	for i := range s.p {
		s.p[i] *= theta
		s.pHat[i] *= theta
	}
	pValue := s.model(s.pHat)
	agValue := s.gradientStep(pr, delta, theta)
	switch {
	case pValue < rValue && pValue < agValue:
		copy(s.step, s.p)
		copy(s.stepHat, s.pHat)
		return -pValue, nil
	case rValue < pValue && rValue < agValue:
		copy(s.step, s.rDir)
		copy(s.stepHat, s.rHat)
		return -rValue, nil
	}
	copy(s.step, s.ag)
	copy(s.stepHat, s.agHat)
	return -agValue, nil
}

func (s *Solver) model(hat []float64) float64 {
	a, b, _ := s.quadratic(hat, nil)
	return a + b
}

func (s *Solver) reflected(pr Problem, delta, theta, pStride float64) (float64, error) {
	toTR, err := toTrustRegion(s.pHat, s.rHat, delta)
	if err != nil {
		return 0, err
	}
	toBound := strideToBound(s.onBound, s.rDir, pr.Lower, pr.Upper, nil)
	stride := math.Min(toBound, toTR)
	if !(stride > 0) {
		return math.Inf(1), nil
	}
	lo, hi := (1-theta)*pStride/stride, toTR
	if stride == toBound {
		hi = theta * toBound
	}
	if !(lo <= hi) {
		return math.Inf(1), nil
	}
	a, b, c := s.quadratic(s.rHat, s.pHat)
	t, value := minimise1D(a, b, c, lo, hi)
	for i := range s.rHat {
		s.rHat[i] = s.rHat[i]*t + s.pHat[i]
		s.rDir[i] = s.rHat[i] * s.d[i]
	}
	return value, nil
}

func (s *Solver) gradientStep(pr Problem, delta, theta float64) float64 {
	for i := range s.ag {
		s.agHat[i] = -s.gHat[i]
		s.ag[i] = s.d[i] * s.agHat[i]
	}
	limit := delta / norm(s.agHat)
	if b := strideToBound(s.x, s.ag, pr.Lower, pr.Upper, nil); b < limit {
		limit = theta * b
	}
	a, b, _ := s.quadratic(s.agHat, nil)
	t, value := minimise1D(a, b, 0, 0, limit)
	for i := range s.ag {
		s.agHat[i] *= t
		s.ag[i] *= t
	}
	return value
}
