package mt19937_test

import (
	"fmt"

	"example.org/renshaw/pkg/num/mt19937"
)

// The same as numpy.random.seed(42); numpy.random.rand() in Python.
func ExampleSource_Float64() {
	s := mt19937.New(42)
	fmt.Println(s.Float64())
	// Output: 0.3745401188473625
}
