package signal

import (
	"errors"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"testing"

	"example.org/renshaw/internal/testdata"
)

// The magnitude of the digital Butterworth low-pass follows from the bilinear
// transform: 1/√(1 + (tan(πf/fs)/tan(πfc/fs))^(2n)); forward and backward squares it.
func TestButterworthGain(t *testing.T) {
	const fs, fc = 2048.0, 50.0
	f, err := NewButterworth(4, LowPass, fc, fs)
	if err != nil {
		t.Fatal(err)
	}
	for _, freq := range []float64{5, 25, 50, 100, 200} {
		x := make([]float64, 16384)
		for i := range x {
			x[i] = math.Sin(2 * math.Pi * freq * float64(i) / fs)
		}
		y, err := f.ZeroPhase(x)
		if err != nil {
			t.Fatal(err)
		}
		want := 1 / (1 + math.Pow(math.Tan(math.Pi*freq/fs)/math.Tan(math.Pi*fc/fs), 8))
		mid := y[4096:12288]
		got := Std(mid) / Std(x[4096:12288])
		if math.Abs(got-want) > 1e-6 {
			t.Errorf("%v Hz: gain %v, want %v", freq, got, want)
		}
	}
	if c, err := f.ZeroPhase([]float64{3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
		3}); err != nil || math.Abs(c[0]-3) > 1e-12 || math.Abs(c[17]-3) > 1e-12 {
		t.Errorf("a constant is changed: %v, %v", c, err)
	}
	high, err := NewButterworth(5, HighPass, fc, fs)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 16384)
	for i := range x {
		x[i] = 7 + math.Sin(2*math.Pi*40*float64(i)/fs)
	}
	y, err := high.ZeroPhase(x)
	want := 1 / (1 + math.Pow(math.Tan(math.Pi*fc/fs)/math.Tan(math.Pi*40/fs), 10))
	if got := Std(y[4096:12288]) / Std(x[4096:12288]); err != nil || math.Abs(got-want) > 1e-6 ||
		math.Abs(Mean(y[4096:12288])) > 1e-9 {
		t.Errorf("high-pass at 40 Hz: gain %v, want %v; mean %v; %v", got, want, Mean(y[4096:12288]), err)
	}
	var short ErrShort
	if _, err := f.ZeroPhase(make([]float64, 15)); !errors.As(err, &short) {
		t.Errorf("15 samples: %v", err)
	}
	for _, bad := range [][2]float64{{0, fs}, {fs / 2, fs}, {math.NaN(), fs}} {
		if _, err := NewButterworth(4, LowPass, bad[0], bad[1]); err == nil {
			t.Errorf("cut-off %v Hz was accepted", bad[0])
		}
	}
}

// ZeroPhaseFIR against its definition, written out.
func TestZeroPhaseFIRAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	b := []float64{0.2, 0.5, 0.25, 0.05}
	x := make([]float64, 40)
	for i := range x {
		if rng.IntN(2) == 0 {
			x[i] = rng.NormFloat64()
		}
	}
	pass := func(x []float64) []float64 {
		y := make([]float64, len(x))
		for i := range x {
			for j, c := range b {
				y[i] += c * x[max(0, i-j)]
			}
		}
		reverse(y)
		return y
	}
	pad := 3 * len(b)
	want := pass(pass(oddExtension(x, pad)))[pad : pad+len(x)]
	got, err := ZeroPhaseFIR(b, x)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-14 {
			t.Fatalf("sample %d = %v, want %v", i, got[i], want[i])
		}
	}
}

func TestMovingAverageAgainstConvolution(t *testing.T) {
	x := []float64{1, 4, -2, 8, 5, 7}
	for w := 1; w <= 6; w++ {
		full := make([]float64, len(x)+w-1)
		for i, v := range x {
			for j := 0; j < w; j++ {
				full[i+j] += v / float64(w)
			}
		}
		for i, v := range MovingAverage(x, w) {
			if want := full[i+(w-1)/2]; math.Abs(v-want) > 1e-14 {
				t.Errorf("window %d: sample %d = %v, want %v", w, i, v, want)
			}
		}
	}
}

