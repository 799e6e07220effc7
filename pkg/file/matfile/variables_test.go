package matfile

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestVariables(t *testing.T) {
	fixtures := filepath.Join("..", "..", "exchange", "muedit", "testdata", "fixtures")
	for name, want := range map[string]string{
		"edited_v6.mat": "signal", "edited_v7.mat": "edition", "edited_v73.mat": "edition",
	} {
		got, err := Variables(filepath.Join(fixtures, name))
		if err != nil || !slices.Contains(got, want) {
			t.Errorf("%s: %v, %v; want %s among them", name, got, err, want)
		}
	}
	for name, want := range map[string]string{
		"bad_text_file.mat": "is not a MATLAB file", "bad_header_only_v73.mat": "cut off",
	} {
		if _, err := Variables(filepath.Join(fixtures, name)); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	// What is left of a file that was cut off can still be listed.
	if got, err := Variables(filepath.Join(fixtures, "bad_truncated_v7.mat")); err != nil ||
		len(got) == 0 {
		t.Errorf("cut off: %v, %v", got, err)
	}
}
