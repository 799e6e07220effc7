package train_test

import (
	"fmt"
	"math/rand/v2"

	"example.org/renshaw/pkg/sbi/flow"
	"example.org/renshaw/pkg/sbi/train"
)

// A hundred steps of Adam on pairs of one parameter and one feature that is nearly the same.
func ExampleOptimizer_Step() {
	rng := rand.New(rand.NewPCG(1, 0))
	theta, x := make([]float64, 200), make([]float64, 200)
	for i := range theta {
		theta[i] = rng.NormFloat64()
		x[i] = theta[i] + 0.1*rng.NormFloat64()
	}
	o, err := train.NewOptimizer(flow.NewMAF(1, 1, 10, 2, 0, rng),
		train.StepOptions{LearningRate: 0.01, Clip: 5})
	if err != nil {
		fmt.Println(err)
		return
	}
	var first, last float64
	for i := range 100 {
		loss, _, err := o.Step(theta, x)
		if err != nil {
			fmt.Println(err)
			return
		}
		if i == 0 {
			first = loss
		}
		last = loss
	}
	fmt.Println("the loss falls by more than 1:", first-last > 1)
	// Output: the loss falls by more than 1: true
}
