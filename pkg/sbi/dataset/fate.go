package dataset

import "example.org/renshaw/pkg/sbi"

// Fate is what becomes of a unit of an experiment under a spec: Reason names the filter
// that leaves it out, "" if it counts.
type Fate struct {
	Subject    string  // participant
	MusclePair string  // A<->B
	Intensity  float64 // % MVC
	Recording  string  // "" if not known
	Counts     float64 // of its cross-histogram
	Reason     string
}

// ExperimentFates tells for every unit of an experiment's table, in the spec's perspective
// and direction, whether it counts.
func ExperimentFates(s *sbi.Spec, path string) ([]Fate, error) {
	var out []Fate
	err := EachExperimentRow(s, path, nil, Grouping{}, func(u Row, o Observation, reason string) {
		if o.MusclePair != "" {
			out = append(out, Fate{o.Subject, o.MusclePair, o.Intensity, u.recording, u.NSpikes, reason})
		}
	})
	return out, err
}
