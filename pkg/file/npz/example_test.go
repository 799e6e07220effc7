package npz_test

import (
	"fmt"

	"example.org/renshaw/pkg/file/npz"
)

// What numpy.savez wrote.
func ExampleOpen() {
	f, err := npz.Open("testdata/types.npz")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	a, err := f.Read("fortran")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Shape, a.Num)
	// Output: [2 3] [0.125 0.25 0.375 0.5 0.625 0.75]
}
