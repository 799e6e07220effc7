package muedit

import (
	"context"
	"fmt"

	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/run/profile"
)

// ProcessedUnit is one non-empty unit of a processed recording.
type ProcessedUnit struct {
	Index      int    // position among all non-empty units: MU_idx and MN_<Index>
	Grid       int    // electrode grid, from 0
	InGrid     int    // position in the grid as stored, from 0
	Muscle     string // pool
	Name       string // as tables of other programs call it; "" in MUedit files
	Times      []float64
	Potential  ActionPotential      // zero when spikes were not realigned
	Properties recording.Properties // empty without plateaus
}

// Processed is the result of the processing of one recording.
type Processed struct {
	Name      recording.Name
	Source    string // path of the input
	SHA256    string
	Kind      string
	Config    Config // effective
	FsHz      float64
	Samples   int
	TimeUnits string // of ProcessedUnit.Times: "samples" or "s"
	IndexBase int    // sample number of the first sample: 1 in the paper profile
	Muscles   []string
	Units     []ProcessedUnit
	Force     *Force // nil if there is no usable force
	Warnings  []string
}

func (p *Processed) warn(format string, args ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...))
}

// Process reads and processes one MUedit file (or, by its extension, a plain table
// of discharges). A recording whose force cannot be used is returned with a
// warning and without properties.
func Process(ctx context.Context, path string, cfg Config, name recording.Name) (*Processed, error) {
	cfg, quirks, err := cfg.Effective()
	if err != nil {
		return nil, err
	}
	if cfg.Muscles != "" {
		name.Group = cfg.Muscles
	}
	muscles, err := cfg.MuscleMap.Muscles(path, name.Group)
	if err != nil {
		return nil, err
	}
	f, err := Read(path, ReadOptions{Unedited: cfg.Unedited, NeedEMG: cfg.Realign, Strict: cfg.Strict, ChannelsPerGrid: cfg.ChannelsPerGrid})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p := &Processed{Name: name, Source: path, SHA256: f.SHA256, Kind: f.Kind, Config: cfg, FsHz: f.FsHz, Samples: f.Samples,
		TimeUnits: "samples", Muscles: muscles, Warnings: f.Warnings}
	if quirks.FixedRate2048 && f.FsHz != 2048 {
		return nil, f.fail(matfile.BadValue, "signal.fsamp", "sampling rate %v Hz; the paper profile works at 2048 Hz only (use the corrected profile)", f.FsHz)
	}
	if len(f.Grids) < len(muscles) {
		return nil, f.fail(matfile.BadShape, "signal.ngrid", "%d grids, but muscle group %s has %d (%v); correct --muscles or the muscle map", len(f.Grids), name.Group, len(muscles), muscles)
	}
	for g := len(muscles); g < len(f.Grids); g++ {
		if countSpikes(f.Grids[g]) > 0 {
			return nil, f.fail(matfile.BadShape, f.spikeField(), "grid %d has units, but muscle group %s has %d grids; correct --muscles or the muscle map", g+1, name.Group, len(muscles))
		}
	}
	spikes := p.baseSpikes(f, quirks)
	force, err := p.realign(ctx, f, spikes, quirks)
	if err != nil {
		return nil, err
	}
	return p, p.measure(f, force, quirks)
}

// baseSpikes copies the spike times, 0-based unless the paper's quirk is on.
func (p *Processed) baseSpikes(f *File, q profile.Quirks) [][][]float64 {
	shift := 1.0
	if q.OneBasedTimes {
		shift, p.IndexBase = 0, 1
		p.warn("paper profile: all spike times are one sample (%.2f ms) late, because 1-based sample numbers are used as 0-based; corrected subtracts 1", 1000/f.FsHz)
	}
	out := make([][][]float64, len(f.Grids))
	for g, grid := range f.Grids {
		out[g] = make([][]float64, len(grid.Units))
		for u, unit := range grid.Units {
			t := make([]float64, len(unit.Samples))
			for i, s := range unit.Samples {
				t[i] = s - shift
			}
			out[g][u] = t
		}
	}
	return out
}

