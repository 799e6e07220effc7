package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/crash"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/job"
)

const (
	killEnv  = "RENSHAW_TEST_KILL" // the number of the point at which the program kills itself
	longEnv  = "RENSHAW_KILLS"     // every point of every command, those of staged files included
	fewKills = 3                   // in the thorough test, per command; spread over its points
)

// armKill has the program end, as by kill -9, at the nth point. Points at which only hidden files
// change count in the long test alone.
func armKill(n int64) {
	var passed atomic.Int64
	crash.Arm(func(where string) {
		if counts(where) && passed.Add(1) == n {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	})
}

func counts(where string) bool {
	return os.Getenv(longEnv) != "" || !strings.Contains(where, ".partial"+string(filepath.Separator))
}

// killCase is a command on a folder that an earlier run, with other options, has filled.
type killCase struct {
	name   string
	before []string // nil for an empty folder
	after  []string
	few    int // kills, for commands that take long; 0: fewKills
}

// Killed at any moment between the renames of its files, every command leaves the former set, the
// new one, or one that says that it is not complete; run again, it gives what an undisturbed run
// gives, and nothing is left over.
func TestKillAnywhere(t *testing.T) {
	testdata.Long(t)
	if testing.Short() {
		t.Skip("slow under the race detector")
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	for _, c := range killCases(t, dir, out) {
		t.Run(c.name, func(t *testing.T) {
			for _, d := range []string{out, filepath.Join(dir, "kept")} {
				if err := os.RemoveAll(d); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Mkdir(out, 0o755); err != nil {
				t.Fatal(err)
			}
			if c.before != nil {
				succeeds(t, c.before)
			}
			former := snapshot(t, out)
			copyTo(t, filepath.Join(dir, "kept"), out)
			points := int64(0)
			crash.Arm(func(where string) {
				if counts(where) {
					atomic.AddInt64(&points, 1)
				}
			})
			succeeds(t, c.after)
			crash.Arm(nil)
			whole := snapshot(t, out)
			if difference(former, whole) == "" {
				t.Fatal("the options make no difference")
			}
			for _, n := range chosen(points, c.few) {
				if err := os.RemoveAll(out); err != nil {
					t.Fatal(err)
				}
				copyTo(t, out, filepath.Join(dir, "kept"))
				killAt(t, n, c.after)
				told := out
				if n%2 == 0 { // let the next run finish what was begun, not a reader
					told = filepath.Join(t.TempDir(), "copy")
					copyTo(t, told, out)
				}
				consistent(t, n, told, former, whole)
				succeeds(t, c.after)
				if d := difference(snapshot(t, out), whole); d != "" {
					t.Errorf("killed at %d of %d and run again: %s", n, points, d)
				}
			}
			t.Logf("%d points", points)
		})
	}
}

// chosen are the points at which to kill.
func chosen(points int64, few int) []int64 {
	if few == 0 {
		few = fewKills
	}
	n := min(points, int64(few))
	if os.Getenv(longEnv) != "" {
		n = points
	}
	var out []int64
	for i := range n {
		out = append(out, 1+i*(points-1)/max(1, n-1))
	}
	return out
}

// succeeds runs a command in this process, as if it had been typed.
func succeeds(t *testing.T, args []string) {
	t.Helper()
	defer func(typed []string) { os.Args = typed }(os.Args)
	os.Args = append([]string{"renshaw"}, args...) // manifests tell it
	if o := renshaw(t, args...); o.code != exitDone {
		t.Fatalf("%v: %+v", args, o)
	}
}

// killAt runs a command in a process that kills itself.
func killAt(t *testing.T, n int64, args []string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), mainEnv+"=1", killEnv+"="+strconv.FormatInt(n, 10))
	text, err := cmd.CombinedOutput()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("point %d of %v: %v: %s", n, args, err, text)
	}
}

// consistent makes sure that a folder after a kill tells the truth: once what was begun is finished
// it is the former set, the new one, or says that it is not complete.
func consistent(t *testing.T, n int64, dir string, former, whole map[string]string) {
	t.Helper()
	settled := true
	var err error
	walk(t, dir, func(path string, d fs.DirEntry) {
		if d.IsDir() && !strings.HasPrefix(d.Name(), ".") && err == nil {
			err = job.Settle(path)
		}
		if !strings.Contains(d.Name(), "manifest") {
			return
		}
		if m := job.ReadManifest(path); m.Command != "" && !m.Complete {
			settled = false
		}
	})
	if err != nil {
		t.Errorf("killed at %d: %v", n, err)
	}
	got := snapshot(t, dir)
	for name := range got {
		hidden := strings.HasPrefix(name, ".") || strings.Contains(name, "/.") // lock, staged files
		if hidden || strings.HasPrefix(name, "checkpoints/") {
			delete(got, name)
		}
	}
	if a, b := difference(got, former), difference(got, whole); settled && a != "" && b != "" {
		t.Errorf("killed at %d: a mixture that says it is complete\nfrom the former set: %s\n"+
			"from the new one: %s", n, a, b)
	}
}

