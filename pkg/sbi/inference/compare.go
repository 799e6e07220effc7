package inference

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"

	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/sbi"
)

// comparisons is the table of ComparisonsName: for every two conditions of a participant
// (of the group, if pooled) that share the muscle or the intensity, the probability that
// each parameter is larger in the first. Posteriors of two conditions are independent.
func comparisons(e *sbi.Estimator, results []Inferred, pooled bool) *table.Table {
	t := &table.Table{Columns: []string{"muscle_pair_a", "intensity_a", "muscle_pair_b", "intensity_b",
		"parameter", "probability_a_above_b"}}
	if !pooled {
		t.Columns = append([]string{"subject"}, t.Columns...)
	}
	each := eachRecording(results)
	if each {
		t.Columns = append(t.Columns, "recording_a", "recording_b")
	}
	d := e.Flow.D()
	for i, a := range results {
		for _, b := range results[i+1:] {
			x, y := a.Observation, b.Observation
			if a.Err != nil || b.Err != nil || x.Subject != y.Subject ||
				(x.MusclePair != y.MusclePair && x.Intensity != y.Intensity) {
				continue
			}
			for k, p := range e.Config.Theta {
				row := []string{x.MusclePair, table.Float(x.Intensity), y.MusclePair, table.Float(y.Intensity),
					p.Name,
					table.Float(stats.AllPairs(parameterDraws(a.Posterior.Draws, k, d),
						parameterDraws(b.Posterior.Draws, k, d)))}
				if !pooled {
					row = append([]string{x.Subject}, row...)
				}
				if each {
					row = append(row, x.Recording, y.Recording)
				}
				t.Add(row...)
			}
		}
	}
	return t
}

// eachRecording reports whether the conditions are single recordings.
func eachRecording(results []Inferred) bool {
	return slices.ContainsFunc(results,
		func(r Inferred) bool { return r.Observation.Recording != "" })
}

// parameterDraws is entry k of every row of d numbers.
func parameterDraws(rows []float64, k, d int) []float64 {
	out := make([]float64, 0, len(rows)/d)
	for ; k < len(rows); k += d {
		out = append(out, rows[k])
	}
	return out
}

// group gathers the participants' draws of one parameter under one condition.
type group struct {
	pair      string
	intensity float64
	names     []string    // participants
	draws     [][]float64 // of each
}

// groups sorts results by condition, in the order of their first appearance. Draws of several
// recordings of a participant are taken in turn: those of a recording taken at random.
func groups(e *sbi.Estimator, results []Inferred, parameter int) []*group {
	var out []*group
	of := map[*group][][][]float64{} // draws by participant and recording
	for _, r := range results {
		if r.Err != nil {
			continue
		}
		o := r.Observation
		i := slices.IndexFunc(out,
			func(g *group) bool { return g.pair == o.MusclePair && g.intensity == o.Intensity })
		if i < 0 {
			i = len(out)
			out = append(out, &group{pair: o.MusclePair, intensity: o.Intensity})
		}
		own := parameterDraws(r.Posterior.Draws, parameter, e.Flow.D())
		if k := slices.Index(out[i].names, o.Subject); k >= 0 && o.Recording != "" {
			of[out[i]][k] = append(of[out[i]][k], own)
			continue
		}
		out[i].names = append(out[i].names, o.Subject)
		of[out[i]] = append(of[out[i]], [][]float64{own})
	}
	for _, g := range out {
		for _, lists := range of[g] {
			g.draws = append(g.draws, inTurn(lists))
		}
	}
	return out
}

// inTurn takes an entry of every list, then the next of every list, as long as all have one.
func inTurn(lists [][]float64) []float64 {
	if len(lists) == 1 {
		return lists[0]
	}
	var out []float64
	for i := range shortest(lists) {
		for _, l := range lists {
			out = append(out, l[i])
		}
	}
	return out
}

// shortest is the smallest number of draws.
func shortest(lists [][]float64) int {
	n := len(lists[0])
	for _, l := range lists {
		n = min(n, len(l))
	}
	return n
}

// meanAndSpread are mean and sample SD over the lists, draw by draw: draws of the mean of
// these participants, and of the SD between them. Posteriors of participants are
// independent.
func meanAndSpread(lists [][]float64) (mean, sd []float64) {
	at := make([]float64, len(lists))
	for i := 0; i < shortest(lists); i++ {
		for k, l := range lists {
			at[k] = l[i]
		}
		m, s := stat.MeanStdDev(at, nil)
		mean, sd = append(mean, m), append(sd, s)
	}
	return mean, sd
}

// groupSummary is the table of GroupName: for every condition and parameter the posterior
// of the participants' mean (group_mean), of a participant taken at random (participant),
// and of the SD between participants (between_participant_sd; needs two).
func groupSummary(e *sbi.Estimator, results []Inferred) *table.Table {
	t := &table.Table{Columns: []string{"muscle_pair", "intensity", "parameter", "quantity",
		"participants", "q05", "q25", "median", "q75", "q95"}}
	for k, p := range e.Config.Theta {
		for _, g := range groups(e, results, k) {
			mean, sd := meanAndSpread(g.draws)
			add := func(quantity string, width float64, offset float64, draws []float64) {
				line := []string{g.pair, table.Float(g.intensity), p.Name, quantity, fmt.Sprint(len(g.names))}
				for _, q := range quantiles {
					line = append(line, table.Float(offset+width*signal.Percentile(draws, q)))
				}
				t.Add(line...)
			}
			add("group_mean", p.High-p.Low, p.Low, mean)
			add("participant", p.High-p.Low, p.Low, slices.Concat(g.draws...))
			if len(g.names) > 1 {
				add("between_participant_sd", p.High-p.Low, 0, sd)
			}
		}
	}
	return t
}

// groupComparisons is the table of GroupComparisonsName: for every two conditions that
// share the muscle or the intensity, the probability that a parameter is larger in the
// first, on average over the participants who have both.
func groupComparisons(e *sbi.Estimator, results []Inferred) *table.Table {
	t := &table.Table{Columns: []string{"muscle_pair_a", "intensity_a", "muscle_pair_b", "intensity_b",
		"parameter", "participants", "probability_a_above_b"}}
	for k, p := range e.Config.Theta {
		groups := groups(e, results, k)
		for i, a := range groups {
			for _, b := range groups[i+1:] {
				if a.pair != b.pair && a.intensity != b.intensity {
					continue
				}
				var inA, inB [][]float64
				for j, name := range a.names {
					if l := slices.Index(b.names, name); l >= 0 {
						inA, inB = append(inA, a.draws[j]), append(inB, b.draws[l])
					}
				}
				if len(inA) == 0 {
					continue
				}
				meanA, _ := meanAndSpread(inA)
				meanB, _ := meanAndSpread(inB)
				t.Add(a.pair, table.Float(a.intensity), b.pair, table.Float(b.intensity), p.Name,
					fmt.Sprint(len(inA)), table.Float(stats.AllPairs(meanA, meanB)))
			}
		}
	}
	return t
}
