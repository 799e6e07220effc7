package training

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/internal/gaussianpairs"
	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
)

// pairsWith is a pairs table of n rows, a tenth each validation and held out, with edited rows:
// role, theta_unit_a, theta_unit_b, x_0, x_1.
func pairsWith(t *testing.T, n int, edit func(i int, row []string)) string {
	t.Helper()
	p := gaussianpairs.New(n)
	tb := &table.Table{Columns: []string{"role", "theta_unit_a", "theta_unit_b", "x_0", "x_1"}}
	for i := range n {
		row := []string{[]string{"0", "0", "0", "0", "0", "0", "0", "0", "1", "2"}[i%10]}
		row = append(row, table.Floats(p.Theta[2*i:2*i+2])...)
		row = append(row, table.Floats(p.X[2*i:2*i+2])...)
		edit(i, row)
		tb.Add(row...)
	}
	path := filepath.Join(t.TempDir(), "pairs.csv")
	if err := tb.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// What makes a training meaningless is refused with its place, what may be meant is a warning.
func TestCheck(t *testing.T) {
	rows := gaussianpairs.New(600)
	for _, c := range []struct {
		name          string
		rows          int
		edit          func(i int, row []string)
		err, warnings string // all parts, with | between them; "" for none
	}{
		{"as it should be", 600, func(int, []string) {}, "", ""},
		{"theta outside", 600, func(i int, row []string) {
			if i > 300 {
				row[2] = "1.2"
			}
		}, "pairs.csv: line 303: theta_unit_b is 1.2, outside 0 to 1|298 further rows", ""},
		{"rounded to float32", 600, func(i int, row []string) {
			if i == 4 {
				row[2] = "1.0000001"
			}
		}, "", ""},
		{"theta not finite", 600, func(i int, row []string) {
			if i == 7 {
				row[1] = "nan"
			}
		}, `pairs.csv: line 9: theta_unit_a: "nan"`, ""},
		{"constant theta", 600, func(_ int, row []string) { row[2] = "0.5" },
			"pairs.csv: theta_unit_b is 0.5 in every row to train", ""},
		{"constant feature", 600, func(_ int, row []string) { row[3] = "7" },
			"pairs.csv: x_0 is 7 in every row to train", ""},
		{"hardly ever another value", 600, func(i int, row []string) {
			if row[3] = "7"; i == 3 {
				row[3] = "8"
			}
		}, "", "x_0 is 7 in more than 99 %"},
		{"too few", 100, func(int, []string) {},
			"80 rows to train and 10 to validate are too few|20 to validate", ""},
		{"none", 0, func(int, []string) {}, "pairs.csv: no row", ""},
		{"few", 200, func(i int, row []string) {
			if row[0] = "1"; i < 30 {
				row[0] = "0"
			}
		}, "", "30 rows to train are few for 2 parameters and 2 features"},
		{"one wild value", 600, func(i int, row []string) {
			if i == 17 {
				row[4] = "1e6"
			}
		}, "pairs.csv: line 19: x_1 is 1e+06|robust SDs from the median|--allow-outliers", ""},
		{"missing values as numbers", 600, func(i int, row []string) {
			if i%10 == 2 {
				row[3] = "-999"
			}
		}, "pairs.csv: line 4: x_0 is -999|59 further values", ""},
		{"far off, hardly of weight", 6000, func(i int, row []string) {
			if i == 17 {
				row[4] = "22"
			}
		}, "", "pairs.csv: line 19: x_1 is 22|is that meant?"},
		{"repeated in another role", 600, func(i int, row []string) {
			if i == 299 { // held out
				copy(row[1:], table.Floats(rows.Theta[:2]))
				copy(row[3:], table.Floats(rows.X[:2]))
			}
		}, "", "pairs.csv: line 301: is the same as line 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
			set, e, roles, err := load(&s, []string{pairsWith(t, c.rows, c.edit)}, nil)
			var warnings []string
			if err == nil {
				warnings, err = check(set, e, roles, false)
			}
			expect(t, fmt.Sprint(err), c.err, "<nil>")
			expect(t, strings.Join(warnings, "\n"), c.warnings, "")
			if err == nil && max(0, set.Theta[9], set.Theta[2*4+1]) > 1 {
				t.Error("a parameter stayed outside the box")
			}
		})
	}
}

// expect compares a message with the parts that it should have; none should be as it says.
func expect(t *testing.T, got, parts, none string) {
	t.Helper()
	if parts == "" {
		if got != none {
			t.Errorf("%s", got)
		}
		return
	}
	for _, p := range strings.Split(parts, "|") {
		if !strings.Contains(got, p) {
			t.Errorf("%s\nlacks %q", got, p)
		}
	}
}

// Outliers that are allowed, and other doubts, are told and recorded.
func TestTrainWarns(t *testing.T) {
	path := pairsWith(t, 600, func(i int, row []string) {
		if i == 17 {
			row[4] = "1e6"
		}
	})
	s := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
	s.Flow, s.Ensemble, s.Training.MaxEpochs = sbi.FlowSpec{Kind: sbi.KindMAF, Transforms: 1,
		Hidden: 4, Bins: 4}, 1, 1
	out := filepath.Join(t.TempDir(), "est")
	if _, err := Train(context.Background(), s, []string{path}, out, Options{Workers: 1}); err == nil {
		t.Fatal("was trained")
	}
	var told []string
	if _, err := Train(context.Background(), s, []string{path}, out, Options{Workers: 1,
		AllowOutliers: true, Warn: func(w string) { told = append(told, w) }}); err != nil {
		t.Fatal(err)
	}
	recorded := job.ReadManifest(filepath.Join(out, sbi.ManifestName)).Warnings
	if len(told) != 1 || len(recorded) != 1 || told[0] != recorded[0] ||
		!strings.Contains(told[0], "line 19: x_1") {
		t.Errorf("told %q, recorded %q", told, recorded)
	}
}

// The estimators that come with the program pass without a word.
func TestCheckPassesShippedPairs(t *testing.T) {
	testdata.Long(t)
	for _, name := range []string{"single_muscle", "muscle_pair"} {
		e, err := sbi.Load("../../../estimators/" + name)
		if err != nil {
			t.Fatal(err)
		}
		path := sbi.PairsPath(e.Dir)
		tb, err := table.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		s := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
		set, _, _, roles, err := dataset.PairsSet(&s, tb, path)
		if err != nil {
			t.Fatal(err)
		}
		if warnings, err := check(set, e, roles, false); err != nil || len(warnings) > 0 {
			t.Errorf("%s: %v %v", name, err, warnings)
		}
	}
}

// The robust SD is that of a normal distribution, whatever a few values are, and has one where
// most values are the same.
func TestRobust(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var normal, zeros []float64
	for i := range 10001 {
		v := 5 + 2*rng.NormFloat64()
		normal = append(normal, v)
		if i%4 != 0 {
			v = 0
		}
		zeros = append(zeros, v)
	}
	normal[7] = 1e9
	if m, sd := robust(normal); !(m > 4.9 && m < 5.1 && sd > 1.9 && sd < 2.1) {
		t.Errorf("median %v, SD %v", m, sd)
	}
	if m, sd := robust(zeros); m != 0 || !(sd > 1 && sd < 4) {
		t.Errorf("most are 0: median %v, SD %v", m, sd)
	}
	if m, sd := robust([]float64{3, 3, 3, 3}); m != 3 || sd != 0 {
		t.Errorf("all are 3: median %v, SD %v", m, sd)
	}
}
