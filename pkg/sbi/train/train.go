// Package train fits flows to pairs (theta, x) with GoMLX: it is the only importer of it,
// and chooses the back end in one place. GoMLX builds the training graph, its gradient and the
// optimiser's step. A back end of this package's evaluates graphs of float32, by vector kernels;
// GoMLX's own those of float64.
package train

import (
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"example.org/renshaw/pkg/sbi/flow"
)

// BackendEnv names the GoMLX back end: by default VectorBackend for float32 and GoMLX's own, "go",
// for float64.
const BackendEnv = "GOMLX_BACKEND"

func newBackend(double bool) (compute.Backend, error) {
	name := os.Getenv(BackendEnv)
	switch {
	case name != "":
	case double:
		// its parallel steps are too short here; networks of an ensemble are trained side by side
		name = "go:ops_sequential"
	default:
		name = VectorBackend
	}
	b, err := compute.NewWithConfig(name)
	if err != nil {
		return nil, fmt.Errorf("train: back end %q: %w", name, err)
	}
	return b, nil
}

// StepOptions shape one optimiser step.
type StepOptions struct {
	LearningRate float64 // of Adam, with beta 0.9 and 0.999, epsilon 1e-8
	Clip         float64 // largest global L2 norm of the gradient
	Float64      bool    // precision of the graph; float32 is faster
}

// DefaultStep is the study's.
func DefaultStep() StepOptions { return StepOptions{LearningRate: 5e-4, Clip: 5} }

// Optimizer advances the weights of a masked autoregressive flow. The loss of a batch is
// the mean of -log q(theta|x). It is not safe for concurrent use.
type Optimizer struct {
	m     *flow.MAF
	opt   StepOptions
	dtype dtypes.DType
	store *model.Store
	step  *model.Exec
}

// NewOptimizer builds the training graph of a flow, starting from its weights.
func NewOptimizer(m *flow.MAF, opt StepOptions) (*Optimizer, error) {
	backend, err := newBackend(opt.Float64)
	if err != nil {
		return nil, err
	}
	o := &Optimizer{m: m, opt: opt, dtype: dtypes.Float32, store: model.NewStore()}
	if opt.Float64 {
		o.dtype = dtypes.Float64
	}
	for _, v := range o.variables() {
		if _, err := o.store.CreateVariable(v.path, o.tensor(v.get(), v.dims...)); err != nil {
			return nil, fmt.Errorf("train: %s: %w", v.path, err)
		}
	}
	adam := optimizer.Adam().LearningRate(opt.LearningRate).Epsilon(1e-8).DType(o.dtype).
		Done().(interface {
		UpdateGraphWithGradients(*model.Scope, []*graph.Node, dtypes.DType)
	})
	o.step, err = model.NewExec(backend, o.store,
		func(s *model.Scope, theta, x *graph.Node) (*graph.Node, *graph.Node) {
			g := theta.Graph()
			loss := o.loss(g, theta, x)
			grads := gradients(s, loss)
			norm := globalNorm(grads)
			factor := graph.Min(graph.Const(g, o.scalar(1)),
				graph.Div(graph.Const(g, o.scalar(opt.Clip)), graph.Add(norm, graph.Const(g, o.scalar(1e-6)))))
			for i := range grads {
				grads[i] = graph.Mul(grads[i], factor)
			}
			adam.UpdateGraphWithGradients(s, grads, o.dtype)
			return loss, norm
		})
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	return o, nil
}

func globalNorm(grads []*graph.Node) *graph.Node {
	var sum *graph.Node
	for _, d := range grads {
		s := graph.ReduceAllSum(graph.Square(d))
		if sum == nil {
			sum = s
		} else {
			sum = graph.Add(sum, s)
		}
	}
	return graph.Sqrt(sum)
}

// scalar is a number of the graph's type.
func (o *Optimizer) scalar(v float64) any {
	if o.dtype == dtypes.Float64 {
		return v
	}
	return float32(v)
}

