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
