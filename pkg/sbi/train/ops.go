package train

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// The operations of the back end: shapes are GoMLX's, every method adds a node.

// unary adds a node of one input of floats.
func (f *function) unary(op compute.OpType, v compute.Value,
	run func(dst, x []float32)) (compute.Value, error) {
	s, err := shapeinference.UnaryOp(op, v.(*node).shape)
	if err != nil {
		return nil, err
	}
	return f.add(node{shape: s, inPlace: true,
		run: func(n *node) { run(n.floats, n.in[0].floats) }}, v), nil
}

func (f *function) Abs(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeAbs, x, vectorAbs)
}

func (f *function) Exp(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeExp, x, vectorExp)
}

func (f *function) Log(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLog, x, vectorLog)
}

func (f *function) Log1p(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLog1p, x, vectorLog1p)
}

func (f *function) Logistic(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeLogistic, x, vectorLogistic)
}

func (f *function) Neg(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeNeg, x, vectorNeg)
}

func (f *function) Sqrt(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSqrt, x, vectorSqrt)
}

func (f *function) Sign(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeSign, x, func(dst, x []float32) {
		for i, v := range x {
			switch {
			case v > 0:
				v = 1
			case v < 0:
				v = -1
			}
			dst[i] = v
		}
	})
}

// binary adds a node of two inputs of floats.
func (f *function) binary(op compute.OpType, kind binaryOp, a, b compute.Value) (compute.Value,
	error) {
	x, y := a.(*node).shape, b.(*node).shape
	s, err := shapeinference.BinaryOp(op, x, y)
	if err != nil {
		return nil, err
	}
	if s.DType == dtypes.Int64 {
		if op != compute.OpTypeAdd || s.Size() != 1 {
			return nil, f.ErrFn(op)
		}
		return f.add(node{shape: s, run: func(n *node) {
			n.whole[0] = n.in[0].whole[0] + n.in[1].whole[0]
		}}, a, b), nil
	}
	return f.broadcasting(op, kind, s, a, b)
}

// broadcasting is binary for a result of shape s: equal shapes, a single number, or one row or
// column of a matrix.
func (f *function) broadcasting(op compute.OpType, kind binaryOp, s shapes.Shape,
	a, b compute.Value) (compute.Value, error) {
	x, y := a.(*node).shape, b.(*node).shape
	size := s.Size()
	stepOf := func(v shapes.Shape) int { return min(1, v.Size()-1) }
	if (x.Size() == size || x.Size() == 1) && (y.Size() == size || y.Size() == 1) {
		stepX, stepY := stepOf(x), stepOf(y)
		return f.add(node{shape: s, inPlace: true, run: func(n *node) {
			vectorBinary(kind, n.floats, n.in[0].floats, n.in[1].floats, stepX, stepY)
		}}, a, b), nil
	}
	if s.Rank() != 2 || x.Rank() != 2 || y.Rank() != 2 {
		return nil, f.ErrFn(op)
	}
	columns := s.Dimensions[1]
	rowStep := func(v shapes.Shape) int {
		if v.Dimensions[0] == 1 {
			return 0
		}
		return v.Dimensions[1]
	}
	stepX, stepY := min(1, x.Dimensions[1]-1), min(1, y.Dimensions[1]-1)
	rowX, rowY := rowStep(x), rowStep(y)
	return f.add(node{shape: s, inPlace: true, run: func(n *node) {
		p, q := n.in[0].floats, n.in[1].floats
		for r, i, j := 0, 0, 0; r < size; r, i, j = r+columns, i+rowX, j+rowY {
			binaryGo(kind, n.floats[r:r+columns], p[i:], q[j:], stepX, stepY)
		}
	}}, a, b), nil
}

func (f *function) Add(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeAdd, opAdd, a, b)
}

func (f *function) Sub(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeSub, opSub, a, b)
}

func (f *function) Mul(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMul, opMul, a, b)
}

