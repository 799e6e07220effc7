package inference

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/internal/gaussianpairs"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/training"
)

// Every row of a pairs table is a condition, named by its other columns.
func TestInferPairsTable(t *testing.T) {
	s := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
	s.Flow, s.Training.MaxEpochs = sbi.FlowSpec{Kind: sbi.KindMAF, Transforms: 2, Hidden: 10,
		Bins: 10}, 2
	e, err := training.Train(context.Background(), s, []string{gaussianpairs.File(t)},
		filepath.Join(t.TempDir(), "est"), training.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	tb := &table.Table{Columns: []string{"site", "x_a", "x_b"}}
	tb.Add("here", "0.2", "0.4")
	tb.Add("there", "50", "0.4")
	path, dir := filepath.Join(t.TempDir(), "x.csv"), t.TempDir()
	if err := tb.Write(path); err != nil {
		t.Fatal(err)
	}
	opt := Options{Sampling: sbi.DefaultSampling(), Workers: 1}
	opt.Sampling.Draws, opt.Sampling.MinAcceptance = 40, 1e-6
	results, err := Infer(context.Background(), e, path, opt)
	if err != nil || len(results) != 2 || results[0].Err != nil || results[0].Verdict.Unusual ||
		!results[1].Verdict.Unusual {
		t.Fatalf("%v %+v", err, results)
	}
	if _, err := Write(e, dir, path, results, opt); err != nil {
		t.Fatal(err)
	}
	draws, err := table.Read(filepath.Join(dir, GroupedName))
	if err != nil || len(draws.Rows) < 40 || draws.Rows[0][draws.Col("site")] != "here" {
		t.Errorf("%v", err)
	}
	tb.Add("here", "0.1", "0.1")
	if err := tb.Write(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Infer(context.Background(), e, path, opt); err == nil ||
		!strings.Contains(err.Error(), "lines 2 and 4 are the same condition") {
		t.Errorf("twice: %v", err)
	}
}
