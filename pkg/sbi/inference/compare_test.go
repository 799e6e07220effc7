package inference

import (
	"slices"
	"testing"

	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
)

// Recordings of one participant are one participant, with the draws of each in turn.
func TestRecordingsAreNoParticipants(t *testing.T) {
	e := pairEstimator(t)
	d := e.Flow.D()
	draws := func(v ...float64) *sbi.Posterior {
		p := &sbi.Posterior{Draws: make([]float64, d*len(v))}
		for i, x := range v {
			p.Draws[i*d] = x
		}
		return p
	}
	of := func(subject, recording string, v ...float64) Inferred {
		return Inferred{Observation: &dataset.Observation{Subject: subject, MusclePair: "TA<->TA",
			Intensity: 30, Recording: recording}, Posterior: draws(v...)}
	}
	results := []Inferred{of("S1", "a", 1, 2, 3), of("S2", "c", 7, 8), of("S1", "b", 4, 5)}
	g := groups(e, results, 0)
	if len(g) != 1 || !slices.Equal(g[0].names, []string{"S1", "S2"}) ||
		!slices.Equal(g[0].draws[0], []float64{1, 4, 2, 5}) ||
		!slices.Equal(g[0].draws[1], []float64{7, 8}) {
		t.Errorf("%+v", g[0])
	}
	table := comparisons(e, results, false)
	if a, b := table.Col("recording_a"), table.Col("recording_b"); len(table.Rows) != d ||
		table.Rows[0][a] != "a" || table.Rows[0][b] != "b" {
		t.Errorf("%v", table.Rows)
	}
}
