package motorpool

import "golang.org/x/sys/cpu"

var useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

//go:noescape
func stepNeuronsAVX2(groups *neuronGroup, n int, driveNA *float64, spiked *uint8, threshold,
	reversal float64) uint8

//go:noescape
func stepRenshawAVX2(groups *renshawGroup, n int, noise *float64, spiked *uint8, threshold,
	decay float64) uint8

//go:noescape
func differAVX2(diffs *int16, rows *float64, n int, predictor *float64, past int)

//go:noescape
func restoreAVX2(rows *float64, diffs *int16, n int, predictor *float64, past int) int

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

// differ is differGo, a row to a register where the processor can.
func differ(diffs []int16, rows, predictor []float64) {
	if !useAVX2 || len(diffs) == 0 {
		differGo(diffs, rows, predictor)
		return
	}
	differAVX2(&diffs[0], &rows[0], len(diffs)/four, &predictor[0], len(predictor))
}

// restore is restoreGo, a row to a register where the processor can.
func restore(rows []float64, diffs []int16, predictor []float64) int {
	if !useAVX2 || len(diffs) == 0 {
		return restoreGo(rows, diffs, predictor)
	}
	return restoreAVX2(&rows[0], &diffs[0], len(diffs)/four, &predictor[0], len(predictor))
}
