package recordings

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"testing"

	"example.org/renshaw/internal/figuretest"
	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording"
)

// twoMuscles is a recording of four units that share some spikes.
func twoMuscles() *recording.Recording {
	rng := rand.New(rand.NewPCG(1, 2))
	r := &recording.Recording{Name: "P1_Test_10percent.h5", FsHz: 2048, DurationS: 120}
	common := make([]float64, 900)
	for i := range common {
		common[i] = 120 * rng.Float64()
	}
	for u := 0; u < 4; u++ {
		var s []float64
		for _, t := range common {
			if rng.IntN(2) == 0 {
				s = append(s, t+0.003*rng.Float64())
			}
		}
		for i := 0; i < 700; i++ {
			s = append(s, 120*rng.Float64())
		}
		sort.Float64s(s)
		r.Units = append(r.Units,
			recording.Unit{ID: u, Pool: []string{"VL", "VL", "VM", "VM"}[u], SpikesS: s})
	}
	return r
}

func TestCrossHistogramFigure(t *testing.T) {
	p := analysis.Shipped(false)
	p.NullDraws = 3
	rec := twoMuscles()
	rec.Units[3].SpikesS = rec.Units[3].SpikesS[:20] // too few counts: not fitted
	a, err := analysis.Run(context.Background(), rec, nil, p, analysis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := ComputeCrossHistogram(a, "VL", "VL", 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"inhibited", "inhibiting", "combined"} {
		d := f.Panels[i]
		if d.Direction != name || !d.Fitted || len(d.TimeMs) != 819 || len(d.Full) != 819 ||
			d.WindowMs[0] >= 0 || d.WindowMs[1] <= 0 {
			t.Errorf("panel %d: %s, fitted %v, windows %v", i, d.Direction, d.Fitted, d.WindowMs)
		}
	}
	if n := figuretest.Distinct(t, f.Draw(), 13, 8); n < 30 {
		t.Errorf("%d colours", n)
	}
	if _, err := ComputeCrossHistogram(a, "VL", "VL", 9); err == nil {
		t.Error("a unit that is not there was drawn")
	}
	dir := t.TempDir()
	if err := SaveCrossHistograms(a, filepath.Join(dir, "a.h5")); err != nil {
		t.Fatal(err)
	}
	if files, _ := os.ReadDir(filepath.Join(dir, "P1_Test_10percent_cross_hist_figures")); len(
		files) != 8 {
		t.Errorf("%d figures, want one per unit and muscle", len(files))
	}
	q := ComputeQuality(a, 5000, 0.75)
	if len(q.Points)+q.Unfitted != 8 || q.Unfitted == 0 ||
		figuretest.Distinct(t, q.Draw(), 7.5, 4.2) < 10 {
		t.Errorf("quality: %d points, %d unfitted", len(q.Points), q.Unfitted)
	}
}

func TestRasterAndStrip(t *testing.T) {
	force := &recording.Force{FsHz: 2048, PercentMVC: make([]float64, 120*2048),
		Plateaus: []recording.Plateau{{Start: 2048 * 10, Stop: 2048 * 100}}}
	for i := range force.PercentMVC {
		force.PercentMVC[i] = 10 * math.Sin(float64(i)/1e5)
	}
	r := ComputeRaster(twoMuscles(), force)
	if len(r.Rows) != 4 || len(r.PlateausS) != 1 || r.PlateausS[0] != [2]float64{10, 100} {
		t.Errorf("%d rows, plateaus %v", len(r.Rows), r.PlateausS)
	}
	if figuretest.Distinct(t, r.Draw(), 11, 6.5) < 10 ||
		figuretest.Distinct(t, ComputeRaster(twoMuscles(), nil).Draw(), 11, 6.5) < 10 {
		t.Error("a raster is blank")
	}
	tab := &table.Table{Columns: []string{"muscle_pair", "raw_area"},
		Rows: [][]string{{"VL<->VL", "-0.01"}, {"VL<->VL", ""}, {"VM<->VL", "-0.02"}}}
	s, err := ComputeStrip(tab, "muscle_pair", "raw_area", 100, "areas", "%")
	if err != nil || len(s.Groups) != 2 || len(s.Groups[0].Values) != 1 ||
		s.Groups[0].Values[0] != -1 || s.Groups[1].Muscle != "VM" {
		t.Errorf("%+v, %v", s, err)
	}
	if figuretest.Distinct(t, s.Draw(), 8, 4.5) < 10 {
		t.Error("the strip is blank")
	}
}
