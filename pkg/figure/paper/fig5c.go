package paper

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/num/stats"
)

// UnitPoint is one motor unit.
type UnitPoint struct {
	Interaction string  `json:"interaction"`
	Intensity   float64 `json:"intensity"`
	Subject     string  `json:"subject"`
	X           float64 `json:"x"`
	Y           float64 `json:"y"`
}

// SubjectLine is the regression of one participant, muscle and intensity, with the range of
// x over which it is drawn, and for the highest intensity the corrected p-values.
type SubjectLine struct {
	Interaction string  `json:"interaction"`
	Intensity   string  `json:"intensity_lab"`
	Subject     string  `json:"subject"`
	N           int     `json:"n"`
	R2          float64 `json:"r2"`
	Intercept   float64 `json:"intercept"`
	Slope       float64 `json:"slope"`
	SESlope     float64 `json:"se_slope"`
	T           float64 `json:"t"`
	P           float64 `json:"p_slope"`
	From        float64 `json:"x_from"`
	To          float64 `json:"x_to"`
	BH          float64 `json:"p_BH"`
	Bonferroni  float64 `json:"p_bonf"`
	intensity   float64
}

// SubjectsMean is the mean R² over participants.
type SubjectsMean struct {
	Interaction string  `json:"interaction"`
	Intensity   string  `json:"intensity_lab"`
	R2          float64 `json:"r2_subjects_avg"`
	Subjects    int     `json:"n_subj"`
}

// SubjectLabel is the text of a participant with its place in the study's layout.
type SubjectLabel struct {
	Interaction string  `json:"interaction"`
	Intensity   string  `json:"intensity_lab"`
	Subject     string  `json:"subject"`
	Text        string  `json:"label"`
	X           float64 `json:"x_pos"`
	Y           float64 `json:"y_pos"`
}

// Significance counts regressions at the highest intensity: those with a test, and those
// below 0.05 without correction, after Benjamini and Hochberg, and after Bonferroni.
type Significance struct {
	Interaction string  `json:"interaction"`
	MeanR2      float64 `json:"mean_r2"`
	SDR2        float64 `json:"std_r2"`
	Models      int     `json:"n_models"`
	Raw         int     `json:"n_sig_raw"`
	BH          int     `json:"n_sig_BH"`
	Bonferroni  int     `json:"n_sig_bonf"`
}

// MuscleCount is a number of units.
type MuscleCount struct {
	Muscle    string  `json:"muscle_of_MU"`
	Intensity float64 `json:"intensity"`
	Count     int     `json:"count"`
}

// ConditionMean is a mean over the units of a condition.
type ConditionMean struct {
	Intensity   float64 `json:"intensity"`
	Interaction string  `json:"interaction"`
	Mean        float64 `json:"mean"`
	SD          float64 `json:"sd"`
	N           int     `json:"n"`
}

// CountSpread describes numbers of units over groups.
type CountSpread struct {
	Mean   float64 `json:"mean"`
	SD     float64 `json:"sd"`
	Min    int     `json:"min"`
	Max    int     `json:"max"`
	Groups int     `json:"groups"`
}

// GlobalRange are the extremes of all points and their number.
type GlobalRange struct {
	XMin float64 `json:"x_min"`
	XMax float64 `json:"x_max"`
	YMin float64 `json:"y_min"`
	YMax float64 `json:"y_max"`
	N    int     `json:"n"`
}

// Fig5C is a variable of motor units against their recruitment threshold, with a regression
// per participant.
type Fig5C struct {
	Variable        string          `json:"variable"`
	Label           string          `json:"y_label"`
	Source          string          `json:"source"`
	RowCounts       map[string]int  `json:"row_counts"`
	Unfiltered      []MuscleCount   `json:"counts_unfiltered"`
	Filtered        []MuscleCount   `json:"counts_filtered"`
	R2Overall       stats.MeanSD    `json:"r2_overall"`
	R2PerCondition  []ConditionMean `json:"r2_per_condition"`
	ReceivedMeans   []ConditionMean `json:"y_val_per_condition"` // area received
	Range           GlobalRange     `json:"rt_global"`
	Intensities     []float64       `json:"intensities"`
	Interactions    []string        `json:"interactions"`
	PerSubject      []SubjectLine   `json:"per_subject"`
	Drawn           []SubjectLine   `json:"per_subject_drawn"`
	Pooled          []SubjectLine   `json:"pooled"`
	SubjectsAverage []SubjectsMean  `json:"subjects_average"`
	Labels          []SubjectLabel  `json:"labels"`
	Tested          []SubjectLine   `json:"selected_40"` // those of the highest intensity
	Report          []Significance  `json:"report"`
	ByInteraction   []Significance  `json:"report_by_interaction"`
	BySubject       CountSpread     `json:"count_stats_by_subject"`
	ByCondition     CountSpread     `json:"count_stats_by_condition"`
	Points          []UnitPoint     `json:"points"`
	Beyond          int             `json:"points_beyond_axes"`
}

