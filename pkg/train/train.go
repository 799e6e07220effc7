// Package train fits flows to pairs (theta, x) with GoMLX: it is the only importer of it,
// and chooses the back end in one place.
package train

import (
	"fmt"
	"os"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	_ "github.com/gomlx/compute/gobackend" // pure Go: no cgo, no download
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"example.org/renshaw/pkg/flow"
)

// BackendEnv names the GoMLX back end; "go" is the default and the only one that is built
// in.
const BackendEnv = "GOMLX_BACKEND"

func newBackend() (compute.Backend, error) {
	name := os.Getenv(BackendEnv)
	if name == "" {
		name = "go"
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
	backend, err := newBackend()
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
	adam := optimizer.Adam().LearningRate(opt.LearningRate).Epsilon(1e-8).DType(o.dtype).Done().(interface {
		UpdateGraphWithGradients(*model.Scope, []*graph.Node, dtypes.DType)
	})
	o.step, err = model.NewExec(backend, o.store, func(s *model.Scope, theta, x *graph.Node) (*graph.Node, *graph.Node) {
		g := theta.Graph()
		loss := o.loss(g, theta, x)
		grads := s.BuildTrainableVariablesGradientsGraph(loss)
		norm := globalNorm(grads)
		factor := graph.Min(graph.Const(g, o.scalar(1)), graph.Div(graph.Const(g, o.scalar(opt.Clip)), graph.Add(norm, graph.Const(g, o.scalar(1e-6)))))
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
	if t.DType() == dtypes.Float64 {
		return tensors.MustCopyFlatData[float64](t)
	}
	single := tensors.MustCopyFlatData[float32](t)
	out := make([]float64, len(single))
	for i, v := range single {
		out[i] = float64(v)
	}
	return out
}

// variable links a tensor of the graph, inputs by outputs, with weights of the flow.
type variable struct {
	path string
	dims []int
	get  func() []float64
	set  func([]float64)
}

func transposed(w []float64, rows, cols int) []float64 {
	out := make([]float64, len(w))
	for r := 0; r < rows; r++ {
		for c := 0; c < cols; c++ {
			out[c*rows+r] = w[r*cols+c]
		}
	}
	return out
}

// variables lists every weight. The context layers of all steps are one matrix, because
// none waits for another; the outputs a and m are two, because they are used apart.
func (o *Optimizer) variables() []variable {
	m := o.m
	d, c, h, n := m.D, m.C, m.H, len(m.Steps)
	matrix := func(path string, w *[]float64, rows, cols int) variable {
		return variable{path, []int{cols, rows}, func() []float64 { return transposed(*w, rows, cols) }, func(v []float64) { *w = transposed(v, cols, rows) }}
	}
	vector := func(path string, b *[]float64, size int) variable {
		return variable{path, []int{size}, func() []float64 { return *b }, func(v []float64) { *b = v }}
	}
	vars := []variable{
		{"/ctx_w", []int{c, n * h}, func() []float64 {
			var all []float64
			for k := range m.Steps {
				all = append(all, m.Steps[k].ContextWeight...)
			}
			return transposed(all, n*h, c)
		}, func(v []float64) {
			all := transposed(v, c, n*h)
			for k := range m.Steps {
				m.Steps[k].ContextWeight = all[k*h*c : (k+1)*h*c]
			}
		}},
		{"/ctx_b", []int{n * h}, func() []float64 {
			var all []float64
			for k := range m.Steps {
				all = append(all, m.Steps[k].ContextBias...)
			}
			return all
		}, func(v []float64) {
			for k := range m.Steps {
				m.Steps[k].ContextBias = v[k*h : (k+1)*h]
			}
		}},
	}
	for k := range m.Steps {
		s, p := &m.Steps[k], fmt.Sprintf("/t%d_", k)
		vars = append(vars, matrix(p+"in_w", &s.InWeight, h, d), vector(p+"in_b", &s.InBias, h))
		for l := range s.HiddenWeight {
			vars = append(vars, matrix(fmt.Sprintf("%sh%d_w", p, l), &s.HiddenWeight[l], h, h), vector(fmt.Sprintf("%sh%d_b", p, l), &s.HiddenBias[l], h))
		}
		vars = append(vars, o.outputs(p, s)...)
	}
	return vars
}

// outputs are the even rows (a) and the odd rows (m) of the output layer.
func (o *Optimizer) outputs(p string, s *flow.Step) []variable {
	d, h := o.m.D, o.m.H
	var vars []variable
	for part, name := range []string{"a", "m"} {
		vars = append(vars, variable{p + name + "_w", []int{h, d}, func() []float64 {
			var rows []float64
			for i := 0; i < d; i++ {
				rows = append(rows, s.OutWeight[(2*i+part)*h:(2*i+part+1)*h]...)
			}
			return transposed(rows, d, h)
		}, func(v []float64) {
			rows := transposed(v, h, d)
			for i := 0; i < d; i++ {
				copy(s.OutWeight[(2*i+part)*h:(2*i+part+1)*h], rows[i*h:(i+1)*h])
			}
		}}, variable{p + name + "_b", []int{d}, func() []float64 {
			b := make([]float64, d)
			for i := range b {
				b[i] = s.OutBias[2*i+part]
			}
			return b
		}, func(v []float64) {
			for i, x := range v {
				s.OutBias[2*i+part] = x
			}
		}})
	}
	return vars
}

// loss is the mean of -log q over a batch.
func (o *Optimizer) loss(g *graph.Graph, theta, x *graph.Node) *graph.Node {
	m := o.m
	d, h := m.D, m.H
	variable := func(format string, args ...any) *graph.Node {
		return o.store.GetVariable(fmt.Sprintf(format, args...)).NodeValue(g)
	}
	constant := func(v []float64, dims ...int) *graph.Node { return graph.ConstTensor(g, o.tensor(v, dims...)) }
	affine := func(in, w, b *graph.Node) *graph.Node {
		y := graph.Dot(in, w).Product()
		return graph.Add(y, graph.BroadcastToShape(graph.ExpandAxes(b, 0), y.Shape()))
	}
	rowwise := func(y, b *graph.Node) *graph.Node { return graph.BroadcastToShape(b, y.Shape()) }

	u := graph.Add(graph.Mul(theta, rowwise(theta, constant(m.ThetaScale, 1, d))), rowwise(theta, constant(m.ThetaShift, 1, d)))
	c := graph.Div(graph.Sub(x, rowwise(x, constant(m.XMean, 1, m.C))), rowwise(x, constant(m.XStd, 1, m.C)))
	ctx := graph.Tanh(affine(c, variable("/ctx_w"), variable("/ctx_b")))
	in, hidden, out := m.Masks()
	maskIn, maskHidden, maskOut := constant(transposed(in, h, d), d, h), constant(transposed(hidden, h, h), h, h), constant(transposed(out, d, h), h, d)
	var logDet *graph.Node
	for k := range m.Steps {
		ctxK := graph.Slice(ctx, graph.AxisRange(), graph.AxisRange(k*h, (k+1)*h))
		y := graph.Add(affine(u, graph.Mul(variable("/t%d_in_w", k), maskIn), variable("/t%d_in_b", k)), ctxK)
		y = graph.Tanh(y)
		for l := 0; l < 2; l++ {
			y = graph.Tanh(affine(y, graph.Mul(variable("/t%d_h%d_w", k, l), maskHidden), variable("/t%d_h%d_b", k, l)))
		}
		a := affine(y, graph.Mul(variable("/t%d_a_w", k), maskOut), variable("/t%d_a_b", k))
		shift := affine(y, graph.Mul(variable("/t%d_m_w", k), maskOut), variable("/t%d_m_b", k))
		zero := graph.Const(g, o.scalar(0))
		softplus := graph.Add(graph.Max(a, zero), graph.Log1p(graph.Exp(graph.Neg(graph.Abs(a)))))
		scale := graph.Add(softplus, graph.Const(g, o.scalar(flow.Epsilon)))
		u = graph.Dot(graph.Add(graph.Mul(scale, u), shift), constant(permutation(m.Steps[k].Perm), d, d)).Product()
		if s := graph.ReduceAllSum(graph.Log(scale)); logDet == nil {
			logDet = s
		} else {
			logDet = graph.Add(logDet, s)
		}
	}
	rows := float64(theta.Shape().Dimensions[0])
	total := graph.Sub(graph.Mul(graph.Const(g, o.scalar(0.5)), graph.ReduceAllSum(graph.Square(u))), logDet)
	return graph.Add(graph.Mul(total, graph.Const(g, o.scalar(1/rows))), graph.Const(g, o.scalar(-m.LogConstant())))
}

// permutation is the matrix P with (v P)_i = v_{perm[i]}.
func permutation(perm []int) []float64 {
	d := len(perm)
	p := make([]float64, d*d)
	for i, from := range perm {
		p[from*d+i] = 1
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
