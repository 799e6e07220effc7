package motorpool

import (
	"math"
	"slices"
)

const (
	four      = 4             // signals that are kept together, one to a lane
	elsewhere = math.MinInt16 // difference of a sample that is kept whole
	wholeTime = 4096          // samples on which predictors are compared
)

// fourSignals keeps four signals of one low frequency band, sample after sample, in about 2.4
// bytes a sample instead of 8, bit for bit.
//
// What a band holds below a tenth of the sampling rate follows from its past but for rounding. Of
// every sample, the difference from its prediction is kept, in steps between neighbouring
// numbers; a sample that is further away, as small ones often are, is kept whole. Without a
// predictor all are.
type fourSignals struct {
	predictor []float64 // weights of the last samples, the oldest first
	diffs     []int16
	whole     []float64
}

// newPredictor returns the weights that predict a signal below some frequency from its last
// samples, an even number of them. One minus the prediction is a filter whose zeros lie on the
// unit circle, at the nodes of Chebyshev's polynomial on the band: among all, this filter has
// the smallest peak there for its length, about 2 (π cutoff/fs)^samples.
func newPredictor(samples int, cutoffHz, fsHz float64) []float64 {
	filter := []float64{1}
	for j := range samples / 2 {
		node := math.Cos(math.Pi * float64(2*j+1) / float64(2*samples))
		a := -2 * math.Cos(2*math.Pi*cutoffHz/fsHz*node)
		next := make([]float64, len(filter)+2)
		for i, v := range filter {
			next[i] += v
			next[i+1] += a * v
			next[i+2] += v
		}
		filter = next
	}
	weights := make([]float64, samples) // the filter reads the same both ways
	for i := range weights {
		weights[i] = -filter[i]
	}
	return weights
}

// bestPredictor returns the predictor with which a signal of that band takes the least memory, or
// nil. Long ones amplify rounding, short ones miss.
func bestPredictor(x []float64, cutoffHz, fsHz float64) (best []float64) {
	x = x[(len(x)-min(len(x), wholeTime))/2:]
	x = x[:min(len(x), wholeTime)]
	least := 8 * float64(len(x))
	var f fourSignals
	for samples := 6; samples <= 20; samples += 2 {
		f.predictor = newPredictor(samples, cutoffHz, fsHz)
		f.keep([four][]float64{x})
		if bytes := 2*float64(len(x)) + 8*float64(len(f.whole)-samples-four); bytes < least {
			best, least = f.predictor, bytes
		}
	}
	return best
}

// keep replaces the signals; nil ones, which are not the first, become zeros.
func (f *fourSignals) keep(signals [four][]float64) {
	n, past := len(signals[0]), len(f.predictor)
	f.whole, f.diffs = f.whole[:0], f.diffs[:0]
	if past == 0 {
		f.whole = slices.Grow(f.whole, four*n)
	} else {
		f.diffs = slices.Grow(f.diffs, four*n)[:four*n]
	}
	rows := make([]float64, four*(past+blockSamples))
	var whole [four * (blockSamples + 1)]float64
	for at := 0; at < n; at += blockSamples {
		now := rows[four*past : four*(past+min(blockSamples, n-at))]
		for l, x := range signals {
			if x == nil {
				continue
			}
			for i, v := range x[at : at+len(now)/four] {
				now[four*i+l] = v
			}
		}
		if past == 0 {
			f.whole = append(f.whole, now...)
			continue
		}
		kept := differ(f.diffs[four*at:four*at+len(now)], rows, whole[:], f.predictor)
		f.whole = append(f.whole, whole[:kept]...)
		copy(rows, rows[len(now):])
	}
	if past > 0 {
		f.whole = append(f.whole, make([]float64, four)...) // read by kernels, and left
	}
}

// predict returns the prediction of the row after those, one for each sample of the predictor.
func predict(rows, predictor []float64) (next [four]float64) {
	for k, w := range predictor {
		row := (*[four]float64)(rows[four*k:])
		for l, v := range row {
			next[l] = math.FMA(w, v, next[l])
		}
	}
	return next
}

// differGo writes the differences of samples from their predictions; rows begin with as many as
// the predictor looks back. Samples elsewhere go to whole, which has room for one row too many;
// their number is returned.
func differGo(diffs []int16, rows, whole, predictor []float64) (kept int) {
	past := four * len(predictor)
	for at := 0; at < len(diffs); at += four {
		for l, v := range predict(rows[at:], predictor) {
			x := rows[past+at+l]
			d := int64(math.Float64bits(x) - math.Float64bits(v))
			if d <= elsewhere || d > math.MaxInt16 {
				d = elsewhere
				whole[kept] = x
				kept++
			}
			diffs[at+l] = int16(d)
		}
	}
	return kept
}

// restoreGo is the inverse of differGo. It returns how many samples it took from whole, which
// has a row more.
func restoreGo(rows []float64, diffs []int16, whole, predictor []float64) (taken int) {
	past := four * len(predictor)
	for at := 0; at < len(diffs); at += four {
		for l, v := range predict(rows[at:], predictor) {
			d := diffs[at+l]
			rows[past+at+l] = math.Float64frombits(math.Float64bits(v) + uint64(int64(d)))
			if d == elsewhere {
				rows[past+at+l] = whole[taken]
				taken++
			}
		}
	}
	return taken
}

// samples is the length of the signals.
func (f *fourSignals) samples() int {
	if len(f.predictor) == 0 {
		return len(f.whole) / four
	}
	return len(f.diffs) / four
}

// fourReader reads four signals from their beginning.
type fourReader struct {
	of       *fourSignals
	rows     []float64 // past and present of samples from … to-1
	from, to int
	whole    int // of their whole samples, how many were read
}

// at returns rows of samples from first on, at least one and as many as are at hand. They are
// valid until the next call. To go back takes as long as to begin again.
func (r *fourReader) at(first int) []float64 {
	f := r.of
	past := len(f.predictor)
	if past == 0 {
		return f.whole[four*first:]
	}
	if first < r.from || r.rows == nil {
		*r = fourReader{of: f, rows: make([]float64, four*(past+blockSamples))}
	}
	for first >= r.to {
		copy(r.rows, r.rows[four*(r.to-r.from):])
		r.from, r.to = r.to, min(r.to+blockSamples, f.samples())
		r.whole += restore(r.rows, f.diffs[four*r.from:four*r.to], f.whole[r.whole:], f.predictor)
	}
	return r.rows[four*(past+first-r.from) : four*(past+r.to-r.from)]
}
