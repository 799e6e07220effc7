package batch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/run/version"
	"example.org/renshaw/pkg/simulation/motorpool"
	"example.org/renshaw/pkg/simulation/simfile"
)

// ManifestName is the manifest of a batch, and FailuresName the table of simulations
// that failed.
const (
	ManifestName = "manifest.json"
	FailuresName = "simulation_failures.csv"
)

// Options of Run.
type Options struct {
	Out     string // folder of the batch
	Workers int    // simulations at a time; results do not depend on it
	// Limit is how many rows of the file count; 0 is all.
	Limit int
	// Shard i of Of does the rows whose number is i modulo Of; Of 0 or 1 is all rows.
	Shard, Of int
	// Verify reads finished simulations again, compares them with their checksums and
	// redoes those that differ.
	Verify bool
	// MemoryBytes bounds the simulations that run at a time; 0 is no bound.
	MemoryBytes int64
	// MaxFailureRate stops the batch when more than this share of the simulations
	// done, and at least 10, failed. 0 never stops.
	MaxFailureRate float64
	// Spectra writes the spectra of the private inputs too; the profile paper and simulations
	// with output_plots do so anyway. Finished simulations stay as they are.
	Spectra bool
	// Packed writes one file per shard, shard_<i>_of_<n>.h5 with a group per row, instead of one
	// folder per simulation, without input, spectra and figures. A folder of packed simulations
	// goes on with them.
	Packed bool
	// KeepUnits, with Packed, keeps the trains of at most so many motor neurons of every pool and
	// leaves out all but parameters (simfile.PackedOptions); 0 keeps all.
	KeepUnits int
	Command   string // as it was typed, for lock and messages
	// Plot draws the figures of a simulation whose output_plots is set.
	Plot func(dir string, s *motorpool.Simulation) error
	// Started is called when the work is known, to make a Progress.
	Started func(simulations int) *job.Progress
}

// Result tells what Run did.
type Result struct {
	Rows     int           `json:"rows"`     // of this shard
	Done     int           `json:"done"`     // simulated now
	Skipped  int           `json:"skipped"`  // finished before
	Redone   []string      `json:"redone"`   // failed their checksum
	Failures []job.Failure `json:"failures"` // of single simulations
	Warnings []string      `json:"warnings"` // for the user
	Workers  int           `json:"workers"`  // simulations at a time
}

// Dir is the name of the folder of row i.
func Dir(i int) string { return fmt.Sprintf("simulation_output_%d", i) }

// task is one row to be simulated.
type task struct {
	row    int
	dir    string
	params motorpool.Params
}

type run struct {
	file *File
	opt  Options
	res  Result
	mu   sync.Mutex

	job     *job.Job
	sims    chan *motorpool.Simulator
	known   map[string]job.FileSum // sums of finished simulations, by path below Out
	done    int
	failed  int
	stop    context.CancelCauseFunc
	skipped []string // outputs that were there
	packed  []string // packs of the folder
	dropped []string // damaged parts of the run's pack
}

// ErrTooManyFailures means that Options.MaxFailureRate was exceeded.
var ErrTooManyFailures = errors.New("too many simulations failed; the batch was stopped")

// FileError is a batch file whose parameters cannot be simulated; nothing was begun.
type FileError struct{ error }

// Unwrap is the parameter's error.
func (e *FileError) Unwrap() error { return e.error }

// OtherError is a folder that holds simulations of other parameters than those of the batch.
type OtherError struct{ error }

// Unwrap says which folder and parameter differ.
func (e *OtherError) Unwrap() error { return e.error }

