package dataset

import (
	"fmt"
	"math"
	"slices"
	"strings"

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
	NSpikes float64
	theta   []float64
}

// Set is what a table gives: pairs with their groups, and how features were scaled.
type Set struct {
	sbi.Pairs
	Groups  []string // per row
	Scale   []sbi.FeatureScale
	Dropped sbi.Dropped

	Simulations bool // made of tables of simulations, not read from a pairs table
}

// simulationTable reads the columns of a table of simulations.
type simulationTable struct {
	spec *sbi.Spec
	t    *table.Table
	path string
	col  map[string]int
	// placeholder stands for the self parameters, which an experiment's table has not.
	placeholder []float64
	backward    bool // area and trough of the other side
}

var simulationColumns = []string{"sim_name", "pool", "pool_pair", "perspective", "direction", "r2_base", "r2_full", "n_spikes", feature.PeakFeature, feature.RateFeature,
	"excitatory_input_baseline", "disynpatic_inhib_connections_desired_MN_MN", "common_input_std", "frequency_range_of_common_input", "between_pool_excitatory_input_correlation"}

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
		st := simulationTable{spec: s, t: t, path: path, col: map[string]int{}}
		suffix := ""
		if len(paths) > 1 {
			suffix = fmt.Sprintf("#%d", k) // one simulation may be seen in several ways
		}
		part, err := st.rows(dropped, suffix)
		if err != nil {
			return nil, err
		}
		rows = append(rows, part...)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: no row passes the filters (%v)", strings.Join(paths, ", "), dropped)
	}
	set := &Set{Dropped: dropped, Scale: scale, Simulations: true}
	if s.Normalize && scale == nil {
		set.Scale = scaleOf(rows, s.UnitFeatures())
		for _, f := range set.Scale {
			if !(f.SD > 0) {
				return nil, fmt.Errorf("%s: feature %s is the same in every row (SD %v)", strings.Join(paths, ", "), f.Feature, f.SD)
			}
		}
	}
	applyScale(rows, set.Scale)
	set.gather(s, rows, s.Filters.Simulation.MinUnits, true)
	return set, nil
}

// areaAndTiming are the columns of the area and of the trough's time for perspective and
// direction.
func areaAndTiming(s *sbi.Spec) (area, timing string) {
	forward := (s.Perspective == "other_MUs_as_ref") == (s.Direction == "inhibited")
	if forward {
		return s.AreaName(), "delay_forward_IPSP"
	}
	return s.AreaName(), "delay_backward_IPSP"
}

