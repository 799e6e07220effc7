package motorpool

import "math"

// renshawGroup is four Renshaw cells,
//
//	τ dv/dt = -v + noise   (frozen while refractory)
//
// by forward Euler v ← decay v + noise dt/τ, decay = 1 - dt/τ. The noise is 0 as in the
// study unless rc_noise_enabled.
type renshawGroup struct {
	v      [width]float64
	active [width]uint64
}

// stepRenshawGo advances all groups by one step; noise holds dt/τ times the noise of
// each cell. See stepNeuronsGo.
func stepRenshawGo(groups []renshawGroup, noise []float64, spiked []uint8, threshold,
	decay float64) bool {
	any := uint8(0)
	for i := range groups {
		g := &groups[i]
		in := (*[width]float64)(noise[i*width:])
		bits := uint8(0)
		for k := range g.v {
			v := math.FMA(decay, g.v[k], in[k])
			if g.active[k] != 0 {
				g.v[k] = v
				if v > threshold {
					bits |= 1 << k
				}
			}
		}
		spiked[i] = bits
		any |= bits
	}
	return any != 0
}

func newRenshawGroups(cells int, restV float64) []renshawGroup {
	groups := make([]renshawGroup, (cells+width-1)/width)
	for c := 0; c < cells; c++ {
		groups[c/width].v[c%width], groups[c/width].active[c%width] = restV, ^uint64(0)
	}
	return groups
}
