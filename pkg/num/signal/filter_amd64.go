package signal

import "golang.org/x/sys/cpu"

var useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// filterBlockAVX2 is filterBlockGo for one section, four lanes to a register.
//
//go:noescape
func filterBlockAVX2(block *float64, rows int, s *section, state *float64)

func filterBlock(block []float64, sections []section, state []float64) {
	if !useAVX2 {
		filterBlockGo(block, sections, state)
		return
	}
	for k := range sections {
		filterBlockAVX2(&block[0], len(block)/lanes, &sections[k], &state[2*k*lanes])
	}
}

// slidingDotAVX2 is slidingDotGo for n outputs, a multiple of 4, each in a lane of its own.
//
//go:noescape
func slidingDotAVX2(dst, x *float64, n int, w *float64, taps int)

func slidingDot(dst, x, w []float64) {
	if n := len(dst) &^ 3; useAVX2 && n > 0 {
		slidingDotAVX2(&dst[0], &x[0], n, &w[0], len(w))
		dst, x = dst[n:], x[n:]
	}
	slidingDotGo(dst, x, w)
}

//go:noescape
func radix4AVX2(ch, cc, w *float64, m, groups int)

func radix4(ch, cc, w []float64, m, groups int) {
	if !useAVX2 {
		radix4Go(ch, cc, w, m, groups)
		return
	}
	radix4AVX2(&ch[0], &cc[0], &w[0], m, groups)
}

//go:noescape
func sumRowsAVX2(dst *float64, n int, rows *[]float64, count, at int)

func sumRows(dst []float64, rows [][]float64, at int) {
	if n := len(dst) &^ 7; useAVX2 && n > 0 && len(rows) > 0 {
		sumRowsAVX2(&dst[0], n, &rows[0], len(rows), at)
		dst, at = dst[n:], at+n
	}
	sumRowsGo(dst, rows, at)
}
