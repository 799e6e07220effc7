package npz_test

import (
	"fmt"

	"example.org/renshaw/pkg/file/npz"
)

// What numpy.savez wrote.
func ExampleRead() {
	arrays, err := npz.Read("testdata/types.npz")
	if err != nil {
		fmt.Println(err)
		return
	}
	a := arrays["fortran"]
	fmt.Println(a.Shape, a.Num)
	// Output: [2 3] [0.125 0.25 0.375 0.5 0.625 0.75]
}
