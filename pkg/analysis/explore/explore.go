// Package explore holds the optional analyses of one recording: factor analysis of
// discharge rates, coherence within and between muscles, spectra of cumulative spike
// trains, their correlation with the force, and their time-frequency content. None of them
// enters the inference of recurrent inhibition.
package explore

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/process"
	"example.org/renshaw/pkg/recording/recfile"
)

// Unit is a motor unit: Index is its MU_idx, Samples are its spikes (0-based, ascending).
type Unit struct {
	Index   int
	Muscle  string // name
	Samples []int
}

// Recording is what the analyses need of a recording. Force is in % of the maximal
// voluntary contraction, nil without; Plateaus are samples [Start, Stop).
type Recording struct {
	Name     recording.Name // participant, condition and intensity
	FsHz     float64        // sampling rate, Hz
	Length   int            // samples
	Units    []Unit         // in the file's order
	Force    []float64
	Plateaus []recording.Plateau
}

// Read reads a recording that renshaw convert wrote. A recording without force has no
// plateaus either: then the whole of it counts as one.
func Read(path string) (*Recording, error) {
	loaded, err := recfile.ReadRecording(path, recfile.Options{})
	if err != nil {
		return nil, err
	}
	if loaded.Truth != nil {
		return nil, fmt.Errorf("%s: is a simulation; renshaw analyze and summarize look at those", path)
	}
	r := loaded.Recording
	force, err := recfile.ReadForce(path)
	if err != nil {
		return nil, err
	}
	out := &Recording{Name: r.Identity(), FsHz: r.FsHz,
		Length: int(math.Round(r.DurationS * r.FsHz))}
	for _, u := range r.Units {
		unit := Unit{Index: u.ID, Muscle: u.Pool}
		for _, t := range u.SpikesS {
			unit.Samples = append(unit.Samples, int(math.Round(t*r.FsHz)))
		}
		out.Units = append(out.Units, unit)
	}
	if force != nil {
		out.Force, out.Plateaus = force.PercentMVC, force.Plateaus
		out.Length = max(out.Length, len(force.PercentMVC))
	}
	return out, out.complete(path)
}

// FromProcessed takes a recording that was just processed.
func FromProcessed(p *process.Processed) (*Recording, error) {
	out := &Recording{Name: p.Name, FsHz: p.FsHz, Length: p.Samples}
	for _, u := range p.Units {
		unit := Unit{Index: u.Index, Muscle: u.Muscle}
		for _, t := range u.Times {
			if p.TimeUnits == "s" {
				t *= p.FsHz
			}
			unit.Samples = append(unit.Samples, int(t))
		}
		out.Units = append(out.Units, unit)
	}
	if p.Force != nil {
		out.Force, out.Plateaus = p.Force.PercentMVC, p.Force.Plateaus
	}
	return out, out.complete(p.Source)
}

func (r *Recording) complete(path string) error {
	if len(r.Units) == 0 {
		return fmt.Errorf("%s: has no motor unit", path)
	}
	for i := range r.Units {
		u := &r.Units[i]
		u.Samples = slices.DeleteFunc(u.Samples, func(s int) bool { return s < 0 })
		if n := len(u.Samples); n > 0 {
			r.Length = max(r.Length, u.Samples[n-1]+1)
		}
	}
	if len(r.Plateaus) == 0 {
		r.Plateaus = []recording.Plateau{{Start: 0, Stop: r.Length}}
	}
	return nil
}

// Muscles in alphabetical order.
func (r *Recording) Muscles() []string {
	var out []string
	for _, u := range r.Units {
		if !slices.Contains(out, u.Muscle) {
			out = append(out, u.Muscle)
		}
	}
	slices.Sort(out)
	return out
}

// Group is a muscle, or a pair of muscles, with the positions of its units in a list.
type Group struct {
	Muscles []string // one or two
	Units   []int    // positions among Recording.Units
}

// Name is "FDI", or "APB+FDI".
func (g Group) Name() string {
	name := g.Muscles[0]
	for _, m := range g.Muscles[1:] {
		name += "+" + m
	}
	return name
}

