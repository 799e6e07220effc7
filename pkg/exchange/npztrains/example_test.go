package npztrains_test

import (
	"fmt"
	"log"

	"example.org/renshaw/pkg/exchange/npztrains"
	"example.org/renshaw/pkg/recording"
)

func ExampleRead() {
	path := "../muedit/testdata/npz/S1_TA_30percent.npz"
	raw, err := npztrains.Read(path, recording.Given{
		Name: recording.ParseName(path), MuscleMap: recording.DefaultMuscleMap()})
	if err != nil {
		log.Fatal(err)
	}
	for _, u := range raw.Units {
		fmt.Println(u.Muscle, u.Name, u.Times)
	}
	// Output:
	// TA 0 [10 210 450 700]
	// TA 1 [33 240 460]
	// TA 2 []
	// TA 3 [5 100 300 512 801]
}
