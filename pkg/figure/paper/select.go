package paper

import (
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/figure/canvas"
)

// counts are rows after each filter.
type counts map[string]int

// directed keeps the rows of units as inhibited ones with all others as reference, and with
// mirrored only one of the two orders of a pair of muscles; it counts what is left.
func directed(f canvas.Frame, mirrored bool) (canvas.Frame, counts, error) {
	n := counts{"rows_in_file": len(f.Rows)}
	direction, err := f.Texts("direction")
	if err != nil {
		return f, nil, err
	}
	perspective, err := f.Texts("perspective")
	if err != nil {
		return f, nil, err
	}
	f = f.Keep(func(i int) bool {
		return direction[i] == feature.Inhibited && perspective[i] == feature.OthersAsReference
	})
	n["after_direction_perspective"] = len(f.Rows)
	if mirrored {
		pair, err := f.Texts("muscle_pair")
		if err != nil {
			return f, nil, err
		}
		f = f.Keep(func(i int) bool { return !feature.IsMirrorImage(pair[i], false) })
		n["after_pair_direction_removal"] = len(f.Rows)
	}
	return f, n, nil
}

// filtered applies the limits of counts and fits to directed rows, in this order.
func filtered(f canvas.Frame, n counts, spikes float64) (canvas.Frame, error) {
	limits := feature.DefaultLimits(spikes).Each()
	for _, l := range append(limits[2:], limits[:2]...) {
		v, err := f.Floats(l.Column)
		if err != nil {
			return f, err
		}
		f = f.Keep(func(i int) bool { return v[i] > l.Least })
		n["after_"+l.Column] = len(f.Rows)
	}
	return f, nil
}

// selected does both.
func selected(f canvas.Frame, spikes float64, mirrored bool) (canvas.Frame, counts, error) {
	f, n, err := directed(f, mirrored)
	if err != nil {
		return f, nil, err
	}
	f, err = filtered(f, n, spikes)
	return f, n, err
}
