// Package testdata finds the data that tests need and that are not part of the
// repository.
package testdata

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Root is the folder of the checkout.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// Thorough tells whether tests run in full: every case of a long list, long trainings, every number
// of workers. $RENSHAW_THOROUGH says so, and make test sets it; without it, a choice of the cases
// tests the same properties in a minute.
func Thorough() bool { return os.Getenv("RENSHAW_THOROUGH") != "" }

// Long skips a test of several seconds unless tests run in full: plain go test stays below a
// minute.
func Long(t testing.TB) {
	t.Helper()
	if !Thorough() {
		t.Skip("takes seconds: make test runs it (RENSHAW_THOROUGH=1)")
	}
}

// Find returns the path of an item in the folder of reference data that are not part of the
// repository ($RENSHAW_SHARED, by default ../shared beside the checkout); ok is false where it is
// absent, as in a user's clone.
func Find(item string) (path string, ok bool) {
	dir := os.Getenv("RENSHAW_SHARED")
	if dir == "" {
		dir = filepath.Join(Root(), "..", "shared")
	}
	path = filepath.Join(dir, item)
	_, err := os.Stat(path)
	return path, err == nil
}

// Shared is Find for a test that is skipped without the item.
func Shared(t testing.TB, item string) string {
	t.Helper()
	path, ok := Find(item)
	if !ok {
		t.Skipf("reference data %s are not on this machine "+
			"(set RENSHAW_SHARED to the folder that has them)", item)
	}
	return path
}
