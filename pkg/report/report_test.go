package report

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/exchange/motorunit"
)

func example(name string) string {
	return filepath.Join(testdata.Root(), "examples", "recordings", name)
}

// content is the data that a page embeds.
func content(t *testing.T, path string) Page {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?s)<script>const DATA = (.*?);</script>`).FindSubmatch(b)
	if m == nil {
		t.Fatal("the page embeds no data")
	}
	var generic any
	if err := json.Unmarshal(m[1], &generic); err != nil {
		t.Fatal(err)
	}
	for _, outside := range []string{"http://", "https://", "src=\"/", "<link", "@import", "fetch("} {
		text := strings.ReplaceAll(string(b), "http://www.w3.org/2000/svg", "")
		if strings.Contains(text, outside) {
			t.Errorf("the page refers to something outside: %s", outside)
		}
	}
	var p Page
	if err := json.Unmarshal(m[1], &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRecordingIsWhole(t *testing.T) {
	page, err := File(example("V1_Quadriceps_10percent.h5"))
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "a b", "page.html")
	if err := page.Write(out); err != nil {
		t.Fatal(err)
	}
	want, err := motorunit.Read(example("V1_Quadriceps_10percent.h5"))
	if err != nil {
		t.Fatal(err)
	}
	r := content(t, out).Recordings[0]
	if len(r.Units) != len(want.Units) || len(r.Plateaus) != 1 || len(r.Force) < 1000 ||
		r.NoAnalysis == "" || len(r.Provenance) < 6 {
		t.Fatalf("%d units, %d plateaus, %d values of force, %q, %v", len(r.Units), len(r.Plateaus),
			len(r.Force), r.NoAnalysis, r.Provenance)
	}
	byID := map[int]motorunit.Unit{}
	for _, u := range want.Units {
		byID[u.ID] = u
	}
	for _, u := range r.Units {
		spikes, at := byID[u.ID].SpikesS, 0
		if len(u.Spikes) != len(spikes) || len(u.Cells) != len(r.Columns) ||
			u.Muscle != byID[u.ID].Muscle {
			t.Fatalf("unit %d: %d discharges, want %d; %v", u.ID, len(u.Spikes), len(spikes), u.Cells)
		}
		for i, d := range u.Spikes {
			if at += d; math.Abs(float64(at)/10000-spikes[i]) > 0.00006 {
				t.Fatalf("unit %d: discharge %d at %v, want %v", u.ID, i, float64(at)/10000, spikes[i])
			}
		}
	}
}

func TestIntervals(t *testing.T) {
	rate, cv, longest := intervals([]float64{1, 1.1, 1.3})
	if math.Abs(float64(rate)-1/0.15) > 1e-9 || math.Abs(float64(cv)-0.05/0.15) > 1e-9 ||
		math.Abs(float64(longest)-0.2) > 1e-9 {
		t.Errorf("%v %v %v", rate, cv, longest)
	}
	if rate, _, _ := intervals([]float64{1}); !math.IsNaN(float64(rate)) {
		t.Errorf("one discharge has rate %v", rate)
	}
	if b, err := json.Marshal(number(math.NaN())); err != nil || string(b) != "null" {
		t.Errorf("NaN is %s, %v", b, err)
	}
}

func TestStudy(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(example("V1_Quadriceps_10percent.h5"))
	if err != nil {
		t.Fatal(err)
	}
	put("recordings/V1_Quadriceps_10percent.h5", string(b))
	put("posterior/observations.csv",
		"subject,muscle_pair,intensity,unusual\nV1,VL<->VL,10.0,True\n</script><script>alert(1),x,1,"+
			"False\n")
	put("posterior/posterior_summary.csv",
		"subject,muscle_pair,intensity,parameter,q05,q25,median,q75,q95\nV1,VL<->VL,10.0,a,1.23456789,"+
			"2,3,4,5\n")
	put("tables/experiment_exclusions.csv", "unit,filter\n")
	page, err := Dir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "report.html")
	if err := page.Write(out); err != nil {
		t.Fatal(err)
	}
	p := content(t, out)
	if len(p.Recordings) != 1 || len(p.Study.Tables) != 2 || p.Study.Tables[0].Kind != "verdict" ||
		p.Study.Tables[1].Rows[0][4] != "1.235" {
		t.Errorf("%d recordings, tables %+v", len(p.Recordings), p.Study.Tables)
	}
	if p.Study.Tables[0].Rows[1][0] != "</script><script>alert(1)" {
		t.Errorf("a text was changed: %q", p.Study.Tables[0].Rows[1][0])
	}
	whole, _ := os.ReadFile(out)
	if strings.Contains(string(whole), "<script>alert") {
		t.Error("a text of a table became part of the page")
	}
}

func TestNothingToReport(t *testing.T) {
	dir := t.TempDir()
	if _, err := Dir(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := File(filepath.Join(dir, "none.h5")); err == nil ||
		!strings.Contains(err.Error(), "none.h5") {
		t.Errorf("a missing file: %v", err)
	}
}
