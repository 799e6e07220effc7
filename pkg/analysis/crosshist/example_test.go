package crosshist_test

import (
	"fmt"
	"math"

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

// Three units of one pool: the histogram of every unit pools its pairs with the two others.
func ExampleAxis_Pool() {
	axis := crosshist.NewAxis(2048)
	trains := [][]float64{{1.000, 1.100}, {1.012, 1.112}, {1.050}}
	for unit, h := range axis.Pool(trains, trains, true) {
		fmt.Println("unit", unit, "has", h.Of(crosshist.Inhibited).Count, "counts as test unit")
	}
	// Output:
	// unit 0 has 5 counts as test unit
	// unit 1 has 5 counts as test unit
	// unit 2 has 4 counts as test unit
}

// Baseline and synchrony peak fitted to a smoothed histogram, here to the model itself: a
// peak at 2 ms on a wide hump.
func ExampleFitter_Fit() {
	axis := crosshist.NewAxis(2048)
	x := axis.X()
	y := make([]float64, len(x))
	for i, t := range x {
		y[i] = 0.0025*math.Exp(-t*t/(2*0.08*0.08)) + 0.001*math.Exp(-(t-0.002)*(t-0.002)/(2*0.004*0.004))
	}
	fit, err := crosshist.NewFitter(axis, 0.02).Fit(y)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("R² above 0.95:", fit.R2Full > 0.95)
	// Output: R² above 0.95: true
}
