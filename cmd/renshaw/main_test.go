package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/job"
)

// mainEnv makes the test binary run the program itself, for tests that need a
// process.
const mainEnv = "RENSHAW_TEST_MAIN"

func TestMain(m *testing.M) {
	matfile.ServeIfChild()
	if os.Getenv(mainEnv) != "" {
		if n, err := strconv.ParseInt(os.Getenv(killEnv), 10, 64); err == nil {
			armKill(n)
		}
		main()
		return
	}
	code := m.Run()
	if sharedDir != "" {
		_ = os.RemoveAll(sharedDir)
	}
	os.Exit(code)
}

// sharedDir holds what several tests start from, made once.
var sharedDir string

var exampleOnce sync.Once

// convertExample converts the example into a folder: by the command for the first test that asks,
// as a copy for the others.
func convertExample(t *testing.T, dir string) {
	t.Helper()
	exampleOnce.Do(func() {
		made, err := os.MkdirTemp("", "renshaw-test-")
		if err != nil {
			t.Fatal(err)
		}
		sharedDir = made
		if o := renshaw(t, "convert", example(), "-o", filepath.Join(made, "rec")); o.code != 0 {
			t.Fatalf("%+v", o)
		}
	})
	if sharedDir == "" {
		t.Fatal("the example was not converted")
	}
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(sharedDir, "rec"))); err != nil {
		t.Fatal(err)
	}
}

// oneDirection are options of an analysis that takes a fifth of the time of the shipped ones.
func oneDirection(t *testing.T) string {
	t.Helper()
	return writeFile(t, filepath.Join(t.TempDir(), "one.yaml"), "cross_histogram_directions: "+
		"inhibited\ncross_histogram_measures_null_distrib_nb_iter: 5\n")
}

func fixture(name string) string {
	return filepath.Join(testdata.Root(), "pkg/exchange/muedit/testdata/fixtures", name)
}

func example() string { return filepath.Join(testdata.Root(), "examples/T1_Fingers_10percent.mat") }

type outcome struct {
	code           int
	stdout, stderr string
}

