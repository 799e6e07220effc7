package simfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/run/seed"
	"example.org/renshaw/pkg/simulation/motorpool"
)

// A motor neuron is active if it has at least ActiveDischarges in the analysed duration, and a pool
// with fewer than ActiveUnits active ones is silent. Recordings need as many to be inferred.
const (
	ActiveDischarges = feature.PoolMinSpikes
	ActiveUnits      = feature.PoolMinUnits
)

// Paths of what a packed simulation with chosen units has of its own.
const (
	activePath   = "/kept/active"              // (pools) active motor neurons, of all
	realisedPath = "/kept/received_inhibition" // (pools, pools) as the weights have it
	noiseAttr    = "total_power_independent_input"
	keptGroup    = "/kept"
)

// Kept is a packed simulation that kept some of its units.
type Kept struct {
	Params motorpool.Params
	// Units are the kept motor neurons of every pool, ascending, with their discharges in the
	// analysed duration, s from its start. Usable simulations have some of every pool, others none.
	Units [][]recording.Unit
	// Active is the number of motor neurons of every pool that are active, of all, not of the kept.
	Active []int
	// Received is Connectivity.Received: what the drawn weights make of Params.Received.
	Received [][]float64
	// IndependentPowerNA2 is the mean square of the private noise, nA².
	IndependentPowerNA2 float64
}

// Usable reports whether no pool is silent.
func (k *Kept) Usable() bool { return usable(k.Active) }

func usable(active []int) bool { return slices.Min(active) >= ActiveUnits }

// putKept writes the trains of at most most units per pool, and what is known of all.
func putKept(w *h5.File, s *motorpool.Simulation, most int) {
	p := &s.Params
	trains, n := steps(s.MN, p.Neurons()), p.NeuronsPerPool
	active := make([]int, p.Pools)
	first, last := p.EdgesS, p.EdgesS+p.DurationS
	for m, train := range trains {
		count := 0
		for _, step := range train {
			if t := float64(step)*motorpool.StepS + s.Neurons.TransmissionDelaysS[m]; t >= first &&
				t <= last {
				count++
			}
		}
		if count >= ActiveDischarges {
			active[m/n]++
		}
	}
	var units []int64
	var kept [][]int32
	var delays []float64
	if usable(active) {
		for pool := range active {
			for _, k := range chosen(p.RandomSeed, pool, n, most) {
				m := pool*n + k
				units, kept = append(units, int64(m)), append(kept, trains[m])
				delays = append(delays, s.Neurons.TransmissionDelaysS[m])
			}
		}
	}
	recfile.PutChosenTrains(w, units, kept, motorpool.StepS, delays)
	var counts []int64
	for _, a := range active {
		counts = append(counts, int64(a))
	}
	w.PutInt64s(activePath, counts)
	flat, dims := flatten(s.Connectivity.Received(p.Pools))
	w.PutFloat64s(realisedPath, flat, dims...)
	w.Attr(keptGroup, noiseAttr, s.IndependentPowerNA2)
}

// chosen is a random choice of at most most of n neurons of a pool, ascending, which follows from
// the simulation's seed.
func chosen(simulation uint32, pool, n, most int) []int {
	out := seed.Stream(uint64(simulation), "kept units", pool).Perm(n)[:min(n, most)]
	slices.Sort(out)
	return out
}

// ReadKept reads a packed simulation that kept some of its units (PackedOptions.KeepUnits) from the
// address that Addresses lists. Errors name address and field.
func ReadKept(path string) (*Kept, error) {
	text, err := recfile.Parameters(path)
	if err != nil {
		return nil, err
	}
	k := &Kept{Params: motorpool.Default()}
	if err := json.Unmarshal(text, &k.Params); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", path, recfile.ParameterText, err)
	}
	l, err := recfile.ReadRecording(path, recfile.Options{})
	if err != nil {
		return nil, err
	}
	k.Units = make([][]recording.Unit, k.Params.Pools)
	for _, u := range l.Recording.Units {
		pool := u.ID / k.Params.NeuronsPerPool
		if pool >= k.Params.Pools {
			return nil, fmt.Errorf("%s: %s: neuron %d, but there are %d", path, recfile.PackedUnits, u.ID,
				k.Params.Neurons())
		}
		k.Units[pool] = append(k.Units[pool], u)
	}
	return k, k.readRest(path)
}

// readRest reads what is known of all neurons.
func (k *Kept) readRest(path string) error {
	f, err := h5.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	counts, _, err := f.Int64s(activePath)
	received, err2 := f.Matrix(realisedPath)
	power, err3 := f.AttrFloat64(keptGroup, noiseAttr)
	if err := errors.Join(err, err2, err3); err != nil {
		return err
	}
	if len(counts) != k.Params.Pools || len(received) != k.Params.Pools {
		return fmt.Errorf("%s: %s and %s: values for %d pools are expected", path, activePath,
			realisedPath, k.Params.Pools)
	}
	for _, c := range counts {
		k.Active = append(k.Active, int(c))
	}
	k.Received, k.IndependentPowerNA2 = received, power
	return nil
}

// CheckKept compares the form of a packed simulation with the one that PackedOptions.KeepUnits asks
// for. Of a simulation with a silent pool every number keeps the same.
func CheckKept(path string, neuronsPerPool, keepUnits int) error {
	f, err := h5.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if !f.Has(keptGroup) {
		if keepUnits > 0 {
			return fmt.Errorf("%s holds every motor neuron; --keep-units %d needs another folder", path,
				keepUnits)
		}
		return nil
	}
	if keepUnits == 0 {
		return fmt.Errorf("%s holds some of its motor neurons; give --keep-units as before, or choose "+
			"another folder", path)
	}
	units, _, err := f.Int64s(recfile.PackedUnits)
	if err != nil || len(units) == 0 {
		return err
	}
	inFirst, _ := slices.BinarySearch(units, int64(neuronsPerPool))
	if inFirst != min(neuronsPerPool, keepUnits) {
		return fmt.Errorf("%s holds %d of the %d motor neurons of a pool, not --keep-units %d; give the "+
			"same number again, or choose another folder", path, inFirst, neuronsPerPool, keepUnits)
	}
	return nil
}

// Addresses lists the simulations of a shard, in order of their rows.
func Addresses(shard string) ([]string, error) { return h5.Addresses(shard, SimulationFile) }
