package dataset_test

import (
	"fmt"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
)

// A table of pairs of your own: columns theta_unit_<parameter> and x_<feature>.
func ExamplePairsSet() {
	t := &table.Table{Columns: []string{"theta_unit_gain", "x_rate", "x_area"}}
	t.Add("0.25", "8.5", "1.5")
	t.Add("0.75", "11.25", "0.5")
	s := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
	set, prior, x, _, err := dataset.PairsSet(&s, t, "pairs.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(set.N, "rows of", prior[0].Name, "and", x)
	fmt.Println(set.Theta, set.X)
	// Output:
	// 2 rows of gain and [rate area]
	// [0.25 0.75] [8.5 1.5 11.25 0.5]
}

// The training simulations of the estimator that comes with the program.
func ExampleTrainingVectors() {
	e, err := sbi.Load("../../../estimators/single_muscle")
	if err != nil {
		fmt.Println(err)
		return
	}
	vectors, scale, err := dataset.TrainingVectors(e)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(vectors) > 10000, "more than 10,000 simulations;", len(scale),
		"features of a unit")
	// Output: true more than 10,000 simulations; 4 features of a unit
}
