// Package muedit2 reads the NumPy archives of MUedit2, MUedit's successor in Python:
// <entity>_decomp.npz of a decomposition and <entity>_edited.npz of what an operator made of it.
// docs/formats/muedit2.md describes them.
package muedit2

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"example.org/renshaw/pkg/file/npz"
	"example.org/renshaw/pkg/recording"
)

// WarnNotEdited is the code of the warning for units as the decomposition found them.
const WarnNotEdited = "not_edited"

// Is reports whether an open archive is one of MUedit2: discharges as objects, beside their grids.
func Is(f *npz.Archive) bool {
	name := f.Find("discharge_times")
	if name == "" || f.Find("mu_grid_index", "grid_names") == "" {
		return false
	}
	_, numbers, err := f.Shape(name)
	return err == nil && !numbers
}

// Read reads an archive. Discharges are samples from 0. Names of units, g<grid>_mu<rank>, stand in
// <entity>_edited.json beside it. A force is taken from an array path, force or ref_signal with a
// value per sample. The EMG of a decomposition is not read. Errors name file and array.
func Read(path string, given recording.Given) (*recording.Raw, error) {
	f, err := npz.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := given.Start(path)
	r.TimeUnits = "samples"
	units := func(f *npz.Archive, r *recording.Raw) error { return readUnits(f, r, given) }
	for _, step := range []func(*npz.Archive, *recording.Raw) error{
		checkParameters, readRate, units, readMuscles, readForces,
	} {
		if err := step(f, r); err != nil {
			return nil, err
		}
	}
	if err := readNames(r); err != nil {
		return nil, err
	}
	if err := given.AssignMuscles(r, f.Find("mu_grid_index") != ""); err != nil {
		return nil, err
	}
	if f.Find("adaptive_losses") != "" || strings.HasSuffix(path, "_decomp.npz") {
		r.Warn(WarnNotEdited, "these are the units of the decomposition; nobody edited them")
	}
	return r, nil
}

// checkParameters refuses an archive whose parameters, which are not used, are more than data: such
// a file was not written by MUedit2, and what else opens it would run what they call.
func checkParameters(f *npz.Archive, _ *recording.Raw) error {
	name := f.Find("parameters")
	if name == "" {
		return nil
	}
	if err := f.CheckObjects(name); err != nil {
		return fmt.Errorf("%w; if you trust the file, save it again without this array", err)
	}
	return nil
}

// number reads an array of one number, or NaN without it.
func number(f *npz.Archive, name string) (float64, error) {
	if name = f.Find(name); name == "" {
		return math.NaN(), nil
	}
	a, err := f.Read(name)
	if err != nil {
		return 0, err
	}
	if len(a.Num) != 1 {
		return 0, fmt.Errorf("%s: array %s: expected one number, found %d values", f.Path(), name,
			a.Len())
	}
	return a.Num[0], nil
}

func readRate(f *npz.Archive, r *recording.Raw) error {
	rate, err := number(f, "fsamp")
	if err != nil {
		return err
	}
	if !math.IsNaN(rate) {
		r.FsHz = rate
	}
	if !(r.FsHz > 0) || math.IsInf(r.FsHz, 0) {
		return fmt.Errorf(
			"%s: the sampling rate is %v Hz; expected a positive number in array fsamp, or "+
				"--fs HZ", f.Path(), r.FsHz)
	}
	total, err := number(f, "total_samples")
	if total >= 1 && total < 1<<40 {
		r.Samples = int(total)
	}
	return err
}

func readUnits(f *npz.Archive, r *recording.Raw, given recording.Given) error {
	a, err := f.Read(f.Find("discharge_times"))
	if err != nil {
		return err
	}
	times := a.Rows
	if a.Num != nil && len(a.Shape) == 2 { // units with equally many discharges
		for i := range a.Shape[0] {
			times = append(times, a.Num[i*a.Shape[1]:(i+1)*a.Shape[1]])
		}
	}
	if len(times) == 0 {
		return fmt.Errorf("%s: array %s: expected the discharges of each unit, found shape %v",
			f.Path(), a.Name, a.Shape)
	}
	grids, err := gridsOf(f, len(times))
	if err != nil {
		return err
	}
	inGrid := map[int]int{}
	for i := range times {
		u := recording.RawUnit{}
		if grids != nil {
			if u.Grid = int(grids[i]); float64(u.Grid) != grids[i] || u.Grid < 0 || u.Grid > 1<<10 {
				return fmt.Errorf("%s: array mu_grid_index: %v of unit %d is no grid", f.Path(), grids[i], i+1)
			}
		}
		u.InGrid = inGrid[u.Grid]
		inGrid[u.Grid]++
		r.Units = append(r.Units, u)
	}
	return given.TakeTimes(r, times, 0)
}

