package precise_test

import (
	"fmt"

	"example.org/renshaw/pkg/num/precise"
)

// The slice is overwritten.
func ExampleExpSlice() {
	x := []float64{0, 1, -1}
	precise.ExpSlice(x)
	fmt.Println(x)
	// Output: [1 2.718281828459045 0.36787944117144233]
}

func ExamplePowSlice() {
	x := []float64{1, 2, 4}
	precise.PowSlice(x, -0.5)
	fmt.Println(x)
	// Output: [1 0.7071067811865476 0.5]
}

func ExampleTanhSlice() {
	x := []float64{0, 1, -1}
	precise.TanhSlice(x)
	fmt.Println(x)
	// Output: [0 0.7615941559557649 -0.7615941559557649]
}
