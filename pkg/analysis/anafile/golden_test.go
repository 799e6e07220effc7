package anafile

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/crosshist"
	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/run/profile"
)

// goldenSet is one analysis of the reference: input, options, output.
type goldenSet struct{ name, input, output, config, shuffles string }

func goldenSets(t *testing.T) []goldenSet {
	root := testdata.Shared(t, "golden/analysis")
	var sets []goldenSet
	outputs, _ := filepath.Glob(filepath.Join(root, "outputs", "*", "*.h5"))
	for _, out := range outputs {
		name := strings.TrimSuffix(filepath.Base(out), ".h5")
		s := goldenSet{name: name, output: out, config: strings.TrimSuffix(out, ".h5") + "_config.json"}
		if filepath.Base(filepath.Dir(out)) == "experimental" {
			s.input = filepath.Join(root, "inputs/experimental", name+".h5")
		} else {
			dir := strings.Join(strings.SplitN(name, "_", 3)[:2], "_")
			s.input = filepath.Join(root, "inputs/simulation_batch", dir, "simulation_output.h5")
			if dir == "sim_bench" {
				s.input = filepath.Join(root, "inputs/bench/sim_bench/simulation_output.h5")
			}
			s.shuffles = filepath.Join(filepath.Dir(out), name+"_coherence_shuffles.json")
		}
		sets = append(sets, s)
	}
	if len(sets) != 13 {
		t.Fatalf("found %d golden analyses, want 13", len(sets))
	}
	return sets
}

// chosen are a simulation and a recording, which every run of the tests analyses; the other sets
// are for the thorough one.
var chosen = []string{"sim_4", "S2_Quadriceps_10percent"}

// analysed keeps what runGolden has made, by set.
var analysed = map[string]*analysis.Analysis{}

func runGolden(t *testing.T, s goldenSet, g *h5.File) *analysis.Analysis {
	t.Helper()
	if a := analysed[s.name]; a != nil {
		return a
	}
	simulation := s.shuffles != ""
	p := analysis.Shipped(simulation)
	if err := config.Decode(s.config, &p); err != nil {
		t.Fatal(err)
	}
	p.Profile = profile.PaperName
	p.SaveCurves = true
	l, err := recfile.ReadRecording(s.input, recfile.Options{CommonInput: true})
	if err != nil {
		t.Fatal(err)
	}
	a, err := analysis.Run(context.Background(), l.Recording, l.Truth, p, analysis.Options{
		Workers: 2, Sampler: goldenSampler(t, g), Shuffle: goldenShuffle(t, s)})
	if err != nil {
		t.Fatal(err)
	}
	analysed[s.name] = a
	return a
}

type rowKey struct {
	a, b, direction string
	mu              int
}

func goldenKeys(t *testing.T, g *h5.File) map[rowKey]int {
	t.Helper()
	a, errA := g.Strings("/rows/pool_A")
	b, errB := g.Strings("/rows/pool_B")
	d, errD := g.Strings("/rows/direction")
	mu, _, errM := g.Int64s("/rows/mu")
	if errA != nil || errB != nil || errD != nil || errM != nil {
		t.Fatal(errA, errB, errD, errM)
	}
	keys := map[rowKey]int{}
	for i := range a {
		keys[rowKey{a[i], b[i], d[i], int(mu[i])}] = i
	}
	return keys
}

func keyOf(r *analysis.Row) rowKey { return rowKey{r.PoolA, r.PoolB, r.Direction.String(), r.Unit} }

// goldenSampler seeds the null draws of a row as the golden run did.
func goldenSampler(t *testing.T, g *h5.File) func(*analysis.Row, []float64) crosshist.Sampler {
	seeds, _, err := g.Int64s("/fit/null_seed")
	if err != nil {
		t.Fatal(err)
	}
	keys := goldenKeys(t, g)
	return func(r *analysis.Row, b []float64) crosshist.Sampler {
		return crosshist.NewInversion(b, uint32(seeds[keys[keyOf(r)]]))
	}
}

// goldenShuffle replays the recorded permutations.
func goldenShuffle(t *testing.T, s goldenSet) func([]int) {
	raw, err := os.ReadFile(s.shuffles)
	if err != nil {
		return nil
	}
	var lists [][]int
	if err := json.Unmarshal(raw, &lists); err != nil {
		t.Fatal(err)
	}
	return func(u []int) {
		if len(lists) == 0 || len(lists[0]) != len(u) {
			t.Error("the coherence shuffles more often, or other pools, than the reference")
			return
		}
		copy(u, lists[0])
		lists = lists[1:]
	}
}

// stableRows reads outputs/features.csv: which rows the reference reproduces under
// rounding noise.
func stableRows(t *testing.T) map[string]bool {
	raw, err := os.ReadFile(testdata.Shared(t, "golden/analysis/outputs/features.csv"))
	if err != nil {
		t.Fatal(err)
	}
	stable := map[string]bool{}
	for _, line := range strings.Split(string(raw), "\n")[1:] {
		c := strings.Split(line, ",")
		if len(c) > 6 {
			stable[strings.Join(c[:5], ",")] = c[5] == "1"
		}
	}
	return stable
}

