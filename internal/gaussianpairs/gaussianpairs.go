package gaussianpairs

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/sbi"
)

// New are pairs theta ~ U(0,1)², x = theta + 0.05 N: the posterior is known.
func New(n int) *sbi.Pairs {
	rng := rand.New(rand.NewPCG(1, 1))
	p := &sbi.Pairs{N: n}
	for i := 0; i < n; i++ {
		for k := 0; k < 2; k++ {
			p.Theta = append(p.Theta, rng.Float64())
			p.X = append(p.X, p.Theta[2*i+k]+0.05*rng.NormFloat64())
		}
	}
	return p
}

// File is a pairs table of the Gaussian example with a split.
func File(t *testing.T) string {
	t.Helper()
	tb := &table.Table{Columns: []string{"role", "theta_unit_common_input_std", "theta_unit_b", "x_a",
		"x_b"}}
	p := New(600)
	for i := 0; i < p.N; i++ {
		role := map[bool]int{true: sbi.RoleGradient, false: sbi.RoleValidation}[i < 500]
		if i >= 550 {
			role = sbi.RoleHeldOut
		}
		tb.Add(fmt.Sprint(role), table.Float(p.Theta[2*i]), table.Float(p.Theta[2*i+1]),
			table.Float(p.X[2*i]), table.Float(p.X[2*i+1]))
	}
	pairs := filepath.Join(t.TempDir(), "pairs.csv")
	if err := tb.Write(pairs); err != nil {
		t.Fatal(err)
	}
	return pairs
}
