package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/simulation/motorpool"
	"example.org/renshaw/pkg/simulation/simfile"
)

// pack is the file of this run's shard.
func (r *run) pack() string {
	return filepath.Join(r.opt.Out, recfile.ShardName(r.opt.Shard%r.opt.Of, r.opt.Of))
}

// address is where the simulation of a row is in a pack.
func address(pack string, row int) string {
	return filepath.Join(pack, Dir(row), simfile.SimulationFile)
}

// settleForm goes on with packs where the folder has some, which it lists, and refuses them where
// it has simulations of the other form.
func (r *run) settleForm() error {
	entries, err := os.ReadDir(r.opt.Out)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		switch {
		case recfile.IsShard(name):
			r.opt.Packed, r.packed = true, append(r.packed, filepath.Join(r.opt.Out, name))
		case recfile.IsShard(strings.TrimSuffix(strings.TrimPrefix(name, "."), ".parts")):
			r.opt.Packed = true // parts of one
		}
	}
	if !r.opt.Packed {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), Dir(0)[:len(Dir(0))-1]) {
			return &OtherError{fmt.Errorf("%s holds a folder per simulation; packed ones need another "+
				"folder", r.opt.Out)}
		}
	}
	return nil
}

// pendingPacked leaves out the rows that a pack of the folder holds, whatever its shard, after
// checking that they belong to the batch. Those of this run's pack that fail their checksum are
// done again.
func (r *run) pendingPacked(jobs []task) (left []task, err error) {
	packs := r.packed
	if !slices.Contains(packs, r.pack()) { // its parts may be there
		packs = append(slices.Clone(packs), r.pack())
	}
	if r.known, err = knownSums(r.opt.Out); err != nil {
		return nil, err
	}
	at := map[string]string{} // pack of every part
	waiting := map[string]bool{}
	for _, pack := range packs {
		merged, parts, err := h5.Parts(pack)
		if err != nil {
			return nil, err
		}
		for _, name := range merged {
			at[name] = pack
		}
		if pack == r.pack() {
			for _, name := range parts {
				at[name], waiting[name] = pack, true
			}
		}
	}
	for _, j := range jobs {
		pack := at[Dir(j.row)]
		if pack == "" {
			left = append(left, j)
			continue
		}
		keep, err := r.whole(pack, j, waiting[Dir(j.row)])
		if err != nil {
			return nil, err
		}
		if !keep {
			left = append(left, j)
			continue
		}
		r.res.Skipped++
	}
	return left, nil
}

// whole reports whether the simulation of a row in a pack can stay.
func (r *run) whole(pack string, j task, waiting bool) (bool, error) {
	path := address(pack, j.row)
	_, known := r.known[filepath.Base(pack)]
	if r.opt.Verify || waiting || !known { // what no manifest has was never seen whole
		if err := h5.Verify(path); err != nil {
			if pack != r.pack() {
				return false, fmt.Errorf("%w; it is part of another shard: do that one again with --verify",
					err)
			}
			r.res.Redone = append(r.res.Redone, Dir(j.row))
			r.warn(fmt.Sprintf("%s is damaged and done again: %v", Dir(j.row), err))
			if !waiting {
				r.dropped = append(r.dropped, Dir(j.row))
				return false, r.job.Touch()
			}
			return false, errors.Join(r.job.Touch(), h5.Remove(path))
		}
	}
	text, err := recfile.Parameters(path)
	if err != nil {
		return false, err
	}
	found := motorpool.Default()
	if err := json.Unmarshal(text, &found); err != nil {
		return false, fmt.Errorf("%s: %s: %w", path, recfile.ParameterText, err)
	}
	return true, compareParameters(path, j.params, found)
}

// writePacked writes a simulation as a part of the run's pack.
func (r *run) writePacked(s *motorpool.Simulation, j task, opt simfile.PackedOptions) error {
	return simfile.WritePacked(address(r.pack(), j.row), s, opt)
}

// merge joins the parts of the run, unless it was interrupted: they wait for the next one.
func (r *run) merge() error {
	changed, err := h5.Merge(r.pack(), r.dropped...)
	if err != nil || !changed {
		return err
	}
	delete(r.known, filepath.Base(r.pack()))
	if !slices.Contains(r.packed, r.pack()) {
		r.packed = append(r.packed, r.pack())
	}
	return nil
}

// packedOutputs lists the packs, of this shard or of the whole batch.
func (r *run) packedOutputs() error {
	for _, pack := range r.packed {
		if r.opt.Of > 1 && pack != r.pack() {
			continue
		}
		name := filepath.Base(pack)
		if _, ok := r.known[name]; !ok {
			if err := r.sum(name); err != nil {
				return err
			}
		}
		r.job.OutputSum(r.known[name])
	}
	return nil
}
