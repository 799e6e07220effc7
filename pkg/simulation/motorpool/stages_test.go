package motorpool

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"gonum.org/v1/gonum/stat"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/h5"
)

// Blocks of weights drawn by the reference (NumPy 1.24), and the next uniform number.
func TestConnectivityBlocks(t *testing.T) {
	raw, err := os.ReadFile("testdata/connectivity_blocks.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Seed   uint32             `json:"seed"`
		Kind   string             `json:"distribution_type"`
		Binary bool               `json:"binary"`
		Params DistributionParams `json:"params"`
		Mean   float64            `json:"mean_weight"`
		Ranks  []float64          `json:"ranks"`
		Matrix [][]float64        `json:"matrix"`
		Next   float64            `json:"next_uniform_draw_after_block"`
	}
	if err := json.Unmarshal(raw, &cases); err != nil || len(cases) == 0 {
		t.Fatal(err)
	}
	for _, c := range cases {
		p := Default()
		p.Distribution, p.Binary, p.DistributionParams = c.Kind, c.Binary, c.Params
		rng, err := NewRandom(MT19937, c.Seed)
		if err != nil {
			t.Fatal(err)
		}
		s := sampler{&p, c.Mean, c.Ranks}
		for i, want := range c.Matrix {
			got := make([]float64, len(want))
			s.fill(got, i, rng)
			for j := range want {
				if math.Abs(got[j]-want[j]) > 1e-14 {
					t.Errorf("seed %d: weight %d,%d is %v, want %v", c.Seed, i, j, got[j], want[j])
				}
			}
		}
		if next := rng.Float64(); next != c.Next {
			t.Errorf("seed %d: the block takes another number of draws", c.Seed)
		}
	}
}

func TestFilterOrders(t *testing.T) {
	p := Default()
	for hz, want := range map[float64]int{5: 5, 9.7: 5, 35: 17, 50: 25, 54.15: 27, 80: 40, 15: 7,
		23.5: 11} {
		if got := p.filterOrder(hz); got != want {
			t.Errorf("%v Hz: order %d, want %d", hz, got, want)
		}
	}
	p.ScaleFilterOrder = false
	if got := p.filterOrder(80); got != 5 {
		t.Errorf("unscaled order %d", got)
	}
}

// pipeline opens the stages of the input synthesis of the reference.
func pipeline(t *testing.T) (*h5.File, Params) {
	t.Helper()
	f, err := h5.Open(testdata.Shared(t, "golden/simulation/input_pipeline.h5"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	p := Default()
	p.DurationS, p.FullPool, p.Pools, p.NeuronsPerPool, p.RenshawPerPair, p.RandomSeed = 1, false, 2,
		3, 2, 5
	text, err := f.AttrString("/", "parameters_json")
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"fsamp", "mean_soma_diameter", "sd_prct_soma_diameter",
		"excitatory_input_baseline", "common_input_std", "frequency_range_of_common_input",
		"between_pool_excitatory_input_correlation", "low_pass_filter_of_MN_independent_input",
		"independent_input_power", "disynpatic_inhib_connections_desired_MN_MN", "distribution_params"} {
		if err := p.Set(name, m[name]); err != nil {
			t.Fatal(err)
		}
	}
	return f, p
}

func within(t *testing.T, f *h5.File, path string, got []float64, tolerance float64) {
	t.Helper()
	want, _, err := f.Float64s(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", path, len(got), len(want))
	}
	worst := 0.0
	for i := range want {
		worst = math.Max(worst, math.Abs(got[i]-want[i]))
	}
	t.Logf("%s: %.2g", path, worst)
	if !(worst <= tolerance) {
		t.Errorf("%s differs by %.2g", path, worst)
	}
}

// Every stage of the inputs against the reference: 1e-9 for signals of unit SD, 1e-6 nA
// for currents.
func TestInputPipeline(t *testing.T) {
	f, p := pipeline(t)
	rng, err := NewRandom(MT19937, p.RandomSeed)
	if err != nil {
		t.Fatal(err)
	}
	d := Diameters(&p, rng)
	within(t, f, "/neurons/soma_diameter_um", d, 1e-12)
	neurons := NewNeurons(&p, d)
	within(t, f, "/neurons/rheobase_nA", neurons.RheobaseNA, 1e-8)
	var ws workspace
	y, err := standardInputs(&p, rng, &ws)
	if err != nil {
		t.Fatal(err)
	}
	for k := 0; k < p.CommonInputs; k++ {
		for q := range y {
			within(t, f, fmt.Sprintf("/common/standardised_pool%d_input%d", q, k), y[q][k], 1e-9)
		}
		if err := correlate([][]float64{y[0][k], y[1][k]}, p.PoolCorrelation,
			CorrelationStudy); err != nil {
			t.Fatal(err)
		}
		for q := range y {
			within(t, f, fmt.Sprintf("/common/correlated_pool%d_input%d", q, k), y[q][k], 1e-9)
		}
	}
	welch := ws.welch(p.FsHz)
	welch.Add(y[0][0])
	within(t, f, "/common/welch_frequencies", welch.FrequenciesHz(), 1e-12)
	within(t, f, "/common/welch_spectrum_pool0_input0", welch.Spectrum(), 1e-9)

	var sim Simulator
	s, err := sim.Run(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	var final, all []float64
	for _, x := range s.Common.CurrentNA {
		final = append(final, x...)
	}
	within(t, f, "/common/final_nA", final, 1e-6)
	within(t, f, "/independent_nA_mn0", s.Independent(0), 1e-6)
	n := p.Neurons()
	rows := make([]float64, n*s.Drive.Samples())
	s.Drive.Rows(0, n, rows)
	for m := 0; m < n; m++ {
		for i := m; i < len(rows); i += n {
			all = append(all, rows[i])
		}
	}
	within(t, f, "/drive_nA", all, 1e-6)
	within(t, f, "/connectivity/MN_to_RC", s.Connectivity.MNtoRC.W, 1e-14)
	within(t, f, "/connectivity/RC_to_MN", s.Connectivity.RCtoMN.W, 1e-14)
}

// The stages inside one band of noise.
func TestNoiseStages(t *testing.T) {
	f, p := pipeline(t)
	for input, edges := range map[int][2]float64{0: {0, 5}, 1: {20, 50}} {
		group := fmt.Sprintf("/noise_stages/pool0_input%d", input)
		white, _, err := f.Float64s(group + "/white")
		if err != nil {
			t.Fatal(err)
		}
		b, err := newBand(&p, edges[0], edges[1])
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]float64, len(white)+2*b.pad)
		copy(buf[b.pad:], white)
		if _, err := b.shape([][]float64{buf}, len(white)); err != nil {
			t.Fatal(err)
		}
		within(t, f, group+"/standardised", buf[b.pad:b.pad+len(white)], 1e-9)
	}
}

