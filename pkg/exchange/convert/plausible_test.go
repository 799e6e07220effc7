package convert

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.org/renshaw/internal/mat5"
	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/process"
)

const (
	fsHz    = 1000.0
	samples = 30000
)

func unitTrains(n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = mat5.Train(uint64(i), 10, fsHz, samples)
	}
	return out
}

func small() mat5.MUedit {
	return mat5.MUedit{FsHz: fsHz, Samples: samples, Path: mat5.Trapezoid(samples),
		Grids: []mat5.Grid{{Name: "GR08MM1305", Channels: 64, Units: unitTrains(3)}}}
}

// made is the recording as convert makes it.
func made(t *testing.T, path string, cfg process.Config, fsHz float64) (*process.Processed, error) {
	t.Helper()
	name := recording.ParseName(path)
	raw, err := open(path, name, cfg, fsHz)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	return processed(t.Context(), path, name.Recording, raw, cfg)
}

func mustProcess(t *testing.T, path string, cfg process.Config) *process.Processed {
	t.Helper()
	p, err := made(t, path, cfg, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// says reports whether a warning holds the text.
func says(p *process.Processed, text string) bool {
	return slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, text) })
}

// Units that were flagged in MUedit, and units that are there twice, change nothing in what the
// others give, and are named; the paper profile keeps them.
func TestFlaggedAndDuplicateUnitsAreLeftOut(t *testing.T) {
	plain := small()
	plain.FsHz = 2048
	with := small()
	with.FsHz = 2048
	late := slices.Clone(with.Grids[0].Units[1][:80])
	for i := range late {
		late[i] += float64(i%3) - 1 // one sample to either side
	}
	with.Grids[0].Units = append(with.Grids[0].Units, []float64{1, 2048}, late)
	clean := mustProcess(t, plain.Save(t, "S1_FDI_30percent.mat"), process.Default())
	path := with.Save(t, "S1_FDI_30percent.mat")
	got := mustProcess(t, path, process.Default())
	if len(got.Units) != 3 || !says(got, "grid 1 unit 4 (FDI): left out; flagged") ||
		!says(got, "grid 1 unit 5 (FDI) is grid 1 unit 2 (FDI)") {
		t.Errorf("%d units, %q", len(got.Units), got.Warnings)
	}
	for i, u := range clean.Units {
		if !slices.Equal(u.Times, got.Units[i].Times) || got.Units[i].InGrid != i {
			t.Errorf("unit %d differs", i)
		}
	}
	cfg := process.Default()
	cfg.KeepDuplicates = true
	if p := mustProcess(t, path, cfg); len(p.Units) != 4 || !says(p, "counted twice") {
		t.Errorf("kept: %d units, %q", len(p.Units), p.Warnings)
	}
	cfg.Profile, cfg.KeepDuplicates = "paper", false
	if p := mustProcess(t, path, cfg); len(p.Units) != 5 || !says(p, "paper profile keeps") {
		t.Errorf("paper: %d units, %q", len(p.Units), p.Warnings)
	}
}

// grid32 is a grid of 32 electrodes with one unit whose action potential, 5 samples before the
// stored discharge, is on the electrode in row 3, column 2, of GR10MM0804: channel 22.
func grid32(name string, unit []float64) mat5.Grid {
	g := mat5.Grid{Name: name, Channels: 32, Units: [][]float64{unit}, EMG: make([]byte, 32*samples)}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range g.EMG {
		g.EMG[i] = byte(r.IntN(3))
	}
	for _, s := range unit {
		for k, v := range []byte{40, 80, 40} {
			g.EMG[(int(s)-1-5+k)*32+21] += v
		}
	}
	return g
}

// Grids of 32 electrodes are realigned by their name or positions; of a grid that says neither, the
// discharges stay, with a warning.
func TestRealignmentOfSmallGrids(t *testing.T) {
	testdata.Long(t)
	unit := unitTrains(1)[0]
	for name, shift := range map[string]float64{"GR10MM0804": -5, "gr10mm0804": -5, "unknown": 0} {
		m := small()
		m.Grids = []mat5.Grid{grid32(name, unit)}
		p := mustProcess(t, m.Save(t, "S1_FDI_30percent.mat"), process.Default())
		if got := p.Units[0].Times[0]; got != unit[0]-1+shift {
			t.Errorf("%s: shifted by %v, want %v (%q)", name, got-unit[0]+1, shift, p.Warnings)
		}
		if says(p, "grid 1 unknown: the places of its 32 electrodes are unknown") != (shift == 0) {
			t.Errorf("%s: %q", name, p.Warnings)
		}
	}
}

func noise(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 5))
	x := make([]byte, samples)
	for i := range x {
		x[i] = byte(int8(r.NormFloat64() * 30))
	}
	return x
}

func bytesOf(x []float64) []byte {
	out := make([]byte, len(x))
	for i, v := range x {
		out[i] = byte(int8(math.Round(100 * v)))
	}
	return out
}

