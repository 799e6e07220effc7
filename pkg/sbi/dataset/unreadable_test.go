package dataset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
)

// An estimator without a table of pairs holds no training simulations; one whose table is
// damaged is an error.
func TestTrainingThatCannotBeRead(t *testing.T) {
	spec := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
	e := &sbi.Estimator{Dir: t.TempDir(),
		Config: sbi.Config{Spec: &spec, X: spec.XNames(), Theta: spec.Prior,
			FeatureScale: make([]sbi.FeatureScale, 4)}}
	if v, scale, err := TrainingVectors(e); v != nil || scale != nil || err != nil {
		t.Errorf("without a table: %v, %v, %v", v, scale, err)
	}
	if theta, err := TrainingTheta(e); theta != nil || err != nil {
		t.Errorf("without a table: %v, %v", theta, err)
	}
	path := filepath.Join(e.Dir, sbi.PairsName)
	if err := os.WriteFile(path, []byte("no gzip"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := TrainingVectors(e); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a damaged table: %v", err)
	}
	if _, err := TrainingTheta(e); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a damaged table: %v", err)
	}
}
