package dataset

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
)

// trialsTable has two trials of S1 with 18 and 20 units at 10 and 20 discharges/s, and one of S2.
func trialsTable(t *testing.T, edit func(*table.Table)) string {
	t.Helper()
	tb := &table.Table{Columns: append(slices.Clone(feature.ExperimentColumns), "raw_area",
		"firing_rates_mean", "MU_idx", feature.Recording)}
	for _, trial := range []struct {
		subject, recording string
		units              int
		rate               float64
	}{{"S1", "a", 18, 10}, {"S1", "b", 20, 20}, {"S2", "c", 6, 15}} {
		for u := range trial.units {
			tb.Add(trial.subject, "30", "TA<->TA", "other_MUs_as_ref", "inhibited", "0.5", "0.9", "8000",
				"0.1", "0.01", "-0.01", table.Float(trial.rate), fmt.Sprint(u), trial.recording)
		}
	}
	if edit != nil {
		edit(tb)
	}
	path := filepath.Join(t.TempDir(), "experiment.csv")
	if err := tb.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// Recordings of a condition are more units of it, or conditions of their own.
func TestRecordingsOfACondition(t *testing.T) {
	s := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
	path := trialsTable(t, nil)
	for _, c := range []struct {
		by   Grouping
		want string
	}{
		{Grouping{}, "S1 TA<->TA 30 %: 38 of a b, rate 15, count 30; S2 TA<->TA 30 %: 6 of c, rate 15, " +
			"count 6"},
		{Grouping{Each: true}, "S1 TA<->TA 30 % a: 18 of a, rate 10, count 18; S1 TA<->TA 30 % b: " +
			"20 of b, rate 20, count 20; S2 TA<->TA 30 % c: 6 of c, rate 15, count 6"},
		{Grouping{Pooled: true}, "TA<->TA 30 %: 44 of a b c, rate 15, count 30"},
	} {
		list, _, err := ExperimentSet(&s, path, nil, c.by)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range list {
			median := o.X[column(t, &s, "Firing_rates_mean_mean")]
			if !c.by.Each && !c.by.Pooled && o.Subject == "S1" { // 18 units at 10, 20 at 20
				median = math.Floor(median)
			}
			got = append(got, fmt.Sprintf("%s: %d of %s, rate %.0f, count %.0f", o.Label(), o.Units,
				strings.Join(o.Recordings, " "), median,
				math.Exp(o.X[column(t, &s, feature.LogUnits)])))
			if each := slices.Contains(o.Columns, feature.Recording); each != c.by.Each {
				t.Errorf("columns %v", o.Columns)
			}
		}
		if g := strings.Join(got, "; "); g != c.want {
			t.Errorf("%+v: %s, want %s", c.by, g, c.want)
		}
	}
	fates, err := ExperimentFates(&s, path)
	if err != nil || len(fates) != 44 || fates[0].Recording != "a" || fates[43].Recording != "c" {
		t.Errorf("%d fates, %v", len(fates), err)
	}
}

// What a table of an earlier version cannot tell apart is an error that says what to run.
func TestTablesWithoutRecordings(t *testing.T) {
	s := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
	without := func(tb *table.Table) {
		last := len(tb.Columns) - 1
		tb.Columns = tb.Columns[:last]
		for i := range tb.Rows {
			tb.Rows[i] = tb.Rows[i][:last]
		}
	}
	old := trialsTable(t, without)
	if _, _, err := ExperimentSet(&s, old, nil, Grouping{}); err == nil ||
		!strings.Contains(err.Error(), "lines 2 and 20 are the same unit") ||
		!strings.Contains(err.Error(), "renshaw summarize") {
		t.Errorf("two trials: %v", err)
	}
	paper := sbi.DefaultSpec(feature.Single, profile.PaperName)
	paper.Filters.Experiment.NSpikes, paper.Filters.Intensities = 5000, nil
	if _, _, err := ExperimentSet(&paper, old, nil, Grouping{}); err != nil {
		t.Errorf("the study's tables: %v", err)
	}
	one := trialsTable(t, func(tb *table.Table) { without(tb); tb.Rows = tb.Rows[:18] })
	if list, _, err := ExperimentSet(&s, one, nil, Grouping{}); err != nil || len(list) != 1 ||
		list[0].Units != 18 || list[0].Recordings != nil {
		t.Errorf("one trial: %v", err)
	}
	if _, _, err := ExperimentSet(&s, one, nil, Grouping{Each: true}); err == nil ||
		!strings.Contains(err.Error(), "no column recording") {
		t.Errorf("each recording: %v", err)
	}
	twice := trialsTable(t, func(tb *table.Table) { tb.Rows = append(tb.Rows, tb.Rows[3]) })
	if _, _, err := ExperimentSet(&s, twice, nil, Grouping{}); err == nil ||
		!strings.Contains(err.Error(), "lines 5 and 46 are the same unit") {
		t.Errorf("a row twice: %v", err)
	}
}
