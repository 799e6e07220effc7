package posteriors

import (
	"math"
	"testing"

	"example.org/renshaw/internal/figuretest"
	"example.org/renshaw/pkg/sbi/calibration"
	"example.org/renshaw/pkg/sbi/predictive"
)

func TestHeldOutGolden(t *testing.T) {
	type parameter struct {
		Gain     [2]float64 `json:"info_gain_bits"`
		CI90     [2]float64 `json:"ci90_shrink"`
		Variance [2]float64 `json:"variance_shrink"`
		Centred  struct {
			X, Mean, SD []float64
			Best        []float64 `json:"best_guess_offset_density"`
		} `json:"centred_kde"`
		Image struct {
			Nonzero int          `json:"nonzero_cells"`
			Max     float64      `json:"max"`
			Column0 [][2]float64 `json:"column0_nonzero"`
		} `json:"column_image"`
		Slice struct {
			X, Density []float64
			Max        float64
		} `json:"slice_kde_sim19"`
	}
	want := figuretest.Golden[struct {
		Parameters []parameter `json:"parameters"`
		Most       float64     `json:"shared_colour_maximum_quantile_0.999"`
		Basis      struct {
			Q [][2]float64 `json:"orthonormal_q"`
		} `json:"projection_basis"`
		Mass struct {
			Bandwidths [2]float64 `json:"bandwidths"`
			Levels     []float64  `json:"levels_for_mass_0.3_0.6_0.9"`
			Most       float64    `json:"density_max"`
			Total      float64    `json:"total_mass_on_grid"`
		} `json:"mass_levels_sim19"`
	}](t, "testdata/fig4/heldout_expected.json")
	h, err := calibration.ReadHeldOut("testdata/fig4/heldout_posterior_draws.csv.gz",
		"testdata/fig4/heldout_ground_truth.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	r, err := calibration.Judge(h, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	centred, err := ComputeCentred(r)
	if err != nil {
		t.Fatal(err)
	}
	slice, err := ComputeSlice(h)
	if err != nil {
		t.Fatal(err)
	}
	image := ComputeDensityMap(r)
	figuretest.Same(t, "colour maximum", image.Most, &want.Most, 1e-9)
	for k, w := range want.Parameters {
		c := centred.Panels[k]
		figuretest.CloseTo(t, "scores", [3][2]float64{c.Gain, c.CI90, c.Variance},
			[3][2]float64{w.Gain, w.CI90, w.Variance})
		for i, x := range w.Centred.X {
			at := int(math.Round((x + 1) / 2 * (centredPoints - 1)))
			figuretest.Same(t, "centred mean", c.Mean[at], &w.Centred.Mean[i], 1e-9)
			figuretest.Same(t, "centred SD", c.SD[at], &w.Centred.SD[i], 1e-7)
			figuretest.Same(t, "best", c.Best[at], &w.Centred.Best[i], 1e-9)
		}
		nonzero, most := 0, 0.0
		for _, column := range image.Panels[k].Columns {
			for _, v := range column {
				if v > 0 {
					nonzero++
				}
				most = math.Max(most, v)
			}
		}
		figuretest.Same(t, "largest cell", most, &w.Image.Max, 1e-9)
		if nonzero != w.Image.Nonzero {
			t.Errorf("%d cells with draws, want %d", nonzero, w.Image.Nonzero)
		}
		for _, cell := range w.Image.Column0 {
			figuretest.Same(t, "cell of the first column", image.Panels[k].Columns[0][int(cell[0])],
				&cell[1], 1e-9)
		}
		for i, x := range w.Slice.X {
			at := int(math.Round(x * (slicePoints - 1)))
			figuretest.Same(t, "slice", slice.Panels[k].Density[at], &w.Slice.Density[i], 1e-9)
		}
	}
	joint, err := ComputeJoint(h, 1)
	if err != nil {
		t.Fatal(err)
	}
	figuretest.CloseTo(t, "mass", []any{joint.Bandwidths, joint.Levels, joint.Most, joint.Mass},
		[]any{want.Mass.Bandwidths, want.Mass.Levels, want.Mass.Most, want.Mass.Total})
	q := projectionBasis()
	for i, row := range want.Basis.Q {
		for j, v := range row {
			figuretest.Same(t, "basis", q.At(i, j), &v, 1e-9)
		}
	}
}

func TestPredictiveGolden(t *testing.T) {
	want := figuretest.Golden[struct {
		Accuracy map[string]struct {
			Limits [2]float64 `json:"y_limits"`
			Order  []int      `json:"column_order"`
			Column []float64  `json:"image_column0"`
			Most   float64    `json:"image_max"`
		} `json:"accuracy_per_feature"`
	}](t, "testdata/fig4/ppc_expected.json")
	c, err := predictive.ReadCheck("testdata/fig4", true)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range ComputePredictiveImages(c).Features {
		w := want.Accuracy[f.Feature]
		figuretest.CloseTo(t, f.Feature, []any{f.Limits, f.Order, f.Most},
			[]any{w.Limits, w.Order, w.Most})
		figuretest.CloseTo(t, f.Feature+" column", f.Columns[0], w.Column)
	}
}
