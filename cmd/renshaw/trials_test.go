package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording/recfile"
)

// trialOf writes the first n VL units of an example recording as a table of discharges.
func trialOf(t *testing.T, example, path string, n int) {
	t.Helper()
	loaded, err := recfile.ReadRecording(filepath.Join(testdata.Root(), "examples", "recordings",
		example), recfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"unit", "muscle", "time_s"}}
	for i, k := range loaded.Recording.UnitsOf("VL")[:n] {
		for _, s := range loaded.Recording.Units[k].SpikesS {
			rows = append(rows, []string{strconv.Itoa(i), "VL", fmt.Sprintf("%.6f", s)})
		}
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, b.String())
}

// count counts the rows of a table by the texts of some columns.
func count(t *testing.T, path string, columns ...string) map[string]int {
	t.Helper()
	tb, err := table.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	at, err := tb.Need(path, columns...)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, row := range tb.Rows {
		var key []string
		for _, c := range at {
			key = append(key, row[c])
		}
		out[strings.Join(key, " ")]++
	}
	return out
}

// Two trials of one condition, with the same unit numbers, and a copy of one: nothing is
// multiplied, every unit has its own rate, and a posterior says of which recordings it is.
func TestTwoTrialsOfOneCondition(t *testing.T) {
	testdata.Long(t)
	dir := t.TempDir()
	in, rec := filepath.Join(dir, "in"), filepath.Join(dir, "rec")
	const first, second = "P1_Quadriceps_trial1_10percent", "P1_Quadriceps_trial2_10percent"
	trialOf(t, "V1_Quadriceps_10percent.h5", filepath.Join(in, first+".csv"), 12)
	trialOf(t, "V1_Quadriceps_10percent.h5", filepath.Join(in, first+" (1).csv"), 12)
	trialOf(t, "V2_Quadriceps_10percent.h5", filepath.Join(in, second+".csv"), 10)
	if o := renshaw(t, "convert", in, "-o", rec); o.code != 0 ||
		!strings.Contains(o.stdout, "(1).csv left out: the same discharges as "+first+".csv") {
		t.Fatalf("convert: %+v", o)
	}
	config := writeFile(t, filepath.Join(dir, "a.yaml"), "cross_histogram_measures_null_distrib_nb_"+
		"iter: 0\n")
	if o := renshaw(t, "analyze", rec, "--config", config); o.code != 0 {
		t.Fatalf("analyze: %+v", o)
	}
	tab := filepath.Join(dir, "experiment.csv")
	if o := renshaw(t, "summarize", rec, "--kind", "experiment", "-o", tab); o.code != 0 ||
		o.stderr != "" {
		t.Fatalf("summarize: %+v", o)
	}
	if got := count(t, tab, "recording"); got[first] != 12 || got[second] != 10 || len(got) != 2 {
		t.Errorf("units: %v", got)
	}
	properties := filepath.Join(rec, "MU_properties_ALL.csv")
	own := count(t, properties, "recording", "MU_idx", "firing_rates_mean", "cov_mean")
	for row := range count(t, tab, "recording", "MU_idx", "firing_rates_mean", "cov_mean") {
		if own[strings.Replace(row, ".0 ", " ", 1)] != 1 {
			t.Errorf("%s: the rate is of another unit", row)
		}
	}
	infers(t, tab, dir, first, second)
	o := renshaw(t, "check", filepath.Join(rec, second+".h5"), "--json", "--estimator",
		filepath.Join(testdata.Root(), "estimators", "single_muscle"))
	var report struct {
		Muscles []struct {
			Units int `json:"units"`
			Used  int `json:"units_used"`
		}
	}
	if err := json.Unmarshal([]byte(o.stdout), &report); err != nil || len(report.Muscles) != 1 ||
		report.Muscles[0].Units != 10 || report.Muscles[0].Used != 10 {
		t.Errorf("check: %v %+v", err, o)
	}
	earlier(t, dir, rec, tab, properties)
}