// gridsOf is the grid of each unit, by number from 0 or by name; nil if it is not known.
func gridsOf(f *npz.Archive, units int) ([]float64, error) {
	name := f.Find("mu_grid_index")
	if name == "" {
		return nil, nil
	}
	g, err := f.Read(name)
	if err != nil {
		return nil, err
	}
	if g.Len() != units || g.Rows != nil {
		return nil, fmt.Errorf("%s: array %s: %d grids for %d units", f.Path(), name, g.Len(), units)
	}
	if g.Text == nil {
		return g.Num, nil
	}
	names := &npz.Array{}
	if name := f.Find("grid_names"); name != "" {
		if names, err = f.Read(name); err != nil {
			return nil, err
		}
	}
	out := make([]float64, units)
	for i, text := range g.Text {
		k := slices.Index(names.Text, text)
		if k < 0 || slices.Index(names.Text[k+1:], text) >= 0 {
			return nil, fmt.Errorf("%s: array %s: grid %q of unit %d is not one of grid_names, or one of "+
				"several", f.Path(), name, text, i+1)
		}
		out[i] = float64(k)
	}
	return out, nil
}

// readMuscles takes the muscle of each grid, or the one of all; empty names are left to the
// muscle group.
func readMuscles(f *npz.Archive, r *recording.Raw) error {
	name := f.Find("muscle_names", "muscle")
	if name == "" {
		return nil
	}
	a, err := f.Read(name)
	if err != nil {
		return err
	}
	for i := range r.Units {
		u := &r.Units[i]
		k := u.Grid
		if len(a.Text) == 1 {
			k = 0
		}
		if k >= len(a.Text) {
			return fmt.Errorf("%s: array %s: %d muscles, but unit %d is of grid %d", f.Path(), name,
				len(a.Text), i+1, u.Grid+1)
		}
		u.Muscle = strings.TrimSpace(a.Text[k])
		if u.Muscle != "" {
			if err := recording.CheckMuscle(u.Muscle); err != nil {
				return fmt.Errorf("%s: array %s: %w", f.Path(), name, err)
			}
		}
	}
	return nil
}

// forceNames are arrays that may hold the force; the first one is taken.
var forceNames = []string{"force", "ref_signal", "path", "target"}

func readForces(f *npz.Archive, r *recording.Raw) error {
	for _, want := range forceNames {
		name := f.Find(want)
		if name == "" {
			continue
		}
		a, err := f.Read(name)
		if err != nil {
			r.Warn(recording.WarnNoForce, "%v", err)
			continue
		}
		if r.Samples == 0 || len(a.Num) != r.Samples {
			if a.Len() > 1 {
				r.Warn(recording.WarnNoForce, "array %s has %d values for %d samples; it is not used",
					name, a.Len(), r.Samples)
			}
			continue
		}
		role := recording.ForceRow
		if want == "target" {
			role = recording.ForceTarget
		}
		r.Forces = append(r.Forces, recording.ForceCandidate{Role: role, From: "array " + name,
			Load: func() ([]float64, error) { return a.Num, nil }})
	}
	return nil
}

// maxSidecar bounds the file with the names of the units and the history of their edits.
const maxSidecar = 64 << 20

// readNames reads the names of the units from the file beside an edited archive.
func readNames(r *recording.Raw) error {
	path := strings.TrimSuffix(r.Source, ".npz") + ".json"
	in, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	var side struct {
		UIDs []string `json:"mu_uids"`
	}
	if err := json.NewDecoder(io.LimitReader(in, maxSidecar)).Decode(&side); err != nil {
		return fmt.Errorf("%s: is not valid JSON: %w", path, err)
	}
	if len(side.UIDs) == 0 {
		return nil
	}
	if len(side.UIDs) != len(r.Units) {
		r.Warn("unit_names", "%s names %d units, the archive has %d; the names are not used", path,
			len(side.UIDs), len(r.Units))
		return nil
	}
	for i, name := range side.UIDs {
		r.Units[i].Name = name
	}
	return nil
}
