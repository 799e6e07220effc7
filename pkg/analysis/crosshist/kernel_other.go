//go:build !amd64

package crosshist

func flank(dst, x []float64, mu, w2 float64)           { flankGo(dst, x, mu, w2) }
func decay(dst, x []float64, mu, tau2 float64)         { decayGo(dst, x, mu, tau2) }
func bell(dst, x []float64, mu, s float64)             { bellGo(dst, x, mu, s) }
func times(dst []float64, a, b float64)                { timesGo(dst, a, b) }
func hat(dst, flank, decay, g []float64, m, o float64) { hatGo(dst, flank, decay, g, m, o) }
func line(dst, x []float64, a, b float64)              { lineGo(dst, x, a, b) }

func hatResidual(dst, flank, decay, g, base, y []float64, m, o float64) {
	hatResidualGo(dst, flank, decay, g, base, y, m, o)
}

func lineResidual(dst, x, more, y []float64, a, b float64) {
	lineResidualGo(dst, x, more, y, a, b)
}

func exponent(dst, x []float64, sign, u, a float64) { exponentGo(dst, x, sign, u, a) }

func richardsColumns(shape, da, dNu, du, x []float64, t *fitTable) {
	richardsColumnsGo(shape, da, dNu, du, x, t)
}

func hatColumns(columns [][]float64, x, base, y, r []float64, t *fitTable) {
	hatColumnsGo(columns, 0, x, base, y, r, t)
}
