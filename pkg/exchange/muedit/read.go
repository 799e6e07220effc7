// Package muedit reads recordings that were decomposed and edited with MUedit (Avrillon et al.,
// 2024), in MATLAB's formats 7.3, 7 and 6.
package muedit

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/run/job"
)

// Codes of warnings that reading can give, beside those of package recording.
const (
	WarnNotEdited      = "not_edited"
	WarnDistimeclean   = "spike_times_from_distimeclean"
	WarnDuplicate      = "duplicate_discharge"
	WarnMaskMissing    = "emgmask_missing"
	WarnNoMatlabHeader = matfile.WarnHeader
)

// Options of Read. The zero value reads edited files with grids of 64 channels, whose units are
// then of no known muscle.
type Options struct {
	Name            recording.Name // zero: from the path
	Muscles         []string       // muscle of each grid; nil: unknown
	Unedited        bool           // take signal.Dischargetimes when edition is missing
	NeedEMG         bool           // signal.data and EMGmask must be readable (realignment)
	Strict          bool           // unsorted or repeated discharges are errors
	ChannelsPerGrid int            // 0: 64
}

// channelsPerGrid is that of the grids which MUedit assumes.
const channelsPerGrid = 64

// unit is one motor unit as stored.
type unit struct {
	Samples []float64 // discharges, 1-based sample numbers, ascending and unique
}

// grid is one electrode array with its units in stored order, empty ones included.
type grid struct {
	recording.Grid
	Units []unit
}

// file is an open file. The EMG stays in it and is streamed.
type file struct {
	Path      string
	Kind      string // recording.KindEdited or KindDecomposed
	FsHz      float64
	Samples   int // length of the recording, 0 if unknown
	Channels  int // rows of signal.data, 0 if unreadable
	Grids     []grid
	PathForce []float64 // signal.path, nil if absent
	Target    []float64 // signal.target, nil if absent
	AuxNames  []string
	Warnings  []string
	dataErr   error
	hasData   bool
	channels  int // of each grid
	matFile   matfile.File
}

func (f *file) fail(kind matfile.Kind, field, format string, args ...any) error {
	return &matfile.Error{File: f.Path, Kind: kind, Field: field, Msg: fmt.Sprintf(format, args...)}
}

func (f *file) warn(code, format string, args ...any) {
	f.Warnings = append(f.Warnings, code+": "+fmt.Sprintf(format, args...))
}

// Read reads everything of a MUedit file but the EMG, which is streamed from the file later: close
// the recording after use. Discharges are 1-based samples; units without discharges are left out.
// Faults of the file are of type *matfile.Error and name file and field.
func Read(path string, opt Options) (*recording.Raw, error) {
	f, err := open(path, opt)
	if err != nil {
		return nil, err
	}
	raw, err := f.raw(opt)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return raw, nil
}

// raw checks grids against muscles and lists the units.
func (f *file) raw(opt Options) (*recording.Raw, error) {
	if err := f.checkMuscles(opt.Name, opt.Muscles); err != nil {
		return nil, err
	}
	sum, err := job.SumFile(f.Path)
	if err != nil {
		return nil, err
	}
	r := &recording.Raw{
		Name: opt.Name, Source: f.Path, SHA256: sum.SHA256, Kind: f.Kind,
		FsHz: f.FsHz, Samples: f.Samples, TimeUnits: "samples", FirstSample: 1,
		Muscles: opt.Muscles, Forces: f.forces(), Warnings: f.Warnings, Closer: f,
	}
	if r.Name == (recording.Name{}) {
		r.Name = recording.ParseName(f.Path)
	}
	if f.hasData {
		r.EMG = f
	}
	for g, grid := range f.Grids {
		r.Grids = append(r.Grids, grid.Grid)
		for u, unit := range grid.Units {
			if len(unit.Samples) == 0 {
				continue
			}
			raw := recording.RawUnit{Grid: g, InGrid: u, Times: unit.Samples}
			if opt.Muscles != nil {
				raw.Muscle = opt.Muscles[g]
			}
			r.Units = append(r.Units, raw)
		}
	}
	return r, nil
}

