package paper

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"example.org/renshaw/internal/figuretest"
	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/figure/posteriors"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/sbi/predictive"
)

// Golden data of Fig. 2, 4 and 5C and the colours were made with R 4.2 (ggplot2), SciPy and
// matplotlib; their tables are synthetic.

// sameLine compares the fields of a golden regression.
func sameLine(t *testing.T, what string, l stats.Line, want map[string]any) {
	t.Helper()
	for key, got := range map[string]float64{"n": float64(l.N), "intercept": l.Intercept,
		"slope": l.Slope, "se_intercept": l.SEIntercept, "se_slope": l.SESlope, "t_slope": l.T,
		"p_slope": l.P, "p_intercept": l.PIntercept, "sigma": l.Sigma, "df": float64(l.DF), "r2": l.R2,
		"adj_r2": l.AdjustedR2} {
		w, ok := want[key].(float64)
		if !ok {
			t.Errorf("%s: golden has no %s", what, key)
			continue
		}
		tolerance := 1e-9
		if w != 0 && math.Abs(w) < 1e-10 {
			tolerance = 1e-7
		}
		figuretest.Same(t, what+" "+key, got, &w, tolerance)
	}
	for key, got := range map[string][2]float64{"ci95_intercept": l.CIIntercept,
		"ci95_slope": l.CISlope} {
		for i, w := range want[key].([]any) {
			w := w.(float64)
			figuretest.Same(t, what+" "+key, got[i], &w, 1e-9)
		}
	}
}

type goldenCurve []struct {
	X, Y, YMin, YMax, SE *float64
	Group                int
}

func (c goldenCurve) compare(t *testing.T, what string, got []stats.BandPoint, withBand bool) {
	t.Helper()
	if len(c) != len(got) {
		t.Fatalf("%s: %d points, want %d", what, len(got), len(c))
	}
	for i, w := range c {
		figuretest.Same(t, what+" x", got[i].X, w.X, 1e-9)
		if w.Y != nil { // cut by the axes in R
			figuretest.Same(t, what+" y", got[i].Y, w.Y, 1e-9)
		}
		if withBand && w.YMin != nil && w.YMax != nil && w.SE != nil {
			figuretest.Same(t, what+" ymin", got[i].Low, w.YMin, 1e-9)
			figuretest.Same(t, what+" ymax", got[i].High, w.YMax, 1e-9)
			figuretest.Same(t, what+" se", got[i].SE, w.SE, 1e-9)
		}
	}
}

