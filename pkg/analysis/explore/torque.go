package explore

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/num/stats"
)

// TorqueCorrelation is the correlation of the force and the cumulative spike train of some
// units, both below 2.5 Hz, by lag: a positive lag pairs the force with later spikes.
// Plateau counts from 1; 0 is the average of all.
type TorqueCorrelation struct {
	Group   string // name of the group
	Units   int    // how many
	Plateau int
	R       []float64 // at Recording.TorqueLags
	Most    float64   // largest of R
	DelayS  float64   // lag of Most, s
}

const (
	torqueLowpassHz = 2.5
	torqueLagS      = 0.6
	torqueEdgeS     = 1/torqueLowpassHz + 0.5 // before and after a plateau, for the filter
)

// ErrNoForce is the error of an analysis that needs the force.
var ErrNoForce = errors.New("the recording has no force that could be used: convert the raw file " +
	"with its force channel (renshaw convert)")

// TorqueLags are the lags of a correlation (s).
func (r *Recording) TorqueLags() []float64 {
	n := int(torqueLagS * r.FsHz)
	out := make([]float64, 2*n+1)
	for i := range out {
		out[i] = float64(i-n) / r.FsHz
	}
	return out
}

// Torque correlates every muscle, and all units together, with the force on every plateau.
func (r *Recording) Torque() ([]TorqueCorrelation, error) {
	if r.Force == nil {
		return nil, ErrNoForce
	}
	f, err := signal.NewButterworth(4, signal.LowPass, torqueLowpassHz, r.FsHz)
	if err != nil {
		return nil, err
	}
	force, err := f.ZeroPhase(r.Force)
	if err != nil {
		return nil, fmt.Errorf("force: %w", err)
	}
	muscles := r.Muscles()
	groups := [][]string{}
	for _, m := range muscles {
		groups = append(groups, []string{m})
	}
	if len(muscles) > 1 {
		groups = append(groups, muscles)
	}
	var out []TorqueCorrelation
	for _, g := range groups {
		c, err := r.torque(g, force, f)
		if err != nil {
			return nil, err
		}
		out = append(out, c...)
	}
	return out, nil
}

func (r *Recording) torque(muscles []string, force []float64,
	f signal.Butterworth) ([]TorqueCorrelation, error) {
	cst := make([]float64, max(r.Length, len(force)))
	name, n := muscles[0], 0
	if len(muscles) > 1 {
		name += "-" + muscles[1]
	}
	for _, u := range r.Units {
		if !slices.Contains(muscles, u.Muscle) {
			continue
		}
		n++
		for _, t := range u.Samples {
			cst[t]++
		}
	}
	lags := r.TorqueLags()
	var out []TorqueCorrelation
	average := make([]float64, len(lags))
	edge := int(torqueEdgeS * r.FsHz)
	for k, p := range r.Plateaus {
		a, e := p.Start, p.Stop-1
		from, to := max(0, a-edge), min(e+edge, len(force))
		if e <= a {
			continue
		}
		window := signal.Detrend(force[from:to])
		x := scaled(window)[a-from : e-from]
		y, err := f.ZeroPhase(cst[from:to])
		if err != nil {
			return nil, fmt.Errorf("plateau %d: %w", k+1, err)
		}
		y = scaled(signal.Detrend(y[a-from : e-from]))
		c := TorqueCorrelation{Group: name, Units: n, Plateau: k + 1,
			R: laggedCorrelation(x, y, len(lags)/2)}
		c.best(lags)
		for i, v := range c.R {
			average[i] += v / float64(len(r.Plateaus))
		}
		out = append(out, c)
	}
	c := TorqueCorrelation{Group: name, Units: n, R: average}
	c.best(lags)
	return append(out, c), nil
}

// scaled divides by the SD.
func scaled(x []float64) []float64 {
	sd := signal.Std(x)
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v
		if sd > 0 {
			out[i] = v / sd
		}
	}
	return out
}

// laggedCorrelation is Pearson's r of x[t] and y[t+lag] for lags from -n to n, NaN where
// fewer than two samples overlap.
func laggedCorrelation(x, y []float64, n int) []float64 {
	out := make([]float64, 2*n+1)
	for i := range out {
		lag := i - n
		a, b := x, y
		if lag >= 0 {
			a, b = x[:max(0, len(x)-lag)], y[min(lag, len(y)):]
		} else {
			a, b = x[min(-lag, len(x)):], y[:max(0, len(y)+lag)]
		}
		out[i] = stats.Pearson(a, b)
	}
	return out
}

func (c *TorqueCorrelation) best(lags []float64) {
	c.Most = math.Inf(-1)
	for i, v := range c.R {
		if v > c.Most {
			c.Most, c.DelayS = v, lags[i]
		}
	}
}
