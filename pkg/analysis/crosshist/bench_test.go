package crosshist

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"example.org/renshaw/pkg/file/h5"
)

func trains(n, spikes int) [][]float64 {
	rng := rand.New(rand.NewPCG(5, 6))
	out := make([][]float64, n)
	for i := range out {
		out[i] = randomTrain(rng, spikes, 0.1)
	}
	return out
}

// Bar: at most 15 µs and no allocation.
func BenchmarkPair1000x1000(b *testing.B) {
	a, u := NewAxis(2048), trains(64, 1000) // many trains, so that branches cannot be learnt
	counts := make([]int32, a.Bins())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		a.AddPair(u[i%64], u[(i*7+1)%64], counts)
	}
}

// Bar: at most 0.2 s on one core.
func BenchmarkPool100Units(b *testing.B) {
	a, u := NewAxis(2048), trains(100, 1000)
	b.ReportAllocs()
	for b.Loop() {
		a.Pool(u, u, true)
	}
}

// Bar: at most 14 ms per histogram (SciPy: 33 to 74 ms), here by formulas and by differences.
func BenchmarkSmoothFitFeatures(b *testing.B) {
	f, err := h5.Open("testdata/fit_cases.h5")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	a := NewAxis(2048)
	s, fitter := NewSmoother(2048, 60, a.Bins()), NewFitter(a, 0.02)
	for _, name := range []string{"typical_trough_and_peak", "peak_only", "few_counts_1000"} {
		h, _, err := f.Float64s("/hist/" + name)
		if err != nil {
			b.Fatal(err)
		}
		y := make([]float64, len(h))
		for _, way := range []string{"formulas", "differences"} {
			b.Run(name+"-"+way, func(b *testing.B) {
				b.ReportAllocs()
				fitter.ByDifferences = way == "differences"
				for b.Loop() {
					s.Curve(h, y)
					ft, err := fitter.Fit(y)
					if err != nil {
						b.Fatal(err)
					}
					fitter.Measure(ft, y, 10000, 0, nil)
				}
			})
		}
	}
}

// 100 null draws of 10,000 and of 60,000 spikes with each sampler.
func BenchmarkNullDraws(b *testing.B) {
	f, err := h5.Open("testdata/fit_cases.h5")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	y, _, err := f.Float64s("/prob/typical_trough_and_peak")
	if err != nil {
		b.Fatal(err)
	}
	fitter := NewFitter(NewAxis(2048), 0.02)
	ft, err := fitter.Fit(y)
	if err != nil {
		b.Fatal(err)
	}
	for name, sampler := range map[string]func([]float64) Sampler{
		"inversion":   func(w []float64) Sampler { return NewInversion(w, 1) },
		"alias":       func(w []float64) Sampler { return NewAlias(w, 1, 2) },
		"multinomial": func(w []float64) Sampler { return NewMultinomial(w, 1, 2) },
	} {
		for _, count := range []int{10000, 60000} {
			b.Run(fmt.Sprintf("%s-%d", name, count), func(b *testing.B) {
				for b.Loop() {
					fitter.NullDraws(ft, count, 100, 60, sampler)
				}
			})
		}
	}
}