func (f *function) Div(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeDiv, opDiv, a, b)
}

func (f *function) Max(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMax, opMax, a, b)
}

func (f *function) Min(a, b compute.Value) (compute.Value, error) {
	return f.binary(compute.OpTypeMin, opMin, a, b)
}

func (f *function) comparison(op compute.OpType, kind binaryOp, a, b compute.Value) (compute.Value,
	error) {
	s, err := shapeinference.ComparisonOp(op, a.(*node).shape, b.(*node).shape)
	if err != nil {
		return nil, err
	}
	return f.broadcasting(op, kind, s, a, b)
}

func (f *function) GreaterOrEqual(a, b compute.Value) (compute.Value, error) {
	return f.comparison(compute.OpTypeGreaterOrEqual, opGreaterOrEqual, a, b)
}

func (f *function) LessThan(a, b compute.Value) (compute.Value, error) {
	return f.comparison(compute.OpTypeLessThan, opLessThan, a, b)
}

// Pow is of single numbers: the optimiser's corrections of its means.
func (f *function) Pow(a, b compute.Value) (compute.Value, error) {
	s, err := shapeinference.BinaryOp(compute.OpTypePow, a.(*node).shape, b.(*node).shape)
	if err != nil {
		return nil, err
	}
	if s.Size() != 1 {
		return nil, f.ErrFn(compute.OpTypePow)
	}
	return f.add(node{shape: s, run: func(n *node) {
		n.floats[0] = float32(math.Pow(float64(n.in[0].floats[0]), float64(n.in[1].floats[0])))
	}}, a, b), nil
}

// same adds a node of the numbers of another.
func (f *function) same(s shapes.Shape, x compute.Value) compute.Value {
	return f.add(node{shape: s, alias: true, run: func(n *node) { n.numbersOf = n.in[0].numbersOf }},
		x)
}

func (f *function) Identity(x compute.Value) (compute.Value, error) {
	return f.same(x.(*node).shape, x), nil
}

func (f *function) Reshape(x compute.Value, dims ...int) (compute.Value, error) {
	s, err := shapeinference.Reshape(x.(*node).shape, dims)
	if err != nil {
		return nil, err
	}
	return f.same(s, x), nil
}

func (f *function) ConvertDType(x compute.Value, t dtypes.DType) (compute.Value, error) {
	n := x.(*node)
	s := n.shape.Clone()
	s.DType = t
	switch {
	case n.shape.DType != dtypes.Int64 && t == dtypes.Float32:
		return f.same(s, x), nil
	case n.shape.DType == dtypes.Int64 && t == dtypes.Float32:
		return f.add(node{shape: s, run: func(n *node) {
			for i, v := range n.in[0].whole {
				n.floats[i] = float32(v)
			}
		}}, x), nil
	}
	return nil, f.ErrFn(compute.OpTypeConvertDType)
}

func (f *function) BroadcastInDim(x compute.Value, out shapes.Shape, axes []int) (compute.Value,
	error) {
	in := x.(*node).shape
	if in.DType != dtypes.Float32 {
		return nil, f.ErrFn(compute.OpTypeBroadcastInDim)
	}
	switch {
	case in.Size() == out.Size():
		return f.same(out, x), nil
	case in.Size() == 1:
		return f.add(node{shape: out, run: func(n *node) {
			v := n.in[0].floats[0]
			for i := range n.floats {
				n.floats[i] = v
			}
		}}, x), nil
	}
	// how far every axis of the result moves in the input
	dims, steps := make([]int, 3), make([]int, 3)
	if out.Rank() > 3 {
		return nil, f.ErrFn(compute.OpTypeBroadcastInDim)
	}
	skip := 3 - out.Rank()
	for i := range dims {
		dims[i] = 1
		if i >= skip {
			dims[i] = out.Dimensions[i-skip]
		}
	}
	step := 1
	for k := len(axes) - 1; k >= 0; k-- {
		if in.Dimensions[k] > 1 {
			steps[skip+axes[k]] = step
		}
		step *= in.Dimensions[k]
	}
	return f.add(node{shape: out, run: func(n *node) {
		at, from := 0, n.in[0].floats
		for i := range dims[0] {
			for j := range dims[1] {
				base := i*steps[0] + j*steps[1]
				for k := range dims[2] {
					n.floats[at] = from[base+k*steps[2]]
					at++
				}
			}
		}
	}}, x), nil
}