// Run simulates the rows of the file that are not finished. A simulation is finished
// when its simulation_output.h5 exists. Failures of single simulations are in the
// result; the error is for what concerns all, ctx.Err() after an interruption.
func Run(ctx context.Context, f *File, opt Options) (*Result, error) {
	r := &run{file: f, opt: opt}
	r.opt.Of = max(1, opt.Of)
	jobs, err := r.plan()
	if err != nil {
		return nil, err
	}
	if err := r.open(); err != nil {
		return nil, err
	}
	defer r.job.Close()
	if err := r.settleForm(); err != nil {
		return nil, err
	}
	pending := r.pending
	if r.opt.Packed {
		pending = r.pendingPacked
	}
	if jobs, err = pending(jobs); err != nil {
		return nil, err
	}
	if err := r.record(); err != nil {
		return nil, err
	}
	told := len(r.res.Warnings)
	runErr := r.simulate(ctx, jobs)
	slices.Sort(r.res.Warnings[told:]) // workers tell them in any order
	if r.opt.Packed && ctx.Err() == nil {
		runErr = errors.Join(runErr, r.merge())
	}
	return &r.res, r.finish(runErr)
}

// names of the manifest and the table of failures of the batch or the shard.
func (r *run) names() (manifest, failures string) {
	if r.opt.Of == 1 {
		return ManifestName, FailuresName
	}
	shard := fmt.Sprintf("_shard_%d_of_%d", r.opt.Shard%r.opt.Of, r.opt.Of)
	return "manifest" + shard + ".json", "simulation_failures" + shard + ".csv"
}

// open takes the folder, or the part of the shard in it.
func (r *run) open() (err error) {
	manifest, _ := r.names()
	shard := r.opt.Shard % r.opt.Of
	r.job, err = job.Open(r.opt.Out, job.Options{Command: "simulate", Line: r.opt.Command,
		Manifest: manifest, Profile: string(r.file.Profile), Seed: r.file.Seed, Workers: r.res.Workers,
		Shard: shard, Of: r.opt.Of, Parameters: map[string]any{"name": r.file.Name, "rng": r.file.RNG,
			"rows": r.res.Rows, "shard": shard, "of": r.opt.Of, "keep_units": r.opt.KeepUnits}})
	if err != nil {
		return err
	}
	if err := r.job.Input(r.file.Path); err != nil {
		r.job.Close()
		return err
	}
	return nil
}

// plan makes the parameters of every row of the shard. A faulty row of a list is an
// error of the file; a faulty draw is a failure of its simulation.
func (r *run) plan() ([]task, error) {
	var jobs []task
	for i, row := range r.file.limited(r.opt.Limit) {
		p, warnings, err := r.file.Params(i, row)
		if err == nil {
			err = p.Validate()
		}
		listed := r.file.Simulations != nil
		switch {
		case err != nil && (listed || len(row.Settings) == 0):
			return nil, &FileError{fmt.Errorf("%s: simulations[%d]: %w", r.file.Path, i, err)}
		case i%r.opt.Of != r.opt.Shard%r.opt.Of:
			continue
		case err != nil:
			r.fail(Dir(i), "parameters", err)
		default:
			jobs = append(jobs, task{i, filepath.Join(r.opt.Out, Dir(i)), p})
		}
		for _, w := range warnings {
			r.warn(w)
		}
		r.res.Rows++
	}
	if len(r.res.Failures) > 0 && len(jobs) == 0 {
		return nil, &FileError{fmt.Errorf("%s: every simulation has faulty parameters: %s", r.file.Path,
			r.res.Failures[0].Message)}
	}
	return jobs, r.boundMemory(jobs)
}

// boundMemory lowers the number of workers until their simulations fit.
func (r *run) boundMemory(jobs []task) error {
	r.res.Workers = max(1, min(r.opt.Workers, len(jobs)))
	largest := int64(0)
	for _, j := range jobs {
		largest = max(largest, j.params.MemoryBytes())
	}
	if r.opt.MemoryBytes == 0 || largest == 0 {
		return nil
	}
	fit := int(r.opt.MemoryBytes / largest)
	if fit == 0 {
		return fmt.Errorf("%s: a simulation needs about %d MiB, more than the limit of %d MiB; use "+
			"fewer neurons, a shorter duration or more memory (--memory)", r.file.Path, largest>>20,
			r.opt.MemoryBytes>>20)
	}
	if fit < r.res.Workers {
		r.warn(fmt.Sprintf("memory for %d simulations at a time (%d MiB each): %d workers instead of %d",
			fit, largest>>20, fit, r.res.Workers))
		r.res.Workers = fit
	}
	return nil
}

