package notebook

import (
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/run/job"
)

// Outputs is what the result of a stage implements if the stage writes files of its own: a
// kept result counts only while they are as the stage left them.
type Outputs interface {
	Outputs() []string // paths
}

// keptStages bounds the results that are kept; the oldest ones go.
const keptStages = 100

// Stage runs a function of a package once and keeps its result in a file: running the cell
// again loads it, and says so. It is computed anew when params (as JSON), the profile of
// ParametersEnv, one of the input files (folders: every file in them), the checkout's own code or
// the versions of its modules have changed, or a file that the result lists as its own
// (Outputs). The result must be of exported fields that encoding/gob knows.
//
// A function of the cell or a closure is refused, because what it depends on cannot be seen.
// Call it in the body of a cell (%%), not in a variable of the top level, which every later
// cell would evaluate again.
func Stage[P, R any](fn func(context.Context, P) (R, error), params P, inputs ...string) R {
	result, note, err := stage(Context(), fn, params, inputs)
	if err != nil {
		end(err, 2)
	}
	Markdown("<small>%s</small>", note)
	return result
}

// kept is the content of a stage's file.
type kept[R any] struct {
	Result R
	Files  map[string]string // path and SHA-256 of the result's own files
}

func stage[P, R any](ctx context.Context, fn func(context.Context, P) (R, error), params P,
	inputs []string) (R, string, error) {
	var none R
	name := runtime.FuncForPC(reflect.ValueOf(fn).Pointer()).Name()
	if err := checkFunction(name); err != nil {
		return none, "", err
	}
	key, err := stageKey(name, params, inputs)
	if err != nil {
		return none, "", err
	}
	short := name[strings.LastIndexByte(name, '/')+1:]
	dir := Path(".jupyter", "stages")
	path := filepath.Join(dir, short+"_"+key[:32]+".gob")
	lock, err := waitForLock(ctx, path+".lock", short)
	if err != nil {
		return none, "", err
	}
	defer lock.Release()
	if k, ok := loadStage[R](path); ok {
		now := time.Now()
		_ = os.Chtimes(path, now, now) // the latest used are kept
		return k.Result, short + ": loaded, nothing that it depends on has changed", nil
	}
	start := time.Now()
	result, err := fn(ctx, params)
	if err != nil {
		return none, "", err
	}
	took := time.Since(start)
	if err := keepStage(path, result); err != nil {
		return none, "", err
	}
	prune(dir)
	return result, fmt.Sprintf("%s: computed in %.1f s", short, took.Seconds()), nil
}

// checkFunction refuses what cannot be identified by its name.
func checkFunction(name string) error {
	last := name[strings.LastIndexByte(name, '/')+1:]
	ofPackage := strings.Count(last, ".") == 1 && !strings.HasSuffix(last, "-fm") &&
		!strings.Contains(last, "[")
	if ofPackage && strings.HasPrefix(name, "example.org/renshaw/") {
		return nil
	}
	return fmt.Errorf("notebook.Stage: %s is a function of the cell, a closure or a method; what it "+
		"depends on cannot be seen, so that an old result could be shown. Move it into a package under "+
		"pkg/ and give it what it needs as params", name)
}

// stageKey is the SHA-256 of all that a result depends on.
func stageKey(name string, params any, inputs []string) (string, error) {
	h := sha256.New()
	text, err := json.Marshal(params)
	if err != nil {
		return "", fmt.Errorf("notebook.Stage: the params of %s: %w", name, err)
	}
	var outside struct{ Profile string }
	// Parameters reports what is wrong with it
	_ = json.Unmarshal([]byte(os.Getenv(ParametersEnv)), &outside)
	fmt.Fprintf(h, "%s\n%T %s\n%s\n", name, params, text, outside.Profile)
	root := os.Getenv("RENSHAW_ROOT")
	for _, f := range []string{"go.mod", "go.sum"} {
		if err := hashInto(h, root, filepath.Join(root, f)); err != nil {
			return "", err
		}
	}
	if err := hashTree(h, root, filepath.Join(root, "pkg"), isCode); err != nil {
		return "", err
	}
	for _, in := range slices.Sorted(slices.Values(inputs)) {
		info, err := os.Stat(in)
		if err == nil && info.IsDir() {
			err = hashTree(h, "", in, func(string) bool { return true })
		} else if err == nil {
			err = hashInto(h, "", in)
		}
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// isCode reports whether a file of the checkout is part of the program.
func isCode(path string) bool {
	return slices.Contains([]string{".go", ".s", ".c", ".h"}, filepath.Ext(path)) &&
		!strings.HasSuffix(path, "_test.go")
}

// hashTree hashes the wanted files below a folder, in order of their paths.
func hashTree(h io.Writer, root, dir string, wanted func(string) bool) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !wanted(path) {
			return err
		}
		return hashInto(h, root, path)
	})
}

// hashInto hashes the path, below root if that is given, and the content of a file.
func hashInto(h io.Writer, root, path string) error {
	sum, err := job.SumFile(path)
	if err != nil {
		return err
	}
	if root != "" {
		path, _ = filepath.Rel(root, path)
	}
	fmt.Fprintf(h, "%s %s\n", path, sum.SHA256)
	return nil
}

// waitForLock takes the lock of a stage; another notebook that computes the same is waited for.
func waitForLock(ctx context.Context, path, name string) (*job.Lock, error) {
	for {
		lock, err := job.LockDir(path, name)
		if !errors.Is(err, job.ErrLocked) {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// loadStage reads a kept result; one that cannot be read, or whose files are gone or changed,
// is none.
func loadStage[R any](path string) (k kept[R], ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return k, false
	}
	defer f.Close()
	if err := gob.NewDecoder(f).Decode(&k); err != nil {
		return k, false
	}
	for file, want := range k.Files {
		if sum, err := job.SumFile(file); err != nil || sum.SHA256 != want {
			return k, false
		}
	}
	return k, true
}

func keepStage[R any](path string, result R) error {
	k := kept[R]{Result: result, Files: map[string]string{}}
	if o, ok := any(result).(Outputs); ok {
		for _, file := range o.Outputs() {
			sum, err := job.SumFile(file)
			if err != nil {
				return err
			}
			k.Files[file] = sum.SHA256
		}
	}
	return atomicfile.Write(path, func(w io.Writer) error { return gob.NewEncoder(w).Encode(k) })
}

// prune removes the results that were not used for longest.
func prune(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	type item struct {
		path string
		used time.Time
	}
	var all []item
	for _, e := range entries {
		if info, err := e.Info(); err == nil && filepath.Ext(e.Name()) == ".gob" {
			all = append(all, item{filepath.Join(dir, e.Name()), info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b item) int { return b.used.Compare(a.used) })
	for i := keptStages; i < len(all); i++ {
		os.Remove(all[i].path)
	}
}