func renshaw(t *testing.T, args ...string) outcome {
	t.Helper()
	var out, err bytes.Buffer
	code := run(context.Background(), args, &out, &err)
	return outcome{code, out.String(), err.String()}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// The whole flow on the example, with the files that the contract names.
func TestConvertAnalyzeSummarize(t *testing.T) {
	dir := t.TempDir()
	rec, tab := filepath.Join(dir, "rec"), filepath.Join(dir, "tables", "experiment.csv")
	if o := renshaw(t, "convert", example(), "-o", rec); o.code != 0 {
		t.Fatalf("convert: %+v", o)
	}
	want := []string{"MU_properties.columns.json", "MU_properties_ALL.csv",
		"MU_properties_T1_Fingers_10percent.csv", "T1_Fingers_10percent.h5",
		"force_psd_mean_by_condition.csv", "force_variability_by_plateau.csv", "manifest.json"}
	if got := files(t, rec); !reflect.DeepEqual(got, want) {
		t.Errorf("convert wrote %v", got)
	}
	if err := h5.Verify(filepath.Join(rec, "T1_Fingers_10percent.h5")); err != nil {
		t.Error(err)
	}
	if o := renshaw(t, "analyze", rec); o.code != 0 || !strings.Contains(o.stdout, "68 of 72") {
		t.Fatalf("analyze: %+v", o)
	}
	if o := renshaw(t, "analyze", rec); o.code != 0 || !strings.Contains(o.stdout, "done before") {
		t.Fatalf("second analyze: %+v", o)
	}
	if o := renshaw(t, "summarize", rec, "--kind", "experiment", "-o", tab); o.code != 0 {
		t.Fatalf("summarize: %+v", o)
	}
	want = []string{"experiment.columns.json", "experiment.csv", "experiment_RAW.csv",
		"experiment_exclusions.csv"}
	if got := files(t, filepath.Dir(tab)); !reflect.DeepEqual(got, want) {
		t.Errorf("summarize wrote %v", got)
	}
	tb, err := table.Read(tab)
	if err != nil || len(tb.Rows) != 7 { // 7 FDI units against FDI; APB is left out
		t.Errorf("table of %d rows, %v", len(tb.Rows), err)
	}
	config := oneDirection(t)
	for _, seed := range []string{"6", "7"} {
		if o := renshaw(t, "analyze", rec, "--config", config, "--seed", seed); o.code != 0 ||
			strings.Contains(o.stdout, "done before") {
			t.Fatalf("analyze with another seed: %+v", o)
		}
	}
}

// Commands on recordings say that files of other programs are converted first, and how.
func TestFilesOfOtherPrograms(t *testing.T) {
	for _, file := range []string{fixture("edited_v7.mat"), example(),
		writeFile(t, filepath.Join(t.TempDir(), "S1_TA_30percent.csv"), "unit,muscle,time_s\n1,TA,1\n")} {
		for _, args := range [][]string{{"check", file}, {"analyze", file, "-o", t.TempDir()},
			{"export", "bids", file, "-o", t.TempDir()}} {
			o := renshaw(t, args...)
			if said := o.stdout + o.stderr; o.code != exitFailed ||
				strings.Count(said, "renshaw convert "+file+" -o DIR") != 1 {
				t.Errorf("%v: exit %d, %q", args, o.code, said)
			}
		}
	}
}

// The options that messages name are flags and keys of convert.yaml.
func TestOptionsForImplausibleRecordings(t *testing.T) {
	var rows strings.Builder
	rows.WriteString("unit,muscle,time_s\n")
	for i := range 200 {
		fmt.Fprintf(&rows, "a,TA,%d\nb,TA,%d\n", 3000+200*i+i%7*9, 3001+200*i+i%7*9)
	}
	dir := t.TempDir()
	file := writeFile(t, filepath.Join(dir, "S1_TA_30percent.csv"), rows.String())
	config := writeFile(t, filepath.Join(dir, "convert.yaml"),
		"times: samples\nkeep_duplicates: true\n")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, exitFailed, "--times samples (or samples0, if they count from 0) --fs HZ"},
		{[]string{"--times", "samples", "--fs", "2000"}, exitDone, "  1 units (TA)"},
		{[]string{"--times", "samples0", "--fs", "2000", "--keep-duplicates"}, exitDone,
			"  2 units (TA)"},
		{[]string{"--config", config, "--fs", "2000"}, exitDone, "  2 units (TA)"},
		{[]string{"--allow-implausible"}, exitDone, "implausible_times"},
		{[]string{"--times", "hours"}, exitUsage, "samples0 (from 0), seconds or ms"},
	} {
		o := renshaw(t, append([]string{"convert", file, "-o", t.TempDir()}, c.args...)...)
		if o.code != c.code || !strings.Contains(o.stdout+o.stderr, c.says) {
			t.Errorf("%v: %+v, want %q", c.args, o, c.says)
		}
	}
}

// The files that convert writes in the paper profile equal those of the reference.
func TestConvertAgainstReference(t *testing.T) {
	for _, c := range []struct {
		inputs   []string
		golden   string
		polarity string
	}{
		{[]string{"golden/experimental/input/T1_Fingers_10percent.mat"}, "golden/experimental/output_T1",
			"rising_time"},
		{[]string{"data/tibialis_anterior_256/S1_TA_30percent.mat",
			"data/tibialis_anterior_256/S1_TA_50percent.mat"}, "golden/experimental/output_S1",
			"as_recorded"},
	} {
		if c.polarity == "as_recorded" && !testdata.Thorough() {
			continue // package process tests the stages of one of these
		}
		golden := testdata.Shared(t, c.golden)
		dir := t.TempDir()
		cfg := filepath.Join(dir, "convert.yaml")
		if err := os.WriteFile(cfg, []byte("legacy_force_psd_labels: true\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		args := []string{"convert", "-o", dir, "--profile", "paper", "--polarity", c.polarity, "--config",
			cfg}
		for _, in := range c.inputs {
			args = append(args, testdata.Shared(t, in))
		}
		if o := renshaw(t, args...); o.code != 0 {
			t.Fatalf("convert: %+v", o)
		}
		for _, in := range c.inputs {
			sameTrains(t, strings.TrimSuffix(filepath.Base(in), ".mat")+".h5", golden, dir)
		}
		sameTable(t, "MU_properties_ALL.csv", golden, dir, 1e-4, "Recruitment_thresholds", "firing_rates",
			"cov")
		sameTable(t, "force_variability_by_plateau.csv", golden, dir, 1e-9)
		sameTable(t, "force_psd_mean_by_condition.csv", golden, dir, 1e-9)
	}
}

func sameTrains(t *testing.T, name, golden, dir string) {
	t.Helper()
	g, errG := h5.Open(filepath.Join(golden, name))
	o, errO := h5.Open(filepath.Join(dir, name))
	if errG != nil || errO != nil {
		t.Fatal(errG, errO)
	}
	defer g.Close()
	defer o.Close()
	for _, group := range []string{"/spike_trains/MN",
		"/motoneurons_and_pools_indices/idx_of_MN_by_pool"} {
		want, _ := g.List(group)
		got, _ := o.List(group)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s = %v, want %v", name, group, got, want)
			continue
		}
		for _, n := range want {
			x, _, _ := g.Float64s(group + "/" + n)
			y, _, err := o.Float64s(group + "/" + n)
			if err != nil || !reflect.DeepEqual(x, y) {
				t.Errorf("%s: %s/%s differs (%v)", name, group, n, err)
			}
		}
	}
	x, _ := g.Strings("/motoneurons_and_pools_indices/pool_list_by_MN")
	y, err := o.Strings("/motoneurons_and_pools_indices/pool_list_by_MN")
	if err != nil || !reflect.DeepEqual(x, y) {
		t.Errorf("%s: pools %v, want %v (%v)", name, y, x, err)
	}
}

