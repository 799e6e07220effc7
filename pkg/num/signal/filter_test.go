package signal

import (
	"math"
	"math/rand/v2"
	"testing"
)

func noise(seed uint64, n int) []float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

// The kernel of this machine gives the bits of the plain one.
func TestFilterKernels(t *testing.T) {
	for _, order := range []int{1, 2, 5, 8, 19, 40} {
		for _, pass := range []Pass{LowPass, HighPass} {
			f, err := NewButterworth(order, pass, 80, 2048)
			if err != nil {
				t.Fatal(err)
			}
			for _, rows := range []int{1, 3, 4, 5, 64} {
				a, stateA := noise(1, rows*lanes), noise(2, 2*lanes*len(f.sections))
				b, stateB := append([]float64(nil), a...), append([]float64(nil), stateA...)
				filterBlock(a, f.sections, stateA)
				filterBlockGo(b, f.sections, stateB)
				for i := range a {
					if a[i] != b[i] {
						t.Fatalf("order %d, %d rows: sample %d is %v, want %v", order, rows, i, a[i], b[i])
					}
				}
				for i := range stateA {
					if stateA[i] != stateB[i] {
						t.Fatalf("order %d, %d rows: state %d is %v, want %v", order, rows, i, stateA[i], stateB[i])
					}
				}
			}
		}
	}
}

// Signals filtered side by side give what each gives alone.
func TestZeroPhasePadded(t *testing.T) {
	f, err := NewButterworth(7, LowPass, 80, 2048)
	if err != nil {
		t.Fatal(err)
	}
	const n = 500
	var all, want [][]float64
	for i := uint64(0); i < 19; i++ {
		x := noise(i, n)
		y, err := f.ZeroPhase(x)
		if err != nil {
			t.Fatal(err)
		}
		padded := make([]float64, n+2*f.Pad())
		copy(padded[f.Pad():], x)
		all, want = append(all, padded), append(want, y)
	}
	if err := f.ZeroPhasePadded(all); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		for k, w := range want[i] {
			if g := all[i][f.Pad()+k]; g != w {
				t.Fatalf("signal %d, sample %d: %v, want %v", i, k, g, w)
			}
		}
	}
}

// A second-order section is a recursion that can be written down.
func TestSectionAgainstRecursion(t *testing.T) {
	s := section{0.3, -0.2, 0.1, -1.2, 0.5}
	x := noise(3, 100)
	block := make([]float64, len(x)*lanes)
	for i, v := range x {
		block[i*lanes] = v
	}
	filterBlockGo(block, []section{s}, make([]float64, 2*lanes))
	var x1, x2, y1, y2 float64
	for i, v := range x {
		y := s.b0*v + s.b1*x1 + s.b2*x2 - s.a1*y1 - s.a2*y2
		if g := block[i*lanes]; math.Abs(g-y) > 1e-13 {
			t.Fatalf("sample %d: %v, want %v", i, g, y)
		}
		x1, x2, y1, y2 = v, x1, y, y1
	}
}

func BenchmarkZeroPhase(b *testing.B) {
	f, _ := NewButterworth(40, LowPass, 80, 2048)
	for _, kernel := range []string{"", "plain"} {
		b.Run("16x208896"+kernel, func(b *testing.B) {
			useKernel(b, kernel == "")
			signals := make([][]float64, 16)
			for i := range signals {
				signals[i] = noise(uint64(i), 208896+2*f.Pad())
			}
			for b.Loop() {
				_ = f.ZeroPhasePadded(signals)
			}
		})
	}
}
