package posteriors

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/analysis/crosshist"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/sbi/predictive"
)

// HistogramCurves shows the smoothed cross-histograms of all units of a condition, of the
// recording and of the simulation of the best draw.
type HistogramCurves struct {
	Panels []HistogramPanel `json:"conditions"`
}

// HistogramPanel is one condition; curves are probabilities per bin at TimeMs, one per unit
// with enough counts (direction inhibited).
type HistogramPanel struct {
	Condition  string      `json:"condition"`
	Pair       string      `json:"muscle_pair"`
	TimeMs     []float64   `json:"time_ms"`
	Experiment [][]float64 `json:"experiment"`
	Best       [][]float64 `json:"best"`
}

const (
	histogramLowpassHz = 60 // of the analysis
	histogramMinCounts = feature.MinCountsExperiment
)

// ComputeHistogramCurves reads which simulation belongs to the best draw of which condition
// (parameter_sets.csv of a predictive check), that simulation beside it, and the recording
// or recordings of the participant, muscle and intensity in the study. Conditions without both are
// left out.
func ComputeHistogramCurves(study, sets string) (*HistogramCurves, error) {
	t, err := table.Read(sets)
	if err != nil {
		return nil, err
	}
	at, err := t.Need(sets, "sim_name", "subject", "muscle_pair", "intensity", "kind")
	if err != nil {
		return nil, err
	}
	own := t.Col(feature.Recording)
	recordings, err := readRecordings(study)
	if err != nil {
		return nil, err
	}
	f := &HistogramCurves{}
	for r, row := range t.Rows {
		if row[at[4]] != "best" {
			continue
		}
		intensity, err := table.ParseFloat(row[at[3]])
		if err != nil {
			return nil, fmt.Errorf("%s: row %d: intensity: %w", sets, r+1, err)
		}
		a, b, _ := strings.Cut(row[at[2]], "<->")
		simulation := filepath.Join(filepath.Dir(sets), predictive.SimulationsDir, row[at[0]],
			"simulation_output.h5")
		cond := predictive.Condition{Subject: row[at[1]], MusclePair: row[at[2]], Intensity: intensity}
		if own >= 0 {
			cond.Recording = row[own]
		}
		if _, err := os.Stat(simulation); err != nil {
			continue
		}
		p := HistogramPanel{Condition: ConditionName(cond), Pair: cond.MusclePair}
		for _, rec := range recordings {
			if rec.IntensityMVC != intensity || cond.Subject != "" && rec.Subject != cond.Subject ||
				cond.Recording != "" && rec.Key != cond.Recording || len(rec.UnitsOf(a)) == 0 {
				continue
			}
			var curves [][]float64
			if p.TimeMs, curves, err = histogramCurves(rec, a, b); err != nil {
				return nil, err
			}
			p.Experiment = append(p.Experiment, curves...)
		}
		if len(p.Experiment) == 0 {
			continue
		}
		second := "pool_0"
		if a != b {
			second = "pool_1"
		}
		loaded, err := recfile.ReadRecording(simulation, recfile.Options{})
		if err != nil {
			return nil, err
		}
		if _, p.Best, err = histogramCurves(loaded.Recording, "pool_0", second); err != nil {
			return nil, err
		}
		if len(p.Best) > 0 {
			f.Panels = append(f.Panels, p)
		}
	}
	return f, nil
}

// readRecordings reads the recordings of a study; files that are none are left out. What a file
// does not say of itself is taken from its name.
func readRecordings(study string) ([]*recording.Recording, error) {
	files, err := filepath.Glob(filepath.Join(study, "recordings", "*.h5"))
	if err != nil {
		return nil, err
	}
	var out []*recording.Recording
	for _, path := range files {
		if strings.HasSuffix(path, "analysis_output.h5") {
			continue
		}
		if loaded, err := recfile.ReadRecording(path, recfile.Options{}); err == nil {
			name := loaded.Recording.Identity()
			loaded.Recording.Subject, loaded.Recording.IntensityMVC = name.Subject, name.IntensityMVC
			out = append(out, loaded.Recording)
		}
	}
	return out, nil
}

