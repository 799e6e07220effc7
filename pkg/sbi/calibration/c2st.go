package calibration

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/stat"

	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/seed"
)

// Settings of the referee of C2ST: those of the public benchmark of simulation-based
// inference (sbibm), which takes them from scikit-learn.
const (
	folds         = 5
	refereeBatch  = 200
	refereeEpochs = 300
	refereeTol    = 1e-4 // improvement of the training loss that counts
	refereeWait   = 10   // epochs without one before the end
	refereeL2     = 1e-4
	refereeRate   = 1e-3
)

// C2ST is the accuracy (five-fold cross-validation) with which a perceptron with two layers
// of 10 D units tells rows of a from rows of b (D numbers each): 0.5 if it cannot, which is
// what draws of the same distribution give. Both are standardised by mean and SD of a, the
// reference. The referee computes in float32. The result follows from the seed.
func C2ST(ctx context.Context, a, b []float64, d int, from uint64, workers int) (float64, error) {
	if d < 1 || len(a) == 0 || len(a)%d != 0 || len(b) != len(a) {
		return 0, fmt.Errorf("calibration: C2ST of %d and %d numbers for %d parameters: as many rows "+
			"of both are expected", len(a), len(b), d)
	}
	x, y := standardised(a, b, d)
	rng := seed.Stream(from, "classifier folds")
	order := rng.Perm(len(y))
	scores := make([]float64, folds)
	items := make([]job.Item, folds)
	var mu sync.Mutex
	for f := range items {
		items[f] = job.Item{Name: fmt.Sprintf("fold %d", f+1), Do: func(ctx context.Context) error {
			var train, test []int
			for k, i := range order {
				if k*folds/len(order) == f {
					test = append(test, i)
				} else {
					train = append(train, i)
				}
			}
			s, err := referee(ctx, x, y, d, train, test, seed.Derive(from, "classifier", f))
			mu.Lock()
			defer mu.Unlock()
			scores[f] = s
			return err
		}}
	}
	if _, err := job.Run(ctx, items, workers, nil); err != nil {
		return 0, err
	}
	return stat.Mean(scores, nil), ctx.Err()
}

// standardised joins both; y is 1 for rows of b.
func standardised(a, b []float64, d int) (x, y []float32) {
	n := len(a) / d
	x = make([]float32, 2*len(a))
	for k := 0; k < d; k++ {
		column := make([]float64, n)
		for i := range column {
			column[i] = a[i*d+k]
		}
		mean, sd := stat.MeanStdDev(column, nil)
		for i := k; i < len(a); i += d {
			x[i] = float32((a[i] - mean) / math.Max(sd, 1e-300))
			x[len(a)+i] = float32((b[i] - mean) / math.Max(sd, 1e-300))
		}
	}
	y = make([]float32, 2*n)
	for i := n; i < 2*n; i++ {
		y[i] = 1
	}
	return x, y
}

// layer is one layer of the referee with the moments of Adam.
type layer struct {
	in, out                 int
	w, grad, m, v           []float32 // out x (in+1): weights, and the bias in the last column
	input, output, inputErr []float32
}

func newLayer(in, out int, rng *rand.Rand) *layer {
	n := out * (in + 1)
	l := &layer{in: in, out: out, w: make([]float32, n), grad: make([]float32, n),
		m: make([]float32, n), v: make([]float32, n)}
	bound := math.Sqrt(6 / float64(in+out)) // Glorot, uniform
	if out == 1 {
		bound = math.Sqrt(2 / float64(in+out))
	}
	for i := range l.w {
		l.w[i] = float32(bound * (2*rng.Float64() - 1))
	}
	return l
}

func general(rows, cols int, data []float32) blas32.General {
	return blas32.General{Rows: rows, Cols: cols, Stride: cols, Data: data}
}

// forward takes rows x (in+1), the last column of ones, and gives rows x out.
func (l *layer) forward(x []float32) []float32 {
	rows := len(x) / (l.in + 1)
	l.input = x
	l.output = resize(l.output, rows*l.out)
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, general(rows, l.in+1, x), general(l.out, l.in+1, l.w), 0,
		general(rows, l.out, l.output))
	return l.output
}

func resize(x []float32, n int) []float32 {
	if cap(x) < n {
		return make([]float32, n)
	}
	return x[:n]
}

