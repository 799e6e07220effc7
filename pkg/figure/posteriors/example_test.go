package posteriors_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"example.org/renshaw/pkg/figure/posteriors"
)

// written writes a file into a temporary folder.
func written(name, text string) string {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
	return path
}

func ExampleComputeTrainingCurve() {
	path := written("training.csv", `epoch,training_loss,validation_loss
1,2.5,2.6
2,2.0,2.2
1,2.4,2.5
`)
	defer os.RemoveAll(filepath.Dir(path))
	f, err := posteriors.ComputeTrainingCurve(path)
	if err != nil {
		log.Fatal(err)
	}
	for i, n := range f.Networks {
		fmt.Printf("network %d: validation %v\n", i+1, n.Validation)
	}
	// Output:
	// network 1: validation [2.6 2.2]
	// network 2: validation [2.5]
}

// Draws are shares of the prior's range: 3 connections, 7,000 nA.
func ExampleRead() {
	path := written("posterior_samples_each_subject.csv",
		`disynpatic_inhib_connections_desired_MN_MN,common_input_std,subject,muscle_pair,intensity
1.5,3500,S1,VL<->VL,10
0.6,1400,S1,VL<->VL,10
2.4,700,S1,VM<->VM,40
`)
	defer os.RemoveAll(filepath.Dir(path))
	p, err := posteriors.Read(filepath.Dir(path))
	if err != nil {
		log.Fatal(err)
	}
	for _, g := range p.Groups {
		fmt.Printf("%s %g %%: inhibition %.1f, common input %.1f\n", g.Label, g.Intensity, g.RI, g.CI)
	}
	// Output:
	// VL 10 %: inhibition [0.5 0.2], common input [0.5 0.2]
	// VM 40 %: inhibition [0.8], common input [0.1]
}
