package crosshist

// Elementwise terms of baseline and hat; the kernels of a machine give the same bits. Products are
// rounded before sums.

// flankGo is dst = 1 - (x-μ)²/w2.
func flankGo(dst, x []float64, mu, w2 float64) {
	for k, v := range x {
		z := v - mu
		dst[k] = 1 - float64(z*z)/w2
	}
}

// decayGo is dst = -(x-μ)²/tau2.
func decayGo(dst, x []float64, mu, tau2 float64) {
	for k, v := range x {
		z := v - mu
		dst[k] = -float64(z*z) / tau2
	}
}

// bellGo is dst = -½ ((x-μ)/s)².
func bellGo(dst, x []float64, mu, s float64) {
	for k, v := range x {
		q := (v - mu) / s
		dst[k] = -0.5 * float64(q*q)
	}
}

// timesGo is dst = (a dst) b.
func timesGo(dst []float64, a, b float64) {
	for k, v := range dst {
		dst[k] = a * v * b
	}
}

// hatGo is dst = m flank decay g + g o.
func hatGo(dst, flank, decay, g []float64, m, o float64) {
	for k, v := range g {
		dst[k] = float64(m*flank[k]*decay[k]*v) + float64(v*o)
	}
}

// lineGo is dst = b + a x.
func lineGo(dst, x []float64, a, b float64) {
	for k, v := range x {
		dst[k] = b + float64(a*v)
	}
}

// hatResidualGo is dst = (base + hat) - y, hat as in hatGo.
func hatResidualGo(dst, flank, decay, g, base, y []float64, m, o float64) {
	for k, v := range g {
		h := float64(m*flank[k]*decay[k]*v) + float64(v*o)
		dst[k] = (base[k] + h) - y[k]
	}
}

// lineResidualGo is dst = ((b + a x) + more) - y.
func lineResidualGo(dst, x, more, y []float64, a, b float64) {
	for k, v := range x {
		dst[k] = ((b + float64(a*v)) + more[k]) - y[k]
	}
}

// exponentGo is dst = min(-a (sign x - u), most).
func exponentGo(dst, x []float64, sign, u, a float64) {
	for k, v := range x {
		dst[k] = -a * (float64(sign*v) - u)
		if dst[k] > most {
			dst[k] = most
		}
	}
}

// most is the largest exponent of a Richards curve.
const most = 500
