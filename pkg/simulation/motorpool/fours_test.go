package motorpool

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"example.org/renshaw/pkg/num/signal"
)

// lowBand returns noise of that length below a frequency, at 2048 Hz.
func lowBand(t testing.TB, seed uint32, n int, cutoffHz float64) []float64 {
	t.Helper()
	rng, err := NewRandom(MT19937, seed)
	if err != nil {
		t.Fatal(err)
	}
	f, err := signal.NewButterworth(int(cutoffHz/2), signal.LowPass, cutoffHz, 2048)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, n)
	rng.Normals(x)
	if x, err = f.ZeroPhase(x); err != nil {
		t.Fatal(err)
	}
	standardise([][]float64{x})
	return x
}

func sameBits(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) }

// Kept signals come back bit for bit: whatever the predictor, from wherever they are read, and
// with numbers that nothing predicts.
func TestFourSignals(t *testing.T) {
	for _, n := range []int{1, 63, 64, 65, 1000, 5000} {
		var signals [four][]float64
		for l := range signals {
			signals[l] = lowBand(t, uint32(l), 5000, 80)[5000-n:]
		}
		signals[3] = nil
		for i, v := range []float64{math.Copysign(0, -1), math.Inf(1), math.NaN(), 0, 1e300, -5e-324} {
			signals[2][(7*i+n/2)%n] = v
		}
		for _, samples := range []int{0, 2, 6, 14, 20} {
			f := fourSignals{whole: []float64{1}}
			if samples > 0 {
				f.predictor = newPredictor(samples, 80, 2048)
			}
			f.keep(signals)
			reader := fourReader{of: &f}
			for _, first := range []int{0, n / 3, n - 1, n / 2, 0} {
				for at := first; at < n; {
					rows := reader.at(at)
					if len(rows) == 0 || len(rows)%four != 0 {
						t.Fatalf("%d samples, predictor of %d: %d numbers at %d", n, samples, len(rows), at)
					}
					for i, v := range rows {
						want := 0.0
						if x := signals[i%four]; x != nil {
							want = x[at+i/four]
						}
						if !sameBits(v, want) {
							t.Fatalf("%d samples, predictor of %d: sample %d of signal %d is %v, want %v", n,
								samples, at+i/four, i%four, v, want)
						}
					}
					at += len(rows) / four
				}
			}
		}
	}
}

// The kernels of this machine give the bits of the plain ones.
func TestFourSignalsKernels(t *testing.T) {
	const n = 500
	for _, past := range []int{2, 8, 14, 20} {
		predictor := newPredictor(past, 80, 2048)
		rows := make([]float64, four*(past+n))
		for l := range four {
			for i, v := range lowBand(t, uint32(l), n, 80) {
				rows[four*(past+i)+l] = v
			}
		}
		// Differences about the largest that are kept.
		for i, d := range []int64{32766, 32767, 32768, 32769, -32766, -32767, -32768, -32769} {
			at := four * (100 + 10*i)
			v := predict(rows[at:], predictor)[0]
			rows[at+four*past] = math.Float64frombits(math.Float64bits(v) + uint64(d))
		}
		got, want := make([]int16, four*n), make([]int16, four*n)
		whole, plain := make([]float64, four*(n+1)), make([]float64, four*(n+1))
		kept := differ(got, rows, whole, predictor)
		if differGo(want, rows, plain, predictor) != kept || !slices.Equal(got, want) ||
			!slices.Equal(whole[:kept], plain[:kept]) {
			t.Fatalf("predictor of %d: other differences", past)
		}
		for name, f := range map[string]func([]float64, []int16, []float64, []float64) int{
			"kernel": restore, "plain": restoreGo} {
			back := append(slices.Clone(rows[:four*past]), make([]float64, four*n)...)
			if taken := f(back, want, plain, predictor); taken != kept {
				t.Errorf("predictor of %d, %s: %d whole samples, want %d", past, name, taken, kept)
			}
			if !slices.EqualFunc(back, rows, sameBits) {
				t.Errorf("predictor of %d, %s: other samples", past, name)
			}
		}
	}
}

