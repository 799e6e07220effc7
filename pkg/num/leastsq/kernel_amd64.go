package leastsq

import "golang.org/x/sys/cpu"

var useAVX2 = cpu.X86.HasAVX2

//go:noescape
func dots4AVX2(a, x0, x1, x2, x3 *float64, n int, out *[4]float64)

//go:noescape
func addScaledAVX2(dst, x *float64, n int, alpha float64)

//go:noescape
func quotientsAVX2(c, r *float64, n int, dx float64)

// dots writes out[j] = a · x[j], up to four of them, with the bits of dot; n is at least 1.
func dots(out *[4]float64, a []float64, x [][]float64) {
	if !useAVX2 || len(x) < 2 {
		dotsGo(out, a, x)
		return
	}
	var p [4]*float64
	for j := range p {
		p[j] = &x[min(j, len(x)-1)][0]
	}
	dots4AVX2(&a[0], p[0], p[1], p[2], p[3], len(a), out)
}

// addScaled adds alpha x to dst.
func addScaled(dst []float64, alpha float64, x []float64) {
	x = x[:len(dst)]
	if n := len(dst) &^ 3; useAVX2 && n > 0 {
		addScaledAVX2(&dst[0], &x[0], n, alpha)
		dst, x = dst[n:], x[n:]
	}
	addScaledGo(dst, alpha, x)
}

// quotients replaces every c by (c - r) / dx.
func quotients(c, r []float64, dx float64) {
	r = r[:len(c)]
	if n := len(c) &^ 3; useAVX2 && n > 0 {
		quotientsAVX2(&c[0], &r[0], n, dx)
		c, r = c[n:], r[n:]
	}
	quotientsGo(c, r, dx)
}

//go:noescape
func productsAVX2(out *[12]float64, a *[3]*float64, x *[4]*float64, n int)

var useFMA = useAVX2 && cpu.X86.HasFMA

func products(out *[12]float64, a, x [][]float64) {
	n := len(a[0]) &^ 3
	if !useFMA || n == 0 {
		productsGo(out, a, x)
		return
	}
	var rows [3]*float64
	var columns [4]*float64
	for i := range rows { // missing ones are the first, whose products nobody reads
		rows[i] = &a[0][0]
		if i < len(a) {
			rows[i] = &a[i][:n][0]
		}
	}
	for j := range columns {
		columns[j] = &x[0][0]
		if j < len(x) {
			columns[j] = &x[j][:n][0]
		}
	}
	productsAVX2(out, &rows, &columns, n)
	addRest(out, a, x)
}
