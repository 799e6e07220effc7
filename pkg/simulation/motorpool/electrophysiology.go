package motorpool

import "math"

// Neurons are the properties of all motor neurons by index, in the units of
// simulation_output.h5. D is the soma diameter in µm.
type Neurons struct {
	DiameterUm     []float64 // of the soma, µm
	ResistanceKOhm []float64 // Rm = resistance_constant D^exponent
	InputWeight    []float64 // Rm / Rm[0], 0 being the first neuron of pool 0
	CapacitanceUF  []float64 // C = capacitance_constant D^exponent
	ConductanceMS  []float64 // G = 1/Rm
	// Rm C / 100: the decay of the inhibitory current in membrane mode, not C/G
	MembraneTauMs []float64
	AHPDurationMs []float64 // AHP_duration_constant D^exponent
	AHPTauMs      []float64 // AHP duration / ln 10
	RefractoryMs  []float64 // absolute refractory period, ms
	// rheobase_scaling rheobase_constant D^exponent: subtracted from the drive
	RheobaseNA          []float64
	TransmissionDelaysS []float64 // 0.5 m / (axonal_conduction_velocity_constant D^exponent)
}

// NewNeurons computes the properties from the diameters.
func NewNeurons(p *Params, diameterUm []float64) *Neurons {
	n := &Neurons{DiameterUm: diameterUm}
	each := func(f func(i int, d float64) float64) []float64 {
		out := make([]float64, len(diameterUm))
		for i, d := range diameterUm {
			out[i] = f(i, d)
		}
		return out
	}
	law := func(constant, exponent float64) []float64 {
		return each(func(_ int, d float64) float64 { return constant * math.Pow(d, exponent) })
	}
	n.ResistanceKOhm = law(p.ResistanceConstant, p.ResistanceExponent)
	n.InputWeight = each(func(i int, _ float64) float64 {
		return n.ResistanceKOhm[i] / n.ResistanceKOhm[0]
	})
	n.CapacitanceUF = law(p.CapacitanceConstant, p.CapacitanceExponent)
	n.ConductanceMS = each(func(i int, _ float64) float64 { return 1 / n.ResistanceKOhm[i] })
	n.MembraneTauMs = each(func(i int, _ float64) float64 {
		return n.ResistanceKOhm[i] * n.CapacitanceUF[i] / membraneTimeConstantDiv
	})
	n.AHPDurationMs = law(p.AHPDurationConstant, p.AHPDurationExponent)
	n.AHPTauMs = each(func(i int, _ float64) float64 { return n.AHPDurationMs[i] / math.Ln10 })
	n.RefractoryMs = each(func(int, float64) float64 { return p.RefractoryMs })
	n.RheobaseNA = each(func(_ int, d float64) float64 {
		return p.RheobaseConstant * math.Pow(d, p.RheobaseExponent) * p.RheobaseScaling
	})
	n.TransmissionDelaysS = each(func(_ int, d float64) float64 {
		return axonLengthM / (p.VelocityConstant * math.Pow(d, p.VelocityExponent))
	})
	return n
}
