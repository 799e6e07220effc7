package flow_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"example.org/renshaw/pkg/sbi/flow"
)

// Draws of an untrained flow of two parameters and one feature, and their log densities.
func ExampleEnsemble_Draw() {
	m := flow.NewMAF(2, 1, 8, 2, 0, rand.New(rand.NewPCG(1, 0)))
	if err := m.Pack(); err != nil {
		fmt.Println(err)
		return
	}
	e := flow.Ensemble{m}
	x, err := e.Observe([]float64{0.3})
	if err != nil {
		fmt.Println(err)
		return
	}
	theta, logProb := make([]float64, 2*100), make([]float64, 100) // rows of two
	e.Draw(theta, x, rand.New(rand.NewPCG(2, 0)))
	e.LogProb(logProb, theta, x)
	fmt.Println(len(theta)/e.D(), "draws; density of the first above e^-20:", logProb[0] > -20)
	// Output: 100 draws; density of the first above e^-20: true
}

// The weights of a flow go into a file and come back.
func ExampleWriteSafetensors() {
	dir, err := os.MkdirTemp("", "renshaw")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "weights.safetensors")
	m := flow.NewMAF(2, 1, 8, 2, 5, rand.New(rand.NewPCG(1, 0)))
	if err := flow.WriteSafetensors(path, m.Tensors()); err != nil {
		fmt.Println(err)
		return
	}
	tensors, err := flow.ReadSafetensors(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := flow.MAFFromTensors(tensors)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(again.D, "parameters,", again.C, "feature,", again.Bins, "bins of every spline")
	// Output: 2 parameters, 1 feature, 5 bins of every spline
}
