package recordings

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/simulation/motorpool"
	"example.org/renshaw/pkg/simulation/simfile"
)

// pairSimulation is two small pools, 2 s.
func pairSimulation() motorpool.Params {
	p := motorpool.Default()
	p.DurationS, p.FullPool, p.Pools, p.NeuronsPerPool, p.RenshawPerPair = 2, false, 2, 8, 4
	p.BaselineNA, p.DisynapticInhib = []float64{40000, 36000}, [][]float64{{1, 0.5}, {0, 1}}
	return p
}

func simulate(t *testing.T, p motorpool.Params) *motorpool.Simulation {
	t.Helper()
	var sim motorpool.Simulator
	s, err := sim.Run(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSimulationFigures(t *testing.T) {
	testdata.Long(t)
	silent := pairSimulation()
	silent.BaselineNA, silent.DisynapticInhib = []float64{0, 0}, [][]float64{{0, 0}, {0, 0}}
	for name, p := range map[string]motorpool.Params{"pair": pairSimulation(),
		"silent and unconnected": silent} {
		s := simulate(t, p)
		dir := t.TempDir()
		if err := SaveSimulation(dir, s); err != nil {
			t.Fatal(err)
		}
		for _, f := range simulationFigures {
			if st, err := os.Stat(filepath.Join(dir, f.name)); err != nil || st.Size() < 4000 {
				t.Errorf("%s: %s: %v bytes, %v", name, f.name, st, err)
			}
		}
	}
}

// The pictures of an analysis are drawn for what was analysed, and only for that.
func TestAnalysisFigures(t *testing.T) {
	testdata.Long(t)
	dir := t.TempDir()
	p := pairSimulation()
	p.DurationS = 8
	if err := simfile.WriteSimulation(dir, simulate(t, p), simfile.Options{},
		nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, simfile.SimulationFile)
	l, err := recfile.ReadRecording(path, recfile.Options{CommonInput: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, all := range []bool{true, false} {
		params := analysis.Shipped(true)
		params.MinSpikes, params.CoherenceIterations, params.GraphTheory, params.Coherence = 1e9, 2, all,
			all
		a, err := analysis.Run(context.Background(), l.Recording, l.Truth, params, analysis.Options{})
		if err != nil {
			t.Fatal(err)
		}
		a.SourcePath = path
		out := filepath.Join(dir, map[bool]string{true: "all", false: "few"}[all], "analysis_output.h5")
		if err := SaveAnalysis(a, out); err != nil {
			t.Fatal(err)
		}
		drawn, _ := filepath.Glob(filepath.Join(filepath.Dir(out), "ANALYSIS_*.png"))
		if want := map[bool]int{true: 6, false: 2}[all]; len(drawn) != want {
			t.Errorf("everything %v: %d pictures, want %d: %v", all, len(drawn), want, drawn)
		}
	}
}
