package analysis

import (
	"fmt"
	"math"

	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/run/profile"
)

// Params are the options of an analysis, under the names of the study. Shipped
// gives the defaults for a kind of recording.
type Params struct {
	// OutputName is the suffix of the output file.
	OutputName string `yaml:"analysis_output_name" json:"analysis_output_name"`
	// IsSimulation is auto, true or false.
	IsSimulation Kind `yaml:"is_simulation" json:"is_simulation"`
	// Profile is corrected or paper.
	Profile profile.Name `yaml:"profile" json:"profile"`
	// Seed of subsets, null draws and shuffles.
	Seed uint64 `yaml:"seed" json:"seed"`

	// units per pool, 0 = all
	RandomSubset int `yaml:"select_random_subset_of_MUs_per_pool_for_analyses" json:"select_random_subset_of_MUs_per_pool_for_analyses"`
	// Observed part of a simulation: WindowS seconds from WindowStartS on (of the duration
	// without margins); 0 is all.
	WindowStartS float64 `yaml:"analysis_window_start" json:"analysis_window_start"`   // s
	WindowS      float64 `yaml:"analysis_window_length" json:"analysis_window_length"` // s

	// RemoveDiscontinuous leaves out simulated neurons that pause for longer than DiscontinuousS.
	RemoveDiscontinuous bool `yaml:"remove_discontinuous_MNs" json:"remove_discontinuous_MNs"`
	// DiscontinuousS is the longest interval of a continuous discharge, s.
	DiscontinuousS float64 `yaml:"ISI_above_which_MNs_are_considered_discontinuous" json:"ISI_above_which_MNs_are_considered_discontinuous"`

	// FiringRates measures the rates of all cells of a simulation.
	FiringRates bool `yaml:"get_firing_rates" json:"get_firing_rates"`
	// FiringFigures draws them.
	FiringFigures bool `yaml:"firing_rates_output_figures" json:"firing_rates_output_figures"`
	// GroundTruth computes the effective inhibition of a simulation.
	GroundTruth bool `yaml:"get_ground_truth_RI_connectivity" json:"get_ground_truth_RI_connectivity"`
	// GroundTruthFigures draws it.
	GroundTruthFigures bool `yaml:"ground_truth_RI_connectivity_output_figures" json:"ground_truth_RI_connectivity_output_figures"`
	// GraphTheory computes the graph measures of a simulation's connections.
	GraphTheory bool `yaml:"get_graph_theory_connectivity_measures" json:"get_graph_theory_connectivity_measures"`
	// GraphFigures draws them.
	GraphFigures bool `yaml:"graph_theory_output_figures" json:"graph_theory_output_figures"`

	// CrossHistograms measures the cross-histograms of every ordered pair of pools.
	CrossHistograms bool `yaml:"get_cross_histogram_measures" json:"get_cross_histogram_measures"`
	// Directions is all, or inhibited: all that inference needs, in a third of the time.
	Directions string `yaml:"cross_histogram_directions" json:"cross_histogram_directions"`
	// IgnoreHomonymous leaves out pairs of a pool with itself.
	IgnoreHomonymous bool `yaml:"cross_histogram_ignore_homonymous_pool" json:"cross_histogram_ignore_homonymous_pool"`
	// IgnoreHeteronymous leaves out pairs of different pools.
	IgnoreHeteronymous bool `yaml:"cross_histogram_ignore_heteronymous_pool" json:"cross_histogram_ignore_heteronymous_pool"`
	// HistogramKind is normalized or raw.
	HistogramKind string `yaml:"cross_histogram_measures_histogram_kind" json:"cross_histogram_measures_histogram_kind"`
	// LowpassHz is the cut-off of the histograms' smoothing, Hz.
	LowpassHz float64 `yaml:"cross_histogram_measures_lowpass_filter_prob_dist" json:"cross_histogram_measures_lowpass_filter_prob_dist"`
	// MinSpikes is the number of counts below which a histogram is not fitted.
	MinSpikes float64 `yaml:"cross_histogram_measures_min_spikes" json:"cross_histogram_measures_min_spikes"`
	// MinR2 is the least R² of baseline and peak; below it features are NaN.
	MinR2 float64 `yaml:"cross_histogram_measures_min_r2" json:"cross_histogram_measures_min_r2"`
	// MinPlateauS is the least width of the fitted trapezoid's top, s.
	MinPlateauS float64 `yaml:"cross_histogram_measures_min_plateau" json:"cross_histogram_measures_min_plateau"`
	// NullDraws is the number of histograms without trough that every row is compared with.
	NullDraws int `yaml:"cross_histogram_measures_null_distrib_nb_iter" json:"cross_histogram_measures_null_distrib_nb_iter"`
	// CrossFigures draws every histogram.
	CrossFigures bool `yaml:"cross_histogram_output_figures" json:"cross_histogram_output_figures"`
	// SaveCurves writes the smoothed curves into the output file.
	SaveCurves bool `yaml:"cross_histogram_save_cross_hists" json:"cross_histogram_save_cross_hists"`

	// Coherence measures the coherence of cumulative spike trains of a simulation.
	Coherence        bool    `yaml:"get_coherence" json:"get_coherence"`
	CoherenceWindowS float64 `yaml:"coherence_window_length" json:"coherence_window_length"` // s
	// CoherenceOverlap is the share of a window that the next one covers, 0 to below 1.
	CoherenceOverlap float64 `yaml:"coherence_windows_overlap" json:"coherence_windows_overlap"`
	// CoherenceUpsampling is the length of the Fourier transform in windows.
	CoherenceUpsampling int `yaml:"coherence_upsampling_frequency_resolution" json:"coherence_upsampling_frequency_resolution"`
	// CoherenceMaxHz is where the curves end, Hz, excluded.
	CoherenceMaxHz float64 `yaml:"coherence_max_freq" json:"coherence_max_freq"`
	// CoherenceIterations is the number of draws of single units, divided by n for groups of n.
	CoherenceIterations int `yaml:"coherence_calc_max_iteration_nb_per_group_size" json:"coherence_calc_max_iteration_nb_per_group_size"`
	// CoherenceWithInput adds the coherence with the simulation's common input.
	CoherenceWithInput bool `yaml:"coherence_between_CST_and_common_input" json:"coherence_between_CST_and_common_input"`
	// CoherenceFigures draws the curves.
	CoherenceFigures bool `yaml:"coherence_output_figures" json:"coherence_output_figures"`
}

