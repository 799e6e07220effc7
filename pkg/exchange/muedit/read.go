// Package muedit reads recordings that were decomposed and edited with MUedit and
// processes them: spike times moved to the onset of the action potential, force
// in % of maximal voluntary contraction with its plateaus, and properties of the
// motor units.
package muedit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"example.org/renshaw/pkg/file/matfile"
)

// Warnings that reading can give; the text after a colon says where.
const (
	WarnNotEdited       = "not_edited"
	WarnDistimeclean    = "spike_times_from_distimeclean"
	WarnUnsorted        = "unsorted"
	WarnDuplicate       = "duplicate_discharge"
	WarnDataUnreadable  = "signal_data_unreadable"
	WarnMaskMissing     = "emgmask_missing"
	WarnNoMatlabHeader  = matfile.WarnHeader
	WarnNoForce         = "no_force"
	kindEdited          = "edited"
	kindDecomposed      = "decomposed"
	kindTable           = "table"
	defaultChannelsGrid = 64
)

// Unit is one motor unit as stored.
type Unit struct {
	Samples []float64 // spike times, 1-based sample numbers, ascending and unique
}

// Grid is one electrode array.
type Grid struct {
	Name        string // grid type, e.g. GR04MM1305
	Muscle      string // free text of the operator
	Mask        []bool // per channel: true = discarded; nil if absent
	Coordinates [][2]int
	Units       []Unit // in stored order, empty ones included
}

// File is a decomposed recording. Data stays in the file and is streamed.
type File struct {
	Path      string
	SHA256    string
	Kind      string // edited, decomposed or table
	FsHz      float64
	Samples   int // length of the recording, 0 if unknown (table input)
	Channels  int // rows of signal.data, 0 if unreadable
	Grids     []Grid
	PathForce []float64 // signal.path, nil if absent
	Target    []float64 // signal.target, nil if absent
	Auxiliary map[string][]float64
	AuxNames  []string
	Warnings  []string
	dataErr   error
	hasData   bool
	channels  int
	matFile   matfile.File
}

// ReadOptions change what is accepted.
type ReadOptions struct {
	Unedited        bool // take signal.Dischargetimes when edition is missing
	NeedEMG         bool // signal.data and EMGmask must be readable (realignment)
	Strict          bool // unsorted or repeated spike times are errors
	ChannelsPerGrid int  // 0: 64
}

func (f *File) fail(kind matfile.Kind, field, format string, args ...any) error {
	return &matfile.Error{File: f.Path, Kind: kind, Field: field, Msg: fmt.Sprintf(format, args...)}
}

func (f *File) warn(code, format string, args ...any) {
	f.Warnings = append(f.Warnings, code+": "+fmt.Sprintf(format, args...))
}

// Read opens a MUedit file and reads everything but the EMG. The caller must
// Close it. Faults are of type *matfile.Error and name file and field.
func Read(path string, opt ReadOptions) (*File, error) {
	m, err := matfile.Open(path)
	if err != nil {
		return nil, err
	}
	f := &File{Path: path, matFile: m, channels: opt.ChannelsPerGrid}
	if f.channels == 0 {
		f.channels = defaultChannelsGrid
	}
	for _, w := range m.Warnings() {
		f.warn(w, "the file has no MATLAB header text")
	}
	if err := f.read(opt); err != nil {
		m.Close()
		return nil, err
	}
	if f.SHA256, err = hashFile(path); err != nil {
		m.Close()
		return nil, err
	}
	return f, nil
}

