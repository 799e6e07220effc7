package muedit

import (
	"math"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/internal/mat5"
	"example.org/renshaw/pkg/recording"
)

const (
	fs      = 1000.0
	samples = 5000
)

// small is a recording of one grid of 32 electrodes with three units.
func small() mat5.MUedit {
	return mat5.MUedit{FsHz: fs, Samples: samples, Path: mat5.Trapezoid(samples),
		Grids: []mat5.Grid{{Name: "GR10MM0804", Channels: 32, Units: trains(3)}}}
}

func trains(n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = mat5.Train(uint64(i), 10, fs, samples)
	}
	return out
}

func scaled(x [][]float64, factor float64) [][]float64 {
	out := make([][]float64, len(x))
	for i := range x {
		for _, v := range x[i] {
			out[i] = append(out[i], v*factor)
		}
	}
	return out
}

// Files of the releases and habits of MUedit: what is read, and what is said about it.
func TestVariants(t *testing.T) {
	positions := func(channels, from int) []float64 {
		x := make([]float64, 2*channels)
		for i := range channels {
			x[i], x[channels+i] = float64(i/8+from), float64(i%8+from)
		}
		return x
	}
	for _, c := range []struct {
		name     string
		change   func(m *mat5.MUedit)
		opt      Options
		says     string // part of a warning
		channels []int
		placed   bool // the electrodes of the first grid have places
	}{
		{name: "32 electrodes by name", channels: []int{32}, placed: true},
		{name: "in lower case", change: func(m *mat5.MUedit) { m.Grids[0].Name = "hd10mm0804" },
			channels: []int{32}, placed: true},
		{name: "mask of 64 entries for 32 electrodes", change: func(m *mat5.MUedit) {
			m.Grids[0].Mask = make([]float64, 64)
			m.Grids[0].Positions = positions(32, 1)
		}, channels: []int{32}, placed: true},
		{name: "16 electrodes without a place", change: func(m *mat5.MUedit) {
			m.Grids[0].Name, m.Grids[0].Channels = "unknown", 16
		}, channels: []int{16}},
		{name: "64 and 32", change: func(m *mat5.MUedit) {
			m.Grids = []mat5.Grid{{Name: "GR08MM1305", Channels: 64, Units: trains(1)}, m.Grids[0]}
			m.Rows = [][]byte{make([]byte, samples)}
		}, channels: []int{64, 32}, placed: true},
		{name: "discarded channels were removed", change: func(m *mat5.MUedit) {
			m.Grids[0].Channels, m.Grids[0].Mask = 30, make([]float64, 32)
			m.Grids[0].Mask[3], m.Grids[0].Mask[7] = 1, 1
			m.Grids[0].Positions = positions(32, 1)
		}, says: "the 2 channels", channels: []int{30}, placed: true},
		{name: "channels that nothing explains", change: func(m *mat5.MUedit) {
			m.Grids[0].Channels, m.Grids[0].Mask = 27, make([]float64, 27)
		}, channels: []int{27}},
		{name: "positions from 0", change: func(m *mat5.MUedit) {
			m.Grids[0].Positions = positions(32, 0)
		}, says: "counts from 0", channels: []int{32}, placed: true},
		{name: "positions that are no numbers of rows", change: func(m *mat5.MUedit) {
			m.Grids[0].Name, m.Grids[0].Positions = "x", positions(32, 1)
			m.Grids[0].Positions[5] = 1.5
		}, says: "position 1.5 of electrode 6", channels: []int{32}},
		{name: "a mask that is no cell", change: func(m *mat5.MUedit) {
			m.Signal = []mat5.Member{mat5.Field("EMGmask", mat5.Doubles("", 32, 1, make([]float64, 32)))}
		}, channels: []int{32}, placed: true},
		{name: "the user says", change: func(m *mat5.MUedit) { m.Grids[0].Name = "" },
			opt: Options{ChannelsPerGrid: 32}, channels: []int{32}},
		{name: "a longer target", change: func(m *mat5.MUedit) {
			m.Target = mat5.Trapezoid(samples + 1)
		}, says: "signal.target has 5001 samples, 1 more", channels: []int{32}, placed: true},
		{name: "a shorter path", change: func(m *mat5.MUedit) {
			m.Path = mat5.Trapezoid(samples - 3)
		}, says: "signal.path has 4997 samples, 3 fewer", channels: []int{32}, placed: true},
		{name: "more pulse trains than units", change: func(m *mat5.MUedit) { m.Grids[0].Pulses = 9 },
			says: "has 9 pulse trains", channels: []int{32}, placed: true},
		{name: "as many pulse trains as units", change: func(m *mat5.MUedit) { m.Grids[0].Pulses = 3 },
			channels: []int{32}, placed: true},
		{name: "a unit without discharges", change: func(m *mat5.MUedit) {
			m.Grids[0].Units = slices.Insert(m.Grids[0].Units, 1, nil)
		}, says: "grid 1: no discharges of unit 2", channels: []int{32}, placed: true},
		{name: "from 0", change: func(m *mat5.MUedit) {
			for _, u := range m.Grids[0].Units {
				for k := range u {
					u[k]--
				}
			}
		}, opt: Options{Times: recording.TimesSamples0}, channels: []int{32}, placed: true},
		{name: "seconds", change: func(m *mat5.MUedit) {
			m.Grids[0].Units = scaled(m.Grids[0].Units, 1/fs)
		}, opt: Options{Times: recording.TimesSeconds}, channels: []int{32}, placed: true},
		{name: "milliseconds", change: func(m *mat5.MUedit) {
			m.Grids[0].Units = scaled(m.Grids[0].Units, 1000/fs)
		}, opt: Options{Times: recording.TimesMs}, channels: []int{32}, placed: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := small()
			if c.change != nil {
				c.change(&m)
			}
			c.opt.NeedEMG = true
			raw, err := Read(m.Save(t, "S1_TA_30percent.mat"), c.opt)
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close()
			var channels []int
			for _, g := range raw.Grids {
				channels = append(channels, g.Channels)
			}
			if !slices.Equal(channels, c.channels) || (raw.Grids[0].Coordinates != nil) != c.placed {
				t.Errorf("channels %v, positions %v", channels, raw.Grids[0].Coordinates)
			}
			if last := raw.Units[len(raw.Units)-1]; !slices.Equal(last.Times, trains(3)[2]) ||
				raw.FirstSample != 1 {
				t.Errorf("%d units, the last with %d discharges, the first at %v", len(raw.Units),
					len(last.Times), last.Times[0])
			}
			said := strings.Join(raw.Warnings, "\n")
			if c.says == "" && said != "" || !strings.Contains(said, c.says) {
				t.Errorf("warnings %q, want %q", said, c.says)
			}
			for _, f := range raw.Forces {
				if f.Load == nil {
					continue
				}
				if x, err := f.Load(); err != nil || len(x) != raw.Samples {
					t.Errorf("%s: %d values, %v", f.From, len(x), err)
				}
			}
		})
	}
}

