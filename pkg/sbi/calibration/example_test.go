package calibration_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"example.org/renshaw/pkg/sbi/calibration"
)

// Central credibilities that contain the truth should be uniform; here all are too small, as
// those of a posterior that is too wide.
func ExampleECE() {
	var uniform, wide []float64
	for i := range 1000 {
		u := (float64(i) + 0.5) / 1000
		uniform, wide = append(uniform, u), append(wide, u*u)
	}
	fmt.Printf("%.3f %.3f\n", calibration.ECE(uniform), calibration.ECE(wide))
	// Output: 0.000 0.166
}

// A classifier tells draws of two distributions apart, or cannot: 1 or 0.5.
func ExampleC2ST() {
	rng := rand.New(rand.NewPCG(1, 0))
	draw := func(shift float64) []float64 {
		out := make([]float64, 400) // 200 draws of two parameters
		for i := range out {
			out[i] = shift + rng.NormFloat64()
		}
		return out
	}
	for _, shift := range []float64{0, 10} {
		accuracy, err := calibration.C2ST(context.Background(), draw(0), draw(shift), 2, 1, 2)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("shift %v: %.1f\n", shift, accuracy)
	}
	// Output:
	// shift 0: 0.5
	// shift 10: 1.0
}

// Two held-out simulations with three posterior draws each of one parameter.
func ExampleMeasure() {
	m, err := calibration.Measure(&calibration.HeldOut{Names: []string{"inhibition"},
		Truth: []float64{0.2, 0.6}, LogProbTruth: []float64{0.5, 0.5},
		Draws:   []float64{0.1, 0.2, 0.4, 0.5, 0.6, 0.9},
		LogProb: []float64{0, 1, 0, 0, 1, 0}})
	if err != nil {
		fmt.Println(err)
		return
	}
	p := m.Parameters[0]
	fmt.Printf("error of the densest draw %.2f, of a guess %.2f\n", p.MAE, p.ChanceMAE)
	// Output: error of the densest draw 0.00, of a guess 0.30
}