// groups are every muscle, then every pair, of the units that ok holds for.
func (s *Selection) groups(ok func(unit int) bool) []Group {
	muscles := s.Recording.Muscles()
	var out []Group
	add := func(names ...string) {
		g := Group{Muscles: names}
		for i, u := range s.Recording.Units {
			if slices.Contains(names, u.Muscle) && ok(i) {
				g.Units = append(g.Units, i)
			}
		}
		out = append(out, g)
	}
	for _, m := range muscles {
		add(m)
	}
	for i, a := range muscles {
		for _, b := range muscles[i+1:] {
			add(a, b)
		}
	}
	return out
}

// Selection are the plateaus that the analyses look at, one after another on an axis of
// samples of their own, and the units that are active throughout all of them.
type Selection struct {
	Recording *Recording // that it was made of
	Plateaus  []int      // positions among the plateaus
	Valid     []int      // positions among the units
	Length    int        // samples of all selected plateaus together
	Spikes    [][]int    // per unit, on the axis of the selected plateaus
	bounds    []int      // where plateaus begin on that axis, and the end
	config    process.Config
}

// Select chooses plateaus (process.SelectPlateaus).
func (r *Recording) Select() *Selection {
	c := process.Default()
	trains := make([][]float64, len(r.Units))
	for i, u := range r.Units {
		for _, t := range u.Samples {
			trains[i] = append(trains[i], float64(t))
		}
	}
	s := &Selection{Recording: r, config: c, Spikes: make([][]int, len(r.Units))}
	s.Plateaus, s.Valid = process.SelectPlateaus(process.ValidOnPlateau(trains, r.Plateaus, c, r.FsHz),
		min(r.Name.Plateaus, len(r.Plateaus)), c)
	for _, k := range s.Plateaus {
		p := r.Plateaus[k]
		s.bounds = append(s.bounds, s.Length)
		for i, u := range r.Units {
			for _, t := range u.Samples {
				if t >= p.Start && t < p.Stop {
					s.Spikes[i] = append(s.Spikes[i], t-p.Start+s.Length)
				}
			}
		}
		s.Length += p.Stop - p.Start
	}
	s.bounds = append(s.bounds, s.Length)
	return s
}

// CST is the cumulative spike train of some units on the selected plateaus.
func (s *Selection) CST(units []int) []float64 {
	x := make([]float64, s.Length)
	for _, u := range units {
		for _, t := range s.Spikes[u] {
			x[t]++
		}
	}
	return x
}

// Rates are the smoothed discharge rates of some units on the selected plateaus, per plateau
// without trend and scaled to an SD of 1.
func (s *Selection) Rates(units []int) ([][]float64, error) {
	out := make([][]float64, len(units))
	r := s.Recording
	for i, u := range units {
		times := make([]float64, len(r.Units[u].Samples))
		for k, t := range r.Units[u].Samples {
			times[k] = float64(t)
		}
		rate, err := process.SmoothedRate(times, r.Length, r.FsHz, s.config)
		if err != nil {
			return nil, fmt.Errorf("unit %d: %w", r.Units[u].Index, err)
		}
		for _, k := range s.Plateaus {
			out[i] = append(out[i], standardised(
				signal.Detrend(rate[r.Plateaus[k].Start:r.Plateaus[k].Stop]))...)
		}
	}
	return out, nil
}

// standardised has mean 0 and population SD 1; a constant stays.
func standardised(x []float64) []float64 {
	mean, sd := signal.Mean(x), signal.Std(x)
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v - mean
		if sd > 0 {
			out[i] /= sd
		}
	}
	return out
}

// Find gives the recording to explore: path, or where that is "" the first recording in a
// folder.
func Find(path, dir string) (string, error) {
	if path != "" {
		return path, nil
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.h5"))
	if err != nil {
		return "", err
	}
	slices.Sort(files)
	for _, f := range files {
		if !strings.HasSuffix(f, "analysis_output.h5") {
			return f, nil
		}
	}
	return "", fmt.Errorf("%s: has no recording; renshaw convert writes them", dir)
}
