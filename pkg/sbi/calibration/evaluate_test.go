package calibration

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/internal/gaussianpairs"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/training"
)

// Rows on which a metric has no value give files that JSON can hold, with the reason; rows that
// cannot be judged are errors with their line.
func TestEvaluateOddRows(t *testing.T) {
	s := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
	s.Flow, s.Ensemble, s.Training.MaxEpochs = sbi.FlowSpec{Kind: sbi.KindMAF, Transforms: 1,
		Hidden: 4, Bins: 4}, 1, 1
	dir := t.TempDir()
	est := filepath.Join(dir, "est")
	e, err := training.Train(context.Background(), s, []string{gaussianpairs.File(t)}, est,
		training.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	const head = "theta_unit_common_input_std,theta_unit_b,x_a,x_b\n"
	for _, c := range []struct{ name, rows, undefined, err string }{
		{"one row", "0.4,0.6,0.4,0.6\n", "parameters[1].R2", ""},
		{"one truth", "0.4,0.6,0.4,0.6\n0.4,0.3,0.45,0.3\n0.4,0.2,0.4,0.3\n",
			"parameters[0].pearson_r", ""},
		{"usual", "0.4,0.6,0.4,0.6\n0.5,0.3,0.45,0.3\n0.1,0.2,0.1,0.3\n", "", ""},
		{"outside", "0.4,0.6,0.4,0.6\n0.4,1.3,0.45,0.3\n", "",
			"rows.csv: line 3: theta_unit_b is 1.3, outside 0 to 1"},
		{"nothing drawn", "0.4,0.6,0.4,0.6\n", "", "rows.csv: no row gave draws; the first, 0: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, out := filepath.Join(t.TempDir(), "rows.csv"), filepath.Join(dir, c.name)
			if err := os.WriteFile(path, []byte(head+c.rows), 0o644); err != nil {
				t.Fatal(err)
			}
			if c.name == "nothing drawn" { // last: all that the network proposes lies outside
				e.Flow[0].ThetaShift[0] += 1000
				if err := e.Flow[0].Pack(); err != nil {
					t.Fatal(err)
				}
			}
			r, err := Evaluate(context.Background(), e, est, path, out,
				Options{Draws: 50, Workers: 1})
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("%v, want %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			raw, err := os.ReadFile(filepath.Join(out, MetricsName))
			if err != nil || !json.Valid(raw) ||
				strings.Contains(string(raw), `"undefined"`) != (c.undefined != "") ||
				!strings.Contains(string(raw), c.undefined) ||
				!strings.Contains(r.Summary(), c.undefined) {
				t.Errorf("%v\n%s\n%s", err, r.Summary(), raw)
			}
		})
	}
}