// thresholdLimits are the limits of recruitment thresholds (% of the maximal force).
var thresholdLimits = [2]float64{-2, 45}

func fig5c(s *Study) ([]canvas.Picture, error) {
	path, err := s.find(experimentTables...)
	if err != nil {
		return nil, err
	}
	variable := s.Variable
	if variable == "" {
		variable = unitVariables[0].name
	}
	f, err := ComputeFig5C(path, variable, s.CensorBeforeFit, s.Mirrored)
	if err != nil {
		return nil, err
	}
	name := "fig5c"
	if variable != unitVariables[0].name {
		name += "_" + variable
	}
	return []canvas.Picture{{Name: name, Canvas: f.Draw(s.Palette), Data: f}}, nil
}

// within is the muscle of an interaction within one, or "".
func within(interaction string) string {
	if a, b, ok := strings.Cut(interaction, "_inhibited_by_"); ok && a == b {
		return a
	}
	return ""
}

// ComputeFig5C reads a table of units. censor leaves thresholds beyond the axis out of the
// lines that are drawn.
func ComputeFig5C(path, variable string, censor, mirrored bool) (*Fig5C, error) {
	v, err := unitVariableNamed(variable)
	if err != nil {
		return nil, err
	}
	table, err := readUnits(path)
	if err != nil {
		return nil, err
	}
	f := &Fig5C{Variable: v.name, Label: v.label, Source: table.Path}
	rows, n, err := directed(table, mirrored)
	if err != nil {
		return nil, err
	}
	u, err := unitRows(rows)
	if err != nil {
		return nil, err
	}
	f.Unfiltered, f.RowCounts = u.muscles(), n
	kept, err := filtered(rows, n, feature.MinCountsExperiment)
	if err != nil {
		return nil, err
	}
	if u, err = unitRows(kept); err != nil {
		return nil, err
	}
	if len(u.interaction) == 0 {
		return nil, fmt.Errorf("%s: no unit is left after the filters %v", path, n)
	}
	f.Filtered = u.muscles()
	y, err := valuesOf(kept, v)
	if err != nil {
		return nil, err
	}
	received, err := valuesOf(kept, unitVariables[1])
	if err != nil {
		return nil, err
	}
	c, err := kept.FloatColumns("r2_full", "Recruitment_threshold_mean")
	if err != nil {
		return nil, err
	}
	f.R2Overall = stats.MeanSDOf(c[0])
	f.R2PerCondition, f.ReceivedMeans = u.means(c[0]), u.means(received)
	f.BySubject, f.ByCondition = u.counts(true), u.counts(false)
	f.points(u, c[1], y)
	f.lines(censor)
	return f, nil
}

// muscles counts own-muscle rows.
func (u *units) muscles() []MuscleCount {
	var out []MuscleCount
	for i, m := range u.muscle {
		if within(u.interaction[i]) == "" {
			continue
		}
		k := slices.IndexFunc(out,
			func(c MuscleCount) bool { return c.Muscle == m && c.Intensity == u.intensity[i] })
		if k < 0 {
			k = len(out)
			out = append(out, MuscleCount{m, u.intensity[i], 0})
		}
		out[k].Count++
	}
	slices.SortFunc(out, func(a, b MuscleCount) int {
		if d := strings.Compare(a.Muscle, b.Muscle); d != 0 {
			return d
		}
		return int(math.Copysign(1, a.Intensity-b.Intensity))
	})
	return out
}

func (u *units) means(v []float64) []ConditionMean {
	var out []ConditionMean
	order, rows := u.groups(false)
	for _, g := range order {
		m := stats.MeanSDOf(pick(v, rows[g]))
		out = append(out, ConditionMean{g.intensity, g.interaction, m.Mean, m.SD,
			len(stats.Present(pick(v, rows[g])))})
	}
	return out
}

func (u *units) counts(subjects bool) CountSpread {
	var n []float64
	order, rows := u.groups(subjects)
	for _, g := range order {
		n = append(n, float64(len(rows[g])))
	}
	m := stats.MeanSDOf(n)
	return CountSpread{m.Mean, m.SD, int(slices.Min(n)), int(slices.Max(n)), len(n)}
}

