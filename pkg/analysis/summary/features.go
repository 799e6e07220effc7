package summary

import (
	"strconv"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/crosshist"
	"example.org/renshaw/pkg/file/table"
)

// Features is the table of all features of one analysis, a row per unit, pair and
// direction.
func Features(a *analysis.Analysis) *table.Table {
	t := &table.Table{Columns: append([]string{"unit", "pair", "direction"},
		crosshist.FeatureNames...)}
	for i := range a.Rows {
		r := &a.Rows[i]
		row := []string{strconv.Itoa(r.Unit), r.PoolA + "<->" + r.PoolB, r.Direction.String()}
		for _, v := range r.Features.Values() {
			row = append(row, table.Float(v))
		}
		t.Add(row...)
	}
	return t
}
