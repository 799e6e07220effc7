package posteriors

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/file/draws"
	"example.org/renshaw/pkg/num/stats"
)

// Ranges of the prior that figures normalise by: the mean number of disynaptic connections
// and the SD of the second common input (nA).
const (
	inhibitionRange  = feature.MaxInhibition
	commonInputRange = feature.MaxInputSD
)

// Names of the two parameters in data files: recurrent inhibition, and the SD of the second
// common input.
const (
	RI = "ri"
	CI = "ci"
)

// Draws are the posterior draws of a label at an intensity, normalised by the prior to 0…1.
type Draws struct {
	Label     string
	Intensity float64
	Subjects  []string  // whose draws these are, empty without participants
	RI        []float64 // recurrent inhibition; within the muscle, or by the other one
	CI        []float64 // SD of the second common input; nil for pairs
	subject   []string  // of every draw
}

// Set are the draws of a study, muscles before pairs, in the order of the tables.
type Set struct {
	Files  []string // where they come from
	Groups []*Draws
	// Mirrored leaves one of the two orders of a pair of muscles out of figures, as the study did.
	Mirrored bool
}

// Drops reports whether figures leave a label ("VM<-VL") out as a mirror image.
func (p *Set) Drops(label string) bool {
	return p.Mirrored && feature.IsMirrorImage(strings.Replace(label, "<-", "<->", 1), false)
}

// Read reads the posterior tables in a folder and in the folders in it: of the
// participants pooled as if one, where there are such tables, otherwise of each participant.
// Where there is none the result has no Groups; a folder that does not exist is an error.
func Read(dir string) (*Set, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	var files []string
	for _, pattern := range []string{"*posterior_samples_*.csv", "*posterior_samples_*.csv.gz"} {
		for _, sub := range []string{"", "*"} {
			found, _ := filepath.Glob(filepath.Join(dir, sub, pattern))
			files = append(files, found...)
		}
	}
	frames := map[string][]canvas.Frame{} // by kind and column
	for _, path := range files {
		f, err := canvas.ReadFrame(path)
		if err != nil {
			return nil, err
		}
		kind := "each"
		if strings.Contains(filepath.Base(path), "grouped") {
			kind = "grouped"
		}
		for _, column := range []string{singleInhibition, pairInhibition} {
			if f.Col(column) >= 0 {
				frames[kind+column] = append(frames[kind+column], f)
			}
		}
	}
	p := &Set{}
	for _, column := range []string{singleInhibition, pairInhibition} {
		list := frames["grouped"+column]
		if len(list) == 0 {
			list = frames["each"+column]
		}
		for _, f := range list {
			if err := p.add(f, column); err != nil {
				return nil, err
			}
			p.Files = append(p.Files, filepath.Base(f.Path))
		}
	}
	return p, nil
}

const (
	singleInhibition = feature.Inhibition
	pairInhibition   = feature.InhibitionFromOther
)

func (p *Set) add(f canvas.Frame, column string) error {
	parameters := []string{column}
	if column == singleInhibition {
		parameters = append(parameters, feature.InputSD)
	}
	var g *Draws
	return draws.Each(f.Table, f.Path, parameters, func(d draws.Draw) error {
		if label := canvas.Label(d.MusclePair); g == nil || g.Label != label ||
			g.Intensity != d.Intensity {
			g = p.group(label, d.Intensity)
		}
		g.RI = append(g.RI, clip01(d.Values[0]/inhibitionRange))
		if len(d.Values) > 1 {
			g.CI = append(g.CI, clip01(d.Values[1]/commonInputRange))
		}
		g.subject = append(g.subject, d.Subject)
		if d.Subject != "" && !slices.Contains(g.Subjects, d.Subject) {
			g.Subjects = append(g.Subjects, d.Subject)
		}
		return nil
	})
}

func clip01(v float64) float64 { return math.Min(1, math.Max(0, v)) }

// group finds or adds the draws of a label at an intensity.
func (p *Set) group(label string, intensity float64) *Draws {
	for _, g := range p.Groups {
		if g.Label == label && g.Intensity == intensity {
			return g
		}
	}
	g := &Draws{Label: label, Intensity: intensity}
	p.Groups = append(p.Groups, g)
	return g
}

// Of are the draws of one parameter, nil where a pair has none.
func (d *Draws) Of(parameter string) []float64 {
	if parameter == CI {
		return d.CI
	}
	return d.RI
}

// Intensities in ascending order.
func (p *Set) Intensities() []float64 {
	var out []float64
	for _, g := range p.Groups {
		if !slices.Contains(out, g.Intensity) {
			out = append(out, g.Intensity)
		}
	}
	slices.Sort(out)
	return out
}

// Subjects in alphabetical order.
func (p *Set) Subjects() []string {
	set := map[string]bool{}
	for _, g := range p.Groups {
		for _, s := range g.Subjects {
			set[s] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// Only keeps the draws of one participant.
func (p *Set) Only(subject string) *Set {
	out := &Set{Files: p.Files, Mirrored: p.Mirrored}
	for _, g := range p.Groups {
		n := &Draws{Label: g.Label, Intensity: g.Intensity, Subjects: []string{subject}}
		for i, s := range g.subject {
			if s != subject {
				continue
			}
			n.RI, n.subject = append(n.RI, g.RI[i]), append(n.subject, s)
			if g.CI != nil {
				n.CI = append(n.CI, g.CI[i])
			}
		}
		if len(n.RI) > 0 {
			out.Groups = append(out.Groups, n)
		}
	}
	return out
}

// Labels that are there, in the order of the figures; others after them, and without the
// pairs that are mirror images of drawn ones.
func (p *Set) Labels() []string {
	there := map[string]bool{}
	for _, g := range p.Groups {
		there[g.Label] = true
	}
	var out []string
	for _, l := range canvas.Labels {
		if there[l] && !p.Drops(l) {
			out = append(out, l)
		}
	}
	for _, l := range slices.Sorted(maps.Keys(there)) {
		if !slices.Contains(canvas.Labels, l) {
			out = append(out, l)
		}
	}
	return out
}

// PercentileLimits are the 1st and 99th percentile of all draws of a parameter, widened by
// 5 % of their distance on each side.
func (p *Set) PercentileLimits(parameter string) [2]float64 {
	var all []float64
	for _, g := range p.Groups {
		all = append(all, g.Of(parameter)...)
	}
	q := stats.Quantiles(all, 0.01, 0.99)
	m := 0.05 * (q[1] - q[0])
	return [2]float64{q[0] - m, q[1] + m}
}
