//go:build !amd64

package precise

func ExpSlice(x []float64)            { expGo(x) }
func PowSlice(b []float64, y float64) { powGo(b, y) }
