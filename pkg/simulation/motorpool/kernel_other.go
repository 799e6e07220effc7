//go:build !amd64

package motorpool

func stepNeurons(groups []neuronGroup, driveNA []float64, spiked []uint8, threshold,
	reversal float64) bool {
	return stepNeuronsGo(groups, driveNA, spiked, threshold, reversal)
}

func stepRenshaw(groups []renshawGroup, noise []float64, spiked []uint8, threshold,
	decay float64) bool {
	return stepRenshawGo(groups, noise, spiked, threshold, decay)
}

func differ(diffs []int16, rows, whole, predictor []float64) int {
	return differGo(diffs, rows, whole, predictor)
}

func restore(rows []float64, diffs []int16, whole, predictor []float64) int {
	return restoreGo(rows, diffs, whole, predictor)
}
