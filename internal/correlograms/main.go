// Command correlograms prints discharge statistics and cross-histograms of pairs of units of a
// recording as JSON, for the comparison with another program in scripts/peers_test.py.
package main

import (
	"encoding/json"
	"log"
	"os"

	"example.org/renshaw/pkg/analysis/crosshist"
	"example.org/renshaw/pkg/analysis/rate"
	"example.org/renshaw/pkg/exchange/motorunit"
	"example.org/renshaw/pkg/recording"
)

type unit struct {
	ID           int
	Muscle       string
	MeanHz, CoV  float64 // mean of the instantaneous rates; of the intervals
	Discharges   int
	ShortestISIS float64
}

type pair struct {
	Reference, Test int
	Counts          []int32 // at the lags of Edges, nearest discharges only
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("correlograms: name a recording")
	}
	r, err := motorunit.Read(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	axis := crosshist.NewAxis(r.FsHz)
	out := struct {
		FsHz  float64
		Edges []float64
		Units []unit
		Pairs []pair
	}{FsHz: r.FsHz, Edges: axis.Edges}
	for i, a := range r.Units {
		s := rate.Of(a.SpikesS, recording.LongestIntervalS)
		u := unit{ID: a.ID, Muscle: a.Muscle, MeanHz: s.MeanHz, CoV: s.ISICoV, Discharges: len(a.SpikesS)}
		if s.MaxHz > 0 {
			u.ShortestISIS = 1 / s.MaxHz
		}
		out.Units = append(out.Units, u)
		// A tenth of all pairs, spread evenly.
		for k := i + 1; k < len(r.Units); k++ {
			if (i+k)%10 == 0 {
				counts := make([]int32, axis.Bins())
				axis.AddPair(a.SpikesS, r.Units[k].SpikesS, counts)
				out.Pairs = append(out.Pairs, pair{a.ID, r.Units[k].ID, counts})
			}
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		log.Fatal(err)
	}
}
