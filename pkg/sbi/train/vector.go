package train

import "math"

// width is the numbers of a vector.
const width = 8

type binaryOp int

const (
	opAdd binaryOp = iota
	opSub
	opMul
	opDiv
	opMax
	opMin
	opGreaterOrEqual
	opLessThan
)

// binaryGo sets dst[i] from x[i stepX] and y[i stepY].
func binaryGo(kind binaryOp, dst, x, y []float32, stepX, stepY int) {
	i, j := 0, 0
	each := func(f func(a, b float32) float32) {
		for k := range dst {
			dst[k] = f(x[i], y[j])
			i += stepX
			j += stepY
		}
	}
	switch kind {
	case opAdd:
		for k := range dst {
			dst[k] = x[i] + y[j]
			i += stepX
			j += stepY
		}
	case opSub:
		for k := range dst {
			dst[k] = x[i] - y[j]
			i += stepX
			j += stepY
		}
	case opMul:
		for k := range dst {
			dst[k] = x[i] * y[j]
			i += stepX
			j += stepY
		}
	case opDiv:
		for k := range dst {
			dst[k] = x[i] / y[j]
			i += stepX
			j += stepY
		}
	case opMax:
		each(func(a, b float32) float32 {
			if a > b {
				return a
			}
			return b
		})
	case opMin:
		each(func(a, b float32) float32 {
			if a < b {
				return a
			}
			return b
		})
	case opGreaterOrEqual:
		each(func(a, b float32) float32 { return is(a >= b) })
	case opLessThan:
		each(func(a, b float32) float32 { return is(a < b) })
	}
}

func is(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

func vectorNeg(dst, x []float32) {
	minus := []float32{-1}
	vectorBinary(opMul, dst, x, minus, 1, 0)
}

func abs32(x float32) float32 { return float32(math.Abs(float64(x))) }

func sqrt32(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// sum adds eight partial sums, of every eighth number, in pairs.
func sum(x []float32) float32 {
	var s [width]float32
	k := 0
	for ; k+width <= len(x); k += width {
		v := x[k : k+width]
		for i := range s {
			s[i] += v[i]
		}
	}
	total := pairs(&s)
	for _, v := range x[k:] {
		total += v
	}
	return total
}

func pairs(s *[width]float32) float32 {
	return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
}

func largest(x []float32) float32 {
	m := x[0]
	for _, v := range x[1:] {
		if !(v <= m) {
			m = v
		}
	}
	return m
}

// transpose writes the transpose of a matrix, in squares that stay in the cache.
func transpose(dst, x []float32, rows, columns int) {
	const side = 16
	for r0 := 0; r0 < rows; r0 += side {
		r1 := min(rows, r0+side)
		for c := range columns {
			to := dst[c*rows : c*rows+r1]
			at := r0*columns + c
			for r := r0; r < r1; r++ {
				to[r] = x[at]
				at += columns
			}
		}
	}
}

func matrixProductGo(dst, a, b []float32, rows, inner, columns, from int) {
	for r := range rows {
		for c := from; c < columns; c++ {
			s := float32(0)
			for k := range inner {
				s += float32(a[r*inner+k] * b[k*columns+c])
			}
			dst[r*columns+c] = s
		}
	}
}

func transposedProductGo(dst, a, b []float32, rows, inner, columns int) {
	for r := range rows {
		for c := range columns {
			dst[r*columns+c] = dot(a[r*inner:(r+1)*inner], b[c*inner:(c+1)*inner])
		}
	}
}

func dot(x, y []float32) float32 {
	var s [width]float32
	k := 0
	for ; k+width <= len(x); k += width {
		v, w := x[k:k+width], y[k:k+width]
		for i := range s {
			s[i] += float32(v[i] * w[i])
		}
	}
	total := pairs(&s)
	for ; k < len(x); k++ {
		total += float32(x[k] * y[k])
	}
	return total
}

// exp32 is e^x by a series around the nearest multiple of log 2; 0 below -87, +Inf above 88.
func exp32(x float32) float32 {
	switch {
	case x <= least32:
		return 0
	case x > most32:
		return float32(math.Inf(1))
	case x != x:
		return x
	}
	k := float32(math.RoundToEven(float64(x * log2e32)))
	r := float32(x-float32(k*ln2High32)) - float32(k*ln2Low32)
	s := expSeries32[0]
	for _, c := range expSeries32[1:] {
		s = float32(s*r) + c
	}
	return s * math.Float32frombits(uint32(127+int32(k))<<23)
}

const (
	least32, most32 = float32(-87), float32(88)
	normal32        = float32(0x1p-126)

	log2e32   = float32(math.Log2E)
	ln2High32 = float32(0.693359375)
	ln2Low32  = float32(-2.12194440e-4)
)

var expSeries32 = [8]float32{1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 1.0 / 2, 1, 1}

func logistic32(x float32) float32 { return 1 / (1 + exp32(-x)) }

// log32 is log x of a positive, normal x, plus c: x = 2^k (1 + f), s = f/(2+f),
//
//	log(1+f) = f - f²/2 + s (f²/2 + R(s²)), R the rest of the series of 2 artanh s.
func log32(x, c float32) float32 {
	bits := math.Float32bits(x)
	k := float32(int32(bits>>23) - 126)
	m := math.Float32frombits(bits&(1<<23-1) | 126<<23)
	if m <= halfSqrt32 {
		k--
		m *= 2
	}
	f := m - 1
	s := f / (2 + f)
	z := s * s
	r := logSeries32[0]
	for _, v := range logSeries32[1:] {
		r = float32(r*z) + v
	}
	r *= z
	half := float32(0.5*f) * f
	low := float32(s*(half+r)) + (float32(k*ln2Low32) + c)
	return float32(k*ln2High32) - ((half - low) - f)
}

const halfSqrt32 = float32(math.Sqrt2 / 2)

var logSeries32 = [4]float32{2.0 / 9, 2.0 / 7, 2.0 / 5, 2.0 / 3}

// log1p32 is log(1 + x) of an x that is not negative.
func log1p32(x float32) float32 {
	u := 1 + x
	return log32(u, (x-(u-1))/u)
}

// logOf32 is log x, of numbers below the smallest normal one -Inf.
func logOf32(x float32) float32 {
	switch {
	case x < 0:
		return float32(math.NaN())
	case x < normal32:
		return float32(math.Inf(-1))
	case !(x < float32(math.Inf(1))):
		return x
	}
	return log32(x, 0)
}

func each(dst, x []float32, f func(float32) float32) {
	for i, v := range x {
		dst[i] = f(v)
	}
}
