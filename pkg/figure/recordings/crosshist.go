package recordings

import (
	"fmt"
	"image/color"
	"math"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/crosshist"
	"example.org/renshaw/pkg/figure/canvas"
)

// CrossHistogramPanel is one direction of the figure of a unit; times in ms.
type CrossHistogramPanel struct {
	Direction      string
	Fitted         bool
	Note           string
	TimeMs         []float64 // left bin edges
	Probability    []float64
	Baseline, Full []float64
	TrapezoidMs    [4]float64
	WindowMs       [2]float64 // analysis windows together
	Forward        [2]int
	Backward       [2]int
	Features       crosshist.Features
}

// CrossHistogram is the figure of one motor unit with one pool: the synchronization
// cross-histograms in the three directions with fit, windows and features.
type CrossHistogram struct {
	Title  string
	Panels [3]CrossHistogramPanel // inhibited, inhibiting, combined
	MaxY   float64
}

// ComputeCrossHistogram gathers what is drawn for a unit of pool a with pool b. It
// is an error if the analysis lacks the rows or kept no curves.
func ComputeCrossHistogram(an *analysis.Analysis, poolA, poolB string,
	unit int) (*CrossHistogram, error) {
	out := &CrossHistogram{Title: fmt.Sprintf("%s: unit %d (%s) with %s", an.Source, unit, poolA,
		poolB)}
	found := 0
	fitter := crosshist.NewFitter(an.Axis, an.Params.MinPlateauS)
	for i := range an.Rows {
		r := &an.Rows[i]
		if r.PoolA != poolA || r.PoolB != poolB || r.Unit != unit {
			continue
		}
		if r.Fit != nil && r.Prob == nil {
			return nil, fmt.Errorf("%s: the analysis kept no curves (cross_histogram_save_cross_hists: "+
				"true keeps them)", an.Source)
		}
		out.Panels[r.Direction] = crossPanel(an, r, fitter)
		found++
		for k := range r.Prob {
			if r.Fit != nil {
				out.MaxY = math.Max(out.MaxY, math.Max(r.Prob[k], out.Panels[r.Direction].Full[k]))
			}
		}
	}
	if found != 3 {
		return nil, fmt.Errorf("%s: no cross-histograms of unit %d (%s) with %s", an.Source, unit, poolA,
			poolB)
	}
	if out.MaxY = math.Min(0.01, 1.15*out.MaxY); out.MaxY == 0 {
		out.MaxY = 0.005
	}
	return out, nil
}

func crossPanel(an *analysis.Analysis, r *analysis.Row,
	fitter *crosshist.Fitter) CrossHistogramPanel {
	p := CrossHistogramPanel{Direction: r.Direction.String(), Features: r.Features,
		Fitted: r.Fit != nil, Note: r.Error}
	for _, x := range an.Axis.X() {
		p.TimeMs = append(p.TimeMs, 1000*x)
	}
	if !p.Fitted {
		if p.Note == "" {
			p.Note = fmt.Sprintf("%.0f counts, %.0f are needed", r.Features.NSpikes, an.Params.MinSpikes)
		}
		return p
	}
	p.Probability = r.Prob
	p.Baseline, p.Full = fitter.Curves(r.Fit)
	p.Forward, p.Backward = r.Fit.Forward, r.Fit.Backward
	for i, t := range r.Fit.Trapezoid {
		p.TrapezoidMs[i] = 1000 * t
	}
	p.WindowMs = [2]float64{p.TimeMs[max(0, p.Backward[0])], p.TimeMs[max(0, p.Forward[1])]}
	return p
}

type directionStyle struct {
	title         string
	back, forward color.NRGBA
	trough        color.NRGBA
	backW, forwW  string // what each side means
}

var directionStyles = [3]directionStyle{
	{"inhibited: the unit is counted, others define lag 0", canvas.RGB(0xA9C7D6), canvas.RGB(0x80B3CC),
		canvas.RGB(0x5C8FFF), "unit inhibits", "unit is inhibited"},
	{"inhibiting: others are counted, the unit defines lag 0", canvas.RGB(0xC9AEDB),
		canvas.RGB(0xB380CC), canvas.RGB(0xA25CFF), "unit is inhibited", "unit inhibits"},
	{"combined", canvas.RGB(0xC4C4CC), canvas.RGB(0xA0A0B4), canvas.RGB(0x7C7CFF), "unit is inhibited",
		"unit inhibits"},
}

// Draw paints the figure, 13 x 8 inches.
func (f *CrossHistogram) Draw() *canvas.Canvas {
	c := canvas.New(13, 8)
	canvas.Text(c.Area(0.02, 0.9, 0.98, 0.985), 13, []canvas.TextLine{{Text: f.Title}})
	for i, at := range [3][4]float64{{0.01, 0.49, 0.49, 0.94}, {0.51, 0.49, 0.99, 0.94},
		{0.01, 0.01, 0.49, 0.47}} {
		f.drawPanel(c.Area(at[0], at[1], at[2], at[3]), i)
	}
	f.drawLegend(c.Area(0.52, 0.03, 0.99, 0.44))
	return c
}

