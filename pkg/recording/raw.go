package recording

import (
	"fmt"
	"io"
)

// Kinds of decomposed recordings.
const (
	KindEdited     = "edited"     // units were edited by an operator after the decomposition
	KindDecomposed = "decomposed" // units as the decomposition found them
	KindTable      = "table"      // discharge times without EMG, some with the force
)

// Codes of warnings that more than one package gives; the text after the colon says where.
const (
	WarnUnsorted       = "unsorted"               // discharge times were sorted
	WarnDataUnreadable = "signal_data_unreadable" // the EMG cannot be read
	WarnNoForce        = "no_force"               // rates are of whole trains, not of plateaus
)

// Raw is one decomposed recording as the reader of a foreign format hands it over: nothing is
// realigned or scaled yet (package process does that). The EMG stays in the file, because it can be
// larger than the memory. Not safe for concurrent use; Close it after use.
type Raw struct {
	Name   Name   // participant, muscle group and intensity
	Source string // path of the file
	SHA256 string // of the file, hexadecimal
	Kind   string // KindEdited, KindDecomposed or KindTable

	FsHz        float64 // sampling rate, Hz
	Samples     int     // length of the recording, samples; 0 if unknown
	TimeUnits   string  // of RawUnit.Times: "samples" or "s"
	FirstSample int     // number that the file gives to the first sample: 1 (MATLAB) or 0

	Grids   []Grid    // electrode grids; nil for KindTable
	Muscles []string  // muscle of each grid, in the order of Grids, of which the last may have none
	Units   []RawUnit // in the order of the file
	Forces  []ForceCandidate

	EMG      EMG       // nil if there is none that could be read
	Plateaus []Plateau // given by the user instead of detected; nil: detect them

	Warnings []string  // "code: text", in the order of their discovery
	Closer   io.Closer // releases the file; nil: nothing to release

	index map[[2]string]int // of Units by muscle and name, for Named
}

// RawUnit is one motor unit of a foreign file.
type RawUnit struct {
	Muscle string // muscle; "" where the reader was not told
	Name   string // as tables of other programs call it; "" in MUedit files
	Grid   int    // electrode grid, from 0
	InGrid int    // position in its grid as stored, from 0
	// Quality of the decomposition as the file has it; 0 if it has none.
	PNRdB      float64 // pulse-to-noise ratio, dB
	Silhouette float64 // of the source, 0 to 1
	// Times are the discharges in Raw.TimeUnits. Samples count from Raw.FirstSample, seconds from
	// the start of the recording.
	Times []float64
}

// Grid is one electrode array. Its channels are rows of the EMG, grid after grid.
type Grid struct {
	Name        string   // grid type, e.g. GR04MM1305
	Channels    int      // number of electrodes
	Label       string   // free text of the operator about the muscle
	Mask        []bool   // per channel: true = discarded; nil if unknown
	Coordinates [][2]int // per channel: row and column of the electrode, from 1; nil if unknown
}

// EMG is the stored signals of all channels.
type EMG interface {
	// Tiles calls f with rectangles that cover the matrix of channels x samples once, in the order
	// of the file. The data of a tile are valid during the call only. An error of f ends the pass.
	Tiles(f func(Tile) error) error
}

// Tile is a rectangle of the EMG: channels [Row0, Row0+Rows), samples [Col0, Col0+Cols).
type Tile struct {
	Row0, Col0, Rows, Cols int
	Data                   []float64 // sample after sample: channel r of sample c is Data[c*Rows+r]
}

// ForceRole says what a signal that may be the force is.
type ForceRole string

// Roles of ForceCandidate.
const (
	ForceRow       ForceRole = "row"    // measured force, stored with the EMG
	ForcePath      ForceRole = "path"   // measured force, as the decomposition program rescaled it
	ForceTarget    ForceRole = "target" // what the participant was asked to do
	ForceAuxiliary ForceRole = "auxiliary"
)

// ForceCandidate is a signal that may be the force, Raw.Samples values in units of its own.
type ForceCandidate struct {
	Role ForceRole
	Name string // of an auxiliary channel
	From string // where it stands in the file, e.g. signal.path
	// Load reads the signal; the slice may be kept, not modified. nil where it is row Channel of the
	// EMG.
	Load    func() ([]float64, error)
	Channel int
}

// Force is the processed force of a recording.
type Force struct {
	PercentMVC []float64 // one value per sample, % of maximal voluntary contraction
	Plateaus   []Plateau // ascending, not overlapping
	FsHz       float64   // sampling rate, Hz
}

// Plateau is a steady part of a contraction, samples [Start, Stop).
type Plateau struct{ Start, Stop int }

// Properties of one unit, one value per plateau; NaN where it cannot be told.
type Properties struct {
	ThresholdMVC []float64 // force at recruitment, % MVC
	RecruitedAt  []float64 // sample of the first discharge of sustained firing
	RateHz       []float64 // 1 / mean inter-spike interval, Hz
	CoV          []float64 // coefficient of variation of the inter-spike interval
}

// Warn adds a warning.
func (r *Raw) Warn(code, format string, args ...any) {
	r.Warnings = append(r.Warnings, code+": "+fmt.Sprintf(format, args...))
}

// Named returns the unit of that muscle and name; a new one without discharges, after the others,
// if there is none yet. The pointer is valid until the next call. Use it for all units of a
// recording or for none.
func (r *Raw) Named(muscle, name string) *RawUnit {
	key := [2]string{muscle, name}
	i, ok := r.index[key]
	if !ok {
		if r.index == nil {
			r.index = map[[2]string]int{}
		}
		i = len(r.Units)
		r.index[key] = i
		r.Units = append(r.Units, RawUnit{InGrid: i, Muscle: muscle, Name: name})
	}
	return &r.Units[i]
}

// Close releases the file. It may be called on a nil Raw.
func (r *Raw) Close() error {
	if r == nil || r.Closer == nil {
		return nil
	}
	return r.Closer.Close()
}
