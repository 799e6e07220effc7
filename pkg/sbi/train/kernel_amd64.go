package train

import (
	"math"

	"golang.org/x/sys/cpu"
)

// useAVX2 is changed by tests alone.
var useAVX2 = cpu.X86.HasAVX2

type vector [width]float32

// constants are what the kernels need, together so that they find them.
type constants struct {
	log2e, ln2High, ln2Low, least, most vector
	expSeries                           [8]vector
	logSeries                           [4]vector
	half, one, two, halfSqrt2, normal   vector
	infinity, minusInfinity             vector
	sign, magnitude, mantissa           vector // bits
	bias, logBias                       [width]int32
}

var kernelConstants constants

func init() {
	k := &kernelConstants
	for _, v := range []struct {
		of *vector
		is float32
	}{{&k.log2e, log2e32}, {&k.ln2High, ln2High32}, {&k.ln2Low, ln2Low32}, {&k.least, least32},
		{&k.most, most32}, {&k.half, 0.5}, {&k.one, 1}, {&k.two, 2}, {&k.halfSqrt2, halfSqrt32},
		{&k.normal, normal32}, {&k.infinity, float32(math.Inf(1))},
		{&k.minusInfinity, float32(math.Inf(-1))}, {&k.sign, math.Float32frombits(1 << 31)},
		{&k.magnitude, math.Float32frombits(1<<31 - 1)},
		{&k.mantissa, math.Float32frombits(1<<23 - 1)}} {
		v.of.fill(v.is)
	}
	for i, v := range expSeries32 {
		k.expSeries[i].fill(v)
	}
	for i, v := range logSeries32 {
		k.logSeries[i].fill(v)
	}
	for i := range k.bias {
		k.bias[i], k.logBias[i] = 127, 126
	}
}

func (v *vector) fill(x float32) {
	for i := range v {
		v[i] = x
	}
}

//go:noescape
func addAVX2(dst, x, y *float32, n, stepX, stepY int)

//go:noescape
func subAVX2(dst, x, y *float32, n, stepX, stepY int)

//go:noescape
func mulAVX2(dst, x, y *float32, n, stepX, stepY int)

//go:noescape
func divAVX2(dst, x, y *float32, n, stepX, stepY int)

//go:noescape
func maxAVX2(dst, x, y *float32, n, stepX, stepY int)

//go:noescape
func minAVX2(dst, x, y *float32, n, stepX, stepY int)

//go:noescape
func greaterOrEqualAVX2(dst, x, y *float32, n, stepX, stepY int, one *float32)

//go:noescape
func lessThanAVX2(dst, x, y *float32, n, stepX, stepY int, one *float32)

//go:noescape
func expAVX2(dst, x *float32, n int, t *constants)

//go:noescape
func logisticAVX2(dst, x *float32, n int, t *constants)

//go:noescape
func logAVX2(dst, x *float32, n int, t *constants)

//go:noescape
func log1pAVX2(dst, x *float32, n int, t *constants)

//go:noescape
func absAVX2(dst, x *float32, n int, t *constants)

//go:noescape
func sqrtAVX2(dst, x *float32, n int, t *constants)

//go:noescape
func fourRowsAVX2(dst, a, b *float32, inner, columns, vectors int)

//go:noescape
func oneRowAVX2(dst, a, b *float32, inner, columns, vectors int)

//go:noescape
func dotsAVX2(dst, a, b *float32, n, inner, rows int)

// vectorBinary sets dst[i] from x[i stepX] and y[i stepY], steps 0 or 1. Whole vectors are read
// and written: see numbersOf.
func vectorBinary(kind binaryOp, dst, x, y []float32, stepX, stepY int) {
	n := (len(dst) + width - 1) / width
	if !useAVX2 || n == 0 || len(dst) == 1 {
		binaryGo(kind, dst, x, y, stepX, stepY)
		return
	}
	var singleX, singleY vector
	p, q := &x[0], &y[0]
	if stepX == 0 {
		singleX.fill(x[0])
		p = &singleX[0]
	} else {
		_ = x[:n*width]
	}
	if stepY == 0 {
		singleY.fill(y[0])
		q = &singleY[0]
	} else {
		_ = y[:n*width]
	}
	to := &dst[:n*width][0]
	stepX, stepY = stepX*4*width, stepY*4*width
	switch kind {
	case opAdd:
		addAVX2(to, p, q, n, stepX, stepY)
	case opSub:
		subAVX2(to, p, q, n, stepX, stepY)
	case opMul:
		mulAVX2(to, p, q, n, stepX, stepY)
	case opDiv:
		divAVX2(to, p, q, n, stepX, stepY)
	case opMax:
		maxAVX2(to, p, q, n, stepX, stepY)
	case opMin:
		minAVX2(to, p, q, n, stepX, stepY)
	case opGreaterOrEqual:
		greaterOrEqualAVX2(to, p, q, n, stepX, stepY, &kernelConstants.one[0])
	case opLessThan:
		lessThanAVX2(to, p, q, n, stepX, stepY, &kernelConstants.one[0])
	}
}

// unary calls a kernel for whole vectors, or the plain function.
func unary(dst, x []float32, kernel func(dst, x *float32, n int, t *constants),
	plain func(float32) float32) {
	n := (len(dst) + width - 1) / width
	if !useAVX2 || n == 0 {
		each(dst, x, plain)
		return
	}
	kernel(&dst[:n*width][0], &x[:n*width][0], n, &kernelConstants)
}

func vectorExp(dst, x []float32)      { unary(dst, x, expAVX2, exp32) }
func vectorLogistic(dst, x []float32) { unary(dst, x, logisticAVX2, logistic32) }
func vectorLog(dst, x []float32)      { unary(dst, x, logAVX2, logOf32) }
func vectorLog1p(dst, x []float32)    { unary(dst, x, log1pAVX2, log1p32) }
func vectorAbs(dst, x []float32)      { unary(dst, x, absAVX2, abs32) }
func vectorSqrt(dst, x []float32)     { unary(dst, x, sqrtAVX2, sqrt32) }

// matrixProduct is the product of a (rows x inner) and b (inner x columns).
func matrixProduct(dst, a, b []float32, rows, inner, columns int) {
	vectors := columns / width
	if !useAVX2 || inner == 0 {
		matrixProductGo(dst, a, b, rows, inner, columns, 0)
		return
	}
	if vectors > 0 {
		_, _, _ = dst[rows*columns-1], a[rows*inner-1], b[inner*columns-1]
		r := 0
		for ; r+4 <= rows; r += 4 {
			fourRowsAVX2(&dst[r*columns], &a[r*inner], &b[0], inner, columns, vectors)
		}
		for ; r < rows; r++ {
			oneRowAVX2(&dst[r*columns], &a[r*inner], &b[0], inner, columns, vectors)
		}
	}
	matrixProductGo(dst, a, b, rows, inner, columns, vectors*width)
}

// transposedProduct is the product of a (rows x inner) and the transpose of b (columns x inner).
func transposedProduct(dst, a, b []float32, rows, inner, columns int) {
	n := inner / width
	if !useAVX2 || n == 0 || columns == 0 {
		transposedProductGo(dst, a, b, rows, inner, columns)
		return
	}
	_, _, _ = dst[:rows*columns], a[:rows*inner], b[:columns*inner]
	for r := range rows {
		to := dst[r*columns : (r+1)*columns]
		dotsAVX2(&to[0], &a[r*inner], &b[0], n, inner, columns)
		for k := n * width; k < inner; k++ {
			for c := range to {
				to[c] += float32(a[r*inner+k] * b[c*inner+k])
			}
		}
	}
}
