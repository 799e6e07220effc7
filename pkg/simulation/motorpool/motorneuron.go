package motorpool

import "math"

// width is how many cells a kernel takes at a time.
const width = 4

// neuronGroup is four motor neurons. Currents and conductances are scaled so that a
// step needs no division. With C, G, w, τs, τa of the neuron and dt the step,
//
//	C dv/dt = -G v - g (v - E) + w (I + Is)   (frozen while refractory)
//	dIs/dt  = -Is/τs,  dg/dt = -g/τa
//
// becomes, by forward Euler with all right-hand sides old,
//
//	v  ← (leak - ahp) v + (gain I + syn + ahp E)
//	syn ← synDecay syn,  ahp ← ahpDecay ahp
//
// where leak = 1 - dt G/C, gain = dt w/C, syn = gain Is, ahp = dt g/C,
// synDecay = 1 - dt/τs, ahpDecay = 1 - dt/τa. v and E are in V, I in nA (gain carries the
// factor nano), Is in A.
type neuronGroup struct {
	v, syn, ahp    [width]float64
	leak, gain     [width]float64
	synDecay       [width]float64
	ahpDecay       [width]float64
	active         [width]uint64 // all bits set: not refractory
	gainPerA, dtPC [width]float64
}

// stepNeuronsGo advances all groups by one step with the drive of each cell in nA, and
// sets bit k of spiked[i] where cell k of group i crosses the threshold. It reports
// whether any did. Products are fused (math.FMA), so that every machine gives the same
// bits.
func stepNeuronsGo(groups []neuronGroup, driveNA []float64, spiked []uint8, threshold,
	reversal float64) bool {
	any := uint8(0)
	for i := range groups {
		g := &groups[i]
		in := (*[width]float64)(driveNA[i*width:])
		bits := uint8(0)
		for k := range g.v {
			x := math.FMA(g.ahp[k], reversal, math.FMA(g.gain[k], in[k], g.syn[k]))
			v := math.FMA(g.leak[k]-g.ahp[k], g.v[k], x)
			if g.active[k] != 0 {
				g.v[k] = v
				if v > threshold {
					bits |= 1 << k
				}
			}
			g.syn[k] *= g.synDecay[k]
			g.ahp[k] *= g.ahpDecay[k]
		}
		spiked[i] = bits
		any |= bits
	}
	return any != 0
}

// newNeuronGroups places the neurons of a network; unused places stay inactive.
func newNeuronGroups(n *Network) []neuronGroup {
	groups := make([]neuronGroup, (len(n.CF)+width-1)/width)
	for i := range groups {
		g := &groups[i]
		for k := range g.v {
			m := i*width + k
			if m >= len(n.CF) {
				continue
			}
			g.v[k], g.active[k] = n.RestV, ^uint64(0)
			g.dtPC[k] = n.DtS / n.CF[m]
			g.leak[k] = 1 - g.dtPC[k]*n.LeakS[m]
			g.gainPerA[k] = g.dtPC[k] * n.InputWeight[m]
			g.gain[k] = g.gainPerA[k] * nano
			g.synDecay[k] = 1 - n.DtS/n.SynapticTauS[m]
			g.ahpDecay[k] = 1 - n.DtS/n.AHPTauS[m]
		}
	}
	return groups
}
