package seed_test

import (
	"fmt"

	"example.org/renshaw/pkg/run/seed"
)

// One recorded seed gives a stream for every purpose and number.
func ExampleStream() {
	for i := range 2 {
		fmt.Printf("%.4f\n", seed.Stream(2026, "prior", i).Float64())
	}
	fmt.Printf("%.4f\n", seed.Stream(2026, "posterior", 0).Float64())
	// Output:
	// 0.5089
	// 0.0745
	// 0.5762
}