// checkMuscles makes sure that every grid with units has a muscle.
func (f *file) checkMuscles(name recording.Name, muscles []string) error {
	if muscles == nil {
		return nil
	}
	if len(f.Grids) < len(muscles) {
		return f.fail(matfile.BadShape, "signal.ngrid",
			"%d grids, but muscle group %s has %d (%v); correct --muscles or the muscle map",
			len(f.Grids), name.Group, len(muscles), muscles)
	}
	for g := len(muscles); g < len(f.Grids); g++ {
		if countSpikes(f.Grids[g]) > 0 {
			return f.fail(matfile.BadShape, f.spikeField(),
				"grid %d has units, but muscle group %s has %d grids; correct --muscles or the muscle map",
				g+1, name.Group, len(muscles))
		}
	}
	return nil
}

// forces lists the signals that may be the force.
func (f *file) forces() []recording.ForceCandidate {
	var out []recording.ForceCandidate
	if row := f.channels * len(f.Grids); f.Channels > row {
		out = append(out, recording.ForceCandidate{
			Role: recording.ForceRow, From: "signal.data after the last grid", Channel: row})
	}
	held := func(role recording.ForceRole, from string, x []float64) {
		if x != nil {
			load := func() ([]float64, error) { return x, nil }
			out = append(out, recording.ForceCandidate{Role: role, From: from, Load: load})
		}
	}
	held(recording.ForcePath, "signal.path", f.PathForce)
	held(recording.ForceTarget, "signal.target", f.Target)
	for i, name := range f.AuxNames {
		load := func() ([]float64, error) { return f.auxiliary(i) }
		out = append(out, recording.ForceCandidate{
			Role: recording.ForceAuxiliary, Name: name, From: "signal.auxiliary " + name, Load: load})
	}
	return out
}

// Tiles streams signal.data.
func (f *file) Tiles(visit func(recording.Tile) error) error {
	return f.matFile.Tiles("signal.data", func(t matfile.Tile) error {
		return visit(recording.Tile{Row0: t.Row0, Col0: t.Col0, Rows: t.Rows, Cols: t.Cols, Data: t.Data})
	})
}

// open opens a file and reads everything but the EMG.
func open(path string, opt Options) (*file, error) {
	m, err := matfile.Open(path)
	if err != nil {
		return nil, err
	}
	f := &file{Path: path, matFile: m, channels: opt.ChannelsPerGrid}
	if f.channels == 0 {
		f.channels = channelsPerGrid
	}
	for _, w := range m.Warnings() {
		f.warn(w, "the file has no MATLAB header text")
	}
	if err := f.read(opt); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return f, nil
}

// Close releases the file.
func (f *file) Close() error {
	return f.matFile.Close()
}

func (f *file) read(opt Options) error {
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
				return f.fail(matfile.MissingField, "signal.EMGmask",
					"is not in the file; realignment needs it (or use --no-realign)")
			}
		}
	}
	return f.checkSpikes(opt)
}

func (f *file) readRate() error {
	v, err := f.matFile.Get("signal.fsamp")
	if err != nil {
		return err
	}
	if !v.Class.Numeric() || len(v.Num) != 1 {
		return f.fail(matfile.WrongType, "signal.fsamp", "a single number is expected, found %s %v",
			v.Class, v.Dims)
	}
	f.FsHz = v.Num[0]
	if !(f.FsHz > 0) || math.IsInf(f.FsHz, 0) {
		return f.fail(matfile.BadValue, "signal.fsamp",
			"sampling rate %v Hz; a positive number is expected", f.FsHz)
	}
	return nil
}

