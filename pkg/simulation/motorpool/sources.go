package motorpool

// Where a default comes from.
const (
	study     = "the study's"
	unused    = "the study's; without effect there"
	varied    = "the study's; varied in the paper"
	ours      = "ours; keeps the study's behaviour"
	powerLaw  = "the study's; laws of this form are reviewed by Caillet et al. (eLife 11:e76489, 2022)"
	gradient  = "the study's; the paper's pools have Gaussian sizes"
	notPaired = "the study's; concerns pairs of pools"
)

// sources says for every parameter, by its name, where its default comes from, and which
// value the paper's simulations have where that is another one. The study's defaults are
// those of its program.
var sources = map[string]string{
	"output_folder_name":        "the study's; one per batch in the paper",
	"make_unique_output_folder": study,
	"output_plots":              "the study's; true in the paper's Figs. 2 and 4",
	"pre_specify_random_seed":   "the study's; false in the paper, whose seeds are recorded",
	"random_seed":               "the study's, for pre_specify_random_seed",
	"rng":                       "ours; the study has mt19937 only",

	"fsamp":                 study,
	"duration":              "the study's; 100 in the paper",
	"edges_ignore_duration": study,

	"nb_pools":                    "the study's; 1 or 2 in the paper",
	"full_pool_sim":               "the study's; false in the paper",
	"nb_motoneurons_per_pool":     "the study's; 30 in the paper",
	"nb_RCs_per_pool_pair":        "the study's; 10 in the paper",
	"min_soma_diameter":           study,
	"max_soma_diameter":           study,
	"size_distribution_exponent":  gradient,
	"mean_soma_diameter":          study,
	"sd_prct_soma_diameter":       study,
	"voltage_rest":                study,
	"voltage_thresh":              study,
	"voltage_AHP":                 unused,
	"use_configured_ahp_reversal": ours,

	"nb_of_common_inputs":                study,
	"frequency_range_to_set_input_power": study,
	"excitatory_input_baseline":          varied,
	"common_input_std": "the study's; " +
		"3500 for the first input of single muscles in the paper, the second varied",
	"common_input_std_as_amp_or_prct": study,
	"frequency_range_of_common_input": varied,
	"max_frequency_of_any_input":      study,
	"scale_filter_order_to_frequency": study,
	"filter_order_scaling_coeff":      study,
	"default_freq_filter_order":       study,
	"lowest_freq_filter_order":        study,
	"max_freq_filter_order":           study,

	"set_same_excitatory_input_for_all_pools":             notPaired,
	"set_arbitrary_correlation_between_excitatory_inputs": notPaired,
	"between_pool_excitatory_input_correlation":           varied,
	"correlation_method":                                  ours,
	"low_band_calibration":                                ours,

	"low_pass_filter_of_MN_independent_input": "the study's; 80 in the paper",
	"independent_input_absolute_or_ratio":     study,
	"independent_input_power":                 "the study's; 3 sqrt(2) in the paper",
	"low_pass_filter_of_RC_independent_input": unused,
	"RC_independent_input_std":                unused,
	"rc_noise_enabled":                        ours,

	"resistance_constant":                 powerLaw,
	"resistance_exponent":                 powerLaw,
	"rheobase_constant":                   powerLaw,
	"rheobase_exponent":                   powerLaw,
	"rheobase_scaling":                    study,
	"capacitance_constant":                powerLaw,
	"capacitance_exponent":                powerLaw,
	"AHP_duration_constant":               powerLaw,
	"AHP_duration_exponent":               powerLaw,
	"AHP_conductance_delta_after_spiking": study,
	"refractory_period_absolute":          study,
	"axonal_conduction_velocity_constant": powerLaw,
	"axonal_conduction_velocity_exponent": powerLaw,

	"tau_Renshaw":                                study,
	"refractory_period_RC":                       study,
	"binary_connectivity":                        study,
	"disynpatic_inhib_connections_desired_MN_MN": varied,
	"split_MN_RC_ratio":                          study,
	"distribution_type":                          study,
	"distribution_params": "the study's; " +
		"std 0.4 and ratio_large_small 1 in the paper",
	"disynaptic_inhib_received_arbitrary_adjustment": "0 as in the paper; " +
		"the study's default cannot be simulated",
	"prevent_heteronymous_pool_overlap": unused,
	"MN_to_Renshaw_EPSP":                study,
	"Renshaw_to_MN_IPSP": "the study's; " +
		"5 in the paper, 0.25 µA·s in its batch of time constants",
	"scale_initial_IPSP_to_be_same_integral_regardless_of_synaptic_tau": "the study's; " +
		"true in the paper's batch of time constants",
	"synaptic_IPSP_membrane_or_user_defined_time_constant": varied,
	"synaptic_IPSP_decay_time_constant":                    varied,
	"MN_RC_synpatic_delay":                                 varied,
}
