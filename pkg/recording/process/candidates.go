package process

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/run/profile"
)

// What a force looks like. A muscle and the bone that it moves are a low-pass filter of about 5 Hz,
// so nearly all of a force's variance remains in means over 0.1 s; noise keeps less than a
// hundredth.
const (
	forceMeanS     = 0.1
	forceSlowShare = 0.8
	// forceTrendShare is the SD that remains without the linear trend, over the whole one: less is a
	// clock or a drift.
	forceTrendShare = 0.01
	// follows and ignores are correlations with the summed discharge rate: of two signals that may be
	// the force, the one that follows the units is, if the other one ignores them.
	follows, ignores = 0.5, 0.2
)

// implausibleForce says why a signal can hardly be a force, or is empty.
func implausibleForce(x []float64, fsHz float64) string {
	if fault := notFinite(x); fault != "" {
		return "it is " + fault
	}
	sd := signal.Std(x)
	if !(sd > 1e-9*math.Abs(signal.Mean(x))) {
		return "it is constant"
	}
	if twoValued(x) {
		return "it has two values only, as a trigger"
	}
	if signal.Std(signal.Detrend(x)) < forceTrendShare*sd {
		return "it is a straight line"
	}
	around, mean := slices.Clone(x), signal.Mean(x)
	for i := range around {
		around[i] -= mean
	}
	slow := signal.Std(signal.MovingAverage(around, max(1, int(forceMeanS*fsHz))))
	if share := slow * slow / (sd * sd); share < forceSlowShare {
		return fmt.Sprintf("it is too fast: only %.0f %% of its variance remains in means over %g s",
			100*share, forceMeanS)
	}
	return ""
}

// notFinite names the first value that is no number.
func notFinite(x []float64) string {
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprintf("%v at sample %d", v, i+1)
		}
	}
	return ""
}

func twoValued(x []float64) bool {
	lo, hi := x[0], x[0]
	for _, v := range x {
		lo, hi = math.Min(lo, v), math.Max(hi, v)
	}
	for _, v := range x {
		if v != lo && v != hi {
			return false
		}
	}
	return true
}

// chooseForce picks the signal named by Config.Force; auto takes the force stored with the EMG,
// else the rescaled one (corrected) or the target (paper). In profile corrected a signal counts
// only if it can be a force. Without one, from lists what was refused.
func (p *Processed) chooseForce(raw *recording.Raw, row []float64,
	q profile.Quirks) (x []float64, from string, err error) {
	if force := p.Config.Force; force != forceAuto {
		switch force {
		case string(recording.ForceRow), string(recording.ForcePath), string(recording.ForceTarget):
			x, from, err = candidate(raw, recording.ForceRole(force), row)
		default:
			x, from, err = auxiliary(raw, force)
		}
		if x != nil {
			if why := implausibleForce(x, p.FsHz); why != "" {
				p.warn("%s is taken as force (--force), but %s", from, why)
			}
		}
		return x, from, err
	}
	roles := []recording.ForceRole{recording.ForceRow, recording.ForcePath, recording.ForceTarget}
	if q.TargetAsForce {
		roles[1], roles[2] = roles[2], roles[1]
	}
	var refused []string
	for i, role := range roles {
		x, from, err = candidate(raw, role, row)
		if err != nil {
			return nil, "", err
		}
		if x == nil {
			continue
		}
		why := implausibleForce(x, p.FsHz)
		if why == "" && i == 0 && !q.TargetAsForce {
			why = p.contradicted(raw, x)
		}
		if why == "" || q.TargetAsForce {
			p.logForce(raw, role, from, why, refused)
			return x, from, nil
		}
		refused = append(refused, fmt.Sprintf("%s is no force (%s)", from, why))
	}
	return nil, strings.Join(refused, "; "), nil
}

// logForce says what was taken as force if that is not the measured one.
func (p *Processed) logForce(raw *recording.Raw, role recording.ForceRole, from, why string,
	refused []string) {
	switch {
	case why != "":
		p.warn("%s is taken as force, as in the paper, but %s", from, why)
	case len(refused) > 0:
		p.warn("%s: %s is taken as force", strings.Join(refused, "; "), from)
	case role != recording.ForceRow:
		p.warn("no force channel in signal.data: %s is taken as force; MUedit rescales it on opening, "+
			"so look at the plateaus%s", from, p.auxiliaries(raw, ""))
	}
}

// contradicted says if the row stored with the EMG ignores the discharges, which signal.path
// follows.
func (p *Processed) contradicted(raw *recording.Raw, row []float64) string {
	path, from, err := candidate(raw, recording.ForcePath, row)
	if err != nil || path == nil || implausibleForce(path, p.FsHz) != "" {
		return ""
	}
	mine, other := p.following(row), p.following(path)
	if math.Abs(mine) < ignores && math.Abs(other) > follows {
		return fmt.Sprintf("its correlation with the summed discharge rate is %.2f, that of %s %.2f",
			mine,
			from, other)
	}
	return ""
}

// following is the correlation of a signal with the summed discharge rate; 0 for a short one.
func (p *Processed) following(x []float64) float64 {
	rate, err := smoothedDischarge(p.Trains(), len(x), p.FsHz, p.Config)
	if err != nil {
		return 0
	}
	return signal.Correlation(x, rate)
}

// auxiliaries names the auxiliary channels of the file, and those that look like a force, after
// what was refused.
func (p *Processed) auxiliaries(raw *recording.Raw, refused string) string {
	var names, like []string
	for _, c := range raw.Forces {
		if c.Role != recording.ForceAuxiliary || p.Config.Force == c.Name {
			continue
		}
		names = append(names, c.Name)
		x, err := c.Load()
		if err != nil || implausibleForce(x, p.FsHz) != "" {
			continue
		}
		if math.Abs(p.following(x)) > follows {
			like = append(like, fmt.Sprintf("--force %q", c.Name))
		}
	}
	text := ""
	if refused != "" && p.Force == nil && strings.Contains(refused, "is no force") {
		text = "; " + refused
	}
	if len(names) > 0 {
		text += "; auxiliary channels of the file: " + strings.Join(names, ", ")
	}
	if len(like) > 0 {
		text += "; to use one that looks like a force and follows the discharges: " +
			strings.Join(like, " or ")
	}
	return text
}

// candidate loads the signal of a role; nil if there is none.
func candidate(raw *recording.Raw, role recording.ForceRole,
	row []float64) (x []float64, from string, err error) {
	for _, c := range raw.Forces {
		switch {
		case c.Role != role:
		case c.Load == nil:
			return row, c.From, nil
		default:
			x, err := c.Load()
			return x, c.From, err
		}
	}
	return nil, "", nil
}

// auxiliary loads the auxiliary channel of that name.
func auxiliary(raw *recording.Raw, name string) ([]float64, string, error) {
	var names []string
	for _, c := range raw.Forces {
		if c.Role != recording.ForceAuxiliary {
			continue
		}
		if c.Name == name {
			x, err := c.Load()
			return x, c.From, err
		}
		names = append(names, c.Name)
	}
	return nil, "", fmt.Errorf("%s: no auxiliary channel %q (the file has: %s)",
		raw.Source, name, strings.Join(names, ", "))
}
