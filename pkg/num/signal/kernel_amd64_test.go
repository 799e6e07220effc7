package signal

import "testing"

// useKernel switches between the kernel of this machine and the plain one.
func useKernel(b *testing.B, fast bool) {
	old := useAVX2
	useAVX2 = old && fast
	b.Cleanup(func() { useAVX2 = old })
}