// limitOf is the largest difference from the study's feature that counts as equal, for rows
// whose fits do not depend on the last digit (stable rows).
func limitOf(feature string) float64 {
	switch {
	case strings.HasSuffix(feature, "raw_area"), strings.HasSuffix(feature, "corrected_area"),
		strings.HasSuffix(feature, "_diff"):
		return 5e-6
	case feature == "sync_height", strings.HasSuffix(feature, "null_mean"),
		strings.HasSuffix(feature, "null_std"):
		return 2e-6
	case strings.HasPrefix(feature, "r2_"):
		return 1e-5
	case strings.HasPrefix(feature, "proportion"):
		return 1e-9
	case strings.HasSuffix(feature, "z_score"):
		return 0.1
	case strings.HasSuffix(feature, "ratio"), strings.HasSuffix(feature, "p_val"):
		return math.Inf(1) // follow from areas and z
	}
	return 0 // times, windows, counts
}

// Histograms and curves are exact, features of stable rows within limitOf (1 % of the
// stable rows may be off by more).
func TestAnalysisParity(t *testing.T) {
	stable := stableRows(t)
	worst := map[string]float64{}
	var nStable, off, unstable int
	for _, s := range goldenSets(t) {
		if s.name == "sim_bench" || !testdata.Thorough() && !slices.Contains(chosen, s.name) {
			continue // for timing; the same code as the others
		}
		g, err := h5.Open(s.output)
		if err != nil {
			t.Fatal(err)
		}
		a := runGolden(t, s, g)
		keys := goldenKeys(t, g)
		if len(keys) != len(a.Rows) {
			t.Errorf("%s: %d rows, want %d", s.name, len(a.Rows), len(keys))
		}
		checkHistograms(t, s.name, g, a, keys)
		want := map[string][]float64{}
		for _, f := range crosshist.FeatureNames {
			if want[f], _, err = g.Float64s("/features/" + f); err != nil {
				t.Fatal(err)
			}
		}
		for i := range a.Rows {
			r := &a.Rows[i]
			k := keyOf(r)
			at, ok := keys[k]
			if !ok {
				t.Errorf("%s: row %+v is not in the golden file", s.name, k)
				continue
			}
			id := fmt.Sprintf("%s,%s,%s,%d,%s", s.name, k.a, k.b, k.mu, k.direction)
			isStable, listed := stable[id]
			if !listed {
				t.Fatalf("row %s is not in features.csv", id)
			}
			fault := compareRow(r, at, want, worst, isStable || !r.Fitted)
			switch {
			case !isStable && r.Fitted:
				unstable++
				t.Logf("unstable in the reference: %s (deviation here: %s)", id, fault)
			case fault != "":
				off++
				t.Logf("stable row off: %s: %s", id, fault)
				nStable++
			default:
				nStable++
			}
		}
		checkSimulationParts(t, s, g, a)
		g.Close()
	}
	for _, f := range crosshist.FeatureNames {
		t.Logf("parity %s: largest difference over stable rows within limits %.2g", f, worst[f])
	}
	t.Logf("parity: %d of %d stable rows off by more than the limits, %d unstable rows", off, nStable,
		unstable)
	if off > nStable/100 {
		t.Errorf("%d of %d stable rows are off", off, nStable)
	}
}

func checkHistograms(t *testing.T, name string, g *h5.File, a *analysis.Analysis,
	keys map[rowKey]int) {
	raw, _, errR := g.Int64s("/curves/hist_raw")
	norm, _, errN := g.Float64s("/curves/hist_normalized")
	prob, _, errP := g.Float64s("/curves/prob")
	fitted, _, errF := g.Uint8s("/rows/fitted")
	if errR != nil || errN != nil || errP != nil || errF != nil {
		t.Fatal(errR, errN, errP, errF)
	}
	n := a.Axis.Bins()
	curve := 0.0
	for i := range a.Rows {
		r := &a.Rows[i]
		at := keys[keyOf(r)]
		h := r.Histogram()
		for k := 0; k < n; k++ {
			if int64(h.Raw[k]) != raw[at*n+k] || h.Normalized[k] != norm[at*n+k] {
				t.Fatalf("%s: %+v: bin %d = %d, %v; want %d, %v", name, keyOf(r), k, h.Raw[k], h.Normalized[k],
					raw[at*n+k], norm[at*n+k])
			}
			if r.Fitted {
				curve = math.Max(curve, math.Abs(r.Prob[k]-prob[at*n+k]))
			}
		}
		if r.Fitted != (fitted[at] == 1) {
			t.Errorf("%s: %+v: fitted = %v", name, keyOf(r), r.Fitted)
		}
	}
	if curve > 1e-17 {
		t.Errorf("%s: smoothed curves differ by %v", name, curve)
	}
}

