// Package motorpool simulates pools of spinal motor neurons that inhibit one another
// through Renshaw cells. Motor neurons (MN) are leaky integrators with an after-
// hyperpolarisation, driven by noisy currents that they partly share; every spike
// excites Renshaw cells (RC), whose spikes inhibit motor neurons. One mechanism is
// one file:
//
//	params.go            every parameter, its unit and default
//	sources.go           where every default comes from
//	sizes.go             soma diameters
//	electrophysiology.go resistance, capacitance, AHP … as power laws of the diameter
//	noise.go             band-limited noise
//	commoninput.go       currents shared by a pool, their correlation and scaling
//	independentinput.go  private noise, total drive
//	connectivity.go      weights MN to RC and RC to MN
//	motorneuron.go       equations of a motor neuron
//	renshawcell.go       equations of a Renshaw cell
//	network.go           the integrator
//	simulate.go          all of it, from parameters and seed to spikes
//
// docs/model.md explains the biology. Index order: motor neuron m = 0 … T-1 belongs to
// pool m / n, smallest first; the Renshaw cells of the ordered pair of pools (i, j),
// excited by pool i and inhibiting pool j, are (i P + j) r … (i P + j) r + r - 1.
package motorpool
