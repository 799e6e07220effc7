package recordings

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording"
)

// Raster is the picture of a recording: the force with its plateaus, and a line per
// motor unit with a tick per discharge.
type Raster struct {
	Title     string
	TimeS     []float64 // of the force, thinned
	ForceMVC  []float64
	PlateausS [][2]float64
	Rows      []RasterRow
	EndS      float64
}

// RasterRow is one unit.
type RasterRow struct {
	Unit    int
	Muscle  string
	SpikesS []float64
}

// ComputeRaster gathers what is drawn; force may be nil.
func ComputeRaster(rec *recording.Recording, force *recording.Force) *Raster {
	r := &Raster{Title: rec.Name, EndS: rec.DurationS}
	for _, p := range rec.Pools() {
		for _, i := range rec.UnitsOf(p) {
			u := rec.Units[i]
			r.Rows = append(r.Rows, RasterRow{u.ID, u.Pool, u.SpikesS})
		}
	}
	if force == nil {
		return r
	}
	every := max(1, len(force.PercentMVC)/4000)
	for i := 0; i < len(force.PercentMVC); i += every {
		r.TimeS = append(r.TimeS, float64(i)/force.FsHz)
		r.ForceMVC = append(r.ForceMVC, force.PercentMVC[i])
	}
	for _, p := range force.Plateaus {
		r.PlateausS = append(r.PlateausS,
			[2]float64{float64(p.Start) / force.FsHz, float64(p.Stop) / force.FsHz})
	}
	return r
}

// Draw paints the raster, 11 x 6.5 inches.
func (r *Raster) Draw() *canvas.Canvas {
	c := canvas.New(11, 6.5)
	raster := canvas.Panel("", "time (s)", fmt.Sprintf("%d motor units", len(r.Rows)))
	raster.X.Min, raster.X.Max, raster.Y.Min, raster.Y.Max = 0, r.EndS, 0, float64(max(1, len(r.Rows)))
	raster.Y.Tick.Marker = plot.ConstantTicks(nil)
	r.addPlateaus(raster)
	raster.Add(spikes{r.Rows})
	if len(r.TimeS) == 0 {
		raster.Title.Text = r.Title
		raster.Draw(c.Area(0.01, 0.01, 0.9, 0.99))
		r.drawMuscles(c.Area(0.91, 0.1, 0.995, 0.97))
		return c
	}
	force := canvas.Panel(r.Title, "", "force (% MVC)")
	force.X.Min, force.X.Max = 0, r.EndS
	force.Y.Min, force.Y.Max = canvas.LimitsOf(r.ForceMVC)
	force.Y.Tick.Marker = canvas.Steps(4)
	r.addPlateaus(force)
	force.Add(canvas.Line(r.TimeS, r.ForceMVC, canvas.Black, 1.1))
	above, below := canvas.Aligned(force, raster, c.Area(0.01, 0.66, 0.9, 0.99),
		c.Area(0.01, 0.01, 0.9, 0.65))
	force.Draw(above)
	raster.Draw(below)
	r.drawMuscles(c.Area(0.91, 0.1, 0.995, 0.63))
	return c
}

func (r *Raster) addPlateaus(p *plot.Plot) {
	for _, w := range r.PlateausS {
		p.Add(canvas.Rectangle(w[0], w[1], p.Y.Min, p.Y.Max, canvas.RGB(0xFFF1CC)))
	}
}

func (r *Raster) drawMuscles(c draw.Canvas) {
	var lines []canvas.TextLine
	seen := map[string]bool{}
	for _, row := range r.Rows {
		if !seen[row.Muscle] {
			seen[row.Muscle] = true
			lines = append(lines, canvas.TextLine{Text: row.Muscle,
				Mark: canvas.Swatch(canvas.MuscleColour(row.Muscle))})
		}
	}
	if len(r.PlateausS) > 0 {
		lines = append(lines, canvas.TextLine{Text: "plateau", Mark: canvas.Swatch(canvas.RGB(0xFFF1CC))})
	}
	canvas.Text(c, 10, lines)
}

// spikes draws a tick per discharge, the first unit at the bottom.
type spikes struct{ rows []RasterRow }

