package decomposition

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// regular makes trains of 10 discharges per s that no two units share.
func regular(units int, seconds float64) [][]float64 {
	rng := rand.New(rand.NewPCG(1, 1))
	out := make([][]float64, units)
	for i := range out {
		for at := 0.1 * rng.Float64(); at < seconds; at += 0.1 + 0.01*rng.NormFloat64() {
			out[i] = append(out[i], at)
		}
	}
	return out
}

func count(trains [][]float64) float64 {
	n := 0
	for _, t := range trains {
		n += len(t)
	}
	return float64(n)
}

func TestApply(t *testing.T) {
	trains, seconds := regular(10, 200), 200.0
	all := count(trains)
	apply := func(e Errors) [][]float64 {
		return Apply(trains, seconds, e, rand.New(rand.NewPCG(2, 3)))
	}
	if got := apply(Errors{}); !reflect.DeepEqual(got, trains) {
		t.Error("no errors change trains")
	}
	near := func(what string, got, want, limit float64) {
		t.Helper()
		if math.Abs(got-want) > limit {
			t.Errorf("%s: %.4f, want %.4f", what, got, want)
		}
	}
	near("missed", count(apply(Errors{Missed: 0.2}))/all, 0.8, 0.01)
	// A false discharge within the refractory time of another is not told from it.
	near("false", count(apply(Errors{False: 0.1}))/all, 1.1*(1-0.1*0.04/1.1), 0.01)
	// Of three partners, each has one within ±3 ms of a time with probability 6 ms × 10/s.
	hidden := 1 - math.Pow(1-0.06, 3)
	near("superposed, partners", count(apply(Errors{Superposed: 0.5, Partners: 3}))/all, 1-0.5*hidden,
		0.01)
	larger := apply(Errors{Superposed: 0.5})
	near("superposed, largest unit", float64(len(larger[9])), float64(len(trains[9])), 0)
	near("superposed, smallest unit", float64(len(larger[0]))/float64(len(trains[0])),
		1-0.5*(1-math.Pow(1-0.06, 9)), 0.03)
	moved, sum := apply(Errors{JitterS: 0.002}), 0.0
	for i := range moved {
		for k, at := range moved[i][1 : len(moved[i])-1] {
			d := at - trains[i][k+1]
			sum += d * d
		}
	}
	near("jitter", math.Sqrt(sum/all), 0.002, 0.0001)
	twice := apply(Errors{Duplicates: 1})
	if len(twice) != 11 {
		t.Fatalf("%d units", len(twice))
	}
	if !slices.ContainsFunc(twice[:10], func(u []float64) bool {
		return math.Abs(float64(len(twice[10]))/float64(len(u))-0.95) < 0.02 &&
			math.Abs(u[5]-twice[10][5]) < 0.2
	}) {
		t.Error("the duplicate is like no unit")
	}
	for _, e := range []Errors{{JitterS: 0.003}, {False: 0.15}, {Duplicates: 3}} {
		for _, u := range apply(e) {
			if !slices.IsSorted(u) || u[0] < 0 || u[len(u)-1] >= seconds {
				t.Fatalf("%+v: not ascending inside the recording", e)
			}
		}
	}
}

func TestDraw(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var superposed, all, twice, missed float64
	const n = 4000
	for range n {
		e := Draw(rng)
		if e.Superposed > 0 {
			superposed++
			if e.Partners == 0 {
				all++
			}
		}
		twice += float64(e.Duplicates)
		missed += e.Missed
		if e.Missed > 0.3 || e.False > 0.15 || e.Superposed > 0.8 || e.JitterS > 0.003 {
			t.Fatalf("%+v", e)
		}
	}
	for _, c := range []struct {
		what      string
		got, want float64
	}{{"superposed", superposed / n, 0.5}, {"by all larger units", all / n, 0.25},
		{"twice", twice / n, 0.15}, {"missed", missed / n, 0.15}} {
		if math.Abs(c.got-c.want) > 0.03 {
			t.Errorf("%s: %.3f, want %.3f", c.what, c.got, c.want)
		}
	}
}

// A pool without units stays one; errors find nothing in empty trains.
func TestApplyToNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	e := Errors{Missed: 0.1, False: 0.1, Superposed: 0.5, Partners: 3, JitterS: 0.001, Duplicates: 2}
	if got := Apply(nil, 10, e, rng); len(got) != 0 {
		t.Errorf("%v of no unit", got)
	}
	if got := Apply([][]float64{nil, {}}, 10, e, rng); len(got) != 4 || count(got) != 0 {
		t.Errorf("%v of silent units", got)
	}
}
