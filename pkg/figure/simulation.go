package figure

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"path/filepath"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/simulation/motorpool"
)

// simulationFigures are the pictures of one simulation, by file name.
var simulationFigures = []struct {
	name string
	draw func(*motorpool.Simulation) *Canvas
}{
	{"MN_sizes.png", drawSizes},
	{"MN_electrophysiological_properties.png", drawProperties},
	{"Common_inputs.png", drawCommonInputs},
	{"Input_TimedArray_SanityCheck.png", drawDrive},
	{"Input_common_VS_independent_MN0.png", drawCommonVersusIndependent},
	{"Power_of_common_and_independent_inputs.png", drawPower},
	{"Connectivity_MN_to_RC.png", func(s *motorpool.Simulation) *Canvas {
		return drawMatrix(s, s.Connectivity.MNtoRC, "motor neuron to Renshaw cell", "Renshaw cell", s.Params.NeuronsPerPool, s.Params.RenshawPerPair)
	}},
	{"Connectivity_RC_to_MN.png", func(s *motorpool.Simulation) *Canvas {
		return drawMatrix(s, s.Connectivity.RCtoMN, "Renshaw cell to motor neuron", "motor neuron", s.Params.RenshawPerPair, s.Params.NeuronsPerPool)
	}},
	{"Connectivity_MN_to_MN.png", func(s *motorpool.Simulation) *Canvas {
		return drawMatrix(s, s.Connectivity.MNtoMN, "disynaptic, motor neuron to motor neuron", "motor neuron", s.Params.NeuronsPerPool, s.Params.NeuronsPerPool)
	}},
	{"Connectivity_histogram.png", drawWeightSums},
	{"Spike_Trains.png", drawSpikeTrains},
}

// SaveSimulation draws the pictures of a simulation into its folder.
func SaveSimulation(dir string, s *motorpool.Simulation) error {
	for _, f := range simulationFigures {
		if err := f.draw(s).Save(filepath.Join(dir, f.name)); err != nil {
			return err
		}
	}
	return nil
}

// SimulationFigure draws one of the pictures of SaveSimulation by its file name; another
// name is an error.
func SimulationFigure(s *motorpool.Simulation, name string) (*Canvas, error) {
	for _, f := range simulationFigures {
		if f.name == name {
			return f.draw(s), nil
		}
	}
	return nil, fmt.Errorf("figure: a simulation has no picture %q", name)
}

var poolColours = []color.NRGBA{hex(0x2489DC), hex(0xD9480F), hex(0x2F9E44), hex(0x7048E8)}

func poolColour(q int) color.NRGBA { return poolColours[q%len(poolColours)] }

// viridis runs from violet (0) to yellow (1).
func viridis(x float64) color.NRGBA {
	stops := []color.NRGBA{hex(0x440154), hex(0x3B528B), hex(0x21918C), hex(0x5EC962), hex(0xFDE725)}
	x = math.Min(math.Max(x, 0), 1) * float64(len(stops)-1)
	i := min(int(x), len(stops)-2)
	f := x - float64(i)
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + f*(float64(b)-float64(a)))) }
	a, b := stops[i], stops[i+1]
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// histogram is bars of the share of values (percent) in equal bins.
type histogram struct {
	lo, hi  float64
	percent []float64
	colour  color.NRGBA
}

func newHistogram(values []float64, bins int, c color.NRGBA) *histogram {
	h := &histogram{lo: math.Inf(1), hi: math.Inf(-1), percent: make([]float64, bins), colour: c}
	for _, v := range values {
		h.lo, h.hi = math.Min(h.lo, v), math.Max(h.hi, v)
	}
	if !(h.lo < h.hi) { // one value, or none
		if len(values) == 0 {
			h.lo, h.hi = 0, 0
		}
		h.lo, h.hi = h.lo-0.5, h.hi+0.5
	}
	for _, v := range values {
		k := min(int((v-h.lo)/(h.hi-h.lo)*float64(bins)), bins-1)
		h.percent[k] += 100 / float64(len(values))
	}
	return h
}

// Plot draws the bars.
func (h *histogram) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	step := (h.hi - h.lo) / float64(len(h.percent))
	for k, v := range h.percent {
		x0, x1 := tx(h.lo+float64(k)*step), tx(h.lo+float64(k+1)*step)-vg.Points(0.6)
		c.FillPolygon(h.colour, []vg.Point{{X: x0, Y: ty(0)}, {X: x1, Y: ty(0)}, {X: x1, Y: ty(v)}, {X: x0, Y: ty(v)}})
	}
}

