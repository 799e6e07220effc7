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
	return name + recordingOf(c)
}

// predictiveUnits are labels and units of the features of predictive checks.
var predictiveUnits = map[string][2]string{"trough_area": {"area of the trough", "%"},
	"peak_height": {"height of the peak", "%"}, "firing_rate": {"discharge rate", "spikes/s"},
	"IPSP_delay": {"time of the trough", "ms"}}

// FeatureLabel is what a feature of predictive checks (trough_area, peak_height, firing_rate,
// IPSP_delay) is called on an axis, without its unit.
func FeatureLabel(feature string) string { return predictiveUnits[feature][0] }
