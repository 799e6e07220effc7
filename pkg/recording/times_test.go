package recording

import (
	"slices"
	"strings"
	"testing"
)

func TestReadTimesAs(t *testing.T) {
	for times, want := range map[Times]struct {
		units string
		first int
		s     []float64
	}{
		TimesOfFormat: {"s", 0, []float64{500, 1000}}, TimesSeconds: {"s", 0, []float64{500, 1000}},
		TimesMs: {"s", 0, []float64{0.5, 1}}, TimesSamples0: {"samples", 0, []float64{0.5, 1}},
		TimesSamples: {"samples", 1, []float64{0.499, 0.999}},
	} {
		r := &Raw{Source: "x", FsHz: 1000, TimeUnits: "s",
			Units: []RawUnit{{Times: []float64{500, 1000}}}}
		if err := r.ReadTimesAs(times); err != nil || r.TimeUnits != want.units ||
			r.FirstSample != want.first || !slices.Equal(r.Seconds()[0], want.s) {
			t.Errorf("%q: %+v, %v", times, r, err)
		}
	}
	for want, r := range map[string]*Raw{
		"needs the sampling rate": {},
		"grid 1 unit 1: 0.5 is not a whole sample number; use": {FsHz: 1000,
			Units: []RawUnit{{Times: []float64{0.5}}}},
	} {
		if err := r.ReadTimesAs(TimesSamples); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := (&Raw{}).ReadTimesAs("hours"); err == nil || !strings.Contains(err.Error(), "samples0") {
		t.Error(err)
	}
}

func TestLabels(t *testing.T) {
	for want, u := range map[string]RawUnit{
		"unit 7 (TA)": {Name: "7", Muscle: "TA"}, "grid 2 unit 3": {Grid: 1, InGrid: 2},
		"grid 1 unit 1 (VL)": {Muscle: "VL"},
	} {
		if got := u.Label(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