// histogramPanel is a plot of one histogram.
func histogramPanel(title, x string, values []float64, c color.NRGBA) *plot.Plot {
	h := newHistogram(values, 15, c)
	p := panel(title, x, "share (%)")
	p.X.Min, p.X.Max, p.Y.Min = h.lo, h.hi, 0
	for _, v := range h.percent {
		p.Y.Max = math.Max(p.Y.Max, 1.08*v)
	}
	p.Add(h)
	return p
}

func indices(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(i)
	}
	return x
}

// fit sets the limits of a plot around values.
func fit(p *plot.Plot, x0, x1 float64, ys ...[]float64) {
	var all []float64
	for _, y := range ys {
		all = append(all, y...)
	}
	p.X.Min, p.X.Max = x0, math.Max(x1, x0+1e-9)
	p.Y.Min, p.Y.Max = limits(all)
}

// thinned keeps smallest and largest value of every stretch of a long signal, scaled.
func thinned(x []float64, fsHz, scale float64) (t, y []float64) {
	every := max(1, len(x)/1500)
	for i := 0; i < len(x); i += every {
		part := x[i:min(i+every, len(x))]
		lo, hi := part[0], part[0]
		for _, v := range part {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
		at := float64(i) / fsHz
		if every == 1 {
			t, y = append(t, at), append(y, scale*lo)
			continue
		}
		t, y = append(t, at, at), append(y, scale*lo, scale*hi)
	}
	return t, y
}

func drawSizes(s *motorpool.Simulation) *Canvas {
	c := newCanvas(14, 4.2)
	p, d := &s.Params, s.Neurons.DiameterUm
	sizes := histogramPanel("soma diameters", "diameter (µm)", d, hex(0x74A9CF))
	sizes.X.Min, sizes.X.Max = math.Min(sizes.X.Min, p.MinDiameterUm), math.Max(sizes.X.Max, p.MaxDiameterUm)
	for _, v := range []float64{p.MinDiameterUm, p.MaxDiameterUm} {
		sizes.Add(line([]float64{v, v}, []float64{0, sizes.Y.Max}, red, 1, vg.Points(4), vg.Points(3)))
	}
	sizes.Draw(c.area(0, 0, 0.33, 1))
	normalised := make([]float64, len(d))
	for i, v := range d {
		normalised[i] = (v - p.MinDiameterUm) / (p.MaxDiameterUm - p.MinDiameterUm)
	}
	histogramPanel("normalised sizes", "(D - min) / (max - min)", normalised, hex(0x8C96C6)).Draw(c.area(0.33, 0, 0.66, 1))
	byIndex := panel("by index", "motor neuron", "diameter (µm)")
	fit(byIndex, 0, float64(len(d)-1), d)
	mean := stat.Mean(d, nil)
	byIndex.Add(line(indices(len(d)), d, poolColour(0), 1.6), line([]float64{0, float64(len(d) - 1)}, []float64{mean, mean}, grey, 1, vg.Points(4), vg.Points(3)))
	byIndex.Draw(c.area(0.66, 0, 1, 1))
	return c
}

func drawProperties(s *motorpool.Simulation) *Canvas {
	c := newCanvas(7, 14)
	n := s.Neurons
	x := indices(len(n.DiameterUm))
	rows := []struct {
		label  string
		values [][]float64
		names  []string
	}{
		{"resistance (kΩ)", [][]float64{n.ResistanceKOhm}, nil},
		{"input weight", [][]float64{n.InputWeight}, nil},
		{"capacitance (µF)", [][]float64{n.CapacitanceUF}, nil},
		{"conductance (mS)", [][]float64{n.ConductanceMS}, nil},
		{"\"membrane\" time constant (ms)", [][]float64{n.MembraneTauMs}, nil},
		{"AHP (ms)", [][]float64{n.AHPDurationMs, n.AHPTauMs, n.RefractoryMs}, []string{"duration", "time constant", "refractory period"}},
		{"rheobase (nA)", [][]float64{n.RheobaseNA}, nil},
	}
	for i, row := range rows {
		label := ""
		if i == len(rows)-1 {
			label = "motor neuron"
		}
		p := panel("", label, row.label)
		fit(p, 0, x[len(x)-1], row.values...)
		for k, v := range row.values {
			p.Add(line(x, v, poolColour(k), 1.5))
			if row.names != nil {
				p.Legend.Add(row.names[k], line(nil, nil, poolColour(k), 1.5))
			}
		}
		p.Legend.Top = true
		top := 1 - float64(i)/float64(len(rows))
		p.Draw(c.area(0, top-1/float64(len(rows)), 1, top))
	}
	return c
}

func drawCommonInputs(s *motorpool.Simulation) *Canvas {
	c := newCanvas(13, 10)
	fs := float64(s.Params.FsHz)
	whole, start := panel("common input of each pool", "time (s)", "current (µA)"), panel("first 3 s after the margin", "time (s)", "current (µA)")
	spectrum := panel("power", "frequency (Hz)", "density (µA²/Hz)")
	var all, first, power [][]float64
	for q, x := range s.Common.CurrentNA {
		t, y := thinned(x, fs, 1e-3)
		whole.Add(newTrace(t, y, poolColour(q), 0.8))
		from := int(s.Params.EdgesS * fs)
		t3, y3 := thinned(x[from:min(from+3*int(fs), len(x))], fs, 1e-3)
		start.Add(newTrace(t3, y3, poolColour(q), 1.1))
		density := scaled(s.Common.DensityNA2[q][:s.SpectrumHz()], 1e-6)
		spectrum.Add(line(indices(len(density)), density, poolColour(q), 1.3))
		spectrum.Legend.Add(fmt.Sprintf("pool %d: %.3g µA²", q, s.Common.TotalPower[q]*1e-6), line(nil, nil, poolColour(q), 1.3))
		all, first, power = append(all, y), append(first, y3), append(power, density)
	}
	fit(whole, 0, s.Params.TotalS(), all...)
	fit(start, 0, 3, first...)
	fit(spectrum, 0, float64(s.SpectrumHz()), power...)
	band := s.Params.PowerBandHz
	shade := rectangle(band[0], band[1], spectrum.Y.Min, spectrum.Y.Max, hex(0xFFF1CC))
	spectrum.Add(shade)
	spectrum.Legend.Add("calibration band", shade)
	spectrum.Legend.Top = true
	whole.Draw(c.area(0, 0.68, 1, 1))
	start.Draw(c.area(0, 0.36, 1, 0.68))
	spectrum.Draw(c.area(0, 0, 0.5, 0.36))
	pools := len(s.Common.CurrentNA)
	correlation, targets := motorpool.NewMatrix(pools, pools), motorpool.NewMatrix(pools, s.Params.Neurons())
	for i := range s.Common.CurrentNA {
		for j := range s.Common.CurrentNA {
			correlation.W[i*pools+j] = stat.Correlation(s.Common.CurrentNA[i], s.Common.CurrentNA[j], nil)
		}
		for m := 0; m < s.Params.NeuronsPerPool; m++ {
			targets.W[i*targets.Cols+i*s.Params.NeuronsPerPool+m] = 1
		}
	}
	heatPanel("correlation of the pools", "pool", "pool", correlation, -1, 1).Draw(c.area(0.5, 0, 0.72, 0.36))
	heatPanel("input to motor neuron", "motor neuron", "input of pool", targets, 0, 1).Draw(c.area(0.72, 0, 1, 0.36))
	return c
}

// trace is a long line, stroked in short pieces: the rasteriser's time grows faster than
// the length of a path.
type trace struct {
	x, y  []float64
	style draw.LineStyle
}

func newTrace(x, y []float64, c color.Color, width float64) trace {
	return trace{x, y, draw.LineStyle{Color: c, Width: vg.Points(width)}}
}

// Plot strokes the pieces, each beginning where the last one ended.
func (t trace) Plot(c draw.Canvas, p *plot.Plot) {
	const piece = 12
	tx, ty := p.Transforms(&c)
	points := make([]vg.Point, 0, piece+1)
	for first := 0; first+1 < len(t.x); first += piece {
		points = points[:0]
		for i := first; i < min(first+piece+1, len(t.x)); i++ {
			points = append(points, vg.Point{X: tx(t.x[i]), Y: ty(t.y[i])})
		}
		c.StrokeLines(t.style, points)
	}
}

func scaled(x []float64, by float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = by * v
	}
	return y
}