func (f *CrossHistogram) drawPanel(c draw.Canvas, i int) {
	d, st := &f.Panels[i], directionStyles[i]
	p := canvas.Panel(st.title, "lag (ms)", "probability per bin")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -200, 200, 0, f.MaxY
	p.X.Tick.Marker = canvas.Steps(8)
	if !d.Fitted {
		p.Draw(c)
		canvas.Text(draw.Crop(c, vg.Points(90), 0, 0, -vg.Points(70)), 11,
			[]canvas.TextLine{{Text: "not fitted: " + d.Note}})
		return
	}
	p.Add(canvas.Rectangle(-200, d.WindowMs[0], 0, f.MaxY, canvas.LightGrey),
		canvas.Rectangle(d.WindowMs[1], 200, 0, f.MaxY, canvas.LightGrey))
	for k, w := range [2][2]int{{0, 410}, {410, len(d.TimeMs)}} {
		p.Add(stepArea(d.TimeMs[w[0]:w[1]], d.Probability[w[0]:w[1]], f.MaxY,
			[2]color.NRGBA{st.back, st.forward}[k]))
	}
	for _, w := range [2][2]int{d.Backward, d.Forward} {
		addTroughs(p, d, w, st.trough)
	}
	p.Add(canvas.Line([]float64{0, 0}, []float64{0, f.MaxY}, canvas.Grey, 0.6))
	p.Add(canvas.Line(d.TimeMs, d.Baseline, canvas.Black, 1.3, vg.Points(5), vg.Points(3)))
	p.Add(canvas.Line(d.TimeMs, d.Full, canvas.Red, 1.3, vg.Points(4), vg.Points(2)))
	f.addTrapezoid(p, d)
	f.addMeasures(p, d)
	p.Draw(c)
}

// stepArea fills under the curve drawn as bars, cut at top.
func stepArea(x, y []float64, top float64, c color.Color) *plotter.Polygon {
	var xy plotter.XYs
	width := x[1] - x[0]
	xy = append(xy, plotter.XY{X: x[0], Y: 0})
	for k := range x {
		v := math.Max(0, math.Min(y[k], top))
		xy = append(xy, plotter.XY{X: x[k], Y: v}, plotter.XY{X: x[k] + width, Y: v})
	}
	xy = append(xy, plotter.XY{X: x[len(x)-1] + width, Y: 0})
	return &plotter.Polygon{XYs: []plotter.XYs{xy}, Color: c}
}

// addTroughs fills between curve and baseline where the curve lies below it.
func addTroughs(p *plot.Plot, d *CrossHistogramPanel, w [2]int, c color.NRGBA) {
	for k := max(0, w[0]); k <= w[1] && k+1 < len(d.TimeMs); k++ {
		if y, b := d.Probability[k], d.Baseline[k]; y < b {
			p.Add(canvas.Rectangle(d.TimeMs[k], d.TimeMs[k+1], math.Max(0, y), b, canvas.Faded(c, 0.75)))
		}
	}
}

func (f *CrossHistogram) addTrapezoid(p *plot.Plot, d *CrossHistogramPanel) {
	t := d.TrapezoidMs
	if t == [4]float64{} {
		return
	}
	lo, hi := math.Inf(1), 0.0
	for _, b := range d.Baseline {
		lo, hi = math.Min(lo, b), math.Max(hi, b)
	}
	p.Add(canvas.Line([]float64{-200, t[0], t[1], t[2], t[3], 200}, []float64{lo, lo, hi, hi, lo, lo},
		canvas.RGB(0x1A7F37), 1.1, vg.Points(1.5), vg.Points(2)))
}

// addMeasures draws plateau, height of the peak and timing of the troughs.
func (f *CrossHistogram) addMeasures(p *plot.Plot, d *CrossHistogramPanel) {
	ft := &d.Features
	at := 0.955 * f.MaxY
	p.Add(arrow{d.WindowMs[0], at, d.WindowMs[1], at, canvas.RGB(0x555555)})
	if math.IsNaN(ft.SyncHeight) {
		return
	}
	peak := 0
	for k, x := range d.TimeMs {
		if math.Abs(x-1000*ft.SyncTimeS) < math.Abs(d.TimeMs[peak]-1000*ft.SyncTimeS) {
			peak = k
		}
	}
	p.Add(arrow{d.TimeMs[peak], d.Baseline[peak], d.TimeMs[peak], d.Baseline[peak] + ft.SyncHeight,
		canvas.Red})
	for _, delay := range [2]float64{1000 * ft.DelayForwardS, -1000 * ft.DelayBackwardS} {
		if !math.IsNaN(delay) {
			p.Add(arrow{0, 0.06 * f.MaxY, delay, 0.06 * f.MaxY, canvas.Black})
		}
	}
}

// arrow is a line with a head at its second end, in data coordinates.
type arrow struct {
	x0, y0, x1, y1 float64
	c              color.Color
}

