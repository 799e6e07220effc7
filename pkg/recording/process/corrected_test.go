package process

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"example.org/renshaw/internal/testdata"
)

// The corrected profile finds the true onset of every action potential of the
// synthetic example that has one on a working electrode, also of the waveforms that
// cross only one threshold.
func TestCorrectedFindsTrueOnsets(t *testing.T) {
	raw, err := os.ReadFile(fixtures + "/T1_truth.json")
	if err != nil {
		t.Fatal(err)
	}
	var truth struct {
		Muap []struct {
			Grid int
			Kind string
			Off  int `json:"onset_offset_samples"`
		}
		Plateaus [][2]float64 `json:"plateaus_s"`
		First    [][]float64  `json:"first_spike_zero_based"`
	}
	if err := json.Unmarshal(raw, &truth); err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(testdata.Root(), "examples/T1_Fingers_10percent.mat")
	p, err := processFile(in, Default())
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Units) != len(truth.Muap) {
		t.Fatalf("%d units, want %d", len(p.Units), len(truth.Muap))
	}
	found := 0
	for i, u := range p.Units {
		m := truth.Muap[i]
		if !u.Potential.Found { // masked electrode: no shift at all
			if u.Times[0] != truth.First[u.Grid][u.InGrid] {
				t.Errorf("unit %d (%s): no onset, but moved from %v to %v", i, m.Kind,
					truth.First[u.Grid][u.InGrid], u.Times[0])
			}
			continue
		}
		found++
		want := truth.First[u.Grid][u.InGrid] + float64(m.Off)
		if d := u.Times[0] - want; math.Abs(d) > 8 { // 4 ms: the waveform rises slowly
			t.Errorf("unit %d (%s): onset at %v, true %v", i, m.Kind, u.Times[0], want)
		}
	}
	if found != 11 {
		t.Errorf("%d onsets found, want 11", found)
	}
	for k, pl := range p.Force.Plateaus {
		for e, limit := range [2]int{pl.Start, pl.Stop} {
			if d := float64(limit)/p.FsHz - truth.Plateaus[k][e]; math.Abs(d) > 1.5 {
				t.Errorf("plateau %d: %v s from its true limit", k, d)
			}
		}
	}
}

// polarity_cases.json: the original's rule on four analytic forces; auto
// finds the two contractions in all of them.
func TestPolarity(t *testing.T) {
	testdata.Long(t)
	raw, err := os.ReadFile(fixtures + "/polarity_cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var g struct {
		N     int `json:"n_samples"`
		Cases []struct {
			Name     string
			Plateaus [][2]float64 `json:"plateaus_s"`
		}
	}
	if err := json.Unmarshal(raw, &g); err != nil || len(g.Cases) != 4 {
		t.Fatal(err, len(g.Cases))
	}
	const fs = 2048.0
	f, reversed := make([]float64, g.N), make([]float64, g.N)
	for i := range f {
		s := float64(i) / fs
		m := math.Mod(s, 40)
		f[i] = 10*math.Max(0, math.Min(1, math.Min((m-5)/8, (35-m)/6))) + 0.01*math.Sin(20*s)
		reversed[g.N-1-i] = f[i]
	}
	for k, c := range g.Cases {
		force, sign := f, 1.0
		if k%2 == 1 {
			force = reversed
		}
		if k >= 2 {
			sign = -1
		}
		x := make([]float64, g.N)
		var train []float64 // discharges follow the true force
		phase := 0.0
		for i, v := range force {
			x[i] = sign * v
			if phase += math.Max(0, v) / fs; phase >= 1 {
				phase--
				train = append(train, float64(i))
			}
		}
		cfg := Default()
		cfg.Polarity = PolarityRisingTime
		got, err := processForce(x, cfg, fs, 10, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Plateaus) != len(c.Plateaus) {
			t.Errorf("%s: %d plateaus, want %v", c.Name, len(got.Plateaus), c.Plateaus)
			continue
		}
		for i, p := range got.Plateaus {
			if math.Abs(float64(p.Start)/fs-c.Plateaus[i][0]) > 0.01 ||
				math.Abs(float64(p.Stop)/fs-c.Plateaus[i][1]) > 0.01 {
				t.Errorf("%s: plateau %v, want %v s", c.Name, p, c.Plateaus[i])
			}
		}
		cfg.Polarity = PolarityAuto
		got, err = processForce(x, cfg, fs, 10, [][]float64{train}, nil)
		if err != nil || len(got.Plateaus) != 2 || got.Inverted != (sign < 0) {
			t.Errorf("%s, auto: %d plateaus, inverted %v (%v)", c.Name, len(got.Plateaus), got.Inverted, err)
		}
	}
}

// Recordings that are too short or flat for a force analysis are still exported.
func TestForceThatCannotBeUsed(t *testing.T) {
	for name, x := range map[string][]float64{"constant": make([]float64, 5000),
		"three samples": {1, 2, 4}} {
		if _, err := processForce(x, Default(), 2048, 10, nil, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A damaged block of EMG does not matter where nothing is realigned.
func TestDamagedEMGWithoutRealignment(t *testing.T) {
	cfg := Default()
	cfg.Realign, cfg.Muscles = false, "Fingers"
	p, err := processFile(fixtures+"/fixtures/bad_damaged_chunk_v73.mat", cfg)
	if err != nil || len(p.Units) != 5 {
		t.Fatalf("damaged chunk without realignment: %v", err)
	}
}
