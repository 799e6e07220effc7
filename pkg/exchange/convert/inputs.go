package convert

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"example.org/renshaw/pkg/exchange"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/run/job"
)

// Inputs are the files that some files, folders and patterns mean; of a folder, the recordings in
// it (exchange.Find), without those in own, the folder of the results. What is not there, or holds
// no recording, is a Result with an error, and so is a file that is given twice or whose edited
// version is among the inputs, with the reason in LeftOut.
func Inputs(paths []string, own string) []Result {
	var out []Result
	for _, p := range paths {
		files, err := expand(p, own)
		if err != nil {
			out = append(out, Result{Input: p, Error: err.Error(), Warnings: []string{}})
		}
		for _, f := range files {
			out = append(out, Result{Input: f, Warnings: []string{}})
		}
	}
	for i := range out {
		if out[i].Error == "" {
			out[i].LeftOut = superseded(out, i)
		}
	}
	return out
}

// expand gives the files that a path means.
func expand(path, own string) ([]string, error) {
	if path == "" {
		return nil, errors.New("the name of an input is empty")
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(path, "*?[") {
		files, err := filepath.Glob(path) // of a shell that leaves patterns to the program
		if err == nil && len(files) == 0 {
			err = fmt.Errorf("%s: no file has such a name", path)
		}
		return files, err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such file or folder", path)
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	files, err := exchange.Find(path, own)
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: no recording is in this folder: MUedit (.mat), NumPy archive (.npz), BIDS "+
			"(_events.tsv), or a table with the columns unit, muscle and time_s; folders that renshaw "+
			"wrote are left out", path)
	}
	return files, err
}

// superseded says why input i is not used: it is there already, or MUedit's edited version is.
func superseded(inputs []Result, i int) string {
	p := filepath.Clean(inputs[i].Input)
	if slices.ContainsFunc(inputs[:i], func(r Result) bool {
		return r.Error == "" && filepath.Clean(r.Input) == p
	}) {
		return "is given twice"
	}
	ext := filepath.Ext(p)
	stem := strings.ToLower(strings.TrimSuffix(p, ext))
	edited := []string{strings.ToLower(p) + "_edited.mat", stem + "_edited" + strings.ToLower(ext),
		strings.TrimSuffix(stem, "_decomp") + "_edited" + strings.ToLower(ext)}
	for _, r := range inputs {
		if r.Error == "" && slices.Contains(edited, strings.ToLower(filepath.Clean(r.Input))) {
			return fmt.Sprintf("its edited version %s is used; convert this file alone to use it",
				filepath.Base(r.Input))
		}
	}
	return ""
}

// byPreference orders inputs so that of copies the best comes first: formats that may hold EMG and
// force before those of discharges alone, a name before its copies' ("name (1).csv").
func byPreference(results []Result) []int {
	order := make([]int, len(results))
	rank := make([]int, len(results))
	for i, r := range results {
		order[i] = i
		switch format, err := exchange.Detect(r.Input); {
		case err != nil:
		case format == exchange.Table, format == exchange.NumPy, format == exchange.BIDS:
			rank[i] = 2
		}
		if recording.IsCopy(r.Input) {
			rank[i]++
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank[a] - rank[b] })
	return order
}

// contents finds recordings with the same discharges among inputs that are read at the same time,
// and among the recordings that are in the folder already.
type contents struct {
	mu     sync.Mutex
	change *sync.Cond
	known  []bool   // input k was read, or never will be
	sums   []string // of its discharges; "" unknown
	there  map[string]string
}

func newContents(n int) *contents {
	c := &contents{known: make([]bool, n), sums: make([]string, n), there: map[string]string{}}
	c.change = sync.NewCond(&c.mu)
	return c
}

// folder adds the recordings in dir, except those that this run writes anew.
func (c *contents) folder(dir string, ours map[string]bool) {
	files, _ := filepath.Glob(filepath.Join(dir, "*.h5"))
	for _, f := range files {
		key, sum, err := recfile.Identity(f)
		if err == nil && sum != "" && !ours[key] {
			c.there[sum] = f
		}
	}
}

// settle notes the sum of input k.
func (c *contents) settle(k int, sum string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known[k] {
		c.known[k], c.sums[k] = true, sum
		c.change.Broadcast()
	}
}

// first is the first input with the discharges of input k, once all inputs before it are read.
func (c *contents) first(ctx context.Context, k int) (int, error) {
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.change.Broadcast()
	})
	defer stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for slices.Contains(c.known[:k], false) && ctx.Err() == nil {
		c.change.Wait()
	}
	if c.sums[k] == "" {
		return k, ctx.Err()
	}
	return slices.Index(c.sums, c.sums[k]), ctx.Err()
}

// sameAs says of which recording input k is a copy, "" if of none.
func (c *contents) sameAs(ctx context.Context, k int, inputs []Result,
	order []int) (string, error) {
	const same = "the same discharges as %s, which is used"
	j, err := c.first(ctx, k)
	if err != nil {
		return "", err
	}
	if j != k {
		other, own := inputs[order[j]].Input, inputs[order[k]].Input
		if filepath.Base(other) != filepath.Base(own) {
			other = filepath.Base(other)
		}
		return fmt.Sprintf(same, other), nil
	}
	if h5 := c.there[c.sums[k]]; h5 != "" {
		return fmt.Sprintf("the same discharges as %s, which is there already and stays; remove that "+
			"file to convert this one", h5), nil
	}
	return "", nil
}

// understood tells how an input was understood: what a dry run shows.
func understood(ctx context.Context, inputs []Result, names *namer, opt Options) error {
	order := byPreference(inputs)
	c := newContents(len(inputs))
	items := make([]job.Item, len(inputs))
	for k, i := range order {
		r := &inputs[i]
		items[k] = job.Item{Name: r.Input, Do: func(ctx context.Context) error {
			defer c.settle(k, "")
			if r.Failed() || r.LeftOut != "" {
				return nil
			}
			raw, err := open(r.Input, r.Name, names.cfg, opt.FsHz)
			if err != nil {
				r.Error = err.Error()
				return nil
			}
			defer raw.Close()
			c.settle(k, raw.TrainsSum())
			r.Units, r.Muscles = len(raw.Units), rawMuscles(raw)
			if r.LeftOut, err = c.sameAs(ctx, k, inputs, order); err != nil || r.LeftOut != "" {
				return err
			}
			if err := examined(r.Input, raw, names.cfg, names.quirks); err != nil {
				r.Error = err.Error()
			}
			r.Units, r.Warnings = len(raw.Units), append(r.Warnings, raw.Warnings...)
			return nil
		}}
	}
	if _, err := job.Run(ctx, items, opt.Workers, opt.Progress); err != nil {
		return err
	}
	taken := map[string]string{}
	for _, i := range order {
		r := &inputs[i]
		if r.Failed() || r.LeftOut != "" {
			continue
		}
		if other := taken[r.Name.Recording]; other != "" {
			r.Error = sameOutput(*r, other).Error()
			continue
		}
		taken[r.Name.Recording] = r.Input
	}
	return nil
}

func rawMuscles(raw *recording.Raw) []string {
	var out []string
	for _, u := range raw.Units {
		if !slices.Contains(out, u.Muscle) {
			out = append(out, u.Muscle)
		}
	}
	return out
}
