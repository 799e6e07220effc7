package analysis_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/recording"
)

// irregular is a recording of six units of one muscle over a minute.
func irregular() *recording.Recording {
	rng := rand.New(rand.NewPCG(1, 0))
	rec := &recording.Recording{Name: "S1_TA_10percent", FsHz: 2048, DurationS: 60}
	for id := range 6 {
		u := recording.Unit{ID: id, Pool: "TA"}
		for t := rng.Float64(); t < rec.DurationS; t += 0.07 + 0.06*rng.Float64() {
			u.SpikesS = append(u.SpikesS, t)
		}
		rec.Units = append(rec.Units, u)
	}
	return rec
}

// The cross-histograms of every unit with the others of its muscle, in three directions.
func ExampleRun() {
	p := analysis.Shipped(false) // the study's settings for experiments
	p.NullDraws = 0              // without the bias of the areas, which takes longest
	a, err := analysis.Run(context.Background(), irregular(), nil, p, analysis.Options{Workers: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	row := a.Rows[0]
	fmt.Println(len(a.Rows), "rows; the first is unit", row.Unit, "of", row.PoolA,
		"against", row.PoolB+",", row.Direction)
	fmt.Println("enough counts for a fit:", row.Fitted)
	// Output:
	// 18 rows; the first is unit 0 of TA against TA, inhibited
	// enough counts for a fit: true
}

func ExampleParams_Validate() {
	p := analysis.Shipped(true)
	p.LowpassHz = 0
	fmt.Println(p.Validate())
	// Output:
	// cross_histogram_measures_lowpass_filter_prob_dist: 0; a positive frequency in Hz is expected
}
