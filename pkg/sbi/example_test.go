package sbi_test

import (
	"context"
	"fmt"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
)

// The estimator that comes with the program.
func ExampleLoad() {
	e, err := sbi.Load("../../estimators/single_muscle")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(e.Config.X), "features; parameters:")
	for _, p := range e.Config.Theta {
		fmt.Println(feature.Label(p.Name), p.Low, "to", p.High, p.Unit)
	}
	// Output:
	// 18 features; parameters:
	// baseline input 20000 to 70000 nA
	// recurrent inhibition 0 to 3 connections
	// middle of band 2.5 to 75 Hz
	// half width of band 2.5 to 25 Hz
	// SD of second input 0 to 7000 nA
}

// Draws of the posterior of an average muscle: the mean features of the training simulations.
// They lie in the unit box; Physical turns them into nA, connections and Hz.
func ExampleSample() {
	e, err := sbi.Load("../../estimators/single_muscle")
	if err != nil {
		fmt.Println(err)
		return
	}
	opt := sbi.DefaultSampling()
	opt.Draws = 500
	p, err := sbi.Sample(context.Background(), e.Flow, e.Config.Reference.Mean, opt, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	d := len(e.Config.Theta)
	fmt.Println(len(p.Draws)/d, "draws of", d, "parameters")
	best := e.Physical(p.Draws[p.Best()*d : (p.Best()+1)*d])
	fmt.Println("inhibition of the densest draw inside the prior:", best[1] >= 0 && best[1] <= 3)
	// Output:
	// 500 draws of 5 parameters
	// inhibition of the densest draw inside the prior: true
}

// Is a recording like the training simulations?
func ExampleReference_Judge() {
	e, err := sbi.Load("../../estimators/single_muscle")
	if err != nil {
		fmt.Println(err)
		return
	}
	average := e.Config.Reference.Mean
	strange := make([]float64, len(average))
	for k, sd := range e.Config.Reference.SD {
		strange[k] = average[k] + 20*sd
	}
	fmt.Println(e.Config.Reference.Judge(average).Unusual, e.Config.Reference.Judge(strange).Unusual)
	// Output: false true
}

// What a network of the corrected profile sees of a muscle.
func ExampleSpec_XNames() {
	s := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
	names := s.XNames()
	fmt.Println(len(names), names[3], "…", names[16:])
	// Output:
	// 18 inhibited_by_estimation_raw_iqr … [log_n_units log_median_n_spikes]
}
