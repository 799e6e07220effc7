// Package draws reads tables of posterior draws: a row per draw with the columns
// muscle_pair, intensity, perhaps subject and recording, and one per parameter.
package draws

import (
	"fmt"
	"math"

	"example.org/renshaw/pkg/file/table"
)

// Draw is a row: Line counts from 1 with the header, Subject is "" in a table of pooled
// participants, Values are those of the wanted parameters.
type Draw struct {
	Line                int
	Subject, MusclePair string
	Intensity           float64 // % MVC
	Recording           string  // "" where the recordings of a condition are pooled
	Values              []float64
}

// Each hands on every row of a table, with the values of some parameters. A missing column,
// a value that is missing or not finite, or an error of give ends it; path is named in
// errors.
func Each(t *table.Table, path string, parameters []string, give func(Draw) error) error {
	return Of(t, path, parameters, func(string, float64) bool { return true }, give)
}

// Of is Each for the rows of some pairs and intensities; the values of others, which may
// have other parameters, are not looked at.
func Of(t *table.Table, path string, parameters []string,
	wanted func(musclePair string, intensity float64) bool, give func(Draw) error) error {
	at, err := t.Need(path, append([]string{"muscle_pair", "intensity"}, parameters...)...)
	if err != nil {
		return err
	}
	subject, recording := t.Col("subject"), t.Col("recording")
	for r, row := range t.Rows {
		d := Draw{Line: r + 2, MusclePair: row[at[0]], Values: make([]float64, len(parameters))}
		if subject >= 0 {
			d.Subject = row[subject]
		}
		if recording >= 0 {
			d.Recording = row[recording]
		}
		number := func(column int) (float64, error) {
			v, err := table.ParseFloat(row[column])
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return v, fmt.Errorf("%s: line %d: %s: %q; a finite number is expected", path, d.Line,
					t.Columns[column], row[column])
			}
			return v, nil
		}
		if d.Intensity, err = number(at[1]); err != nil {
			return err
		}
		if !wanted(d.MusclePair, d.Intensity) {
			continue
		}
		for k, c := range at[2:] {
			if d.Values[k], err = number(c); err != nil {
				return err
			}
		}
		if err := give(d); err != nil {
			return err
		}
	}
	return nil
}
