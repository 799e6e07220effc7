// Package recording holds the plain types of what an experiment gives. Recording is the one that
// experiments and simulations share: pools of motor units with their spike times; what only a
// simulation knows travels beside it as GroundTruth. Raw is a recording as another program's file
// holds it. Nothing here opens a file.
package recording

import (
	"cmp"
	"fmt"
	"math"
	"sort"
	"strings"
)

// DefaultFsHz is the sampling rate (Hz) of recordings that do not give theirs: a usual rate of
// amplifiers for high-density EMG (2^11), at which the study recorded and simulated.
const DefaultFsHz = 2048

// Names of files in a folder of converted recordings.
const (
	PropertiesName = "MU_properties_ALL.csv" // table of the properties of all units
	ManifestName   = "manifest.json"         // what was converted, with checksums
)

// Recording is a set of motor units (or simulated motor neurons) grouped in pools
// and observed together. The analyses do not modify it.
type Recording struct {
	Name      string  // file or simulation name, for messages
	FsHz      float64 // sampling rate, Hz
	DurationS float64 // observed time, s; 0 if unknown
	Units     []Unit  // ascending ID

	// Known for experiments that were converted here.
	Subject      string  // participant, "" if unknown
	Condition    string  // muscle group and intensity as in the tables
	IntensityMVC float64 // % of maximal voluntary contraction, 0 if unknown
	// Key is the recording's name in tables, which identifies it: that of the file which renshaw
	// convert wrote, without extension.
	Key          string
	TrainsSHA256 string // Raw.TrainsSum of what was converted, "" if unknown
}

// Identity is what is known of a recording: what its file says, and what only the file's name does.
func (r *Recording) Identity() Name {
	n := ParseName(cmp.Or(r.Key, r.Name))
	n.Recording, n.Subject = cmp.Or(r.Key, n.Recording), cmp.Or(r.Subject, n.Subject)
	n.IntensityMVC = cmp.Or(r.IntensityMVC, n.IntensityMVC)
	if r.Condition != "" {
		n.Condition, n.Plateaus = r.Condition, plateausOf(r.Condition)
		n.Group, _, _ = strings.Cut(r.Condition, "_")
	}
	return n
}

// Unit is one motor unit.
type Unit struct {
	ID      int       // number in the file (MN_<ID>)
	Pool    string    // muscle or simulated pool
	SpikesS []float64 // spike times, s, ascending
}

// GroundTruth is what only a simulation knows.
type GroundTruth struct {
	ConnectivityMNtoMN [][]float64 // disynaptic inhibition, row source, column target, indexed by ID
	RenshawToMNIPSPA   float64     // peak current of the Renshaw synapse, A
	CommonInput        [][]float64 // one row per pool, FsHz, edges included; nil if absent
	RenshawSpikesS     map[int][]float64
	Properties         map[string][]float64 // motor-neuron properties by name, indexed by ID
}

// Pools lists the pool names in order of first appearance.
func (r *Recording) Pools() []string {
	var names []string
	seen := map[string]bool{}
	for _, u := range r.Units {
		if !seen[u.Pool] {
			seen[u.Pool] = true
			names = append(names, u.Pool)
		}
	}
	return names
}

// UnitsOf returns the indices into Units of the pool's units, ascending.
func (r *Recording) UnitsOf(pool string) []int {
	var idx []int
	for i, u := range r.Units {
		if u.Pool == pool {
			idx = append(idx, i)
		}
	}
	return idx
}

// Validate reports unsorted or non-finite spike times, naming the unit.
func (r *Recording) Validate() error {
	for _, u := range r.Units {
		for i, t := range u.SpikesS {
			if math.IsNaN(t) || math.IsInf(t, 0) {
				return fmt.Errorf("%s: unit %d (%s): spike time %d is %v", r.Name, u.ID, u.Pool, i, t)
			}
			if i > 0 && t < u.SpikesS[i-1] {
				return fmt.Errorf("%s: unit %d (%s): spike times are not ascending at %d (%v s after %v s)",
					r.Name, u.ID, u.Pool, i, t, u.SpikesS[i-1])
			}
		}
	}
	return nil
}

// Window returns the spikes in [t0, t1] (both ends included) relative to t0. The
// result is a new slice; spikesS must be ascending.
func Window(spikesS []float64, t0, t1 float64) []float64 {
	lo := sort.SearchFloat64s(spikesS, t0)
	out := []float64{}
	for _, t := range spikesS[lo:] {
		if t > t1 {
			break
		}
		out = append(out, t-t0)
	}
	return out
}

// LongestGap is the longest interval of {start, spikes, end}; spikes ascending
// and inside.
func LongestGap(spikes []float64, start, end float64) float64 {
	gap, last := 0.0, start
	for _, t := range spikes {
		gap = math.Max(gap, t-last)
		last = t
	}
	return math.Max(gap, end-last)
}
