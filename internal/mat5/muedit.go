package mat5

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// Grid is an electrode grid of a recording, with its units.
type Grid struct {
	Name      string
	Channels  int
	Mask      []float64   // nil: nothing is discarded
	Positions []float64   // column of rows, then column of columns; nil: left out for all grids
	Units     [][]float64 // discharges in samples from 1, as written
	Pulses    int         // rows of the pulse trains; 0: left out for all grids
	EMG       []byte      // channels x samples, column after column; nil: zeros
}

// MUedit is a recording as MUedit saves it; what is nil is left out.
type MUedit struct {
	FsHz         float64
	Samples      int
	Grids        []Grid
	Rows         [][]byte // of signal.data after the grids
	Path, Target []float64
	Auxiliary    [][]float64
	AuxNames     []string
	Signal       []Member // more fields, or others than those made of the rest
	Edition      []Member
}

// Trapezoid is a force of that many samples: rest, ramp, plateau, ramp, rest, a fifth each.
func Trapezoid(samples int) []float64 {
	x := make([]float64, samples)
	for i := range x {
		at := 5 * float64(i) / float64(samples)
		x[i] = math.Max(0, math.Min(1, math.Min(at-1, 4-at)))
	}
	return x
}

// Train is discharges at about rateHz in the middle three fifths of a recording, in samples from 1;
// seeds give different ones.
func Train(seed uint64, rateHz, fsHz float64, samples int) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	var out []float64
	for at := float64(samples) / 5; at < 0.8*float64(samples); {
		out = append(out, math.Round(at))
		at += fsHz / rateHz * math.Max(0.5, 1+0.15*r.NormFloat64())
	}
	return out
}

// Save writes the recording into a folder of the test and returns the path.
func (m MUedit) Save(t testing.TB, name string) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, "made by a test", m.signal(), m.edition()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func row(x []float64) []byte { return Doubles("", min(1, len(x)), len(x), x) }

func (m MUedit) signal() []byte {
	n := len(m.Grids)
	var masks, names, places [][]byte
	rows := len(m.Rows)
	for _, g := range m.Grids {
		rows += g.Channels
		mask := g.Mask
		if mask == nil {
			mask = make([]float64, g.Channels)
		}
		masks = append(masks, Doubles("", len(mask), 1, mask))
		names = append(names, Char("", g.Name))
		places = append(places, Doubles("", len(g.Positions)/2, 2, g.Positions))
	}
	data := make([]byte, rows*m.Samples)
	for c := range m.Samples {
		column, top := data[c*rows:(c+1)*rows], 0
		for _, g := range m.Grids {
			if g.EMG != nil {
				copy(column[top:], g.EMG[c*g.Channels:(c+1)*g.Channels])
			}
			top += g.Channels
		}
		for i, x := range m.Rows {
			column[top+i] = x[c]
		}
	}
	fields := []Member{
		Field("data", Bytes("", rows, m.Samples, data)),
		Field("fsamp", Doubles("", 1, 1, []float64{m.FsHz})),
		Field("ngrid", Doubles("", 1, 1, []float64{float64(n)})),
		Field("gridname", Cells("", 1, n, names...)), Field("EMGmask", Cells("", 1, n, masks...)),
	}
	if m.Grids[0].Positions != nil {
		fields = append(fields, Field("coordinates", Cells("", 1, n, places...)))
	}
	if m.Path != nil {
		fields = append(fields, Field("path", row(m.Path)))
	}
	if m.Target != nil {
		fields = append(fields, Field("target", row(m.Target)))
	}
	if m.Auxiliary != nil {
		var all []float64
		for c := range m.Auxiliary[0] {
			for _, x := range m.Auxiliary {
				all = append(all, x[c])
			}
		}
		fields = append(fields, Field("auxiliary",
			Doubles("", len(m.Auxiliary), len(m.Auxiliary[0]), all)))
	}
	if m.AuxNames != nil {
		var texts [][]byte
		for _, name := range m.AuxNames {
			texts = append(texts, Char("", name))
		}
		fields = append(fields, Field("auxiliaryname", Cells("", 1, len(texts), texts...)))
	}
	return Struct("signal", replaced(fields, m.Signal)...)
}

func (m MUedit) edition() []byte {
	most := 0
	for _, g := range m.Grids {
		most = max(most, len(g.Units))
	}
	var times, pulses [][]byte
	for u := range most {
		for _, g := range m.Grids {
			var x []float64
			if u < len(g.Units) {
				x = g.Units[u]
			}
			times = append(times, row(x))
		}
	}
	for _, g := range m.Grids {
		pulses = append(pulses, Bytes("", g.Pulses, 10, make([]byte, g.Pulses*10)))
	}
	fields := []Member{Field("Dischargetimes", Cells("", len(m.Grids), most, times...))}
	if m.Grids[0].Pulses > 0 {
		fields = append(fields, Field("Pulsetrain", Cells("", 1, len(m.Grids), pulses...)))
	}
	return Struct("edition", replaced(fields, m.Edition)...)
}

// replaced are the fields with others in place of those of the same name; without a value, they are
// left out.
func replaced(fields, others []Member) []Member {
	var out []Member
	named := map[string]bool{}
	for _, f := range others {
		named[f.Name] = true
		if f.Value != nil {
			out = append(out, f)
		}
	}
	for _, f := range fields {
		if !named[f.Name] {
			out = append(out, f)
		}
	}
	return out
}
