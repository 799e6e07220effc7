package recordings

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"path/filepath"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/coherence"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/simulation/motorpool"
)

// AnalysisData is an analysis with what its pictures need of the simulation.
type AnalysisData struct {
	*analysis.Analysis
	Intervals map[int][]float64 // s, per kept motor neuron
	Trains    map[int][]float64 // s
	Input     []float64         // common input of pool 0, nA, without its margins; nil if absent
	Weights   motorpool.Matrix  // disynaptic inhibition of the kept neurons
}

// SaveAnalysis draws every picture of an analysis beside it: the cross-histograms, and for
// a simulation firing, connectivity and coherence. What was not analysed is not drawn.
func SaveAnalysis(a *analysis.Analysis, output string) error {
	if err := SaveCrossHistograms(a, output); err != nil {
		return err
	}
	if !a.Simulation {
		return nil
	}
	pictures, err := AnalysisFigures(a)
	if err != nil {
		return err
	}
	for _, p := range pictures {
		if err := p.Canvas.Save(filepath.Join(filepath.Dir(output), p.Name)); err != nil {
			return err
		}
	}
	return nil
}

// AnalysisFigures draws firing, connectivity and coherence of a simulation.
func AnalysisFigures(a *analysis.Analysis) ([]canvas.Picture, error) {
	d, err := ComputeAnalysis(a)
	if err != nil {
		return nil, err
	}
	var out []canvas.Picture
	for _, f := range []struct {
		name string
		want bool
		draw func() *canvas.Canvas
	}{
		{"ANALYSIS_Firing_rate_and_ISI.png", len(a.MN) > 0, d.drawFiring},
		{"ANALYSIS_connectivity_ground_truth.png", a.Truth != nil, d.drawTruth},
		{"ANALYSIS_graph_theory_connectivity.png", a.Graph != nil && len(d.Weights.W) > 0, d.drawGraph},
		{"ANALYSIS_coherence.png", a.Coherence != nil && len(a.Coherence.Total) > 0,
			func() *canvas.Canvas { return d.drawCoherence(a.Coherence.Total) }},
		{"ANALYSIS_coherence_with_common_input.png", a.Coherence != nil && a.Coherence.WithInput != nil,
			func() *canvas.Canvas { return d.drawCoherence([]coherence.Curves{*a.Coherence.WithInput}) }},
		{"ANALYSIS_CSTs_vs_common_input.png", a.Coherence != nil && d.Input != nil, d.drawTrainsAndInput},
	} {
		if f.want {
			out = append(out, canvas.Picture{Name: f.name, Canvas: f.draw()})
		}
	}
	return out, nil
}

// ComputeAnalysis reads what the pictures need of the simulation that was analysed.
func ComputeAnalysis(a *analysis.Analysis) (*AnalysisData, error) {
	if a.SourcePath == "" {
		return nil, errors.New("the analysis does not tell where its simulation lies")
	}
	l, err := recfile.ReadRecording(a.SourcePath, recfile.Options{CommonInput: a.Coherence != nil})
	if err != nil {
		return nil, err
	}
	d := &AnalysisData{Analysis: a, Intervals: map[int][]float64{}, Trains: map[int][]float64{}}
	for _, u := range l.Recording.Units {
		if !slices.Contains(a.Kept, u.ID) {
			continue
		}
		d.Trains[u.ID] = u.SpikesS
		for i := 1; i < len(u.SpikesS); i++ {
			d.Intervals[u.ID] = append(d.Intervals[u.ID], u.SpikesS[i]-u.SpikesS[i-1])
		}
	}
	if l.Truth == nil {
		return d, nil
	}
	if margin := int(a.FsHz); len(l.Truth.CommonInput) > 0 && len(l.Truth.CommonInput[0]) > 2*margin {
		x := l.Truth.CommonInput[0]
		d.Input = x[margin : len(x)-margin]
	}
	if c := l.Truth.ConnectivityMNtoMN; c != nil {
		d.Weights = motorpool.NewMatrix(len(a.Kept), len(a.Kept))
		for i, from := range a.Kept {
			for j, to := range a.Kept {
				d.Weights.Row(i)[j] = c[from][to]
			}
		}
	}
	return d, nil
}