// Times that are no sample numbers from 1 are refused with the option that reads them.
func TestTimesThatWereMisread(t *testing.T) {
	for want, change := range map[string]func(u [][]float64) [][]float64{
		"look 0-based; give --times samples0": func(u [][]float64) [][]float64 {
			u[1][0] = 0
			return u
		},
		"look like seconds; give --times seconds": func(u [][]float64) [][]float64 {
			return scaled(u, 1/fs)
		},
		"look like milliseconds; give --times ms": func(u [][]float64) [][]float64 {
			u = scaled(u, 1000/fs) // at 1000 Hz whole
			u[0][3] += 0.25
			return u
		},
		"sample numbers start at 1": func(u [][]float64) [][]float64 {
			u[0][0], u[1][0] = 0, -3
			return u
		},
		"is beyond the last sample 5000": func(u [][]float64) [][]float64 {
			u[0] = append(u[0], samples+1)
			return u
		},
	} {
		m := small()
		m.Grids[0].Units = change(m.Grids[0].Units)
		path := m.Save(t, "S1_TA_30percent.mat")
		if raw, err := Read(path, Options{}); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), "edition.Dischargetimes{1,") {
			t.Errorf("%v, want %q and the field", err, want)
			raw.Close()
		}
		raw, err := Read(path, Options{Allow: true})
		if err != nil {
			t.Errorf("allowed: %v", err)
			continue
		}
		for _, u := range raw.Units {
			for _, s := range u.Times {
				if s < 1 || s > samples || s != math.Trunc(s) {
					t.Errorf("%s, allowed: sample %v", want, s)
				}
			}
		}
		if len(raw.Warnings) == 0 {
			t.Errorf("%s, allowed: no warning", want)
		}
		raw.Close()
	}
}

