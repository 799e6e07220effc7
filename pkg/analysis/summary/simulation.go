package summary

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/anafile"
	"example.org/renshaw/pkg/analysis/coherence"
	"example.org/renshaw/pkg/analysis/crosshist"
	"example.org/renshaw/pkg/analysis/rate"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/run/job"
)

// SimulationOptions of Simulation.
type SimulationOptions struct {
	Pairs          string     // within, between or all ("": all)
	CoherenceSize  int        // group size of the coherence column; 0 means 10
	CoherenceBand  [2]float64 // Hz, both ends included; zero means 15-35
	GraphDensity   bool       // fill Graph_theory_density, which the original leaves empty
	SkipProperties bool       // no MNprop_ columns
}

// SimulationResult is what Simulation makes.
type SimulationResult struct {
	Table    *table.Table   // a row per neuron, pair, perspective and direction
	Columns  []table.Column // their meanings and units
	Curves   *table.Table   // coherence by frequency, nil if it was not analysed
	Warnings []string       // for the user
	Failures []string       // analyses that could not be used; the others are in the table
}

// parameterColumns are copied from sim_parameters.json.
var parameterColumns = []table.Column{
	{Name: "total_nb_motoneurons", Meaning: "motor neurons in all pools"},
	{Name: "nb_motoneurons_per_pool", Meaning: "motor neurons in a pool"},
	{Name: "nb_pools", Meaning: "pools"},
	{Name: "mean_soma_diameter", Meaning: "mean soma diameter", Unit: "µm"},
	{Name: "excitatory_input_baseline", Meaning: "constant excitatory input per pool", Unit: "nA"},
	{Name: "common_input_std", Meaning: "sd of the common inputs, pools x inputs", Unit: "nA"},
	{Name: "disynpatic_inhib_connections_desired_MN_MN", Meaning: "mean number of disynaptic " +
		"connections, source pool x target pool", Unit: "connections"},
	{Name: "common_input_characteristics", Meaning: "middle and half width of the bands of the " +
		"common inputs", Unit: "Hz"},
	{Name: "independent_to_common_input_ratio", Meaning: "not a parameter of the simulator; " +
		"always empty"},
	{Name: "frequency_range_of_common_input", Meaning: "bands of the common inputs", Unit: "Hz"},
	{Name: "between_pool_excitatory_input_correlation", Meaning: "correlation of the common input " +
		"between pools", Unit: "1"},
	{Name: "synaptic_IPSP_membrane_or_user_defined_time_constant",
		Meaning: "membrane or user_defined: which time constant the inhibitory potential decays with"},
	{Name: "synaptic_IPSP_decay_time_constant", Meaning: "decay of the inhibitory potential; for " +
		"membrane the neuron's own time constant", Unit: "ms"},
	{Name: "MN_RC_synpatic_delay", Meaning: "delay from motor neuron to Renshaw cell", Unit: "ms"},
}

// simulationRow is one row before it is written.
type simulationRow struct {
	sim         string
	mn          int
	perPool     int // motor neurons per pool, 0 if unknown
	poolA       string
	poolB       string
	direction   string
	perspective string
	f           crosshist.Features
	received    float64
	delivered   float64
	stats       rate.Stats
	totalOut    float64
	totalIn     float64
	density     float64
	coherence   float64
	params      map[string]string
	properties  map[string]float64
	hasPair     bool
}

type simulationColumn struct {
	table.Column
	get func(*simulationRow) string
}

func sf(name, meaning, unit string, get func(*simulationRow) float64) simulationColumn {
	return simulationColumn{table.Column{Name: name, Meaning: meaning, Unit: unit},
		func(r *simulationRow) string { return table.Float(get(r)) }}
}

