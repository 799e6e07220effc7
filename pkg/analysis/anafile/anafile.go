package anafile

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/coherence"
	"example.org/renshaw/pkg/analysis/connectivity"
	"example.org/renshaw/pkg/analysis/crosshist"
	"example.org/renshaw/pkg/analysis/rate"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/run/version"
)

// AnalysisFormat is the root attribute format of an analysis file.
const AnalysisFormat = "analysis_output"

// AnalysisVersion is its format_version.
const AnalysisVersion = 1

const crossGroup = "/cross_histograms"

// WriteAnalysis writes analysis_output.h5.
func WriteAnalysis(path string, a *analysis.Analysis) error {
	w, err := h5.Create(path)
	if err != nil {
		return err
	}
	defer w.Abort()
	params, err := json.Marshal(a.Params)
	if err != nil {
		return err
	}
	w.Attr("/", "format", AnalysisFormat)
	w.Attr("/", "format_version", AnalysisVersion)
	w.Attr("/", "parameters", string(params))
	w.Attr("/", "seed", int64(a.Params.Seed))
	w.Attr("/", "profile", string(a.Params.Profile))
	w.Attr("/", "source_file", a.Source)
	w.Attr("/", "source_sha256", a.SourceSHA256)
	w.Attr("/", "source_path", a.SourcePath)
	w.Attr("/", "duration_s", a.DurationS)
	w.Attr("/", "fsamp", a.FsHz)
	w.Attr("/", "is_simulation", a.Simulation)
	w.Attr("/", "version", version.String())
	if a.Subject != "" {
		w.Attr("/", "subject", a.Subject)
		w.Attr("/", "condition", a.Condition)
		w.Attr("/", "intensity_percent_mvc", a.IntensityMVC)
	}
	if a.Recording != "" {
		w.Attr("/", "recording", a.Recording)
	}
	if a.TrainsSHA256 != "" {
		w.Attr("/", "trains_sha256", a.TrainsSHA256)
	}
	if a.Kept != nil {
		w.PutInt64s("/mn_idx_kept", int64s(a.Kept))
	}
	putFiring(w, "MN", a.MN)
	putFiring(w, "RC", a.RC)
	if a.Truth != nil {
		putTruth(w, a.Truth)
	}
	if a.Graph != nil {
		w.Group("/graph_theory")
		for _, m := range graphMeasures(a.Graph) {
			w.Attr("/graph_theory", m.name, *m.value)
		}
	}
	if a.Params.CrossHistograms {
		putRows(w, a)
	}
	if a.Coherence != nil {
		putCoherence(w, a.Coherence)
	}
	return w.Commit()
}

func int64s(x []int) []int64 {
	y := make([]int64, len(x))
	for i, v := range x {
		y[i] = int64(v)
	}
	return y
}

type named struct {
	name  string
	value *float64
}

// graphMeasures names the measures as the original's table does.
func graphMeasures(g *connectivity.Graph) []named {
	return []named{
		{"density", &g.Density}, {"mean_nb_disynaptic_inhib", &g.MeanInhibition},
		{"std_nb_disynaptic_inhib", &g.StdInhibition},
		{"global_efficiency", &g.GlobalEfficiency}, {"mean_shortest_path_length", &g.MeanShortestPath},
		{"directed_clustering_coeff", &g.Clustering},
		{"null_clustering_coeff_mean", &g.NullClusteringMean},
		{"null_clustering_coeff_std", &g.NullClusteringStd}, {"clusering_coeff_Z_score", &g.ClusteringZ},
		{"ratio_empirical_vs_null", &g.ClusteringRatio},
	}
}

func firingFields(s *rate.Stats) []named {
	return []named{{"mean", &s.MeanHz}, {"std", &s.StdHz}, {"max", &s.MaxHz}, {"min", &s.MinHz},
		{"isi_cov", &s.ISICoV}}
}

func putFiring(w *h5.File, kind string, cells []analysis.CellStats) {
	if cells == nil {
		return
	}
	group := "/firing_rates/" + kind + "/"
	ids := make([]string, len(cells))
	columns := map[string][]float64{}
	var order []string
	for i := range cells {
		ids[i] = fmt.Sprintf("%s_%d", kind, cells[i].ID)
		for _, f := range firingFields(&cells[i].Stats) {
			if i == 0 {
				order = append(order, f.name)
			}
			columns[f.name] = append(columns[f.name], *f.value)
		}
	}
	w.PutFixedStrings(group+"id", ids)
	for _, n := range order {
		w.PutFloat64s(group+n, columns[n])
		if n != "isi_cov" {
			w.Attr(group+n, "units", "Hz")
		}
	}
}

