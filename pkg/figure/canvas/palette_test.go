package canvas

import "testing"

// The palettes differ in every label, and both leave unknown muscles grey.
func TestPalettes(t *testing.T) {
	for _, label := range Labels {
		if a, b := DistinctColours.Of(label), LegacyColours.Of(label); a == b || a == UnknownMuscle {
			t.Errorf("%s: %v and %v", label, a, b)
		}
	}
	if DistinctColours.Of("VL<->VM") != DistinctColours.Of("VL<-VM") {
		t.Error("a pair and its label differ")
	}
	var zero Palette
	if zero != DistinctColours || MuscleColour("VL") != zero.Of("VL") {
		t.Error("the zero value is not that of DistinctColours")
	}
	if LegacyColours.Of("EDL") != UnknownMuscle {
		t.Error("an unknown muscle has a colour")
	}
}
