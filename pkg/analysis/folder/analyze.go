// Package folder runs the analysis over files and folders: it finds recordings and
// simulations, skips what is done, writes analysis files and a table of failures.
package folder

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/anafile"
	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/seed"
)

// Names of the files beside the analyses.
const (
	ManifestName   = "analysis_manifest.json"
	ParametersName = "analysis_parameters.json"
	FailuresName   = "analysis_failures.csv"
)

// Options of Run.
type Options struct {
	Config   string                 // YAML file, "" for the shipped defaults
	Override func(*analysis.Params) // flags; applied after the file
	// folder in which the input tree is mirrored, "" for beside the inputs
	Out string
	// Subsample repeats the analysis of every simulation with so many random units per
	// pool (0: all), Repeats times each, in outputs with names of their own.
	Subsample []int
	Repeats   int
	// Variants adds analyses of every simulation as a recording might show it: 5 to 30
	// random units per pool in a random window of 15 s to the whole duration.
	Variants int
	// Seen tells how much a recording showed of what a simulation stands for; the simulation is
	// analysed as if it had shown as much (analysis.Params.SeenAs), or whole where it gives nil.
	Seen     func(input string) *analysis.Seen
	Workers  int
	Force    bool // analyse again what is done
	Progress *job.Progress
	Command  string
	// Done is called with every fresh analysis before its file appears, from several goroutines:
	// the hook for figures. Its error fails the item; the analysis file is kept.
	Done func(a *analysis.Analysis, output string) error
	// Started is called when the files are known, to make a Progress.
	Started func(files int) *job.Progress
}

// Result of one input.
type Result struct {
	Input   string `json:"input"`
	Output  string `json:"output,omitempty"`
	Skipped bool   `json:"skipped"`
	Rows    int    `json:"rows"`
	Fitted  int    `json:"fitted"`
	Error   string `json:"error,omitempty"`

	read job.FileSum // of the input, as it was analysed
}

// Failed reports whether the input failed.
func (r Result) Failed() bool { return r.Error != "" }

// Name is the input without its folder.
func (r Result) Name() string { return filepath.Base(r.Input) }

// source is one input with its place in the output tree and the options of its own.
type source struct {
	input, output string
	own           func(p *analysis.Params, durationS float64)
}

// name is the input, with the output where an input has several.
func (j source) name() string {
	if j.own == nil {
		return j.input
	}
	return j.input + " (" + filepath.Base(j.output) + ")"
}

// Find lists the recordings and simulations below a folder, or the file itself; packs of
// simulations by the addresses of their parts (h5.Open). A damaged .h5 is listed too, so that it
// is reported and not passed over.
func Find(path string) ([]string, error) {
	if pack, part, ok := h5.SplitAddress(path); ok {
		there, err := h5.Exists(path)
		if err == nil && !there {
			err = fmt.Errorf("%s: holds no part %s", pack, part)
		}
		return []string{path}, err
	}
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.IsDir() {
		if err := recfile.Foreign(path); err != nil {
			return nil, err
		}
		return addresses([]string{path})
	}
	files, err := job.Find(path, func(p string) bool {
		if !strings.HasSuffix(p, ".h5") {
			return false
		}
		ok, err := recfile.IsRecording(p)
		base := filepath.Base(p)
		return ok || err != nil && !isAnalysis(base) || recfile.IsShard(base)
	})
	if err != nil {
		return nil, err
	}
	return addresses(files)
}

// isAnalysis tells the names of analyses: a damaged one is made anew.
func isAnalysis(base string) bool {
	return base == "analysis_output.h5" || strings.HasPrefix(base, "analysis_output_") ||
		strings.Contains(base, "_cross_histogram_analysis_output")
}

// OutputName is the name of the analysis of an input (specification, section 14).
func OutputName(input, suffix string) string {
	base := filepath.Base(input)
	if base == recfile.SimulationFile {
		if suffix != "" {
			return "analysis_output_" + suffix + ".h5"
		}
		return "analysis_output.h5"
	}
	name := strings.TrimSuffix(base, ".h5") + "_cross_histogram_analysis_output"
	if suffix != "" {
		name += "_" + suffix
	}
	return name + ".h5"
}

// Params reads the configuration for a kind of recording.
func Params(path string, simulation bool,
	override func(*analysis.Params)) (analysis.Params, error) {
	p := analysis.Shipped(simulation)
	if path != "" {
		if err := config.Decode(path, &p); err != nil {
			return p, err
		}
	}
	if override != nil {
		override(&p)
	}
	if err := p.Validate(); err != nil {
		if path != "" {
			err = fmt.Errorf("%s: %w", path, err)
		}
		return p, err
	}
	return p, nil
}

