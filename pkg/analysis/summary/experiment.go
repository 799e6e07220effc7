// Package summary joins many analyses into tidy tables: one row per motor unit,
// pair of pools, perspective and direction, with a dictionary of the columns.
package summary

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/anafile"
	"example.org/renshaw/pkg/analysis/crosshist"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording"
)

// CombinedView is the perspective of a simulation's row that takes both sides of a histogram.
const CombinedView = "combined"

// ExperimentOptions of Experiment.
type ExperimentOptions struct {
	Properties           string // MU_properties_ALL.csv, "" for none
	SubjectTwoCharacters bool   // quirk: the first two characters of the file name
	// MirrorPairs is a quirk: one ordered pair, mirrored into the other, in the study's table, which
	// has no column recording.
	MirrorPairs bool
	Pairs       string // within, between or all ("": all)
}

// experimentRow is one row of the experimental tables.
type experimentRow struct {
	pair, muscle     string
	unit             float64 // NaN in mirrored rows
	subject          string
	intensity        float64
	condition        string
	recording        string
	threshold, rate  float64
	cov              float64
	perspective      string
	direction        string
	side             crosshist.Side
	f                crosshist.Features
	trough           float64
	diffRaw, diffCo  float64
	ratRaw, ratCo    float64
	muscleA, muscleB string
	selected         bool
	usePerspective   bool
	useDirection     bool
}

type experimentColumn struct {
	table.Column
	get func(*experimentRow) string
}

func ef(name, meaning, unit string, get func(*experimentRow) float64) experimentColumn {
	return experimentColumn{table.Column{Name: name, Meaning: meaning, Unit: unit},
		func(r *experimentRow) string { return table.Float(get(r)) }}
}

func es(name, meaning string, get func(*experimentRow) string) experimentColumn {
	return experimentColumn{table.Column{Name: name, Meaning: meaning}, get}
}

const prob = "probability"

// experimentColumns define header, dictionary and values at once.
var experimentColumns = []experimentColumn{
	es("muscle_pair", "muscle of the unit <-> muscle of its partners",
		func(r *experimentRow) string { return r.pair }),
	es("muscle_of_MU", "muscle of the motor unit", func(r *experimentRow) string { return r.muscle }),
	ef("MU_idx", "number of the unit in its recording; empty in mirrored rows, whose properties are "+
		"those of the other muscle's unit", "", func(r *experimentRow) float64 { return r.unit }),
	es("subject", "participant", func(r *experimentRow) string { return r.subject }),
	ef("intensity", "contraction intensity", "% MVC",
		func(r *experimentRow) float64 { return r.intensity }),
	es("condition", "condition of the unit properties",
		func(r *experimentRow) string { return r.condition }),
	ef("Recruitment_threshold_mean", "recruitment threshold, mean over plateaus", "% MVC",
		func(r *experimentRow) float64 { return r.threshold }),
	ef("firing_rates_mean", "discharge rate, mean over plateaus", "Hz",
		func(r *experimentRow) float64 { return r.rate }),
	ef("cov_mean", "coefficient of variation of the inter-spike interval, mean over plateaus", "1",
		func(r *experimentRow) float64 { return r.cov }),
	es("perspective", "which unit defines lag 0",
		func(r *experimentRow) string { return r.perspective }),
	es("direction", "inhibited: the unit by its partners; inhibiting: the partners by the unit",
		func(r *experimentRow) string { return r.direction }),
	ef("raw_area", "area of the trough below the baseline (negative)", prob,
		func(r *experimentRow) float64 { return r.side.RawArea }),
	ef("corrected_area", "raw_area less the mean of the null draws", prob,
		func(r *experimentRow) float64 { return r.side.CorrectedArea }),
	ef("z_score", "raw_area against the null draws", "sd",
		func(r *experimentRow) float64 { return r.side.ZScore }),
	ef("p_val", "lower tail probability of z_score", "1",
		func(r *experimentRow) float64 { return r.side.PValue }),
	ef("null_mean", "mean area of the null draws", prob,
		func(r *experimentRow) float64 { return r.side.NullMean }),
	ef("null_std", "sd of the area of the null draws", prob,
		func(r *experimentRow) float64 { return r.side.NullStd }),
	ef("sync_height", "height of the synchrony peak above the baseline", prob,
		func(r *experimentRow) float64 { return r.f.SyncHeight }),
	ef("sync_time", "lag of the synchrony peak", "s",
		func(r *experimentRow) float64 { return r.f.SyncTimeS }),
	ef("IPSP_timing_of_trough", "timing of the trough", "s",
		func(r *experimentRow) float64 { return r.trough }),
	ef("hist_plateau_duration", "length of the analysis windows", "s",
		func(r *experimentRow) float64 { return r.f.PlateauS }),
	ef("proportion_of_prob_within_plateau_duration", "probability inside that length around lag 0",
		"1", func(r *experimentRow) float64 { return r.f.Proportion }),
	ef("r2_full", "explained variance of baseline and peak", "1",
		func(r *experimentRow) float64 { return r.f.R2Full }),
	ef("r2_base", "explained variance of the baseline", "1",
		func(r *experimentRow) float64 { return r.f.R2Base }),
	ef("n_spikes", "counts in the histogram", "counts",
		func(r *experimentRow) float64 { return r.f.NSpikes }),
	ef("asymmetry_diff_raw", "this side's raw area less the other's", prob,
		func(r *experimentRow) float64 { return r.diffRaw }),
	ef("asymmetry_diff_corrected", "this side's corrected area less the other's", prob,
		func(r *experimentRow) float64 { return r.diffCo }),
	ef("asymmetry_ratio_raw", "this side's raw area over the other's", "1",
		func(r *experimentRow) float64 { return r.ratRaw }),
	ef("asymmetry_ratio_corrected", "this side's corrected area over the other's", "1",
		func(r *experimentRow) float64 { return r.ratCo }),
	es("muscle_A", "first muscle of the pair", func(r *experimentRow) string { return r.muscleA }),
	es("muscle_B", "second muscle of the pair", func(r *experimentRow) string { return r.muscleB }),
	es("pair_to_select", "the ordered pair is used",
		func(r *experimentRow) string { return table.Bool(r.selected) }),
	es("full_spellout", "the inhibition in words, both ways round", (*experimentRow).spellout),
	es("use_this_perspective", "the perspective with most counts",
		func(r *experimentRow) string { return table.Bool(r.usePerspective) }),
	es("use_this_direction", "direction is inhibited",
		func(r *experimentRow) string { return table.Bool(r.useDirection) }),
	es(feature.Recording, "name of the recording's file, which identifies it; profile paper has no "+
		"such column", func(r *experimentRow) string { return r.recording }),
}

