//go:build !amd64

package signal

func filterBlock(block []float64, sections []section, state []float64) {
	filterBlockGo(block, sections, state)
}

func gather(block []float64, group [][]float64, at, rows int, forward bool) {
	gatherGo(block, group, at, rows, forward)
}

func scatter(block []float64, group [][]float64, at, rows int, forward bool) {
	scatterGo(block, group, at, rows, forward)
}

func slidingDot(dst, x, w []float64) { slidingDotGo(dst, x, w) }

func radix4(ch, cc, w []float64, m, groups int) { radix4Go(ch, cc, w, m, groups) }

func sumRows(dst []float64, rows [][]float64, at int) { sumRowsGo(dst, rows, at) }
