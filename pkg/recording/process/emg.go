package process

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"

	"example.org/renshaw/pkg/recording"
)

// channelMeans is the average of the raw EMG of every channel of a unit's grid in a window around
// the unit's discharges.
type channelMeans struct {
	sum   []float64 // window x channels, so that a column of the EMG is added in one go
	count int       // discharges averaged
}

// pass goes once over the EMG: it averages windows around discharges and collects the row of the
// force. Its memory is that of one tile and of the averages.
type pass struct {
	raw      *recording.Raw
	half     int // half window, samples
	firstRow []int
	forceRow int       // -1 if there is none
	force    []float64 // nil if there is none
	units    []Unit    // to average; may be none
	means    []channelMeans
}

func newPass(raw *recording.Raw, half, forceRow int) *pass {
	p := &pass{raw: raw, half: half, forceRow: forceRow}
	row := 0
	for _, g := range raw.Grids {
		p.firstRow = append(p.firstRow, row)
		row += g.Channels
	}
	if forceRow >= 0 {
		p.force = make([]float64, raw.Samples)
	}
	return p
}

// average asks for the averages of the units, around discharges that have a full window.
func (p *pass) average(units []Unit) {
	p.units, p.means = units, make([]channelMeans, len(units))
	for i, u := range units {
		p.means[i].sum = make([]float64, p.raw.Grids[u.Grid].Channels*2*p.half)
		for _, t := range u.Times {
			if fullWindow(t, p.half, p.raw.Samples) {
				p.means[i].count++
			}
		}
	}
}

func (p *pass) run(ctx context.Context, emg recording.EMG) error {
	err := emg.Tiles(func(t recording.Tile) error {
		if p.forceRow >= t.Row0 && p.forceRow < t.Row0+t.Rows {
			for c := 0; c < t.Cols; c++ {
				p.force[t.Col0+c] = t.Data[c*t.Rows+p.forceRow-t.Row0]
			}
		}
		for i, u := range p.units {
			p.add(p.means[i].sum, u, t)
		}
		return ctx.Err()
	})
	for _, m := range p.means {
		for i := range m.sum {
			m.sum[i] /= float64(max(1, m.count))
		}
	}
	return err
}

func fullWindow(t float64, half, samples int) bool {
	s := int(t)
	return s-half >= 0 && s+half < samples
}

// add adds what a tile holds of the windows of one unit.
func (p *pass) add(sum []float64, u Unit, t recording.Tile) {
	top, channels := p.firstRow[u.Grid], p.raw.Grids[u.Grid].Channels
	lo, hi := max(t.Row0, top), min(t.Row0+t.Rows, top+channels)
	if lo >= hi {
		return
	}
	width := 2 * p.half
	for _, at := range u.Times {
		start := int(at) - p.half
		first, last := max(start, t.Col0), min(start+width, t.Col0+t.Cols)
		if first >= last || !fullWindow(at, p.half, p.raw.Samples) {
			continue
		}
		for c := first; c < last; c++ {
			col := t.Data[(c-t.Col0)*t.Rows+lo-t.Row0:]
			place := (c-start)*channels + lo - top
			floats.Add(sum[place:place+hi-lo], col[:hi-lo])
		}
	}
}

// serpentineChannels is the number of electrodes that serpentinePairs looks at.
const serpentineChannels = 60

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

// pairsOf are the derivations of a grid: by its positions, or, without them or where serpentine
// asks for it, by the map of the study, which smaller grids do not have.
func pairsOf(grid recording.Grid, mask []bool, serpentine bool) []electrodePair {
	if mask == nil {
		mask = make([]bool, grid.Channels)
	}
	small := grid.Channels < serpentineChannels
	switch {
	case grid.Coordinates != nil && (!serpentine || small):
		return mappedPairs(grid.Coordinates, mask)
	case small:
		return nil
	}
	return serpentinePairs(mask)
}

// difference writes the pair's average differential signal into dst; a missing
// electrode gives NaN. sum holds a row of channels per sample.
func (p electrodePair) difference(sum, dst []float64) {
	channels := len(sum) / len(dst)
	for k := range dst {
		if p.missing {
			dst[k] = math.NaN()
			continue
		}
		row := sum[k*channels : (k+1)*channels]
		dst[k] = channelAt(row, p.plus) - channelAt(row, p.minus)
	}
}

func channelAt(row []float64, ch int) float64 {
	if ch < 0 {
		return 0
	}
	return row[ch]
}
