package flow

import "math"

// Limits of the splines: they reach from -Tail to Tail in standardised coordinates and are
// the identity beyond; no bin is narrower or lower than Smallest times 2 Tail, no slope
// smaller than Smallest.
const (
	Tail     = 3.0
	Smallest = 1e-3
)

// spline is a monotone rational-quadratic spline (Durkan and others, NeurIPS 2019) of K
// bins: knots (x[k], y[k]), slopes d[k] there, 1 at both ends.
type spline struct{ x, y, d []float64 }

func newSpline(bins int) *spline {
	return &spline{make([]float64, bins+1), make([]float64, bins+1), make([]float64, bins+1)}
}

// set takes the numbers that the network gives for one coordinate, of lane l: K widths and
// K heights before the softmax, each divided by sqrt(H), and K-1 inner slopes before the
// softplus.
func (s *spline) set(p []row, l int, temper float64) {
	bins := len(s.x) - 1
	knots(s.x, p[:bins], l, temper)
	knots(s.y, p[bins:2*bins], l, temper)
	s.d[0], s.d[bins] = 1, 1
	for k := 1; k < bins; k++ {
		s.d[k] = Smallest + softplus(p[2*bins+k-1][l])
	}
}

// knots are -Tail + 2 Tail Σ_{i<k} (Smallest + (1 - K Smallest) softmax(p temper)_i).
func knots(dst []float64, p []row, l int, temper float64) {
	most := math.Inf(-1)
	for k := range p {
		most = math.Max(most, p[k][l]*temper)
	}
	sum := 0.0
	for k := range p {
		dst[k+1] = math.Exp(p[k][l]*temper - most)
		sum += dst[k+1]
	}
	dst[0] = -Tail
	bins := float64(len(p))
	for k := range p {
		dst[k+1] = dst[k] + 2*Tail*(Smallest+(1-bins*Smallest)*dst[k+1]/sum)
	}
	dst[len(p)] = Tail
}

// bin is the last knot, but the end, that is not above v.
func bin(knots []float64, v float64) int {
	k := 0
	for k < len(knots)-2 && v >= knots[k+1] {
		k++
	}
	return k
}

// forward gives y(u) and log dy/du. With ξ = (u - x_k)/w, s = h/w,
//
//	y = y_k + h (s ξ² + d_k ξ(1-ξ)) / (s + (d_{k+1} + d_k - 2s) ξ(1-ξ)).
func (s *spline) forward(u float64) (y, logSlope float64) {
	if !(math.Abs(u) < Tail) {
		return u, 0
	}
	k := bin(s.x, u)
	w, h := s.x[k+1]-s.x[k], s.y[k+1]-s.y[k]
	xi, slope := (u-s.x[k])/w, h/w
	q := slope + (s.d[k+1]+s.d[k]-2*slope)*xi*(1-xi)
	return s.y[k] + h*(slope*xi*xi+s.d[k]*xi*(1-xi))/q, s.logSlope(k, xi, slope, q)
}

func (s *spline) logSlope(k int, xi, slope, q float64) float64 {
	return math.Log(slope*slope*(s.d[k+1]*xi*xi+2*slope*xi*(1-xi)+s.d[k]*(1-xi)*(1-xi))) - 2*math.Log(
		q)
}

// inverse gives u with y(u) = v: the root of a quadratic, in the form that keeps digits.
func (s *spline) inverse(v float64) float64 {
	if !(math.Abs(v) < Tail) {
		return v
	}
	k := bin(s.y, v)
	w, h := s.x[k+1]-s.x[k], s.y[k+1]-s.y[k]
	slope, t := h/w, v-s.y[k]
	bend := s.d[k+1] + s.d[k] - 2*slope
	a, b, c := h*(slope-s.d[k])+t*bend, h*s.d[k]-t*bend, -slope*t
	return s.x[k] + w*2*c/(-b-math.Sqrt(math.Max(0, b*b-4*a*c)))
}
