package quality

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/pkg/recording"
)

// train is discharges at about rateHz from 1 s on, in s.
func train(seed uint64, rateHz float64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 7))
	at, out := 1+r.Float64(), make([]float64, n)
	for i := range out {
		out[i] = math.Round(at*2048) / 2048
		at += math.Max(0.4, 1+0.15*r.NormFloat64()) / rateHz
	}
	return out
}

// pairsOfDistances is the plain form of Compare: the largest number of pairs of discharges whose
// distance lies in a window of twice CoincidenceS that begins at one of the distances.
func pairsOfDistances(a, b []float64) int {
	var d []float64
	for _, x := range a {
		for _, y := range b {
			if math.Abs(y-x) <= LongestLagS+CoincidenceS {
				d = append(d, y-x)
			}
		}
	}
	most := 0
	for _, from := range d {
		n := 0
		for _, v := range d {
			if v >= from && v <= from+2*CoincidenceS+tiny {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func TestCompare(t *testing.T) {
	a := train(1, 10, 300)
	shifted := func(lag float64, every int) []float64 {
		r := rand.New(rand.NewPCG(3, 3))
		var out []float64
		for i, x := range a {
			if i%every == 0 {
				out = append(out, x+lag+(r.Float64()-0.5)/1024) // up to one sample off
			}
		}
		return out
	}
	third := slices.Concat(shifted(0.012, 3), train(9, 3, 60)) // a third of its discharges are a's
	slices.Sort(third)
	for _, c := range []struct {
		name      string
		b         []float64
		duplicate bool
		lagMs     float64
	}{
		{"the same", a, true, 0}, {"one sample off", shifted(0, 1), true, 0},
		{"late", shifted(0.02, 1), true, 20}, {"half of it", shifted(-0.01, 2), true, -10},
		{"too late", shifted(0.05, 1), false, 0}, {"another unit", train(2, 11, 300), false, 0},
		{"in part", third, true, 12}, {"nothing", nil, false, 0},
		{"few discharges by chance", []float64{a[3] + 0.004, a[50] + 0.004, 400}, false, 0},
		{"six of it", shifted(0.004, 50), true, 4},
	} {
		got := Compare(a, c.b)
		if got.Duplicate() != c.duplicate || c.duplicate && math.Abs(1000*got.LagS-c.lagMs) > 1 {
			t.Errorf("%s: %+v, duplicate %v", c.name, got, got.Duplicate())
		}
		if want := pairsOfDistances(a, c.b); !slices.Equal(a, c.b) && got.Common != min(want, len(c.b)) {
			t.Errorf("%s: %d discharges in common, want %d", c.name, got.Common, want)
		}
		if bound := mostInCommon(a, c.b); bound < got.Share {
			t.Errorf("%s: at most %v in common, but found %v", c.name, bound, got.Share)
		}
		if back := Compare(c.b, a); back.Common != got.Common || math.Abs(back.LagS+got.LagS) > 2e-3 {
			t.Errorf("%s: %+v, but the other way %+v", c.name, got, back)
		}
	}
}

// Of units that are one, the one with most discharges stays.
func TestRedundant(t *testing.T) {
	a, b := train(1, 10, 200), train(2, 9, 200)
	trains := [][]float64{a[:150], b, a, a[20:], train(3, 8, 100)}
	pairs, largest := Duplicates(trains), Largest(trains)
	if len(pairs) != 3 || largest.Share != 1 {
		t.Errorf("%+v, %+v", pairs, largest)
	}
	var removed [][2]int
	for _, c := range Redundant(trains, pairs) {
		removed = append(removed, [2]int{c.A, c.B})
	}
	if !slices.Equal(removed, [][2]int{{2, 0}, {2, 3}}) {
		t.Errorf("left out %v", removed)
	}
}

func raw(units string, fsHz float64, trains ...[]float64) *recording.Raw {
	r := &recording.Raw{Source: "S1.csv", FsHz: fsHz, TimeUnits: units, Kind: recording.KindTable}
	for i, t := range trains {
		r.Units = append(r.Units, recording.RawUnit{Name: string(rune('a' + i)), Muscle: "TA",
			Times: slices.Clone(t)})
	}
	return r
}

func scaled(x []float64, factor float64) []float64 {
	out := make([]float64, len(x))
	for i := range x {
		out[i] = x[i] * factor
	}
	return out
}

// Times in another unit than was read are refused, with the option that reads them.
func TestMisreadTimes(t *testing.T) {
	a, b := train(1, 10, 200), train(2, 12, 200)
	for _, c := range []struct {
		r     *recording.Raw
		wants []string
	}{
		{raw("s", 2048, scaled(a, 2048), scaled(b, 2048)), []string{"look like samples",
			"--times samples (or samples0, if they count from 0) --fs HZ"}},
		{raw("s", 2048, scaled(a, 1000), scaled(b, 1000)), []string{"look like milliseconds",
			"--times ms"}},
		{raw("samples", 2048, a, b), []string{"look like seconds", "--times seconds"}},
		{raw("s", 2048, scaled(a, 1e6)), []string{"check the times and the sampling rate"}},
	} {
		text := strings.Join(c.wants, " ")
		err := Examine(c.r, Options{})
		for _, want := range append(c.wants, "S1.csv", "--allow-implausible") {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		}
		if err := Examine(c.r, Options{Allow: true}); err != nil || len(c.r.Warnings) == 0 {
			t.Errorf("%s, allowed: %v, %q", text, err, c.r.Warnings)
		}
	}
}

func TestPlausibleRecording(t *testing.T) {
	slow := []float64{1, 1.2, 1.4, 20, 20.2, 20.4} // active twice, with a long pause
	r := raw("s", 2048, train(1, 10, 200), train(2, 30, 500), slow)
	r.Samples = 2048 * 60
	if err := Examine(r, Options{}); err != nil || r.Warnings != nil || len(r.Units) != 3 {
		t.Errorf("%v, %q", err, r.Warnings)
	}
}

func TestExamine(t *testing.T) {
	a, b := train(1, 10, 200), train(2, 12, 200)
	for _, c := range []struct {
		name  string
		r     *recording.Raw
		opt   Options
		units int    // that stay; 0: an error
		says  string // in the warning or error
	}{
		{"empty", raw("s", 2048, a, nil, b), Options{}, 2, "unit b (TA): left out; no discharges"},
		{"all empty", raw("s", 2048, nil, nil), Options{}, 0, "no unit has a discharge"},
		{"flagged, in seconds", raw("s", 2048, a, []float64{0, 1}), Options{}, 1,
			"unit b (TA): left out; flagged"},
		{"flagged, in samples", raw("samples", 1000, scaled(a, 2048), []float64{0, 999}), Options{}, 1,
			"unit b (TA): left out; flagged"},
		{"flagged and kept", raw("s", 2048, a, []float64{0, 1}), Options{KeepFlagged: true}, 2,
			"paper profile keeps"},
		{"two discharges elsewhere", raw("s", 2048, a, []float64{5, 6}), Options{}, 2, ""},
		{"all flagged", raw("s", 2048, []float64{0, 1}), Options{}, 0, "no unit is left"},
		{"duplicate", raw("s", 2048, a, b, a[3:]), Options{}, 2, "unit c (TA) is unit a (TA) (100 %"},
		{"duplicate and kept", raw("s", 2048, a, b, a), Options{KeepDuplicates: true}, 3,
			"counted twice"},
		{"fast", raw("s", 2048, a, b, train(3, 80, 400)), Options{}, 3, "unit c (TA) 8"},
		{"slow", raw("s", 2048, a, b, []float64{1, 4, 7, 10}), Options{}, 3, "unit c (TA) 0.333/s"},
		{"long", raw("s", 2048, a, b, []float64{3700}), Options{}, 3, "1.03 hours"},
	} {
		err := Examine(c.r, c.opt)
		said := strings.Join(c.r.Warnings, "\n")
		if err != nil {
			said = err.Error()
		}
		if (err == nil) != (c.units > 0) || err == nil && len(c.r.Units) != c.units ||
			!strings.Contains(said, c.says) || c.says == "" && said != "" {
			t.Errorf("%s: %d units, %q, want %d and %q", c.name, len(c.r.Units), said, c.units, c.says)
		}
	}
}

// Discharges outside of the recording are an error, or left out.
func TestDischargesOutside(t *testing.T) {
	for want, change := range map[string]func(r *recording.Raw){
		"1 of 201 discharges lie outside": func(r *recording.Raw) {
			r.Units[0].Times = append(r.Units[0].Times, 1e6)
		},
		"look 0-based; give --times samples0": func(r *recording.Raw) {
			r.FirstSample, r.Units[0].Times[0] = 1, 0
		},
	} {
		make := func() *recording.Raw {
			r := raw("samples", 2048, scaled(train(1, 10, 200), 2048), scaled(train(2, 9, 200), 2048))
			r.Samples = 2048 * 60
			change(r)
			return r
		}
		if err := Examine(make(), Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		r := make()
		n := len(r.Units[0].Times)
		if err := Examine(r, Options{Allow: true}); err != nil || len(r.Units[0].Times) != n-1 {
			t.Errorf("allowed: %v, %d of %d discharges", err, len(r.Units[0].Times), n)
		}
	}
}

// Eighty units of a recording of two minutes.
func BenchmarkDuplicates(b *testing.B) {
	trains := make([][]float64, 80)
	for i := range trains {
		trains[i] = train(uint64(i), 10+float64(i%7), 1500)
	}
	b.ReportAllocs()
	for b.Loop() {
		Duplicates(trains)
	}
}
