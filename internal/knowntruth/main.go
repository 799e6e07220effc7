// Command knowntruth makes the example recordings whose recurrent inhibition is known:
// it simulates examples/known_truth.yaml and writes, for each simulated participant and
// intensity, a file as MUedit writes them, with force and a simple EMG, and a table of
// the truth. make examples runs it and converts the files.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/internal/mat5"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/simulation/batch"
	"example.org/renshaw/pkg/simulation/motorpool"
)

const (
	fsHz       = recording.DefaultFsHz
	restS      = 3.0   // before and after the contraction
	rampS      = 7.0   // up and down
	plateauS   = 120.0 // of steady discharge: the simulation without its margins
	totalS     = 2*restS + 2*rampS + plateauS
	perMuscle  = 24  // units kept at most
	maxGapS    = 0.6 // of a unit that counts as decomposed
	rampRateHz = 8.0 // mean discharge rate between recruitment and plateau
	rampCV     = 0.2 // of the intervals there
	peak       = 3   // samples from onset to the peak of an action potential, where MUedit marks it
	channels   = 64
)

// grids is the muscle of each electrode array of the group Quadriceps.
var grids = []string{"VM", "VM", "VL", "VL", "VL", "VL"}

// muscles of the pools of the simulation.
var muscles = []string{"VL", "VM"}

// unit is one motor unit of the example.
type unit struct {
	muscle      string
	neuron      int
	recruitment float64   // share of the plateau's force
	samples     []int     // onsets of its action potentials
	spikesS     []float64 // in the plateau, s from its start
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("knowntruth: name the folder of examples")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal("knowntruth: ", err)
	}
}

func run(dir string) error {
	f, err := batch.Read(filepath.Join(dir, "known_truth.yaml"))
	if err != nil {
		return err
	}
	truth := &table.Table{Columns: []string{"subject", "intensity", "muscle", "units",
		"excitatory_input_baseline", "disynpatic_inhib_connections_desired_MN_MN",
		"inhibition_from_other_muscle", "inhibition_of_other_muscle", feature.ReceivedInhibition,
		feature.ReceivedInhibitionOther,
		"common_input_high_freq_middle_of_range", "common_input_high_freq_half_width_range",
		"common_input_std", "between_pool_excitatory_input_correlation"}}
	var sim motorpool.Simulator
	for i, row := range f.Simulations {
		p, _, err := f.Params(i, row)
		if err != nil {
			return err
		}
		s, err := sim.Run(context.Background(), p)
		if err != nil {
			return err
		}
		subject, intensity, _ := strings.Cut(row.Label, "_")
		units := choose(s)
		addTruth(truth, subject, intensity, s, units)
		path := filepath.Join(dir, fmt.Sprintf("%s_Quadriceps_%spercent.mat", subject, intensity))
		if err := atomicfile.Write(path,
			func(w io.Writer) error { return write(w, units, intensity) }); err != nil {
			return err
		}
	}
	return truth.Write(filepath.Join(dir, "known_truth.csv"))
}

// choose keeps neurons that discharge without long pauses, evenly over the sizes.
func choose(s *motorpool.Simulation) []unit {
	n := s.Params.NeuronsPerPool
	trains := s.Trains()
	var out []unit
	for pool, muscle := range muscles {
		var steady []unit
		for m := pool * n; m < (pool+1)*n; m++ {
			t := recording.Window(trains[m], s.Params.EdgesS, s.Params.EdgesS+plateauS)
			if recording.LongestGap(t, 0, plateauS) < maxGapS {
				share := 0.15 + 0.75*float64(m-pool*n)/float64(n-1) // small ones first
				steady = append(steady, unit{muscle: muscle, neuron: m, recruitment: share, spikesS: t})
			}
		}
		count := min(perMuscle, len(steady))
		for k := 0; k < count; k++ {
			u := steady[k*(len(steady)-1)/max(1, count-1)]
			u.samples = onsets(u, rand.New(rand.NewPCG(uint64(s.Params.RandomSeed), uint64(u.neuron))))
			out = append(out, u)
		}
	}
	return out
}

// onsets places the spikes in the recording, after discharges on the ramp from the unit's
// recruitment on, and until its derecruitment on the way down. Their intervals vary, from
// the given source: with equal ones all units would beat together there.
func onsets(u unit, rng *rand.Rand) []int {
	interval := func() float64 { return max(0.5, 1+rampCV*rng.NormFloat64()) / rampRateHz }
	start := restS + rampS
	var times []float64
	for t := start + u.spikesS[0] - interval(); t > restS+rampS*u.recruitment; t -= interval() {
		times = append(times, t)
	}
	slices.Reverse(times)
	for _, t := range u.spikesS {
		times = append(times, start+t)
	}
	for t := times[len(times)-1] + interval(); t < start+plateauS+
		rampS*(1-u.recruitment); t += interval() {
		times = append(times, t)
	}
	out := make([]int, len(times))
	for i, t := range times {
		out[i] = int(math.Round(t * fsHz))
	}
	return out
}

