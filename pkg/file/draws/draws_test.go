package draws_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"example.org/renshaw/pkg/file/draws"
	"example.org/renshaw/pkg/file/table"
)

func posterior(rows ...[]string) *table.Table {
	return &table.Table{Columns: []string{"subject", "muscle_pair", "intensity", "inhibition"},
		Rows: rows}
}

// The draws of one condition.
func ExampleOf() {
	t := posterior(
		[]string{"S1", "TA<->TA", "10.0", "1.2"},
		[]string{"S1", "TA<->TA", "40.0", "0.7"},
		[]string{"S2", "TA<->TA", "40.0", "0.5"})
	at40 := func(pair string, intensity float64) bool { return intensity == 40 }
	err := draws.Of(t, "draws.csv", []string{"inhibition"}, at40, func(d draws.Draw) error {
		fmt.Println(d.Subject, d.MusclePair, d.Values)
		return nil
	})
	fmt.Println(err)
	// Output:
	// S1 TA<->TA [0.7]
	// S2 TA<->TA [0.5]
	// <nil>
}

// Every fault is an error that names file, line and column; lines count from 1 with the header.
func TestErrors(t *testing.T) {
	stop := errors.New("enough")
	for _, test := range []struct {
		name  string
		table *table.Table
		give  error
		want  string
	}{
		{"empty value", posterior([]string{"", "TA<->TA", "10", ""}), nil,
			"draws.csv: line 2: inhibition"},
		{"infinite value", posterior([]string{"", "TA<->TA", "10", "1"},
			[]string{"", "TA<->TA", "10", "inf"}),
			nil, "draws.csv: line 3: inhibition"},
		{"text for an intensity", posterior([]string{"", "TA<->TA", "low", "1"}), nil,
			"line 2: intensity"},
		{"error of the caller", posterior([]string{"", "TA<->TA", "10", "1"}), stop, "enough"},
		{"missing column", &table.Table{Columns: []string{"muscle_pair", "intensity"}}, nil,
			`"inhibition" is missing`},
	} {
		err := draws.Each(test.table, "draws.csv", []string{"inhibition"},
			func(draws.Draw) error { return test.give })
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
}

// Faults in rows that are not wanted, which may have other parameters, do no harm; a table
// without rows has no draws; the column subject may be missing.
func TestUnwantedRows(t *testing.T) {
	tab := &table.Table{Columns: []string{"muscle_pair", "intensity", "inhibition"},
		Rows: [][]string{{"SOL<->GM", "10", ""}, {"TA<->TA", "10", "0.5"}}}
	var got []draws.Draw
	keep := func(d draws.Draw) error { got = append(got, d); return nil }
	within := func(pair string, _ float64) bool { return pair == "TA<->TA" }
	if err := draws.Of(tab, "draws.csv", []string{"inhibition"}, within, keep); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Line != 3 || got[0].Subject != "" || got[0].Values[0] != 0.5 {
		t.Errorf("draws %+v", got)
	}
	got = nil
	if err := draws.Each(posterior(), "draws.csv", []string{"inhibition"}, keep); err != nil ||
		got != nil {
		t.Errorf("an empty table: %v, %v", got, err)
	}
}

// What was written by table.Float comes back exactly.
func TestValuesComeBack(t *testing.T) {
	want := []float64{0, 1e-300, 1.0 / 3, 123456789.123, -2.5, math.MaxFloat64}
	tab := posterior()
	for _, v := range want {
		tab.Add("", "TA<->TA", table.Float(10), table.Float(v))
	}
	at := 0
	if err := draws.Each(tab, "draws.csv", []string{"inhibition"}, func(d draws.Draw) error {
		if d.Values[0] != want[at] {
			t.Errorf("draw %d is %v, want %v", at, d.Values[0], want[at])
		}
		at++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