// The force is a signal that can be one; what was taken and what could be is said.
func TestChoiceOfTheForce(t *testing.T) {
	force := mat5.Trapezoid(samples)
	slow, trigger, clock := make([]float64, samples), make([]float64, samples),
		make([]float64, samples)
	for i := range slow {
		at := 2 * math.Pi * float64(i) / samples
		slow[i], clock[i] = math.Sin(40*at), float64(i)/samples
		trigger[i] = float64(i / 5000 % 2)
	}
	for _, c := range []struct {
		name   string
		change func(m *mat5.MUedit)
		force  string // of the configuration
		source string // "" none
		says   string
	}{
		{"measured", func(m *mat5.MUedit) { m.Rows = [][]byte{bytesOf(force)} }, "",
			"signal.data after the last grid", ""},
		{"noise", func(m *mat5.MUedit) { m.Rows = [][]byte{noise(1)} }, "", "signal.path",
			"signal.data after the last grid is no force (it is too fast"},
		{"noise that is asked for", func(m *mat5.MUedit) { m.Rows = [][]byte{noise(1)} }, "row",
			"signal.data after the last grid", "is taken as force (--force), but it is too fast"},
		{"slow, but of something else", func(m *mat5.MUedit) { m.Rows = [][]byte{bytesOf(slow)} }, "",
			"signal.path", "correlation with the summed discharge rate"},
		{"trigger", func(m *mat5.MUedit) { m.Rows = [][]byte{bytesOf(trigger)} }, "", "signal.path",
			"it has two values only"},
		{"clock", func(m *mat5.MUedit) { m.Path, m.Target = clock, force }, "", "signal.target",
			"signal.path is no force (it is a straight line): signal.target is taken"},
		{"auxiliary", func(m *mat5.MUedit) {
			m.Path, m.Auxiliary = nil, [][]float64{force, slow, trigger}
			m.AuxNames = []string{"Handle", "Sine", "Trigger"}
		}, "", "", `auxiliary channels of the file: Handle, Sine, Trigger; to use one that looks like ` +
			`a force and follows the discharges: --force "Handle"`},
		{"auxiliary beside a path", func(m *mat5.MUedit) {
			m.Auxiliary, m.AuxNames = [][]float64{slow, force}, []string{"Sine", "Force"}
		}, "", "signal.path", `channels of the file: Sine, Force; to use one that looks like ` +
			`a force and follows the discharges: --force "Force"`},
		{"auxiliary that is asked for", func(m *mat5.MUedit) {
			m.Path, m.Auxiliary, m.AuxNames = nil, [][]float64{force}, []string{"Handle"}
		}, "Handle", "signal.auxiliary Handle", ""},
	} {
		m := small()
		c.change(&m)
		cfg := process.Default()
		cfg.Force = c.force
		p := mustProcess(t, m.Save(t, "S1_FDI_30percent.mat"), cfg)
		source := ""
		if p.Force != nil {
			source = p.Force.Source
		}
		if source != c.source || !says(p, c.says) {
			t.Errorf("%s: took %q, want %q; warnings %q, want %q", c.name, source, c.source, p.Warnings,
				c.says)
		}
	}
}

// Tables in samples or ms under time_s are refused with the option that reads them.
func TestTablesInOtherUnits(t *testing.T) {
	for times, scale := range map[recording.Times]float64{recording.TimesSamples: 1,
		recording.TimesMs: 1000.25 / fsHz} { // not whole
		var b strings.Builder
		b.WriteString("unit,muscle,time_s\n")
		for i, train := range unitTrains(2) {
			for _, s := range train {
				b.WriteString(string(rune('a'+i)) + ",TA," + strconv.FormatFloat(s*scale, 'g', -1, 64) + "\n")
			}
		}
		path := filepath.Join(t.TempDir(), "S1_TA_30percent.csv")
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := made(t, path, process.Default(), 0)
		if err == nil || !strings.Contains(err.Error(), "--times "+string(times)) {
			t.Errorf("%s: %v", times, err)
		}
		cfg := process.Default()
		cfg.Times = times
		p, err := made(t, path, cfg, fsHz)
		if err != nil {
			t.Fatal(err)
		}
		if rate := p.Units[0].Properties.RateHz[0]; math.Abs(rate-10) > 1 {
			t.Errorf("%s: %v Hz", times, rate)
		}
	}
}

// The example recordings are plausible: no unit is left out, nothing is warned of but what the
// profiles do differently and the missing force channel.
func TestExamplesArePlausible(t *testing.T) {
	testdata.Long(t)
	files, err := filepath.Glob(filepath.Join(testdata.Root(), "examples", "*.mat"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	if real, ok := testdata.Find("data/tibialis_anterior_256/S1_TA_50percent.mat"); ok {
		files = append(files, real) // two of its units share a quarter of their discharges
	}
	cfg := process.Default()
	cfg.Realign = false // the EMG says nothing about this and takes long
	for _, path := range files {
		p := mustProcess(t, path, cfg)
		for _, w := range p.Warnings {
			if !strings.Contains(w, "no force channel in signal.data") &&
				!strings.Contains(w, "orientation of the force") {
				t.Errorf("%s: %s", filepath.Base(path), w)
			}
		}
	}
}
