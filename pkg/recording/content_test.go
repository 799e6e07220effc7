package recording

import "testing"

// A sum does not depend on how a copy was saved, but on every discharge, muscle and the rate.
func TestTrainsSum(t *testing.T) {
	base := Raw{FsHz: 2048, TimeUnits: "samples", FirstSample: 1, Units: []RawUnit{
		{Muscle: "VL", Times: []float64{101, 301, 501}}, {Muscle: "VM", Times: []float64{201}}}}
	want := base.TrainsSum()
	same := Raw{FsHz: 2048, TimeUnits: "s", Units: []RawUnit{{Muscle: "VM", Name: "7",
		Times: []float64{200. / 2048}}, {Muscle: "TA"},
		{Muscle: "VL", Times: []float64{0.244141, 100. / 2048, 0.146484, 0.146484}}}}
	if got := same.TrainsSum(); got != want || got == "" {
		t.Errorf("a copy in seconds has another sum")
	}
	rec := Recording{FsHz: 2048, Units: []Unit{{Pool: "VL", SpikesS: []float64{100. / 2048,
		300. / 2048, 500. / 2048}}, {Pool: "VM", SpikesS: []float64{200. / 2048}}}}
	if rec.TrainsSum() != want {
		t.Errorf("a converted copy has another sum")
	}
	for name, change := range map[string]func(r *Raw){
		"a discharge": func(r *Raw) { r.Units[0].Times[2]++ },
		"a muscle":    func(r *Raw) { r.Units[1].Muscle = "VL" },
		"the rate":    func(r *Raw) { r.FsHz = 2000 },
		"a unit": func(r *Raw) {
			r.Units = append(r.Units,
				RawUnit{Muscle: "VL", Times: []float64{9}})
		},
	} {
		r := Raw{FsHz: 2048, TimeUnits: "samples", FirstSample: 1, Units: []RawUnit{
			{Muscle: "VL", Times: []float64{101, 301, 501}}, {Muscle: "VM", Times: []float64{201}}}}
		change(&r)
		if r.TrainsSum() == want {
			t.Errorf("%s changed, the sum did not", name)
		}
	}
	if (&Raw{FsHz: 1}).TrainsSum() != "" {
		t.Error("no discharges have a sum")
	}
}
