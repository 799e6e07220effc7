package dataset

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
)

// Row is a unit that passed the filters: its features in the units of x (%, %, ms,
// spikes/s), the group it belongs to and, in a simulation, its parameters.
type Row struct {
	group   string
	line    int // row of the table, from 0
	values  []float64
	NSpikes float64 // counts of its cross-histogram
	theta   []float64

	recording string // of an experiment, "" if not known
}

// Set is what a table gives: pairs with their groups, and how features were scaled.
type Set struct {
	sbi.Pairs
	Groups  []string           // per row
	Scale   []sbi.FeatureScale // per feature of a unit; nil if not standardised
	Dropped sbi.Dropped        // units and groups left out, by reason

	Simulations bool   // made of tables of simulations, not read from a pairs table
	Path        string // of the table or tables, for messages
}

// Where names a row in messages: file and line of a pairs table, otherwise files and group.
func (set *Set) Where(row int) string { return set.Path + ": " + set.Short(row) }

// Short is Where without the files.
func (set *Set) Short(row int) string {
	if set.Simulations {
		return set.Groups[row]
	}
	return fmt.Sprintf("line %d", row+2)
}

// boxSlack is how far the rounding of float32 may put a parameter outside its box.
const boxSlack = 1e-6

// Outside is the first of d parameters of a row that lies outside 0 to 1, -1 if none does. What
// rounding put outside is put on the edge.
func (set *Set) Outside(row, d int) int {
	theta := set.Theta[row*d : (row+1)*d]
	for k, v := range theta {
		if !(v >= -boxSlack && v <= 1+boxSlack) {
			return k
		}
		theta[k] = min(max(v, 0), 1)
	}
	return -1
}

// SimulationSet makes pairs from a table of simulations (renshaw summarize --kind
// simulation). scale standardises the features; nil takes mean and SD of these rows, if the
// spec asks for standardisation. Errors name file, column and line.
func SimulationSet(s *sbi.Spec, scale []sbi.FeatureScale, paths ...string) (*Set, error) {
	known := feature.SinglePrior()
	if s.Case == feature.Pair {
		known = feature.PairPrior()
	}
	for _, p := range s.Prior {
		if !slices.ContainsFunc(known, func(k feature.Parameter) bool { return k.Name == p.Name }) {
			return nil, fmt.Errorf("prior: %q is no parameter of the simulations (case %s)", p.Name, s.Case)
		}
	}
	var rows []Row
	dropped := sbi.Dropped{}
	for k, path := range paths {
		t, err := table.Read(path)
		if err != nil {
			return nil, err
		}
		suffix := ""
		if len(paths) > 1 {
			suffix = fmt.Sprintf("#%d", k) // one simulation may be seen in several ways
		}
		part, err := simulationRows(s, t, path, false, dropped, suffix)
		if err != nil {
			return nil, err
		}
		rows = append(rows, part...)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: no row passes the filters (%v)", strings.Join(paths, ", "), dropped)
	}
	set := &Set{Dropped: dropped, Scale: scale, Simulations: true, Path: strings.Join(paths, ", ")}
	if s.Normalize && scale == nil {
		set.Scale = scaleOf(rows, s.UnitFeatures())
		for _, f := range set.Scale {
			if !(f.SD > 0) {
				return nil, fmt.Errorf("%s: feature %s is the same in every row (SD %v)",
					strings.Join(paths, ", "), f.Feature, f.SD)
			}
		}
	}
	applyScale(rows, set.Scale)
	set.gather(s, rows, s.Filters.Simulation.MinUnits, true)
	return set, nil
}

// simulationRows reads the units that pass the filters; turned takes area and trough latency from
// the histogram's other side, and suffix is added to the names of the groups.
func simulationRows(s *sbi.Spec, t *table.Table, path string, turned bool, dropped sbi.Dropped,
	suffix string) ([]Row, error) {
	units, err := feature.OfSimulations(t, path, s.View(), turned)
	if err != nil {
		return nil, err
	}
	var out []Row
	for r := range t.Rows {
		reason, err := refused(s, units, r)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			dropped[reason]++
			continue
		}
		row, err := simulationRow(s, units, r)
		if err != nil {
			return nil, err
		}
		if math.IsNaN(row.values[feature.Area]) || math.IsNaN(row.values[feature.Peak]) {
			dropped["area or peak missing"]++
			continue
		}
		row.group += suffix
		row.line = r
		out = append(out, row)
	}
	quirks, err := profile.For(s.Profile)
	if err != nil {
		return nil, err
	}
	if quirks.ScrambledBands && s.Case == feature.Single {
		scrambleBands(s, out)
	}
	return out, nil
}

// scrambleBands gives every row the band parameters that the study's table had there: it
// numbered the filtered rows anew and joined them by number with the numbers before the
// filter. Where no row has that number they are missing.
func scrambleBands(s *sbi.Spec, rows []Row) {
	original := make([][]float64, len(rows))
	for i, r := range rows {
		original[i] = slices.Clone(r.theta)
	}
	for k, p := range s.Prior {
		if p.Name != "common_input_high_freq_middle_of_range" &&
			p.Name != "common_input_high_freq_half_width_range" {
			continue
		}
		for _, r := range rows {
			r.theta[k] = math.NaN()
			if r.line < len(rows) {
				r.theta[k] = original[r.line][k]
			}
		}
	}
}

