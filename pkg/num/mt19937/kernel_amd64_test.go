package mt19937

import "testing"

// useKernel switches between the kernel of this machine and the plain one.
func useKernel(t *testing.T, fast bool) {
	old := useAVX2
	useAVX2 = fastHere && fast
	t.Cleanup(func() { useAVX2 = old })
}

var fastHere = useAVX2