func addTruth(t *table.Table, subject, intensity string, s *motorpool.Simulation, units []unit) {
	p := &s.Params
	for pool, muscle := range muscles {
		count := 0
		for _, u := range units {
			if u.muscle == muscle {
				count++
			}
		}
		band, received := p.CommonInputBandHz[pool][1], p.Received()
		for _, row := range received {
			for j := range row {
				row[j] = math.Round(row[j]*1e6) / 1e6 // 29 x 1.4 is 40.599999999999994
			}
		}
		row := []string{subject, intensity, muscle, fmt.Sprint(count)}
		for _, v := range []float64{p.BaselineNA[pool], p.DisynapticInhib[pool][pool],
			p.DisynapticInhib[1-pool][pool], p.DisynapticInhib[pool][1-pool], received[pool][pool],
			received[1-pool][pool], (band[0] + band[1]) / 2, (band[1] - band[0]) / 2,
			p.CommonInputSD[pool][1], p.PoolCorrelation} {
			row = append(row, table.Float(v))
		}
		t.Add(row...)
	}
}

// write writes a file in the layout of MUedit.
func write(w io.Writer, units []unit, intensity string) error {
	samples := int(totalS * fsHz)
	byGrid := make([][]unit, len(grids))
	place := map[string][]int{}
	for g, m := range grids {
		place[m] = append(place[m], g)
	}
	count := map[string]int{}
	for _, u := range units {
		g := place[u.muscle][count[u.muscle]%len(place[u.muscle])]
		count[u.muscle]++
		byGrid[g] = append(byGrid[g], u)
	}
	most := 0
	for _, list := range byGrid {
		most = max(most, len(list))
	}
	discharges := make([][]byte, len(grids)*most)
	for k := 0; k < most; k++ {
		for g, list := range byGrid {
			times := []float64{}
			if k < len(list) {
				for _, s := range list[k].samples {
					times = append(times, float64(s+peak+1)) // 1-based, at the peak
				}
			}
			discharges[k*len(grids)+g] = mat5.Doubles("", min(1, len(times)), len(times), times)
		}
	}
	var masks, names, places, labels [][]byte
	for _, m := range grids {
		masks = append(masks, mat5.Bytes("", channels, 1, make([]byte, channels)))
		names = append(names, mat5.Char("", "GR08MM1305"))
		labels = append(labels, mat5.Char("", m))
		places = append(places, mat5.Doubles("", channels, 2, coordinates()))
	}
	n := len(grids)
	force := forceOf(samples)
	return mat5.Write(w, "simulated recording with known recurrent inhibition, made by Renshaw, "+
		intensity+" % MVC",
		mat5.Struct("signal",
			mat5.Field("data", mat5.Bytes("", n*channels, samples, emg(byGrid, samples))),
			mat5.Field("fsamp", mat5.Doubles("", 1, 1, []float64{fsHz})),
			mat5.Field("ngrid", mat5.Doubles("", 1, 1, []float64{float64(n)})),
			mat5.Field("gridname", mat5.Cells("", 1, n, names...)),
			mat5.Field("muscle", mat5.Cells("", 1, n, labels...)),
			mat5.Field("EMGmask", mat5.Cells("", 1, n, masks...)),
			mat5.Field("coordinates", mat5.Cells("", 1, n, places...)),
			mat5.Field("path", mat5.Doubles("", 1, samples, force)),
			mat5.Field("target", mat5.Doubles("", 1, samples, force))),
		mat5.Struct("edition", mat5.Field("Dischargetimes", mat5.Cells("", n, most, discharges...))))
}

// coordinates are 13 rows by 5 columns of electrodes without the first corner.
func coordinates() []float64 {
	out := make([]float64, 2*channels)
	for ch := 0; ch < channels; ch++ {
		out[ch], out[channels+ch] = float64((ch+1)%13+1), float64((ch+1)/13+1)
	}
	return out
}

// forceOf rises to 1, stays and falls; MUedit leaves its unit to the experimenter.
func forceOf(samples int) []float64 {
	x := make([]float64, samples)
	for i := range x {
		t := float64(i) / fsHz
		up, down := (t-restS)/rampS, (totalS-restS-t)/rampS
		x[i] = math.Round(1000*math.Min(1, math.Max(0, math.Min(up, down)))) / 1000
	}
	return x
}

// emg is a channel with the action potential of every unit, faint noise on it, and
// silence elsewhere: enough to find onsets, small when compressed.
func emg(byGrid [][]unit, samples int) []byte {
	rows := len(byGrid) * channels
	data := make([]byte, rows*samples)
	rng := rand.New(rand.NewPCG(1, 1))
	for g, list := range byGrid {
		for k, u := range list {
			row := g*channels + 2 + 4*k // with a silent neighbour in its column
			for i := 0; i < samples; i += 1 + rng.IntN(800) {
				data[i*rows+row] = byte(int8(1 - 2*rng.IntN(2)))
			}
			for _, onset := range u.samples {
				for j := 0; j < 2*peak; j++ {
					v := int8(math.Round(90 * math.Sin(math.Pi*float64(j+1)/(peak+1)) * math.Exp(
						-float64(j)/peak)))
					if i := onset + j; i < samples {
						data[i*rows+row] = byte(v)
					}
				}
			}
		}
	}
	return data
}