func TestFig2Golden(t *testing.T) {
	type panelJSON struct {
		File   string         `json:"file"`
		Counts map[string]int `json:"counts"`
		Pools  []struct {
			Name   string   `json:"sim_name"`
			X      *float64 `json:"x_mean"`
			Y      *float64 `json:"y_mean"`
			Centre *float64 `json:"middle_mean"`
			N      int      `json:"n"`
			Bin    int      `json:"bin"`
		} `json:"pools"`
		Line     map[string]any   `json:"fit_pool_means_all"`
		All      map[string]any   `json:"fit_all"`
		Drawn    map[string]any   `json:"fit_drawn_after_axis_censoring"`
		NDrawn   int              `json:"n_pools_drawn"`
		NAll     int              `json:"n_pools_all"`
		NKept    int              `json:"n_pools_kept"`
		Units    map[string]any   `json:"fit_individual_units"`
		Curve    goldenCurve      `json:"curve80"`
		CurveAll goldenCurve      `json:"curve80_all"`
		Curves   goldenCurve      `json:"curve80_bins"`
		Bins     []FrequencyBand  `json:"bins"`
		Fits     []map[string]any `json:"fit_bins"`
		Text     *Annotation      `json:"annotation"`
		TextAll  *Annotation      `json:"annotation_all"`
		Step     float64          `json:"annotation_step"`
	}
	for key, want := range figuretest.Golden[map[string]panelJSON](t, "testdata/fig2/expected.json") {
		r, err := ComputeRegression(filepath.Join("testdata/fig2", want.File+".gz"), key, true)
		if err != nil {
			t.Fatal(err)
		}
		for k, n := range want.Counts {
			if r.Counts[k] != n {
				t.Errorf("%s: %s: %d rows, want %d", key, k, r.Counts[k], n)
			}
		}
		if len(r.Pools) != len(want.Pools) {
			t.Fatalf("%s: %d pools, want %d", key, len(r.Pools), len(want.Pools))
		}
		for i, w := range want.Pools {
			g := r.Pools[i]
			if g.Simulation != w.Name || g.Units != w.N || g.Band != w.Bin {
				t.Errorf("%s: pool %+v, want %+v", key, g, w)
			}
			figuretest.Same(t, key+" pool x", g.X, w.X, 1e-9)
			figuretest.Same(t, key+" pool y", g.Y, w.Y, 1e-9)
			if w.Centre != nil {
				figuretest.Same(t, key+" pool centre", g.Centre, w.Centre, 1e-9)
			}
		}
		if want.All != nil {
			sameLine(t, key+" all", r.Line, want.All)
			want.CurveAll.compare(t, key, r.Curve, true)
			want.Text = want.TextAll
			figuretest.Same(t, "step", r.Step, &want.Step, 1e-9)
			if r.AllPools != want.NAll || r.Number != want.NKept {
				t.Errorf("%s: %d of %d pools", key, r.Number, r.AllPools)
			}
			for i, b := range want.Bins {
				got := r.Bands[i]
				if got.Label != b.Label || got.Colour != b.Colour || got.Low != b.Low ||
					got.Centre != b.Centre {
					t.Errorf("%s: band %+v, want %+v", key, got, b)
				}
				sameLine(t, got.Label, got.Line, want.Fits[i])
				var own goldenCurve
				for _, p := range want.Curves {
					if p.Group == i+1 {
						own = append(own, p)
					}
				}
				own.compare(t, got.Label, got.Curve, false)
			}
		} else {
			sameLine(t, key+" all", r.Line, want.Line)
			sameLine(t, key+" drawn", r.Drawn, want.Drawn)
			sameLine(t, key+" units", r.Units, want.Units)
			want.Curve.compare(t, key, r.Curve, true)
			if r.DrawnPools != want.NDrawn {
				t.Errorf("%s: %d pools drawn, want %d", key, r.DrawnPools, want.NDrawn)
			}
		}
		if r.Annotation.Text != want.Text.Text {
			t.Errorf("%s: %q, want %q", key, r.Annotation.Text, want.Text.Text)
		}
		figuretest.Same(t, key+" text x", r.Annotation.X, &want.Text.X, 1e-9)
		figuretest.Same(t, key+" text y", r.Annotation.Y, &want.Text.Y, 1e-9)
	}
}