// histogramCurves are the smoothed histograms of every unit of a pool against another one.
func histogramCurves(rec *recording.Recording, poolA,
	poolB string) (timeMs []float64, curves [][]float64, err error) {
	axis := crosshist.NewAxis(rec.FsHz)
	trains := func(pool string) (out [][]float64) {
		for _, i := range rec.UnitsOf(pool) {
			out = append(out, rec.Units[i].SpikesS)
		}
		return out
	}
	smoother := crosshist.NewSmoother(rec.FsHz, histogramLowpassHz, axis.Bins())
	if !smoother.Fits() {
		return nil, nil, fmt.Errorf("%s: at %g Hz histograms have too few bins to be smoothed", rec.Name,
			rec.FsHz)
	}
	for _, x := range axis.X() {
		timeMs = append(timeMs, 1000*x)
	}
	for _, p := range axis.Pool(trains(poolA), trains(poolB), poolA == poolB) {
		if h := p.Of(crosshist.Inhibited); h.Count > histogramMinCounts {
			y := make([]float64, axis.Bins())
			smoother.Curve(h.Normalized, y)
			curves = append(curves, y)
		}
	}
	return timeMs, curves, nil
}

// Draw paints a column per condition: the recording above, the simulation below.
func (f *HistogramCurves) Draw(colours canvas.Palette) *canvas.Canvas {
	columns := min(4, len(f.Panels))
	rows := (len(f.Panels) + columns - 1) / columns
	const head = 0.35
	c := canvas.New(math.Max(2.7*float64(columns), 5), 3.6*float64(rows)+head)
	_, height := c.Size()
	top := 1 - head/height
	for k, p := range f.Panels {
		most := 0.0
		for _, curves := range [][][]float64{p.Experiment, p.Best} {
			for _, y := range curves {
				for _, v := range y {
					most = math.Max(most, v)
				}
			}
		}
		col, row := float64(k%columns), float64(k/columns)
		for half, v := range []struct {
			name   string
			curves [][]float64
		}{{"recording", p.Experiment}, {"best draw", p.Best}} {
			x := canvas.Panel(fmt.Sprintf("%s, %s (n = %d)", p.Condition, v.name, len(v.curves)), "", "")
			x.Title.TextStyle.Font.Size = 8.5
			if half == 1 {
				x.X.Label.Text = "lag (ms)"
			}
			if k%columns == 0 {
				x.Y.Label.Text = "probability (%)"
			}
			x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = -200, 200, 0, 103*most
			x.X.Tick.Marker = canvas.Steps(4)
			x.Add(canvas.Rasterized{bundle{p.TimeMs, v.curves, canvas.Faded(colours.Of(p.Pair), 0.35)}})
			y1 := top * (1 - (row+0.5*float64(half))/float64(rows))
			x.Draw(c.Area(col/float64(columns)+0.004, y1-0.5*top/float64(rows)+0.004,
				(col+1)/float64(columns)-0.004, y1-0.004))
		}
	}
	canvas.Text(c.Area(0.01, top, 0.99, 0.995), 9,
		[]canvas.TextLine{{Text: "smoothed cross-histograms, a line per motor unit: recordings, and " +
			"simulations of the draw of highest density"}})
	return c
}

// bundle are many curves on one axis of times; values are shown in per cent.
type bundle struct {
	x      []float64
	curves [][]float64
	col    color.NRGBA
}

// Plot strokes every curve.
func (b bundle) Plot(c draw.Canvas, p *plot.Plot) {
	xy := make(plotter.XYs, len(b.x))
	for _, y := range b.curves {
		for i := range xy {
			xy[i].X, xy[i].Y = b.x[i], 100*y[i]
		}
		c.StrokeLines(draw.LineStyle{Color: b.col, Width: vg.Points(0.6)},
			c.ClipLinesXY(canvas.Place(xy, c, p))...)
	}
}
