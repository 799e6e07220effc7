package matfile_test

import (
	"fmt"

	"example.org/renshaw/pkg/file/matfile"
)

// Fields of structs are reached by their path; large matrices are read in tiles.
func ExampleOpen() {
	f, err := matfile.Open("../../../examples/T1_Fingers_10percent.mat")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	fs, err := f.Get("signal.fsamp")
	if err != nil {
		fmt.Println(err)
		return
	}
	shape, err := f.Shape("signal.data")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(fs.Num[0], "Hz,", shape.Dims[0], "channels")
	// Output: 2048 Hz, 130 channels
}
