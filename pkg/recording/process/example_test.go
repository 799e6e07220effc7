package process_test

import (
	"context"
	"fmt"
	"log"

	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/process"
)

// A unit discharges 10 times a second from the middle of a ramp of 10 s, 10 % of maximal voluntary
// contraction (MVC), to the end of a plateau at 20 % MVC. Plateaus begin where the slope of the
// smoothed force has ended.
func ExampleProcess() {
	const fsHz = 1000
	force := make([]float64, 60*fsHz)
	for i := range force {
		t := float64(i) / fsHz
		force[i] = 200 * max(0, min(1, (t-10)/10, (50-t)/5))
	}
	var times []float64
	for t := 15.0; t < 45; t += 0.1 {
		times = append(times, t*fsHz)
	}
	raw := &recording.Raw{
		Name: recording.ParseName("S1_TA_20percent.mat"), Source: "S1_TA_20percent.mat",
		Kind: recording.KindEdited, FsHz: fsHz, Samples: len(force), TimeUnits: "samples",
		Grids: []recording.Grid{{Channels: 64}}, Muscles: []string{"TA"},
		Units: []recording.RawUnit{{Muscle: "TA", Times: times}},
		Forces: []recording.ForceCandidate{{Role: recording.ForcePath, From: "signal.path",
			Load: func() ([]float64, error) { return force, nil }}},
	}
	cfg := process.Default()
	cfg.Realign = false // there is no EMG
	p, err := process.Process(context.Background(), raw, cfg)
	if err != nil {
		log.Fatal(err)
	}
	for k, plateau := range p.Force.Plateaus {
		u := p.Units[0].Properties
		fmt.Printf("plateau of %.0f s: %.1f Hz, recruited at %.0f %% MVC\n",
			float64(plateau.Stop-plateau.Start)/fsHz, u.RateHz[k], u.ThresholdMVC[k])
	}
	// Output:
	// plateau of 23 s: 10.0 Hz, recruited at 11 % MVC
}
