package recfile

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording"
)

// written writes a file of two units, which more completes, and returns its path.
func written(t *testing.T, units string, more func(*h5.File)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "S1_TA_10percent.h5")
	w, err := h5.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	PutSpikeTrains(w, []string{"TA", "SOL"}, [][]float64{{100, 200}, {150}}, units)
	more(w)
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRecordingIsReadBack(t *testing.T) {
	path := written(t, "samples", func(w *h5.File) {
		w.Attr("/", "fsamp", 1000.0)
		w.Attr("/", "duration_s", 2.5)
		w.Attr("/", "subject", "S1")
		w.Attr("/", "condition", "TA_10percent")
		w.Attr("/", "intensity_percent_mvc", 10.0)
		w.PutFloat64s("/force/percent_mvc", []float64{0, 5, 10})
		w.PutInt64s("/force/plateaus", []int64{1, 3}, 1, 2)
	})
	loaded, err := ReadRecording(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := &recording.Recording{
		Name: "S1_TA_10percent.h5", FsHz: 1000, DurationS: 2.5, Subject: "S1", Condition: "TA_10percent",
		IntensityMVC: 10, Key: "S1_TA_10percent", Units: []recording.Unit{
			{ID: 0, Pool: "TA", SpikesS: []float64{0.1, 0.2}},
			{ID: 1, Pool: "SOL", SpikesS: []float64{0.15}},
		},
	}
	if !reflect.DeepEqual(loaded.Recording, want) || loaded.Truth != nil {
		t.Errorf("%+v, want %+v", loaded.Recording, want)
	}
	force, err := ReadForce(path)
	if err != nil || !reflect.DeepEqual(force, &recording.Force{
		PercentMVC: []float64{0, 5, 10}, FsHz: 1000, Plateaus: []recording.Plateau{{Start: 1, Stop: 3}},
	}) {
		t.Errorf("force %+v, %v", force, err)
	}
	if ok, err := IsRecording(path); !ok || err != nil {
		t.Error(ok, err)
	}
}

// Without a rate it is the usual one, and the recording lasts to its last discharge.
func TestRecordingWithoutAttributes(t *testing.T) {
	path := written(t, "samples", func(*h5.File) {})
	loaded, err := ReadRecording(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := loaded.Recording
	if r.FsHz != recording.DefaultFsHz || r.DurationS != 200/r.FsHz || r.Subject != "" {
		t.Errorf("%+v", r)
	}
	if force, err := ReadForce(path); force != nil || err != nil {
		t.Error(force, err)
	}
}

func TestFaultyFilesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		units, want string
		more        func(*h5.File)
	}{
		"unit of time": {"ms", "s or samples is expected", func(*h5.File) {}},
		"rate": {"s", "positive sampling rate",
			func(w *h5.File) { w.Attr("/", "fsamp", -1.0) }},
		"rate as text": {"s", "fsamp", func(w *h5.File) { w.Attr("/", "fsamp", "fast") }},
		"participant":  {"s", "subject", func(w *h5.File) { w.Attr("/", "subject", 1.0) }},
		"name of a train": {"s", "number of the cell",
			func(w *h5.File) { w.PutFloat64s("/spike_trains/MN/x", nil) }},
	} {
		path := written(t, c.units, c.more)
		_, err := ReadRecording(path, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) ||
			!strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %q and the file", name, err, c.want)
		}
	}
	empty := filepath.Join(t.TempDir(), "empty.h5")
	w, err := h5.Create(empty)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadRecording(empty, Options{}); !errors.Is(err, ErrNotARecording) {
		t.Errorf("no trains: %v", err)
	}
	if ok, err := IsRecording(empty); ok || err != nil {
		t.Error(ok, err)
	}
}
