//go:build !amd64

package precise

// ExpSlice replaces every x by exp(x), x below 709 or NaN.
func ExpSlice(x []float64) { expGo(x) }

// PowSlice replaces every b by b^y, 1 ≤ b < 2^1023 and y not positive.
func PowSlice(b []float64, y float64) { powGo(b, y) }

// TanhSlice replaces every x by tanh(x), with an error below 2e-16.
func TanhSlice(x []float64) { tanhGo(x) }
