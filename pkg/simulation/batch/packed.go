package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/simulation/motorpool"
	"example.org/renshaw/pkg/simulation/simfile"
)

// PackName is the name of the file that holds the simulations of a shard with Options.Packed.
func PackName(shard, of int) string { return fmt.Sprintf("shard_%d_of_%d.h5", shard, of) }

var packNames = regexp.MustCompile(`^shard_\d+_of_\d+\.h5$`)

// pack is the file of this run's shard.
func (r *run) pack() string {
	return filepath.Join(r.opt.Out, PackName(r.opt.Shard%r.opt.Of, r.opt.Of))
}

// address is where the simulation of a row is in a pack.
func address(pack string, row int) string {
	return filepath.Join(pack, Dir(row), simfile.SimulationFile)
}

// packs lists the packs of the folder, also those of which only parts are there.
func (r *run) packs() ([]string, error) {
	entries, err := os.ReadDir(r.opt.Out)
	found := map[string]bool{r.pack(): true}
	for _, e := range entries {
		if packNames.MatchString(e.Name()) {
			found[filepath.Join(r.opt.Out, e.Name())] = true
		}
	}
	var out []string
	for p := range found {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b string) int {
		if job.NaturalLess(a, b) {
			return -1
		}
		return 1
	})
	return out, err
}

// settleForm goes on with packs where the folder has some, and refuses them where it has
// simulations of the other form.
func (r *run) settleForm() error {
	entries, err := os.ReadDir(r.opt.Out)
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch {
		case packNames.MatchString(strings.TrimSuffix(strings.TrimPrefix(e.Name(), "."), ".parts")):
			r.opt.Packed = true
		case r.opt.Packed && e.IsDir() && strings.HasPrefix(e.Name(), Dir(0)[:len(Dir(0))-1]):
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
	packs, err := r.packs()
	if err != nil {
		return nil, err
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
		if _, err := os.Stat(pack); err == nil {
			r.packed = append(r.packed, pack)
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
func (r *run) writePacked(s *motorpool.Simulation, j task, opt simfile.Options) error {
	return simfile.WritePacked(address(r.pack(), j.row), s, opt)
}

// merge joins the parts of the run, unless it was interrupted: they wait for the next one.
func (r *run) merge() error {
	if err := h5.Merge(r.pack(), r.dropped...); err != nil {
		return err
	}
	if _, err := os.Stat(r.pack()); err != nil {
		return nil // every row was in another pack, or failed
	}
	delete(r.known, filepath.Base(r.pack()))
	if !slices.Contains(r.packed, r.pack()) {
		r.packed = append(r.packed, r.pack())
	}
	return nil
}

// outputs lists the packs, of this shard or of the whole batch.
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
