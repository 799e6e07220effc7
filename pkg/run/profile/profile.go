// Package profile names the quirks of the original study's code and the two
// profiles that set them: Paper reproduces the published numbers, Corrected (the
// default) corrects the defects that the comments of Quirks describe. Packages take the
// few switches that concern them as plain fields; no algorithm asks for the profile.
package profile

import (
	"fmt"
	"reflect"
)

// Name of a profile.
type Name string

// The two profiles.
const (
	CorrectedName Name = "corrected"
	PaperName     Name = "paper"
)

// Quirks lists every switch. true is the behaviour of the original.
type Quirks struct {
	// FixedRate2048 refuses recordings that were not sampled at 2048 Hz, because
	// the original assumes that rate. Corrected: any rate; windows follow it.
	FixedRate2048 bool
	// TargetAsForce takes the row after the last grid as force, whatever it holds, and without it
	// signal.target. Corrected: the row if it can be a force, else signal.path.
	TargetAsForce bool
	// KeepAllUnits keeps units that were flagged for deletion in the first releases of MUedit, and
	// units that are there twice. Corrected: they are left out.
	KeepAllUnits bool
	// OneBasedTimes uses MATLAB's 1-based sample numbers as if they were 0-based
	// (all spikes one sample late). Corrected: 1 is subtracted.
	OneBasedTimes bool
	// SerpentineMap places channels 0-59 of a grid in a serpentine over 12 rows and
	// 5 columns above a row of zeros. Corrected: signal.coordinates.
	SerpentineMap bool
	// OnsetZeroFallback shifts a unit by the whole half window (-40 ms) when its
	// action potential crosses only one of the two thresholds. Corrected: the first
	// crossing of either; without a crossing the unit is not shifted.
	OnsetZeroFallback bool
	// RisingTimePolarity turns the force so that it rises for longer than it falls.
	// Corrected: so that it follows the total discharge.
	RisingTimePolarity bool
	// DeliveredByOtherPool stores what the k-th cell of the other pool delivers as
	// "delivered" of the k-th cell of the first. Corrected: the cell's own.
	DeliveredByOtherPool bool
	// InputCoherenceLastPool lets the coherence of the last pool pair's first pool
	// overwrite the entry pool0-input0. Corrected: pool 0.
	InputCoherenceLastPool bool
	// SubjectTwoCharacters takes the first two characters of a file name as the
	// subject. Corrected: the text before the first underscore.
	SubjectTwoCharacters bool
	// FirstNumberIsIntensity takes the first number after the subject in a file name as the
	// intensity, 100 % without one. Corrected: the number that the name marks as the intensity;
	// none, or one that is impossible, is an error.
	FirstNumberIsIntensity bool
	// MirrorPairs keeps one of the two ordered pairs of muscles and mirrors its rows
	// into the other, with the properties of the other muscle's unit. Corrected: the
	// measured rows of both ordered pairs, each unit with its own properties.
	MirrorPairs bool
	// BandNeedsFourKeys ignores middle and half width of the second input's band in a
	// batch unless they are given for pools 0 and 1. Corrected: each pool's pair counts.
	BandNeedsFourKeys bool
	// Seeds1024 derives the seeds of a batch from 0 … 1023, so that many simulations share
	// one. Corrected: 32 bits.
	Seeds1024 bool
	// SamePosteriorRow takes, for every pool of a simulation drawn from a posterior table,
	// the row at the same position of its muscle, which is the same participant only if
	// the muscles' rows are in step. Corrected: a random row of the same participant.
	SamePosteriorRow bool
	// ScrambledBands attaches the two frequency-band parameters of the single-muscle
	// training set to the wrong simulations. Corrected: each row has its own.
	ScrambledBands bool
	// SplitByRow splits training, validation and held-out rows one by one. Corrected: rows
	// of one simulation stay together.
	SplitByRow bool
	// RatesAsPublished takes the discharge rate of simulations as the mean of 1/interval over
	// all intervals and that of recordings as 1/(mean interval). Corrected: the mean of
	// 1/interval over the intervals shorter than 1 s, in both.
	RatesAsPublished bool
	// NullSpikeBySpike draws every spike of a histogram without trough by itself. Corrected:
	// bin by bin; the same distribution, other random numbers, less work.
	NullSpikeBySpike bool
	// FitByDifferences takes the derivatives of the fit of cross-histograms from forward
	// differences, whose rounding decides where fits of flat curves stop. Corrected: from formulas,
	// and steps from the normal equations.
	FitByDifferences bool
}

// Paper switches every quirk on, which reproduces the original.
func Paper() Quirks {
	return Quirks{
		FixedRate2048: true, TargetAsForce: true, KeepAllUnits: true, OneBasedTimes: true,
		SerpentineMap:     true,
		OnsetZeroFallback: true, RisingTimePolarity: true, DeliveredByOtherPool: true,
		InputCoherenceLastPool: true, SubjectTwoCharacters: true,
		FirstNumberIsIntensity: true, MirrorPairs: true,
		BandNeedsFourKeys: true, Seeds1024: true, SamePosteriorRow: true, ScrambledBands: true,
		SplitByRow: true, RatesAsPublished: true, NullSpikeBySpike: true, FitByDifferences: true,
	}
}

// Corrected switches every quirk off.
func Corrected() Quirks { return Quirks{} }

// For returns the quirks of a profile; another name is an error.
func For(n Name) (Quirks, error) {
	switch n {
	case CorrectedName, "":
		return Corrected(), nil
	case PaperName:
		return Paper(), nil
	}
	return Quirks{}, fmt.Errorf("profile: %q is unknown; use corrected or paper", n)
}

// IsPaper reports whether a profile reproduces the study's settings, for defaults that are no
// quirks of its code.
func IsPaper(n Name) bool { return n == PaperName }

// Names lists the switches.
func Names() []string {
	t := reflect.TypeFor[Quirks]()
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = t.Field(i).Name
	}
	return names
}
