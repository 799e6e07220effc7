package simfile

import (
	"encoding/json"
	"slices"

	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/simulation/motorpool"
)

// PackedOptions of WritePacked.
type PackedOptions struct {
	Options
	// KeepUnits, if above 0, keeps the trains of at most so many motor neurons of every pool, at
	// random, and leaves out Renshaw cells, properties and single weights: what simulations need that
	// estimators are trained with. A simulation with a silent pool keeps no train at all.
	KeepUnits int
}

// WritePacked writes what analyses and tables need of a simulation, in a twentieth of the space
// of WriteSimulation: trains in whole steps, disynaptic weights, properties and parameters, but no
// input, no spectrum and no weight of a single synapse. path is the address of a part of a pack
// (h5.Create), or a file.
func WritePacked(path string, s *motorpool.Simulation, opt PackedOptions) error {
	w, err := create(path, opt.Options)
	if err != nil {
		return err
	}
	defer w.Abort()
	w.Attr("/", "seed", int64(s.Params.RandomSeed))
	text, err := json.MarshalIndent(s.Params, "", "  ")
	if opt.KeepUnits > 0 { // blanks would be a tenth of the file
		text, err = json.Marshal(s.Params)
	}
	if err != nil {
		return err
	}
	w.PutText(recfile.ParameterText, string(text))
	p := &s.Params
	for _, v := range p.Values() {
		if !readAlone[v.Name] {
			continue
		}
		value := v.Value
		if q, ok := value.(motorpool.Quantity); ok {
			value = q.SI()
		}
		w.Attr(recfile.SimParams, v.Name, value)
	}
	if opt.KeepUnits > 0 {
		putKept(w, s, opt.KeepUnits)
		return w.Commit()
	}
	recfile.PutPackedTrains(w, recfile.PackedMN, steps(s.MN, p.Neurons()), motorpool.StepS,
		s.Neurons.TransmissionDelaysS)
	recfile.PutPackedTrains(w, recfile.PackedRC, steps(s.RC, p.RenshawCells()), motorpool.StepS, nil)
	var names []string
	var values [][]float64
	for _, v := range properties(s.Neurons) {
		names, values = append(names, v.name), append(values, v.v)
	}
	recfile.PutProperties(w, names, values)
	putDisynaptic(w, s)
	return w.Commit()
}

// readAlone are the parameters that readers want as numbers, SI units.
var readAlone = map[string]bool{"fsamp": true, "duration": true, "edges_ignore_duration": true,
	"nb_motoneurons_per_pool": true, "Renshaw_to_MN_IPSP": true}

// steps divides spikes by cell.
func steps(s motorpool.Spikes, cells int) [][]int32 {
	out := make([][]int32, cells)
	for i, step := range s.Step {
		c := s.Index[i]
		out[c] = append(out[c], step)
	}
	for c := range out {
		out[c] = slices.Clip(out[c])
	}
	return out
}
