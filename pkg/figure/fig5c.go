package figure

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot/vg"

	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/sbi/dataset"
)

// unitVariable is a quantity of a unit that figures of units can show.
type unitVariable struct {
	name, label string
	needs       []string
	of          func(v []float64) float64 // of the columns in needs
}

var unitVariables = []unitVariable{
	{"delivered", "area of the trough, delivered (%)", []string{"raw_area", "asymmetry_diff_raw"}, func(v []float64) float64 { return -100*v[0] + 100*v[1] }},
	{"received", "area of the trough, received (%)", []string{"raw_area"}, func(v []float64) float64 { return -100 * v[0] }},
	{"delivered_minus_received", "area of the trough, delivered − received (%)", []string{"asymmetry_diff_raw"}, func(v []float64) float64 { return 100 * v[0] }},
	{"received_minus_delivered", "area of the trough, received − delivered (%)", []string{"asymmetry_diff_raw"}, func(v []float64) float64 { return -100 * v[0] }},
	{"firing_rate", "discharge rate (spikes/s)", []string{"firing_rates_mean"}, func(v []float64) float64 { return v[0] }},
	{"peak_height", "height of the peak (%)", []string{"sync_height"}, func(v []float64) float64 { return 100 * v[0] }},
	{"trough_timing", "time of the trough (ms)", []string{"IPSP_timing_of_trough"}, func(v []float64) float64 { return 1000 * v[0] }},
}

// UnitVariables are the names of what Fig. 5C can show.
func UnitVariables() []string {
	var out []string
	for _, v := range unitVariables {
		out = append(out, v.name)
	}
	return out
}

func unitVariableNamed(name string) (unitVariable, error) {
	i := slices.IndexFunc(unitVariables, func(v unitVariable) bool { return v.name == name })
	if i < 0 {
		return unitVariable{}, fmt.Errorf("no variable of units is called %q; did you mean %q?", name, config.Nearest(name, UnitVariables()))
	}
	return unitVariables[i], nil
}

func (f frame) variable(v unitVariable) ([]float64, error) {
	c, err := f.columns(v.needs...)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(f.Rows))
	row := make([]float64, len(c))
	for i := range out {
		for k := range c {
			row[k] = c[k][i]
		}
		out[i] = v.of(row)
	}
	return out, nil
}

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

