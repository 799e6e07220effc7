package signal_test

import (
	"math"
	"strings"
	"testing"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/num/signal"
)

// Filters of SciPy 1.10 (testdata/filters.h5): zero-phase output within 1e-9 of the SD.
func TestZeroPhaseGolden(t *testing.T) {
	f, err := h5.Open("testdata/filters.h5")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fs, err := f.AttrFloat64("/", "fsamp_hz")
	if err != nil {
		t.Fatal(err)
	}
	x, _, err := f.Float64s("/x")
	if err != nil {
		t.Fatal(err)
	}
	groups, err := f.List("/")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, g := range groups {
		pass := signal.LowPass
		if strings.HasPrefix(g, "hp_") {
			pass = signal.HighPass
		} else if !strings.HasPrefix(g, "lp_") {
			continue
		}
		n++
		cutoff, _ := f.AttrFloat64("/"+g, "cutoff_hz")
		order, _ := f.AttrFloat64("/"+g, "order")
		pad, _ := f.AttrFloat64("/"+g, "padlen")
		b, err := signal.NewButterworth(int(order), pass, cutoff, fs)
		if err != nil {
			t.Fatal(err)
		}
		if b.Pad() != int(pad) {
			t.Errorf("%s: padding %d, want %v", g, b.Pad(), pad)
		}
		want, _, err := f.Float64s("/" + g + "/y")
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.ZeroPhase(x)
		if err != nil {
			t.Fatal(err)
		}
		worst := 0.0
		for i := range want {
			worst = math.Max(worst, math.Abs(got[i]-want[i]))
		}
		if worst /= signal.Std(want); !(worst < 1e-9) {
			t.Errorf("%s (order %v): differs by %.2g SD", g, order, worst)
		}
		t.Logf("%s (order %v): %.2g SD", g, order, worst)
	}
	if n == 0 {
		t.Fatal("no filter in the file")
	}
}