func (a arrow) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	x0, y0, x1, y1 := tx(a.x0), ty(a.y0), tx(a.x1), ty(a.y1)
	c.StrokeLine2(draw.LineStyle{Color: a.c, Width: vg.Points(1.2)}, x0, y0, x1, y1)
	l := vg.Length(math.Hypot(float64(x1-x0), float64(y1-y0)))
	if l < 3 {
		return
	}
	ux, uy := (x1-x0)/l, (y1-y0)/l
	h := vg.Points(5)
	c.FillPolygon(a.c, []vg.Point{{X: x1, Y: y1}, {X: x1 - h*ux + h*uy*0.5, Y: y1 - h*uy - h*ux*0.5},
		{X: x1 - h*ux - h*uy*0.5, Y: y1 - h*uy + h*ux*0.5}})
}

func (f *CrossHistogram) drawLegend(c draw.Canvas) {
	left := draw.Crop(c, 0, -(c.Max.X-c.Min.X)*0.6, 0, 0)
	right := draw.Crop(c, (c.Max.X-c.Min.X)*0.39, 0, 0, 0)
	canvas.Text(left, 10, []canvas.TextLine{
		{Text: "probability, lag < 0", Mark: canvas.Swatch(directionStyles[0].back)},
		{Text: "probability, lag > 0", Mark: canvas.Swatch(directionStyles[0].forward)},
		{Text: "trough below the baseline", Mark: canvas.Swatch(directionStyles[0].trough)},
		{Text: "outside the windows", Mark: canvas.Swatch(canvas.LightGrey)},
		{Text: "baseline", Mark: canvas.Stroke(canvas.Black, 1.3, vg.Points(5), vg.Points(3))},
		{Text: "baseline and peak", Mark: canvas.Stroke(canvas.Red, 1.3, vg.Points(4), vg.Points(2))},
		{Text: "trapezoid of the windows",
			Mark: canvas.Stroke(canvas.RGB(0x1A7F37), 1.1, vg.Points(1.5), vg.Points(2))},
		{Text: "red arrow: height of the peak"},
		{Text: "black arrows: timing of the troughs"},
		{Text: "grey arrow: analysis windows"},
	})
	var lines []canvas.TextLine
	for i := range f.Panels {
		lines = append(lines, describe(&f.Panels[i], directionStyles[i])...)
	}
	canvas.Text(right, 9, lines)
}

// describe lists the measures of a panel.
func describe(d *CrossHistogramPanel, st directionStyle) []canvas.TextLine {
	ft := &d.Features
	lines := []canvas.TextLine{{Text: fmt.Sprintf("%s: %.0f counts, R² %.3f (baseline alone %.3f)",
		strings.ToUpper(d.Direction[:1])+d.Direction[1:], ft.NSpikes, ft.R2Full, ft.R2Base)}}
	if !d.Fitted || math.IsNaN(ft.SyncHeight) {
		return append(lines, canvas.TextLine{Text: ""})
	}
	side := func(name string, s crosshist.Side) canvas.TextLine {
		t := fmt.Sprintf("   %s: area %.4f", name, s.RawArea)
		if !math.IsNaN(s.PValue) {
			t += fmt.Sprintf(", corrected %.4f (p %.2g)", s.CorrectedArea, s.PValue)
		}
		return canvas.TextLine{Text: t}
	}
	return append(lines,
		side("lag > 0 ("+st.forwW+")", ft.Forward),
		side("lag < 0 ("+st.backW+")", ft.Backward),
		canvas.TextLine{Text: fmt.Sprintf("   troughs at %.1f and %.1f ms", 1000*ft.DelayForwardS,
			-1000*ft.DelayBackwardS)},
		canvas.TextLine{Text: fmt.Sprintf("   ratio %.2f, difference %.4f, peak %.5f",
			ft.Asymmetry.RawRatio, ft.Asymmetry.RawDiff, ft.SyncHeight)},
		canvas.TextLine{Text: ""})
}

// SaveCrossHistograms draws the figure of every unit and pair beside the analysis:
// in Cross_histogram_metrics for a simulation, in <recording>_cross_hist_figures
// for an experiment.
func SaveCrossHistograms(an *analysis.Analysis, output string) error {
	dir := filepath.Join(filepath.Dir(output), "Cross_histogram_metrics")
	if !an.Simulation {
		dir = filepath.Join(filepath.Dir(output), strings.TrimSuffix(an.Source, ".h5")+
			"_cross_hist_figures")
	}
	for i := range an.Rows {
		r := &an.Rows[i]
		if r.Direction != crosshist.Inhibited {
			continue
		}
		f, err := ComputeCrossHistogram(an, r.PoolA, r.PoolB, r.Unit)
		if err != nil {
			return err
		}
		if err := f.Draw().Save(
			filepath.Join(dir, fmt.Sprintf("MU_%d_%s_%s.png", r.Unit, r.PoolA, r.PoolB))); err != nil {
			return err
		}
	}
	return nil
}