// matrix is a shape as rows by columns: one axis is a row.
func matrix(s shapes.Shape) (rows, columns int, ok bool) {
	switch s.Rank() {
	case 0:
		return 1, 1, true
	case 1:
		return 1, s.Dimensions[0], true
	case 2:
		return s.Dimensions[0], s.Dimensions[1], true
	}
	return 0, 0, false
}

func (f *function) Transpose(x compute.Value, permutation ...int) (compute.Value, error) {
	in := x.(*node).shape
	s, err := shapeinference.Transpose(in, permutation)
	if err != nil {
		return nil, err
	}
	rows, columns, ok := matrix(in)
	if !ok || in.DType != dtypes.Float32 {
		return nil, f.ErrFn(compute.OpTypeTranspose)
	}
	if rows == 1 || columns == 1 || permutation[0] == 0 {
		return f.same(s, x), nil
	}
	return f.add(node{shape: s, run: func(n *node) {
		transpose(n.floats, n.in[0].floats, rows, columns)
	}}, x), nil
}

// Concatenate and Slice are of whole rows or of a matrix's columns.

func (f *function) Concatenate(axis int, in ...compute.Value) (compute.Value, error) {
	var all []shapes.Shape
	for _, v := range in {
		all = append(all, v.(*node).shape)
	}
	s, err := shapeinference.Concatenate(all, axis)
	if err != nil {
		return nil, err
	}
	if axis != 0 || s.DType != dtypes.Float32 {
		return nil, f.ErrFn(compute.OpTypeConcatenate)
	}
	return f.add(node{shape: s, run: func(n *node) {
		at := 0
		for _, v := range n.in {
			at += copy(n.floats[at:], v.floats)
		}
	}}, in...), nil
}

func (f *function) Slice(x compute.Value, starts, limits, strides []int) (compute.Value, error) {
	in := x.(*node).shape
	s, err := shapeinference.Slice(in, starts, limits, strides)
	if err != nil {
		return nil, err
	}
	if in.Rank() != 2 || in.DType != dtypes.Float32 || len(strides) > 1 && strides[1] != 1 {
		return nil, f.ErrFn(compute.OpTypeSlice)
	}
	step := in.Dimensions[1]
	if len(strides) > 0 {
		step *= strides[0]
	}
	first, columns := starts[0]*in.Dimensions[1]+starts[1], s.Dimensions[1]
	return f.add(node{shape: s, run: func(n *node) {
		from := n.in[0].floats
		if columns == step {
			copy(n.floats, from[first:])
			return
		}
		for at, k := 0, first; at < len(n.floats); at, k = at+columns, k+step {
			copyRow(n.floats[at:at+columns], from[k:])
		}
	}}, x), nil
}

// copyRow is copy, faster for short rows.
func copyRow(dst, src []float32) {
	if len(dst) > 16 {
		copy(dst, src)
		return
	}
	for i := range dst {
		dst[i] = src[i]
	}
}

