// Package predictive checks posteriors by simulation: parameter sets drawn from them are
// simulated and analysed like recordings, and their features compared with the recordings'.
package predictive

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/draws"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/seed"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/inference"
	"example.org/renshaw/pkg/simulation/batch"
)

// Condition of an experiment; Subject is "" for pooled participants.
type Condition struct {
	Subject, MusclePair string  // "" if participants are pooled; A<->B
	Intensity           float64 // % MVC
	Recording           string  // "" for all of the condition
}

// Label is the condition in names of files and rows: [subject_]A-B_intensity[_recording].
func (c Condition) Label() string {
	l := fmt.Sprintf("%s_%g", strings.Replace(c.MusclePair, "<->", "-", 1), c.Intensity)
	if c.Subject != "" {
		l = c.Subject + "_" + l
	}
	if c.Recording != "" {
		l += "_" + c.Recording
	}
	return l
}

// mirrored is the condition seen from the other muscle.
func (c Condition) mirrored() Condition {
	a, b, _ := strings.Cut(c.MusclePair, "<->")
	c.MusclePair = b + "<->" + a
	return c
}

// Draws are posterior draws of one condition, in physical units, and the best of them.
type Draws struct {
	Condition
	Rows [][]float64 // in the order of Parameters, physical units
	Best []float64   // the same of the densest draw
}

// Posterior is a table of draws by condition.
type Posterior struct {
	Path       string              // of the table
	Case       string              // sbi.Single or sbi.Pair
	Parameters []feature.Parameter // columns, with ranges and units
	Conditions []Draws             // in order of appearance
}

