package signal

// SlidingDot writes dst[i] = Σ_j w[j] x[i+j]; x has len(dst) + len(w) - 1 samples. Every sum is
// made of four partial sums, of every fourth term, and the rest: the order on which fits of the
// result depend.
func SlidingDot(dst, x, w []float64) {
	if len(dst) == 0 || len(w) == 0 {
		clear(dst)
		return
	}
	_ = x[len(dst)+len(w)-2]
	slidingDot(dst, x, w)
}

func slidingDotGo(dst, x, w []float64) {
	for i := range dst {
		win := x[i : i+len(w)]
		var lane [4]float64
		j := 0
		for ; j+4 <= len(w); j += 4 {
			c, v := win[j:j+4:j+4], w[j:j+4:j+4]
			lane[0] += float64(c[0] * v[0])
			lane[1] += float64(c[1] * v[1])
			lane[2] += float64(c[2] * v[2])
			lane[3] += float64(c[3] * v[3])
		}
		v := (lane[0] + lane[2]) + (lane[1] + lane[3])
		for ; j < len(w); j++ {
			v += float64(win[j] * w[j])
		}
		dst[i] = v
	}
}