// readData checks signal.data; a fault is kept in dataErr and becomes an error
// only where the EMG is needed.
func (f *file) readData() error {
	s, err := f.matFile.Shape("signal.data")
	switch {
	case err != nil:
		f.dataErr = err
	case !s.Class.Numeric():
		f.dataErr = f.fail(matfile.WrongType, "signal.data", "numbers are expected, found %s", s.Class)
	case len(s.Dims) != 2:
		f.dataErr = f.fail(matfile.BadShape, "signal.data",
			"a matrix channels x samples is expected, found %v", s.Dims)
	default:
		f.Channels, f.Samples, f.hasData = s.Dims[0], s.Dims[1], true
		if f.Samples < 1 {
			return f.fail(matfile.BadShape, "signal.data", "has no samples (%v)", s.Dims)
		}
	}
	if f.dataErr != nil {
		f.warn(recording.WarnDataUnreadable, "%v", f.dataErr)
	}
	return nil
}

func (f *file) readGrids() error {
	mask, maskErr := f.matFile.Get("signal.EMGmask")
	optional := map[string]*matfile.Value{}
	for _, field := range []string{"signal.gridname", "signal.muscle", "signal.coordinates"} {
		if !f.matFile.Has(field) {
			continue
		}
		v, err := f.matFile.Get(field)
		if err != nil {
			return err
		}
		optional[field] = v
	}
	names, muscles, coords := optional["signal.gridname"], optional["signal.muscle"],
		optional["signal.coordinates"]
	n, err := f.gridCount(mask, names)
	if err != nil {
		return err
	}
	if f.hasData && f.Channels < f.channels*n {
		return f.fail(matfile.BadShape, "signal.data", "%d rows, but %d grids need %d",
			f.Channels, n, f.channels*n)
	}
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
	if maskErr != nil {
		var e *matfile.Error
		if errors.As(maskErr, &e) && e.Kind != matfile.MissingField {
			return maskErr
		}
		f.warn(WarnMaskMissing, "signal.EMGmask is not in the file; realignment is not possible")
	} else if mask.Class != matfile.Cell {
		return f.fail(matfile.WrongType, "signal.EMGmask", "a cell array is expected, found %s",
			mask.Class)
	}
	for g := range f.Grids {
		f.Grids[g].Channels = f.channels
		f.Grids[g].Name, f.Grids[g].Label = cellText(names, g), cellText(muscles, g)
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

func countSpikes(g grid) int {
	n := 0
	for _, u := range g.Units {
		n += len(u.Samples)
	}
	return n
}

func (f *file) spikeField() string {
	if f.Kind == recording.KindDecomposed {
		return "signal.Dischargetimes"
	}
	return "edition.Dischargetimes"
}

// gridCount takes signal.ngrid; without it the number of masks or grid names.
func (f *file) gridCount(mask, names *matfile.Value) (int, error) {
	if f.matFile.Has("signal.ngrid") {
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

func (f *file) mask(v *matfile.Value, g int) ([]bool, error) {
	field := fmt.Sprintf("signal.EMGmask{1,%d}", g+1)
	if g >= len(v.Cells) {
		return nil, f.fail(matfile.BadShape, field, "is missing: %d masks for %d grids",
			len(v.Cells), len(f.Grids))
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
func (f *file) coordinates(v *matfile.Value, g int) ([][2]int, error) {
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
				return nil, f.fail(matfile.BadValue, fmt.Sprintf("signal.coordinates{1,%d}", g+1),
					"position %v of electrode %d", x, i+1)
			}
			out[i][k] = int(x)
		}
	}
	return out, nil
}

func (f *file) readForces() error {
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
			return f.fail(matfile.BadShape, r.field, "%d samples against %d in signal.data",
				len(v.Num), f.Samples)
		}
		*r.dst = v.Num
	}
	return f.readAuxiliary()
}

// readAuxiliary keeps the named extra channels; they are used only on request, so
// an odd shape leaves them out.
func (f *file) readAuxiliary() error {
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

// auxiliary reads an auxiliary channel.
func (f *file) auxiliary(i int) ([]float64, error) {
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
		err = f.fail(matfile.BadShape, "signal.auxiliary", "%d samples against %d in signal.data",
			len(x), f.Samples)
	}
	return x, err
}

// readSpikes finds the spike times: edition.Dischargetimes, the older
// edition.Distimeclean, or (unedited) signal.Dischargetimes.
func (f *file) readSpikes(opt Options) error {
	switch {
	case f.matFile.Has("edition"):
		f.Kind = recording.KindEdited
		if f.matFile.Has("edition.Dischargetimes") {
			return f.readDischarges("edition.Dischargetimes")
		}
		if f.matFile.Has("edition.Distimeclean") {
			f.warn(WarnDistimeclean, "edition.Dischargetimes is missing, edition.Distimeclean is used")
			return f.readNested("edition.Distimeclean")
		}
		return f.fail(matfile.MissingField, "edition.Dischargetimes", "is not in the file")
	case !opt.Unedited:
		return f.fail(matfile.MissingField, "edition",
			"is not in the file: it was not edited; edit it in MUedit or use --unedited")
	case !f.matFile.Has("signal.Dischargetimes"):
		return f.fail(matfile.MissingField, "signal.Dischargetimes",
			"is not in the file: it was not decomposed")
	}
	f.Kind = recording.KindDecomposed
	f.warn(WarnNotEdited, "spike times before editing are used")
	return f.readDischarges("signal.Dischargetimes")
}

func (f *file) readDischarges(field string) error {
	v, err := f.matFile.Get(field)
	if err != nil {
		return err
	}
	if v.Class != matfile.Cell {
		return f.fail(matfile.WrongType, field, "a cell array grids x units is expected, found %s",
			v.Class)
	}
	if len(v.Dims) != 2 {
		return f.fail(matfile.BadShape, field, "a cell array grids x units is expected, found %v", v.Dims)
	}
	rows, cols := v.Rows(), v.Cols()
	f.Grids = make([]grid, rows)
	for g := range f.Grids {
		for u := 0; u < cols; u++ {
			samples, err := f.unit(v.Cells[u*rows+g], fmt.Sprintf("%s{%d,%d}", field, g+1, u+1))
			if err != nil {
				return err
			}
			f.Grids[g].Units = append(f.Grids[g].Units, unit{samples})
		}
	}
	return nil
}

func (f *file) readNested(field string) error {
	v, err := f.matFile.Get(field)
	if err != nil {
		return err
	}
	if v.Class != matfile.Cell {
		return f.fail(matfile.WrongType, field, "a cell array is expected, found %s", v.Class)
	}
	f.Grids = make([]grid, len(v.Cells))
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
			f.Grids[g].Units = append(f.Grids[g].Units, unit{samples})
		}
	}
	return nil
}

func (f *file) unit(v *matfile.Value, field string) ([]float64, error) {
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
func (f *file) checkSpikes(opt Options) error {
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

func (f *file) checkRange(samples []float64, field string) error {
	for _, s := range samples {
		switch {
		case math.IsNaN(s) || math.IsInf(s, 0):
			return f.fail(matfile.BadValue, field, "a spike time is %v", s)
		case s != math.Trunc(s):
			return f.fail(matfile.BadValue, field, "spike time %v is not a whole sample number", s)
		case s < 1:
			return f.fail(matfile.BadValue, field, "spike time %v; sample numbers start at 1", s)
		case f.Samples > 0 && s > float64(f.Samples):
			return f.fail(matfile.BadValue, field, "spike time %v is beyond the last sample %d",
				s, f.Samples)
		}
	}
	return nil
}

func (f *file) checkOrder(u *unit, field string, strict bool) error {
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
		f.warn(recording.WarnUnsorted, "%s: spike times were sorted", field)
	}
	if repeats > 0 {
		f.warn(WarnDuplicate, "%s: %d repeated spike times were removed", field, repeats)
	}
	u.Samples = unique
	return nil
}
