package muedit

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/pkg/file/npz"
	"example.org/renshaw/pkg/recording"
)

// trains are those of the archives in testdata/npz, which NumPy wrote.
var trains = [][]float64{{10, 210, 450, 700}, {33, 240, 460}, nil, {5, 100, 300, 512, 801}}

// shown is a unit as the tests compare it.
type shown struct {
	Muscle, Name string
	Grid         int
	Times        []float64
}

func show(p *Processed) []shown {
	out := make([]shown, len(p.Units))
	for i, u := range p.Units {
		out[i] = shown{u.Muscle, u.Name, u.Grid, u.Times}
	}
	return out
}

func readTable(t *testing.T, path string, fsHz float64, muscles string) (*Processed, error) {
	t.Helper()
	cfg := Default()
	cfg.Muscles = muscles
	return ReadTable(path, fsHz, recording.ParseName(path), cfg)
}

func TestArchivesOfNumPy(t *testing.T) {
	ta := func(names ...string) []shown {
		out := make([]shown, len(names))
		for i, n := range names {
			out[i] = shown{"TA", n, 0, trains[i]}
		}
		return out
	}
	for name, want := range map[string][]shown{
		"S1_TA_30percent.npz": ta("0", "1", "2", "3"),
		"flat.npz":            {{"VL", "0", 0, trains[0]}, {"VL", "1", 0, trains[1]}, {"FDI", "3", 0, trains[3]}},
		"counts.npz":          {{"VL", "a", 0, trains[0]}, {"VM", "b", 0, trains[1]}, {"VL", "c", 0, trains[2]}, {"VM", "d", 0, trains[3]}},
		"single.npz":          {{"VL", "0_0", 0, trains[0]}, {"VL", "0_1", 0, trains[2]}, {"VM", "1_0", 1, trains[1]}, {"VM", "1_1", 1, trains[3]}},
		"binary.npz":          ta("0", "1", "2", "3"),
	} {
		p, err := readTable(t, "testdata/npz/"+name, 0, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := show(p); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%v, want\n%v", name, got, want)
		}
		if p.FsHz != 2048 || p.TimeUnits != "samples" || p.SHA256 == "" {
			t.Errorf("%s: %v Hz, %s", name, p.FsHz, p.TimeUnits)
		}
	}
	q, err := readTable(t, "testdata/npz/flat.npz", 0, "")
	if err != nil {
		t.Fatal(err)
	}
	// Unit 0 at 10, 210, 450, 700: intervals of 200, 240, 250 samples.
	if r := q.Units[0].Properties; math.Abs(r.RateHz[0]-2048/230.0) > 1e-12 || math.Abs(r.CoV[0]-math.Sqrt((900+100+400)/3.0)/230) > 1e-12 || !math.IsNaN(r.ThresholdMVC[0]) {
		t.Errorf("without force: %+v", r)
	}
	p, err := readTable(t, "testdata/npz/seconds.npz", 0, "")
	if err != nil || p.TimeUnits != "s" || p.Units[1].Times[0] != 33.0/2048 {
		t.Errorf("seconds: %v, %+v", err, p)
	}
}