// backward takes the derivative by the output and gives that by the input, ones included.
func (l *layer) backward(delta []float32) []float32 {
	rows := len(delta) / l.out
	blas32.Gemm(blas.Trans, blas.NoTrans, 1, general(rows, l.out, delta),
		general(rows, l.in+1, l.input), 0, general(l.out, l.in+1, l.grad))
	l.inputErr = resize(l.inputErr, rows*(l.in+1))
	blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, general(rows, l.out, delta),
		general(l.out, l.in+1, l.w), 0, general(rows, l.in+1, l.inputErr))
	return l.inputErr
}

// adam moves the weights; the L2 penalty is on weights, not biases.
func (l *layer) adam(step int, rows float64) {
	const b1, b2, eps = 0.9, 0.999, 1e-8
	bias1, bias2 := 1-math.Pow(b1, float64(step)), 1-math.Pow(b2, float64(step))
	rate := float32(refereeRate * math.Sqrt(bias2) / bias1)
	decay := float32(refereeL2 / rows)
	for i, g := range l.grad {
		if (i+1)%(l.in+1) != 0 {
			g += decay * l.w[i]
		}
		l.m[i] = b1*l.m[i] + (1-b1)*g
		l.v[i] = b2*l.v[i] + (1-b2)*g*g
		l.w[i] -= rate * l.m[i] / (float32(math.Sqrt(float64(l.v[i]))) + eps)
	}
}

// referee trains on rows and gives its accuracy on others.
func referee(ctx context.Context, x, y []float32, d int, train, test []int,
	from uint64) (float64, error) {
	rng := seed.Stream(from, "classifier weights")
	h := 10 * d
	net := []*layer{newLayer(d, h, rng), newLayer(h, h, rng), newLayer(h, 1, rng)}
	best, stale, step := math.Inf(1), 0, 0
	for epoch := 0; epoch < refereeEpochs && stale <= refereeWait; epoch++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		rng.Shuffle(len(train), func(i, j int) { train[i], train[j] = train[j], train[i] })
		loss := 0.0
		for at := 0; at < len(train); at += refereeBatch {
			rows := train[at:min(at+refereeBatch, len(train))]
			step++
			loss += gradients(net, x, y, d, rows)
			for _, l := range net {
				l.adam(step, float64(len(rows)))
			}
		}
		loss /= float64(len(train))
		if loss > best-refereeTol {
			stale++
		} else {
			stale = 0
		}
		best = math.Min(best, loss)
	}
	right := 0.0
	for i, v := range scores(net, x, d, test) {
		if (v > 0) == (y[test[i]] == 1) {
			right++
		}
	}
	return right / float64(len(test)), nil
}

// withOnes gathers rows and adds a column of ones.
func withOnes(x []float32, width int, rows []int) []float32 {
	out := make([]float32, 0, len(rows)*(width+1))
	for _, i := range rows {
		out = append(append(out, x[i*width:(i+1)*width]...), 1)
	}
	return out
}

// scores are the log odds of rows.
func scores(net []*layer, x []float32, d int, rows []int) []float32 {
	h := withOnes(x, d, rows)
	for k, l := range net {
		out := l.forward(h)
		if k == len(net)-1 {
			return out
		}
		h = make([]float32, 0, len(rows)*(l.out+1))
		for r := range rows {
			for _, v := range out[r*l.out : (r+1)*l.out] {
				h = append(h, max(v, 0))
			}
			h = append(h, 1)
		}
	}
	return nil
}

// gradients of the mean cross entropy of rows; it returns their sum of losses.
func gradients(net []*layer, x, y []float32, d int, rows []int) float64 {
	z := scores(net, x, d, rows)
	loss := 0.0
	delta := make([]float32, len(z))
	for i := range z {
		v, target := float64(z[i]), float64(y[rows[i]])
		loss += math.Max(v, 0) + math.Log1p(math.Exp(-math.Abs(v))) - target*v
		delta[i] = float32((1/(1+math.Exp(-v)) - target) / float64(len(rows)))
	}
	for k := len(net) - 1; k >= 0; k-- {
		back := net[k].backward(delta)
		if k == 0 {
			break
		}
		width := net[k].in
		delta = make([]float32, len(rows)*width)
		for r := range rows {
			for u := 0; u < width; u++ {
				if net[k].input[r*(width+1)+u] > 0 {
					delta[r*width+u] = back[r*(width+1)+u]
				}
			}
		}
	}
	return loss
}
