//go:build !amd64

package mt19937

import "testing"

func useKernel(*testing.T, bool) {}
