package readiness

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/sbi"
)

// shipped is an estimator that comes with the program; of its networks the first one alone, unless
// the test is thorough.
func shipped(t *testing.T, name string) *sbi.Estimator {
	t.Helper()
	e, err := sbi.Load(filepath.Join(testdata.Root(), "estimators", name))
	if err != nil {
		t.Fatal(err)
	}
	if !testdata.Thorough() {
		e.Flow = e.Flow[:1]
	}
	return e
}

// The shipped estimator on a simulated recording with known truth, and with filters that
// leave out everything. The result does not depend on the number of workers.
func TestCheck(t *testing.T) {
	testdata.Long(t)
	e := shipped(t, "single_muscle")
	recording := filepath.Join(testdata.Root(), "examples/recordings/V1_Quadriceps_10percent.h5")
	r, err := Check(context.Background(), recording, Options{Estimator: e, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if r.Units != 48 || len(r.Muscles) != 2 || !(r.Coincidence > 0.05 && r.Coincidence < 0.2) {
		t.Fatalf("%+v", r)
	}
	for _, m := range r.Muscles {
		if m.Units != 24 || m.Used != 24 || !m.Enough || !m.InRange || m.Recovery == nil ||
			len(m.Recovery.Parameters) != 5 {
			t.Errorf("%+v", m)
		}
		for _, p := range m.Recovery.Parameters {
			if !(p.Width90 > 0 && p.Width90 < p.PriorWidth && p.Covered > 0.6) {
				t.Errorf("%+v", p)
			}
		}
	}
	if testdata.Thorough() {
		again, err := Check(context.Background(), recording, Options{Estimator: e, Workers: 1})
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Errorf("one worker gives another report (%v)", err)
		}
	}
	e.Config.Spec.Filters.Experiment.NSpikes = 1e9
	r, err = Check(context.Background(), recording, Options{Estimator: e, Workers: 2})
	if err != nil || r.Muscles[0].Used != 0 || r.Muscles[0].LeftOut["n_spikes"] != 24 ||
		r.Muscles[0].Enough || !strings.Contains(strings.Join(r.Muscles[0].Advice, "\n"),
		"24 units have 1e+09 counts or fewer") {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := Check(context.Background(), "none.h5", Options{Estimator: e}); err == nil ||
		!strings.Contains(err.Error(), "none.h5") {
		t.Errorf("%v", err)
	}
	e.Config.Spec = nil
	if _, err := Check(context.Background(), recording, Options{Estimator: e}); err == nil ||
		!strings.Contains(err.Error(), "renshaw train") {
		t.Errorf("an imported estimator: %v", err)
	}
}

func TestAdvice(t *testing.T) {
	filters := sbi.Filters{Experiment: feature.Limits{NSpikes: 5000, MinUnits: 1},
		Muscles: []string{"TA"}}
	for want, m := range map[string]Muscle{
		"nothing to infer from": {LeftOut: map[string]int{"r2_full": 3}},
		"4 units are fewer":     {Used: 4, InRange: true},
		"muscles [TA]":          {Used: 5, InRange: true, LeftOut: map[string]int{"muscle": 2}},
		"2 units have 5000":     {Used: 5, InRange: true, LeftOut: map[string]int{"n_spikes": 2}},
		"fits 3 units badly": {Used: 5, InRange: true,
			LeftOut: map[string]int{"r2_full": 1, "r2_base": 2}},
		"an extrapolation": {Used: 5},
	} {
		m.conclude(filters)
		if !strings.Contains(strings.Join(m.Advice, "\n"), want) || m.Enough != (m.Used == 5) {
			t.Errorf("%q: enough %v, %q", want, m.Enough, m.Advice)
		}
	}
	m := Muscle{Used: 5, InRange: true}
	if m.conclude(filters); len(m.Advice) != 0 {
		t.Errorf("nothing is wrong: %q", m.Advice)
	}
}

// Units that are there twice are named.
func TestUnitsThatAreThereTwice(t *testing.T) {
	var train []float64
	for i := range 100 {
		train = append(train, 1+0.1*float64(i)+0.007*float64(i*i%7))
	}
	in := &recording.Recording{Units: []recording.Unit{{ID: 3, Pool: "TA", SpikesS: train},
		{ID: 8, Pool: "TA", SpikesS: train[:60]}, {ID: 9, Pool: "TA", SpikesS: []float64{2, 5}}}}
	for simulated, want := range map[bool]string{false: "leave one out",
		true: "in a recording they would"} {
		var r Report
		r.coincidence(in, simulated)
		if r.Coincidence != 1 || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], want) ||
			!strings.Contains(r.Warnings[0], "units 3 (TA) and 8 (TA) have 100 %") {
			t.Errorf("%+v", r)
		}
	}
}

// The estimator of pairs looks at both directions between the muscles.
func TestCheckOfPairs(t *testing.T) {
	e := shipped(t, "muscle_pair")
	r, err := Check(context.Background(),
		filepath.Join(testdata.Root(), "examples/recordings/V1_Quadriceps_10percent.h5"),
		Options{Estimator: e, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for _, m := range r.Muscles {
		pairs = append(pairs, m.MusclePair)
		if m.Used == 0 || m.Recovery == nil || len(m.Recovery.Parameters) != 3 {
			t.Errorf("%+v", m)
		}
	}
	slices.Sort(pairs)
	if !reflect.DeepEqual(pairs, []string{"VL<->VM", "VM<->VL"}) {
		t.Errorf("pairs %v", pairs)
	}
}
