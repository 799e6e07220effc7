package process

import (
	"context"
	"errors"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/pkg/recording"
)

// The package opens no file: nothing that could is imported.
func TestOpensNoFile(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			if path == "os" || strings.Contains(path, "/pkg/file/") || strings.HasSuffix(path, "recfile") {
				t.Errorf("%s imports %s", file, path)
			}
		}
	}
}

// noise is EMG of one value, in tiles of one sample.
type noise struct{ channels, samples int }

func (n noise) Tiles(f func(recording.Tile) error) error {
	data := make([]float64, n.channels)
	for c := range n.samples {
		if err := f(recording.Tile{Col0: c, Rows: n.channels, Cols: 1, Data: data}); err != nil {
			return err
		}
	}
	return nil
}

func withEMG(channels, samples int) *recording.Raw {
	return &recording.Raw{
		Source: "S1.x", Kind: recording.KindEdited, FsHz: 1000, Samples: samples, TimeUnits: "samples",
		Grids: []recording.Grid{{Channels: channels}}, EMG: noise{channels, samples},
		Units: []recording.RawUnit{{Muscle: "TA", Times: []float64{100, 300}}},
	}
}

func TestRecordingsThatAreRefused(t *testing.T) {
	ctx := context.Background()
	for want, change := range map[string]func(*recording.Raw, *Config){
		"profile needs 60": func(r *recording.Raw, c *Config) {
			r.Grids[0].Channels, r.FsHz, c.Profile = 32, 2048, "paper"
		},
		"is of grid 2":         func(r *recording.Raw, _ *Config) { r.Units[0].Grid = 1 },
		"a mask of 3":          func(r *recording.Raw, _ *Config) { r.Grids[0].Mask = make([]bool, 3) },
		"has no EMG":           func(r *recording.Raw, _ *Config) { r.EMG = nil },
		"at 2048 Hz only":      func(_ *recording.Raw, c *Config) { c.Profile = "paper" },
		"no auxiliary channel": func(_ *recording.Raw, c *Config) { c.Force = "nosuch" },
		"polarity":             func(_ *recording.Raw, c *Config) { c.Polarity = "left" },
	} {
		raw, cfg := withEMG(64, 500), Default()
		change(raw, &cfg)
		if _, err := Process(ctx, raw, cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// Flat EMG has no action potential: discharges stay where they are, and the input is not changed.
func TestFlatEMG(t *testing.T) {
	raw := withEMG(64, 500)
	p, err := Process(context.Background(), raw, Default())
	if err != nil {
		t.Fatal(err)
	}
	if u := p.Units[0]; u.Potential.Found || !slices.Equal(u.Times, []float64{100, 300}) {
		t.Errorf("%+v", u)
	}
	if p.Force != nil || len(p.Warnings) != 3 {
		t.Errorf("force %v, warnings %q", p.Force, p.Warnings)
	}
}

func TestRateThatIsTooLow(t *testing.T) {
	raw := withEMG(64, 500)
	raw.FsHz = 10
	p, err := Process(context.Background(), raw, Default())
	if err != nil || p.Units[0].Potential.Averaged != 0 ||
		!strings.Contains(p.Warnings[0], "too low") {
		t.Errorf("%+v, %v", p, err)
	}
}

// A grid of which nobody knows where the electrodes are is not realigned; others of the recording
// are.
func TestUnknownElectrodes(t *testing.T) {
	raw := withEMG(96, 500)
	raw.Grids = []recording.Grid{{Channels: 64}, {Channels: 32, Name: "mine"}, {Channels: 0}}
	raw.Units = append(raw.Units, recording.RawUnit{Muscle: "TA", Grid: 1, Times: []float64{100, 300}})
	p, err := Process(context.Background(), raw, Default())
	if err != nil {
		t.Fatal(err)
	}
	if p.Units[0].Potential.Averaged != 2 || p.Units[1].Potential.Averaged != 0 ||
		!slices.Equal(p.Units[1].Times, []float64{100, 300}) {
		t.Errorf("%+v", p.Units)
	}
	said := strings.Join(p.Warnings, "\n")
	if !strings.Contains(said, "grid 2 mine: the places of its 32 electrodes are unknown") ||
		!strings.Contains(said, "grid 1: the file has no electrode positions") ||
		strings.Contains(said, "grid 3") {
		t.Errorf("%q", said)
	}
}

func TestCancelledProcessing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, realign := range []bool{true, false} {
		cfg := Default()
		cfg.Realign = realign
		if _, err := Process(ctx, withEMG(64, 500), cfg); !errors.Is(err, context.Canceled) {
			t.Errorf("realign %v: %v", realign, err)
		}
	}
}

func TestTrainsAreSorted(t *testing.T) {
	raw := &recording.Raw{Source: "S1.csv", Kind: recording.KindTable, FsHz: 1000, TimeUnits: "s",
		Units: []recording.RawUnit{{Muscle: "TA", Times: []float64{0.5, 0.25, 0.5}}}}
	cfg := Default()
	p, err := Process(context.Background(), raw, cfg)
	if err != nil || !slices.Equal(p.Units[0].Times, []float64{0.25, 0.5}) {
		t.Fatalf("%+v, %v", p, err)
	}
	if rate := p.Units[0].Properties.RateHz[0]; rate != 4 || len(p.Warnings) != 2 {
		t.Errorf("%v Hz, %q", rate, p.Warnings)
	}
	cfg.Strict = true
	if _, err := Process(context.Background(), raw, cfg); err == nil ||
		!strings.Contains(err.Error(), "unit 0 (TA)") {
		t.Errorf("strict: %v", err)
	}
}
