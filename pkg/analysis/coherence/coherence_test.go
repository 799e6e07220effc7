package coherence_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"example.org/renshaw/pkg/analysis/coherence"
)

// params are those of ten seconds at 1 kHz in windows of 1 s.
func params() coherence.Params {
	return coherence.Params{FsHz: 1000, DurationS: 10, WindowS: 1, Overlap: 0.5, Upsampling: 1,
		MaxFreqHz: 100, MaxIterations: 10}
}

// irregular are n trains of about ten spikes a second whose times have nothing in common.
func irregular(n int, durationS float64, seed uint64) map[int][]float64 {
	rng := rand.New(rand.NewPCG(seed, 0))
	out := map[int][]float64{}
	for u := range n {
		for t := rng.Float64() / 10; t < durationS; t += 0.05 + 0.1*rng.Float64() {
			out[u] = append(out[u], t)
		}
	}
	return out
}

func keep([]int) {} // a shuffle that changes nothing

// Two muscles driven by the same bursts of 20 Hz: their coherence is high there.
func ExampleMeasure() {
	rng := rand.New(rand.NewPCG(1, 0))
	trains := map[int][]float64{}
	for cycle := range 200 { // bursts of 20 Hz for 10 s; every unit takes part in a third of them
		for u := range 12 {
			if rng.IntN(3) == 0 {
				trains[u] = append(trains[u], float64(cycle)/20+0.004*rng.Float64())
			}
		}
	}
	p := coherence.Params{FsHz: 1000, DurationS: 10, WindowS: 1, Overlap: 0.5, Upsampling: 1,
		MaxFreqHz: 100, MaxIterations: 10}
	pools := []coherence.Pool{{Name: "VL", Units: []int{0, 1, 2, 3, 4, 5}},
		{Name: "VM", Units: []int{6, 7, 8, 9, 10, 11}}}
	res, err := coherence.Measure(context.Background(), p, pools, trains, nil,
		func(u []int) { rng.Shuffle(len(u), func(i, j int) { u[i], u[j] = u[j], u[i] }) })
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range res.Total {
		largest := c.Sizes[len(c.Sizes)-1]
		fmt.Printf("%s, %d units: above 0.9 at %.0f Hz: %v\n", c.Name, largest,
			res.FrequenciesHz[20], c.BySize[largest][20] > 0.9)
	}
	// Output:
	// VL-VL, 3 units: above 0.9 at 20 Hz: true
	// VL-VM, 6 units: above 0.9 at 20 Hz: true
	// VM-VM, 3 units: above 0.9 at 20 Hz: true
}

// Coherence lies between 0 and 1; identical trains have 1 wherever there is power; trains
// that have nothing in common have about 1/L of L independent windows (Rosenberg et al. 1989).
func TestBounds(t *testing.T) {
	trains := irregular(8, 60, 1)
	trains[8] = trains[0]
	p := params()
	p.DurationS = 60
	pools := []coherence.Pool{{Name: "A", Units: []int{0, 1, 2, 3}},
		{Name: "B", Units: []int{4, 5, 6, 7}}}
	res, err := coherence.Measure(context.Background(), p, pools, trains, nil, keep)
	if err != nil {
		t.Fatal(err)
	}
	mean, n := 0.0, 0.0
	for _, c := range res.Total {
		for _, size := range c.Sizes {
			for k, v := range c.BySize[size] {
				if !(v >= 0 && v <= 1+1e-12) {
					t.Errorf("%s, size %d, %v Hz: %v", c.Name, size, res.FrequenciesHz[k], v)
				}
				if k > 0 && c.Name == "A-B" {
					mean, n = mean+v, n+1
				}
			}
		}
	}
	if mean /= n; mean > 0.05 { // 1/60, and a little more for windows that overlap
		t.Errorf("mean coherence of independent trains %v", mean)
	}
	same := []coherence.Pool{{Name: "A", Units: []int{0}}, {Name: "B", Units: []int{8}}}
	if res, err = coherence.Measure(context.Background(), p, same, trains, nil, keep); err != nil {
		t.Fatal(err)
	}
	for _, c := range res.Total {
		if c.Name == "A-B" {
			for k, v := range c.BySize[1] {
				if k > 0 && math.Abs(v-1) > 1e-9 {
					t.Errorf("identical trains at %v Hz: %v", res.FrequenciesHz[k], v)
				}
			}
		}
	}
}

// Group sizes: up to half of one pool, up to the mean size of two; with an input up to the
// whole pool.
func TestSizes(t *testing.T) {
	trains := irregular(7, 10, 2)
	pools := []coherence.Pool{{Name: "A", Units: []int{0, 1, 2, 3, 4}},
		{Name: "B", Units: []int{5, 6}}}
	input := make([]float64, 10000)
	for i := range input {
		input[i] = math.Sin(2 * math.Pi * 5 * float64(i) / 1000)
	}
	res, err := coherence.Measure(context.Background(), params(), pools, trains, input, keep)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]int{"input": res.WithInput.Sizes}
	for _, c := range res.Total {
		got[c.Name] = c.Sizes
	}
	want := map[string][]int{"A-A": {1, 2}, "A-B": {1, 2, 3}, "B-B": {1}, "input": {1, 2, 3, 4, 5}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("sizes %v, want %v", got, want)
	}
}

// Delta is 0 for one size, and follows from the differences of successive sizes by hand.
func TestDelta(t *testing.T) {
	c := coherence.Curves{Sizes: []int{1, 2, 3},
		BySize: map[int][]float64{1: {0.1}, 2: {0.3}, 3: {0.4}}}
	d := c.Delta(1)
	if math.Abs(d.Mean[0]-0.15) > 1e-12 || math.Abs(d.Median[0]-0.15) > 1e-12 ||
		math.Abs(d.MaxPlusMin[0]-0.3) > 1e-12 {
		t.Errorf("delta %+v", d)
	}
	c.Sizes = c.Sizes[:1]
	if d := c.Delta(1); d.Mean[0] != 0 || d.MaxPlusMin[0] != 0 {
		t.Errorf("delta of one size %+v", d)
	}
}

func TestFaultyParams(t *testing.T) {
	for _, test := range []struct {
		change func(*coherence.Params)
		want   string
	}{
		{func(p *coherence.Params) { p.WindowS = 0.0015 }, "coherence_window_length"},
		{func(p *coherence.Params) { p.WindowS = math.NaN() }, "coherence_window_length"},
		{func(p *coherence.Params) { p.Overlap = 1 }, "coherence_windows_overlap"},
		{func(p *coherence.Params) { p.Upsampling = 0 }, "coherence_upsampling"},
		{func(p *coherence.Params) { p.MaxFreqHz = 501 }, "coherence_max_freq"},
		{func(p *coherence.Params) { p.MaxIterations = 0 }, "coherence_calc_max_iteration"},
		{func(p *coherence.Params) { p.DurationS = 0.5 }, "shorter than one window"},
	} {
		p := params()
		test.change(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %q", p, err, test.want)
		}
	}
	if err := params().Validate(); err != nil {
		t.Error(err)
	}
	_, err := coherence.Measure(context.Background(), params(), nil, nil, make([]float64, 3), keep)
	if err == nil || !strings.Contains(err.Error(), "has 3 samples") {
		t.Errorf("an input of another length: %v", err)
	}
	if res, err := coherence.Measure(context.Background(), params(), nil, nil, nil,
		keep); err != nil || len(res.Total) != 0 {
		t.Errorf("no pool: %+v, %v", res, err)
	}
}
