package recordings

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"example.org/renshaw/pkg/analysis/explore"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/run/profile"
)

// ExplorePictures draws the optional analyses of a recording that a result holds.
func ExplorePictures(v *explore.Result) []canvas.Picture {
	name := strings.TrimSuffix(v.Recording.Name.Recording, ".h5")
	switch {
	case v.Dimensionality != nil:
		return []canvas.Picture{{Name: "explore_factor", Canvas: drawFactors(name, v.Dimensionality),
			Data: v.Dimensionality}}
	case v.Coherence != nil:
		return []canvas.Picture{{Name: "explore_coherence", Canvas: drawCoherence(name, v.Coherence),
			Data: v.Coherence}}
	case v.Spectra != nil:
		return []canvas.Picture{{Name: "explore_spectrum", Canvas: drawSpectra(name, v.Spectra),
			Data: v.Spectra}}
	case v.Torque != nil:
		return []canvas.Picture{{Name: "explore_torque",
			Canvas: drawTorque(name, v.Recording.TorqueLags(), v.Torque), Data: v.Torque}}
	case v.TimeFrequency != nil:
		f := timeFrequencyData(v.TimeFrequency)
		return []canvas.Picture{{Name: "explore_timefreq", Canvas: drawTimeFrequency(name, f), Data: f}}
	}
	return nil
}

// panels lays out n panels in rows under a title.
func panels(title string, n, columns int, wide,
	high float64) (*canvas.Canvas, func(int) (x0, y0, x1, y1 float64)) {
	columns = min(columns, n)
	rows := (n + columns - 1) / columns
	const head = 0.35
	c := canvas.New(math.Max(wide*float64(columns), 5), high*float64(rows)+head)
	_, h := c.Size()
	top := 1 - head/h
	canvas.Text(c.Area(0.01, top, 0.99, 0.995), 10, []canvas.TextLine{{Text: title}})
	return c, func(i int) (x0, y0, x1, y1 float64) {
		x, y := float64(i%columns)/float64(columns), float64(i/columns)/float64(rows)
		return x + 0.004, top*(1-y-1/float64(rows)) + 0.005, x + 1/float64(columns) - 0.004,
			top*(1-y) - 0.005
	}
}

func drawFactors(name string, list []explore.Dimensionality) *canvas.Canvas {
	c, cell := panels(name+": variance of the discharge rates that common factors explain (dashed: "+
		"shuffled trains)", len(list), 3, 3.4, 3)
	for i, d := range list {
		x := canvas.Panel(fmt.Sprintf("%s: common factors: %d, %d units", d.Group.Name(), d.Dimensions,
			len(d.Group.Units)), "factors", "R²")
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, float64(len(d.Curve)-1), 0, 1
		for k, curve := range [][]float64{d.Curve, d.Surrogate} {
			var at, by []float64
			for n, v := range curve {
				if !math.IsNaN(v) {
					at, by = append(at, float64(n)), append(by, v)
				}
			}
			col, dash := canvas.CurveColour(2), []vg.Length(nil)
			if k == 1 {
				col, dash = canvas.Grey, []vg.Length{4, 2}
			}
			x.Add(canvas.Line(at, by, col, 1.6, dash...))
			for n := range at {
				x.Add(canvas.Disc(at[n], by[n], 2.4, col))
			}
		}
		x.Draw(c.Area(cell(i)))
	}
	return c
}

func drawCoherence(name string, list []explore.GroupCoherence) *canvas.Canvas {
	c, cell := panels(
		name+": coherence of cumulative spike trains, by units per group (light to dark)", len(list), 3,
		3.8, 3)
	for i, g := range list {
		x := canvas.Panel(fmt.Sprintf("%s: 1 to %d units", g.Group.Name(), len(g.BySize)),
			"frequency (Hz)", "coherence")
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, 60, 0, 1
		hz := make([]float64, len(g.BySize[0]))
		for k := range hz {
			hz[k] = float64(k)
		}
		m := canvas.NewColourMap(1, math.Max(float64(len(g.BySize)), 2), canvas.RGB(0xBFDFFF),
			canvas.RGB(0x0072B2), canvas.RGB(0x00304D))
		for n, v := range g.BySize {
			x.Add(canvas.Clipped(canvas.XYs(hz, v), m.At(float64(n+1)), 1.2))
		}
		if g.Limit95 != nil {
			for _, l := range [][]float64{g.Limit95, g.Limit99} {
				x.Add(canvas.Clipped(canvas.XYs(hz, l), canvas.Faded(canvas.Red, 0.8), 0.9))
			}
			x.Add(canvas.Corner([]canvas.TextLine{{Text: fmt.Sprintf(
				"95 and 99 %% of shuffled trains, %d units", len(g.BySize)),
				Mark: canvas.Stroke(canvas.Red, 0.9)}}, 7.5, 1))
		}
		x.Draw(c.Area(cell(i)))
	}
	return c
}

