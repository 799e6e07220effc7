package leastsq

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"
)

func normals(rng *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

// The kernels of this machine give the bits of the plain code, for any length.
func TestKernels(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 30; n++ {
		a, x := normals(rng, n), [][]float64{}
		for range 4 {
			x = append(x, normals(rng, n))
		}
		for some := 1; some <= 4; some++ {
			var got, want [4]float64
			dots(&got, a, x[:some])
			dotsGo(&want, a, x[:some])
			for j := range some {
				if got[j] != want[j] {
					t.Errorf("product %d of %d, %d numbers: %v, want %v", j, some, n, got[j], want[j])
				}
			}
		}
		for rows := 1; rows <= 3; rows++ {
			for some := 1; some <= 4; some++ {
				var got, want [12]float64
				b := [][]float64{a, x[3], x[1]}[:rows]
				products(&got, b, x[:some])
				productsGo(&want, b, x[:some])
				for i := range rows {
					if !slices.Equal(got[4*i:4*i+some], want[4*i:4*i+some]) {
						t.Errorf("%d x %d products of %d numbers: %v, want %v", rows, some, n, got, want)
					}
				}
			}
		}
		got, want := append([]float64(nil), a...), append([]float64(nil), a...)
		addScaled(got, 0.3, x[0])
		addScaledGo(want, 0.3, x[0])
		quotients(got, x[1], 1e-8)
		quotientsGo(want, x[1], 1e-8)
		for k := range want {
			if got[k] != want[k] {
				t.Errorf("number %d of %d: %v, want %v", k, n, got[k], want[k])
			}
		}
		s := &Solver{r: a, g: make([]float64, 4), jac: x}
		s.gradient()
		for i, c := range x {
			sum := 0.0
			for k, v := range c {
				sum += float64(v * a[k])
			}
			if s.g[i] != sum {
				t.Errorf("gradient %d of %d numbers: %v, want %v", i, n, s.g[i], sum)
			}
		}
	}
}

// The decomposition has the bits of LAPACK's driver, whatever the size of the numbers.
func TestFactoriseAgainstDriver(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for n := 1; n <= 6; n++ {
		for _, scale := range []float64{1, 1e-9, 1e6, 1e-200, 0} {
			got, want := newSmallSVD(n), newSmallSVD(n)
			for i := range n {
				for j := i; j < n; j++ {
					got.a.Data[i*n+j] = scale * rng.NormFloat64()
				}
			}
			copy(want.a.Data, got.a.Data)
			s, r := make([]float64, n), make([]float64, n)
			if !got.factorise(s) || !lapack64.Gesvd(lapack.SVDAll, lapack.SVDAll, want.a, want.u, want.vt,
				r, want.work, len(want.work)) {
				t.Fatal("no decomposition")
			}
			if !slices.Equal(s, r) || !slices.Equal(got.u.Data, want.u.Data) ||
				!slices.Equal(got.vt.Data, want.vt.Data) {
				t.Errorf("%d columns of size %v: another decomposition", n, scale)
			}
		}
	}
}
