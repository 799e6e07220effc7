package flow

import "math"

// Limits of the splines: they reach from -Tail to Tail in standardised coordinates and are
// the identity beyond; no bin is narrower or lower than Smallest times 2 Tail, no slope
// smaller than Smallest.
const (
	Tail     = 3.0
	Smallest = 1e-3
)

// A monotone rational-quadratic spline (Durkan and others, NeurIPS 2019) of K bins has knots
// (x[k], y[k]) and slopes d[k] there, 1 at both ends. The network gives for one coordinate K
// widths and K heights before the softmax, each to be divided by sqrt(H), and K-1 inner slopes
// before the softplus.

// share is what of the widths and heights the softmax distributes.
func share(bins int) float64 { return 1 - float64(bins)*Smallest }

func knotsGo(dst, p []row, temper float64) {
	part := share(len(p))
	for l := range lanes {
		most := math.Inf(-1)
		for k := range p {
			most = math.Max(most, p[k][l]*temper)
		}
		sum := 0.0
		for k := range p {
			dst[k+1][l] = exp(float64(p[k][l]*temper) - most)
			sum += dst[k+1][l]
		}
		dst[0][l] = -Tail
		for k := range p {
			dst[k+1][l] = dst[k][l] + float64(2*Tail*(Smallest+part*dst[k+1][l]/sum))
		}
		dst[len(p)][l] = Tail
	}
}

// chosen are the bins in which the lanes lie: lower knot (x, y), width and height w and h, and
// slopes at the lower and the upper knot.
type chosen struct{ x, w, y, h, d0, d1 row }

func (c *chosen) chooseGo(v *row, search, x, y, slopes []row) {
	last := len(search) - 2
	for l := range lanes {
		k := 0
		for k < last && v[l] >= search[k+1][l] {
			k++
		}
		c.x[l], c.w[l] = x[k][l], x[k+1][l]-x[k][l]
		c.y[l], c.h[l] = y[k][l], y[k+1][l]-y[k][l]
		c.d0[l], c.d1[l] = 1, 1
		if k > 0 {
			c.d0[l] = Smallest + softplus(slopes[k-1][l])
		}
		if k < last {
			c.d1[l] = Smallest + softplus(slopes[k][l])
		}
	}
}

// With ξ = (u - x)/w, s = h/w,
//
//	v = y + h (s ξ² + d0 ξ(1-ξ)) / (s + (d1 + d0 - 2s) ξ(1-ξ)).
func (c *chosen) forwardGo(v, u, logDet *row) {
	for l := range lanes {
		if !(math.Abs(u[l]) < Tail) {
			v[l] = u[l]
			continue
		}
		h, d0, d1 := c.h[l], c.d0[l], c.d1[l]
		xi, s := (u[l]-c.x[l])/c.w[l], h/c.w[l]
		rest := 1 - xi
		q := s + float64((d1+d0-float64(2*s))*xi*rest)
		v[l] = c.y[l] + h*(float64(s*xi*xi)+float64(d0*xi*rest))/q
		slope := s * s * (float64(d1*xi*xi) + float64(2*s*xi*rest) + float64(d0*rest*rest))
		logDet[l] += math.Log(slope) - float64(2*math.Log(q))
	}
}

// The root of a quadratic, in the form that keeps digits.
func (c *chosen) inverseGo(u, v *row) {
	for l := range lanes {
		if !(math.Abs(v[l]) < Tail) {
			u[l] = v[l]
			continue
		}
		w, h, d0 := c.w[l], c.h[l], c.d0[l]
		s, t := h/w, v[l]-c.y[l]
		bend := float64(t * (c.d1[l] + d0 - float64(2*s)))
		q, r, p := float64(h*(s-d0))+bend, float64(h*d0)-bend, -s*t
		root := math.Sqrt(math.Max(0, float64(r*r)-float64(4*q*p)))
		u[l] = c.x[l] + w*2*p/(-r-root)
	}
}
