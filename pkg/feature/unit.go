package feature

// Names of the features of a unit in tables of simulations and in x. The area's depends on the
// View.
const (
	PeakFeature   = "sync_height"
	TimingFeature = "IPSP_timing_of_trough"
	RateFeature   = "Firing_rates_mean"
)

// Names of the features that say how much of a group was seen: natural logarithms of its number
// of units and of their median counts.
const (
	LogUnits  = "log_n_units"
	LogCounts = "log_median_n_spikes"
)

// Positions of a unit's features in x and wherever four numbers describe a unit.
const (
	Area   = iota // trough area, inhibition positive, %
	Peak          // synchrony peak, %
	Timing        // trough latency, ms
	Rate          // discharge rate, spikes/s
)

// Feature is one measurement of a unit.
type Feature struct {
	Name  string  // in predictive checks and figures' files
	Label string  // for people
	Unit  string  // for people
	Scale float64 // from what a table holds (fractions, s, Hz) to Unit
}

// Units lists the features of a unit by position.
var Units = [4]Feature{
	Area:   {Name: "trough_area", Label: "trough area", Unit: "%", Scale: -percent},
	Peak:   {Name: "peak_height", Label: "synchrony peak", Unit: "%", Scale: percent},
	Timing: {Name: "IPSP_delay", Label: "trough latency", Unit: "ms", Scale: milliseconds},
	Rate:   {Name: "firing_rate", Label: "discharge rate", Unit: "spikes/s", Scale: 1},
}

const (
	percent      = 100  // per 1
	milliseconds = 1000 // per s
)

// Perspectives of a cross-histogram's row: of which side the unit is.
const (
	OthersAsReference = "other_MUs_as_ref"
	UnitAsReference   = "MU_as_ref"
)

// Directions of inhibition: received by the unit or given by it.
const (
	Inhibited  = "inhibited"
	Inhibiting = "inhibiting"
)

// Areas: as measured, or less what a histogram without inhibition shows.
const (
	RawArea       = "raw"
	CorrectedArea = "corrected"
)

// View says how a unit's cross-histogram is read.
type View struct {
	Perspective string // OthersAsReference or UnitAsReference
	Direction   string // Inhibited or Inhibiting
	Area        string // RawArea or CorrectedArea
}

// AreaName is the name of the area in tables of simulations and in x.
func (v View) AreaName() string {
	if v.Direction == Inhibiting {
		return "inhibiting_estimation_" + v.Area
	}
	return "inhibited_by_estimation_" + v.Area
}

// Turned is the view of the histogram's other side.
func (v View) Turned() View {
	v.Direction = map[string]string{Inhibited: Inhibiting, Inhibiting: Inhibited}[v.Direction]
	return v
}

// timingColumn is the trough's latency in a table of simulations: forward where the others are
// the reference and the unit receives, or the unit is and gives.
func (v View) timingColumn() string {
	if (v.Perspective == OthersAsReference) == (v.Direction == Inhibited) {
		return "delay_forward_IPSP"
	}
	return "delay_backward_IPSP"
}
