package training

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/flow"
)

// Flows that are too wide for rows of many units and too narrow for others get the SD that the rows
// were drawn with; rows of one size are refused.
func TestCalibrateCoverage(t *testing.T) {
	m := flow.NewMAF(2, 3, 6, 2, 0, rand.New(rand.NewPCG(1, 1)))
	for i := range m.ThetaShift { // inside the unit box
		m.ThetaShift[i], m.ThetaScale[i] = -30, 60
	}
	e := &sbi.Estimator{Config: sbi.Config{X: []string{"a", feature.LogUnits, feature.LogCounts}},
		Flow: flow.Ensemble{m}}
	want := []float64{math.Log(0.8), -0.3, 0.15}
	if err := setBase(e, want, []int{1, 2}); err != nil {
		t.Fatal(err)
	}
	n, standardErrors4 := 750, 0.08
	if testdata.Thorough() {
		n, standardErrors4 = 3000, 0.04
	}
	rng := rand.New(rand.NewPCG(2, 2))
	theta, x := make([]float64, 2*n), make([]float64, 3*n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	for i := range n {
		o, err := e.Flow.Observe(x[3*i : 3*i+3])
		if err != nil {
			t.Fatal(err)
		}
		e.Flow.Draw(theta[2*i:2*i+2], o, rng)
	}
	if err := setBase(e, []float64{0}, nil); err != nil {
		t.Fatal(err)
	}
	if err := calibrateCoverage(context.Background(), e, theta, x, 1, 2); err != nil {
		t.Fatal(err)
	}
	got := []float64{math.Log(m.BaseSD), m.BaseSlope[1], m.BaseSlope[2]}
	for k, v := range want {
		if math.Abs(got[k]-v) > standardErrors4 || m.BaseSlope[0] != 0 {
			t.Errorf("log SD %v, want %v", got, want)
		}
	}
	for i := range n {
		x[3*i+1] = 2
	}
	if err := calibrateCoverage(context.Background(), e, theta, x, 1, 2); err == nil ||
		!strings.Contains(err.Error(), "do not differ enough") {
		t.Errorf("rows of one size: %v", err)
	}
}
