package anafile_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/anafile"
	"example.org/renshaw/pkg/recording"
)

// An analysis goes into a file and comes back.
func ExampleReadAnalysis() {
	dir, err := os.MkdirTemp("", "renshaw")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	rec := &recording.Recording{Name: "S1_TA_10percent", FsHz: 2048, DurationS: 2, Subject: "S1",
		IntensityMVC: 10, Units: []recording.Unit{
			{ID: 0, Pool: "TA", SpikesS: []float64{0.5, 0.61, 0.7}},
			{ID: 1, Pool: "TA", SpikesS: []float64{0.52, 0.6, 0.73}}}}
	a, err := analysis.Run(context.Background(), rec, nil, analysis.Shipped(false), analysis.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(dir, "S1_TA_10percent_cross_histogram_analysis_output.h5")
	if err := anafile.WriteAnalysis(path, a); err != nil {
		fmt.Println(err)
		return
	}
	got, err := anafile.ReadAnalysis(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(got.Subject, got.IntensityMVC, "% MVC:", len(got.Rows), "rows,",
		got.Rows[0].Features.NSpikes, "counts in the first")
	// Output: S1 10 % MVC: 6 rows, 5 counts in the first
}
