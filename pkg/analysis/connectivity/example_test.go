package connectivity_test

import (
	"fmt"

	"example.org/renshaw/pkg/analysis/connectivity"
)

// Three motor neurons of one pool: connections from row to column, a Renshaw synapse of
// 5 µA, and rates of 10, 8 and 0 Hz. Values are in mA·Hz.
func ExampleMeasure() {
	connections := [][]float64{{0, 1, 0.5}, {1, 0, 0}, {2, 2, 0}}
	e := connectivity.Measure(connections, 5e-6, []float64{10, 8, 0}, []int{0, 1, 2},
		[]string{"pool_0"}, map[string][]int{"pool_0": {0, 1, 2}}, connectivity.Options{})
	for i := range connections {
		fmt.Printf("neuron %d delivers %.3f and receives %.3f\n", i, e.Delivered[i], e.Received[i])
	}
	// Output:
	// neuron 0 delivers 0.075 and receives 0.040
	// neuron 1 delivers 0.040 and receives 0.050
	// neuron 2 delivers 0.000 and receives 0.025
}

func ExampleMeasures() {
	g := connectivity.Measures([][]float64{{0, 1, 0}, {0, 0, 1}, {1, 0, 0}}, []int{0, 1, 2})
	fmt.Printf("density %.2f, mean path %.2f\n", g.Density, g.MeanShortestPath)
	// Output: density 0.50, mean path 1.50
}
