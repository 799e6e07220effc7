package recording

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	for _, test := range []struct {
		name   string
		spikes []float64
		want   string // part of the error, "" for none
	}{
		{"ascending", []float64{0, 0.5, 0.5, 1}, ""},
		{"none", nil, ""},
		{"falling", []float64{0.5, 0.25}, "not ascending at 1"},
		{"not a number", []float64{0.5, math.NaN()}, "spike time 1 is NaN"},
		{"infinite", []float64{math.Inf(1)}, "spike time 0 is +Inf"},
	} {
		r := &Recording{Name: "S1.h5", Units: []Unit{{ID: 3, Pool: "TA", SpikesS: test.spikes}}}
		err := r.Validate()
		if (err == nil) != (test.want == "") {
			t.Errorf("%s: %v", test.name, err)
		}
		if err != nil && (!strings.Contains(err.Error(), test.want) ||
			!strings.Contains(err.Error(), "S1.h5: unit 3 (TA)")) {
			t.Errorf("%s: %v, want %q with file, unit and muscle", test.name, err, test.want)
		}
	}
}

func TestPools(t *testing.T) {
	r := &Recording{Units: []Unit{{Pool: "VM"}, {Pool: "VL"}, {Pool: "VM"}}}
	if got := r.Pools(); !reflect.DeepEqual(got, []string{"VM", "VL"}) {
		t.Errorf("pools %v", got)
	}
	if got := r.UnitsOf("VM"); !reflect.DeepEqual(got, []int{0, 2}) {
		t.Errorf("units of VM: %v", got)
	}
	if got := r.UnitsOf("TA"); got != nil {
		t.Errorf("units of TA: %v", got)
	}
}

// Both ends belong to a window; the result is a copy.
func TestWindow(t *testing.T) {
	spikes := []float64{1, 2, 3, 4}
	for _, test := range []struct {
		t0, t1 float64
		want   []float64
	}{
		{2, 3, []float64{0, 1}}, {0, 10, []float64{1, 2, 3, 4}}, {5, 6, []float64{}},
		{2.5, 2.6, []float64{}},
	} {
		got := Window(spikes, test.t0, test.t1)
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%v to %v: %v, want %v", test.t0, test.t1, got, test.want)
		}
	}
	Window(spikes, 0, 10)[0] = 99
	if spikes[0] != 1 {
		t.Error("the window is not a copy")
	}
}

func TestLongestGap(t *testing.T) {
	for _, test := range []struct {
		spikes []float64
		want   float64
	}{{nil, 10}, {[]float64{1, 2}, 8}, {[]float64{4, 5}, 5}, {[]float64{0, 3, 10}, 7}} {
		if got := LongestGap(test.spikes, 0, 10); got != test.want {
			t.Errorf("%v: %v, want %v", test.spikes, got, test.want)
		}
	}
}

func TestNamedUnits(t *testing.T) {
	var r Raw
	for _, key := range [][2]string{{"TA", "1"}, {"SOL", "1"}, {"TA", "1"}} {
		u := r.Named(key[0], key[1])
		u.Times = append(u.Times, float64(len(u.Times)))
	}
	want := []RawUnit{
		{Muscle: "TA", Name: "1", Times: []float64{0, 1}},
		{Muscle: "SOL", Name: "1", InGrid: 1, Times: []float64{0}},
	}
	if !reflect.DeepEqual(r.Units, want) {
		t.Errorf("%+v", r.Units)
	}
	r.Warn(WarnUnsorted, "unit %d", 2)
	if r.Warnings[0] != "unsorted: unit 2" {
		t.Error(r.Warnings)
	}
	if err := (*Raw)(nil).Close(); err != nil || r.Close() != nil {
		t.Error(err)
	}
}
