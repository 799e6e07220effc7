package predictive

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
)

// Features of a unit, in the order of the vectors: area of the trough and height of the
// peak (%), discharge rate (spikes/s), time of the trough (ms).
var Features = [4]string{"trough_area", "peak_height", "firing_rate", "IPSP_delay"}

// Statistics of a feature over the units of a simulation or condition; std is that of the
// sample (n-1).
var Statistics = [4]string{"mean", "std", "median", "iqr"}

// Unit is a unit that passed the filters.
type Unit struct {
	Condition
	Sim    string     // name of the simulation; "" in an experiment
	Values [4]float64 // in the order of Features
}

// unitOf takes a unit of a table.
func unitOf(u dataset.Unit) Unit {
	return Unit{Condition{u.Subject, u.MusclePair, u.Intensity, u.Recording}, u.Group,
		[4]float64{u.Area, u.Peak, u.Rate, u.Timing}}
}

// Scale standardises features.
type Scale struct {
	Mean, SD [4]float64 // in the order of Features
}

// ScaleOf is mean and population SD of every feature over units, missing values skipped.
func ScaleOf(units []Unit) Scale {
	var s Scale
	for k := range Features {
		v := present(units, k)
		s.Mean[k], s.SD[k] = stat.Mean(v, nil), stat.PopStdDev(v, nil)
	}
	return s
}

func present(units []Unit, k int) []float64 {
	var v []float64
	for _, u := range units {
		if !math.IsNaN(u.Values[k]) {
			v = append(v, u.Values[k])
		}
	}
	return v
}

// Vector are the standardised statistics of one simulation or condition: feature after
// feature, for each Statistics.
type Vector struct {
	Condition
	Sim   string      // name of the simulation; "" in an experiment
	Units int         // how many it is made of
	X     [16]float64 // Features by Statistics, in SD of the scale
}

// Summaries makes a vector of every simulation of every condition, in ascending order of
// muscle pair, intensity, participant, recording and simulation.
func Summaries(units []Unit, s Scale) []Vector {
	type key struct {
		Condition
		sim string
	}
	groups := map[key][]Unit{}
	for _, u := range units {
		k := key{u.Condition, u.Sim}
		groups[k] = append(groups[k], u)
	}
	var out []Vector
	for k, g := range groups {
		v := Vector{Condition: k.Condition, Sim: k.sim, Units: len(g)}
		for f := range Features {
			x := present(g, f)
			for i := range x {
				x[i] = (x[i] - s.Mean[f]) / s.SD[f]
			}
			if len(x) == 0 {
				x = []float64{math.NaN()}
			}
			v.X[4*f], v.X[4*f+1] = signal.Mean(x), stat.StdDev(x, nil) // one unit has no SD: NaN
			v.X[4*f+2], v.X[4*f+3] = signal.Percentile(x, 50),
				signal.Percentile(x, 75)-signal.Percentile(x, 25)
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b Vector) int {
		return cmp.Or(cmp.Compare(a.MusclePair, b.MusclePair), cmp.Compare(a.Intensity, b.Intensity),
			cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Recording, b.Recording), natural(a.Sim, b.Sim))
	})
	return out
}

// natural compares names that end in numbers: shorter ones first.
func natural(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }

// finite reports a vector without missing numbers.
func (v *Vector) finite() bool {
	return !slices.ContainsFunc(v.X[:],
		func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
}

// trained turns the vectors that an estimator keeps of its training simulations into
// standardised ones, and their scale.
func trained(vectors []dataset.Vector, scale []sbi.FeatureScale) ([]Vector, Scale) {
	order := [4]int{0, 1, 3, 2} // area, peak, rate, timing
	var s Scale
	for k, from := range order {
		s.Mean[k], s.SD[k] = scale[from].Mean, scale[from].SD
	}
	var out []Vector
	for _, v := range vectors {
		w := Vector{Sim: v.Group}
		for k, from := range order {
			w.X[4*k], w.X[4*k+1] = (v.Mean[from]-s.Mean[k])/s.SD[k], v.SD[from]/s.SD[k]
			w.X[4*k+2], w.X[4*k+3] = (v.Median[from]-s.Mean[k])/s.SD[k], v.IQR[from]/s.SD[k]
		}
		out = append(out, w)
	}
	return out, s
}

// vectorColumns are names of the numbers of a vector.
func vectorColumns() []string {
	var out []string
	for _, f := range Features {
		for _, s := range Statistics {
			out = append(out, fmt.Sprintf("%s_%s", f, s))
		}
	}
	return out
}
