package recording

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
)

// TrainsSum identifies what a recording holds: the sampling rate and, of every unit with
// discharges, the muscle and the samples of its discharges from the start of the recording. Order
// and names of units, repeated discharges, EMG and force do not count, so that a copy has the same
// sum in whatever format it was saved. "" without discharges.
func (r *Raw) TrainsSum() string {
	units := make([]Unit, len(r.Units))
	for i, u := range r.Units {
		units[i].Pool, units[i].SpikesS = u.Muscle, slices.Clone(u.Times)
		if r.TimeUnits != "s" {
			for k := range units[i].SpikesS {
				units[i].SpikesS[k] = (u.Times[k] - float64(r.FirstSample)) / r.FsHz
			}
		}
	}
	return trainsSum(r.FsHz, units)
}

// TrainsSum is the same of a recording whose discharges may have been moved since it was read.
func (r *Recording) TrainsSum() string { return trainsSum(r.FsHz, r.Units) }

func trainsSum(fsHz float64, units []Unit) string {
	var sums [][]byte
	for _, u := range units {
		if len(u.SpikesS) == 0 {
			continue
		}
		samples := make([]int64, len(u.SpikesS))
		for i, t := range u.SpikesS {
			samples[i] = int64(math.Round(t * fsHz))
		}
		slices.Sort(samples)
		bytes := append([]byte(u.Pool), 0)
		for _, s := range slices.Compact(samples) {
			bytes = binary.LittleEndian.AppendUint64(bytes, uint64(s))
		}
		sum := sha256.Sum256(bytes)
		sums = append(sums, sum[:])
	}
	if len(sums) == 0 {
		return ""
	}
	slices.SortFunc(sums, slices.Compare)
	h := sha256.New()
	h.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(fsHz)))
	h.Write(slices.Concat(sums...))
	return hex.EncodeToString(h.Sum(nil))
}