// infers draws posteriors of both trials together and one by one.
func infers(t *testing.T, tab, dir, first, second string) {
	estimator := filepath.Join(testdata.Root(), "estimators", "single_muscle")
	out := filepath.Join(dir, "together")
	o := renshaw(t, "infer", estimator, tab, "-o", out, "--samples", "50")
	if o.code != 0 || !strings.Contains(o.stdout, "2 recordings together: "+first+", "+second) {
		t.Fatalf("infer: %+v", o)
	}
	got := count(t, filepath.Join(out, "observations.csv"), "subject", "units", "recordings")
	if len(got) != 1 || got["P1 22 "+first+"; "+second] != 1 {
		t.Errorf("together: %v", got)
	}
	out = filepath.Join(dir, "each")
	if o := renshaw(t, "infer", estimator, tab, "-o", out, "--samples", "50", "--each",
		"recording"); o.code != 0 {
		t.Fatalf("infer --each: %+v", o)
	}
	got = count(t, filepath.Join(out, "observations.csv"), "recording", "units", "recordings")
	if len(got) != 2 || got[first+" 12 "+first] != 1 || got[second+" 10 "+second] != 1 {
		t.Errorf("each: %v", got)
	}
	got = count(t, filepath.Join(out, "group_summary.csv"), "participants")
	if len(got) != 1 || got["1"] == 0 {
		t.Errorf("two trials are %v participants", got)
	}
	for _, args := range [][]string{{"--each", "trial"}, {"--each", "recording", "--pooled"}} {
		if o := renshaw(t, append([]string{"infer", estimator, tab, "-o", out}, args...)...); o.code !=
			exitUsage || !strings.Contains(o.stderr, "--each") {
			t.Errorf("%v: %+v", args, o)
		}
	}
}

// earlier makes the tables those of an earlier version: what they cannot tell apart is an error
// that says what to run.
func earlier(t *testing.T, dir, rec, tab, properties string) {
	cut := func(path string) {
		tb, err := table.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		last := len(tb.Columns) - 1
		tb.Columns = tb.Columns[:last]
		for i := range tb.Rows {
			tb.Rows[i] = tb.Rows[i][:last]
		}
		if err := tb.Write(path); err != nil {
			t.Fatal(err)
		}
	}
	cut(tab)
	cut(strings.TrimSuffix(tab, ".csv") + "_RAW.csv")
	cut(properties)
	if o := renshaw(t, "summarize", rec, "--kind", "experiment", "-o", filepath.Join(dir,
		"x.csv")); o.code != exitFailed || !strings.Contains(o.stderr, "run renshaw convert again") {
		t.Errorf("summarize: %+v", o)
	}
	estimator := filepath.Join(testdata.Root(), "estimators", "single_muscle")
	for _, each := range []string{"condition", "recording"} {
		if o := renshaw(t, "infer", estimator, tab, "-o", filepath.Join(dir, "old"), "--each",
			each); o.code != exitFailed || !strings.Contains(o.stderr, "run renshaw summarize again") {
			t.Errorf("infer: %+v", o)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "old", "observations.csv")); err == nil {
		t.Error("a posterior of multiplied units was written")
	}
}

// A dry run shows what the names mean and writes nothing.
func TestConvertDryRun(t *testing.T) {
	dir := t.TempDir()
	path := writeFile(t, filepath.Join(dir, "2023-05-12_S01_FDI_trial2_30MVC.csv"),
		"unit,muscle,time_s\n1,FDI,1\n1,FDI,2\n")
	writeFile(t, filepath.Join(dir, "S1_FDI_ramp.csv"), "unit,muscle,time_s\n1,FDI,1\n1,FDI,3\n")
	o := renshaw(t, "convert", path, "--dry-run")
	if o.code != 0 || !strings.Contains(strings.Join(strings.Fields(o.stdout), " "),
		"S01 FDI 30 2023-05-12 - 2 2023-05-12_S01_FDI_trial2_30MVC 1 -") {
		t.Errorf("%+v", o)
	}
	o = renshaw(t, "convert", dir, "--dry-run", "--json")
	var res struct {
		Results []struct {
			Name struct {
				Subject   string  `json:"subject"`
				Intensity float64 `json:"intensity_percent_mvc"`
				Trial     string  `json:"trial"`
			}
			Error string
		}
	}
	if err := json.Unmarshal([]byte(o.stdout), &res); err != nil || len(res.Results) != 2 ||
		o.code != exitFailed {
		t.Fatalf("%v %+v", err, o)
	}
	if r := res.Results[0]; r.Name.Subject != "S01" || r.Name.Intensity != 30 || r.Name.Trial != "2" {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(res.Results[1].Error, "--intensity") {
		t.Errorf("%+v", res.Results[1])
	}
	if got := files(t, dir); len(got) != 2 {
		t.Errorf("a dry run wrote %v", got)
	}
	for flag, says := range map[string]string{"0": "--intensity", "120": "120 % MVC"} {
		if o := renshaw(t, "convert", dir, "-o", filepath.Join(dir, "out"), "--intensity",
			flag); o.code != exitUsage || !strings.Contains(o.stderr, says) {
			t.Errorf("--intensity %s: %+v", flag, o)
		}
	}
}
