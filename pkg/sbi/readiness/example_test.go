package readiness_test

import (
	"context"
	"fmt"

	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/readiness"
)

// Before an inference: has the recording enough units and discharges?
func ExampleCheck() {
	e, err := sbi.Load("../../../estimators/single_muscle")
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := readiness.Check(context.Background(),
		"../../../examples/recordings/V1_Quadriceps_10percent.h5",
		readiness.Options{Estimator: e, Workers: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range r.Muscles {
		fmt.Printf("%s at %g %% MVC: %d of %d units count; enough: %v\n",
			m.MusclePair, m.Intensity, m.Used, m.Units, m.Enough)
	}
	// Output:
	// VM<->VM at 10 % MVC: 24 of 24 units count; enough: true
	// VL<->VL at 10 % MVC: 24 of 24 units count; enough: true
}