func hashFile(path string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Close releases the file.
func (f *File) Close() error {
	if f.matFile == nil {
		return nil
	}
	return f.matFile.Close()
}

func (f *File) read(opt ReadOptions) error {
	if !f.matFile.Has("signal") {
		return f.fail(matfile.MissingField, "signal", "is not in the file; a MUedit recording has it")
	}
	if err := f.readSpikes(opt); err != nil { // decides the kind of file first
		return err
	}
	for _, step := range []func() error{f.readRate, f.readData, f.readGrids, f.readForces} {
		if err := step(); err != nil {
			return err
		}
	}
	if opt.NeedEMG {
		if f.dataErr != nil {
			return f.dataErr
		}
		for g := range f.Grids {
			if f.Grids[g].Mask == nil {
				return f.fail(matfile.MissingField, "signal.EMGmask", "is not in the file; realignment needs it (or use --no-realign)")
			}
		}
	}
	return f.checkSpikes(opt)
}

func (f *File) readRate() error {
	v, err := f.matFile.Get("signal.fsamp")
	if err != nil {
		return err
	}
	if !v.Class.Numeric() || len(v.Num) != 1 {
		return f.fail(matfile.WrongType, "signal.fsamp", "a single number is expected, found %s %v", v.Class, v.Dims)
	}
	f.FsHz = v.Num[0]
	if !(f.FsHz > 0) || math.IsInf(f.FsHz, 0) {
		return f.fail(matfile.BadValue, "signal.fsamp", "sampling rate %v Hz; a positive number is expected", f.FsHz)
	}
	return nil
}

// readData checks signal.data; a fault is kept in dataErr and becomes an error
// only where the EMG is needed.
func (f *File) readData() error {
	s, err := f.matFile.Shape("signal.data")
	switch {
	case err != nil:
		f.dataErr = err
	case !s.Class.Numeric():
		f.dataErr = f.fail(matfile.WrongType, "signal.data", "numbers are expected, found %s", s.Class)
	case len(s.Dims) != 2:
		f.dataErr = f.fail(matfile.BadShape, "signal.data", "a matrix channels x samples is expected, found %v", s.Dims)
	default:
		f.Channels, f.Samples, f.hasData = s.Dims[0], s.Dims[1], true
		if f.Samples < 1 {
			return f.fail(matfile.BadShape, "signal.data", "has no samples (%v)", s.Dims)
		}
	}
	if f.dataErr != nil {
		f.warn(WarnDataUnreadable, "%v", f.dataErr)
	}
	return nil
}

func (f *File) readGrids() error {
	mask, maskErr := f.matFile.Get("signal.EMGmask")
	names, _ := f.matFile.Get("signal.gridname")
	muscles, _ := f.matFile.Get("signal.muscle")
	coords, _ := f.matFile.Get("signal.coordinates")
	n, err := f.gridCount(mask, names)
	if err != nil {
		return err
	}
	if f.hasData && f.Channels < f.channels*n {
		return f.fail(matfile.BadShape, "signal.data", "%d rows, but %d grids need %d", f.Channels, n, f.channels*n)
	}
	if len(f.Grids) > n {
		if slices.ContainsFunc(f.Grids[n:], func(g Grid) bool { return countSpikes(g) > 0 }) {
			return f.fail(matfile.BadShape, f.spikeField(), "has %d rows of spike times but the file has %d grids", len(f.Grids), n)
		}
		f.Grids = f.Grids[:n]
	}
	for len(f.Grids) < n {
		f.Grids = append(f.Grids, Grid{})
	}
	if maskErr != nil {
		var e *matfile.Error
		if errors.As(maskErr, &e) && e.Kind != matfile.MissingField {
			return maskErr
		}
		f.warn(WarnMaskMissing, "signal.EMGmask is not in the file; realignment is not possible")
	} else if mask.Class != matfile.Cell {
		return f.fail(matfile.WrongType, "signal.EMGmask", "a cell array is expected, found %s", mask.Class)
	}
	for g := range f.Grids {
		f.Grids[g].Name, f.Grids[g].Muscle = cellText(names, g), cellText(muscles, g)
		if f.Grids[g].Coordinates, err = f.coordinates(coords, g); err != nil {
			return err
		}
		if maskErr == nil {
			if f.Grids[g].Mask, err = f.mask(mask, g); err != nil {
				return err
			}
		}
	}
	return nil
}

func countSpikes(g Grid) int {
	n := 0
	for _, u := range g.Units {
		n += len(u.Samples)
	}
	return n
}

func (f *File) spikeField() string {
	if f.Kind == kindDecomposed {
		return "signal.Dischargetimes"
	}
	return "edition.Dischargetimes"
}

// gridCount takes signal.ngrid; without it the number of masks or grid names.
func (f *File) gridCount(mask, names *matfile.Value) (int, error) {
	if v, err := f.matFile.Get("signal.ngrid"); err == nil {
		if !v.Class.Numeric() || len(v.Num) != 1 {
			return 0, f.fail(matfile.WrongType, "signal.ngrid", "a single number is expected, found %s %v", v.Class, v.Dims)
		}
		if n := v.Num[0]; n >= 1 && n <= 1024 && n == math.Trunc(n) {
			return int(n), nil
		}
		return 0, f.fail(matfile.BadValue, "signal.ngrid", "%v grids; a whole number from 1 is expected", v.Num[0])
	}
	for _, v := range []*matfile.Value{mask, names} {
		if v != nil && v.Class == matfile.Cell && len(v.Cells) > 0 {
			return len(v.Cells), nil
		}
	}
	return max(1, len(f.Grids)), nil
}

func cellText(v *matfile.Value, i int) string {
	if v == nil || v.Class != matfile.Cell || i >= len(v.Cells) {
		return ""
	}
	return v.Cells[i].Text
}

func (f *File) mask(v *matfile.Value, g int) ([]bool, error) {
	field := fmt.Sprintf("signal.EMGmask{1,%d}", g+1)
	if g >= len(v.Cells) {
		return nil, f.fail(matfile.BadShape, field, "is missing: %d masks for %d grids", len(v.Cells), len(f.Grids))
	}
	c := v.Cells[g]
	if !c.Class.Numeric() {
		return nil, f.fail(matfile.WrongType, field, "numbers are expected, found %s", c.Class)
	}
	if len(c.Num) != f.channels {
		return nil, f.fail(matfile.BadShape, field, "%d entries instead of %d", len(c.Num), f.channels)
	}
	m := make([]bool, len(c.Num))
	for i, x := range c.Num {
		m[i] = x != 0
	}
	return m, nil
}

// coordinates reads the 1-based (row, column) of every electrode; absent or of an
// unexpected size gives nil, wrong values are an error.
func (f *File) coordinates(v *matfile.Value, g int) ([][2]int, error) {
	if v == nil || v.Class != matfile.Cell || g >= len(v.Cells) {
		return nil, nil
	}
	c := v.Cells[g]
	if !c.Class.Numeric() || len(c.Dims) != 2 || c.Cols() != 2 || c.Rows() != f.channels {
		return nil, nil
	}
	out := make([][2]int, c.Rows())
	for i := range out {
		for k := 0; k < 2; k++ {
			x := c.Num[k*c.Rows()+i]
			if !(x >= 1 && x <= 1024) || x != math.Trunc(x) {
				return nil, f.fail(matfile.BadValue, fmt.Sprintf("signal.coordinates{1,%d}", g+1), "position %v of electrode %d", x, i+1)
			}
			out[i][k] = int(x)
		}
	}
	return out, nil
}

func (f *File) readForces() error {
	for _, r := range []struct {
		field string
		dst   *[]float64
	}{{"signal.target", &f.Target}, {"signal.path", &f.PathForce}} {
		if !f.matFile.Has(r.field) {
			continue
		}
		v, err := f.matFile.Get(r.field)
		if err != nil {
			return err
		}
		if len(v.Num) == 0 {
			continue
		}
		if f.Samples == 0 {
			f.Samples = len(v.Num)
		}
		if len(v.Num) != f.Samples {
			return f.fail(matfile.BadShape, r.field, "%d samples against %d in signal.data", len(v.Num), f.Samples)
		}
		*r.dst = v.Num
	}
	return f.readAuxiliary()
}

// readAuxiliary keeps the named extra channels; they are used only on request, so
// an odd shape leaves them out.
func (f *File) readAuxiliary() error {
	if !f.matFile.Has("signal.auxiliaryname") {
		return nil
	}
	names, err := f.matFile.Get("signal.auxiliaryname")
	if err != nil || names.Class != matfile.Cell {
		return err
	}
	for i := range names.Cells {
		f.AuxNames = append(f.AuxNames, cellText(names, i))
	}
	return nil
}

// auxiliary reads the auxiliary channel of that name.
func (f *File) auxiliary(name string) ([]float64, error) {
	i := slices.Index(f.AuxNames, name)
	if i < 0 {
		return nil, fmt.Errorf("%s: no auxiliary channel %q (the file has: %s)", f.Path, name, strings.Join(f.AuxNames, ", "))
	}
	x := make([]float64, 0, f.Samples)
	err := f.matFile.Tiles("signal.auxiliary", func(t matfile.Tile) error {
		if i >= t.Row0 && i < t.Row0+t.Rows {
			for c := 0; c < t.Cols; c++ {
				x = append(x, t.Data[c*t.Rows+i-t.Row0])
			}
		}
		return nil
	})
	if err == nil && len(x) != f.Samples {
		err = f.fail(matfile.BadShape, "signal.auxiliary", "%d samples against %d in signal.data", len(x), f.Samples)
	}
	return x, err
}

// readSpikes finds the spike times: edition.Dischargetimes, the older
// edition.Distimeclean, or (unedited) signal.Dischargetimes.
func (f *File) readSpikes(opt ReadOptions) error {
	switch {
	case f.matFile.Has("edition"):
		f.Kind = kindEdited
		if f.matFile.Has("edition.Dischargetimes") {
			return f.readDischarges("edition.Dischargetimes")
		}
		if f.matFile.Has("edition.Distimeclean") {
			f.warn(WarnDistimeclean, "edition.Dischargetimes is missing, edition.Distimeclean is used")
			return f.readNested("edition.Distimeclean")
		}
		return f.fail(matfile.MissingField, "edition.Dischargetimes", "is not in the file")
	case !opt.Unedited:
		return f.fail(matfile.MissingField, "edition", "is not in the file: it was not edited; edit it in MUedit or use --unedited")
	case !f.matFile.Has("signal.Dischargetimes"):
		return f.fail(matfile.MissingField, "signal.Dischargetimes", "is not in the file: it was not decomposed")
	}
	f.Kind = kindDecomposed
	f.warn(WarnNotEdited, "spike times before editing are used")
	return f.readDischarges("signal.Dischargetimes")
}

func (f *File) readDischarges(field string) error {
	v, err := f.matFile.Get(field)
	if err != nil {
		return err
	}
	if v.Class != matfile.Cell {
		return f.fail(matfile.WrongType, field, "a cell array grids x units is expected, found %s", v.Class)
	}
	if len(v.Dims) != 2 {
		return f.fail(matfile.BadShape, field, "a cell array grids x units is expected, found %v", v.Dims)
	}
	rows, cols := v.Rows(), v.Cols()
	f.Grids = make([]Grid, rows)
	for g := range f.Grids {
		for u := 0; u < cols; u++ {
			samples, err := f.unit(v.Cells[u*rows+g], fmt.Sprintf("%s{%d,%d}", field, g+1, u+1))
			if err != nil {
				return err
			}
			f.Grids[g].Units = append(f.Grids[g].Units, Unit{samples})
		}
	}
	return nil
}

func (f *File) readNested(field string) error {
	v, err := f.matFile.Get(field)
	if err != nil {
		return err
	}
	if v.Class != matfile.Cell {
		return f.fail(matfile.WrongType, field, "a cell array is expected, found %s", v.Class)
	}
	f.Grids = make([]Grid, len(v.Cells))
	for g, c := range v.Cells {
		where := fmt.Sprintf("%s{1,%d}", field, g+1)
		if c.Len() == 0 {
			continue
		}
		if c.Class != matfile.Cell {
			return f.fail(matfile.WrongType, where, "a cell array is expected, found %s", c.Class)
		}
		for u, d := range c.Cells {
			samples, err := f.unit(d, fmt.Sprintf("%s{1,%d}", where, u+1))
			if err != nil {
				return err
			}
			f.Grids[g].Units = append(f.Grids[g].Units, Unit{samples})
		}
	}
	return nil
}

func (f *File) unit(v *matfile.Value, field string) ([]float64, error) {
	if v.Len() == 0 {
		return nil, nil
	}
	if !v.Class.Numeric() {
		return nil, f.fail(matfile.WrongType, field, "numbers are expected, found %s", v.Class)
	}
	if len(v.Dims) != 2 || v.Rows() != 1 && v.Cols() != 1 {
		return nil, f.fail(matfile.BadShape, field, "a vector is expected, found %v", v.Dims)
	}
	return v.Num, nil
}

// checkSpikes enforces whole sample numbers in 1..Samples, and sorts and makes
// unique with a warning (an error when strict).
func (f *File) checkSpikes(opt ReadOptions) error {
	total := 0
	for g := range f.Grids {
		for u := range f.Grids[g].Units {
			field := fmt.Sprintf("%s{%d,%d}", f.spikeField(), g+1, u+1)
			unit := &f.Grids[g].Units[u]
			if err := f.checkRange(unit.Samples, field); err != nil {
				return err
			}
			if err := f.checkOrder(unit, field, opt.Strict); err != nil {
				return err
			}
			total += len(unit.Samples)
		}
	}
	if total == 0 {
		return f.fail(matfile.BadValue, f.spikeField(), "no unit has a spike")
	}
	return nil
}

func (f *File) checkRange(samples []float64, field string) error {
	for _, s := range samples {
		switch {
		case math.IsNaN(s) || math.IsInf(s, 0):
			return f.fail(matfile.BadValue, field, "a spike time is %v", s)
		case s != math.Trunc(s):
			return f.fail(matfile.BadValue, field, "spike time %v is not a whole sample number", s)
		case s < 1:
			return f.fail(matfile.BadValue, field, "spike time %v; sample numbers start at 1", s)
		case f.Samples > 0 && s > float64(f.Samples):
			return f.fail(matfile.BadValue, field, "spike time %v is beyond the last sample %d", s, f.Samples)
		}
	}
	return nil
}

func (f *File) checkOrder(u *Unit, field string, strict bool) error {
	sorted := slices.IsSorted(u.Samples)
	s := slices.Clone(u.Samples)
	slices.Sort(s)
	unique := slices.Compact(s)
	repeats := len(u.Samples) - len(unique)
	if sorted && repeats == 0 {
		return nil
	}
	if strict {
		return f.fail(matfile.BadValue, field, "spike times are not rising and unique (--strict)")
	}
	if !sorted {
		f.warn(WarnUnsorted, "%s: spike times were sorted", field)
	}
	if repeats > 0 {
		f.warn(WarnDuplicate, "%s: %d repeated spike times were removed", field, repeats)
	}
	u.Samples = unique
	return nil
}
