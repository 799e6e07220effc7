package rate_test

import (
	"fmt"

	"example.org/renshaw/pkg/analysis/rate"
	"example.org/renshaw/pkg/recording"
)

// A unit that pauses for 1.5 s: the pause does not count as an interval of its discharge.
func ExampleOf() {
	s := rate.Of([]float64{0, 0.1, 0.2, 1.7, 1.825}, recording.LongestIntervalS)
	fmt.Printf("mean %.1f, from %.1f to %.1f Hz\n", s.MeanHz, s.MinHz, s.MaxHz)
	// Output: mean 9.3, from 8.0 to 10.0 Hz
}
