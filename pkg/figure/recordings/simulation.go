package recordings

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

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/simulation/motorpool"
)

// simulationFigures are the pictures of one simulation, by file name.
var simulationFigures = []struct {
	name string
	draw func(*motorpool.Simulation) *canvas.Canvas
}{
	{"MN_sizes.png", drawSizes},
	{"MN_electrophysiological_properties.png", drawProperties},
	{"Common_inputs.png", drawCommonInputs},
	{"Input_TimedArray_SanityCheck.png", drawDrive},
	{"Input_common_VS_independent_MN0.png", drawCommonVersusIndependent},
	{"Power_of_common_and_independent_inputs.png", drawPower},
	{"Connectivity_MN_to_RC.png", func(s *motorpool.Simulation) *canvas.Canvas {
		return drawMatrix(s, s.Connectivity.MNtoRC, "motor neuron to Renshaw cell", "Renshaw cell",
			s.Params.NeuronsPerPool, s.Params.RenshawPerPair)
	}},
	{"Connectivity_RC_to_MN.png", func(s *motorpool.Simulation) *canvas.Canvas {
		return drawMatrix(s, s.Connectivity.RCtoMN, "Renshaw cell to motor neuron", "motor neuron",
			s.Params.RenshawPerPair, s.Params.NeuronsPerPool)
	}},
	{"Connectivity_MN_to_MN.png", func(s *motorpool.Simulation) *canvas.Canvas {
		return drawMatrix(s, s.Connectivity.MNtoMN, "disynaptic, motor neuron to motor neuron",
			"motor neuron", s.Params.NeuronsPerPool, s.Params.NeuronsPerPool)
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
func SimulationFigure(s *motorpool.Simulation, name string) (*canvas.Canvas, error) {
	for _, f := range simulationFigures {
		if f.name == name {
			return f.draw(s), nil
		}
	}
	return nil, fmt.Errorf("figure: a simulation has no picture %q", name)
}

func indices(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(i)
	}
	return x
}

func drawSizes(s *motorpool.Simulation) *canvas.Canvas {
	c := canvas.New(14, 4.2)
	p, d := &s.Params, s.Neurons.DiameterUm
	sizes := canvas.HistogramPanel("soma diameters", "diameter (µm)", d, canvas.RGB(0x74A9CF))
	sizes.X.Min, sizes.X.Max = math.Min(sizes.X.Min, p.MinDiameterUm),
		math.Max(sizes.X.Max, p.MaxDiameterUm)
	for _, v := range []float64{p.MinDiameterUm, p.MaxDiameterUm} {
		sizes.Add(canvas.Line([]float64{v, v}, []float64{0, sizes.Y.Max}, canvas.Red, 1, vg.Points(4),
			vg.Points(3)))
	}
	sizes.Draw(c.Area(0, 0, 0.33, 1))
	normalised := make([]float64, len(d))
	for i, v := range d {
		normalised[i] = (v - p.MinDiameterUm) / (p.MaxDiameterUm - p.MinDiameterUm)
	}
	canvas.HistogramPanel("normalised sizes", "(D - min) / (max - min)", normalised,
		canvas.RGB(0x8C96C6)).Draw(c.Area(0.33, 0, 0.66, 1))
	byIndex := canvas.Panel("by index", "motor neuron", "diameter (µm)")
	canvas.Fit(byIndex, 0, float64(len(d)-1), d)
	mean := stat.Mean(d, nil)
	byIndex.Add(canvas.Line(indices(len(d)), d, canvas.PoolColour(0), 1.6),
		canvas.Line([]float64{0, float64(len(d) - 1)}, []float64{mean, mean}, canvas.Grey, 1,
			vg.Points(4), vg.Points(3)))
	byIndex.Draw(c.Area(0.66, 0, 1, 1))
	return c
}

func drawProperties(s *motorpool.Simulation) *canvas.Canvas {
	c := canvas.New(7, 14)
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
		{"AHP (ms)", [][]float64{n.AHPDurationMs, n.AHPTauMs, n.RefractoryMs},
			[]string{"duration", "time constant", "refractory period"}},
		{"rheobase (nA)", [][]float64{n.RheobaseNA}, nil},
	}
	for i, row := range rows {
		label := ""
		if i == len(rows)-1 {
			label = "motor neuron"
		}
		p := canvas.Panel("", label, row.label)
		canvas.Fit(p, 0, x[len(x)-1], row.values...)
		for k, v := range row.values {
			p.Add(canvas.Line(x, v, canvas.PoolColour(k), 1.5))
			if row.names != nil {
				p.Legend.Add(row.names[k], canvas.Line(nil, nil, canvas.PoolColour(k), 1.5))
			}
		}
		p.Legend.Top = true
		top := 1 - float64(i)/float64(len(rows))
		p.Draw(c.Area(0, top-1/float64(len(rows)), 1, top))
	}
	return c
}

func drawCommonInputs(s *motorpool.Simulation) *canvas.Canvas {
	c := canvas.New(13, 10)
	fs := float64(s.Params.FsHz)
	whole, start := canvas.Panel("common input of each pool", "time (s)", "current (µA)"),
		canvas.Panel("first 3 s after the margin", "time (s)", "current (µA)")
	spectrum := canvas.Panel("power", "frequency (Hz)", "density (µA²/Hz)")
	var all, first, power [][]float64
	for q, x := range s.Common.CurrentNA {
		t, y := canvas.Thinned(x, fs, 1e-3)
		whole.Add(canvas.Trace(t, y, canvas.PoolColour(q), 0.8))
		from := int(s.Params.EdgesS * fs)
		t3, y3 := canvas.Thinned(x[from:min(from+3*int(fs), len(x))], fs, 1e-3)
		start.Add(canvas.Trace(t3, y3, canvas.PoolColour(q), 1.1))
		density := scaled(s.Common.DensityNA2[q][:s.SpectrumHz()], 1e-6)
		spectrum.Add(canvas.Line(indices(len(density)), density, canvas.PoolColour(q), 1.3))
		spectrum.Legend.Add(fmt.Sprintf("pool %d: %.3g µA²", q, s.Common.TotalPower[q]*1e-6),
			canvas.Line(nil, nil, canvas.PoolColour(q), 1.3))
		all, first, power = append(all, y), append(first, y3), append(power, density)
	}
	canvas.Fit(whole, 0, s.Params.TotalS(), all...)
	canvas.Fit(start, 0, 3, first...)
	canvas.Fit(spectrum, 0, float64(s.SpectrumHz()), power...)
	band := s.Params.PowerBandHz
	shade := canvas.Rectangle(band[0], band[1], spectrum.Y.Min, spectrum.Y.Max, canvas.RGB(0xFFF1CC))
	spectrum.Add(shade)
	spectrum.Legend.Add("calibration band", shade)
	spectrum.Legend.Top = true
	whole.Draw(c.Area(0, 0.68, 1, 1))
	start.Draw(c.Area(0, 0.36, 1, 0.68))
	spectrum.Draw(c.Area(0, 0, 0.5, 0.36))
	pools := len(s.Common.CurrentNA)
	correlation, targets := motorpool.NewMatrix(pools, pools),
		motorpool.NewMatrix(pools, s.Params.Neurons())
	for i := range s.Common.CurrentNA {
		for j := range s.Common.CurrentNA {
			correlation.W[i*pools+j] = stat.Correlation(s.Common.CurrentNA[i], s.Common.CurrentNA[j], nil)
		}
		for m := 0; m < s.Params.NeuronsPerPool; m++ {
			targets.W[i*targets.Cols+i*s.Params.NeuronsPerPool+m] = 1
		}
	}
	heatPanel("correlation of the pools", "pool", "pool", correlation, -1,
		1).Draw(c.Area(0.5, 0, 0.72, 0.36))
	heatPanel("input to motor neuron", "motor neuron", "input of pool", targets, 0,
		1).Draw(c.Area(0.72, 0, 1, 0.36))
	return c
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

func drawDrive(s *motorpool.Simulation) *canvas.Canvas {
	c := canvas.New(14, 5)
	rows := driveOf(s)
	p := canvas.Panel("drive of ten motor neurons (colour: index) and mean of all but the first "+
		"(black)", "time (s)", "current (µA)")
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
		t, y := canvas.Thinned(rows[m], fs, 1e-3)
		p.Add(canvas.Trace(t, y, canvas.Viridis(float64(m)/float64(max(1, len(rows)-1))), 0.5))
		drawn = append(drawn, y)
	}
	t, y := canvas.Thinned(mean, fs, 1e-3)
	p.Add(canvas.Trace(t, y, canvas.Black, 0.8))
	canvas.Fit(p, 0, s.Params.TotalS(), drawn...)
	p.Draw(c.Area(0, 0, 1, 1))
	return c
}

func drawCommonVersusIndependent(s *motorpool.Simulation) *canvas.Canvas {
	c := canvas.New(10, 4.5)
	fs := float64(s.Params.FsHz)
	from := int(s.Params.EdgesS * fs)
	cut := func(x []float64) ([]float64, []float64) {
		return canvas.Thinned(x[from:min(from+3*int(fs), len(x))], fs, 1e-3)
	}
	t, common := cut(s.Common.CurrentNA[0])
	independent := s.Independent(0)
	ti, private := cut(independent)
	a, b := stat.PopVariance(s.Common.CurrentNA[0], nil)*1e-6, stat.PopVariance(independent, nil)*1e-6
	p := canvas.Panel(fmt.Sprintf("motor neuron 0: independent / common power = %.3g", b/a),
		"time after the margin (s)", "current (µA)")
	canvas.Fit(p, 0, 3, common, private)
	p.Add(canvas.Trace(ti, private, canvas.PoolColour(0), 0.8),
		canvas.Trace(t, common, canvas.Red, 1.4))
	p.Legend.Add(fmt.Sprintf("common, %.3g µA²", a), canvas.Line(nil, nil, canvas.Red, 1.4))
	p.Legend.Add(fmt.Sprintf("independent, %.3g µA²", b),
		canvas.Line(nil, nil, canvas.PoolColour(0), 0.8))
	p.Legend.Top = true
	p.Draw(c.Area(0, 0, 1, 1))
	return c
}

func drawPower(s *motorpool.Simulation) *canvas.Canvas {
	c := canvas.New(8, 4.8)
	n := s.SpectrumHz()
	density, total := s.IndependentSpectrum()
	common, private := scaled(s.Common.DensityNA2[0][:n], 1e-6), scaled(density[:n], 1e-6)
	p := canvas.Panel("inputs of pool 0", "frequency (Hz)", "power density (µA²/Hz)")
	canvas.Fit(p, 0, float64(n), common, private)
	p.Add(canvas.Line(indices(n), common, canvas.Red, 1.5),
		canvas.Line(indices(n), private, canvas.PoolColour(0), 1.5))
	p.Legend.Add(fmt.Sprintf("common, total %.3g µA²", s.Common.TotalPower[0]*1e-6),
		canvas.Line(nil, nil, canvas.Red, 1.5))
	p.Legend.Add(fmt.Sprintf("independent (mean), total %.3g µA²", total*1e-6),
		canvas.Line(nil, nil, canvas.PoolColour(0), 1.5))
	p.Legend.Top = true
	p.Draw(c.Area(0, 0, 1, 1))
	return c
}

// drawMatrix paints weights with the borders of pools and the mean and SD of each block.
func drawMatrix(s *motorpool.Simulation, m motorpool.Matrix, title, to string, perRow,
	perCol int) *canvas.Canvas {
	c := canvas.New(7.5, 7.5)
	hi := 0.0
	for _, v := range m.W {
		hi = math.Max(hi, v)
	}
	p := heatPanel(title, to, "from", m, 0, hi)
	white := color.NRGBA{255, 255, 255, 255}
	for i := perRow; i < m.Rows; i += perRow {
		p.Add(canvas.Line([]float64{-0.5, float64(m.Cols) - 0.5},
			[]float64{float64(i) - 0.5, float64(i) - 0.5}, white, 1))
	}
	for j := perCol; j < m.Cols; j += perCol {
		p.Add(canvas.Line([]float64{float64(j) - 0.5, float64(j) - 0.5},
			[]float64{-0.5, float64(m.Rows) - 0.5}, white, 1))
	}
	var lines []canvas.TextLine
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
				lines = append(lines, canvas.TextLine{Text: fmt.Sprintf(
					"rows %d-%d, columns %d-%d: %.3g ± %.3g", i, i+perRow-1, j, j+perCol-1, stat.Mean(w, nil),
					stat.PopStdDev(w, nil))})
			}
		}
	}
	if len(lines) == 0 {
		lines = []canvas.TextLine{{Text: "no connection"}}
	}
	below := math.Min(0.4, 0.03+0.025*float64(len(lines)))
	p.Draw(c.Area(0.01, below, 0.9, 0.99))
	drawScale(c.Area(0.92, below+0.1, 0.995, 0.9), hi)
	canvas.Text(c.Area(0.1, 0.005, 0.99, below), 8.5, lines)
	return c
}

