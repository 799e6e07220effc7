package analysis

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/recording"
)

// poolCase is testdata/pools.json, which scripts/reference_pools.py made with NumPy.
type poolCase struct {
	Trains   map[string][][]float64
	Spans    [][2]float64
	Features struct{ Pools, Pairs map[string][]float64 }
}

func readPoolCase(t testing.TB) (poolCase, *recording.Recording, []recording.Span) {
	raw, err := os.ReadFile("testdata/pools.json")
	if err != nil {
		t.Fatal(err)
	}
	var c poolCase
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	rec := &recording.Recording{Name: "case", FsHz: 10000}
	for _, pool := range []string{"A", "B"} {
		for _, spikesS := range c.Trains[pool] {
			rec.Units = append(rec.Units,
				recording.Unit{ID: len(rec.Units), Pool: pool, SpikesS: spikesS})
		}
	}
	var spans []recording.Span
	for _, s := range c.Spans {
		spans = append(spans, recording.Span{StartS: s[0], StopS: s[1]})
	}
	return c, rec, spans
}

func TestPoolsAgainstNumPy(t *testing.T) {
	c, rec, spans := readPoolCase(t)
	pools, pairs, short := Pools(rec, spans)
	if len(pools) != 2 || len(pairs) != 2 || len(short) != 0 {
		t.Fatalf("%d pools, %d pairs, %v", len(pools), len(pairs), short)
	}
	compare := func(what string, names []string, got, want []float64) {
		t.Helper()
		if len(names) != len(got) || len(got) != len(want) {
			t.Fatalf("%s: %d names, %d values, %d expected", what, len(names), len(got), len(want))
		}
		for i, v := range got {
			if !(math.Abs(v-want[i]) <= 1e-9*math.Max(1, math.Abs(want[i]))) {
				t.Errorf("%s: %s is %v, want %v", what, names[i], v, want[i])
			}
		}
	}
	for _, p := range pools {
		compare(p.Pool, feature.PoolNames(), p.Values, c.Features.Pools[p.Pool])
	}
	for _, p := range pairs {
		compare(p.Pool+p.Other, feature.PairNames(), p.Values, c.Features.Pairs[p.Pool+"-"+p.Other])
	}
}

// Of independent Poisson trains the spectrum is 1, and coherency and correlogram are 0, within
// what chance allows.
func TestPoolsOfPoissonTrains(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	rec := &recording.Recording{Name: "poisson"}
	for i := range 20 {
		var spikesS []float64
		for at := rng.ExpFloat64() / 10; at < 200; at += rng.ExpFloat64() / 10 {
			spikesS = append(spikesS, at)
		}
		rec.Units = append(rec.Units, recording.Unit{ID: i, Pool: "P", SpikesS: spikesS})
	}
	pools, _, _ := Pools(rec, []recording.Span{{StartS: 0, StopS: 200}})
	bands := len(feature.PoolBands())
	for i, v := range pools[0].Values[:2*bands] {
		if limit := map[bool]float64{true: 0.02, false: 0.15}[i < bands]; math.Abs(v) > limit {
			t.Errorf("%s is %v, more than %v from 0", feature.PoolNames()[i], v, limit)
		}
	}
	at := slices.Index(feature.PoolNames(), "correlogram_0ms")
	for i, v := range pools[0].Values[at : at+51] {
		if math.Abs(v) > 0.03 {
			t.Errorf("correlogram at %d ms is %v", 2*i, v)
		}
	}
}

func TestPoolsOfTooLittle(t *testing.T) {
	_, rec, spans := readPoolCase(t)
	few := *rec
	few.Units = slices.Clone(rec.Units[:10]) // four units of B
	pools, pairs, short := Pools(&few, spans)
	if len(pools) != 1 || len(pairs) != 0 || short["B"] == nil ||
		!strings.Contains(short["B"].Error(), "4 units") {
		t.Errorf("%d pools, %d pairs, %v", len(pools), len(pairs), short)
	}
	_, _, short = Pools(rec, []recording.Span{{StartS: 1, StopS: 12}})
	if short["A"] == nil || !strings.Contains(short["A"].Error(), "15 s are needed") {
		t.Errorf("11 s: %v", short)
	}
}

