package recordings

import (
	"fmt"
	"image/color"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/num/stats"
)

// Names of the tables of forces that renshaw convert writes, beside the recordings.
const (
	ForceVariabilityName = "force_variability_by_plateau.csv"
	ForceSpectraName     = "force_psd_mean_by_condition.csv"
)

// forceColours are those of muscle groups.
var forceColours = map[string]color.NRGBA{"Quadriceps": canvas.RGB(0xFF3C00),
	"TA": canvas.RGB(0x00A91B), "TricepsSurae": canvas.RGB(0x0066FF), "FDI": canvas.RGB(0x00AEDA)}

func forceColour(group string) color.NRGBA {
	if c, ok := forceColours[group]; ok {
		return c
	}
	return canvas.UnknownMuscle
}

// ForceVariability shows how steady the force was: a point per participant, the mean over
// plateaus, and the mean of the participants.
type ForceVariability struct {
	Conditions []string       `json:"conditions"` // in the order of the axis
	Points     []ForceSteady  `json:"participants"`
	Means      []ForceSteady  `json:"means"`
	N          map[string]int `json:"n"` // participants by condition
}

// ForceSteady is the SD of the force (% of the maximum) and its coefficient of variation.
type ForceSteady struct {
	Condition string  `json:"condition"`
	Group     string  `json:"muscle_group"`
	Subject   string  `json:"subject"`
	SD        float64 `json:"sd"`
	CV        float64 `json:"cv"`
}

// ComputeForceVariability reads the table of plateaus.
func ComputeForceVariability(path string) (*ForceVariability, error) {
	t, err := canvas.ReadFrame(path)
	if err != nil {
		return nil, err
	}
	at, err := t.Need(path, "subject", "muscle", "intensity")
	if err != nil {
		return nil, err
	}
	v, err := t.FloatColumns("std", "cov")
	if err != nil {
		return nil, err
	}
	f := &ForceVariability{N: map[string]int{}}
	rows := map[[3]string][]int{}
	var order [][3]string
	for i, row := range t.Rows {
		k := [3]string{row[at[1]] + " " + percent(row[at[2]]), row[at[1]], row[at[0]]}
		if rows[k] == nil {
			order = append(order, k)
		}
		rows[k] = append(rows[k], i)
	}
	byCondition := map[string][]ForceSteady{}
	for _, k := range order {
		p := ForceSteady{k[0], k[1], k[2], stats.MeanAt(v[0], rows[k]), stats.MeanAt(v[1], rows[k])}
		f.Points = append(f.Points, p)
		byCondition[k[0]] = append(byCondition[k[0]], p)
	}
	f.Conditions = slices.Sorted(maps.Keys(byCondition))
	for _, c := range f.Conditions {
		m := ForceSteady{Condition: c, Group: byCondition[c][0].Group}
		for _, p := range byCondition[c] {
			m.SD, m.CV = m.SD+p.SD/float64(len(byCondition[c])), m.CV+p.CV/float64(len(byCondition[c]))
		}
		f.Means, f.N[c] = append(f.Means, m), len(byCondition[c])
	}
	return f, nil
}

// percent turns "10percent" into "10 %".
func percent(s string) string { return strings.Replace(s, "percent", " %", 1) }

// Draw paints SD and coefficient of variation side by side.
func (f *ForceVariability) Draw() *canvas.Canvas {
	n := len(f.Conditions)
	c := canvas.New(math.Max(7, 2*(1.1+0.75*float64(n))), 4)
	for k, of := range []func(ForceSteady) float64{func(s ForceSteady) float64 { return s.SD },
		func(s ForceSteady) float64 { return 100 * s.CV }} {
		x := canvas.Panel("", "", []string{"SD of the force (% MVC)", "coefficient of variation of the " +
			"force (%)"}[k])
		x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = -0.6, float64(n)-0.4, 0, 0.1
		var ticks []plot.Tick
		for i, name := range f.Conditions {
			ticks = append(ticks, plot.Tick{Value: float64(i),
				Label: fmt.Sprintf("%s (n = %d)", name, f.N[name])})
		}
		x.X.Tick.Marker = plot.ConstantTicks(ticks)
		x.X.Tick.Label.Rotation, x.X.Tick.Label.XAlign, x.X.Tick.Label.YAlign = math.Pi/4, draw.XRight,
			draw.YCenter
		for _, p := range f.Points {
			at := float64(slices.Index(f.Conditions, p.Condition))
			x.Y.Max = math.Max(x.Y.Max, 1.1*of(p))
			x.Add(canvas.Disc(at-0.12, of(p), 2.6, canvas.Faded(forceColour(p.Group), 0.6)))
		}
		for i, m := range f.Means {
			x.Add(canvas.Marker(float64(i)+0.15, of(m), forceColour(m.Group), true))
		}
		x.Draw(c.Area(float64(k)/2+0.005, 0.01, float64(k+1)/2-0.005, 0.99))
	}
	return c
}

