package leastsq

// What follows is the plain code of the kernels, with the same bits.

func dotsGo(out *[4]float64, a []float64, x [][]float64) {
	for j := range x {
		out[j] = dot(a, x[j])
	}
}

func addScaledGo(dst []float64, alpha float64, x []float64) {
	for k := range dst {
		dst[k] += float64(alpha * x[k])
	}
}

func quotientsGo(c, r []float64, dx float64) {
	for k := range c {
		c[k] = (c[k] - r[k]) / dx
	}
}

// sums2 and sums3 are Σ c[k] r[k] in plain order, of several c side by side: a single sum would
// wait for every addition.
func sums2(c0, c1, r []float64) (g0, g1 float64) {
	c0, c1 = c0[:len(r)], c1[:len(r)]
	for k, v := range r {
		g0 += float64(c0[k] * v)
		g1 += float64(c1[k] * v)
	}
	return g0, g1
}

func sums3(c0, c1, c2, r []float64) (g0, g1, g2 float64) {
	c0, c1, c2 = c0[:len(r)], c1[:len(r)], c2[:len(r)]
	for k, v := range r {
		g0 += float64(c0[k] * v)
		g1 += float64(c1[k] * v)
		g2 += float64(c2[k] * v)
	}
	return g0, g1, g2
}
