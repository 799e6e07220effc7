package posteriors

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/inference"
)

// PairPlot shows the posterior of one condition: the distribution of every parameter on the
// diagonal, of every two above it, on the range of the prior; the draw of highest density
// as a line or cross.
type PairPlot struct {
	Title      string
	Muscle     string
	Parameters []feature.Parameter
	Draws      [][]float64 // per parameter, physical units
	Best       []float64
}

// ComputePairPlot takes a condition that was inferred.
func ComputePairPlot(e *sbi.Estimator, r *inference.Inferred) *PairPlot {
	f := &PairPlot{Title: fmt.Sprintf("%s: %d draws", r.Observation.Label(), len(r.Posterior.LogProb)),
		Muscle: canvas.FirstMuscle(r.Observation.MusclePair), Parameters: e.Config.Theta}
	d, best := len(e.Config.Theta), r.Posterior.Best()
	for k, p := range e.Config.Theta {
		var v []float64
		for i := k; i < len(r.Posterior.Draws); i += d {
			v = append(v, p.Low+r.Posterior.Draws[i]*(p.High-p.Low))
		}
		f.Draws, f.Best = append(f.Draws, v), append(f.Best, v[best])
	}
	return f
}

// histogramBins is the Freedman-Diaconis number of bins over a range, 5 to 200.
func histogramBins(v []float64, low, high float64) int {
	width := 2 * (signal.Percentile(v, 75) - signal.Percentile(v, 25)) / math.Cbrt(float64(len(v)))
	if !(width > 0) {
		return 5
	}
	return int(math.Min(200, math.Max(5, math.Ceil((high-low)/width))))
}

// Draw paints D x D panels.
func (f *PairPlot) Draw() *canvas.Canvas {
	n := len(f.Parameters)
	side := 2.1
	c := canvas.New(side*float64(n)+0.5, side*float64(n)+0.4)
	col := canvas.MuscleColour(f.Muscle)
	top := 1 - 0.35/(side*float64(n)+0.4)
	for i := 0; i < n; i++ {
		for j := i; j < n; j++ {
			p, q := f.Parameters[j], f.Parameters[i]
			x := canvas.Panel("", "", "")
			x.X.Min, x.X.Max = p.Low, p.High
			x.X.Tick.Marker, x.Y.Tick.Marker = canvas.Steps(2), canvas.Steps(2)
			if i == j {
				f.histogram(x, i, col)
				x.X.Label.Text = fmt.Sprintf("%s (%s)", feature.Label(p.Name), p.Unit)
			} else {
				x.Y.Min, x.Y.Max = q.Low, q.High
				x.Add(density{f.Draws[j], f.Draws[i], [2]float64{p.Low, p.High}, [2]float64{q.Low, q.High}, col,
					f.Best[j], f.Best[i]})
			}
			x0, y1 := float64(j)/float64(n), top*(1-float64(i)/float64(n))
			x.Draw(c.Area(x0+0.006, y1-top/float64(n)+0.006, x0+1/float64(n)-0.006, y1-0.006))
		}
	}
	canvas.Text(c.Area(0.02, top, 0.98, 0.995), 11, []canvas.TextLine{{Text: f.Title}})
	return c
}

// histogram of parameter i, with the best draw.
func (f *PairPlot) histogram(x *plot.Plot, i int, col color.NRGBA) {
	p := f.Parameters[i]
	bins := histogramBins(f.Draws[i], p.Low, p.High)
	count := make([]float64, bins)
	for _, v := range f.Draws[i] {
		count[min(max(int((v-p.Low)/(p.High-p.Low)*float64(bins)), 0), bins-1)]++
	}
	most := slices.Max(count)
	width := (p.High - p.Low) / float64(bins)
	for b, v := range count {
		if v > 0 {
			x.Add(canvas.Rectangle(p.Low+float64(b)*width, p.Low+float64(b+1)*width, 0, v/most,
				canvas.Faded(col, 0.6)))
		}
	}
	x.Y.Min, x.Y.Max = 0, 1.05
	x.Y.Tick.Marker = plot.ConstantTicks(nil)
	x.Add(canvas.Line([]float64{f.Best[i], f.Best[i]}, []float64{0, 1.05}, canvas.Black, 1.2))
}

// density is a two-dimensional histogram with a cross at the best draw.
type density struct {
	x, y         []float64
	rangeX, rngY [2]float64
	col          color.NRGBA
	bestX, bestY float64
}

// Plot fills cells by the square root of their share.
func (d density) Plot(c draw.Canvas, p *plot.Plot) {
	const bins = 40
	var count [bins][bins]float64
	most := 0.0
	at := func(v float64, r [2]float64) int {
		return min(max(int((v-r[0])/(r[1]-r[0])*bins), 0), bins-1)
	}
	for i := range d.x {
		a, b := at(d.x[i], d.rangeX), at(d.y[i], d.rngY)
		count[a][b]++
		most = math.Max(most, count[a][b])
	}
	tx, ty := p.Transforms(&c)
	edge := func(k int, r [2]float64) float64 { return r[0] + float64(k)/bins*(r[1]-r[0]) }
	for a := range count {
		for b, v := range count[a] {
			if v == 0 {
				continue
			}
			x0, x1, y0, y1 := tx(edge(a, d.rangeX)), tx(edge(a+1, d.rangeX)), ty(edge(b, d.rngY)),
				ty(edge(b+1, d.rngY))
			c.FillPolygon(canvas.Faded(d.col, 0.06+0.94*math.Sqrt(v/most)),
				[]vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
		}
	}
	c.DrawGlyph(draw.GlyphStyle{Color: canvas.Black, Radius: vg.Points(4), Shape: draw.CrossGlyph{}},
		vg.Point{X: tx(d.bestX), Y: ty(d.bestY)})
}
