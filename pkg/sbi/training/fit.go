package training

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/run/seed"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/flow"
	"example.org/renshaw/pkg/sbi/train"
)

// Epoch is one line of the training curve: mean losses, -log q, of the gradient rows while
// the weights move and of all validation rows after it, by the mean weights if there are.
type Epoch struct {
	Training, Validation float64 // mean of -log q
}

// Fitted is the result of Fit.
type Fitted struct {
	Flow      *flow.MAF // with the best weights
	Curve     []Epoch   // one per epoch
	BestEpoch int       // 1 is the first
	BestLoss  float64   // validation loss of the weights that were kept
}

// minRows is how many rows of a role a training needs.
const minRows = 20

// FitOptions say how Fit trains a flow.
type FitOptions struct {
	Flow     sbi.FlowSpec // kind and size
	Training sbi.Training // settings of the optimiser
	Seed     uint64       // of weights, permutations and batches
	// Progress, if set, is called after every epoch, 1 the first.
	Progress func(epoch int, e Epoch)
	// Checkpoint is a folder from which an interrupted training of the same flow on the same
	// rows goes on, with the same result as if it had not been interrupted; "": none.
	Checkpoint string
}

// Fit trains a flow on rows of pairs (numbers of rows in gradient and validation). All
// random choices (weights, permutations, order of batches) come from the seed, so that a
// fit repeats. Standardisers are mean and sample SD of the gradient rows. It stops when
// Patience epochs bring no strict improvement of the validation loss, and keeps the best
// weights. A feature that does not vary, or a loss that is not finite, is an error.
func Fit(ctx context.Context, p *sbi.Pairs, names []string, gradient, validation []int,
	opt FitOptions) (*Fitted, error) {
	t := opt.Training
	if err := t.Validate(); err != nil {
		return nil, err
	}
	if len(gradient) < minRows || len(validation) < minRows {
		return nil, fmt.Errorf("sbi: %d rows to train and %d to validate; at least %d of each are needed",
			len(gradient), len(validation), minRows)
	}
	d, c := len(p.Theta)/p.N, len(p.X)/p.N
	var logSlope [2]float64
	if opt.Flow.Bounded {
		var slopes []float64
		var err error
		if p, slopes, err = unbounded(p, names); err != nil {
			return nil, err
		}
		logSlope = [2]float64{meanOf(slopes, gradient), meanOf(slopes, validation)}
	}
	m := flow.NewMAF(d, c, opt.Flow.Hidden, opt.Flow.Transforms, opt.Flow.SplineBins(),
		seed.Stream(opt.Seed, "weights"))
	if err := standardise(m, p, gradient, names); err != nil {
		return nil, err
	}
	o, err := train.NewOptimizer(m,
		train.StepOptions{LearningRate: t.LearningRate, Clip: t.Clip, Float64: t.Float64})
	if err != nil {
		return nil, err
	}
	f := &fitter{p: p, m: m, o: o, d: d, c: c, logSlope: logSlope, batch: min(t.Batch, len(gradient)),
		seed:  opt.Seed,
		saved: checkpoint{dir: opt.Checkpoint, key: fitKey(p, gradient, validation, opt)}}
	return f.run(ctx, gradient, validation, opt)
}

// stateLayout counts the shapes that train.Optimizer.State has had.
const stateLayout = 3

// fitKey is a digest of everything that the result of a fit depends on, and of what a
// checkpoint holds.
func fitKey(p *sbi.Pairs, gradient, validation []int, opt FitOptions) string {
	h := sha256.New()
	fmt.Fprintln(h, stateLayout, opt.Flow, opt.Training, opt.Seed, gradient, validation)
	_ = binary.Write(h, binary.LittleEndian, p.Theta) // a digest never fails
	_ = binary.Write(h, binary.LittleEndian, p.X)
	return hex.EncodeToString(h.Sum(nil))
}

type fitter struct {
	p           *sbi.Pairs
	m           *flow.MAF
	mean        *flow.MAF // running mean of the weights, nil before the first epoch
	o           *train.Optimizer
	d, c, batch int
	// of bounded parameters: mean log dy/dtheta of gradient and validation rows, 0 otherwise
	logSlope [2]float64
	seed     uint64
	saved    checkpoint
}

// run trains from the beginning or from the checkpoint.
func (f *fitter) run(ctx context.Context, gradient, validation []int,
	opt FitOptions) (*Fitted, error) {
	out := &Fitted{BestLoss: math.Inf(1)}
	var best map[string]flow.Tensor
	if p, tensors := f.saved.load(); p != nil {
		theta, x := f.rows(gradient[:f.batch])
		if err := f.o.Restore(tensors, theta, x); err != nil {
			return nil, err
		}
		out.Curve, out.BestEpoch, out.BestLoss, best = p.Curve, p.BestEpoch, p.BestLoss,
			prefixed(tensors, bestPrefix)
		if opt.Training.Average > 0 {
			var err error
			if f.mean, err = flow.MAFFromTensors(prefixed(tensors, meanPrefix)); err != nil {
				return nil, err
			}
		}
	}
	more := func() bool {
		return len(out.Curve) < opt.Training.MaxEpochs &&
			len(out.Curve)-out.BestEpoch < opt.Training.Patience
	}
	for more() {
		epoch := len(out.Curve) + 1
		e, m, err := f.epoch(ctx, epoch, gradient, validation, opt.Training.Average)
		if err != nil {
			return nil, fmt.Errorf("epoch %d: %w", epoch, err)
		}
		out.Curve = append(out.Curve, e)
		if e.Validation < out.BestLoss {
			out.BestLoss, out.BestEpoch, best = e.Validation, epoch, m.Clone().Tensors()
		}
		if opt.Progress != nil {
			opt.Progress(epoch, e)
		}
		if err := f.saved.save(out, best, f.mean, f.o.State, !more()); err != nil {
			return nil, err
		}
	}
	var err error
	if out.Flow, err = flow.MAFFromTensors(best); err != nil {
		return nil, err
	}
	out.Flow.Bounded = opt.Flow.Bounded
	return out, nil
}