func putTruth(w *h5.File, t *connectivity.Effective) {
	const g = "/ground_truth/"
	n := len(t.Matrix)
	flat := make([]float64, 0, n*n)
	for _, row := range t.Matrix {
		flat = append(flat, row...)
	}
	w.PutFloat64s(g+"MN_to_MN_eff", flat, n, n)
	w.Attr(g+"MN_to_MN_eff", "units", "a.u. (mA·Hz)")
	w.PutFloat64s(g+"MN_delivered_total", t.Delivered)
	w.PutFloat64s(g+"MN_received_total", t.Received)
	for _, p := range sortedNames(t.FromPool) {
		w.PutFloat64s(g+"per_pool_received/"+p, t.FromPool[p])
		w.PutFloat64s(g+"per_pool_delivered/"+p, t.ToPool[p])
	}
	for _, p := range t.Pairs {
		pair := g + "pool_pair_connectivity/" + p.A + "<->" + p.B + "/"
		w.PutFloat64s(pair+"received", p.Received)
		w.PutFloat64s(pair+"delivered", p.Delivered)
	}
}

func sortedNames[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

const nParams = 11

func putRows(w *h5.File, a *analysis.Analysis) {
	n := len(a.Rows)
	poolA, poolB, dir, errs := make([]string, n), make([]string, n), make([]string, n),
		make([]string, n)
	mu, seeds, fitted, converged := make([]int64, n), make([]int64, n), make([]uint8, n),
		make([]uint8, n)
	features := make([][]float64, len(crosshist.FeatureNames))
	var params, prob, trapezoid []float64
	var forward, backward, status, nfev []int64
	for i := range a.Rows {
		r := &a.Rows[i]
		poolA[i], poolB[i], dir[i], errs[i] = r.PoolA, r.PoolB, r.Direction.String(), r.Error
		mu[i], seeds[i] = int64(r.Unit), r.NullSeed
		if r.Fitted {
			fitted[i] = 1
		}
		for k, v := range r.Features.Values() {
			features[k] = append(features[k], v)
		}
		f := r.Fit
		if f == nil {
			f = unfitted()
		}
		if f.Converged {
			converged[i] = 1
		}
		params = append(params, f.Params[:]...)
		trapezoid = append(trapezoid, f.Trapezoid[:]...)
		forward = append(forward, int64(f.Forward[0]), int64(f.Forward[1]))
		backward = append(backward, int64(f.Backward[0]), int64(f.Backward[1]))
		for _, s := range f.Stages {
			status, nfev = append(status, int64(s.Status)), append(nfev, int64(s.Evaluations))
		}
		if a.Params.SaveCurves {
			curve := r.Prob
			if curve == nil {
				curve = nans(a.Axis.Bins())
			}
			prob = append(prob, curve...)
		}
	}
	g := crossGroup
	w.PutFixedStrings(g+"/rows/direction", dir)
	w.PutFixedStrings(g+"/rows/error", errs)
	w.PutFixedStrings(g+"/rows/pool_A", poolA)
	w.PutFixedStrings(g+"/rows/pool_B", poolB)
	w.PutInt64s(g+"/rows/mu", mu)
	w.PutUint8s(g+"/rows/fitted", fitted)
	for k, name := range crosshist.FeatureNames {
		w.PutFloat64s(g+"/features/"+name, features[k])
		w.Attr(g+"/features/"+name, "units", featureUnit(name))
	}
	w.PutFloat64s(g+"/fit/params", params, n, nParams)
	w.Attr(g+"/fit", "param_names", strings.Join(crosshist.ParamNames, ","))
	w.Attr(g+"/fit", "stage_order", "baseline,trapezoid,hat (three times), then the final trapezoid")
	w.PutFloat64s(g+"/fit/trapezoid", trapezoid, n, 4)
	w.Attr(g+"/fit/trapezoid", "units", "s")
	w.PutInt64s(g+"/fit/window_forward", forward, n, 2)
	w.PutInt64s(g+"/fit/window_backward", backward, n, 2)
	w.PutInt64s(g+"/fit/stage_status", status, n, 10)
	w.PutInt64s(g+"/fit/stage_nfev", nfev, n, 10)
	w.PutUint8s(g+"/fit/converged", converged)
	w.PutInt64s(g+"/fit/null_seed", seeds)
	w.PutFloat64s(g+"/curves/bin_left_edges", a.Axis.Edges)
	w.Attr(g+"/curves/bin_left_edges", "units", "s")
	if a.Params.SaveCurves {
		w.PutCompressed(g+"/curves/prob", prob, n, a.Axis.Bins())
		w.Attr(g+"/curves/prob", "units", "probability per bin")
	}
}

func unfitted() *crosshist.Fit {
	f := &crosshist.Fit{Forward: [2]int{-1, -1}, Backward: [2]int{-1, -1}}
	copy(f.Params[:], nans(nParams))
	copy(f.Trapezoid[:], nans(4))
	for i := range f.Stages {
		f.Stages[i].Status = crosshist.NotRun
	}
	return f
}

func nans(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = math.NaN()
	}
	return x
}

