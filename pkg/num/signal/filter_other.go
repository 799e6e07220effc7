//go:build !amd64

package signal

func filterBlock(block []float64, sections []section, state []float64) {
	filterBlockGo(block, sections, state)
}

func slidingDot(dst, x, w []float64) { slidingDotGo(dst, x, w) }
