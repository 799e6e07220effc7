// Package draws reads tables of posterior draws: a row per draw with the columns
// muscle_pair, intensity, perhaps subject, and one per parameter.
package draws

import (
	"fmt"
	"math"

	"example.org/renshaw/pkg/table"
)

// Draw is a row: Line counts from 1 with the header, Subject is "" in a table of pooled
// participants, Values are those of the wanted parameters.
type Draw struct {
	Line                int
	Subject, MusclePair string
	Intensity           float64
	Values              []float64
}

// Each hands on every row of a table, with the values of some parameters. A missing column,
// a value that is missing or not finite, or an error of give ends it; path is named in
// errors.
func Each(t *table.Table, path string, parameters []string, give func(Draw) error) error {
	at, err := t.Need(path, append([]string{"muscle_pair", "intensity"}, parameters...)...)
	if err != nil {
		return err
	}
	subject := t.Col("subject")
	for r, row := range t.Rows {
		d := Draw{Line: r + 2, MusclePair: row[at[0]], Values: make([]float64, len(parameters))}
		if subject >= 0 {
			d.Subject = row[subject]
		}
		for k, c := range at[1:] {
			v, err := table.ParseFloat(row[c])
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%s: line %d: %s: %q; a finite number is expected", path, d.Line, t.Columns[c], row[c])
			}
			if k == 0 {
				d.Intensity = v
			} else {
				d.Values[k-1] = v
			}
		}
		if err := give(d); err != nil {
			return err
		}
	}
	return nil
}
