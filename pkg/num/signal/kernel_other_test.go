//go:build !amd64

package signal

import "testing"

func useKernel(*testing.B, bool) {}
