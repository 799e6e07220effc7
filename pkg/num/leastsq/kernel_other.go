//go:build !amd64

package leastsq

func dots(out *[4]float64, a []float64, x [][]float64) { dotsGo(out, a, x) }

func addScaled(dst []float64, alpha float64, x []float64) { addScaledGo(dst, alpha, x) }

func quotients(c, r []float64, dx float64) { quotientsGo(c, r, dx) }

func products(out *[12]float64, a, x [][]float64) { productsGo(out, a, x) }
