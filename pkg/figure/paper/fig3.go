package paper

import (
	"errors"
	"fmt"
	"image/color"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/num/stats"
)

// coherenceInputs are the batches of Fig. 3 by the first common input.
var coherenceInputs = []struct{ stem, name string }{
	{"fig3_common_input_low_freq", "common input 0 to 5 Hz"},
	{"fig3_common_input_0_60hz", "common input 0 to 60 Hz"},
}

// coherenceMost is the highest frequency drawn (Hz), coherenceBand the band whose mean is
// compared.
const coherenceMost = 60

var coherenceBand = [2]float64{15, 35}

// Curve is a mean over simulations with the SD of the sample.
type Curve struct {
	Mean []float64 `json:"mean"`
	SD   []float64 `json:"sd"`
}

// CoherenceGroup are the simulations of one input, decay of the inhibitory current (ms) and
// strength of recurrent inhibition: coherence between two groups of motor neurons and of one
// with the common input by frequency, and the mean between 15 and 35 Hz.
type CoherenceGroup struct {
	Input      string     `json:"input"`
	Tau        float64    `json:"ipsp_tau_ms"`
	Inhibition float64    `json:"recurrent_inhibition"`
	N          int        `json:"n"`
	Coherence  Curve      `json:"coherence"`
	WithInput  Curve      `json:"coherence_with_input"`
	Band       [2]float64 `json:"mean_sd_15_35_hz"`
}

// Fig3 shows what recurrent inhibition does to coherence.
type Fig3 struct {
	Frequencies []float64        `json:"frequencies_hz"`
	Inputs      []string         `json:"inputs"`
	Taus        []float64        `json:"ipsp_taus_ms"`
	Strengths   []float64        `json:"recurrent_inhibition"`
	Groups      []CoherenceGroup `json:"groups"`
}

func fig3(s *Study) ([]canvas.Picture, error) {
	f := &Fig3{}
	for _, input := range coherenceInputs {
		err := f.read(s, input.stem, input.name)
		if err != nil && !errors.As(err, new(*Missing)) {
			return nil, err
		}
	}
	if len(f.Groups) == 0 {
		return nil, &Missing{Dir: s.Dir,
			Files: []string{coherenceInputs[0].stem + "_coherence.csv", coherenceInputs[1].stem +
				"_coherence.csv"}}
	}
	f.axes()
	return []canvas.Picture{{Name: "fig3", Canvas: f.Draw(), Data: f},
		{Name: "fig3_with_input", Canvas: f.DrawWithInput(), Data: f}}, nil
}

// coherenceKey is what simulations of a group share.
type coherenceKey struct{ tau, inhibition float64 }

// read adds the simulations of a batch: parameters from its table, curves from the table
// beside it.
func (f *Fig3) read(s *Study, stem, name string) error {
	parameters, err := s.read(stem + ".csv")
	if err != nil {
		return err
	}
	curves, err := s.read(stem + "_coherence.csv")
	if err != nil {
		return err
	}
	key := map[string]coherenceKey{}
	sims, err := parameters.Texts("sim_name")
	if err != nil {
		return err
	}
	inhibition, err := parameters.Listed(feature.Inhibition, 0)
	if err != nil {
		return err
	}
	tau, err := parameters.Milliseconds("synaptic_IPSP_decay_time_constant")
	if err != nil {
		return err
	}
	for i, sim := range sims {
		key[sim] = coherenceKey{tau[i], inhibition[i]}
	}
	return f.group(curves, key, name)
}

