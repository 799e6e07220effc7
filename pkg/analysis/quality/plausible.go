// Package quality says whether a recording can be what it claims to be: whether its times are in
// the unit in which they were read, its units discharge as motor units do, and no unit is there
// twice.
package quality

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/recording"
)

// Limits of what is plausible.
const (
	// SlowestHz and FastestHz bound the mean discharge rate of a unit over its active time. Human
	// motor units that are recruited discharge at 4 to 8/s at least, and at 20 to 50/s at most in
	// voluntary contractions that last (Enoka and Duchateau, Cold Spring Harb Perspect Med 2017).
	SlowestHz, FastestHz = 1, 60
	// MisreadBelowHz and MisreadAboveHz bound the median over units of their median rates: outside,
	// the times are in another unit than was read.
	MisreadBelowHz, MisreadAboveHz = 0.2, 200
	// LongestS is the longest recording, s; fatigue is the end of longer contractions.
	LongestS = 3600
	// pauseFactor times a unit's median interval, and recording.LongestIntervalS at least, is a pause.
	pauseFactor = 5
	// fewestIntervals is the number of intervals that a rate needs.
	fewestIntervals = 2
)

// Codes of warnings.
const (
	WarnEmpty       = "unit_without_discharges"
	WarnFlagged     = "flagged_unit"
	WarnRate        = "implausible_rate"
	WarnLong        = "long_recording"
	WarnOutside     = "outside_of_the_recording"
	WarnTimes       = "implausible_times"
	WarnDuplicates  = "duplicate_unit"
	WarnCoincidence = "duplicate_unit_kept"
)

// Options of Examine.
type Options struct {
	KeepFlagged    bool // units that were flagged for deletion stay
	KeepDuplicates bool // units that are there twice stay
	Allow          bool // what cannot be is a warning instead of an error
}

// Examine checks a recording before it is processed. It leaves out empty, flagged and duplicate
// units and adds a warning for everything that it finds, with the units by name. Times in another
// unit than was read, and discharges outside of the recording, are errors that name the option that
// helps.
func Examine(r *recording.Raw, opt Options) error {
	examineEmpty(r)
	if len(r.Units) == 0 {
		return fmt.Errorf("%s: no unit has a discharge", r.Source)
	}
	examineFlagged(r, opt)
	if len(r.Units) == 0 {
		return fmt.Errorf("%s: no unit is left: all were flagged for deletion", r.Source)
	}
	if err := examineTimes(r, opt); err != nil {
		return err
	}
	if err := examineEnds(r, opt); err != nil {
		return err
	}
	examineRates(r)
	examineDuplicates(r, opt)
	return nil
}

// examineEmpty leaves out units without discharges: they are no trains, and would count as units.
func examineEmpty(r *recording.Raw) {
	var names []string
	empty := make([]bool, len(r.Units))
	for i, u := range r.Units {
		if empty[i] = len(u.Times) == 0; empty[i] {
			names = append(names, u.Label())
		}
	}
	if len(names) > 0 {
		r.Warn(WarnEmpty, "%s: left out; no discharges", strings.Join(names, ", "))
		keep(r, empty)
	}
}

// examineFlagged finds the mark that the first releases of MUedit (2023) left instead of a unit
// that was flagged for deletion: two discharges, at the first sample and one second later.
func examineFlagged(r *recording.Raw, opt Options) {
	sampleS := 1 / r.FsHz
	var names []string
	flagged := make([]bool, len(r.Units))
	for i, t := range r.Seconds() {
		flagged[i] = len(t) == 2 && t[0] >= 0 && t[0] <= 1.5*sampleS && math.Abs(t[1]-1) <= 1.5*sampleS
		if flagged[i] {
			names = append(names, r.Units[i].Label())
		}
	}
	switch {
	case len(names) == 0:
	case opt.KeepFlagged:
		r.Warn(WarnFlagged, "%s: flagged for deletion in MUedit (its only discharges are at the first "+
			"sample and at 1 s), but the paper profile keeps such units", strings.Join(names, ", "))
	default:
		r.Warn(WarnFlagged, "%s: left out; flagged for deletion in MUedit (the only discharges are at "+
			"the first sample and at 1 s)", strings.Join(names, ", "))
		keep(r, flagged)
	}
}

// keep removes the units that are marked.
func keep(r *recording.Raw, removed []bool) {
	var left []recording.RawUnit
	for i, u := range r.Units {
		if !removed[i] {
			left = append(left, u)
		}
	}
	r.Units = left
}

