// Package coherence measures how much summed spike trains share at each frequency:
// between groups of motor units, and between a group and the common input that a
// simulation gave them.
//
// A pair of signals is detrended, cut into overlapping windows whose mean is
// removed, multiplied by a symmetric Hann window and zero-padded; with X and Y the
// transforms and ⟨⟩ the average over windows,
//
//	C(f) = |⟨X* Y⟩|² / (⟨|X|²⟩ ⟨|Y|²⟩).
//
// All steps up to the average are linear, so every train is transformed once and
// groups are sums of transforms.
package coherence

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"

	"example.org/renshaw/pkg/num/signal"
)

// Params of the analysis.
type Params struct {
	FsHz          float64 // sampling rate of the binary trains, Hz
	DurationS     float64 // s
	WindowS       float64 // a whole number of samples
	Overlap       float64 // fraction of a window
	Upsampling    int     // FFT length as a multiple of the window
	MaxFreqHz     float64 // excluded
	MaxIterations int     // draws at group size 1; round(MaxIterations/size) at larger ones
	// LastPoolInput lets every pair of pools overwrite the coherence with the input
	// of pool 0, as in the original; otherwise pool 0 is measured.
	LastPoolInput bool
}

func (p Params) window() int { return int(math.Round(p.WindowS * p.FsHz)) }
func (p Params) step() int {
	return p.window() - int(math.RoundToEven(float64(p.window())*p.Overlap))
}
func (p Params) samples() int { return int(math.RoundToEven(p.DurationS * p.FsHz)) }
func (p Params) fftSize() int {
	return int(math.RoundToEven(float64(p.Upsampling) * float64(p.window())))
}
func (p Params) bins() int {
	n := p.fftSize()
	k := int(math.Floor(p.MaxFreqHz * float64(n) / p.FsHz))
	return max(0, min(k, n/2))
}

// Validate names the parameter that cannot work.
func (p Params) Validate() error {
	w := p.WindowS * p.FsHz
	switch {
	case !(w >= 2) || math.Abs(w-math.Round(w)) > 1e-9:
		return fmt.Errorf("coherence_window_length: %v s is not a whole number of samples at %v Hz",
			p.WindowS, p.FsHz)
	case !(p.Overlap >= 0 && p.Overlap < 1) || p.step() < 1:
		return fmt.Errorf("coherence_windows_overlap: %v; a fraction from 0 to below 1 is expected",
			p.Overlap)
	case p.Upsampling < 1 || p.Upsampling > 64:
		return fmt.Errorf("coherence_upsampling_frequency_resolution: %d; 1 to 64 is expected",
			p.Upsampling)
	case !(p.MaxFreqHz > 0 && p.MaxFreqHz <= p.FsHz/2):
		return fmt.Errorf("coherence_max_freq: %v Hz; at most half the sampling rate (%v Hz) is possible",
			p.MaxFreqHz, p.FsHz/2)
	case p.MaxIterations < 1:
		return fmt.Errorf("coherence_calc_max_iteration_nb_per_group_size: %d; at least 1 is expected",
			p.MaxIterations)
	case p.samples() < p.window():
		return fmt.Errorf("the recording (%v s) is shorter than one window of coherence (%v s)",
			p.DurationS, p.WindowS)
	}
	return nil
}

// FrequenciesHz lists the frequencies of every curve: k fs/(upsampling window).
func (p Params) FrequenciesHz() []float64 {
	f := make([]float64, p.bins())
	for k := range f {
		f[k] = float64(k) * p.FsHz / float64(p.fftSize())
	}
	return f
}

// Curves are coherence curves by group size.
type Curves struct {
	Name   string            // "A-B", or pool0-input0
	A, B   string            // names of the pools; B is "" with the input
	Sizes  []int             // units per group, ascending
	BySize map[int][]float64 // at Result.FrequenciesHz, 0 to 1
}

// Delta summarises the growth of coherence from one group size to the next.
type Delta struct {
	Mean, Median, MaxPlusMin []float64 // per frequency
}

// Result of Measure.
type Result struct {
	FrequenciesHz []float64 // of every curve, Hz
	Total         []Curves  // of every unordered pair of pools, a pool with itself included
	WithInput     *Curves   // nil without common input
}

// Pool is one pool of kept units.
type Pool struct {
	Name  string // muscle or simulated pool
	Units []int  // numbers handed to Shuffle; indices into trains
}

