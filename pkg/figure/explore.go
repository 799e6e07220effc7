package figure

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"example.org/renshaw/pkg/analysis/explore"
)

// ExplorePictures draws the optional analyses of a recording that a result holds.
func ExplorePictures(v *explore.Result) []Picture {
	name := strings.TrimSuffix(v.Recording.Name.Recording, ".h5")
	switch {
	case v.Dimensionality != nil:
		return []Picture{{"explore_factor", drawFactors(name, v.Dimensionality), v.Dimensionality}}
	case v.Coherence != nil:
		return []Picture{{"explore_coherence", drawCoherence(name, v.Coherence), v.Coherence}}
	case v.Spectra != nil:
		return []Picture{{"explore_spectrum", drawSpectra(name, v.Spectra), v.Spectra}}
	case v.Torque != nil:
		return []Picture{{"explore_torque", drawTorque(name, v.Recording.TorqueLags(), v.Torque), v.Torque}}
	case v.TimeFrequency != nil:
		f := timeFrequencyData(v.TimeFrequency)
		return []Picture{{"explore_timefreq", drawTimeFrequency(name, f), f}}
	}
	return nil
}

// panels lays out n panels in rows under a title.
func panels(title string, n, columns int, wide, high float64) (*Canvas, func(int) (x0, y0, x1, y1 float64)) {
	columns = min(columns, n)
	rows := (n + columns - 1) / columns
	const head = 0.35
	c := newCanvas(math.Max(wide*float64(columns), 5), high*float64(rows)+head)
	_, h := c.Size()
	top := 1 - head/h
	text(c.area(0.01, top, 0.99, 0.995), 10, []textLine{{text: title}})
	return c, func(i int) (x0, y0, x1, y1 float64) {
		x, y := float64(i%columns)/float64(columns), float64(i/columns)/float64(rows)
		return x + 0.004, top*(1-y-1/float64(rows)) + 0.005, x + 1/float64(columns) - 0.004, top*(1-y) - 0.005
	}
}

func drawFactors(name string, list []explore.Dimensionality) *Canvas {
	c, cell := panels(name+": variance of the discharge rates that common factors explain (dashed: shuffled trains)", len(list), 3, 3.4, 3)
	for i, d := range list {
		x := panel(fmt.Sprintf("%s: common factors: %d, %d units", d.Group.Name(), d.Dimensions, len(d.Group.Units)), "factors", "R²")
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, float64(len(d.Curve)-1), 0, 1
		for k, curve := range [][]float64{d.Curve, d.Surrogate} {
			var at, by []float64
			for n, v := range curve {
				if !math.IsNaN(v) {
					at, by = append(at, float64(n)), append(by, v)
				}
			}
			col, dash := curveColour(2), []vg.Length(nil)
			if k == 1 {
				col, dash = grey, []vg.Length{4, 2}
			}
			x.Add(line(at, by, col, 1.6, dash...))
			for n := range at {
				x.Add(disc{at[n], by[n], 2.4, col})
			}
		}
		x.Draw(c.area(cell(i)))
	}
	return c
}

func drawCoherence(name string, list []explore.GroupCoherence) *Canvas {
	c, cell := panels(name+": coherence of cumulative spike trains, by units per group (light to dark)", len(list), 3, 3.8, 3)
	for i, g := range list {
		x := panel(fmt.Sprintf("%s: 1 to %d units", g.Group.Name(), len(g.BySize)), "frequency (Hz)", "coherence")
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, 60, 0, 1
		hz := make([]float64, len(g.BySize[0]))
		for k := range hz {
			hz[k] = float64(k)
		}
		m := newColourMap(1, math.Max(float64(len(g.BySize)), 2), hex(0xBFDFFF), hex(0x0072B2), hex(0x00304D))
		for n, v := range g.BySize {
			x.Add(clipped{curveOf(bandOfCurves(hz, v, make([]float64, len(v)))), m.at(float64(n + 1)), 1.2})
		}
		if g.Limit95 != nil {
			for _, l := range [][]float64{g.Limit95, g.Limit99} {
				x.Add(clipped{curveOf(bandOfCurves(hz, l, make([]float64, len(l)))), faded(red, 0.8), 0.9})
			}
			x.Add(corner{[]textLine{{text: fmt.Sprintf("95 and 99 %% of shuffled trains, %d units", len(g.BySize)), mark: stroke(red, 0.9)}}, 7.5, 1})
		}
		x.Draw(c.area(cell(i)))
	}
	return c
}

