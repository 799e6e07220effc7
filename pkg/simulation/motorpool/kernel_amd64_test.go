package motorpool

import "testing"

// useKernel switches between the kernels of this machine and the plain ones.
func useKernel(b *testing.B, fast bool) {
	old := useAVX2
	useAVX2 = old && fast
	b.Cleanup(func() { useAVX2 = old })
}
