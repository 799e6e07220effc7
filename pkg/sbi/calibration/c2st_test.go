package calibration

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"example.org/renshaw/internal/testdata"
)

// The referee cannot tell draws of one distribution apart, and tells two Gaussians whose
// means differ by delta apart as well as the best rule, Φ(delta/2).
func TestC2ST(t *testing.T) {
	testdata.Long(t)
	rng := rand.New(rand.NewPCG(1, 1))
	rows := func(shift float64) []float64 {
		x := make([]float64, 2*1500)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		for i := 0; i < len(x); i += 2 {
			x[i] += shift
		}
		return x
	}
	for _, delta := range []float64{0, 2} {
		got, err := C2ST(context.Background(), rows(0), rows(delta), 2, 1, 2)
		want := 0.5 * math.Erfc(-delta/2/math.Sqrt2)
		if err != nil || math.Abs(got-want) > 0.025 {
			t.Errorf("means %v apart: %v, want about %v (%v)", delta, got, want, err)
		}
	}
	if _, err := C2ST(context.Background(), rows(0), rows(0)[:4], 2, 1, 1); err == nil {
		t.Error("different numbers of rows are accepted")
	}
}

// The referee's gradients are those of finite differences, as near as float32 shows.
func TestRefereeGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	net := []*layer{newLayer(2, 5, rng), newLayer(5, 4, rng), newLayer(4, 1, rng)}
	x, y := make([]float32, 20), make([]float32, 10)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	for i := range y {
		y[i] = float32(i % 2)
	}
	all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	gradients(net, x, y, 2, all)
	for k, l := range net {
		want := slices.Clone(l.grad)
		wrong, size := 0.0, 0.0
		for i := range l.w {
			const h = 1e-3
			w := l.w[i]
			l.w[i] = w + h
			up := gradients(net, x, y, 2, all)
			l.w[i] = w - h
			down := gradients(net, x, y, 2, all)
			l.w[i] = w
			got := (up - down) / (2 * h) / 10
			wrong += (got - float64(want[i])) * (got - float64(want[i]))
			size += got * got
		}
		if !(wrong < 1e-5*size) {
			t.Errorf("layer %d: the gradient is off by %.2g of its size", k, math.Sqrt(wrong/size))
		}
	}
}
