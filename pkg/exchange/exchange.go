// Package exchange opens decomposed recordings of other programs. One package for each format
// stands beside it, with the reader and, where there is one, the writer.
package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"example.org/renshaw/pkg/exchange/bids"
	"example.org/renshaw/pkg/exchange/demuse"
	"example.org/renshaw/pkg/exchange/muedit"
	"example.org/renshaw/pkg/exchange/muedit2"
	"example.org/renshaw/pkg/exchange/npztrains"
	"example.org/renshaw/pkg/exchange/nwb"
	"example.org/renshaw/pkg/exchange/openhdemg"
	"example.org/renshaw/pkg/exchange/otb"
	"example.org/renshaw/pkg/exchange/spiketable"
	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/file/npz"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/run/job"
)

// Format of a recording's file.
type Format string

// Formats that Open reads.
const (
	MUedit    Format = "MUedit"          // MATLAB file
	MUedit2   Format = "MUedit2"         // NumPy archive
	DEMUSE    Format = "DEMUSE"          // MATLAB file
	OTBiolab  Format = "OTBiolab+"       // MATLAB file
	OpenHDEMG Format = "openhdemg"       // JSON
	NWB       Format = "NWB"             // HDF5 with a table of units
	NumPy     Format = "NumPy archive"   // arrays of discharges
	BIDS      Format = "BIDS events"     // part of a BIDS dataset
	Table     Format = "discharge table" // one row per discharge
)

// Options of Open; a format takes what concerns it.
type Options struct {
	Name            recording.Name      // zero: from the path
	FsHz            float64             // sampling rate (Hz) of files without one; 0: unknown
	Group           string              // muscle group, instead of the one in Name
	MuscleMap       recording.MuscleMap // muscle of each grid of a group
	Unedited        bool                // take units that were not edited
	NeedEMG         bool                // the EMG must be readable (realignment)
	Strict          bool                // unsorted or repeated discharges are errors
	ChannelsPerGrid int                 // 0: as the format has it
	Times           recording.Times     // how discharge times are to be read
	Allow           bool                // discharges that cannot be are left out instead of refused
}

// Open reads a recording in the format that Detect finds. The EMG stays in the file: close the
// recording after use. Errors name the file and what in it is wrong.
func Open(path string, opt Options) (*recording.Raw, error) {
	format, err := Detect(path)
	if err != nil {
		return nil, err
	}
	if opt.Name == (recording.Name{}) {
		opt.Name = recording.ParseName(path)
	}
	if format == MUedit {
		return openMUedit(path, opt)
	}
	given := recording.Given{Name: opt.Name, FsHz: opt.FsHz, Group: opt.Group,
		MuscleMap: opt.MuscleMap, Times: opt.Times, Allow: opt.Allow}
	read := map[Format]func(string, recording.Given) (*recording.Raw, error){
		MUedit2: muedit2.Read, DEMUSE: demuse.Read, OTBiolab: otb.Read, OpenHDEMG: openhdemg.Read,
		NWB: nwb.Read, NumPy: npztrains.Read, BIDS: bids.Read, Table: spiketable.Read,
	}[format]
	raw, err := read(path, given)
	if err != nil {
		return nil, err
	}
	sum, err := job.SumFile(path)
	raw.SHA256 = sum.SHA256
	return raw, err
}

func openMUedit(path string, opt Options) (*recording.Raw, error) {
	if opt.Group != "" {
		opt.Name.Group = opt.Group
	}
	muscles, err := opt.MuscleMap.Muscles(path, opt.Name.Group)
	if err != nil {
		return nil, err
	}
	return muedit.Read(path, muedit.Options{
		Name: opt.Name, Muscles: muscles, Unedited: opt.Unedited, NeedEMG: opt.NeedEMG,
		Strict: opt.Strict, ChannelsPerGrid: opt.ChannelsPerGrid, Times: opt.Times, Allow: opt.Allow})
}

// Unknown is the error for a file that no format matches.
type Unknown struct {
	Path   string // of the file
	Reason string // what it is, and what would be read
}

