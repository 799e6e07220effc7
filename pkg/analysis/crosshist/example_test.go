package crosshist_test

import (
	"fmt"

	"example.org/renshaw/pkg/analysis/crosshist"
)

// The nearest spikes of the test unit around every spike of the reference count: one
// at or after it, one before it.
func ExampleAxis_AddPair() {
	axis := crosshist.NewAxis(2048)
	ref := []float64{1.0, 2.0}
	test := []float64{0.95, 1.02, 1.04, 2.0}
	counts := make([]int32, axis.Bins())
	axis.AddPair(ref, test, counts)
	for k, c := range counts {
		if c > 0 {
			fmt.Printf("%d at %.1f ms\n", c, 1000*axis.X()[k])
		}
	}
	// Output:
	// 1 at -50.1 ms
	// 1 at -0.3 ms
	// 1 at 19.7 ms
}