// ExperimentColumns documents the experimental tables.
func ExperimentColumns() []table.Column { return documented(experimentColumns) }

func documented(columns []experimentColumn) []table.Column {
	out := []table.Column{{Name: "", Meaning: "row number in the RAW table"}}
	for _, c := range columns {
		out = append(out, c.Column)
	}
	return out
}

func (r *experimentRow) spellout() string {
	if r.direction == feature.Inhibiting {
		return fmt.Sprintf("['%s_inhibits_%s', '%s_inhibited_by_%s']", r.muscleA, r.muscleB, r.muscleB,
			r.muscleA)
	}
	return fmt.Sprintf("['%s_inhibited_by_%s', '%s_inhibits_%s']", r.muscleA, r.muscleB, r.muscleB,
		r.muscleA)
}

// Exclusion says which unit a filter leaves out and why.
type Exclusion struct {
	Subject      string  // participant
	IntensityMVC float64 // % MVC
	Recording    string  // name of the recording
	Pair, Muscle string  // ordered pair of muscles, and the unit's
	Unit         int     // number in the recording
	Filter       string  // muscle, pair, n_spikes, r2_full or r2_base
	Value, Limit string  // what the unit has, and what it needed, as texts
}

// ExperimentResult is what Experiment makes.
type ExperimentResult struct {
	Raw         *table.Table // every row
	Final       *table.Table // reorganized and filtered: use_this_perspective and use_this_direction
	Exclusions  []Exclusion  // unit by unit
	Warnings    []string     // for the user
	Failures    []string     // analyses that could not be used; the others are in the tables
	Perspective string       // the one used

	excluded map[Exclusion]bool
	columns  []experimentColumn
}

// number finds unsigned decimal numbers.
var number = regexp.MustCompile(`\d+(?:\.\d+)?`)

// intensityOf parses a file name or condition: the first number, but the second if
// the first begins before the first underscore.
func intensityOf(name string) (float64, bool) {
	at := number.FindAllStringIndex(name, -1)
	if len(at) == 0 {
		return 0, false
	}
	pick := at[0]
	if u := strings.IndexByte(name, '_'); u >= 0 && pick[0] < u && len(at) > 1 {
		pick = at[1]
	}
	v, err := strconv.ParseFloat(name[pick[0]:pick[1]], 64)
	return v, err == nil
}

