package process

import (
	"fmt"
	"slices"

	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/run/profile"
)

// forceAuto chooses the force among the candidates (Config.Force).
const forceAuto = "auto"

// Config is everything that changes reading and processing; it is what convert.yaml holds. Readers
// and the checks of what they read use Unedited, Strict, Muscles, MuscleMap, Times, KeepDuplicates,
// AllowImplausible and ChannelsPerGrid; Plateaus names a file whose content Process finds in
// recording.Raw; IntensityMVC and Sessions make the recording.Name.
type Config struct {
	// Profile is corrected or paper.
	Profile profile.Name `yaml:"profile" json:"profile"`
	// Polarity is the orientation of the force; empty: auto (corrected), rising_time (paper).
	Polarity Polarity `yaml:"polarity" json:"polarity"`
	Unedited bool     `yaml:"unedited" json:"unedited"` // accept files without edition
	Realign  bool     `yaml:"realign" json:"realign"`   // move discharges to the onset of the action potential
	Strict   bool     `yaml:"strict" json:"strict"`     // unsorted or repeated discharges are errors
	Muscles  string   `yaml:"muscles" json:"muscles"`   // muscle group, instead of the one in the file name
	// IntensityMVC is the intensity (% MVC) of all inputs, instead of those in their names.
	IntensityMVC float64 `yaml:"intensity" json:"intensity"`
	Sessions     string  `yaml:"sessions" json:"sessions"` // CSV file that overrides the names
	Plateaus     string  `yaml:"plateaus" json:"plateaus"` // CSV file with start_s,end_s instead of detection
	Force        string  `yaml:"force" json:"force"`       // auto, row, path, target or an auxiliary channel

	// Times says how discharge times are to be read, against what the format says.
	Times recording.Times `yaml:"times" json:"times"`
	// KeepDuplicates keeps units that are there twice.
	KeepDuplicates bool `yaml:"keep_duplicates" json:"keep_duplicates"`
	// AllowImplausible turns errors about what cannot be into warnings.
	AllowImplausible bool `yaml:"allow_implausible" json:"allow_implausible"`

	MuscleMap recording.MuscleMap `yaml:"muscle_map" json:"muscle_map"` // group: muscle of each grid

	// ChannelsPerGrid is the number of electrodes of each grid; 0: as the file says.
	ChannelsPerGrid int `yaml:"channels_per_grid" json:"channels_per_grid"`
	// WindowS is half the width of the average of the action potential, s.
	WindowS           float64 `yaml:"action_potential_window_s" json:"action_potential_window_s"`
	OnsetSD           float64 `yaml:"onset_sd" json:"onset_sd"`                       // threshold of the onset, SD of the noise
	PolarityLowpassHz float64 `yaml:"polarity_lowpass_hz" json:"polarity_lowpass_hz"` // of the force, for rising_time
	PolarityEpsilon   float64 `yaml:"polarity_epsilon" json:"polarity_epsilon"`       // smallest slope, SD per sample
	ForceEdgeS        float64 `yaml:"force_edge_s" json:"force_edge_s"`               // set to rest at both ends, s
	SmoothingS        float64 `yaml:"force_smoothing_s" json:"force_smoothing_s"`     // moving average of the force, s
	SlopeSmoothingS   float64 `yaml:"slope_smoothing_s" json:"slope_smoothing_s"`     // moving average of its slope, s
	MinPlateauS       float64 `yaml:"min_plateau_s" json:"min_plateau_s"`             // shorter plateaus are left out, s
	// RecruitmentLowpassHz is for the force at recruitment.
	RecruitmentLowpassHz float64 `yaml:"recruitment_lowpass_hz" json:"recruitment_lowpass_hz"`
	RampS                float64 `yaml:"ramp_s" json:"ramp_s"`                         // searched before a plateau, s
	RampSlope            float64 `yaml:"ramp_slope" json:"ramp_slope"`                 // standardised slope that counts as rising
	RampShare            float64 `yaml:"ramp_share" json:"ramp_share"`                 // share of the ramp that must rise
	MaxGapS              float64 `yaml:"isi_gap_limit_s" json:"isi_gap_limit_s"`       // longer silence: no rate, s
	MinUnitShare         float64 `yaml:"min_share_of_units" json:"min_share_of_units"` // of SelectPlateaus
	RateWindowS          float64 `yaml:"rate_window_s" json:"rate_window_s"`           // Hann window of the smoothed rate, s
	PSDMaxHz             float64 `yaml:"force_psd_max_hz" json:"force_psd_max_hz"`     // spectrum of the force up to here
	PSDBins              int     `yaml:"force_psd_bins" json:"force_psd_bins"`         // its intervals
	// LegacyPSDLabels names the columns of the spectrum as the original did, by two thirds of the
	// true frequency.
	LegacyPSDLabels bool `yaml:"legacy_force_psd_labels" json:"legacy_force_psd_labels"`
}

