// Package exchange opens decomposed recordings of other programs. One package for each format
// stands beside it, with the reader and, where there is one, the writer.
package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"example.org/renshaw/pkg/exchange/bids"
	"example.org/renshaw/pkg/exchange/muedit"
	"example.org/renshaw/pkg/exchange/npztrains"
	"example.org/renshaw/pkg/exchange/spiketable"
	"example.org/renshaw/pkg/recording"
)

// Format of a recording's file.
type Format string

// Formats that Open reads.
const (
	MUedit Format = "MUedit"          // MATLAB file
	NumPy  Format = "NumPy archive"   // arrays of discharges
	BIDS   Format = "BIDS events"     // part of a BIDS dataset
	Table  Format = "discharge table" // one row per discharge
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
	ChannelsPerGrid int                 // 0: as the file has it
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
	if format != MUedit {
		raw, err := openTrains(path, format, opt)
		if err != nil {
			return nil, err
		}
		return raw, raw.ReadTimesAs(opt.Times)
	}
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

// openTrains opens a format without EMG.
func openTrains(path string, format Format, opt Options) (*recording.Raw, error) {
	switch format {
	case NumPy:
		return npztrains.Read(path, npztrains.Options{
			Name: opt.Name, FsHz: opt.FsHz, Group: opt.Group, MuscleMap: opt.MuscleMap})
	case BIDS:
		return bids.Read(path, bids.Options{
			Name: opt.Name, FsHz: opt.FsHz, Group: opt.Group, MuscleMap: opt.MuscleMap})
	}
	return spiketable.Read(path, opt.Name, opt.FsHz)
}

// Detect recognises the format of a file by its extension, else by its first bytes. What is none of
// the others counts as MUedit, whose reader says what is wrong with it.
func Detect(path string) (Format, error) {
	if recording.IsEvents(path) {
		return BIDS, nil
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".mat":
		return MUedit, nil
	case ".npz":
		return NumPy, nil
	case ".csv", ".tsv":
		return Table, nil
	}
	zip, err := startsWith(path, "PK\x03\x04")
	if err != nil {
		return "", err
	}
	if zip {
		return NumPy, nil
	}
	return MUedit, nil
}

// startsWith reports whether a file begins with some bytes.
func startsWith(path, magic string) (bool, error) {
	in, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer in.Close()
	head := make([]byte, len(magic))
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	return bytes.Equal(head[:n], []byte(magic)), nil
}