// Run analyses the inputs (files or folders). Failures are in the results; the
// error is for what concerns all.
func Run(ctx context.Context, inputs []string, opt Options) ([]Result, error) {
	p, err := Params(opt.Config, false, opt.Override) // an error of the file comes before any work
	if err != nil {
		return nil, err
	}
	jobs, root, err := plan(inputs, opt.Out, p.OutputName)
	if err != nil {
		return nil, err
	}
	jobs = append(subsamples(jobs, opt), variants(jobs, opt)...)
	own := ownShard(inputs)
	run, err := job.Open(root, job.Options{Command: "analyze", Line: opt.Command,
		Manifest: own.name(ManifestName), Profile: string(p.Profile), Seed: p.Seed, Parameters: p,
		Workers: opt.Workers, Progress: opt.Progress, Shard: own.shard, Of: own.of})
	if err != nil {
		return nil, err
	}
	defer run.Close()
	if opt.Started != nil {
		run.Progress(opt.Started(len(jobs)))
	}
	results := make([]Result, len(jobs))
	items := make([]job.Item, len(jobs))
	places := make(chan struct{}, max(1, opt.Workers))
	for i, j := range jobs {
		results[i].Input = j.input
		w := &work{source: j, result: &results[i], places: places, opt: opt}
		items[i] = job.Item{Name: j.name(), Output: j.output, Done: w.done, Do: w.do}
		if _, ok := j.packed(); ok {
			items[i].Output = "" // listed when it is merged
		}
	}
	failures, runErr := run.Run(ctx, items)
	for _, f := range failures {
		for i := range results {
			if jobs[i].name() == f.Item {
				results[i].Error = f.Message
			}
		}
	}
	if runErr == nil {
		runErr = merge(run, jobs)
	}
	return results, errors.Join(runErr, finish(run, p, results, failures, own.name(FailuresName)))
}

// finish writes parameters and failures, and the manifest.
func finish(run *job.Job, p analysis.Params, results []Result, failures []job.Failure,
	failuresName string) error {
	some := false
	for _, r := range results {
		if r.Output != "" && r.Error == "" {
			some = true
			if _, _, packed := h5.SplitAddress(r.Input); !packed {
				run.InputSum(r.read)
			}
		}
	}
	if some {
		if err := atomicfile.WriteJSON(run.Stage(ParametersName), p); err != nil {
			return err
		}
	}
	t := &table.Table{Columns: []string{"file", "options", "stage", "message"}}
	for _, f := range failures {
		t.Add(f.Item, p.OutputName, "analysis", f.Message)
	}
	if len(failures) == 0 {
		run.Remove(failuresName)
	} else if err := t.Write(run.Stage(failuresName)); err != nil {
		return err
	}
	return run.Commit()
}

// plan lists the jobs and the folder whose lock is taken: the output folder, or the
// folder of the inputs.
func plan(inputs []string, out, suffix string) ([]source, string, error) {
	var jobs []source
	root := out
	for _, in := range inputs {
		files, err := Find(in)
		if err != nil {
			return nil, "", err
		}
		base := in
		if st, err := os.Stat(in); err == nil && !st.IsDir() {
			base = filepath.Dir(in)
		}
		if root == "" {
			root = base
		}
		for _, f := range files {
			dir := filepath.Dir(f)
			pack, _, packed := h5.SplitAddress(f)
			if packed {
				dir = filepath.Dir(pack)
			}
			if out != "" {
				rel, err := filepath.Rel(base, dir)
				if err != nil {
					return nil, "", err
				}
				dir = filepath.Join(out, rel)
			}
			output := filepath.Join(dir, OutputName(f, suffix))
			if packed {
				output = packedOutput(dir, f, suffix)
			}
			jobs = append(jobs, source{input: f, output: output})
		}
	}
	if len(jobs) == 0 {
		return nil, "", fmt.Errorf("%s: no recording (.h5 with /spike_trains/MN) or simulation was found",
			strings.Join(inputs, ", "))
	}
	seen := map[string]string{}
	for _, j := range jobs {
		if other := seen[j.output]; other != "" && other != j.input {
			return nil, "", fmt.Errorf("%s and %s would both give %s; analyse them into different "+
				"folders (-o)", other, j.input, j.output)
		}
		seen[j.output] = j.input
	}
	return jobs, root, nil
}

// renamed is the output of a job with that name of its options.
func renamed(j source, name string) string {
	if pack, ok := j.packed(); ok {
		return packedOutput(filepath.Dir(pack), j.input, name)
	}
	return filepath.Join(filepath.Dir(j.output), OutputName(j.input, name))
}

