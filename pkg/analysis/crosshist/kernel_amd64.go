package crosshist

import "golang.org/x/sys/cpu"

var useAVX2 = cpu.X86.HasAVX2

//go:noescape
func flankAVX2(dst, x *float64, n int, mu, w2 float64)

//go:noescape
func decayAVX2(dst, x *float64, n int, mu, tau2 float64)

//go:noescape
func bellAVX2(dst, x *float64, n int, mu, s float64)

//go:noescape
func timesAVX2(dst *float64, n int, a, b float64)

//go:noescape
func hatAVX2(dst, flank, decay, bell *float64, n int, m, o float64)

//go:noescape
func lineAVX2(dst, x *float64, n int, a, b float64)

//go:noescape
func sumLessAVX2(dst, x, y, z *float64, n int)

// whole is how many of n numbers the kernels do.
func whole(n int) int {
	if !useAVX2 {
		return 0
	}
	return n &^ 3
}

func flank(dst, x []float64, mu, w2 float64) {
	n := whole(len(x))
	if n > 0 {
		flankAVX2(&dst[:n][0], &x[0], n, mu, w2)
	}
	flankGo(dst[n:], x[n:], mu, w2)
}

func decay(dst, x []float64, mu, tau2 float64) {
	n := whole(len(x))
	if n > 0 {
		decayAVX2(&dst[:n][0], &x[0], n, mu, tau2)
	}
	decayGo(dst[n:], x[n:], mu, tau2)
}

func bell(dst, x []float64, mu, s float64) {
	n := whole(len(x))
	if n > 0 {
		bellAVX2(&dst[:n][0], &x[0], n, mu, s)
	}
	bellGo(dst[n:], x[n:], mu, s)
}

func times(dst []float64, a, b float64) {
	n := whole(len(dst))
	if n > 0 {
		timesAVX2(&dst[0], n, a, b)
	}
	timesGo(dst[n:], a, b)
}

func hat(dst, flank, decay, g []float64, m, o float64) {
	n := whole(len(g))
	if n > 0 {
		hatAVX2(&dst[:n][0], &flank[:n][0], &decay[:n][0], &g[0], n, m, o)
	}
	hatGo(dst[n:], flank[n:], decay[n:], g[n:], m, o)
}

func line(dst, x []float64, a, b float64) {
	n := whole(len(x))
	if n > 0 {
		lineAVX2(&dst[:n][0], &x[0], n, a, b)
	}
	lineGo(dst[n:], x[n:], a, b)
}

func sumLess(dst, x, y, z []float64) {
	n := whole(len(dst))
	if n > 0 {
		sumLessAVX2(&dst[0], &x[:n][0], &y[:n][0], &z[:n][0], n)
	}
	sumLessGo(dst[n:], x[n:], y[n:], z[n:])
}
