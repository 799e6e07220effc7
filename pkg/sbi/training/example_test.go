package training_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/flow"
	"example.org/renshaw/pkg/sbi/training"
)

// A flow is fitted to pairs of a parameter and a feature that tells it with an SD of 0.05;
// the posterior then is denser at the truth than far from it.
func ExampleFit() {
	rng := rand.New(rand.NewPCG(1, 0))
	p := &sbi.Pairs{N: 1000}
	for range p.N {
		theta := rng.Float64() // uniform in the unit box
		p.Theta, p.X = append(p.Theta, theta), append(p.X, theta+0.05*rng.NormFloat64())
	}
	var gradient, validation []int
	for i := range p.N {
		if i%10 == 0 {
			validation = append(validation, i)
		} else {
			gradient = append(gradient, i)
		}
	}
	t := sbi.DefaultTraining()
	t.LearningRate, t.MaxEpochs = 0.005, 10
	fitted, err := training.Fit(context.Background(), p, []string{"inhibition", "trough area"},
		gradient,
		validation, training.FitOptions{Flow: sbi.FlowSpec{Kind: sbi.KindMAF, Transforms: 2, Hidden: 10},
			Training: t, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	logProb, err := sbi.LogProb(flow.Ensemble{fitted.Flow}, []float64{0.5, 0.9}, []float64{0.5, 0.5})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(fitted.Curve), "epochs; denser at the truth:", logProb[0] > logProb[1]+3)
	// Output: 10 epochs; denser at the truth: true
}