// MeanSD is a mean with the SD of the sample.
type MeanSD struct {
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
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
	R2Overall       MeanSD          `json:"r2_overall"`
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

// mirroredPairs are left out of figures of units: their mirror images are there.
var mirroredPairs = []string{"VM<->VL", "SOL<->GM"}

// thresholdLimits are the limits of recruitment thresholds (% of the maximal force).
var thresholdLimits = [2]float64{-2, 45}

// experimentTables are the names of a reorganized and filtered table of units.
var experimentTables = []string{"experiment.csv", "experimental_data_dataframe_reorganized_and_filtered_dir_inhibited_persp_other_MUs_as_ref.csv"}

func fig5c(s *Study) ([]Picture, error) {
	path, err := s.find(experimentTables...)
	if err != nil {
		return nil, err
	}
	variable := s.Variable
	if variable == "" {
		variable = unitVariables[0].name
	}
	f, err := ComputeFig5C(path, variable, s.CensorBeforeFit)
	if err != nil {
		return nil, err
	}
	name := "fig5c"
	if variable != unitVariables[0].name {
		name += "_" + variable
	}
	return []Picture{{name, f.Draw(), f}}, nil
}

// interactionOf is what the study calls a row: "VL_inhibited_by_VM", from the text between
// the first two quotes of full_spellout, or from the pair where that is empty.
func interactionOf(spellout, pair string) string {
	if parts := strings.SplitN(spellout, "'", 3); len(parts) == 3 {
		return parts[1]
	}
	a, b, _ := strings.Cut(pair, "<->")
	return a + "_inhibited_by_" + b
}

// within is the muscle of an interaction within one, or "".
func within(interaction string) string {
	if a, b, ok := strings.Cut(interaction, "_inhibited_by_"); ok && a == b {
		return a
	}
	return ""
}

// interactionLabel turns the study's name into a label.
func interactionLabel(interaction string) string {
	a, b, _ := strings.Cut(interaction, "_inhibited_by_")
	return Label(a + "<->" + b)
}

// byLabel orders interactions as the figures do, unknown ones after them by name.
func byLabel(a, b string) int {
	at := func(s string) int {
		if i := slices.Index(Labels, interactionLabel(s)); i >= 0 {
			return i
		}
		return len(Labels)
	}
	if d := at(a) - at(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

// readUnits reads a table of units with the perspective that figures show.
func readUnits(path string) (frame, error) {
	t, path, err := dataset.ExperimentTable(path, "other_MUs_as_ref")
	return frame{t, path}, err
}

// ComputeFig5C reads a table of units. censor leaves thresholds beyond the axis out of the
// lines that are drawn.
func ComputeFig5C(path, variable string, censor bool) (*Fig5C, error) {
	v, err := unitVariableNamed(variable)
	if err != nil {
		return nil, err
	}
	table, err := readUnits(path)
	if err != nil {
		return nil, err
	}
	f := &Fig5C{Variable: v.name, Label: v.label, Source: table.path}
	directed, n, err := table.directed(mirroredPairs...)
	if err != nil {
		return nil, err
	}
	u, err := unitRows(directed)
	if err != nil {
		return nil, err
	}
	f.Unfiltered, f.RowCounts = u.muscles(), n
	kept, err := directed.filtered(n, experimentSpikes)
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
	y, err := kept.variable(v)
	if err != nil {
		return nil, err
	}
	received, err := kept.variable(unitVariables[1])
	if err != nil {
		return nil, err
	}
	c, err := kept.columns("r2_full", "Recruitment_threshold_mean")
	if err != nil {
		return nil, err
	}
	f.R2Overall = meanSD(c[0])
	f.R2PerCondition, f.ReceivedMeans = u.means(c[0]), u.means(received)
	f.BySubject, f.ByCondition = u.counts(true), u.counts(false)
	f.points(u, c[1], y)
	f.lines(censor)
	return f, nil
}

// units are the columns that say what a row is.
type units struct {
	interaction, subject, muscle []string
	intensity                    []float64
}

func unitRows(f frame) (*units, error) {
	u := &units{}
	spellout, err := f.texts("full_spellout")
	if err != nil {
		return nil, err
	}
	pair, err := f.texts("muscle_pair")
	if err != nil {
		return nil, err
	}
	for i, s := range spellout {
		u.interaction = append(u.interaction, interactionOf(s, pair[i]))
	}
	if u.subject, err = f.texts("subject"); err != nil {
		return nil, err
	}
	if u.muscle, err = f.texts("muscle_of_MU"); err != nil {
		return nil, err
	}
	u.intensity, err = f.floats("intensity")
	return u, err
}

// muscles counts own-muscle rows.
func (u *units) muscles() []MuscleCount {
	var out []MuscleCount
	for i, m := range u.muscle {
		if within(u.interaction[i]) == "" {
			continue
		}
		k := slices.IndexFunc(out, func(c MuscleCount) bool { return c.Muscle == m && c.Intensity == u.intensity[i] })
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

type unitGroup struct {
	interaction, subject string
	intensity            float64
}

// groups of rows by intensity, interaction and, if wanted, participant.
func (u *units) groups(subjects bool) ([]unitGroup, map[unitGroup][]int) {
	rows := map[unitGroup][]int{}
	var order []unitGroup
	for i, interaction := range u.interaction {
		g := unitGroup{interaction, "", u.intensity[i]}
		if subjects {
			g.subject = u.subject[i]
		}
		if rows[g] == nil {
			order = append(order, g)
		}
		rows[g] = append(rows[g], i)
	}
	slices.SortFunc(order, func(a, b unitGroup) int {
		switch {
		case a.intensity != b.intensity:
			return int(math.Copysign(1, a.intensity-b.intensity))
		case a.interaction != b.interaction:
			return byLabel(a.interaction, b.interaction)
		}
		return strings.Compare(a.subject, b.subject)
	})
	return order, rows
}

func (u *units) means(v []float64) []ConditionMean {
	var out []ConditionMean
	order, rows := u.groups(false)
	for _, g := range order {
		m := meanSD(pick(v, rows[g]))
		out = append(out, ConditionMean{g.intensity, g.interaction, m.Mean, m.SD, len(stats.Present(pick(v, rows[g])))})
	}
	return out
}

func (u *units) counts(subjects bool) CountSpread {
	var n []float64
	order, rows := u.groups(subjects)
	for _, g := range order {
		n = append(n, float64(len(rows[g])))
	}
	m := meanSD(n)
	return CountSpread{m.Mean, m.SD, int(slices.Min(n)), int(slices.Max(n)), len(n)}
}

func pick(v []float64, at []int) []float64 {
	out := make([]float64, len(at))
	for i, k := range at {
		out[i] = v[k]
	}
	return out
}

func meanSD(v []float64) MeanSD {
	v = stats.Present(v)
	if len(v) == 0 {
		return MeanSD{nan, nan}
	}
	return MeanSD{stat.Mean(v, nil), stat.StdDev(v, nil)}
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
	g := GlobalRange{nan, nan, nan, nan, len(f.Points)}
	for i, p := range f.Points {
		if i == 0 {
			g = GlobalRange{p.X, p.X, p.Y, p.Y, len(f.Points)}
		}
		g.XMin, g.XMax, g.YMin, g.YMax = math.Min(g.XMin, p.X), math.Max(g.XMax, p.X), math.Min(g.YMin, p.Y), math.Max(g.YMax, p.Y)
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
			for k, subject := range sortedKeys(at) {
				l := subjectLine(at[subject], subject, false)
				f.PerSubject = append(f.PerSubject, l)
				f.Drawn = append(f.Drawn, subjectLine(at[subject], subject, censor))
				f.label(l, k)
				r2 = append(r2, l.R2)
			}
			m := meanSD(r2)
			f.SubjectsAverage = append(f.SubjectsAverage, SubjectsMean{interaction, all[0].lab(), m.Mean, len(stats.Present(r2))})
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
	out := SubjectLine{Interaction: points[0].Interaction, Intensity: points[0].lab(), Subject: subject, N: l.N, R2: l.R2, Intercept: l.Intercept, Slope: l.Slope, SESlope: l.SESlope, T: l.T, P: l.P, From: nan, To: nan, BH: nan, Bonferroni: nan, intensity: points[0].Intensity}
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
	f.Labels = append(f.Labels, SubjectLabel{l.Interaction, l.Intensity, l.Subject, fmt.Sprintf("R² %s = %s", l.Subject, value),
		g.XMin + 0.02*(g.XMax-g.XMin), g.YMax - 0.03*(g.YMax-g.YMin) - 0.035*(g.YMax-g.YMin)*float64(k+1)})
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
	m := meanSD(r2)
	s.MeanR2, s.SDR2 = m.Mean, m.SD
	return s
}

// Draw paints a panel per muscle (columns) and intensity (rows), 2.3 x 2.6 inches each.
func (f *Fig5C) Draw() *Canvas {
	columns, rows := len(f.Interactions), len(f.Intensities)
	c := newCanvas(math.Max(2.3*float64(columns)+0.3, 6.5), 2.7*float64(rows)+0.45)
	_, height := c.Size()
	top := 1 - 0.4/height
	for i, intensity := range f.Intensities {
		limit := [2]float64{math.Inf(1), math.Inf(-1)}
		for _, p := range f.Points {
			if p.Intensity == intensity && inside(p.X, thresholdLimits) {
				limit[0], limit[1] = math.Min(limit[0], p.Y), math.Max(limit[1], p.Y)
			}
		}
		limit = axis([2]float64{}, limit[0], limit[1])
		limit[1] += 0.28 * (limit[1] - limit[0]) // for the texts
		for j, interaction := range f.Interactions {
			x0, y1 := float64(j)/float64(columns), top*(1-float64(i)/float64(rows))
			f.facet(c, x0+0.004, y1-top/float64(rows)+0.01, x0+1/float64(columns)-0.004, y1-0.005, interaction, intensity, limit)
		}
	}
	note := ""
	if f.Beyond > 0 {
		note = fmt.Sprintf("; %d units with thresholds beyond the axis are in the lines, not drawn", f.Beyond)
	}
	text(c.area(0.01, top, 0.99, 0.995), 10, []textLine{{text: fmt.Sprintf("%s by recruitment threshold: motor units and one line per participant (n = %d units)%s", strings.Split(f.Label, " (")[0], len(f.Points), note)}})
	return c
}

func (f *Fig5C) facet(c *Canvas, x0, y0, x1, y1 float64, interaction string, intensity float64, limit [2]float64) {
	label := interactionLabel(interaction)
	p := panel(fmt.Sprintf("%s, %g %% MVC", Spelled(label), intensity), "recruitment threshold (% MVC)", "")
	if interaction == f.Interactions[0] {
		p.Y.Label.Text = f.Label
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = thresholdLimits[0], thresholdLimits[1], limit[0], limit[1]
	n := 0
	for _, u := range f.Points {
		if u.Interaction == interaction && u.Intensity == intensity {
			p.Add(disc{u.X, u.Y, 2.4, faded(colourOf(label), 0.35)})
			n++
		}
	}
	var lines []textLine
	for k, l := range f.Drawn {
		if l.Interaction != interaction || l.intensity != intensity {
			continue
		}
		if !math.IsNaN(l.Slope) {
			p.Add(clipped{curveOf([]stats.BandPoint{{X: l.From, Y: l.Intercept + l.Slope*l.From}, {X: l.To, Y: l.Intercept + l.Slope*l.To}}), black, 1})
		}
		lines = append(lines, textLine{text: f.Labels[k].Text})
	}
	if n > 0 {
		p.Add(corner{lines, 6.5, 2})
	}
	p.Title.TextStyle.Font.Size = vg.Points(10)
	p.Draw(c.area(x0, y0, x1, y1))
}
