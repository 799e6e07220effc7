package summary

import (
	"strings"
	"testing"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/file/table"
)

// The name of a recording is in its analysis, or else in the names of files.
func TestRecordingOf(t *testing.T) {
	for want, a := range map[string]*analysis.Analysis{
		"S1_TA_30percent (1)": {Recording: "S1_TA_30percent (1)", Source: "x.h5"},
		"S1_TA_30percent":     {Source: "S1_TA_30percent.h5"},
		"S2_TA_30percent":     {},
	} {
		if got := recordingOf("d/S2_TA_30percent"+analysisSuffix+"_two.h5", a); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// The same discharges, or the same file, are one recording; others of its name cannot be told
// apart.
func TestCopiesOfAnalyses(t *testing.T) {
	seen := recordings{}
	for _, c := range []struct {
		path string
		a    analysis.Analysis
		want string
	}{
		{"a", analysis.Analysis{Recording: "S1", TrainsSHA256: "1", SourceSHA256: "x"}, ""},
		{"b", analysis.Analysis{Recording: "S2", TrainsSHA256: "1", SourceSHA256: "y"}, "a"},
		{"c", analysis.Analysis{Recording: "S3", SourceSHA256: "x"}, "a"},
		{"d", analysis.Analysis{Recording: "S4", TrainsSHA256: "2"}, ""},
	} {
		if got, err := seen.add(c.path, &c.a); err != nil || got != c.want {
			t.Errorf("%s: %q, %v", c.path, got, err)
		}
	}
	_, err := seen.add("e", &analysis.Analysis{Recording: "S1", TrainsSHA256: "3"})
	if err == nil || !strings.Contains(err.Error(),
		"a and e are analyses of two recordings called S1") {
		t.Error(err)
	}
}

// Properties join on the recording; without that column on subject and condition, if one recording
// has them.
func TestPropertiesOfRecordings(t *testing.T) {
	read := func(rows ...string) *properties {
		tb := &table.Table{Columns: strings.Split("subject,condition,MU_idx,muscle_of_MU,"+
			"Recruitment_threshold_mean,firing_rates_mean,cov_mean,recording", ",")}
		for _, r := range rows {
			tb.Add(strings.Split(r, ",")...)
		}
		path := t.TempDir() + "/MU_properties_ALL.csv"
		if err := tb.Write(path); err != nil {
			t.Fatal(err)
		}
		p, err := readProperties(path, &ExperimentResult{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	trial := func(name string) *analysis.Analysis {
		return &analysis.Analysis{Recording: name, Subject: "S1", Condition: "TA_30percent",
			IntensityMVC: 30, Rows: []analysis.Row{{PoolA: "TA", PoolB: "TA"}}}
	}
	rate := func(p *properties, name string) (float64, error) {
		of, err := p.of(name, trial(name), false)
		return of[muscleUnit{"TA", 0}].rate, err
	}
	p := read("S1,TA_30percent,0,TA,1,10,0.1,a", "S1,TA_30percent,0,TA,2,20,0.2,b")
	for name, want := range map[string]float64{"a": 10, "b": 20, "c": 0} {
		if got, err := rate(p, name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	p = read("S1,TA_30percent,0,TA,1,10,0.1,", "S1,TA_40percent,0,TA,2,20,0.2,",
		"S1,Legs_30percent,0,SOL,2,30,0.2,")
	if got, err := rate(p, "a"); err != nil || got != 10 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := rate(p, "b"); err == nil || !strings.Contains(err.Error(), "a and b are both") {
		t.Errorf("two recordings: %v", err)
	}
	p = read("S1,TA_30percent,0,TA,1,10,0.1,", "S1,TA_30percent,0,TA,2,20,0.2,")
	if _, err := rate(p, "a"); err == nil || !strings.Contains(err.Error(), "several rows") ||
		!strings.Contains(err.Error(), "renshaw convert") {
		t.Errorf("two rows: %v", err)
	}
	p = read("S1,TA_30percent,0,TA,1,10,0.1,a", "S1,TA_30percent,0,TA,2,20,0.2,a")
	if _, err := rate(p, "a"); err == nil || !strings.Contains(err.Error(), "two rows") {
		t.Errorf("two rows of a recording: %v", err)
	}
}
