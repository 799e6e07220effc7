package explore_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"example.org/renshaw/pkg/analysis/explore"
)

// Two signals that share 20 Hz and nothing else.
func ExampleCoherence() {
	const fsHz = 1000
	rng := rand.New(rand.NewPCG(1, 0))
	a, b := make([]float64, 30*fsHz), make([]float64, 30*fsHz)
	for i := range a {
		shared := math.Sin(2 * math.Pi * 20 * float64(i) / fsHz)
		a[i], b[i] = shared+rng.NormFloat64(), shared+rng.NormFloat64()
	}
	c := explore.Coherence(a, b, fsHz)
	fmt.Printf("%.2f at 20 Hz; below 0.2 at 40 Hz: %v\n", c[20], c[40] < 0.2)
	// Output: 0.99 at 20 Hz; below 0.2 at 40 Hz: true
}

// Six smoothed discharge rates that follow one of two inputs each: two factors explain them.
func ExampleFactorData_Model() {
	const n = 2000
	rng := rand.New(rand.NewPCG(1, 0))
	inputs := [2][]float64{make([]float64, n), make([]float64, n)}
	for _, x := range inputs {
		for i := range x {
			x[i] = rng.NormFloat64()
		}
	}
	rates := make([][]float64, 6)
	for u := range rates {
		rates[u] = make([]float64, n)
		for i := range rates[u] {
			rates[u][i] = inputs[u/3][i] + 0.3*rng.NormFloat64()
		}
	}
	data, err := explore.NewFactorData(rates)
	if err != nil {
		fmt.Println(err)
		return
	}
	for k := 1; k <= 2; k++ {
		f, err := data.Model(k)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d factors: R² %.1f\n", k, f.R2)
	}
	// Output:
	// 1 factors: R² 0.5
	// 2 factors: R² 0.9
}
