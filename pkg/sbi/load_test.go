package sbi

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/pkg/run/job"
)

// saved copies an estimator into a folder with a manifest, as a training leaves it.
func saved(t *testing.T) string {
	t.Helper()
	e, err := Load("testdata/estimator_v4")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "est")
	j, err := job.Open(dir, job.Options{Command: "train", Line: "renshaw train x.csv -o est",
		Manifest: ManifestName})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := e.Stage(j); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, WeightsName)); err == nil {
		t.Error("the weights appeared before the rest")
	}
	if err := j.Commit(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Weights and configuration that do not belong together, or of a run that was interrupted, are
// refused.
func TestLoadAsksTheManifest(t *testing.T) {
	dir := saved(t)
	e, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	before := e.Weights
	for _, name := range []string{WeightsName, ConfigName} {
		path := filepath.Join(dir, name)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		other := append([]byte{}, raw...)
		if name == WeightsName {
			other[len(other)-3] ^= 1 // a bit of the last number
		} else {
			other = append(other, '\n')
		}
		if err := os.WriteFile(path, other, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), path+": is not the file") {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if e, err := Load(dir); err != nil || e.Weights != before {
		t.Fatal(err)
	}
	if err := job.Touch(dir, ManifestName); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); !errors.Is(err, job.ErrInterrupted) ||
		!strings.Contains(err.Error(), "run renshaw train again") {
		t.Errorf("interrupted: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, ManifestName)); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err != nil {
		t.Errorf("a folder without manifest: %v", err)
	}
}
