package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
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
			if _, i, n, _ := recfile.ParseShard(name); i >= n {
				return &OtherError{fmt.Errorf("%s: there are shards 0 to %d of %d; remove or rename it",
					filepath.Join(r.opt.Out, name), n-1, n)}
			}
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
	var parts []string        // of this run's pack, not merged
	for _, pack := range packs {
		merged, pending, err := h5.Parts(pack)
		if err != nil {
			if err := r.damagedPack(pack, err); err != nil {
				return nil, err
			}
			if merged, pending, err = h5.Parts(pack); err != nil {
				return nil, err
			}
		}
		for _, name := range merged {
			if other := at[name]; other != "" {
				return nil, &OtherError{fmt.Errorf("%s is in %s and in %s: remove one of these files and "+
					"give the command again, which then does what is missing", name, other, pack)}
			}
			at[name] = pack
		}
		if pack == r.pack() {
			parts = pending
		}
	}
	waiting := map[string]bool{}
	for _, name := range parts {
		if other := at[name]; other != "" && other != r.pack() { // done by another shard since
			if err := h5.Remove(filepath.Join(r.pack(), name, simfile.SimulationFile)); err != nil {
				return nil, err
			}
			continue
		}
		at[name], waiting[name] = r.pack(), true
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

// damagedPack removes a pack of this run that cannot be read, if damaged simulations are to be done
// again; otherwise it says what to do.
func (r *run) damagedPack(pack string, err error) error {
	if f, oerr := h5.Open(pack); oerr == nil {
		f.Close()
		return fmt.Errorf("%w: move it elsewhere", err) // not ours to remove
	}
	if !r.opt.Verify || pack != r.pack() {
		_, i, n, _ := recfile.ParseShard(filepath.Base(pack))
		return fmt.Errorf("%w; its simulations are lost: do them again (renshaw simulate BATCH -o %s "+
			"--packed --shard %d/%d --verify), or restore the file", err, r.opt.Out, i, n)
	}
	r.warn(fmt.Sprintf("%s is damaged, all its simulations are done again: %v", pack, err))
	r.packed = slices.DeleteFunc(r.packed, func(p string) bool { return p == pack })
	return errors.Join(r.job.Touch(), os.Remove(pack))
}

// otherRecord refuses a folder whose packs were begun by another batch: of rows that are not there
// yet, nothing else would tell.
func (r *run) otherRecord(record map[string]any) error {
	if len(r.packed) == 0 {
		return nil
	}
	paths, err := filepath.Glob(filepath.Join(escaped(r.opt.Out), "*_priors_batch*.json"))
	if err != nil {
		return err
	}
	raw, err := json.Marshal(record)
	if err != nil {
		return err
	}
	for _, path := range paths {
		var old, now map[string]any
		text, err := os.ReadFile(path)
		if err := errors.Join(err, json.Unmarshal(text, &old), json.Unmarshal(raw, &now)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, key := range slices.Sorted(maps.Keys(now)) {
			if was, ok := old[key]; ok && !slices.Contains(mayDiffer, key) &&
				!reflect.DeepEqual(was, now[key]) {
				return &OtherError{fmt.Errorf("%s holds simulations of another batch: its %s is not that of "+
					"%s (%s); choose another folder", r.opt.Out, key, r.file.Path, path)}
			}
		}
	}
	return nil
}

// mayDiffer are the entries of the record in which two runs of one batch may differ.
var mayDiffer = []string{"name", "n", "version"}

// escaped is a path in which filepath.Glob finds no pattern.
func escaped(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
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
	if err := compareParameters(path, j.params, found); err != nil {
		return false, err
	}
	if err := simfile.CheckKept(path, found.NeuronsPerPool, r.opt.KeepUnits); err != nil {
		return false, &OtherError{err}
	}
	return true, nil
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
