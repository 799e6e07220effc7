// Package job is the life of every command that fills a folder or writes files: it takes the lock
// of the folder, finishes or clears what a dead run left there, does the items with a pool of
// workers in which one failure never stops the others, makes the files of a set appear together,
// and records what was done in a manifest. It knows nothing of the work; it takes functions.
//
//	j, err := job.Open(dir, job.Options{Command: "infer", Manifest: "manifest.json"})
//	if err != nil { … }
//	defer j.Close()
//	err = j.Input(table)                    // the checksum of what is read
//	_, err = j.Run(ctx, items)              // each makes a file of its own appear
//	err = t.Write(j.Stage("summary.csv"))   // hidden until Commit
//	err = j.Commit()                        // all staged files, the manifest last
package job

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
	"time"

	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/file/crash"
)

// Options of Open.
type Options struct {
	Command string // its name: manifests of the same command keep each other's outputs
	Line    string // the command as it was typed, for locks and messages; "" for Command
	// Manifest is the name of the manifest; a job has the folder with the manifests in it to
	// itself. Set names a set without one by its first file: jobs on other sets of the same
	// folder may work beside it. One of both is given.
	Manifest, Set string
	Profile       string
	Seed          uint64
	Parameters    any // the effective options, as JSON
	Workers       int
	Progress      *Progress
	Shard, Of     int // shard of a folder that several jobs share; Of 0 or 1 for none
}

// Job is one run of a command on a folder. Its methods may be called from several goroutines,
// except Commit, Keep and Close.
type Job struct {
	Dir string
	opt Options
	set string

	lock  *Lock
	stage string // hidden folder of staged files

	mu       sync.Mutex
	m        *Manifest
	former   Manifest         // before this run; empty if of another command
	read     map[FileSum]bool // the inputs
	outputs  map[string]FileSum
	removed  []string
	partial  bool
	made     bool // the folder was not there before
	recorded bool // the staged files are somebody's to finish
	marked   bool // the manifest on the disk is not complete
	cleared  map[string]bool
}

// Open makes the folder, takes its lock, finishes what a killed run had begun to put in place, and
// clears what dead runs left. The error wraps ErrLocked where somebody else works there.
func Open(dir string, opt Options) (*Job, error) {
	if opt.Line == "" {
		opt.Line = opt.Command
	}
	j := &Job{Dir: dir, opt: opt, set: opt.Manifest,
		read: map[FileSum]bool{}, outputs: map[string]FileSum{}, cleared: map[string]bool{}}
	if j.set == "" {
		j.set = opt.Set
	}
	if j.set == "" || filepath.Base(j.set) != j.set {
		return nil, fmt.Errorf("job %s: %q cannot name a set of files", opt.Command, j.set)
	}
	j.stage = filepath.Join(dir, "."+j.set+"."+atomicfile.Owner()+stageEnding)
	_, err := os.Stat(dir)
	j.made = errors.Is(err, fs.ErrNotExist)
	if opt.Of > 1 {
		j.lock, err = LockShard(dir, opt.Line, opt.Shard, opt.Of)
	} else {
		j.lock, err = lockAs(dir, lockOf(j.set), opt.Line)
	}
	if err != nil {
		return nil, err
	}
	if err := j.takeOver(); err != nil {
		j.lock.Release()
		return nil, err
	}
	j.m = NewManifest(opt.Command, opt.Profile, opt.Seed, opt.Parameters)
	if j.lock.Warning != "" {
		j.Warn(j.lock.Warning)
	}
	if isManifest(j.set) {
		if old := ReadManifest(j.record()); old.Command == opt.Command {
			j.former = old
		}
	}
	return j, nil
}