// Simulation makes the table of a batch from its analyses (analysis_output.h5, one in each
// simulation's folder): a row per motor neuron, pair of pools, perspective and direction.
// Analyses that cannot be read are listed in Failures; it is an error if none remains or if
// two simulations have one name.
func Simulation(files []string, opt SimulationOptions) (*SimulationResult, error) {
	if opt.CoherenceSize == 0 {
		opt.CoherenceSize = 10
	}
	if opt.CoherenceBand == [2]float64{} {
		opt.CoherenceBand = [2]float64{15, 35}
	}
	res := &SimulationResult{}
	var rows []simulationRow
	propertyNames := map[string]bool{}
	anyCoherence := false
	from := map[string]string{}
	files = slices.Clone(files)
	sort.SliceStable(files, func(i, j int) bool {
		return job.NaturalLess(filepath.Base(filepath.Dir(files[i])),
			filepath.Base(filepath.Dir(files[j])))
	})
	for _, path := range files {
		sim := filepath.Base(filepath.Dir(path))
		if from[sim] != "" {
			return nil, fmt.Errorf(
				"two simulations are called %s: %s and %s; rename one of the folders, or "+
					"remove the file that repeats the other's simulations",
				sim, from[sim], path)
		}
		from[sim] = path
		l := loader{path: path, sim: sim, opt: opt, res: res}
		if err := l.load(); err != nil {
			// A shard that cannot be read fails for each of its simulations: it is told once.
			if why := err.Error(); !slices.Contains(res.Failures[max(0, len(res.Failures)-1):], why) {
				res.Failures = append(res.Failures, why)
			}
			continue
		}
		anyCoherence = anyCoherence || l.a.Coherence != nil
		for n := range l.properties {
			propertyNames[n] = true
		}
		rows = append(rows, l.rows()...)
		l.coherenceCurves()
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("the analyses hold no motor neuron%s",
			strings.Join(append([]string{""}, res.Failures...), "; "))
	}
	rows = append(rows, mostSpikes(rows)...)
	rows = slices.DeleteFunc(rows, func(r simulationRow) bool {
		return r.hasPair && (opt.Pairs == "within" && r.poolA != r.poolB || opt.Pairs == "between" &&
			r.poolA == r.poolB)
	})
	res.write(rows, simulationColumns(propertyNames, anyCoherence, opt))
	return res, nil
}

type loader struct {
	path, sim  string
	opt        SimulationOptions
	res        *SimulationResult
	a          *analysis.Analysis
	params     map[string]string
	perPool    int // motor neurons in each pool; 0 if not known
	properties map[string][]float64
}

const neuronsPerPool = "nb_motoneurons_per_pool"

func (l *loader) warn(format string, args ...any) {
	l.res.Warnings = append(l.res.Warnings, fmt.Sprintf("%s: ", l.sim)+fmt.Sprintf(format, args...))
}

func (l *loader) load() error {
	var err error
	if l.a, err = anafile.ReadAnalysis(l.path); err != nil {
		return err
	}
	sim, packed, err := l.simulation()
	if err != nil {
		return err
	}
	if l.params, err = l.parameters(sim, packed); errors.Is(err, os.ErrNotExist) {
		l.warn("sim_parameters.json is missing; its columns stay empty")
	} else if err != nil {
		return err
	}
	if text, ok := l.params[neuronsPerPool]; ok {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%s: %s: %q; a number is expected",
				l.beside("sim_parameters.json"), neuronsPerPool, text)
		}
		l.perPool = int(v)
	}
	if l.opt.SkipProperties {
		return nil
	}
	there, err := h5.Exists(sim)
	if err != nil {
		return err
	}
	if !there {
		l.warn("simulation_output.h5 is missing; the MNprop_ columns stay empty")
		return nil
	}
	l.properties, err = recfile.Properties(sim)
	return err
}

// beside is the path of a file of the simulation: in the folder of the analysis, or,
// when that was written elsewhere, in the folder of the simulation.
func (l *loader) beside(name string) string {
	path := filepath.Join(filepath.Dir(l.path), name)
	if _, err := os.Stat(path); err != nil && l.a.SourcePath != "" {
		return filepath.Join(filepath.Dir(l.a.SourcePath), name)
	}
	return path
}

