package muedit

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/recording"
)

// emgFault is an error where the EMG is needed, else a warning.
func (f *file) emgFault(code string, err error) error {
	if f.needEMG || err == nil {
		return err
	}
	text := err.Error()
	var e *matfile.Error
	if errors.As(err, &e) {
		text = e.Field + ": " + e.Msg
	}
	f.warn(code, "%s", text)
	return nil
}

// maxChannels bounds the rows of signal.data that may be electrodes.
const maxChannels = 4096

// readData checks signal.data.
func (f *file) readData() error {
	s, err := f.matFile.Shape("signal.data")
	switch {
	case err != nil:
	case !s.Class.Numeric():
		err = f.fail(matfile.WrongType, "signal.data", "numbers are expected, found %s", s.Class)
	case len(s.Dims) != 2:
		err = f.fail(matfile.BadShape, "signal.data", "a matrix channels x samples is expected, found %v",
			s.Dims)
	case s.Dims[0] > maxChannels && s.Dims[0] > s.Dims[1]:
		err = f.fail(matfile.BadShape, "signal.data", "channels x samples are expected, found %d x %d; "+
			"transpose it (signal.data = signal.data.')", s.Dims[0], s.Dims[1])
	case s.Dims[1] < 1:
		err = f.fail(matfile.BadShape, "signal.data", "has no samples (%v)", s.Dims)
	default:
		f.Channels, f.Samples, f.hasData = s.Dims[0], s.Dims[1], true
	}
	return f.emgFault(recording.WarnDataUnreadable, err)
}

// gridFields are what the file says of all grids; nil where it does not.
type gridFields struct {
	names, muscles *matfile.Value
	masks          [][]bool   // of each grid
	positions      [][][2]int // of each grid, nil where there are none that can be used
}

func (f *file) readGrids() error {
	var v [4]*matfile.Value
	for i, field := range []string{"signal.gridname", "signal.muscle", "signal.coordinates",
		"signal.EMGmask"} {
		if !f.matFile.Has(field) {
			continue
		}
		var err error
		if v[i], err = f.matFile.Get(field); err != nil {
			if err = f.emgFault(recording.WarnDataUnreadable, err); err != nil {
				return err
			}
			v[i] = nil
		}
	}
	names, muscles, coords, mask := v[0], v[1], v[2], v[3]
	n, err := f.gridCount(mask, names)
	if err != nil {
		return err
	}
	if err := f.setGrids(n); err != nil {
		return err
	}
	all := gridFields{names: names, muscles: muscles, masks: make([][]bool, n),
		positions: make([][][2]int, n)}
	if mask == nil {
		f.warn(WarnMaskMissing, "signal.EMGmask is not in the file; realignment is not possible")
	} else if all.masks, err = f.masks(mask, n); err != nil {
		if err = f.emgFault(WarnMask, err); err != nil {
			return err
		}
		all.masks = make([][]bool, n)
	}
	for g := range all.positions {
		all.positions[g] = f.coordinates(coords, g)
	}
	counts, err := f.channelCounts(all)
	if err = f.emgFault(recording.WarnDataUnreadable, err); err != nil {
		return err
	}
	for g := range f.Grids {
		if err := f.setGrid(g, counts[g], all); err != nil {
			return err
		}
		f.electrodes += counts[g]
	}
	return nil
}

// setGrids makes the grids n, with or without units.
func (f *file) setGrids(n int) error {
	if len(f.Grids) > n {
		if slices.ContainsFunc(f.Grids[n:], func(g grid) bool { return countSpikes(g) > 0 }) {
			return f.fail(matfile.BadShape, f.spikeField(),
				"has %d rows of spike times but the file has %d grids", len(f.Grids), n)
		}
		f.Grids = f.Grids[:n]
	}
	for len(f.Grids) < n {
		f.Grids = append(f.Grids, grid{})
	}
	return nil
}