// examineTimes compares rates with those that a unit can have.
func examineTimes(r *recording.Raw, opt Options) error {
	perSecond := 1.0
	if r.TimeUnits == "samples" {
		perSecond = r.FsHz
	}
	rate, ok := typicalRate(r.Units)
	if rate *= perSecond; !ok || rate >= MisreadBelowHz && rate <= MisreadAboveHz {
		return nil
	}
	read := "seconds"
	if r.TimeUnits == "samples" {
		read = fmt.Sprintf("samples at %g Hz", r.FsHz)
	}
	text := fmt.Sprintf("read as %s, the units discharge %.3g times per second", read, rate)
	endS := 0.0
	if r.Samples > 0 {
		endS = float64(r.Samples) / r.FsHz
	}
	if likely := Readings(r.Units, r.FsHz, endS); len(likely) > 0 {
		var options, words []string
		for _, t := range likely {
			words = append(words, ReadingName(t))
			option := "--times " + string(t)
			if t == recording.TimesSamples && r.TimeUnits == "s" {
				option += " (or samples0, if they count from 0) --fs HZ"
			}
			options = append(options, option)
		}
		text += fmt.Sprintf(": the times look like %s; give %s", strings.Join(words, " or "),
			strings.Join(options, ", or "))
		if r.TimeUnits == "samples" {
			text += ", or correct the sampling rate"
		}
	} else {
		text += ": check the times and the sampling rate"
	}
	if opt.Allow {
		r.Warn(WarnTimes, "%s", text)
		return nil
	}
	return fmt.Errorf("%s: %s. If they are right all the same: --allow-implausible", r.Source, text)
}

// ReadingName names a reading in messages.
func ReadingName(t recording.Times) string {
	switch t {
	case recording.TimesMs:
		return "milliseconds"
	case recording.TimesSeconds:
		return "seconds"
	}
	return "samples"
}

// Readings lists the readings (samples, seconds, ms) of the numbers in units with which these would
// discharge at 2 to 60 per second, and in a recording of known length until endS at most; 0:
// unknown. The likelier reading is the first.
func Readings(units []recording.RawUnit, fsHz, endS float64) []recording.Times {
	rate, ok := typicalRate(units)
	if !ok {
		return nil
	}
	var out []recording.Times
	for _, c := range []struct {
		times     recording.Times
		perSecond float64
	}{{recording.TimesSamples, fsHz}, {recording.TimesMs, 1000}, {recording.TimesSeconds, 1}} {
		whole := wholeShare(units)
		possible := c.times != recording.TimesSamples || whole == 1
		if c.times == recording.TimesSeconds {
			possible = whole < 0.5
		}
		if endS > 0 {
			possible = possible && last(units)/c.perSecond <= 1.05*endS
		}
		if v := rate * c.perSecond; possible && v >= 2 && v <= FastestHz {
			out = append(out, c.times)
		}
	}
	return out
}

// wholeShare is the share of times that are whole numbers.
func wholeShare(units []recording.RawUnit) float64 {
	whole, all := 0, 0
	for _, u := range units {
		for _, t := range u.Times {
			all++
			if t == math.Trunc(t) {
				whole++
			}
		}
	}
	return float64(whole) / float64(max(1, all))
}

// last is the largest time.
func last(units []recording.RawUnit) float64 {
	end := 0.0
	for _, u := range units {
		for _, t := range u.Times {
			end = math.Max(end, t)
		}
	}
	return end
}

// typicalRate is the median over units of 1 / median interval, per unit of the file's times; false
// if no unit has intervals enough.
func typicalRate(units []recording.RawUnit) (float64, bool) {
	var rates []float64
	for _, u := range units {
		if d := intervals(u.Times); len(d) >= fewestIntervals {
			rates = append(rates, 1/signal.Percentile(d, 50))
		}
	}
	if len(rates) == 0 {
		return 0, false
	}
	return signal.Percentile(rates, 50), true
}

// intervals are the differences between successive times in rising order, equal ones left out.
func intervals(times []float64) []float64 {
	s := slices.Clone(times)
	slices.Sort(s)
	s = slices.Compact(s)
	var d []float64
	for k := 1; k < len(s); k++ {
		d = append(d, s[k]-s[k-1])
	}
	return d
}

