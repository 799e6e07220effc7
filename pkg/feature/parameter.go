package feature

// Parameter is one inferred parameter. The network works on (value - Low)/(High - Low).
type Parameter struct {
	Name string  `yaml:"name" json:"name"`
	Low  float64 `yaml:"low" json:"low"`
	High float64 `yaml:"high" json:"high"`
	Unit string  `yaml:"unit" json:"unit,omitempty"`
}

// SinglePrior are the parameters inferred for one muscle.
func SinglePrior() []Parameter {
	return []Parameter{{"excitatory_input_baseline", 20000, 70000, "nA"}, {"disynpatic_inhib_connections_desired_MN_MN", 0, 3, "connections"},
		{"common_input_high_freq_middle_of_range", 2.5, 75, "Hz"}, {"common_input_high_freq_half_width_range", 2.5, 25, "Hz"}, {"common_input_std", 0, 7000, "nA"}}
}

// PairPrior are the parameters inferred for a pair of muscles.
func PairPrior() []Parameter {
	return []Parameter{{"excitatory_input_baseline_self", 20000, 90000, "nA"}, {"disynpatic_inhib_connections_desired_MN_MN_other_pool", 0, 3, "connections"},
		{"between_pool_excitatory_input_correlation", 0, 1, "1"}}
}