func (f *Fig3) group(curves canvas.Frame, key map[string]coherenceKey, name string) error {
	sims, err := curves.Texts("sim_name")
	if err != nil {
		return err
	}
	c, err := curves.FloatColumns("frequency", "coherence", "coherence_with_input")
	if err != nil {
		return err
	}
	type simulation struct{ between, input map[float64]float64 }
	bySim := map[string]*simulation{}
	frequencies := map[float64]bool{}
	for i, sim := range sims {
		if c[0][i] > coherenceMost {
			continue
		}
		v := bySim[sim]
		if v == nil {
			v = &simulation{map[float64]float64{}, map[float64]float64{}}
			bySim[sim] = v
		}
		v.between[c[0][i]], v.input[c[0][i]] = c[1][i], c[2][i]
		frequencies[c[0][i]] = true
	}
	if f.Frequencies == nil {
		for q := range frequencies {
			f.Frequencies = append(f.Frequencies, q)
		}
		slices.Sort(f.Frequencies)
	}
	groups := map[coherenceKey][]*simulation{}
	for _, sim := range slices.Sorted(maps.Keys(bySim)) {
		k, ok := key[sim]
		if !ok {
			return fmt.Errorf("%s: simulation %s is not in the table of its batch", curves.Path, sim)
		}
		groups[k] = append(groups[k], bySim[sim])
	}
	for k, list := range groups {
		g := CoherenceGroup{Input: name, Tau: k.tau, Inhibition: k.inhibition, N: len(list)}
		var band []float64
		for _, v := range list {
			var inside []float64
			for _, q := range f.Frequencies {
				if q >= coherenceBand[0] && q <= coherenceBand[1] {
					inside = append(inside, v.between[q])
				}
			}
			band = append(band, stats.MeanSDOf(inside).Mean)
		}
		m := stats.MeanSDOf(band)
		g.Band = [2]float64{m.Mean, m.SD}
		for _, q := range f.Frequencies {
			var a, b []float64
			for _, v := range list {
				a, b = append(a, v.between[q]), append(b, v.input[q])
			}
			g.Coherence.add(a)
			g.WithInput.add(b)
		}
		f.Groups = append(f.Groups, g)
	}
	return nil
}

func (c *Curve) add(v []float64) {
	if v = stats.Present(v); len(v) == 0 {
		v = []float64{math.NaN()}
	}
	sd := 0.0
	if len(v) > 1 {
		sd = stat.StdDev(v, nil)
	}
	c.Mean, c.SD = append(c.Mean, stat.Mean(v, nil)), append(c.SD, sd)
}

// axes orders the groups and lists what they differ in.
func (f *Fig3) axes() {
	slices.SortFunc(f.Groups, func(a, b CoherenceGroup) int {
		switch {
		case a.Input != b.Input:
			return strings.Compare(a.Input, b.Input)
		case a.Tau != b.Tau:
			return int(math.Copysign(1, a.Tau-b.Tau))
		}
		return int(math.Copysign(1, a.Inhibition-b.Inhibition))
	})
	for _, g := range f.Groups {
		if !slices.Contains(f.Taus, g.Tau) {
			f.Taus = append(f.Taus, g.Tau)
		}
		if !slices.Contains(f.Strengths, g.Inhibition) {
			f.Strengths = append(f.Strengths, g.Inhibition)
		}
	}
	for _, input := range coherenceInputs {
		if slices.ContainsFunc(f.Groups, func(g CoherenceGroup) bool { return g.Input == input.name }) {
			f.Inputs = append(f.Inputs, input.name)
		}
	}
	slices.Sort(f.Taus)
	slices.Sort(f.Strengths)
}

// strengthColour goes from light to dark blue.
func (f *Fig3) strengthColour(v float64) color.NRGBA {
	m := canvas.NewColourMap(f.Strengths[0],
		math.Max(f.Strengths[len(f.Strengths)-1], f.Strengths[0]+1), canvas.RGB(0xA9D0F5),
		canvas.RGB(0x0040A0), canvas.RGB(0x00163A))
	return m.At(v)
}

