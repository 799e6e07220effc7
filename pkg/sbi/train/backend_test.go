package train

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"example.org/renshaw/pkg/sbi/flow"
)

// The back end of this package trains as GoMLX's own does, but for rounding, with whole and broken
// vectors of rows.
func TestVectorBackend(t *testing.T) {
	for _, size := range []struct{ bins, d, h, rows int }{{0, 5, 12, 40}, {6, 3, 9, 13}, {2, 1, 5, 7},
		{3, 5, 2, 8}, {0, 2, 6, 1}} {
		rng := rand.New(rand.NewPCG(5, uint64(size.rows)))
		m := flow.NewMAF(size.d, 3, size.h, 2, size.bins, rng)
		theta, x := make([]float64, size.rows*size.d), make([]float64, size.rows*3)
		for i := range theta {
			theta[i] = 1.5 * rng.NormFloat64()
		}
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		train := func(backend string) (losses, norms []float64) {
			t.Setenv(BackendEnv, backend)
			o, err := NewOptimizer(m.Clone(), StepOptions{LearningRate: 1e-2, Clip: 3})
			if err != nil {
				t.Fatal(err)
			}
			for range 8 {
				loss, norm, err := o.Step(theta, x)
				if err != nil {
					t.Fatal(err)
				}
				losses, norms = append(losses, loss), append(norms, norm)
			}
			return losses, norms
		}
		losses, norms := train(VectorBackend)
		wantLosses, wantNorms := train("go:ops_sequential")
		for k := range losses {
			if d := math.Abs(losses[k] - wantLosses[k]); !(d < 1e-4*(1+math.Abs(losses[k]))) {
				t.Errorf("%+v, step %d: loss %v, want %v", size, k, losses[k], wantLosses[k])
			}
			if !(math.Abs(norms[k]/wantNorms[k]-1) < 1e-3) {
				t.Errorf("%+v, step %d: norm %v, want %v", size, k, norms[k], wantNorms[k])
			}
		}
	}
}

// An input, a constant and a result that are given twice have numbers of their own; a later run
// does not touch an earlier one's.
func TestOutputs(t *testing.T) {
	b, err := compute.NewWithConfig(VectorBackend)
	if err != nil {
		t.Fatal(err)
	}
	builder := b.Builder("test")
	f := builder.Main()
	must := func(v compute.Value, err error) compute.Value {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	s := shapes.Make(dtypes.Float32, 2, 2)
	p := must(f.Parameter("p", s, nil))
	c := must(f.Constant([]float32{1, 2, 3, 4}, 2, 2))
	doubled := must(f.Add(p, p))
	flat := must(f.Reshape(doubled, 4))
	turned := must(f.Transpose(must(f.Mul(doubled, c)), 1, 0))
	if err := f.Return([]compute.Value{p, c, doubled, flat, turned}, nil); err != nil {
		t.Fatal(err)
	}
	e, err := builder.Compile()
	if err != nil {
		t.Fatal(err)
	}
	run := func(v ...float32) [][]float32 {
		t.Helper()
		in, err := b.BufferFromFlatData(0, v, s)
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Execute([]compute.Buffer{in}, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		var all [][]float32
		for _, o := range out {
			data, err := o.Data()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, data.([]float32))
		}
		return all
	}
	first := run(1, 1, 2, 2)
	run(7, 7, 7, 7)
	for i, want := range [][]float32{{1, 1, 2, 2}, {1, 2, 3, 4}, {2, 2, 4, 4}, {2, 2, 4, 4},
		{2, 12, 4, 16}} {
		for k, v := range want {
			if first[i][k] != v {
				t.Errorf("output %d is %v, want %v", i, first[i], want)
				break
			}
		}
	}
	if _, err := f.Tanh(p); !errors.Is(err, compute.ErrNotImplemented) {
		t.Errorf("an operation that is lacking: %v", err)
	}
	if _, err := compute.NewWithConfig(VectorBackend + ":fast"); err == nil {
		t.Error("an option is taken")
	}
}

// Functions of float32 are off by a few units in the last place at most.
func TestFunctions(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for range 100000 {
		x := float32(20 * rng.NormFloat64())
		for name, v := range map[string][2]float64{
			"exp":      {float64(exp32(x)), math.Exp(float64(x))},
			"logistic": {float64(logistic32(x)), 1 / (1 + math.Exp(-float64(x)))},
			"log":      {float64(logOf32(abs32(x))), math.Log(math.Abs(float64(x)))},
			"log1p":    {float64(log1p32(exp32(-abs32(x)))), math.Log1p(math.Exp(-math.Abs(float64(x))))},
		} {
			got, want := v[0], v[1]
			limit := 4e-7*math.Abs(want) + 1e-37
			if name == "log" { // near 1
				limit += 1e-7
			}
			if math.Abs(got-want) > limit {
				t.Fatalf("%s of %v is %v, want %v", name, x, got, want)
			}
		}
	}
}