// The study's correlation, and the exact one, which also keeps the amplitudes.
func TestCorrelate(t *testing.T) {
	f, _ := pipeline(t)
	x, dims, err := f.Float64s("/correlation_cases/X")
	if err != nil {
		t.Fatal(err)
	}
	pair := func() [][]float64 {
		return [][]float64{append([]float64(nil), x[:dims[1]]...), append([]float64(nil), x[dims[1]:]...)}
	}
	names, err := f.List("/correlation_cases")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		var rho float64
		if _, err := fmt.Sscanf(name, "rho_%g", &rho); err != nil {
			continue
		}
		exact := pair()
		if err := correlate(exact, rho, CorrelationExact); err != nil {
			t.Fatal(err)
		}
		if r := stat.Correlation(exact[0], exact[1], nil); math.Abs(r-rho) > 1e-6 {
			t.Errorf("exact method gives %v for %v", r, rho)
		}
		if before, after := stat.StdDev(x[dims[1]:], nil),
			stat.StdDev(exact[1], nil); math.Abs(after/before-1) > 1e-6 {
			t.Errorf("exact method changes the amplitude by %v", after/before)
		}
		if rho < 0 {
			continue // the study's method is wrong there and refused
		}
		got := pair()
		if err := correlate(got, rho, CorrelationStudy); err != nil {
			t.Fatal(err)
		}
		group := "/correlation_cases/" + name
		members, _ := f.List(group)
		for _, m := range members {
			want, d, err := f.Float64s(group + "/" + m)
			if err != nil || len(d) != 2 {
				continue
			}
			for q := range got {
				for i := 0; i < d[1]; i++ {
					if diff := math.Abs(got[q][4*i] - want[q*d[1]+i]); diff > 1e-9 {
						t.Fatalf("rho %v: pool %d, sample %d differs by %.2g", rho, q, 4*i, diff)
					}
				}
			}
		}
	}
}

// randomNetwork makes groups in all kinds of states.
func randomNetwork(seed uint64, cells int) ([]neuronGroup, []renshawGroup, []float64) {
	rng := rand.New(rand.NewPCG(seed, 2))
	groups, cellsRC := make([]neuronGroup, cells), make([]renshawGroup, cells)
	in := make([]float64, cells*width)
	for i := range groups {
		g, c := &groups[i], &cellsRC[i]
		for k := range g.v {
			g.v[k], g.syn[k], g.ahp[k] = 0.012*rng.Float64(), -1e-4*rng.Float64(), 1e-3*rng.Float64()
			g.leak[k], g.gain[k], g.synDecay[k], g.ahpDecay[k] = 0.999, 1e-9, 0.99, 0.98
			c.v[k] = 0.012 * rng.Float64()
			if rng.IntN(3) > 0 {
				g.active[k], c.active[k] = ^uint64(0), ^uint64(0)
			}
			in[i*width+k] = 30000 * rng.Float64()
		}
	}
	return groups, cellsRC, in
}