// driveOf reads the whole drive, a row per motor neuron.
func driveOf(s *motorpool.Simulation) [][]float64 {
	n, samples := s.Params.Neurons(), s.Drive.Samples()
	rows := make([][]float64, n)
	for m := range rows {
		rows[m] = make([]float64, samples)
	}
	block := make([]float64, 1024*n)
	for first := 0; first < samples; first += 1024 {
		count := min(1024, samples-first)
		s.Drive.Rows(first, n, block[:count*n])
		for i := 0; i < count; i++ {
			for m := range rows {
				rows[m][first+i] = block[i*n+m]
			}
		}
	}
	return rows
}

func drawDrive(s *motorpool.Simulation) *Canvas {
	c := newCanvas(14, 5)
	rows := driveOf(s)
	p := panel("drive of ten motor neurons (colour: index) and mean of all but the first (black)", "time (s)", "current (µA)")
	fs := float64(s.Params.FsHz)
	mean := make([]float64, len(rows[0]))
	for m, x := range rows[min(1, len(rows)-1):] {
		for i, v := range x {
			mean[i] += (v - mean[i]) / float64(m+1)
		}
	}
	var drawn [][]float64
	for k := 0; k < min(10, len(rows)); k++ {
		m := k * (len(rows) - 1) / max(1, min(10, len(rows))-1)
		t, y := thinned(rows[m], fs, 1e-3)
		p.Add(newTrace(t, y, viridis(float64(m)/float64(max(1, len(rows)-1))), 0.5))
		drawn = append(drawn, y)
	}
	t, y := thinned(mean, fs, 1e-3)
	p.Add(newTrace(t, y, black, 0.8))
	fit(p, 0, s.Params.TotalS(), drawn...)
	p.Draw(c.area(0, 0, 1, 1))
	return c
}

