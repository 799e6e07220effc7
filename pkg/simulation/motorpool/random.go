package motorpool

import (
	"fmt"
	"math/rand/v2"

	"example.org/renshaw/pkg/num/mt19937"
)

// Random is the stream of a simulation. Draws come in the order of the file
// simulate.go, so that a recorded seed replays.
type Random interface {
	NormFloat64() float64
	Float64() float64
	// Normals fills dst with standard normal numbers.
	Normals(dst []float64)
	// SkipNormals passes over n normal numbers that are never used.
	SkipNormals(n int)
}

// NewRandom makes the generator of that name.
func NewRandom(name string, seed uint32) (Random, error) {
	switch name {
	case MT19937:
		return mt19937.New(seed), nil
	case PCG:
		return pcg{rand.New(rand.NewPCG(uint64(seed), 0x72656e73686177))}, nil
	}
	return nil, fmt.Errorf("motorpool: random generator %q is unknown", name)
}

// pcg is PCG-DXSM with the ziggurat normals of math/rand/v2. It has no recorded
// streams to replay, so skipping costs nothing.
type pcg struct{ *rand.Rand }

func (r pcg) Normals(dst []float64) {
	for i := range dst {
		dst[i] = r.NormFloat64()
	}
}

func (pcg) SkipNormals(int) {}
