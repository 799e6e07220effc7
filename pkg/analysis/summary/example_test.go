package summary_test

import (
	"fmt"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/crosshist"
	"example.org/renshaw/pkg/analysis/summary"
)

// The features of an analysis as a table: a row per unit, pair and direction.
func ExampleFeatures() {
	a := &analysis.Analysis{Rows: []analysis.Row{{Unit: 3, PoolA: "SOL", PoolB: "GM",
		Direction: crosshist.Inhibited, Features: crosshist.Unfitted(812)}}}
	t := summary.Features(a)
	fmt.Println(t.Columns[:3], t.Rows[0][:3])
	fmt.Println("counts:", t.Rows[0][t.Col("n_spikes")])
	// Output:
	// [unit pair direction] [3 SOL<->GM inhibited]
	// counts: 812.0
}

// Meaning and unit of every column of an experiment's table.
func ExampleExperimentColumns() {
	for _, c := range summary.ExperimentColumns() {
		if c.Name == "IPSP_timing_of_trough" {
			fmt.Printf("%s (%s)\n", c.Name, c.Unit)
		}
	}
	// Output: IPSP_timing_of_trough (s)
}
