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

// gatherAVX2 copies 4 x fours samples of four signals into four neighbouring lanes of a block,
// whose rows follow each other at step bytes; scatterAVX2 copies them back.
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
	if !useAVX2 || rows%4 != 0 || len(group)%4 != 0 {
		plain(block, group, at, rows, forward)
		return
	}
	first, step := 0, 8*lanes
	if !forward {
		first, step = (rows-1)*lanes, -step
	}
	for l := 0; l < len(group); l += 4 {
		fast(&block[first+l], step, rows/4, &group[l][at], &group[l+1][at], &group[l+2][at],
			&group[l+3][at])
	}
}
