package recordings

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/crosshist"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/recording/recfile"
)

// Quality shows for every histogram of one direction how well it is described
// against how many counts it has, with the limits of the filters before inference.
type Quality struct {
	Title           string
	Points          []QualityPoint
	MinCounts       float64
	MinR2           float64
	Below, Unfitted int // points outside the limits; histograms without a fit
}

// QualityPoint is one histogram.
type QualityPoint struct {
	Muscle    string
	Counts    float64
	R2        float64
	WithinOwn bool // partners of the same muscle
}

// ComputeQuality gathers the histograms in which the units are counted (direction
// inhibited).
func ComputeQuality(a *analysis.Analysis, minCounts, minR2 float64) *Quality {
	q := &Quality{Title: fmt.Sprintf("%s: quality of the cross-histograms", a.Source),
		MinCounts: minCounts, MinR2: minR2}
	for i := range a.Rows {
		r := &a.Rows[i]
		if r.Direction != crosshist.Inhibited {
			continue
		}
		f := r.Features
		if f.R2Full != f.R2Full {
			q.Unfitted++
			continue
		}
		q.Points = append(q.Points, QualityPoint{r.PoolA, f.NSpikes, f.R2Full, r.PoolA == r.PoolB})
		if !(f.NSpikes > minCounts && f.R2Full > minR2) {
			q.Below++
		}
	}
	return q
}

// Draw paints the figure, 7.5 x 4.2 inches.
func (q *Quality) Draw() *canvas.Canvas {
	c := canvas.New(7.5, 4.2)
	p := canvas.Panel(q.Title, "counts in the histogram", "R² of baseline and peak")
	top := q.MinCounts
	low := q.MinR2
	for _, pt := range q.Points {
		top, low = max(top, pt.Counts), min(low, pt.R2)
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1.05*top, min(0.6, low-0.03), 1
	p.Add(canvas.Line([]float64{q.MinCounts, q.MinCounts}, []float64{p.Y.Min, 1}, canvas.Grey, 1,
		vg.Points(4), vg.Points(3)),
		canvas.Line([]float64{0, p.X.Max}, []float64{q.MinR2, q.MinR2}, canvas.Grey, 1, vg.Points(4),
			vg.Points(3)), qualityDots{q.Points})
	p.Draw(c.Area(0.01, 0.01, 0.78, 0.99))
	lines := []canvas.TextLine{{Text: "○ other muscle"}, {Text: "● own muscle"}, {Text: "- - limits"},
		{Text: fmt.Sprintf("%d of %d below", q.Below, len(q.Points))},
		{Text: fmt.Sprintf("%d without fit", q.Unfitted)}}
	seen := map[string]bool{}
	for _, pt := range q.Points {
		if !seen[pt.Muscle] {
			seen[pt.Muscle] = true
			lines = append(lines, canvas.TextLine{Text: pt.Muscle,
				Mark: canvas.Swatch(canvas.MuscleColour(pt.Muscle))})
		}
	}
	canvas.Text(c.Area(0.8, 0.1, 0.99, 0.9), 9.5, lines)
	return c
}

type qualityDots struct{ points []QualityPoint }

func (d qualityDots) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	for _, pt := range d.points {
		col := canvas.MuscleColour(pt.Muscle)
		var shape draw.GlyphDrawer = draw.RingGlyph{}
		if pt.WithinOwn {
			shape = draw.CircleGlyph{}
		}
		c.DrawGlyph(draw.GlyphStyle{Color: canvas.Faded(col, 0.7), Radius: vg.Points(3), Shape: shape},
			vg.Point{X: tx(pt.Counts), Y: ty(pt.R2)})
	}
}

// RecordingRaster loads a converted recording and draws its raster with force and
// plateaus.
func RecordingRaster(path string) (*canvas.Canvas, error) {
	l, err := recfile.ReadRecording(path, recfile.Options{})
	if err != nil {
		return nil, err
	}
	force, err := recfile.ReadForce(path)
	if err != nil {
		return nil, err
	}
	return ComputeRaster(l.Recording, force).Draw(), nil
}

// BestCrossHistogram draws the cross-histograms of the unit with most counts among
// its own muscle.
func BestCrossHistogram(a *analysis.Analysis) (*canvas.Canvas, error) {
	var best *analysis.Row
	for i := range a.Rows {
		r := &a.Rows[i]
		if r.PoolA == r.PoolB && r.Direction == crosshist.Inhibited &&
			(best == nil || r.Features.NSpikes > best.Features.NSpikes) {
			best = r
		}
	}
	if best == nil {
		return nil, fmt.Errorf("%s: no cross-histogram within a muscle", a.Source)
	}
	f, err := ComputeCrossHistogram(a, best.PoolA, best.PoolB, best.Unit)
	if err != nil {
		return nil, err
	}
	return f.Draw(), nil
}
