package precise

import "golang.org/x/sys/cpu"

var useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

//go:noescape
func expAVX2(x *float64, n int, t *tables)

//go:noescape
func tanhAVX2(x *float64, n int, t *tables)

//go:noescape
func powAVX2(b *float64, n int, y float64, t *tables)

// ExpSlice replaces every x by exp(x), x below 709 or NaN; four at a time where the
// processor can, with the same bits.
func ExpSlice(x []float64) {
	n := len(x) &^ 3
	if useAVX2 && n > 0 {
		expAVX2(&x[0], n, &tab)
		x = x[n:]
	}
	expGo(x)
}

// PowSlice replaces every b by b^y, 1 ≤ b < 2^1023 and y not positive; see ExpSlice.
func PowSlice(b []float64, y float64) {
	n := len(b) &^ 3
	if useAVX2 && n > 0 {
		powAVX2(&b[0], n, y, &tab)
		b = b[n:]
	}
	powGo(b, y)
}

// TanhSlice replaces every x by tanh(x), with an error below 2e-16; sixteen at a time where the
// processor can, with the same bits.
func TanhSlice(x []float64) {
	n := len(x) &^ 15
	if useAVX2 && n > 0 {
		tanhAVX2(&x[0], n, &tab)
		x = x[n:]
	}
	tanhGo(x)
}
