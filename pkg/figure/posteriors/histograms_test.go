package posteriors

import (
	"math"
	"path/filepath"
	"testing"

	"example.org/renshaw/internal/figuretest"
	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording/recfile"
)

// Histograms of a condition come from its recording and from the simulation of its best
// draw; where one is missing the condition is left out.
func TestHistogramCurves(t *testing.T) {
	dir := t.TempDir()
	sets := &table.Table{Columns: []string{"sim_name", "subject", "muscle_pair", "intensity", "kind"},
		Rows: [][]string{
			{"simulation_output_0", "V1", "VL<->VL", "10.0", "best"},
			{"simulation_output_1", "V1", "VL<->VL", "10.0", "draw"},
			{"simulation_output_2", "V9", "VL<->VL", "10.0", "best"}}}
	path := filepath.Join(dir, "predictive", "parameter_sets.csv")
	if err := sets.Write(path); err != nil {
		t.Fatal(err)
	}
	if f, err := ComputeHistogramCurves(dir, path); err != nil || len(f.Panels) != 0 {
		t.Fatalf("without recordings: %+v, %v", f, err)
	}
	loaded, err := recfile.ReadRecording(filepath.Join(testdata.Root(), "examples", "recordings",
		"V1_Quadriceps_10percent.h5"), recfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, curves, err := histogramCurves(loaded.Recording, "VL", "VL")
	if err != nil || len(curves) != 24 {
		t.Fatalf("%d curves, %v", len(curves), err)
	}
	for _, y := range curves {
		sum := 0.0
		for _, v := range y {
			sum += v
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("a curve of sum %v", sum)
		}
	}
	f := &HistogramCurves{Panels: []HistogramPanel{{Condition: "V1 VL 10 %", Pair: "VL<->VL",
		TimeMs: []float64{-200, 0, 200}, Experiment: [][]float64{{0.001, 0.004, 0.001}},
		Best: [][]float64{{0.001, 0.003, 0.001}}}}}
	if figuretest.Distinct(t, f.Draw(canvas.DistinctColours), 5, 3.95) < 5 {
		t.Error("the figure is blank")
	}
}