// sameTable compares the cells of two tables; lists are compared only in length.
func sameTable(t *testing.T, name, golden, dir string, tol float64, lists ...string) {
	t.Helper()
	g, errG := table.Read(filepath.Join(golden, name))
	o, errO := table.Read(filepath.Join(dir, name))
	if errG != nil || errO != nil {
		t.Fatal(errG, errO)
	}
	if !reflect.DeepEqual(g.Columns, o.Columns) || len(g.Rows) != len(o.Rows) {
		t.Fatalf("%s: %d rows of %v, want %d of %v", name, len(o.Rows), o.Columns, len(g.Rows), g.Columns)
	}
	isList := map[string]bool{}
	for _, l := range lists {
		isList[l] = true
	}
	worst := 0.0
	for i := range g.Rows {
		for c, want := range g.Rows[i] {
			got := o.Rows[i][c]
			if isList[g.Columns[c]] {
				if len(strings.Fields(strings.Trim(got, "[]"))) != len(
					strings.Fields(strings.Trim(want, "[] "))) {
					t.Errorf("%s: row %d: %s = %q, want %q", name, i, g.Columns[c], got, want)
				}
				continue
			}
			x, errX := table.ParseFloat(got)
			y, errY := table.ParseFloat(want)
			if errX != nil || errY != nil {
				if got != want {
					t.Errorf("%s: row %d: %s = %q, want %q", name, i, g.Columns[c], got, want)
				}
				continue
			}
			d := math.Abs(x - y)
			if math.IsNaN(x) != math.IsNaN(y) || d > tol {
				t.Errorf("%s: row %d: %s = %v, want %v", name, i, g.Columns[c], x, y)
			}
			if d > worst {
				worst = d
			}
		}
	}
	t.Logf("parity %s: %d rows, largest difference %.2g", name, len(g.Rows), worst)
}

func TestUsageErrors(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.yaml")
	if err := os.WriteFile(bad, []byte("cross_histogram_measures_min_spike: 10\n"),
		0o644); err != nil {
		t.Fatal(err)
	}
	value := filepath.Join(dir, "value.yaml")
	if err := os.WriteFile(value, []byte("cross_histogram_measures_min_plateau: -1\n"),
		0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"analyse", "x"}, `did you mean "analyze"`},
		{[]string{"convert", "x.mat", "-o", dir, "--profil", "paper"}, "did you mean --profile"},
		{[]string{"convert", "x.mat"}, "--output is needed"},
		{[]string{"convert", "-o", dir}, "one or more files or folders"},
		{[]string{"convert", "x.mat", "-o", dir, "--polarity", "up"}, "rising_time"},
		{[]string{"convert", "x.mat", "-o", dir, "--profile", "papers"}, "corrected or paper"},
		{[]string{"analyze", dir, "--config", bad}, `did you mean "cross_histogram_measures_min_spikes"`},
		{[]string{"analyze", dir, "--config", value}, "between 0 and 0.4 s"},
		{[]string{"summarize", dir, "-o", "x.csv"}, "--kind is needed"},
		{[]string{"summarize", dir, "-o", "x.csv", "--kind", "both"}, "simulation or experiment"},
	} {
		if o := renshaw(t, c.args...); o.code != exitUsage || !strings.Contains(o.stderr, c.says) {
			t.Errorf("%v: exit %d, %q; want exit 2 and %q", c.args, o.code, o.stderr, c.says)
		}
	}
}

