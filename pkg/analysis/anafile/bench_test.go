package anafile

import (
	"context"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/recording/recfile"
)

func benchmarkAnalysis(b *testing.B, input string, simulation bool, change func(*analysis.Params)) {
	path := testdata.Shared(b, input)
	p := analysis.Shipped(simulation)
	change(&p)
	b.ReportAllocs()
	for b.Loop() {
		l, err := recfile.ReadRecording(path, recfile.Options{CommonInput: p.Coherence})
		if err != nil {
			b.Fatal(err)
		}
		a, err := analysis.Run(context.Background(), l.Recording, l.Truth, p,
			analysis.Options{Workers: 1})
		if err != nil {
			b.Fatal(err)
		}
		if err := WriteAnalysis(b.TempDir()+"/a.h5", a); err != nil {
			b.Fatal(err)
		}
	}
}

// Bars: 1.5 s without coherence, 2 s for the coherence, 3 s for the experiment, on
// one core (the reference: 14.5, 70 and 28 s).
func BenchmarkAnalyzeSimulation(b *testing.B) {
	benchmarkAnalysis(b, "golden/analysis/inputs/bench/sim_bench/simulation_output.h5", true,
		func(p *analysis.Params) { p.Coherence = false })
}

func BenchmarkCoherenceSimulation(b *testing.B) {
	benchmarkAnalysis(b, "golden/analysis/inputs/bench/sim_bench/simulation_output.h5", true,
		func(p *analysis.Params) { p.CrossHistograms = false })
}

func BenchmarkAnalyzeExperiment(b *testing.B) {
	benchmarkAnalysis(b, "golden/analysis/inputs/experimental/S1_Quadriceps_10percent.h5", false,
		func(*analysis.Params) {})
}