func (st *simulationTable) rows(dropped sbi.Dropped, suffix string) ([]Row, error) {
	of := *st.spec
	if st.backward {
		of.Direction = map[string]string{"inhibited": "inhibiting", "inhibiting": "inhibited"}[of.Direction]
	}
	area, timing := areaAndTiming(&of)
	names := append(slices.Clone(simulationColumns), area, timing)
	at, err := st.t.Need(st.path, names...)
	if err != nil {
		return nil, err
	}
	for i, n := range names {
		st.col[n] = at[i]
	}
	var out []Row
	for r := range st.t.Rows {
		reason, err := st.refused(r)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			dropped[reason]++
			continue
		}
		row, err := st.row(r, area, timing)
		if err != nil {
			return nil, err
		}
		if math.IsNaN(row.values[0]) || math.IsNaN(row.values[1]) {
			dropped["area or peak missing"]++
			continue
		}
		row.group += suffix
		row.line = r
		out = append(out, row)
	}
	if quirks, err := profile.For(st.spec.Profile); err != nil {
		return nil, err
	} else if quirks.ScrambledBands && st.spec.Case == feature.Single {
		scrambleBands(st.spec, out)
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
		if p.Name != "common_input_high_freq_middle_of_range" && p.Name != "common_input_high_freq_half_width_range" {
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

func (st *simulationTable) text(r int, column string) string { return st.t.Rows[r][st.col[column]] }

func (st *simulationTable) number(r int, column string) (float64, error) {
	v, err := table.ParseFloat(st.text(r, column))
	if err != nil {
		return 0, fmt.Errorf("%s: line %d: %s: %q; a number is expected", st.path, r+2, column, st.text(r, column))
	}
	return v, nil
}

// refused tells which filter leaves a row out.
func (st *simulationTable) refused(r int) (string, error) {
	s := st.spec
	a, b, _ := strings.Cut(st.text(r, "pool_pair"), "<->")
	switch {
	case st.text(r, "perspective") != s.Perspective || st.text(r, "direction") != s.Direction:
		return "other perspective or direction", nil
	case (a == b) != (s.Case == feature.Single):
		return "other pair of pools", nil
	}
	l := s.Filters.Simulation
	return st.below(r, l)
}

func (st *simulationTable) below(r int, l feature.Limits) (string, error) {
	for _, f := range []struct {
		column string
		limit  float64
	}{{"r2_base", l.R2Base}, {"r2_full", l.R2Full}, {"n_spikes", l.NSpikes}} {
		v, err := st.number(r, f.column)
		if err != nil {
			return "", err
		}
		if !(v > f.limit) {
			return f.column, nil
		}
	}
	return "", nil
}

// list reads every number of a cell that holds an array, however it was written.
func (st *simulationTable) list(r int, column string, n int) ([]float64, error) {
	out := table.ParseList(st.text(r, column))
	if len(out) < n {
		return nil, fmt.Errorf("%s: line %d: %s: %q; at least %d numbers are expected", st.path, r+2, column, st.text(r, column), n)
	}
	return out, nil
}

// features are the values of a row, in the order of Spec.unitFeatures: area times -100
// (inhibition positive), peak times 100, time of the trough in ms, discharge rate in 1/s.
// The arguments name the columns of a simulation's or an experiment's table.
func (st *simulationTable) features(r int, area, timing, rate string) ([]float64, error) {
	var out []float64
	for _, f := range []struct {
		column string
		scale  float64
	}{{area, -100}, {feature.PeakFeature, 100}, {timing, 1000}, {rate, 1}} {
		v, err := st.number(r, f.column)
		if err != nil {
			return nil, err
		}
		out = append(out, f.scale*v)
	}
	return out, nil
}

func (st *simulationTable) row(r int, area, timing string) (Row, error) {
	u := Row{group: st.text(r, "sim_name") + "|" + st.text(r, "pool_pair")}
	var err error
	if u.values, err = st.features(r, area, timing, feature.RateFeature); err != nil {
		return u, err
	}
	if u.NSpikes, err = st.number(r, "n_spikes"); err != nil {
		return u, err
	}
	p, err := st.parameters(r)
	if err != nil {
		return u, err
	}
	for _, q := range st.spec.Prior {
		const slack = 1e-9 // for rounding
		unit := (p[q.Name] - q.Low) / (q.High - q.Low)
		if unit < -slack || unit > 1+slack {
			return u, fmt.Errorf("%s: line %d: %s of %s is %g, outside the prior (%g to %g): set its limits in inference.yaml (prior)", st.path, r+2, q.Name, st.text(r, "sim_name"), p[q.Name], q.Low, q.High)
		}
		u.theta = append(u.theta, math.Min(math.Max(unit, 0), 1))
	}
	if st.spec.Case == feature.Pair {
		for _, name := range feature.SelfParameters {
			u.values = append(u.values, p[name])
		}
	}
	return u, nil
}

// parameters reads the parameters of a row's simulation, seen from the unit's pool p and
// the other, o:
//
//	inhibition of p by o is M[o][p] (inhibited), of o by p M[p][o] (inhibiting).
func (st *simulationTable) parameters(r int) (map[string]float64, error) {
	pool, err := st.number(r, "pool")
	if err != nil {
		return nil, err
	}
	pools := 1
	if st.spec.Case == feature.Pair {
		pools = 2
	}
	p := int(pool)
	if st.spec.Case == feature.Single {
		p = 0
	}
	if p < 0 || p >= pools {
		return nil, fmt.Errorf("%s: line %d: pool %v; 0 to %d is expected", st.path, r+2, pool, pools-1)
	}
	baseline, err := st.list(r, "excitatory_input_baseline", pools)
	if err != nil {
		return nil, err
	}
	m, err := st.list(r, "disynpatic_inhib_connections_desired_MN_MN", pools*pools)
	if err != nil {
		return nil, err
	}
	std, err := st.list(r, "common_input_std", 2*pools)
	if err != nil {
		return nil, err
	}
	band, err := st.list(r, "frequency_range_of_common_input", 4*pools)
	if err != nil {
		return nil, err
	}
	side := int(math.Sqrt(float64(len(m)))) // the matrix may be larger than the pools
	at := func(i, j int) float64 { return m[i*side+j] }
	low, high := band[4*p+2], band[4*p+3]
	out := map[string]float64{"excitatory_input_baseline": baseline[p], "disynpatic_inhib_connections_desired_MN_MN": at(p, p),
		"common_input_high_freq_middle_of_range": (low + high) / 2, "common_input_high_freq_half_width_range": (high - low) / 2, "common_input_std": std[2*p+1]}
	if st.spec.Case == feature.Single {
		return out, nil
	}
	o := 1 - p
	for _, name := range []string{"excitatory_input_baseline", "disynpatic_inhib_connections_desired_MN_MN", "common_input_high_freq_middle_of_range", "common_input_high_freq_half_width_range", "common_input_std"} {
		out[name+"_self"] = out[name]
	}
	out["disynpatic_inhib_connections_desired_MN_MN_other_pool"] = at(o, p)
	if st.spec.Direction == "inhibiting" {
		out["disynpatic_inhib_connections_desired_MN_MN_other_pool"] = at(p, o)
	}
	out["between_pool_excitatory_input_correlation"], err = st.number(r, "between_pool_excitatory_input_correlation")
	return out, err
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
		x = append(x, math.Log(float64(len(units))), math.Log(signal.Percentile(counts, 50)))
	}
	return x
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
