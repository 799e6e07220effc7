package motorpool

import "golang.org/x/sys/cpu"

var useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

//go:noescape
func stepNeuronsAVX2(groups *neuronGroup, n int, driveNA *float64, spiked *uint8, threshold,
	reversal float64) uint8

//go:noescape
func stepRenshawAVX2(groups *renshawGroup, n int, noise *float64, spiked *uint8, threshold,
	decay float64) uint8

// stepNeurons is stepNeuronsGo, four cells to a register where the processor can.
func stepNeurons(groups []neuronGroup, driveNA []float64, spiked []uint8, threshold,
	reversal float64) bool {
	if !useAVX2 {
		return stepNeuronsGo(groups, driveNA, spiked, threshold, reversal)
	}
	return stepNeuronsAVX2(&groups[0], len(groups), &driveNA[0], &spiked[0], threshold, reversal) != 0
}

// stepRenshaw is stepRenshawGo, four cells to a register where the processor can.
func stepRenshaw(groups []renshawGroup, noise []float64, spiked []uint8, threshold,
	decay float64) bool {
	if !useAVX2 || len(groups) == 0 {
		return stepRenshawGo(groups, noise, spiked, threshold, decay)
	}
	return stepRenshawAVX2(&groups[0], len(groups), &noise[0], &spiked[0], threshold, decay) != 0
}
