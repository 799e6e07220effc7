// Package recfile reads and writes the project's HDF5 files of recordings, and reads simulations as
// recordings. docs/formats/recording.md describes the layout.
package recfile

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording"
)

// Groups and datasets of the files.
const (
	trainsMN  = "/spike_trains/MN"
	TrainsRC  = "/spike_trains/RC" // Renshaw cells of a simulation
	poolList  = "/motoneurons_and_pools_indices/pool_list_by_MN"
	poolIndex = "/motoneurons_and_pools_indices/idx_of_MN_by_pool"
	SimParams = "/simulation_parameters" // attributes or datasets of a simulation
)

// ErrNotARecording means that a file is HDF5 but holds no spike trains.
var ErrNotARecording = errors.New("holds no /spike_trains/MN: it is not a recording or simulation")

// Loaded is what ReadRecording finds. Truth is nil for an experiment.
type Loaded struct {
	Recording *recording.Recording
	Truth     *recording.GroundTruth
}

// IsRecording reports whether a file is an input of an analysis: it has spike
// trains of motor neurons and no root attribute "format". The error tells that it
// cannot be opened as HDF5.
func IsRecording(path string) (bool, error) {
	f, err := h5.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	return holdsTrains(f) && !f.HasAttr("/", "format"), nil
}

func holdsTrains(f *h5.File) bool { return f.Has(trainsMN) || f.Has(PackedMN) }

// Options of ReadRecording.
type Options struct {
	// Kind forces a simulation ("true") or an experiment ("false"); "auto" or ""
	// takes a file with the group simulation_parameters for a simulation.
	Kind string
	// CommonInput reads the common input of a simulation too.
	CommonInput bool
}

// foreign are the endings of files of other programs.
var foreign = []string{".mat", ".csv", ".tsv", ".npz", ".npy", ".json", ".nwb", ".otb+", ".otb4"}

// Foreign says, for a file of another program, that it must be converted first, and how; nil for
// other files.
func Foreign(path string) error {
	if !slices.Contains(foreign, strings.ToLower(filepath.Ext(path))) {
		return nil
	}
	if _, err := os.Stat(path); err != nil {
		return err
	}
	return fmt.Errorf("%s: a file of another program; convert it first (renshaw convert %s -o "+
		"DIR) and "+
		"give the .h5 that is then in DIR", path, quoted(path))
}

// quoted puts a path with spaces in quotes, for a command line.
func quoted(path string) string {
	if strings.ContainsAny(path, " ()&;'") {
		return strconv.Quote(path)
	}
	return path
}

// ReadRecording reads the spike trains of a recording or simulation. Simulated
// trains are cut to the observed time (duration, without its margins) and start at
// 0. Errors name file and field.
func ReadRecording(path string, opt Options) (*Loaded, error) {
	if err := Foreign(path); err != nil {
		return nil, err
	}
	f, err := h5.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !holdsTrains(f) {
		return nil, fmt.Errorf("%s: %w", path, ErrNotARecording)
	}
	r := reader{f: f}
	r.rec = &recording.Recording{Name: filepath.Base(path), FsHz: recording.DefaultFsHz}
	simulation := f.Has(SimParams)
	if opt.Kind == "true" && !simulation {
		return nil, fmt.Errorf("%s: is_simulation is true, but the file has no group "+
			"simulation_parameters", path)
	}
	if simulation && opt.Kind != "false" {
		return r.simulation(opt)
	}
	return r.experiment()
}

// SimulatedS is the duration of a simulation without its margins, s.
func SimulatedS(path string) (float64, error) {
	f, err := h5.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return reader{f: f}.number(SimParams, "duration")
}

type reader struct {
	f   *h5.File
	rec *recording.Recording
}

// number reads a value stored as attribute of a group or as a dataset in it.
func (r reader) number(group, name string) (float64, error) {
	if v, err := r.f.AttrFloat64(group, name); err == nil {
		return v, nil
	}
	v, _, err := r.f.Float64s(group + "/" + name)
	if err != nil {
		return 0, fmt.Errorf("%s: %s/%s is missing or not a number", r.f.Path(), group, name)
	}
	if len(v) != 1 {
		return 0, fmt.Errorf("%s: %s/%s: one number is expected, found %d",
			r.f.Path(), group, name, len(v))
	}
	return v[0], nil
}