func drawWeightSums(s *motorpool.Simulation) *canvas.Canvas {
	pools, n, r := s.Params.Pools, s.Params.NeuronsPerPool, s.Params.RenshawPerPair
	pairs := pools * pools
	c := canvas.New(11, 2.6*float64(pairs)+0.4)
	for i := 0; i < pools; i++ {
		for j := 0; j < pools; j++ {
			var excite, inhibit, total []float64
			cells := (i*pools + j) * r
			for m := i * n; m < (i+1)*n; m++ {
				excite = append(excite, stats.Sum(s.Connectivity.MNtoRC.Row(m)[cells:cells+r]))
				total = append(total, stats.Sum(s.Connectivity.MNtoMN.Row(m)[j*n:(j+1)*n]))
			}
			for k := cells; k < cells+r; k++ {
				inhibit = append(inhibit, stats.Sum(s.Connectivity.RCtoMN.Row(k)[j*n:(j+1)*n]))
			}
			row := float64(i*pools + j)
			y0, y1 := 1-(row+1)/float64(pairs), 1-row/float64(pairs)
			pair := fmt.Sprintf("pool %d to pool %d: ", i, j)
			canvas.HistogramPanel(pair+"MN to RC", "sum per motor neuron", excite,
				canvas.RGB(0x66C2A4)).Draw(c.Area(0, y0, 0.33, y1))
			canvas.HistogramPanel("RC to MN", "sum per Renshaw cell", inhibit,
				canvas.RGB(0xB589D6)).Draw(c.Area(0.33, y0, 0.66, y1))
			canvas.HistogramPanel("MN to MN", "sum per motor neuron", total,
				canvas.RGB(0xF2A65A)).Draw(c.Area(0.66, y0, 1, y1))
		}
	}
	return c
}

