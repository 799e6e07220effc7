// Package process turns a decomposed recording into what the analyses need: discharge times moved
// to the onset of the action potential, force in % of maximal voluntary contraction with its
// plateaus, and properties of the motor units. It opens no file: readers of foreign formats hand
// over a recording.Raw.
package process

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/run/profile"
)

// Unit is one unit of a processed recording. Its Times are ascending, unique and count from
// Processed.IndexBase.
type Unit struct {
	recording.RawUnit
	Index      int                  // position among all units: MU_idx and MN_<Index>
	Potential  ActionPotential      // zero when discharges were not realigned
	Properties recording.Properties // empty without plateaus
}

// Processed is the result of the processing of one recording.
type Processed struct {
	Name      recording.Name
	Source    string // path of the input
	SHA256    string // of the input
	Kind      string // recording.KindEdited, KindDecomposed or KindTable
	Config    Config // effective
	FsHz      float64
	Samples   int      // length of the recording, samples; 0 if unknown
	TimeUnits string   // of Unit.Times: "samples" or "s"
	IndexBase int      // number of the first sample: 0, or 1 in the paper profile
	Muscles   []string // of each grid
	Units     []Unit
	Force     *Force // nil if there is no usable force
	Warnings  []string
}

func (p *Processed) warn(format string, args ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...))
}

// Process processes one recording, which it does not close. A recording whose force cannot be used
// is returned with a warning and without properties. Errors name the source of the recording.
func Process(ctx context.Context, raw *recording.Raw, cfg Config) (*Processed, error) {
	cfg, quirks, err := cfg.Effective()
	if err != nil {
		return nil, err
	}
	p := &Processed{
		Name: raw.Name, Source: raw.Source, SHA256: raw.SHA256, Kind: raw.Kind, Config: cfg,
		FsHz: raw.FsHz, Samples: raw.Samples, TimeUnits: raw.TimeUnits, Muscles: raw.Muscles,
		Warnings: slices.Clone(raw.Warnings),
	}
	if raw.Kind == recording.KindTable {
		return p, p.trainsAlone(raw)
	}
	if quirks.FixedRate2048 && raw.FsHz != recording.DefaultFsHz {
		return nil, fmt.Errorf("%s: sampling rate %v Hz; the paper profile works at %d Hz only "+
			"(use the corrected profile)", raw.Source, raw.FsHz, recording.DefaultFsHz)
	}
	if err := checkGrids(raw); err != nil {
		return nil, err
	}
	p.takeUnits(raw, quirks)
	force, err := p.realign(ctx, raw, quirks)
	if err != nil {
		return nil, err
	}
	return p, p.measure(raw, force, quirks)
}

// checkGrids makes sure that every unit stands in a grid and that grids describe all electrodes.
func checkGrids(raw *recording.Raw) error {
	for i, g := range raw.Grids {
		if g.Mask != nil && len(g.Mask) != g.Channels ||
			g.Coordinates != nil && len(g.Coordinates) != g.Channels {
			return fmt.Errorf("%s: grid %d has %d channels, but a mask of %d and positions of %d",
				raw.Source, i+1, g.Channels, len(g.Mask), len(g.Coordinates))
		}
	}
	for i, u := range raw.Units {
		if u.Grid < 0 || u.Grid >= len(raw.Grids) {
			return fmt.Errorf("%s: unit %d is of grid %d, but there are %d grids",
				raw.Source, i, u.Grid+1, len(raw.Grids))
		}
	}
	return nil
}

// takeUnits copies the units; times are counted from 0 unless the paper's quirk is on.
func (p *Processed) takeUnits(raw *recording.Raw, q profile.Quirks) {
	shift := float64(raw.FirstSample)
	if q.OneBasedTimes && raw.FirstSample == 1 {
		shift, p.IndexBase = 0, 1
		p.warn("paper profile: all spike times are one sample (%.2f ms) late, because 1-based sample "+
			"numbers are used as 0-based; corrected subtracts 1", 1000/raw.FsHz)
	}
	p.Units = make([]Unit, len(raw.Units))
	for i, u := range raw.Units {
		u.Times = slices.Clone(u.Times)
		for k := range u.Times {
			u.Times[k] -= shift
		}
		p.Units[i] = Unit{RawUnit: u, Index: i}
	}
}