func (r reader) experiment() (*Loaded, error) {
	if err := r.optional("fsamp", &r.rec.FsHz); err != nil {
		return nil, err
	}
	if !(r.rec.FsHz > 0) || math.IsInf(r.rec.FsHz, 0) {
		return nil, fmt.Errorf("%s: attribute fsamp: %v Hz; a positive sampling rate is expected",
			r.f.Path(), r.rec.FsHz)
	}
	scale, err := r.scale(r.rec.FsHz)
	if err != nil {
		return nil, err
	}
	if err := r.units(func(t []float64) []float64 {
		for i := range t {
			t[i] /= scale
		}
		return t
	}); err != nil {
		return nil, err
	}
	if r.f.HasAttr("/", "duration_s") {
		if err := r.optional("duration_s", &r.rec.DurationS); err != nil {
			return nil, err
		}
	} else {
		for _, u := range r.rec.Units {
			if n := len(u.SpikesS); n > 0 {
				r.rec.DurationS = math.Max(r.rec.DurationS, u.SpikesS[n-1])
			}
		}
	}
	r.rec.Key = strings.TrimSuffix(r.rec.Name, filepath.Ext(r.rec.Name))
	for name, to := range map[string]*string{"subject": &r.rec.Subject,
		"condition": &r.rec.Condition, "recording": &r.rec.Key,
		"trains_sha256": &r.rec.TrainsSHA256} {
		if !r.f.HasAttr("/", name) {
			continue
		}
		if *to, err = r.f.AttrString("/", name); err != nil {
			return nil, err
		}
	}
	return &Loaded{Recording: r.rec}, r.optional("intensity_percent_mvc", &r.rec.IntensityMVC)
}

// optional reads a number among the attributes of the file; without the attribute the value stays.
func (r reader) optional(name string, to *float64) error {
	if !r.f.HasAttr("/", name) {
		return nil
	}
	v, err := r.f.AttrFloat64("/", name)
	if err == nil {
		*to = v
	}
	return err
}

// scale is what spike times are divided by: 1 for seconds. The attribute units of
// the group decides; without it perSecond holds.
func (r reader) scale(perSecond float64) (float64, error) {
	if !r.f.HasAttr(trainsMN, "units") {
		return perSecond, nil
	}
	units, err := r.f.AttrString(trainsMN, "units")
	if err != nil {
		return 0, err
	}
	switch units {
	case "s":
		return 1, nil
	case "samples":
		return r.rec.FsHz, nil
	}
	return 0, fmt.Errorf("%s: %s: attribute units is %q; s or samples is expected",
		r.f.Path(), trainsMN, units)
}

func (r reader) simulation(opt Options) (*Loaded, error) {
	// All simulations of a batch have one file name; the folder tells them apart, also for
	// the random draws of an analysis.
	r.rec.Name = filepath.Join(filepath.Base(filepath.Dir(r.f.Path())), r.rec.Name)
	var edge float64
	for _, p := range []struct {
		name string
		dst  *float64
	}{{"fsamp", &r.rec.FsHz}, {"duration", &r.rec.DurationS}, {"edges_ignore_duration", &edge}} {
		v, err := r.number(SimParams, p.name)
		if err != nil {
			return nil, err
		}
		*p.dst = v
	}
	if !(r.rec.FsHz > 0 && r.rec.DurationS > 0 && edge >= 0) {
		return nil, fmt.Errorf("%s: simulation_parameters: fsamp %v Hz, duration %v s, "+
			"edges_ignore_duration %v s; positive numbers are expected",
			r.f.Path(), r.rec.FsHz, r.rec.DurationS, edge)
	}
	scale, err := r.scale(1)
	if err != nil {
		return nil, err
	}
	trim := func(t []float64) []float64 {
		for i := range t {
			t[i] /= scale
		}
		slices.Sort(t)
		return recording.Window(t, edge, edge+r.rec.DurationS)
	}
	units := r.units
	if r.f.Has(PackedMN) {
		units = r.packedUnits
	}
	if err := units(trim); err != nil {
		return nil, err
	}
	truth, err := r.truth(trim, opt)
	if err != nil {
		return nil, err
	}
	return &Loaded{r.rec, truth}, nil
}

// cells lists the members MN_<i> of a group by number.
func (r reader) cells(group string) ([]int, map[int]string, error) {
	names, err := r.f.List(group)
	if err != nil {
		return nil, nil, err
	}
	var ids []int
	path := map[int]string{}
	for _, n := range names {
		i, err := strconv.Atoi(n[strings.LastIndexByte(n, '_')+1:])
		if err != nil || i < 0 {
			return nil, nil, fmt.Errorf("%s: %s/%s: a name that ends in the number of the cell is "+
				"expected", r.f.Path(), group, n)
		}
		if path[i] != "" {
			return nil, nil, fmt.Errorf("%s: %s: two trains of cell %d", r.f.Path(), group, i)
		}
		ids, path[i] = append(ids, i), group+"/"+n
	}
	slices.Sort(ids)
	return ids, path, nil
}

func (r reader) units(convert func([]float64) []float64) error {
	ids, path, err := r.cells(trainsMN)
	if err != nil {
		return err
	}
	pools, err := r.pools()
	if err != nil {
		return err
	}
	for _, i := range ids {
		if pools[i] == "" {
			return fmt.Errorf("%s: unit %d has spikes but no pool in motoneurons_and_pools_indices",
				r.f.Path(), i)
		}
		t, _, err := r.f.Float64s(path[i])
		if err != nil {
			return err
		}
		r.rec.Units = append(r.rec.Units, recording.Unit{ID: i, Pool: pools[i], SpikesS: convert(t)})
	}
	return r.rec.Validate()
}

