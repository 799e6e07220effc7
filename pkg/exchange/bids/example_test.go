package bids_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"example.org/renshaw/pkg/exchange/bids"
	"example.org/renshaw/pkg/exchange/motorunit"
	"example.org/renshaw/pkg/recording"
)

// A recording is written into a dataset and read back.
func Example() {
	dir, err := os.MkdirTemp("", "bids")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	events, err := bids.Write(dir, &motorunit.Recording{
		Name: "S1_TA_30percent", Subject: "S1", Condition: "TA_30percent", FsHz: 1000, Sampled: true,
		Units: []motorunit.Unit{
			{ID: 0, Name: "a", Muscle: "TA", SpikesS: []float64{0.25, 0.5}, Samples: []int64{250, 500}},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(filepath.Base(events))
	raw, err := bids.Read(events, recording.Given{Name: recording.ParseName(events)})
	if err != nil {
		log.Fatal(err)
	}
	u := raw.Units[0]
	fmt.Println(raw.Name.Recording, u.Name, u.Muscle, u.Times, raw.TimeUnits)
	// Output:
	// sub-S1_task-TA30percent_events.tsv
	// S1_TA_30percent a TA [250 500] samples
}
