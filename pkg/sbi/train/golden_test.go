package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/sbi/flow"
)

// trainingSet reads the study's training set: rows of one role (0 gradient, 1 validation,
// 2 held out), in file order.
func trainingSet(t testing.TB, role int64) (theta, x []float64) {
	t.Helper()
	f, err := h5.Open(testdata.Shared(t, "data/paper_posteriors/training_set_single_muscle.h5"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	read := func(name string) ([]float64, int) {
		v, dims, err := f.Float64s(name)
		if err != nil {
			t.Fatal(err)
		}
		return v, len(v) / dims[0]
	}
	roles, _, err := f.Int64s("/role")
	if err != nil {
		t.Fatal(err)
	}
	allTheta, d := read("/theta_unit")
	allX, c := read("/x_raw")
	for i, r := range roles {
		if r == role {
			theta, x = append(theta, allTheta[i*d:(i+1)*d]...), append(x, allX[i*c:(i+1)*c]...)
		}
	}
	return theta, x
}

func initial(t testing.TB, name string) *flow.MAF {
	t.Helper()
	tensors, err := flow.ReadSafetensors(filepath.Join(testdata.Shared(t, "golden/inference"), name))
	if err != nil {
		t.Fatal(err)
	}
	m, err := flow.MAFFromTensors(tensors)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The deterministic training of the reference (PyTorch): 3 epochs of 48 batches of 200
// rows in file order. float64: losses within 1e-9 for 10 steps and 1e-6 for 144 (30 unless
// thorough), float32 within 1e-4 and 1e-2.
func TestTrainingSteps(t *testing.T) {
	theta, x := trainingSet(t, 0)
	tb, err := table.Read(filepath.Join(testdata.Shared(t, "golden/inference"), "training_steps.csv"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := tb.Need("training_steps.csv", "loss_before_update", "grad_norm_before_clipping")
	if err != nil {
		t.Fatal(err)
	}
	if !testdata.Thorough() {
		tb.Rows = tb.Rows[:30]
	}
	for _, double := range []bool{true, false} {
		m := initial(t, "training_init.safetensors")
		opt := DefaultStep()
		opt.Float64 = double
		o, err := NewOptimizer(m, opt)
		if err != nil {
			t.Fatal(err)
		}
		early, late := 1e-9, 1e-6
		if !double {
			early, late = 1e-4, 1e-2
		}
		const batch = 200
		worst := [2]float64{}
		for step, row := range tb.Rows {
			b := step % (len(theta) / m.D / batch)
			loss, norm, err := o.Step(theta[b*batch*m.D:(b+1)*batch*m.D], x[b*batch*m.C:(b+1)*batch*m.C])
			if err != nil {
				t.Fatal(err)
			}
			wantLoss, _ := table.ParseFloat(row[want[0]])
			wantNorm, _ := table.ParseFloat(row[want[1]])
			d := math.Max(math.Abs(loss/wantLoss-1), math.Abs(norm/wantNorm-1)*1e-2)
			limit, k := late, 1
			if step < 10 {
				limit, k = early, 0
			}
			worst[k] = math.Max(worst[k], d)
			if !(d <= limit) {
				t.Fatalf("float64 %v: step %d: loss %v, want %v; norm %v, want %v", double, step, loss,
					wantLoss, norm, wantNorm)
			}
			if step == 4 && double {
				compareWeights(t, o)
			}
		}
		t.Logf("float64 %v: largest relative difference %.2g in 10 steps, %.2g in %d", double, worst[0],
			worst[1], len(tb.Rows))
	}
}

// compareWeights compares the weights after 5 steps with those of the reference.
func compareWeights(t *testing.T, o *Optimizer) {
	t.Helper()
	if err := o.Update(); err != nil {
		t.Fatal(err)
	}
	want, got := initial(t, "training_after5.safetensors").Tensors(), o.m.Tensors()
	worst := 0.0
	for name, w := range want {
		for i, v := range w.Data {
			worst = math.Max(worst, math.Abs(got[name].Data[i]-v))
		}
	}
	t.Logf("weights after 5 steps: %.2g", worst)
	if !(worst < 1e-8) {
		t.Errorf("weights after 5 steps differ by %.2g", worst)
	}
}

func BenchmarkEpoch(b *testing.B) {
	for name, double := range map[string]bool{"float32": false, "float64": true} {
		b.Run(name, func(b *testing.B) {
			m := initial(b, "training_init.safetensors")
			theta, x := trainingSet(b, 0)
			opt := DefaultStep()
			opt.Float64 = double
			o, err := NewOptimizer(m, opt)
			if err != nil {
				b.Fatal(err)
			}
			if _, _, err := o.Step(theta[:200*m.D], x[:200*m.C]); err != nil { // compiles the graph
				b.Fatal(err)
			}
			for b.Loop() {
				for k := 0; k < 54; k++ { // 10,800 pairs
					at := k % 48 * 200
					if _, _, err := o.Step(theta[at*m.D:(at+200)*m.D], x[at*m.C:(at+200)*m.C]); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// Splines as the shipped estimators have them (3 transforms of 20 and 50 units, 8 bins).
func BenchmarkSplineStep(b *testing.B) {
	for _, hidden := range []int{20, 50} {
		b.Run(fmt.Sprint(hidden), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			m := flow.NewMAF(5, 18, hidden, 3, 8, rng)
			theta, x := make([]float64, 200*m.D), make([]float64, 200*m.C)
			for i := range theta {
				theta[i] = rng.Float64()
			}
			for i := range x {
				x[i] = rng.NormFloat64()
			}
			o, err := NewOptimizer(m, StepOptions{LearningRate: 1e-3, Clip: 5})
			if err != nil {
				b.Fatal(err)
			}
			if _, _, err := o.Step(theta, x); err != nil { // compiles the graph
				b.Fatal(err)
			}
			for b.Loop() {
				if _, _, err := o.Step(theta, x); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