// setGrid fits mask and positions of a grid to its number of channels. Where the file has no
// positions that fit, the grid's name may say them.
func (f *file) setGrid(g, channels int, all gridFields) error {
	grid := &f.Grids[g]
	grid.Channels = channels
	grid.Name, grid.Label = cellText(all.names, g), cellText(all.muscles, g)
	mask, positions := all.masks[g], all.positions[g]
	if good := channelsLeft(mask); len(mask) > channels && len(good) == channels {
		f.warn(WarnChannelsRemoved, "grid %d: the %d channels that signal.EMGmask discards are not in "+
			"signal.data", g+1, len(mask)-channels)
		if len(positions) == len(mask) {
			left := make([][2]int, channels)
			for i, channel := range good {
				left[i] = positions[channel]
			}
			positions = left
		}
		mask = make([]bool, channels)
	}
	if len(mask) > channels && !slices.Contains(mask[channels:], true) {
		mask = mask[:channels] // releases of 2023 have 64 entries for the 32 electrodes of GR10MM0804
	}
	if mask != nil && len(mask) != channels {
		if err := f.emgFault(WarnMask, f.fail(matfile.BadShape, fmt.Sprintf("signal.EMGmask{1,%d}", g+1),
			"%d entries instead of %d", len(mask), channels)); err != nil {
			return err
		}
		mask = nil
	}
	if positions != nil && len(positions) != channels {
		f.warn(
			WarnCoordinates, "signal.coordinates{1,%d} has %d electrodes instead of %d and is not used",
			g+1, len(positions), channels)
		positions = nil
	}
	if positions == nil {
		positions = layout(grid.Name, channels)
	}
	grid.Mask, grid.Coordinates = mask, positions
	return nil
}

// channelsLeft lists the channels that a mask does not discard.
func channelsLeft(mask []bool) []int {
	var out []int
	for i, discarded := range mask {
		if !discarded {
			out = append(out, i)
		}
	}
	return out
}

// channelCounts finds how many rows of signal.data each grid has. Positions, masks and names of the
// grids can each say so, or the masks without discarded channels if these were removed; what
// accounts for all rows counts, else the first that finds room in them.
func (f *file) channelCounts(all gridFields) ([]int, error) {
	n := len(f.Grids)
	first := func(of ...func(g int) int) []int {
		out := make([]int, n)
		for g := range out {
			for _, count := range of {
				if out[g] == 0 {
					out[g] = count(g)
				}
			}
		}
		return out
	}
	positions := func(g int) int { return len(all.positions[g]) }
	masks := func(g int) int { return len(all.masks[g]) }
	left := func(g int) int { return len(channelsLeft(all.masks[g])) }
	name := func(g int) int { return electrodesOf(cellText(all.names, g)) }
	usual := func(int) int { return channelsPerGrid }
	options := [][]int{first(positions, masks, name, usual), first(masks, positions, name, usual),
		first(name, positions, masks, usual), first(left, positions, name, usual)}
	if f.channels > 0 {
		options = [][]int{first(func(int) int { return f.channels })}
	}
	if !f.hasData {
		return options[0], nil
	}
	fits := -1
	for i, counts := range options {
		switch rows := sum(counts); {
		case rows == f.Channels:
			return counts, nil
		case rows < f.Channels && fits < 0:
			fits = i
		}
	}
	if fits < 0 {
		rows := f.Channels
		f.hasData, f.Channels = false, 0
		return options[0], f.fail(matfile.BadShape, "signal.data", "%d rows, but %d grids need %d; "+
			"channels_per_grid in convert.yaml says how many electrodes each has", rows, n, sum(options[0]))
	}
	return options[fits], nil
}

func sum(x []int) int {
	total := 0
	for _, v := range x {
		total += v
	}
	return total
}

func countSpikes(g grid) int {
	n := 0
	for _, u := range g.Units {
		n += len(u.Samples)
	}
	return n
}

// gridCount takes signal.ngrid; without it the number of masks or grid names.
func (f *file) gridCount(mask, names *matfile.Value) (int, error) {
	if f.matFile.Has("signal.ngrid") {
		n, err := f.storedGridCount()
		if err = f.emgFault(WarnGridCount, err); n > 0 || err != nil {
			return n, err
		}
	}
	for _, v := range []*matfile.Value{mask, names} {
		if v != nil && v.Class == matfile.Cell && len(v.Cells) > 0 {
			return len(v.Cells), nil
		}
	}
	return max(1, len(f.Grids)), nil
}

