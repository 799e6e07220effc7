package motorpool

// meanings are the descriptions of parameters that are too long for a tag, by name; the others
// stand in the tags of Params.
var meanings = map[string]string{
	"voltage_rest": "initial potential of all cells and reset of Renshaw cells; motor " +
		"neurons rest and reset at 0 mV",

	"voltage_AHP": "reversal of the AHP; without effect (0 mV is used) unless " +
		"use_configured_ahp_reversal",

	"set_arbitrary_correlation_between_excitatory_inputs": "correlate the common inputs of " +
		"the pools",

	"between_pool_excitatory_input_correlation": "that correlation, 0 … 1 (-1 … 1 with " +
		"correlation_method exact)",

	"low_band_calibration": "option: spectrum (the study's; the real in-band SD is 0.82 of " +
		"the nominal) or density (exact)",

	"low_pass_filter_of_MN_independent_input": "upper edge of the private noise of a motor " +
		"neuron",

	"independent_input_absolute_or_ratio": "ratio: power relative to the common input in the " +
		"calibration band; absolute: SD in nA",

	"low_pass_filter_of_RC_independent_input": "upper edge of the noise of Renshaw cells; " +
		"used with rc_noise_enabled only",

	"axonal_conduction_velocity_constant": "axonal conduction velocity (m/s) = constant x " +
		"D^exponent, over 0.5 m",

	"disynpatic_inhib_connections_desired_MN_MN": "recurrent inhibition: mean weight sum of " +
		"disynaptic paths from a neuron of pool i (row) to one of pool j (column)",

	"disynaptic_inhib_received_arbitrary_adjustment": "SD of a jitter of every RC to MN " +
		"weight",

	"MN_to_Renshaw_EPSP": "depolarisation of a Renshaw cell by one MN spike at weight 1",

	"Renshaw_to_MN_IPSP": "inhibitory current at its start by one RC spike at weight 1; in " +
		"charge mode its charge in µA·s",

	"scale_initial_IPSP_to_be_same_integral_regardless_of_synaptic_tau": "charge mode: the " +
		"initial current is charge / time constant",

	"synaptic_IPSP_membrane_or_user_defined_time_constant": "membrane (each neuron's own) or " +
		"user_defined",

	"synaptic_IPSP_decay_time_constant": "decay of the inhibitory current, if user_defined",
}
