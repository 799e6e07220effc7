package leastsq

import "math"

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

// productsGo writes the dot products of up to three columns with up to four: out[4 i + j] is that
// of a[i] and x[j], summed in four lanes, (0 + 2) + (1 + 3), and then what is left.
func productsGo(out *[12]float64, a, x [][]float64) {
	for i, c := range a {
		for j, d := range x {
			var lanes [4]float64
			n := len(c) &^ 3
			for k := 0; k < n; k += 4 {
				for l := range lanes {
					lanes[l] = math.FMA(c[k+l], d[k+l], lanes[l])
				}
			}
			out[4*i+j] = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
		}
	}
	addRest(out, a, x)
}

// addRest adds the products of the last numbers, which make no four.
func addRest(out *[12]float64, a, x [][]float64) {
	for i, c := range a {
		for j, d := range x {
			for k := len(c) &^ 3; k < len(c); k++ {
				out[4*i+j] = math.FMA(c[k], d[k], out[4*i+j])
			}
		}
	}
}
