package explore

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/num/stats"
	"example.org/renshaw/pkg/run/seed"
)

// Coherences has values at 0, 1, 2 … Hz up to below coherenceMost.
const coherenceMost = 150

// Coherence of two signals at 0 … 149 Hz: magnitude-squared, Welch's estimate of segments
// of 1 s with a symmetric Hann window and half overlap, each without its mean, of the
// signals without their trend. Signals shorter than 1 s give NaN.
func Coherence(a, b []float64, fsHz float64) []float64 {
	a, b = signal.Detrend(a), signal.Detrend(b)
	n := int(math.Round(fsHz))
	w := signal.Hann(n)
	fft := signal.NewRealFFT(n)
	in := fft.Input()
	pxx, pyy, pxy := make([]float64, coherenceMost), make([]float64, coherenceMost),
		make([]complex128, coherenceMost)
	add := func(lanes int) { // segments of a and b in turn
		fft.Transform()
		for lane := 0; lane < lanes; lane += 2 {
			for k := range pxy {
				x, y := fft.At(lane, k), fft.At(lane+1, k)
				pxx[k] += real(x)*real(x) + imag(x)*imag(x)
				pyy[k] += real(y)*real(y) + imag(y)*imag(y)
				pxy[k] += cmplx.Conj(x) * y
			}
		}
	}
	lane := 0
	for from := 0; from+n <= len(a); from += n - n/2 {
		for _, segment := range [][]float64{a[from : from+n], b[from : from+n]} {
			mean := signal.Mean(segment)
			for i, v := range segment {
				in[signal.FourSignals*i+lane] = (v - mean) * w[i]
			}
			lane++
		}
		if lane == signal.FourSignals {
			add(lane)
			in, lane = fft.Input(), 0
		}
	}
	if lane > 0 {
		add(lane)
	}
	out := make([]float64, coherenceMost)
	for k := range out {
		m := cmplx.Abs(pxy[k])
		out[k] = m * m / (pxx[k] * pyy[k])
	}
	return out
}

// GroupCoherence is the coherence of cumulative spike trains of n units each, within a
// muscle or between two, by n = 1 … (BySize[n-1]); the limits are the 95th and 99th
// percentile of surrogates of the largest groups, trains whose silences were reordered.
type GroupCoherence struct {
	Group   Group // one muscle or two
	BySize  [][]float64
	Limit95 []float64 // at 0, 1, 2 … Hz
	Limit99 []float64 // at 0, 1, 2 … Hz
}

// CoherenceOptions of Selection.Coherences.
type CoherenceOptions struct {
	Repeats    int    // shuffles of the units in groups of one; Repeats/n in groups of n
	Surrogates int    // sets of shuffled trains, spread over the repeats of the largest groups
	Paper      bool   // never shuffle the second muscle's units: they are always its first
	Seed       uint64 // of shuffles and surrogates
}

// Coherences analyses every muscle with at least two units and every pair of muscles, with
// all units on the selected plateaus. The random choices follow from the seed, whatever the
// number of processors.
func (s *Selection) Coherences(opt CoherenceOptions) []GroupCoherence {
	var out []GroupCoherence
	for k, group := range s.groups(func(int) bool { return true }) {
		first, second := group.Units, group.Units
		within := len(group.Muscles) == 1
		largest := len(first) / 2
		if !within {
			of := func(m string) []int {
				return slices.DeleteFunc(slices.Clone(group.Units),
					func(u int) bool { return s.Recording.Units[u].Muscle != m })
			}
			first, second = of(group.Muscles[0]), of(group.Muscles[1])
			largest = min(len(first), len(second))
		}
		if largest == 0 {
			continue
		}
		g := GroupCoherence{Group: group}
		var chance [][]float64
		for n := 1; n <= largest; n++ {
			repeats := max(int(math.RoundToEven(float64(opt.Repeats)/float64(n))), 1)
			perRepeat := 0
			if n == largest {
				perRepeat = (opt.Surrogates + repeats - 1) / repeats
			}
			curves, surrogates := make([][]float64, repeats), make([][][]float64, repeats)
			parallel(repeats, func(i int) {
				rng := seed.Stream(opt.Seed, "coherence units", k, n, i)
				a, b := s.draw(rng, first, second, n, within, opt.Paper)
				curves[i] = Coherence(s.CST(a), s.CST(b), s.Recording.FsHz)
				for range perRepeat {
					surrogates[i] = append(surrogates[i],
						Coherence(s.surrogateCST(rng, a), s.surrogateCST(rng, b), s.Recording.FsHz))
				}
			})
			g.BySize = append(g.BySize, meanCurve(curves))
			chance = append(chance, slices.Concat(surrogates...)...)
		}
		g.limits(chance)
		out = append(out, g)
	}
	return out
}

