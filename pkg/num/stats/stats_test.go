package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) != math.IsNaN(want) ||
		math.Abs(got-want) > tolerance*math.Max(1, math.Abs(want)) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// Expected values are SciPy's (wilcoxon, mannwhitneyu, binomtest).
func TestRankTests(t *testing.T) {
	d := []float64{0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01}
	v, p := SignedRank(d)
	near(t, "signed rank V", v, 40, 0)
	near(t, "signed rank p, exact", p, 0.0390625, 1e-15)
	_, p = SignedRank([]float64{1, 2, 2, -1, 3, 4, 0, 5, -2, 6, 7, 7, math.NaN()})
	near(t, "signed rank p, ties", p, 0.016051564183940742, 1e-12)
	u, p := RankSum([]float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46},
		[]float64{1.15, 0.88, 0.90, 0.74, 1.21})
	near(t, "rank sum U", u, 35, 0)
	near(t, "rank sum p, exact", p, 0.2544122544122544, 1e-14)
	_, p = RankSum([]float64{1, 2, 2, 3, 5, 8, 9}, []float64{2, 2, 4, 1, 1, 0})
	near(t, "rank sum p, ties", p, 0.09385732052509455, 1e-12)
	near(t, "sign test", SignTest([]float64{1, 2, -1, 3, 4, 0, 5, 6, 7, 8}), 0.0390625, 1e-14)
	for _, empty := range [][]float64{nil, {0, 0}} {
		if _, p := SignedRank(empty); p != 1 || SignTest(empty) != 1 {
			t.Errorf("%v: p = %v, %v, want 1", empty, p, SignTest(empty))
		}
	}
}

// A large exact distribution agrees with the normal approximation.
func TestExactAgreesWithNormal(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 0))
	d, e := make([]float64, 48), make([]float64, 45)
	for i := range d {
		d[i] = rng.NormFloat64() + 0.3
	}
	for i := range e {
		e[i] = rng.NormFloat64()
	}
	v, p := SignedRank(d)
	m := float64(len(d))
	near(t, "signed rank", p, normalTwoSided(v-m*(m+1)/4, math.Sqrt(m*(m+1)*(2*m+1)/24)), 5e-3)
	u, p := RankSum(d, e)
	n, k := float64(len(d)), float64(len(e))
	near(t, "rank sum", p, normalTwoSided(u-n*k/2, math.Sqrt(n*k*(n+k+1)/12)), 5e-3)
}

func TestDescriptions(t *testing.T) {
	v := []float64{3, math.NaN(), 1, 2, 10}
	near(t, "median", Median(v), 2.5, 0)
	near(t, "quartile", Quantile(v, 0.25), 1.75, 1e-15)
	near(t, "median of none", Median(nil), math.NaN(), 0)
	near(t, "Spearman", Spearman([]float64{1, 2, 3, 4, 5, 5}, []float64{2, 1, 4, 4, 7, 6}),
		0.9117647058823529, 1e-14)
	near(t, "R2 of the mean", R2([]float64{2, 2, 2}, []float64{1, 2, 3}), 0, 1e-15)
	if s := SpreadOf(nil); s.N != 0 || !math.IsNaN(s.Median) {
		t.Errorf("spread of nothing: %v", s)
	}
}

func TestAdjustedP(t *testing.T) {
	p := []float64{0.01, 0.04, math.NaN(), 0.03, 0.5}
	for i, want := range []float64{0.04, 0.16 / 3, math.NaN(), 0.16 / 3, 0.5} {
		near(t, "Benjamini-Hochberg", BenjaminiHochberg(p)[i], want, 1e-15)
	}
	for i, want := range []float64{0.04, 0.16, math.NaN(), 0.12, 1} {
		near(t, "Bonferroni", Bonferroni(p)[i], want, 1e-15)
	}
}

func TestLineOfFewPoints(t *testing.T) {
	l := FitLine([]float64{1, 2, math.NaN()}, []float64{5, 7, 1})
	near(t, "R2 of two points", l.R2, 1, 1e-15)
	near(t, "slope", l.Slope, 2, 1e-15)
	near(t, "p of two points", l.P, math.NaN(), 0)
	if b := l.Band(3); len(b) != 3 || b[1].Y != 6 || !math.IsNaN(b[1].Low) {
		t.Errorf("band of two points: %v", b)
	}
	for _, x := range [][]float64{{1}, {2, 2, 2}, nil} {
		l := FitLine(x, make([]float64, len(x)))
		near(t, "R2 without a line", l.R2, math.NaN(), 0)
		if l.Band(80) != nil {
			t.Errorf("band of x = %v", x)
		}
	}
}

