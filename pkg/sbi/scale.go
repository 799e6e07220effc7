package sbi

import "slices"

// FeatureScale are mean and sample SD of a feature over the training rows, by which it
// is standardised before the summary statistics.
type FeatureScale struct {
	Feature string  `json:"feature"` // name
	Mean    float64 `json:"mu"`      // in the feature's unit, as SD
	SD      float64 `json:"sigma"`
}

// ScaleFor is the scale of a feature; one that is not standardised keeps its values.
func ScaleFor(scale []FeatureScale, feature string) FeatureScale {
	if i := slices.IndexFunc(scale,
		func(f FeatureScale) bool { return f.Feature == feature }); i >= 0 {
		return scale[i]
	}
	return FeatureScale{feature, 0, 1}
}

// Standard is a value in SD from the mean.
func (f FeatureScale) Standard(v float64) float64 { return (v - f.Mean) / f.SD }