// points gathers own-muscle units that have both values.
func (f *Fig5C) points(u *units, x, y []float64) {
	for i, interaction := range u.interaction {
		if within(interaction) == "" || math.IsNaN(x[i]) || math.IsNaN(y[i]) {
			continue
		}
		f.Points = append(f.Points, UnitPoint{interaction, u.intensity[i], u.subject[i], x[i], y[i]})
		if !slices.Contains(f.Interactions, interaction) {
			f.Interactions = append(f.Interactions, interaction)
		}
		if !slices.Contains(f.Intensities, u.intensity[i]) {
			f.Intensities = append(f.Intensities, u.intensity[i])
		}
		if x[i] < thresholdLimits[0] || x[i] > thresholdLimits[1] {
			f.Beyond++
		}
	}
	slices.SortFunc(f.Interactions, byLabel)
	slices.Sort(f.Intensities)
	g := GlobalRange{math.NaN(), math.NaN(), math.NaN(), math.NaN(), len(f.Points)}
	for i, p := range f.Points {
		if i == 0 {
			g = GlobalRange{p.X, p.X, p.Y, p.Y, len(f.Points)}
		}
		g.XMin, g.XMax, g.YMin, g.YMax = math.Min(g.XMin, p.X), math.Max(g.XMax, p.X),
			math.Min(g.YMin, p.Y), math.Max(g.YMax, p.Y)
	}
	f.Range = g
}

// lines fits every participant, muscle and intensity, and counts significant slopes at the
// highest intensity.
func (f *Fig5C) lines(censor bool) {
	for _, interaction := range f.Interactions {
		for _, intensity := range f.Intensities {
			at := map[string][]UnitPoint{}
			var all []UnitPoint
			for _, p := range f.Points {
				if p.Interaction == interaction && p.Intensity == intensity {
					at[p.Subject] = append(at[p.Subject], p)
					all = append(all, p)
				}
			}
			if len(all) == 0 {
				continue
			}
			f.Pooled = append(f.Pooled, subjectLine(all, "", false))
			var r2 []float64
			for k, subject := range slices.Sorted(maps.Keys(at)) {
				l := subjectLine(at[subject], subject, false)
				f.PerSubject = append(f.PerSubject, l)
				f.Drawn = append(f.Drawn, subjectLine(at[subject], subject, censor))
				f.label(l, k)
				r2 = append(r2, l.R2)
			}
			m := stats.MeanSDOf(r2)
			f.SubjectsAverage = append(f.SubjectsAverage,
				SubjectsMean{interaction, all[0].lab(), m.Mean, len(stats.Present(r2))})
		}
	}
	high := f.Intensities[len(f.Intensities)-1]
	var p []float64
	for _, l := range f.PerSubject {
		if l.intensity == high {
			f.Tested, p = append(f.Tested, l), append(p, l.P)
		}
	}
	bh, bonferroni := stats.BenjaminiHochberg(p), stats.Bonferroni(p)
	for i := range f.Tested {
		f.Tested[i].BH, f.Tested[i].Bonferroni = bh[i], bonferroni[i]
	}
	f.Report = []Significance{significance("", f.Tested)}
	for _, interaction := range f.Interactions {
		var own []SubjectLine
		for _, l := range f.Tested {
			if l.Interaction == interaction {
				own = append(own, l)
			}
		}
		if len(own) > 0 {
			f.ByInteraction = append(f.ByInteraction, significance(interaction, own))
		}
	}
}

func (p UnitPoint) lab() string { return fmt.Sprintf("%g%% MVC", p.Intensity) }

func subjectLine(points []UnitPoint, subject string, censor bool) SubjectLine {
	var x, y []float64
	for _, p := range points {
		if !censor || p.X >= thresholdLimits[0] && p.X <= thresholdLimits[1] {
			x, y = append(x, p.X), append(y, p.Y)
		}
	}
	l := stats.FitLine(x, y)
	out := SubjectLine{Interaction: points[0].Interaction, Intensity: points[0].lab(),
		Subject: subject, N: l.N, R2: l.R2, Intercept: l.Intercept, Slope: l.Slope, SESlope: l.SESlope,
		T: l.T, P: l.P, From: math.NaN(), To: math.NaN(), BH: math.NaN(), Bonferroni: math.NaN(),
		intensity: points[0].Intensity}
	if len(x) > 0 {
		out.From, out.To = floats.Min(x), floats.Max(x)
	}
	return out
}

