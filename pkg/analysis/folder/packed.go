package folder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/run/job"
)

// addresses replaces packs of simulations by the addresses of their parts.
func addresses(files []string) ([]string, error) {
	var out []string
	for _, path := range files {
		if !h5.IsPack(path) {
			out = append(out, path)
			continue
		}
		parts, err := h5.Addresses(path, recfile.SimulationFile)
		if err != nil {
			return nil, err
		}
		out = append(out, parts...)
	}
	return out, nil
}

// packed reports whether the output of a job is a part of a pack, and of which.
func (j source) packed() (pack string, ok bool) {
	pack, _, ok = h5.SplitAddress(j.output)
	return pack, ok
}

// PackName is the name of the pack that holds the analyses of a pack of simulations, with the
// name of the options as suffix.
func PackName(simulations, suffix string) string {
	name := OutputName(recfile.SimulationFile, suffix)
	return name[:len(name)-len(".h5")] + "_" + filepath.Base(simulations)
}

// packedOutput is where the analysis of a part goes: in the pack of analyses below dir.
func packedOutput(dir, input, suffix string) string {
	pack, part, _ := h5.SplitAddress(input)
	return filepath.Join(dir, PackName(pack, suffix), part, OutputName(input, suffix))
}

// sumInput is the checksum by which an analysis knows its input again: of the file, or of the
// content of a part, with which the content is compared.
func sumInput(path string) (job.FileSum, error) {
	if _, _, ok := h5.SplitAddress(path); !ok {
		return job.SumFile(path)
	}
	sum, err := h5.ContentSum(path)
	return job.FileSum{Path: path, SHA256: sum}, err
}

// part is the shard that a run has to itself, so that shards of a folder can be analysed side by
// side; the zero value is the whole folder.
type part struct{ shard, of int }

// ownShard is the shard of a run whose only input is its pack.
func ownShard(inputs []string) part {
	if len(inputs) != 1 || !h5.IsPack(inputs[0]) {
		return part{}
	}
	_, i, n, _ := recfile.ParseShard(filepath.Base(inputs[0]))
	return part{i, n}
}

// name is that of a file of the run.
func (p part) name(whole string) string {
	if p.of <= 1 {
		return whole
	}
	ext := filepath.Ext(whole)
	shard := strings.TrimSuffix(recfile.ShardName(p.shard, p.of), ".h5")
	return strings.TrimSuffix(whole, ext) + "_" + shard + ext
}

// merge joins the packed analyses, unless the run was interrupted: then they wait for the next.
func merge(run *job.Job, jobs []source) error {
	var packs, inputs []string
	for _, j := range jobs {
		if pack, ok := j.packed(); ok && !slices.Contains(packs, pack) {
			packs = append(packs, pack)
		}
		if pack, _, ok := h5.SplitAddress(j.input); ok && !slices.Contains(inputs, pack) {
			inputs = append(inputs, pack)
		}
	}
	for _, pack := range packs {
		if _, _, err := h5.Parts(pack); err != nil { // what it held was analysed again
			run.Warn(fmt.Sprintf("%v; it is written anew", err))
			if err := os.Remove(pack); err != nil {
				return err
			}
		}
		changed, err := h5.Merge(pack)
		if err != nil {
			return err
		}
		if _, err := os.Stat(pack); errors.Is(err, os.ErrNotExist) {
			continue // every analysis failed
		}
		if err := run.Output(pack, changed); err != nil {
			return err
		}
	}
	for _, pack := range inputs {
		if err := run.Input(pack); err != nil {
			return err
		}
	}
	return nil
}