// parallel does n pieces of work on all processors.
func parallel(n int, do func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

func meanCurve(curves [][]float64) []float64 {
	out := make([]float64, len(curves[0]))
	for _, c := range curves {
		for i, v := range c {
			out[i] += v / float64(len(curves))
		}
	}
	return out
}

// draw takes n units of each side: of one muscle the first and the last of a shuffled list.
func (s *Selection) draw(rng *rand.Rand, first, second []int, n int, within,
	paper bool) (a, b []int) {
	shuffle := func(v []int) []int {
		v = slices.Clone(v)
		rng.Shuffle(len(v), func(i, j int) { v[i], v[j] = v[j], v[i] })
		return v
	}
	list := shuffle(first)
	if within {
		return list[:n], list[len(list)-n:]
	}
	if !paper {
		second = shuffle(second)
	}
	return list[:n], second[:n]
}

// surrogateCST is a cumulative spike train of units whose silences were reordered, those at
// both ends included.
func (s *Selection) surrogateCST(rng *rand.Rand, units []int) []float64 {
	x := make([]float64, s.Length)
	for _, u := range units {
		spikes := s.Spikes[u]
		gaps := make([]int, len(spikes)+1) // zeros before each spike and after the last
		last := -1
		for i, t := range spikes {
			gaps[i], last = t-last-1, t
		}
		gaps[len(spikes)] = s.Length - last - 1
		rng.Shuffle(len(gaps), func(i, j int) { gaps[i], gaps[j] = gaps[j], gaps[i] })
		at := -1
		for i := range spikes {
			at += gaps[i] + 1
			x[at]++
		}
	}
	return x
}

func (g *GroupCoherence) limits(chance [][]float64) {
	if len(chance) == 0 {
		return
	}
	column := make([]float64, len(chance))
	for k := range coherenceMost {
		for i := range chance {
			column[i] = chance[i][k]
		}
		q := stats.Quantiles(column, 0.95, 0.99)
		g.Limit95, g.Limit99 = append(g.Limit95, q[0]), append(g.Limit99, q[1])
	}
}

// CSTSpectra are spectra of cumulative spike trains of a muscle, of sum 1 over 0 … 200 Hz,
// by the number of units (BySize[k-1]); RateHz is the mean discharge rate of its units.
type CSTSpectra struct {
	Muscle      string    // name
	Frequencies []float64 // Hz
	BySize      [][]float64
	RateHz      float64
}

// spectrumMost is the highest frequency of a spectrum.
const spectrumMost = 200

// CSTSpectrum is the power spectral density of a cumulative spike train, Welch's estimate of
// segments of 1 s (periodic Hann window), at 0 … 200 Hz, and the same divided by its sum.
func CSTSpectrum(cst []float64, fsHz float64) (frequencies, density, normalised []float64) {
	w := signal.NewWelch(int(math.Round(fsHz)), fsHz)
	mean := signal.Mean(cst)
	x := make([]float64, len(cst))
	for i, v := range cst {
		x[i] = v - mean
	}
	w.Add(x)
	total := 0.0
	for k, f := range w.FrequenciesHz() {
		if f <= spectrumMost {
			frequencies, density = append(frequencies, f), append(density, w.Density()[k])
			total += w.Density()[k]
		}
	}
	for _, v := range density {
		normalised = append(normalised, v/total)
	}
	return frequencies, density, normalised
}

// Spectra analyses every muscle: for k units the mean over 100/k random choices, which
// follow from the seed.
func (s *Selection) Spectra(from uint64) []CSTSpectra {
	var out []CSTSpectra
	for m, group := range s.groups(func(int) bool { return true }) {
		if len(group.Muscles) > 1 {
			continue
		}
		rng := seed.Stream(from, "spectrum surrogate", m)
		c := CSTSpectra{Muscle: group.Muscles[0]}
		spikes := 0
		for _, u := range group.Units {
			spikes += len(s.Spikes[u])
		}
		c.RateHz = float64(spikes) / float64(len(group.Units)) / (float64(s.Length) / s.Recording.FsHz)
		for k := 1; k <= len(group.Units); k++ {
			draws := max(1, 100/k)
			if k == len(group.Units) {
				draws = 1 // all are the same
			}
			lists, curves := make([][]int, draws), make([][]float64, draws)
			for i := range lists {
				lists[i] = slices.Clone(group.Units)
				rng.Shuffle(len(lists[i]),
					func(a, b int) { lists[i][a], lists[i][b] = lists[i][b], lists[i][a] })
			}
			parallel(draws, func(i int) {
				_, _,
					curves[i] = CSTSpectrum(s.CST(lists[i][:k]), s.Recording.FsHz)
			})
			c.Frequencies, _, _ = CSTSpectrum(s.CST(group.Units), s.Recording.FsHz)
			mean := meanCurve(curves)
			c.BySize = append(c.BySize, mean)
		}
		out = append(out, c)
	}
	return out
}