// Measure computes the coherence of all unordered pairs of pools, and with the
// common input (nil: none; length DurationS·FsHz). trains are indexed by unit, in
// s. shuffle permutes a list of units in place; it is called for the first pool,
// for the second pool if it is another one, and for the input, in this order, in
// every iteration.
func Measure(ctx context.Context, p Params, pools []Pool, trains map[int][]float64, input []float64,
	shuffle func([]int)) (*Result, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if input != nil && len(input) != p.samples() {
		return nil, fmt.Errorf("the common input has %d samples without its margins, but %v s at %v "+
			"Hz are %d", len(input), p.DurationS, p.FsHz, p.samples())
	}
	e := newEngine(p)
	spectra, samples := map[int][]float64{}, make([]float64, p.samples())
	for _, pool := range pools {
		for _, u := range pool.Units {
			binary(samples, trains[u], p)
			spectra[u] = e.transform(samples)
		}
	}
	res := &Result{FrequenciesHz: p.FrequenciesHz()}
	var in []float64
	if input != nil {
		copy(samples, input)
		in = e.transform(samples)
	}
	for i, a := range pools {
		for _, b := range pools[i:] {
			within := a.Name == b.Name
			withInput := in
			if !p.LastPoolInput && !(i == 0 && within) {
				withInput = nil
			}
			total, input, err := e.pair(ctx, a, b, within, spectra, withInput, shuffle)
			if err != nil {
				return nil, err
			}
			res.Total = append(res.Total, total)
			if withInput != nil {
				res.WithInput = &input
			}
		}
	}
	return res, nil
}

// binary writes the train into x as 0/1 samples; two spikes in a sample count once.
func binary(x, spikesS []float64, p Params) {
	clear(x)
	for _, t := range spikesS {
		if i := int(math.Floor(t * p.FsHz)); i >= 0 && i < len(x) {
			x[i] = 1
		}
	}
}

type engine struct {
	p       Params
	hann    []float64
	fft     *signal.RealFFT
	windows int
	bins    int
	x, y    []float64
	drawn   []*drawn
}

func newEngine(p Params) *engine {
	e := &engine{p: p, hann: signal.Hann(p.window()), fft: signal.NewRealFFT(p.fftSize()),
		bins: p.bins()}
	e.windows = (p.samples()-p.window())/p.step() + 1
	e.x, e.y = make([]float64, 2*e.bins), make([]float64, 2*e.bins)
	return e
}

// transform returns the spectra of all windows, one after the other: the real parts of a window,
// then its imaginary parts. It takes the trend out of x.
func (e *engine) transform(x []float64) []float64 {
	signal.DetrendInPlace(x)
	w := e.p.window()
	out := make([]float64, 2*e.windows*e.bins)
	for first := 0; first < e.windows; first += signal.FourSignals {
		in, some := e.fft.Input(), min(signal.FourSignals, e.windows-first)
		clear(in) // a window is padded with zeros
		for s := range some {
			part := x[(first+s)*e.p.step():][:w]
			m := signal.Mean(part)
			for i, v := range part {
				in[signal.FourSignals*i+s] = (v - m) * e.hann[i]
			}
		}
		e.fft.Transform()
		for s := range some {
			at := 2 * (first + s) * e.bins
			for k := range e.bins {
				c := e.fft.At(s, k)
				out[at+k], out[at+k+e.bins] = real(c), imag(c)
			}
		}
	}
	return out
}

// drawn is a pair of groups, given by the spectra of their members, and the sums over windows of
// their products.
type drawn struct {
	x, y     [][]float64
	re, im   []float64 // of X* Y
	pxx, pyy []float64
	curve    []float64
}

// together is how many draws are measured in one pass over the windows: enough for the spectra of a
// window to stay in the cache, and so few that their sums do not fill the memory.
const together = 64

// measure computes the coherence of every draw. The windows are the outer loop, so that the
// spectra of one are read from the memory once for all draws.
func (e *engine) measure(draws []*drawn) {
	for ; len(draws) > 0; draws = draws[min(together, len(draws)):] {
		some := draws[:min(together, len(draws))]
		for i, d := range some {
			if i == len(e.drawn) {
				n := e.bins
				e.drawn = append(e.drawn, &drawn{re: make([]float64, n), im: make([]float64, n),
					pxx: make([]float64, n), pyy: make([]float64, n)})
			}
			d.re, d.im, d.pxx, d.pyy = e.drawn[i].re, e.drawn[i].im, e.drawn[i].pxx, e.drawn[i].pyy
			for _, v := range [][]float64{d.re, d.im, d.pxx, d.pyy} {
				clear(v)
			}
		}
		for w := range e.windows {
			for _, d := range some {
				signal.SumRows(e.x, d.x, 2*w*e.bins)
				signal.SumRows(e.y, d.y, 2*w*e.bins)
				d.add(e.x, e.y)
			}
		}
		for _, d := range some {
			d.curve = make([]float64, e.bins)
			for k, re := range d.re {
				d.curve[k] = (re*re + d.im[k]*d.im[k]) / (d.pxx[k] * d.pyy[k])
			}
			d.re, d.im, d.pxx, d.pyy = nil, nil, nil, nil
		}
	}
}

