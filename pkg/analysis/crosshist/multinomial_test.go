package crosshist

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording"
)

// logChoose is log n!/(k! (n-k)!) by the library's gamma function.
func logChoose(n, k float64) float64 {
	f := func(x float64) float64 { v, _ := math.Lgamma(x + 1); return v }
	return f(n) - f(k) - f(n-k)
}

func TestLogRelativeAgainstGamma(t *testing.T) {
	for _, n := range []float64{20, 100, 5000, 1e6} {
		for _, p := range []float64{0.5, 0.1, 10 / n} {
			m := math.Floor((n + 1) * p)
			for _, k := range []float64{0, 1, m - 1, m, m + 3, math.Min(2*m, n), n} {
				want := logChoose(n, k) - logChoose(n, m) + (k-m)*(math.Log(p)-math.Log1p(-p))
				if got := logRelative(n, m, p/(1-p), k); math.Abs(got-want) > 1e-9*math.Max(1, n*1e-2) {
					t.Errorf("n %v, p %v, k %v: %v, want %v", n, p, k, got, want)
				}
				if e := math.Exp(want); e > 1e-300 && accepted(e*(1+1e-6), n, p, k) ||
					!accepted(e*(1-1e-6), n, p, k) {
					t.Errorf("n %v, p %v, k %v: not accepted as its probability says", n, p, k)
				}
			}
		}
	}
}

// Every probability of small and large expectations: χ² over the values that are expected at least
// 20 times stays within 5 SD of its degrees of freedom.
func TestBinomialFollowsItsProbabilities(t *testing.T) {
	rng := rand.NewPCG(11, 12)
	const draws = 200000
	for _, c := range []struct{ n, p float64 }{{1, 0.3}, {7, 0.5}, {40, 0.02}, {100, 0.0999},
		{100, 0.11}, {30, 0.5}, {60000, 1.0 / 700}, {60000, 0.4}, {50, 0.93}, {5, 1}} {
		counts := map[float64]float64{}
		for range draws {
			counts[binomial(rng, c.n, c.p, math.Log1p(-c.p))]++
		}
		chi, terms := 0.0, 0.0
		for k := 0.0; k <= c.n; k++ {
			want := draws * math.Exp(logChoose(c.n, k)+k*math.Log(c.p)+(c.n-k)*math.Log1p(-c.p))
			if c.p == 1 {
				want = map[bool]float64{true: draws}[k == c.n]
			}
			if want > 20 {
				chi += (counts[k] - want) * (counts[k] - want) / want
				terms++
			}
		}
		if bound := terms + 5*math.Sqrt(2*terms); chi > bound {
			t.Errorf("n %v, p %v: χ² %.1f of %v values, at most %.1f is expected", c.n, c.p, chi, terms,
				bound)
		}
	}
}

// Counts of any two bins vary and go together as those of a multinomial distribution do:
// variance n π (1-π), covariance -n π π'.
func TestMultinomialCovariance(t *testing.T) {
	w := []float64{0.1, 0, 0.4, -1, 0.2, 0.3}
	const n, draws = 300, 20000
	s := NewMultinomial(w, 5, 6)
	sum := make([]float64, len(w))
	product := make([][]float64, len(w))
	for i := range product {
		product[i] = make([]float64, len(w))
	}
	for range draws {
		c := make([]float64, len(w))
		s.Draw(n, c)
		total := 0.0
		for i := range c {
			total += c[i]
			sum[i] += c[i] / draws
			for j := range c {
				product[i][j] += c[i] * c[j] / draws
			}
		}
		if total != n {
			t.Fatalf("%v spikes, want %v", total, n)
		}
	}
	for i := range w {
		for j := range w {
			pi, pj := math.Max(w[i], 0), math.Max(w[j], 0)
			want := -n * pi * pj
			if i == j {
				want = n * pi * (1 - pi)
			}
			if got := product[i][j] - sum[i]*sum[j]; math.Abs(got-want) > 0.05*n*(pi+pj)/2 {
				t.Errorf("covariance of bins %d and %d: %v, want %v", i, j, got, want)
			}
		}
	}
}