func drawCommonVersusIndependent(s *motorpool.Simulation) *Canvas {
	c := newCanvas(10, 4.5)
	fs := float64(s.Params.FsHz)
	from := int(s.Params.EdgesS * fs)
	cut := func(x []float64) ([]float64, []float64) {
		return thinned(x[from:min(from+3*int(fs), len(x))], fs, 1e-3)
	}
	t, common := cut(s.Common.CurrentNA[0])
	ti, private := cut(s.Private[0])
	a, b := stat.PopVariance(s.Common.CurrentNA[0], nil)*1e-6, stat.PopVariance(s.Private[0], nil)*1e-6
	p := panel(fmt.Sprintf("motor neuron 0: independent / common power = %.3g", b/a), "time after the margin (s)", "current (µA)")
	fit(p, 0, 3, common, private)
	p.Add(newTrace(ti, private, poolColour(0), 0.8), newTrace(t, common, red, 1.4))
	p.Legend.Add(fmt.Sprintf("common, %.3g µA²", a), line(nil, nil, red, 1.4))
	p.Legend.Add(fmt.Sprintf("independent, %.3g µA²", b), line(nil, nil, poolColour(0), 0.8))
	p.Legend.Top = true
	p.Draw(c.area(0, 0, 1, 1))
	return c
}

func drawPower(s *motorpool.Simulation) *Canvas {
	c := newCanvas(8, 4.8)
	n := s.SpectrumHz()
	common, private := scaled(s.Common.DensityNA2[0][:n], 1e-6), scaled(s.IndependentDensity[:n], 1e-6)
	p := panel("inputs of pool 0", "frequency (Hz)", "power density (µA²/Hz)")
	fit(p, 0, float64(n), common, private)
	p.Add(line(indices(n), common, red, 1.5), line(indices(n), private, poolColour(0), 1.5))
	p.Legend.Add(fmt.Sprintf("common, total %.3g µA²", s.Common.TotalPower[0]*1e-6), line(nil, nil, red, 1.5))
	p.Legend.Add(fmt.Sprintf("independent (mean), total %.3g µA²", s.IndependentPower*1e-6), line(nil, nil, poolColour(0), 1.5))
	p.Legend.Top = true
	p.Draw(c.area(0, 0, 1, 1))
	return c
}

// heat paints a matrix, row 0 at the bottom.
type heat struct {
	m      motorpool.Matrix
	lo, hi float64
}

