package recording

import (
	"reflect"
	"strings"
	"testing"
)

func TestAssignMuscles(t *testing.T) {
	for want, c := range map[string]struct {
		group, given string
		grids        []int
		known        bool
	}{
		"TA TA":                    {"TA", "", []int{0, 3}, false},
		"FDI APB":                  {"Fingers", "", []int{0, 1}, true},
		"BF BF":                    {"TA", "BF", []int{0, 0}, false},
		"which unit belongs":       {"Fingers", "", []int{0, 1}, false},
		"grid 3, but muscle group": {"Fingers", "", []int{0, 2}, true},
		"not in the muscle map":    {"Unknown", "", []int{0, 1}, true},
	} {
		r := Given{Name: Name{Group: c.group}}.Start("x")
		for _, g := range c.grids {
			r.Units = append(r.Units, RawUnit{Grid: g})
		}
		err := Given{Group: c.given, MuscleMap: DefaultMuscleMap()}.AssignMuscles(r, c.known)
		got := r.Units[0].Muscle + " " + r.Units[1].Muscle
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestTakeTimes(t *testing.T) {
	train := [][]float64{{1, 2049}}
	for as, want := range map[Times][]float64{
		TimesOfFormat: {0, 2048}, TimesSamples: {0, 2048}, TimesSamples0: {1, 2049},
		TimesSeconds: {1, 2049}, TimesMs: {0.001, 2.049},
	} {
		r := &Raw{Source: "x", TimeUnits: "samples", FsHz: 1000, Units: make([]RawUnit, 1)}
		err := Given{Times: as}.TakeTimes(r, train, 1)
		if err != nil || !reflect.DeepEqual(r.Units[0].Times, want) ||
			(r.TimeUnits == "s") != (as == TimesSeconds || as == TimesMs) {
			t.Errorf("%q: %+v, %v", as, r, err)
		}
	}
	for want, c := range map[string]struct {
		samples int
		times   []float64
		given   Times
	}{
		"discharge 0.5":             {0, []float64{0.5}, ""},
		"discharge -1":              {0, []float64{-1}, ""},
		"discharge 10":              {10, []float64{9, 10}, ""},
		"discharge 1e+":             {0, []float64{1e12}, ""},
		"discharge NaN":             {0, []float64{nan()}, TimesSeconds},
		"is unknown":                {0, []float64{1}, "minutes"},
		"give --times seconds":      {0, []float64{0.5}, ""},
		"give --times samples0":     {0, []float64{0, 7}, TimesSamples},
		"leave such discharges out": {10, []float64{12}, ""},
		"delete it":                 {0, []float64{nan()}, ""},
		"10 samples in":             {10, []float64{10}, TimesSamples0},
		"sampling rate:":            {0, []float64{1}, "nofs"},
	} {
		r := &Raw{Source: "x", TimeUnits: "samples", FsHz: 1000, Samples: c.samples,
			Units: make([]RawUnit, 1)}
		if c.given == "nofs" {
			r.FsHz, c.given = 0, TimesSamples0
		}
		if err := (Given{Times: c.given}).TakeTimes(r, [][]float64{c.times}, 0); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestDischargesThatCannotBeAreLeftOut(t *testing.T) {
	r := &Raw{TimeUnits: "samples", FsHz: 1000, Samples: 10, Units: make([]RawUnit, 1)}
	err := Given{Allow: true}.TakeTimes(r, [][]float64{{-1, 3, 4.5, 9, 10}}, 0)
	if err != nil || !reflect.DeepEqual(r.Units[0].Times, []float64{3, 9}) ||
		!strings.Contains(strings.Join(r.Warnings, ""), "3 discharges outside") {
		t.Errorf("%+v, %v", r, err)
	}
}

func nan() float64 {
	zero := 0.0
	return zero / zero
}