func featureUnit(name string) string {
	switch {
	case name == "n_spikes":
		return "counts"
	case strings.HasPrefix(name, "delay_") || name == "sync_time" || name == "hist_plateau_duration":
		return "s"
	case strings.HasPrefix(name, "r2_") || strings.HasSuffix(name, "_ratio") ||
		strings.HasSuffix(name, "z_score"):
		return "1"
	}
	return "probability"
}

func putCoherence(w *h5.File, c *coherence.Result) {
	const g = "/coherence/"
	curves := func(group string, list []coherence.Curves) {
		w.PutFloat64s(g+group+"_total/frequencies", c.FrequenciesHz)
		w.Attr(g+group+"_total/frequencies", "units", "Hz")
		w.PutFloat64s(g+group+"_delta/frequencies", c.FrequenciesHz)
		for _, cv := range list {
			w.Group(g + group + "_total/" + cv.Name)
			for _, s := range cv.Sizes {
				w.PutFloat64s(fmt.Sprintf("%s%s_total/%s/%d", g, group, cv.Name, s), cv.BySize[s])
			}
			d := cv.Delta(len(c.FrequenciesHz))
			base := g + group + "_delta/" + cv.Name + "/"
			w.PutFloat64s(base+"Mean", d.Mean)
			w.PutFloat64s(base+"Median", d.Median)
			w.PutFloat64s(base+"Max+Min", d.MaxPlusMin)
		}
	}
	curves("Coherence", c.Total)
	if c.WithInput != nil {
		curves("Coherence_with_input", []coherence.Curves{*c.WithInput})
	}
}

// ReadAnalysisHeader reads what identifies an analysis, its options and its source,
// without any result.
func ReadAnalysisHeader(path string) (*analysis.Analysis, error) {
	f, err := h5.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readHeader(f)
}

func readHeader(f *h5.File) (*analysis.Analysis, error) {
	a := &analysis.Analysis{}
	if f.HasAttr("/", "format") {
		if format, err := f.AttrString("/", "format"); err != nil || format != AnalysisFormat {
			return nil, fmt.Errorf("%s: attribute format is %q, not %q", f.Path(), format, AnalysisFormat)
		}
		if v, err := f.AttrFloat64("/", "format_version"); err != nil || v > AnalysisVersion {
			return nil, fmt.Errorf("%s: written by a later version of the program (format_version %v); "+
				"update it", f.Path(), v)
		}
	}
	var params string
	for _, t := range []struct {
		name string
		text *string
	}{{"parameters", &params}, {"source_file", &a.Source}, {"source_sha256", &a.SourceSHA256},
		{"source_path", &a.SourcePath}, {"subject", &a.Subject}, {"condition", &a.Condition},
		{"recording", &a.Recording}, {"trains_sha256", &a.TrainsSHA256}} {
		v, err := f.AttrString("/", t.name)
		if err != nil && !errors.Is(err, h5.ErrNotFound) {
			return nil, err
		}
		*t.text = v
	}
	var simulation float64
	for _, t := range []struct {
		name  string
		value *float64
	}{{"duration_s", &a.DurationS}, {"fsamp", &a.FsHz},
		{"intensity_percent_mvc", &a.IntensityMVC}, {"is_simulation", &simulation}} {
		v, err := f.AttrFloat64("/", t.name)
		if err != nil && !errors.Is(err, h5.ErrNotFound) {
			return nil, err
		}
		*t.value = v
	}
	a.Simulation = simulation != 0
	if params != "" {
		if err := json.Unmarshal([]byte(params), &a.Params); err != nil {
			return nil, fmt.Errorf("%s: attribute parameters: %w", f.Path(), err)
		}
	}
	return a, nil
}