func (f *file) storedGridCount() (int, error) {
	v, err := f.matFile.Get("signal.ngrid")
	if err != nil {
		return 0, err
	}
	if !v.Class.Numeric() || len(v.Num) != 1 {
		return 0, f.fail(matfile.WrongType, "signal.ngrid", "a single number is expected, found %s %v",
			v.Class, v.Dims)
	}
	if n := v.Num[0]; n >= 1 && n <= 1024 && n == math.Trunc(n) {
		return int(n), nil
	}
	return 0, f.fail(matfile.BadValue, "signal.ngrid",
		"%v grids; a whole number from 1 is expected", v.Num[0])
}

func cellText(v *matfile.Value, i int) string {
	switch {
	case v == nil:
	case v.Class == matfile.Char && i == 0: // of a single grid, without a cell around it
		return v.Text
	case v.Class == matfile.Cell && i < len(v.Cells):
		return v.Cells[i].Text
	}
	return ""
}

// masks reads signal.EMGmask: a cell with the mask of each grid, or numbers: a column or row for
// each grid, or the masks one after the other.
func (f *file) masks(v *matfile.Value, n int) ([][]bool, error) {
	out := make([][]bool, n)
	if v.Class == matfile.Cell {
		for g := range out {
			field := fmt.Sprintf("signal.EMGmask{1,%d}", g+1)
			if g >= len(v.Cells) {
				return nil, f.fail(matfile.BadShape, field, "is missing: %d masks for %d grids",
					len(v.Cells), n)
			}
			c := v.Cells[g]
			if !c.Class.Numeric() {
				return nil, f.fail(matfile.WrongType, field, "numbers are expected, found %s", c.Class)
			}
			for _, x := range c.Num {
				out[g] = append(out[g], x != 0)
			}
			if out[g] == nil {
				return nil, f.fail(matfile.BadShape, field, "is empty")
			}
		}
		return out, nil
	}
	if !v.Class.Numeric() || len(v.Num) == 0 || len(v.Num)%n != 0 || len(v.Dims) != 2 {
		return nil, f.fail(matfile.WrongType, "signal.EMGmask",
			"a cell array with a mask for each of the %d grids is expected, found %s %v", n, v.Class, v.Dims)
	}
	each := len(v.Num) / n
	inRows := n > 1 && v.Rows() == n && v.Cols() == each
	for g := range out {
		for i := range each {
			at := g*each + i
			if inRows {
				at = i*n + g
			}
			out[g] = append(out[g], v.Num[at] != 0)
		}
	}
	return out, nil
}

// coordinates reads the (row, column) of every electrode, counted from 1, or from 0 if a row or
// column 0 occurs; (0, 0) from 1 is an electrode without a place. What cannot be used is nil, with
// a warning.
func (f *file) coordinates(v *matfile.Value, g int) [][2]int {
	if v == nil {
		return nil
	}
	c := v
	if v.Class == matfile.Cell {
		if g >= len(v.Cells) {
			return nil
		}
		c = v.Cells[g]
	}
	if c.Len() == 0 {
		return nil
	}
	field := fmt.Sprintf("signal.coordinates{1,%d}", g+1)
	if !c.Class.Numeric() || len(c.Dims) != 2 || c.Cols() != 2 || v.Class != matfile.Cell && g > 0 {
		f.warn(WarnCoordinates, "%s: row and column of every electrode are expected, found %s %v; "+
			"not used",
			field, c.Class, c.Dims)
		return nil
	}
	out := make([][2]int, c.Rows())
	fromZero := false
	for i := range out {
		for k := range 2 {
			x := c.Num[k*c.Rows()+i]
			if !(x >= 0 && x <= 1024) || x != math.Trunc(x) {
				f.warn(WarnCoordinates, "%s: position %v of electrode %d; not used", field, x, i+1)
				return nil
			}
			out[i][k] = int(x)
		}
		fromZero = fromZero || (out[i][0] == 0) != (out[i][1] == 0)
	}
	if fromZero {
		f.warn(WarnCoordinates, "%s counts from 0; 1 is added", field)
		for i := range out {
			out[i] = [2]int{out[i][0] + 1, out[i][1] + 1}
		}
	}
	return out
}