// simulation is the path of the simulation, or its address in the shard beside the analyses or
// where they were made from.
func (l *loader) simulation() (path string, packed bool, err error) {
	pack, part, packed := h5.SplitAddress(l.path)
	if !packed {
		return l.beside(recfile.SimulationFile), false, nil
	}
	before, _, _, _ := recfile.ParseShard(filepath.Base(pack))
	path = filepath.Join(filepath.Dir(pack), strings.TrimPrefix(filepath.Base(pack), before), part,
		recfile.SimulationFile)
	there, err := h5.Exists(path)
	if err == nil && !there && l.a.SourcePath != "" {
		path = l.a.SourcePath
	}
	return path, true, err
}

// parameters reads the parameters beside the analysis, or those that a packed simulation holds.
func (l *loader) parameters(sim string, packed bool) (map[string]string, error) {
	if packed {
		raw, err := recfile.Parameters(sim)
		if err != nil {
			return nil, err
		}
		return readParameters(sim, raw)
	}
	path := l.beside("sim_parameters.json")
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return readParameters(path, raw)
}

// readParameters reads sim_parameters.json: texts as they are, numbers as written,
// lists and maps as JSON on one line.
func readParameters(path string, raw []byte) (map[string]string, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out := map[string]string{}
	for k, v := range m {
		var s string
		switch {
		case json.Unmarshal(v, &s) == nil:
			out[k] = s
		case string(v) == "null":
		case string(v) == "true" || string(v) == "false":
			out[k] = table.Bool(string(v) == "true")
		default:
			out[k] = oneLine(v)
		}
	}
	return out, nil
}

