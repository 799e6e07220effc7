package process

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/exchange/muedit"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/run/profile"
)

// fixtures is the folder of recordings that the tests of readers share.
const fixtures = "../../exchange/muedit/testdata"

func TestMain(m *testing.M) {
	matfile.ServeIfChild()
	os.Exit(m.Run())
}

// processFile processes a MUedit file.
func processFile(path string, cfg Config) (*Processed, error) {
	name := recording.ParseName(path)
	if cfg.Muscles != "" {
		name.Group = cfg.Muscles
	}
	muscles, err := cfg.MuscleMap.Muscles(path, name.Group)
	if err != nil {
		return nil, err
	}
	raw, err := muedit.Read(path, muedit.Options{Name: name, Muscles: muscles, NeedEMG: cfg.Realign})
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	return Process(context.Background(), raw, cfg)
}

// stages opens the golden intermediate results of a recording.
func stages(t *testing.T, file, rec string) (*h5.File, string) {
	t.Helper()
	f, err := h5.Open(testdata.Shared(t, "golden/experimental/"+file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, "/" + rec + "/"
}

func numbers(t *testing.T, f *h5.File, path string) []float64 {
	t.Helper()
	v, _, err := f.Float64s(path)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// worst is the largest absolute difference; a NaN must meet a NaN.
func worst(got, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	d := 0.0
	for i := range got {
		if math.IsNaN(got[i]) != math.IsNaN(want[i]) {
			return math.Inf(1)
		}
		if !math.IsNaN(got[i]) {
			d = math.Max(d, math.Abs(got[i]-want[i]))
		}
	}
	return d
}

func every64(x []float64) []float64 {
	var out []float64
	for i := 0; i < len(x); i += 64 {
		out = append(out, x[i])
	}
	return out
}

func paperConfig(p Polarity) Config {
	c := Default()
	c.Profile, c.Polarity = profile.PaperName, p
	return c
}

// Parity with the reference on the synthetic and both real recordings, with the
// tolerances of docs/parity.md.
func TestParityWithReference(t *testing.T) {
	for i, c := range []struct {
		input, stages string
		polarity      Polarity
	}{
		{"golden/experimental/input/T1_Fingers_10percent.mat", "T1_stages.h5", PolarityRisingTime},
		{"data/tibialis_anterior_256/S1_TA_30percent.mat", "S1_stages.h5", PolarityAsRecorded},
		{"data/tibialis_anterior_256/S1_TA_50percent.mat", "S1_stages.h5", PolarityAsRecorded},
	} {
		if i > 1 && !testdata.Thorough() {
			continue // one of each polarity
		}
		name := recording.ParseName(c.input)
		t.Run(name.Recording, func(t *testing.T) {
			g, at := stages(t, c.stages, name.Recording)
			p, err := processFile(testdata.Shared(t, c.input), paperConfig(c.polarity))
			if err != nil {
				t.Fatal(err)
			}
			checkRealignment(t, g, at, p)
			checkForce(t, g, at, p)
			checkProperties(t, g, at, p)
			checkSelection(t, g, at, p)
		})
	}
}

func checkRealignment(t *testing.T, g *h5.File, at string, p *Processed) {
	for _, u := range p.Units {
		id := fmt.Sprintf("grid_%d/MU_%d", u.Grid, u.InGrid)
		if d := worst(u.Times, numbers(t, g, at+"realigned/"+id)); d != 0 {
			t.Errorf("unit %s: realigned times differ by %v", id, d)
		}
		muap := at + "muap/" + strings.Replace(id, "/", "_", 1)
		if !g.Has(muap) {
			continue
		}
		if d := worst(u.Potential.Waveform, numbers(t, g, muap)); d > 1e-9 {
			t.Errorf("unit %s: waveform differs by %v", id, d)
		}
		for name, got := range map[string]int{"best_row": u.Potential.Row, "best_col": u.Potential.Col,
			"shift": u.Potential.Shift,
			"onset": u.Potential.Onset, "onset_high": max(0, u.Potential.High),
			"onset_low": max(0, u.Potential.Low), "n_spikes_averaged": u.Potential.Averaged} {
			if want, err := g.AttrFloat64(muap, name); err != nil || float64(got) != want {
				t.Errorf("unit %s: %s = %d, want %v (%v)", id, name, got, want, err)
			}
		}
	}
}

func checkForce(t *testing.T, g *h5.File, at string, p *Processed) {
	f := p.Force
	one := func(name string) float64 { return numbers(t, g, at+"force/"+name)[0] }
	if math.Abs(float64(f.Rising)-one("count_positive")) > 2 ||
		math.Abs(float64(f.Falling)-one("count_negative")) > 2 {
		t.Errorf("polarity counts %d, %d; want %v, %v", f.Rising, f.Falling, one("count_positive"),
			one("count_negative"))
	}
	var starts, stops, times []float64
	for _, pl := range f.Plateaus {
		starts, stops = append(starts, float64(pl.Start)), append(stops, float64(pl.Stop))
	}
	for _, e := range f.Events {
		times = append(times, float64(e.Sample))
	}
	for _, c := range []struct {
		name string
		got  []float64
		tol  float64
	}{
		{"detrended_every64", scaled(every64(f.Detrended), f), 1e-9},
		{"unit_force_every64", every64(f.Unit), 1e-9},
		{"smoothed_every64", every64(f.Smoothed), 1e-9},
		{"diff_smoothed_every64", every64(f.Slope), 1e-9},
		{"scaled_every64", every64(f.PercentMVC), 1e-9},
		{"plateau_start", starts, 0},
		{"plateau_stop_exclusive", stops, 0},
		{"events_time", times, 0},
		{"std_each_plateau", f.Std, 1e-9},
		{"cov_each_plateau", f.CoV, 1e-9},
		{"psd_mean_of_plateaus", f.PSDMean, 1e-9},
		{"psd_concatenated", f.PSDConc, 1e-9},
		{"percentile_low", []float64{f.Low}, 1e-9},
		{"percentile_high", []float64{f.High}, 1e-9},
	} {
		d := worst(c.got, numbers(t, g, at+"force/"+c.name))
		if d > c.tol {
			t.Errorf("force %s differs by %v", c.name, d)
		}
		t.Logf("parity force %s: %.2g", c.name, d)
	}
}

// scaled undoes the division by the sd and the orientation.
func scaled(x []float64, f *Force) []float64 {
	s := f.Scale
	if f.Inverted {
		s = -s
	}
	for i := range x {
		x[i] *= s
	}
	return x
}

func checkProperties(t *testing.T, g *h5.File, at string, p *Processed) {
	limits := map[string]float64{"recruitment_thresholds": 1e-4, "recruitment_times": 0,
		"mean_firing_rates": 1e-9, "mean_cov": 1e-9}
	maxima := map[string]float64{}
	n := len(p.Force.Plateaus)
	for grid := range p.Muscles {
		base := fmt.Sprintf("%sproperties/grid_%d/", at, grid)
		if !g.Has(base + "MU") {
			continue
		}
		for i, mu := range numbers(t, g, base+"MU") {
			for _, u := range p.Units {
				if u.Grid != grid || u.InGrid != int(mu) {
					continue
				}
				for name, got := range map[string][]float64{"recruitment_thresholds": u.Properties.ThresholdMVC,
					"recruitment_times": u.Properties.RecruitedAt,
					"mean_firing_rates": u.Properties.RateHz, "mean_cov": u.Properties.CoV} {
					want := numbers(t, g, base+name)[i*n : (i+1)*n]
					maxima[name] = math.Max(maxima[name], worst(got, want))
				}
			}
		}
	}
	for name, limit := range limits {
		if maxima[name] > limit {
			t.Errorf("%s differ by %v", name, maxima[name])
		}
		t.Logf("parity %s: %.2g", name, maxima[name])
	}
}

func checkSelection(t *testing.T, g *h5.File, at string, p *Processed) {
	valid := ValidOnPlateau(p.Trains(), p.Force.Plateaus, p.Config, p.FsHz)
	var flat []float64
	for _, row := range valid {
		for _, v := range row {
			flat = append(flat, map[bool]float64{true: 1}[v])
		}
	}
	if d := worst(flat, numbers(t, g, at+"selection/valid_matrix")); d != 0 {
		t.Errorf("valid matrix differs by %v", d)
	}
	plateaus, units := SelectPlateaus(valid, p.Name.Plateaus, p.Config)
	if d := worst(asFloats(plateaus), numbers(t, g, at+"selection/selected_plateaus")); d != 0 {
		t.Errorf("selected plateaus %v", plateaus)
	}
	if d := worst(asFloats(units), numbers(t, g, at+"selection/valid_MUs")); d != 0 {
		t.Errorf("valid units %v", units)
	}
	var w float64
	for grid := range p.Muscles {
		path := fmt.Sprintf("%ssmoothed_rates/grid_%d_every64", at, grid)
		if !g.Has(path) {
			continue
		}
		want := numbers(t, g, path)
		row := 0
		for _, u := range p.Units {
			if u.Grid != grid {
				continue
			}
			r, err := SmoothedRate(u.Times, p.Samples, p.FsHz, p.Config)
			if err != nil {
				t.Fatal(err)
			}
			e := every64(r)
			w = math.Max(w, worst(e, want[row*len(e):(row+1)*len(e)]))
			if row++; row == 3 { // three units of a grid are enough
				break
			}
		}
	}
	if w > 1e-9 {
		t.Errorf("smoothed rates differ by %v", w)
	}
}

func asFloats(x []int) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
