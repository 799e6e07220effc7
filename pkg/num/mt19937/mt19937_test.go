package mt19937

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"
)

// stream is one seed of testdata/rng.json, drawn with NumPy 1.24.
type stream struct {
	Uint32  []uint32  `json:"uint32"`
	Uniform []float64 `json:"uniform01"`
	Gauss   []float64 `json:"gauss"`
	Normal  []float64 `json:"normal_60_3"`
	Below   []uint32  `json:"integer_below_1024"`
	Mixed   []float64 `json:"mixed_gauss_uniform_gauss_uniform_gauss"`
	Late    float64   `json:"gauss_number_1000001"`
	Sum     float64   `json:"sum_of_first_1000001_gauss"`
}

func golden(t *testing.T) map[uint32]stream {
	t.Helper()
	raw, err := os.ReadFile("testdata/rng.json")
	if err != nil {
		t.Fatal(err)
	}
	byText := map[string]stream{}
	if err := json.Unmarshal(raw, &byText); err != nil {
		t.Fatal(err)
	}
	out := map[uint32]stream{}
	for k, v := range byText {
		seed, err := strconv.ParseUint(k, 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		out[uint32(seed)] = v
	}
	return out
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-14*math.Max(1, math.Abs(b)) }

func TestStreams(t *testing.T) {
	for seed, want := range golden(t) {
		s := New(seed)
		for i, w := range want.Uint32 {
			if g := s.Uint32(); g != w {
				t.Errorf("seed %d: uint32 %d is %d, want %d", seed, i, g, w)
			}
		}
		s = New(seed)
		for i, w := range want.Uniform {
			if g := s.Float64(); g != w {
				t.Errorf("seed %d: uniform %d is %v, want %v", seed, i, g, w)
			}
		}
		s = New(seed)
		for i, w := range want.Gauss {
			if g := s.NormFloat64(); !near(g, w) {
				t.Errorf("seed %d: Gaussian %d is %v, want %v", seed, i, g, w)
			}
		}
		s = New(seed)
		for i, w := range want.Normal {
			if g := 60 + 3*s.NormFloat64(); !near(g, w) {
				t.Errorf("seed %d: normal %d is %v, want %v", seed, i, g, w)
			}
		}
		s = New(seed)
		for i, w := range want.Below {
			if g := s.Uint32() & 1023; g != w {
				t.Errorf("seed %d: integer %d is %d, want %d", seed, i, g, w)
			}
		}
		s = New(seed)
		for i, w := range want.Mixed {
			g := s.NormFloat64
			if i%2 == 1 {
				g = s.Float64
			}
			if v := g(); !near(v, w) {
				t.Errorf("seed %d: mixed draw %d is %v, want %v", seed, i, v, w)
			}
		}
	}
}

func TestLongStream(t *testing.T) {
	for seed, want := range golden(t) {
		x := make([]float64, 1000001)
		New(seed).Normals(x)
		sum := 0.0
		for _, v := range x {
			sum += v
		}
		if last := x[len(x)-1]; !near(last, want.Late) || math.Abs(sum-want.Sum) > 1e-6 {
			t.Errorf("seed %d: Gaussian 1000001 is %v, want %v; sum %v, want %v", seed, last, want.Late, sum,
				want.Sum)
		}
	}
}

// However a stream is cut into blocks, single numbers and skips, it is the same.
func TestBlocksAndSkips(t *testing.T) {
	const n = 2000
	want := make([]float64, n)
	New(7).Normals(want)
	s := New(7)
	for at, k := 0, 0; at < n; k++ {
		block := min(k%7, n-at)
		switch k % 3 {
		case 0:
			got := make([]float64, block)
			s.Normals(got)
			for i, g := range got {
				if g != want[at+i] {
					t.Fatalf("block at %d: %v, want %v", at, g, want[at+i])
				}
			}
		case 1:
			s.SkipNormals(block)
		default:
			block = 1
			if g := s.NormFloat64(); g != want[at] {
				t.Fatalf("single at %d: %v, want %v", at, g, want[at])
			}
		}
		at += block
	}
}

func BenchmarkNormals(b *testing.B) {
	s, x := New(1), make([]float64, 1<<16)
	b.SetBytes(int64(len(x)))
	for b.Loop() {
		s.Normals(x)
	}
}

func BenchmarkSkipNormals(b *testing.B) {
	s := New(1)
	b.SetBytes(1 << 16)
	for b.Loop() {
		s.SkipNormals(1 << 16)
	}
}

// The kernel of this machine gives the bits of the plain code: words, points and logarithms.
func TestKernels(t *testing.T) {
	const n = 200001
	for seed := range uint32(3) {
		fast, plain := make([]float64, n), make([]float64, n)
		for shift := range 5 { // words drawn before, so that candidates begin anywhere
			a, b := New(seed), New(seed)
			useKernel(t, true)
			for range shift {
				a.Uint32()
			}
			a.Normals(fast)
			a.SkipNormals(n)
			useKernel(t, false)
			for range shift {
				b.Uint32()
			}
			for i := range plain {
				plain[i] = b.NormFloat64()
			}
			for range n {
				b.NormFloat64()
			}
			if !slices.Equal(fast, plain) || a.Uint64() != b.Uint64() {
				t.Errorf("seed %d after %d words: the kernel differs", seed, shift)
			}
		}
	}
}