// oneLine writes JSON on one line with a space after commas and colons.
func oneLine(v json.RawMessage) string {
	var c bytes.Buffer
	if json.Compact(&c, v) != nil {
		return string(v)
	}
	var b strings.Builder
	text, escaped := false, false
	for _, ch := range c.String() {
		b.WriteRune(ch)
		switch {
		case escaped:
			escaped = false
		case ch == '\\':
			escaped = text
		case ch == '"':
			text = !text
		case !text && (ch == ',' || ch == ':'):
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func at(v []float64, i int) float64 {
	if i < len(v) {
		return v[i]
	}
	return math.NaN()
}

// rows makes the rows of one simulation.
func (l *loader) rows() []simulationRow {
	stats := map[int]rate.Stats{}
	for _, c := range l.a.MN {
		stats[c.ID] = c.Stats
	}
	base := func(mn int) simulationRow {
		nan := math.NaN()
		r := simulationRow{sim: l.sim, mn: mn, perPool: l.perPool, params: l.params,
			properties: map[string]float64{},
			received:   nan, delivered: nan, totalIn: nan, totalOut: nan, density: nan, coherence: nan,
			f: crosshist.Unfitted(0)}
		s, ok := stats[mn]
		if !ok {
			s = rate.Stats{MeanHz: nan, StdHz: nan, MaxHz: nan, MinHz: nan, ISICoV: nan}
		}
		r.stats = s
		if t := l.a.Truth; t != nil {
			r.totalOut, r.totalIn = at(t.Delivered, mn), at(t.Received, mn)
		}
		if l.opt.GraphDensity && l.a.Graph != nil {
			r.density = l.a.Graph.Density
		}
		for n, v := range l.properties {
			r.properties[n] = at(v, mn)
		}
		return r
	}
	var rows []simulationRow
	for i := range l.a.Rows {
		ar := &l.a.Rows[i]
		r := base(ar.Unit)
		r.hasPair, r.poolA, r.poolB, r.direction, r.f = true, ar.PoolA, ar.PoolB, ar.Direction.String(),
			ar.Features
		r.perspective = [3]string{feature.OthersAsReference, feature.UnitAsReference,
			CombinedView}[ar.Direction]
		if t := l.a.Truth; t != nil {
			r.received, r.delivered = at(t.FromPool[ar.PoolB], ar.Unit), at(t.ToPool[ar.PoolB], ar.Unit)
		}
		r.coherence = l.bandCoherence(ar.PoolA, ar.PoolB)
		rows = append(rows, r)
	}
	if len(l.a.Rows) == 0 { // no cross-histograms: a row per neuron
		for _, mn := range l.a.Kept {
			r := base(mn)
			r.f.NSpikes = math.NaN()
			if l.perPool > 0 {
				own := fmt.Sprintf("pool_%d", mn/l.perPool)
				r.coherence = l.bandCoherence(own, own)
			}
			rows = append(rows, r)
		}
	}
	return rows
}

// bandCoherence is the mean coherence of a pair of pools in the band, NaN ignored.
func (l *loader) bandCoherence(a, b string) float64 {
	c := l.a.Coherence
	if c == nil {
		return math.NaN()
	}
	i := slices.IndexFunc(c.Total,
		func(v coherence.Curves) bool { return v.Name == a+"-"+b || v.Name == b+"-"+a })
	if i < 0 {
		return math.NaN()
	}
	sum, n := 0.0, 0
	for k, v := range c.Total[i].BySize[l.opt.CoherenceSize] {
		if f := c.FrequenciesHz[k]; f >= l.opt.CoherenceBand[0] && f <= l.opt.CoherenceBand[1] &&
			!math.IsNaN(v) {
			sum += v
			n++
		}
	}
	return sum / float64(n)
}

// coherenceCurves adds the coherence between groups of the wanted size of every pair of
// pools, and that of a group with the common input.
func (l *loader) coherenceCurves() {
	c := l.a.Coherence
	if c == nil {
		return
	}
	if l.res.Curves == nil {
		l.res.Curves = &table.Table{Columns: []string{"sim_name", "pools", "frequency", "coherence",
			"coherence_with_input"}}
	}
	for i, v := range c.Total {
		var input []float64
		if c.WithInput != nil && i == 0 { // only the first pool is compared with its input
			input = c.WithInput.BySize[l.opt.CoherenceSize]
		}
		for k, x := range v.BySize[l.opt.CoherenceSize] {
			row := []string{l.sim, v.Name, table.Float(c.FrequenciesHz[k]), fmt.Sprintf("%.6g", x), ""}
			if input != nil {
				row[4] = fmt.Sprintf("%.6g", input[k])
			}
			l.res.Curves.Add(row...)
		}
	}
}

// mostSpikes repeats, per simulation, neuron and direction, the rows of the pool
// pair with most counts (ties all), with their own perspective.
func mostSpikes(rows []simulationRow) []simulationRow {
	type key struct {
		sim       string
		mn        int
		direction string
	}
	best := map[key]float64{}
	for i := range rows {
		r := &rows[i]
		k := key{r.sim, r.mn, r.direction}
		if v, ok := best[k]; !ok || r.f.NSpikes > v {
			best[k] = r.f.NSpikes
		}
	}
	var out []simulationRow
	for _, r := range rows {
		if r.hasPair && r.perspective != CombinedView &&
			r.f.NSpikes == best[key{r.sim, r.mn, r.direction}] {
			r.perspective = "most_spikes"
			out = append(out, r)
		}
	}
	return out
}

const decayColumn = "synaptic_IPSP_decay_time_constant"

func (r *simulationRow) parameter(name string) string {
	if name == decayColumn {
		kind := strings.ToLower(
			strings.TrimSpace(r.params["synaptic_IPSP_membrane_or_user_defined_time_constant"]))
		if v, ok := r.properties["membrane_time_constant"]; kind == "membrane" && ok {
			return table.Float(v)
		}
	}
	return r.params[name]
}

// estimation is the area of one side; forward inhibits the unit only in the
// direction inhibited.
func (r *simulationRow) estimation(received bool) crosshist.Side {
	if received == (r.direction == feature.Inhibited) {
		return r.f.Forward
	}
	return r.f.Backward
}

func (r *simulationRow) turned(diff float64) float64 {
	if r.direction == feature.Inhibited {
		return -diff
	}
	return diff
}

func (r *simulationRow) turnedRatio(ratio float64) float64 {
	if r.direction == feature.Inhibited {
		return 1 / ratio
	}
	return ratio
}

func poolOf(r *simulationRow, within bool) string {
	if r.perPool == 0 {
		return ""
	}
	if within {
		return strconv.Itoa(r.mn % r.perPool)
	}
	return strconv.Itoa(r.mn / r.perPool)
}

// SimulationColumns documents the table of simulations, with coherence; the properties of motor
// neurons (MNprop_<name>) are those of simulation_output.h5.
func SimulationColumns() []table.Column {
	var out []table.Column
	for _, c := range simulationColumns(map[string]bool{"<name>": true}, true,
		SimulationOptions{CoherenceSize: 10, CoherenceBand: [2]float64{15, 35}}) {
		out = append(out, c.Column)
	}
	return out
}

// simulationColumns define header, dictionary and values at once.
func simulationColumns(properties map[string]bool, withCoherence bool,
	opt SimulationOptions) []simulationColumn {
	const eff = "mA·Hz"
	cols := []simulationColumn{
		{table.Column{Name: "sim_name", Meaning: "folder of the simulation"},
			func(r *simulationRow) string { return r.sim }},
		{table.Column{Name: "MN_index", Meaning: "number of the motor neuron over all pools"},
			func(r *simulationRow) string { return strconv.Itoa(r.mn) }},
		{table.Column{Name: "pool", Meaning: "number of its pool"},
			func(r *simulationRow) string { return poolOf(r, false) }},
		{table.Column{Name: "idx_within_pool", Meaning: "number within its pool"},
			func(r *simulationRow) string { return poolOf(r, true) }},
		sf("inhibited_by_ground_truth_receiving", "inhibition received from the other pool", eff,
			func(r *simulationRow) float64 { return r.received }),
		sf("inhibiting_ground_truth_delivering", "inhibition delivered to the other pool", eff,
			func(r *simulationRow) float64 { return r.delivered }),
		sf("asymmetry_ground_truth_diff", "delivered less received", eff,
			func(r *simulationRow) float64 { return r.delivered - r.received }),
		sf("asymmetry_ground_truth_ratio", "delivered over received", "1",
			func(r *simulationRow) float64 {
				if r.received == 0 {
					return math.NaN()
				}
				return r.delivered / r.received
			}),
		sf("ISI_cov", "coefficient of variation of the inter-spike interval", "1",
			func(r *simulationRow) float64 { return r.stats.ISICoV }),
	}
	for _, p := range parameterColumns {
		cols = append(cols, simulationColumn{p,
			func(r *simulationRow) string { return r.parameter(p.Name) }})
	}
	cols = append(cols, receivedColumns()...)
	cols = append(cols,
		sf("Firing_rates_mean", "mean of the instantaneous rates", "Hz",
			func(r *simulationRow) float64 { return r.stats.MeanHz }),
		sf("Firing_rates_std", "their sd", "Hz", func(r *simulationRow) float64 { return r.stats.StdHz }),
		sf("Firing_rates_max", "their maximum", "Hz",
			func(r *simulationRow) float64 { return r.stats.MaxHz }),
		sf("Firing_rates_min", "their minimum", "Hz",
			func(r *simulationRow) float64 { return r.stats.MinHz }),
		sf("MN_delivered_total", "inhibition delivered to all neurons", eff,
			func(r *simulationRow) float64 { return r.totalOut }),
		sf("MN_received_total", "inhibition received from all neurons", eff,
			func(r *simulationRow) float64 { return r.totalIn }),
		sf("Graph_theory_density", "density of the graph; empty as in the original unless asked for", "1",
			func(r *simulationRow) float64 { return r.density }),
	)
	names := make([]string, 0, len(properties))
	for n := range properties {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		cols = append(cols, sf("MNprop_"+n, "motor-neuron property "+n, "as in simulation_output.h5",
			func(r *simulationRow) float64 {
				if v, ok := r.properties[n]; ok {
					return v
				}
				return math.NaN()
			}))
	}
	cols = append(cols,
		simulationColumn{table.Column{Name: "pool_pair", Meaning: "pool of the neuron <-> pool of its " +
			"partners"}, func(r *simulationRow) string {
			if !r.hasPair {
				return ""
			}
			return r.poolA + "<->" + r.poolB
		}},
		simulationColumn{table.Column{Name: "direction", Meaning: "inhibited: the neuron is the test " +
			"unit; inhibiting: the reference; combined: both"},
			func(r *simulationRow) string { return r.direction }},
	)
	for _, s := range []struct {
		name, meaning, unit string
		get                 func(crosshist.Side) float64
	}{
		{"raw_area", "area of the trough below the baseline", prob,
			func(s crosshist.Side) float64 { return s.RawArea }},
		{"corrected_area", "raw area less the mean of the null draws", prob,
			func(s crosshist.Side) float64 { return s.CorrectedArea }},
		{"z_score", "raw area against the null draws", "sd",
			func(s crosshist.Side) float64 { return s.ZScore }},
		{"p_val", "lower tail probability of z_score", "1",
			func(s crosshist.Side) float64 { return s.PValue }},
		{"null_mean", "mean area of the null draws", prob,
			func(s crosshist.Side) float64 { return s.NullMean }},
		{"null_std", "sd of the area of the null draws", prob,
			func(s crosshist.Side) float64 { return s.NullStd }},
	} {
		cols = append(cols,
			sf(s.name+"_fwd", s.meaning+", lags >= 0", s.unit,
				func(r *simulationRow) float64 { return s.get(r.f.Forward) }),
			sf(s.name+"_bwd", s.meaning+", lags <= 0", s.unit,
				func(r *simulationRow) float64 { return s.get(r.f.Backward) }))
	}
	cols = append(cols,
		sf("raw_area_asym_ratio", "forward over backward", "1",
			func(r *simulationRow) float64 { return r.f.Asymmetry.RawRatio }),
		sf("corrected_area_asym_ratio", "forward over backward", "1",
			func(r *simulationRow) float64 { return r.f.Asymmetry.CorrectedRatio }),
		sf("raw_area_asym_diff", "forward less backward", prob,
			func(r *simulationRow) float64 { return r.f.Asymmetry.RawDiff }),
		sf("corrected_area_asym_diff", "forward less backward", prob,
			func(r *simulationRow) float64 { return r.f.Asymmetry.CorrectedDiff }),
		sf("sync_height", "height of the synchrony peak above the baseline", prob,
			func(r *simulationRow) float64 { return r.f.SyncHeight }),
		sf("sync_time", "lag of the synchrony peak", "s",
			func(r *simulationRow) float64 { return r.f.SyncTimeS }),
		sf("delay_forward_IPSP", "timing of the trough at lags >= 0", "s",
			func(r *simulationRow) float64 { return r.f.DelayForwardS }),
		sf("delay_backward_IPSP", "timing of the trough at lags <= 0", "s",
			func(r *simulationRow) float64 { return r.f.DelayBackwardS }),
		sf("r2_full", "explained variance of baseline and peak", "1",
			func(r *simulationRow) float64 { return r.f.R2Full }),
		sf("r2_base", "explained variance of the baseline", "1",
			func(r *simulationRow) float64 { return r.f.R2Base }),
		sf("n_spikes", "counts in the histogram", "counts",
			func(r *simulationRow) float64 { return r.f.NSpikes }),
		sf("hist_plateau_duration", "length of the analysis windows", "s",
			func(r *simulationRow) float64 { return r.f.PlateauS }),
		sf("proportion_of_prob_within_plateau_duration", "probability inside that length around lag 0",
			"1", func(r *simulationRow) float64 { return r.f.Proportion }),
	)
	if withCoherence {
		name := fmt.Sprintf("coherence_%s-%shz_%dMN",
			strconv.FormatFloat(opt.CoherenceBand[0], 'f', -1, 64),
			strconv.FormatFloat(opt.CoherenceBand[1], 'f', -1, 64), opt.CoherenceSize)
		cols = append(cols, sf(name, "mean coherence in the band between groups of this size", "1",
			func(r *simulationRow) float64 { return r.coherence }))
	}
	return append(cols,
		simulationColumn{table.Column{Name: "perspective", Meaning: "which unit defines lag 0; " +
			"most_spikes repeats the pool pair with most counts"},
			func(r *simulationRow) string { return r.perspective }},
		sf("inhibited_by_estimation_raw", "area that estimates the inhibition received", prob,
			func(r *simulationRow) float64 { return r.estimation(true).RawArea }),
		sf("inhibiting_estimation_raw", "area that estimates the inhibition delivered", prob,
			func(r *simulationRow) float64 { return r.estimation(false).RawArea }),
		sf("inhibited_by_estimation_corrected", "the same less the mean of the null draws", prob,
			func(r *simulationRow) float64 { return r.estimation(true).CorrectedArea }),
		sf("inhibiting_estimation_corrected", "the same less the mean of the null draws", prob,
			func(r *simulationRow) float64 { return r.estimation(false).CorrectedArea }),
		sf("asymmetry_estimation_diff_raw", "inhibiting less inhibited", prob,
			func(r *simulationRow) float64 { return r.turned(r.f.Asymmetry.RawDiff) }),
		sf("asymmetry_estimation_ratio_raw", "inhibiting over inhibited", "1",
			func(r *simulationRow) float64 { return r.turnedRatio(r.f.Asymmetry.RawRatio) }),
		sf("asymmetry_estimation_diff_corrected", "inhibiting less inhibited", prob,
			func(r *simulationRow) float64 { return r.turned(r.f.Asymmetry.CorrectedDiff) }),
		sf("asymmetry_estimation_ratio_corrected", "inhibiting over inhibited", "1",
			func(r *simulationRow) float64 { return r.turnedRatio(r.f.Asymmetry.CorrectedRatio) }),
	)
}

// receivedColumns are the inhibition that the neuron's pool receives, which the reference's table
// does not have.
func receivedColumns() []simulationColumn {
	return []simulationColumn{
		sf(feature.ReceivedInhibition, "recurrent inhibition that a neuron receives from its own pool: "+
			"(motor neurons of the pool - 1) x mean disynaptic weight", "connections",
			func(r *simulationRow) float64 {
				own, _ := r.receivedInhibition()
				return own
			}),
		sf(feature.ReceivedInhibitionOther,
			"the same from the pool of its partners, if that is another: "+
				"motor neurons of that pool x mean disynaptic weight", "connections",
			func(r *simulationRow) float64 {
				_, other := r.receivedInhibition()
				return other
			}),
	}
}

// receivedInhibition is what the parameters ask for, NaN where they do not say or the partners are
// of the neuron's own pool.
func (r *simulationRow) receivedInhibition() (own, other float64) {
	own, other = math.NaN(), math.NaN()
	weights := table.ParseList(r.params[feature.Inhibition]) // a square matrix, source x target
	side := int(math.Sqrt(float64(len(weights))))
	if r.perPool == 0 || r.mn/r.perPool >= side {
		return own, other
	}
	pool := r.mn / r.perPool
	own = float64(r.perPool-1) * weights[pool*side+pool]
	partners, err := strconv.Atoi(strings.TrimPrefix(r.poolB, "pool_"))
	if err == nil && partners >= 0 && partners < side && partners != pool {
		other = float64(r.perPool) * weights[partners*side+pool]
	}
	return own, other
}

func (res *SimulationResult) write(rows []simulationRow, cols []simulationColumn) {
	res.Columns = []table.Column{{Name: "", Meaning: "row number"}}
	header := []string{""}
	for _, c := range cols {
		header = append(header, c.Name)
		res.Columns = append(res.Columns, c.Column)
	}
	res.Table = &table.Table{Columns: header}
	for i := range rows {
		cells := []string{strconv.Itoa(i)}
		for _, c := range cols {
			cells = append(cells, c.get(&rows[i]))
		}
		res.Table.Add(cells...)
	}
}