// compareRow returns what is out of limits; differences within go to worst.
func compareRow(r *analysis.Row, at int, want map[string][]float64, worst map[string]float64,
	record bool) string {
	var faults []string
	for k, got := range r.Features.Values() {
		f := crosshist.FeatureNames[k]
		w := want[f][at]
		if math.IsNaN(got) != math.IsNaN(w) {
			faults = append(faults, fmt.Sprintf("%s %v, want %v", f, got, w))
			continue
		}
		if math.IsNaN(w) || got == w {
			continue
		}
		side, _, _ := strings.Cut(f, "_")
		if sd, ok := want[side+"_null_std"]; ok && sd[at] < 1e-4 && strings.HasSuffix(f, "z_score") {
			continue // the score divides by an SD that is all but 0
		}
		d := math.Abs(got - w)
		if !(d <= limitOf(f)) {
			faults = append(faults, fmt.Sprintf("%s %v, want %v", f, got, w))
		} else if record && !math.IsInf(limitOf(f), 1) {
			worst[f] = math.Max(worst[f], d)
		}
	}
	return strings.Join(faults, "; ")
}

// checkSimulationParts compares firing rates, ground truth, graph and coherence.
func checkSimulationParts(t *testing.T, s goldenSet, g *h5.File, a *analysis.Analysis) {
	if s.shuffles == "" {
		return
	}
	out := filepath.Join(t.TempDir(), "analysis_output.h5")
	if err := WriteAnalysis(out, a); err != nil {
		t.Fatal(err)
	}
	o, err := h5.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	for group, tol := range map[string]float64{"/firing_rates": 1e-12, "/ground_truth": 1e-12,
		"/coherence": 1e-12} {
		if d := compareTree(t, g, o, group); !(d <= tol) {
			t.Errorf("%s: %s differs by %v", s.name, group, d)
		} else {
			t.Logf("parity %s %s: %.2g", s.name, group, d)
		}
	}
	if g.Has("/graph_theory") {
		for _, n := range g.Attrs("/graph_theory") {
			want, _ := g.AttrFloat64("/graph_theory", n)
			got, err := o.AttrFloat64("/graph_theory", n)
			if strings.Contains(n, "Z_score") || strings.HasPrefix(n, "null_") ||
				strings.HasPrefix(n, "ratio") {
				continue // of random graphs; see the test of package connectivity
			}
			if err != nil || math.Abs(got-want) > 1e-12 {
				t.Errorf("%s: graph_theory %s = %v, want %v (%v)", s.name, n, got, want, err)
			}
		}
	}
}

// compareTree walks the golden group; ours must have every dataset.
func compareTree(t *testing.T, g, o *h5.File, path string) float64 {
	t.Helper()
	if !g.Has(path) {
		return 0
	}
	info, err := g.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Kind == h5.Group {
		names, err := g.List(path)
		if err != nil {
			t.Fatal(err)
		}
		worst := 0.0
		for _, n := range names {
			worst = math.Max(worst, compareTree(t, g, o, path+"/"+n))
		}
		return worst
	}
	if !o.Has(path) {
		t.Errorf("%s is missing in our file", path)
		return math.Inf(1)
	}
	if info.Class == h5.ClassString {
		a, _ := g.Strings(path)
		b, err := o.Strings(path)
		if err != nil || strings.Join(a, ",") != strings.Join(b, ",") {
			t.Errorf("%s = %v, want %v (%v)", path, b, a, err)
		}
		return 0
	}
	want, _, err := g.Float64s(path)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := o.Float64s(path)
	if err != nil || len(got) != len(want) {
		t.Errorf("%s: %d values, want %d (%v)", path, len(got), len(want), err)
		return math.Inf(1)
	}
	d := 0.0
	for i, w := range want {
		if math.IsNaN(w) != math.IsNaN(got[i]) {
			t.Errorf("%s[%d] = %v, want %v", path, i, got[i], w)
			return math.Inf(1)
		}
		if !math.IsNaN(w) && w != got[i] {
			d = math.Max(d, math.Abs(got[i]-w)/math.Max(1, math.Abs(w)))
		}
	}
	return d
}

// What is written comes back.
func TestAnalysisRoundTrip(t *testing.T) {
	for _, s := range goldenSets(t) {
		if !slices.Contains(chosen, s.name) {
			continue
		}
		g, err := h5.Open(s.output)
		if err != nil {
			t.Fatal(err)
		}
		a := runGolden(t, s, g)
		g.Close()
		path := filepath.Join(t.TempDir(), "a.h5")
		if err := WriteAnalysis(path, a); err != nil {
			t.Fatal(err)
		}
		if err := h5.Verify(path); err != nil {
			t.Error(err)
		}
		b, err := ReadAnalysis(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Rows) != len(a.Rows) || b.Params != a.Params || b.DurationS != a.DurationS ||
			len(b.MN) != len(a.MN) || len(b.Kept) != len(a.Kept) {
			t.Errorf("%s: %d rows, params %+v", s.name, len(b.Rows), b.Params)
		}
		for i := range a.Rows {
			x, y := a.Rows[i].Features.Values(), b.Rows[i].Features.Values()
			for k := range x {
				if math.Float64bits(x[k]) != math.Float64bits(y[k]) {
					t.Fatalf("%s: row %d: %s = %v, want %v", s.name, i, crosshist.FeatureNames[k], y[k], x[k])
				}
			}
		}
	}
}
