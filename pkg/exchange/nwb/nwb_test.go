package nwb

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/pkg/exchange/motorunit"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording"
)

// made is a recording of two units with a force.
func made() *motorunit.Recording {
	return &motorunit.Recording{
		Path: "S1_TA_30percent.h5", Name: "S1_TA_30percent", Subject: "S1", FsHz: 1000, DurationS: 1,
		Force: &recording.Force{PercentMVC: make([]float64, 1000), FsHz: 1000,
			Plateaus: []recording.Plateau{{Start: 200, Stop: 800}}},
		Units: []motorunit.Unit{
			{ID: 0, Name: "a", Muscle: "TA", SpikesS: []float64{0.25, 0.5}, Samples: []int64{250, 500}},
			{ID: 1, Name: "b", Muscle: "SOL", SpikesS: []float64{0.125}, Samples: []int64{125}},
		},
	}
}

func ExampleWrite() {
	dir, err := os.MkdirTemp("", "nwb")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "S1_TA_30percent.nwb")
	if err := Write(path, made(), Options{Sex: "F"}); err != nil {
		log.Fatal(err)
	}
	f, err := h5.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	spikes, _, err := f.Float64s("/units/spike_times")
	if err != nil {
		log.Fatal(err)
	}
	ends, _, err := f.Float64s("/units/spike_times_index")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(spikes, ends)
	// Output:
	// [0.25 0.5 0.125] [2 3]
}

func TestOptionsAreChecked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.nwb")
	for want, opt := range map[string]Options{"sex": {Sex: "x"}, "age": {Age: "30"}} {
		if err := Write(path, made(), opt); err == nil ||
			!strings.Contains(strings.ToLower(err.Error()), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was written")
	}
}
