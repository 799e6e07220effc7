package batch

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/simulation/motorpool"
)

// received draws the network of a row and gives the inhibition that its weights make.
func received(t *testing.T, f *File, i int) (nominal, realised [][]float64) {
	t.Helper()
	p := params(t, f, i)
	rng, err := motorpool.NewRandom(p.RNG, p.RandomSeed)
	if err != nil {
		t.Fatal(err)
	}
	c := motorpool.NewConnectivity(&p, motorpool.Diameters(&p, rng), rng)
	return p.Received(), c.Received(p.Pools)
}

// The study's parameter is the mean weight of one disynaptic path: in its pool of 30 a neuron
// receives 29 times as much, and from another pool of 30 neurons 30 times.
func TestReceivedInhibitionOfTheStudy(t *testing.T) {
	f := parse(t, `
fixed: {nb_pools: 2, nb_motoneurons_per_pool: 30, nb_RCs_per_pool_pair: 10,
  disynpatic_inhib_connections_desired_MN_MN: [[9, 9], [9, 9]]}
simulations:
  - {received_inhibition_pool0: 29, received_inhibition_pool1: 87,
     received_inhibition_pool0_to_pool1: 30, received_inhibition_pool1_to_pool0: 0}
`)
	p := params(t, f, 0)
	if got := fmt.Sprint(p.DisynapticInhib); got != "[[1 1] [0 3]]" {
		t.Errorf("mean weights %s", got)
	}
	if got := fmt.Sprint(p.Received()); got != "[[29 30] [0 87]]" {
		t.Errorf("received %s", got)
	}
}