// examineEnds finds discharges before the start and after the end of the recording.
func examineEnds(r *recording.Raw, opt Options) error {
	first, last, unit := 0.0, math.Inf(1), "s"
	if r.TimeUnits == "samples" {
		first, unit = float64(r.FirstSample), "samples"
	}
	if r.Samples > 0 {
		last = first + float64(r.Samples) - 1
		if unit == "s" {
			last = float64(r.Samples) / r.FsHz
		}
	}
	if first == 1 && !opt.Allow {
		if u := startsAtZero(r.Units); u != nil {
			return fmt.Errorf(
				"%s: %s: a discharge at sample 0, where the first sample is 1: the times look "+
					"0-based; give --times samples0", r.Source, u.Label())
		}
	}
	for i := range r.Units {
		u := &r.Units[i]
		inside := slices.DeleteFunc(slices.Clone(u.Times),
			func(t float64) bool { return !(t >= first && t <= last) })
		out := len(u.Times) - len(inside)
		if out == 0 {
			continue
		}
		text := fmt.Sprintf("%s: %d of %d discharges lie outside of the recording (%g to %g %s; the "+
			"unit's are from %g to %g)", u.Label(), out, len(u.Times), first, last, unit,
			slices.Min(u.Times), slices.Max(u.Times))
		if !opt.Allow {
			return fmt.Errorf("%s: %s. If the times count something else, give --times; to leave such "+
				"discharges out, --allow-implausible", r.Source, text)
		}
		r.Warn(WarnOutside, "%s; they are left out", text)
		u.Times = inside
	}
	return nil
}

// startsAtZero returns a unit whose first sample number is 0, where no number is negative; else
// nil.
func startsAtZero(units []recording.RawUnit) *recording.RawUnit {
	var found *recording.RawUnit
	for i := range units {
		if len(units[i].Times) == 0 {
			continue
		}
		switch first := slices.Min(units[i].Times); {
		case first < 0:
			return nil
		case first == 0:
			found = &units[i]
		}
	}
	return found
}

// examineRates warns of units that are too slow or too fast, and of a recording that is too long.
func examineRates(r *recording.Raw) {
	var odd []string
	endS := 0.0
	if r.FsHz > 0 {
		endS = float64(r.Samples) / r.FsHz
	}
	for i, t := range r.Seconds() {
		if len(t) > 0 {
			endS = math.Max(endS, slices.Max(t))
		}
		if rate, ok := ActiveRate(t); ok && (rate < SlowestHz || rate > FastestHz) {
			odd = append(odd, fmt.Sprintf("%s %.3g/s", r.Units[i].Label(), rate))
		}
	}
	if len(odd) > 0 {
		r.Warn(WarnRate, "%s: the mean rate over a unit's active time is usually between %d and %d/s",
			strings.Join(odd, ", "), SlowestHz, FastestHz)
	}
	if endS > LongestS {
		r.Warn(WarnLong, "the recording takes %.3g hours: check the times and the sampling rate (%g Hz)",
			endS/3600, r.FsHz)
	}
}

// ActiveRate is the mean discharge rate (Hz) of a train (s) over its active time: the intervals of
// up to 1 s or five times the median one, whichever is longer; longer ones are pauses. It is false
// for fewer than two intervals.
func ActiveRate(timesS []float64) (float64, bool) {
	d := intervals(timesS)
	if len(d) < fewestIntervals {
		return 0, false
	}
	pause := math.Max(recording.LongestIntervalS, pauseFactor*signal.Percentile(d, 50))
	n, active := 0, 0.0
	for _, v := range d {
		if v <= pause {
			n++
			active += v
		}
	}
	return float64(n) / active, true
}

// examineDuplicates leaves out units that are there twice.
func examineDuplicates(r *recording.Raw, opt Options) {
	trains := r.Seconds()
	for i := range trains {
		slices.Sort(trains[i])
		trains[i] = slices.Compact(trains[i])
	}
	pairs := Duplicates(trains)
	removed := make([]bool, len(r.Units))
	var texts []string
	for _, c := range Redundant(trains, pairs) {
		removed[c.B] = true
		texts = append(texts, fmt.Sprintf("%s is %s (%.0f %% of its discharges coincide, lag %.1f ms)",
			r.Units[c.B].Label(), r.Units[c.A].Label(), 100*c.Share, math.Abs(1000*c.LagS)))
	}
	switch {
	case len(texts) == 0:
	case opt.KeepDuplicates:
		r.Warn(WarnCoincidence, "%s: kept, and counted twice in every analysis",
			strings.Join(texts, "; "))
	default:
		r.Warn(WarnDuplicates, "%s: left out; --keep-duplicates keeps them", strings.Join(texts, "; "))
		keep(r, removed)
	}
}
