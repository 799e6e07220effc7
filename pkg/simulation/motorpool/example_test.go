package motorpool_test

import (
	"context"
	"fmt"

	"example.org/renshaw/pkg/simulation/motorpool"
)

// Ten motor neurons and four Renshaw cells for two seconds, margins of 1 s added.
func ExampleSimulator_Run() {
	p := motorpool.Default()
	p.DurationS, p.NeuronsPerPool, p.RenshawPerPair, p.RandomSeed = 2, 10, 4, 1
	var sim motorpool.Simulator
	s, err := sim.Run(context.Background(), p)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(s.Trains()), "motor neurons and", len(s.RenshawTrains()), "Renshaw cells over",
		s.Params.TotalS(), "s")
	// Output: 10 motor neurons and 4 Renshaw cells over 4 s
}

// Parameters have the names of the study's files; quantities may have a unit.
func ExampleParams_Set() {
	p := motorpool.Default()
	fmt.Println(p.Set("tau_Renshaw", "0.01 s"), p.RenshawTauMs)
	fmt.Println(p.Set("tau_Renshau", 10))
	// Output:
	// <nil> 10
	// unknown parameter "tau_Renshau"; did you mean "tau_Renshaw"?
}

func ExampleParams_Validate() {
	p := motorpool.Default()
	p.SplitRatio = 1.5
	fmt.Println(p.Validate())
	// Output: split_MN_RC_ratio: 1.5; 0 to 1 is expected
}

// What the documentation's table of parameters is made of.
func ExampleParameters() {
	for _, p := range motorpool.Parameters() {
		if p.Name == "duration" {
			fmt.Printf("%s (%s): %s. Default: %s.\n", p.Name, p.Unit, p.Doc, p.Source)
		}
	}
	// Output: duration (s): analysed duration. Default: the study's; 100 in the paper.
}

// A small and a large motor neuron: the small one has the higher resistance and the lower
// rheobase, and is recruited first.
func ExampleNewNeurons() {
	p := motorpool.Default()
	n := motorpool.NewNeurons(&p, []float64{50, 100}) // soma diameters, µm
	for m := range n.DiameterUm {
		fmt.Printf("%.0f µm: %.1f kΩ, %.0f nA, %.0f ms\n",
			n.DiameterUm[m], n.ResistanceKOhm[m], n.RheobaseNA[m], n.AHPDurationMs[m])
	}
	// Output:
	// 50 µm: 80.3 kΩ, 9546 nA, 71 ms
	// 100 µm: 15.2 kΩ, 54000 nA, 25 ms
}
