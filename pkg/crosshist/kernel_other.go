//go:build !amd64

package crosshist

func expSlice(x []float64)            { expGo(x) }
func powSlice(b []float64, y float64) { powGo(b, y) }
