package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/simulation/batch"
	"example.org/renshaw/pkg/simulation/motorpool"
)

// The recordings in examples/ hold the spikes of the simulation that they claim to be:
// conversion has moved them from the peak of the action potential to its onset.
func TestRecordingsHoldTheSimulatedSpikes(t *testing.T) {
	dir := filepath.Join(testdata.Root(), "examples")
	f, err := batch.Read(filepath.Join(dir, "known_truth.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	truth, err := table.Read(filepath.Join(dir, "known_truth.csv"))
	if err != nil || len(truth.Rows) != 2*len(f.Simulations) {
		t.Fatalf("%d rows of truth, %v", len(truth.Rows), err)
	}
	var sim motorpool.Simulator
	for i, row := range f.Simulations {
		if i > 0 && !testdata.Thorough() {
			break // one of four
		}
		p, _, err := f.Params(i, row)
		if err != nil {
			t.Fatal(err)
		}
		s, err := sim.Run(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		subject, intensity, _ := strings.Cut(row.Label, "_")
		l, err := recfile.ReadRecording(filepath.Join(dir, "recordings", subject+"_Quadriceps_"+intensity+
			"percent.h5"), recfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := choose(s)
		if len(l.Recording.Units) != len(want) || len(want) < 40 {
			t.Fatalf("%s: %d units, want %d", row.Label, len(l.Recording.Units), len(want))
		}
		for _, u := range l.Recording.Units {
			samples := make([]int, len(u.SpikesS))
			for k, t := range u.SpikesS {
				samples[k] = int(t*fsHz + 0.5)
			}
			if !slices.ContainsFunc(want,
				func(w unit) bool { return w.muscle == u.Pool && slices.Equal(w.samples, samples) }) {
				t.Errorf("%s: unit %d (%s) is no neuron of the simulation", row.Label, u.ID, u.Pool)
			}
		}
	}
}
