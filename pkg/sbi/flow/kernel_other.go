//go:build !amd64

package flow

func (r *row) softplus() { r.softplusGo() }

func (r *row) log() { r.logGo() }

func product(dst []row, bias, w []float64, x []row) { productGo(dst, bias, w, x) }

func knots(dst, p []row, temper float64) { knotsGo(dst, p, temper) }

func (c *chosen) choose(v *row, search, x, y, slopes []row) { c.chooseGo(v, search, x, y, slopes) }

func (c *chosen) inverse(u, v *row) { c.inverseGo(u, v) }

func (c *chosen) forward(v, u, logDet *row) { c.forwardGo(v, u, logDet) }
