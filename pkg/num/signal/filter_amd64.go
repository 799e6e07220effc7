package signal

import "golang.org/x/sys/cpu"

var useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// filterFourAVX2 is filterBlockGo for four sections and more than three rows. The sections work
// side by side, each one row behind the one before it, because one alone would wait for itself.
//
//go:noescape
func filterFourAVX2(block *float64, rows int, s *[4]section, state *float64, room *coefficients)

// filterBlockAVX2 is filterBlockGo for one section.
//
//go:noescape
func filterBlockAVX2(block *float64, rows int, s *section, state *float64, room *coefficients)

// coefficients is room for those of four sections in every lane, and for moving them to where
// registers are loaded in one go.
type coefficients [4*5*lanes + 3]float64

func filterBlock(block []float64, sections []section, state []float64) {
	if !useAVX2 {
		filterBlockGo(block, sections, state)
		return
	}
	rows := len(block) / lanes
	var room coefficients
	for ; len(sections) >= 4 && rows > 3; sections, state = sections[4:], state[8*lanes:] {
		filterFourAVX2(&block[0], rows, (*[4]section)(sections), &state[0], &room)
	}
	for k := range sections {
		filterBlockAVX2(&block[0], rows, &sections[k], &state[2*k*lanes], &room)
	}
}

// gatherAVX2 copies 4 x fours samples of four signals into the lanes of a block, whose rows
// follow each other at step bytes; scatterAVX2 copies them back.
//
//go:noescape
func gatherAVX2(block *float64, step, fours int, s0, s1, s2, s3 *float64)

//go:noescape
func scatterAVX2(block *float64, step, fours int, s0, s1, s2, s3 *float64)

// gather is gatherGo, four signals and samples at a time; scatter likewise.
func gather(block []float64, group [][]float64, at, rows int, forward bool) {
	transpose(block, group, at, rows, forward, gatherAVX2, gatherGo)
}

func scatter(block []float64, group [][]float64, at, rows int, forward bool) {
	transpose(block, group, at, rows, forward, scatterAVX2, scatterGo)
}

func transpose(block []float64, group [][]float64, at, rows int, forward bool,
	fast func(block *float64, step, fours int, s0, s1, s2, s3 *float64),
	plain func(block []float64, group [][]float64, at, rows int, forward bool)) {
	if !useAVX2 || rows%4 != 0 || len(group) != lanes {
		plain(block, group, at, rows, forward)
		return
	}
	first, step := 0, 8*lanes
	if !forward {
		first, step = (rows-1)*lanes, -step
	}
	fast(&block[first], step, rows/4, &group[0][at], &group[1][at], &group[2][at], &group[3][at])
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