// Plot paints an image with whole pixels per cell.
func (h heat) Plot(c draw.Canvas, p *plot.Plot) {
	per := max(1, 700/max(h.m.Rows, h.m.Cols))
	img := image.NewNRGBA(image.Rect(0, 0, h.m.Cols*per, h.m.Rows*per))
	for i := 0; i < h.m.Rows; i++ {
		for j, v := range h.m.Row(i) {
			col := viridis((v - h.lo) / math.Max(h.hi-h.lo, 1e-12))
			for y := 0; y < per; y++ {
				for x := 0; x < per; x++ {
					img.SetNRGBA(j*per+x, (h.m.Rows-1-i)*per+y, col)
				}
			}
		}
	}
	tx, ty := p.Transforms(&c)
	c.DrawImage(vg.Rectangle{Min: vg.Point{X: tx(-0.5), Y: ty(-0.5)}, Max: vg.Point{X: tx(float64(h.m.Cols) - 0.5), Y: ty(float64(h.m.Rows) - 0.5)}}, img)
}

func heatPanel(title, x, y string, m motorpool.Matrix, lo, hi float64) *plot.Plot {
	p := panel(title, x, y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.5, float64(m.Cols)-0.5, -0.5, float64(m.Rows)-0.5
	p.X.Tick.Marker, p.Y.Tick.Marker = wholeSteps{6}, wholeSteps{6}
	p.Add(heat{m, lo, hi})
	return p
}

// wholeSteps places ticks at whole numbers.
type wholeSteps struct{ about int }

func (s wholeSteps) Ticks(lo, hi float64) []plot.Tick {
	if hi-lo <= float64(s.about) {
		var ticks []plot.Tick
		for k := math.Ceil(lo); k <= hi; k++ {
			ticks = append(ticks, plot.Tick{Value: k, Label: fmt.Sprint(k)})
		}
		return ticks
	}
	return steps(s).Ticks(lo, hi)
}

// drawMatrix paints weights with the borders of pools and the mean and SD of each block.
func drawMatrix(s *motorpool.Simulation, m motorpool.Matrix, title, to string, perRow, perCol int) *Canvas {
	c := newCanvas(7.5, 7.5)
	hi := 0.0
	for _, v := range m.W {
		hi = math.Max(hi, v)
	}
	p := heatPanel(title, to, "from", m, 0, hi)
	white := color.NRGBA{255, 255, 255, 255}
	for i := perRow; i < m.Rows; i += perRow {
		p.Add(line([]float64{-0.5, float64(m.Cols) - 0.5}, []float64{float64(i) - 0.5, float64(i) - 0.5}, white, 1))
	}
	for j := perCol; j < m.Cols; j += perCol {
		p.Add(line([]float64{float64(j) - 0.5, float64(j) - 0.5}, []float64{-0.5, float64(m.Rows) - 0.5}, white, 1))
	}
	var lines []textLine
	for i := 0; i < m.Rows; i += perRow {
		for j := 0; j < m.Cols; j += perCol {
			var w []float64
			any := false
			for k := i; k < i+perRow; k++ {
				w = append(w, m.Row(k)[j:j+perCol]...)
			}
			for _, v := range w {
				any = any || v > 0
			}
			if any {
				lines = append(lines, textLine{text: fmt.Sprintf("rows %d-%d, columns %d-%d: %.3g ± %.3g", i, i+perRow-1, j, j+perCol-1, stat.Mean(w, nil), stat.PopStdDev(w, nil))})
			}
		}
	}
	if len(lines) == 0 {
		lines = []textLine{{text: "no connection"}}
	}
	below := math.Min(0.4, 0.03+0.025*float64(len(lines)))
	p.Draw(c.area(0.01, below, 0.9, 0.99))
	drawScale(c.area(0.92, below+0.1, 0.995, 0.9), hi)
	text(c.area(0.1, 0.005, 0.99, below), 8.5, lines)
	return c
}

// drawScale is the colour scale from 0 to hi.
func drawScale(c draw.Canvas, hi float64) {
	const n = 64
	h := (c.Max.Y - c.Min.Y) / n
	for k := 0; k < n; k++ {
		y := c.Min.Y + vg.Length(k)*h
		c.FillPolygon(viridis(float64(k)/(n-1)), []vg.Point{{X: c.Min.X, Y: y}, {X: c.Min.X + 12, Y: y}, {X: c.Min.X + 12, Y: y + h + 0.3}, {X: c.Min.X, Y: y + h + 0.3}})
	}
	text(draw.Crop(c, 15, 0, 0, 5), 8, []textLine{{text: fmt.Sprintf("%.2g", hi)}})
	text(draw.Crop(c, 15, 0, 0, -(c.Max.Y-c.Min.Y)+10), 8, []textLine{{text: "0"}})
}

func drawWeightSums(s *motorpool.Simulation) *Canvas {
	pools, n, r := s.Params.Pools, s.Params.NeuronsPerPool, s.Params.RenshawPerPair
	pairs := pools * pools
	c := newCanvas(11, 2.6*float64(pairs)+0.4)
	for i := 0; i < pools; i++ {
		for j := 0; j < pools; j++ {
			var excite, inhibit, total []float64
			cells := (i*pools + j) * r
			for m := i * n; m < (i+1)*n; m++ {
				excite = append(excite, sum(s.Connectivity.MNtoRC.Row(m)[cells:cells+r]))
				total = append(total, sum(s.Connectivity.MNtoMN.Row(m)[j*n:(j+1)*n]))
			}
			for k := cells; k < cells+r; k++ {
				inhibit = append(inhibit, sum(s.Connectivity.RCtoMN.Row(k)[j*n:(j+1)*n]))
			}
			row := float64(i*pools + j)
			y0, y1 := 1-(row+1)/float64(pairs), 1-row/float64(pairs)
			pair := fmt.Sprintf("pool %d to pool %d: ", i, j)
			histogramPanel(pair+"MN to RC", "sum per motor neuron", excite, hex(0x66C2A4)).Draw(c.area(0, y0, 0.33, y1))
			histogramPanel("RC to MN", "sum per Renshaw cell", inhibit, hex(0xB589D6)).Draw(c.area(0.33, y0, 0.66, y1))
			histogramPanel("MN to MN", "sum per motor neuron", total, hex(0xF2A65A)).Draw(c.area(0.66, y0, 1, y1))
		}
	}
	return c
}

func sum(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total
}

// denseRaster paints a tick per spike into an image: many thousands of them.
type denseRaster struct {
	trains [][]float64
	colour func(i int) color.NRGBA
}

// Plot paints the image at the resolution of the canvas.
func (r denseRaster) Plot(c draw.Canvas, p *plot.Plot) {
	w, h := int((c.Max.X-c.Min.X)/vg.Inch*screenDPI), int((c.Max.Y-c.Min.Y)/vg.Inch*screenDPI)
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	rowHeight := float64(h) / float64(len(r.trains))
	for i, train := range r.trains {
		col := r.colour(i)
		top := h - int(float64(i+1)*rowHeight)
		bottom := max(top+1, h-int(float64(i)*rowHeight)-1)
		for _, t := range train {
			x := int((t - p.X.Min) / (p.X.Max - p.X.Min) * float64(w))
			for y := top; y < bottom && x >= 0 && x < w; y++ {
				img.SetNRGBA(x, y, col)
			}
		}
	}
	c.DrawImage(vg.Rectangle{Min: c.Min, Max: c.Max}, img)
}

func rasterPanel(title, y string, trains [][]float64, endS, edgeS float64, colour func(int) color.NRGBA) *plot.Plot {
	p := panel(title, "time (s)", y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, endS, 0, float64(len(trains))
	p.Y.Tick.Marker = wholeSteps{6}
	p.Add(rectangle(0, edgeS, 0, p.Y.Max, lightGrey), rectangle(endS-edgeS, endS, 0, p.Y.Max, lightGrey), denseRaster{trains, colour})
	return p
}

func drawSpikeTrains(s *motorpool.Simulation) *Canvas {
	c := newCanvas(14, 8)
	mn, rc := s.Trains(), s.RenshawTrains()
	d, end := s.Neurons.DiameterUm, s.Params.TotalS()
	lo, hi := d[0], d[0]
	for _, v := range d {
		lo, hi = math.Min(lo, v), math.Max(hi, v)
	}
	rasterPanel(fmt.Sprintf("%d motor neurons (colour: diameter, %.1f to %.1f µm); margins grey", len(mn), lo, hi), "motor neuron", mn, end, s.Params.EdgesS,
		func(i int) color.NRGBA { return viridis((d[i] - lo) / math.Max(hi-lo, 1e-9)) }).Draw(c.area(0, 0.42, 1, 1))
	rasterPanel(fmt.Sprintf("%d Renshaw cells", len(rc)), "Renshaw cell", rc, end, s.Params.EdgesS,
		func(int) color.NRGBA { return hex(0x7B2D8E) }).Draw(c.area(0, 0, 1, 0.42))
	return c
}
