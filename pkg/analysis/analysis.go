// Package analysis composes firing rates, ground truth, cross-histograms and
// coherence for one recording, in memory. It reads and writes no files.
package analysis

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"example.org/renshaw/pkg/analysis/coherence"
	"example.org/renshaw/pkg/analysis/connectivity"
	"example.org/renshaw/pkg/analysis/crosshist"
	"example.org/renshaw/pkg/analysis/rate"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/run/seed"
)

// Row is the cross-histogram of one unit of pool A with pool B in one direction.
type Row struct {
	PoolA, PoolB string              // pool (muscle) of the unit, and the pool it is paired with
	Unit         int                 // number of the unit in the recording
	Direction    crosshist.Direction // side of the pair on which the unit is
	Fitted       bool                // enough counts for a fit
	Error        string              // why a fit with enough counts gave nothing
	Features     crosshist.Features  // of the fitted curve; NaN where not measured
	Fit          *crosshist.Fit      // nil without one
	Prob         []float64           // smoothed curve, when curves are kept
	NullSeed     int64               // seed of the null draws, -1 without

	histogram crosshist.Histogram
}

// Histogram returns the pooled histogram behind the row.
func (r *Row) Histogram() crosshist.Histogram { return r.histogram }

// CellStats is the firing of one cell.
type CellStats struct {
	ID    int        // number of the cell in the recording
	Stats rate.Stats // rates in Hz
}

// Analysis is the result for one recording.
type Analysis struct {
	Source       string  // file name of the recording
	SourceSHA256 string  // set by the caller that read it, as is SourcePath
	SourcePath   string  // absolute path of the recording when it was analysed
	Simulation   bool    // of a simulation, whose truth is known
	Params       Params  // with which it was made
	DurationS    float64 // analysed time, s
	FsHz         float64 // sampling rate of the recording, Hz

	// Of an experiment, where the recording tells.
	Subject, Condition string
	IntensityMVC       float64 // % MVC; 0 if unknown
	Recording          string  // name of the recording in tables
	TrainsSHA256       string  // of its discharges: the same in copies of a recording

	Kept      []int                   // units analysed; nil for experiments
	MN, RC    []CellStats             // motor neurons and Renshaw cells of a simulation
	Pools     []string                // names, in order of first appearance
	Truth     *connectivity.Effective // inhibition of a simulation, mA·Hz; nil if not asked for
	Graph     *connectivity.Graph     // of its connections; nil if not asked for
	Axis      crosshist.Axis          // of all cross-histograms
	Rows      []Row                   // ordered pair of pools, unit, direction
	Coherence *coherence.Result       // nil if not asked for
}

// Options are what tests and callers may replace; the zero value is the ordinary
// analysis.
type Options struct {
	Workers int // goroutines for the rows; 0 means 1
	// Spare, if not nil, replaces Workers: a goroutine more measures rows for every place that can
	// be sent into it, and takes the place out again. Analyses that share one share its places.
	Spare chan struct{}
	// Sampler makes the null sampler of a row; nil derives seeds from Params.Seed.
	Sampler func(r *Row, baseline []float64) crosshist.Sampler
	// Shuffle permutes units for the coherence; nil uses a generator seeded from
	// Params.Seed.
	Shuffle func([]int)
	// Progress is called after every row and coherence with a share of the work.
	Progress func(done, total int)
}

