package feature_test

import (
	"fmt"

	"example.org/renshaw/pkg/feature"
)

// The name that a batch file has for a pool's recurrent inhibition, and the way back.
func ExampleSetting() {
	name := feature.Setting(feature.Inhibition, 1)
	fmt.Println(name)
	parameter, pool, err := feature.OfSetting(name)
	fmt.Println(feature.Label(parameter), pool, err)
	// Output:
	// disynaptic_inhib_self_connectivity_pool1
	// recurrent inhibition 1 <nil>
}

func ExampleSinglePrior() {
	for _, p := range feature.SinglePrior() {
		fmt.Println(feature.Label(p.Name), p.Low, p.High, p.Unit)
	}
	// Output:
	// baseline input 20000 70000 nA
	// recurrent inhibition 0 3 connections
	// middle of band 2.5 75 Hz
	// half width of band 2.5 25 Hz
	// SD of second input 0 7000 nA
}

func ExampleMuscles() {
	a, b, ok := feature.Muscles(feature.PairName("SOL", "GM"))
	fmt.Println(a, b, ok)
	// Output: SOL GM true
}

// Tables hold fractions and seconds; people see percent and milliseconds.
func ExampleUnits() {
	latency := feature.Units[feature.Timing]
	fmt.Println(latency.Label, 0.011*latency.Scale, latency.Unit)
	// Output: trough latency 11 ms
}