func drawSpectra(name string, list []explore.CSTSpectra) *canvas.Canvas {
	c, cell := panels(name+": spectra of cumulative spike trains, by number of units (light to dark)",
		2*len(list), 2, 4.2, 2.9)
	for i, s := range list {
		m := canvas.NewColourMap(1, math.Max(float64(len(s.BySize)), 2), canvas.RGB(0xBFDFFF),
			canvas.RGB(0x0072B2), canvas.RGB(0x00304D))
		for k, most := range []float64{100, 5} {
			x := canvas.Panel(fmt.Sprintf("%s: 1 to %d units", s.Muscle, len(s.BySize)), "frequency (Hz)",
				"share of the power up to 200 Hz")
			x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, most, 0, 0
			for n, p := range s.BySize {
				for j, hz := range s.Frequencies {
					if hz <= most {
						x.Y.Max = math.Max(x.Y.Max, 1.05*p[j])
					}
				}
				x.Add(canvas.Clipped(canvas.XYs(s.Frequencies, p), m.At(float64(n+1)), 1.1))
			}
			if k == 0 {
				x.Add(canvas.Line([]float64{s.RateHz, s.RateHz}, []float64{0, x.Y.Max}, canvas.Grey, 0.9, 4, 2))
			}
			x.Draw(c.Area(cell(2*i + k)))
		}
	}
	return c
}

func drawTorque(name string, lags []float64, list []explore.TorqueCorrelation) *canvas.Canvas {
	var groups []string
	for _, v := range list {
		if !slices.Contains(groups, v.Group) {
			groups = append(groups, v.Group)
		}
	}
	c, cell := panels(name+": force and cumulative spike train below 2.5 Hz (thin: plateaus, thick: "+
		"their average)", len(groups), 3, 3.6, 3)
	for i, g := range groups {
		x := canvas.Panel("", "lag of the spikes (s)", "correlation")
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = lags[0], lags[len(lags)-1], -1, 1
		for _, v := range list {
			if v.Group != g {
				continue
			}
			curve := canvas.XYs(lags, v.R)
			if v.Plateau > 0 {
				x.Add(canvas.Clipped(curve, canvas.Faded(canvas.CurveColour(2), 0.5), 0.9))
				continue
			}
			x.Add(canvas.Clipped(curve, canvas.Black, 2))
			x.Title.Text = fmt.Sprintf("%s: r = %.2f at %.0f ms, %d units", g, v.Most, 1000*v.DelayS,
				v.Units)
		}
		x.Draw(c.Area(cell(i)))
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
		d := TimeFrequencyData{Muscle: v.Muscle, Frequencies: v.Frequencies,
			StepS: float64(step) / v.FsHz}
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

func drawTimeFrequency(name string, list []TimeFrequencyData) *canvas.Canvas {
	c, cell := panels(name+": amplitudes of cumulative spike trains by time and frequency, and "+
		"spectra of their components", 2*len(list), 2, 5, 3)
	for i, d := range list {
		most := 0.0
		for _, column := range d.Amplitudes {
			most = math.Max(most, slices.Max(column))
		}
		x := canvas.Panel(d.Muscle, "time on the selected plateaus (steps of 1/8 s)", "frequency (Hz)")
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, float64(len(d.Amplitudes)), 0.5,
			float64(len(d.Frequencies))+0.5
		x.Add(canvas.Rasterized{canvas.ColumnImage(d.Amplitudes,
			[2]float64{0.5, float64(len(d.Frequencies)) + 0.5},
			canvas.NewColourMap(0, most, canvas.RGB(0xFFFFFF), canvas.RGB(0x56B4E9), canvas.RGB(0x0072B2),
				canvas.RGB(0x00163A)))})
		x.Draw(c.Area(cell(2 * i)))
		y := canvas.Panel(fmt.Sprintf("explained: %.0f, %.0f, %.0f %% by 1, 2, 3 components",
			100*d.Explained[0], 100*d.Explained[1], 100*d.Explained[2]), "frequency (Hz)",
			"spectra of three components (largest 1)")
		y.X.Min, y.X.Max, y.Y.Min, y.Y.Max = 0, d.Frequencies[len(d.Frequencies)-1], 0, 1.05
		for j, s := range d.Spectra[len(d.Spectra)-1] {
			y.Add(canvas.Line(d.Frequencies, s, canvas.CurveColour(j+2), 1.6))
		}
		y.Draw(c.Area(cell(2*i + 1)))
	}
	return c
}

// ExploreParams says what ExploreAlbum analyses and draws: Kind is one of explore.Kinds, Recording
// a file of renshaw convert, Profile paper or corrected, Out the folder, Seed that of shuffles.
type ExploreParams struct {
	Kind, Recording, Profile, Out string
	Seed                          uint64
}

// ExploreAlbum runs an optional analysis of a recording, and writes its tables and pictures.
// Without the force that an analysis needs the album is empty and says so.
func ExploreAlbum(ctx context.Context, p ExploreParams) (canvas.Album, error) {
	r, err := explore.Read(p.Recording)
	if err != nil {
		return canvas.Album{}, err
	}
	paper := profile.IsPaper(profile.Name(p.Profile))
	v, err := r.Run(p.Kind, paper, p.Seed)
	if errors.Is(err, explore.ErrNoForce) {
		return canvas.Album{Note: "Nothing to draw: " + err.Error()}, nil
	}
	if err != nil {
		return canvas.Album{}, err
	}
	tables, err := v.Write(p.Out, paper)
	if err != nil {
		return canvas.Album{}, err
	}
	a, err := canvas.NewAlbum(ctx, ExplorePictures(v), p.Out)
	a.Tables = tables
	return a, err
}