func (r *run) warn(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.res.Warnings {
		if w == text {
			return
		}
	}
	r.res.Warnings = append(r.res.Warnings, text)
}

func (r *run) fail(item, stage string, err error) {
	r.res.Failures = append(r.res.Failures,
		job.Failure{Item: item, Stage: stage, Message: err.Error()})
}

// pending leaves out what is finished, after checking that it belongs to the row.
func (r *run) pending(jobs []task) (left []task, err error) {
	if r.known, err = knownSums(r.opt.Out); err != nil {
		return nil, err
	}
	for _, j := range jobs {
		path := filepath.Join(j.dir, simfile.SimulationFile)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			left = append(left, j)
			continue
		} else if err != nil {
			return nil, err
		}
		if err := sameParameters(j); err != nil {
			return nil, err
		}
		sum, known := r.known[output(j.row)]
		if r.opt.Verify || !known { // what no manifest has was never seen whole
			if err := intact(path, sum.SHA256); err != nil {
				r.res.Redone = append(r.res.Redone, Dir(j.row))
				r.warn(fmt.Sprintf("%s is damaged and done again: %v", Dir(j.row), err))
				if err := errors.Join(r.job.Touch(), os.Remove(path)); err != nil {
					return nil, err
				}
				left = append(left, j)
				continue
			}
		}
		r.res.Skipped++
		r.skipped = append(r.skipped, output(j.row))
	}
	return left, nil
}

// output is the path of a simulation below the folder of the batch.
func output(row int) string { return filepath.Join(Dir(row), simfile.SimulationFile) }

// knownSums reads the checksums in the manifests of the batch and its shards.
func knownSums(dir string) (map[string]job.FileSum, error) {
	entries, err := os.ReadDir(dir)
	known := map[string]job.FileSum{}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, "manifest") || !strings.HasSuffix(name, ".json") {
			continue
		}
		for _, s := range job.ReadManifest(filepath.Join(dir, name)).Outputs {
			if filepath.Base(s.Path) == simfile.SimulationFile || recfile.IsShard(s.Path) {
				known[s.Path] = s
			}
		}
	}
	return known, err
}

// intact compares a file with the SHA-256 of the manifest, where it has one, else with
// the checksum of its content.
func intact(path, want string) error {
	if want == "" {
		return h5.Verify(path)
	}
	got, err := job.SumFile(path)
	if err == nil && got.SHA256 != want {
		err = fmt.Errorf("%s: differs from its checksum in %s", path, ManifestName)
	}
	return err
}

// sameParameters makes sure that a finished simulation is the one of the row.
func sameParameters(j task) error {
	raw, err := os.ReadFile(filepath.Join(j.dir, simfile.ParametersFile))
	if err != nil {
		return nil // only the output itself counts
	}
	found := motorpool.Default()
	if err := json.Unmarshal(raw, &found); err != nil {
		return nil
	}
	return compareParameters(j.dir, j.params, found)
}

// compareParameters is an *OtherError if the simulation at path has other parameters than its row.
func compareParameters(path string, row, found motorpool.Params) error {
	want := row.Clone()
	want.Resolve()
	a, b := want.Values(), found.Values()
	for i := range a {
		if a[i].Name == "output_folder_name" || a[i].Name == "output_plots" ||
			reflect.DeepEqual(a[i].Value, b[i].Value) {
			continue
		}
		return &OtherError{fmt.Errorf("%s was simulated with %s %v, but the batch has %v there; choose "+
			"another folder, or remove that one", path, a[i].Name, b[i].Value, a[i].Value)}
	}
	return nil
}

