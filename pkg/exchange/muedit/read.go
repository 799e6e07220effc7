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

	WarnGridCount       = "grid_count"       // signal.ngrid cannot be used
	WarnMask            = "emgmask"          // the mask of a grid cannot be used
	WarnChannelsRemoved = "channels_removed" // discarded channels are not in the file
	WarnCoordinates     = "coordinates"      // positions were renumbered or cannot be used
	WarnForceLength     = "force_length"     // a signal is longer or shorter than the EMG
	WarnOutside         = "outside"          // discharges outside of the recording were left out
	WarnRounded         = "rounded"          // times were rounded to samples
	WarnEmptyUnit       = "unit_without_discharges"
	WarnPulseTrains     = "pulse_trains" // there are more or fewer than units
)

// Options of Read. The zero value reads edited files with grids of 64 channels, whose units are
// then of no known muscle.
type Options struct {
	Name            recording.Name  // zero: from the path
	Muscles         []string        // muscle of each grid; nil: unknown
	Unedited        bool            // take signal.Dischargetimes when edition is missing
	NeedEMG         bool            // signal.data and EMGmask must be readable (realignment)
	Strict          bool            // unsorted or repeated discharges are errors
	ChannelsPerGrid int             // 0: as the file says, else 64
	Times           recording.Times // how discharges are counted
	Allow           bool            // discharges that cannot be are left out instead of refused
}

// channelsPerGrid is that of grids which do not say theirs.
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
	Path       string
	Kind       string // recording.KindEdited or KindDecomposed
	FsHz       float64
	Samples    int // length of the recording, 0 if unknown
	Channels   int // rows of signal.data, 0 if unreadable
	Grids      []grid
	PathForce  []float64 // signal.path, nil if absent
	Target     []float64 // signal.target, nil if absent
	AuxNames   []string
	Warnings   []string
	hasData    bool // signal.data can be read
	needEMG    bool
	channels   int // of each grid; 0: as the file says
	electrodes int // of all grids, which are the first rows of signal.data
	matFile    matfile.File
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
	opt.Muscles = fitted(opt.Muscles, len(f.Grids))
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
		Muscles: opt.Muscles, Forces: f.forces(), Closer: f,
	}
	f.checkUnits()
	r.Warnings = f.Warnings
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

// fitted is a group of one muscle with the grids that the file has, if it has fewer. Groups of
// several muscles are as they are, because which grid lies on which is then not known.
func fitted(muscles []string, grids int) []string {
	if grids < len(muscles) && len(slices.Compact(slices.Clone(muscles))) == 1 {
		return muscles[:grids]
	}
	return muscles
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
	f := &file{Path: path, matFile: m, channels: opt.ChannelsPerGrid, needEMG: opt.NeedEMG}
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
		if f.matFile.Has("spike_trains") {
			return f.fail(matfile.MissingField, "signal",
				"is not in the file, which renshaw wrote: it need "+
					"not be converted")
		}
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
