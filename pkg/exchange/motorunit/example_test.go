package motorunit_test

import (
	"fmt"
	"log"
	"path/filepath"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/exchange/motorunit"
)

func ExampleRead() {
	path := filepath.Join(testdata.Root(), "examples", "recordings", "V1_Quadriceps_40percent.h5")
	r, err := motorunit.Read(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s at %g %% MVC: %d units of %v, %g s\n",
		r.Subject, r.Intensity, len(r.Units), r.Muscles(), r.DurationS)
	for _, p := range r.Properties {
		fmt.Println(p.Label)
	}
	// Output:
	// V1 at 40 % MVC: 48 units of [VM VL], 140 s
	// recruitment threshold (% MVC)
	// rate on plateaus (Hz)
	// CV on plateaus
}