// ReadAnalysis reads an analysis file. It also reads files that have rows, features
// and fit at the root. Null draws, stages and histograms are not restored.
func ReadAnalysis(path string) (*analysis.Analysis, error) {
	f, err := h5.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a, err := readHeader(f)
	if err != nil {
		return nil, err
	}
	for _, step := range []func(*h5.File, *analysis.Analysis) error{readRows, readFiring, readTruth,
		readGraph, readCoherence} {
		if err := step(f, a); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"/mn_idx_kept", "/MN_idx_kept"} {
		if f.Has(name) {
			v, _, err := f.Int64s(name)
			if err != nil {
				return nil, err
			}
			a.Kept = []int{}
			for _, i := range v {
				a.Kept = append(a.Kept, int(i))
			}
		}
	}
	return a, nil
}

func readRows(f *h5.File, a *analysis.Analysis) error {
	g := crossGroup
	if !f.Has(g) {
		if g = ""; !f.Has("/rows") {
			return nil
		}
	}
	text := map[string][]string{}
	for _, n := range []string{"pool_A", "pool_B", "direction"} {
		v, err := f.Strings(g + "/rows/" + n)
		if err != nil {
			return err
		}
		text[n] = v
	}
	mu, _, err := f.Int64s(g + "/rows/mu")
	if err != nil {
		return err
	}
	fitted, _, err := f.Uint8s(g + "/rows/fitted")
	if err != nil {
		return err
	}
	n := len(mu)
	values := make([][]float64, n)
	for _, name := range crosshist.FeatureNames {
		v, _, err := f.Float64s(g + "/features/" + name)
		if err != nil {
			return err
		}
		if len(v) != n || len(fitted) != n || len(text["pool_A"]) != n || len(text["pool_B"]) != n ||
			len(text["direction"]) != n {
			return fmt.Errorf("%s: %s/features/%s has %d rows, rows/mu has %d", f.Path(), g, name, len(v), n)
		}
		for i := range values {
			values[i] = append(values[i], v[i])
		}
	}
	for i := range values {
		d, ok := crosshist.ParseDirection(text["direction"][i])
		if !ok {
			return fmt.Errorf("%s: %s/rows/direction: row %d is %q", f.Path(), g, i, text["direction"][i])
		}
		a.Rows = append(a.Rows, analysis.Row{PoolA: text["pool_A"][i], PoolB: text["pool_B"][i],
			Unit: int(mu[i]), Direction: d,
			Fitted: fitted[i] != 0, Features: crosshist.FeaturesOf(values[i]), NullSeed: -1})
	}
	return readFits(f, a, g)
}

// numbers reads a dataset of n numbers; nil without error if the file has none.
func numbers(f *h5.File, path string, n int) ([]float64, error) {
	if !f.Has(path) {
		return nil, nil
	}
	v, _, err := f.Float64s(path)
	if err == nil && len(v) != n {
		err = fmt.Errorf("%s: %s has %d values; %d are expected", f.Path(), path, len(v), n)
	}
	return v, err
}

// readFits restores parameters, windows and curves, for drawing, where a file has them.
func readFits(f *h5.File, a *analysis.Analysis, g string) error {
	if path := g + "/curves/bin_left_edges"; f.Has(path) {
		edges, _, err := f.Float64s(path)
		if err != nil {
			return err
		}
		a.Axis = crosshist.Axis{FsHz: a.FsHz, Edges: edges}
		if a.FsHz == 0 {
			a.Axis.FsHz = recording.DefaultFsHz
		}
	}
	n, bins := len(a.Rows), a.Axis.Bins()
	var params, fw, bw, prob, trapezoid []float64
	type dataset struct {
		path   string
		length int
		values *[]float64
	}
	list := []dataset{{"/fit/params", n * nParams, &params}, {"/fit/window_forward", 2 * n, &fw},
		{"/fit/window_backward", 2 * n, &bw}, {"/fit/trapezoid", 4 * n, &trapezoid}}
	if a.Axis.Edges != nil { // a curve without an axis cannot be drawn
		list = append(list, dataset{"/curves/prob", n * bins, &prob})
	}
	for _, d := range list {
		var err error
		if *d.values, err = numbers(f, g+d.path, d.length); err != nil {
			return err
		}
	}
	if params == nil || fw == nil || bw == nil {
		return nil
	}
	for i := range a.Rows {
		if math.IsNaN(params[i*nParams]) {
			continue
		}
		fit := &crosshist.Fit{Forward: [2]int{int(fw[2*i]), int(fw[2*i+1])},
			Backward: [2]int{int(bw[2*i]), int(bw[2*i+1])},
			R2Full:   a.Rows[i].Features.R2Full, R2Base: a.Rows[i].Features.R2Base}
		copy(fit.Params[:], params[i*nParams:])
		if trapezoid != nil {
			copy(fit.Trapezoid[:], trapezoid[4*i:])
		}
		a.Rows[i].Fit = fit
		if prob != nil {
			a.Rows[i].Prob = prob[i*bins : (i+1)*bins]
		}
	}
	return nil
}