// Memory, in bytes a sample: a quarter to a third of a number's for the study's bands, never more
// than a number's, nor than the limit on memory counts with.
func TestPredictorSavesMemory(t *testing.T) {
	for _, c := range []struct {
		cutoffHz float64
		scaled   bool // order of the filter
		most     float64
	}{{5, true, 2.1}, {20, false, 3}, {50, true, 2.3}, {80, true, 2.7}, {80, false, 8},
		{100, true, 3.5}, {110, true, 8}, {500, true, 8}} {
		p := paperSingle()
		p.DurationS, p.NeuronsPerPool = 20, 5
		p.IndependentCutoffHz, p.ScaleFilterOrder = c.cutoffHz, c.scaled
		s, err := new(Simulator).Run(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		f := s.independent.fours[0]
		bytes := (2*float64(len(f.diffs)) + 8*float64(len(f.whole))) / float64(four*f.samples())
		t.Logf("%+v: predictor of %d, %.2f bytes", c, len(f.predictor), bytes)
		if bytes > c.most || bytes > p.privateBytes() {
			t.Errorf("%+v: %.2f bytes a sample; the limit on memory counts with %v", c, bytes,
				p.privateBytes())
		}
	}
}

// plainDrive makes the drive of a simulation with all private inputs in memory.
func plainDrive(t *testing.T, p *Params) (private, drive [][]float64) {
	t.Helper()
	rng, err := NewRandom(p.RNG, p.RandomSeed)
	if err != nil {
		t.Fatal(err)
	}
	neurons := NewNeurons(p, Diameters(p, rng))
	common, err := newCommonInput(p, rng, &workspace{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBand(p, 0, p.IndependentCutoffHz)
	if err != nil {
		t.Fatal(err)
	}
	n := p.Samples()
	for m := range p.Neurons() {
		buf := make([]float64, n+2*b.pad)
		x := buf[b.pad : b.pad+n]
		rng.Normals(x)
		squares, err := b.shape([][]float64{buf}, n)
		if err != nil {
			t.Fatal(err)
		}
		pool := m / p.NeuronsPerPool
		scale := math.Sqrt(p.IndependentPower * common.InBandPower[pool] / squares[0])
		offset, current := p.BaselineNA[pool]-neurons.RheobaseNA[m], make([]float64, n)
		for i := range x {
			x[i] *= scale
			current[i] = max(0, common.CurrentNA[pool][i]+x[i]+offset)
		}
		private, drive = append(private, x), append(drive, current)
	}
	return private, drive
}

// The drive is, bit for bit, the one that is made with everything in memory, in blocks of any
// length and for bands that can be predicted and that cannot.
func TestDriveIsWhole(t *testing.T) {
	for _, cutoffHz := range []float64{20, 80, 300} {
		p := paperPair()
		p.DurationS, p.NeuronsPerPool, p.IndependentCutoffHz = 2, 5, cutoffHz
		s, err := new(Simulator).Run(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		private, drive := plainDrive(t, &s.Params)
		for m, want := range private {
			if !slices.EqualFunc(s.Independent(m), want, sameBits) {
				t.Errorf("%v Hz: the private input of neuron %d differs", cutoffHz, m)
			}
		}
		welch := signal.NewWelch(p.FsHz, float64(p.FsHz))
		for _, x := range private {
			welch.Add(x)
		}
		if got, _ := s.IndependentSpectrum(); !slices.EqualFunc(got, welch.Density(), sameBits) {
			t.Errorf("%v Hz: the spectrum of the private inputs differs", cutoffHz)
		}
		stride := len(drive) + 2
		for _, block := range []int{1, 50, 64, 1000, s.Drive.Samples()} {
			for first := 0; first < s.Drive.Samples(); first += block {
				rows := make([]float64, stride*min(block, s.Drive.Samples()-first))
				s.Drive.Rows(first, stride, rows)
				for i := 0; stride*i < len(rows); i++ {
					for m := range drive {
						if got, want := rows[stride*i+m], drive[m][first+i]; !sameBits(got, want) {
							t.Fatalf("%v Hz, blocks of %d: neuron %d receives %v at sample %d, want %v", cutoffHz,
								block, m, got, first+i, want)
						}
					}
				}
			}
		}
	}
}

// One operation keeps, or reads, four signals of 102 s.
func BenchmarkFourSignals(b *testing.B) {
	var signals [four][]float64
	for l := range signals {
		signals[l] = lowBand(b, uint32(l), 208896, 80)
	}
	for _, kernel := range []string{"", "-plain"} {
		f := fourSignals{predictor: bestPredictor(signals[0], 80, 2048)}
		b.Run(fmt.Sprint("keep", kernel), func(b *testing.B) {
			useKernel(b, kernel == "")
			for b.Loop() {
				f.keep(signals)
			}
			bytes := float64(2*len(f.diffs) + 8*len(f.whole))
			b.ReportMetric(bytes/float64(four*f.samples()), "bytes/sample")
		})
		b.Run(fmt.Sprint("read", kernel), func(b *testing.B) {
			useKernel(b, kernel == "")
			for b.Loop() {
				reader := fourReader{of: &f}
				for at := 0; at < f.samples(); {
					at += len(reader.at(at)) / four
				}
			}
		})
	}
}
