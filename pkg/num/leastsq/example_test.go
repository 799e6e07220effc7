package leastsq_test

import (
	"fmt"

	"example.org/renshaw/pkg/num/leastsq"
)

// A line through three points, its slope at most 1.5.
func ExampleSolver_Fit() {
	x, y := []float64{0, 1, 2}, []float64{1, 3, 5}
	res, err := leastsq.NewSolver(3, 2).Fit(leastsq.Problem{
		M: 3, Lower: []float64{-10, 0}, Upper: []float64{10, 1.5}, MaxEval: 100,
		Residuals: func(p, r []float64) {
			for i := range r {
				r[i] = p[0] + p[1]*x[i] - y[i]
			}
		},
	}, []float64{0, 1})
	fmt.Printf("%.3f + %.3f x (%v), %v\n", res.X[0], res.X[1], !res.Status.Early(), err)
	// Output: 1.500 + 1.500 x (true), <nil>
}