// Run analyses one recording. truth is nil for experiments.
func Run(ctx context.Context, rec *recording.Recording, truth *recording.GroundTruth, p Params,
	opt Options) (*Analysis, error) {
	quirks, err := profile.For(p.Profile)
	if err != nil {
		return nil, err
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := rec.Validate(); err != nil {
		return nil, err
	}
	if p.LowpassHz*2 > rec.FsHz {
		return nil, fmt.Errorf("cross_histogram_measures_lowpass_filter_prob_dist: %v Hz is above half "+
			"the sampling rate (%v Hz)", p.LowpassHz, rec.FsHz)
	}
	a := &Analysis{Source: rec.Name, Simulation: truth != nil, Params: p, DurationS: rec.DurationS,
		FsHz:    rec.FsHz,
		Subject: rec.Subject, Condition: rec.Condition, IntensityMVC: rec.IntensityMVC}
	if truth == nil {
		a.Recording, a.TrainsSHA256 = rec.Key, rec.TrainsSHA256
		if a.TrainsSHA256 == "" {
			a.TrainsSHA256 = rec.TrainsSum()
		}
	}
	if truth != nil {
		if rec, truth, err = a.observe(rec, truth); err != nil {
			return nil, err
		}
		all := rec
		rec = a.selectUnits(all)
		a.simulationOnly(all, rec, truth, quirks)
	}
	a.Pools = rec.Pools()
	if p.CrossHistograms {
		if err := a.crossHistograms(ctx, rec, quirks, opt); err != nil {
			return nil, err
		}
	}
	if truth != nil && p.Coherence {
		if err := a.coherence(ctx, rec, truth, quirks, opt); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// observe cuts a simulation to the window of the parameters.
func (a *Analysis) observe(rec *recording.Recording,
	truth *recording.GroundTruth) (*recording.Recording, *recording.GroundTruth, error) {
	start, length := a.Params.WindowStartS, a.Params.WindowS
	if length == 0 {
		return rec, truth, nil
	}
	if start+length > rec.DurationS*(1+1e-12) {
		return nil, nil, fmt.Errorf("%s: analysis_window_start + analysis_window_length: %v s + %v s "+
			"is longer than the simulation (%v s)", rec.Name, start, length, rec.DurationS)
	}
	cut := *rec
	cut.DurationS, cut.Units = length, nil
	for _, u := range rec.Units {
		u.SpikesS = recording.Window(u.SpikesS, start, start+length)
		cut.Units = append(cut.Units, u)
	}
	observed := *truth
	observed.RenshawSpikesS = map[int][]float64{}
	for id, s := range truth.RenshawSpikesS {
		observed.RenshawSpikesS[id] = recording.Window(s, start, start+length)
	}
	if len(truth.CommonInput) > 0 && a.Params.Coherence {
		return nil, nil, fmt.Errorf("%s: analysis_window_length: coherence is measured over whole "+
			"simulations; set get_coherence: false", rec.Name)
	}
	a.DurationS = length
	return &cut, &observed, nil
}

// Seen is how much a recording shows of a muscle: the number of units that have a
// cross-histogram, and the median of their counts.
type Seen struct {
	Units  int     // per muscle
	Counts float64 // of a unit's cross-histogram
}

// The least that is seen of a training simulation, and that SeenAs leaves; and the most units.
const (
	MostSeen      = 30   // units
	FewestSeen    = 5    // units
	ShortestSeenS = 15.0 // s, or the whole of a shorter simulation
)

// SeenAs limits the analysis of a simulation to what a recording shows: s.Units random units per
// pool, in a random window so long that the median of their counts is s.Counts (with their own
// pool, or with the last one if p.IgnoreHomonymous), but at least 5 units and 15 s, and at most
// the whole.
func (p Params) SeenAs(rec *recording.Recording, s Seen) Params {
	p.RandomSubset = max(s.Units, FewestSeen)
	pools := rec.Pools()
	if len(pools) == 0 {
		return p
	}
	a := &Analysis{Params: p, Source: rec.Name}
	units := a.selectUnits(rec)
	own := trains(units, pools[0])
	other := own
	if p.IgnoreHomonymous {
		other = trains(units, pools[len(pools)-1])
	}
	var counts []float64
	for _, h := range crosshist.NewAxis(rec.FsHz).Pool(own, other, !p.IgnoreHomonymous) {
		counts = append(counts, float64(h.Of(crosshist.Inhibited).Count))
	}
	length := rec.DurationS * s.Counts / signal.Percentile(counts, 50)
	if !(length < rec.DurationS) {
		return p
	}
	p.WindowS = math.Max(length, math.Min(ShortestSeenS, rec.DurationS))
	p.WindowStartS = (rec.DurationS - p.WindowS) * a.rng("window").Float64()
	return p
}

// rng is the generator of one purpose, derived from the seed, the file and names.
func (a *Analysis) rng(names ...string) *rand.Rand {
	return seed.Stream(a.Params.Seed, seed.Join(append(names, a.Source, "")...))
}

// selectUnits applies the continuity filter and the random subset; the kept order
// is that of the units, or of the draw.
func (a *Analysis) selectUnits(rec *recording.Recording) *recording.Recording {
	p := a.Params
	out := *rec
	out.Units = nil
	for _, pool := range rec.Pools() {
		var units []recording.Unit
		for _, i := range rec.UnitsOf(pool) {
			u := rec.Units[i]
			if p.RemoveDiscontinuous &&
				(len(u.SpikesS) == 0 || recording.LongestGap(u.SpikesS, 0, rec.DurationS) > p.DiscontinuousS) {
				continue
			}
			units = append(units, u)
		}
		if n := p.RandomSubset; n > 0 {
			a.rng("subset", pool).Shuffle(len(units),
				func(i, j int) { units[i], units[j] = units[j], units[i] })
			units = units[:min(n, len(units))]
		}
		for _, u := range units {
			a.Kept = append(a.Kept, u.ID)
		}
		out.Units = append(out.Units, units...)
	}
	if p.RandomSubset == 0 {
		slices.Sort(a.Kept)
		slices.SortFunc(out.Units, func(x, y recording.Unit) int { return x.ID - y.ID })
	}
	return &out
}

// simulationOnly measures firing and connectivity; all holds the units before the
// selection, rec those after.
func (a *Analysis) simulationOnly(all, rec *recording.Recording, truth *recording.GroundTruth,
	q profile.Quirks) {
	p := a.Params
	rates := make([]float64, len(truth.ConnectivityMNtoMN))
	belowS := float64(recording.LongestIntervalS)
	if q.RatesAsPublished {
		belowS = math.Inf(1)
	}
	var mn []CellStats
	for _, u := range rec.Units {
		s := rate.Of(u.SpikesS, belowS)
		mn = append(mn, CellStats{u.ID, s})
		if u.ID < len(rates) {
			rates[u.ID] = s.MeanHz
		}
	}
	if p.FiringRates {
		a.MN = mn
		for _, id := range sortedKeys(truth.RenshawSpikesS) {
			a.RC = append(a.RC, CellStats{id, rate.Of(truth.RenshawSpikesS[id], belowS)})
		}
	}
	if truth.ConnectivityMNtoMN == nil {
		return
	}
	if p.GroundTruth {
		cells := map[string][]int{}
		for _, u := range all.Units {
			cells[u.Pool] = append(cells[u.Pool], u.ID)
		}
		t := connectivity.Measure(truth.ConnectivityMNtoMN, truth.RenshawToMNIPSPA, rates, a.Kept,
			rec.Pools(), cells,
			connectivity.Options{DeliveredByOtherPool: q.DeliveredByOtherPool})
		a.Truth = &t
	}
	if p.GraphTheory {
		g := connectivity.Measures(truth.ConnectivityMNtoMN, a.Kept)
		a.Graph = &g
	}
}

func sortedKeys(m map[int][]float64) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// trains are the discharges of a pool's units.
func trains(rec *recording.Recording, pool string) (out [][]float64) {
	for _, i := range rec.UnitsOf(pool) {
		out = append(out, rec.Units[i].SpikesS)
	}
	return out
}

func (a *Analysis) crossHistograms(ctx context.Context, rec *recording.Recording,
	q profile.Quirks, opt Options) error {
	a.Axis = crosshist.NewAxis(rec.FsHz)
	if !crosshist.NewSmoother(rec.FsHz, a.Params.LowpassHz, a.Axis.Bins()).Fits() {
		return fmt.Errorf("%s: at %v Hz the histogram has too few bins for a low-pass of %v Hz", rec.Name,
			rec.FsHz, a.Params.LowpassHz)
	}
	for _, poolA := range a.Pools {
		units := rec.UnitsOf(poolA)
		for _, poolB := range a.Pools {
			same := poolA == poolB
			other := trains(rec, poolB)
			if same && a.Params.IgnoreHomonymous || !same && a.Params.IgnoreHeteronymous {
				other = make([][]float64, len(other)) // no spikes: empty histograms
			}
			own := trains(rec, poolA)
			if same {
				own = other
			}
			pooled := a.Axis.Pool(own, other, same)
			for k, i := range units {
				for _, d := range crosshist.Directions {
					if a.Params.Directions == "inhibited" && d != crosshist.Inhibited {
						continue
					}
					a.Rows = append(a.Rows, Row{PoolA: poolA, PoolB: poolB, Unit: rec.Units[i].ID, Direction: d,
						NullSeed: -1, histogram: pooled[k].Of(d)})
				}
			}
		}
	}
	return a.measureRows(ctx, rec.FsHz, q, opt)
}

// measureRows fits and measures every row; the result does not depend on the
// number of workers.
func (a *Analysis) measureRows(ctx context.Context, fsHz float64, q profile.Quirks,
	opt Options) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	next, done := 0, 0
	take := func() int {
		mu.Lock()
		defer mu.Unlock()
		if next == len(a.Rows) || ctx.Err() != nil {
			return -1
		}
		next++
		return next - 1
	}
	spare := opt.Spare
	if spare == nil {
		spare = make(chan struct{}, max(0, opt.Workers-1))
	}
	var work func()
	work = func() {
		m := newMeasurer(a, fsHz, q, opt)
		for i := take(); i >= 0; i = take() {
			select { // whoever is at work calls the next one
			case spare <- struct{}{}:
				wg.Go(func() {
					defer func() { <-spare }()
					work()
				})
			default:
			}
			m.measure(&a.Rows[i])
			if opt.Progress != nil {
				mu.Lock()
				done++
				opt.Progress(done, len(a.Rows))
				mu.Unlock()
			}
		}
	}
	work()
	wg.Wait()
	return ctx.Err()
}

type measurer struct {
	source   string
	params   Params
	opt      Options
	oneByOne bool // null draws spike by spike
	smoother *crosshist.Smoother
	fitter   *crosshist.Fitter
	raw, y   []float64
}

func newMeasurer(a *Analysis, fsHz float64, q profile.Quirks, opt Options) *measurer {
	n, p := a.Axis.Bins(), a.Params
	fitter := crosshist.NewFitter(a.Axis, p.MinPlateauS)
	fitter.ByDifferences = q.FitByDifferences
	return &measurer{a.Source, p, opt, q.NullSpikeBySpike,
		crosshist.NewSmoother(fsHz, p.LowpassHz, n), fitter, make([]float64, n), make([]float64, n)}
}

func (m *measurer) measure(r *Row) {
	h := r.histogram
	r.Features = crosshist.Unfitted(h.Count)
	if h.Count == 0 || float64(h.Count) < m.params.MinSpikes {
		return
	}
	r.Fitted = true
	curve := h.Normalized
	if m.params.HistogramKind == "raw" {
		for k, c := range h.Raw {
			m.raw[k] = float64(c)
		}
		curve = m.raw
	}
	m.smoother.Curve(curve, m.y)
	if m.params.SaveCurves {
		r.Prob = append([]float64(nil), m.y...)
	}
	fit, err := m.fitter.Fit(m.y)
	if err != nil {
		r.Error = err.Error()
		return
	}
	r.Fit = fit
	var null *crosshist.Null
	if m.params.NullDraws > 0 && fit.R2Full >= m.params.MinR2 {
		null = m.fitter.NullDraws(fit, h.Count, m.params.NullDraws, m.params.LowpassHz, m.sampler(r))
	}
	r.Features = m.fitter.Measure(fit, m.y, h.Count, m.params.MinR2, null)
	if math.IsNaN(fit.R2Full) || math.IsInf(fit.R2Full, 0) {
		r.Error = "the curve is constant"
	}
}

// sampler seeds the null draws from the seed, the file and the identity of the row.
func (m *measurer) sampler(r *Row) func([]float64) crosshist.Sampler {
	if m.opt.Sampler != nil {
		return func(b []float64) crosshist.Sampler { return m.opt.Sampler(r, b) }
	}
	var unit [8]byte
	binary.LittleEndian.PutUint64(unit[:], uint64(r.Unit))
	key := seed.Key(seed.Join("null", m.source, r.PoolA, r.PoolB, r.Direction.String(),
		string(unit[:]), ""))
	r.NullSeed = int64(key >> 1)
	return func(b []float64) crosshist.Sampler {
		if m.oneByOne {
			return crosshist.NewAlias(b, m.params.Seed, uint64(r.NullSeed))
		}
		return crosshist.NewMultinomial(b, m.params.Seed, uint64(r.NullSeed))
	}
}

func (a *Analysis) coherence(ctx context.Context, rec *recording.Recording,
	truth *recording.GroundTruth, q profile.Quirks, opt Options) error {
	p := a.Params
	shuffle := opt.Shuffle
	if shuffle == nil {
		rng := a.rng("coherence")
		shuffle = func(u []int) { rng.Shuffle(len(u), func(i, j int) { u[i], u[j] = u[j], u[i] }) }
	}
	var pools []coherence.Pool
	trains := map[int][]float64{}
	for _, name := range a.Pools {
		pool := coherence.Pool{Name: name}
		for _, i := range rec.UnitsOf(name) {
			pool.Units = append(pool.Units, rec.Units[i].ID)
			trains[rec.Units[i].ID] = rec.Units[i].SpikesS
		}
		pools = append(pools, pool)
	}
	var input []float64
	if p.CoherenceWithInput && len(truth.CommonInput) > 0 {
		margin := int(rec.FsHz) // one second at each end, as in the original
		row := truth.CommonInput[0]
		if len(row) < 2*margin {
			return fmt.Errorf("%s: input/common_input has %d samples, fewer than its margins of 1 s",
				rec.Name, len(row))
		}
		input = row[margin : len(row)-margin]
	}
	var err error
	a.Coherence, err = coherence.Measure(ctx, coherence.Params{
		FsHz: rec.FsHz, DurationS: rec.DurationS, WindowS: p.CoherenceWindowS,
		Overlap: p.CoherenceOverlap, Upsampling: p.CoherenceUpsampling,
		MaxFreqHz: p.CoherenceMaxHz, MaxIterations: p.CoherenceIterations,
		LastPoolInput: q.InputCoherenceLastPool,
	}, pools, trains, input, shuffle)
	if err != nil {
		return fmt.Errorf("%s: %w", rec.Name, err)
	}
	return nil
}