func readFiring(f *h5.File, a *analysis.Analysis) error {
	for kind, dst := range map[string]*[]analysis.CellStats{"MN": &a.MN, "RC": &a.RC} {
		group := "/firing_rates/" + kind + "/"
		if !f.Has(group + "id") {
			continue
		}
		ids, err := f.Strings(group + "id")
		if err != nil {
			return err
		}
		cells := make([]analysis.CellStats, len(ids))
		values := map[string][]float64{}
		for _, fld := range firingFields(&rate.Stats{}) {
			v, _, err := f.Float64s(group + fld.name)
			if err != nil {
				return err
			}
			if len(v) != len(ids) {
				return fmt.Errorf("%s: %s%s: %d values for %d cells", f.Path(), group, fld.name, len(v),
					len(ids))
			}
			values[fld.name] = v
		}
		for i, id := range ids {
			if cells[i].ID, err = strconv.Atoi(strings.TrimPrefix(id, kind+"_")); err != nil {
				return fmt.Errorf("%s: %sid: %q is not the name of a cell", f.Path(), group, id)
			}
			for _, fld := range firingFields(&cells[i].Stats) {
				*fld.value = values[fld.name][i]
			}
		}
		*dst = cells
	}
	return nil
}

func readTruth(f *h5.File, a *analysis.Analysis) error {
	const g = "/ground_truth/"
	if !f.Has("/ground_truth") {
		return nil
	}
	t := &connectivity.Effective{ToPool: map[string][]float64{}, FromPool: map[string][]float64{}}
	var err error
	if t.Matrix, err = f.Matrix(g + "MN_to_MN_eff"); err != nil {
		return err
	}
	if t.Delivered, _, err = f.Float64s(g + "MN_delivered_total"); err != nil {
		return err
	}
	if t.Received, _, err = f.Float64s(g + "MN_received_total"); err != nil {
		return err
	}
	for sub, dst := range map[string]map[string][]float64{"per_pool_received": t.FromPool,
		"per_pool_delivered": t.ToPool} {
		pools, err := f.List(g + sub)
		if err != nil {
			return err
		}
		for _, p := range pools {
			if dst[p], _, err = f.Float64s(g + sub + "/" + p); err != nil {
				return err
			}
		}
	}
	a.Truth = t
	return nil
}

func readGraph(f *h5.File, a *analysis.Analysis) error {
	if !f.Has("/graph_theory") {
		return nil
	}
	g := &connectivity.Graph{}
	for _, m := range graphMeasures(g) {
		v, err := f.AttrFloat64("/graph_theory", m.name)
		if err != nil {
			return err
		}
		*m.value = v
	}
	a.Graph = g
	return nil
}

func readCoherence(f *h5.File, a *analysis.Analysis) error {
	const g, withInput = "/coherence/Coherence_total", "/coherence/Coherence_with_input_total"
	if !f.Has(g) {
		return nil
	}
	c := &coherence.Result{}
	var err error
	if c.FrequenciesHz, _, err = f.Float64s(g + "/frequencies"); err != nil {
		return err
	}
	if c.Total, err = readCurves(f, g); err != nil {
		return err
	}
	if f.Has(withInput) {
		list, err := readCurves(f, withInput)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			c.WithInput = &list[0]
		}
	}
	a.Coherence = c
	return nil
}

// readCurves reads the coherence by group size of everything in a group.
func readCurves(f *h5.File, g string) ([]coherence.Curves, error) {
	names, err := f.List(g)
	if err != nil {
		return nil, err
	}
	var out []coherence.Curves
	for _, p := range names {
		if p == "frequencies" {
			continue
		}
		cv := coherence.Curves{Name: p, BySize: map[int][]float64{}}
		sizes, err := f.List(g + "/" + p)
		if err != nil {
			return nil, err
		}
		for _, s := range sizes {
			n, err := strconv.Atoi(s)
			if err != nil {
				return nil, fmt.Errorf("%s: %s/%s/%s: a group size is expected", f.Path(), g, p, s)
			}
			cv.Sizes = append(cv.Sizes, n)
			if cv.BySize[n], _, err = f.Float64s(g + "/" + p + "/" + s); err != nil {
				return nil, err
			}
		}
		sort.Ints(cv.Sizes)
		out = append(out, cv)
	}
	return out, nil
}