func (f *Fig5C) label(l SubjectLine, k int) {
	value := "NA"
	if !math.IsNaN(l.R2) {
		value = fmt.Sprintf("%.2f", l.R2)
	}
	g := f.Range
	f.Labels = append(f.Labels,
		SubjectLabel{l.Interaction, l.Intensity, l.Subject, fmt.Sprintf("R² %s = %s", l.Subject, value),
			g.XMin + 0.02*(g.XMax-g.XMin),
			g.YMax - 0.03*(g.YMax-g.YMin) - 0.035*(g.YMax-g.YMin)*float64(k+1)})
}

func significance(interaction string, lines []SubjectLine) Significance {
	s := Significance{Interaction: interaction}
	var r2 []float64
	for _, l := range lines {
		r2 = append(r2, l.R2)
		if math.IsNaN(l.P) {
			continue
		}
		s.Models++
		for _, c := range []struct {
			p float64
			n *int
		}{{l.P, &s.Raw}, {l.BH, &s.BH}, {l.Bonferroni, &s.Bonferroni}} {
			if c.p < 0.05 {
				*c.n++
			}
		}
	}
	m := stats.MeanSDOf(r2)
	s.MeanR2, s.SDR2 = m.Mean, m.SD
	return s
}

// Draw paints a panel per muscle (columns) and intensity (rows), 2.3 x 2.6 inches each.
func (f *Fig5C) Draw(colours canvas.Palette) *canvas.Canvas {
	columns, rows := len(f.Interactions), len(f.Intensities)
	c := canvas.New(math.Max(2.3*float64(columns)+0.3, 6.5), 2.7*float64(rows)+0.45)
	_, height := c.Size()
	top := 1 - 0.4/height
	for i, intensity := range f.Intensities {
		limit := [2]float64{math.Inf(1), math.Inf(-1)}
		for _, p := range f.Points {
			if p.Intensity == intensity && canvas.Within(p.X, thresholdLimits) {
				limit[0], limit[1] = math.Min(limit[0], p.Y), math.Max(limit[1], p.Y)
			}
		}
		limit = canvas.AxisLimits([2]float64{}, limit[0], limit[1])
		limit[1] += 0.28 * (limit[1] - limit[0]) // for the texts
		for j, interaction := range f.Interactions {
			x0, y1 := float64(j)/float64(columns), top*(1-float64(i)/float64(rows))
			f.facet(c, colours, x0+0.004, y1-top/float64(rows)+0.01, x0+1/float64(columns)-0.004, y1-0.005,
				interaction, intensity, limit)
		}
	}
	note := ""
	if f.Beyond > 0 {
		note = fmt.Sprintf("; %d units with thresholds beyond the axis are in the lines, not drawn",
			f.Beyond)
	}
	canvas.Text(c.Area(0.01, top, 0.99, 0.995), 10,
		[]canvas.TextLine{{Text: fmt.Sprintf("%s by recruitment threshold: motor units and one line "+
			"per participant (n = %d units)%s", strings.Split(f.Label, " (")[0], len(f.Points), note)}})
	return c
}

func (f *Fig5C) facet(c *canvas.Canvas, colours canvas.Palette, x0, y0, x1, y1 float64,
	interaction string, intensity float64, limit [2]float64) {
	label := interactionLabel(interaction)
	p := canvas.Panel(fmt.Sprintf("%s, %g %% MVC", canvas.Spelled(label), intensity),
		"recruitment threshold (% MVC)", "")
	if interaction == f.Interactions[0] {
		p.Y.Label.Text = f.Label
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = thresholdLimits[0], thresholdLimits[1], limit[0], limit[1]
	n := 0
	for _, u := range f.Points {
		if u.Interaction == interaction && u.Intensity == intensity {
			p.Add(canvas.Disc(u.X, u.Y, 2.4, canvas.Faded(colours.Of(label), 0.35)))
			n++
		}
	}
	var lines []canvas.TextLine
	for k, l := range f.Drawn {
		if l.Interaction != interaction || l.intensity != intensity {
			continue
		}
		if !math.IsNaN(l.Slope) {
			p.Add(canvas.Clipped(plotter.XYs{{X: l.From, Y: l.Intercept + l.Slope*l.From},
				{X: l.To, Y: l.Intercept + l.Slope*l.To}}, canvas.Black, 1))
		}
		lines = append(lines, canvas.TextLine{Text: f.Labels[k].Text})
	}
	if n > 0 {
		p.Add(canvas.Corner(lines, 6.5, 2))
	}
	p.Title.TextStyle.Font.Size = vg.Points(10)
	p.Draw(c.Area(x0, y0, x1, y1))
}