// denseRaster paints a tick per spike into an image: many thousands of them.
type denseRaster struct {
	trains [][]float64
	colour func(i int) color.NRGBA
}

// Plot paints the image at the resolution of the canvas.
func (r denseRaster) Plot(c draw.Canvas, p *plot.Plot) {
	w, h := int((c.Max.X-c.Min.X)/vg.Inch*canvas.ScreenDPI),
		int((c.Max.Y-c.Min.Y)/vg.Inch*canvas.ScreenDPI)
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

func rasterPanel(title, y string, trains [][]float64, endS, edgeS float64,
	colour func(int) color.NRGBA) *plot.Plot {
	p := canvas.Panel(title, "time (s)", y)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, endS, 0, float64(len(trains))
	p.Y.Tick.Marker = wholeSteps(6)
	p.Add(canvas.Rectangle(0, edgeS, 0, p.Y.Max, canvas.LightGrey),
		canvas.Rectangle(endS-edgeS, endS, 0, p.Y.Max, canvas.LightGrey), denseRaster{trains, colour})
	return p
}

func drawSpikeTrains(s *motorpool.Simulation) *canvas.Canvas {
	c := canvas.New(14, 8)
	mn, rc := s.Trains(), s.RenshawTrains()
	d, end := s.Neurons.DiameterUm, s.Params.TotalS()
	lo, hi := d[0], d[0]
	for _, v := range d {
		lo, hi = math.Min(lo, v), math.Max(hi, v)
	}
	rasterPanel(fmt.Sprintf("%d motor neurons (colour: diameter, %.1f to %.1f µm); margins grey",
		len(mn), lo, hi), "motor neuron", mn, end, s.Params.EdgesS,
		func(i int) color.NRGBA { return canvas.Viridis((d[i] - lo) / math.Max(hi-lo, 1e-9)) }).Draw(
		c.Area(0, 0.42, 1, 1))
	rasterPanel(fmt.Sprintf("%d Renshaw cells", len(rc)), "Renshaw cell", rc, end, s.Params.EdgesS,
		func(int) color.NRGBA { return canvas.RGB(0x7B2D8E) }).Draw(c.Area(0, 0, 1, 0.42))
	return c
}