func (d *AnalysisData) drawFiring() *canvas.Canvas {
	c := canvas.New(13, 7)
	var id, mean, lo, hi, least, most, cov, isi, rc []float64
	for _, m := range d.MN {
		id, mean = append(id, float64(m.ID)), append(mean, m.Stats.MeanHz)
		lo, hi = append(lo, m.Stats.MeanHz-m.Stats.StdHz), append(hi, m.Stats.MeanHz+m.Stats.StdHz)
		least, most = append(least, m.Stats.MinHz), append(most, m.Stats.MaxHz)
		if !math.IsNaN(m.Stats.ISICoV) {
			cov = append(cov, m.Stats.ISICoV)
		}
		for _, v := range d.Intervals[m.ID] {
			isi = append(isi, math.Min(1000*v, 500))
		}
	}
	for _, r := range d.RC {
		rc = append(rc, r.Stats.MeanHz)
	}
	band := canvas.Panel("rate: mean, mean ± sd, extremes (dashed)", "motor neuron", "rate (Hz)")
	canvas.Fit(band, id[0], id[len(id)-1], lo, hi, mean)
	band.Y.Max = math.Max(band.Y.Max, slices.Max(hi)*1.3)
	band.Add(canvas.Line(id, lo, canvas.PoolColour(0), 0.7),
		canvas.Line(id, hi, canvas.PoolColour(0), 0.7), canvas.Line(id, mean, canvas.PoolColour(0), 1.8),
		canvas.Line(id, least, canvas.Grey, 0.8, vg.Points(3), vg.Points(3)),
		canvas.Line(id, most, canvas.Grey, 0.8, vg.Points(3), vg.Points(3)))
	band.Draw(c.Area(0, 0.5, 0.34, 1))
	canvas.HistogramPanel("motor neurons", "mean rate (Hz)", mean,
		canvas.PoolColour(0)).Draw(c.Area(0.34, 0.5, 0.67, 1))
	canvas.HistogramPanel("Renshaw cells", "mean rate (Hz)", rc,
		canvas.RGB(0x7B2D8E)).Draw(c.Area(0.67, 0.5, 1, 1))
	canvas.HistogramPanel("intervals of all neurons (above 500 ms in the last bar)", "interval (ms)",
		isi, canvas.RGB(0x66A61E)).Draw(c.Area(0, 0, 0.5, 0.5))
	canvas.HistogramPanel("variability", "CoV of the intervals", cov,
		canvas.RGB(0xE6AB02)).Draw(c.Area(0.5, 0, 1, 0.5))
	return c
}

// bars is a bar per motor neuron.
func bars(title, y string, values []float64, col color.NRGBA) *plot.Plot {
	p := canvas.Panel(title, "motor neuron", y)
	p.X.Min, p.X.Max = -0.5, float64(len(values))-0.5
	for i, v := range values {
		p.Y.Max = math.Max(p.Y.Max, 1.05*v)
		if v > 0 {
			p.Add(canvas.Rectangle(float64(i)-0.4, float64(i)+0.4, 0, v, col))
		}
	}
	p.Y.Min, p.Y.Max = 0, math.Max(p.Y.Max, 1e-9)
	return p
}

func (d *AnalysisData) drawTruth() *canvas.Canvas {
	t := d.Truth
	rows := 1 + len(d.Pools)
	c := canvas.New(13, 3.2*float64(rows)+1)
	m := motorpool.NewMatrix(len(t.Matrix), len(t.Matrix))
	hi := 0.0
	for i, row := range t.Matrix {
		for j, v := range row {
			if !math.IsNaN(v) {
				m.Row(i)[j] = v
				hi = math.Max(hi, v)
			}
		}
	}
	height := 1 / float64(rows)
	heatPanel("effective inhibition (mA Hz)", "receives", "delivers", m, 0,
		hi).Draw(c.Area(0, 1-height, 0.3, 1))
	drawScale(c.Area(0.31, 1-0.9*height, 0.36, 1-0.1*height), hi)
	lilac, blue := canvas.RGB(0xC8A2E0), canvas.RGB(0x9BD0F5)
	bars("delivered to all", "mA Hz", t.Delivered, lilac).Draw(c.Area(0.37, 1-height, 0.68, 1))
	bars("received from all", "mA Hz", t.Received, blue).Draw(c.Area(0.69, 1-height, 1, 1))
	for k, pool := range d.Pools {
		y1 := 1 - float64(k+1)*height
		bars("delivered to "+pool, "mA Hz", t.ToPool[pool], lilac).Draw(c.Area(0, y1-height, 0.5, y1))
		bars("received from "+pool, "mA Hz", t.FromPool[pool], blue).Draw(c.Area(0.5, y1-height, 1, y1))
	}
	return c
}

// drawGraph shows the weights and the graph they make; drawings of nodes and edges, whose
// layout no other program would repeat, are left out.
func (d *AnalysisData) drawGraph() *canvas.Canvas {
	c := canvas.New(11, 6)
	binary := motorpool.NewMatrix(d.Weights.Rows, d.Weights.Cols)
	hi := 0.0
	for i, v := range d.Weights.W {
		hi = math.Max(hi, v)
		if v > 0 {
			binary.W[i] = 1
		}
	}
	heatPanel("weights", "to", "from", d.Weights, 0, hi).Draw(c.Area(0, 0.2, 0.48, 1))
	heatPanel("edges", "to", "from", binary, 0, 1).Draw(c.Area(0.52, 0.2, 1, 1))
	g := d.Graph
	canvas.Text(c.Area(0.05, 0, 0.98, 0.18), 10, []canvas.TextLine{
		{Text: fmt.Sprintf("density %.3g, mean inhibition %.3g ± %.3g, global efficiency %.3g, mean "+
			"shortest path %.3g", g.Density, g.MeanInhibition, g.StdInhibition, g.GlobalEfficiency,
			g.MeanShortestPath)},
		{Text: fmt.Sprintf("clustering %.3g; random graphs of the same density %.3g ± %.2g (z %.3g)",
			g.Clustering, g.NullClusteringMean, g.NullClusteringStd, g.ClusteringZ)},
	})
	return c
}