// expectedNull is the mean and the SD of an area of a null histogram of so many counts that the
// smoothed bins are Gaussian: with covariances S of the bins, E min(Z,0) = -σ/√(2π) and, for two
// bins of correlation ρ, E min(Z,0) min(Z',0) = σσ' (√(1-ρ²) + ρ (π/2 + asin ρ)) / 2π.
func expectedNull(baseline []float64, w [2]int, count, lowpassHz float64) (mean, sd float64) {
	bins := len(baseline)
	smoother := NewSmoother(recording.DefaultFsHz, lowpassHz, bins)
	total := pairwise(baseline)
	response := make([][]float64, bins) // of the smoothed bins to a count in bin k
	for k := range response {
		impulse := make([]float64, bins)
		impulse[k] = 1
		response[k] = make([]float64, bins)
		smoother.filter(impulse, response[k])
	}
	covariance := func(i, j int) float64 {
		var both, one, other float64
		for k, b := range baseline {
			pi := b / total
			both += pi * response[k][i] * response[k][j]
			one += pi * response[k][i]
			other += pi * response[k][j]
		}
		return (both - one*other) / count
	}
	square := 0.0
	for i := w[0]; i <= w[1]; i++ {
		si := math.Sqrt(covariance(i, i))
		mean -= si / math.Sqrt(2*math.Pi)
		for j := w[0]; j <= w[1]; j++ {
			sj := math.Sqrt(covariance(j, j))
			rho := math.Min(covariance(i, j)/(si*sj), 1)
			square += si * sj * (math.Sqrt(1-rho*rho) + rho*(math.Pi/2+math.Asin(rho))) / (2 * math.Pi)
		}
	}
	return mean, math.Sqrt(square - mean*mean)
}

// Mean and SD of the null areas: those of theory, for each sampler, within four standard errors
// and what smoothing and renormalising a curved baseline adds.
func TestNullDrawsAgainstTheory(t *testing.T) {
	testdata.Long(t)
	f, err := h5.Open("testdata/fit_cases.h5")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	y, _, err := f.Float64s("/prob/typical_trough_and_peak")
	if err != nil {
		t.Fatal(err)
	}
	fitter := NewFitter(NewAxis(2048), 0.02)
	ft, err := fitter.Fit(y)
	if err != nil {
		t.Fatal(err)
	}
	const count, draws = 60000, 2000
	baseline, _ := fitter.Curves(ft)
	total := pairwise(baseline) // the curves that are compared have a sum of 1
	ft.Params[bA], ft.Params[bC] = ft.Params[bA]/total, ft.Params[bC]/total
	for k := range baseline {
		baseline[k] /= total
	}
	for name, sampler := range map[string]func([]float64) Sampler{
		"alias":       func(w []float64) Sampler { return NewAlias(w, 1, 2) },
		"multinomial": func(w []float64) Sampler { return NewMultinomial(w, 1, 2) },
	} {
		null := fitter.NullDraws(ft, count, draws, 60, sampler)
		for side, at := range map[string][2]int{"forward": ft.Forward, "backward": ft.Backward} {
			areas := null.Forward
			if side == "backward" {
				areas = null.Backward
			}
			got := measured(areas)
			mean, sd := expectedNull(baseline, at, count, 60)
			report := fmt.Sprintf("%s, %s: mean %.4g (theory %.4g), SD %.4g (%.4g)", name, side,
				got.NullMean, mean, got.NullStd, sd)
			t.Log(report)
			if math.Abs(got.NullMean-mean) > 4*sd/math.Sqrt(draws)+0.01*math.Abs(mean) ||
				math.Abs(got.NullStd/sd-1) > 4/math.Sqrt(2*draws)+0.01 {
				t.Error(report)
			}
		}
	}
}

func measured(areas []float64) Side { return side(0, areas) }