// Expected values are SciPy's gaussian_kde.
func TestDensity(t *testing.T) {
	v := []float64{0.1, 0.4, 0.45, 0.9, 1.7}
	f, err := Density1D(v, 0.5*0.6228964600958975, []float64{0, 0.5, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.44975585993876427, 0.7209692355773738, 0.3616729593747885,
		0.16159577956014626} {
		near(t, "density", f[i], want, 1e-13)
	}
	y := []float64{1, 0.5, 0.7, 0.2, -0.3}
	s, err := Density2D(v, y, KernelOf(v, y, 0.5), []float64{0.5, 1}, []float64{0.2, 0.5})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "density in 2-D", s.Z[1][0], 1.4791255432594523, 1e-12)
	near(t, "density in 2-D", s.Z[0][1], 0.9486847228989219, 1e-12)
	if _, err := Density1D([]float64{2, 2}, 0, []float64{1}); err == nil {
		t.Error("equal values: no error")
	}
	if _, err := Density2D(v, v, KernelOf(v, v, 0.5), []float64{0}, []float64{0}); err == nil {
		t.Error("points on a line: no error")
	}
}

// naive is the plain sum that Density2D shortens.
func naive(x, y []float64, k Kernel, gx, gy float64) float64 {
	det := k.XX*k.YY - k.XY*k.XY
	sum := 0.0
	for i := range x {
		dx, dy := gx-x[i], gy-y[i]
		sum += math.Exp(-0.5 * (k.YY*dx*dx - 2*k.XY*dx*dy + k.XX*dy*dy) / det)
	}
	return sum / (2 * math.Pi * float64(len(x)) * math.Sqrt(det))
}

func TestDensity2DAgreesWithPlainSum(t *testing.T) {
	x, y := cloud(500)
	k := KernelOf(x, y, 0.2)
	g := Grid(-3, 3, 41)
	s, err := Density2D(x, y, k, g, g)
	if err != nil {
		t.Fatal(err)
	}
	_, high := s.Extent()
	for j, gy := range g {
		for i, gx := range g {
			if want := naive(x, y, k, gx, gy); math.Abs(s.Z[j][i]-want) > 1e-11*high {
				t.Fatalf("at %v, %v: %v, want %v", gx, gy, s.Z[j][i], want)
			}
		}
	}
	levels := s.MassLevels(0.3, 0.6, 2)
	if !(levels[0] > levels[1] && levels[1] > levels[2]) || math.Abs(s.Mass()-1) > 0.02 {
		t.Errorf("levels %v, mass %v", levels, s.Mass())
	}
}

func cloud(n int) (x, y []float64) {
	rng := rand.New(rand.NewPCG(1, 0))
	for range n {
		a, b := rng.NormFloat64(), rng.NormFloat64()
		x, y = append(x, 0.8*a), append(y, 0.4*a+0.3*b)
	}
	return x, y
}

func TestBootstrap(t *testing.T) {
	x, _ := cloud(400)
	low, high := Bootstrap(x, Median, 2000, 0.9, 1)
	again, _ := Bootstrap(x, Median, 2000, 0.9, 1)
	if low != again || !(low < Median(x) && Median(x) < high) || high-low > 0.4 {
		t.Errorf("interval %v to %v around %v; again %v", low, high, Median(x), again)
	}
}

func TestHodgesLehmann(t *testing.T) {
	near(t, "shift", HodgesLehmann([]float64{1, 4, 6}, []float64{0, 1, 3}, 0), 3, 0)
	x, y := cloud(2000)
	shift := HodgesLehmann(x, y, 1)
	if shift != HodgesLehmann(x, y, 1) || math.Abs(shift-(Median(x)-Median(y))) > 0.1 {
		t.Errorf("shift of many: %v, medians %v", shift, Median(x)-Median(y))
	}
}

func BenchmarkDensity2D(b *testing.B) {
	x, y := cloud(10000)
	g := Grid(-2, 2, 220)
	for b.Loop() {
		if _, err := Density2D(x, y, KernelOf(x, y, 0.2), g, g); err != nil {
			b.Fatal(err)
		}
	}
}

// Terms that are left out do not change a bit of a density, near values and far from all.
func TestDensity1DLeavesOutWhatDoesNotShow(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 0))
	for _, n := range []int{1, 7, 3000} {
		v := make([]float64, n)
		for i := range v {
			v[i] = rng.NormFloat64()
			if i%10 == 9 {
				v[i] += 30
			}
		}
		slices.Sort(v)
		h, grid := 0.2, Grid(-9, 40, 500)
		got, err := Density1D(v, h, grid)
		if err != nil {
			t.Fatal(err)
		}
		for i, g := range grid {
			sum := 0.0
			for _, x := range v {
				z := (g - x) / h
				sum += math.Exp(-0.5 * z * z)
			}
			if want := 1 / (float64(n) * h * math.Sqrt(2*math.Pi)) * sum; got[i] != want {
				t.Fatalf("%d values: density at %v is %v, want %v", n, g, got[i], want)
			}
		}
	}
}
