package bids

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/process"
)

// shown is a unit as the tests compare it.
type shown struct {
	Muscle, Name string
	Grid         int
	Times        []float64
}

func show(p *process.Processed) []shown {
	out := make([]shown, len(p.Units))
	for i, u := range p.Units {
		out[i] = shown{u.Muscle, u.Name, u.Grid, u.Times}
	}
	return out
}

// readTable reads a file and processes it with the default options.
func readTable(t *testing.T, path string, fsHz float64,
	muscles string) (*process.Processed, error) {
	t.Helper()
	cfg := process.Default()
	raw, err := Read(path, recording.Given{
		Name: recording.ParseName(path), FsHz: fsHz, Group: muscles, MuscleMap: cfg.MuscleMap})
	if err != nil {
		return nil, err
	}
	return process.Process(context.Background(), raw, cfg)
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
		"rate above": {map[string]string{"dataset_description.json": "{}",
			"task-TA30percent_emg.json": `{"SamplingFrequency":1000}`,
			events + ".tsv": head + "0.5 0 500 10\n0.25 0 250 9\nn/a n/a n/a n/a\n0.75 0 " +
				"750 10\n"}, []shown{{"TA", "9", 0, []float64{250}}, {"TA", "10", 0, []float64{500, 750}}},
			"samples"},
		"no rate": {map[string]string{events + ".tsv": "onset duration unit\n0.5 0 b\n0.25 0 a\n"},
			[]shown{{"TA", "b", 0, []float64{0.5}}, {"TA", "a", 0, []float64{0.25}}}, "s"},
		"rate of sample and onset": {map[string]string{events + ".tsv": head +
			"0.500001 0 500 b\n0.25 0 250 a\n"},
			[]shown{{"TA", "b", 0, []float64{500}}, {"TA", "a", 0, []float64{250}}}, "samples"},
		"samples from 1, other task's rate ignored": {map[string]string{"dataset_description.json": "{}",
			"task-other_emg.json": `{"SamplingFrequency":50}`,
			events + ".json":      `{"SamplingFrequency":1000}`, events + ".tsv": head +
				"0.5 0 501 1\n0.25 0 251 1\n"}, []shown{{"TA", "1", 0, []float64{250, 500}}}, "samples"},
		"units of the sidecar": {map[string]string{events +
			".json": `{"SamplingFrequency":1000,"MotorUnits":` +
			`[{"unit":"7","muscle":"VL","grid":2},{"unit":"3","muscle":"VM"}]}`,
			events + ".tsv": "onset duration unit muscle\n0.5 0 3 VM\n"},
			[]shown{{"VL", "7", 2, nil}, {"VM", "3", 0, []float64{0.5}}}, "s"},
	} {
		p, err := readTable(t, filepath.Join(dataset(t, c.files), events+".tsv"), 0, "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := show(p); !reflect.DeepEqual(got, c.want) || p.TimeUnits != c.units {
			t.Errorf("%s: %v %s, want %v %s", name, got, p.TimeUnits, c.want, c.units)
		}
		if n := p.Name; n.Subject != "S1" || n.Recording != "S1_TA_30percent" || n.Group != "TA" ||
			n.IntensityMVC != 30 {
			t.Errorf("%s: name %+v", name, n)
		}
	}
}