// rows gathers rows of theta and x.
func (f *fitter) rows(idx []int) (theta, x []float64) {
	for _, i := range idx {
		theta = append(theta, f.p.Theta[i*f.d:(i+1)*f.d]...)
		x = append(x, f.p.X[i*f.c:(i+1)*f.c]...)
	}
	return theta, x
}

// epoch is one pass over the gradient rows in an order of its own, its incomplete last batch
// left out. It returns the flow after it, that of the mean weights if they are averaged, and
// its validation loss.
func (f *fitter) epoch(ctx context.Context, epoch int, gradient, validation []int,
	average float64) (Epoch, *flow.MAF, error) {
	order := slices.Clone(gradient)
	rng := seed.Stream(f.seed, "batches", epoch)
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	sum, batches := 0.0, 0
	for at := 0; at+f.batch <= len(order); at += f.batch {
		if err := ctx.Err(); err != nil {
			return Epoch{}, nil, err
		}
		theta, x := f.rows(order[at : at+f.batch])
		loss, _, err := f.o.Step(theta, x)
		if err != nil {
			return Epoch{}, nil, err
		}
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return Epoch{}, nil, errors.New("the training loss is not finite: lower lr")
		}
		sum += loss
		batches++
	}
	if err := f.o.Update(); err != nil {
		return Epoch{}, nil, err
	}
	m := f.m
	if average > 0 {
		if err := f.average(max(1-average, 1/float64(epoch))); err != nil {
			return Epoch{}, nil, err
		}
		m = f.mean
	}
	theta, x := f.rows(validation)
	loss, err := meanLoss(flow.Ensemble{m}, theta, x)
	return Epoch{sum/float64(batches) - f.logSlope[0], loss - f.logSlope[1]}, m, err
}

// average moves the mean weights by a share of the way to the present ones.
func (f *fitter) average(share float64) error {
	if f.mean == nil {
		f.mean = f.m.Clone()
	}
	now := f.m.Tensors()
	for name, mean := range f.mean.Tensors() { // they share the flow's numbers
		for i := range mean.Data {
			mean.Data[i] += share * (now[name].Data[i] - mean.Data[i])
		}
	}
	return f.mean.Pack()
}

// unbounded are the pairs with y in place of theta (flow.Unbounded), on which a bounded flow is
// trained, and for every row Σ log dy/dtheta. A parameter outside its box is an error.
func unbounded(p *sbi.Pairs, names []string) (y *sbi.Pairs, logSlope []float64, err error) {
	y = &sbi.Pairs{N: p.N, Theta: make([]float64, len(p.Theta)), X: p.X}
	logSlope = make([]float64, p.N)
	d := len(p.Theta) / p.N
	for i, v := range p.Theta {
		var slope float64
		y.Theta[i], slope = flow.Unbounded(v)
		if math.IsInf(slope, 0) {
			return nil, nil, fmt.Errorf("sbi: row %d: %s is %v in units of its prior, outside 0 to 1: "+
				"widen the prior, or set flow: bounded: false", i/d+1, names[i%d], v)
		}
		logSlope[i/d] += slope
	}
	return y, logSlope, nil
}

func meanOf(v []float64, rows []int) float64 {
	sum := 0.0
	for _, i := range rows {
		sum += v[i]
	}
	return sum / float64(len(rows))
}

// meanLoss is the mean of -log q over rows.
func meanLoss(m flow.Ensemble, theta, x []float64) (float64, error) {
	lp, err := sbi.LogProb(m, theta, x)
	sum := 0.0
	for _, v := range lp {
		sum -= v
	}
	return sum / float64(len(lp)), err
}

// standardise sets mean and sample SD of the gradient rows.
func standardise(m *flow.MAF, p *sbi.Pairs, rows []int, names []string) error {
	column := func(data []float64, width, k int) (mean, sd float64) {
		for _, i := range rows {
			mean += data[i*width+k]
		}
		mean /= float64(len(rows))
		for _, i := range rows {
			sd += (data[i*width+k] - mean) * (data[i*width+k] - mean)
		}
		return mean, math.Sqrt(sd / float64(len(rows)-1))
	}
	for k := 0; k < m.D; k++ {
		mean, sd := column(p.Theta, m.D, k)
		if !(sd > 1e-14) {
			return fmt.Errorf("sbi: parameter %s is the same in every row", names[k])
		}
		m.ThetaScale[k], m.ThetaShift[k] = 1/sd, -mean/sd
	}
	for k := 0; k < m.C; k++ {
		mean, sd := column(p.X, m.C, k)
		if name := names[m.D+k]; !(sd > 1e-7) && (name == feature.LogUnits || name == feature.LogCounts) {
			return fmt.Errorf("sbi: %s is the same in every row: analyse the simulations with random "+
				"units and windows too (renshaw analyze --variants 1) and give both tables, or set "+
				"count_features: false", name)
		}
		if !(sd > 1e-7) {
			return fmt.Errorf("sbi: feature %s is the same in every row (SD %g); leave it out or simulate "+
				"more widely", names[m.D+k], sd)
		}
		m.XMean[k], m.XStd[k] = mean, sd
	}
	return nil
}
