package dataset

import (
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/sbi"
)

// Unit is a unit of a table that passed the filters of a spec.
type Unit struct {
	Group      string  // of a simulation: name|pair of pools
	Subject    string  // of an experiment
	MusclePair string  // A<->B, of an experiment
	Intensity  float64 // % MVC, of an experiment
	Recording  string  // of an experiment whose recordings are taken one by one
	Area       float64 // % (inhibition is positive)
	Peak       float64 // %
	Timing     float64 // of the trough, ms
	Rate       float64 // spikes/s
}

// SimulationUnits reads the units of a table of simulations. backward takes area and time
// of the trough on the other side of the histogram.
func SimulationUnits(s *sbi.Spec, path string, backward bool) ([]Unit, sbi.Dropped, error) {
	t, err := table.Read(path)
	if err != nil {
		return nil, nil, err
	}
	dropped := sbi.Dropped{}
	rows, err := simulationRows(s, t, path, backward, dropped, "")
	if err != nil {
		return nil, nil, err
	}
	var out []Unit
	for _, r := range rows {
		out = append(out, unitOf(r.values, Unit{Group: r.group}))
	}
	return out, dropped, nil
}

// ExperimentUnits reads the units of an experiment's table; what makes a condition says what is
// known of them.
func ExperimentUnits(s *sbi.Spec, path string, by Grouping) ([]Unit, sbi.Dropped, error) {
	rows, conditions, dropped, err := experimentRows(s, path, nil, by)
	if err != nil {
		return nil, nil, err
	}
	var out []Unit
	for _, r := range rows {
		o := conditions[r.group]
		out = append(out, unitOf(r.values,
			Unit{Subject: o.Subject, MusclePair: o.MusclePair, Intensity: o.Intensity,
				Recording: o.Recording}))
	}
	return out, dropped, nil
}

func unitOf(v []float64, u Unit) Unit {
	u.Area, u.Peak = v[feature.Area], v[feature.Peak]
	u.Timing, u.Rate = v[feature.Timing], v[feature.Rate]
	return u
}