func (r *run) simulate(ctx context.Context, jobs []task) error {
	ctx, r.stop = context.WithCancelCause(ctx)
	defer r.stop(nil)
	if r.opt.Started != nil {
		r.job.Progress(r.opt.Started(len(jobs)))
	}
	r.sims = make(chan *motorpool.Simulator, r.res.Workers)
	for i := 0; i < r.res.Workers; i++ {
		r.sims <- &motorpool.Simulator{}
	}
	items := make([]job.Item, len(jobs))
	for i, j := range jobs {
		items[i] = job.Item{Name: Dir(j.row), Stage: "simulation",
			Do: func(ctx context.Context) error { return r.one(ctx, j) }}
	}
	r.job.Failures(r.res.Failures...) // of the plan
	failures, err := r.job.Run(ctx, items)
	r.res.Failures = append(r.res.Failures, failures...)
	if cause := context.Cause(ctx); errors.Is(cause, ErrTooManyFailures) {
		return fmt.Errorf("%w: %d of %d failed, more than a share of %v (--max-failure-rate); "+
			"correct what "+
			"%s says and give the command again", cause, r.failed, r.done, r.opt.MaxFailureRate,
			filepath.Join(r.opt.Out, FailuresName))
	}
	return err
}

func (r *run) one(ctx context.Context, j task) error {
	sim := <-r.sims
	defer func() { r.sims <- sim }()
	err := r.write(ctx, sim, j)
	debug.FreeOSMemory() // keeps the peak at one simulation per worker: see docs/benchmarks.md
	r.mu.Lock()
	defer r.mu.Unlock()
	if errors.Is(err, context.Canceled) {
		return err
	}
	r.done++
	if err != nil {
		r.failed++
		if rate := r.opt.MaxFailureRate; rate > 0 && r.failed >= 10 &&
			float64(r.failed) > rate*float64(r.done) {
			r.stop(ErrTooManyFailures)
		}
		return err
	}
	r.res.Done++
	return nil
}

// write simulates one row. Its folder appears by one rename; where a former, unfinished try or a
// damaged simulation left one, its files are replaced, the simulation itself last.
func (r *run) write(ctx context.Context, sim *motorpool.Simulator, j task) error {
	s, err := sim.Run(ctx, j.params)
	if err != nil {
		return err
	}
	for _, w := range s.Warnings {
		r.warn(w)
	}
	if r.opt.Packed {
		return r.writePacked(s, j, simfile.PackedOptions{KeepUnits: r.opt.KeepUnits,
			Options: simfile.Options{Profile: string(r.file.Profile), Version: version.String()}})
	}
	hidden := filepath.Join(r.opt.Out, "."+Dir(j.row))
	if err := errors.Join(clearLeftovers(j.dir), clearFolders(hidden)); err != nil {
		return err
	}
	partial := hidden + "." + atomicfile.Owner() + partialEnding
	defer os.RemoveAll(partial)
	plots := func() error {
		if err := ctx.Err(); err != nil || !j.params.OutputPlots || r.opt.Plot == nil {
			return err
		}
		return r.opt.Plot(partial, s)
	}
	opt := simfile.Options{Profile: string(r.file.Profile), Version: version.String(),
		IndependentSpectrum: r.opt.Spectra || j.params.OutputPlots || profile.IsPaper(r.file.Profile)}
	if err := simfile.WriteSimulation(partial, s, opt, plots); err != nil {
		return err
	}
	if err := moveInto(partial, j.dir); err != nil {
		return err
	}
	return r.sum(output(j.row))
}

// partialEnding ends the names of folders of simulations that are being written:
// .simulation_output_<i>.HOST.PID.partial.
const partialEnding = ".partial"

