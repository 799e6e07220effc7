package explore

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/exchange/muedit"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/recording/process"
	"example.org/renshaw/pkg/run/profile"
	"gonum.org/v1/gonum/mat"
)

func TestMain(m *testing.M) {
	matfile.ServeIfChild()
	os.Exit(m.Run())
}

// processed is the synthetic recording T1, processed once as the study did.
var processed = sync.OnceValues(func() (*process.Processed, error) {
	c := process.Default()
	c.Profile, c.Realign, c.Polarity = profile.PaperName, true, process.PolarityRisingTime
	path := filepath.Join(testdata.Root(), "examples", "T1_Fingers_10percent.mat")
	raw, err := muedit.Read(path, muedit.Options{Muscles: c.MuscleMap["Fingers"], NeedEMG: true})
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	return process.Process(context.Background(), raw, c)
})

func example(t testing.TB) *Selection {
	t.Helper()
	p, err := processed()
	if err != nil {
		t.Fatal(err)
	}
	r, err := FromProcessed(p)
	if err != nil {
		t.Fatal(err)
	}
	return r.Select()
}

// golden opens the study's intermediate results.
func golden(t *testing.T, name string) *h5.File {
	t.Helper()
	dir := os.Getenv("RENSHAW_SHARED")
	if dir == "" {
		dir = filepath.Join(testdata.Root(), "..", "shared")
	}
	path := filepath.Join(dir, "golden", "experimental", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not there (RENSHAW_SHARED)", path)
	}
	f, err := h5.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func numbers(t *testing.T, f *h5.File, path string) ([]float64, []int) {
	t.Helper()
	v, shape, err := f.Float64s(path)
	if err != nil {
		t.Fatal(err)
	}
	return v, shape
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > tolerance {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func every(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	worst := 0.0
	for i := range got {
		if d := math.Abs(got[i] - want[i]); !(d <= worst) {
			worst = d
		}
	}
	if !(worst <= tolerance) {
		t.Errorf("%s: differs by up to %v", what, worst)
	}
}

func TestSelectionGolden(t *testing.T) {
	s, f := example(t), golden(t, "T1_stages.h5")
	const g = "/T1_Fingers_10percent/selection/"
	valid, _ := numbers(t, f, g+"valid_MUs")
	for i, v := range valid {
		if s.Valid[i] != int(v) {
			t.Fatalf("valid units %v, want %v", s.Valid, valid)
		}
	}
	n, _ := numbers(t, f, g+"n_samples_concatenated")
	near(t, "samples", float64(s.Length), n[0], 0)
	rates, err := s.Rates(s.Valid)
	if err != nil {
		t.Fatal(err)
	}
	want, shape := numbers(t, f, g+"preprocessed_every64")
	for i, u := range s.Valid {
		row := want[u*shape[1] : (u+1)*shape[1]]
		for k, w := range row {
			near(t, "rate", rates[i][64*k], w, 1e-7)
		}
	}
}

func TestFactorsGolden(t *testing.T) {
	s, f := example(t), golden(t, "T1_stages.h5")
	for _, name := range []string{"APB", "FDI", "APB+FDI"} {
		g := "/T1_Fingers_10percent/factor_analysis/" + name + "/"
		idx, _ := numbers(t, f, g+"MU_idx")
		var units []int
		for _, v := range idx {
			units = append(units, int(v))
		}
		x, err := s.Rates(units)
		if err != nil {
			t.Fatal(err)
		}
		data, err := NewFactorData(x)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := numbers(t, f, g+"correlation")
		every(t, name+" correlations", mat.DenseCopyOf(data.Correlations).RawMatrix().Data, want, 1e-7)
		curve, _ := numbers(t, f, g+"R2_with_leading_zero")
		p := len(units)
		for k := 1; k < len(curve); k++ {
			m, err := data.Model(k)
			if err != nil {
				t.Fatal(err)
			}
			if (p-k)*(p-k)-(p+k) < 0 {
				continue // the optimum is not unique
			}
			near(t, name+" R2", m.R2, curve[k], 1e-4)
			loadings, _ := numbers(t, f, g+"loadings_"+string(rune('0'+k)))
			sign := 1.0
			if k == 1 && m.Loadings.At(0, 0)*loadings[0] < 0 {
				sign = -1 // of one factor it is arbitrary
			}
			got := slices.Clone(m.Loadings.RawMatrix().Data)
			for i := range got {
				got[i] *= sign
			}
			every(t, name+" loadings", got, loadings, 2e-4)
			uniqueness, _ := numbers(t, f, g+"uniqueness_"+string(rune('0'+k)))
			// golden ones are 1 - communality, also beyond the bounds
			every(t, name+" uniqueness", m.Uniqueness, uniqueness, 3e-3)
			scores, shape := numbers(t, f, g+"scores_"+string(rune('0'+k))+"_every64")
			for i := range shape[0] {
				for j := range k {
					near(t, name+" score", sign*m.Scores.At(64*i, j), scores[i*k+j], 2e-3)
				}
			}
			if k == 2 {
				phi, _ := numbers(t, f, g+"phi_2")
				every(t, name+" phi", m.Phi.RawMatrix().Data, phi, 5e-4)
				structure, _ := numbers(t, f, g+"structure_2")
				every(t, name+" structure", m.Structure.RawMatrix().Data, structure, 5e-4)
			}
		}
		// a surrogate without chance, the intervals in reverse; the study took other units
		// than those it analysed: it used their positions among valid units as numbers
		positions, _ := numbers(t, f, g+"surrogate_list_positions_used_by_reference")
		for i, v := range positions {
			units[i] = int(v)
		}
		y := s.shuffled(units, slices.Reverse[[]int])
		var d Dimensionality
		if _, err := d.curve(y, &d.Curve); err != nil {
			t.Fatal(err)
		}
		reversed, _ := numbers(t, f, g+"surrogate_reversed_ISI_R2")
		// more factors of shuffled trains have several optima
		near(t, name+" surrogate R2 of one factor", d.Curve[1], reversed[1], 2e-4)
	}
}

func TestCoherenceGolden(t *testing.T) {
	s, f := example(t), golden(t, "T1_stages.h5")
	for _, name := range []string{"APB_01_vs_23", "FDI_012_vs_345", "FDI_0_vs_1",
		"FDI_all5_vs_APB_all5"} {
		g := "/T1_Fingers_10percent/coherence/" + name + "/"
		list := func(key string) (out []int) {
			v, _ := numbers(t, f, g+key)
			for _, x := range v {
				out = append(out, int(x))
			}
			return out
		}
		want, _ := numbers(t, f, g+"coherence_real")
		every(t, name, Coherence(s.CST(list("idx1")), s.CST(list("idx2")), s.Recording.FsHz), want, 1e-8)
	}
	for _, muscle := range []string{"APB", "FDI"} {
		var units []int
		for i, u := range s.Recording.Units {
			if u.Muscle == muscle {
				units = append(units, i)
			}
		}
		_, p, normalised := CSTSpectrum(s.CST(units), s.Recording.FsHz)
		want, _ := numbers(t, f, "/T1_Fingers_10percent/cst_psd/"+muscle+"/psd")
		every(t, muscle+" spectrum", p, want, 1e-10)
		want, _ = numbers(t, f, "/T1_Fingers_10percent/cst_psd/"+muscle+"/psd_normalised")
		every(t, muscle+" spectrum of sum 1", normalised, want, 1e-10)
	}
}

func TestTorqueGolden(t *testing.T) {
	testdata.Long(t)
	s, f := example(t), golden(t, "T1_torque_correlation.h5")
	got, err := s.Recording.Torque()
	if err != nil {
		t.Fatal(err)
	}
	lags, _ := numbers(t, f, "/lags_s")
	every(t, "lags", s.Recording.TorqueLags(), lags, 1e-12)
	for _, c := range got {
		g := "/" + c.Group + "/average/"
		if c.Plateau > 0 {
			g = "/" + c.Group + "/plateau_" + string(rune('0'+c.Plateau-1)) + "/"
		}
		want, _ := numbers(t, f, g+"r")
		every(t, g, c.R, want, 1e-5)
		most, _ := numbers(t, f, g+"max_r")
		near(t, g+"max_r", c.Most, most[0], 1e-5)
		delay, _ := numbers(t, f, g+"delay_s")
		near(t, g+"delay_s", c.DelayS, delay[0], 1e-9)
	}
	if len(got) != 12 {
		t.Errorf("%d correlations", len(got))
	}
}

func TestTimeFrequencyGolden(t *testing.T) {
	testdata.Long(t)
	s, f := example(t), golden(t, "T1_time_frequency.h5")
	if !testdata.Thorough() { // one muscle of the two
		r := s.Recording
		first := func(u Unit) bool { return u.Muscle == r.Units[0].Muscle }
		r.Units = r.Units[:slices.IndexFunc(r.Units, func(u Unit) bool { return !first(u) })]
		s = r.Select()
	}
	got, err := s.TimeFrequencies()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range got {
		var units []int
		for i, u := range s.Recording.Units {
			if u.Muscle == v.Muscle {
				units = append(units, i)
			}
		}
		cst := s.CST(units)
		mean := 0.0
		for _, x := range cst {
			mean += x / float64(len(cst))
		}
		for i := range cst {
			cst[i] -= mean
		}
		if testdata.Thorough() { // the amplitudes below follow from it
			raw := Wavelet(cst, s.Recording.FsHz)
			want, shape := numbers(t, f, "/"+v.Muscle+"/abs_cwt_every512")
			for b := range raw {
				for k := range shape[1] {
					near(t, v.Muscle+" wavelet", raw[b][512*k], want[b*shape[1]+k], 1e-8)
				}
			}
		}
		want, shape := numbers(t, f, "/"+v.Muscle+"/amps_final_every512")
		for b := range v.Amplitudes {
			for k := range shape[1] {
				near(t, v.Muscle+" amplitude", v.Amplitudes[b][512*k], want[b*shape[1]+k], 1e-6)
			}
		}
		explained, _ := numbers(t, f, "/"+v.Muscle+"/explained")
		for i, c := range v.Components {
			near(t, v.Muscle+" explained", c.Explained, explained[i], 0.01)
		}
	}
}
