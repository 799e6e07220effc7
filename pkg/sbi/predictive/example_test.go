package predictive_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/sbi/predictive"
)

// Draws of renshaw infer by condition.
func ExampleReadPosterior() {
	dir, err := os.MkdirTemp("", "renshaw")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	names := []string{"muscle_pair", "intensity"}
	for _, p := range feature.SinglePrior() {
		names = append(names, p.Name)
	}
	path := filepath.Join(dir, "draws.csv")
	text := strings.Join(names, ",") + "\n" +
		"TA<->TA,10.0,40000.0,1.5,20.0,10.0,3000.0\n" +
		"TA<->TA,10.0,42000.0,1.2,25.0,10.0,2500.0\n" +
		"TA<->TA,40.0,55000.0,0.6,20.0,10.0,3000.0\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	p, err := predictive.ReadPosterior(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range p.Conditions {
		fmt.Printf("%s: draws %d\n", c.Label(), len(c.Rows))
	}
	// Output:
	// TA-TA_10: draws 2
	// TA-TA_40: draws 1
}

// Units of two simulations, standardised together, as one vector each.
func ExampleSummaries() {
	at := predictive.Condition{MusclePair: "TA<->TA", Intensity: 10}
	units := []predictive.Unit{ // trough area and peak (%), rate (spikes/s), latency (ms)
		{Condition: at, Sim: "a", Values: [4]float64{4, 2, 9, 12}},
		{Condition: at, Sim: "a", Values: [4]float64{6, 3, 10, 13}},
		{Condition: at, Sim: "b", Values: [4]float64{0, 1, 12, 16}},
		{Condition: at, Sim: "b", Values: [4]float64{2, 2, 13, 15}}}
	vectors := predictive.Summaries(units, predictive.ScaleOf(units))
	for _, v := range vectors {
		fmt.Printf("%s: mean area %+.2f SD\n", v.Sim, v.X[0])
	}
	rmse, _ := predictive.Distance(&vectors[0], &vectors[1])
	fmt.Printf("distance %.2f\n", rmse)
	// Output:
	// a: mean area +0.89 SD
	// b: mean area -0.89 SD
	// distance 1.24
}
