package muedit

import (
	"math"

	"example.org/renshaw/pkg/file/matfile"
)

// channelMeans holds, for every unit of a grid, the average of the raw EMG of
// every channel in a window around the unit's spikes.
type channelMeans struct {
	sum   [][]float64 // per unit: channels x window
	count []int       // spikes averaged, per unit
}

// streamData passes once over signal.data. It averages the EMG around the spikes
// that have a full window and returns the row after the last grid (the measured
// force), nil if there is none. Memory is that of one tile and of the averages.
func (f *File) streamData(spikes [][][]float64, half int) (means []channelMeans, force []float64, err error) {
	means = make([]channelMeans, len(f.Grids))
	width := 2 * half
	for g := range means {
		means[g] = channelMeans{make([][]float64, len(spikes[g])), make([]int, len(spikes[g]))}
		for u, s := range spikes[g] {
			means[g].sum[u] = make([]float64, f.channels*width)
			for _, t := range s {
				if fullWindow(t, half, f.Samples) {
					means[g].count[u]++
				}
			}
		}
	}
	forceRow := f.channels * len(f.Grids)
	if f.Channels > forceRow {
		force = make([]float64, f.Samples)
	}
	err = f.matFile.Tiles("signal.data", func(t matfile.Tile) error {
		if forceRow >= t.Row0 && forceRow < t.Row0+t.Rows {
			for c := 0; c < t.Cols; c++ {
				force[t.Col0+c] = t.Data[c*t.Rows+forceRow-t.Row0]
			}
		}
		for g := range means {
			f.addTile(&means[g], spikes[g], g, half, t)
		}
		return nil
	})
	for g := range means {
		for u, n := range means[g].count {
			for i := range means[g].sum[u] {
				means[g].sum[u][i] /= float64(max(1, n))
			}
		}
	}
	return means, force, err
}

func fullWindow(t float64, half, samples int) bool {
	s := int(t)
	return s-half >= 0 && s+half < samples
}

// addTile adds what a tile holds of the windows of one grid's units.
func (f *File) addTile(m *channelMeans, spikes [][]float64, g, half int, t matfile.Tile) {
	lo, hi := max(t.Row0, g*f.channels), min(t.Row0+t.Rows, (g+1)*f.channels)
	if lo >= hi {
		return
	}
	width := 2 * half
	for u, times := range spikes {
		for _, at := range times {
			start := int(at) - half
			first, last := max(start, t.Col0), min(start+width, t.Col0+t.Cols)
			if first >= last || !fullWindow(at, half, f.Samples) {
				continue
			}
			for c := first; c < last; c++ {
				col := t.Data[(c-t.Col0)*t.Rows+lo-t.Row0:]
				for r := lo; r < hi; r++ {
					m.sum[u][(r-g*f.channels)*width+c-start] += col[r-lo]
				}
			}
		}
	}
}

// electrodePair is a differential derivation: plus minus minus, as channel numbers
// within the grid; -1 stands for the zero row of the serpentine map.
type electrodePair struct {
	row, col    int
	plus, minus int
	missing     bool
}

// serpentinePairs is the arrangement of the original: a 13 x 5 array whose rows
// 1..12 hold channels 0..59 in a serpentine (even columns upward from row 12, odd
// columns downward), row 0 zeros with element (0,0) missing; differences along
// the rows, in row-major order.
func serpentinePairs(mask []bool) []electrodePair {
	at := func(r, c int) (channel int, missing bool) {
		if r == 0 {
			return -1, c == 0
		}
		if c%2 == 0 {
			channel = 12*c + 12 - r
		} else {
			channel = 12*c + r - 1
		}
		return channel, mask[channel]
	}
	var pairs []electrodePair
	for r := 0; r < 12; r++ {
		for c := 0; c < 5; c++ {
			plus, missP := at(r+1, c)
			minus, missM := at(r, c)
			pairs = append(pairs, electrodePair{r, c, plus, minus, missP || missM})
		}
	}
	return pairs
}

// mappedPairs follows the electrode positions of the file (1-based row, column):
// D[r,c] = M[r+1,c] - M[r,c] where both electrodes exist and are not masked.
func mappedPairs(coordinates [][2]int, mask []bool) []electrodePair {
	byPlace := map[[2]int]int{}
	rows, cols := 0, 0
	for ch, p := range coordinates {
		byPlace[p] = ch
		rows, cols = max(rows, p[0]), max(cols, p[1])
	}
	var pairs []electrodePair
	for r := 1; r < rows; r++ {
		for c := 1; c <= cols; c++ {
			plus, okP := byPlace[[2]int{r + 1, c}]
			minus, okM := byPlace[[2]int{r, c}]
			p := electrodePair{row: r - 1, col: c - 1, plus: plus, minus: minus, missing: !okP || !okM}
			if !p.missing {
				p.missing = mask[plus] || mask[minus]
			}
			pairs = append(pairs, p)
		}
	}
	return pairs
}

// difference writes the pair's average differential signal into dst; a missing
// electrode gives NaN.
func (p electrodePair) difference(sum []float64, width int, dst []float64) {
	for k := 0; k < width; k++ {
		if p.missing {
			dst[k] = math.NaN()
			continue
		}
		dst[k] = channelAt(sum, p.plus, width, k) - channelAt(sum, p.minus, width, k)
	}
}

func channelAt(sum []float64, ch, width, k int) float64 {
	if ch < 0 {
		return 0
	}
	return sum[ch*width+k]
}
