package recfile

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording"
)

// SimulationFile is the name of a simulation in a folder of its own, and in the address of a part
// of a shard.
const SimulationFile = "simulation_output.h5"

// ShardName is the name of the file that holds the packed simulations of shard i of n.
func ShardName(i, n int) string { return fmt.Sprintf("shard_%d_of_%d.h5", i, n) }

var shardNames = regexp.MustCompile(`^(|.*_)shard_(\d+)_of_(\d+)\.h5$`)

// ParseShard tells the shard i of n of a file, and what stands before shard_ in the names of its
// analyses; ok is false for other names.
func ParseShard(name string) (before string, i, n int, ok bool) {
	m := shardNames.FindStringSubmatch(name)
	if m == nil {
		return "", 0, 0, false
	}
	i, errI := strconv.Atoi(m[2])
	n, errN := strconv.Atoi(m[3])
	return m[1], i, n, errI == nil && errN == nil
}

// IsShard reports whether a name is that of a file of packed simulations.
func IsShard(name string) bool {
	before, _, _, ok := ParseShard(name)
	return ok && before == ""
}

// Packed trains: whole steps since the discharge before (the first: since the beginning), 2 bytes
// each, cell after cell.
const (
	PackedMN = "/packed_trains/MN"
	PackedRC = "/packed_trains/RC"
	// PackedUnits are the numbers of the motor neurons of PackedMN, ascending; without it they are
	// 0, 1, ….
	PackedUnits = PackedMN + "/units"
	pause       = math.MaxUint16 // so many steps pass without a discharge
)

// PutPackedTrains writes the trains of cells 0, 1, … below group, PackedMN or PackedRC: the
// steps of their discharges, ascending and from 0. The time of a discharge is
// step x stepS + the delay of its cell, s; delaysS may be nil.
func PutPackedTrains(w *h5.File, group string, trains [][]int32, stepS float64, delaysS []float64) {
	putPacked(w, group, trains, stepS, delaysS, w.PutUint16s)
}

// PutChosenTrains writes the trains of some motor neurons, whose numbers units has in ascending
// order, as PutPackedTrains does, and compresses them to three fifths.
func PutChosenTrains(w *h5.File, units []int64, trains [][]int32, stepS float64,
	delaysS []float64) {
	putPacked(w, PackedMN, trains, stepS, delaysS, w.PutCompressedUint16s)
	w.PutInt64s(PackedUnits, units)
}

func putPacked(w *h5.File, group string, trains [][]int32, stepS float64, delaysS []float64,
	put func(path string, data []uint16, dims ...int)) {
	counts, packed := make([]int64, len(trains)), []uint16{}
	for c, train := range trains {
		counts[c] = int64(len(train))
		last := int32(0)
		for _, step := range train {
			for ; step-last >= pause; last += pause {
				packed = append(packed, pause)
			}
			packed = append(packed, uint16(step-last))
			last = step
		}
	}
	w.PutInt64s(group+"/discharges", counts)
	put(group+"/steps", packed)
	if delaysS != nil {
		w.PutFloat64s(group+"/delay_s", delaysS)
	}
	w.Attr(group, "step_s", stepS)
}

