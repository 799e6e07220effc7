package training

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/sbi/flow"
)

// checkpointEvery is how often a training writes where it is.
const checkpointEvery = 5 * time.Second

// checkpoint is a folder in which a training of one network keeps where it is, so that it
// can go on after an interruption; "" keeps nothing. key tells what is trained on what: a
// checkpoint of another key is not used.
type checkpoint struct {
	dir, key string
	last     time.Time
}

// progressOf is what a checkpoint knows beside the tensors.
type progressOf struct {
	Key       string  `json:"key"`
	Curve     []Epoch `json:"curve"`
	BestEpoch int     `json:"best_epoch"`
	BestLoss  float64 `json:"best_loss"`
	State     string  `json:"state"` // SHA-256 of the tensors, which are written first
}

const (
	checkpointInfo    = "progress.json"
	checkpointTensors = "state.safetensors"
	bestPrefix        = "best|"
	meanPrefix        = "mean|"
)

// load returns nil where there is nothing to go on from; a checkpoint of another training or a
// damaged one counts as none, because training can always begin anew.
func (c *checkpoint) load() (*progressOf, map[string]flow.Tensor) {
	if c.dir == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(filepath.Join(c.dir, checkpointInfo))
	if err != nil {
		return nil, nil
	}
	var p progressOf
	if json.Unmarshal(raw, &p) != nil || p.Key != c.key {
		return nil, nil
	}
	path := filepath.Join(c.dir, checkpointTensors)
	sum, err := job.SumFile(path)
	if err != nil || sum.SHA256 != p.State {
		return nil, nil
	}
	tensors, err := flow.ReadSafetensors(path)
	if err != nil {
		return nil, nil
	}
	return &p, tensors
}

// save writes where the training is, if the last time was long ago or done.
func (c *checkpoint) save(f *Fitted, best map[string]flow.Tensor, mean *flow.MAF,
	state func() (map[string]flow.Tensor, error), done bool) error {
	if c.dir == "" || !done && time.Since(c.last) < checkpointEvery {
		return nil
	}
	tensors, err := state()
	if err != nil {
		return err
	}
	for name, t := range best {
		tensors[bestPrefix+name] = t
	}
	if mean != nil {
		for name, t := range mean.Tensors() {
			tensors[meanPrefix+name] = t
		}
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	path := filepath.Join(c.dir, checkpointTensors)
	if err := flow.WriteSafetensors(path, tensors); err != nil {
		return err
	}
	sum, err := job.SumFile(path)
	if err != nil {
		return err
	}
	c.last = time.Now()
	return atomicfile.WriteJSON(filepath.Join(c.dir, checkpointInfo),
		progressOf{c.key, f.Curve, f.BestEpoch, f.BestLoss, sum.SHA256})
}

// prefixed are the tensors whose names begin so, by the rest of their names.
func prefixed(tensors map[string]flow.Tensor, prefix string) map[string]flow.Tensor {
	out := map[string]flow.Tensor{}
	for name, t := range tensors {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			out[rest] = t
		}
	}
	return out
}

// memberDir is the folder of checkpoints of one network of an estimator.
func memberDir(out string, member int) string {
	return filepath.Join(out, "checkpoints", fmt.Sprint(member+1))
}