const analysisSuffix = "_cross_histogram_analysis_output"

// Experiment makes the tables of an experiment from its analysis files: a row per unit,
// ordered pair of muscles, perspective and direction. Analyses that cannot be read are
// listed in Failures; it is an error if none remains. Of several analyses of the same discharges,
// as of copies of a recording, the first counts, with a warning. It is an error if the table of
// properties does not tell two recordings apart.
func Experiment(files []string, opt ExperimentOptions) (*ExperimentResult, error) {
	res := &ExperimentResult{excluded: map[Exclusion]bool{}, columns: experimentColumns}
	if opt.MirrorPairs {
		res.columns = experimentColumns[:len(experimentColumns)-1]
	}
	props, err := readProperties(opt.Properties, res)
	if err != nil {
		return nil, err
	}
	var rows []experimentRow
	seen := recordings{}
	for _, path := range files {
		a, err := anafile.ReadAnalysis(path)
		if err != nil {
			res.Failures = append(res.Failures, err.Error())
			continue
		}
		copied, err := seen.add(path, a)
		if err != nil {
			return nil, err
		}
		if copied != "" {
			res.Warnings = append(res.Warnings, fmt.Sprintf("%s is left out: it has the same discharges "+
				"as %s", path, copied))
			continue
		}
		of, err := props.of(path, a, opt.SubjectTwoCharacters)
		if err != nil {
			return nil, err
		}
		own, err := experimentRows(path, a, of, opt, res)
		if err != nil {
			res.Failures = append(res.Failures, err.Error())
			continue
		}
		rows = append(rows, own...)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("the analyses hold no cross-histogram%s",
			strings.Join(append([]string{""}, res.Failures...), "; "))
	}
	rows = res.dropMuscles(rows)
	res.Perspective = bestPerspective(rows)
	if opt.MirrorPairs {
		rows = res.selectAndMirror(rows)
	} else {
		for i := range rows {
			rows[i].selected = true
		}
	}
	rows = res.onlyPairs(rows, opt.Pairs)
	res.fill(rows)
	return res, nil
}

// identity tells subject and intensity of an analysis: the file's attributes, else
// its name.
func identity(path string, a *analysis.Analysis,
	twoCharacters bool) (subject string, intensity float64, err error) {
	name := recording.ParseName(recordingOf(path, a))
	subject, intensity = name.Subject, name.IntensityMVC
	if twoCharacters {
		base := filepath.Base(path)
		subject = base[:min(2, len(base))]
	} else if a.Subject != "" {
		subject = a.Subject
	}
	if a.IntensityMVC > 0 {
		intensity = a.IntensityMVC
	}
	if intensity == 0 {
		var ok bool
		if intensity, ok = intensityOf(strings.ReplaceAll(filepath.Base(path), ".h5", "")); !ok {
			return "", 0, fmt.Errorf(
				"%s: the intensity is neither in the file nor in its name: run renshaw "+
					"convert --intensity PERCENT and analyze again", path)
		}
	}
	return subject, intensity, nil
}

// experimentRows flattens one analysis: two directions for each of the three
// perspectives, the combined ones left out.
func experimentRows(path string, a *analysis.Analysis, of map[muscleUnit]unitProperties,
	opt ExperimentOptions, res *ExperimentResult) ([]experimentRow, error) {
	subject, intensity, err := identity(path, a, opt.SubjectTwoCharacters)
	if err != nil {
		return nil, err
	}
	type cell struct {
		a, b string
		unit int
	}
	features := map[cell]*[3]*crosshist.Features{}
	var order []cell
	for i := range a.Rows {
		r := &a.Rows[i]
		c := cell{r.PoolA, r.PoolB, r.Unit}
		if features[c] == nil {
			features[c] = &[3]*crosshist.Features{}
			order = append(order, c)
		}
		features[c][r.Direction] = &r.Features
	}
	var rows []experimentRow
	for _, c := range order {
		f := features[c]
		if f[crosshist.Inhibited] == nil || f[crosshist.Inhibiting] == nil {
			return nil, fmt.Errorf("%s: %s<->%s unit %d: a direction is missing", path, c.a, c.b, c.unit)
		}
		p, ok := of[muscleUnit{c.a, c.unit}]
		if !ok {
			nan := math.NaN()
			p = unitProperties{"", nan, nan, nan}
			if of != nil && c.a == c.b {
				res.Warnings = append(res.Warnings,
					fmt.Sprintf("%s: no properties of %s unit %d", recordingOf(path, a), c.a, c.unit))
			}
		}
		base := experimentRow{pair: c.a + "<->" + c.b, muscle: c.a, unit: float64(c.unit),
			subject: subject, intensity: intensity, recording: recordingOf(path, a),
			condition: p.condition, threshold: p.threshold, rate: p.rate, cov: p.cov, muscleA: c.a,
			muscleB: c.b}
		rows = append(rows, base.perspectives(f)...)
	}
	return rows, nil
}

