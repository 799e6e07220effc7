package posteriors

import (
	"fmt"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/sbi/predictive"
)

// ConditionName is what figures call a condition: participant, muscle or pair, intensity
// ("S1 VL<-VM 10 %").
func ConditionName(c predictive.Condition) string {
	name := fmt.Sprintf("%s %g %%", canvas.Label(c.MusclePair), c.Intensity)
	if c.Subject != "" {
		name = c.Subject + " " + name
	}
	return name
}

// short is a parameter's name as an axis has room for it.
func short(name string) string {
	for long, s := range map[string]string{"excitatory_input_baseline": "baseline input", "disynpatic_inhib_connections_desired_MN_MN": "recurrent inhibition",
		"common_input_high_freq_middle_of_range": "middle of band", "common_input_high_freq_half_width_range": "half width of band", "common_input_std": "SD of second input",
		"excitatory_input_baseline_self": "baseline input", "disynpatic_inhib_connections_desired_MN_MN_other_pool": "inhibition by the other", "between_pool_excitatory_input_correlation": "shared input"} {
		if long == name {
			return s
		}
	}
	return name
}

// predictiveUnits are labels and units of the features of predictive checks.
var predictiveUnits = map[string][2]string{"trough_area": {"area of the trough", "%"}, "peak_height": {"height of the peak", "%"}, "firing_rate": {"discharge rate", "spikes/s"}, "IPSP_delay": {"time of the trough", "ms"}}

// FeatureLabel is what a feature of predictive checks (trough_area, peak_height, firing_rate,
// IPSP_delay) is called on an axis, without its unit.
func FeatureLabel(feature string) string { return predictiveUnits[feature][0] }
