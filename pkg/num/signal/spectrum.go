package signal

import "math"

// LowPeriodogram is the one-sided periodogram of x without its mean,
//
//	P[k] = |Σ_n x[n] exp(-2πi k n / N)|² / (fs N),
//
// doubled except at 0 and, for even N, at N/2; in units of x² per Hz. Only the
// bins below maxHz are computed (a plateau has any length, and few bins are
// wanted). freqHz[k] = k fs / N.
func LowPeriodogram(x []float64, fsHz, maxHz float64) (freqHz, p []float64) {
	n := len(x)
	if n == 0 {
		return nil, nil
	}
	mean := Mean(x)
	y := make([]float64, n)
	for i, v := range x {
		y[i] = v - mean
	}
	sin, cos := make([]float64, n), make([]float64, n)
	for i := range sin {
		sin[i], cos[i] = math.Sincos(2 * math.Pi * float64(i) / float64(n))
	}
	for k := 0; k <= n/2; k++ {
		f := float64(k) * fsHz / float64(n)
		if f >= maxHz {
			break
		}
		var re, im float64
		at := 0
		for _, v := range y {
			re += v * cos[at]
			im -= v * sin[at]
			if at += k; at >= n {
				at -= n
			}
		}
		v := (re*re + im*im) / (fsHz * float64(n))
		if k > 0 && 2*k != n {
			v *= 2
		}
		freqHz, p = append(freqHz, f), append(p, v)
	}
	return freqHz, p
}

// BinAverage averages p over bins equal intervals of [0, maxHz): the value of
// interval i covers edges e_i ≤ f < e_{i+1} with e_i = i maxHz/bins (the last one
// also its right edge); an interval without a frequency is NaN.
func BinAverage(freqHz, p []float64, maxHz float64, bins int) []float64 {
	out, n := make([]float64, bins), make([]int, bins)
	step := maxHz / float64(bins)
	for k, f := range freqHz {
		if f < 0 || f > maxHz {
			continue
		}
		i := min(int(f/step), bins-1)
		if i+1 < bins && f >= float64(i+1)*step {
			i++
		} else if f < float64(i)*step {
			i--
		}
		out[i] += p[k]
		n[i]++
	}
	for i := range out {
		out[i] /= float64(n[i])
	}
	return out
}