func TestArchivesThatAreRefused(t *testing.T) {
	_, err := readTable(t, "testdata/npz/pickled.npz", 0, "TA")
	if !errors.Is(err, npz.ErrPickled) {
		t.Errorf("pickled objects: %v", err)
	}
	if _, err := readTable(t, "../../file/npz/testdata/types.npz", 0, "TA"); err == nil || !strings.Contains(err.Error(), "no array of discharges") || !strings.Contains(err.Error(), "fortran") {
		t.Errorf("other arrays: %v", err)
	}
	if _, err := readTable(t, "testdata/npz/pickled.npz", 0, "TA"); err == nil || !strings.Contains(err.Error(), "other-formats.md") {
		t.Errorf("%v does not tell what to do", err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "S1_Quadriceps_10percent.npz")
	b, err := os.ReadFile("testdata/npz/seconds.npz")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b[:len(b)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readTable(t, path, 0, ""); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("truncated: %v", err)
	}
}

// dataset writes files of a BIDS dataset and returns its folder.
func dataset(t *testing.T, files map[string]string) string {
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, " ", "\t")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const events = "sub-S1/emg/sub-S1_task-TA30percent_events"

func TestEventsOfBIDS(t *testing.T) {
	head := "onset duration sample unit_id\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  []shown
		units string
	}{
		"rate above": {map[string]string{"dataset_description.json": "{}", "task-TA30percent_emg.json": `{"SamplingFrequency":1000}`,
			events + ".tsv": head + "0.5 0 500 10\n0.25 0 250 9\nn/a n/a n/a n/a\n0.75 0 750 10\n"}, []shown{{"TA", "9", 0, []float64{250}}, {"TA", "10", 0, []float64{500, 750}}}, "samples"},
		"no rate": {map[string]string{events + ".tsv": head + "0.5 0 500 b\n0.25 0 250 a\n"}, []shown{{"TA", "b", 0, []float64{0.5}}, {"TA", "a", 0, []float64{0.25}}}, "s"},
		"samples from 1, other task's rate ignored": {map[string]string{"dataset_description.json": "{}", "task-other_emg.json": `{"SamplingFrequency":50}`,
			events + ".json": `{"SamplingFrequency":1000}`, events + ".tsv": head + "0.5 0 501 1\n0.25 0 251 1\n"}, []shown{{"TA", "1", 0, []float64{250, 500}}}, "samples"},
		"units of the sidecar": {map[string]string{events + ".json": `{"SamplingFrequency":1000,"MotorUnits":[{"unit":"7","muscle":"VL","grid":2},{"unit":"3","muscle":"VM"}]}`,
			events + ".tsv": "onset duration unit muscle\n0.5 0 3 VM\n"}, []shown{{"VL", "7", 2, nil}, {"VM", "3", 0, []float64{0.5}}}, "s"},
	} {
		p, err := readTable(t, filepath.Join(dataset(t, c.files), events+".tsv"), 0, "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := show(p); !reflect.DeepEqual(got, c.want) || p.TimeUnits != c.units {
			t.Errorf("%s: %v %s, want %v %s", name, got, p.TimeUnits, c.want, c.units)
		}
		if n := p.Name; n.Subject != "S1" || n.Recording != "S1_TA_30percent" || n.Group != "TA" || n.IntensityMVC != 30 {
			t.Errorf("%s: name %+v", name, n)
		}
	}
}

func TestInconsistentDatasets(t *testing.T) {
	head := "onset duration sample unit muscle\n"
	rate := `{"SamplingFrequency":1000}`
	for want, files := range map[string]map[string]string{
		"but":                           {events + ".json": rate, "sub-S1/emg/sub-S1_emg.json": `{"SamplingFrequency":2048}`, events + ".tsv": head + "0.5 0 500 1 TA\n"},
		"SamplingFrequency or a column": {events + ".json": `{"SamplingFrequency":2048}`, events + ".tsv": head + "0.5 0 500 1 TA\n"},
		"not valid JSON":                {events + ".json": `{"SamplingFrequency":`, events + ".tsv": head + "0.5 0 500 1 TA\n"},
		"a positive number":             {events + ".json": `{"SamplingFrequency":-1}`, events + ".tsv": head + "0.5 0 500 1 TA\n"},
		"not among MotorUnits":          {events + ".json": `{"MotorUnits":[{"unit":"2","muscle":"TA"}]}`, events + ".tsv": head + "0.5 0 500 1 TA\n"},
		`the sidecar says "VL"`:         {events + ".json": `{"MotorUnits":[{"unit":"1","muscle":"VL"}]}`, events + ".tsv": head + "0.5 0 500 1 TA\n"},
		"each unit once":                {events + ".json": `{"MotorUnits":[{"unit":"1","muscle":"VL"},{"unit":"1","muscle":"VL"}]}`, events + ".tsv": head + "0.5 0 500 1 VL\n"},
		"onset \"x\"":                   {events + ".tsv": head + "x 0 500 1 TA\n"},
		"sample \"5.5\"":                {events + ".json": rate, events + ".tsv": head + "0.005 0 5.5 1 TA\n"},
		"columns onset and unit":        {events + ".tsv": "onset duration value\n0.5 0 1\n"},
		"no discharge":                  {events + ".tsv": head},
		"is empty":                      {events + ".tsv": ""},
		"without a slash":               {events + ".tsv": head + "0.5 0 500 1 T/A\n"},
	} {
		path := filepath.Join(dataset(t, files), events+".tsv")
		if _, err := readTable(t, path, 0, ""); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "sub-S1") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	other := "sub-S1/emg/sub-S1_task-rest_events.tsv"
	path := filepath.Join(dataset(t, map[string]string{other: "onset duration unit\n0.5 0 1\n"}), other)
	if _, err := readTable(t, path, 0, ""); err == nil || !strings.Contains(err.Error(), "muscle of unit") {
		t.Errorf("no muscle: %v", err)
	}
}

func TestNamesOfBIDS(t *testing.T) {
	for path, want := range map[string]string{
		"a/sub-V1_task-Quadriceps10percent_events.tsv":      "V1_Quadriceps_10percent",
		"sub-V1_ses-2_task-TA12p5percent_desc-x_events.tsv": "V1_TA_12.5percent_ses-2",
		"sub-03_task-isometric_run-1_events.tsv":            "03_isometric_run-1",
	} {
		if got := recording.ParseName(path).Recording; got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
