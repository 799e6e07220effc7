package process

import (
	"fmt"
	"slices"

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
	if len(raw.Forces) > 0 && raw.TimeUnits == "samples" {
		if err := p.measure(raw, nil, profile.Corrected()); err != nil {
			return err
		}
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