// The kernels of this machine give the bits of the plain ones.
func TestKernels(t *testing.T) {
	for seed := uint64(0); seed < 20; seed++ {
		a, ra, in := randomNetwork(seed, 9)
		b, rb, _ := randomNetwork(seed, 9)
		sa, sb := make([]uint8, 9), make([]uint8, 9)
		for step := 0; step < 50; step++ {
			if stepNeurons(a, in, sa, 0.01, -0.0133) != stepNeuronsGo(b, in, sb, 0.01, -0.0133) ||
				string(sa) != string(sb) {
				t.Fatalf("seed %d, step %d: spikes of motor neurons %v, want %v", seed, step, sa, sb)
			}
			if stepRenshaw(ra, in, sa, 0.01, 0.98) != stepRenshawGo(rb, in, sb, 0.01, 0.98) ||
				string(sa) != string(sb) {
				t.Fatalf("seed %d, step %d: spikes of Renshaw cells %v, want %v", seed, step, sa, sb)
			}
		}
		for i := range a {
			if a[i] != b[i] || ra[i] != rb[i] {
				t.Fatalf("seed %d: group %d is %v, want %v", seed, i, a[i], b[i])
			}
		}
	}
}

// The drive sample of a step, against the formula in exact arithmetic for 2048 Hz.
func TestSampleClock(t *testing.T) {
	c, err := newSampleClock(&Network{DtS: dtS, FsHz: 2048})
	if err != nil {
		t.Fatal(err)
	}
	for s := 0; s < 200000; s++ {
		if got, want := c.next(), (131072*s+5000)/640000; got != want {
			t.Fatalf("step %d: sample %d, want %d", s, got, want)
		}
	}
}

// constantDrive gives every neuron the same current.
type constantDrive float64

func (constantDrive) Samples() int { return 1 << 20 }
func (d constantDrive) Rows(_, _ int, dst []float64) {
	for i := range dst {
		dst[i] = float64(d)
	}
}

// benchmarkNetwork has Gaussian weights and a drive at which cells fire at about 15 Hz.
func benchmarkNetwork(b *testing.B, neurons, cells int) *Network {
	p := Default()
	p.FullPool, p.NeuronsPerPool, p.RenshawPerPair, p.DurationS = false, neurons, cells, 8
	rng, err := NewRandom(PCG, 1)
	if err != nil {
		b.Fatal(err)
	}
	d := Diameters(&p, rng)
	return NewNetwork(&p, NewNeurons(&p, d), NewConnectivity(&p, d, rng))
}

// One operation is 10 s of simulated time; the metric x-realtime is what counts.
func BenchmarkIntegrator(b *testing.B) {
	for _, size := range [][2]int{{30, 10}, {100, 33}, {300, 60}} {
		for _, kernel := range []string{"", "-plain"} {
			b.Run(fmt.Sprintf("%d+%d%s", size[0], size[1], kernel), func(b *testing.B) {
				useKernel(b, kernel == "")
				n := benchmarkNetwork(b, size[0], size[1])
				var in Integrator
				var mn, rc Spikes
				b.ReportAllocs()
				for b.Loop() {
					mn.Step, mn.Index, rc.Step, rc.Index = mn.Step[:0], mn.Index[:0], rc.Step[:0], rc.Index[:0]
					if err := in.Run(context.Background(), n, constantDrive(22000), &mn, &rc); err != nil {
						b.Fatal(err)
					}
				}
				perRun := b.Elapsed().Seconds() / float64(b.N)
				b.ReportMetric(10/perRun, "x-realtime")
				b.ReportMetric(float64(len(mn.Step))/10/float64(size[0]), "Hz")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// paperSingle and paperPair are simulations of the study's size, 102 s.
func paperSingle() Params {
	p := Default()
	p.DurationS, p.FullPool, p.NeuronsPerPool, p.RenshawPerPair = 100, false, 30, 10
	p.BaselineNA = []float64{40000, 40000}
	p.CommonInputSD = [][]float64{{3500, 2000}, {3500, 2000}}
	p.IndependentCutoffHz, p.IndependentPower = 80, 3*math.Sqrt2
	p.DistributionParams, p.IPSPMicroA = DistributionParams{0.4, true, 1}, 5
	return p
}

func paperPair() Params {
	p := paperSingle()
	p.Pools, p.DisynapticInhib = 2, [][]float64{{1, 0.5}, {0.5, 1}}
	return p
}

func BenchmarkSimulation(b *testing.B) {
	for _, c := range []struct {
		name string
		p    Params
	}{{"single", paperSingle()}, {"pair", paperPair()}} {
		for _, rng := range []string{MT19937, PCG} {
			b.Run(c.name+"-"+rng, func(b *testing.B) {
				c.p.RNG = rng
				var sim Simulator
				for b.Loop() {
					if _, err := sim.Run(context.Background(), c.p); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
