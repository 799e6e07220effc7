package stats_test

import (
	"fmt"

	"example.org/renshaw/pkg/num/stats"
)

// Trough area (%) over recurrent inhibition (connections).
func ExampleFitLine() {
	inhibition := []float64{0, 0.5, 1, 1.5, 2}
	area := []float64{0.1, 1.1, 1.9, 3.2, 3.9}
	l := stats.FitLine(inhibition, area)
	fmt.Printf("area = %.2f + %.2f inhibition, R² %.3f, n = %d\n",
		l.Intercept, l.Slope, l.R2, l.N)
	fmt.Printf("slope between %.2f and %.2f (95 %%)\n", l.CISlope[0], l.CISlope[1])
	// Output:
	// area = 0.10 + 1.94 inhibition, R² 0.993, n = 5
	// slope between 1.65 and 2.23 (95 %)
}

// Two muscles' discharge rates (spikes/s): do they differ?
func ExampleRankSum() {
	soleus := []float64{7.1, 7.9, 8.4, 8.8, 9.3}
	gastrocnemius := []float64{9.6, 10.2, 10.9, 11.5, 12.4}
	_, p := stats.RankSum(soleus, gastrocnemius)
	shift := stats.HodgesLehmann(gastrocnemius, soleus, 1)
	fmt.Printf("p = %.4f, shift %.1f spikes/s\n", p, shift)
	// Output: p = 0.0079, shift 2.5 spikes/s
}

func ExampleSignedRank() {
	change := []float64{0.4, 1.1, -0.2, 0.9, 1.5, 0.6} // 40 % MVC minus 10 % MVC, per participant
	_, p := stats.SignedRank(change)
	fmt.Printf("p = %.4f\n", p)
	// Output: p = 0.0625
}

// The probability that inhibition is stronger in one condition, from draws of two posteriors.
func ExampleAllPairs() {
	fmt.Println(stats.AllPairs([]float64{1.2, 1.5, 1.9}, []float64{0.9, 1.3, 1.5}))
	// Output: 0.7222222222222222
}

func ExampleBenjaminiHochberg() {
	for _, p := range stats.BenjaminiHochberg([]float64{0.01, 0.04, 0.03}) {
		fmt.Printf("%.3f ", p)
	}
	fmt.Println()
	// Output: 0.030 0.040 0.040
}

// Missing values (NaN) are left out.
func ExampleSpreadOf() {
	s := stats.SpreadOf([]float64{8, 10, 12, 14})
	fmt.Println(s.N, s.Mean, s.Median, s.Q1, s.Q3)
	// Output: 4 11 11 9.5 12.5
}