// takeOver finishes or clears what earlier runs left. What cannot be finished is made anew by
// this run, and stays marked until then.
func (j *Job) takeOver() error {
	if m := ReadManifest(j.record()); m.Pending != nil {
		if j.lock.Warning != "" && m.lives(j.Dir) {
			return m.busy(j.Dir)
		}
		if err := m.finish(j.Dir, j.set); err != nil && !errors.Is(err, ErrInterrupted) {
			return err
		}
	}
	entries, err := os.ReadDir(j.Dir)
	if err != nil {
		return err
	}
	for _, e := range entries { // the lock of the set is ours: no run that lives has staged any
		path := filepath.Join(j.Dir, e.Name())
		if !e.IsDir() || !isStage(e.Name(), j.set) || j.lock.Warning != "" && atomicfile.Alive(path) {
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return atomicfile.ClearDead(j.Dir)
}

// isStage tells the hidden folders of a set: .SET.HOST.PID.partial.
func isStage(name, set string) bool {
	rest, ok := strings.CutSuffix(name, stageEnding)
	if !ok {
		return false
	}
	rest, ok = strings.CutPrefix(rest, "."+set+".")
	return ok && strings.Count(rest, ".") == 1 // host and number; other sets may begin like this one
}

func (j *Job) record() string { return record(j.Dir, j.set) }

// Close gives the folder free. Files that were staged and not committed are removed, and the
// folder if the job made it and nothing is in it.
func (j *Job) Close() error {
	if j == nil || j.lock == nil {
		return nil
	}
	var err error
	if !j.recorded {
		err = os.RemoveAll(j.stage)
	}
	j.lock.Release()
	j.lock = nil
	if j.made {
		os.Remove(j.Dir) // fails, as it should, where something is in it
	}
	return err
}

// Input computes the checksum of an input file for the manifest. Call it when the file is read.
func (j *Job) Input(paths ...string) error {
	for _, path := range paths {
		s, err := SumFile(path)
		if err != nil {
			return err
		}
		j.InputSum(s)
	}
	return nil
}

// InputSum adds an input whose checksum is known; one that is there already is not added again.
func (j *Job) InputSum(s FileSum) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.read[s] {
		j.read[s] = true
		j.m.Inputs = append(j.m.Inputs, s)
	}
}

// Warn adds warnings to the manifest.
func (j *Job) Warn(texts ...string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.m.Warnings = append(j.m.Warnings, texts...)
}

// Fail adds a failure to the manifest; stage says in which part of the work.
func (j *Job) Fail(item, stage string, err error) {
	j.Failures(Failure{Item: item, Stage: stage, Message: err.Error()})
}

// Failures adds failures to the manifest.
func (j *Job) Failures(list ...Failure) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.m.Failures = append(j.m.Failures, list...)
}

// Partial has the manifest say that not everything was done.
func (j *Job) Partial() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.partial = true
}

// Output adds a file of the folder that has appeared by itself to the manifest; its checksum is
// computed unless an earlier manifest has it and fresh is false.
func (j *Job) Output(path string, fresh bool) error {
	rel, err := filepath.Rel(j.Dir, path)
	if err != nil {
		rel = path // of another folder altogether
	}
	s, known := j.former.Output(rel)
	if fresh || !known {
		if s, err = SumFile(path); err != nil {
			return err
		}
	}
	s.Path = rel
	j.OutputSum(s)
	return nil
}

// OutputSum adds an output whose checksum is known, by its path below the folder.
func (j *Job) OutputSum(s FileSum) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.outputs[s.Path] = s
}

// Touch says that files which the manifest lists are about to change: until Commit it is not
// complete. Run does so before the first item that is not done.
func (j *Job) Touch() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.marked || !isManifest(j.set) {
		return nil
	}
	j.marked = true
	return Touch(j.Dir, j.set)
}

// Touch says the same of a manifest that is another job's, as that of a folder to its shards. It
// does nothing where there is none, or one that is not complete.
func Touch(dir, name string) error {
	path := filepath.Join(dir, name)
	m := ReadManifest(path)
	if m.Command == "" || !m.Complete {
		return nil
	}
	m.Complete = false
	return m.writeAs(path)
}

// Run does the items that are not done, and adds their outputs and failures to the manifest. An
// item that fails does not stop the others. When ctx is cancelled no further item starts, and the
// error is ctx.Err(): Commit then says that not everything was done.
func (j *Job) Run(ctx context.Context, items []Item) ([]Failure, error) {
	wrapped := slices.Clone(items)
	for i, it := range items {
		wrapped[i].Do = func(ctx context.Context) error { return j.do(ctx, it) }
	}
	failures, err := Run(ctx, wrapped, j.opt.Workers, j.opt.Progress)
	j.Failures(failures...)
	if err != nil {
		j.Partial()
	}
	return failures, err
}