func TestFig5CGolden(t *testing.T) {
	type line struct {
		Interaction string   `json:"interaction"`
		Intensity   string   `json:"intensity_lab"`
		Subject     string   `json:"subject"`
		N           int      `json:"n"`
		R2          *float64 `json:"r2"`
		Intercept   *float64 `json:"intercept"`
		Slope       *float64 `json:"slope"`
		SE          *float64 `json:"se_slope"`
		T           *float64 `json:"t"`
		P           *float64 `json:"p_slope"`
		From        *float64 `json:"x_from"`
		To          *float64 `json:"x_to"`
		BH          *float64 `json:"p_BH"`
		Bonferroni  *float64 `json:"p_bonf"`
	}
	want := figuretest.Golden[struct {
		RowCounts   map[string]int  `json:"row_counts"`
		Unfiltered  []MuscleCount   `json:"counts_unfiltered"`
		Filtered    []MuscleCount   `json:"counts_filtered"`
		R2          stats.MeanSD    `json:"r2_overall"`
		R2Cond      []ConditionMean `json:"r2_per_condition"`
		Received    []ConditionMean `json:"y_val_per_condition"`
		Range       GlobalRange     `json:"rt_global"`
		PerSubject  []line          `json:"per_subject"`
		Drawn       []line          `json:"per_subject_drawn"`
		Pooled      []line          `json:"pooled"`
		Average     []SubjectsMean  `json:"subjects_average"`
		Labels      []SubjectLabel  `json:"labels"`
		Selected    []line          `json:"selected_40"`
		Report      []Significance  `json:"report"`
		ByInter     []Significance  `json:"report_by_interaction"`
		BySubject   CountSpread     `json:"count_stats_by_subject"`
		ByCondition CountSpread     `json:"count_stats_by_condition"`
		Limits      [2]float64      `json:"y_limits"`
	}](t, "testdata/fig5c/expected.json")
	path := "testdata/fig5c/" + experimentTables[1] + ".gz"
	f, err := ComputeFig5C(path, "delivered", true, true)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(f.RowCounts) != fmt.Sprint(want.RowCounts) ||
		!slices.Equal(f.Unfiltered, want.Unfiltered) || !slices.Equal(f.Filtered, want.Filtered) {
		t.Errorf("counts: %v %v %v", f.RowCounts, f.Unfiltered, f.Filtered)
	}
	lines := func(what string, got []SubjectLine, want []line, drawn bool) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("%s: %d lines, want %d", what, len(got), len(want))
		}
		for i, w := range want {
			g := got[i]
			name := fmt.Sprintf("%s %s %s %s", what, w.Interaction, w.Intensity, w.Subject)
			if g.Interaction != w.Interaction || g.Intensity != w.Intensity || g.Subject != w.Subject ||
				g.N != w.N {
				t.Errorf("%s: %+v", name, g)
			}
			for k, p := range []*float64{w.R2, w.Intercept, w.Slope, w.SE, w.T} {
				figuretest.Same(t, name, []float64{g.R2, g.Intercept, g.Slope, g.SESlope, g.T}[k], p, 2e-9)
			}
			figuretest.Same(t, name+" p", g.P, w.P, 1e-7)
			if drawn {
				figuretest.Same(t, name+" from", g.From, w.From, 1e-9)
				figuretest.Same(t, name+" to", g.To, w.To, 1e-9)
			}
		}
	}
	lines("participant", f.PerSubject, want.PerSubject, false)
	lines("drawn", f.Drawn, want.Drawn, true)
	lines("pooled", f.Pooled, want.Pooled, false)
	lines("tested", f.Tested, want.Selected, false)
	for i, w := range want.Selected {
		figuretest.Same(t, "p_BH", f.Tested[i].BH, w.BH, 1e-7)
		figuretest.Same(t, "p_bonf", f.Tested[i].Bonferroni, w.Bonferroni, 1e-7)
	}
	figuretest.CloseTo(t, "R2 overall", f.R2Overall, want.R2)
	figuretest.CloseTo(t, "R2 by condition", f.R2PerCondition, want.R2Cond, "N")
	figuretest.CloseTo(t, "received by condition", f.ReceivedMeans, want.Received)
	figuretest.CloseTo(t, "range", f.Range, want.Range)
	figuretest.CloseTo(t, "average", f.SubjectsAverage, want.Average)
	figuretest.CloseTo(t, "labels", f.Labels, want.Labels)
	figuretest.CloseTo(t, "report", f.Report, want.Report)
	figuretest.CloseTo(t, "by interaction", f.ByInteraction, want.ByInter)
	figuretest.CloseTo(t, "units by participant", f.BySubject, want.BySubject)
	figuretest.CloseTo(t, "units by condition", f.ByCondition, want.ByCondition)
	dots, err := ComputeUnitDots(path, "received", true, 1)
	if err != nil {
		t.Fatal(err)
	}
	figuretest.Same(t, "limit of dots", dots.Limits[1]/1.1, &want.Limits[1], 1e-9)
}

