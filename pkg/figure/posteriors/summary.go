package posteriors

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/file/table"
)

// PosteriorSummary shows, per parameter, the posterior of every condition: median, 50 %
// interval (thick) and 90 % interval (thin), on the range of the prior.
type PosteriorSummary struct {
	Title  string
	Panels []PosteriorPanel
}

// PosteriorPanel is one parameter.
type PosteriorPanel struct {
	Parameter feature.Parameter
	Rows      []PosteriorRow
}

// PosteriorRow is one condition; Q are the 5, 25, 50, 75 and 95 % quantiles.
type PosteriorRow struct {
	Label, Muscle string
	Q             [5]float64
}

// ComputePosteriorSummary reads the summary that renshaw infer writes.
func ComputePosteriorSummary(path string,
	parameters []feature.Parameter) (*PosteriorSummary, error) {
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	at, err := t.Need(path, "muscle_pair", "intensity", "parameter", "q05", "q25", "median", "q75",
		"q95", "draws")
	if err != nil {
		return nil, err
	}
	subject, recording := t.Col("subject"), t.Col(feature.Recording)
	s := &PosteriorSummary{Title: "posterior: median, 50 % and 90 % intervals"}
	for _, p := range parameters {
		panel := PosteriorPanel{Parameter: p}
		for r, row := range t.Rows {
			if row[at[2]] != p.Name {
				continue
			}
			line := PosteriorRow{Label: canvas.Label(row[at[0]]) + " " +
				strings.TrimSuffix(row[at[1]], ".0") + " %", Muscle: canvas.FirstMuscle(row[at[0]])}
			if subject >= 0 {
				line.Label = row[subject] + " " + line.Label
			}
			if recording >= 0 {
				line.Label += " " + row[recording]
			}
			for k := range line.Q {
				if line.Q[k], err = table.ParseFloat(row[at[3+k]]); err != nil {
					return nil, fmt.Errorf("%s: line %d: %w", path, r+2, err)
				}
			}
			panel.Rows = append(panel.Rows, line)
		}
		if len(panel.Rows) == 0 {
			return nil, fmt.Errorf("%s: no row of parameter %s", path, p.Name)
		}
		s.Panels = append(s.Panels, panel)
	}
	return s, nil
}

// Draw paints a panel per parameter side by side.
func (s *PosteriorSummary) Draw() *canvas.Canvas {
	n := len(s.Panels)
	rows := len(s.Panels[0].Rows)
	c := canvas.New(1.4+2.6*float64(n), 1.2+0.24*float64(rows))
	left := 1.3 / (1.4 + 2.6*float64(n))
	for k, p := range s.Panels {
		x := canvas.Panel("", fmt.Sprintf("%s (%s)", feature.Label(p.Parameter.Name), p.Parameter.Unit),
			"")
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = p.Parameter.Low, p.Parameter.High, -0.6, float64(rows)-0.4
		x.X.Tick.Marker = canvas.Steps(3)
		var ticks []plot.Tick
		for i, r := range p.Rows {
			if label := r.Label; k == 0 {
				ticks = append(ticks, plot.Tick{Value: float64(rows - 1 - i), Label: label})
			}
		}
		x.Y.Tick.Marker = plot.ConstantTicks(ticks)
		x.Add(intervals{p.Rows})
		width := (1 - left) / float64(n)
		x0 := left + float64(k)*width
		if k == 0 {
			x0 = 0
		}
		x.Draw(c.Area(x0, 0, left+float64(k+1)*width-0.01, 0.97))
	}
	return c
}

type intervals struct{ rows []PosteriorRow }

// Plot draws two lines and a disc per condition.
func (d intervals) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	for i, r := range d.rows {
		y := ty(float64(len(d.rows) - 1 - i))
		col := canvas.MuscleColour(r.Muscle)
		c.StrokeLine2(draw.LineStyle{Color: col, Width: vg.Points(1.2)}, tx(r.Q[0]), y, tx(r.Q[4]), y)
		c.StrokeLine2(draw.LineStyle{Color: col, Width: vg.Points(4)}, tx(r.Q[1]), y, tx(r.Q[3]), y)
		c.DrawGlyph(draw.GlyphStyle{Color: canvas.Black, Radius: vg.Points(2.6),
			Shape: draw.CircleGlyph{}}, vg.Point{X: tx(r.Q[2]), Y: y})
	}
}