// ReadPosterior reads posterior draws: a table of renshaw infer, or its folder. The best
// draws are those of best_draws.csv beside it; where that is missing, the draw whose fifth
// nearest neighbour, in unit coordinates, is nearest. Errors name file, line and column.
func ReadPosterior(path string) (*Posterior, error) {
	path, err := drawsTable(path)
	if err != nil {
		return nil, err
	}
	if _, err := job.Ready(filepath.Dir(path), sbi.ManifestName); err != nil {
		return nil, err
	}
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	p := &Posterior{Path: path, Case: feature.Single, Parameters: feature.SinglePrior()}
	if t.Col(feature.SharedInput) >= 0 {
		p.Case, p.Parameters = feature.Pair, feature.PairPrior()
	}
	if err := p.read(t, path,
		func(d *Draws, row []float64) { d.Rows = append(d.Rows, row) }); err != nil {
		return nil, err
	}
	if len(p.Conditions) == 0 {
		return nil, fmt.Errorf("%s: no draws", path)
	}
	best := filepath.Join(filepath.Dir(path), inference.BestName)
	if b, err := table.Read(best); err == nil {
		if err := p.read(b, best, func(d *Draws, row []float64) { d.Best = row }); err != nil {
			return nil, err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for i := range p.Conditions {
		if d := &p.Conditions[i]; d.Best == nil && len(d.Rows) > 0 {
			d.Best = d.Rows[densest(d.Rows, p.Parameters)]
		}
	}
	return p, nil
}

// drawsTable is the table in a folder of renshaw infer, or the file itself.
func drawsTable(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return path, err
	}
	for _, name := range []string{inference.EachSubjectName, inference.GroupedName} {
		if _, err := os.Stat(filepath.Join(path, name)); err == nil {
			return filepath.Join(path, name), nil
		}
	}
	return "", fmt.Errorf("%s: neither an estimator nor a folder of renshaw infer: no %s and no %s",
		path, inference.EachSubjectName, inference.GroupedName)
}

// read gives the rows of a table to the conditions that they belong to.
func (p *Posterior) read(t *table.Table, path string, give func(*Draws, []float64)) error {
	var names []string
	for _, q := range p.Parameters {
		names = append(names, q.Name)
	}
	return draws.Each(t, path, names, func(d draws.Draw) error {
		c := Condition{d.Subject, d.MusclePair, d.Intensity, d.Recording}
		if a, b, ok := strings.Cut(c.MusclePair, "<->"); !ok || (a == b) != (p.Case == feature.Single) {
			return fmt.Errorf("%s: line %d: muscle_pair %q does not fit the parameters (%s)", path, d.Line,
				c.MusclePair, p.Case)
		}
		i := p.find(c)
		if i < 0 {
			i = len(p.Conditions)
			p.Conditions = append(p.Conditions, Draws{Condition: c})
		}
		give(&p.Conditions[i], d.Values)
		return nil
	})
}

// mostForDensest bounds the work of densest.
const mostForDensest = 2000

// densest is the row whose fifth nearest neighbour is nearest, in unit coordinates, among
// the first 2,000.
func densest(rows [][]float64, parameters []feature.Parameter) int {
	rows = rows[:min(len(rows), mostForDensest)]
	best, nearest := 0, math.Inf(1)
	d := make([]float64, 0, len(rows))
	for i, a := range rows {
		d = d[:0]
		for j, b := range rows {
			if i == j {
				continue
			}
			sum := 0.0
			for k, p := range parameters {
				diff := (a[k] - b[k]) / (p.High - p.Low)
				sum += diff * diff
			}
			d = append(d, sum)
		}
		slices.Sort(d)
		if len(d) > 0 {
			if v := d[min(4, len(d)-1)]; v < nearest {
				best, nearest = i, v
			}
		}
	}
	return best
}

// Set is one parameter set to be simulated.
type Set struct {
	Condition
	Best     bool            // of the best draw, else of a random draw
	Index    int             // number within the condition, from 1; 0 for the best
	Settings []batch.Setting // of the simulation's row in a batch
}

// SetOptions of Sets.
type SetOptions struct {
	Draws int    // random draws per condition
	Seed  uint64 // of the choice of draws
	// AsPublished exchanges the two strengths of inhibition between the muscles of a pair, as
	// the study did.
	AsPublished bool
	// Previous are the posteriors within single muscles, which pairs need.
	Previous *Posterior
}

// Sets chooses the parameter sets: for every condition the best draw and opt.Draws random
// ones, none twice unless there are too few. The best of all conditions come first, then
// the first random draw of all, and so on, and a set does not depend on how many follow: more
// draws only add to a batch. Warnings tell which conditions lack what they need and were left
// out (if all: an error), and how many frequency bands had to be cut to 0 to 80 Hz.
func (p *Posterior) Sets(opt SetOptions) (sets []Set, warnings []string, err error) {
	cut := 0
	var sources []source
	for i := range p.Conditions {
		src, err := p.source(&p.Conditions[i], opt, &cut)
		if err != nil {
			warnings = append(warnings, err.Error()+"; the condition is left out")
			continue
		}
		sources = append(sources, src)
	}
	if len(sources) == 0 {
		return nil, nil, errors.New(strings.Join(warnings, "\n"))
	}
	sets = make([]Set, len(sources)*(opt.Draws+1))
	for i, src := range sources {
		rng := seed.Stream(opt.Seed, src.Label())
		order := rng.Perm(src.n)
		for k := 0; k <= opt.Draws; k++ {
			at := -1 // the best
			switch {
			case k > src.n:
				at = rng.IntN(src.n)
			case k > 0:
				at = order[k-1]
			}
			sets[k*len(sources)+i] = Set{Condition: src.Condition, Best: k == 0, Index: k,
				Settings: src.settings(at, rng)}
		}
	}
	if cut > 0 {
		warnings = append(warnings, fmt.Sprintf("%d frequency bands of %d reached below 0 or above 80 "+
			"Hz and were cut there", cut, len(sets)))
	}
	return sets, warnings, nil
}

// source makes the settings of draw i, or of the best for -1, of a condition with n draws.
type source struct {
	Condition
	n        int
	settings func(i int, rng *rand.Rand) []batch.Setting
}

func (p *Posterior) source(c *Draws, opt SetOptions, cut *int) (source, error) {
	out := source{Condition: c.Condition, n: len(c.Rows), settings: p.single(c, cut)}
	var err error
	if p.Case == feature.Pair {
		out.settings, out.n, err = p.pair(c, opt, cut)
	}
	if err == nil && out.n == 0 {
		err = fmt.Errorf("%s: no draws of %s", p.Path, c.Label())
	}
	return out, err
}

// highest frequency of the second input, Hz; the simulator cuts there.
const highest = 80

// band is [middle - half, middle + half] inside 0 to 80 Hz.
func band(middle, half float64, cut *int) []any {
	low, high := middle-half, middle+half
	if low < 0 || high > highest {
		*cut++
	}
	return []any{math.Max(0, low), math.Min(highest, high)}
}

// of is draw i, or the best for -1.
func (d *Draws) of(i int) []float64 {
	if i < 0 {
		return d.Best
	}
	return d.Rows[i]
}

// value is a parameter of a draw.
func (p *Posterior) value(draw []float64, name string) float64 {
	return draw[slices.IndexFunc(p.Parameters, func(q feature.Parameter) bool {
		return q.Name == name
	})]
}

// set is the setting of a pool's parameter.
func (p *Posterior) set(draw []float64, name string, pool int) batch.Setting {
	return batch.Setting{Name: feature.Setting(name, pool), Value: p.value(draw, name)}
}

// single gives the settings of draw i of a condition within a muscle.
func (p *Posterior) single(c *Draws, cut *int) func(i int, _ *rand.Rand) []batch.Setting {
	return func(i int, _ *rand.Rand) []batch.Setting {
		v := c.of(i)
		return append([]batch.Setting{p.set(v, feature.Drive, 0)}, p.own(v, 0, cut)...)
	}
}

// own are the settings of a pool that the posterior within its muscle knows, but for the drive.
func (p *Posterior) own(v []float64, pool int, cut *int) []batch.Setting {
	return []batch.Setting{p.set(v, feature.Inhibition, pool), p.set(v, feature.InputSD, pool),
		{Name: feature.PoolSetting(feature.BandSetting, pool),
			Value: band(p.value(v, feature.BandMiddle), p.value(v, feature.BandHalfWidth), cut)}}
}

// pair gives the settings of draw i of a pair A, B: pool 0 is A, pool 1 is B. The draws of
// A<->B and of B<->A are combined row by row; A<->B tells the inhibition of A by B, M[1][0].
// What is a muscle's own comes from random rows of its previous posterior.
func (p *Posterior) pair(c *Draws, opt SetOptions,
	cut *int) (settings func(i int, rng *rand.Rand) []batch.Setting, n int, err error) {
	at := p.find(c.mirrored())
	if at < 0 {
		return nil, 0, fmt.Errorf("%s: %s: the draws of %s are needed too", p.Path, c.Label(),
			c.mirrored().Label())
	}
	other := &p.Conditions[at]
	if opt.Previous == nil {
		return nil, 0, errors.New("pairs need the posteriors within their muscles: give --previous")
	}
	a, b, _ := strings.Cut(c.MusclePair, "<->")
	var muscles [2]*Draws
	for k, m := range []string{a, b} {
		want := Condition{c.Subject, m + "<->" + m, c.Intensity, c.Recording}
		i := opt.Previous.find(want)
		if i < 0 {
			want.Recording = "" // inferred from all recordings of the condition
			i = opt.Previous.find(want)
		}
		if i < 0 || len(opt.Previous.Conditions[i].Rows) == 0 {
			return nil, 0, fmt.Errorf("%s: no draws of %s, which %s needs", opt.Previous.Path, want.Label(),
				c.Label())
		}
		muscles[k] = &opt.Previous.Conditions[i]
	}
	to := [2]int{0, 1} // the pool that v and w tell the inhibition of
	if opt.AsPublished {
		to = [2]int{1, 0}
	}
	drive := feature.OfSelf(feature.Drive)
	return func(i int, rng *rand.Rand) []batch.Setting {
		v, w := c.of(i), other.of(i)
		shared := (p.value(v, feature.SharedInput) + p.value(w, feature.SharedInput)) / 2
		s := []batch.Setting{p.set(v, drive, 0), p.set(w, drive, 1),
			p.set(v, feature.InhibitionFromOther, to[0]),
			p.set(w, feature.InhibitionFromOther, to[1]),
			{Name: feature.Setting(feature.SharedInput, 0), Value: shared}}
		for k, m := range muscles {
			s = append(s, opt.Previous.own(m.Rows[rng.IntN(len(m.Rows))], k, cut)...)
		}
		return s
	}, min(len(c.Rows), len(other.Rows)), nil
}

// find is the place of a condition, -1 if it is not there.
func (p *Posterior) find(c Condition) int {
	return slices.IndexFunc(p.Conditions, func(d Draws) bool { return d.Condition == c })
}

// Batch makes the batch file of the sets: fixed settings, profile and generator of a base
// file, whose own rows do not count.
func Batch(base *batch.File, sets []Set, seed uint64) *batch.File {
	f := &batch.File{Name: "posterior_predictive", Seed: seed, Profile: base.Profile, RNG: base.RNG,
		Fixed: base.Fixed}
	for _, s := range sets {
		f.Simulations = append(f.Simulations, batch.Row{Label: s.Label(), Settings: s.Settings})
	}
	return f
}

// SetsTable lists the sets with the number of their simulation.
func SetsTable(sets []Set) *table.Table {
	t := &table.Table{Columns: []string{"sim_name", "label", "subject", "muscle_pair", "intensity",
		"kind", "sim_idx"}}
	each := slices.ContainsFunc(sets, func(s Set) bool { return s.Recording != "" })
	if each {
		t.Columns = append(t.Columns, feature.Recording)
	}
	for _, s := range sets[0].Settings {
		pool, ok := strings.CutPrefix(s.Name, strings.TrimSuffix(feature.BandSetting, "pool#"))
		if !ok {
			t.Columns = append(t.Columns, s.Name)
			continue
		}
		t.Columns = append(t.Columns, "freq_low_"+pool, "freq_high_"+pool)
	}
	for i, s := range sets {
		kind := "draw"
		if s.Best {
			kind = "best"
		}
		row := []string{batch.Dir(i), s.Label(), s.Subject, s.MusclePair, table.Float(s.Intensity), kind,
			fmt.Sprint(s.Index)}
		if each {
			row = append(row, s.Recording)
		}
		for _, v := range s.Settings {
			switch x := v.Value.(type) {
			case float64:
				row = append(row, table.Float(x))
			case []any:
				for _, e := range x {
					row = append(row, table.Float(e.(float64)))
				}
			}
		}
		t.Add(row...)
	}
	return t
}