func (s spikes) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	for i, row := range s.rows {
		st := draw.LineStyle{Color: canvas.MuscleColour(row.Muscle), Width: vg.Points(0.6)}
		y0, y1 := ty(float64(i)+0.1), ty(float64(i)+0.9)
		for _, t := range row.SpikesS {
			if x := tx(t); x >= c.Min.X && x <= c.Max.X {
				c.StrokeLine2(st, x, y0, x, y1)
			}
		}
	}
}

// Strip shows a quantity of many units by group: a dot per unit and the mean.
type Strip struct {
	Title, YLabel string
	Groups        []StripGroup
	LimitY        float64 // a dashed line, NaN for none
}

// StripGroup is one column of dots.
type StripGroup struct {
	Label  string
	Muscle string // colour
	Values []float64
}

// ComputeStrip gathers the values of a column of a table by the texts of another;
// missing values are left out and counted in the label.
func ComputeStrip(t *table.Table, group, value string, scale float64, title,
	yLabel string) (*Strip, error) {
	c, err := t.Need(title, group, value)
	if err != nil {
		return nil, err
	}
	s := &Strip{Title: title, YLabel: yLabel, LimitY: math.NaN()}
	index := map[string]int{}
	for _, row := range t.Rows {
		v, err := table.ParseFloat(row[c[1]])
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", title, value, err)
		}
		i, ok := index[row[c[0]]]
		if !ok {
			i = len(s.Groups)
			index[row[c[0]]] = i
			s.Groups = append(s.Groups, StripGroup{Label: row[c[0]], Muscle: canvas.FirstMuscle(row[c[0]])})
		}
		if v == v {
			s.Groups[i].Values = append(s.Groups[i].Values, scale*v)
		}
	}
	return s, nil
}

// Draw paints the strip, 8 x 4.5 inches.
func (s *Strip) Draw() *canvas.Canvas {
	c := canvas.New(8, 4.5)
	p := canvas.Panel(s.Title, "", s.YLabel)
	var all []float64
	var ticks []plot.Tick
	for i, g := range s.Groups {
		all = append(all, g.Values...)
		ticks = append(ticks, plot.Tick{Value: float64(i),
			Label: fmt.Sprintf("%s\nn = %d", g.Label, len(g.Values))})
	}
	if len(all) == 0 {
		canvas.Text(c.Area(0.05, 0.4, 0.95, 0.6), 12,
			[]canvas.TextLine{{Text: s.Title + ": no unit has a value"}})
		return c
	}
	if s.LimitY == s.LimitY {
		all = append(all, s.LimitY)
	}
	p.Y.Min, p.Y.Max = canvas.LimitsOf(all)
	p.X.Min, p.X.Max = -0.6, float64(len(s.Groups))-0.4
	p.X.Tick.Marker = plot.ConstantTicks(ticks)
	if s.LimitY == s.LimitY {
		p.Add(canvas.Line([]float64{p.X.Min, p.X.Max}, []float64{s.LimitY, s.LimitY}, canvas.Grey, 1,
			vg.Points(4), vg.Points(3)))
	}
	p.Add(dots{s.Groups})
	p.Draw(c.Area(0.01, 0.01, 0.99, 0.99))
	return c
}

type dots struct{ groups []StripGroup }

func (d dots) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	for i, g := range d.groups {
		col := canvas.MuscleColour(g.Muscle)
		sum := 0.0
		for k, v := range g.Values {
			offset := 0.3 * (float64((k*7)%11)/10 - 0.5) * 2 // fixed, even spread
			c.DrawGlyph(draw.GlyphStyle{Color: canvas.Faded(col, 0.5), Radius: vg.Points(3),
				Shape: draw.CircleGlyph{}}, vg.Point{X: tx(float64(i) + offset), Y: ty(v)})
			sum += v
		}
		if n := len(g.Values); n > 0 {
			y := ty(sum / float64(n))
			c.StrokeLine2(draw.LineStyle{Color: canvas.Black, Width: vg.Points(2)}, tx(float64(i)-0.25), y,
				tx(float64(i)+0.25), y)
		}
	}
}
