package paper

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot/plotter"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/figure/posteriors"
	"example.org/renshaw/pkg/num/stats"
)

// Grids of the densities, the width of their kernels as a share of the SD of the draws, and
// the contours as fractions of the range of the density.
const (
	grid1D      = 300
	grid2D      = 220
	kernelShare = 0.2
)

// MarginalDensity is the density of one parameter of a muscle at an intensity.
type MarginalDensity struct {
	Intensity float64   `json:"intensity"`
	Label     string    `json:"muscle"`
	Parameter string    `json:"parameter"`
	N         int       `json:"n"`
	SD        float64   `json:"sd_ddof1"`
	KernelSD  float64   `json:"kernel_sd"`
	X         []float64 `json:"x"`
	Density   []float64 `json:"density"`
	Most      float64   `json:"max_density"`
	At        int       `json:"argmax_index"`
}

// JointDensity is the density of common input (x) and recurrent inhibition (y): Contours
// are the outlines at 0.3, 0.6 and 0.9 of its range.
type JointDensity struct {
	Intensity  float64         `json:"intensity"`
	Label      string          `json:"muscle"`
	N          int             `json:"n"`
	Covariance [2][2]float64   `json:"kernel_covariance"`
	Least      float64         `json:"density_min"`
	Most       float64         `json:"density_max"`
	Peak       [2]int          `json:"peak_row_col"`
	PeakX      float64         `json:"peak_x"`
	PeakY      float64         `json:"peak_y"`
	Cells      []int           `json:"cells_at_or_above_level"`
	Contours   [][]plotter.XYs `json:"contours"`
	Surface    *stats.Surface  `json:"-"`
}

// Fig5A is one panel group: the densities at one intensity.
type Fig5A struct {
	Title     string            `json:"title"`
	Source    []string          `json:"source"`
	Subjects  []string          `json:"participants"`
	Intensity float64           `json:"intensity"`
	LimitsX   [2]float64        `json:"x_common_input_std"`
	LimitsY   [2]float64        `json:"y_recurrent_inhibition"`
	Labels    []string          `json:"groups_drawn"`
	Marginals []MarginalDensity `json:"kde1d"`
	Joints    []JointDensity    `json:"kde2d"`
	Notes     []string          `json:"notes"` // densities that could not be drawn, and why
}

func fig5a(s *Study) ([]canvas.Picture, error) {
	p, err := readPosteriors(s)
	if err != nil {
		return nil, err
	}
	var out []canvas.Picture
	add := func(p *posteriors.Set, suffix string) {
		for _, intensity := range p.Intensities() {
			f := ComputeFig5A(p, intensity)
			out = append(out, canvas.Picture{Name: fmt.Sprintf("fig5a_%g%s", intensity, suffix),
				Canvas: f.Draw(s.Palette), Data: f})
		}
	}
	add(p, "")
	if subjects := p.Subjects(); len(subjects) > 1 {
		for _, subject := range subjects {
			add(p.Only(subject), "_"+subject)
		}
	}
	return out, nil
}

// ComputeFig5A computes the densities at an intensity on axes that serve all intensities.
// A group whose draws are all equal has no density: Notes says so.
func ComputeFig5A(p *posteriors.Set, intensity float64) *Fig5A {
	f := &Fig5A{Title: fmt.Sprintf("%g %% MVC", intensity), Source: p.Files, Subjects: p.Subjects(),
		Intensity: intensity, LimitsX: p.PercentileLimits(posteriors.CI),
		LimitsY: p.PercentileLimits(posteriors.RI)}
	var mutex sync.Mutex
	var wg sync.WaitGroup
	for _, g := range p.Groups {
		if g.Intensity != intensity || p.Drops(g.Label) {
			continue
		}
		f.Labels = append(f.Labels, g.Label)
		for _, parameter := range []string{posteriors.RI, posteriors.CI} {
			f.marginal(g, parameter)
		}
		if g.CI != nil {
			wg.Go(func() {
				j, err := f.joint(g)
				mutex.Lock()
				defer mutex.Unlock()
				if err != nil {
					f.Notes = append(f.Notes, fmt.Sprintf("%s: %v", g.Label, err))
					return
				}
				f.Joints = append(f.Joints, *j)
			})
		}
	}
	wg.Wait()
	at := func(l string) int { return slices.Index(f.Labels, l) }
	slices.SortFunc(f.Joints, func(a, b JointDensity) int { return at(a.Label) - at(b.Label) })
	slices.Sort(f.Notes)
	return f
}

func (f *Fig5A) limits(parameter string) [2]float64 {
	if parameter == posteriors.CI {
		return f.LimitsX
	}
	return f.LimitsY
}

func (f *Fig5A) marginal(g *posteriors.Draws, parameter string) {
	v := g.Of(parameter)
	if v == nil {
		return
	}
	l := f.limits(parameter)
	m := MarginalDensity{Intensity: g.Intensity, Label: g.Label, Parameter: parameter, N: len(v),
		SD: stat.StdDev(v, nil), X: stats.Grid(l[0], l[1], grid1D)}
	m.KernelSD = kernelShare * m.SD
	var err error
	if m.Density, err = stats.Density1D(v, m.KernelSD, m.X); err != nil {
		f.Notes = append(f.Notes, fmt.Sprintf("%s, %s: %v", g.Label, parameter, err))
		return
	}
	m.Most = slices.Max(m.Density)
	m.At = slices.Index(m.Density, m.Most)
	f.Marginals = append(f.Marginals, m)
}

