package paper

import (
	"errors"
	"fmt"
	"image/color"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/num/stats"
)

// proxy is one panel of Fig. 2: a feature of simulated motor neurons against the parameter
// that it is read as.
type proxy struct {
	key, x, y      string   // name in the data file, labels
	files          []string // names of its table
	parameter      func(canvas.Frame) ([]float64, error)
	feature        string
	scale          float64
	windowX        [2]float64 // rows outside are left out (strict); none if equal
	limitX, limitY [2]float64 // axes; around the data if equal
	colour         color.NRGBA
	bands          bool
}

var (
	blue   = canvas.RGB(0x0080FF)
	violet = canvas.RGB(0x6045FF)
)

var proxies = []proxy{
	{key: "trough_area_vs_ri", x: "recurrent inhibition (mean number of disynaptic connections)",
		y:     "area of the trough (%)",
		files: []string{"fig2_trough_area_vs_ri.csv", "batch_trough_area_vs_ri.csv"},
		parameter: func(f canvas.Frame) ([]float64, error) {
			return f.Listed(feature.Inhibition, 0)
		},
		feature: "raw_area_fwd", scale: -100, colour: blue},
	{key: "peak_height_vs_common_input", x: "SD of the second common input (nA)",
		y: "height of the peak (%)",
		files: []string{"fig2_peak_height_vs_highfreq_input.csv",
			"batch_peak_height_vs_common_input.csv"},
		parameter: func(f canvas.Frame) ([]float64, error) { return f.Listed(feature.InputSD, 1) },
		feature:   "sync_height", scale: 100, colour: canvas.Black, bands: true},
	{key: "trough_timing_vs_ipsp_tau", x: "decay of the inhibitory current (ms)",
		y:     "time of the trough (ms)",
		files: []string{"fig2_trough_timing_vs_ipsp_tau.csv", "batch_trough_timing_vs_ipsp_tau.csv"},
		parameter: func(f canvas.Frame) ([]float64, error) {
			return f.Milliseconds("synaptic_IPSP_decay_time_constant")
		},
		feature: "delay_forward_IPSP", scale: 1000, limitX: [2]float64{5, 100},
		limitY: [2]float64{15, 40}, colour: violet},
	{key: "trough_timing_vs_delay", x: "delay of both synapses (ms)", y: "time of the trough (ms)",
		files: []string{"fig2_trough_timing_vs_delay.csv", "batch_trough_timing_vs_synaptic_delay.csv"},
		parameter: func(f canvas.Frame) ([]float64, error) {
			v, err := f.Milliseconds("MN_RC_synpatic_delay")
			for i := range v {
				v[i] *= 2
			}
			return v, err
		},
		feature: "delay_forward_IPSP", scale: 1000, windowX: [2]float64{4, 30}, limitX: [2]float64{4, 30},
		limitY: [2]float64{15, 40}, colour: violet},
}

// PoolMean is one simulation: means over its units.
type PoolMean struct {
	Simulation string  `json:"sim_name"`
	X          float64 `json:"x_mean"`
	Y          float64 `json:"y_mean"`
	Centre     float64 `json:"middle_mean"` // of the band of the second input, Hz; NaN where no bands are drawn
	Units      int     `json:"n"`
	Band       int     `json:"bin"` // 1 for the first band; 0 without
}

// Annotation is a text with the place of its upper left corner in data units.
type Annotation struct {
	Text string  `json:"label"`
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
}

// FrequencyBand is a range of centres of the second input (Hz), with the regression over its
// simulations.
type FrequencyBand struct {
	Low        float64           `json:"low"`
	High       float64           `json:"high"`
	Centre     float64           `json:"center"`
	Label      string            `json:"label"`
	Colour     string            `json:"color"`
	Line       stats.Line        `json:"fit"`
	Curve      []stats.BandPoint `json:"curve80"`
	Annotation Annotation        `json:"annotation"`
}

// Regression is a panel of Fig. 2. Line is fitted to the means of all simulations, Drawn to
// those within the axes; Curve belongs to the one that is drawn.
type Regression struct {
	Key        string            `json:"key"`
	File       string            `json:"file"`
	XLabel     string            `json:"x_label"`
	YLabel     string            `json:"y_label"`
	Counts     map[string]int    `json:"counts"`
	AllPools   int               `json:"n_pools_all"`
	Number     int               `json:"n_pools"`
	Pools      []PoolMean        `json:"pools"`
	Line       stats.Line        `json:"fit_pool_means_all"`
	Drawn      stats.Line        `json:"fit_drawn_after_axis_censoring"`
	DrawnPools int               `json:"n_pools_drawn"`
	Units      stats.Line        `json:"fit_individual_units"`
	Curve      []stats.BandPoint `json:"curve80"`
	Annotation Annotation        `json:"annotation"`
	Step       float64           `json:"annotation_step"`
	Bands      []FrequencyBand   `json:"bins"`
	LimitsX    [2]float64        `json:"x_limits"`
	LimitsY    [2]float64        `json:"y_limits"`
	colour     color.NRGBA
}

