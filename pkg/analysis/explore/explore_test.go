package explore

import (
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording"
	"gonum.org/v1/gonum/mat"
)

// made is a recording of units with a common 3 Hz drive, 20 s without force.
func made(units int, muscles ...string) *Recording {
	rng := rand.New(rand.NewPCG(1, 0))
	r := &Recording{Name: recording.ParseName("S1_TA_10percent.h5"), FsHz: 2048, Length: 20 * 2048}
	for u := range units {
		v := Unit{Index: u, Muscle: muscles[u%len(muscles)]}
		for t := 0; t < r.Length; t++ {
			if rate := 12 + 8*math.Sin(2*math.Pi*3*float64(t)/2048); rng.Float64() < rate/2048 {
				v.Samples = append(v.Samples, t)
			}
		}
		r.Units = append(r.Units, v)
	}
	if err := r.complete("made"); err != nil {
		panic(err)
	}
	return r
}

func TestFaultyRecordings(t *testing.T) {
	r := made(6, "TA", "SOL")
	if _, err := r.Run(Torque, false, 1); !errors.Is(err, ErrNoForce) {
		t.Errorf("no force: %v", err)
	}
	if _, err := made(1, "TA").Run(CoherenceOf, false, 1); err == nil ||
		!strings.Contains(err.Error(), "two units") {
		t.Errorf("one unit: %v", err)
	}
	if _, err := made(2, "TA").Run(Factor, false, 1); err == nil ||
		!strings.Contains(err.Error(), "three units") {
		t.Errorf("two units: %v", err)
	}
	short := made(4, "TA")
	short.Plateaus = []recording.Plateau{{Start: 0, Stop: 4096}}
	if _, err := short.Run(TimeFreq, false, 1); err == nil ||
		!strings.Contains(err.Error(), "more than 6 s") {
		t.Errorf("short: %v", err)
	}
	same := made(3, "TA")
	same.Units[1].Samples, same.Units[2].Samples = same.Units[0].Samples, same.Units[0].Samples
	if _, err := same.Run(Factor, false, 1); err == nil {
		t.Error("three times the same unit: no error")
	}
	if err := (&Recording{}).complete("empty.h5"); err == nil ||
		!strings.Contains(err.Error(), "empty.h5: has no motor unit") {
		t.Errorf("no unit: %v", err)
	}
}

// A common drive at 3 Hz is found by coherence, and one factor is enough for the rates.
func TestCommonDriveIsFound(t *testing.T) {
	testdata.Long(t)
	r := made(6, "TA", "SOL")
	s := r.Select()
	options := CoherenceOptions{Repeats: 4, Surrogates: 20, Seed: 1}
	if testdata.Thorough() {
		options.Repeats, options.Surrogates = 10, 60
	}
	v := &Result{Recording: r, Selection: s, Coherence: s.Coherences(options)}
	if len(v.Coherence) != 3 {
		t.Fatalf("%d groups", len(v.Coherence))
	}
	for _, g := range v.Coherence {
		c := g.BySize[len(g.BySize)-1]
		if c[3] < 1.5*g.Limit99[3] || c[40] > 0.2 {
			t.Errorf("%s: %.2f at 3 Hz, limit %.2f; %.2f at 40 Hz", g.Group.Name(), c[3], g.Limit99[3],
				c[40])
		}
	}
	few := CoherenceOptions{Repeats: 1, Surrogates: 2, Seed: 1}
	if a, b := s.Coherences(few), s.Coherences(few); !slices.Equal(a[2].Limit95, b[2].Limit95) {
		t.Error("the same seed gives other surrogates")
	}
	dir := t.TempDir()
	if _, err := v.Write(dir, false); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{Factor, Spectrum} {
		v, err := r.Run(kind, kind == Factor, 2)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Write(dir, kind == Factor); err != nil {
			t.Fatal(err)
		}
		if kind == Factor && v.Dimensionality[2].Dimensions < 1 {
			t.Errorf("%d factors", v.Dimensionality[2].Dimensions)
		}
	}
	for _, name := range []string{DimensionalityName, CoherenceName, LimitsName, SpectraName} {
		tb, err := table.Read(filepath.Join(dir, name))
		if err != nil || len(tb.Rows) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A product of non-negative matrices is factorised again.
func TestFactorisationOfAProduct(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 0))
	w, h := mat.NewDense(400, 2, nil), mat.NewDense(2, 20, nil)
	for _, m := range []*mat.Dense{w, h} {
		m.Apply(func(_, _ int, _ float64) float64 { return rng.Float64() }, m)
	}
	var x mat.Dense
	x.Mul(w, h)
	if c := factorise(&x, 2, 4); c.Explained < 0.999 || mat.Min(c.W) < 0 || mat.Min(c.H) < 0 {
		t.Errorf("explained %v", c.Explained)
	}
}

func BenchmarkCoherence(b *testing.B) {
	s := made(20, "TA").Select()
	x, y := s.CST([]int{0, 1, 2, 3, 4}), s.CST([]int{5, 6, 7, 8, 9})
	for b.Loop() {
		Coherence(x, y, 2048)
	}
}
