package feature

// Limits are strict lower limits of rows that count.
type Limits struct {
	R2Base  float64 `yaml:"r2_base" json:"r2_base"`
	R2Full  float64 `yaml:"r2_full" json:"r2_full"`
	NSpikes float64 `yaml:"n_spikes" json:"n_spikes"`
	// MinUnits is how many units a group needs to count.
	MinUnits int `yaml:"min_units" json:"min_units"`
}