// Fig2 are the regressions whose tables were found.
type Fig2 struct {
	Panels []*Regression `json:"panels"`
	Absent []string      `json:"absent"` // panels whose table is not there
}

func fig2(s *Study) ([]canvas.Picture, error) {
	f := &Fig2{}
	for _, p := range proxies {
		path, err := s.find(p.files...)
		var m *Missing
		if errors.As(err, &m) {
			f.Absent = append(f.Absent, p.key)
			continue
		}
		if err != nil {
			return nil, err
		}
		r, err := ComputeRegression(path, p.key, s.CensorBeforeFit)
		if err != nil {
			return nil, err
		}
		f.Panels = append(f.Panels, r)
	}
	if len(f.Panels) == 0 {
		return nil, &Missing{Dir: s.Dir,
			Files: []string{proxies[0].files[0], proxies[1].files[0], proxies[2].files[0],
				proxies[3].files[0]}}
	}
	data := map[string]any{"absent": f.Absent}
	for _, p := range f.Panels {
		data[p.Key] = p
	}
	return []canvas.Picture{{Name: "fig2", Canvas: f.Draw(), Data: data}}, nil
}

// Regressions are the panels of a picture of Fig. 2, nil for another picture.
func Regressions(p canvas.Picture) []*Regression {
	panels, _ := p.Data.(map[string]any)
	var out []*Regression
	for _, x := range proxies {
		if r, ok := panels[x.key].(*Regression); ok {
			out = append(out, r)
		}
	}
	return out
}

// bandEdges of the centre of the second input (Hz); a centre on an edge belongs to the
// lower band, centres above the last are left out.
var bandEdges = []float64{15, 27, 38, 50}

var bandColours = []color.NRGBA{canvas.RGB(0xEF4136), canvas.RGB(0xF7881B), canvas.RGB(0xFFD000)}

// ComputeRegression computes the panel of a key (trough_area_vs_ri,
// peak_height_vs_common_input, trough_timing_vs_ipsp_tau, trough_timing_vs_delay) from the
// table of a batch of simulations. censor leaves points beyond the axes out of the fit.
func ComputeRegression(path, key string, censor bool) (*Regression, error) {
	i := slices.IndexFunc(proxies, func(p proxy) bool { return p.key == key })
	if i < 0 {
		return nil, fmt.Errorf("no panel is called %q", key)
	}
	p := proxies[i]
	r := &Regression{Key: key, File: filepath.Base(path), XLabel: p.x, YLabel: p.y, colour: p.colour}
	f, err := canvas.ReadFrame(path)
	if err != nil {
		return nil, err
	}
	if f, r.Counts, err = selected(f, feature.MinCountsSimulation, false); err != nil {
		return nil, err
	}
	x, err := p.parameter(f)
	if err != nil {
		return nil, err
	}
	if p.windowX[0] < p.windowX[1] {
		in := func(i int) bool { return x[i] > p.windowX[0] && x[i] < p.windowX[1] }
		f = f.Keep(in)
		x = slices.DeleteFunc(slices.Clone(x),
			func(v float64) bool { return !(v > p.windowX[0] && v < p.windowX[1]) })
		r.Counts["after_delay_window"] = len(f.Rows)
	}
	if err := r.pool(f, p, x); err != nil {
		return nil, err
	}
	if len(r.Pools) == 0 {
		return nil, fmt.Errorf("%s: no unit is left after the filters %v", path, r.Counts)
	}
	r.fit(p, censor)
	return r, nil
}

// pool takes means over the units of every simulation.
func (r *Regression) pool(f canvas.Frame, p proxy, x []float64) error {
	sim, err := f.Texts("sim_name")
	if err != nil {
		return err
	}
	y, err := f.Floats(p.feature)
	if err != nil {
		return err
	}
	centre := make([]float64, len(x))
	if p.bands {
		low, err := f.Listed("frequency_range_of_common_input", 2)
		if err != nil {
			return err
		}
		high, err := f.Listed("frequency_range_of_common_input", 3)
		if err != nil {
			return err
		}
		for i := range centre {
			centre[i] = (low[i] + high[i]) / 2
		}
	}
	groups := map[string][]int{}
	for i, s := range sim {
		y[i] *= p.scale
		groups[s] = append(groups[s], i)
	}
	var ux, uy []float64
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		idx := groups[name]
		m := PoolMean{Simulation: name, X: stats.MeanAt(x, idx), Y: stats.MeanAt(y, idx),
			Centre: math.NaN(), Units: len(idx)}
		r.AllPools++
		if p.bands {
			m.Centre = stats.MeanAt(centre, idx)
			if m.Centre > bandEdges[len(bandEdges)-1] {
				continue
			}
			m.Band = bandOf(m.Centre)
		}
		r.Pools = append(r.Pools, m)
		for _, i := range idx {
			ux, uy = append(ux, x[i]), append(uy, y[i])
		}
	}
	r.Number = len(r.Pools)
	r.Units = stats.FitLine(ux, uy)
	return nil
}

func bandOf(centre float64) int {
	for b := 1; b < len(bandEdges); b++ {
		if centre >= bandEdges[b-1] && centre <= bandEdges[b] {
			return b
		}
	}
	return 0
}

