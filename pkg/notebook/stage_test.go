package notebook

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

type stageParams struct{ X float64 }

// stageResult keeps a NaN, a picture's bytes and a file of its own.
type stageResult struct {
	Y     []float64
	Image []byte
	File  string
}

func (r stageResult) Outputs() []string { return []string{r.File} }

var (
	stageRuns int
	stageFile string
	stageFail error
)

func exampleStage(_ context.Context, p stageParams) (stageResult, error) {
	stageRuns++
	if stageFail != nil {
		return stageResult{}, stageFail
	}
	return stageResult{[]float64{p.X, math.NaN()}, []byte{1, 2}, stageFile},
		os.WriteFile(stageFile, []byte("made"), 0o644)
}

// checkout makes a folder that looks like the project's.
func checkout(t *testing.T) string {
	root := t.TempDir()
	t.Setenv("RENSHAW_ROOT", root)
	t.Setenv(ParametersEnv, "")
	for name, text := range map[string]string{"go.mod": "module m", "go.sum": "",
		"pkg/a/a.go": "package a", "pkg/a/a_test.go": "package a", "in/x.csv": "1"} {
		put(t, filepath.Join(root, name), text)
	}
	stageFile, stageRuns, stageFail = filepath.Join(root, "out.txt"), 0, nil
	return root
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestStageComputesOnlyWhatHasChanged(t *testing.T) {
	root := checkout(t)
	runs := 0
	run := func(what string, x float64, again bool) {
		t.Helper()
		r, note, err := stage(context.Background(), exampleStage, stageParams{x},
			[]string{filepath.Join(root, "in")})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if again {
			runs++
		}
		if stageRuns != runs || strings.Contains(note, "loaded") == again {
			t.Errorf("%s: %d runs, want %d; %s", what, stageRuns, runs, note)
		}
		if r.Y[0] != x || !math.IsNaN(r.Y[1]) || len(r.Image) != 2 {
			t.Errorf("%s: %+v", what, r)
		}
	}
	run("first", 1, true)
	run("the same", 1, false)
	run("other params", 2, true)
	run("both are kept", 1, false)
	put(t, filepath.Join(root, "pkg/a/a_test.go"), "package a // a test")
	run("a test is not the program", 1, false)
	for _, changed := range []string{"pkg/a/a.go", "go.mod", "go.sum", "in/x.csv", "in/new.csv",
		"pkg/a/new.s"} {
		put(t, filepath.Join(root, changed), "changed")
		run(changed, 1, true)
		run(changed+", again", 1, false)
	}
	t.Setenv(ParametersEnv, `{"Profile": "paper"}`)
	run("another profile", 1, true)
	os.Remove(stageFile)
	run("its file is gone", 1, true)
	put(t, stageFile, "touched")
	run("its file was changed", 1, true)
	found, _ := filepath.Glob(filepath.Join(root, ".jupyter/stages/*.gob"))
	for _, f := range found {
		put(t, f, "damaged")
	}
	run("a damaged result", 1, true)
	locks, _ := filepath.Glob(filepath.Join(root, ".jupyter/stages/*.lock/*"))
	if len(locks) > 0 {
		t.Errorf("locks are left: %v", locks)
	}
}

func TestStageKeepsNoFailure(t *testing.T) {
	checkout(t)
	stageFail = errors.New("no")
	for range 2 {
		if _, _, err := stage(context.Background(), exampleStage, stageParams{1}, nil); !errors.Is(err,
			stageFail) {
			t.Errorf("%v", err)
		}
	}
	if stageRuns != 2 {
		t.Errorf("%d runs", stageRuns)
	}
	if _, _, err := stage(context.Background(), exampleStage, stageParams{1},
		[]string{"/nothing/there.csv"}); err == nil ||
		!strings.Contains(err.Error(), "/nothing/there.csv") {
		t.Errorf("a missing input: %v", err)
	}
}

func slowStage(context.Context, stageParams) (int, error) {
	stageRuns++
	time.Sleep(300 * time.Millisecond)
	return 7, nil
}

func TestStageOfTwoNotebooksIsComputedOnce(t *testing.T) {
	checkout(t)
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			if r, _, err := stage(context.Background(), slowStage, stageParams{1}, nil); err != nil ||
				r != 7 {
				t.Errorf("%d, %v", r, err)
			}
		})
	}
	wait.Wait()
	if stageRuns != 1 {
		t.Errorf("%d runs", stageRuns)
	}
}

type methods struct{}

func (methods) Do(context.Context, stageParams) (int, error) { return 0, nil }

func generic[T any](context.Context, T) (int, error) { return 0, nil }

func TestStageRefusesWhatItCannotIdentify(t *testing.T) {
	checkout(t)
	n := 3
	for name, fn := range map[string]func(context.Context, stageParams) (int, error){
		"closure": func(context.Context, stageParams) (int, error) { return n, nil },
		"method":  methods{}.Do, "generic": generic[stageParams],
	} {
		if _, _, err := stage(context.Background(), fn, stageParams{}, nil); err == nil ||
			!strings.Contains(err.Error(), "Move it into a package") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, ok := range map[string]bool{"main.compute": false, "main.main.func1": false,
		"example.org/renshaw/pkg/figure.Draw": true, "example.org/renshaw/pkg/figure.Draw.func1": false,
		"example.org/renshaw/pkg/figure.Canvas.PNG-fm": false} {
		if err := checkFunction(name); (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
