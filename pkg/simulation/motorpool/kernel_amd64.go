package motorpool

import "golang.org/x/sys/cpu"

var useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasPOPCNT

//go:noescape
func stepNeuronsAVX2(groups *neuronGroup, n int, driveNA *float64, spiked *uint8, threshold,
	reversal float64) uint8

//go:noescape
func stepRenshawAVX2(groups *renshawGroup, n int, noise *float64, spiked *uint8, threshold,
	decay float64) uint8

//go:noescape
func differAVX2(diffs *int16, rows *float64, fours int, whole, predictor *float64, past int,
	orders *laneOrders) int

//go:noescape
func restoreAVX2(rows *float64, diffs *int16, n int, whole, predictor *float64, past int,
	orders *laneOrders) int

// laneOrders holds, for every set of four lanes, an order of their halves.
type laneOrders [1 << four][2 * four]uint32

// packLanes moves the lanes of a set to the front, spreadLanes back.
var packLanes, spreadLanes = newLaneOrders()

func newLaneOrders() (pack, spread *laneOrders) {
	pack, spread = &laneOrders{}, &laneOrders{}
	for set := range pack {
		at := uint32(0)
		for lane := range uint32(four) {
			if set>>lane&1 == 1 {
				pack[set][2*at], pack[set][2*at+1] = 2*lane, 2*lane+1
				spread[set][2*lane], spread[set][2*lane+1] = 2*at, 2*at+1
				at++
			}
		}
	}
	return pack, spread
}

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

// differ is differGo, four rows at a time where the processor can.
func differ(diffs []int16, rows, whole, predictor []float64) (kept int) {
	if fours := len(diffs) / (4 * four); useAVX2 && fours > 0 {
		kept = differAVX2(&diffs[0], &rows[0], fours, &whole[0], &predictor[0], len(predictor),
			packLanes)
		diffs, rows, whole = diffs[4*four*fours:], rows[4*four*fours:], whole[kept:]
	}
	return kept + differGo(diffs, rows, whole, predictor)
}

// restore is restoreGo, a row to a register where the processor can.
func restore(rows []float64, diffs []int16, whole, predictor []float64) int {
	if !useAVX2 {
		return restoreGo(rows, diffs, whole, predictor)
	}
	return restoreAVX2(&rows[0], &diffs[0], len(diffs)/four, &whole[0], &predictor[0],
		len(predictor), spreadLanes)
}