func (j *Job) do(ctx context.Context, it Item) error {
	if it.Done != nil {
		done, err := it.Done(ctx)
		if err != nil {
			return err
		}
		if done {
			if it.Output == "" {
				return nil
			}
			return j.Output(it.Output, false)
		}
	}
	if err := j.Touch(); err != nil {
		return err
	}
	if it.Output != "" {
		if err := j.clear(filepath.Dir(it.Output)); err != nil {
			return err
		}
	}
	if err := it.Do(ctx); err != nil || it.Output == "" {
		return err
	}
	return j.Output(it.Output, true)
}

// clear removes, once, what dead runs left in a folder that an item writes to.
func (j *Job) clear(dir string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.cleared[dir] {
		return nil
	}
	j.cleared[dir] = true
	return atomicfile.ClearDead(dir)
}

// Progress shows how far Run is, once the number of items is known.
func (j *Job) Progress(p *Progress) { j.opt.Progress = p }

// Stage is where to write a file of the folder that is to appear with the others at Commit; name is
// its path below the folder.
func (j *Job) Stage(name string) string {
	return filepath.Join(j.stage, filepath.Clean(string(filepath.Separator)+name))
}

// Remove has Commit remove a file of an earlier run that this one makes untrue.
func (j *Job) Remove(name string) { j.removed = append(j.removed, name) }

// Commit puts all staged files in place, together, and the manifest after them. A run that is
// killed meanwhile is finished by the next one, or by whoever reads the folder through Ready or
// Settle.
func (j *Job) Commit() error { return j.commit(!j.partial) }

// Keep does the same while more is to come: until Commit the manifest is not complete.
func (j *Job) Keep() error { return j.commit(false) }

func (j *Job) commit(complete bool) error {
	if !j.lock.held() {
		return fmt.Errorf("%s: the folder was removed or replaced while %s worked on it", j.Dir,
			j.opt.Line)
	}
	staged, err := j.staged()
	if err != nil {
		return err
	}
	for _, s := range staged {
		if err := replaceable(filepath.Join(j.Dir, s.Path)); err != nil {
			return err
		}
		j.outputs[s.Path] = s
	}
	m := j.manifest()
	m.Complete = complete
	removed := slices.DeleteFunc(j.removed, func(name string) bool {
		_, err := os.Lstat(filepath.Join(j.Dir, name))
		return errors.Is(err, fs.ErrNotExist)
	})
	j.removed = nil
	m.Pending = &Pending{Command: j.opt.Line, Stage: filepath.Base(j.stage), Complete: complete,
		Files: staged, Remove: removed}
	if len(removed) == 0 && (len(staged) == 0 || len(staged) == 1 && !isManifest(j.set)) {
		return m.place(j.Dir, j.set, staged) // one rename or none needs no record
	}
	m.Complete = false
	if err := m.writeAs(j.record()); err != nil {
		return err
	}
	j.recorded = true
	crash.Point("pending in " + j.Dir)
	if err := m.place(j.Dir, j.set, staged); err != nil {
		return err
	}
	j.recorded = false
	return nil
}

// replaceable refuses to begin what renames could not end.
func replaceable(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() && info.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("%s: is not a file; it is not replaced", path)
	}
	return nil
}

// manifest is that of the run so far: outputs of earlier runs of the same command that still exist
// keep their entries.
func (j *Job) manifest() *Manifest {
	m := *j.m
	m.Finished = time.Now()
	m.Outputs = []FileSum{}
	for _, s := range j.former.Outputs {
		_, again := j.outputs[s.Path]
		_, err := os.Stat(filepath.Join(j.Dir, s.Path))
		if err == nil && !again && !slices.Contains(j.removed, s.Path) {
			m.Outputs = append(m.Outputs, s)
		}
	}
	for _, s := range j.outputs {
		m.Outputs = append(m.Outputs, s)
	}
	return &m
}

// staged lists the staged files with their checksums, and makes sure that they are on the disk.
func (j *Job) staged() ([]FileSum, error) {
	var out []FileSum
	err := filepath.WalkDir(j.stage, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == j.stage {
			return fs.SkipAll
		}
		if err != nil {
			return err
		}
		if d.IsDir() {
			return nil
		}
		if filepath.Ext(path) == ".tmp" {
			return os.Remove(path)
		}
		s, err := SumFile(path)
		if err != nil {
			return err
		}
		if s.Path, err = filepath.Rel(j.stage, path); err != nil {
			return err
		}
		if err := syncFile(path); err != nil {
			return err
		}
		out = append(out, s)
		return nil
	})
	atomicfile.SyncDir(j.stage)
	return out, err
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	return errors.Join(err, f.Close())
}