// The weights that are drawn make the inhibition that was asked for, in pools of any size. Their
// mean differs from it by the scatter of the N r weights to and from the r Renshaw cells (SD 0.4 of
// the mean each), and is 0.2 % too high because weights are cut at 0.
func TestRealisedReceivedInhibition(t *testing.T) {
	for _, name := range []string{"wide_single_test", "wide_pair_test"} {
		f, err := Read(filepath.Join(testdata.Root(), "batches", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var sum, squares, count float64
		f.N = 150
		for i := range f.N {
			nominal, realised := received(t, f, i)
			p := params(t, f, i)
			if want := int(math.Round(float64(p.NeuronsPerPool) / 3)); p.RenshawPerPair != want {
				t.Errorf("%s: row %d: %d Renshaw cells for %d neurons", name, i, p.RenshawPerPair,
					p.NeuronsPerPool)
			}
			for a := range nominal {
				for b := range nominal[a] {
					scatter := 0.4 * math.Sqrt(2/float64(p.NeuronsPerPool*p.RenshawPerPair))
					z := (realised[a][b]/nominal[a][b] - 1.0016) / scatter
					sum, squares, count = sum+z, squares+z*z, count+1
				}
			}
		}
		if mean, sd := sum/count, math.Sqrt(squares/count); math.Abs(mean) > 4/math.Sqrt(count) ||
			sd < 0.8 || sd > 1.3 {
			t.Errorf("%s: realised inhibition deviates by %.2f ± %.2f of its scatter", name, mean, sd)
		}
	}
}

// Log-uniform numbers have equal shares between equal ratios, and whole ones reach both limits.
func TestLogUniform(t *testing.T) {
	f := parse(t, `
n: 20000
prior:
  nb_motoneurons_per_pool: {log_uniform: [20, 150], integer: true}
  independent_input_power: {log_uniform: [0.5, 8]}
  nb_RCs_per_pool_pair: {uniform: [3, 5], integer: true}
`)
	var low, power float64
	count := map[float64]int{}
	whole := map[float64]int{}
	for _, row := range f.Rows() {
		n, x, k := row.Settings[0].Value.(float64), row.Settings[1].Value.(float64),
			row.Settings[2].Value.(float64)
		if n < 20 || n > 150 || n != math.Trunc(n) || x < 0.5 || x > 8 {
			t.Fatalf("%v, %v", n, x)
		}
		if n <= 54 {
			low++
		}
		if x < 2 { // the middle of the logarithms
			power++
		}
		count[n]++
		whole[k]++
	}
	total := float64(f.N)
	if want := math.Log(54.5/19.5) / math.Log(150.5/19.5); math.Abs(low/total-want) > 0.015 ||
		math.Abs(power/total-0.5) > 0.015 {
		t.Errorf("shares %v (want %v), %v", low/total, want, power/total)
	}
	if want := total * math.Log(20.5/19.5) / math.Log(150.5/19.5); count[150] == 0 ||
		math.Abs(float64(count[20])-want) > 5*math.Sqrt(want) {
		t.Errorf("20: %d of %.0f, 150: %d", count[20], want, count[150])
	}
	if len(whole) != 3 || math.Abs(float64(whole[3])-total/3) > 300 ||
		math.Abs(float64(whole[5])-total/3) > 300 {
		t.Errorf("whole numbers %v", whole)
	}
	if p := params(t, f, 0); p.NeuronsPerPool != int(f.Rows()[0].Settings[0].Value.(float64)) {
		t.Errorf("%d neurons", p.NeuronsPerPool)
	}
}

func TestWideErrors(t *testing.T) {
	for text, want := range map[string]string{
		"n: 1\nprior: {duration: {log_uniform: [0, 1]}}":                  "low > 0 is expected",
		"n: 1\nprior: {duration: {uniform: [0, 1.5], integer: true}}":     "whole numbers are expected",
		"n: 1\nprior: {duration: {uniform: [0, 1], integer: 3}}":          "true or false",
		"n: 1\nprior: {duration: {integer: true}}":                        "one of uniform, log_uniform",
		"n: 1\nprior: {duration: {uniform: [0, 1], log_uniform: [1, 2]}}": "one of uniform, log_uniform",
		"n: 1\nprior: {high_freq_band_pool0: " +
			"{band: {low: [0, 50], width: [5, 50], max: 80}, integer: true}}": "draw whole numbers",
		"n: 1\nprior: {duration: {log_uniform: [1, .inf]}}":                     "both finite",
		"n: 1\nprior: {duration: {exponential: {low: 1, high: .inf, rate: 1}}}": "none of them infinite",
		"n: 1\nprior: {high_freq_band_pool0: " +
			"{band: {low: [0, 0], width: [1, .inf], max: 80}}}": "no infinite number",
		"n: 1\nprior: {high_freq_band_pool0: " +
			"{band: {low: [-.inf, 0], width: [1, 2], max: 80}}}": "no infinite number",
		"n: 1\nprior: {high_freq_band_pool0: " +
			"{band: {low: [0, 10], width: [1, 2], max: .inf}}}": "no infinite number",
	} {
		if _, err := Parse("b.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for row, want := range map[string]string{
		"renshaw_ratio: 0": "a number above 0",
		"renshaw_ratio: 0.5, nb_RCs_per_pool_pair: 3": "nb_RCs_per_pool_pair is set too",

		"received_inhibition_pool1: 3":          "no such pool",
		"received_inhibition_pool0_to_pool1: 3": "no such pool",
		"received_inhibition_pool0_to_pool0: 3": "another pool is expected",
		"received_inhibition_pool0: none":       "a number is expected",

		"received_inhibition_pool0: 3, nb_motoneurons_per_pool: 1": "a pool of one motor neuron",

		"received_inhibition_pool0: 3, disynaptic_inhib_self_connectivity_pool0: 1": "sets the same",
	} {
		f := parse(t, "simulations: [{"+row+"}]")
		if _, _, err := f.Params(0, f.Rows()[0]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", row, err, want)
		}
	}
}

func TestTooManyRenshawCells(t *testing.T) {
	p := params(t, parse(t, "fixed: {renshaw_ratio: 1e300}"), 0)
	if err := p.Validate(); err == nil || !strings.Contains(err.Error(), "1 to 10000") {
		t.Errorf("%d cells, %v", p.RenshawPerPair, err)
	}
}