func (f *function) Pad(x, fill compute.Value, axes ...compute.PadAxis) (compute.Value, error) {
	in := x.(*node).shape
	s, err := shapeinference.Pad(in, axes...)
	if err != nil {
		return nil, err
	}
	if in.Rank() != 2 || in.DType != dtypes.Float32 || len(axes) > 1 && axes[1].Interior != 0 {
		return nil, f.ErrFn(compute.OpTypePad)
	}
	rows, columns, width := in.Dimensions[0], in.Dimensions[1], s.Dimensions[1]
	first, step := axes[0].Start*width, (axes[0].Interior+1)*width
	if len(axes) > 1 {
		first += axes[1].Start
	}
	if axes[0].Start < 0 || axes[0].End < 0 || len(axes) > 1 &&
		(axes[1].Start < 0 || axes[1].End < 0) {
		return nil, f.ErrFn(compute.OpTypePad)
	}
	return f.add(node{shape: s, run: func(n *node) {
		from := n.in[0].floats
		if v := n.in[1].floats[0]; v == 0 {
			clear(n.floats)
		} else {
			for i := range n.floats {
				n.floats[i] = v
			}
		}
		for r := range rows {
			copyRow(n.floats[first+r*step:][:columns], from[r*columns:])
		}
	}}, x, fill), nil
}

func (f *function) ReduceSum(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceSum, x, axes, opAdd, sum)
}

func (f *function) ReduceMax(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceMax, x, axes, opMax, largest)
}

// reduce is over all axes or one of a matrix's.
func (f *function) reduce(op compute.OpType, x compute.Value, axes []int, kind binaryOp,
	ofRow func([]float32) float32) (compute.Value, error) {
	in := x.(*node).shape
	if len(axes) == 0 {
		for k := range in.Rank() {
			axes = append(axes, k)
		}
	}
	s, err := shapeinference.Reduce(in, axes)
	if err != nil {
		return nil, err
	}
	rows, columns, ok := matrix(in)
	if in.DType != dtypes.Float32 || in.Size() == 0 || !ok && s.Size() != 1 {
		return nil, f.ErrFn(op)
	}
	switch {
	case s.Size() == in.Size():
		return f.same(s, x), nil
	case s.Size() == 1:
		rows, columns = 1, in.Size()
	case axes[0] == 0:
		return f.add(node{shape: s, run: func(n *node) {
			from := n.in[0].floats
			copy(n.floats, from[:columns])
			for r := 1; r < rows; r++ {
				binaryGo(kind, n.floats, n.floats, from[r*columns:], 1, 1)
			}
		}}, x), nil
	}
	return f.add(node{shape: s, run: func(n *node) {
		from := n.in[0].floats
		for r := range rows {
			n.floats[r] = ofRow(from[r*columns : (r+1)*columns])
		}
	}}, x), nil
}

// DotGeneral is the product of two matrices, the second as it is or transposed.
func (f *function) DotGeneral(a compute.Value, axesA, batchA []int, b compute.Value, axesB,
	batchB []int, config compute.DotGeneralConfig) (compute.Value, error) {
	x, y := a.(*node).shape, b.(*node).shape
	s, err := shapeinference.DotGeneral(x, axesA, batchA, y, axesB, batchB, config)
	if err != nil {
		return nil, err
	}
	if len(batchA) > 0 || x.Rank() != 2 || y.Rank() != 2 || len(axesA) != 1 || axesA[0] != 1 ||
		s.DType != dtypes.Float32 || x.DType != dtypes.Float32 {
		return nil, fmt.Errorf("%w (%v %v by %v %v)", f.ErrFn(compute.OpTypeDotGeneral), x, axesA, y,
			axesB)
	}
	rows, inner := x.Dimensions[0], x.Dimensions[1]
	if axesB[0] == 0 {
		columns := y.Dimensions[1]
		return f.add(node{shape: s, run: func(n *node) {
			matrixProduct(n.floats, n.in[0].floats, n.in[1].floats, rows, inner, columns)
		}}, a, b), nil
	}
	columns := y.Dimensions[0]
	return f.add(node{shape: s, run: func(n *node) {
		transposedProduct(n.floats, n.in[0].floats, n.in[1].floats, rows, inner, columns)
	}}, a, b), nil
}