func walk(t *testing.T, dir string, visit func(path string, d fs.DirEntry)) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			visit(path, d)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func copyTo(t *testing.T, to, from string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

var madeAt = regexp.MustCompile(`"made":"[^"]*"`)

// snapshot maps the files below a folder to what of them is repeatable: of manifests not times and
// host, of HDF5 files the content, of pages not when they were made.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	walk(t, dir, func(path string, d fs.DirEntry) {
		if d.IsDir() {
			return
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case filepath.Ext(name) == ".h5":
			raw = []byte(contentOf(t, path))
		case strings.Contains(d.Name(), "manifest"):
			raw = repeatable(t, raw)
		}
		sum := sha256.Sum256(madeAt.ReplaceAll(raw, nil))
		out[name] = hex.EncodeToString(sum[:4])
	})
	return out
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	f, err := h5.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sum, err := f.AttrString("/", "content_sha256")
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func repeatable(t *testing.T, raw []byte) []byte {
	t.Helper()
	var m job.Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	for i, o := range m.Outputs {
		if filepath.Ext(o.Path) == ".h5" {
			m.Outputs[i].SHA256, m.Outputs[i].Bytes = "", 0
		}
	}
	for i, in := range m.Inputs {
		if filepath.Ext(in.Path) == ".h5" {
			m.Inputs[i].SHA256, m.Inputs[i].Bytes = "", 0
		}
	}
	m.Started, m.Finished, m.Host = time.Time{}, time.Time{}, ""
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// difference tells how a folder differs from another one; "" if it does not.
func difference(got, want map[string]string) string {
	var parts []string
	for name, sum := range want {
		if got[name] != sum {
			parts = append(parts, fmt.Sprintf("%s is %q, not %q", name, got[name], sum))
		}
	}
	for name := range got {
		if want[name] == "" {
			parts = append(parts, name+" is there")
		}
	}
	return strings.Join(parts, ", ")
}

// smallPool is a simulation of a few milliseconds.
const smallPool = "duration: 2, full_pool_sim: false, nb_motoneurons_per_pool: 4, " +
	"nb_RCs_per_pool_pair: 3, independent_input_power: 1"

// smallDraws are two draws of a posterior.
const smallDraws = "excitatory_input_baseline,disynpatic_inhib_connections_desired_MN_MN," +
	"common_input_high_freq_middle_of_range,common_input_high_freq_half_width_range," +
	"common_input_std,subject,muscle_pair,intensity\n" +
	"40000,1,20,5,1000,S1,TA<->TA,10\n42000,2,20,5,1000,S1,TA<->TA,10\n"

// killCases prepares small inputs, and a case for every command that fills a folder.
func killCases(t *testing.T, dir, out string) []killCase {
	t.Helper()
	file := func(name, text string) string { return writeFile(t, filepath.Join(dir, name), text) }
	batch := file("b.yaml", "name: small\nseed: 5\nn: 2\n"+
		"fixed: {"+smallPool+", excitatory_input_baseline: [40000]}\n"+
		"prior: {disynaptic_inhib_self_connectivity_pool0: {uniform: [0, 3]}}\n")
	base := file("base.yaml", "fixed: {"+smallPool+"}\n")
	quick := file("a.yaml", "get_coherence: false\ncross_histogram_measures_min_spikes: 20\n"+
		"cross_histogram_measures_null_distrib_nb_iter: 0\n")
	trains := file("P3_Legs_25percent.csv", "unit,muscle,time_s\n7,SOL,0.5\n7,SOL,0.75\n8,GM,1\n")
	draws := file("draws.csv", smallDraws)
	config := file("i.yaml", "flow: {transforms: 2, hidden: 6}\ntraining: {max_epochs: 1}\n")
	pairs := pairsTable(t, filepath.Join(dir, "pairs.csv"))
	known := filepath.Join(testdata.Root(), "pkg/sbi/testdata/estimator_v4")
	loose := looseEstimator(t, filepath.Join(dir, "loose"))
	mat := fixture("edited_v6.mat")
	rec, sim := filepath.Join(dir, "rec"), filepath.Join(dir, "sim")
	first := filepath.Join(sim, "simulation_output_0")
	packed := filepath.Join(dir, "packed")
	shard := filepath.Join(packed, "shard_0_of_1.h5")
	line := func(text string, a ...any) []string { return strings.Fields(fmt.Sprintf(text, a...)) }
	for _, args := range [][]string{
		line("convert %s --muscles Fingers --intensity 30 -o %s", mat, rec),
		line("simulate %s -o %s", batch, sim),
		line("simulate %s -o %s --packed", batch, packed),
		line("analyze %s --config %s", rec, quick), line("analyze %s --config %s", sim, quick),
	} {
		succeeds(t, args)
	}
	recording := filepath.Join(rec, "edited_v6.h5")
	cases := []killCase{
		{name: "convert",
			before: line("convert %s --muscles Fingers --intensity 30 -o %s", mat, out),
			after: line("convert %s %s --muscles Fingers --intensity 30 -o %s --workers 1", trains, mat,
				out)},
		{name: "simulate",
			before: line("simulate %s -o %s --n 1", batch, out),
			after:  line("simulate %s -o %s --workers 1", batch, out)},
		{name: "analyze",
			before: line("analyze %s --config %s -o %s", first, quick, out),
			after:  line("analyze %s --config %s -o %s --seed 7 --workers 1", sim, quick, out)},
		{name: "simulate packed",
			before: line("simulate %s -o %s --packed --n 1", batch, out),
			after:  line("simulate %s -o %s --packed --workers 1", batch, out)},
		{name: "analyze packed",
			before: line("analyze %s/simulation_output_0/simulation_output.h5 --config %s -o %s", shard,
				quick, out),
			after: line("analyze %s --config %s -o %s --seed 7 --workers 1", packed, quick, out)},
		{name: "summarize simulations",
			before: line("summarize %s --kind simulation -o %s/t.csv", first, out),
			after:  line("summarize %s --kind simulation -o %s/t.csv", sim, out)},
		{name: "summarize experiment",
			before: line("summarize %s --kind experiment -o %s/e.csv", rec, out),
			after:  line("summarize %s --kind experiment -o %s/e.csv --subject-two-characters", rec, out)},
		{name: "infer",
			before: line("infer %s %s/pairs.csv -o %s --samples 20", known, known, out),
			after:  line("infer %s %s/pairs.csv -o %s --samples 20 --seed 7", known, known, out)},
		{name: "evaluate",
			before: line("evaluate %s %s/pairs.csv -o %s --samples 20", known, known, out),
			after: line("evaluate %s %s/pairs.csv -o %s --samples 20 --seed 7 --keep-draws 0",
				known, known, out)},
		{name: "predict",
			before: line("predict %s --batch %s -o %s --draws 1 --estimator %s", draws, base, out, loose),
			after: line("predict %s --batch %s -o %s --draws 2 --estimator %s --workers 1",
				draws, base, out, loose)},
		{name: "train",
			before: line("train %s --config %s -o %s", pairs, config, out),
			after:  line("train %s --config %s -o %s --seed 7", pairs, config, out)},
		{name: "report",
			before: line("report %s -o %s/r.html", recording, out),
			after:  line("report %s/simulation_output.h5 -o %s/r.html", first, out)},
		{name: "figure",
			before: line("figure fig2 --data %s -o %s", partOfStudy(t, dir, 100), out),
			after:  line("figure fig2 --data %s -o %s", partOfStudy(t, dir, 200), out)},
		{name: "explore", few: 2, after: line("explore coherence %s -o %s", recording, out)},
	}
	// The study's networks are not part of the repository.
	if networks, ok := testdata.Find("data/pretrained"); ok {
		cases = append(cases, killCase{name: "import",
			before: line("import estimator %s/single_muscle -o %s", networks, out),
			after:  line("import estimator %s/single_muscle_heldout -o %s", networks, out)})
	}
	return cases
}

// looseEstimator is an estimator whose filters simulations of 2 s pass.
func looseEstimator(t *testing.T, dir string) string {
	t.Helper()
	old := filepath.Join(testdata.Root(), "pkg/sbi/testdata/estimator_v1")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "config.json"), strings.NewReplacer(
		`"r2_base": 0.1`, `"r2_base": 0`, `"r2_full": 0.75`, `"r2_full": 0`,
		`"n_spikes": 5000`, `"n_spikes": 20`).Replace(readFile(t, filepath.Join(old, "config.json"))))
	const weights = "weights.safetensors"
	writeFile(t, filepath.Join(dir, weights), readFile(t, filepath.Join(old, weights)))
	return dir
}

// partOfStudy is a study folder with some rows of one table.
func partOfStudy(t *testing.T, dir string, rows int) string {
	t.Helper()
	const name = "fig2_trough_timing_vs_delay.csv"
	all, err := table.Read(filepath.Join(testdata.Root(), "study/tables", name+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	study := filepath.Join(dir, "study"+strconv.Itoa(rows))
	all.Rows = all.Rows[:rows]
	if err := all.Write(filepath.Join(study, name)); err != nil {
		t.Fatal(err)
	}
	return study
}
