package paper

import (
	"errors"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/figure/recordings"
	"example.org/renshaw/pkg/sbi/predictive"
)

// secondary draws the units one by one, and where the recordings lie among the training
// simulations.
func secondary(s *Study) ([]canvas.Picture, error) {
	var out []canvas.Picture
	path, errUnits := s.find(experimentTables...)
	if errUnits == nil {
		for _, v := range []string{"received", "peak_height", "trough_timing", "firing_rate"} {
			f, err := ComputeUnitDots(path, v, s.Mirrored, s.Seed)
			if err != nil {
				return nil, err
			}
			out = append(out, canvas.Picture{Name: "secondary_units_" + v, Canvas: f.Draw(s.Palette),
				Data: f})
		}
	}
	forces, err := forcePictures(s)
	if err != nil {
		return nil, err
	}
	out = append(out, forces...)
	checks, err := readChecks(s)
	if err != nil && !errors.As(err, new(*Missing)) {
		return nil, err
	}
	if err == nil && len(checks[0].Prior) > 2 {
		for k, statistic := range predictive.Statistics {
			f := ComputeCoverage(checks[0], k)
			out = append(out, canvas.Picture{Name: "secondary_coverage_" + statistic,
				Canvas: f.Draw(s.Palette), Data: f})
		}
	}
	if len(out) == 0 {
		return nil, errUnits
	}
	return out, nil
}

// forcePictures are those of the forces, of the tables that are there.
func forcePictures(s *Study) ([]canvas.Picture, error) {
	var out []canvas.Picture
	if path, err := s.find(recordings.ForceVariabilityName); err == nil {
		f, err := recordings.ComputeForceVariability(path)
		if err != nil {
			return nil, err
		}
		out = append(out, canvas.Picture{Name: "secondary_force_variability", Canvas: f.Draw(), Data: f})
	}
	if path, err := s.find(recordings.ForceSpectraName); err == nil {
		f, err := recordings.ComputeForceSpectra(path)
		if err != nil {
			return nil, err
		}
		out = append(out, canvas.Picture{Name: "secondary_force_spectra", Canvas: f.Draw(), Data: f})
	}
	return out, nil
}