// realign streams the data, moves the spikes of every unit, lists the units and
// returns the force channel of the data (nil if there is none).
func (p *Processed) realign(ctx context.Context, f *File, spikes [][][]float64, q profile.Quirks) ([]float64, error) {
	half := p.Config.halfWindow(f.FsHz)
	windows := spikes
	if !p.Config.Realign {
		windows = make([][][]float64, len(spikes)) // nothing to average
	}
	var means []channelMeans
	var force []float64
	if f.hasData && (p.Config.Realign || f.Channels > f.channels*len(f.Grids)) {
		var err error
		if means, force, err = f.streamData(windows, half); err != nil {
			if p.Config.Realign {
				return nil, err
			}
			p.warn("%s: %v", WarnDataUnreadable, err)
			force = nil
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for g := range spikes {
		for u, times := range spikes[g] {
			if len(times) == 0 {
				continue
			}
			unit := ProcessedUnit{Index: len(p.Units), Grid: g, InGrid: u, Muscle: p.Muscles[g], Times: times}
			if p.Config.Realign {
				p.realignUnit(&unit, f.Grids[g], means[g], u, half, q)
			}
			p.Units = append(p.Units, unit)
		}
	}
	return force, nil
}

func (p *Processed) realignUnit(unit *ProcessedUnit, grid Grid, m channelMeans, u, half int, q profile.Quirks) {
	find := func(q profile.Quirks) ActionPotential {
		pairs := serpentinePairs(grid.Mask)
		if !q.SerpentineMap && grid.Coordinates != nil {
			pairs = mappedPairs(grid.Coordinates, grid.Mask)
		}
		return realignUnit(m.sum[u], m.count[u], pairs, half, p.Config.OnsetSD, q.OnsetZeroFallback)
	}
	ap := find(q)
	unit.Potential = ap
	for i := range unit.Times {
		unit.Times[i] += float64(ap.Shift)
	}
	p.logRealignment(unit, ap, find, q)
}

// logRealignment tells, per unit, fallbacks and what the other profile would do.
func (p *Processed) logRealignment(unit *ProcessedUnit, ap ActionPotential, find func(profile.Quirks) ActionPotential, q profile.Quirks) {
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
func (p *Processed) measure(f *File, row []float64, q profile.Quirks) error {
	x, source, err := p.chooseForce(f, row, q)
	if err != nil {
		return err
	}
	if x == nil {
		p.warn("no force signal: no plateaus, thresholds, rates and force tables")
		return nil
	}
	for i, v := range x {
		if v != v || v-v != 0 {
			p.warn("the force (%s) is %v at sample %d: no plateaus, thresholds, rates and force tables", source, v, i+1)
			return nil
		}
	}
	var given []recording.Plateau
	if p.Config.Plateaus != "" {
		if given, err = ReadPlateaus(p.Config.Plateaus, p.Name.Recording, p.FsHz, p.Samples); err != nil {
			return err
		}
		if given == nil {
			p.warn("%s lists no plateau of this recording; they are detected", p.Config.Plateaus)
		}
	}
	force, err := processForce(x, p.Config, p.FsHz, p.Name.IntensityMVC, p.Trains(), given)
	if err != nil {
		p.warn("the force (%s) cannot be used: %v", source, err)
		return nil
	}
	force.Source = source
	p.Force = force
	p.logPolarity(force, q)
	if len(force.Plateaus) == 0 {
		p.warn("no plateau was found in the force; thresholds and rates are missing (give --plateaus FILE.csv, or try --polarity inverted)")
		return nil
	}
	return p.properties()
}

func (p *Processed) logPolarity(f *Force, q profile.Quirks) {
	if byTime := f.Falling > f.Rising; p.Config.Polarity != PolarityRisingTime && byTime != f.Inverted {
		p.warn("orientation of the force: %s; the original's rule (rising for %d samples, falling for %d) would turn it the other way", p.Config.Polarity, f.Rising, f.Falling)
	} else if p.Config.Polarity == PolarityRisingTime && f.Inverted {
		p.warn("orientation of the force: turned over, because it rises for %d samples and falls for %d (rising_time)", f.Rising, f.Falling)
	}
}

// chooseForce picks the signal named by Config.Force; auto takes the force channel
// of the data, else signal.path (corrected) or signal.target (paper).
func (p *Processed) chooseForce(f *File, row []float64, q profile.Quirks) ([]float64, string, error) {
	const rowName = "signal.data after the last grid"
	switch p.Config.Force {
	case "auto":
	case "row":
		return row, rowName, nil
	case "path":
		return f.PathForce, "signal.path", nil
	case "target":
		return f.Target, "signal.target", nil
	default:
		x, err := f.auxiliary(p.Config.Force)
		return x, "signal.auxiliary " + p.Config.Force, err
	}
	if row != nil {
		return row, rowName, nil
	}
	x, name, alt, altName := f.PathForce, "signal.path", f.Target, "signal.target"
	if q.TargetAsForce {
		x, name, alt, altName = alt, altName, x, name
	}
	if x == nil {
		x, name = alt, altName
	}
	if x != nil {
		p.warn("no force channel in signal.data: %s is taken as force; MUedit rescales it on opening, so look at the plateaus", name)
	}
	return x, name, nil
}

// Trains returns the spike times of all units.
func (p *Processed) Trains() [][]float64 {
	t := make([][]float64, len(p.Units))
	for i, u := range p.Units {
		t[i] = u.Times
	}
	return t
}

func (p *Processed) properties() error {
	r, err := newRamp(p.Force.PercentMVC, p.Config, p.FsHz)
	if err != nil {
		p.warn("thresholds and rates are missing: %v", err)
		return nil
	}
	for i := range p.Units {
		p.Units[i].Properties = unitProperties(p.Units[i].Times, p.Force.Plateaus, r, p.Config, p.FsHz)
	}
	return nil
}

// MeanOf is the mean over plateaus of a property, NaN where no plateau has it.
func MeanOf(values []float64) float64 { return signal.NaNMean(values) }
