package inference

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"slices"

	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/seed"
	"example.org/renshaw/pkg/sbi"
	"example.org/renshaw/pkg/sbi/dataset"
)

// MisspecificationName is the table of Misspecification that an inference writes.
const MisspecificationName = "misspecification.csv"

// Sizes of the test of misspecification.
const (
	mmdTrainingRows = 500
	mmdPermutations = 500
)

// Misspecification is a two-sample test of all conditions of an experiment together against
// training simulations: the squared maximum mean discrepancy (Gretton and others, JMLR 2012)
// of their standardised features, Gaussian kernel of the median distance, and the share of
// permutations of the labels that give as much. A small P says that the conditions as a set
// are unlike what was simulated: because the model lacks something, or only because they
// are more alike than draws from the prior; the ranks of single conditions tell which.
type Misspecification struct {
	Conditions, TrainingRows int
	MMD2, P                  float64
}

// Misspecified tests the features of the conditions that were inferred against the training
// rows that the estimator keeps in its folder. ok is false if there is nothing to compare; rows
// that are there and cannot be read are an error.
func Misspecified(e *sbi.Estimator, results []Inferred,
	from uint64) (m Misspecification, ok bool, err error) {
	if e.Config.Reference == nil {
		return m, false, nil
	}
	t, err := table.Read(sbi.PairsPath(e.Dir))
	if errors.Is(err, fs.ErrNotExist) {
		return m, false, nil
	}
	if err != nil {
		return m, false, err
	}
	training, err := dataset.Numbers(t, sbi.PairsPath(e.Dir), dataset.XPrefix, e.Config.X)
	if err != nil {
		return m, false, err
	}
	rng := seed.Stream(from, "misspecification")
	c := e.Flow.C()
	var rows [][]float64
	add := func(x []float64) {
		z := make([]float64, c)
		for k, v := range x {
			z[k] = (v - e.Config.Reference.Mean[k]) / e.Config.Reference.SD[k]
		}
		rows = append(rows, z)
	}
	for _, r := range results {
		if dataset.Finite(r.Observation.X) {
			add(r.Observation.X)
		}
	}
	m.Conditions = len(rows)
	order := rng.Perm(len(t.Rows))
	for _, i := range order[:min(len(order), mmdTrainingRows)] {
		add(training[i*c : (i+1)*c])
	}
	m.TrainingRows = len(rows) - m.Conditions
	if m.Conditions == 0 || m.TrainingRows == 0 {
		return m, false, nil
	}
	m.MMD2, m.P = mmd(rows, m.Conditions, rng)
	return m, true, nil
}

// mmd is the squared discrepancy of the first n rows and the others, and its P.
func mmd(rows [][]float64, n int, rng *rand.Rand) (squared, p float64) {
	total := len(rows)
	kernel := make([]float64, total*total)
	var distances []float64
	for i := range rows {
		for j := range rows[:i] {
			sum := 0.0
			for k, v := range rows[i] {
				sum += (v - rows[j][k]) * (v - rows[j][k])
			}
			kernel[i*total+j], kernel[j*total+i] = sum, sum
			distances = append(distances, sum)
		}
	}
	slices.Sort(distances)
	scale := math.Max(distances[len(distances)/2], 1e-300)
	for i, d := range kernel {
		kernel[i] = math.Exp(-d / scale)
	}
	order := make([]int, total)
	for i := range order {
		order[i] = i
	}
	statistic := func() float64 {
		var own, other, cross float64
		for a, i := range order {
			row := kernel[i*total : (i+1)*total]
			for b, j := range order {
				switch {
				case a < n && b < n:
					own += row[j]
				case a >= n && b >= n:
					other += row[j]
				default:
					cross += row[j] / 2
				}
			}
		}
		x, y := float64(n), float64(total-n)
		return own/(x*x) + other/(y*y) - 2*cross/(x*y)
	}
	squared = statistic()
	as := 1.0
	for range mmdPermutations {
		rng.Shuffle(total, func(i, j int) { order[i], order[j] = order[j], order[i] })
		if statistic() >= squared {
			as++
		}
	}
	return squared, as / (mmdPermutations + 1)
}

// Table is the test as a table of one row.
func (m Misspecification) Table() *table.Table {
	t := &table.Table{Columns: []string{"conditions", "training_rows", "mmd_squared", "p_value",
		"permutations"}}
	t.Add(fmt.Sprint(m.Conditions), fmt.Sprint(m.TrainingRows), table.Float(m.MMD2), table.Float(m.P),
		fmt.Sprint(mmdPermutations))
	return t
}