func BenchmarkPools(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 4))
	rec := &recording.Recording{}
	for i := range 30 {
		var spikesS []float64
		for at := 0.05; at < 100; at += 0.09 + 0.015*rng.NormFloat64() {
			spikesS = append(spikesS, at)
		}
		rec.Units = append(rec.Units, recording.Unit{ID: i, Pool: "P", SpikesS: spikesS})
	}
	for b.Loop() {
		Pools(rec, []recording.Span{{StartS: 0, StopS: 100}})
	}
}

// Whatever the trains are, every feature is a number.
func TestPoolsOfOddTrains(t *testing.T) {
	every := func(startS, stepS, stopS float64) (spikesS []float64) {
		for k := 0; startS+float64(k)*stepS < stopS; k++ {
			spikesS = append(spikesS, startS+float64(k)*stepS)
		}
		return spikesS
	}
	twice := every(0, 0.1, 40) // every discharge is listed twice
	twice = append(twice, twice...)
	slices.Sort(twice)
	same := func(spikesS []float64) [][]float64 {
		return [][]float64{spikesS, spikesS, spikesS, spikesS, spikesS, spikesS}
	}
	var apart [][]float64 // each unit in a plateau of its own
	for i := range 6 {
		apart = append(apart, every(20*float64(i), 0.1, 20*float64(i+1)))
	}
	var slow [][]float64 // intervals above 1 s but for one
	for i := range 6 {
		at := 0.1 * float64(i)
		slow = append(slow, append([]float64{at, at + 0.5}, every(at+2, 1.5, 120)...))
	}
	between := same(every(30, 0.01, 30.9)) // discharges where no segment fits
	long := [][2]float64{{0, 120}}
	for name, c := range map[string]struct {
		trains [][]float64
		spans  [][2]float64
	}{
		"constant":   {same(every(0, 0.1, 120)), long},
		"exact bins": {same(every(0, 0.004, 120)), long},
		"twice":      {same(twice), long},
		"slow":       {slow, long},
		"apart": {apart,
			[][2]float64{{0, 20}, {20, 40}, {40, 60}, {60, 80}, {80, 100}, {100, 120}}},
		"between":        {between, [][2]float64{{0, 20}, {30, 31}}},
		"unsorted spans": {same(every(0, 0.1, 120)), [][2]float64{{50, 90}, {40, 40}, {0, 30}}},
		"on borders":     {same(every(0, 0.5, 120)), [][2]float64{{0, 60}, {60, 120}}},
	} {
		rec := &recording.Recording{Name: name}
		for _, pool := range []string{"A", "B"} {
			for _, spikesS := range c.trains {
				rec.Units = append(rec.Units,
					recording.Unit{ID: len(rec.Units), Pool: pool, SpikesS: spikesS})
			}
		}
		var spans []recording.Span
		for _, s := range c.spans {
			spans = append(spans, recording.Span{StartS: s[0], StopS: s[1]})
		}
		pools, pairs, short := Pools(rec, spans)
		if len(pools) != 2 || len(pairs) != 2 {
			t.Errorf("%s: %v", name, short)
		}
		check := func(names []string, values []float64) {
			for i, v := range values {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("%s: %s is %v", name, names[i], v)
				}
			}
		}
		for _, p := range pools {
			check(feature.PoolNames(), p.Values)
		}
		for _, p := range pairs {
			check(feature.PairNames(), p.Values)
		}
	}
}

// Units whose discharges all lie more than a second apart tell no rate: they do not count.
func TestPoolsOfUnitsWithoutIntervals(t *testing.T) {
	rec := &recording.Recording{Name: "lone"}
	for range 6 {
		var spikesS []float64
		for k := range 60 {
			spikesS = append(spikesS, 2*float64(k))
		}
		rec.Units = append(rec.Units, recording.Unit{ID: len(rec.Units), Pool: "A", SpikesS: spikesS})
	}
	pools, _, short := Pools(rec, []recording.Span{{StopS: 120}})
	if len(pools) != 0 || short["A"] == nil {
		t.Errorf("%v, %v", pools, short)
	}
}
