package predictive

import (
	"fmt"
	"os"
	"path/filepath"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
)

// ReadCheck reads the comparison of a folder that Run wrote with an experiment, or of one
// with tables of units: ppc_experiment_units.csv (columns as in an experimental table) and
// ppc_posterior_units.csv, ppc_best_units.csv, ppc_prior_units.csv (sim_idx, muscle_pair,
// intensity, r2_full, r2_baseline, n_spikes and Features), each also compressed. The error
// is that of os.Stat if neither is there. mirrored is that of NewCheck.
func ReadCheck(dir string, mirrored bool) (*Check, error) {
	if _, err := os.Stat(filepath.Join(dir, VectorsName)); err == nil {
		return readVectors(dir, mirrored)
	}
	read := func(kind string, columns [4]string, scale [4]float64, r2Base string,
		spikes float64) ([]Unit, error) {
		path := filepath.Join(dir, "ppc_"+kind+"_units.csv")
		if _, err := os.Stat(path + ".gz"); err == nil {
			path += ".gz"
		}
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
		return readUnits(path, columns, scale, r2Base, spikes)
	}
	var scales [4]float64 // in the order of Features
	for k, position := range [4]int{feature.Area, feature.Peak, feature.Rate, feature.Timing} {
		scales[k] = feature.Units[position].Scale
	}
	columns := [4]string{"raw_area", "sync_height", "firing_rates_mean", "IPSP_timing_of_trough"}
	experiment, err := read("experiment", columns, scales, "r2_base", feature.MinCountsExperiment)
	if err != nil {
		return nil, err
	}
	lists := make([][]Unit, 3)
	for i, kind := range []string{"posterior", "best", "prior"} {
		if lists[i], err = read(kind, Features, [4]float64{1, 1, 1, 1}, "r2_baseline",
			feature.MinCountsSimulation); err != nil {
			return nil, err
		}
	}
	scale := ScaleOf(lists[2])
	c := NewCheck(mirrored, scale, Summaries(experiment, scale), Summaries(lists[0], scale),
		Summaries(lists[1], scale), Summaries(lists[2], scale))
	return c, c.compares(dir)
}

func (c *Check) compares(dir string) error {
	if len(c.Conditions) == 0 {
		return fmt.Errorf("%s: no condition has both units of the experiment and simulations to "+
			"compare with", dir)
	}
	return nil
}

// readUnits reads the units of a table that pass the filters; scale turns the columns into
// those of Features.
func readUnits(path string, columns [4]string, scale [4]float64, r2Base string,
	minSpikes float64) ([]Unit, error) {
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	if _, err := t.Need(path,
		append([]string{"r2_full", r2Base, "n_spikes"}, columns[:]...)...); err != nil {
		return nil, err
	}
	var out []Unit
	for r, row := range t.Rows {
		var wrong error
		number := func(column string) float64 {
			v, err := table.ParseFloat(row[t.Col(column)])
			if err != nil {
				wrong = fmt.Errorf("%s: row %d: %s: %w", path, r+1, column, err)
			}
			return v
		}
		text := func(column, fallback string) string {
			if c := t.Col(column); c >= 0 {
				return row[c]
			}
			return fallback
		}
		keep := number("r2_full") > feature.MinR2Full && number(r2Base) > feature.MinR2Base &&
			number("n_spikes") > minSpikes &&
			text("direction", feature.Inhibited) == feature.Inhibited &&
			text("perspective", feature.OthersAsReference) == feature.OthersAsReference
		u := Unit{Sim: text("sim_idx", "")}
		if u.MusclePair = text("muscle_pair", ""); u.MusclePair != "" && t.Col("intensity") >= 0 {
			u.Intensity = number("intensity")
		}
		for k, c := range columns {
			u.Values[k] = scale[k] * number(c)
		}
		if wrong != nil {
			return nil, wrong
		}
		if keep {
			out = append(out, u)
		}
	}
	return out, nil
}

// readVectors reads VectorsName and ScaleName.
func readVectors(dir string, mirrored bool) (*Check, error) {
	path := filepath.Join(dir, ScaleName)
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	at, err := t.Need(path, "feature", "mu", "sigma")
	if err != nil {
		return nil, err
	}
	var scale Scale
	for _, row := range t.Rows {
		for k, name := range Features {
			if row[at[0]] == name {
				if scale.Mean[k], err = table.ParseFloat(row[at[1]]); err == nil {
					scale.SD[k], err = table.ParseFloat(row[at[2]])
				}
				if err != nil {
					return nil, fmt.Errorf("%s: %s: %w", path, name, err)
				}
			}
		}
	}
	path = filepath.Join(dir, VectorsName)
	if t, err = table.Read(path); err != nil {
		return nil, err
	}
	if at, err = t.Need(path,
		append([]string{"kind", "subject", "muscle_pair", "intensity", "sim_name", "units"},
			vectorColumns()...)...); err != nil {
		return nil, err
	}
	lists := map[string][]Vector{}
	for r, row := range t.Rows {
		numbers := make([]float64, len(row))
		for _, c := range append([]int{at[3], at[5]}, at[6:]...) {
			if numbers[c], err = table.ParseFloat(row[c]); err != nil {
				return nil, fmt.Errorf("%s: row %d: %s: %w", path, r+1, t.Columns[c], err)
			}
		}
		v := Vector{Condition: Condition{Subject: row[at[1]], MusclePair: row[at[2]],
			Intensity: numbers[at[3]]}, Sim: row[at[4]], Units: int(numbers[at[5]])}
		if c := t.Col(feature.Recording); c >= 0 {
			v.Recording = row[c]
		}
		for k, c := range at[6:] {
			v.X[k] = numbers[c]
		}
		lists[row[at[0]]] = append(lists[row[at[0]]], v)
	}
	c := NewCheck(mirrored, scale, lists["experiment"], lists["draw"], lists["best"], lists[KindPrior])
	return c, c.compares(dir)
}
