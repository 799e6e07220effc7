package figure

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

// Named is a picture with its file name.
type Named struct {
	Name   string
	Canvas *Canvas
}

// AnalysisFigures draws firing, connectivity and coherence of a simulation.
func AnalysisFigures(a *analysis.Analysis) ([]Named, error) {
	d, err := ComputeAnalysis(a)
	if err != nil {
		return nil, err
	}
	var out []Named
	for _, f := range []struct {
		name string
		want bool
		draw func() *Canvas
	}{
		{"ANALYSIS_Firing_rate_and_ISI.png", len(a.MN) > 0, d.drawFiring},
		{"ANALYSIS_connectivity_ground_truth.png", a.Truth != nil, d.drawTruth},
		{"ANALYSIS_graph_theory_connectivity.png", a.Graph != nil && len(d.Weights.W) > 0, d.drawGraph},
		{"ANALYSIS_coherence.png", a.Coherence != nil && len(a.Coherence.Total) > 0, func() *Canvas { return d.drawCoherence(a.Coherence.Total) }},
		{"ANALYSIS_coherence_with_common_input.png", a.Coherence != nil && a.Coherence.WithInput != nil, func() *Canvas { return d.drawCoherence([]coherence.Curves{*a.Coherence.WithInput}) }},
		{"ANALYSIS_CSTs_vs_common_input.png", a.Coherence != nil && d.Input != nil, d.drawTrainsAndInput},
	} {
		if f.want {
			out = append(out, Named{f.name, f.draw()})
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

func (d *AnalysisData) drawFiring() *Canvas {
	c := newCanvas(13, 7)
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
	band := panel("rate: mean, mean ± sd, extremes (dashed)", "motor neuron", "rate (Hz)")
	fit(band, id[0], id[len(id)-1], lo, hi, mean)
	band.Y.Max = math.Max(band.Y.Max, slices.Max(hi)*1.3)
	band.Add(line(id, lo, poolColour(0), 0.7), line(id, hi, poolColour(0), 0.7), line(id, mean, poolColour(0), 1.8),
		line(id, least, grey, 0.8, vg.Points(3), vg.Points(3)), line(id, most, grey, 0.8, vg.Points(3), vg.Points(3)))
	band.Draw(c.area(0, 0.5, 0.34, 1))
	histogramPanel("motor neurons", "mean rate (Hz)", mean, poolColour(0)).Draw(c.area(0.34, 0.5, 0.67, 1))
	histogramPanel("Renshaw cells", "mean rate (Hz)", rc, hex(0x7B2D8E)).Draw(c.area(0.67, 0.5, 1, 1))
	histogramPanel("intervals of all neurons (above 500 ms in the last bar)", "interval (ms)", isi, hex(0x66A61E)).Draw(c.area(0, 0, 0.5, 0.5))
	histogramPanel("variability", "CoV of the intervals", cov, hex(0xE6AB02)).Draw(c.area(0.5, 0, 1, 0.5))
	return c
}

// bars is a bar per motor neuron.
func bars(title, y string, values []float64, col color.NRGBA) *plot.Plot {
	p := panel(title, "motor neuron", y)
	p.X.Min, p.X.Max = -0.5, float64(len(values))-0.5
	for i, v := range values {
		p.Y.Max = math.Max(p.Y.Max, 1.05*v)
		if v > 0 {
			p.Add(rectangle(float64(i)-0.4, float64(i)+0.4, 0, v, col))
		}
	}
	p.Y.Min, p.Y.Max = 0, math.Max(p.Y.Max, 1e-9)
	return p
}

func (d *AnalysisData) drawTruth() *Canvas {
	t := d.Truth
	rows := 1 + len(d.Pools)
	c := newCanvas(13, 3.2*float64(rows)+1)
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
	heatPanel("effective inhibition (mA Hz)", "receives", "delivers", m, 0, hi).Draw(c.area(0, 1-height, 0.3, 1))
	drawScale(c.area(0.31, 1-0.9*height, 0.36, 1-0.1*height), hi)
	lilac, blue := hex(0xC8A2E0), hex(0x9BD0F5)
	bars("delivered to all", "mA Hz", t.Delivered, lilac).Draw(c.area(0.37, 1-height, 0.68, 1))
	bars("received from all", "mA Hz", t.Received, blue).Draw(c.area(0.69, 1-height, 1, 1))
	for k, pool := range d.Pools {
		y1 := 1 - float64(k+1)*height
		bars("delivered to "+pool, "mA Hz", t.ToPool[pool], lilac).Draw(c.area(0, y1-height, 0.5, y1))
		bars("received from "+pool, "mA Hz", t.FromPool[pool], blue).Draw(c.area(0.5, y1-height, 1, y1))
	}
	return c
}

// drawGraph shows the weights and the graph they make; drawings of nodes and edges, whose
// layout no other program would repeat, are left out.
func (d *AnalysisData) drawGraph() *Canvas {
	c := newCanvas(11, 6)
	binary := motorpool.NewMatrix(d.Weights.Rows, d.Weights.Cols)
	hi := 0.0
	for i, v := range d.Weights.W {
		hi = math.Max(hi, v)
		if v > 0 {
			binary.W[i] = 1
		}
	}
	heatPanel("weights", "to", "from", d.Weights, 0, hi).Draw(c.area(0, 0.2, 0.48, 1))
	heatPanel("edges", "to", "from", binary, 0, 1).Draw(c.area(0.52, 0.2, 1, 1))
	g := d.Graph
	text(c.area(0.05, 0, 0.98, 0.18), 10, []textLine{
		{text: fmt.Sprintf("density %.3g, mean inhibition %.3g ± %.3g, global efficiency %.3g, mean shortest path %.3g", g.Density, g.MeanInhibition, g.StdInhibition, g.GlobalEfficiency, g.MeanShortestPath)},
		{text: fmt.Sprintf("clustering %.3g; random graphs of the same density %.3g ± %.2g (z %.3g)", g.Clustering, g.NullClusteringMean, g.NullClusteringStd, g.ClusteringZ)},
	})
	return c
}

// drawCoherence has, for every pair of pools, the coherence by group size (5 in red) with
// the mean rates of the neurons (dashed), and its growth per extra neuron.
func (d *AnalysisData) drawCoherence(pairs []coherence.Curves) *Canvas {
	c := newCanvas(13, 3.6*float64(len(pairs)))
	hz := d.Coherence.FrequenciesHz
	for i, pair := range pairs {
		y0, y1 := 1-float64(i+1)/float64(len(pairs)), 1-float64(i)/float64(len(pairs))
		p := panel("coherence of "+pair.Name+" by group size (colour), 5 red; mean rates dashed", "frequency (Hz)", "coherence")
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, hz[len(hz)-1], 0, 1
		last := float64(max(2, len(pair.Sizes)))
		for _, size := range pair.Sizes {
			if size != 5 {
				p.Add(newTrace(finite(hz, pair.BySize[size]), finiteY(pair.BySize[size]), viridis(float64(size-1)/(last-1)), 0.5))
			}
		}
		if curve := pair.BySize[5]; curve != nil {
			p.Add(newTrace(finite(hz, curve), finiteY(curve), red, 1.4))
		}
		for _, m := range d.MN {
			p.Add(line([]float64{m.Stats.MeanHz, m.Stats.MeanHz}, []float64{0, 0.04}, grey, 0.7, vg.Points(2), vg.Points(2)))
		}
		p.Draw(c.area(0, y0, 0.5, y1))
		delta := pair.Delta(len(hz))
		q := panel("growth of coherence per neuron", "frequency (Hz)", "Δ coherence")
		fit(q, 0, hz[len(hz)-1], finiteY(delta.Mean), finiteY(delta.Median), finiteY(delta.MaxPlusMin), []float64{0})
		for _, k := range []struct {
			name string
			y    []float64
			col  color.NRGBA
		}{{"mean", delta.Mean, hex(0x6F00FF)}, {"median", delta.Median, hex(0x0077FF)}, {"max + min", delta.MaxPlusMin, hex(0x8886EC)}} {
			q.Add(newTrace(finite(hz, k.y), finiteY(k.y), k.col, 1.2))
			q.Legend.Add(k.name, line(nil, nil, k.col, 1.2))
		}
		q.Legend.Top = true
		q.Draw(c.area(0.5, y0, 1, y1))
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
func (d *AnalysisData) drawTrainsAndInput() *Canvas {
	c := newCanvas(12, 5)
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
	tr, yr := thinned(rate, d.FsHz, 1)
	above := panel(fmt.Sprintf("summed spike train of %d neurons, mean over 50 ms", len(d.Trains)), "", "spikes/s")
	fit(above, 0, float64(n)/d.FsHz, yr)
	above.Add(newTrace(tr, yr, poolColour(0), 1))
	ti, yi := thinned(d.Input[:n], d.FsHz, 1e-3)
	below := panel("", "time (s)", "common input (µA)")
	fit(below, 0, float64(n)/d.FsHz, yi)
	below.Add(newTrace(ti, yi, red, 1))
	a, b := aligned(above, below, c.area(0, 0.5, 0.99, 1), c.area(0, 0, 0.99, 0.5))
	above.Draw(a)
	below.Draw(b)
	return c
}
