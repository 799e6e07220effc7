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
func hatResidualAVX2(dst, flank, decay, bell, base, y *float64, n int, m, o float64)

//go:noescape
func lineResidualAVX2(dst, x, more, y *float64, n int, a, b float64)

//go:noescape
func exponentAVX2(dst, x *float64, n int, sign, u, minusA, most float64)

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

func hatResidual(dst, flank, decay, g, base, y []float64, m, o float64) {
	n := whole(len(g))
	if n > 0 {
		hatResidualAVX2(&dst[:n][0], &flank[:n][0], &decay[:n][0], &g[0], &base[:n][0], &y[:n][0], n, m,
			o)
	}
	hatResidualGo(dst[n:], flank[n:], decay[n:], g[n:], base[n:], y[n:], m, o)
}

func lineResidual(dst, x, more, y []float64, a, b float64) {
	n := whole(len(x))
	if n > 0 {
		lineResidualAVX2(&dst[:n][0], &x[0], &more[:n][0], &y[:n][0], n, a, b)
	}
	lineResidualGo(dst[n:], x[n:], more[n:], y[n:], a, b)
}

func exponent(dst, x []float64, sign, u, a float64) {
	n := whole(len(x))
	if n > 0 {
		exponentAVX2(&dst[:n][0], &x[0], n, sign, u, -a, most)
	}
	exponentGo(dst[n:], x[n:], sign, u, a)
}

//go:noescape
func richardsColumnsAVX2(shape, da, dNu, du, x *float64, n int, t *fitTable)

//go:noescape
func hatColumnsAVX2(columns *[nHat]*float64, x, base, y, r *float64, n int, t *fitTable)

var useFMA = useAVX2 && cpu.X86.HasFMA

func richardsColumns(shape, da, dNu, du, x []float64, t *fitTable) {
	n := len(x) &^ 3
	if !useFMA {
		n = 0
	}
	if n > 0 {
		richardsColumnsAVX2(&shape[:n][0], &da[:n][0], &dNu[:n][0], &du[:n][0], &x[0], n, t)
	}
	richardsColumnsGo(shape[n:], da[n:], dNu[n:], du[n:], x[n:], t)
}

func hatColumns(columns [][]float64, x, base, y, r []float64, t *fitTable) {
	n := len(x) &^ 3
	if !useFMA {
		n = 0
	}
	if n > 0 {
		var start [nHat]*float64
		for i := range start {
			start[i] = &columns[i][:n][0]
		}
		hatColumnsAVX2(&start, &x[0], &base[:n][0], &y[:n][0], &r[:n][0], n, t)
	}
	hatColumnsGo(columns, n, x, base, y, r, t)
}
