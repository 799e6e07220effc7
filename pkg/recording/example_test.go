package recording_test

import (
	"fmt"

	"example.org/renshaw/pkg/recording"
)

func ExampleParseName() {
	for _, path := range []string{
		"data/S1_TA_30percent.mat",
		"bids/sub-V1/emg/sub-V1_task-Quadriceps12p5percent_events.tsv",
	} {
		n := recording.ParseName(path)
		fmt.Println(n.Recording, n.Subject, n.Group, n.Condition)
	}
	// Output:
	// S1_TA_30percent S1 TA TA_30percent
	// V1_Quadriceps_12.5percent V1 Quadriceps Quadriceps_12.5percent
}

func ExampleWindow() {
	spikesS := []float64{0.9, 1.0, 1.25, 1.5, 2.5}
	fmt.Println(recording.Window(spikesS, 1, 2))
	fmt.Println(recording.LongestGap([]float64{0.25, 0.5}, 0, 1))
	// Output:
	// [0 0.25 0.5]
	// 0.5
}
