package feature

import (
	"fmt"
	"math"

	"example.org/renshaw/pkg/file/table"
)

// Table reads the units of a table that summarize wrote, row by row.
type Table struct {
	*table.Table
	Path string // for messages
	View View   // how the cross-histograms are read

	at       map[string]int
	features [4]string // columns of the features, by position
	pair     string    // column of the pair
}

// simulationColumns are what every table of simulations needs beside the features.
var simulationColumns = []string{"sim_name", "pool", "pool_pair", "perspective", "direction",
	"r2_base", "r2_full", "n_spikes", Drive, Inhibition, InputSD, "frequency_range_of_common_input",
	SharedInput}

// ExperimentColumns are what every table of an experiment needs beside area and rate.
var ExperimentColumns = []string{"subject", "intensity", "muscle_pair", "perspective", "direction",
	"r2_base", "r2_full", "n_spikes", PeakFeature, TimingFeature}

// Recording is the column of an experiment's table that identifies the recording; tables of the
// study and of earlier versions do not have it.
const Recording = "recording"

// OfSimulations reads a table of simulations. turned takes area and trough latency from the
// histogram's other side. A missing column is an error that names the nearest.
func OfSimulations(t *table.Table, path string, v View, turned bool) (*Table, error) {
	side := v
	if turned {
		side = v.Turned()
	}
	u := &Table{Table: t, Path: path, View: v, pair: "pool_pair",
		features: [4]string{side.AreaName(), PeakFeature, side.timingColumn(), RateFeature}}
	return u, u.need(simulationColumns)
}

// OfExperiment reads a table of an experiment. A missing column is an error that names the
// nearest.
func OfExperiment(t *table.Table, path string, v View) (*Table, error) {
	rate := "firing_rates_mean"
	if t.Col(rate) < 0 && t.Col(RateFeature) >= 0 {
		rate = RateFeature
	}
	u := &Table{Table: t, Path: path, View: v, pair: "muscle_pair",
		features: [4]string{v.Area + "_area", PeakFeature, TimingFeature, rate}}
	return u, u.need(ExperimentColumns)
}

func (u *Table) need(columns []string) error {
	u.at = map[string]int{}
	names := append(append([]string{}, columns...), u.features[:]...)
	at, err := u.Need(u.Path, names...)
	for i, n := range names {
		if err == nil {
			u.at[n] = at[i]
		}
	}
	return err
}

// Text is the cell of row r.
func (u *Table) Text(r int, column string) string { return u.Rows[r][u.at[column]] }

// Number is the number in a cell of row r; NaN for an empty one. Another text is an error that
// names file, line and column.
func (u *Table) Number(r int, column string) (float64, error) {
	v, err := table.ParseFloat(u.Text(r, column))
	if err != nil {
		return 0, fmt.Errorf("%s: line %d: %s: %q; a number is expected", u.Path, r+2, column,
			u.Text(r, column))
	}
	return v, nil
}

// Seen reports whether a row is of the table's view.
func (u *Table) Seen(r int) bool {
	return u.Text(r, "perspective") == u.View.Perspective &&
		u.Text(r, "direction") == u.View.Direction
}

// Within reports whether the pair of a row is one muscle or pool with itself.
func (u *Table) Within(r int) bool {
	a, b, _ := Muscles(u.Text(r, u.pair))
	return a == b
}

// Below is the first limit that a row does not exceed, "" if it counts.
func (u *Table) Below(r int, limits Limits) (string, error) {
	for _, l := range limits.Each() {
		v, err := u.Number(r, l.Column)
		if err != nil {
			return "", err
		}
		if !(v > l.Least) {
			return l.Column, nil
		}
	}
	return "", nil
}

// Features are those of a row by position, in the units of Units.
func (u *Table) Features(r int) ([]float64, error) {
	var out []float64
	for k, f := range Units {
		v, err := u.Number(r, u.features[k])
		if err != nil {
			return nil, err
		}
		out = append(out, f.Scale*v)
	}
	return out, nil
}

// list reads every number of a cell that holds an array, however it was written.
func (u *Table) list(r int, column string, n int) ([]float64, error) {
	out := table.ParseList(u.Text(r, column))
	if len(out) < n {
		return nil, fmt.Errorf("%s: line %d: %s: %q; at least %d numbers are expected", u.Path, r+2,
			column, u.Text(r, column), n)
	}
	return out, nil
}

// Parameters are those of a row's simulation, of the unit's own pool p. In case Pair the own
// pool's are there under their names of OfSelf too, and those that p shares with the other pool o:
//
//	inhibition of p by o is M[o][p] (inhibited), of o by p M[p][o] (inhibiting).
func (u *Table) Parameters(r int, kase string) (map[string]float64, error) {
	pool, err := u.Number(r, "pool")
	if err != nil {
		return nil, err
	}
	m, err := u.list(r, Inhibition, 1)
	if err != nil {
		return nil, err
	}
	side := int(math.Sqrt(float64(len(m)))) // the matrix may be larger than the pools
	pools := side
	if kase == Pair {
		pools = 2
	}
	p := int(pool)
	if p < 0 || p >= min(pools, side) || float64(p) != pool {
		return nil, fmt.Errorf("%s: line %d: pool %v; 0 to %d is expected", u.Path, r+2, pool,
			min(pools, side)-1)
	}
	need := p + 1
	if kase == Pair {
		need = pools
	}
	drive, err := u.list(r, Drive, need)
	if err != nil {
		return nil, err
	}
	sd, err := u.list(r, InputSD, 2*need)
	if err != nil {
		return nil, err
	}
	band, err := u.list(r, "frequency_range_of_common_input", 4*need)
	if err != nil {
		return nil, err
	}
	at := func(i, j int) float64 { return m[i*side+j] }
	low, high := band[4*p+2], band[4*p+3]
	out := map[string]float64{Drive: drive[p], Inhibition: at(p, p), BandMiddle: (low + high) / 2,
		BandHalfWidth: (high - low) / 2, InputSD: sd[2*p+1]}
	if kase == Single {
		return out, nil
	}
	for _, name := range PoolParameters {
		out[OfSelf(name)] = out[name]
	}
	o := 1 - p
	out[InhibitionFromOther] = at(o, p)
	if u.View.Direction == Inhibiting {
		out[InhibitionFromOther] = at(p, o)
	}
	out[SharedInput], err = u.Number(r, SharedInput)
	return out, err
}
