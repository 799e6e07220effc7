package training

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/renshaw/internal/gaussianpairs"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
	"example.org/renshaw/pkg/sbi/flow"
)

func rows(from, to int) []int {
	var idx []int
	for i := from; i < to; i++ {
		idx = append(idx, i)
	}
	return idx
}

var gaussianNames = []string{"a", "b", "x_a", "x_b"}

// fitGaussian trains on them. The first parameter of a transform does not see the features: with
// two parameters and few transforms, the permutations of some seeds (2, 6 and 12 of the first
// twelve) leave one parameter first throughout, and so unlearned.
func fitGaussian(t *testing.T, seed uint64) *Fitted {
	t.Helper()
	opt := sbi.DefaultTraining()
	opt.MaxEpochs, opt.LearningRate = 30, 3e-3
	f, err := Fit(context.Background(), gaussianpairs.New(2000), gaussianNames, rows(0, 1800),
		rows(1800, 2000), FitOptions{Flow: sbi.FlowSpec{Kind: sbi.KindMAF, Transforms: 3, Hidden: 20,
			Bins: 0}, Training: opt, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var fits = map[uint64]*Fitted{}

// fittedGaussian is a fit that tests share and leave as it is.
func fittedGaussian(t *testing.T, seed uint64) *Fitted {
	t.Helper()
	if fits[seed] == nil {
		fits[seed] = fitGaussian(t, seed)
	}
	return fits[seed]
}

// A fit repeats with its seed, learns the posterior, and its draws have the known mean and
// spread.
func TestFitAndSample(t *testing.T) {
	f := fittedGaussian(t, 5)
	if g := fitGaussian(t, 5); !reflect.DeepEqual(f.Curve, g.Curve) {
		t.Error("the same seed gives another curve")
	}
	if g := fittedGaussian(t, 8); reflect.DeepEqual(f.Curve, g.Curve) {
		t.Error("another seed gives the same curve")
	}
	// -log q of the truth: 2 (log(0.05) + 1/2 log(2 pi e)) = -3.15.
	if f.BestLoss > -2.9 || f.BestLoss < -3.4 {
		t.Errorf("best validation loss %v", f.BestLoss)
	}
	opt := sbi.DefaultSampling()
	p, err := sbi.Sample(context.Background(), flow.Ensemble{f.Flow}, []float64{0.4, 0.7}, opt, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Draws) != 2*opt.Draws || len(p.LogProb) != opt.Draws {
		t.Fatalf("%d numbers, %d densities", len(p.Draws), len(p.LogProb))
	}
	for k, want := range []float64{0.4, 0.7} {
		mean, sq := 0.0, 0.0
		for i := k; i < len(p.Draws); i += 2 {
			mean += p.Draws[i] / float64(opt.Draws)
			sq += p.Draws[i] * p.Draws[i] / float64(opt.Draws)
		}
		if sd := math.Sqrt(sq - mean*mean); math.Abs(mean-want) > 0.02 || math.Abs(sd-0.05) > 0.015 {
			t.Errorf("parameter %d: %v ± %v, want %v ± 0.05", k, mean, sd, want)
		}
	}
	if again, _ := sbi.Sample(context.Background(), flow.Ensemble{f.Flow}, []float64{0.4, 0.7}, opt,
		1); !reflect.DeepEqual(again, p) {
		t.Error("the same seed gives other draws")
	}
}

// Sampling ends, whatever is asked: features that are not finite, observations far away,
// limits, interruption.
func TestSamplingIsBounded(t *testing.T) {
	f := fitGaussian(t, 3)
	opt := sbi.DefaultSampling()
	for _, x := range []float64{math.NaN(), math.Inf(1)} {
		if _, err := sbi.Sample(context.Background(), flow.Ensemble{f.Flow}, []float64{x, 0}, opt,
			1); err == nil {
			t.Errorf("%v was sampled", x)
		}
	}
	var low *sbi.LowAcceptance
	start := time.Now()
	if _, err := sbi.Sample(context.Background(), flow.Ensemble{f.Flow}, []float64{0.5 + 50*0.3, 0.5},
		opt, 1); !errors.As(err, &low) {
		t.Errorf("50 SD away: %v", err)
	} else if low.Proposed > 200000 || low.Partial == nil {
		t.Errorf("50 SD away: %+v after %v", low, time.Since(start))
	}
	opt.MaxProposals = 500
	if _, err := sbi.Sample(context.Background(), flow.Ensemble{f.Flow}, []float64{0.5, 0.5}, opt,
		1); !errors.As(err, &low) || low.Proposed != 500 || len(low.Partial.LogProb) != low.Accepted {
		t.Errorf("500 proposals: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := sbi.Sample(ctx, flow.Ensemble{f.Flow}, []float64{0.5, 0.5}, sbi.DefaultSampling(),
		1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// The mean of the weights over epochs is better and steadier than the weights that large steps
// leave: its losses after the start are lower, and vary less from epoch to epoch.
func TestAverage(t *testing.T) {
	curve := func(average float64) (mean, jumps float64) {
		opt := sbi.DefaultTraining()
		opt.MaxEpochs, opt.Patience, opt.Batch, opt.LearningRate, opt.Average = 80, 80, 50, 1e-2, average
		f, err := Fit(context.Background(), gaussianpairs.New(1200), gaussianNames, rows(0, 1000),
			rows(1000, 1200), FitOptions{Flow: sbi.FlowSpec{Kind: sbi.KindMAF, Transforms: 2, Hidden: 10},
				Training: opt, Seed: 5})
		if err != nil {
			t.Fatal(err)
		}
		if loss, err := meanLoss(flow.Ensemble{f.Flow}, gaussianpairs.New(1200).Theta[2000:],
			gaussianpairs.New(1200).X[2000:]); err != nil || math.Abs(loss-f.BestLoss) > 1e-12 {
			t.Errorf("average %v: the flow that is returned has the loss %v, not the best, %v (%v)", average,
				loss, f.BestLoss, err)
		}
		for i := 60; i < 80; i++ {
			mean += f.Curve[i].Validation / 20
			jumps += math.Abs(f.Curve[i].Validation-f.Curve[i-1].Validation) / 20
		}
		return mean, jumps
	}
	mean, jumps := curve(0)
	averaged, smaller := curve(0.9)
	if !(averaged < mean-0.02) || !(smaller < jumps/3) {
		t.Errorf("mean loss %v, with averaged weights %v; jumps %v and %v", mean, averaged, jumps,
			smaller)
	}
}

func TestFitErrors(t *testing.T) {
	p := gaussianpairs.New(200)
	for i := 0; i < p.N; i++ {
		p.X[2*i+1] = 3
	}
	opt, small := sbi.DefaultTraining(),
		sbi.FlowSpec{Kind: sbi.KindMAF, Transforms: 2, Hidden: 10, Bins: 0}
	if _, err := Fit(context.Background(), p, gaussianNames, rows(0, 150), rows(150, 200),
		FitOptions{Flow: small, Training: opt, Seed: 1}); err == nil ||
		!strings.Contains(err.Error(), "x_b is the same in every row") {
		t.Errorf("constant feature: %v", err)
	}
	if _, err := Fit(context.Background(), gaussianpairs.New(30), gaussianNames, rows(0, 25),
		rows(25, 30), FitOptions{Flow: small, Training: opt, Seed: 1}); err == nil ||
		!strings.Contains(err.Error(), "25 rows to train and 5 to validate") {
		t.Errorf("too few rows: %v", err)
	}
	opt.LearningRate = -1
	if _, err := Fit(context.Background(), gaussianpairs.New(200), gaussianNames, rows(0, 150),
		rows(150, 200), FitOptions{Flow: small, Training: opt, Seed: 1}); err == nil ||
		!strings.Contains(err.Error(), "lr: -1") {
		t.Errorf("learning rate: %v", err)
	}
	opt.LearningRate, opt.Average = 1e-3, 1
	if _, err := Fit(context.Background(), gaussianpairs.New(200), gaussianNames, rows(0, 150),
		rows(150, 200), FitOptions{Flow: small, Training: opt, Seed: 1}); err == nil ||
		!strings.Contains(err.Error(), "average: 1") {
		t.Errorf("average: %v", err)
	}
}

// Rows of one simulation stay together in the corrected profile.
func TestSplit(t *testing.T) {
	set := &dataset.Set{}
	for i := 0; i < 300; i++ {
		set.Groups = append(set.Groups, fmt.Sprintf("sim%d|pool_0<->pool_0#%d", i/3, i%3))
	}
	set.N = 300
	s := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
	roles, err := split(&s, set)
	if err != nil {
		t.Fatal(err)
	}
	count := [3]int{}
	for i, r := range roles {
		count[r]++
		if r != roles[i/3*3] {
			t.Fatalf("simulation %d straddles a split", i/3)
		}
	}
	if count != [3]int{243, 27, 30} {
		t.Errorf("gradient, validation, held out: %v", count)
	}
	s.Profile = profile.PaperName
	if roles, _ = split(&s, set); roles[0] == roles[1] && roles[3] == roles[4] &&
		roles[6] == roles[7] && roles[9] == roles[10] && roles[12] == roles[13] &&
		roles[15] == roles[16] && roles[18] == roles[19] && roles[21] == roles[22] {
		t.Log("rows of the first simulations happen to stay together")
	}
}

// Estimators of every kind that are written and read give the same densities.
func TestEstimatorFolder(t *testing.T) {
	pairs := gaussianpairs.File(t)
	for _, c := range []struct {
		flow    sbi.FlowSpec
		members int
	}{{sbi.FlowSpec{Kind: sbi.KindMAF, Transforms: 2, Hidden: 10, Bins: 10}, 1},
		{sbi.FlowSpec{Kind: sbi.KindMAF, Transforms: 2, Hidden: 10, Bins: 10}, 3},
		{sbi.FlowSpec{Kind: sbi.KindNSF, Transforms: 2, Hidden: 10, Bins: 4}, 2}} {
		s := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
		s.Flow, s.Ensemble, s.Training.MaxEpochs = c.flow, c.members, 3
		out := filepath.Join(t.TempDir(), "est")
		e, err := Train(context.Background(), s, []string{pairs}, out, Options{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		if e.Config.Theta[0].High != 7000 || e.Config.Theta[1].High != 1 || e.Config.HeldOut == nil ||
			len(e.Config.Roles) != 600 || len(e.Config.BestEpoch)+len(e.Config.LeftOut) != c.members {
			t.Errorf("%+v", e.Config)
		}
		read, err := sbi.Load(out)
		if err != nil {
			t.Fatal(err)
		}
		if k := read.Config; k.Kind != c.flow.Kind || k.Ensemble != len(k.BestEpoch) ||
			len(read.Flow) != len(k.BestEpoch) || read.Flow[0].Bins != c.flow.SplineBins() {
			t.Errorf("read: %s, %d networks, %d bins", k.Kind, len(read.Flow), read.Flow[0].Bins)
		}
		rows, err := dataset.ReadPairs(read, pairs)
		if err != nil {
			t.Fatal(err)
		}
		a, errA := e.LogProb(rows)
		b, errB := read.LogProb(rows)
		if errA != nil || errB != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("densities differ: %v %v", errA, errB)
		}
		if _, err := os.Stat(filepath.Join(out, sbi.CurveName)); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(out, "checkpoints")); err == nil {
			t.Error("checkpoints remain")
		}
	}
}

// A network that went astray is left out of an ensemble, two good ones are not; a network alone
// stays.
func TestWorthKeeping(t *testing.T) {
	p := gaussianpairs.New(200)
	good, bad := fittedGaussian(t, 5), fitGaussian(t, 7)
	bad.Flow.ThetaShift[0] += 4 // elsewhere
	if err := bad.Flow.Pack(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		fitted []*Fitted
		want   []int
	}{{[]*Fitted{good, bad, fittedGaussian(t, 8)}, []int{0, 2}}, {[]*Fitted{bad}, []int{0}},
		{[]*Fitted{good, fittedGaussian(t, 8)}, []int{0, 1}}} {
		kept, err := worthKeeping(c.fitted, p.Theta, p.X)
		if err != nil || !slices.Equal(kept, c.want) {
			t.Errorf("kept %v, want %v (%v)", kept, c.want, err)
		}
	}
}

// A training that is interrupted goes on where it was and ends with the same bytes, with
// averaged weights too.
func TestTrainResumes(t *testing.T) {
	for _, average := range []float64{0, 0.9} {
		t.Run(fmt.Sprint(average), func(t *testing.T) { trainResumes(t, average) })
	}
}

func trainResumes(t *testing.T, average float64) {
	pairs, dir := gaussianpairs.File(t), t.TempDir()
	s := sbi.DefaultSpec(feature.Single, profile.CorrectedName)
	s.Flow, s.Ensemble, s.Training.MaxEpochs,
		s.Training.Average = sbi.FlowSpec{Kind: sbi.KindMAF, Transforms: 2, Hidden: 10, Bins: 10}, 2, 6,
		average
	whole, parts := filepath.Join(dir, "whole"), filepath.Join(dir, "parts")
	if _, err := Train(context.Background(), s, []string{pairs}, whole,
		Options{Workers: 2}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if _, err := Train(ctx, s, []string{pairs}, parts,
		Options{Workers: 1, Progress: func(member, epoch int, _ Epoch) {
			if member == 1 && epoch == 3 {
				cancel()
			}
		}}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	first := map[int]int{}
	if _, err := Train(context.Background(), s, []string{pairs}, parts,
		Options{Workers: 1, Progress: func(member, epoch int, _ Epoch) {
			if first[member] == 0 {
				first[member] = epoch
			}
		}}); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(first, map[int]int{1: 2}) {
		t.Errorf("first epochs %v: the finished network was trained again, or the other began anew",
			first)
	}
	for _, name := range []string{sbi.WeightsName, sbi.CurveName} {
		a, errA := os.ReadFile(filepath.Join(whole, name))
		b, errB := os.ReadFile(filepath.Join(parts, name))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs after an interruption (%v %v)", name, errA, errB)
		}
	}
}

// With a uniform prior and x = theta + noise the posterior is a normal distribution cut off at
// the edges of the box: a bounded flow finds it, its curve is in units of theta, and hardly a
// draw is refused: those beyond the reach of the splines.
func TestFitBounded(t *testing.T) {
	const sd = 0.3
	rng := rand.New(rand.NewPCG(5, 6))
	p := &sbi.Pairs{N: 4000}
	best := 0.0 // mean of -log posterior over the validation rows
	cdf := func(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }
	for i := range p.N {
		for range 2 {
			theta := rng.Float64()
			x := theta + sd*rng.NormFloat64()
			p.Theta, p.X = append(p.Theta, theta), append(p.X, x)
			if i >= 3000 {
				z := (theta - x) / sd
				best += (0.5*z*z + math.Log(sd*math.Sqrt(2*math.Pi)*(cdf((1-x)/sd)-cdf(-x/sd)))) / 1000
			}
		}
	}
	training := sbi.DefaultTraining()
	training.LearningRate, training.MaxEpochs = 6e-3, 22
	opt := FitOptions{Flow: sbi.FlowSpec{Kind: sbi.KindNSF, Transforms: 2, Hidden: 20, Bins: 6,
		Bounded: true}, Training: training, Seed: 5}
	f, err := Fit(context.Background(), p, gaussianNames, rows(0, 3000), rows(3000, 4000), opt)
	if err != nil {
		t.Fatal(err)
	}
	loss, err := meanLoss(flow.Ensemble{f.Flow}, p.Theta[6000:], p.X[6000:])
	if err != nil || math.Abs(loss-best) > 0.05 || math.Abs(loss-f.BestLoss) > 1e-6 {
		t.Errorf("loss %v, %v in the curve; the posterior's is %v (%v)", loss, f.BestLoss, best, err)
	}
	post, err := sbi.Sample(context.Background(), flow.Ensemble{f.Flow}, []float64{-0.1, 1.2},
		sbi.SampleOptions{Draws: 5000, MinAcceptance: 0.5}, 1)
	if err != nil || post.Acceptance < 0.95 || slices.Min(post.Draws) < 1e-4 ||
		slices.Max(post.Draws) > 1-1e-4 {
		t.Errorf("accepted %v, from %v to %v, %v", post.Acceptance, slices.Min(post.Draws),
			slices.Max(post.Draws), err)
	}
	p.Theta[8] = 1.1
	if _, err := Fit(context.Background(), p, gaussianNames, rows(0, 3000), rows(3000, 4000),
		opt); err == nil || !strings.Contains(err.Error(), "row 5: "+gaussianNames[0]) {
		t.Errorf("outside the box: %v", err)
	}
}

// A flow whose base is too narrow or too wide for the rows gets the SD that they have.
func TestCalibrateBase(t *testing.T) {
	m := flow.NewMAF(2, 2, 6, 2, 0, rand.New(rand.NewPCG(1, 1)))
	if err := m.Pack(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []float64{0.7, 1.6} {
		m.BaseSD = want
		rng := rand.New(rand.NewPCG(2, 2))
		theta, x := make([]float64, 8000), make([]float64, 8000)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		for i := 0; i < 4000; i++ {
			o, err := flow.Ensemble{m}.Observe(x[2*i : 2*i+2])
			if err != nil {
				t.Fatal(err)
			}
			flow.Ensemble{m}.Draw(theta[2*i:2*i+2], o, rng)
		}
		m.BaseSD = 1
		if err := calibrateBase(flow.Ensemble{m}, theta, x); err != nil ||
			math.Abs(m.BaseSD/want-1) > 0.03 {
			t.Errorf("base SD %v, want %v (%v)", m.BaseSD, want, err)
		}
	}
}