// Error names the file and what it is.
func (e *Unknown) Error() string { return e.Path + ": " + e.Reason }

// headBytes is how much of a file is looked at for its kind.
const headBytes = 4096

// Detect recognises the format of a file by its content; a name decides only between BIDS events
// and other tables. It reads the head of the file, the names of its arrays or variables, or the
// header of its table. A file of no known format is an error of type *Unknown; others are those of
// the operating system and of damaged files.
func Detect(path string) (Format, error) {
	head, err := readHead(path)
	if err != nil {
		return "", err
	}
	unknown := func(format string, args ...any) (Format, error) {
		return "", &Unknown{path, fmt.Sprintf(format, args...)}
	}
	switch {
	case len(head) == 0:
		return unknown("is empty")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("\x93NUMPY")):
		return detectArchive(path)
	case openhdemg.Is(head):
		return OpenHDEMG, nil
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return unknown("is packed with gzip, but not by openhdemg; unpack it and name what is inside")
	case bytes.HasPrefix(head, []byte("MATLAB")), bytes.Contains(head, []byte("\x89HDF\r\n\x1a\n")):
		return detectVariables(path)
	case bytes.HasPrefix(bytes.TrimLeft(head, " \r\n\t"), []byte("{")):
		return unknown("is JSON, but not of openhdemg (a sidecar?)")
	case bytes.Contains(head, []byte("ustar")):
		return unknown("is a tar archive; export an OTBiolab+ project (.otb+) as .mat, with the " +
			"decomposition")
	case strings.HasSuffix(strings.ToLower(path), ".mat"):
		return MUedit, nil // its reader says what is wrong with a file that is damaged or of level 4
	case recording.IsEvents(path):
		if err := bids.Check(path); err != nil {
			return "", unknownOr(path, err)
		}
		return BIDS, nil
	}
	if err := spiketable.Check(path); err != nil {
		return "", unknownOr(path, err)
	}
	return Table, nil
}

// unknownOr turns the error for the header of a table into one for an unknown format.
func unknownOr(path string, err error) error {
	return &Unknown{path, strings.TrimPrefix(err.Error(), path+": ")}
}

// readHead reads the first bytes of a file.
func readHead(path string) ([]byte, error) {
	info, err := os.Stat(path) // before it is opened: a pipe would wait for its other end
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, &Unknown{path, "is a folder; name the files in it"}
	case !info.Mode().IsRegular():
		return nil, &Unknown{path, "is no file but a pipe or device; save the recording to a file"}
	}
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	head := make([]byte, headBytes)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return head[:n], nil
}

// detectArchive looks at the names of the arrays of a NumPy file.
func detectArchive(path string) (Format, error) {
	f, err := npz.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if len(f.Names()) == 0 {
		return "", &Unknown{path, "is a ZIP archive without NumPy arrays"}
	}
	if muedit2.Is(f) {
		return MUedit2, nil
	}
	return NumPy, nil
}

// detectVariables looks at the names of the variables of a MATLAB or HDF5 file.
func detectVariables(path string) (Format, error) {
	names, err := matfile.Variables(path)
	if err != nil {
		return "", err
	}
	has := func(name string) bool { return slices.Contains(names, name) }
	switch {
	case has("signal"), has("edition"):
		return MUedit, nil
	case demuse.Is(names):
		return DEMUSE, nil
	case otb.Is(names):
		return OTBiolab, nil
	case nwb.Is(names):
		return NWB, nil
	case has("spike_trains"):
		return "", &Unknown{path, "was converted already (or is a simulation); use it as it is"}
	case has("session_start_time"):
		return "", &Unknown{path, "is NWB without a table of units (sorted spikes)"}
	}
	if len(names) == 0 {
		return "", fmt.Errorf("%s: holds no variable; if it was cut off, copy it again", path)
	}
	shown := names[:min(len(names), 12)]
	return "", &Unknown{path, fmt.Sprintf("has the variables %s; MUedit files have signal and "+
		"edition, "+
		"those of DEMUSE MUPulses, exports of OTBiolab+ Data and Description",
		strings.Join(shown, ", "))}
}
