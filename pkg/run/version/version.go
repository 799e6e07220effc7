// Package version tells which program wrote a file and how to cite it.
package version

import (
	"os"
	"runtime/debug"
	"strconv"
	"time"
)

// Number is the version of the program.
const Number = "0.1.0"

// Citation is what `renshaw version --cite` prints.
const Citation = `Renshaw: mapping recurrent inhibition from motor-unit recordings, version ` +
	Number + `.
Method: From Large-Scale Motor Neuron Recordings to Spinal Circuits: ` +
	`Mapping Recurrent Inhibition Across Muscles in Humans.
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

// Date is the date for what is written: that of the environment variable SOURCE_DATE_EPOCH
// (seconds since 1970, UTC; reproducible-builds.org) where it is set, so that the same work gives
// the same bytes, else the present. A value that is no whole number counts as not set.
func Date() time.Time {
	if s, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
		return time.Unix(s, 0).UTC()
	}
	return time.Now()
}
