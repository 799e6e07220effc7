package process

import (
	"math"

	"example.org/renshaw/pkg/num/signal"
)

// ActionPotential is a unit's average differential waveform on the channel with
// the best signal-to-noise ratio, and the shift that moves the unit's spike times
// to its onset.
type ActionPotential struct {
	Waveform []float64 // 2w samples, centred on the stored spike time
	Row, Col int       // place of the channel in the electrode array
	Ratio    float64   // peak-to-peak amplitude over noise sd
	Averaged int       // spikes with a full window
	High     int       // first sample above mean + 6 sd, -1 if none
	Low      int       // first sample below mean - 6 sd, -1 if none
	Onset    int       // sample of the onset within Waveform
	Found    bool      // an onset was found, not a fallback
	Shift    int       // samples added to the spike times
}

// fewestHalf is the smallest half window, samples: its half is the noise on either side.
const fewestHalf = 2

// halfWindow is w = int(0.040 fs) samples.
func (c Config) halfWindow(fsHz float64) int { return int(c.WindowS * fsHz) }

// realignUnit finds the onset of the action potential in the average window.
//
// Noise is the first and the last quarter of the window; the onset is the first
// sample beyond mean ± 6 sd of the noise. With OnsetZeroFallback a threshold that
// is not crossed counts as sample 0, as in the original, so that a unit crossing
// only one is shifted by -w.
func realignUnit(sum []float64, averaged int, pairs []electrodePair, half int, k float64,
	zeroFallback bool) ActionPotential {
	width := 2 * half
	ap := ActionPotential{Averaged: averaged, High: -1, Low: -1, Ratio: math.Inf(-1)}
	if averaged == 0 {
		return ap
	}
	d := make([]float64, width)
	for _, p := range pairs {
		p.difference(sum, d)
		if r := noiseRatio(d, half); r > ap.Ratio {
			ap.Ratio, ap.Row, ap.Col = r, p.row, p.col
			ap.Waveform = append(ap.Waveform[:0], d...)
		}
	}
	ap.findOnset(half, k, zeroFallback)
	return ap
}

func noiseOf(d []float64, half int) []float64 {
	quarter := half / 2
	return append(append([]float64(nil), d[:quarter]...), d[half+quarter:]...)
}

func noiseRatio(d []float64, half int) float64 {
	sd := signal.Std(noiseOf(d, half))
	if sd == 0 || math.IsNaN(sd) {
		return 0
	}
	lo, hi := d[0], d[0]
	for _, x := range d {
		lo, hi = math.Min(lo, x), math.Max(hi, x)
	}
	return (hi - lo) / sd
}

func (ap *ActionPotential) findOnset(half int, k float64, zeroFallback bool) {
	noise := noiseOf(ap.Waveform, half)
	m, sd := signal.Mean(noise), signal.Std(noise)
	for i, x := range ap.Waveform {
		if ap.High < 0 && x > m+k*sd {
			ap.High = i
		}
		if ap.Low < 0 && x < m-k*sd {
			ap.Low = i
		}
	}
	switch {
	case zeroFallback:
		ap.Onset = min(max(ap.High, 0), max(ap.Low, 0))
		ap.Found = ap.High >= 0 && ap.Low >= 0
	case ap.High < 0 && ap.Low < 0:
		ap.Onset = half
	case ap.High < 0 || ap.Low >= 0 && ap.Low < ap.High:
		ap.Onset, ap.Found = ap.Low, true
	default:
		ap.Onset, ap.Found = ap.High, true
	}
	ap.Shift = -(half - ap.Onset)
}
