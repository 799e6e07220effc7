package recordings_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/figure/recordings"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording"
)

// units is a table of units: trough areas as shares, one missing.
func units() *table.Table {
	return &table.Table{Columns: []string{"muscle_pair", "raw_area", "rate"}, Rows: [][]string{
		{"VL<->VL", "-0.010", "10"}, {"VL<->VL", "-0.014", "12"},
		{"VM<->VM", "-0.020", "14"}, {"VM<->VM", "", "9"},
	}}
}

func ExampleComputeStrip() {
	s, err := recordings.ComputeStrip(units(), "muscle_pair", "raw_area", -100, "troughs", "area (%)")
	if err != nil {
		log.Fatal(err)
	}
	for _, g := range s.Groups {
		fmt.Printf("%s: %.1f\n", g.Muscle, g.Values)
	}
	// Output:
	// VL: [1.0 1.4]
	// VM: [2.0]
}

func ExampleComputeScatter() {
	s, err := recordings.ComputeScatter(units(), "rate", "raw_area", -100, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d units, %d without a value, r = %.3f\n", len(s.X), s.Missing, s.R)
	// Output:
	// 3 units, 1 without a value, r = 0.993
}

// Two units of a muscle, the second of which discharges 20 ms after the first.
func ExampleComputeCrossHistogram() {
	var first, second []float64
	for i := range 600 {
		at := 1 + 0.1*float64(i) + 0.004*math.Sin(float64(i*i))
		first, second = append(first, at), append(second, at+0.020)
	}
	r := &recording.Recording{Name: "P1.h5", FsHz: 2048, DurationS: 62, Units: []recording.Unit{
		{ID: 0, Pool: "VL", SpikesS: first}, {ID: 1, Pool: "VL", SpikesS: second},
	}}
	a, err := analysis.Run(context.Background(), r, nil, analysis.Shipped(false), analysis.Options{})
	if err != nil {
		log.Fatal(err)
	}
	f, err := recordings.ComputeCrossHistogram(a, "VL", "VL", 0)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range f.Panels {
		fmt.Printf("%s: %.0f counts, fitted: %v\n", p.Direction, p.Features.NSpikes, p.Fitted)
	}
	// Output:
	// inhibited: 1199 counts, fitted: true
	// inhibiting: 1199 counts, fitted: true
	// combined: 2398 counts, fitted: true
}