func drawSpectra(name string, list []explore.CSTSpectra) *Canvas {
	c, cell := panels(name+": spectra of cumulative spike trains, by number of units (light to dark)", 2*len(list), 2, 4.2, 2.9)
	for i, s := range list {
		m := newColourMap(1, math.Max(float64(len(s.BySize)), 2), hex(0xBFDFFF), hex(0x0072B2), hex(0x00304D))
		for k, most := range []float64{100, 5} {
			x := panel(fmt.Sprintf("%s: 1 to %d units", s.Muscle, len(s.BySize)), "frequency (Hz)", "share of the power up to 200 Hz")
			x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, most, 0, 0
			for n, p := range s.BySize {
				for j, hz := range s.Frequencies {
					if hz <= most {
						x.Y.Max = math.Max(x.Y.Max, 1.05*p[j])
					}
				}
				x.Add(clipped{curveOf(bandOfCurves(s.Frequencies, p, make([]float64, len(p)))), m.at(float64(n + 1)), 1.1})
			}
			if k == 0 {
				x.Add(line([]float64{s.RateHz, s.RateHz}, []float64{0, x.Y.Max}, grey, 0.9, 4, 2))
			}
			x.Draw(c.area(cell(2*i + k)))
		}
	}
	return c
}

func drawTorque(name string, lags []float64, list []explore.TorqueCorrelation) *Canvas {
	var groups []string
	for _, v := range list {
		if !slices.Contains(groups, v.Group) {
			groups = append(groups, v.Group)
		}
	}
	c, cell := panels(name+": force and cumulative spike train below 2.5 Hz (thin: plateaus, thick: their average)", len(groups), 3, 3.6, 3)
	for i, g := range groups {
		x := panel("", "lag of the spikes (s)", "correlation")
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = lags[0], lags[len(lags)-1], -1, 1
		for _, v := range list {
			if v.Group != g {
				continue
			}
			curve := curveOf(bandOfCurves(lags, v.R, make([]float64, len(v.R))))
			if v.Plateau > 0 {
				x.Add(clipped{curve, faded(curveColour(2), 0.5), 0.9})
				continue
			}
			x.Add(clipped{curve, black, 2})
			x.Title.Text = fmt.Sprintf("%s: r = %.2f at %.0f ms, %d units", g, v.Most, 1000*v.DelayS, v.Units)
		}
		x.Draw(c.area(cell(i)))
	}
	return c
}

// TimeFrequencyData is what the figure of one muscle shows: amplitudes at 8 Hz or less.
type TimeFrequencyData struct {
	Muscle      string        `json:"muscle"`
	Frequencies []float64     `json:"frequencies_hz"`
	StepS       float64       `json:"step_s"`
	Amplitudes  [][]float64   `json:"amplitudes"` // per step, by frequency
	Spectra     [][][]float64 `json:"spectra"`    // by number of components, component and frequency
	Explained   []float64     `json:"explained"`
}

func timeFrequencyData(list []explore.TimeFrequency) []TimeFrequencyData {
	var out []TimeFrequencyData
	for _, v := range list {
		step := max(1, int(v.FsHz/8))
		d := TimeFrequencyData{Muscle: v.Muscle, Frequencies: v.Frequencies, StepS: float64(step) / v.FsHz}
		for t := 0; t < len(v.Amplitudes[0]); t += step {
			column := make([]float64, len(v.Amplitudes))
			for b := range column {
				column[b] = v.Amplitudes[b][t]
			}
			d.Amplitudes = append(d.Amplitudes, column)
		}
		for _, c := range v.Components {
			var spectra [][]float64
			for j := range c.N {
				row := slices.Clone(c.H.RawRowView(j))
				most := slices.Max(row)
				for b := range row {
					row[b] /= math.Max(most, 1e-300)
				}
				spectra = append(spectra, row)
			}
			d.Spectra, d.Explained = append(d.Spectra, spectra), append(d.Explained, c.Explained)
		}
		out = append(out, d)
	}
	return out
}

func drawTimeFrequency(name string, list []TimeFrequencyData) *Canvas {
	c, cell := panels(name+": amplitudes of cumulative spike trains by time and frequency, and spectra of their components", 2*len(list), 2, 5, 3)
	for i, d := range list {
		most := 0.0
		for _, column := range d.Amplitudes {
			most = math.Max(most, slices.Max(column))
		}
		x := panel(d.Muscle, "time on the selected plateaus (steps of 1/8 s)", "frequency (Hz)")
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, float64(len(d.Amplitudes)), 0.5, float64(len(d.Frequencies))+0.5
		x.Add(rasterized{columnImage{d.Amplitudes, [2]float64{0.5, float64(len(d.Frequencies)) + 0.5}, newColourMap(0, most, hex(0xFFFFFF), hex(0x56B4E9), hex(0x0072B2), hex(0x00163A))}})
		x.Draw(c.area(cell(2 * i)))
		y := panel(fmt.Sprintf("explained: %.0f, %.0f, %.0f %% by 1, 2, 3 components", 100*d.Explained[0], 100*d.Explained[1], 100*d.Explained[2]), "frequency (Hz)", "spectra of three components (largest 1)")
		y.X.Min, y.X.Max, y.Y.Min, y.Y.Max = 0, d.Frequencies[len(d.Frequencies)-1], 0, 1.05
		for j, s := range d.Spectra[len(d.Spectra)-1] {
			y.Add(line(d.Frequencies, s, curveColour(j+2), 1.6))
		}
		y.Draw(c.area(cell(2*i + 1)))
	}
	return c
}