// One bad file among good ones: the good ones are written, the bad one is listed,
// nothing of it remains.
func TestBadFileAmongGood(t *testing.T) {
	dir := t.TempDir()
	o := renshaw(t, "convert", fixture("edited_v73.mat"), fixture("bad_truncated_v73.mat"),
		fixture("bad_fsamp_text.mat"), fixture("edited_v6.mat"), fixture("bad_text_file.mat"),
		"-o", dir, "--muscles", "Fingers", "--intensity", "30", "--json")
	if o.code != exitFailed {
		t.Fatalf("%+v", o)
	}
	var res struct {
		Results []struct {
			Input, Output, Error string
			LeftOut              string `json:"left_out"`
		}
	}
	if err := json.Unmarshal([]byte(o.stdout), &res); err != nil {
		t.Fatalf("%v: %s", err, o.stdout)
	}
	for _, r := range res.Results {
		bad := strings.Contains(r.Input, "bad_")
		if strings.Contains(r.Input, "_v6") { // the same discharges as in edited_v73.mat
			if !strings.Contains(r.LeftOut, "edited_v73.mat") {
				t.Errorf("%+v", r)
			}
			continue
		}
		if (r.Error != "") != bad || (r.Output == "") != bad {
			t.Errorf("%+v", r)
		}
	}
	for _, f := range files(t, dir) {
		if strings.Contains(f, "bad_") || strings.HasPrefix(f, ".") {
			t.Errorf("left behind: %s", f)
		}
	}
	var m job.Manifest
	raw, _ := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err := json.Unmarshal(raw, &m); err != nil || len(m.Failures) != 3 || !m.Complete {
		t.Errorf("manifest: %v, %d failures", err, len(m.Failures))
	}
}

