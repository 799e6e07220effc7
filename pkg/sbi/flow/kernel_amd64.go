package flow

import "golang.org/x/sys/cpu"

// useAVX2 is changed by tests alone.
var useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

//go:noescape
func softplusAVX2(x *row, t *constants)

//go:noescape
func logAVX2(x *row, t *constants)

//go:noescape
func productAVX2(dst *row, bias, w *float64, x *row, rows, n int)

//go:noescape
func knotsAVX2(dst, p *row, bins int, temper, share float64, t *constants)

//go:noescape
func chooseAVX2(c *chosen, v, search, x, y, slopes *row, bins int, t *constants)

//go:noescape
func inverseAVX2(c *chosen, u, v *row, t *constants)

//go:noescape
func forwardAVX2(c *chosen, v, u, logDet *row, t *constants)

// softplus replaces every number by log(1 + e^a).
func (r *row) softplus() {
	if useAVX2 {
		softplusAVX2(r, &kernelConstants)
		return
	}
	r.softplusGo()
}

// log replaces every number, positive and normal, by its logarithm.
func (r *row) log() {
	if useAVX2 {
		logAVX2(r, &kernelConstants)
		return
	}
	r.logGo()
}

// product adds Σ_k w[r,k] x[k] to every row r of dst, or, if there are biases, puts it and bias r
// there. w has len(x) numbers for every row of dst.
func product(dst []row, bias, w []float64, x []row) {
	if len(dst) == 0 {
		return
	}
	if !useAVX2 {
		productGo(dst, bias, w, x)
		return
	}
	var from, weight *float64
	var in *row
	if bias != nil {
		from = &bias[:len(dst)][0]
	}
	if len(x) > 0 {
		weight, in = &w[:len(dst)*len(x)][0], &x[0]
	}
	productAVX2(&dst[0], from, weight, in, len(dst), len(x))
}

// knots are -Tail + 2 Tail Σ_{i<k} (Smallest + (1 - K Smallest) softmax(p temper)_i).
func knots(dst, p []row, temper float64) {
	if useAVX2 {
		_ = dst[len(p)]
		knotsAVX2(&dst[0], &p[0], len(p), temper, share(len(p)), &kernelConstants)
		return
	}
	knotsGo(dst, p, temper)
}

// choose finds the bins of v among the knots search, which are x or y, and the spline there.
// slopes are the numbers before the softplus, one a knot inside, and one row more.
func (c *chosen) choose(v *row, search, x, y, slopes []row) {
	if useAVX2 {
		bins := len(search) - 1
		_, _, _ = x[bins], y[bins], slopes[bins-1]
		chooseAVX2(c, v, &search[0], &x[0], &y[0], &slopes[0], bins, &kernelConstants)
		return
	}
	c.chooseGo(v, search, x, y, slopes)
}

// inverse gives u with y(u) = v.
func (c *chosen) inverse(u, v *row) {
	if useAVX2 {
		inverseAVX2(c, u, v, &kernelConstants)
		return
	}
	c.inverseGo(u, v)
}

// forward gives v = y(u) and adds log dv/du.
func (c *chosen) forward(v, u, logDet *row) {
	if useAVX2 {
		forwardAVX2(c, v, u, logDet, &kernelConstants)
		return
	}
	c.forwardGo(v, u, logDet)
}
