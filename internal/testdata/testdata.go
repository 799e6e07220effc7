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

// Shared returns the path of an item in the founders' folder of reference data
// ($RENSHAW_SHARED, by default ../shared beside the checkout) and skips the test
// where it is absent, as in a user's clone.
func Shared(t testing.TB, item string) string {
	t.Helper()
	dir := os.Getenv("RENSHAW_SHARED")
	if dir == "" {
		dir = filepath.Join(Root(), "..", "shared")
	}
	path := filepath.Join(dir, item)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("reference data %s are not on this machine (set RENSHAW_SHARED to the folder that has them)", item)
	}
	return path
}