// A damaged recording or analysis among good ones is reported; the good ones are
// analysed and summarised.
func TestDamagedFilesOnTheWay(t *testing.T) {
	dir := t.TempDir()
	convertExample(t, dir)
	raw, err := os.ReadFile(filepath.Join(dir, "T1_Fingers_10percent.h5"))
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(dir, "T2_Fingers_10percent.h5")
	if err := os.WriteFile(bad, raw[:len(raw)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	config := writeFile(t, filepath.Join(t.TempDir(), "a.yaml"), "cross_histogram_ignore_"+
		"heteronymous_pool: true\ncross_histogram_measures_null_distrib_nb_iter: 0\n")
	if o := renshaw(t, "analyze", dir, "--config", config); o.code != exitFailed ||
		!strings.Contains(o.stdout, "34 of 72") || !strings.Contains(o.stderr, bad) {
		t.Errorf("analyze: %+v", o)
	}
	if _, err := os.Stat(filepath.Join(dir, "analysis_failures.csv")); err != nil {
		t.Error(err)
	}
	if err := os.Remove(bad); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(dir, "T3_Fingers_10percent_cross_histogram_analysis_output.h5")
	if err := os.WriteFile(broken, []byte("not HDF5"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "t.csv")
	if o := renshaw(t, "summarize", dir, "--kind", "experiment", "-o", out); o.code != exitFailed ||
		!strings.Contains(o.stderr, broken) || !strings.Contains(o.stdout, "1 analyses, 7 rows") {
		t.Errorf("summarize: %+v", o)
	}
}

// One unit alone has nothing to be compared with; that is a result, not a failure.
func TestOneUnit(t *testing.T) {
	dir := t.TempDir()
	if o := renshaw(t, "convert", fixture("single_unit_v73.mat"), "-o", dir, "--intensity", "30",
		"--muscles",
		"FDI"); o.code != 0 || !strings.Contains(o.stdout, "1 units") {
		t.Fatalf("convert: %+v", o)
	}
	if o := renshaw(t, "analyze", dir); o.code != 0 || !strings.Contains(o.stdout, "0 of 3") {
		t.Errorf("analyze: %+v", o)
	}
}

// A grid more or less than the muscle group has is an error that names the field.
func TestGridsAgainstMuscleGroup(t *testing.T) {
	for group, says := range map[string]string{"Quadriceps": "signal.ngrid",
		"FDI": "edition.Dischargetimes", "Legs": "muscle group"} {
		if o := renshaw(t, "convert", fixture("edited_v73.mat"), "-o", t.TempDir(), "--intensity", "30",
			"--muscles",
			group); o.code != exitFailed || !strings.Contains(o.stderr, says) {
			t.Errorf("%s: %+v", group, o)
		}
	}
}

func TestDischargeTable(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "P3_Legs_25percent_discharges.csv")
	if err := os.WriteFile(in,
		[]byte("unit,muscle,time_s\n7,SOL,0.5\n7,SOL,0.25\n7,GM,1\n7,SOL,0.5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	if o := renshaw(t, "convert", in, "-o", out); o.code != 0 ||
		!strings.Contains(o.stderr, "sorted") {
		t.Fatalf("%+v", o)
	}
	f, err := h5.Open(filepath.Join(out, "P3_Legs_25percent_discharges.h5"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x, _, _ := f.Float64s("/spike_trains/MN/MN_0")
	units, _ := f.AttrString("/spike_trains/MN", "units")
	if !reflect.DeepEqual(x, []float64{0.25, 0.5}) || units != "s" {
		t.Errorf("MN_0 = %v %s", x, units)
	}
	if o := renshaw(t, "convert", in, "-o", out, "--strict"); o.code != exitFailed {
		t.Errorf("--strict: %+v", o)
	}
	for body, says := range map[string]string{"unit,muscle\n1,TA\n": "columns unit and time_s",
		"unit,muscle,time_s\n1,TA,soon\n": "line 2", "unit,muscle,sample\n1,TA,3\n": "--fs",
		"unit,time\n1,2\n": "--times", "": "is empty"} {
		if err := os.WriteFile(in, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
		if o := renshaw(t, "convert", in, "-o", out); o.code != exitFailed ||
			!strings.Contains(o.stderr, says) {
			t.Errorf("%q: %+v", body, o)
		}
	}
}

func TestPlateausFromFile(t *testing.T) {
	dir := t.TempDir()
	csv := filepath.Join(dir, "p.csv")
	if err := os.WriteFile(csv, []byte("start_s,end_s\n13,21\n38,46\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if o := renshaw(t, "convert", example(), "-o", dir, "--plateaus", csv); o.code != 0 ||
		!strings.Contains(o.stdout, "2 plateaus") {
		t.Errorf("%+v", o)
	}
	if err := os.WriteFile(csv, []byte("start_s,end_s\n13,210\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if o := renshaw(t, "convert", example(), "-o", dir, "--plateaus", csv); o.code != exitFailed ||
		!strings.Contains(o.stderr, "row 2") {
		t.Errorf("plateau outside the recording: %+v", o)
	}
}

// Results do not depend on the number of workers.
func TestWorkersDoNotMatter(t *testing.T) {
	dir := t.TempDir()
	convertExample(t, dir)
	config := oneDirection(t)
	var sums []string
	for _, w := range []string{"1", "3"} {
		out := filepath.Join(dir, "w"+w)
		if o := renshaw(t, "analyze", filepath.Join(dir, "T1_Fingers_10percent.h5"), "-o", out,
			"--config", config, "--workers", w); o.code != 0 {
			t.Fatalf("%+v", o)
		}
		f, err := h5.Open(filepath.Join(out, "T1_Fingers_10percent_cross_histogram_analysis_output.h5"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := f.AttrString("/", "content_sha256")
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, s)
	}
	if sums[0] != sums[1] {
		t.Error("the analysis depends on the number of workers")
	}
}

// Two commands at once on one folder, or one file, would mix their files.
func TestFolderInUse(t *testing.T) {
	dir := t.TempDir()
	lock, err := job.LockDir(dir, "another renshaw")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	known := filepath.Join(testdata.Root(), "pkg/sbi/testdata/estimator_v4")
	rows := filepath.Join(known, "pairs.csv")
	for _, args := range [][]string{
		{"convert", example()}, {"infer", known, rows}, {"evaluate", known, rows}, {"train", rows},
	} {
		o := renshaw(t, append(args, "-o", dir)...)
		if o.code != exitFailed || !strings.Contains(o.stderr, "another renshaw") {
			t.Errorf("%+v", o)
		}
	}
	page := filepath.Join(dir, "page.html") // a file beside what the other one makes
	j, err := job.Open(dir, job.Options{Command: "report", Line: "another report", Set: "page.html"})
	if err != nil {
		t.Fatal(err)
	}
	recording := filepath.Join(testdata.Root(), "examples/recordings/V1_Quadriceps_10percent.h5")
	o := renshaw(t, "report", recording, "-o", page)
	if o.code != exitFailed || !strings.Contains(o.stderr, "another report") {
		t.Errorf("%+v", o)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if o := renshaw(t, "report", recording, "-o", page); o.code != exitDone {
		t.Errorf("%+v", o)
	}
}

// What an interrupted run left incomplete is not read as if it were a result.
func TestInterruptedResultsAreRefused(t *testing.T) {
	dir := t.TempDir()
	known := filepath.Join(testdata.Root(), "pkg/sbi/testdata/estimator_v4")
	post := filepath.Join(dir, "posterior")
	succeeds(t, []string{"infer", known, filepath.Join(known, "pairs.csv"), "-o", post, "--samples",
		"20"})
	if err := job.Touch(post, "manifest.json"); err != nil {
		t.Fatal(err)
	}
	base := writeFile(t, filepath.Join(dir, "base.yaml"), "fixed: {duration: 2}\n")
	out := filepath.Join(dir, "out")
	for _, args := range [][]string{
		{"predict", post, "--batch", base, "-o", out}, {"figure", "fig5a", "--data", dir, "-o", out},
		{"report", dir, "-o", filepath.Join(out, "r.html")},
	} {
		const says = "interrupted before its files were complete: run renshaw infer again"
		if o := renshaw(t, args...); o.code != exitFailed || !strings.Contains(o.stderr, says) {
			t.Errorf("%+v", o)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("something was written")
	}
}

func TestOutputThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if o := renshaw(t, "convert", example(), "-o", filepath.Join(file, "sub")); o.code != exitFailed {
		t.Errorf("below a file: %+v", o)
	}
	readOnly := filepath.Join(dir, "ro")
	if err := os.Mkdir(readOnly, 0o555); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		if o := renshaw(t, "convert", example(), "-o", readOnly); o.code != exitFailed ||
			!strings.Contains(o.stderr, "permission") {
			t.Errorf("read-only folder: %+v", o)
		}
	}
	if testing.Short() {
		// The HDF5 library keeps a file whose end could not be written; the race
		// detector, unlike an ordinary exit, then runs the library's clean-up.
		return
	}
	// A full device, where one can be mounted.
	small := filepath.Join(dir, "small")
	if err := os.Mkdir(small, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=200k"); err != nil {
		t.Skipf("a full disk cannot be tried here: %v", err)
	}
	defer syscall.Unmount(small, 0)
	o := renshaw(t, "convert", example(), "-o", small)
	if o.code != exitFailed {
		t.Errorf("full disk: %+v", o)
	}
	for _, f := range files(t, small) {
		if strings.HasSuffix(f, ".h5") || strings.HasSuffix(f, ".tmp") {
			t.Errorf("left behind on the full disk: %s", f)
		}
	}
}

// SIGINT in the middle: exit 130, finished files are complete, no temporary.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	convertExample(t, dir)
	rec := filepath.Join(dir, "T1_Fingers_10percent.h5")
	many := filepath.Join(dir, "many")
	if err := os.Mkdir(many, 0o755); err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(rec)
	for _, n := range []string{"a", "b", "c", "d", "e", "f"} {
		if err := os.WriteFile(filepath.Join(many, "S1_"+n+"_10percent.h5"), raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "analyze", many, "--workers", "1", "--config", oneDirection(t))
	cmd.Env = append(os.Environ(), mainEnv+"=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	first := filepath.Join(many, "S1_a_10percent_cross_histogram_analysis_output.h5")
	for i := 0; i < 6000; i++ { // until the first file is there
		if _, err := os.Stat(first); err == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit %d (%v), want 130", code, err)
	}
	done := 0
	for _, f := range files(t, many) {
		if strings.HasSuffix(f, ".tmp") || strings.HasPrefix(f, ".") {
			t.Errorf("left behind: %s", f)
		}
		if strings.HasSuffix(f, "_analysis_output.h5") {
			done++
			if err := h5.Verify(filepath.Join(many, f)); err != nil {
				t.Error(err)
			}
		}
	}
	if done == 0 || done == 6 {
		t.Errorf("%d of 6 files are there; the test came too early or too late", done)
	}
}

func TestVersionAndDoctor(t *testing.T) {
	if o := renshaw(t, "version", "--cite"); o.code != 0 || !strings.Contains(o.stdout, "Renshaw") {
		t.Errorf("%+v", o)
	}
	o := renshaw(t, "doctor", "--json")
	var d struct{ Checks []check }
	if err := json.Unmarshal([]byte(o.stdout), &d); err != nil || o.code != 0 || len(d.Checks) < 5 ||
		!d.Checks[1].OK {
		t.Errorf("%+v", o)
	}
	for _, name := range []string{"convert", "analyze", "summarize"} {
		if o := renshaw(t, name, "--help"); o.code != 0 || !strings.Contains(o.stdout, "default") {
			t.Errorf("%s --help: %+v", name, o)
		}
	}
}

// What fails is said once, with its name, and counted in the last line.
func TestFailuresAreSaidOnce(t *testing.T) {
	testdata.Long(t)
	dir := t.TempDir()
	bad := writeFile(t, filepath.Join(dir, "S1_FDI_10percent.mat"), "no recording")
	none := filepath.Join(dir, "S2_FDI_10percent.mat")
	recordings := filepath.Join(dir, "recordings")
	for _, c := range []struct {
		name, said, last string
		args             []string
	}{
		{"one input", none + ": no such file or folder", none + " failed; nothing was written",
			[]string{"convert", none}},
		{"one of two", none + ": no such file or folder",
			"1 of 2 inputs failed (" + none + "); the others were written",
			[]string{"convert", none, example()}},
		{"all", none + ": no such file or folder", "all 2 inputs failed (" + none + ", " + bad + ")",
			[]string{"convert", none, bad}},
		{"export", bad + ": ", "1 of 2 inputs failed (" + bad + ")", []string{"export", "nwb", bad,
			filepath.Join(recordings, "T1_Fingers_10percent.h5")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "export" {
				convertExample(t, recordings)
			}
			for _, json := range []bool{false, true} {
				args := append(slices.Clone(c.args), "-o", filepath.Join(t.TempDir(), "out"))
				if json {
					args = append(args, "--json")
				}
				o := renshaw(t, args...)
				lines := strings.Split(strings.TrimSpace(o.stderr), "\n")
				if last := lines[len(lines)-1]; !strings.HasPrefix(last, "renshaw: "+c.last) ||
					strings.Count(o.stderr, "failed: "+c.said) != 1 || o.code != exitFailed ||
					!json && strings.Contains(o.stdout, c.said) ||
					json && !strings.Contains(o.stdout, `"failed": `) {
					t.Errorf("%+v", o)
				}
			}
		})
	}
}

// The last line names a few of many.
func TestFailedLine(t *testing.T) {
	var said bytes.Buffer
	a := &app{err: &said}
	var failures []job.Failure
	for i := range 8 {
		failures = append(failures, job.Failure{Item: fmt.Sprint("f", i), Message: "is damaged"})
	}
	for _, c := range []struct {
		all, failed int
		want        string
	}{{3, 0, "<nil>"}, {1, 1, "f0 failed; nothing was written"},
		{9, 1, "1 of 9 inputs failed (f0); the others were written"},
		{2, 2, "all 2 inputs failed (f0, f1)"},
		{9, 8, "8 of 9 inputs failed (f0, f1, f2, f3, f4, and 3 more); the others were written"}} {
		if got := fmt.Sprint(a.failed("inputs", c.all, failures[:c.failed])); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	if !strings.HasPrefix(said.String(), "failed: f0: is damaged\n") {
		t.Errorf("said %q", said.String())
	}
}
