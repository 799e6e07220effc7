// Package version tells which program wrote a file and how to cite it.
package version

import "runtime/debug"

// Number is the version of the program.
const Number = "0.1.0"

// Citation is what `renshaw version --cite` prints.
const Citation = `Renshaw: mapping recurrent inhibition from motor-unit recordings, version ` + Number + `.
Method: From Large-Scale Motor Neuron Recordings to Spinal Circuits: Mapping Recurrent Inhibition Across Muscles in Humans.
Decomposition and editing: Avrillon et al., 2024 (MUedit).`

// String is the version with the revision of the build, where known.
func String() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Number
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return Number + "+" + s.Value[:12]
		}
	}
	return Number
}
