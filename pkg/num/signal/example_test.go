package signal_test

import (
	"fmt"
	"math"

	"example.org/renshaw/pkg/num/signal"
)

// Force at 2048 Hz, a slow sine and tremor of 10 Hz; what is left below 4 Hz is the slow part.
func ExampleButterworth_ZeroPhase() {
	const fsHz = 2048
	slow, force := make([]float64, 4*fsHz), make([]float64, 4*fsHz)
	for i := range force {
		t := float64(i) / fsHz
		slow[i] = math.Sin(2 * math.Pi * 0.5 * t)
		force[i] = slow[i] + 0.2*math.Sin(2*math.Pi*10*t)
	}
	filter, err := signal.NewButterworth(4, signal.LowPass, 4, fsHz)
	if err != nil {
		fmt.Println(err)
		return
	}
	filtered, err := filter.ZeroPhase(force)
	if err != nil {
		fmt.Println(err)
		return
	}
	middle := len(force) / 2
	fmt.Printf("largest difference in the middle second: %.2f before, %.2f after\n",
		difference(force, slow, middle-fsHz/2, fsHz), difference(filtered, slow, middle-fsHz/2, fsHz))
	// Output: largest difference in the middle second: 0.20 before, 0.00 after
}

// difference is the largest |a-b| over n samples.
func difference(a, b []float64, from, n int) float64 {
	most := 0.0
	for i := from; i < from+n; i++ {
		most = math.Max(most, math.Abs(a[i]-b[i]))
	}
	return most
}

// A sine of amplitude 3 at 20 Hz has the power 3²/2 there.
func ExampleWelch() {
	const fsHz = 1000
	x := make([]float64, 10*fsHz)
	for i := range x {
		x[i] = 3 * math.Sin(2*math.Pi*20*float64(i)/fsHz)
	}
	w := signal.NewWelch(fsHz, fsHz) // segments of 1 s: bins of 1 Hz
	w.Add(x)
	fmt.Printf("%.0f Hz: %.2f\n", w.FrequenciesHz()[20], w.Spectrum()[20])
	// Output: 20 Hz: 4.50
}

func ExamplePercentile() {
	isiMs := []float64{80, 95, 100, 110, 240}
	fmt.Println(signal.Percentile(isiMs, 50), signal.Percentile(isiMs, 75))
	// Output: 100 110
}
