package summary

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/run/job"
)

// shardsOf are the packed files of one folder: which shards there are, by the number of shards.
type shardsOf struct {
	simulations, analyses map[int]map[int]bool
}

// MissingShards is an error that names the packed simulations, or the packed analyses of an
// analysis_output_name (suffix, "" for none), that are missing below a folder although others of
// their kind are there: a table without them would be short by their rows, without a word.
func MissingShards(dir, suffix string) error {
	before := "analysis_output_"
	if suffix != "" {
		before += suffix + "_"
	}
	folders := map[string]*shardsOf{}
	var order []string
	_, err := job.Find(dir, func(path string) bool {
		name, i, n, ok := recfile.ParseShard(filepath.Base(path))
		if !ok || name != "" && name != before {
			return false
		}
		at := filepath.Dir(path)
		if folders[at] == nil {
			folders[at] = &shardsOf{map[int]map[int]bool{}, map[int]map[int]bool{}}
			order = append(order, at)
		}
		kind := folders[at].simulations
		if name == before {
			kind = folders[at].analyses
		}
		if kind[n] == nil {
			kind[n] = map[int]bool{}
		}
		kind[n][i] = true
		return false
	})
	if err != nil {
		return err
	}
	slices.Sort(order)
	var missing []string
	for _, at := range order {
		missing = append(missing, folders[at].missing(at, before)...)
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("missing: %s. Run renshaw simulate and renshaw analyze for these shards first, "+
		"or give --partial to summarise what is there", strings.Join(missing, ", "))
}

// missing lists the paths of what a folder lacks.
func (s *shardsOf) missing(dir, before string) []string {
	var out []string
	lacks := func(name string) { out = append(out, filepath.Join(dir, name)) }
	if len(s.simulations) == 0 { // analyses that lie apart
		for _, n := range sortedKeys(s.analyses) {
			for i := range n {
				if !s.analyses[n][i] {
					lacks(before + recfile.ShardName(i, n))
				}
			}
		}
		return out
	}
	m := job.ReadManifest(filepath.Join(dir, recording.ManifestName))
	whole := m.Command == "simulate" && !m.Interrupted() // a run without --shard did what was missing
	for _, o := range m.Outputs {
		if _, err := os.Stat(filepath.Join(dir, o.Path)); whole && recfile.IsShard(o.Path) &&
			errors.Is(err, fs.ErrNotExist) {
			lacks(o.Path)
		}
	}
	for _, n := range sortedKeys(s.simulations) {
		for i := range n {
			name := recfile.ShardName(i, n)
			switch {
			case s.simulations[n][i]:
				if len(s.analyses) > 0 && !s.analyses[n][i] {
					lacks(before + name)
				}
			case !whole && !emptyShard(dir, name):
				lacks(name)
			}
		}
	}
	return out
}

// emptyShard reports whether a shard was done and has no rows: there are more shards than rows.
func emptyShard(dir, name string) bool {
	m := job.ReadManifest(filepath.Join(dir, "manifest_"+strings.TrimSuffix(name, ".h5")+".json"))
	return m.Complete && len(m.Outputs) == 0
}

func sortedKeys(m map[int]map[int]bool) []int {
	var keys []int
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