// fit computes lines, texts and axes.
func (r *Regression) fit(p proxy, censor bool) {
	var x, y, dx, dy []float64
	for _, m := range r.Pools {
		x, y = append(x, m.X), append(y, m.Y)
		if canvas.Within(m.X, p.limitX) && canvas.Within(m.Y, p.limitY) {
			dx, dy = append(dx, m.X), append(dy, m.Y)
		}
	}
	r.Line, r.Drawn, r.DrawnPools = stats.FitLine(x, y), stats.FitLine(dx, dy), len(dx)
	shown := r.Line
	if censor {
		shown = r.Drawn
	}
	r.Curve = shown.Band(80)
	px, py := stats.PresentPairs(x, y)
	if len(px) == 0 {
		return
	}
	low, high := [2]float64{slices.Min(px), slices.Min(py)}, [2]float64{slices.Max(px), slices.Max(py)}
	label := fmt.Sprintf("R² (pool) = %.2f", r.Line.R2)
	if p.bands {
		label = fmt.Sprintf("R² (all) = %.2f", r.Line.R2)
	}
	r.Annotation = Annotation{label, low[0] + 0.02*(high[0]-low[0]), high[1] - 0.03*(high[1]-low[1])}
	r.Step = 0.06 * (high[1] - low[1])
	if p.bands {
		r.bandLines()
	}
	for _, b := range r.Curve {
		if !math.IsNaN(b.Low) {
			low[1], high[1] = math.Min(low[1], b.Low), math.Max(high[1], b.High)
		}
	}
	r.LimitsX, r.LimitsY = canvas.AxisLimits(p.limitX, low[0], high[0]),
		canvas.AxisLimits(p.limitY, low[1], high[1])
}

// bandLines fits a line per band; their texts stand below each other under the first.
func (r *Regression) bandLines() {
	for b := 1; b < len(bandEdges); b++ {
		var x, y []float64
		for _, m := range r.Pools {
			if m.Band == b {
				x, y = append(x, m.X), append(y, m.Y)
			}
		}
		low, high := bandEdges[b-1], bandEdges[b]
		c := bandColours[b-1]
		f := FrequencyBand{Low: low, High: high, Centre: (low + high) / 2,
			Colour: fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B), Line: stats.FitLine(x, y)}
		f.Label = fmt.Sprintf("[%g, %g] Hz (ctr %g)", low, high, math.RoundToEven(f.Centre))
		f.Curve = f.Line.Band(80)
		f.Annotation = Annotation{fmt.Sprintf("R² %s = %.2f", f.Label, f.Line.R2), r.Annotation.X,
			r.Annotation.Y - float64(b)*r.Step}
		r.Bands = append(r.Bands, f)
	}
}

// Draw paints the panels two by two, each 4.6 x 4.2 inches.
func (f *Fig2) Draw() *canvas.Canvas {
	n := len(f.Panels)
	columns, rows := min(n, 2), (n+1)/2
	c := canvas.New(4.6*float64(columns), 4.2*float64(rows))
	for i, r := range f.Panels {
		x0, y1 := float64(i%2)/float64(columns), 1-float64(i/2)/float64(rows)
		r.plot().Draw(c.Area(x0+0.01, y1-1/float64(rows)+0.01, x0+1/float64(columns)-0.02, y1-0.02))
	}
	return c
}

func (r *Regression) plot() *plot.Plot {
	p := canvas.Panel("", r.XLabel, r.YLabel)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = r.LimitsX[0], r.LimitsX[1], r.LimitsY[0], r.LimitsY[1]
	p.Add(canvas.Band(r.Curve, canvas.Faded(r.colour, 0.2)))
	for _, m := range r.Pools {
		col := r.colour
		if m.Band > 0 {
			col = bandColours[m.Band-1]
		}
		p.Add(canvas.Disc(m.X, m.Y, 2.6, canvas.Faded(col, 0.35)))
	}
	for i, b := range r.Bands {
		p.Add(canvas.Clipped(curveOf(b.Curve), bandColours[i], 1.6))
	}
	p.Add(canvas.Clipped(curveOf(r.Curve), r.colour, 2))
	lines := []canvas.TextLine{{Text: fmt.Sprintf("%s, n = %d simulations",
		strings.Replace(r.Annotation.Text, "(pool) ", "", 1), r.Number),
		Mark: canvas.Stroke(r.colour, 2)}}
	for i, b := range r.Bands {
		lines = append(lines, canvas.TextLine{Text: fmt.Sprintf("%g to %g Hz: R² = %.2f, n = %d", b.Low,
			b.High, b.Line.R2, b.Line.N), Mark: canvas.Stroke(bandColours[i], 1.6)})
	}
	p.Add(canvas.Corner(lines, 9, 1))
	return p
}

// curveOf are the points of a regression line.
func curveOf(b []stats.BandPoint) plotter.XYs {
	out := make(plotter.XYs, len(b))
	for i, v := range b {
		out[i].X, out[i].Y = v.X, v.Y
	}
	return out
}