// add adds the products of a window.
func (d *drawn) add(x, y []float64) {
	n := len(d.re)
	xr, xi, yr, yi := x[:n], x[n:][:n], y[:n], y[n:][:n]
	im, pxx, pyy := d.im[:n], d.pxx[:n], d.pyy[:n]
	for k := range d.re {
		a, b, c, f := xr[k], xi[k], yr[k], yi[k]
		d.re[k] += a*c + b*f
		im[k] += a*f - b*c
		pxx[k] += a*a + b*b
		pyy[k] += c*c + f*f
	}
}

func pick(spectra map[int][]float64, units []int) [][]float64 {
	g := make([][]float64, len(units))
	for i, u := range units {
		g[i] = spectra[u]
	}
	return g
}

func (e *engine) pair(ctx context.Context, a, b Pool, within bool, spectra map[int][]float64,
	in []float64, shuffle func([]int)) (total, input Curves, err error) {
	total = Curves{Name: a.Name + "-" + b.Name, A: a.Name, B: b.Name, BySize: map[int][]float64{}}
	input = Curves{Name: "pool0-input0", A: a.Name, BySize: map[int][]float64{}}
	largest := (len(a.Units) + len(b.Units)) / 2
	if within {
		largest = len(a.Units) / 2
	}
	for s := 1; s <= len(a.Units); s++ {
		if s > largest && in == nil {
			break
		}
		if err := ctx.Err(); err != nil {
			return total, input, err
		}
		iterations := max(1, int(math.RoundToEven(float64(e.p.MaxIterations)/float64(s))))
		var groups, inputs []*drawn
		for it := 0; it < iterations; it++ {
			if s <= largest {
				first, second := split(a, b, within, s, shuffle)
				groups = append(groups, &drawn{x: pick(spectra, first), y: pick(spectra, second)})
			}
			if in != nil {
				u := shuffled(a.Units, shuffle)
				inputs = append(inputs, &drawn{x: pick(spectra, u[:s]), y: [][]float64{in}})
			}
		}
		e.measure(append(slices.Clone(groups), inputs...))
		if groups != nil {
			total.Sizes, total.BySize[s] = append(total.Sizes, s), columnMeans(groups)
		}
		if inputs != nil {
			input.Sizes, input.BySize[s] = append(input.Sizes, s), columnMeans(inputs)
		}
	}
	return total, input, nil
}

func shuffled(units []int, shuffle func([]int)) []int {
	u := append([]int(nil), units...)
	shuffle(u)
	return u
}

// split draws the two groups: the first s of each pool, or the first and the last
// s of one.
func split(a, b Pool, within bool, s int, shuffle func([]int)) (first, second []int) {
	u := shuffled(a.Units, shuffle)
	if within {
		return u[:s], u[len(u)-s:]
	}
	v := shuffled(b.Units, shuffle)
	return u[:s], v[:min(s, len(v))]
}

// columnMeans averages each frequency over the draws, NaN left out.
func columnMeans(draws []*drawn) []float64 {
	out := make([]float64, len(draws[0].curve))
	column := make([]float64, len(draws))
	for k := range out {
		for i, d := range draws {
			column[i] = d.curve[k]
		}
		out[k] = signal.NaNMean(column)
	}
	return out
}

// Delta returns mean, median and maximum plus minimum, over the steps from one
// size to the next, of the gain in coherence; zeros with a single size.
func (c Curves) Delta(bins int) Delta {
	d := Delta{make([]float64, bins), make([]float64, bins), make([]float64, bins)}
	if len(c.Sizes) < 2 {
		return d
	}
	for k := 0; k < bins; k++ {
		var steps []float64
		for i := 1; i < len(c.Sizes); i++ {
			if v := c.BySize[c.Sizes[i]][k] - c.BySize[c.Sizes[i-1]][k]; !math.IsNaN(v) {
				steps = append(steps, v)
			}
		}
		if len(steps) == 0 {
			d.Mean[k], d.Median[k], d.MaxPlusMin[k] = math.NaN(), math.NaN(), math.NaN()
			continue
		}
		sort.Float64s(steps)
		d.Mean[k], d.Median[k] = signal.Mean(steps), signal.Percentile(steps, 50)
		d.MaxPlusMin[k] = steps[len(steps)-1] + steps[0]
	}
	return d
}
