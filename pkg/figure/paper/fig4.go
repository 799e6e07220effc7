package paper

import (
	"errors"
	"fmt"
	"path/filepath"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/figure/posteriors"
	"example.org/renshaw/pkg/sbi/calibration"
	"example.org/renshaw/pkg/sbi/predictive"
)

// fig4 draws what the study has of both halves: simulations of known truth, and posterior
// predictive checks.
func fig4(s *Study) ([]canvas.Picture, error) {
	held, noHeld := heldOutPictures(s)
	if noHeld != nil && !errors.As(noHeld, new(*Missing)) {
		return nil, noHeld
	}
	checks, noChecks := checkPictures(s)
	if noChecks != nil && (noHeld != nil || !errors.As(noChecks, new(*Missing))) {
		return nil, noChecks
	}
	return append(held, checks...), nil
}

// heldOutPictures are those of the estimator on simulations of known truth.
func heldOutPictures(s *Study) ([]canvas.Picture, error) {
	draws, err := s.find(calibration.DrawsName, "heldout_posterior_draws.csv")
	if err != nil {
		return nil, err
	}
	truth, err := (&Study{Dir: filepath.Dir(draws)}).find(calibration.TruthName)
	if err != nil {
		return nil, err
	}
	h, err := calibration.ReadHeldOut(draws, truth)
	if err != nil {
		return nil, err
	}
	r, err := calibration.Judge(h, nil, s.Seed)
	if err != nil {
		return nil, err
	}
	centred, err := posteriors.ComputeCentred(r)
	if err != nil {
		return nil, err
	}
	slice, err := posteriors.ComputeSlice(h)
	if err != nil {
		return nil, err
	}
	joint, err := posteriors.ComputeJoint(h, s.Seed)
	if err != nil {
		return nil, err
	}
	density, coverage, resolution := posteriors.ComputeDensityMap(r), posteriors.ComputeCalibration(r),
		posteriors.ComputeResolution(r)
	out := []canvas.Picture{
		{Name: "fig4_accuracy", Canvas: density.Draw(), Data: density},
		{Name: "fig4_centred", Canvas: centred.Draw(), Data: centred},
		{Name: "fig4_slice", Canvas: slice.Draw(), Data: slice},
		{Name: "fig4_joint", Canvas: joint.Draw(), Data: joint},
		{Name: "fig4_calibration", Canvas: coverage.Draw(), Data: coverage},
		{Name: "fig4_resolution", Canvas: resolution.Draw(), Data: resolution},
	}
	if path, err := s.find(filepath.Join("estimator", "training.csv")); err == nil {
		t, err := posteriors.ComputeTrainingCurve(path)
		if err != nil {
			return nil, err
		}
		out = append(out, canvas.Picture{Name: "fig4_training", Canvas: t.Draw(), Data: t})
	}
	return out, nil
}

// checkPictures are those of the predictive checks.
func checkPictures(s *Study) ([]canvas.Picture, error) {
	checks, err := readChecks(s)
	if err != nil {
		return nil, err
	}
	var out []canvas.Picture
	histograms, err := histogramPicture(s, "fig4_predictive_histograms")
	if err != nil {
		return nil, err
	}
	if histograms != nil {
		out = append(out, *histograms)
	}
	for i, c := range checks {
		suffix := ""
		if i > 0 {
			suffix = fmt.Sprintf("_%d", i+1)
		}
		summary, images := posteriors.ComputePredictive(c), posteriors.ComputePredictiveImages(c)
		out = append(out, canvas.Picture{Name: "fig4_predictive" + suffix,
			Canvas: summary.Draw(s.Palette), Data: summary},
			canvas.Picture{Name: "fig4_predictive_columns" + suffix, Canvas: images.Draw(), Data: images},
			canvas.Picture{Name: "fig4_predictive_scatter" + suffix, Canvas: images.DrawScatter(s.Palette),
				Data: images})
		distances, err := posteriors.ComputeDistances(c)
		if err != nil {
			return nil, err
		}
		out = append(out, canvas.Picture{Name: "fig4_predictive_distances" + suffix,
			Canvas: distances.Draw(), Data: distances})
	}
	return out, nil
}

// histogramPicture draws the conditions of a predictive check whose recording and simulation
// are in the study; nil if there is none.
func histogramPicture(s *Study, name string) (*canvas.Picture, error) {
	sets, err := s.find(predictive.SetsName)
	if err != nil {
		return nil, nil // another program's check, without simulations
	}
	f, err := posteriors.ComputeHistogramCurves(s.Dir, sets)
	if err != nil || len(f.Panels) == 0 {
		return nil, err
	}
	return &canvas.Picture{Name: name, Canvas: f.Draw(s.Palette), Data: f}, nil
}
