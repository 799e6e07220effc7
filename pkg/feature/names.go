package feature

// Names of the features of a unit, in the order of x. The area's depends on the spec.
const (
	PeakFeature   = "sync_height"
	TimingFeature = "IPSP_timing_of_trough"
	RateFeature   = "Firing_rates_mean"
)

// SelfParameters are parameters of the unit's own pool that the pair case takes as
// features.
var SelfParameters = []string{"disynpatic_inhib_connections_desired_MN_MN_self", "common_input_high_freq_middle_of_range_self",
	"common_input_high_freq_half_width_range_self", "common_input_std_self"}

// Names of the features that tell how much a group was seen (Spec.CountFeatures).
const (
	LogUnits  = "log_n_units"
	LogCounts = "log_median_n_spikes"
)

// Cases of inference.
const (
	Single = "single" // recurrent inhibition within a muscle
	Pair   = "pair"   // from one muscle to another
)