// Without realignment every fault of the EMG is a warning.
func TestFaultsOfTheEMGAreWarnings(t *testing.T) {
	text := mat5.Char("", "x")
	for _, fields := range [][]mat5.Member{
		{mat5.Field("data", nil)}, {mat5.Field("data", text)}, {mat5.Field("EMGmask", text)},
		{mat5.Field("EMGmask", mat5.Cells("", 1, 1, mat5.Doubles("", 3, 1, make([]float64, 3))))},
		{mat5.Field("ngrid", text)}, {mat5.Field("data", mat5.Doubles("", 5, 7, make([]float64, 35)))},
		{mat5.Field("data", mat5.Doubles("", 0, 0, nil))},
		{mat5.Field("coordinates", mat5.Cells("", 1, 1, text))},
	} {
		m := small()
		m.Path = nil
		m.Signal = fields
		path := m.Save(t, "S1_TA_30percent.mat")
		raw, err := Read(path, Options{})
		if fields[0].Name == "data" && err != nil && strings.Contains(err.Error(), "beyond") {
			continue // the wrong matrix says how long the recording is
		}
		if err != nil || len(raw.Units) != 3 || len(raw.Warnings) == 0 {
			t.Errorf("%s: %v, %+v", fields[0].Name, err, raw)
			continue
		}
		raw.Close()
	}
}

// Data samples x channels are no grid of thousands of electrodes.
func TestTransposedData(t *testing.T) {
	m := mat5.MUedit{FsHz: fs, Samples: 8, Path: mat5.Trapezoid(8),
		Grids: []mat5.Grid{{Name: "GR10MM0804", Channels: maxChannels + 1, Units: trains(1)}}}
	_, err := Read(m.Save(t, "S1_TA_30percent.mat"), Options{Muscles: []string{"TA"}, NeedEMG: true})
	if err == nil || !strings.Contains(err.Error(), "found 4097 x 8; transpose it") {
		t.Error(err)
	}
}

func TestLayouts(t *testing.T) {
	for name, corners := range map[string]map[int][2]int{
		"GR08MM1305": {1: {2, 1}, 12: {13, 1}, 13: {13, 2}, 25: {1, 2}, 64: {13, 5}},
		"hd08mm1305": {1: {2, 5}, 13: {1, 4}, 64: {13, 1}},
		"GR10MM0808": {1: {8, 1}, 8: {1, 1}, 64: {1, 8}},
		"GR10MM0804": {1: {8, 4}, 32: {1, 1}}, "HD10MM0804": {1: {1, 1}, 32: {8, 4}},
	} {
		n := electrodesOf(name)
		at := layout(name, n)
		if len(at) != n {
			t.Errorf("%s: %d of %d electrodes", name, len(at), n)
			continue
		}
		seen := map[[2]int]bool{}
		for _, p := range at {
			seen[p] = true
		}
		if len(seen) != n {
			t.Errorf("%s: %d places for %d electrodes", name, len(seen), n)
		}
		for channel, want := range corners {
			if at[channel-1] != want {
				t.Errorf("%s: channel %d at %v, want %v", name, channel, at[channel-1], want)
			}
		}
	}
	if layout("GR08MM1305", 32) != nil || layout("other", 64) != nil || electrodesOf("other") != 0 {
		t.Error("a layout that is not known")
	}
}

// A group of one muscle may have fewer grids than the map; one of several must have them all.
func TestGridsOfOneMuscle(t *testing.T) {
	path := small().Save(t, "S1_TA_30percent")
	raw, err := Read(path, Options{Muscles: []string{"TA", "TA", "TA", "TA"}})
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if len(raw.Muscles) != 1 || len(raw.Units) != 3 || raw.Units[2].Muscle != "TA" {
		t.Errorf("%v, %d units", raw.Muscles, len(raw.Units))
	}
	if _, err := Read(path, Options{Muscles: []string{"VM", "VL"}}); err == nil ||
		!strings.Contains(err.Error(), "--muscles") {
		t.Errorf("two muscles and one grid: %v", err)
	}
}
