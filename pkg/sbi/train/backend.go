package train

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/notimplemented"
	"github.com/gomlx/compute/shapes"
)

// VectorBackend is the name of the GoMLX back end of this package: the operations that training
// of flows needs, of float32, on one processor, with kernels for its vectors. GoMLX builds the
// graph, its gradient and the optimiser's step; the back end only evaluates them. What it lacks
// is an error of GoMLX's.
const VectorBackend = "vector"

func init() {
	compute.Register(VectorBackend, func(config string) (compute.Backend, error) {
		if config != "" {
			return nil, fmt.Errorf("train: back end %s has no options, %q is given", VectorBackend, config)
		}
		return &vectorBackend{}, nil
	})
}

type vectorBackend struct {
	notimplemented.Backend
	final bool
}

func (b *vectorBackend) Name() string        { return VectorBackend }
func (b *vectorBackend) String() string      { return VectorBackend }
func (b *vectorBackend) Description() string { return "float32 on one processor, by its vectors" }
func (b *vectorBackend) Finalize()           { b.final = true }
func (b *vectorBackend) IsFinalized() bool   { return b.final }

func (b *vectorBackend) DeviceDescription(compute.DeviceNum) string { return b.Description() }

func (b *vectorBackend) Capabilities() compute.Capabilities {
	c := compute.Capabilities{Operations: map[compute.OpType]bool{}, DTypes: map[dtypes.DType]bool{
		dtypes.Float32: true, dtypes.Int64: true, dtypes.Bool: true}}
	for _, op := range []compute.OpType{compute.OpTypeParameter, compute.OpTypeConstant,
		compute.OpTypeAbs, compute.OpTypeAdd, compute.OpTypeBroadcastInDim, compute.OpTypeConcatenate,
		compute.OpTypeConvertDType, compute.OpTypeDiv, compute.OpTypeDotGeneral, compute.OpTypeExp,
		compute.OpTypeGreaterOrEqual, compute.OpTypeIdentity, compute.OpTypeLessThan, compute.OpTypeLog,
		compute.OpTypeLog1p, compute.OpTypeLogistic, compute.OpTypeMax, compute.OpTypeMin,
		compute.OpTypeMul, compute.OpTypeNeg, compute.OpTypePad, compute.OpTypePow,
		compute.OpTypeReduceMax, compute.OpTypeReduceSum, compute.OpTypeReshape, compute.OpTypeSign,
		compute.OpTypeSlice, compute.OpTypeSqrt, compute.OpTypeSub, compute.OpTypeTranspose} {
		c.Operations[op] = true
	}
	return c
}

func (b *vectorBackend) Builder(name string) compute.Builder {
	out := &vectorBuilder{name: name}
	out.main = &function{builder: out}
	out.main.ErrFn = func(op compute.OpType) error {
		return fmt.Errorf("train: back end %s, operation %v: %w", VectorBackend, op,
			compute.ErrNotImplemented)
	}
	out.backend = b
	return out
}

// vectorBuffer holds float32 or int64 numbers.
type vectorBuffer struct {
	backend *vectorBackend
	shape   shapes.Shape
	data    numbersOf
}

// numbersOf are the numbers of a tensor, of one of the types; those of bool are 0 and 1. Whole
// vectors of floats may be read and written: the slice's capacity is a multiple of width.
type numbersOf struct {
	floats []float32
	whole  []int64
}

func newNumbers(t dtypes.DType, n int) (numbersOf, error) {
	switch t {
	case dtypes.Float32, dtypes.Bool:
		return numbersOf{floats: make([]float32, n, (n+width-1)/width*width)}, nil
	case dtypes.Int64:
		return numbersOf{whole: make([]int64, n)}, nil
	}
	return numbersOf{}, fmt.Errorf("train: back end %s: numbers of type %v", VectorBackend, t)
}

func (n numbersOf) flat() any {
	if n.whole != nil {
		return n.whole
	}
	return n.floats
}

// set copies from a slice of the right type.
func (n numbersOf) set(flat any) error {
	switch v := flat.(type) {
	case []float32:
		if n.floats != nil && len(v) == len(n.floats) {
			copy(n.floats, v)
			return nil
		}
	case []int64:
		if n.whole != nil && len(v) == len(n.whole) {
			copy(n.whole, v)
			return nil
		}
	}
	return fmt.Errorf("train: back end %s: numbers of type %T", VectorBackend, flat)
}