// refused is the filter that leaves a row out, "" if it counts.
func refused(s *sbi.Spec, units *feature.Table, r int) (string, error) {
	switch {
	case !units.Seen(r):
		return "other perspective or direction", nil
	case units.Within(r) != (s.Case == feature.Single):
		return "other pair of pools", nil
	}
	return units.Below(r, s.Filters.Simulation)
}

// simulationRow reads a row that counts: features, counts, and the simulation's parameters in
// coordinates of the prior's box. A parameter outside the box is an error.
func simulationRow(s *sbi.Spec, units *feature.Table, r int) (Row, error) {
	u := Row{group: units.Text(r, "sim_name") + "|" + units.Text(r, "pool_pair")}
	var err error
	if u.values, err = units.Features(r); err != nil {
		return u, err
	}
	if u.NSpikes, err = units.Number(r, "n_spikes"); err != nil {
		return u, err
	}
	p, err := units.Parameters(r, s.Case)
	if err != nil {
		return u, err
	}
	for _, q := range s.Prior {
		const slack = 1e-9 // for rounding
		unit := (p[q.Name] - q.Low) / (q.High - q.Low)
		if unit < -slack || unit > 1+slack {
			return u, fmt.Errorf("%s: line %d: %s of %s is %g, outside the prior (%g to %g): "+
				"set its limits in inference.yaml (prior)", units.Path, r+2, q.Name,
				units.Text(r, "sim_name"), p[q.Name], q.Low, q.High)
		}
		u.theta = append(u.theta, math.Min(math.Max(unit, 0), 1))
	}
	if s.Case == feature.Pair {
		for _, name := range feature.SelfParameters {
			u.values = append(u.values, p[name])
		}
	}
	return u, nil
}

// scaleOf is mean and sample SD of every feature over the rows, missing values skipped.
func scaleOf(rows []Row, names []string) []sbi.FeatureScale {
	out := make([]sbi.FeatureScale, len(names))
	for k, name := range names {
		var v []float64
		for _, r := range rows {
			if x := r.values[k]; !math.IsNaN(x) {
				v = append(v, x)
			}
		}
		mean := signal.Mean(v)
		sum := 0.0
		for _, x := range v {
			sum += (x - mean) * (x - mean)
		}
		out[k] = sbi.FeatureScale{Feature: name, Mean: mean,
			SD: math.Sqrt(sum / float64(len(v)-1))}
	}
	return out
}

func applyScale(rows []Row, scale []sbi.FeatureScale) {
	for i := range rows {
		for k, s := range scale {
			rows[i].values[k] = s.Standard(rows[i].values[k])
		}
	}
}

// gather makes a row of x (and theta) per group, in ascending order of group.
func (set *Set) gather(s *sbi.Spec, rows []Row, minUnits int, simulated bool) {
	byGroup := map[string][]Row{}
	for _, r := range rows {
		byGroup[r.group] = append(byGroup[r.group], r)
	}
	groups := make([]string, 0, len(byGroup))
	for g := range byGroup {
		groups = append(groups, g)
	}
	slices.Sort(groups)
	for _, g := range groups {
		units := byGroup[g]
		if len(units) < minUnits {
			set.Dropped["too few units"]++
			continue
		}
		x := context(s, units)
		if simulated && !Finite(x, units[0].theta) {
			set.Dropped["statistic or parameter missing"]++
			continue
		}
		set.X = append(set.X, x...)
		set.Theta = append(set.Theta, units[0].theta...)
		set.Groups = append(set.Groups, g)
		set.N++
	}
}

// Finite reports whether no number of the lists is NaN or infinite.
func Finite(lists ...[]float64) bool {
	for _, l := range lists {
		for _, v := range l {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
		}
	}
	return true
}

// context is x of the units of a group.
func context(s *sbi.Spec, units []Row) []float64 {
	var x []float64
	for k, f := range s.UnitFeatures() {
		var v []float64
		for _, u := range units {
			if !math.IsNaN(u.values[k]) {
				v = append(v, u.values[k])
			}
		}
		if slices.Contains(feature.SelfParameters, f) {
			x = append(x, signal.Mean(v))
			continue
		}
		for _, st := range s.Statistics {
			x = append(x, statistic(st, v))
		}
	}
	if s.CountFeatures {
		var counts []float64
		for _, u := range units {
			counts = append(counts, u.NSpikes)
		}
		x = append(x, math.Log(unitCount(units)), math.Log(signal.Percentile(counts, 50)))
	}
	return x
}

// unitCount is the feature that says how well the spread between units is known: their number, in
// several recordings together at most what training simulations show, so that more recordings do
// not look unlike them.
func unitCount(units []Row) float64 {
	each, largest := map[string]int{}, 0
	for _, u := range units {
		each[u.recording]++
		largest = max(largest, each[u.recording])
	}
	return float64(min(len(units), max(largest, analysis.MostSeen)))
}

func statistic(name string, v []float64) float64 {
	switch name {
	case "mean":
		return signal.Mean(v)
	case "median":
		return signal.Percentile(v, 50)
	case "sd":
		return signal.Std(v)
	}
	return signal.Percentile(v, 75) - signal.Percentile(v, 25)
}
