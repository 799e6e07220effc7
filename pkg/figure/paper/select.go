package paper

import (
	"slices"

	"example.org/renshaw/pkg/figure/canvas"
)

// counts are rows after each filter.
type counts map[string]int

// Limits of the filters of units: counts in the cross-histogram, of simulations and of
// recordings, and the two R² of the fitted histogram.
const (
	simulationSpikes = 10000
	experimentSpikes = 5000
	leastR2Base      = 0.1
	leastR2Full      = 0.75
)

// directed keeps the rows of units as inhibited ones with all others as reference, and
// leaves out some pairs; it counts what is left.
func directed(f canvas.Frame, without ...string) (canvas.Frame, counts, error) {
	n := counts{"rows_in_file": len(f.Rows)}
	direction, err := f.Texts("direction")
	if err != nil {
		return f, nil, err
	}
	perspective, err := f.Texts("perspective")
	if err != nil {
		return f, nil, err
	}
	f = f.Keep(func(i int) bool { return direction[i] == "inhibited" && perspective[i] == "other_MUs_as_ref" })
	n["after_direction_perspective"] = len(f.Rows)
	if len(without) > 0 {
		pair, err := f.Texts("muscle_pair")
		if err != nil {
			return f, nil, err
		}
		f = f.Keep(func(i int) bool { return !slices.Contains(without, pair[i]) })
		n["after_pair_direction_removal"] = len(f.Rows)
	}
	return f, n, nil
}

// filtered applies the limits of counts and fits to directed rows, in this order.
func filtered(f canvas.Frame, n counts, spikes float64) (canvas.Frame, error) {
	for _, l := range []struct {
		column string
		above  float64
	}{{"n_spikes", spikes}, {"r2_base", leastR2Base}, {"r2_full", leastR2Full}} {
		v, err := f.Floats(l.column)
		if err != nil {
			return f, err
		}
		f = f.Keep(func(i int) bool { return v[i] > l.above })
		n["after_"+l.column] = len(f.Rows)
	}
	return f, nil
}

// selected does both.
func selected(f canvas.Frame, spikes float64, without ...string) (canvas.Frame, counts, error) {
	f, n, err := directed(f, without...)
	if err != nil {
		return f, nil, err
	}
	f, err = filtered(f, n, spikes)
	return f, n, err
}