// subsamples repeats the jobs for every size and repetition.
func subsamples(jobs []source, opt Options) []source {
	if len(opt.Subsample) == 0 {
		return jobs
	}
	var out []source
	for _, j := range jobs {
		for _, n := range opt.Subsample {
			for i := 0; i < max(1, opt.Repeats); i++ {
				name := fmt.Sprintf("subsample_%dMNs_iter%d", n, i)
				if n == 0 {
					name = fmt.Sprintf("subsample_all_MNs_iter%d", i)
				}
				out = append(out, source{j.input,
					renamed(j, name),
					func(p *analysis.Params, _ float64) {
						p.OutputName, p.RandomSubset, p.Seed = name, n, p.Seed+uint64(i)
					}})
			}
		}
	}
	return out
}

// Limits of what a variant shows.
const (
	variantMinUnits, variantMaxUnits = analysis.FewestSeen, analysis.MostSeen
	variantMinS                      = analysis.ShortestSeenS
)

// variants adds the jobs of Options.Variants. Units and window follow from the seed, the
// folder of the simulation and the number of the variant.
func variants(jobs []source, opt Options) []source {
	var out []source
	for _, j := range jobs {
		for k := 0; k < opt.Variants; k++ {
			name := fmt.Sprintf("variant_%d", k)
			out = append(out, source{j.input,
				renamed(j, name),
				func(p *analysis.Params, durationS float64) {
					rng := seed.Stream(p.Seed, filepath.Base(filepath.Dir(j.input))+"/"+name)
					p.OutputName, p.RandomSubset = name,
						variantMinUnits+rng.IntN(variantMaxUnits-variantMinUnits+1)
					shortest := math.Min(variantMinS, durationS)
					p.WindowS = shortest + (durationS-shortest)*rng.Float64()
					p.WindowStartS = (durationS - p.WindowS) * rng.Float64()
					p.Seed += uint64(k) + 1
				}})
		}
	}
	return out
}

// work is the analysis of one input.
type work struct {
	source
	result *Result
	places chan struct{} // as many as workers; whoever works at an input or its rows has one
	opt    Options

	params analysis.Params
	read   func() (*recfile.Loaded, error)
}

// done reads the options and the checksum of the input, and reports whether its analysis is there.
func (w *work) done(context.Context) (bool, error) {
	simulation, err := isSimulation(w.input)
	if err != nil {
		return false, err
	}
	p, err := Params(w.opt.Config, simulation, w.opt.Override)
	if err != nil {
		return false, err
	}
	if w.own != nil {
		if !simulation {
			return false, fmt.Errorf("%s: random subsets and windows are drawn from simulations only",
				w.input)
		}
		duration, err := recfile.SimulatedS(w.input)
		if err != nil {
			return false, err
		}
		w.own(&p, duration)
	}
	w.read = sync.OnceValues(func() (*recfile.Loaded, error) {
		return recfile.ReadRecording(w.input, recfile.Options{
			Kind: string(p.IsSimulation), CommonInput: p.Coherence && p.CoherenceWithInput})
	})
	if w.result.read, err = sumInput(w.input); err != nil {
		return false, err
	}
	if w.opt.Seen != nil && simulation {
		if s := w.opt.Seen(w.input); s != nil {
			l, err := w.read()
			if err != nil {
				return false, err
			}
			p = p.SeenAs(l.Recording, *s)
		}
	}
	w.params = p
	if w.opt.Force || !isDone(w.output, w.result.read.SHA256, p) {
		return false, nil
	}
	w.result.Output, w.result.Skipped, w.read = w.output, true, nil
	return true, nil
}

// do analyses. The pictures come first, so that an analysis that is there has them; if they cannot
// be drawn it is kept all the same.
func (w *work) do(ctx context.Context) error {
	w.places <- struct{}{}
	defer func() { <-w.places }()
	l, err := w.read()
	w.read = nil // a folder may hold many recordings
	if err != nil {
		return err
	}
	a, err := analysis.Run(ctx, l.Recording, l.Truth, w.params, analysis.Options{Spare: w.places})
	if err != nil {
		return fmt.Errorf("%s: %w", w.input, err)
	}
	a.SourceSHA256 = w.result.read.SHA256
	if a.SourcePath, err = filepath.Abs(w.input); err != nil {
		return err
	}
	var pictures error
	if w.opt.Done != nil {
		pictures = w.opt.Done(a, w.output)
	}
	if err := anafile.WriteAnalysis(w.output, a); err != nil {
		return err
	}
	w.result.Output, w.result.Rows = w.output, len(a.Rows)
	for i := range a.Rows {
		if a.Rows[i].Fit != nil {
			w.result.Fitted++
		}
	}
	return pictures
}

func isSimulation(path string) (bool, error) {
	f, err := h5.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	return f.Has("/simulation_parameters"), nil
}

// isDone reports whether the output was made from this input with these options by
// this version.
func isDone(output, sum string, p analysis.Params) bool {
	a, err := anafile.ReadAnalysisHeader(output)
	return err == nil && a.SourceSHA256 == sum && a.Params == p
}
