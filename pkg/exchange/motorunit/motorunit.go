// Package motorunit holds a converted recording, or a simulation, by its motor units: what writers
// of other programs' formats need of it, with the identity of the units, the force and the
// provenance.
package motorunit

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/recfile"
)

// Unit is a motor unit with its place in the recording.
type Unit struct {
	ID         int                  // number in the file (MN_<ID>)
	Name       string               // as the source calls it; the number where it has no name
	Muscle     string               // muscle, or simulated pool
	Grid       int                  // electrode grid, from 0; -1 unknown
	InGrid     int                  // place in the grid, from 0; -1 unknown
	SpikesS    []float64            // discharges, s from the start of the recording, ascending
	Samples    []int64              // the same as sample numbers from 0
	PNRdB      float64              // pulse-to-noise ratio, dB; 0 unknown
	Silhouette float64              // of the source, 0 to 1; 0 unknown
	Property   map[string][]float64 // by Property.Name, one value per plateau; NaN where missing
}

// Recording is what exporters need of a recording.
type Recording struct {
	Path       string           // of the .h5
	Name       string           // file name without its extension
	Simulated  bool             // a simulation, not an experiment
	Sampled    bool             // the file has discharges as sample numbers, not in s
	Subject    string           // participant, "" if unknown
	Group      string           // muscle group, "" if unknown
	Condition  string           // muscle group and intensity, "" if unknown
	Session    string           // "" if unknown
	Run, Trial string           // "" if the recording has none
	Intensity  float64          // % of maximal voluntary contraction, 0 if unknown
	FsHz       float64          // sampling rate, Hz
	DurationS  float64          // s, 0 if unknown
	Source     string           // file that was converted
	SHA256     string           // of that file
	Profile    string           // of the conversion
	Units      []Unit           // ascending ID, at least one
	Force      *recording.Force // nil without one
	Properties []Property       // those that the file has
}

// Property is a measure of the units on each plateau of the force; Label is short, with the unit.
type Property struct {
	Name, Unit, Label, Meaning string
}

// properties are the measures that renshaw convert writes.
var properties = []Property{
	{"recruitment_threshold", "% MVC", "recruitment threshold (% MVC)",
		"force at the first discharge of sustained firing, one value per plateau"},
	{"discharge_rate", "Hz", "rate on plateaus (Hz)", "mean discharge rate, one value per plateau"},
	{"cov_isi", "1", "CV on plateaus",
		"coefficient of variation of the inter-spike interval, one value per plateau"},
}

// Read reads a recording of renshaw convert, or a simulation, whose units are then those of
// its motor neurons in the observed time.
func Read(path string) (*Recording, error) {
	loaded, err := recfile.ReadRecording(path, recfile.Options{})
	if err != nil {
		return nil, err
	}
	in := loaded.Recording
	r := &Recording{
		Path: path, Name: stem(filepath.Base(path)), Simulated: loaded.Truth != nil,
		Subject: in.Subject, Condition: in.Condition, Intensity: in.IntensityMVC,
		FsHz: in.FsHz, DurationS: in.DurationS,
	}
	if r.Simulated {
		r.Name = strings.ReplaceAll(stem(in.Name), string(filepath.Separator), "_")
	}
	if len(in.Units) == 0 {
		return nil, fmt.Errorf("%s: has no unit: there is nothing to export", path)
	}
	f, err := h5.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	base, err := r.readAttributes(f)
	if err != nil {
		return nil, err
	}
	for _, u := range in.Units {
		unit, err := newUnit(f, u, r.FsHz, base)
		if err != nil {
			return nil, err
		}
		r.Units = append(r.Units, unit)
	}
	if r.Simulated {
		return r, nil
	}
	if r.Force, err = recfile.ReadForce(path); err != nil {
		return nil, err
	}
	return r, r.readProperties(f)
}

func stem(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) }

// readAttributes reads what the file says of the recording; base is the number of its first sample.
func (r *Recording) readAttributes(f *h5.File) (base float64, err error) {
	const trains = "/spike_trains/MN"
	units := ""
	for _, a := range []struct {
		path, name string
		to         *string
	}{
		{"/", "muscle_group", &r.Group}, {"/", "session", &r.Session},
		{"/", "run", &r.Run}, {"/", "trial", &r.Trial}, {"/", "source_file", &r.Source},
		{"/", "source_sha256", &r.SHA256}, {"/", "profile", &r.Profile}, {trains, "units", &units},
	} {
		if err := text(f, a.path, a.name, a.to); err != nil {
			return 0, err
		}
	}
	r.Sampled = units != "s" && !r.Simulated
	err = number(f, trains, "index_base", &base)
	return base, err
}

// text reads an attribute that a file may lack; the value then stays.
func text(f *h5.File, path, name string, to *string) error {
	if !f.HasAttr(path, name) {
		return nil
	}
	v, err := f.AttrString(path, name)
	if err == nil {
		*to = v
	}
	return err
}

// number is text for a number.
func number(f *h5.File, path, name string, to *float64) error {
	if !f.HasAttr(path, name) {
		return nil
	}
	v, err := f.AttrFloat64(path, name)
	if err == nil {
		*to = v
	}
	return err
}

// newUnit copies a unit; base is the number of the first sample.
func newUnit(f *h5.File, u recording.Unit, fsHz, base float64) (Unit, error) {
	out := Unit{
		ID: u.ID, Name: strconv.Itoa(u.ID), Muscle: u.Pool, SpikesS: u.SpikesS,
		Property: map[string][]float64{},
	}
	at := recfile.TrainPath(u.ID)
	grid, inGrid := -1.0, -1.0
	err := errors.Join(number(f, at, "grid", &grid), number(f, at, "unit_in_grid", &inGrid),
		text(f, at, "unit_name", &out.Name), number(f, at, "pulse_to_noise_db", &out.PNRdB),
		number(f, at, "silhouette", &out.Silhouette))
	out.Grid, out.InGrid = int(grid), int(inGrid)
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
	return out, err
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
			return fmt.Errorf("%s: %s has shape %v; one row for each of the %d units is expected",
				r.Path, path, dims, len(r.Units))
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