// pools maps unit numbers to pools.
func (r reader) pools() (map[int]string, error) {
	pools := map[int]string{}
	if r.f.Has(poolList) {
		names, err := r.f.Strings(poolList)
		if err != nil {
			return nil, err
		}
		for i, n := range names {
			pools[i] = n
		}
		return pools, nil
	}
	names, err := r.f.List(poolIndex)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		idx, _, err := r.f.Int64s(poolIndex + "/" + n)
		if err != nil {
			return nil, err
		}
		for _, i := range idx {
			pools[int(i)] = n
		}
	}
	return pools, nil
}

func (r reader) truth(trim func([]float64) []float64, opt Options) (*recording.GroundTruth, error) {
	t := &recording.GroundTruth{RenshawSpikesS: map[int][]float64{}}
	if r.f.Has(PackedRC) {
		trains, err := r.packed(PackedRC)
		if err != nil {
			return nil, err
		}
		for i, s := range trains {
			t.RenshawSpikesS[i] = trim(s)
		}
	}
	if r.f.Has(TrainsRC) {
		ids, path, err := r.cells(TrainsRC)
		if err != nil {
			return nil, err
		}
		for _, i := range ids {
			s, _, err := r.f.Float64s(path[i])
			if err != nil {
				return nil, err
			}
			t.RenshawSpikesS[i] = trim(s)
		}
	}
	var err error
	if r.f.Has("/connectivity/MN_to_MN") {
		if t.ConnectivityMNtoMN, err = r.f.Matrix("/connectivity/MN_to_MN"); err != nil {
			return nil, err
		}
		if t.RenshawToMNIPSPA, err = r.number(SimParams, "Renshaw_to_MN_IPSP"); err != nil {
			return nil, err
		}
		if n := len(t.ConnectivityMNtoMN); n > 0 && (len(t.ConnectivityMNtoMN[0]) != n ||
			r.rec.Units[len(r.rec.Units)-1].ID >= n) {
			return nil, fmt.Errorf("%s: /connectivity/MN_to_MN is %d x %d, but the units are numbered to "+
				"%d", r.f.Path(), n, len(t.ConnectivityMNtoMN[0]), r.rec.Units[len(r.rec.Units)-1].ID)
		}
	}
	if opt.CommonInput && r.f.Has("/input/common_input") {
		if t.CommonInput, err = r.f.Matrix("/input/common_input"); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Properties reads the motor-neuron properties of a simulation by name; nil if the
// file has none.
func Properties(path string) (map[string][]float64, error) {
	f, err := h5.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !f.Has(properties) {
		return nil, nil
	}
	if info, err := f.Stat(properties); err != nil || info.Kind == h5.Dataset {
		if err != nil {
			return nil, err
		}
		return packedProperties(f)
	}
	names, err := f.List(properties)
	if err != nil {
		return nil, err
	}
	out := map[string][]float64{}
	for _, n := range names {
		if out[n], _, err = f.Float64s(properties + "/" + n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// PutSpikeTrains writes the trains of units 0, 1, … and their pools in the layout
// that every reader of this project understands. units is "s" or "samples".
func PutSpikeTrains(w *h5.File, pools []string, trains [][]float64, units string) {
	w.PutStrings(poolList, pools)
	index := map[string][]int64{}
	for i, p := range pools {
		index[p] = append(index[p], int64(i))
	}
	names := make([]string, 0, len(index))
	for n := range index {
		names = append(names, n)
	}
	slices.Sort(names)
	w.Group(poolIndex)
	for _, n := range names {
		w.PutInt64s(poolIndex+"/"+n, index[n])
	}
	w.Group(trainsMN)
	for i, t := range trains {
		w.PutFloat64s(TrainPath(i), t)
	}
	w.Attr(trainsMN, "units", units)
}

// TrainPath is the dataset of unit i.
func TrainPath(i int) string { return fmt.Sprintf("%s/MN_%d", trainsMN, i) }

// Identity reads what identifies the recording in a file: its name in tables, and the sum of its
// discharges ("" in files that do not have it).
func Identity(path string) (key, trains string, err error) {
	f, err := h5.Open(path)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	key = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	for name, to := range map[string]*string{"recording": &key, "trains_sha256": &trains} {
		if f.HasAttr("/", name) {
			if *to, err = f.AttrString("/", name); err != nil {
				return "", "", err
			}
		}
	}
	return key, trains, nil
}

// ReadForce reads the force of a recording; nil if it has none that could be used.
func ReadForce(path string) (*recording.Force, error) {
	f, err := h5.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !f.Has("/force/percent_mvc") {
		return nil, nil
	}
	out := &recording.Force{FsHz: recording.DefaultFsHz}
	if err := (reader{f: f}).optional("fsamp", &out.FsHz); err != nil {
		return nil, err
	}
	if out.PercentMVC, _, err = f.Float64s("/force/percent_mvc"); err != nil {
		return nil, err
	}
	limits, _, err := f.Int64s("/force/plateaus")
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(limits); i += 2 {
		out.Plateaus = append(out.Plateaus,
			recording.Plateau{Start: int(limits[i]), Stop: int(limits[i+1])})
	}
	return out, nil
}