// tensor makes a tensor of the graph's type.
func (o *Optimizer) tensor(data []float64, dims ...int) *tensors.Tensor {
	if o.dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(append([]float64(nil), data...), dims...)
	}
	single := make([]float32, len(data))
	for i, v := range data {
		single[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(single, dims...)
}

func numbers(t *tensors.Tensor) []float64 {
	switch t.DType() {
	case dtypes.Float64:
		return tensors.MustCopyFlatData[float64](t)
	case dtypes.Int64:
		var out []float64
		for _, v := range tensors.MustCopyFlatData[int64](t) {
			out = append(out, float64(v))
		}
		return out
	}
	single := tensors.MustCopyFlatData[float32](t)
	out := make([]float64, len(single))
	for i, v := range single {
		out[i] = float64(v)
	}
	return out
}

// variable is a tensor of the graph and the weights of the flow that it stands for.
type variable struct {
	path  string
	dims  []int
	cells []cells
}

// cells are some numbers of an array of weights.
type cells struct {
	of []float64
	at []int
}

// submatrix are rows and columns of a matrix of some width.
func submatrix(of []float64, width int, rows, cols []int) cells {
	c := cells{of: of}
	for _, r := range rows {
		for _, k := range cols {
			c.at = append(c.at, r*width+k)
		}
	}
	return c
}

func (v *variable) get() []float64 {
	var out []float64
	for _, c := range v.cells {
		for _, i := range c.at {
			out = append(out, c.of[i])
		}
	}
	return out
}

func (v *variable) set(numbers []float64) {
	for _, c := range v.cells {
		for _, i := range c.at {
			c.of[i], numbers = numbers[0], numbers[1:]
		}
	}
}

// variables lists every weight that counts, outputs by inputs, the hidden units in the order of
// their degree. The context layers of all steps are one matrix, because none waits for another;
// masked ones are a matrix for every block.
func (o *Optimizer) variables() []variable {
	m := o.m
	d, c, h := m.D, m.C, m.H
	units, _ := m.UnitsByDegree()
	first := []int{0}
	matrix := func(path string, w []float64, width int, rows, cols []int) variable {
		return variable{path, []int{len(rows), len(cols)}, []cells{submatrix(w, width, rows, cols)}}
	}
	ctxWeight := variable{path: "/ctx_w", dims: []int{len(m.Steps) * h, c}}
	ctxBias := variable{path: "/ctx_b", dims: []int{len(m.Steps) * h, 1}}
	var vars []variable
	layer := func(blocks []block, w []float64) {
		for _, b := range blocks {
			if b.seen > 0 {
				vars = append(vars, matrix(b.path, w, h, b.rows, units[:b.seen]))
			}
		}
	}
	for k := range m.Steps {
		s, p := &m.Steps[k], fmt.Sprintf("/t%d_", k)
		ctxWeight.cells = append(ctxWeight.cells, submatrix(s.ContextWeight, c, units, span(0, c)))
		ctxBias.cells = append(ctxBias.cells, submatrix(s.ContextBias, 1, units, first))
		vars = append(vars, matrix(p+"in_w", s.InWeight, d, units, span(0, d)),
			matrix(p+"in_b", s.InBias, 1, units, first))
		for l := range s.HiddenWeight {
			layer(o.hidden(k, l), s.HiddenWeight[l])
			vars = append(vars, matrix(fmt.Sprintf("%sh%d_b", p, l), s.HiddenBias[l], 1, units, first))
		}
		layer(o.outputs(k), s.OutWeight)
		vars = append(vars, matrix(p+"out_b", s.OutBias, 1, span(0, len(s.OutBias)), first))
	}
	return append(vars, ctxWeight, ctxBias)
}

// span is from … to-1.
func span(from, to int) []int {
	out := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

// block is some rows of a masked matrix: they see the first units, seen of them, all.
type block struct {
	path string
	rows []int
	seen int
}

// hidden are the blocks of hidden layer l of step k, one for every degree.
func (o *Optimizer) hidden(k, l int) []block {
	units, upTo := o.m.UnitsByDegree()
	var blocks []block
	from := 0
	for _, to := range upTo {
		if to > from {
			blocks = append(blocks, block{fmt.Sprintf("/t%d_h%d_%d_w", k, l, from), units[from:to], to})
		}
		from = to
	}
	return blocks
}

// outputs are the blocks of the output layer of step k, one for every parameter.
func (o *Optimizer) outputs(k int) []block {
	_, upTo := o.m.UnitsByDegree()
	var blocks []block
	for i, seen := range upTo {
		blocks = append(blocks, block{fmt.Sprintf("/t%d_out%d_w", k, i),
			span(i*o.m.Outputs(), (i+1)*o.m.Outputs()), seen})
	}
	return blocks
}

// loss is the mean of -log q over a batch of theta (rows x D) and x (rows x C). Inside, a row of
// the batch is a column, so that gradients need no transposed activations (productVJP), and
// layers pass on s with
//
//	tanh(z) = 2 (s - 1/2),  s = 1 / (1 + e^(-2z)),
//
// because that is the cheaper function.
func (o *Optimizer) loss(g *graph.Graph, theta, x *graph.Node) *graph.Node {
	m := o.m
	d, h, rows := m.D, m.H, theta.Shape().Dimensions[0]
	variable := func(format string, args ...any) *graph.Node {
		return o.store.GetVariable(fmt.Sprintf(format, args...)).NodeValue(g)
	}
	constant := func(v []float64, dims ...int) *graph.Node {
		return graph.ConstTensor(g, o.tensor(v, dims...))
	}
	scaled := func(v *graph.Node, factor float64) *graph.Node {
		return graph.Mul(v, graph.Const(g, o.scalar(factor)))
	}
	ones := func(n int) []float64 { return slices.Repeat([]float64{1}, n) }
	oneEach := constant(ones(rows), 1, rows)
	affine := func(w, in, b *graph.Node) *graph.Node {
		return graph.Add(product(w, in), product(b, oneEach))
	}
	column := func(v []float64) *graph.Node { return product(constant(v, len(v), 1), oneEach) }

	u := graph.Add(graph.Mul(graph.Transpose(theta, 0, 1), column(m.ThetaScale)), column(m.ThetaShift))
	c := graph.Div(graph.Sub(graph.Transpose(x, 0, 1), column(m.XMean)), column(m.XStd))
	ctx := scaled(graph.Logistic(affine(scaled(variable("/ctx_w"), 2), c,
		scaled(variable("/ctx_b"), 2))), 4)
	maskIn := constant(m.InputMask(), h, d)
	// next is factor (W tanh(z) + b) of s, W in blocks.
	next := func(blocks []block, s, b *graph.Node, factor float64) *graph.Node {
		half := graph.Sub(s, graph.Const(g, o.scalar(0.5)))
		var sums []*graph.Node
		for _, k := range blocks {
			if k.seen == 0 {
				sums = append(sums, constant(make([]float64, len(k.rows)*rows), len(k.rows), rows))
				continue
			}
			seen := half
			if k.seen < h {
				seen = graph.Slice(half, graph.AxisRange(0, k.seen))
			}
			sums = append(sums, product(scaled(variable("%s", k.path), 2*factor), seen))
		}
		return graph.Add(graph.Concatenate(sums, 0), product(scaled(b, factor), oneEach))
	}
	var logDet *graph.Node
	for k := range m.Steps {
		ctxK := graph.Slice(ctx, graph.AxisRange(k*h, (k+1)*h))
		// the -1 of the context's tanh
		bias := graph.Sub(scaled(variable("/t%d_in_b", k), 2), graph.Const(g, o.scalar(2)))
		s := graph.Logistic(graph.Add(affine(graph.Mul(variable("/t%d_in_w", k), scaled(maskIn, 2)), u,
			bias), ctxK))
		for l := 0; l < 2; l++ {
			s = graph.Logistic(next(o.hidden(k, l), s, variable("/t%d_h%d_b", k, l), 2))
		}
		v, logSlope := o.transform(u, next(o.outputs(k), s, variable("/t%d_out_b", k), 1))
		u = product(constant(permutation(m.Steps[k].Perm), d, d), v)
		if s := graph.ReduceAllSum(logSlope); logDet == nil {
			logDet = s
		} else {
			logDet = graph.Add(logDet, s)
		}
	}
	total := graph.Sub(scaled(graph.ReduceAllSum(graph.Square(u)), 0.5), logDet)
	return graph.Add(scaled(total, 1/float64(rows)), graph.Const(g, o.scalar(-m.LogConstant())))
}

// product is the matrix product a b.
func product(a, b *graph.Node) *graph.Node { return graph.Dot(a, b).Product() }

// productVJP is the gradient of a product in terms that the Go back end computes without
// transposing v or b, which hold the batch: with v the gradient of a b, that of a is v b' and that
// of b is a' v. GoMLX's own transposes v for the second. Products here are all of matrices.
func productVJP(node *graph.Node, v []*graph.Node, _ shapes.Shape) []*graph.Node {
	a, b := node.Inputs()[0], node.Inputs()[1]
	return []*graph.Node{graph.DotGeneral(v[0], []int{1}, nil, b, []int{1}, nil),
		product(graph.Transpose(a, 0, 1), v[0])}
}

// rules guards the rules of gradients, which GoMLX keeps in one map for the whole process.
var rules sync.Mutex

// gradients adds the gradient of the loss with respect to every trainable variable to the graph,
// with productVJP as the rule of products. GoMLX's own rule is back in its place when gradients
// returns, also by a panic: graphs that others build keep it. Only a gradient that another
// package builds at the same moment could meet ours, because GoMLX has no lock of its own.
func gradients(s *model.Scope, loss *graph.Node) []*graph.Node {
	rules.Lock()
	defer rules.Unlock()
	own := graph.VJPRegistration[graph.NodeTypeDotGeneral]
	graph.VJPRegistration[graph.NodeTypeDotGeneral] = productVJP
	defer func() { graph.VJPRegistration[graph.NodeTypeDotGeneral] = own }()
	return s.BuildTrainableVariablesGradientsGraph(loss)
}

// transform gives v and log dv/du of u (D x rows) for the outputs of the network (D P x rows).
func (o *Optimizer) transform(u, outputs *graph.Node) (v, logSlope *graph.Node) {
	if o.m.Bins > 0 {
		v, logSlope = o.spline(graph.Transpose(u, 0, 1), graph.Transpose(outputs, 0, 1))
		return graph.Transpose(v, 0, 1), logSlope
	}
	a := graph.Slice(outputs, graph.AxisRange(0).Stride(2))
	m := graph.Slice(outputs, graph.AxisRange(1).Stride(2))
	scale := graph.Add(o.softplus(a), graph.Const(u.Graph(), o.scalar(flow.Epsilon)))
	return graph.Add(graph.Mul(scale, u), m), graph.Log(scale)
}

// softplus is log(1 + e^a).
func (o *Optimizer) softplus(a *graph.Node) *graph.Node {
	return graph.Add(graph.Max(a, graph.Const(a.Graph(), o.scalar(0))),
		graph.Log1p(graph.Exp(graph.Neg(graph.Abs(a)))))
}

// permutation is the matrix P with (P v)_i = v_{perm[i]}.
func permutation(perm []int) []float64 {
	d := len(perm)
	p := make([]float64, d*d)
	for i, from := range perm {
		p[i*d+from] = 1
	}
	return p
}

// Step does one optimiser step on a batch of rows and returns the loss before it and the
// norm of the gradient before clipping. Batches of one size share a compiled graph.
func (o *Optimizer) Step(theta, x []float64) (loss, norm float64, err error) {
	rows := len(theta) / o.m.D
	a, b := o.tensor(theta, rows, o.m.D), o.tensor(x, rows, o.m.C)
	lossT, normT, err := o.step.Call2(a, b)
	if err != nil {
		return 0, 0, fmt.Errorf("train: %w", err)
	}
	loss, norm = numbers(lossT)[0], numbers(normT)[0]
	for _, t := range []*tensors.Tensor{a, b, lossT, normT} {
		if err := t.FinalizeAll(); err != nil {
			return 0, 0, fmt.Errorf("train: %w", err)
		}
	}
	return loss, norm, nil
}

// Update copies the trained weights into the flow and packs it.
func (o *Optimizer) Update() error {
	for _, v := range o.variables() {
		t, err := o.store.GetVariable(v.path).Value()
		if err != nil {
			return fmt.Errorf("train: %s: %w", v.path, err)
		}
		v.set(numbers(t))
	}
	return o.m.Pack()
}

// State is all that the next step depends on: weights, moments of the gradient, number of
// steps. The names are those of the graph's variables.
func (o *Optimizer) State() (map[string]flow.Tensor, error) {
	out := map[string]flow.Tensor{}
	for v := range o.store.IterVariables() {
		t, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("train: %s: %w", v.Path(), err)
		}
		out[v.Path()] = flow.Tensor{Shape: t.Shape().Dimensions, Data: numbers(t)}
	}
	return out, nil
}

// Restore sets a state. It does a step on a batch first, because the optimiser's own
// variables exist only from then on. A state of another network is an error.
func (o *Optimizer) Restore(state map[string]flow.Tensor, theta, x []float64) error {
	if _, _, err := o.Step(theta, x); err != nil {
		return err
	}
	for v := range o.store.IterVariables() {
		s, ok := state[v.Path()]
		if !ok || !slices.Equal(s.Shape, v.Shape().Dimensions) {
			return fmt.Errorf("train: the saved state has %s of shape %v, not %v", v.Path(), s.Shape,
				v.Shape().Dimensions)
		}
		t := o.tensor(s.Data, s.Shape...)
		if v.DType() == dtypes.Int64 {
			whole := make([]int64, len(s.Data))
			for i, x := range s.Data {
				whole[i] = int64(x)
			}
			t = tensors.FromFlatDataAndDimensions(whole, s.Shape...)
		}
		if err := v.SetValue(t); err != nil {
			return fmt.Errorf("train: %s: %w", v.Path(), err)
		}
	}
	return nil
}