func TestInconsistentDatasets(t *testing.T) {
	head := "onset duration sample unit muscle\n"
	rate := `{"SamplingFrequency":1000}`
	for want, files := range map[string]map[string]string{
		"but": {events + ".json": rate,
			"sub-S1/emg/sub-S1_emg.json": `{"SamplingFrequency":2048}`, events + ".tsv": head +
				"0.5 0 500 1 TA\n"},
		"SamplingFrequency or a column": {events + ".json": `{"SamplingFrequency":2048}`,
			events + ".tsv": head + "0.5 0 500 1 TA\n"},
		"not valid JSON": {events + ".json": `{"SamplingFrequency":`, events + ".tsv": head +
			"0.5 0 500 1 TA\n"},
		"a positive number": {events + ".json": `{"SamplingFrequency":-1}`, events + ".tsv": head +
			"0.5 0 500 1 TA\n"},
		"not among MotorUnits": {events + ".json": `{"MotorUnits":[{"unit":"2","muscle":"TA"}]}`,
			events + ".tsv": head + "0.5 0 500 1 TA\n"},
		`the sidecar says "VL"`: {events + ".json": `{"MotorUnits":[{"unit":"1","muscle":"VL"}]}`,
			events + ".tsv": head + "0.5 0 500 1 TA\n"},
		"each unit once": {events +
			".json": `{"MotorUnits":[{"unit":"1","muscle":"VL"},{"unit":"1","muscle":"VL"}]}`,
			events + ".tsv": head + "0.5 0 500 1 VL\n"},
		"onset \"x\"":            {events + ".tsv": head + "x 0 500 1 TA\n"},
		"sample \"5.5\"":         {events + ".json": rate, events + ".tsv": head + "0.005 0 5.5 1 TA\n"},
		"columns onset and unit": {events + ".tsv": "onset duration value\n0.5 0 1\n"},
		"no discharge":           {events + ".tsv": head},
		"is empty":               {events + ".tsv": ""},
		"without a slash":        {events + ".tsv": head + "0.5 0 500 1 T/A\n"},
	} {
		path := filepath.Join(dataset(t, files), events+".tsv")
		if _, err := readTable(t, path, 0, ""); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), "sub-S1") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	other := "sub-S1/emg/sub-S1_task-rest_events.tsv"
	path := filepath.Join(dataset(t, map[string]string{other: "onset duration unit\n0.5 0 1\n"}),
		other)
	if _, err := readTable(t, path, 0, ""); err == nil ||
		!strings.Contains(err.Error(), "muscle of unit") {
		t.Errorf("no muscle: %v", err)
	}
}

// A derivative of MUedit2: units are called by grid and rank, and the raw dataset has the rate.
func TestDerivativeOfMUedit2(t *testing.T) {
	const name = "sub-S1_task-Fingers30percent"
	head := "onset duration sample unit_id\n"
	rows := "0.25 0 512 g0_mu0\n0.5 0 1024 g1_mu0\n0.75 0 1536 g0_mu1\n"
	for what, files := range map[string]map[string]string{
		"rate in the raw dataset": {"sub-S1/emg/" + name + "_emg.json": `{"SamplingFrequency":2048}`},
		"rate of samples":         {},
	} {
		files["dataset_description.json"] = "{}"
		files["derivatives/muedit2/dataset_description.json"] = "{}"
		table := "derivatives/muedit2/sub-S1/emg/" + name + "_desc-edited_events.tsv"
		files[table] = head + rows
		p, err := readTable(t, filepath.Join(dataset(t, files), table), 0, "")
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		want := []shown{{"FDI", "g0_mu0", 0, []float64{512}}, {"APB", "g1_mu0", 1, []float64{1024}},
			{"FDI", "g0_mu1", 0, []float64{1536}}}
		if got := show(p); !reflect.DeepEqual(got, want) || p.FsHz != 2048 {
			t.Errorf("%s: %v at %v Hz", what, got, p.FsHz)
		}
	}
}

// Any table gives units or an error.
func FuzzRead(f *testing.F) {
	f.Add([]byte("onset\tduration\tsample\tunit_id\n0.25\t0\t512\tg0_mu0\n"))
	f.Add([]byte("onset\tduration\tunit\tmuscle\n0.5\t0\t3\tVM\nn/a\tn/a\tn/a\tn/a\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "sub-S1_task-TA30percent_events.tsv")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if r, err := Read(path, recording.Given{Group: "TA"}); err == nil && len(r.Units) == 0 {
			t.Error("no units and no error")
		}
	})
}