func TestOrderAndTrend(t *testing.T) {
	x := []float64{4, 1, 3, 2}
	for p, want := range map[float64]float64{0: 1, 50: 2.5, 100: 4, 5: 1.15} {
		if got := Percentile(x, p); math.Abs(got-want) > 1e-15 {
			t.Errorf("percentile %v = %v, want %v", p, got, want)
		}
	}
	for i, v := range Detrend([]float64{1, 3, 5, 7}) {
		if math.Abs(v) > 1e-15 {
			t.Errorf("detrended line: sample %d = %v", i, v)
		}
	}
	if g := Gradient([]float64{0, 1, 4, 9}); g[0] != 1 || g[1] != 2 || g[2] != 4 || g[3] != 5 {
		t.Errorf("gradient %v", g)
	}
	if m := NaNMean([]float64{1, math.NaN(), 3}); m != 2 {
		t.Errorf("NaNMean = %v", m)
	}
	if !math.IsNaN(Mean(nil)) || !math.IsNaN(Percentile(nil, 50)) || !math.IsNaN(NaNMean(nil)) {
		t.Error("empty slices should give NaN")
	}
}

// A sine of amplitude 2 at a bin has power 2²/2 spread over one bin of width fs/N.
func TestLowPeriodogramOfSine(t *testing.T) {
	const fs, n, k = 100.0, 500, 20
	x := make([]float64, n)
	for i := range x {
		x[i] = 7 + 2*math.Sin(2*math.Pi*k*float64(i)/n)
	}
	f, p := LowPeriodogram(x, fs, 15)
	for i := range p {
		want := 0.0
		if i == k {
			want = 2 * n / fs
		}
		if math.Abs(p[i]-want) > 1e-9 {
			t.Errorf("bin %d (%v Hz) = %v, want %v", i, f[i], p[i], want)
		}
	}
	if f[len(f)-1] >= 15 || f[k] != 4 {
		t.Errorf("frequencies to %v, bin %d at %v", f[len(f)-1], k, f[k])
	}
	b := BinAverage([]float64{0, 0.25, 0.5, 14.9}, []float64{1, 2, 3, 4}, 15, 60)
	if b[0] != 1 || b[1] != 2 || b[2] != 3 || b[59] != 4 || !math.IsNaN(b[3]) {
		t.Errorf("bins %v", b)
	}
}

// directPeriodogram is LowPeriodogram by its definition.
func directPeriodogram(x []float64, fsHz float64, bins int) []float64 {
	n, mean := len(x), Mean(x)
	p := make([]float64, bins)
	for k := range p {
		var sum complex128
		for i, v := range x {
			sum += complex(v-mean, 0) * cmplx.Rect(1, -2*math.Pi*float64(i*k%n)/float64(n))
		}
		p[k] = (real(sum)*real(sum) + imag(sum)*imag(sum)) / (fsHz * float64(n))
		if k > 0 && 2*k != n {
			p[k] *= 2
		}
	}
	return p
}

// Lengths below, at and above a block, prime and even, up to all bins.
func TestLowPeriodogramAgainstDefinition(t *testing.T) {
	testdata.Long(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		n     int
		maxHz float64
	}{{1, 15}, {2, 2000}, {7, 2000}, {1000, 2000}, {4096, 15}, {20011, 15}, {30000, 100}} {
		x := make([]float64, c.n)
		for i := range x {
			x[i] = 10 + rng.NormFloat64() + math.Sin(float64(i)/100)
		}
		_, p := LowPeriodogram(x, 2048, c.maxHz)
		if c.maxHz == 2000 && len(p) != c.n/2+1 {
			t.Errorf("%d samples: %d bins", c.n, len(p))
		}
		want := directPeriodogram(x, 2048, len(p))
		top := slices.Max(want)
		for k := range p {
			if d := math.Abs(p[k] - want[k]); d > 1e-13*top {
				t.Errorf("%d samples: bin %d is off by %v of %v", c.n, k, d, want[k])
				break
			}
		}
	}
}

func BenchmarkLowPeriodogram(b *testing.B) {
	x := make([]float64, 200003)
	for i := range x {
		x[i] = math.Sin(float64(i * i % 1001))
	}
	for b.Loop() {
		LowPeriodogram(x, 2048, 15)
	}
}
