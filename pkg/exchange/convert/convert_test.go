package convert

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/matfile"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/process"
)

func TestMain(m *testing.M) {
	matfile.ServeIfChild()
	os.Exit(m.Run())
}

func example() string { return filepath.Join(testdata.Root(), "examples/T1_Fingers_10percent.mat") }

// put writes a file into a folder and returns its path.
func put(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// trains is a table of discharges of two units at a rate of their own each.
func trains(hz ...float64) string {
	var b strings.Builder
	b.WriteString("unit,muscle,time_s\n")
	for u, f := range hz {
		for i := range 40 {
			fmt.Fprintf(&b, "%d,TA,%.6f\n", u, 1+float64(i)/f)
		}
	}
	return b.String()
}

func convertAll(t *testing.T, out string, cfg process.Config, inputs ...string) []Result {
	t.Helper()
	res, err := Run(context.Background(), inputs, out,
		Options{Config: cfg, Workers: 3, Command: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// A second recording joins the tables of the folder; converting one again replaces
// its rows.
func TestTablesOfTheFolderAreMerged(t *testing.T) {
	testdata.Long(t)
	dir := t.TempDir()
	first := put(t, dir, "T1_TA_10percent.csv", trains(8, 10))
	second := put(t, dir, "T10_TA_10percent.csv", trains(9, 11))
	third := put(t, dir, "odd name.csv", trains(12, 13))
	cfg := process.Default()
	cfg.Sessions = put(t, dir, "meta.csv",
		"file,subject,muscle group,intensity,session\nodd name.csv,T2,Fingers,12.5,pre\n")
	out := filepath.Join(dir, "out")
	for _, in := range []string{second, first, third, second} {
		if res := convertAll(t, out, cfg, in); res[0].Failed() || res[0].LeftOut != "" {
			t.Fatal(res)
		}
	}
	all, err := table.Read(filepath.Join(out, recording.PropertiesName))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, r := range all.Rows {
		rows = append(rows, r[0]+" "+r[1]+" "+r[2]+" "+r[all.Col("recording")])
	}
	if got := strings.Join(rows, ", "); got != "T1 TA_10percent 0 T1_TA_10percent, "+
		"T1 TA_10percent 1 T1_TA_10percent, T2 Fingers_12.5percent 0 odd name, "+
		"T2 Fingers_12.5percent 1 odd name, T10 TA_10percent 0 T10_TA_10percent, "+
		"T10 TA_10percent 1 T10_TA_10percent" {
		t.Error(got)
	}
}

// Two trials of one condition keep their own rows, also where the table is of an earlier version.
func TestTrialsKeepTheirOwnRows(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	a := put(t, dir, "S1_TA_30percent.csv", trains(8, 10))
	b := put(t, dir, "S1_TA_trial2_30percent.csv", trains(9, 11, 12))
	convertAll(t, out, process.Default(), a)
	path := filepath.Join(out, recording.PropertiesName)
	earlier, err := table.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	last := len(earlier.Columns) - 1
	earlier.Columns = earlier.Columns[:last]
	for i := range earlier.Rows {
		earlier.Rows[i] = earlier.Rows[i][:last]
	}
	if err := earlier.Write(path); err != nil {
		t.Fatal(err)
	}
	convertAll(t, out, process.Default(), b)
	all, err := table.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, r := range all.Rows {
		count[r[all.Col("recording")]]++
	}
	if len(all.Rows) != 5 || count["S1_TA_30percent"] != 2 || count["S1_TA_trial2_30percent"] != 3 {
		t.Errorf("%v", count)
	}
}

// Copies are used once, and the original rather than the copy, whatever the order and however they
// were saved; a file called a copy with other discharges is a recording.
func TestCopies(t *testing.T) {
	dir := t.TempDir()
	a := trains(8, 10)
	copied := put(t, dir, "S1_TA_30percent (1).csv", a)
	original := put(t, dir, "S1_TA_30percent.csv", a)
	other := put(t, dir, "S1_TA_30percent - Copy.csv", trains(9, 11))
	again := put(t, dir, "S2_TA_30percent.csv", strings.ReplaceAll(a, "TA,1.", "TA,01."))
	out := filepath.Join(dir, "out")
	for range 2 {
		res := convertAll(t, out, process.Default(), copied, original, other, again, original)
		for i, want := range []string{"as S1_TA_30percent.csv, which is used", "", "",
			"as S1_TA_30percent.csv, which is used", "given twice"} {
			if !strings.Contains(res[i].LeftOut, want) || (want == "") != (res[i].LeftOut == "") ||
				res[i].Failed() {
				t.Errorf("%s: %+v, want %q", res[i].Input, res[i], want)
			}
		}
	}
	if res := convertAll(t, out, process.Default(), again); !strings.Contains(res[0].LeftOut,
		"S1_TA_30percent.h5, which is there already") {
		t.Errorf("%+v", res[0])
	}
	if files, _ := filepath.Glob(filepath.Join(out, "*.h5")); len(files) != 2 {
		t.Errorf("%v", files)
	}
}

// Different recordings whose outputs would have one name are an error for one of them.
func TestTwoInputsOfOneName(t *testing.T) {
	dir := t.TempDir()
	a := put(t, dir, "x/S1_TA_30percent.csv", trains(8))
	b := put(t, dir, "y/S1_TA_30percent.csv", trains(9))
	res := convertAll(t, filepath.Join(dir, "out"), process.Default(), a, b)
	if res[0].Failed() || !strings.Contains(res[1].Error, "--sessions") {
		t.Errorf("%+v", res)
	}
	cfg := process.Default()
	cfg.Sessions = put(t, dir, "meta.csv", "file,subject,recording\ny/S1_TA_30percent.csv,S2,second\n")
	res = convertAll(t, filepath.Join(dir, "out"), cfg, a, b)
	if res[0].Failed() || res[1].Failed() || res[1].Name.Subject != "S2" ||
		filepath.Base(res[1].Output) != "second.h5" {
		t.Errorf("%+v", res)
	}
}

// A folder means the recordings in it; what is none, hidden, ours or superseded is passed over.
func TestFolders(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "results")
	put(t, dir, "S1_TA_10percent.csv", trains(8))
	put(t, dir, "deeper/S10_TA_10percent.csv", trains(9))
	put(t, dir, "S2_TA_10percent.csv", trains(10))
	put(t, dir, "notes.csv", "who,what\n1,2\n")
	put(t, dir, "README.md", "text")
	put(t, dir, ".hidden/S3_TA_10percent.csv", trains(11))
	put(t, dir, "S4_TA_10percent.mat", "damaged") // not passed over in silence
	put(t, dir, "S1_TA_20percent.otb+_decomp.mat", "MATLAB 5.0 decomposed")
	put(t, dir, "S1_TA_20percent.otb+_decomp.mat_edited.mat", "MATLAB 5.0 edited")
	for range 2 { // the second time the folder holds the results of the first
		got := []string{}
		for _, r := range convertAll(t, out, process.Default(), dir) {
			state := "used"
			if r.Failed() {
				state = "failed"
			} else if r.LeftOut != "" {
				state = "left out"
			}
			got = append(got, filepath.Base(r.Input)+" "+state)
		}
		want := []string{"S1_TA_10percent.csv used", "S1_TA_20percent.otb+_decomp.mat left out",
			"S1_TA_20percent.otb+_decomp.mat_edited.mat failed", "S2_TA_10percent.csv used",
			"S10_TA_10percent.csv used", "S4_TA_10percent.mat failed"}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	for path, says := range map[string]string{filepath.Join(dir,
		"nosuch.mat"): "no such file or folder",
		filepath.Join(dir, "*.npz"): "no file has such a name", out: "no recording is in this folder"} {
		res := Inputs([]string{path}, "")
		if len(res) != 1 || !strings.Contains(res[0].Error, path+": "+says) {
			t.Errorf("%s: %+v", path, res)
		}
	}
	if res := Inputs([]string{filepath.Join(dir, "*percent.csv")}, ""); len(res) != 2 {
		t.Errorf("a pattern: %+v", res)
	}
}

// A dry run says what the conversion would: implausible times, outputs of one name, participants
// that upper and lower case tells apart. The table of sessions is as spreadsheets write it.
func TestDryRunFindsWhatConversionWould(t *testing.T) {
	dir := t.TempDir()
	ms := put(t, dir, "S1_TA_30percent.csv", "unit,time_s\n1,1000\n1,1100\n1,1200\n1,1310\n")
	a := put(t, dir, "S2_TA_30percent.csv", trains(8))
	b := put(t, dir, "s2_TA_trial2_30percent.csv", trains(9))
	c := put(t, dir, "S3_TA_30percent.csv", trains(10))
	cfg := process.Default()
	cfg.Sessions = put(t, dir, "meta.csv", "\ufeffFile;Intensity;recording;notes\r\n"+
		"S2_TA_30percent.csv;12,5;;first\r\nS3_TA_30percent.csv;;S2_TA_30percent;\r\n")
	res, err := Understand(context.Background(), []string{ms, a, b, c}, "",
		Options{Config: cfg, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(res[0].Error, "--times ms") || res[1].Failed() ||
		res[1].Name.IntensityMVC != 12.5 ||
		!strings.Contains(strings.Join(res[2].Warnings, " "), "spell them alike") ||
		!strings.Contains(res[3].Error, "gives the same output S2_TA_30percent.h5") {
		t.Errorf("%+v", res)
	}
}

// Tables of plateaus belong to the recording that they name, whatever a spreadsheet makes of them.
func TestPlateausOfASpreadsheet(t *testing.T) {
	path := put(t, t.TempDir(), "p.csv", "\ufeffFile;start_s;end_s\r\na.mat;1,5;2\r\nb.mat;3;4\r\n")
	got, err := readPlateaus(path, "x/a.mat", "a", 1000, 5000)
	if err != nil || len(got) != 1 || got[0].Start != 1500 || got[0].Stop != 2000 {
		t.Errorf("%+v, %v", got, err)
	}
}

// What a name leaves open is an error until an option answers it; a dry run shows all of it.
func TestUnderstandInputs(t *testing.T) {
	dir := t.TempDir()
	ramp := put(t, dir, "S1_TA_ramp.csv", trains(8))
	trial := put(t, dir, "S01_TA_trial2_30percent.csv", trains(9, 10))
	over := put(t, dir, "S2_TA_150percent.csv", trains(11))
	cfg := process.Default()
	look := func() []Result {
		res, err := Understand(context.Background(), []string{ramp, trial, over}, "",
			Options{Config: cfg, Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	res := look()
	if !strings.Contains(res[0].Error, "--intensity") || !strings.Contains(res[2].Error, "150 %") ||
		res[1].Name.Trial != "2" || res[1].Name.IntensityMVC != 30 || res[1].Units != 2 {
		t.Errorf("%+v", res)
	}
	t.Log(NameTable(res).Rows)
	cfg.Sessions = put(t, dir, "meta.csv",
		"file,intensity,trial\nS2_TA_150percent.csv,15,7\nx.csv,3,1\n")
	cfg.IntensityMVC = 20
	res = look()
	if res[0].Failed() || res[0].Name.Condition != "TA_20percent" || res[2].Name.IntensityMVC != 15 ||
		res[2].Name.Trial != "7" || res[1].Name.IntensityMVC != 20 ||
		!strings.Contains(strings.Join(res[0].Warnings, " "), `row 3: "x.csv" is not among`) {
		t.Errorf("%+v", res)
	}
	cfg = process.Default()
	cfg.Profile = "paper" // the study's rule
	res = look()
	if res[0].Name.IntensityMVC != 100 || res[1].Name.IntensityMVC != 2 || res[2].Failed() {
		t.Errorf("%+v", res)
	}
	for text, says := range map[string]string{"file,intensity\na,0\n": `row 2: intensity "0"`,
		"file,intensity\na,110\n": `intensity "110"`, "name\na\n": "column file is missing",
		"file,recording\na,b/c\n":                 "without a folder",
		"file,subjct\na,S1\n":                     "rename it to subject",
		"file,intensity\na,20\nb,20\na,30\n":      "row 4: \"a\" has a row already, 2",
		"file,intensity,intensity\na,20,30\n":     "column intensity is there twice",
		"\ufefffile;intensity;notes\na;130,5;x\n": `row 2: intensity "130,5"`} {
		cfg.Sessions = put(t, dir, "bad.csv", text)
		if _, err := Understand(context.Background(), []string{ramp}, "", Options{Config: cfg}); err ==
			nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Conversion of an 80 s recording with 130 channels.
func BenchmarkConvertExample(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Run(context.Background(), []string{example()}, b.TempDir(),
			Options{Config: process.Default(), Workers: 1, Command: "bench"}); err != nil {
			b.Fatal(err)
		}
	}
}