func (f *Fig5A) joint(g *posteriors.Draws) (*JointDensity, error) {
	k := stats.KernelOf(g.CI, g.RI, kernelShare)
	s, err := stats.Density2D(g.CI, g.RI, k, stats.Grid(f.LimitsX[0], f.LimitsX[1], grid2D),
		stats.Grid(f.LimitsY[0], f.LimitsY[1], grid2D))
	if err != nil {
		return nil, err
	}
	j := &JointDensity{Intensity: g.Intensity, Label: g.Label, N: len(g.RI),
		Covariance: [2][2]float64{{k.XX, k.XY}, {k.XY, k.YY}}, Surface: s}
	j.Least, j.Most = s.Extent()
	for r, row := range s.Z {
		if c := slices.Index(row, j.Most); c >= 0 {
			j.Peak, j.PeakX, j.PeakY = [2]int{r, c}, s.X[c], s.Y[r]
			break
		}
	}
	for i, level := range s.RangeLevels(rangeFractions...) {
		n := 0
		for _, row := range s.Z {
			for _, z := range row {
				if (z-j.Least)/(j.Most-j.Least) >= rangeFractions[i] {
					n++
				}
			}
		}
		j.Cells = append(j.Cells, n)
		j.Contours = append(j.Contours, canvas.Contour(s, level))
	}
	return j, nil
}

// Draw paints four square panels, 8.4 x 8.4 inches.
func (f *Fig5A) Draw(colours canvas.Palette) *canvas.Canvas {
	c := canvas.New(8.4, 8.4)
	const top, mid, gap = 0.955, 0.49, 0.012
	left := canvas.Panel("", "recurrent inhibition (0 to 1 of the prior)", "density")
	bottom := canvas.Panel("", "common input SD (0 to 1 of the prior)", "density")
	joint := canvas.Panel("", "common input SD (0 to 1 of the prior)",
		"recurrent inhibition (0 to 1 of the prior)")
	left.X.Min, left.X.Max = f.LimitsY[0], f.LimitsY[1]
	bottom.X.Min, bottom.X.Max = f.LimitsX[0], f.LimitsX[1]
	joint.X.Min, joint.X.Max, joint.Y.Min, joint.Y.Max = f.LimitsX[0], f.LimitsX[1], f.LimitsY[0],
		f.LimitsY[1]
	left.Y.Min, bottom.Y.Min, left.Y.Max, bottom.Y.Max = 0, 0, 0, 0
	var names [2]peaks
	for _, m := range f.Marginals {
		p, k := left, 0
		if m.Parameter == posteriors.CI {
			p, k = bottom, 1
		}
		p.Add(canvas.Line(m.X, m.Density, colours.Of(m.Label), 2))
		p.Y.Max = math.Max(p.Y.Max, 1.12*m.Most)
		names[k] = append(names[k], peak{m.X[m.At], m.Most, colours.Of(m.Label), m.Label, 2})
	}
	left.Add(names[0])
	bottom.Add(names[1])
	var joints peaks
	for _, j := range f.Joints {
		for i, l := range j.Contours {
			joint.Add(canvas.Region{Loops: l, Fill: canvas.Faded(colours.Of(j.Label), 0.1), Times: i + 1,
				Line: colours.Of(j.Label), Width: 1.2})
		}
		joints = append(joints, peak{j.PeakX, j.PeakY, colours.Of(j.Label), j.Label, 2})
	}
	joint.Add(joints)
	left.Draw(c.Area(0.01, mid+gap, mid-gap, top))
	joint.Draw(c.Area(mid+gap, mid+gap, 0.985, top))
	bottom.Draw(c.Area(mid+gap, 0.01, 0.985, mid-gap))
	canvas.Text(c.Area(0.02, top, 0.98, 0.99), 13, []canvas.TextLine{{Text: f.heading()}})
	canvas.Text(c.Area(0.12, 0.05, mid, mid-0.08), 11, f.legend(colours))
	return c
}

func (f *Fig5A) heading() string {
	switch n := len(f.Subjects); n {
	case 0:
		return f.Title + ", participants pooled"
	case 1:
		return f.Title + ", participant " + f.Subjects[0]
	default:
		return fmt.Sprintf("%s, mixture of the posteriors of %d participants", f.Title, n)
	}
}

func (f *Fig5A) legend(colours canvas.Palette) []canvas.TextLine {
	var out []canvas.TextLine
	for _, label := range canvas.Labels {
		i := slices.IndexFunc(f.Marginals, func(m MarginalDensity) bool { return m.Label == label })
		if i >= 0 {
			out = append(out, canvas.TextLine{Text: fmt.Sprintf("%s (%d draws)", canvas.Spelled(label),
				f.Marginals[i].N), Mark: canvas.Stroke(colours.Of(label), 2.4)})
		}
	}
	for _, m := range f.Marginals {
		if m.Parameter == posteriors.RI && !slices.Contains(canvas.Labels, m.Label) {
			out = append(out, canvas.TextLine{Text: fmt.Sprintf("%s (%d draws)", canvas.Spelled(m.Label),
				m.N), Mark: canvas.Stroke(colours.Of(m.Label), 2.4)})
		}
	}
	for _, n := range f.Notes {
		out = append(out, canvas.TextLine{Text: strings.SplitN(n, ":", 2)[0] +
			": no density, all draws are equal"})
	}
	return out
}
