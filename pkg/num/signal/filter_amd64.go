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