func TestComponentsGolden(t *testing.T) {
	want := figuretest.Golden[struct {
		PCA struct {
			Explained  []float64   `json:"explained_variance_ratio"`
			Mean       []float64   `json:"mean"`
			First      []float64   `json:"component1"`
			Second     []float64   `json:"component2"`
			Experiment [][]float64 `json:"experiment_projection"`
		} `json:"pca"`
	}](t, "../posteriors/testdata/fig4/ppc_expected.json")
	c, err := predictive.ReadCheck("../posteriors/testdata/fig4", true)
	if err != nil {
		t.Fatal(err)
	}
	p, err := ComputeComponents(c)
	if err != nil {
		t.Fatal(err)
	}
	var experiment [][]float64
	for _, g := range p.Groups {
		experiment = append(experiment, g.Experiment[:])
	}
	for i := range want.PCA.Explained[:15] {
		figuretest.Same(t, "explained variance", p.Explained[i], &want.PCA.Explained[i], 1e-8)
	}
	for i := range want.PCA.Mean {
		figuretest.Same(t, "mean", p.Mean[i], &want.PCA.Mean[i], 1e-9)
		figuretest.Same(t, "first component", p.First[i], &want.PCA.First[i], 1e-8)
		figuretest.Same(t, "second component", p.Second[i], &want.PCA.Second[i], 1e-8)
	}
	for i := range want.PCA.Experiment {
		for j := range want.PCA.Experiment[i] {
			figuretest.Same(t, "projection", experiment[i][j], &want.PCA.Experiment[i][j], 1e-8)
		}
	}
}

func TestColoursGolden(t *testing.T) {
	type samples struct {
		Samples [][2]any `json:"samples"`
	}
	raw := figuretest.Golden[map[string]json.RawMessage](t, "testdata/colors/expected.json")
	for key, m := range map[string]*canvas.ColourMap{"p_delta_map": probabilityMap(),
		"delta_d_map": differenceMap(), "white_to_2974FF": canvas.WhiteTo(canvas.RGB(0x2974FF), 1)} {
		var w samples
		if err := json.Unmarshal(raw[key], &w); err != nil {
			t.Fatal(err)
		}
		for _, s := range w.Samples {
			v := s[0].(float64)
			c := m.At(v)
			if got := fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B); got != s[1] {
				t.Errorf("%s at %v: %s, want %v", key, v, got, s[1])
			}
		}
	}
	var ramp []string
	if err := json.Unmarshal(raw["fig2_band_ramp"], &ramp); err != nil {
		t.Fatal(err)
	}
	for i, c := range bandColours {
		if got := fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B); got != ramp[i] {
			t.Errorf("band %d: %s, want %s", i, got, ramp[i])
		}
	}
}