func (b *vectorBackend) HasSharedBuffers() bool { return true }

func (b *vectorBackend) NewSharedBuffer(_ compute.DeviceNum, s shapes.Shape) (compute.Buffer, any,
	error) {
	if s.DType == dtypes.Bool {
		return nil, nil, fmt.Errorf("train: back end %s: a buffer of bools", VectorBackend)
	}
	data, err := newNumbers(s.DType, s.Size())
	if err != nil {
		return nil, nil, err
	}
	return &vectorBuffer{b, s, data}, data.flat(), nil
}

func (b *vectorBackend) BufferFromFlatData(d compute.DeviceNum, flat any,
	s shapes.Shape) (compute.Buffer, error) {
	out, _, err := b.NewSharedBuffer(d, s)
	if err != nil {
		return nil, err
	}
	return out, out.(*vectorBuffer).data.set(flat)
}

func (v *vectorBuffer) Backend() compute.Backend              { return v.backend }
func (v *vectorBuffer) Finalize() error                       { return nil }
func (v *vectorBuffer) Shape() (shapes.Shape, error)          { return v.shape, nil }
func (v *vectorBuffer) DeviceNum() (compute.DeviceNum, error) { return 0, nil }
func (v *vectorBuffer) Data() (any, error)                    { return v.data.flat(), nil }

func (v *vectorBuffer) ToFlatData(flat any) error {
	switch to := flat.(type) {
	case []float32:
		if copy(to, v.data.floats) == len(to) {
			return nil
		}
	case []int64:
		if copy(to, v.data.whole) == len(to) {
			return nil
		}
	}
	return fmt.Errorf("train: back end %s: numbers of type %T", VectorBackend, flat)
}

func (v *vectorBuffer) CopyToDevice(compute.DeviceNum) (compute.Buffer, error) {
	return v.backend.BufferFromFlatData(0, v.data.flat(), v.shape)
}

type vectorBuilder struct {
	notimplemented.Builder
	backend *vectorBackend
	name    string
	main    *function
}

func (b *vectorBuilder) Name() string           { return b.name }
func (b *vectorBuilder) Main() compute.Function { return b.main }

func (b *vectorBuilder) OpShape(v compute.Value) (shapes.Shape, error) { return b.main.Shape(v) }

// function is the list of the nodes of a graph, each after those that it needs.
type function struct {
	notimplemented.Function
	builder    *vectorBuilder
	nodes      []*node
	parameters []*node
	names      []string
	outputs    []*node
}

// node is an operation of a graph and where its result lies.
type node struct {
	shape shapes.Shape
	in    []*node
	run   func(n *node) // nil: parameters and constants
	numbersOf
	// alias says that the numbers are those of in[0]; inPlace, that they may take the place of an
	// input's, because run reads nothing after it has written there.
	alias, inPlace bool
	at             int // among the nodes
}

func (f *function) Builder() compute.Builder { return f.builder }

func (f *function) Shape(v compute.Value) (shapes.Shape, error) {
	n, ok := v.(*node)
	if !ok {
		return shapes.Invalid(), fmt.Errorf("train: back end %s: a value of type %T", VectorBackend, v)
	}
	return n.shape, nil
}

// add puts a node in the list; its inputs are nodes of this function.
func (f *function) add(n node, in ...compute.Value) *node {
	for _, v := range in {
		n.in = append(n.in, v.(*node))
	}
	n.at = len(f.nodes)
	f.nodes = append(f.nodes, &n)
	return &n
}

func (f *function) Parameter(name string, s shapes.Shape, _ *compute.ShardingSpec) (compute.Value,
	error) {
	n := f.add(node{shape: s})
	f.parameters, f.names = append(f.parameters, n), append(f.names, name)
	return n, nil
}

func (f *function) Constant(flat any, dims ...int) (compute.Value, error) {
	s := shapes.Make(dtypes.Float32, dims...)
	if _, ok := flat.([]int64); ok {
		s.DType = dtypes.Int64
	}
	data, err := newNumbers(s.DType, s.Size())
	if err != nil {
		return nil, err
	}
	if err := data.set(flat); err != nil {
		return nil, err
	}
	return f.add(node{shape: s, numbersOf: data}), nil
}

func (f *function) Return(outputs []compute.Value, _ []*compute.ShardingSpec) error {
	for _, v := range outputs {
		f.outputs = append(f.outputs, v.(*node))
	}
	return nil
}