// ForceSpectra shows the mean spectrum of the force of every recording, a panel per muscle
// group and intensity.
type ForceSpectra struct {
	Frequencies []float64      `json:"frequencies_hz"`
	Recordings  []ForceOneSpec `json:"recordings"`
}

// ForceOneSpec is one recording; Power is in dB.
type ForceOneSpec struct {
	Group     string    `json:"muscle_group"`
	Intensity string    `json:"intensity"`
	Subject   string    `json:"subject"`
	Power     []float64 `json:"power_db"`
}

// ComputeForceSpectra reads the table of spectra.
func ComputeForceSpectra(path string) (*ForceSpectra, error) {
	t, err := canvas.ReadFrame(path)
	if err != nil {
		return nil, err
	}
	at, err := t.Need(path, "subject", "muscle", "intensity")
	if err != nil {
		return nil, err
	}
	f := &ForceSpectra{}
	var columns []int
	for k, name := range t.Columns {
		hz, ok := strings.CutSuffix(strings.TrimPrefix(name, "f_"), "Hz")
		if q, err := table.ParseFloat(hz); ok && err == nil {
			f.Frequencies, columns = append(f.Frequencies, q), append(columns, k)
		}
	}
	if len(columns) == 0 {
		return nil, fmt.Errorf("%s: has no column of a frequency, such as f_0.125Hz", path)
	}
	for i, row := range t.Rows {
		r := ForceOneSpec{Group: row[at[1]], Intensity: row[at[2]], Subject: row[at[0]]}
		for _, k := range columns {
			v, err := table.ParseFloat(row[k])
			if err != nil {
				return nil, fmt.Errorf("%s: row %d: %s: %w", path, i+1, t.Columns[k], err)
			}
			r.Power = append(r.Power, 10*math.Log10(v))
		}
		f.Recordings = append(f.Recordings, r)
	}
	if len(f.Recordings) == 0 {
		return nil, fmt.Errorf("%s: has no recording", path)
	}
	return f, nil
}

// Draw paints rows of muscle groups and columns of intensities.
func (f *ForceSpectra) Draw() *canvas.Canvas {
	var groups, intensities []string
	var all []float64
	for _, r := range f.Recordings {
		if !slices.Contains(groups, r.Group) {
			groups = append(groups, r.Group)
		}
		if !slices.Contains(intensities, r.Intensity) {
			intensities = append(intensities, r.Intensity)
		}
		for _, v := range r.Power {
			if !math.IsInf(v, 0) {
				all = append(all, v)
			}
		}
	}
	slices.Sort(groups)
	slices.Sort(intensities)
	q := canvas.AxisLimits([2]float64{}, stats.Quantile(all, 0), stats.Quantile(all, 1))
	rows, columns := float64(len(groups)), float64(len(intensities))
	c := canvas.New(3.6*columns, 2.6*rows)
	for i, group := range groups {
		for j, intensity := range intensities {
			x := canvas.Panel(fmt.Sprintf("%s, %s MVC", group, percent(intensity)), "frequency (Hz)",
				"force (dB)")
			x.X.Min, x.X.Max, x.Y.Min, x.Y.Max = 0, f.Frequencies[len(f.Frequencies)-1], q[0], q[1]
			x.Legend.Top, x.Legend.TextStyle.Font.Size = true, 7.5
			dashes := [][]vg.Length{nil, {4, 2}, {1.5, 1.5}, {6, 2, 1.5, 2}}
			n := 0
			for _, r := range f.Recordings {
				if r.Group == group && r.Intensity == intensity {
					l := canvas.Line(f.Frequencies, r.Power, forceColour(group), 1.2, dashes[n%len(dashes)]...)
					x.Add(l)
					x.Legend.Add(r.Subject, l)
					n++
				}
			}
			x.Draw(c.Area(float64(j)/columns+0.005, 1-float64(i+1)/rows+0.005, float64(j+1)/columns-0.005,
				1-float64(i)/rows-0.005))
		}
	}
	return c
}