// moveInto gives a finished folder its name; into one that is there its files are moved, the
// simulation last.
func moveInto(partial, dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := atomicfile.Rename(partial, dir); err != nil {
			return err
		}
		atomicfile.SyncDir(filepath.Dir(dir))
		return nil
	}
	entries, err := os.ReadDir(partial)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		if e.Name() != simfile.SimulationFile {
			names = append(names, e.Name())
		}
	}
	for _, name := range append(names, simfile.SimulationFile) {
		if err := atomicfile.Rename(filepath.Join(partial, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	atomicfile.SyncDir(dir)
	return nil
}

// sum computes the checksum of an output.
func (r *run) sum(path string) error {
	sum, err := job.SumFile(filepath.Join(r.opt.Out, path))
	sum.Path = path
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[path] = sum
	return err
}

// clearLeftovers removes the temporary files of a killed process from the folder of a row, which
// nobody else works on.
func clearLeftovers(dir string) error {
	return removeThose(dir, func(name string) bool {
		return name[0] == '.' && strings.HasSuffix(name, ".tmp")
	})
}

// clearFolders removes the folders of a row, hidden under that name, that killed processes left.
func clearFolders(hidden string) error {
	return removeThose(filepath.Dir(hidden), func(name string) bool {
		return strings.HasPrefix(name, filepath.Base(hidden)+".") &&
			strings.HasSuffix(name, partialEnding)
	})
}

func removeThose(dir string, which func(name string) bool) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if which(e.Name()) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// record writes what the batch is, once: <name>_priors_batch<k>.json with everything
// that was fixed or drawn from, and .csv with the values of every row. The same record
// is not written twice.
func (r *run) record() error {
	f := r.file
	table, err := f.Table(r.opt.Limit)
	if err != nil {
		return err
	}
	rec := map[string]any{"name": f.Name, "seed": f.Seed, "n": len(table.Rows), "profile": f.Profile,
		"rng": f.RNG, "seed_range": f.SeedRange,
		"fixed": settingMap(f.Fixed), "prior": priorList(f.Prior), "grid": gridList(f.Grid),
		"version": version.String()}
	if q := f.Posterior; q != nil {
		rec["posterior"] = map[string]any{"table": q.Table, "muscles": q.Muscles,
			"intensity": q.Intensity, "columns": q.Columns, "add_to_baseline": q.AddToBaseline}
	}
	if err := r.otherRecord(rec); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		return err
	}
	for k := 0; ; k++ {
		base := filepath.Join(r.opt.Out,
			fmt.Sprintf("%s_priors_batch%d", strings.ReplaceAll(f.Name, string(filepath.Separator), "_"), k))
		old, err := os.ReadFile(base + ".json")
		if err == nil && string(old) == string(raw)+"\n" {
			return nil
		}
		if err == nil {
			continue
		}
		if err := r.job.Touch(); err != nil { // another batch than before
			return err
		}
		if err := table.Write(base + ".csv"); err != nil {
			return err
		}
		return atomicfile.WriteJSON(base+".json", json.RawMessage(raw))
	}
}

func settingMap(list []Setting) map[string]any {
	m := map[string]any{}
	for _, s := range list {
		m[s.Name] = s.Value
	}
	return m
}

func priorList(list []Prior) []map[string]any {
	out := []map[string]any{}
	for i := range list {
		out = append(out, map[string]any{"name": list[i].Name, "kind": list[i].String(),
			"bounds": list[i].bounds()})
	}
	return out
}

func gridList(list []Axis) []map[string]any {
	out := []map[string]any{}
	for _, a := range list {
		out = append(out, map[string]any{"name": a.Name, "values": a.Values})
	}
	return out
}

// finish writes failures and manifest, together.
func (r *run) finish(runErr error) error {
	if err := r.writeFailures(); err != nil {
		return errors.Join(runErr, err)
	}
	return errors.Join(runErr, r.writeManifest(runErr))
}

func (r *run) writeFailures() error {
	_, name := r.names()
	if len(r.res.Failures) == 0 {
		r.job.Remove(name)
		return nil
	}
	t := &table.Table{Columns: []string{"simulation", "stage", "message"}}
	for _, f := range r.res.Failures {
		t.Add(f.Item, f.Stage, f.Message)
	}
	return t.Write(r.job.Stage(name))
}

// writeManifest lists the outputs of the rows of this run, those that were there
// included.
func (r *run) writeManifest(runErr error) error {
	r.job.Warn(r.res.Warnings...)
	if runErr != nil || len(r.res.Failures) > 0 {
		r.job.Partial()
	}
	if r.opt.Packed {
		if err := r.packedOutputs(); err != nil {
			return err
		}
		return r.job.Commit()
	}
	for _, path := range r.skipped {
		if _, ok := r.known[path]; !ok {
			if err := r.sum(path); err != nil {
				return err
			}
		}
	}
	for _, s := range r.known {
		if _, err := os.Stat(filepath.Join(r.opt.Out, s.Path)); err == nil {
			r.job.OutputSum(s)
		}
	}
	return r.job.Commit()
}