// realign passes once over the EMG, moves the discharges of every unit, and returns the force
// stored with the EMG (nil if there is none).
func (p *Processed) realign(ctx context.Context, raw *recording.Raw,
	q profile.Quirks) ([]float64, error) {
	half := p.Config.halfWindow(raw.FsHz)
	forceRow := -1
	for _, c := range raw.Forces {
		if c.Role == recording.ForceRow {
			forceRow = c.Channel
		}
	}
	if raw.EMG == nil && p.Config.Realign {
		return nil, fmt.Errorf("%s: has no EMG that can be read; realignment needs it "+
			"(or use --no-realign)", raw.Source)
	}
	pass := newPass(raw, half, forceRow)
	if p.Config.Realign {
		pass.average(p.Units)
	}
	if raw.EMG != nil && (p.Config.Realign || forceRow >= 0) {
		if err := pass.run(ctx, raw.EMG); err != nil {
			if p.Config.Realign || ctx.Err() != nil {
				return nil, err
			}
			p.warn("%s: %v", recording.WarnDataUnreadable, err)
			pass.force = nil
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if p.Config.Realign {
		for i := range p.Units {
			grid := raw.Grids[p.Units[i].Grid]
			if err := p.realignUnit(&p.Units[i], grid, pass.means[i], half, q); err != nil {
				return nil, err
			}
		}
	}
	return pass.force, nil
}

func (p *Processed) realignUnit(unit *Unit, grid recording.Grid, m channelMeans, half int,
	q profile.Quirks) error {
	mask := grid.Mask
	if mask == nil {
		mask = make([]bool, grid.Channels)
	}
	mapped := grid.Coordinates != nil
	if grid.Channels < serpentineChannels && (q.SerpentineMap || !mapped) {
		return fmt.Errorf("%s: grid %d has %d channels and no electrode positions that can be used; "+
			"without them %d channels are needed", p.Source, unit.Grid+1, grid.Channels, serpentineChannels)
	}
	find := func(q profile.Quirks) ActionPotential {
		var pairs []electrodePair
		if !q.SerpentineMap && mapped || grid.Channels < serpentineChannels {
			pairs = mappedPairs(grid.Coordinates, mask)
		} else {
			pairs = serpentinePairs(mask)
		}
		return realignUnit(m.sum, m.count, pairs, half, p.Config.OnsetSD, q.OnsetZeroFallback)
	}
	ap := find(q)
	unit.Potential = ap
	for i := range unit.Times {
		unit.Times[i] += float64(ap.Shift)
	}
	p.logRealignment(unit, ap, find, q)
	return nil
}

// logRealignment reports, per unit, fallbacks and what the other profile would do.
func (p *Processed) logRealignment(unit *Unit, ap ActionPotential,
	find func(profile.Quirks) ActionPotential, q profile.Quirks) {
	shift := func(samples int) string {
		return fmt.Sprintf("%d samples (%.1f ms)", samples, 1000*float64(samples)/p.FsHz)
	}
	who := fmt.Sprintf("unit %d (grid %d, stored unit %d)", unit.Index, unit.Grid+1, unit.InGrid+1)
	if ap.Averaged == 0 {
		p.warn("%s: no spike has a full window of EMG; its times were not realigned", who)
		return
	}
	other, name := profile.Corrected(), profile.CorrectedName
	if !q.OnsetZeroFallback {
		other, name = profile.Paper(), profile.PaperName
	}
	text := ""
	if !ap.Found {
		text = ": no onset of the action potential was found"
	}
	if o := find(other); o.Shift != ap.Shift {
		text += fmt.Sprintf(": the %s profile would shift it by %s", name, shift(o.Shift))
	}
	if text != "" {
		p.warn("%s: shifted by %s%s", who, shift(ap.Shift), text)
	}
}

// measure processes the force and the properties of the units.
func (p *Processed) measure(raw *recording.Raw, row []float64, q profile.Quirks) error {
	x, source, err := p.chooseForce(raw, row, q)
	if err != nil {
		return err
	}
	if x == nil {
		p.warn("no force signal: no plateaus, thresholds, rates and force tables")
		return nil
	}
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			p.warn("the force (%s) is %v at sample %d: no plateaus, thresholds, rates and force tables",
				source, v, i+1)
			return nil
		}
	}
	if p.Config.Plateaus != "" && raw.Plateaus == nil {
		p.warn("%s lists no plateau of this recording; they are detected", p.Config.Plateaus)
	}
	force, err := processForce(x, p.Config, p.FsHz, p.Name.IntensityMVC, p.Trains(), raw.Plateaus)
	if err != nil {
		p.warn("the force (%s) cannot be used: %v", source, err)
		return nil
	}
	force.Source = source
	p.Force = force
	p.logPolarity(force)
	if len(force.Plateaus) == 0 {
		p.warn("no plateau was found in the force; thresholds and rates are missing " +
			"(give --plateaus FILE.csv, or try --polarity inverted)")
		return nil
	}
	p.properties(q)
	return nil
}

