package folder

import (
	"testing"

	"example.org/renshaw/pkg/analysis"
)

// Variants follow from seed, simulation and number, lie within the simulation, and differ.
func TestVariants(t *testing.T) {
	var jobs []source
	for _, d := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		jobs = append(jobs, source{input: d + "/simulation_output.h5", output: d + "/out.h5"})
	}
	draw := func(seed uint64, durationS float64) (all []analysis.Params, names map[string]bool) {
		names = map[string]bool{}
		for _, j := range variants(jobs, Options{Variants: 5}) {
			p := analysis.Params{Seed: seed}
			j.own(&p, durationS)
			all, names[j.output] = append(all, p), true
		}
		return all, names
	}
	all, names := draw(3, 100)
	if len(all) != 40 || len(names) != 40 {
		t.Fatalf("%d variants in %d files", len(all), len(names))
	}
	lengths := map[float64]bool{}
	for _, p := range all {
		lengths[p.WindowS] = true
		if p.RandomSubset < 5 || p.RandomSubset > 30 || p.WindowS < 15 || p.WindowStartS < 0 ||
			p.WindowStartS+p.WindowS > 100 {
			t.Errorf("%d units, %v s from %v s", p.RandomSubset, p.WindowS, p.WindowStartS)
		}
	}
	if len(lengths) != 40 {
		t.Errorf("%d windows differ of 40", len(lengths))
	}
	again, _ := draw(3, 100)
	other, _ := draw(4, 100)
	if again[7] != all[7] || other[7].WindowS == all[7].WindowS {
		t.Error("variants do not follow from the seed alone")
	}
	short, _ := draw(3, 10)
	for _, p := range short {
		if p.WindowS != 10 || p.WindowStartS != 0 {
			t.Errorf("simulation of 10 s: %v s from %v s", p.WindowS, p.WindowStartS)
		}
	}
}
