package version_test

import (
	"regexp"
	"strings"
	"testing"

	"example.org/renshaw/pkg/run/version"
)

// A version is numbered by semver.org 2.0.0; the revision of the build follows a plus sign.
func TestVersion(t *testing.T) {
	if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(version.Number) {
		t.Errorf("number %q", version.Number)
	}
	if !regexp.MustCompile(`^` + regexp.QuoteMeta(version.Number) +
		`(\+[0-9a-f]{12})?$`).MatchString(version.String()) {
		t.Errorf("version %q", version.String())
	}
	if !strings.Contains(version.Citation, version.Number) {
		t.Error("the citation names another version")
	}
}