// perspectives gives the four rows of a unit and pair.
func (r experimentRow) perspectives(f *[3]*crosshist.Features) []experimentRow {
	var out []experimentRow
	for _, p := range []struct {
		name string
		d    crosshist.Direction
	}{{feature.OthersAsReference, crosshist.Inhibited},
		{feature.UnitAsReference, crosshist.Inhibiting}} {
		for _, direction := range []string{feature.Inhibited, feature.Inhibiting} {
			forward := (p.name == feature.OthersAsReference) == (direction == feature.Inhibited)
			row := r
			row.perspective, row.direction, row.useDirection = p.name, direction,
				direction == feature.Inhibited
			row.take(*f[p.d], forward)
			out = append(out, row)
		}
	}
	return out
}

func (r *experimentRow) take(f crosshist.Features, forward bool) {
	r.f = f
	a := f.Asymmetry
	if forward {
		r.side, r.trough = f.Forward, f.DelayForwardS
		r.diffRaw, r.diffCo, r.ratRaw, r.ratCo = a.RawDiff, a.CorrectedDiff, a.RawRatio, a.CorrectedRatio
		return
	}
	r.side, r.trough = f.Backward, f.DelayBackwardS
	r.diffRaw, r.diffCo, r.ratRaw, r.ratCo = -a.RawDiff, -a.CorrectedDiff, inverse(a.RawRatio),
		inverse(a.CorrectedRatio)
}

func inverse(x float64) float64 {
	if x == 0 {
		return math.NaN()
	}
	return 1 / x
}

// dropMuscles leaves out the muscle that the study recorded but did not analyse.
func (res *ExperimentResult) dropMuscles(rows []experimentRow) []experimentRow {
	const unused = "APB"
	return slices.DeleteFunc(rows, func(r experimentRow) bool {
		drop := r.muscle == unused || strings.Contains(r.pair, unused)
		if drop {
			res.exclude(&r, "muscle", r.pair, "without "+unused)
		}
		return drop
	})
}

func (res *ExperimentResult) exclude(r *experimentRow, filter, value, limit string) {
	if math.IsNaN(r.unit) {
		return // a mirrored row; its original is listed
	}
	e := Exclusion{r.subject, r.intensity, r.recording, r.pair, r.muscle, int(r.unit), filter, value,
		limit}
	if !res.excluded[e] { // once for the rows of all perspectives and directions
		res.excluded[e] = true
		res.Exclusions = append(res.Exclusions, e)
	}
}

type groupKey struct {
	pair        string
	intensity   float64
	subject     string
	perspective string
	direction   string
}

// groupCounts is the mean number of counts per pair, intensity, subject,
// perspective and direction.
func groupCounts(rows []experimentRow) (map[groupKey]float64, []groupKey) {
	sum, n := map[groupKey]float64{}, map[groupKey]float64{}
	var keys []groupKey
	for i := range rows {
		r := &rows[i]
		k := groupKey{r.pair, r.intensity, r.subject, r.perspective, r.direction}
		if n[k] == 0 {
			keys = append(keys, k)
		}
		sum[k] += r.f.NSpikes
		n[k]++
	}
	for _, k := range keys {
		sum[k] /= n[k]
	}
	return sum, keys
}

// bestBy returns the label with the largest mean of the group means; ties go to
// the first in alphabetical order.
func bestBy(rows []experimentRow, label func(groupKey) string) string {
	means, keys := groupCounts(rows)
	sum, n := map[string]float64{}, map[string]float64{}
	for _, k := range keys {
		l := label(k)
		sum[l] += means[k]
		n[l]++
	}
	labels := make([]string, 0, len(n))
	for l := range n {
		labels = append(labels, l)
	}
	sort.Strings(labels)
	best := ""
	for _, l := range labels {
		if best == "" || sum[l]/n[l] > sum[best]/n[best] {
			best = l
		}
	}
	return best
}