// packed reads the trains of a group, s.
func (r reader) packed(group string) ([][]float64, error) {
	fail := func(name, format string, args ...any) error {
		return fmt.Errorf("%s: %s/%s: %s", r.f.Path(), group, name, fmt.Sprintf(format, args...))
	}
	stepS, err := r.f.AttrFloat64(group, "step_s")
	if err != nil {
		return nil, err
	}
	counts, _, err := r.f.Int64s(group + "/discharges")
	steps, _, err2 := r.f.Int64s(group + "/steps")
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	delays := make([]float64, len(counts))
	if r.f.Has(group + "/delay_s") {
		if delays, _, err = r.f.Float64s(group + "/delay_s"); err != nil {
			return nil, err
		}
	}
	if len(delays) != len(counts) {
		return nil, fail("delay_s", "%d delays for %d cells", len(delays), len(counts))
	}
	trains := make([][]float64, len(counts))
	for c, n := range counts {
		if n < 0 || n > int64(len(steps)) {
			return nil, fail("discharges", "cell %d has %d, but %d steps are left", c, n, len(steps))
		}
		train, at := make([]float64, 0, n), int64(0)
		for int64(len(train)) < n {
			if len(steps) == 0 {
				return nil, fail("steps", "ends within cell %d", c)
			}
			if steps[0] < 0 || steps[0] > pause {
				return nil, fail("steps", "%d; 0 to %d is expected", steps[0], pause)
			}
			at += steps[0]
			if steps[0] != pause {
				train = append(train, float64(at)*stepS+delays[c])
			}
			steps = steps[1:]
		}
		trains[c] = train
	}
	if len(steps) > 0 {
		return nil, fail("steps", "%d are left after the last cell", len(steps))
	}
	return trains, nil
}

// packedUnits is units for packed trains, whose pools follow each other in equal parts.
func (r reader) packedUnits(convert func([]float64) []float64) error {
	trains, err := r.packed(PackedMN)
	if err != nil {
		return err
	}
	perPool, err := r.number(SimParams, "nb_motoneurons_per_pool")
	if err != nil {
		return err
	}
	if !(perPool >= 1) || perPool != math.Trunc(perPool) {
		return fmt.Errorf("%s: %s/nb_motoneurons_per_pool: %v; a whole number from 1 is expected",
			r.f.Path(), SimParams, perPool)
	}
	ids := make([]int64, len(trains))
	for i := range ids {
		ids[i] = int64(i)
	}
	if r.f.Has(PackedUnits) {
		if ids, _, err = r.f.Int64s(PackedUnits); err != nil {
			return err
		}
	}
	if len(ids) != len(trains) || !slices.IsSorted(ids) || len(ids) > 0 && ids[0] < 0 {
		return fmt.Errorf("%s: %s: the ascending numbers of %d motor neurons are expected", r.f.Path(),
			PackedUnits, len(trains))
	}
	for i, t := range trains {
		r.rec.Units = append(r.rec.Units, recording.Unit{ID: int(ids[i]),
			Pool: fmt.Sprintf("pool_%d", int(ids[i])/int(perPool)), SpikesS: convert(t)})
	}
	return r.rec.Validate()
}

// PutProperties writes properties of motor neurons as one matrix, for packed simulations.
func PutProperties(w *h5.File, names []string, values [][]float64) {
	w.PutFloat64s(properties, slices.Concat(values...), len(names), len(values[0]))
	w.Attr(properties, "names", strings.Join(names, ","))
}

// packedProperties reads what PutProperties wrote.
func packedProperties(f *h5.File) (map[string][]float64, error) {
	values, err := f.Matrix(properties)
	if err != nil {
		return nil, err
	}
	text, err := f.AttrString(properties, "names")
	if err != nil {
		return nil, err
	}
	names := strings.Split(text, ",")
	if len(names) != len(values) {
		return nil, fmt.Errorf("%s: %s: %d names for %d rows", f.Path(), properties, len(names),
			len(values))
	}
	out := map[string][]float64{}
	for i, n := range names {
		out[n] = values[i]
	}
	return out, nil
}

// Parameters is the text of the parameters that a packed simulation holds, as in its
// sim_parameters.json.
func Parameters(path string) ([]byte, error) {
	f, err := h5.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := f.Strings(ParameterText)
	if err != nil {
		return nil, err
	}
	if len(text) != 1 {
		return nil, fmt.Errorf("%s: %s: one text is expected", path, ParameterText)
	}
	return []byte(text[0]), nil
}

// ParameterText is where the parameters of a packed simulation stand.
const ParameterText = SimParams + "/text"

const properties = "/motoneurons_properties"