// Default is the corrected profile with the study's constants.
func Default() Config {
	return Config{
		Profile: profile.CorrectedName, Realign: true, Force: forceAuto,
		MuscleMap: recording.DefaultMuscleMap(),
		WindowS:   0.040, OnsetSD: 6, PolarityLowpassHz: 2.5, PolarityEpsilon: 1e-4,
		ForceEdgeS: 2, SmoothingS: 1, SlopeSmoothingS: 3, MinPlateauS: 5, RecruitmentLowpassHz: 1,
		RampS: 7, RampSlope: 0.05, RampShare: 0.5, MaxGapS: 1, MinUnitShare: 0.5,
		RateWindowS: 0.4, PSDMaxHz: 15, PSDBins: 60,
	}
}

// Effective fills what depends on the profile and validates; errors name the key of convert.yaml,
// its value and what is possible.
func (c Config) Effective() (Config, profile.Quirks, error) {
	q, err := profile.For(c.Profile)
	if err != nil {
		return c, q, err
	}
	if c.Profile == "" {
		c.Profile = profile.CorrectedName
	}
	if c.Polarity == "" {
		c.Polarity = PolarityAuto
		if q.RisingTimePolarity {
			c.Polarity = PolarityRisingTime
		}
	}
	if c.Force == "" {
		c.Force = forceAuto
	}
	return c, q, c.validate()
}

func (c Config) validate() error {
	known := []Polarity{PolarityAuto, PolarityRisingTime, PolarityAsRecorded, PolarityInverted}
	if !slices.Contains(known, c.Polarity) {
		return fmt.Errorf("polarity: %q is unknown; use auto, rising_time, as_recorded or inverted",
			c.Polarity)
	}
	if c.IntensityMVC != 0 {
		if err := recording.CheckIntensity(c.IntensityMVC); err != nil {
			return fmt.Errorf("intensity: %w", err)
		}
	}
	if c.ChannelsPerGrid < 0 || c.ChannelsPerGrid > 1024 {
		return fmt.Errorf("channels_per_grid: %d; 1 to 1024 are possible, or 0 for what the file says",
			c.ChannelsPerGrid)
	}
	if err := c.Times.Check(); err != nil {
		return err
	}
	if c.PSDBins < 1 || c.PSDBins > 100000 {
		return fmt.Errorf("force_psd_bins: %d; 1 to 100000 are possible", c.PSDBins)
	}
	for _, p := range []struct {
		name string
		v    float64
	}{
		{"action_potential_window_s", c.WindowS}, {"onset_sd", c.OnsetSD},
		{"polarity_lowpass_hz", c.PolarityLowpassHz}, {"force_smoothing_s", c.SmoothingS},
		{"slope_smoothing_s", c.SlopeSmoothingS}, {"min_plateau_s", c.MinPlateauS},
		{"recruitment_lowpass_hz", c.RecruitmentLowpassHz}, {"ramp_s", c.RampS},
		{"isi_gap_limit_s", c.MaxGapS}, {"rate_window_s", c.RateWindowS},
		{"force_psd_max_hz", c.PSDMaxHz},
	} {
		if !(p.v > 0 && p.v < 1e6) {
			return fmt.Errorf("%s: %v; a positive number is expected", p.name, p.v)
		}
	}
	for group, muscles := range c.MuscleMap {
		if len(muscles) == 0 || slices.Contains(muscles, "") {
			return fmt.Errorf("muscle_map: %s: a muscle name per grid is expected, found %q", group, muscles)
		}
	}
	return nil
}