func bestPerspective(rows []experimentRow) string {
	return bestBy(rows, func(k groupKey) string { return k.perspective })
}

// selectAndMirror keeps the ordered pair with most counts of each set, drops other
// cross-pairs and appends the mirrored rows.
func (res *ExperimentResult) selectAndMirror(rows []experimentRow) []experimentRow {
	keep := map[string]bool{}
	for _, set := range feature.Mirrored {
		var of []experimentRow
		for _, r := range rows {
			if r.pair == feature.PairName(set[0], set[1]) ||
				r.pair == feature.PairName(set[1], set[0]) {
				of = append(of, r)
			}
		}
		if len(of) > 0 {
			keep[bestBy(of, func(k groupKey) string { return k.pair })] = true
		}
	}
	var out, mirrored []experimentRow
	for _, r := range rows {
		if r.muscleA != r.muscleB && !keep[r.pair] {
			res.exclude(&r, "pair", r.pair, "the ordered pair with fewer counts is mirrored from the other")
			continue
		}
		r.selected = true
		out = append(out, r)
		if r.muscleA != r.muscleB {
			mirrored = append(mirrored, r.mirror())
		}
	}
	if len(mirrored) > 0 {
		res.Warnings = append(res.Warnings, fmt.Sprintf("paper profile: %d rows between muscles are "+
			"mirrored from the other ordered pair and carry the properties of the other muscle's unit; "+
			"corrected keeps the measured rows of both", len(mirrored)))
	}
	return append(out, mirrored...)
}

func (r experimentRow) mirror() experimentRow {
	r.muscleA, r.muscleB = r.muscleB, r.muscleA
	r.pair, r.muscle, r.unit = r.muscleA+"<->"+r.muscleB, r.muscleA, math.NaN()
	if r.direction == feature.Inhibited {
		r.direction = feature.Inhibiting
	} else {
		r.direction = feature.Inhibited
	}
	r.useDirection = r.direction == feature.Inhibited
	if r.perspective == feature.OthersAsReference {
		r.perspective = feature.UnitAsReference
	} else {
		r.perspective = feature.OthersAsReference
	}
	return r
}

func (res *ExperimentResult) onlyPairs(rows []experimentRow, pairs string) []experimentRow {
	return slices.DeleteFunc(rows, func(r experimentRow) bool {
		drop := pairs == "within" && r.muscleA != r.muscleB || pairs == "between" &&
			r.muscleA == r.muscleB
		if drop {
			res.exclude(&r, "pair", r.pair, "--pairs "+pairs)
		}
		return drop
	})
}

// fill writes the tables and lists what the filters before inference leave out.
func (res *ExperimentResult) fill(rows []experimentRow) {
	header := []string{""}
	for _, c := range res.columns {
		header = append(header, c.Name)
	}
	res.Raw, res.Final = &table.Table{Columns: header}, &table.Table{Columns: header}
	for i := range rows {
		r := &rows[i]
		r.usePerspective = r.perspective == res.Perspective
		cells := []string{strconv.Itoa(i)}
		for _, c := range res.columns {
			cells = append(cells, c.get(r))
		}
		res.Raw.Add(cells...)
		if !r.usePerspective || !r.useDirection {
			continue
		}
		res.Final.Add(cells...)
		limits := feature.DefaultLimits(feature.MinCountsExperiment).Each()
		values := [3]float64{r.f.R2Base, r.f.R2Full, r.f.NSpikes}
		for k := len(limits) - 1; k >= 0; k-- { // too few counts explain a bad fit
			if l := limits[k]; !(values[k] > l.Least) {
				res.exclude(r, l.Column, table.Float(values[k]), "> "+table.Float(l.Least))
				break
			}
		}
	}
}

// ExclusionTable is the table written beside the summary.
func (res *ExperimentResult) ExclusionTable() *table.Table {
	t := &table.Table{Columns: []string{"subject", "intensity", "muscle_pair", "muscle_of_MU",
		"MU_idx", "filter", "value", "limit", feature.Recording}}
	for _, e := range res.Exclusions {
		t.Add(e.Subject, table.Float(e.IntensityMVC), e.Pair, e.Muscle, strconv.Itoa(e.Unit), e.Filter,
			e.Value, e.Limit, e.Recording)
	}
	return t
}
