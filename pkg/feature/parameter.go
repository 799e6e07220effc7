package feature

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Cases of inference.
const (
	Single = "single" // recurrent inhibition within a muscle
	Pair   = "pair"   // from one muscle to another
)

// Names of the parameters in tables and estimators. (The study writes disynpatic, and so do its
// files.)
const (
	Drive               = "excitatory_input_baseline"
	Inhibition          = "disynpatic_inhib_connections_desired_MN_MN"
	BandMiddle          = "common_input_high_freq_middle_of_range"
	BandHalfWidth       = "common_input_high_freq_half_width_range"
	InputSD             = "common_input_std"
	SharedInput         = "between_pool_excitatory_input_correlation"
	InhibitionFromOther = Inhibition + "_other_pool"

	// ReceivedInhibition is the recurrent inhibition that a motor neuron receives from its own
	// pool: (N - 1) x mean weight of the disynaptic paths onto it, connections, N being the pool's
	// motor neurons. Unlike Inhibition, the weight of one path, it can be compared between pools of
	// different sizes.
	ReceivedInhibition = "received_inhibition"
	// ReceivedInhibitionOther is the same from another pool: N of that pool x mean weight.
	ReceivedInhibitionOther = ReceivedInhibition + "_other"

	self = "_self" // ends the name of the unit's own pool's parameter where there are two pools
)

// MaxInhibition is the strongest recurrent inhibition of the priors, in connections: the mean
// number of disynaptic paths from one motor neuron to another through Renshaw cells.
const MaxInhibition = 3

// MaxInputSD is the largest SD of the second common input of the single-muscle prior, nA.
const MaxInputSD = 7000

// Parameter is one inferred parameter. The network works on (value - Low)/(High - Low).
type Parameter struct {
	Name string  `yaml:"name" json:"name"` // in tables and estimators
	Low  float64 `yaml:"low" json:"low"`
	High float64 `yaml:"high" json:"high"`
	Unit string  `yaml:"unit" json:"unit,omitempty"` // for people
}

// SinglePrior are the parameters inferred for one muscle, with the ranges of the study's uniform
// priors.
func SinglePrior() []Parameter {
	return []Parameter{{Drive, 20000, 70000, "nA"}, {Inhibition, 0, MaxInhibition, "connections"},
		{BandMiddle, 2.5, 75, "Hz"}, {BandHalfWidth, 2.5, 25, "Hz"}, {InputSD, 0, MaxInputSD, "nA"}}
}

// PairPrior are the parameters inferred for a pair of muscles, with the ranges of the study's
// uniform priors.
func PairPrior() []Parameter {
	return []Parameter{{OfSelf(Drive), 20000, 90000, "nA"},
		{InhibitionFromOther, 0, MaxInhibition, "connections"}, {SharedInput, 0, 1, "1"}}
}

// OfSelf names a parameter of the unit's own pool where there are two pools.
func OfSelf(name string) string { return name + self }

// OwnPool is the name of a parameter without what OfSelf adds.
func OwnPool(name string) string { return strings.TrimSuffix(name, self) }

// SelfParameters are parameters of the unit's own pool that the pair case takes as features.
var SelfParameters = []string{OfSelf(Inhibition), OfSelf(BandMiddle), OfSelf(BandHalfWidth),
	OfSelf(InputSD)}

// PoolParameters are the parameters that every pool has of its own.
var PoolParameters = []string{Drive, Inhibition, ReceivedInhibition, BandMiddle, BandHalfWidth,
	InputSD}

// labels are public names of parameters.
var labels = map[string]string{
	Drive: "baseline input", Inhibition: "recurrent inhibition", BandMiddle: "middle of band",
	BandHalfWidth: "half width of band", InputSD: "SD of second input",
	InhibitionFromOther: "inhibition by the other", SharedInput: "shared input",
	ReceivedInhibition:      "recurrent inhibition received",
	ReceivedInhibitionOther: "inhibition received from the other",
}

// Label is the public name of a parameter; an unknown one is its own.
func Label(name string) string {
	if l, ok := labels[OwnPool(name)]; ok {
		return l
	}
	return name
}

// settings are the names of the pools' parameters in batch files; # stands for the pool's number.
var settings = map[string]string{
	Drive:               "excitatory_input_baseline_pool#",
	Inhibition:          "disynaptic_inhib_self_connectivity_pool#",
	BandMiddle:          "common_input_high_freq_middle_of_range_pool#",
	BandHalfWidth:       "common_input_high_freq_half_width_range_pool#",
	InputSD:             "std_of_second_common_input_pool#",
	InhibitionFromOther: "disynaptic_inhib_connectivity_pool#_to_pool#",

	ReceivedInhibition:      "received_inhibition_pool#",
	ReceivedInhibitionOther: "received_inhibition_pool#_to_pool#",
}

// BandSetting is the setting of the second input's band as [low, high] in Hz; # stands for the
// pool's number.
const BandSetting = "high_freq_band_pool#"

// SettingTemplate is the name in batch files with # for a pool's number; SharedInput keeps its
// own. "" if a batch file cannot set the parameter.
func SettingTemplate(parameter string) string {
	if parameter == SharedInput {
		return SharedInput
	}
	return settings[OwnPool(parameter)]
}

// Setting is the name in batch files of a parameter of a pool; of InhibitionFromOther and
// ReceivedInhibitionOther the one that the pool (0 or 1) receives from the other.
func Setting(parameter string, pool int) string {
	template := SettingTemplate(parameter)
	if strings.Count(template, "#") == 2 {
		template = strings.Replace(template, "#", strconv.Itoa(1-pool), 1)
	}
	return PoolSetting(template, pool)
}

// PoolSetting fills a pool's number into a template such as BandSetting.
func PoolSetting(template string, pool int) string {
	return strings.Replace(template, "#", strconv.Itoa(pool), 1)
}

var poolNumber = regexp.MustCompile(`pool(\d+)`)

// OfSetting is the parameter and pool that a name in a batch file sets: the inverse of Setting.
// An unknown name is an error.
func OfSetting(setting string) (parameter string, pool int, err error) {
	if setting == SharedInput {
		return SharedInput, 0, nil
	}
	template := poolNumber.ReplaceAllString(setting, "pool#")
	for p, s := range settings {
		if s != template {
			continue
		}
		all := poolNumber.FindAllStringSubmatch(setting, -1)
		pool, err := strconv.Atoi(all[len(all)-1][1])
		return p, pool, err
	}
	return "", 0, fmt.Errorf("%q sets no parameter of a pool", setting)
}