// drawCoherence has, for every pair of pools, the coherence by group size (5 in red) with
// the mean rates of the neurons (dashed), and its growth per extra neuron.
func (d *AnalysisData) drawCoherence(pairs []coherence.Curves) *canvas.Canvas {
	c := canvas.New(13, 3.6*float64(len(pairs)))
	hz := d.Coherence.FrequenciesHz
	for i, pair := range pairs {
		y0, y1 := 1-float64(i+1)/float64(len(pairs)), 1-float64(i)/float64(len(pairs))
		p := canvas.Panel("coherence of "+pair.Name+" by group size (colour), 5 red; mean rates dashed",
			"frequency (Hz)", "coherence")
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, hz[len(hz)-1], 0, 1
		last := float64(max(2, len(pair.Sizes)))
		for _, size := range pair.Sizes {
			if size != 5 {
				p.Add(canvas.Trace(finite(hz, pair.BySize[size]), finiteY(pair.BySize[size]),
					canvas.Viridis(float64(size-1)/(last-1)), 0.5))
			}
		}
		if curve := pair.BySize[5]; curve != nil {
			p.Add(canvas.Trace(finite(hz, curve), finiteY(curve), canvas.Red, 1.4))
		}
		for _, m := range d.MN {
			p.Add(canvas.Line([]float64{m.Stats.MeanHz, m.Stats.MeanHz}, []float64{0, 0.04}, canvas.Grey,
				0.7, vg.Points(2), vg.Points(2)))
		}
		p.Draw(c.Area(0, y0, 0.5, y1))
		delta := pair.Delta(len(hz))
		q := canvas.Panel("growth of coherence per neuron", "frequency (Hz)", "Δ coherence")
		canvas.Fit(q, 0, hz[len(hz)-1], finiteY(delta.Mean), finiteY(delta.Median),
			finiteY(delta.MaxPlusMin), []float64{0})
		for _, k := range []struct {
			name string
			y    []float64
			col  color.NRGBA
		}{{"mean", delta.Mean, canvas.RGB(0x6F00FF)}, {"median", delta.Median, canvas.RGB(0x0077FF)},
			{"max + min", delta.MaxPlusMin, canvas.RGB(0x8886EC)}} {
			q.Add(canvas.Trace(finite(hz, k.y), finiteY(k.y), k.col, 1.2))
			q.Legend.Add(k.name, canvas.Line(nil, nil, k.col, 1.2))
		}
		q.Legend.Top = true
		q.Draw(c.Area(0.5, y0, 1, y1))
	}
	return c
}

// finite returns the x whose y is a number, finiteY those y.
func finite(x, y []float64) []float64 {
	var out []float64
	for i, v := range y {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			out = append(out, x[i])
		}
	}
	return out
}

func finiteY(y []float64) []float64 { return finite(y, y) }

// drawTrainsAndInput shows 5 s of the summed spike train of all kept neurons, smoothed
// over 50 ms, with the common input.
func (d *AnalysisData) drawTrainsAndInput() *canvas.Canvas {
	c := canvas.New(12, 5)
	const seconds, width = 5, 0.025
	n := min(int(seconds*d.FsHz), len(d.Input))
	rate := make([]float64, n)
	for _, train := range d.Trains {
		for _, s := range train {
			for k := max(0, int((s-width)*d.FsHz)); k < min(n, int((s+width)*d.FsHz)); k++ {
				rate[k] += 1 / (2 * width)
			}
		}
	}
	tr, yr := canvas.Thinned(rate, d.FsHz, 1)
	above := canvas.Panel(fmt.Sprintf("summed spike train of %d neurons, mean over 50 ms",
		len(d.Trains)), "", "spikes/s")
	canvas.Fit(above, 0, float64(n)/d.FsHz, yr)
	above.Add(canvas.Trace(tr, yr, canvas.PoolColour(0), 1))
	ti, yi := canvas.Thinned(d.Input[:n], d.FsHz, 1e-3)
	below := canvas.Panel("", "time (s)", "common input (µA)")
	canvas.Fit(below, 0, float64(n)/d.FsHz, yi)
	below.Add(canvas.Trace(ti, yi, canvas.Red, 1))
	a, b := canvas.Aligned(above, below, c.Area(0, 0.5, 0.99, 1), c.Area(0, 0, 0.99, 0.5))
	above.Draw(a)
	below.Draw(b)
	return c
}