// Draw paints coherence between groups by frequency, a row per input and a column per
// decay, and at the right its mean between 15 and 35 Hz.
func (f *Fig3) Draw() *canvas.Canvas {
	columns := len(f.Taus) + 1
	c := f.sheet(columns, "Coherence between two groups of 10 motor neurons (mean ± SD over "+
		"simulations)")
	for r, input := range f.Inputs {
		for k, tau := range f.Taus {
			f.curves(c, r, k, columns, input, tau, func(g *CoherenceGroup) Curve { return g.Coherence })
		}
		x := canvas.Panel("mean of 15 to 35 Hz", "recurrent inhibition (connections)", "")
		x.Title.TextStyle.Font.Size = 9
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = f.Strengths[0]-0.2, f.Strengths[len(f.Strengths)-1]+0.2, 0,
			0.1
		x.Legend.Top, x.Legend.TextStyle.Font.Size = true, 7.5
		for k, tau := range f.Taus {
			var at, mean []float64
			for i := range f.Groups {
				if g := &f.Groups[i]; g.Input == input && g.Tau == tau {
					shift := 0.03 * (float64(k) - float64(len(f.Taus)-1)/2)
					at, mean = append(at, g.Inhibition+shift), append(mean, g.Band[0])
					x.Y.Max = math.Max(x.Y.Max, 1.25*g.Band[0])
					if !math.IsNaN(g.Band[1]) {
						x.Add(canvas.Line([]float64{g.Inhibition + shift, g.Inhibition + shift},
							[]float64{g.Band[0] - g.Band[1], g.Band[0] + g.Band[1]}, canvas.CurveColour(k+2), 0.8))
					}
					x.Add(canvas.Disc(g.Inhibition+shift, g.Band[0], 2, canvas.CurveColour(k+2)))
				}
			}
			l := canvas.Line(at, mean, canvas.CurveColour(k+2), 1.4)
			x.Add(l)
			x.Legend.Add(fmt.Sprintf("decay %g ms", tau), l)
		}
		x.Draw(f.cell(c, r, columns-1, columns))
	}
	return c
}

// DrawWithInput paints coherence with the common input.
func (f *Fig3) DrawWithInput() *canvas.Canvas {
	c := f.sheet(len(f.Taus), "Coherence of 10 motor neurons with the common input (mean ± SD over "+
		"simulations)")
	for r, input := range f.Inputs {
		for k, tau := range f.Taus {
			f.curves(c, r, k, len(f.Taus), input, tau, func(g *CoherenceGroup) Curve { return g.WithInput })
		}
	}
	return c
}

const (
	coherenceWide, coherenceHigh = 2.7, 2.6 // inches per panel
	coherenceHead                = 0.4
)

func (f *Fig3) sheet(columns int, title string) *canvas.Canvas {
	c := canvas.New(coherenceWide*float64(columns), coherenceHigh*float64(len(f.Inputs))+coherenceHead)
	_, h := c.Size()
	canvas.Text(c.Area(0.008, 1-coherenceHead/h, 1, 0.99), 11, []canvas.TextLine{{Text: title}})
	return c
}

func (f *Fig3) curves(c *canvas.Canvas, row, column, columns int, input string, tau float64,
	of func(*CoherenceGroup) Curve) {
	x := canvas.Panel(fmt.Sprintf("%s, decay %g ms", input, tau), "frequency (Hz)", "")
	x.Title.TextStyle.Font.Size = 9
	if column == 0 {
		x.Y.Label.Text = "coherence"
	}
	x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, coherenceMost, 0, 1
	x.Legend.Top, x.Legend.TextStyle.Font.Size = true, 7
	for i := range f.Groups {
		g := &f.Groups[i]
		if g.Input != input || g.Tau != tau {
			continue
		}
		col, v := f.strengthColour(g.Inhibition), of(g)
		x.Add(canvas.BandAround(f.Frequencies, v.Mean, v.SD, canvas.Faded(col, 0.15)))
		l := canvas.Clipped(canvas.XYs(f.Frequencies, v.Mean), col, 1.4)
		x.Add(l)
		x.Legend.Add(fmt.Sprintf("inhibition %g, n = %d", g.Inhibition, g.N),
			canvas.Line(nil, nil, col, 1.4))
	}
	x.Draw(f.cell(c, row, column, columns))
}

// cell is the area of a panel.
func (f *Fig3) cell(c *canvas.Canvas, row, column, columns int) draw.Canvas {
	_, h := c.Size()
	top := 1 - coherenceHead/h
	rows := float64(len(f.Inputs))
	x0 := float64(column) / float64(columns)
	y1 := top * (1 - float64(row)/rows)
	return c.Area(x0+0.004, y1-top/rows+0.005, x0+1/float64(columns)-0.004, y1-0.005)
}
