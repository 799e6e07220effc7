package motorunit

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording/recfile"
)

// written writes a file of samples that count from base.
func written(t *testing.T, base float64, more func(*h5.File)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "S1_TA_10percent.h5")
	w, err := h5.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	recfile.PutSpikeTrains(w, []string{"TA", "SOL"}, [][]float64{{101, 201}, {51}}, "samples")
	w.Attr("/spike_trains/MN", "index_base", base)
	w.Attr("/", "fsamp", 100.0)
	w.Attr("/", "duration_s", 1.0)
	more(w)
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	return path
}

// Sample numbers count from 0, whatever the file counts from.
func TestSamplesCountFromZero(t *testing.T) {
	r, err := Read(written(t, 1, func(w *h5.File) {
		w.Attr(recfile.TrainPath(1), "unit_name", "b")
		w.Attr(recfile.TrainPath(1), "grid", 2)
	}))
	if err != nil {
		t.Fatal(err)
	}
	u := r.Units[0]
	if !slices.Equal(u.Samples, []int64{100, 200}) || u.SpikesS[0] != 1 || u.Name != "0" ||
		u.Grid != -1 {
		t.Errorf("%+v", u)
	}
	if u := r.Units[1]; u.Name != "b" || u.Grid != 2 || u.InGrid != -1 || u.Muscle != "SOL" {
		t.Errorf("%+v", u)
	}
	if !r.Sampled || r.Simulated || r.Length() != 201 || r.Name != "S1_TA_10percent" {
		t.Errorf("%+v, length %d", r, r.Length())
	}
	if !slices.Equal(r.Muscles(), []string{"TA", "SOL"}) {
		t.Error(r.Muscles())
	}
}

func TestFaultyAttributesAreReported(t *testing.T) {
	for want, more := range map[string]func(*h5.File){
		"session":               func(w *h5.File) { w.Attr("/", "session", 2.0) },
		"unit_name":             func(w *h5.File) { w.Attr(recfile.TrainPath(0), "unit_name", 2.0) },
		"one row for each of 2": nil,
	} {
		if more == nil {
			want = "2 units is expected"
			more = func(w *h5.File) {
				w.PutFloat64s("/unit_properties/discharge_rate", []float64{1}, 1, 1)
			}
		}
		if _, err := Read(written(t, 0, more)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