// Posteriors of the study, which are not part of the repository.
func TestFig5ABGolden(t *testing.T) {
	dir := testdata.Shared(t, filepath.Join("golden", "figures", "fig5ab"))
	want := figuretest.Golden[struct {
		Limits map[string][2]float64 `json:"axis_limits"`
		KDE1   []struct {
			Intensity float64   `json:"intensity"`
			Muscle    string    `json:"muscle"`
			Parameter string    `json:"parameter"`
			N         int       `json:"n"`
			SD        float64   `json:"sd_ddof1"`
			Kernel    float64   `json:"kernel_sd"`
			Index     []int     `json:"grid_index"`
			X         []float64 `json:"x"`
			Density   []float64 `json:"density"`
			Most      float64   `json:"max_density"`
			At        int       `json:"argmax_index"`
		} `json:"kde1d"`
		KDE2 []struct {
			Intensity  float64       `json:"intensity"`
			Muscle     string        `json:"muscle"`
			N          int           `json:"n"`
			Covariance [2][2]float64 `json:"kernel_covariance"`
			Most       float64       `json:"density_max"`
			Peak       [2]int        `json:"peak_row_col"`
			Cells      []int         `json:"cells_at_or_above_level"`
			ProbeAt    [][2]int      `json:"probe_row_col"`
			Probe      []float64     `json:"probe_normalised"`
		} `json:"kde2d"`
		Pairwise map[string]map[string][]Comparison `json:"pairwise"`
		HighLow  map[string][]HighLow               `json:"high_vs_low"`
		Shifts   []struct {
			A, B      string
			Intensity float64 `json:"intensity"`
			Value     float64 `json:"value"`
		} `json:"hodges_lehmann_exact_200x200"`
		Order []string `json:"heatmap_order_top_to_bottom_and_left_to_right"`
		Drawn []string `json:"groups_drawn"`
	}](t, filepath.Join(dir, "expected.json"))
	p, err := readPosteriors(&Study{Dir: dir, Mirrored: true})
	if err != nil {
		t.Fatal(err)
	}
	p.Mirrored = false
	if both := ComputeFig5B(p, posteriors.RI).Order; !slices.Contains(both, "VM<-VL") ||
		!slices.Contains(both, "VL<-VM") {
		t.Errorf("both orders of a pair are kept unless asked: %v", both)
	}
	p.Mirrored = true
	found := 0
	for _, intensity := range p.Intensities() {
		f := ComputeFig5A(p, intensity)
		figuretest.CloseTo(t, "limits", []any{f.LimitsX, f.LimitsY},
			[]any{want.Limits["x_common_input_std"], want.Limits["y_recurrent_inhibition"]})
		if len(f.Labels) != len(want.Drawn) || len(f.Notes) > 0 {
			t.Errorf("drawn: %v, notes %v", f.Labels, f.Notes)
		}
		for _, w := range want.KDE1 {
			for _, m := range f.Marginals {
				if m.Label != w.Muscle || m.Parameter != w.Parameter || m.Intensity != w.Intensity {
					continue
				}
				found++
				figuretest.CloseTo(t, m.Label, []any{m.N, m.SD, m.KernelSD, m.Most, m.At},
					[]any{w.N, w.SD, w.Kernel, w.Most, w.At})
				for i, k := range w.Index {
					figuretest.Same(t, "x", m.X[k], &w.X[i], 1e-9)
					if math.Abs(m.Density[k]-w.Density[i]) > 1e-9*w.Most {
						t.Errorf("density of %s at %v: %v, want %v", m.Label, m.X[k], m.Density[k], w.Density[i])
					}
				}
			}
		}
		for _, w := range want.KDE2 {
			for _, j := range f.Joints {
				if j.Label != w.Muscle || j.Intensity != w.Intensity {
					continue
				}
				found++
				figuretest.CloseTo(t, j.Label, []any{j.N, j.Covariance, j.Most, j.Peak, j.Cells},
					[]any{w.N, w.Covariance, w.Most, w.Peak, w.Cells})
				for i, k := range w.ProbeAt {
					got := (j.Surface.Z[k[0]][k[1]] - j.Least) / (j.Most - j.Least)
					if math.Abs(got-w.Probe[i]) > 1e-9 {
						t.Errorf("joint density of %s: %v, want %v", j.Label, got, w.Probe[i])
					}
				}
			}
		}
	}
	if found != len(want.KDE1)+len(want.KDE2) {
		t.Errorf("%d densities compared, want %d", found, len(want.KDE1)+len(want.KDE2))
	}
	for _, parameter := range []string{posteriors.RI, posteriors.CI} {
		f := ComputeFig5B(p, parameter)
		if parameter == posteriors.RI && !slices.Equal(f.Order, want.Order) {
			t.Errorf("order %v, want %v", f.Order, want.Order)
		}
		for intensity, byParameter := range want.Pairwise {
			for _, w := range byParameter[parameter] {
				i := slices.IndexFunc(f.Pairwise[intensity],
					func(c Comparison) bool { return c.A == w.A && c.B == w.B })
				if i < 0 {
					t.Errorf("no comparison of %s and %s", w.A, w.B)
					continue
				}
				figuretest.CloseTo(t, w.A+" "+w.B, f.Pairwise[intensity][i], w)
			}
		}
		for _, w := range want.HighLow[parameter] {
			i := slices.IndexFunc(f.HighVsLow, func(h HighLow) bool { return h.Label == w.Label })
			w.AllPairs = f.HighVsLow[i].AllPairs // not in the golden file
			figuretest.CloseTo(t, "high and low "+w.Label, f.HighVsLow[i], w)
		}
	}
	for _, w := range want.Shifts {
		of := func(label string) []float64 {
			i := slices.IndexFunc(p.Groups,
				func(g *posteriors.Draws) bool { return g.Label == label && g.Intensity == w.Intensity })
			return p.Groups[i].RI[:200]
		}
		got := stats.HodgesLehmann(of(w.A), of(w.B), 0)
		figuretest.Same(t, "Hodges-Lehmann", got, &w.Value, 1e-9)
	}
}