// Kind tells simulations from experiments.
type Kind string

// Kinds. Auto takes a file with simulation parameters for a simulation.
const (
	Auto       Kind = "auto"
	Simulation Kind = "true"
	Experiment Kind = "false"
)

// Shipped returns the configuration that the study shipped for simulations or for
// experiments, in the corrected profile.
func Shipped(simulation bool) Params {
	p := Params{
		IsSimulation: Auto, Profile: profile.CorrectedName, DiscontinuousS: 0.5,
		FiringRates: true, FiringFigures: true, GroundTruth: true, GroundTruthFigures: true,
		GraphFigures:    true,
		CrossHistograms: true, Directions: "all", HistogramKind: "normalized", LowpassHz: 60,
		MinSpikes: 1000, MinPlateauS: 0.02, SaveCurves: true,
		Coherence: true, CoherenceWindowS: 1, CoherenceOverlap: 0.5, CoherenceUpsampling: 2,
		CoherenceMaxHz:      150,
		CoherenceIterations: 100, CoherenceWithInput: true, CoherenceFigures: true,
	}
	if !simulation {
		p.FiringRates, p.GroundTruth, p.Coherence = false, false, false
		p.NullDraws = 100
	}
	return p
}

// Validate names the option and the value that cannot work.
func (p Params) Validate() error {
	if _, err := profile.For(p.Profile); err != nil {
		return err
	}
	bad := func(name string, v any, want string) error {
		return fmt.Errorf("%s: %v; %s", name, v, want)
	}
	switch {
	case p.IsSimulation != Auto && p.IsSimulation != Simulation && p.IsSimulation != Experiment:
		return bad("is_simulation", p.IsSimulation, "true, false or auto is expected")
	case p.RandomSubset < 0:
		return bad("select_random_subset_of_MUs_per_pool_for_analyses", p.RandomSubset,
			"0 (all) or a number of units is expected")
	case !(p.WindowS >= 0 && p.WindowStartS >= 0):
		return bad("analysis_window_start, analysis_window_length", [2]float64{p.WindowStartS, p.WindowS},
			"0 or more seconds are expected")
	case p.Directions != "all" && p.Directions != "inhibited":
		return bad("cross_histogram_directions", p.Directions, "all or inhibited is expected")
	case !(p.DiscontinuousS > 0):
		return bad("ISI_above_which_MNs_are_considered_discontinuous", p.DiscontinuousS,
			"a positive number of seconds is expected")
	case p.HistogramKind != "normalized" && p.HistogramKind != "raw":
		return bad("cross_histogram_measures_histogram_kind", p.HistogramKind,
			"normalized or raw is expected")
	case !(p.LowpassHz > 0 && p.LowpassHz < 1e4):
		return bad("cross_histogram_measures_lowpass_filter_prob_dist", p.LowpassHz,
			"a positive frequency in Hz is expected")
	case !(p.MinSpikes >= 0):
		return bad("cross_histogram_measures_min_spikes", p.MinSpikes,
			"a number of counts from 0 is expected")
	case math.IsNaN(p.MinR2) || p.MinR2 > 1:
		return bad("cross_histogram_measures_min_r2", p.MinR2, "a number up to 1 is expected")
	case !(p.MinPlateauS > 0 && p.MinPlateauS < 0.4):
		return bad("cross_histogram_measures_min_plateau", p.MinPlateauS,
			"between 0 and 0.4 s is expected")
	case p.NullDraws < 0 || p.NullDraws > 1e6:
		return bad("cross_histogram_measures_null_distrib_nb_iter", p.NullDraws,
			"0 to 1000000 is expected")
	}
	if _, where := atomicfile.Finite(p); len(where) > 0 {
		return fmt.Errorf("%s: a finite number is expected", where[0])
	}
	return nil
}
