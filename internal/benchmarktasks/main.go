// Command benchmarktasks trains flows on the three standard tasks of simulation-based
// inference (two moons, SLCP, gaussian linear; 10,000 simulations each) and judges their
// posteriors by C2ST against reference draws: make c2st.
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/run/seed"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/calibration"
	"example.org/renshaw/pkg/sbi/flow"
	"example.org/renshaw/pkg/sbi/training"
)

// box of the prior of a task, the same for every parameter; gaussian linear has none.
var boxes = map[string][2]float64{"two_moons": {-1, 1}, "slcp": {-3, 3},
	"gaussian_linear": {math.Inf(-1), math.Inf(1)}}

// task is one task; theta is in unit-box coordinates where there is a box.
type task struct {
	name         string
	d, c         int
	train, test  sbi.Pairs
	observations [][]float64
	reference    [][]float64 // draws for the first observations
	low, width   float64
	bounded      bool
}

func main() {
	shared := flag.String("shared", os.Getenv("RENSHAW_SHARED"),
		"folder with golden/inference/benchmark_tasks.h5")
	names := flag.String("tasks", "two_moons,slcp,gaussian_linear", "tasks, with commas between them")
	kind := flag.String("kind", sbi.KindMAF, "maf or nsf")
	seeds := flag.Int("seeds", 3, "trainings of each task")
	first := flag.Uint64("first-seed", 1, "seed of the first training")
	transforms := flag.Int("transforms", 5, "transforms of the flow")
	hidden := flag.Int("hidden", 50, "hidden units of a layer")
	ensemble := flag.Int("ensemble", 1, "networks of each training")
	average := flag.Float64("average", 0, "running mean of the weights over epochs, as training: "+
		"{average} of inference.yaml")
	workers := flag.Int("workers", 2, "goroutines")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	for _, name := range strings.Split(*names, ",") {
		t, err := read(filepath.Join(*shared, "golden/inference/benchmark_tasks.h5"), name)
		if err != nil {
			fail(err)
		}
		sum := 0.0
		for s := 0; s < *seeds; s++ {
			score, err := t.run(ctx,
				sbi.FlowSpec{Kind: *kind, Transforms: *transforms, Hidden: *hidden, Bins: 10}, *average,
				*ensemble, *first+uint64(s), *workers)
			if err != nil {
				fail(err)
			}
			sum += score
		}
		fmt.Printf("%s: %s, mean C2ST over %d trainings %.4f\n", name, *kind, *seeds, sum/float64(*seeds))
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "benchmarktasks:", err)
	os.Exit(1)
}

// read reads a task.
func read(path, name string) (*task, error) {
	box, ok := boxes[name]
	if !ok {
		return nil, fmt.Errorf("%s: no such task", name)
	}
	f, err := h5.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t := &task{name: name, low: box[0], width: box[1] - box[0], bounded: !math.IsInf(box[0], 0)}
	if !t.bounded {
		t.low, t.width = 0, 1
	}
	matrix := func(name string) (v []float64, dims []int) {
		if err != nil {
			return nil, []int{1, 1, 1}
		}
		v, dims, err = f.Float64s("/" + t.name + "/" + name)
		return v, dims
	}
	unit := func(v []float64) []float64 {
		for i := range v {
			v[i] = (v[i] - t.low) / t.width
		}
		return v
	}
	for prefix, p := range map[string]*sbi.Pairs{"train": &t.train, "test": &t.test} {
		theta, dims := matrix("theta_" + prefix)
		x, xDims := matrix("x_" + prefix)
		p.N, p.Theta, p.X = dims[0], unit(theta), x
		t.d, t.c = dims[1], xDims[1]
	}
	x, dims := matrix("x_observations")
	for i := 0; i < dims[0] && err == nil; i++ {
		t.observations = append(t.observations, x[i*t.c:(i+1)*t.c])
	}
	if err == nil && t.bounded {
		draws, dims := matrix("reference_posterior_obs1to5")
		for i := 0; i < dims[0] && err == nil; i++ {
			n := len(draws) / dims[0]
			t.reference = append(t.reference, unit(draws[i*n:(i+1)*n]))
		}
	}
	return t, err
}

// referenceDraws are those of the task, or of the known posterior N(x/2, 0.05 I).
func (t *task) referenceDraws(i, n int, rng *rand.Rand) []float64 {
	if t.bounded {
		return t.reference[i]
	}
	out := make([]float64, n*t.d)
	for k := range out {
		out[k] = t.observations[i][k%t.d]/2 + math.Sqrt(0.05)*rng.NormFloat64()
	}
	return out
}

// run trains once and returns the mean C2ST over observations.
func (t *task) run(ctx context.Context, spec sbi.FlowSpec, average float64, members int,
	from uint64, workers int) (float64, error) {
	start := time.Now()
	order := seed.Stream(from, "split").Perm(t.train.N)
	cut := t.train.N * 9 / 10
	names := make([]string, t.d+t.c)
	for i := range names {
		names[i] = fmt.Sprintf("column %d", i)
	}
	settings := sbi.DefaultTraining()
	settings.Average = average
	var m flow.Ensemble
	epochs := 0
	for k := 0; k < members; k++ {
		f, err := training.Fit(ctx, &t.train, names, order[:cut], order[cut:],
			training.FitOptions{Flow: spec, Training: settings, Seed: from + 1000*uint64(k)})
		if err != nil {
			return 0, err
		}
		m = append(m, f.Flow)
		epochs += len(f.Curve)
	}
	loss := 0.0
	for i := 0; i < t.test.N; i++ {
		o, err := m.Observe(t.test.X[i*t.c : (i+1)*t.c])
		if err != nil {
			return 0, err
		}
		lp := make([]float64, 1)
		m.LogProb(lp, t.test.Theta[i*t.d:(i+1)*t.d], o)
		loss -= lp[0] - float64(t.d)*math.Log(t.width)
	}
	trained := time.Since(start)
	n, sum := 5000, 0.0
	count := len(t.observations)
	if t.bounded {
		count = len(t.reference)
	}
	rng := seed.Stream(from, "noise")
	for i := 0; i < count; i++ {
		draws, err := t.draw(ctx, m, t.observations[i], n, rng)
		if err != nil {
			return 0, err
		}
		score, err := calibration.C2ST(ctx, t.referenceDraws(i, n, rng), draws, t.d, from, workers)
		if err != nil {
			return 0, err
		}
		sum += score
	}
	fmt.Printf("%s: %s, seed %d: %d epochs in %v, test loss %.4f, C2ST %.4f over %d observations "+
		"in %v\n", t.name, spec.Kind, from, epochs, trained.Round(time.Second), loss/float64(t.test.N),
		sum/float64(count), count, (time.Since(start) - trained).Round(time.Second))
	return sum / float64(count), nil
}

func (t *task) draw(ctx context.Context, m flow.Ensemble, x []float64, n int,
	rng *rand.Rand) ([]float64, error) {
	if t.bounded {
		opt := sbi.DefaultSampling()
		opt.Draws = n
		p, err := sbi.Sample(ctx, m, x, opt, rng.Uint64())
		if err != nil {
			return nil, err
		}
		return p.Draws, nil
	}
	o, err := m.Observe(x)
	if err != nil {
		return nil, err
	}
	draws := make([]float64, n*t.d)
	m.Draw(draws, o, rng)
	return draws, nil
}
