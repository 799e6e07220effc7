package sbi

import (
	"slices"
	"sort"

	"example.org/renshaw/pkg/table"
)

// Exceeds is the probability that an independent draw of a is above one of b: the share
// of all pairs of draws, equal ones counted half. a and b hold at least one draw and no NaN.
func Exceeds(a, b []float64) float64 {
	sorted := slices.Clone(b)
	slices.Sort(sorted)
	sum := 0.0
	for _, v := range a {
		below := sort.SearchFloat64s(sorted, v)
		equal := sort.Search(len(sorted)-below, func(i int) bool { return sorted[below+i] > v })
		sum += float64(below) + float64(equal)/2
	}
	return sum / float64(len(a)) / float64(len(b))
}

// comparisons is the table of ComparisonsName: for every two conditions of a participant
// (of the group, if pooled) that share the muscle or the intensity, the probability that
// each parameter is larger in the first. Posteriors of two conditions are independent.
func (e *Estimator) comparisons(results []Inferred, pooled bool) *table.Table {
	t := &table.Table{Columns: []string{"muscle_pair_a", "intensity_a", "muscle_pair_b", "intensity_b", "parameter", "probability_a_above_b"}}
	if !pooled {
		t.Columns = append([]string{"subject"}, t.Columns...)
	}
	d := e.Flow.D()
	for i, a := range results {
		for _, b := range results[i+1:] {
			x, y := a.Observation, b.Observation
			if a.Err != nil || b.Err != nil || x.Subject != y.Subject || (x.MusclePair != y.MusclePair && x.Intensity != y.Intensity) {
				continue
			}
			for k, p := range e.Config.Theta {
				row := []string{x.MusclePair, table.Float(x.Intensity), y.MusclePair, table.Float(y.Intensity), p.Name,
					table.Float(Exceeds(parameterDraws(a.Posterior.Draws, k, d), parameterDraws(b.Posterior.Draws, k, d)))}
				if !pooled {
					row = append([]string{x.Subject}, row...)
				}
				t.Add(row...)
			}
		}
	}
	return t
}

// parameterDraws is entry k of every row of d numbers.
func parameterDraws(rows []float64, k, d int) []float64 {
	out := make([]float64, 0, len(rows)/d)
	for ; k < len(rows); k += d {
		out = append(out, rows[k])
	}
	return out
}
