//go:build !amd64

package motorpool

import "testing"

func useKernel(*testing.B, bool) {}
