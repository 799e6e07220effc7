package sbi

import (
	"slices"

	"example.org/renshaw/pkg/feature"
)

// Inside is the support of the estimator's prior inside the unit box: the box, or what the
// band of the training simulations leaves of it. nil: the box.
func (e *Estimator) Inside() func(row []float64) bool {
	if e.Config.Spec == nil || e.Config.Spec.Band == nil {
		return nil
	}
	at := func(name string) int {
		return slices.IndexFunc(e.Config.Theta, func(p feature.Parameter) bool { return p.Name == name })
	}
	m, h := at("common_input_high_freq_middle_of_range"), at("common_input_high_freq_half_width_range")
	if m < 0 || h < 0 {
		return nil
	}
	b := e.Config.Spec.Band
	return func(row []float64) bool {
		const slack = 1e-9 // Hz, for rounding
		pm, ph := e.Config.Theta[m], e.Config.Theta[h]
		middle, half := pm.Low+row[m]*(pm.High-pm.Low), ph.Low+row[h]*(ph.High-ph.Low)
		return middle-half >= -slack && middle-half <= b.LowMax+slack && middle+half <= b.Max+slack
	}
}

func inBox(row, low, high []float64) bool {
	for i, v := range row {
		if !(v >= low[i] && v <= high[i]) {
			return false
		}
	}
	return true
}
