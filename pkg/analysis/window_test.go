package analysis

import (
	"context"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/analysis/crosshist"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/recording"
)

// pool is a simulated pool of ten units that discharge irregularly about ten times a second.
func pool(durationS float64) *recording.Recording {
	rng := rand.New(rand.NewPCG(1, 2))
	r := &recording.Recording{Name: "simulation", FsHz: 10240, DurationS: durationS}
	for id := range 10 {
		u := recording.Unit{ID: id, Pool: "pool_0"}
		for t := rng.Float64(); t < durationS; t += 0.07 + 0.06*rng.Float64() {
			u.SpikesS = append(u.SpikesS, t)
		}
		r.Units = append(r.Units, u)
	}
	return r
}

func windowParams() Params {
	p := Shipped(true)
	p.Coherence, p.MinSpikes = false, 1
	return p
}

// The analysis of a window is that of a recording which holds only the window.
func TestWindowEqualsShorterRecording(t *testing.T) {
	testdata.Long(t)
	whole := pool(60)
	p := windowParams()
	p.WindowStartS, p.WindowS = 12.5, 20
	got, err := Run(context.Background(), whole, &recording.GroundTruth{}, p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	short := pool(60)
	short.DurationS = 20
	for i, u := range short.Units {
		short.Units[i].SpikesS = recording.Window(u.SpikesS, 12.5, 32.5)
	}
	p.WindowStartS, p.WindowS = 0, 0
	want, err := Run(context.Background(), short, &recording.GroundTruth{}, p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got.DurationS != 20 || len(got.Rows) == 0 || len(got.Rows) != len(want.Rows) ||
		!reflect.DeepEqual(got.MN, want.MN) {
		t.Fatalf("window: %d rows over %v s; a recording of the window: %d rows", len(got.Rows),
			got.DurationS, len(want.Rows))
	}
	for i, row := range got.Rows {
		if !reflect.DeepEqual(row.Prob, want.Rows[i].Prob) ||
			!reflect.DeepEqual(row.histogram, want.Rows[i].histogram) {
			t.Errorf("row %d: the histogram of the window is not that of the shorter recording", i)
		}
	}
	if n := len(whole.Units[0].SpikesS); n < 400 {
		t.Errorf("the recording itself was cut: %d spikes left", n)
	}
}

// A simulation seen as a recording has as many units and, by the median, as many counts.
func TestSeenAs(t *testing.T) {
	rec := pool(100)
	p := windowParams()
	p.MinSpikes = 1e9 // no fits
	for _, units := range []int{5, 8} {
		for _, counts := range []float64{3000, 6000} {
			got := p.SeenAs(rec, Seen{Units: units, Counts: counts})
			if again := p.SeenAs(pool(100), Seen{Units: units, Counts: counts}); again != got {
				t.Errorf("%+v, again %+v", got, again)
			}
			a, err := Run(context.Background(), rec, &recording.GroundTruth{}, got, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var n []float64
			for _, r := range a.Rows {
				if r.Direction == crosshist.Inhibited {
					n = append(n, float64(r.histogram.Count))
				}
			}
			if median := signal.Percentile(n, 50); len(n) != units || median < 0.9*counts ||
				median > 1.1*counts || a.DurationS >= 90 {
				t.Errorf("%d units with %v counts in %v s, want %d with %v", len(n), median, a.DurationS, units,
					counts)
			}
		}
	}
	if got := p.SeenAs(rec, Seen{Units: 8, Counts: 1e6}); got.WindowS != 0 || got.RandomSubset != 8 {
		t.Errorf("more than the simulation has: %v s", got.WindowS)
	}
	if got := p.SeenAs(rec, Seen{Units: 1, Counts: 1}); got.WindowS != 15 || got.RandomSubset != 5 {
		t.Errorf("hardly anything: %d units, %v s", got.RandomSubset, got.WindowS)
	}
	if got := p.SeenAs(&recording.Recording{FsHz: 10240},
		Seen{Units: 8, Counts: 1}); got.WindowS != 0 {
		t.Errorf("without units: %v s", got.WindowS)
	}
}

func TestWindowBeyondTheEnd(t *testing.T) {
	p := windowParams()
	p.WindowStartS, p.WindowS = 50, 20
	_, err := Run(context.Background(), pool(60), &recording.GroundTruth{}, p, Options{})
	if err == nil || !strings.Contains(err.Error(),
		"50 s + 20 s is longer than the simulation (60 s)") {
		t.Errorf("error %v", err)
	}
}
