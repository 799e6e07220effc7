// Package export holds what the writers of other programs' formats share: a recording with
// the identity of its units, its force and its provenance. One sub-package writes one format.
package motorunit

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/recfile"
)

// Unit is a motor unit with its place in the recording.
type Unit struct {
	ID       int       // number in the file (MN_<ID>)
	Name     string    // as the source calls it; the number where it has no name
	Muscle   string    // muscle, or simulated pool
	Grid     int       // electrode grid, from 0; -1 unknown
	InGrid   int       // place in the grid, from 0; -1 unknown
	SpikesS  []float64 // s from the start of the recording
	Samples  []int64   // the same as sample numbers from 0
	Property map[string][]float64
}

// Recording is what exporters need of a recording.
type Recording struct {
	Path       string // of the .h5
	Name       string // file name without its extension
	Simulated  bool
	Sampled    bool   // the file has spike times as sample numbers, not in s
	Subject    string // "" if unknown
	Group      string // muscle group, "" if unknown
	Condition  string
	Session    string
	Intensity  float64 // % of maximal voluntary contraction, 0 if unknown
	FsHz       float64
	DurationS  float64 // 0 if unknown
	Source     string  // file that was converted
	SHA256     string  // of that file
	Profile    string
	Units      []Unit
	Force      *recording.Force // nil without one
	Properties []Property
}

// Property is a measure of the units on each plateau of the force; Label is short, with the unit.
type Property struct {
	Name, Unit, Label, Meaning string
}

var properties = []Property{
	{"recruitment_threshold", "% MVC", "recruitment threshold (% MVC)", "force at the first discharge of sustained firing, one value per plateau"},
	{"discharge_rate", "Hz", "rate on plateaus (Hz)", "mean discharge rate, one value per plateau"},
	{"cov_isi", "1", "CV on plateaus", "coefficient of variation of the inter-spike interval, one value per plateau"},
}

// Read reads a recording of renshaw convert, or a simulation, whose units are then those of
// its motor neurons in the observed time.
func Read(path string) (*Recording, error) {
	loaded, err := recfile.ReadRecording(path, recfile.Options{})
	if err != nil {
		return nil, err
	}
	in := loaded.Recording
	r := &Recording{Path: path, Name: strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), Simulated: loaded.Truth != nil,
		Subject: in.Subject, Condition: in.Condition, Intensity: in.IntensityMVC, FsHz: in.FsHz, DurationS: in.DurationS}
	if r.Simulated {
		r.Name = strings.ReplaceAll(strings.TrimSuffix(in.Name, filepath.Ext(in.Name)), string(filepath.Separator), "_")
	}
	if len(in.Units) == 0 {
		return nil, fmt.Errorf("%s: has no unit: there is nothing to export", path)
	}
	f, err := h5.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for name, to := range map[string]*string{"muscle_group": &r.Group, "session": &r.Session, "source_file": &r.Source, "source_sha256": &r.SHA256, "profile": &r.Profile} {
		*to, _ = f.AttrString("/", name)
	}
	base, _ := f.AttrFloat64("/spike_trains/MN", "index_base")
	units, _ := f.AttrString("/spike_trains/MN", "units")
	r.Sampled = units != "s" && !r.Simulated
	for _, u := range in.Units {
		r.Units = append(r.Units, unit(f, u, r.FsHz, base))
	}
	if r.Simulated {
		return r, nil
	}
	if r.Force, err = recfile.ReadForce(path); err != nil {
		return nil, err
	}
	return r, r.readProperties(f)
}

// unit copies a unit; base is the number of the first sample.
func unit(f *h5.File, u recording.Unit, fsHz, base float64) Unit {
	out := Unit{ID: u.ID, Name: fmt.Sprint(u.ID), Muscle: u.Pool, Grid: -1, InGrid: -1, SpikesS: u.SpikesS, Property: map[string][]float64{}}
	at := recfile.TrainPath(u.ID)
	if v, err := f.AttrFloat64(at, "grid"); err == nil {
		out.Grid = int(v)
	}
	if v, err := f.AttrFloat64(at, "unit_in_grid"); err == nil {
		out.InGrid = int(v)
	}
	if v, err := f.AttrString(at, "unit_name"); err == nil {
		out.Name = v
	}
	out.Samples = make([]int64, len(u.SpikesS))
	for i, t := range u.SpikesS {
		out.Samples[i] = int64(math.Round(t*fsHz - base))
	}
	if base != 0 {
		out.SpikesS = make([]float64, len(u.SpikesS))
		for i, t := range u.SpikesS {
			out.SpikesS[i] = t - base/fsHz
		}
	}
	return out
}

// readProperties reads the measures that the file has, one row per unit in the order of
// their numbers.
func (r *Recording) readProperties(f *h5.File) error {
	for _, p := range properties {
		path := "/unit_properties/" + p.Name
		if !f.Has(path) {
			continue
		}
		v, dims, err := f.Float64s(path)
		if err != nil {
			return err
		}
		if len(dims) != 2 || dims[0] != len(r.Units) {
			return fmt.Errorf("%s: %s has shape %v; one row for each of the %d units is expected", r.Path, path, dims, len(r.Units))
		}
		for i := range r.Units {
			r.Units[i].Property[p.Name] = v[i*dims[1] : (i+1)*dims[1]]
		}
		r.Properties = append(r.Properties, p)
	}
	return nil
}

// Muscles lists the muscles in order of first appearance.
func (r *Recording) Muscles() []string {
	var out []string
	seen := map[string]bool{}
	for _, u := range r.Units {
		if !seen[u.Muscle] {
			seen[u.Muscle] = true
			out = append(out, u.Muscle)
		}
	}
	return out
}

// Length is the number of samples: the duration, or up to the last discharge if that is later
// or the duration is unknown.
func (r *Recording) Length() int {
	n := int64(math.Round(r.DurationS * r.FsHz))
	for _, u := range r.Units {
		for _, s := range u.Samples {
			n = max(n, s+1)
		}
	}
	return int(n)
}