// executable evaluates the nodes that outputs need. Results that are no outputs lie in buffers that
// later ones take over; an output has fresh numbers every time.
type executable struct {
	mu    sync.Mutex
	f     *function
	steps []*node
	fresh []*node // steps that give an output
	own   []bool  // outputs that need a copy: of inputs, constants and other outputs
}

func (b *vectorBuilder) Compile() (compute.Executable, error) {
	e := &executable{f: b.main}
	needed := make([]bool, len(b.main.nodes))
	for _, n := range b.main.outputs {
		needed[n.at] = true
	}
	for k := len(needed) - 1; k >= 0; k-- {
		if needed[k] {
			for _, n := range b.main.nodes[k].in {
				needed[n.at] = true
			}
		}
	}
	for k, n := range b.main.nodes {
		if needed[k] && n.run != nil {
			e.steps = append(e.steps, n)
		}
	}
	return e, e.place()
}

// root is the node whose numbers are those of n.
func (n *node) root() *node {
	for n.alias {
		n = n.in[0]
	}
	return n
}

// place gives the steps their buffers.
func (e *executable) place() error {
	last := map[*node]int{} // the last step that reads a root
	for k, n := range e.steps {
		for _, in := range n.in {
			last[in.root()] = k
		}
	}
	for _, n := range e.f.outputs {
		r := n.root()
		own := r.run == nil || last[r] == len(e.steps)
		e.own = append(e.own, own)
		if !own {
			last[r] = len(e.steps)
			e.fresh = append(e.fresh, r)
		}
	}
	free := map[int][]numbersOf{}
	for k, n := range e.steps {
		var done []*node // what nothing reads after this step
		for i, in := range n.in {
			if r := in.root(); r.run != nil && last[r] == k && !slices.Contains(n.in[:i], in) &&
				!slices.Contains(done, r) {
				done = append(done, r)
			}
		}
		size := n.shape.Size()
		give := func(now bool) {
			for _, r := range done {
				if r.floats != nil && now == (n.inPlace && r.shape.Size() == size) {
					free[cap(r.floats)] = append(free[cap(r.floats)], r.numbersOf)
				}
			}
		}
		give(true)
		if !n.alias && last[n] < len(e.steps) {
			need := (size + width - 1) / width * width
			if list := free[need]; n.shape.DType != dtypes.Int64 && len(list) > 0 {
				n.floats = list[len(list)-1].floats[:size]
				free[need] = list[:len(list)-1]
			} else {
				var err error
				if n.numbersOf, err = newNumbers(n.shape.DType, size); err != nil {
					return err
				}
			}
		}
		give(false)
	}
	return nil
}

func (e *executable) Finalize() {}

func (e *executable) Inputs() (names []string, inputs []shapes.Shape) {
	for _, n := range e.f.parameters {
		inputs = append(inputs, n.shape)
	}
	return e.f.names, inputs
}

func (e *executable) Outputs() (outputs []shapes.Shape) {
	for _, n := range e.f.outputs {
		outputs = append(outputs, n.shape)
	}
	return outputs
}

func (e *executable) Execute(inputs []compute.Buffer, _ []bool,
	_ compute.DeviceNum) ([]compute.Buffer, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(inputs) != len(e.f.parameters) {
		return nil, errors.New("train: the number of inputs is not that of the parameters")
	}
	for i, n := range e.f.parameters {
		b, ok := inputs[i].(*vectorBuffer)
		if !ok || !b.shape.Equal(n.shape) {
			return nil, fmt.Errorf("train: input %d is no buffer of shape %v", i, n.shape)
		}
		n.numbersOf = b.data
	}
	for _, n := range e.fresh {
		var err error
		if n.numbersOf, err = newNumbers(n.shape.DType, n.shape.Size()); err != nil {
			return nil, err
		}
	}
	for _, n := range e.steps {
		n.run(n)
	}
	out := make([]compute.Buffer, len(e.f.outputs))
	for i, n := range e.f.outputs {
		data := n.numbersOf
		if e.own[i] {
			var err error
			if data, err = newNumbers(n.shape.DType, n.shape.Size()); err != nil {
				return nil, err
			}
			if err := data.set(n.flat()); err != nil {
				return nil, err
			}
		}
		out[i] = &vectorBuffer{e.f.builder.backend, n.shape, data}
	}
	return out, nil
}
