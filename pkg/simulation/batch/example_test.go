package batch_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"example.org/renshaw/pkg/simulation/batch"
)

const twoStrengths = `
name: two strengths
seed: 7
n: 2
fixed: {duration: 0.5, nb_motoneurons_per_pool: 6, nb_RCs_per_pool_pair: 3}
grid: {disynaptic_inhib_self_connectivity_pool0: [0, 2]}
`

// A batch file becomes rows, and every row the parameters of a simulation.
func ExampleParse() {
	f, err := batch.Parse("two.yaml", []byte(twoStrengths))
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, row := range f.Rows() {
		p, _, err := f.Params(i, row)
		fmt.Println(batch.Dir(i), p.DisynapticInhib[0][0], err)
	}
	// Output:
	// simulation_output_0 0 <nil>
	// simulation_output_1 2 <nil>
}

// Run does what is missing: the second time everything is there.
func ExampleRun() {
	dir, err := os.MkdirTemp("", "renshaw")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "two.yaml")
	if err := os.WriteFile(path, []byte(twoStrengths), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	f, err := batch.Read(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		res, err := batch.Run(context.Background(), f,
			batch.Options{Out: filepath.Join(dir, "out"), Workers: 2})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(res.Done, "done now,", res.Skipped, "done before")
	}
	// Output:
	// 2 done now, 0 done before
	// 0 done now, 2 done before
}
