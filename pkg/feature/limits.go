package feature

// Limits that a unit must exceed to count. The numbers are the study's; each comment says what a
// unit below the limit lacks.
const (
	// MinR2Base is the least R² of the fit of the baseline: below it the slow shape of the
	// histogram, on which peak and trough stand, is not described.
	MinR2Base = 0.1
	// MinR2Full is the least R² of the fit of baseline and peak: below it the histogram is
	// mostly counting noise.
	MinR2Full = 0.75
	// MinCountsExperiment is the least number of counts of a recording's histogram; a recording
	// is shorter than a simulation.
	MinCountsExperiment = 5000
	// MinCountsSimulation is the least number of counts of a simulation's histogram in the
	// study. Profile corrected filters both alike, so that an estimator meets recordings like
	// those it learned from.
	MinCountsSimulation = 10000
)

// Limits are strict lower limits of units that count.
type Limits struct {
	R2Base  float64 `yaml:"r2_base" json:"r2_base"`   // of the fit of the baseline
	R2Full  float64 `yaml:"r2_full" json:"r2_full"`   // of the fit of baseline and peak
	NSpikes float64 `yaml:"n_spikes" json:"n_spikes"` // counts of the histogram
	// MinUnits is how many units a group needs to count.
	MinUnits int `yaml:"min_units" json:"min_units"`
}

// DefaultLimits are the study's with counts as the least number of counts; a group of one unit
// counts.
func DefaultLimits(counts float64) Limits {
	return Limits{R2Base: MinR2Base, R2Full: MinR2Full, NSpikes: counts, MinUnits: 1}
}

// Limit is one of Limits with the name of its column.
type Limit struct {
	Column string  // r2_base, r2_full or n_spikes
	Least  float64 // a unit must exceed it
}

// Each lists the limits of a single unit in the order in which a unit is judged.
func (l Limits) Each() [3]Limit {
	return [3]Limit{{"r2_base", l.R2Base}, {"r2_full", l.R2Full}, {"n_spikes", l.NSpikes}}
}
