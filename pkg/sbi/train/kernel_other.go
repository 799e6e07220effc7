//go:build !amd64

package train

func vectorBinary(kind binaryOp, dst, x, y []float32, stepX, stepY int) {
	binaryGo(kind, dst, x, y, stepX, stepY)
}

func vectorExp(dst, x []float32)      { each(dst, x, exp32) }
func vectorLogistic(dst, x []float32) { each(dst, x, logistic32) }
func vectorLog(dst, x []float32)      { each(dst, x, logOf32) }
func vectorLog1p(dst, x []float32)    { each(dst, x, log1p32) }
func vectorAbs(dst, x []float32)      { each(dst, x, abs32) }
func vectorSqrt(dst, x []float32)     { each(dst, x, sqrt32) }

func matrixProduct(dst, a, b []float32, rows, inner, columns int) {
	matrixProductGo(dst, a, b, rows, inner, columns, 0)
}

func transposedProduct(dst, a, b []float32, rows, inner, columns int) {
	transposedProductGo(dst, a, b, rows, inner, columns)
}
