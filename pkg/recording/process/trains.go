package process

import (
	"fmt"
	"slices"
	"strings"

	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/run/profile"
)

// trainsAlone processes a recording without EMG: discharges are sorted and stay where they are.
// Without a force that has plateaus, rates are of whole trains.
func (p *Processed) trainsAlone(raw *recording.Raw) error {
	p.takeUnits(raw, profile.Corrected())
	if err := p.order(); err != nil {
		return err
	}
	x, source, err := p.storedForce(raw)
	if err != nil {
		return err
	}
	if x != nil {
		p.useForce(raw, x, source, profile.Corrected())
		if p.Force != nil && len(p.Force.Plateaus) > 0 {
			return nil
		}
	}
	for i := range p.Units {
		p.Units[i].Properties = p.ofWholeTrain(p.Units[i].Times)
	}
	p.warn("%s: rate and variability of the units are of all their intervals up to %g s, "+
		"not of plateaus", recording.WarnNoForce, p.Config.MaxGapS)
	return nil
}

// storedForce is the force of a recording without EMG: the one that was asked for, else the measured
// one; nil if there is none, or if discharges are not counted in its samples.
func (p *Processed) storedForce(raw *recording.Raw) (x []float64, source string, err error) {
	var names []string
	for _, c := range raw.Forces {
		name := string(c.Role)
		if c.Role == recording.ForceAuxiliary {
			name = c.Name
		}
		names = append(names, name)
		auto := p.Config.Force == forceAuto &&
			(c.Role == recording.ForceRow || c.Role == recording.ForcePath)
		if name != p.Config.Force && !auto || c.Load == nil {
			continue
		}
		if raw.TimeUnits != "samples" {
			p.warn("%s: the force (%s) needs discharges in samples, these are in s",
				recording.WarnNoForce, c.From)
			return nil, "", nil
		}
		x, err := c.Load()
		return x, c.From, err
	}
	if p.Config.Force != forceAuto && len(names) > 0 {
		return nil, "", fmt.Errorf("%s: no force %q (the file has: %s)", raw.Source, p.Config.Force,
			strings.Join(names, ", "))
	}
	return nil, "", nil
}

// order sorts discharges and makes them unique, with a warning or, when strict, an error.
func (p *Processed) order() error {
	for i := range p.Units {
		u := &p.Units[i]
		s := slices.Clone(u.Times)
		slices.Sort(s)
		s = slices.Compact(s)
		if slices.Equal(s, u.Times) {
			continue
		}
		if p.Config.Strict {
			return fmt.Errorf("%s: unit %d (%s): times are not rising and unique (--strict)",
				p.Source, u.Index, u.Muscle)
		}
		p.warn("%s: unit %d (%s): times were sorted and made unique (%d removed)",
			recording.WarnUnsorted, u.Index, u.Muscle, len(u.Times)-len(s))
		u.Times = s
	}
	return nil
}

// ofWholeTrain is rate and variability over everything that a unit did, because without force there
// are no plateaus; intervals longer than the limit are pauses and left out.
func (p *Processed) ofWholeTrain(times []float64) recording.Properties {
	out := recording.Properties{
		ThresholdMVC: missing(1), RecruitedAt: missing(1), RateHz: missing(1), CoV: missing(1),
	}
	var intervals []float64
	for k := 1; k < len(times); k++ {
		d := times[k] - times[k-1]
		if p.TimeUnits == "samples" {
			d /= p.FsHz
		}
		if d <= p.Config.MaxGapS {
			intervals = append(intervals, d)
		}
	}
	if len(intervals) > 0 {
		m := signal.Mean(intervals)
		out.RateHz[0], out.CoV[0] = 1/m, signal.Std(intervals)/m
	}
	return out
}
