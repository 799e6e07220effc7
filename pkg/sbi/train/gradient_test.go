package train

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"example.org/renshaw/pkg/sbi/flow"
)

// The graph's loss is the density of the plain flow, and the gradient of every weight is
// that of finite differences (compared by the norm); steps lower the loss. Some values lie
// beyond the splines' tails; there are one parameter only, and fewer hidden units than degrees.
func TestGradients(t *testing.T) {
	for _, size := range []struct{ bins, d, h int }{{0, 3, 6}, {5, 3, 6}, {0, 1, 4}, {5, 5, 2}} {
		bins, d := size.bins, size.d
		rng := rand.New(rand.NewPCG(4, uint64(bins)))
		const rows, c = 12, 2
		m := flow.NewMAF(d, c, size.h, 2, bins, rng)
		theta, x := make([]float64, rows*d), make([]float64, rows*c)
		for i := range theta {
			theta[i] = 1.8 * rng.NormFloat64()
		}
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		want := 0.0
		for name, w := range m.Tensors() {
			if name == "theta_zscore.shift" || name == "theta_zscore.scale" || name == "x_zscore.mean" ||
				name == "x_zscore.std" || name[len(name)-4:] == "perm" {
				continue
			}
			for i, v := range w.Data { // the tensors share the flow's numbers
				const h = 1e-6
				w.Data[i] = v + h
				up := plainLoss(t, m, theta, x)
				w.Data[i] = v - h
				down := plainLoss(t, m, theta, x)
				w.Data[i] = v
				want += (up - down) * (up - down) / (4 * h * h)
			}
		}
		before := plainLoss(t, m, theta, x)
		o, err := NewOptimizer(m, StepOptions{LearningRate: 1e-3, Clip: 1e9, Float64: true})
		if err != nil {
			t.Fatal(err)
		}
		loss, norm, err := o.Step(theta, x)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(loss-before) > 1e-12 || math.Abs(norm-math.Sqrt(want)) > 1e-6*norm {
			t.Errorf("%+v: loss %v, want %v; norm of the gradient %v, want %v", size, loss, before, norm,
				math.Sqrt(want))
		}
		for range 50 {
			if _, _, err := o.Step(theta, x); err != nil {
				t.Fatal(err)
			}
		}
		if err := o.Update(); err != nil {
			t.Fatal(err)
		}
		if after := plainLoss(t, m, theta, x); !(after < before) {
			t.Errorf("%+v: the loss went from %v to %v", size, before, after)
		}
	}
}

func plainLoss(t *testing.T, m *flow.MAF, theta, x []float64) float64 {
	t.Helper()
	if err := m.Pack(); err != nil {
		t.Fatal(err)
	}
	n := len(theta) / m.D
	contexts, lp := make([]*flow.Context, n), make([]float64, n)
	for i := range contexts {
		var err error
		if contexts[i], err = m.NewContext(x[i*m.C : (i+1)*m.C]); err != nil {
			t.Fatal(err)
		}
	}
	m.LogProb(lp, theta, contexts...)
	sum := 0.0
	for _, v := range lp {
		sum -= v / float64(n)
	}
	return sum
}

// A restored state goes on exactly as the run that it was taken from.
func TestRestore(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	m := flow.NewMAF(2, 2, 6, 2, 3, rng)
	theta, x := make([]float64, 40), make([]float64, 40)
	for i := range theta {
		theta[i], x[i] = rng.NormFloat64(), rng.NormFloat64()
	}
	steps := func(o *Optimizer, n int) (loss float64) {
		for range n {
			var err error
			if loss, _, err = o.Step(theta, x); err != nil {
				t.Fatal(err)
			}
		}
		return loss
	}
	optimizer := func() *Optimizer {
		o, err := NewOptimizer(m.Clone(), DefaultStep())
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	first := optimizer()
	steps(first, 5)
	state, err := first.State()
	if err != nil {
		t.Fatal(err)
	}
	second := optimizer()
	if err := second.Restore(state, theta, x); err != nil {
		t.Fatal(err)
	}
	if a, b := steps(first, 5), steps(second, 5); a != b {
		t.Errorf("losses %v and %v", a, b)
	}
	state["/t0_in_w"] = flow.Tensor{Shape: []int{1}, Data: []float64{0}}
	if optimizer().Restore(state, theta, x) == nil {
		t.Error("the state of another network is accepted")
	}
}

// Training leaves GoMLX's own rule of gradients in place, for whoever else uses it.
func TestGradientRuleRestored(t *testing.T) {
	rule := func() uintptr {
		return reflect.ValueOf(graph.VJPRegistration[graph.NodeTypeDotGeneral]).Pointer()
	}
	before := rule()
	m := flow.NewMAF(1, 1, 4, 1, 0, rand.New(rand.NewPCG(4, 5)))
	o, err := NewOptimizer(m, DefaultStep())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Step([]float64{0.1, 0.2}, []float64{1, 2}); err != nil {
		t.Fatal(err)
	}
	if before == reflect.ValueOf(productVJP).Pointer() || rule() != before {
		t.Error("the rule for products stays replaced")
	}
}