func (p *Processed) logPolarity(f *Force) {
	byTime := f.Falling > f.Rising
	switch {
	case p.Config.Polarity != PolarityRisingTime && byTime != f.Inverted:
		p.warn("orientation of the force: %s; the original's rule (rising for %d samples, falling for "+
			"%d) would turn it the other way", p.Config.Polarity, f.Rising, f.Falling)
	case p.Config.Polarity == PolarityRisingTime && f.Inverted:
		p.warn("orientation of the force: turned over, because it rises for %d samples and falls for %d "+
			"(rising_time)", f.Rising, f.Falling)
	}
}

// chooseForce picks the signal named by Config.Force; auto takes the force stored with the EMG,
// else the rescaled one (corrected) or the target (paper).
func (p *Processed) chooseForce(raw *recording.Raw, row []float64,
	q profile.Quirks) (x []float64, from string, err error) {
	switch force := p.Config.Force; force {
	case forceAuto:
	case string(recording.ForceRow), string(recording.ForcePath), string(recording.ForceTarget):
		return candidate(raw, recording.ForceRole(force), row)
	default:
		return auxiliary(raw, force)
	}
	roles := []recording.ForceRole{recording.ForceRow, recording.ForcePath, recording.ForceTarget}
	if q.TargetAsForce {
		roles[1], roles[2] = roles[2], roles[1]
	}
	for _, role := range roles {
		if x, from, err = candidate(raw, role, row); err != nil || x != nil {
			break
		}
	}
	if x != nil && row == nil {
		p.warn("no force channel in signal.data: %s is taken as force; MUedit rescales it on opening, "+
			"so look at the plateaus", from)
	}
	return x, from, err
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

// Trains returns the discharge times of all units, in TimeUnits.
func (p *Processed) Trains() [][]float64 {
	t := make([][]float64, len(p.Units))
	for i, u := range p.Units {
		t[i] = u.Times
	}
	return t
}

func (p *Processed) properties(q profile.Quirks) {
	r, err := newRamp(p.Force.PercentMVC, p.Config, p.FsHz)
	if err != nil {
		p.warn("thresholds and rates are missing: %v", err)
		return
	}
	for i := range p.Units {
		u := &p.Units[i]
		u.Properties = unitProperties(u.Times, p.Force.Plateaus, r, p.Config, p.FsHz,
			q.RatesAsPublished)
	}
}
